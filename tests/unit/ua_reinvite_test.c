/* ua/reinvite: changing a call that stands (RFC 3261 14). */
#include "ua_support.h"

static int change(world *w, int who, ahoy_call_id call, const char *offer)
{
	int err =
		ahoy_call_reinvite(w->ua[who], w->now, call, (ahoy_slice){0}, *offer ? SDP : (ahoy_slice){0}, ahoy_slice_of(offer));

	world_drain(w, who);
	return err;
}

static int accept_change(world *w, int who, ahoy_call_id call, const char *answer)
{
	return ahoy_call_answer_reinvite(w->ua[who], w->now, call, 200, (ahoy_slice){0}, SDP, ahoy_slice_of(answer));
}

static void end(world *w, ahoy_call_id call)
{
	(void)ahoy_call_hangup(w->ua[A], w->now, call, (ahoy_slice){0});
	world_assert_quiet(w);
	world_fini(w);
}

static void rfc3261_14_1_a_reinvite_is_answered_and_acked_from_either_side(void **state)
{
	world w;

	(void)state;
	for (int who = A; who <= B; who++) {
		ahoy_call_id call, mine, theirs;
		const world_event *e;

		world_init(&w, true);
		call = world_call(&w);
		mine = who == A ? call : w.accepted;
		theirs = who == A ? w.accepted : call;
		assert_ok(change(&w, who, mine, "other offer"));
		world_pass(&w, 50);
		e = world_expect(&w, !who, AHOY_UA_REINVITE);
		assert_string_equal(e->body, "other offer");
		assert_int_equal(e->call, theirs);
		assert_ok(accept_change(&w, !who, theirs, "other answer"));
		world_pass(&w, 50);
		e = world_expect(&w, who, AHOY_UA_REINVITED);
		assert_int_equal(e->status, 200);
		assert_string_equal(e->body, "other answer");
		world_expect(&w, !who, AHOY_UA_ACKED);
		world_no_more(&w);
		assert_string_equal(header_of(world_last(&w, "INVITE "), "Contact"),
				    who == A ? "<sip:a@192.0.2.1:5060>" : "<sip:b@192.0.2.2:5060>");
		end(&w, call);
	}
}

static void rfc3261_14_1_an_offerless_reinvite_is_acked_by_the_owner(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(change(&w, A, call, ""));
	world_pass(&w, 50);
	assert_string_equal(world_expect(&w, B, AHOY_UA_REINVITE)->body, "");
	assert_ok(accept_change(&w, B, w.accepted, "offer"));
	world_pass(&w, 2000); /* B repeats its 200 */
	assert_string_equal(world_expect(&w, A, AHOY_UA_REINVITED)->body, "offer");
	assert_err(change(&w, A, call, "x"), AHOY_ESTATE);
	assert_ok(ahoy_call_ack(w.ua[A], w.now, call, SDP, AHOY_S("answer")));
	world_pass(&w, 50);
	assert_string_equal(world_expect(&w, B, AHOY_UA_ACKED)->body, "answer");
	world_no_more(&w);
	assert_null(world_last(&w, "BYE "));
	end(&w, call);
}

static void rfc3261_14_1_one_at_a_time(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	w.policy[B] = ACCEPT;
	call = world_invite(&w);
	world_pass(&w, 50);
	assert_err(change(&w, A, call, "x"), AHOY_ESTATE); /* before the answer */
	w.lose = "ACK ";
	w.lose_times = 1;
	assert_ok(ahoy_call_answer(w.ua[B], w.now, w.accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	world_pass(&w, 50);
	assert_err(change(&w, B, w.accepted, "x"), AHOY_ESTATE); /* before the ACK */
	world_pass(&w, 1000);
	assert_ok(change(&w, A, call, "x"));
	assert_err(change(&w, A, call, "y"), AHOY_ESTATE);
	world_pass(&w, 50);
	assert_err(change(&w, B, w.accepted, "y"), AHOY_ESTATE);
	assert_err(change(&w, B, 12345, "y"), AHOY_ESTALE);
	assert_ok(accept_change(&w, B, w.accepted, "z"));
	assert_err(accept_change(&w, B, w.accepted, "z"), AHOY_ESTATE);
	world_pass(&w, 50);
	end(&w, call);
}

static void rfc3261_14_1_a_refused_change_leaves_the_call(void **state)
{
	world w;
	ahoy_call_id call;
	ahoy_call_info info;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(change(&w, A, call, "x"));
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REINVITE);
	assert_ok(ahoy_call_answer_reinvite(w.ua[B], w.now, w.accepted, 488, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}));
	world_pass(&w, 50);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REINVITED)->status, 488);
	world_no_more(&w);
	assert_ok(ahoy_call_get(w.ua[A], call, &info));
	assert_int_equal(info.state, AHOY_CALL_ANSWERED);
	assert_ok(change(&w, A, call, "y"));
	world_pass(&w, 50);
	world_expect(&w, B, AHOY_UA_REINVITE);
	end(&w, call);
}

static const struct {
	int status, err;
	unsigned byes;
} deaths[] = {{481, AHOY_ESTALE, 0}, {408, AHOY_ETIMEOUT, 1}};

static void rfc3261_12_2_1_2_481_and_408_end_the_dialog(void **state)
{
	world w;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(deaths); i++) {
		ahoy_call_id call;

		world_init(&w, false);
		call = world_invite(&w);
		world_respond(&w, w.sent[0].text, 200, "b", "Contact: <sip:b@192.0.2.2>\r\n");
		world_expect(&w, A, AHOY_UA_ANSWERED);
		assert_ok(change(&w, A, call, "x"));
		world_respond(&w, world_last(&w, "INVITE "), deaths[i].status, "", "");
		assert_int_equal(world_expect(&w, A, AHOY_UA_REINVITED)->status, deaths[i].status);
		assert_err(world_expect(&w, A, AHOY_UA_ENDED)->err, deaths[i].err);
		assert_int_equal(world_count(&w, "BYE "), deaths[i].byes);
		world_no_more(&w);
		world_assert_quiet(&w);
		world_fini(&w);
	}
}

static void rfc3261_14_1_a_reinvite_without_any_answer_ends_the_call(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, false);
	call = world_invite(&w);
	world_respond(&w, w.sent[0].text, 200, "b", "Contact: <sip:b@192.0.2.2>\r\n");
	world_expect(&w, A, AHOY_UA_ANSWERED);
	assert_ok(change(&w, A, call, "x"));
	world_pass(&w, 32000);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REINVITED)->status, 408);
	assert_err(world_expect(&w, A, AHOY_UA_ENDED)->err, AHOY_ETIMEOUT);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void rfc3261_14_1_glare_is_retried_by_itself_and_both_get_through(void **state)
{
	world w;
	ahoy_call_id call;
	const world_event *first, *second;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(change(&w, A, call, "of a"));
	assert_ok(change(&w, B, w.accepted, "of b"));
	world_pass(&w, 100);
	assert_int_equal(world_count(&w, "SIP/2.0 491 "), 2);
	world_no_more(&w);
	assert_err(change(&w, A, call, "more"), AHOY_ESTATE); /* the first one is still on its way */
	world_pass(&w, 1990);				      /* who does not own the Call-ID waits 0 to 2 s */
	first = world_expect(&w, A, AHOY_UA_REINVITE);
	assert_string_equal(first->body, "of b");
	assert_ok(accept_change(&w, A, call, "yes"));
	world_pass(&w, 100);
	world_expect(&w, B, AHOY_UA_REINVITED);
	world_expect(&w, A, AHOY_UA_ACKED);
	world_pass(&w, 2000); /* who owns it waits 2.1 to 4 s */
	second = world_expect(&w, B, AHOY_UA_REINVITE);
	assert_string_equal(second->body, "of a");
	assert_ok(accept_change(&w, B, w.accepted, "yes"));
	world_pass(&w, 100);
	assert_int_equal(world_expect(&w, A, AHOY_UA_REINVITED)->status, 200);
	world_expect(&w, B, AHOY_UA_ACKED);
	world_no_more(&w);
	end(&w, call);
}

static void a_retry_that_finds_the_peers_change_under_way_is_given_up_as_491(void **state)
{
	world w;
	ahoy_call_id call;

	(void)state;
	world_init(&w, true);
	call = world_call(&w);
	assert_ok(change(&w, A, call, "of a"));
	assert_ok(change(&w, B, w.accepted, "of b"));
	world_pass(&w, 4200); /* A leaves B's retry unanswered, so its own comes into it */
	assert_string_equal(world_expect(&w, A, AHOY_UA_REINVITE)->body, "of b");
	assert_int_equal(world_expect(&w, A, AHOY_UA_REINVITED)->status, 491);
	world_no_more(&w);
	assert_ok(accept_change(&w, A, call, "yes"));
	world_pass(&w, 100);
	assert_int_equal(world_expect(&w, B, AHOY_UA_REINVITED)->status, 200);
	end(&w, call);
}

static void in_dialog(world *w, const char *method, unsigned cseq, const char *lines)
{
	char text[2048];
	const char *to = header_of(world_last(w, "SIP/2.0 200 "), "To");

	snprintf(
		text, sizeof text,
		"%s sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-%u%s\r\nMax-Forwards: 70\r\n"
		"From: <sip:b@192.0.2.2>;tag=raw\r\n"
		"To: %s\r\nCall-ID: raw\r\nCSeq: %u %s\r\nContact: <sip:b@192.0.2.2>\r\n%sContent-Length: 0\r\n\r\n",
		method, cseq, method, to, cseq, method, lines);
	world_recv(w, A, text);
}

/* A is the callee of a raw peer. */
static void called_by_raw(world *w)
{
	world_init(w, false);
	w->policy[A] = ACCEPT;
	world_recv(
		w, A,
		"INVITE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
		"From: <sip:b@192.0.2.2>;tag=raw\r\n"
		"To: <sip:a@192.0.2.1>\r\nCall-ID: raw\r\nCSeq: 1 INVITE\r\nContact: <sip:b@192.0.2.2>\r\nContent-Length: 0\r\n\r\n");
	assert_ok(w->accept_err);
	ahoy_ua_turn(w->ua[A], w->now);
	assert_ok(ahoy_call_answer(w->ua[A], w->now, w->accepted, (ahoy_slice){0}, SDP, AHOY_S("answer")));
	world_drain(w, A);
	in_dialog(w, "ACK", 1, "");
	world_expect(w, A, AHOY_UA_REQUEST);
	world_expect(w, A, AHOY_UA_ACKED);
}

static void rfc3261_14_2_a_second_invite_before_the_answer_to_the_first_gets_500_with_retry_after(void **state)
{
	world w;

	(void)state;
	called_by_raw(&w);
	in_dialog(&w, "INVITE", 2, "");
	world_expect(&w, A, AHOY_UA_REINVITE);
	in_dialog(&w, "INVITE", 3, "");
	world_no_more(&w);
	assert_non_null(world_last(&w, "SIP/2.0 500 "));
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 500 "), "Retry-After"), "5");
	/* A retransmission gets the very same answer. */
	in_dialog(&w, "INVITE", 3, "");
	assert_int_equal(world_count(&w, "SIP/2.0 500 "), 2);
	assert_string_equal(w.sent[w.sent_count - 1].text, w.sent[w.sent_count - 2].text);
	world_fini(&w);
}

static void rfc3261_14_2_an_invite_that_meets_ours_gets_491_again_and_again(void **state)
{
	world w;

	(void)state;
	called_by_raw(&w);
	assert_ok(change(&w, A, w.accepted, "x"));
	in_dialog(&w, "INVITE", 2, "");
	in_dialog(&w, "INVITE", 2, "");
	world_no_more(&w);
	assert_int_equal(world_count(&w, "SIP/2.0 491 "), 2);
	world_fini(&w);
}

static void rfc3261_15_1_2_a_bye_during_the_peers_reinvite_answers_it_487(void **state)
{
	world w;

	(void)state;
	called_by_raw(&w);
	in_dialog(&w, "INVITE", 2, "");
	world_expect(&w, A, AHOY_UA_REINVITE);
	in_dialog(&w, "BYE", 3, "");
	assert_err(world_expect(&w, A, AHOY_UA_ENDED)->err, 0);
	assert_non_null(world_last(&w, "SIP/2.0 487 "));
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "CSeq"), "3 BYE");
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 200 "), "Contact"), ""); /* 20, table 2 */
	world_assert_quiet(&w);
	world_fini(&w);
}

static void hanging_up_answers_the_peers_open_reinvite(void **state)
{
	world w;

	(void)state;
	called_by_raw(&w);
	in_dialog(&w, "INVITE", 2, "");
	assert_ok(ahoy_call_hangup(w.ua[A], w.now, w.accepted, (ahoy_slice){0}));
	world_drain(&w, A);
	assert_non_null(world_last(&w, "SIP/2.0 487 "));
	assert_non_null(world_last(&w, "BYE "));
	world_assert_quiet(&w);
	world_fini(&w);
}

static void a_change_without_ack_ends_the_call_after_64_t1(void **state)
{
	world w;

	(void)state;
	called_by_raw(&w);
	in_dialog(&w, "INVITE", 2, "");
	world_expect(&w, A, AHOY_UA_REINVITE);
	assert_ok(accept_change(&w, A, w.accepted, "yes"));
	world_pass(&w, 32000);
	assert_err(world_expect(&w, A, AHOY_UA_ENDED)->err, AHOY_ETIMEOUT);
	assert_non_null(world_last(&w, "BYE "));
	world_fini(&w);
}

static void a_reinvite_whose_contact_cannot_be_used_gets_400(void **state)
{
	world w;
	char text[1024];

	(void)state;
	called_by_raw(&w);
	snprintf(
		text, sizeof text,
		"INVITE sip:a@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK-9\r\nMax-Forwards: 70\r\n"
		"From: <sip:b@192.0.2.2>;tag=raw\r\n"
		"To: %s\r\nCall-ID: raw\r\nCSeq: 9 INVITE\r\nContact: *\r\nContent-Length: 0\r\n\r\n",
		header_of(world_last(&w, "SIP/2.0 200 "), "To"));
	world_recv(&w, A, text);
	world_no_more(&w);
	assert_non_null(world_last(&w, "SIP/2.0 400 "));
	world_fini(&w);
}

static void a_change_out_of_memory_neither_crashes_nor_leaks(void **state)
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
			world_try_answer(&w);
			(void)change(&w, A, call, "x");
			(void)change(&w, B, w.accepted, "y");
			world_pass(&w, 2050);
			(void)accept_change(&w, A, call, "yes");
			world_pass(&w, 5000);
			(void)accept_change(&w, B, w.accepted, "yes");
			world_pass(&w, 1000);
			world_try_hangup(&w, call, 40000);
		}
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_14_1_a_reinvite_is_answered_and_acked_from_either_side),
		cmocka_unit_test(rfc3261_14_1_an_offerless_reinvite_is_acked_by_the_owner),
		cmocka_unit_test(rfc3261_14_1_one_at_a_time),
		cmocka_unit_test(rfc3261_14_1_a_refused_change_leaves_the_call),
		cmocka_unit_test(rfc3261_12_2_1_2_481_and_408_end_the_dialog),
		cmocka_unit_test(rfc3261_14_1_a_reinvite_without_any_answer_ends_the_call),
		cmocka_unit_test(rfc3261_14_1_glare_is_retried_by_itself_and_both_get_through),
		cmocka_unit_test(a_retry_that_finds_the_peers_change_under_way_is_given_up_as_491),
		cmocka_unit_test(rfc3261_14_2_a_second_invite_before_the_answer_to_the_first_gets_500_with_retry_after),
		cmocka_unit_test(rfc3261_14_2_an_invite_that_meets_ours_gets_491_again_and_again),
		cmocka_unit_test(rfc3261_15_1_2_a_bye_during_the_peers_reinvite_answers_it_487),
		cmocka_unit_test(hanging_up_answers_the_peers_open_reinvite),
		cmocka_unit_test(a_change_without_ack_ends_the_call_after_64_t1),
		cmocka_unit_test(a_reinvite_whose_contact_cannot_be_used_gets_400),
		cmocka_unit_test(a_change_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
