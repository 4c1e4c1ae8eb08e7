/* os/dns, against a name server of the test's own on the loopback: it answers from a table, by the letters before the
 * first dot. */
#include "os/dns.h"

#include <stdio.h>
#include <stdlib.h>

#include "os/clock.h"
#include "os/udp.h"
#include "test.h"

typedef struct {
	ahoy_loop *loop;
	ahoy_alarm *guard;
	ahoy_udp *udp; /* the name server */
	ahoy_tail *tail;
	ahoy_dns *dns;
	int queries;
	bool timed_out;
	int calls;
	bool running;
	ahoy_dns_answer answer;
} fixture;

static void on_guard(void *ctx)
{
	fixture *f = ctx;

	f->timed_out = true;
	ahoy_loop_stop(f->loop);
}

static void put_u16(ahoy_buf *b, unsigned value)
{
	ahoy_buf_char(b, (char)(value >> 8));
	ahoy_buf_char(b, (char)value);
}

/* One record of the name that was asked for, with this TTL. */
static void put_record(ahoy_buf *b, unsigned type, uint32_t ttl_s, ahoy_slice data)
{
	put_u16(b, 0xc00c);
	put_u16(b, type);
	put_u16(b, 1);
	put_u16(b, ttl_s >> 16);
	put_u16(b, ttl_s & 0xffff);
	put_u16(b, (unsigned)data.len);
	ahoy_buf_put(b, data);
}

static const char srv_data[] = "\0\1\0\2\023\304\4host\4test"; /* priority 1, weight 2, port 5060, host.test and its end */
static const char naptr_data[] = "\0\012\0\024\1S\7SIP+D2U\0\4_sip\4_udp\4test";
enum {
	TYPE_A = 1,
	TYPE_SRV = 33,
	TYPE_NAPTR = 35,
	TYPE_AAAA = 28
};

static unsigned put_answers(ahoy_buf *b, char letter, unsigned type)
{
	unsigned answers = 0;
	char address[16] = {10};

	switch (type) {
	case TYPE_SRV:
		put_record(b, type, letter == 'h' ? 0xffffffff : 300, (ahoy_slice){srv_data, sizeof srv_data});
		put_record(b, type, 200, (ahoy_slice){srv_data, sizeof srv_data});
		return 2;
	case TYPE_NAPTR:
		for (; answers < (letter == 'm' ? 10 : 1); answers++)
			put_record(b, type, 100, (ahoy_slice){naptr_data, sizeof naptr_data});
		return answers;
	case TYPE_A:
		answers = (letter == 'm') ? 20 : (letter == 'a' ? 2 : letter == 'b');
		break;
	case TYPE_AAAA:
		answers = letter == 'b';
		break;
	}
	for (unsigned i = 0; i < answers; i++) {
		address[3] = (char)(i + 1);
		put_record(b, type, 60, (ahoy_slice){address, type == TYPE_A ? 4 : 16});
	}
	return answers;
}

/* RFC 1035 4.1: a head with one question comes; the same with the answers behind it goes. */
static void serve(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice query)
{
	fixture *f = ctx;
	char space[1024];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);
	size_t end = 12;
	char letter = query.ptr[13];

	(void)now;
	f->queries++;
	while (end < query.len && query.ptr[end])
		end += (size_t)(uint8_t)query.ptr[end] + 1;
	end += 5;
	assert_true(end <= query.len);
	ahoy_buf_put(&b, ahoy_slice_first(query, end));
	space[2] = (char)0x81;
	/* no such name; refused */
	space[3] = (char)(0x80 | (letter == 'n' ? 3 : (letter == 'f' ? 5 : 0)));
	space[9] = space[11] = 0; /* neither authority nor additional records */
	if (letter != 'n' && letter != 'f')
		space[7] = (char)put_answers(&b, letter, (uint8_t)query.ptr[end - 3]);
	/* lies: one record more than there is; another question's number */
	space[7] = (char)(space[7] + (letter == 'l'));
	space[0] = (char)(space[0] ^ (letter == 'w'));
	assert_false(b.full);
	ahoy_udp_send(f->udp, flow, ahoy_buf_slice(&b));
	if (letter == 'w') {
		space[0] = (char)(space[0] ^ 1);
		ahoy_udp_send(f->udp, flow, ahoy_buf_slice(&b));
	}
}

static void ignore_refused(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	(void)ctx;
	(void)now;
	(void)flow;
}

static void on_tail(void *ctx)
{
	fixture *f = ctx;

	ahoy_udp_flush(f->udp);
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);
	ahoy_udp_handler handler = {f, serve, ignore_refused};
	ahoy_addr at = {.family = 4, .ip = {127, 0, 0, 1}}, bound;
	char why[AHOY_SOCKET_WHY];

	assert_non_null(f);
	assert_ok(ahoy_loop_new(&f->loop));
	assert_ok(ahoy_alarm_new(f->loop, on_guard, f, &f->guard));
	ahoy_alarm_set(f->guard, ahoy_clock_now() + AHOY_SECONDS(20));
	assert_ok(ahoy_udp_new(f->loop, &handler, &f->udp));
	assert_ok(ahoy_udp_listen(f->udp, &at, AHOY_UDP_ALONE, &bound, why));
	assert_ok(ahoy_tail_new(f->loop, on_tail, f, &f->tail));
	assert_ok(ahoy_dns_new(f->loop, &f->dns));
	assert_ok(ahoy_dns_use_server(f->dns, &bound));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;

	ahoy_dns_del(f->dns);
	ahoy_udp_del(f->udp);
	ahoy_tail_del(f->tail);
	ahoy_alarm_del(f->guard);
	ahoy_loop_del(f->loop);
	free(f);
	return 0;
}

static void on_answer(void *ctx, const ahoy_dns_answer *answer)
{
	fixture *f = ctx;

	f->calls++;
	f->answer = *answer;
	if (f->running)
		ahoy_loop_stop(f->loop);
}

static void look_up(fixture *f, ahoy_dns_type type, const char *name)
{
	int before = f->calls;

	ahoy_dns_ask(f->dns, type, ahoy_slice_of(name), on_answer, f);
	f->running = f->calls == before;
	if (f->running)
		ahoy_loop_run(f->loop);
	f->running = false;
	assert_false(f->timed_out);
	assert_int_equal(f->calls, before + 1);
}

static void a_name_has_its_addresses_of_both_families(void **state)
{
	fixture *f = *state;

	look_up(f, AHOY_DNS_ADDRESS, "a.test.example");
	assert_ok(f->answer.err);
	assert_int_equal(f->answer.count, 2);
	assert_int_equal(f->answer.addrs[0].family, 4);
	assert_int_equal(f->answer.addrs[0].port, 0);
	assert_int_equal(f->answer.ttl_s, 60);
	look_up(f, AHOY_DNS_ADDRESS, "b.test.example");
	assert_ok(f->answer.err);
	assert_int_equal(f->answer.count, 2);
	assert_int_equal(f->answer.addrs[0].family + f->answer.addrs[1].family, 10);
}

static void rfc2782_and_rfc3403_records_come_with_the_least_ttl(void **state)
{
	fixture *f = *state;

	look_up(f, AHOY_DNS_SRV, "a.test.example");
	assert_ok(f->answer.err);
	assert_int_equal(f->answer.count, 2);
	assert_int_equal(f->answer.ttl_s, 200);
	assert_int_equal(f->answer.srvs[0].priority, 1);
	assert_int_equal(f->answer.srvs[0].weight, 2);
	assert_int_equal(f->answer.srvs[0].port, 5060);
	assert_string_equal(f->answer.srvs[0].target, "host.test");
	look_up(f, AHOY_DNS_NAPTR, "a.test.example");
	assert_ok(f->answer.err);
	assert_int_equal(f->answer.count, 1);
	assert_int_equal(f->answer.ttl_s, 100);
	assert_int_equal(f->answer.naptrs[0].order, 10);
	assert_int_equal(f->answer.naptrs[0].preference, 20);
	assert_int_equal(f->answer.naptrs[0].flag, 's');
	assert_string_equal(f->answer.naptrs[0].service, "SIP+D2U");
	assert_string_equal(f->answer.naptrs[0].replacement, "_sip._udp.test");
	/* RFC 2181 8 */
	look_up(f, AHOY_DNS_SRV, "high.test.example");
	assert_ok(f->answer.err);
	assert_int_equal(f->answer.ttl_s, 0);
}

static void what_is_known_is_not_asked_again(void **state)
{
	fixture *f = *state;
	int asked;

	look_up(f, AHOY_DNS_SRV, "a.test.example");
	look_up(f, AHOY_DNS_ADDRESS, "none.test.example");
	asked = f->queries;
	look_up(f, AHOY_DNS_SRV, "A.test.example");
	assert_int_equal(f->answer.count, 2);
	look_up(f, AHOY_DNS_ADDRESS, "none.test.example");
	assert_err(f->answer.err, AHOY_ENOTFOUND);
	assert_int_equal(f->queries, asked);
	look_up(f, AHOY_DNS_SRV, "high.test.example");
	look_up(f, AHOY_DNS_SRV, "high.test.example");
	assert_int_equal(f->queries, asked + 2);
}

static void more_records_than_the_bound_are_left_out(void **state)
{
	fixture *f = *state;

	look_up(f, AHOY_DNS_ADDRESS, "many.test.example");
	assert_ok(f->answer.err);
	assert_int_equal(f->answer.count, AHOY_DNS_MAX_ADDRESSES);
	look_up(f, AHOY_DNS_NAPTR, "many.test.example");
	assert_ok(f->answer.err);
	assert_int_equal(f->answer.count, AHOY_DNS_MAX_NAPTRS);
}

static void an_answer_that_lies_or_has_another_number_is_none(void **state)
{
	fixture *f = *state;

	look_up(f, AHOY_DNS_SRV, "liar.test.example");
	assert_err(f->answer.err, AHOY_ENETWORK);
	assert_int_equal(f->answer.count, 0);
	/* the one with the wrong number is passed over, the right one behind it counts */
	look_up(f, AHOY_DNS_SRV, "wrong.test.example");
	assert_ok(f->answer.err);
}

static void a_name_that_is_not_there_and_a_server_that_refuses_are_told_apart(void **state)
{
	fixture *f = *state;

	for (int type = AHOY_DNS_ADDRESS; type <= AHOY_DNS_NAPTR; type++) {
		look_up(f, (ahoy_dns_type)type, "none.test.example");
		assert_err(f->answer.err, AHOY_ENOTFOUND);
		assert_true(f->queries > 0);
		look_up(f, (ahoy_dns_type)type, "fails.test.example");
		assert_err(f->answer.err, AHOY_ENETWORK);
	}
}

static void an_address_is_its_own_answer_and_nonsense_is_asked_nobody(void **state)
{
	static const struct {
		const char *name;
		int err;
	} table[] = {{"192.0.2.1", 0}, {"[2001:db8::1]", 0}, {"", AHOY_ENOTFOUND}};
	fixture *f = *state;
	char big[300];

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		look_up(f, AHOY_DNS_ADDRESS, table[i].name);
		assert_err_row(f->answer.err, table[i].err, table[i].name);
	}
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	look_up(f, AHOY_DNS_ADDRESS, big);
	assert_err(f->answer.err, AHOY_ENOTFOUND);
	ahoy_dns_ask(f->dns, AHOY_DNS_ADDRESS, (ahoy_slice){"a\0b", 3}, on_answer, f);
	assert_err(f->answer.err, AHOY_ENOTFOUND);
	assert_int_equal(f->queries, 0);
}

static void rfc6761_6_3_localhost_is_the_loopback_and_nobody_is_asked(void **state)
{
	static const char *const names[] = {"localhost", "LocalHost.", "phone.localhost"};
	fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		look_up(f, AHOY_DNS_ADDRESS, names[i]);
		assert_ok(f->answer.err);
		assert_int_equal(f->answer.count, 2);
		assert_int_equal(f->answer.addrs[0].family, 4);
		assert_true(ahoy_addr_is_loopback(&f->answer.addrs[0]) && ahoy_addr_is_loopback(&f->answer.addrs[1]));
		look_up(f, AHOY_DNS_NAPTR, names[i]);
		assert_err(f->answer.err, AHOY_ENOTFOUND);
	}
	assert_int_equal(f->queries, 0);
}

static void a_name_that_only_looks_like_localhost_is_asked_for_like_others(void **state)
{
	fixture *f = *state;

	look_up(f, AHOY_DNS_ADDRESS, "nlocalhost.example");
	assert_err(f->answer.err, AHOY_ENOTFOUND);
	look_up(f, AHOY_DNS_ADDRESS, "notlocalhost.");
	assert_err(f->answer.err, AHOY_ENOTFOUND);
	assert_true(f->queries > 1);
}

static void a_look_up_given_up_is_never_answered(void **state)
{
	fixture *f = *state;

	for (int type = AHOY_DNS_ADDRESS; type <= AHOY_DNS_NAPTR; type++)
		ahoy_dns_ask(f->dns, (ahoy_dns_type)type, AHOY_S("a.test.example"), on_answer, f);
	ahoy_dns_del(f->dns);
	f->dns = NULL;
	assert_int_equal(f->calls, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_name_has_its_addresses_of_both_families),
		TEST(rfc2782_and_rfc3403_records_come_with_the_least_ttl),
		TEST(what_is_known_is_not_asked_again),
		TEST(more_records_than_the_bound_are_left_out),
		TEST(an_answer_that_lies_or_has_another_number_is_none),
		TEST(a_name_that_is_not_there_and_a_server_that_refuses_are_told_apart),
		TEST(an_address_is_its_own_answer_and_nonsense_is_asked_nobody),
		TEST(rfc6761_6_3_localhost_is_the_loopback_and_nobody_is_asked),
		TEST(a_name_that_only_looks_like_localhost_is_asked_for_like_others),
		TEST(a_look_up_given_up_is_never_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
