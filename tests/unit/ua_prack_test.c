/* ua/prack: reliable provisional answers (RFC 3262), both roles. */
#include "ua_support.h"

#include "oom.h"

#define ALLOW WORLD_ALLOW ", PRACK, UPDATE"

static const ahoy_slice none = {NULL, 0};

/* A calls B, who has not answered; both know 100rel, or as told. */
static ahoy_call_id ringing(world *w, const char *a_supports, const char *b_supports, const char *headers)
{
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec;

	memset(w, 0, sizeof *w);
	test_env_init(&w->te, 1);
	world_place(w);
	assert_ok(world_new_early(w, A, ALLOW, a_supports));
	assert_ok(world_new_early(w, B, ALLOW, b_supports));
	w->policy[B] = ACCEPT;
	spec = world_invite_spec(w, &flow);
	spec.headers = ahoy_slice_of(headers);
	ahoy_ua_turn(w->ua[A], w->now);
	assert_ok(ahoy_ua_invite(w->ua[A], w->now, &spec, &call));
	world_drain(w, A);
	world_pass(w, 50);
	world_expect(w, B, AHOY_UA_REQUEST);
	return call;
}

static void progress(world *w, int status, bool reliably, const char *body)
{
	ahoy_slice text = ahoy_slice_of(body), type = text.len ? SDP : none;

	if (reliably)
		assert_ok(ahoy_call_progress_reliably(w->ua[B], w->now, w->accepted, status, none, type, text));
	else
		assert_ok(ahoy_call_progress(w->ua[B], w->now, w->accepted, status, none, type, text));
	world_drain(w, B);
}

static void answer(world *w, const char *body)
{
	assert_ok(ahoy_call_answer(w->ua[B], w->now, w->accepted, none, *body ? SDP : none, ahoy_slice_of(body)));
	world_drain(w, B);
}

static void end(world *w, ahoy_call_id call)
{
	world_no_more(w);
	(void)ahoy_call_hangup(w->ua[A], w->now, call, none);
	world_assert_quiet(w);
	world_fini(w);
}

static unsigned rseq_of(const world *w, const char *start)
{
	return (unsigned)strtoul(header_of(world_last(w, start), "RSeq"), NULL, 10);
}

static void rfc3262_3_it_is_sent_again_until_its_prack_comes(void **state)
{
	world w;
	ahoy_call_id call;
	unsigned first;

	(void)state;
	call = ringing(&w, "100rel", "100rel", "");
	w.lose = "SIP/2.0 183";
	w.lose_times = 5; /* two of them in answer to the repeated INVITE */
	progress(&w, 183, true, "answer");
	world_pass(&w, 3400); /* at 0, 0.5 and 1.5 s it was lost */
	assert_int_equal(world_count(&w, "PRACK "), 0);
	world_pass(&w, 400);
	assert_int_equal(world_count(&w, "SIP/2.0 183"), 6);
	assert_int_equal(world_count(&w, "PRACK sip:b@"), 1);
	assert_string_equal(world_expect(&w, A, AHOY_UA_PROGRESS)->body, "answer");
	world_expect(&w, B, AHOY_UA_PRACKED);
	first = rseq_of(&w, "SIP/2.0 183");
	assert_in_range(first, 1, 0x7fffffff);
	progress(&w, 180, true, "");
	world_pass(&w, 5000);
	assert_int_equal(rseq_of(&w, "SIP/2.0 180"), first + 1);
	assert_int_equal(world_count(&w, "SIP/2.0 180"), 1);
	world_expect(&w, A, AHOY_UA_PROGRESS);
	world_expect(&w, B, AHOY_UA_PRACKED);
	answer(&w, "");
	world_pass(&w, 50);
	world_expect(&w, A, AHOY_UA_ANSWERED);
	world_expect(&w, B, AHOY_UA_ACKED);
	end(&w, call);
}

static void rfc3262_3_one_at_a_time_and_the_2xx_behind_the_description(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	call = ringing(&w, "100rel", "100rel", "");
	w.lose = "PRACK ";
	w.lose_times = 1;
	progress(&w, 183, true, "answer");
	progress(&w, 180, true, "");
	progress(&w, 182, true, "");
	answer(&w, "");
	assert_err(ahoy_call_answer(w.ua[B], w.now, w.accepted, none, none, none), AHOY_ESTATE);
	assert_err(ahoy_call_progress(w.ua[B], w.now, w.accepted, 180, none, none, none), AHOY_ESTATE);
	world_pass(&w, 400);
	assert_int_equal(world_count(&w, "SIP/2.0 18"), 1);
	assert_int_equal(world_count(&w, "SIP/2.0 200"), 0);
	world_pass(&w, 400);
	assert_int_equal(world_count(&w, "SIP/2.0 182"), 0); /* what waited is told by the 200 */
	assert_int_equal(world_count(&w, "SIP/2.0 200"), 2);
	world_expect(&w, A, AHOY_UA_PROGRESS);
	world_expect(&w, B, AHOY_UA_PRACKED);
	world_expect(&w, A, AHOY_UA_ANSWERED);
	world_expect(&w, B, AHOY_UA_ACKED);
	end(&w, call);
}

static void rfc3262_3_of_those_that_wait_the_last_counts_or_the_one_with_a_description(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	call = ringing(&w, "100rel", "100rel", "");
	progress(&w, 180, true, "");
	progress(&w, 181, true, "");
	progress(&w, 183, true, "answer");
	progress(&w, 182, true, "");
	world_pass(&w, 100);
	assert_int_equal(world_expect(&w, A, AHOY_UA_PROGRESS)->status, 180);
	world_expect(&w, B, AHOY_UA_PRACKED);
	assert_int_equal(world_expect(&w, A, AHOY_UA_PROGRESS)->status, 183);
	world_expect(&w, B, AHOY_UA_PRACKED);
	end(&w, call);
}

static void rfc3262_3_without_a_prack_the_call_ends_with_504(void **state)
{
	world w;
	ahoy_call_id call;
	const world_event *e;

	(void)state;
	call = ringing(&w, "100rel", "100rel", "");
	w.lose = "PRACK ";
	w.lose_times = 1000;
	progress(&w, 183, true, "answer");
	answer(&w, "");
	world_pass(&w, 31900);
	world_expect(&w, A, AHOY_UA_PROGRESS);
	world_no_more(&w);
	world_pass(&w, 200);
	assert_int_equal(world_count(&w, "SIP/2.0 183"), 7);
	e = world_expect(&w, B, AHOY_UA_CANCELLED);
	assert_int_equal(e->status, 504);
	assert_int_equal(e->err, AHOY_ETIMEOUT);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 504);
	end(&w, call);
}

static void rfc3262_3_it_is_reliable_where_both_can_and_one_wants(void **state)
{
	static const struct {
		const char *a, *b, *headers;
		bool wanted, offered, reliable;
	} rows[] = {
		{"100rel", "100rel", "", true, true, true},
		{"100rel", "100rel", "", false, true, false},
		{"100rel", "100rel", "Require: 100rel\r\n", false, true, true},
		{"timer", "100rel", "", true, true, false},
		{"100rel", "timer", "", true, true, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_call_id call;
		world w;

		call = ringing(&w, rows[i].a, rows[i].b, rows[i].headers);
		progress(&w, 180, rows[i].wanted, "");
		world_pass(&w, 50);
		world_expect(&w, A, AHOY_UA_PROGRESS);
		assert_int_equal(world_count(&w, "PRACK "), rows[i].reliable);
		if (rows[i].reliable)
			world_expect(&w, B, AHOY_UA_PRACKED);
		end(&w, call);
	}
}

static void rfc3262_3_a_prack_to_nothing_is_481_and_an_unreadable_one_400(void **state)
{
	static const struct {
		unsigned add; /* to the RSeq that is right */
		const char *rest;
		int status;
	} rows[] = {
		{1, " 1 INVITE", 481},
		{0, " 2 INVITE", 481},
		{0, " 1 UPDATE", 481},
		{0, "x 1 INVITE", 400},
		{0, "", 400},
		{0, " 1 INVITE", 200},
		{0, " 1 INVITE", 481},
	};
	world w;
	ahoy_call_id call;

	(void)state;
	call = ringing(&w, "100rel", "100rel", "");
	w.lose = "PRACK ";
	w.lose_times = 1000;
	progress(&w, 183, true, "answer");
	world_pass(&w, 50);
	world_expect(&w, A, AHOY_UA_PROGRESS);
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		const char *prack = world_last(&w, "PRACK ");
		char text[2048], rack[64], status[32];

		snprintf(rack, sizeof rack, "%u%s", rseq_of(&w, "SIP/2.0 183") + rows[i].add, rows[i].rest);
		snprintf(text, sizeof text,
			 "PRACK sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-%u\r\nMax-Forwards: 70\r\nFrom: %s\r\n"
			 "To: %s\r\nCall-ID: %s\r\nCSeq: %u PRACK\r\nRAck: %s\r\nContent-Length: 0\r\n\r\n",
			 i, header_of(prack, "From"), header_of(prack, "To"), header_of(prack, "Call-ID"), 10 + i, rack);
		world_recv(&w, B, text);
		snprintf(status, sizeof status, "SIP/2.0 %d ", rows[i].status);
		assert_row(strncmp(w.sent[w.sent_count - 1].text, status, strlen(status)) == 0, rack);
	}
	world_expect(&w, B, AHOY_UA_PRACKED);
	end(&w, call);
}

static void rfc3262_4_a_repeated_or_early_answer_is_neither_acknowledged_nor_told(void **state)
{
	static const struct {
		const char *lines;
		bool told, acknowledged;
	} rows[] = {
		{"Require: 100rel\r\nRSeq: 5\r\n", true, true},
		{"Require: 100rel\r\nRSeq: 5\r\n", false, false},
		{"Require: 100rel\r\nRSeq: 7\r\n", false, false},
		{"Require: 100rel\r\nRSeq: 6\r\n", true, true},
		{"RSeq: 7\r\n", true, false},
		{"Require: 100rel\r\n", true, false},
		{"Require: 100rel\r\nRSeq: 0\r\n", true, false},
	};
	unsigned pracks = 0;
	ahoy_call_id call;
	world w;

	(void)state;
	memset(&w, 0, sizeof w);
	test_env_init(&w.te, 1);
	world_place(&w);
	assert_ok(world_new_early(&w, A, ALLOW, "100rel"));
	call = world_invite(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char lines[128];

		snprintf(lines, sizeof lines, "Contact: <sip:b@192.0.2.2>\r\n%s", rows[i].lines);
		world_respond(&w, world_last(&w, "INVITE "), 180, "b", lines);
		if (rows[i].told)
			world_expect(&w, A, AHOY_UA_PROGRESS);
		world_no_more(&w);
		pracks += rows[i].acknowledged;
		assert_row(world_count(&w, "PRACK ") == pracks, rows[i].lines);
	}
	assert_string_equal(header_of(world_last(&w, "PRACK "), "RAck"), "6 1 INVITE");
	world_respond(&w, world_last(&w, "PRACK "), 200, "", "");
	world_respond(&w, world_last(&w, "INVITE "), 486, "b", "");
	world_expect(&w, A, AHOY_UA_REFUSED);
	end(&w, call);
}

static void rfc3262_5_an_offer_is_answered_in_the_prack(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec;

	(void)state;
	memset(&w, 0, sizeof w);
	test_env_init(&w.te, 1);
	world_place(&w);
	assert_ok(world_new_early(&w, A, ALLOW, "100rel"));
	assert_ok(world_new_early(&w, B, ALLOW, "100rel"));
	w.policy[B] = ACCEPT;
	spec = world_invite_spec(&w, &flow);
	spec.body = spec.type = none;
	ahoy_ua_turn(w.ua[A], w.now);
	assert_ok(ahoy_ua_invite(w.ua[A], w.now, &spec, &call));
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REQUEST);
	/* RFC 3261 13.2.1: the first reliable message has the offer, so that this one can't be reliable. */
	progress(&w, 180, true, "");
	progress(&w, 183, true, "offer");
	world_pass(&w, 600);
	world_expect(&w, A, AHOY_UA_PROGRESS);
	assert_string_equal(world_expect(&w, A, AHOY_UA_PROGRESS)->body, "offer");
	assert_int_equal(world_count(&w, "PRACK "), 0);
	assert_ok(ahoy_call_prack(w.ua[A], w.now, call, SDP, AHOY_S("answer")));
	assert_err(ahoy_call_prack(w.ua[A], w.now, call, SDP, AHOY_S("answer")), AHOY_ESTATE);
	world_pass(&w, 50);
	assert_string_equal(world_expect(&w, B, AHOY_UA_PRACKED)->body, "answer");
	answer(&w, "");
	world_pass(&w, 50);
	world_expect(&w, A, AHOY_UA_ANSWERED); /* and the ACK has gone, nothing is left to answer */
	world_expect(&w, B, AHOY_UA_ACKED);
	assert_err(ahoy_call_ack(w.ua[A], w.now, call, SDP, AHOY_S("answer")), AHOY_ESTATE);
	end(&w, call);
}

static void who_cannot_answer_an_offer_early_does_not_ask_for_one(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec;

	(void)state;
	memset(&w, 0, sizeof w);
	test_env_init(&w.te, 1);
	world_place(&w);
	assert_ok(world_new_early(&w, A, ALLOW, "timer, 100rel,x"));
	spec = world_invite_spec(&w, &flow);
	spec.not_reliable = true;
	ahoy_ua_turn(w.ua[A], w.now);
	assert_ok(ahoy_ua_invite(w.ua[A], w.now, &spec, &call));
	world_drain(&w, A);
	assert_string_equal(header_of(world_last(&w, "INVITE "), "Supported"), "timer, x");
	world_respond(&w, world_last(&w, "INVITE "), 180, "b", "Contact: <sip:b@192.0.2.2>\r\nRequire: 100rel\r\nRSeq: 1\r\n");
	world_expect(&w, A, AHOY_UA_PROGRESS);
	assert_int_equal(world_count(&w, "PRACK "), 0);
	world_respond(&w, world_last(&w, "INVITE "), 486, "b", "");
	world_expect(&w, A, AHOY_UA_REFUSED);
	end(&w, call);
}

static void cancel_and_bye_find_it_as_it_waits(void **state)
{
	(void)state;
	for (int bye = 0; bye < 2; bye++) {
		ahoy_call_id call;
		world w;

		call = ringing(&w, "100rel", "100rel", "");
		w.lose = "PRACK ";
		w.lose_times = 1000;
		progress(&w, 183, true, "answer");
		progress(&w, 180, true, "");
		answer(&w, "");
		world_pass(&w, 50);
		world_expect(&w, A, AHOY_UA_PROGRESS);
		if (bye) {
			assert_ok(ahoy_call_hangup(w.ua[B], w.now, w.accepted, none));
			world_pass(&w, 50);
			assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 480);
		} else {
			assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, none));
			world_pass(&w, 50);
			world_expect(&w, B, AHOY_UA_CANCELLED);
			world_expect(&w, A, AHOY_UA_REFUSED);
		}
		end(&w, call);
	}
}

static void out_of_memory_leaves_nothing_behind(void **state)
{
	world w;

	(void)state;
	memset(&w, 0, sizeof w);
	TEST_EACH_OOM (&w.te, 1) {
		ahoy_call_id call = 0;

		world_clear(&w);
		world_place(&w);
		if (!world_new_early(&w, A, ALLOW, "100rel") && !world_new_early(&w, B, ALLOW, "100rel")) {
			w.policy[B] = ACCEPT;
			call = world_try_invite(&w);
			(void)ahoy_call_progress_reliably(w.ua[B], w.now, w.accepted, 183, none, SDP, AHOY_S("answer"));
			(void)ahoy_call_progress_reliably(w.ua[B], w.now, w.accepted, 180, none, none, none);
			world_try_answer(&w);
			world_pass(&w, 40000);
			world_try_hangup(&w, call, 100);
		}
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3262_3_it_is_sent_again_until_its_prack_comes),
		cmocka_unit_test(rfc3262_3_one_at_a_time_and_the_2xx_behind_the_description),
		cmocka_unit_test(rfc3262_3_of_those_that_wait_the_last_counts_or_the_one_with_a_description),
		cmocka_unit_test(rfc3262_3_without_a_prack_the_call_ends_with_504),
		cmocka_unit_test(rfc3262_3_it_is_reliable_where_both_can_and_one_wants),
		cmocka_unit_test(rfc3262_3_a_prack_to_nothing_is_481_and_an_unreadable_one_400),
		cmocka_unit_test(rfc3262_4_a_repeated_or_early_answer_is_neither_acknowledged_nor_told),
		cmocka_unit_test(rfc3262_5_an_offer_is_answered_in_the_prack),
		cmocka_unit_test(who_cannot_answer_an_offer_early_does_not_ask_for_one),
		cmocka_unit_test(cancel_and_bye_find_it_as_it_waits),
		cmocka_unit_test(out_of_memory_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
