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
	/* the answer */
	int calls, err;
	ahoy_addr addresses[AHOY_DNS_MAX_ADDRESSES];
	size_t count;
} fixture;

static void on_guard(void *ctx)
{
	fixture *f = ctx;

	f->timed_out = true;
	ahoy_loop_stop(f->loop);
}

/* RFC 1035 4.1: a head with one question comes; the same with the answers behind it goes. */
static void serve(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice query)
{
	fixture *f = ctx;
	char space[512];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);
	size_t end = 12;
	uint8_t type, rcode = 0, answers = 0;

	(void)now;
	f->queries++;
	while (end < query.len && query.ptr[end])
		end += (size_t)(uint8_t)query.ptr[end] + 1;
	end += 5;
	assert_true(end <= query.len);
	type = (uint8_t)query.ptr[end - 3]; /* 1: A, 28: AAAA */
	if (query.ptr[13] == 'n')
		rcode = 3; /* no such name */
	else if (query.ptr[13] == 'f')
		rcode = 5; /* refused */
	else if (query.ptr[13] == 'm' && type == 1)
		answers = 20;
	else if (query.ptr[13] == 'a' && type == 1)
		answers = 2;
	else if (query.ptr[13] == 'b' && (type == 1 || type == 28))
		answers = 1;
	ahoy_buf_put(&b, ahoy_slice_first(query, end));
	space[2] = (char)0x81;
	space[3] = (char)(0x80 | rcode);
	space[7] = (char)answers;
	space[9] = space[11] = 0; /* neither authority nor additional records */
	for (uint8_t i = 0; i < answers; i++) {
		static const char head[] = {(char)0xc0, 12, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0};
		char address[16] = {10, 0, 0, (char)(i + 1)};
		size_t at = b.len, len = type == 1 ? 4 : 16;

		ahoy_buf_put(&b, (ahoy_slice){head, sizeof head});
		space[at + 3] = (char)type;
		space[at + 11] = (char)len;
		ahoy_buf_put(&b, (ahoy_slice){address, len});
	}
	assert_false(b.full);
	ahoy_udp_send(f->udp, flow, ahoy_buf_slice(&b));
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

static void on_answer(void *ctx, int err, const ahoy_addr *addresses, size_t count)
{
	fixture *f = ctx;

	f->calls++;
	f->err = err;
	f->count = count;
	for (size_t i = 0; i < count; i++)
		f->addresses[i] = addresses[i];
	ahoy_loop_stop(f->loop);
}

static void look_up(fixture *f, const char *name, int family)
{
	int before = f->calls;

	ahoy_dns_lookup(f->dns, ahoy_slice_of(name), family, on_answer, f);
	if (f->calls == before)
		ahoy_loop_run(f->loop);
	assert_false(f->timed_out);
	assert_int_equal(f->calls, before + 1);
}

static void a_name_has_its_addresses_by_family(void **state)
{
	fixture *f = *state;

	look_up(f, "a.test.example", 4);
	assert_ok(f->err);
	assert_int_equal(f->count, 2);
	assert_int_equal(f->addresses[0].family, 4);
	assert_int_equal(f->addresses[0].port, 0);
	look_up(f, "a.test.example", 6);
	assert_err(f->err, AHOY_ENOTFOUND);
	look_up(f, "b.test.example", 6);
	assert_ok(f->err);
	assert_int_equal(f->addresses[0].family, 6);
	look_up(f, "b.test.example", 0);
	assert_ok(f->err);
	assert_int_equal(f->count, 2);
}

static void more_addresses_than_the_bound_are_left_out(void **state)
{
	fixture *f = *state;

	look_up(f, "many.test.example", 4);
	assert_ok(f->err);
	assert_int_equal(f->count, AHOY_DNS_MAX_ADDRESSES);
}

static void a_name_that_is_not_there_and_a_server_that_refuses_are_told_apart(void **state)
{
	fixture *f = *state;

	look_up(f, "none.test.example", 4);
	assert_err(f->err, AHOY_ENOTFOUND);
	assert_true(f->queries > 0);
	look_up(f, "fails.test.example", 4);
	assert_err(f->err, AHOY_ENETWORK);
}

static void an_address_is_its_own_answer_and_nonsense_is_asked_nobody(void **state)
{
	static const struct {
		const char *name;
		int family, err;
	} table[] = {
		{"192.0.2.1", 0, 0},
		{"192.0.2.1", 6, AHOY_ENOTFOUND},
		{"[2001:db8::1]", 6, 0},
		{"", 0, AHOY_ENOTFOUND},
	};
	fixture *f = *state;
	char big[300];

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		look_up(f, table[i].name, table[i].family);
		assert_err_row(f->err, table[i].err, table[i].name);
	}
	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	look_up(f, big, 4);
	assert_err(f->err, AHOY_ENOTFOUND);
	ahoy_dns_lookup(f->dns, (ahoy_slice){"a\0b", 3}, 4, on_answer, f);
	assert_err(f->err, AHOY_ENOTFOUND);
	assert_int_equal(f->queries, 0);
}

static void rfc6761_6_3_localhost_is_the_loopback_and_nobody_is_asked(void **state)
{
	static const struct {
		const char *name;
		int family;
		size_t count;
		int first;
	} table[] = {
		{"localhost", 4, 1, 4},
		{"localhost", 6, 1, 6},
		{"LocalHost.", 0, 2, 4},
		{"phone.localhost", 6, 1, 6},
	};
	fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		look_up(f, table[i].name, table[i].family);
		assert_ok(f->err);
		assert_int_equal(f->count, table[i].count);
		assert_int_equal(f->addresses[0].family, table[i].first);
		assert_true(ahoy_addr_is_loopback(&f->addresses[0]));
	}
	assert_int_equal(f->queries, 0);
}

static void a_name_that_only_looks_like_localhost_is_asked_for_like_others(void **state)
{
	fixture *f = *state;

	look_up(f, "nlocalhost.example", 4);
	assert_err(f->err, AHOY_ENOTFOUND);
	look_up(f, "notlocalhost.", 4);
	assert_err(f->err, AHOY_ENOTFOUND);
	assert_true(f->queries > 1);
}

static void a_look_up_given_up_is_never_answered(void **state)
{
	fixture *f = *state;

	ahoy_dns_lookup(f->dns, AHOY_S("a.test.example"), 4, on_answer, f);
	ahoy_dns_del(f->dns);
	f->dns = NULL;
	assert_int_equal(f->calls, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_name_has_its_addresses_by_family),
		TEST(more_addresses_than_the_bound_are_left_out),
		TEST(a_name_that_is_not_there_and_a_server_that_refuses_are_told_apart),
		TEST(an_address_is_its_own_answer_and_nonsense_is_asked_nobody),
		TEST(rfc6761_6_3_localhost_is_the_loopback_and_nobody_is_asked),
		TEST(a_name_that_only_looks_like_localhost_is_asked_for_like_others),
		TEST(a_look_up_given_up_is_never_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
