/* sip/locate: from a URI to the servers to try (RFC 3263 4.1, 4.2), against zones written as text. */
#include "sip/locate.h"

#include <stdio.h>

#include "test.h"
#include "test_env.h"

#define UDP_TCP (AHOY_LOCATE_BY(AHOY_UDP) | AHOY_LOCATE_BY(AHOY_TCP))
#define ALL (UDP_TCP | AHOY_LOCATE_BY(AHOY_TLS) | AHOY_LOCATE_BY(AHOY_WS) | AHOY_LOCATE_BY(AHOY_WSS))
#define BOTH (AHOY_TARGET_IP4 | AHOY_TARGET_IP6)

typedef struct {
	ahoy_dns_type type;
	const char *name, *data; /* NAPTR: "order pref flag service replacement"; SRV: "priority weight port target" */
} record;

static void put_record(const record *r, ahoy_dns_answer *out)
{
	size_t i = out->count++;

	if (r->type == AHOY_DNS_ADDRESS)
		assert_ok(ahoy_addr_parse_ip(ahoy_slice_of(r->data), &out->addrs[i]));
	else if (r->type == AHOY_DNS_SRV)
		assert_true(sscanf(r->data, "%hu %hu %hu %255s", &out->srvs[i].priority, &out->srvs[i].weight,
				   &out->srvs[i].port, out->srvs[i].target) >= 3);
	else
		assert_true(sscanf(r->data, "%hu %hu %c %15s %255s", &out->naptrs[i].order, &out->naptrs[i].preference,
				   &out->naptrs[i].flag, out->naptrs[i].service, out->naptrs[i].replacement) >= 4);
}

static void look_into(const record *zone, ahoy_dns_type type, ahoy_slice name, ahoy_dns_answer *out)
{
	*out = (ahoy_dns_answer){.type = type, .ttl_s = 60};
	for (const record *r = zone; r && r->name; r++)
		if (r->type == type && ahoy_slice_ieq(name, ahoy_slice_of(r->name)))
			put_record(r, out);
	if (!out->count)
		out->err = AHOY_ENOTFOUND;
}

static void put_hops(ahoy_buf *b, const ahoy_locate *l)
{
	for (size_t i = 0; i < l->hop_count; i++) {
		ahoy_slice transport = ahoy_transport_name(l->hops[i].transport);

		ahoy_buf_str(b, i ? " " : "");
		for (size_t k = 0; k < transport.len; k++)
			ahoy_buf_char(b, ahoy_lower(transport.ptr[k]));
		ahoy_buf_char(b, ':');
		ahoy_addr_put(b, &l->hops[i].addr);
	}
}

/* "udp:192.0.2.1:5060 tcp:…", or the error. `asked` counts the questions. */
static const char *located(const ahoy_env *env, const record *zone, const char *text, unsigned transports, unsigned families,
			   unsigned *asked)
{
	static char out[2048];
	ahoy_buf b = ahoy_buf_over(out, sizeof out - 1);
	static ahoy_locate l;
	ahoy_dns_answer answer;
	ahoy_uri uri;
	unsigned question;
	ahoy_dns_type type;
	ahoy_slice name;
	int err;

	*asked = 0;
	assert_ok(ahoy_uri_parse(ahoy_slice_of(text), &uri));
	err = ahoy_locate_start(&l, env, &uri, transports, families);
	if (err)
		return ahoy_err_name(err);
	while (ahoy_locate_next_question(&l, &question, &type, &name)) {
		look_into(zone, type, name, &answer);
		++*asked;
		ahoy_locate_answer(&l, question, &answer);
	}
	assert_true(l.done);
	if (l.err)
		return ahoy_err_name(l.err);
	put_hops(&b, &l);
	return ahoy_buf_cstr(&b);
}

static const record example_zone[] = {
	{AHOY_DNS_NAPTR, "example.com", "50 50 s SIPS+D2T _sips._tcp.example.com"},
	{AHOY_DNS_NAPTR, "example.com", "90 50 s SIP+D2T _sip._tcp.example.com"},
	{AHOY_DNS_NAPTR, "example.com", "100 50 s SIP+D2U _sip._udp.example.com"},
	{AHOY_DNS_NAPTR, "example.com", "10 10 u E2U+sip x.example.com"},
	{AHOY_DNS_SRV, "_sips._tcp.example.com", "0 1 5071 a.example.com"},
	{AHOY_DNS_SRV, "_sip._tcp.example.com", "1 1 5080 b.example.com"},
	{AHOY_DNS_SRV, "_sip._tcp.example.com", "0 1 5080 a.example.com"},
	{AHOY_DNS_SRV, "_sip._udp.example.com", "0 1 5070 a.example.com"},
	{AHOY_DNS_ADDRESS, "a.example.com", "2001:db8::a"},
	{AHOY_DNS_ADDRESS, "a.example.com", "192.0.2.1"},
	{AHOY_DNS_ADDRESS, "b.example.com", "192.0.2.2"},
	{AHOY_DNS_ADDRESS, "example.com", "192.0.2.99"},
	/* no NAPTR: the SRV names themselves */
	{AHOY_DNS_SRV, "_sip._udp.srv.example", "0 1 5070 a.example.com"},
	{AHOY_DNS_SRV, "_sip._tcp.srv.example", "0 1 5080 b.example.com"},
	/* NAPTR of a transport that not everybody has, and addresses */
	{AHOY_DNS_NAPTR, "tls.example", "50 50 s SIPS+D2T _sips._tcp.example.com"},
	{AHOY_DNS_ADDRESS, "tls.example", "192.0.2.3"},
	/* by order, then preference; a second record of a service */
	{AHOY_DNS_NAPTR, "order.example", "2 1 s SIP+D2T _sip._tcp.example.com"},
	{AHOY_DNS_NAPTR, "order.example", "1 9 s SIP+D2U _sip._udp.srv.example"},
	{AHOY_DNS_NAPTR, "order.example", "1 2 s SIP+D2T _sip._tcp.srv.example"},
	{AHOY_DNS_NAPTR, "ws.example", "1 1 s SIP+D2W ws.srv.example"},
	{AHOY_DNS_SRV, "ws.srv.example", "0 1 8080 b.example.com"},
	/* RFC 2782: "." says that there is no such service */
	{AHOY_DNS_SRV, "_sip._udp.none.example", "0 0 0"},
	{AHOY_DNS_ADDRESS, "none.example", "192.0.2.4"},
	/* a target without an address, a port 0, a NAPTR that leads nowhere */
	{AHOY_DNS_SRV, "_sip._udp.broken.example", "0 1 5060 gone.example"},
	{AHOY_DNS_SRV, "_sip._udp.broken.example", "1 1 0 b.example.com"},
	{AHOY_DNS_SRV, "_sip._udp.broken.example", "2 1 5060 b.example.com"},
	{AHOY_DNS_NAPTR, "astray.example", "1 1 s SIP+D2U _sip._udp.gone.example"},
	{AHOY_DNS_ADDRESS, "astray.example", "192.0.2.5"},
	{AHOY_DNS_ADDRESS, "plain.example", "192.0.2.6"},
	{AHOY_DNS_ADDRESS, "six.example", "2001:db8::6"},
	{AHOY_DNS_ADDRESS, NULL, NULL},
};

static void rfc3263_4_1_and_4_2_where_a_request_goes(void **state)
{
	static const struct {
		const char *uri;
		unsigned transports, families;
		const char *hops;
		unsigned asked;
	} rows[] = {
		/* addresses need no name server */
		{"sip:192.0.2.7", UDP_TCP, BOTH, "udp:192.0.2.7:5060", 0},
		{"sip:[2001:db8::7]:5070;transport=tcp", UDP_TCP, BOTH, "tcp:[2001:db8::7]:5070", 0},
		{"sip:example.com;maddr=192.0.2.8", UDP_TCP, BOTH, "udp:192.0.2.8:5060", 0},
		{"sips:192.0.2.7", ALL, BOTH, "tls:192.0.2.7:5061", 0},
		/* a port means that host: neither NAPTR nor SRV */
		{"sip:example.com:5068", UDP_TCP, BOTH, "udp:192.0.2.99:5068", 1},
		{"sip:example.com:5068;transport=tcp", UDP_TCP, BOTH, "tcp:192.0.2.99:5068", 1},
		/* NAPTR, in its order, what can be used; each target's IPv4 first */
		{"sip:example.com", UDP_TCP, BOTH,
		 "tcp:192.0.2.1:5080 tcp:[2001:db8::a]:5080 tcp:192.0.2.2:5080 udp:192.0.2.1:5070 udp:[2001:db8::a]:5070", 5},
		{"sip:EXAMPLE.com", ALL, AHOY_TARGET_IP4, "tls:192.0.2.1:5071 tcp:192.0.2.1:5080 tcp:192.0.2.2:5080 udp:192.0.2.1:5070",
		 6},
		{"sips:example.com", ALL, AHOY_TARGET_IP4, "tls:192.0.2.1:5071", 3},
		{"sip:order.example", UDP_TCP, AHOY_TARGET_IP4,
		 "tcp:192.0.2.2:5080 udp:192.0.2.1:5070 tcp:192.0.2.1:5080 tcp:192.0.2.2:5080", 6},
		{"sip:ws.example", ALL, BOTH, "ws:192.0.2.2:8080", 3},
		/* the transport is named: its SRV alone, and no NAPTR */
		{"sip:example.com;transport=udp", UDP_TCP, AHOY_TARGET_IP4, "udp:192.0.2.1:5070", 3},
		{"sip:example.com;transport=tcp", UDP_TCP, AHOY_TARGET_IP4, "tcp:192.0.2.1:5080 tcp:192.0.2.2:5080", 4},
		{"sip:example.com;transport=ws", ALL, AHOY_TARGET_IP4, "ws:192.0.2.99:80", 1},
		/* no NAPTR, or none that helps */
		{"sip:srv.example", UDP_TCP, AHOY_TARGET_IP4, "udp:192.0.2.1:5070 tcp:192.0.2.2:5080", 6},
		{"sip:tls.example", UDP_TCP, BOTH, "udp:192.0.2.3:5060", 4},
		{"sip:plain.example", UDP_TCP, BOTH, "udp:192.0.2.6:5060", 4},
		{"sips:plain.example", ALL, BOTH, "tls:192.0.2.6:5061", 3},
		{"sip:astray.example", UDP_TCP, BOTH, "udp:192.0.2.5:5060", 3},
		{"sip:broken.example", UDP_TCP, BOTH, "udp:192.0.2.2:5060", 6},
		{"sip:none.example", UDP_TCP, BOTH, "AHOY_ENOTFOUND", 4},
		{"sip:gone.example", UDP_TCP, BOTH, "AHOY_ENOTFOUND", 4},
		/* what this host cannot reach */
		{"sip:six.example", UDP_TCP, AHOY_TARGET_IP4, "AHOY_ENOTFOUND", 4},
		{"sip:192.0.2.7", UDP_TCP, AHOY_TARGET_IP6, "AHOY_ENOTFOUND", 0},
		/* what cannot be used at all */
		{"sips:example.com", UDP_TCP, BOTH, "AHOY_EUNSUPPORTED", 0},
		{"sip:example.com;transport=tls", UDP_TCP, BOTH, "AHOY_EUNSUPPORTED", 0},
		{"sips:example.com;transport=udp", ALL, BOTH, "AHOY_EUNSUPPORTED", 0},
		{"tel:112", ALL, BOTH, "AHOY_ESCHEME", 0},
	};
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned asked;

		assert_slice_row(ahoy_slice_of(located(&te.env, example_zone, rows[i].uri, rows[i].transports, rows[i].families, &asked)),
				 rows[i].hops, rows[i].uri);
		assert_row(asked == rows[i].asked, rows[i].uri);
	}
	test_env_fini(&te);
}

static void a_failing_name_server_is_told_from_a_name_that_is_not_there(void **state)
{
	static const int errs[] = {AHOY_ETIMEOUT, AHOY_ENETWORK, AHOY_ENOTFOUND};
	static ahoy_locate l;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	for (size_t i = 0; i < ARRAY_LEN(errs); i++) {
		ahoy_uri uri;
		unsigned question;
		ahoy_dns_type type;
		ahoy_slice name;

		assert_ok(ahoy_uri_parse(AHOY_S("sip:example.com"), &uri));
		assert_ok(ahoy_locate_start(&l, &te.env, &uri, UDP_TCP, BOTH));
		while (ahoy_locate_next_question(&l, &question, &type, &name))
			ahoy_locate_answer(&l, question, &(ahoy_dns_answer){.type = type, .err = errs[i]});
		assert_true(l.done);
		assert_err(l.err, errs[i]);
	}
	test_env_fini(&te);
}

static void answers_may_come_in_any_order_and_twice(void **state)
{
	static ahoy_locate l;
	unsigned questions[8], count = 0;
	ahoy_dns_answer answer;
	ahoy_dns_type type;
	ahoy_slice name;
	test_env te;
	ahoy_uri uri;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_uri_parse(AHOY_S("sip:srv.example;transport=udp"), &uri));
	assert_ok(ahoy_locate_start(&l, &te.env, &uri, UDP_TCP, AHOY_TARGET_IP4));
	while (ahoy_locate_next_question(&l, &questions[count], &type, &name))
		count++;
	assert_int_equal(count, 2);
	look_into(example_zone, AHOY_DNS_ADDRESS, AHOY_S("srv.example"), &answer);
	ahoy_locate_answer(&l, questions[1], &answer);
	ahoy_locate_answer(&l, questions[1], &answer);
	ahoy_locate_answer(&l, 77, &answer);
	assert_false(l.done);
	look_into(example_zone, AHOY_DNS_SRV, AHOY_S("_sip._udp.srv.example"), &answer);
	ahoy_locate_answer(&l, questions[0], &answer);
	assert_true(ahoy_locate_next_question(&l, &questions[2], &type, &name));
	assert_slice(name, "a.example.com");
	look_into(example_zone, AHOY_DNS_ADDRESS, name, &answer);
	ahoy_locate_answer(&l, questions[2], &answer);
	assert_true(l.done);
	assert_int_equal(l.hop_count, 1);
	test_env_fini(&te);
}

/* The largest that a hostile zone can say: bounds hold, nothing is written behind them. */
static void the_largest_answers_end_at_the_bounds(void **state)
{
	static ahoy_locate l;
	ahoy_dns_answer answer;
	unsigned question, asked = 0;
	ahoy_dns_type type;
	ahoy_slice name;
	test_env te;
	ahoy_uri uri;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_uri_parse(AHOY_S("sip:example.com"), &uri));
	assert_ok(ahoy_locate_start(&l, &te.env, &uri, ALL, BOTH));
	while (ahoy_locate_next_question(&l, &question, &type, &name)) {
		answer = (ahoy_dns_answer){.type = type};
		asked++;
		switch (type) {
		case AHOY_DNS_NAPTR:
			for (; answer.count < AHOY_DNS_MAX_NAPTRS; answer.count++) {
				ahoy_naptr *n = &answer.naptrs[answer.count];

				n->flag = 's';
				snprintf(n->service, sizeof n->service, "SIP+D2U");
				memset(n->replacement, 'n' + (int)answer.count, AHOY_MAX_HOST);
			}
			break;
		case AHOY_DNS_SRV:
			for (; answer.count < AHOY_DNS_MAX_SRVS; answer.count++) {
				answer.srvs[answer.count] = (ahoy_srv){.weight = UINT16_MAX, .port = 1};
				memset(answer.srvs[answer.count].target, 'a' + (int)answer.count, AHOY_MAX_HOST);
			}
			break;
		case AHOY_DNS_ADDRESS:
			for (; answer.count < AHOY_DNS_MAX_ADDRESSES; answer.count++)
				answer.addrs[answer.count] = (ahoy_addr){.family = 4, .ip = {10, 0, 0, (uint8_t)answer.count}};
			break;
		}
		ahoy_locate_answer(&l, question, &answer);
	}
	assert_true(l.done);
	assert_ok(l.err);
	assert_int_equal(l.hop_count, AHOY_MAX_TARGETS);
	assert_true(asked <= AHOY_LOCATE_MAX_QUESTIONS);
	test_env_fini(&te);
}

static void rfc2782_priorities_are_kept_and_weights_are_chances(void **state)
{
	enum {
		ROUNDS = 10000
	};
	static const ahoy_srv srvs[] = {
		{.priority = 2, .weight = 100, .target = "last"},
		{.priority = 1, .weight = 30, .target = "30"},
		{.priority = 1, .weight = 60, .target = "60"},
		{.priority = 1, .weight = 0, .target = "0"},
		{.priority = 1, .weight = 10, .target = "10"},
	};
	unsigned first[4] = {0}; /* of weight 60, 30, 10, 0 */
	test_env te;

	(void)state;
	test_env_init(&te, 7);
	for (int i = 0; i < ROUNDS; i++) {
		static const char *const names[] = {"60", "30", "10", "0"};
		ahoy_srv order[ARRAY_LEN(srvs)];

		memcpy(order, srvs, sizeof srvs);
		ahoy_srv_order(&te.env, order, ARRAY_LEN(order));
		assert_string_equal(order[4].target, "last");
		for (size_t k = 0; k < 4; k++)
			first[k] += strcmp(order[0].target, names[k]) == 0;
	}
	/* Of 10,000 with chances of 60, 30, 10 of 101: within five standard deviations. */
	assert_in_range(first[0], 5700, 6190);
	assert_in_range(first[1], 2740, 3210);
	assert_in_range(first[2], 830, 1150);
	assert_in_range(first[3], 40, 160);
	assert_int_equal(first[0] + first[1] + first[2] + first[3], ROUNDS);
	test_env_fini(&te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3263_4_1_and_4_2_where_a_request_goes),
		cmocka_unit_test(a_failing_name_server_is_told_from_a_name_that_is_not_there),
		cmocka_unit_test(answers_may_come_in_any_order_and_twice),
		cmocka_unit_test(the_largest_answers_end_at_the_bounds),
		cmocka_unit_test(rfc2782_priorities_are_kept_and_weights_are_chances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
