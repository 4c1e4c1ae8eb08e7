/* ua/invite_uac: the caller's side of a call (RFC 3261 13.2). */
#include "ua_support.h"

static void rfc3261_13_2_an_invite_is_answered_and_acked(void **state)
{
	world w;
	ahoy_call_id call;
	const world_event *e;
	ahoy_call_info info;

	(void)state;
	world_init(&w, true);
	w.policy[B] = ACCEPT;
	call = world_invite(&w);
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REQUEST);
	assert_ok(ahoy_call_progress(w.ua[B], w.now, w.accepted, 180, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}));
	world_pass(&w, 50);
	e = world_expect(&w, A, AHOY_UA_PROGRESS);
	assert_int_equal(e->status, 180);
	assert_int_equal(e->call, call);
	assert_int_equal(e->user, 60);
	assert_ok(ahoy_call_get(w.ua[A], call, &info));
	assert_int_equal(info.state, AHOY_CALL_RINGING);
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	world_pass(&w, 50);
	e = world_expect(&w, A, AHOY_UA_ANSWERED);
	assert_string_equal(e->body, "answer");
	world_expect(&w, B, AHOY_UA_ACKED);
	world_no_more(&w);
	assert_ok(ahoy_call_get(w.ua[A], call, &info));
	assert_int_equal(info.state, AHOY_CALL_ANSWERED);
	assert_true(info.is_caller);
	assert_slice(info.remote_target, "sip:b@192.0.2.2:5060");
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_assert_quiet(&w);
	world_fini(&w);
}

static void the_invite_says_what_it_should(void **state)
{
	world w;
	const char *invite;

	(void)state;
	world_init(&w, false);
	(void)world_invite(&w);
	invite = w.sent[0].text;
	assert_int_equal(strncmp(invite, "INVITE sip:b@192.0.2.2 SIP/2.0\r\n", 32), 0);
	assert_string_equal(header_of(invite, "Max-Forwards"), "70");
	assert_string_equal(header_of(invite, "Contact"), "<sip:a@192.0.2.1:5060>");
	assert_string_equal(header_of(invite, "To"), "<sip:b@192.0.2.2>");
	assert_int_equal(strncmp(header_of(invite, "From"), "<sip:a@192.0.2.1>;tag=", 22), 0);
	assert_string_equal(header_of(invite, "CSeq"), "1 INVITE");
	assert_string_equal(header_of(invite, "Allow"), "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE");
	assert_string_equal(header_of(invite, "User-Agent"), "test");
	assert_string_equal(header_of(invite, "Content-Type"), "application/sdp");
	assert_non_null(strstr(invite, "\r\n\r\noffer"));
	world_fini(&w);
}

static void rfc3261_13_2_2_4_without_an_offer_the_ack_waits_for_the_owner(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec;

	(void)state;
	world_init(&w, true);
	w.policy[B] = ACCEPT;
	spec = world_invite_spec(&w, &flow);
	spec.type = spec.body = (ahoy_slice){0};
	assert_ok(ahoy_ua_invite(w.ua[A], w.now, &spec, &call));
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REQUEST);
	assert_err(ahoy_call_ack(w.ua[A], w.now, call, SDP, AHOY_S("answer")), AHOY_ESTATE);
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("offer")));
	world_pass(&w, 3000); /* B repeats its 200 meanwhile, which may not be taken for one that nobody wants */
	assert_string_equal(world_expect(&w, A, AHOY_UA_ANSWERED)->body, "offer");
	assert_int_equal(world_count(&w, "SIP/2.0 200 "), 3);
	assert_null(world_last(&w, "ACK "));
	assert_null(world_last(&w, "BYE "));
	assert_ok(ahoy_call_ack(w.ua[A], w.now, call, SDP, AHOY_S("answer")));
	world_pass(&w, 50);
	assert_string_equal(world_expect(&w, B, AHOY_UA_ACKED)->body, "answer");
	assert_err(ahoy_call_ack(w.ua[A], w.now, call, SDP, AHOY_S("answer")), AHOY_ESTATE);
	world_no_more(&w);
	assert_ok(ahoy_call_hangup(w.ua[B], w.now, w.accepted, (ahoy_slice){0}));
	world_assert_quiet(&w);
	world_fini(&w);
}

static void an_offerless_call_hung_up_before_its_ack_is_acked_first(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_flow flow;
	ahoy_invite spec;

	(void)state;
	world_init(&w, true);
	w.policy[B] = ACCEPT;
	spec = world_invite_spec(&w, &flow);
	spec.type = spec.body = (ahoy_slice){0};
	assert_ok(ahoy_ua_invite(w.ua[A], w.now, &spec, &call));
	world_pass(&w, 50);
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("offer")));
	world_pass(&w, 50);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_pass(&w, 50);
	assert_int_equal(world_count(&w, "ACK "), 1);
	assert_int_equal(world_count(&w, "BYE "), 1);
	world_assert_quiet(&w);
	world_fini(&w);
}

static const struct {
	int status;
	const char *reason;
} refusals[] = {{302, "X"}, {404, "X"}, {486, "X"}, {503, "X"}, {603, "X"}};

static void rfc3261_13_2_2_a_refusal_ends_the_call_with_its_status(void **state)
{
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		ahoy_call_id call;
		ahoy_call_info info;
		const world_event *e;

		world_init(&w, false);
		call = world_invite(&w);
		world_respond(&w, w.sent[0].text, refusals[i].status, "b", "");
		e = world_expect(&w, A, AHOY_UA_REFUSED);
		assert_int_equal(e->status, refusals[i].status);
		assert_string_equal(e->reason, refusals[i].reason);
		assert_int_equal(e->call, call);
		assert_int_equal(world_count(&w, "ACK "), 1);
		ahoy_ua_turn(w.ua[A], w.now);
		assert_err(ahoy_call_get(w.ua[A], call, &info), AHOY_ESTALE);
		assert_err(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}), AHOY_ESTALE);
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void rfc3261_17_1_1_2_silence_is_refused_with_408_and_a_dead_network_with_503(void **state)
{
	world w;
	const world_event *e;
	ahoy_flow flow;

	(void)state;
	world_init(&w, false);
	(void)world_invite(&w);
	world_pass(&w, 32000);
	e = world_expect(&w, A, AHOY_UA_REFUSED);
	assert_int_equal(e->status, 408);
	assert_string_equal(e->reason, "Request Timeout");
	(void)world_invite(&w);
	flow = world_flow(&w, A);
	ahoy_ua_send_failed(w.ua[A], w.now, &flow);
	world_drain(&w, A);
	e = world_expect(&w, A, AHOY_UA_REFUSED);
	assert_int_equal(e->status, 503);
	assert_err(e->err, AHOY_ENETWORK);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_9_1_hanging_up_cancels_and_the_487_is_reported(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	w.policy[B] = ACCEPT;
	call = world_invite(&w);
	world_pass(&w, 250); /* B's 100 */
	world_expect(&w, B, AHOY_UA_REQUEST);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, AHOY_S("Reason: SIP;cause=200\r\n")));
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0})); /* once is enough */
	world_pass(&w, 50);
	assert_string_equal(header_of(world_last(&w, "CANCEL "), "Reason"), "SIP;cause=200");
	world_expect(&w, B, AHOY_UA_CANCELLED);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 487);
	world_no_more(&w);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_15_a_2xx_that_crosses_the_cancel_is_acked_and_sent_bye(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	w.policy[B] = ACCEPT;
	call = world_invite(&w);
	world_pass(&w, 250);
	world_expect(&w, B, AHOY_UA_REQUEST);
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_pass(&w, 100);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 487);
	world_expect(&w, B, AHOY_UA_ACKED);
	assert_err(world_expect(&w, B, AHOY_UA_ENDED)->err, 0);
	world_no_more(&w);
	assert_string_equal(header_of(world_last(&w, "BYE "), "CSeq"), "2 BYE");
	world_assert_quiet(&w);
	world_fini(&w);
}

static void a_call_hung_up_whose_callee_never_answers_ends_after_64_t1(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, false);
	call = world_invite(&w);
	world_respond(&w, w.sent[0].text, 180, "b", "");
	world_expect(&w, A, AHOY_UA_PROGRESS);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_respond(&w, w.sent[0].text, 180, "b", ""); /* no longer of interest */
	world_no_more(&w);
	world_pass(&w, 32000);
	world_expect(&w, A, AHOY_UA_REFUSED);
	world_assert_quiet(&w);
	world_fini(&w);
}

static const char *const with_contact = "Contact: <sip:b@192.0.2.2;x>\r\nRecord-Route: <sip:192.0.2.2;lr>\r\n";

static void rfc3261_13_2_2_4_a_second_forks_2xx_is_acked_and_sent_bye_at_its_own_contact(void **state)
{
	world w;
	const char *bye;

	(void)state;
	world_init(&w, false);
	(void)world_invite(&w);
	world_respond(&w, w.sent[0].text, 200, "first", "Contact: <sip:b@192.0.2.2>\r\n");
	world_expect(&w, A, AHOY_UA_ANSWERED);
	world_respond(&w, w.sent[0].text, 200, "second", with_contact);
	world_no_more(&w);
	assert_int_equal(world_count(&w, "ACK "), 2);
	bye = world_last(&w, "BYE ");
	assert_non_null(bye);
	assert_int_equal(strncmp(bye, "BYE sip:b@192.0.2.2;x SIP/2.0\r\n", 31), 0);
	assert_non_null(strstr(header_of(bye, "To"), ";tag=second"));
	assert_string_equal(header_of(bye, "Route"), "<sip:192.0.2.2;lr>");
	assert_int_equal(ahoy_ua_calls(w.ua[A]), 1);
	world_fini(&w);
}

static void rfc3261_13_2_2_4_a_repeated_2xx_of_the_call_gets_its_ack_again_and_no_bye(void **state)
{
	world w;

	(void)state;
	world_init(&w, false);
	(void)world_invite(&w);
	for (int i = 0; i < 3; i++) {
		world_respond(&w, w.sent[0].text, 200, "first", "Contact: <sip:b@192.0.2.2>\r\n");
		world_pass(&w, 500);
	}
	world_expect(&w, A, AHOY_UA_ANSWERED);
	world_no_more(&w);
	assert_int_equal(world_count(&w, "ACK "), 3);
	assert_null(world_last(&w, "BYE "));
	world_fini(&w);
}

static void a_2xx_without_a_usable_contact_is_ended_at_once(void **state)
{
	static const char *const contacts[] = {"", "Contact: *\r\n", "Contact: <tel:112>\r\n"};
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(contacts); i++) {
		world_init(&w, false);
		(void)world_invite(&w);
		world_respond(&w, w.sent[0].text, 200, "b", contacts[i]);
		assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 502);
		assert_int_equal(world_count(&w, "ACK "), 1);
		assert_int_equal(world_count(&w, "BYE "), 1);
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void rfc3261_12_2_1_1_a_phones_ack_goes_to_the_next_hop(void **state)
{
	world w;

	(void)state;
	world_init(&w, false);
	(void)world_invite(&w);
	world_respond(&w, w.sent[0].text, 200, "b", "Contact: <sip:b@192.0.2.77:5080>\r\n");
	assert_int_equal(w.sent[1].flow.peer.port, 5080);
	assert_int_equal(w.sent[1].flow.peer.ip[3], 77);
	world_fini(&w);
}

/* A whole call, offerless or not, with each allocation failing in turn. */
static void a_call_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static world w;

	(void)state;
	TEST_EACH_OOM (&w.te, 1) {
		ahoy_call_id call;

		world_clear(&w);
		world_place(&w);
		w.policy[B] = ACCEPT;
		if (!world_new(&w, A) && !world_new(&w, B)) {
			call = world_try_invite(&w);
			(void)ahoy_call_progress(w.ua[B], w.now, w.accepted, 180, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
			world_pass(&w, 100);
			world_try_answer(&w);
			world_try_hangup(&w, call, 40000);
		}
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_13_2_an_invite_is_answered_and_acked),
		cmocka_unit_test(the_invite_says_what_it_should),
		cmocka_unit_test(rfc3261_13_2_2_4_without_an_offer_the_ack_waits_for_the_owner),
		cmocka_unit_test(an_offerless_call_hung_up_before_its_ack_is_acked_first),
		cmocka_unit_test(rfc3261_13_2_2_a_refusal_ends_the_call_with_its_status),
		cmocka_unit_test(rfc3261_17_1_1_2_silence_is_refused_with_408_and_a_dead_network_with_503),
		cmocka_unit_test(rfc3261_9_1_hanging_up_cancels_and_the_487_is_reported),
		cmocka_unit_test(rfc3261_15_a_2xx_that_crosses_the_cancel_is_acked_and_sent_bye),
		cmocka_unit_test(a_call_hung_up_whose_callee_never_answers_ends_after_64_t1),
		cmocka_unit_test(rfc3261_13_2_2_4_a_second_forks_2xx_is_acked_and_sent_bye_at_its_own_contact),
		cmocka_unit_test(rfc3261_13_2_2_4_a_repeated_2xx_of_the_call_gets_its_ack_again_and_no_bye),
		cmocka_unit_test(a_2xx_without_a_usable_contact_is_ended_at_once),
		cmocka_unit_test(rfc3261_12_2_1_1_a_phones_ack_goes_to_the_next_hop),
		cmocka_unit_test(a_call_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
