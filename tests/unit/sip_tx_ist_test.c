/* sip/tx_ist: the INVITE server transaction (RFC 3261 17.2.1, RFC 6026). */
#include "sip_stack_support.h"

static const char *const branch = "z9hG4bK-1";

/* An INVITE that is served; its transaction is r->served. */
static void invite(rig *r, ahoy_transport transport)
{
	rig_init(r, transport);
	r->serves = true;
	rig_request(r, "INVITE", 1, branch, "", "");
	assert_ok(r->serve_err);
	rig_only_event(r, AHOY_STACK_REQUEST);
}

static const char *our_tag(const rig *r)
{
	return strstr(header_of(rig_last(r), "To"), ";tag=") + 5;
}

static void rfc3261_17_2_1_a_100_leaves_after_200_ms_and_once(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	rig_pass(&r, 199);
	assert_int_equal(r.out_count, 0);
	rig_pass(&r, 600000);
	rig_assert_sent(&r, "SIP/2.0 100 ", SENT_AT(200));
	assert_string_equal(header_of(rig_last(&r), "To"), "<sip:me@192.0.2.1>"); /* 8.2.6.2: no tag in a 100 */
	rig_fini(&r);
}

static void rfc3261_17_2_1_no_100_where_the_answer_was_faster(void **state)
{
	static const int answers[] = {180, 200, 404};
	rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		invite(&r, AHOY_UDP);
		rig_pass(&r, 150);
		assert_ok(rig_answer(&r, r.served, answers[i]));
		rig_pass(&r, 1000);
		rig_assert_sent(&r, "SIP/2.0 100 ", NEVER_SENT);
		rig_fini(&r);
	}
}

static void rfc3261_17_2_1_a_repeated_invite_gets_the_last_provisional_again(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	rig_pass(&r, 100);
	rig_request(&r, "INVITE", 1, branch, "", ""); /* earlier than the 100: it is due now */
	rig_assert_sent(&r, "SIP/2.0 100 ", SENT_AT(100));
	assert_ok(rig_answer(&r, r.served, 183));
	rig_pass(&r, 1000);
	rig_request(&r, "INVITE", 1, branch, "", "");
	rig_assert_sent(&r, "SIP/2.0 100 ", SENT_AT(100));
	rig_assert_sent(&r, "SIP/2.0 183 ", SENT_AT(100, 1100));
	assert_int_equal(r.event_count, 0);
	rig_fini(&r);
}

static void rfc3261_13_3_1_1_a_provisional_is_repeated_each_minute(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 180));
	rig_pass(&r, 150000);
	rig_assert_sent(&r, "SIP/2.0 180 ", SENT_AT(0, 60000, 120000));
	rig_fini(&r);
}

static void rfc3261_17_2_1_a_refusal_is_resent_up_to_t2_until_64_t1(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 486));
	rig_pass(&r, 40000);
	rig_assert_sent(&r, "SIP/2.0 486 ", SENT_AT(0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500));
	assert_int_equal(r.event_count, 0);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc3261_17_2_1_the_ack_ends_the_resending_and_more_acks_are_absorbed_for_t4(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 486));
	rig_pass(&r, 600);
	rig_request(&r, "INVITE", 1, branch, "", "");
	rig_request(&r, "ACK", 1, branch, our_tag(&r), "");
	rig_request(&r, "INVITE", 1, branch, "", ""); /* late: the answer has been ACKed */
	rig_pass(&r, 4999);
	rig_request(&r, "ACK", 1, branch, our_tag(&r), "");
	rig_assert_sent(&r, "SIP/2.0 486 ", SENT_AT(0, 500, 600));
	assert_int_equal(r.event_count, 0);
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_STRAY_ACK], 0);
	rig_pass(&r, 1);
	rig_assert_empty(&r);
	rig_request(&r, "ACK", 1, branch, our_tag(&r), "");
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_STRAY_ACK], 1);
	rig_fini(&r);
}

static void rfc3261_17_2_1_on_a_stream_a_refusal_is_sent_once_and_its_ack_ends_all(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_TCP);
	assert_ok(rig_answer(&r, r.served, 486));
	rig_pass(&r, 10000);
	rig_assert_sent(&r, "SIP/2.0 486 ", SENT_AT(0));
	rig_request(&r, "ACK", 1, branch, our_tag(&r), "");
	rig_pass(&r, 1);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc6026_7_1_ist_keeps_resending_2xx_until_ack(void **state)
{
	static const ahoy_transport transports[] = {AHOY_UDP, AHOY_TCP}; /* 13.3.1.4: whatever the transport */
	rig r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(transports); i++) {
		rig_event e;

		invite(&r, transports[i]);
		assert_ok(rig_answer(&r, r.served, 200));
		rig_pass(&r, 8000);
		rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(0, 500, 1500, 3500, 7500));
		rig_request(&r, "ACK", 1, "z9hG4bK-other", our_tag(&r), "");
		e = rig_only_event(&r, AHOY_STACK_ACK);
		assert_int_equal(e.tx, r.served);
		assert_int_equal(e.user, 7);
		rig_request(&r, "ACK", 1, "z9hG4bK-other", our_tag(&r), ""); /* the answer to a repeated 2xx */
		assert_int_equal(r.event_count, 0);
		rig_pass(&r, 24000);
		rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(0, 500, 1500, 3500, 7500));
		assert_int_equal(r.event_count, 0);
		rig_assert_empty(&r);
		rig_fini(&r);
	}
}

static void rfc3261_13_3_1_4_a_2xx_without_ack_is_told_after_64_t1(void **state)
{
	rig r;
	rig_event e;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 200));
	rig_pass(&r, 40000);
	rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500));
	e = rig_only_event(&r, AHOY_STACK_UNACKED);
	assert_int_equal(e.ms, 32000);
	assert_int_equal(e.tx, r.served);
	assert_int_equal(e.user, 7);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc6026_7_1_a_repeated_invite_is_absorbed_once_accepted(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 200));
	rig_pass(&r, 100);
	rig_request(&r, "INVITE", 1, branch, "", "");
	rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(0));
	assert_int_equal(r.event_count, 0);
	rig_fini(&r);
}

static void rfc3261_13_3_1_4_an_ack_with_another_to_tag_is_not_ours(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 200));
	rig_request(&r, "ACK", 1, "z9hG4bK-other", "somebody", "");
	assert_int_equal(r.event_count, 0);
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_STRAY_ACK], 1);
	rig_fini(&r);
}

static void rfc3261_9_2_cancel_before_the_final_answer_goes_up_and_has_its_200(void **state)
{
	rig r;
	rig_event e;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 180));
	rig_request(&r, "CANCEL", 1, branch, "", "");
	e = rig_only_event(&r, AHOY_STACK_CANCEL);
	assert_int_equal(e.tx, r.served);
	assert_int_equal(e.user, 7);
	rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(0));
	assert_string_equal(header_of(rig_last(&r), "To"), header_of(r.outs[0].text, "To")); /* the same tag */
	assert_string_equal(header_of(rig_last(&r), "CSeq"), "1 CANCEL");
	assert_ok(rig_answer(&r, r.served, 487));
	rig_request(&r, "CANCEL", 1, branch, "", "");
	assert_int_equal(r.event_count, 0);
	rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(0, 0));
	rig_fini(&r);
}

static void rfc3261_9_2_cancel_after_the_final_answer_gets_200_and_does_nothing(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 200));
	rig_request(&r, "CANCEL", 1, branch, "", "");
	assert_int_equal(r.event_count, 0);
	assert_string_equal(header_of(rig_last(&r), "CSeq"), "1 CANCEL");
	rig_pass(&r, 500);
	rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(0, 0, 500));
	rig_fini(&r);
}

static void an_answer_behind_the_final_one_is_refused(void **state)
{
	rig r;

	(void)state;
	invite(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 486));
	assert_err(rig_answer(&r, r.served, 180), AHOY_ESTATE);
	assert_err(rig_answer(&r, r.served, 200), AHOY_ESTATE);
	rig_pass(&r, 33000);
	assert_err(rig_answer(&r, r.served, 200), AHOY_ESTALE);
	rig_fini(&r);
}

static void an_answer_that_is_too_large_is_not_sent_and_a_smaller_one_may_follow(void **state)
{
	static char body[AHOY_MAX_MESSAGE];
	ahoy_response large = {.status = 200, .type = AHOY_S("text/plain"), .body = {body, sizeof body}};
	rig r;

	(void)state;
	memset(body, 'x', sizeof body);
	invite(&r, AHOY_UDP);
	ahoy_stack_turn(r.stack, r.now);
	assert_err(ahoy_stack_respond(r.stack, r.now, r.served, &large), AHOY_ETOOBIG);
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_TOO_LARGE], 1);
	assert_ok(rig_answer(&r, r.served, 500));
	rig_assert_sent(&r, "SIP/2.0 ", SENT_AT(0));
	rig_fini(&r);
}

/* An INVITE that cannot even be refused would stand open for ever. */
static void a_refusal_that_cannot_be_sent_ends_the_transaction(void **state)
{
	static char body[AHOY_MAX_MESSAGE];
	ahoy_response large = {.status = 404, .type = AHOY_S("text/plain"), .body = {body, sizeof body}};
	rig r;

	(void)state;
	memset(body, 'x', sizeof body);
	invite(&r, AHOY_UDP);
	ahoy_stack_turn(r.stack, r.now);
	assert_err(ahoy_stack_respond(r.stack, r.now, r.served, &large), AHOY_ETOOBIG);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void an_invite_served_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static rig r;

	(void)state;
	TEST_EACH_OOM (&r.te, 1) {
		ahoy_stack_config config = {.worker = 1};

		rig_place(&r, AHOY_UDP);
		r.serves = true;
		if (!ahoy_stack_new(&r.te.env, &config, &r.stack)) {
			rig_request(&r, "INVITE", 1, branch, "", "Record-Route: <sip:192.0.2.50;lr>\r\n");
			rig_request(&r, "INVITE", 1, branch, "", "");
			(void)rig_answer(&r, r.served, 180);
			rig_request(&r, "CANCEL", 1, branch, "", "");
			if (rig_answer(&r, r.served, 200))
				(void)rig_answer(&r, r.served, 500);
			rig_request(&r, "INVITE", 2, branch, "", "");
			if (!r.serve_err)
				(void)rig_answer(&r, r.served, 404);
			rig_pass(&r, 70000);
			/* Only an INVITE whose very refusal found no memory twice could still be there: it is not, by the rule above. */
			rig_assert_empty(&r);
		}
		rig_spoil(&r);
		rig_forget(&r);
		ahoy_stack_del(r.stack);
		r.stack = NULL;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_17_2_1_a_100_leaves_after_200_ms_and_once),
		cmocka_unit_test(rfc3261_17_2_1_no_100_where_the_answer_was_faster),
		cmocka_unit_test(rfc3261_17_2_1_a_repeated_invite_gets_the_last_provisional_again),
		cmocka_unit_test(rfc3261_13_3_1_1_a_provisional_is_repeated_each_minute),
		cmocka_unit_test(rfc3261_17_2_1_a_refusal_is_resent_up_to_t2_until_64_t1),
		cmocka_unit_test(rfc3261_17_2_1_the_ack_ends_the_resending_and_more_acks_are_absorbed_for_t4),
		cmocka_unit_test(rfc3261_17_2_1_on_a_stream_a_refusal_is_sent_once_and_its_ack_ends_all),
		cmocka_unit_test(rfc6026_7_1_ist_keeps_resending_2xx_until_ack),
		cmocka_unit_test(rfc3261_13_3_1_4_a_2xx_without_ack_is_told_after_64_t1),
		cmocka_unit_test(rfc6026_7_1_a_repeated_invite_is_absorbed_once_accepted),
		cmocka_unit_test(rfc3261_13_3_1_4_an_ack_with_another_to_tag_is_not_ours),
		cmocka_unit_test(rfc3261_9_2_cancel_before_the_final_answer_goes_up_and_has_its_200),
		cmocka_unit_test(rfc3261_9_2_cancel_after_the_final_answer_gets_200_and_does_nothing),
		cmocka_unit_test(an_answer_behind_the_final_one_is_refused),
		cmocka_unit_test(an_answer_that_is_too_large_is_not_sent_and_a_smaller_one_may_follow),
		cmocka_unit_test(a_refusal_that_cannot_be_sent_ends_the_transaction),
		cmocka_unit_test(an_invite_served_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
