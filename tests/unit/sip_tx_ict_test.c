/* sip/tx_ict: the INVITE client transaction (RFC 3261 17.1.1, RFC 6026). */
#include "sip_stack_support.h"

static void rfc3261_17_1_1_2_invite_is_resent_after_t1_doubled_and_fails_after_64_t1(void **state)
{
	rig r;
	ahoy_tx_id tx;
	rig_event e;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_pass(&r, 31999);
	rig_assert_sent(&r, "INVITE ", SENT_AT(0, 500, 1500, 3500, 7500, 15500, 31500));
	assert_int_equal(r.event_count, 0);
	assert_int_equal(ahoy_stack_count(r.stack)->retransmitted, 6);
	rig_pass(&r, 1);
	e = rig_only_event(&r, AHOY_STACK_FAILED);
	assert_int_equal(e.ms, 32000);
	assert_int_equal(e.tx, tx);
	assert_int_equal(e.user, 42);
	assert_err(e.err, AHOY_ETIMEOUT);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc3261_17_1_1_2_invite_on_a_stream_is_sent_once(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_TCP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_pass(&r, 32000);
	rig_assert_sent(&r, "INVITE ", SENT_AT(0));
	assert_int_equal(rig_only_event(&r, AHOY_STACK_FAILED).ms, 32000);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc3261_17_1_1_2_a_provisional_stops_resending_and_it_may_ring_for_hours(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_pass(&r, 700);
	rig_respond(&r, r.outs[0].text, 100, "");
	rig_respond(&r, r.outs[0].text, 180, "b");
	rig_respond(&r, r.outs[0].text, 180, "b");
	assert_int_equal(r.event_count, 3);
	assert_int_equal(r.events[1].status, 180);
	rig_pass(&r, 3 * 3600 * 1000);
	rig_assert_sent(&r, "INVITE ", SENT_AT(0, 500));
	assert_int_equal(r.event_count, 3);
	assert_int_equal(ahoy_stack_count(r.stack)->transactions, 1);
	rig_fini(&r);
}

static void rfc3261_17_1_1_3_the_ack_to_a_refusal_bears_what_the_invite_bore(void **state)
{
	rig r;
	ahoy_tx_id tx;
	const char *ack;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_respond(&r, r.outs[0].text, 486, "b");
	assert_int_equal(rig_only_event(&r, AHOY_STACK_RESPONSE).status, 486);
	ack = rig_last(&r);
	assert_int_equal(strncmp(ack, "ACK sip:peer@192.0.2.9 SIP/2.0\r\n", 31), 0);
	assert_string_equal(header_of(ack, "Via"), header_of(r.outs[0].text, "Via"));
	assert_string_equal(header_of(ack, "From"), header_of(r.outs[0].text, "From"));
	assert_string_equal(header_of(ack, "To"), "<sip:peer@192.0.2.9>;tag=b");
	assert_string_equal(header_of(ack, "Call-ID"), "ours");
	assert_string_equal(header_of(ack, "CSeq"), "5 ACK");
	assert_string_equal(header_of(ack, "Route"), "<sip:192.0.2.9;lr>");
	assert_string_equal(header_of(ack, "Max-Forwards"), "70");
	rig_fini(&r);
}

static void rfc3261_17_1_1_2_a_repeated_refusal_is_acked_again_for_32_s_and_told_once(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_pass(&r, 100);
	rig_respond(&r, r.outs[0].text, 404, "b");
	rig_pass(&r, 31900);
	rig_respond(&r, r.outs[0].text, 404, "b");
	rig_respond(&r, r.outs[0].text, 180, "b");
	rig_respond(&r, r.outs[0].text, 200, "b");
	rig_assert_sent(&r, "ACK ", SENT_AT(100, 32000));
	assert_int_equal(r.event_count, 1);
	rig_pass(&r, 100);
	rig_assert_empty(&r);
	rig_respond(&r, r.outs[0].text, 404, "b");
	rig_assert_sent(&r, "ACK ", SENT_AT(100, 32000));
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_STRAY_RESPONSE], 1);
	rig_fini(&r);
}

static void rfc3261_17_1_1_2_on_a_stream_a_refused_invite_is_gone_at_once(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_TLS);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_respond(&r, r.outs[0].text, 404, "b");
	rig_pass(&r, 1);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static int ack_2xx(rig *r, ahoy_tx_id tx, const char *tag)
{
	ahoy_request ack = {
		.method = AHOY_ACK,
		.uri = AHOY_S("sip:peer@192.0.2.9"),
		.headers = AHOY_S(
			"From: <sip:me@192.0.2.1>;tag=me\r\nTo: <sip:peer@192.0.2.9>;tag=b\r\nCall-ID: ours\r\nCSeq: 5 ACK\r\n")};
	int err = ahoy_stack_ack(r->stack, r->now, tx, ahoy_slice_of(tag), &ack, &r->flow);

	rig_drain(r);
	return err;
}

static void rfc6026_7_2_a_repeated_2xx_gets_the_stored_ack_and_is_told_once(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_respond(&r, r.outs[0].text, 200, "b");
	assert_ok(ack_2xx(&r, tx, "b"));
	rig_only_event(&r, AHOY_STACK_RESPONSE);
	assert_string_not_equal(header_of(rig_last(&r), "Via"),
				header_of(r.outs[0].text, "Via")); /* 17.1.1.3: a branch of its own */
	rig_pass(&r, 500);
	rig_respond(&r, r.outs[0].text, 200, "b");
	rig_pass(&r, 1000);
	rig_respond(&r, r.outs[0].text, 200, "b");
	rig_assert_sent(&r, "ACK ", SENT_AT(0, 500, 1500));
	assert_string_equal(r.outs[1].text, r.outs[2].text);
	assert_int_equal(r.event_count, 0);
	rig_assert_sent(&r, "INVITE ", SENT_AT(0));
	rig_fini(&r);
}

static void rfc3261_13_2_2_4_a_2xx_of_another_fork_goes_up(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_respond(&r, r.outs[0].text, 200, "b");
	assert_ok(ack_2xx(&r, tx, "b"));
	rig_respond(&r, r.outs[0].text, 200, "c");
	assert_int_equal(r.event_count, 2);
	assert_int_equal(r.events[1].tx, tx);
	rig_assert_sent(&r, "ACK ", SENT_AT(0));
	rig_fini(&r);
}

static void rfc6026_8_4_an_accepted_invite_lives_64_t1_whatever_comes(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_TCP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_respond(&r, r.outs[0].text, 200, "b");
	rig_pass(&r, 31999);
	rig_respond(&r, r.outs[0].text, 404, "b");
	assert_int_equal(ahoy_stack_count(r.stack)->transactions, 1);
	rig_pass(&r, 1);
	rig_assert_empty(&r);
	assert_int_equal(r.event_count, 1);
	rig_fini(&r);
}

static void rfc3261_9_1_cancel_waits_for_a_provisional_answer(void **state)
{
	rig r;
	ahoy_tx_id tx;
	const char *cancel;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	assert_ok(ahoy_stack_cancel(r.stack, r.now, tx, AHOY_S("Reason: SIP;cause=200\r\n")));
	rig_drain(&r);
	rig_pass(&r, 600);
	rig_assert_sent(&r, "CANCEL ", NEVER_SENT);
	rig_respond(&r, r.outs[0].text, 100, "");
	cancel = rig_last(&r);
	rig_assert_sent(&r, "CANCEL ", SENT_AT(600));
	assert_int_equal(strncmp(cancel, "CANCEL sip:peer@192.0.2.9 SIP/2.0\r\n", 34), 0);
	assert_string_equal(header_of(cancel, "Via"), header_of(r.outs[0].text, "Via"));
	assert_string_equal(header_of(cancel, "To"), "<sip:peer@192.0.2.9>");
	assert_string_equal(header_of(cancel, "CSeq"), "5 CANCEL");
	assert_string_equal(header_of(cancel, "Route"), "<sip:192.0.2.9;lr>");
	assert_string_equal(header_of(cancel, "Reason"), "SIP;cause=200");
	rig_fini(&r);
}

static void rfc3261_9_1_cancel_is_resent_and_its_own_answer_is_told_to_nobody(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_respond(&r, r.outs[0].text, 180, "b");
	rig_only_event(&r, AHOY_STACK_RESPONSE);
	assert_ok(ahoy_stack_cancel(r.stack, r.now, tx, (ahoy_slice){0}));
	rig_drain(&r);
	assert_ok(ahoy_stack_cancel(r.stack, r.now, tx, AHOY_S("Reason: SIP;cause=200\r\n"))); /* once is enough */
	rig_drain(&r);
	rig_pass(&r, 600);
	rig_assert_sent(&r, "CANCEL ", SENT_AT(0, 500));
	rig_respond(&r, rig_last(&r), 200, "b");
	assert_int_equal(r.event_count, 0);
	rig_pass(&r, 5000);
	rig_assert_sent(&r, "CANCEL ", SENT_AT(0, 500));
	rig_respond(&r, r.outs[0].text, 487, "b");
	assert_int_equal(rig_only_event(&r, AHOY_STACK_RESPONSE).status, 487);
	rig_pass(&r, 32000);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc3261_9_1_without_a_final_answer_the_invite_fails_64_t1_after_the_cancel(void **state)
{
	rig r;
	ahoy_tx_id tx;
	rig_event e;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_respond(&r, r.outs[0].text, 180, "b");
	rig_pass(&r, 60000);
	r.event_count = 0;
	assert_ok(ahoy_stack_cancel(r.stack, r.now, tx, (ahoy_slice){0}));
	rig_drain(&r);
	rig_respond(&r, rig_last(&r), 200, "b");
	rig_respond(&r, r.outs[0].text, 180, "b"); /* a late provisional changes nothing */
	r.event_count = 0;
	rig_pass(&r, 32000);
	e = rig_only_event(&r, AHOY_STACK_FAILED);
	assert_int_equal(e.ms, 92000);
	assert_err(e.err, AHOY_ETIMEOUT);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc3261_9_1_cancel_has_no_effect_after_a_final_answer(void **state)
{
	static const int finals[] = {200, 404};
	rig r;
	ahoy_tx_id tx;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(finals); i++) {
		rig_init(&r, AHOY_UDP);
		assert_ok(rig_send(&r, AHOY_INVITE, &tx));
		rig_respond(&r, r.outs[0].text, finals[i], "b");
		for (int twice = 0; twice < 2; twice++)
			assert_ok(ahoy_stack_cancel(r.stack, r.now, tx, AHOY_S("Reason: SIP;cause=200\r\n")));
		rig_drain(&r);
		rig_pass(&r, 33000);
		rig_assert_sent(&r, "CANCEL ", NEVER_SENT);
		rig_assert_empty(&r);
		assert_err(ahoy_stack_cancel(r.stack, r.now, tx, (ahoy_slice){0}), AHOY_ESTALE);
		rig_fini(&r);
	}
}

static void rfc3261_17_1_4_an_icmp_error_ends_the_invite_until_it_was_answered(void **state)
{
	rig r;
	ahoy_tx_id tx, second;
	ahoy_flow elsewhere;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_INVITE, &tx));
	rig_respond(&r, r.outs[0].text, 180, "b");
	rig_only_event(&r, AHOY_STACK_RESPONSE);
	assert_ok(rig_send(&r, AHOY_INVITE, &second));
	elsewhere = r.flow;
	elsewhere.peer.port++;
	ahoy_stack_send_failed(r.stack, r.now, &elsewhere);
	rig_drain(&r);
	assert_int_equal(r.event_count, 0);
	ahoy_stack_send_failed(r.stack, r.now, &r.flow);
	rig_drain(&r);
	assert_int_equal(r.events[0].tx, second);
	assert_err(rig_only_event(&r, AHOY_STACK_FAILED).err, AHOY_ENETWORK);
	assert_int_equal(ahoy_stack_count(r.stack)->transactions, 1);
	rig_fini(&r);
}

/* One INVITE through all that can happen to it, with each allocation failing in turn. */
static void an_invite_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static rig r;
	ahoy_tx_id tx;

	(void)state;
	TEST_EACH_OOM (&r.te, 1) {
		ahoy_stack_config config = {.worker = 1};

		rig_place(&r, AHOY_UDP);
		if (!ahoy_stack_new(&r.te.env, &config, &r.stack)) {
			if (!rig_send(&r, AHOY_INVITE, &tx) && r.out_count) {
				rig_respond(&r, r.outs[0].text, 180, "b");
				(void)ahoy_stack_cancel(r.stack, r.now, tx, AHOY_S("Reason: SIP;cause=200\r\n"));
				rig_drain(&r);
				rig_pass(&r, 600);
				rig_respond(&r, r.outs[0].text, 200, "b");
				(void)ack_2xx(&r, tx, "b");
				rig_respond(&r, r.outs[0].text, 200, "b");
			}
			if (!rig_send(&r, AHOY_INVITE, &tx) && r.out_count)
				rig_respond(&r, rig_last(&r), 404, "b");
			rig_pass(&r, 70000);
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
		cmocka_unit_test(rfc3261_17_1_1_2_invite_is_resent_after_t1_doubled_and_fails_after_64_t1),
		cmocka_unit_test(rfc3261_17_1_1_2_invite_on_a_stream_is_sent_once),
		cmocka_unit_test(rfc3261_17_1_1_2_a_provisional_stops_resending_and_it_may_ring_for_hours),
		cmocka_unit_test(rfc3261_17_1_1_3_the_ack_to_a_refusal_bears_what_the_invite_bore),
		cmocka_unit_test(rfc3261_17_1_1_2_a_repeated_refusal_is_acked_again_for_32_s_and_told_once),
		cmocka_unit_test(rfc3261_17_1_1_2_on_a_stream_a_refused_invite_is_gone_at_once),
		cmocka_unit_test(rfc6026_7_2_a_repeated_2xx_gets_the_stored_ack_and_is_told_once),
		cmocka_unit_test(rfc3261_13_2_2_4_a_2xx_of_another_fork_goes_up),
		cmocka_unit_test(rfc6026_8_4_an_accepted_invite_lives_64_t1_whatever_comes),
		cmocka_unit_test(rfc3261_9_1_cancel_waits_for_a_provisional_answer),
		cmocka_unit_test(rfc3261_9_1_cancel_is_resent_and_its_own_answer_is_told_to_nobody),
		cmocka_unit_test(rfc3261_9_1_without_a_final_answer_the_invite_fails_64_t1_after_the_cancel),
		cmocka_unit_test(rfc3261_9_1_cancel_has_no_effect_after_a_final_answer),
		cmocka_unit_test(rfc3261_17_1_4_an_icmp_error_ends_the_invite_until_it_was_answered),
		cmocka_unit_test(an_invite_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
