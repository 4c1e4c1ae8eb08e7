/* ua/sending: one request of ours through resolving, digest and fail-over, until its one outcome (RFC 3261 8.1.3.5, 22; RFC 3263 4.3). */
#include "ua_support.h"

static ahoy_flow flow_to(const world *w, const char *peer)
{
	ahoy_flow flow = world_flow(w, A);

	assert_ok(ahoy_addr_parse(ahoy_slice_of(peer), &flow.peer));
	return flow;
}

/* A MESSAGE of A with or without a flow and credentials. */
static void send_it(world *w, const ahoy_flow *flow, const char *uri, const char *route, bool credentials)
{
	ahoy_ua_request_spec spec = {.method = AHOY_MESSAGE,
				     .uri = ahoy_slice_of(uri),
				     .from = AHOY_S("<sip:a@b>"),
				     .to = AHOY_S("<sip:b@b>"),
				     .flow = flow,
				     .route = ahoy_slice_of(route),
				     .max_forwards = 70,
				     .user = 9};

	if (credentials)
		spec.credentials = (ahoy_credentials){AHOY_S("alice"), AHOY_S("secret")};
	ahoy_ua_turn(w->ua[A], w->now);
	assert_ok(ahoy_ua_request(w->ua[A], w->now, &spec));
	world_drain(w, A);
}

static void resolve(world *w, uint64_t id, const char *const *peers, size_t count)
{
	ahoy_flow flows[AHOY_MAX_TARGETS + 4];

	for (size_t i = 0; i < count; i++)
		flows[i] = flow_to(w, peers[i % 3]);
	ahoy_ua_resolved(w->ua[A], w->now, id, flows, count);
	world_drain(w, A);
}

static const char *const peers[] = {"192.0.2.21:5060", "192.0.2.22:5060", "192.0.2.23:5060"};

static void rfc3263_4_without_a_flow_the_target_is_asked_for(void **state)
{
	static const struct {
		const char *uri, *route, *host;
	} table[] = {{"sip:b@b.example", "", "b.example"}, {"sip:b@b.example", "sip:proxy.example:5070", "proxy.example"}};
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_ua_event e;
		ahoy_ua_request_spec spec = {.method = AHOY_OPTIONS,
					     .uri = ahoy_slice_of(table[i].uri),
					     .from = AHOY_S("<sip:a@b>"),
					     .to = AHOY_S("<sip:b@b>"),
					     .route = ahoy_slice_of(table[i].route),
					     .max_forwards = 70};

		world_init(&w, false);
		assert_ok(ahoy_ua_request(w.ua[A], w.now, &spec));
		assert_true(ahoy_ua_pop_event(w.ua[A], &e));
		assert_int_equal(e.kind, AHOY_UA_RESOLVE);
		assert_slice(e.target.host, table[i].host);
		assert_int_equal(w.sent_count, 0);
		ahoy_ua_resolved(w.ua[A], w.now, e.resolve, &(ahoy_flow){0}, 0);
		world_drain(&w, A);
		assert_int_equal(w.events[0].status, 503);
		world_fini(&w);
	}
}

static void rfc3263_4_3_the_next_address_is_tried_after_503_silence_and_icmp(void **state)
{
	world w;
	ahoy_flow dead;

	(void)state;
	for (int way = 0; way < 3; way++) {
		world_init(&w, false);
		send_it(&w, NULL, "sip:b@b.example", "", false);
		resolve(&w, world_expect(&w, A, AHOY_UA_RESOLVE)->resolve, peers, 3);
		assert_int_equal(w.sent[0].flow.peer.ip[3], 21);
		if (way == 0) {
			world_respond(&w, w.sent[0].text, 503, "x", "");
		} else if (way == 1) {
			world_pass(&w, 32000);
		} else {
			dead = flow_to(&w, peers[0]);
			ahoy_ua_send_failed(w.ua[A], w.now, &dead);
			world_drain(&w, A);
		}
		world_no_more(&w);
		assert_int_equal(w.sent[w.sent_count - 1].flow.peer.ip[3], 22);
		assert_string_equal(header_of(w.sent[w.sent_count - 1].text, "Call-ID"), header_of(w.sent[0].text, "Call-ID"));
		assert_string_not_equal(header_of(w.sent[w.sent_count - 1].text, "Via"), header_of(w.sent[0].text, "Via"));
		world_respond(&w, w.sent[w.sent_count - 1].text, 404, "x", "");
		assert_int_equal(world_expect(&w, A, AHOY_UA_RESPONSE)->status, 404);
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void rfc3261_18_1_1_the_other_way_to_the_same_peer_is_tried_when_its_stream_is_gone(void **state)
{
	world w;
	ahoy_flow gone, also;

	(void)state;
	for (int way = 0; way < 3; way++) {
		ahoy_ua_request_spec spec = {.method = AHOY_MESSAGE,
					     .uri = AHOY_S("sip:b@192.0.2.21"),
					     .from = AHOY_S("<sip:a@b>"),
					     .to = AHOY_S("<sip:b@b>"),
					     .flow = &gone,
					     .also = &also,
					     .max_forwards = 70};

		world_init(&w, false);
		gone = flow_to(&w, peers[0]);
		gone.transport = AHOY_TCP;
		gone.id = 77;
		also = gone;
		also.id = 0;
		ahoy_ua_turn(w.ua[A], w.now);
		assert_ok(ahoy_ua_request(w.ua[A], w.now, &spec));
		world_drain(&w, A);
		assert_int_equal(w.sent[0].flow.id, 77);
		if (way == 0) { /* it is an answer, and the peer's last word */
			world_respond(&w, w.sent[0].text, 503, "x", "");
			assert_int_equal(world_expect(&w, A, AHOY_UA_RESPONSE)->status, 503);
		} else {
			(way == 1 ? ahoy_ua_flow_closed : ahoy_ua_send_failed)(w.ua[A], w.now, &gone);
			world_drain(&w, A);
			world_no_more(&w);
			assert_int_equal(w.sent_count, 2);
			assert_int_equal(w.sent[1].flow.id, 0);
			assert_string_equal(header_of(w.sent[1].text, "CSeq"), header_of(w.sent[0].text, "CSeq"));
			ahoy_ua_send_failed(w.ua[A], w.now, &also); /* and there is no third */
			world_drain(&w, A);
			assert_int_equal(world_expect(&w, A, AHOY_UA_RESPONSE)->status, 503);
		}
		world_pass(&w, 40000);
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void rfc3261_18_1_1_above_1300_bytes_tcp_is_tried_first_and_udp_where_that_fails(void **state)
{
	static char body[2000];
	bool at_bound = false, above = false;

	(void)state;
	memset(body, 'x', sizeof body);
	for (int failing = 0; failing < 2; failing++) {
		for (size_t len = 900; len < 1200; len++) {
			ahoy_ua_request_spec spec = {.method = AHOY_MESSAGE,
						     .uri = AHOY_S("sip:b@b.example"),
						     .from = AHOY_S("<sip:a@b>"),
						     .to = AHOY_S("<sip:b@b>"),
						     .type = AHOY_S("text/plain"),
						     .body = ahoy_slice_make(body, len),
						     .max_forwards = 70};
			bool large;
			size_t size;
			world w;

			world_init(&w, false);
			ahoy_ua_turn(w.ua[A], w.now);
			assert_ok(ahoy_ua_request(w.ua[A], w.now, &spec));
			world_drain(&w, A);
			resolve(&w, world_expect(&w, A, AHOY_UA_RESOLVE)->resolve, peers, 1);
			size = strlen(w.sent[0].text);
			large = size > 1300;
			at_bound |= size == 1300;
			above |= size == 1301;
			assert_int_equal(w.sent[0].flow.transport, large ? AHOY_TCP : AHOY_UDP);
			assert_int_equal(strncmp(header_of(w.sent[0].text, "Via"), large ? "SIP/2.0/TCP" : "SIP/2.0/UDP", 11), 0);
			if (large && failing) {
				assert_int_equal(w.sent[0].flow.id, 0);
				ahoy_ua_send_failed(w.ua[A], w.now, &w.sent[0].flow);
				world_drain(&w, A);
				assert_int_equal(w.sent_count, 2);
				assert_int_equal(w.sent[1].flow.transport, AHOY_UDP);
				assert_int_equal(strncmp(header_of(w.sent[1].text, "Via"), "SIP/2.0/UDP", 11), 0);
			}
			world_respond(&w, w.sent[w.sent_count - 1].text, 200, "x", "");
			assert_int_equal(world_expect(&w, A, AHOY_UA_RESPONSE)->status, 200);
			world_fini(&w);
		}
	}
	assert_true(at_bound && above);
}

static void rfc3263_4_3_when_all_addresses_failed_the_last_failure_is_told(void **state)
{
	world w;

	(void)state;
	world_init(&w, false);
	send_it(&w, NULL, "sip:b@b.example", "", false);
	resolve(&w, world_expect(&w, A, AHOY_UA_RESOLVE)->resolve, peers, 3);
	for (int i = 0; i < 3; i++)
		world_respond(&w, w.sent[w.sent_count - 1].text, 503, "x", "");
	assert_int_equal(world_expect(&w, A, AHOY_UA_RESPONSE)->status, 503);
	assert_int_equal(world_count(&w, "MESSAGE "), 3);
	world_assert_quiet(&w);
	world_fini(&w);
}

/* The first target of the next request. */
static uint8_t first_target(world *w)
{
	send_it(w, NULL, "sip:b@b.example", "", false);
	resolve(w, world_expect(w, A, AHOY_UA_RESOLVE)->resolve, peers, 2);
	return w->sent[w->sent_count - 1].flow.peer.ip[3];
}

static void rfc3263_4_3_and_21_5_4_a_target_that_asked_to_be_left_alone_is_tried_last_for_so_long(void **state)
{
	world w;

	(void)state;
	world_init(&w, false);
	assert_int_equal(first_target(&w), 21);
	world_respond(&w, w.sent[w.sent_count - 1].text, 503, "x", "Retry-After: 20\r\n");
	assert_int_equal(w.sent[w.sent_count - 1].flow.peer.ip[3], 22);
	world_respond(&w, w.sent[w.sent_count - 1].text, 200, "x", "");
	world_expect(&w, A, AHOY_UA_RESPONSE);
	w.now += AHOY_SECONDS(19);
	assert_int_equal(first_target(&w), 22);
	world_respond(&w, w.sent[w.sent_count - 1].text, 200, "x", "");
	world_expect(&w, A, AHOY_UA_RESPONSE);
	w.now += AHOY_SECONDS(2);
	assert_int_equal(first_target(&w), 21);
	world_fini(&w);
}

static void no_more_addresses_are_kept_than_the_bound(void **state)
{
	world w;

	(void)state;
	world_init(&w, false);
	send_it(&w, NULL, "sip:b@b.example", "", false);
	resolve(&w, world_expect(&w, A, AHOY_UA_RESOLVE)->resolve, peers, AHOY_MAX_TARGETS + 4);
	for (int i = 0; i < AHOY_MAX_TARGETS + 4; i++)
		world_respond(&w, w.sent[w.sent_count - 1].text, 503, "x", "");
	assert_int_equal(world_count(&w, "MESSAGE "), AHOY_MAX_TARGETS);
	world_fini(&w);
}

static void a_resolving_answer_that_comes_twice_or_too_late_is_ignored(void **state)
{
	world w;
	uint64_t id;

	(void)state;
	world_init(&w, false);
	send_it(&w, NULL, "sip:b@b.example", "", false);
	id = world_expect(&w, A, AHOY_UA_RESOLVE)->resolve;
	resolve(&w, id, peers, 1);
	resolve(&w, id, peers, 1);
	resolve(&w, 12345, peers, 1);
	assert_int_equal(w.sent_count, 1);
	world_respond(&w, w.sent[0].text, 200, "x", "");
	resolve(&w, id, peers, 1);
	world_expect(&w, A, AHOY_UA_RESPONSE);
	world_no_more(&w);
	assert_int_equal(w.sent_count, 1);
	world_fini(&w);
}

static void a_call_hung_up_while_it_is_resolved_is_over_at_once(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec;
	uint64_t id;

	(void)state;
	world_init(&w, false);
	spec = world_invite_spec(&w, &flow);
	spec.flow = NULL;
	assert_ok(ahoy_ua_invite(w.ua[A], w.now, &spec, &call));
	world_drain(&w, A);
	id = world_expect(&w, A, AHOY_UA_RESOLVE)->resolve;
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_drain(&w, A);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 487);
	resolve(&w, id, peers, 1);
	world_no_more(&w);
	assert_int_equal(w.sent_count, 0);
	world_assert_quiet(&w);
	world_fini(&w);
}

/* ---- digest ---- */

static const char *const fresh = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"\r\n";
static const char *const stale = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", qop=\"auth\", stale=true\r\n";
static const char *const unknown = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", algorithm=ROT13\r\n";

static const struct {
	const char *row;
	bool credentials;
	const char *challenges[4]; /* answered to each request in turn; NULL: 200 */
	unsigned requests;
	int status;
	bool auth_failed;
} exchanges[] = {
	{"challenged once", true, {fresh}, 2, 200, false},
	{"22.1: without credentials a challenge is final", false, {fresh}, 1, 401, true},
	{"a challenge again: the password is wrong", true, {fresh, fresh}, 2, 401, true},
	{"a stale nonce is another matter", true, {fresh, stale}, 3, 200, false},
	{"but only once", true, {fresh, stale, stale}, 3, 401, true},
	{"a challenge that cannot be answered", true, {unknown}, 1, 401, true},
};

static void rfc3261_22_2_how_often_credentials_are_tried(void **state)
{
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(exchanges); i++) {
		const world_event *e;
		ahoy_flow flow;

		world_init(&w, false);
		flow = world_flow(&w, A);
		send_it(&w, &flow, "sip:b@b", "", exchanges[i].credentials);
		for (unsigned n = 0; n < exchanges[i].requests; n++) {
			char cseq[32];

			assert_row(world_count(&w, "MESSAGE ") == n + 1, exchanges[i].row);
			snprintf(cseq, sizeof cseq, "%u MESSAGE", n + 1); /* 22.2: CSeq rises */
			assert_string_equal(header_of(world_last(&w, "MESSAGE "), "CSeq"), cseq);
			world_respond(&w, world_last(&w, "MESSAGE "), exchanges[i].challenges[n] ? 401 : 200, "x",
				      exchanges[i].challenges[n] ? exchanges[i].challenges[n] : "");
		}
		e = world_expect(&w, A, AHOY_UA_RESPONSE);
		assert_row(e->status == exchanges[i].status, exchanges[i].row);
		assert_row(e->auth_failed == exchanges[i].auth_failed, exchanges[i].row);
		assert_row(world_count(&w, "MESSAGE ") == exchanges[i].requests, exchanges[i].row);
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void rfc3261_22_2_an_invite_is_sent_again_with_credentials_after_its_ack(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec;

	(void)state;
	world_init(&w, false);
	spec = world_invite_spec(&w, &flow);
	spec.credentials = (ahoy_credentials){AHOY_S("alice"), AHOY_S("secret")};
	assert_ok(ahoy_ua_invite(w.ua[A], w.now, &spec, &call));
	world_drain(&w, A);
	world_respond(&w, w.sent[0].text, 407, "x", "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n1\"\r\n");
	world_no_more(&w);
	assert_int_equal(strncmp(w.sent[1].text, "ACK ", 4), 0);
	assert_int_equal(strncmp(w.sent[2].text, "INVITE ", 7), 0);
	assert_string_equal(header_of(w.sent[2].text, "CSeq"), "2 INVITE");
	assert_string_equal(header_of(w.sent[2].text, "To"), "<sip:b@192.0.2.2>"); /* no tag of the refusal */
	assert_string_equal(header_of(w.sent[2].text, "From"), header_of(w.sent[0].text, "From"));
	assert_string_equal(header_of(w.sent[2].text, "Call-ID"), header_of(w.sent[0].text, "Call-ID"));
	assert_string_not_equal(header_of(w.sent[2].text, "Proxy-Authorization"), "");
	assert_non_null(strstr(w.sent[2].text, "\r\n\r\noffer"));
	world_respond(&w, w.sent[2].text, 200, "b", "Contact: <sip:b@192.0.2.2>\r\n");
	world_expect(&w, A, AHOY_UA_ANSWERED);
	assert_string_equal(header_of(w.sent[3].text, "CSeq"), "2 ACK");
	/* A challenged BYE outlives its call. */
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_drain(&w, A);
	world_respond(&w, world_last(&w, "BYE "), 407, "", "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n2\"\r\n");
	assert_int_equal(world_count(&w, "BYE "), 2);
	assert_string_equal(header_of(world_last(&w, "BYE "), "CSeq"), "4 BYE");
	world_respond(&w, world_last(&w, "BYE "), 200, "", "");
	world_no_more(&w);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void a_challenge_after_the_hang_up_ends_the_call(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec;

	(void)state;
	world_init(&w, false);
	spec = world_invite_spec(&w, &flow);
	spec.credentials = (ahoy_credentials){AHOY_S("alice"), AHOY_S("secret")};
	assert_ok(ahoy_ua_invite(w.ua[A], w.now, &spec, &call));
	world_drain(&w, A);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_respond(&w, w.sent[0].text, 401, "x", fresh);
	world_expect(&w, A, AHOY_UA_REFUSED);
	assert_int_equal(world_count(&w, "INVITE "), 1);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void resolving_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static world w;

	(void)state;
	TEST_EACH_OOM (&w.te, 1) {
		world_clear(&w);
		world_place(&w);
		if (!world_new(&w, A)) {
			ahoy_ua_request_spec spec = {.method = AHOY_MESSAGE,
						     .uri = AHOY_S("sip:b@b.example"),
						     .from = AHOY_S("<sip:a@b>"),
						     .to = AHOY_S("<sip:b@b>"),
						     .max_forwards = 70,
						     .credentials = {AHOY_S("alice"), AHOY_S("secret")}};

			(void)!ahoy_ua_request(w.ua[A], w.now, &spec);
			world_drain(&w, A);
			if (w.event_count)
				resolve(&w, w.events[0].resolve, peers, 2);
			if (w.sent_count)
				world_respond(&w, w.sent[0].text, 503, "x", "");
			if (w.sent_count > 1)
				world_respond(&w, w.sent[1].text, 401, "x", fresh);
			world_assert_quiet(&w);
		}
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3263_4_without_a_flow_the_target_is_asked_for),
		cmocka_unit_test(rfc3263_4_3_the_next_address_is_tried_after_503_silence_and_icmp),
		cmocka_unit_test(rfc3261_18_1_1_the_other_way_to_the_same_peer_is_tried_when_its_stream_is_gone),
		cmocka_unit_test(rfc3261_18_1_1_above_1300_bytes_tcp_is_tried_first_and_udp_where_that_fails),
		cmocka_unit_test(rfc3263_4_3_when_all_addresses_failed_the_last_failure_is_told),
		cmocka_unit_test(rfc3263_4_3_and_21_5_4_a_target_that_asked_to_be_left_alone_is_tried_last_for_so_long),
		cmocka_unit_test(no_more_addresses_are_kept_than_the_bound),
		cmocka_unit_test(a_resolving_answer_that_comes_twice_or_too_late_is_ignored),
		cmocka_unit_test(a_call_hung_up_while_it_is_resolved_is_over_at_once),
		cmocka_unit_test(rfc3261_22_2_how_often_credentials_are_tried),
		cmocka_unit_test(rfc3261_22_2_an_invite_is_sent_again_with_credentials_after_its_ack),
		cmocka_unit_test(a_challenge_after_the_hang_up_ends_the_call),
		cmocka_unit_test(resolving_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
