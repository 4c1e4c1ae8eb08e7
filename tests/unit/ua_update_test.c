/* ua/update: UPDATE with an offer (RFC 3311), in early dialogs and in calls that stand. That without one is in
 * ua_session_timer_test.c. */
#include "ua_support.h"

#define ALLOW WORLD_ALLOW ", PRACK, UPDATE"

static const ahoy_slice none = {NULL, 0};

/* A calls B, who rings, reliably with an answer where `settled`. */
static ahoy_call_id early(world *w, bool settled)
{
	ahoy_call_id call;

	memset(w, 0, sizeof *w);
	test_env_init(&w->te, 1);
	world_place(w);
	assert_ok(world_new_early(w, A, ALLOW, "100rel"));
	assert_ok(world_new_early(w, B, ALLOW, "100rel"));
	w->policy[B] = ACCEPT;
	call = world_invite(w);
	world_pass(w, 50);
	world_expect(w, B, AHOY_UA_REQUEST);
	assert_ok(ahoy_call_progress_reliably(w->ua[B], w->now, w->accepted, 183, none, settled ? SDP : none,
					      settled ? AHOY_S("answer") : none));
	world_pass(w, 50);
	world_expect(w, A, AHOY_UA_PROGRESS);
	world_expect(w, B, AHOY_UA_PRACKED);
	return call;
}

static int update(world *w, int who, ahoy_call_id call, const char *body)
{
	int err = ahoy_call_update(w->ua[who], w->now, call, none, SDP, ahoy_slice_of(body));

	world_drain(w, who);
	return err;
}

static void end(world *w, ahoy_call_id call)
{
	world_no_more(w);
	(void)ahoy_call_hangup(w->ua[A], w->now, call, none);
	world_assert_quiet(w);
	world_fini(w);
}

static void rfc3311_5_an_early_offer_is_answered_from_either_side(void **state)
{
	(void)state;
	for (int who = A; who <= B; who++) {
		ahoy_call_id call, mine, theirs;
		ahoy_call_info info;
		world w;

		call = early(&w, true);
		mine = who == A ? call : w.accepted;
		theirs = who == A ? w.accepted : call;
		assert_ok(ahoy_call_get(w.ua[who], mine, &info));
		assert_true(info.settled && info.knows_update);
		assert_ok(update(&w, who, mine, "new offer"));
		assert_err(update(&w, who, mine, "another"), AHOY_ESTATE);
		world_pass(&w, 50);
		assert_string_equal(world_expect(&w, !who, AHOY_UA_REINVITE)->body, "new offer");
		assert_ok(ahoy_call_answer_reinvite(w.ua[!who], w.now, theirs, 200, none, SDP, AHOY_S("new answer")));
		world_pass(&w, 50);
		assert_string_equal(world_expect(&w, who, AHOY_UA_REINVITED)->body, "new answer");
		assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, none, none, none));
		world_pass(&w, 50);
		world_expect(&w, A, AHOY_UA_ANSWERED);
		world_expect(&w, B, AHOY_UA_ACKED);
		assert_ok(update(&w, who, mine, "offer in the call"));
		world_pass(&w, 50);
		world_expect(&w, !who, AHOY_UA_REINVITE);
		assert_ok(ahoy_call_answer_reinvite(w.ua[!who], w.now, theirs, 488, none, none, none));
		world_pass(&w, 50);
		assert_int_equal(world_expect(&w, who, AHOY_UA_REINVITED)->status, 488);
		world_pass(&w, 50);
		(void)ahoy_call_hangup(w.ua[A], w.now, call, none);
		world_pass(&w, 50);
		world_expect(&w, B, AHOY_UA_ENDED);
		end(&w, call);
	}
}

static void rfc3311_5_1_no_offer_before_the_first_is_answered(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	call = early(&w, false);
	assert_err(update(&w, A, call, "x"), AHOY_ESTATE);
	assert_err(update(&w, B, w.accepted, "x"), AHOY_ESTATE);
	assert_err(ahoy_call_update(w.ua[A], w.now, call, none, none, none), AHOY_EINVAL);
	assert_err(update(&w, A, 99, "x"), AHOY_ESTALE);
	end(&w, call);
}

static void rfc3311_5_1_both_at_once_are_491_and_one_tries_again_first(void **state)
{
	world w;
	ahoy_call_id call;
	const world_event *e;
	int first;

	(void)state;
	call = early(&w, true);
	assert_ok(update(&w, A, call, "a"));
	assert_ok(update(&w, B, w.accepted, "b"));
	world_pass(&w, 100);
	assert_int_equal(world_count(&w, "SIP/2.0 491"), 2);
	world_no_more(&w);
	world_pass(&w, 2000); /* RFC 3261 14.1: B, who does not own the Call-ID, within 2 s; A not before 2.1 s */
	e = world_expect(&w, A, AHOY_UA_REINVITE);
	first = e->who;
	assert_int_equal(first, A);
	assert_string_equal(e->body, "b");
	assert_ok(ahoy_call_answer_reinvite(w.ua[A], w.now, call, 200, none, SDP, AHOY_S("to b")));
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REINVITED);
	world_pass(&w, 4000);
	assert_string_equal(world_expect(&w, B, AHOY_UA_REINVITE)->body, "a");
	assert_ok(ahoy_call_answer_reinvite(w.ua[B], w.now, w.accepted, 200, none, SDP, AHOY_S("to a")));
	world_pass(&w, 50);
	world_expect(&w, A, AHOY_UA_REINVITED);
	end(&w, call);
}

static void rfc3311_5_2_a_second_one_before_the_answer_is_500_with_retry_after(void **state)
{
	world w;
	ahoy_call_id call;
	const char *sent;
	char text[2048];

	(void)state;
	call = early(&w, true);
	assert_ok(update(&w, A, call, "a"));
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REINVITE);
	sent = world_last(&w, "UPDATE ");
	snprintf(text, sizeof text,
		 "UPDATE sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK-x\r\nMax-Forwards: 70\r\nFrom: %s\r\n"
		 "To: %s\r\nCall-ID: %s\r\nCSeq: 90 UPDATE\r\nContent-Type: application/sdp\r\nContent-Length: 1\r\n\r\nx",
		 header_of(sent, "From"), header_of(sent, "To"), header_of(sent, "Call-ID"));
	world_recv(&w, B, text);
	sent = world_last(&w, "SIP/2.0 500");
	assert_non_null(sent);
	assert_true(strtoul(header_of(sent, "Retry-After"), NULL, 10) <= 10);
	end(&w, call);
}

static void an_update_that_is_open_ends_with_the_call(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	call = early(&w, true);
	assert_ok(update(&w, B, w.accepted, "b"));
	world_pass(&w, 50);
	world_expect(&w, A, AHOY_UA_REINVITE);
	assert_ok(ahoy_call_refuse(w.ua[B], w.now, w.accepted, 486, none, none));
	world_pass(&w, 50);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REFUSED)->status, 486);
	assert_int_equal(world_count(&w, "SIP/2.0 487"), 1); /* to the UPDATE */
	end(&w, call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3311_5_an_early_offer_is_answered_from_either_side),
		cmocka_unit_test(rfc3311_5_1_no_offer_before_the_first_is_answered),
		cmocka_unit_test(rfc3311_5_1_both_at_once_are_491_and_one_tries_again_first),
		cmocka_unit_test(rfc3311_5_2_a_second_one_before_the_answer_is_500_with_retry_after),
		cmocka_unit_test(an_update_that_is_open_ends_with_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
