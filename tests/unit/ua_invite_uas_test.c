/* ua/invite_uas: the callee's side of a call (RFC 3261 13.3). */
#include "ua_support.h"

/* A's INVITE is in B's hands. */
static ahoy_call_id ringing(world *w)
{
	ahoy_call_id call;

	world_init(w, true);
	w->policy[B] = ACCEPT;
	call = world_invite(w);
	world_pass(w, 50);
	assert_ok(w->accept_err);
	world_expect(w, B, AHOY_UA_REQUEST);
	return call;
}

static void rfc3261_13_3_1_1_progress_goes_out_with_contact_tag_and_body(void **state)
{
	world w;
	const char *answer;
	ahoy_call_info info;

	(void)state;
	(void)ringing(&w);
	assert_ok(ahoy_call_progress(w.ua[B], w.now, w.accepted, 183, AHOY_S("X-Ring: yes\r\n"), SDP, AHOY_S("early")));
	world_pass(&w, 50);
	assert_string_equal(world_expect(&w, A, AHOY_UA_PROGRESS)->body, "early");
	answer = world_last(&w, "SIP/2.0 183 ");
	assert_string_equal(header_of(answer, "Contact"), "<sip:b@192.0.2.2:5060>");
	assert_string_equal(header_of(answer, "X-Ring"), "yes");
	assert_non_null(strstr(header_of(answer, "To"), ";tag=1")); /* the worker's digit */
	assert_ok(ahoy_call_get(w.ua[B], w.accepted, &info));
	assert_int_equal(info.state, AHOY_CALL_RINGING);
	assert_false(info.is_caller);
	assert_int_equal(info.user, 70);
	world_fini(&w);
}

static void statuses_outside_their_range_are_refused(void **state)
{
	world w;

	(void)state;
	(void)ringing(&w);
	assert_err(ahoy_call_progress(w.ua[B], w.now, w.accepted, 100, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}),
		   AHOY_EINVAL);
	assert_err(ahoy_call_progress(w.ua[B], w.now, w.accepted, 200, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}),
		   AHOY_EINVAL);
	assert_err(ahoy_call_refuse(w.ua[B], w.now, w.accepted, 200, (ahoy_slice){0}, (ahoy_slice){0}), AHOY_EINVAL);
	assert_err(ahoy_call_refuse(w.ua[B], w.now, w.accepted, 700, (ahoy_slice){0}, (ahoy_slice){0}), AHOY_EINVAL);
	assert_err(ahoy_call_answer(w.ua[B], w.now, 12345, (ahoy_slice){0}, SDP, AHOY_S("x")), AHOY_ESTALE);
	world_fini(&w);
}

static void the_callers_side_cannot_answer_and_an_answered_call_not_twice(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_err(ahoy_call_answer(w.ua[A], w.now, call, (ahoy_slice){0}, SDP, AHOY_S("x")), AHOY_ESTATE);
	assert_err(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("x")), AHOY_ESTATE);
	assert_err(ahoy_call_refuse(w.ua[B], w.now, w.accepted, 486, (ahoy_slice){0}, (ahoy_slice){0}), AHOY_ESTATE);
	world_fini(&w);
}

static void rfc3261_13_3_1_3_a_refusal_ends_the_call_on_both_sides(void **state)
{
	world w;
	const world_event *e;

	(void)state;
	(void)ringing(&w);
	assert_ok(ahoy_call_refuse(w.ua[B], w.now, w.accepted, 486, AHOY_S("In a meeting"), AHOY_S("Retry-After: 60\r\n")));
	world_pass(&w, 50);
	e = world_expect(&w, A, AHOY_UA_REFUSED);
	assert_int_equal(e->status, 486);
	assert_string_equal(e->reason, "In a meeting");
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 486 "), "Retry-After"), "60");
	world_no_more(&w);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void hanging_up_an_unanswered_call_refuses_it_with_480(void **state)
{
	world w;

	(void)state;
	(void)ringing(&w);
	assert_ok(ahoy_call_hangup(w.ua[B], w.now, w.accepted, (ahoy_slice){0}));
	world_pass(&w, 50);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 480);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_9_2_a_cancelled_call_is_answered_487_and_over(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	call = ringing(&w);
	world_pass(&w, 200);
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
	world_pass(&w, 50);
	assert_int_equal(world_expect(&w, B, AHOY_UA_CANCELLED)->user, 70);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 487);
	assert_err(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("x")), AHOY_ESTALE);
	world_no_more(&w);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_13_3_1_4_without_ack_the_call_is_ended_with_bye_after_64_t1(void **state)
{
	world w;
	const world_event *e;

	(void)state;
	(void)ringing(&w);
	world_pass(&w, 200); /* the 100, so that A's own timer does not run */
	w.lose = "SIP/2.0 200 ";
	w.lose_times = 100;
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	world_pass(&w, 31999);
	world_no_more(&w);
	world_pass(&w, 1);
	e = world_expect(&w, B, AHOY_UA_ENDED);
	assert_err(e->err, AHOY_ETIMEOUT);
	assert_non_null(strstr(header_of(world_last(&w, "BYE "), "Reason"), "cause=408"));
	world_fini(&w);
}

/* 15: BYE may not overtake the 2xx that it ends. */
static void rfc3261_15_the_callees_bye_waits_for_the_ack(void **state)
{
	world w;

	(void)state;
	(void)ringing(&w);
	w.lose = "SIP/2.0 200 ";
	w.lose_times = 2;
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	world_drain(&w, B);
	assert_ok(ahoy_call_hangup(w.ua[B], w.now, w.accepted, AHOY_S("Reason: Q.850;cause=16\r\n")));
	assert_err(ahoy_call_hangup(w.ua[B], w.now, w.accepted, (ahoy_slice){0}), AHOY_ESTALE); /* over for its owner */
	world_pass(&w, 1000);
	assert_null(world_last(&w, "BYE "));
	assert_int_equal(ahoy_ua_calls(w.ua[B]), 1);
	world_pass(&w, 1000);
	world_expect(&w, A, AHOY_UA_ANSWERED);
	assert_err(world_expect(&w, A, AHOY_UA_ENDED)->err, 0);
	assert_string_equal(header_of(world_last(&w, "BYE "), "Reason"), "Q.850;cause=16");
	world_no_more(&w); /* B's owner hears no more of it */
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_15_without_any_ack_the_waiting_bye_leaves_after_64_t1(void **state)
{
	world w;

	(void)state;
	(void)ringing(&w);
	w.lose = "SIP/2.0 200 ";
	w.lose_times = 100;
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	assert_ok(ahoy_call_hangup(w.ua[B], w.now, w.accepted, (ahoy_slice){0}));
	world_pass(&w, 31999);
	assert_null(world_last(&w, "BYE "));
	world_pass(&w, 1);
	assert_non_null(world_last(&w, "BYE "));
	world_fini(&w);
}

static void a_call_that_waits_to_leave_takes_the_peers_bye_and_nothing_else(void **state)
{
	static const char *const methods[] = {"INFO ", "BYE "};
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		ahoy_call_id call = ringing(&w);

		w.lose = "ACK ";
		w.lose_times = 100;
		assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
		assert_ok(ahoy_call_hangup(w.ua[B], w.now, w.accepted, (ahoy_slice){0}));
		world_pass(&w, 50);
		world_expect(&w, A, AHOY_UA_ANSWERED);
		if (i == 0) {
			assert_ok(ahoy_call_request(w.ua[A], w.now, call, AHOY_INFO, (ahoy_slice){0}, (ahoy_slice){0},
						    (ahoy_slice){0}, 5));
			world_pass(&w, 50);
			assert_int_equal(world_expect(&w, A, AHOY_UA_IN_DIALOG_ANSWER)->status, 481);
			assert_err(world_expect(&w, A, AHOY_UA_ENDED)->err, AHOY_ESTALE);
		} else {
			assert_ok(ahoy_call_hangup(w.ua[A], w.now, call, (ahoy_slice){0}));
		}
		world_assert_quiet(&w);
		world_no_more(&w);
		assert_int_equal(world_count(&w, "BYE "), 1);
		world_fini(&w);
	}
}

static void rfc3261_8_1_1_8_an_invite_without_contact_gets_400(void **state)
{
	static const struct {
		const char *lines, *reason;
	} table[] = {
		{"", "SIP/2.0 400 Contact is missing\r\n"},
		{"Contact: *\r\n", "SIP/2.0 400 Contact cannot be used\r\n"},
		{"Contact: <http://a/>\r\n", "SIP/2.0 400 Contact cannot be used\r\n"},
	};
	char text[1024];
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		world_init(&w, false);
		w.policy[A] = ACCEPT;
		snprintf(
			text, sizeof text,
			"INVITE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-1\r\n"
			"Max-Forwards: 70\r\nFrom: <sip:b@c>;tag=b\r\n"
			"To: <sip:a@b>\r\nCall-ID: raw\r\nCSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n",
			table[i].lines);
		world_recv(&w, A, text);
		assert_err(w.accept_err, AHOY_ESYNTAX);
		assert_int_equal(strncmp(w.sent[0].text, table[i].reason, strlen(table[i].reason)), 0);
		assert_int_equal(ahoy_ua_calls(w.ua[A]), 0);
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void a_full_table_of_calls_answers_503(void **state)
{
	ahoy_ua_config config = {.product = AHOY_S("test"), .allow = AHOY_S("INVITE"), .max_calls = 1};
	char text[1024];
	world w;

	(void)state;
	world_init(&w, false);
	ahoy_ua_del(w.ua[A]);
	assert_ok(ahoy_ua_new(&w.te.env, &config, &w.ua[A]));
	w.policy[A] = ACCEPT;
	for (int i = 0; i < 2; i++) {
		snprintf(
			text, sizeof text,
			"INVITE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-%d\r\n"
			"Max-Forwards: 70\r\nFrom: <sip:b@c>;tag=b\r\n"
			"To: <sip:a@b>\r\nCall-ID: raw-%d\r\nCSeq: 1 INVITE\r\nContact: <sip:b@192.0.2.2>\r\nContent-Length: 0\r\n\r\n",
			i, i);
		world_recv(&w, A, text);
	}
	assert_err(w.accept_err, AHOY_EFULL);
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 503 "), "Retry-After"), "10");
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_13_3_1_1_progress_goes_out_with_contact_tag_and_body),
		cmocka_unit_test(statuses_outside_their_range_are_refused),
		cmocka_unit_test(the_callers_side_cannot_answer_and_an_answered_call_not_twice),
		cmocka_unit_test(rfc3261_13_3_1_3_a_refusal_ends_the_call_on_both_sides),
		cmocka_unit_test(hanging_up_an_unanswered_call_refuses_it_with_480),
		cmocka_unit_test(rfc3261_9_2_a_cancelled_call_is_answered_487_and_over),
		cmocka_unit_test(rfc3261_13_3_1_4_without_ack_the_call_is_ended_with_bye_after_64_t1),
		cmocka_unit_test(rfc3261_15_the_callees_bye_waits_for_the_ack),
		cmocka_unit_test(rfc3261_15_without_any_ack_the_waiting_bye_leaves_after_64_t1),
		cmocka_unit_test(a_call_that_waits_to_leave_takes_the_peers_bye_and_nothing_else),
		cmocka_unit_test(rfc3261_8_1_1_8_an_invite_without_contact_gets_400),
		cmocka_unit_test(a_full_table_of_calls_answers_503),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
