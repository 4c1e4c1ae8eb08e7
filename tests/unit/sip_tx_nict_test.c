/* sip/tx_nict: the client transaction of all other requests (RFC 3261 17.1.2). */
#include "sip_stack_support.h"

static void rfc3261_17_1_2_2_a_request_is_resent_doubling_up_to_t2_and_fails_after_64_t1(void **state)
{
	rig r;
	ahoy_tx_id tx;
	rig_event e;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_OPTIONS, &tx));
	rig_pass(&r, 40000);
	rig_assert_sent(&r, "OPTIONS ", SENT_AT(0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500));
	e = rig_only_event(&r, AHOY_STACK_FAILED);
	assert_int_equal(e.ms, 32000);
	assert_int_equal(e.tx, tx);
	assert_int_equal(e.user, 42);
	assert_err(e.err, AHOY_ETIMEOUT);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc3261_17_1_2_2_a_provisional_slows_resending_to_t2_and_does_not_extend_the_time(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_OPTIONS, &tx));
	rig_pass(&r, 600);
	rig_respond(&r, r.outs[0].text, 100, "");
	assert_int_equal(rig_only_event(&r, AHOY_STACK_RESPONSE).status, 100);
	rig_pass(&r, 1000);
	rig_respond(&r, r.outs[0].text, 183, "b"); /* the second one rearms nothing */
	assert_int_equal(rig_only_event(&r, AHOY_STACK_RESPONSE).status, 183);
	rig_pass(&r, 40000);
	rig_assert_sent(&r, "OPTIONS ", SENT_AT(0, 500, 4600, 8600, 12600, 16600, 20600, 24600, 28600));
	assert_int_equal(rig_only_event(&r, AHOY_STACK_FAILED).ms, 32000);
	rig_fini(&r);
}

static void rfc3261_17_1_2_2_a_final_answer_is_told_once_and_repeated_ones_are_absorbed_for_t4(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_BYE, &tx));
	rig_respond(&r, r.outs[0].text, 200, "b");
	rig_pass(&r, 4999);
	rig_respond(&r, r.outs[0].text, 200, "b");
	rig_respond(&r, r.outs[0].text, 481, "b");
	assert_int_equal(rig_only_event(&r, AHOY_STACK_RESPONSE).status, 200);
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_STRAY_RESPONSE], 0);
	rig_pass(&r, 1);
	rig_assert_empty(&r);
	rig_respond(&r, r.outs[0].text, 200, "b");
	assert_int_equal(ahoy_stack_count(r.stack)->dropped[AHOY_DROP_STRAY_RESPONSE], 1);
	rig_assert_sent(&r, "BYE ", SENT_AT(0));
	rig_fini(&r);
}

static void rfc3261_17_1_2_2_on_a_stream_nothing_is_resent_and_nothing_lingers(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_TCP);
	assert_ok(rig_send(&r, AHOY_BYE, &tx));
	rig_pass(&r, 20000);
	rig_respond(&r, r.outs[0].text, 100, "");
	rig_pass(&r, 5000);
	rig_respond(&r, r.outs[0].text, 200, "b");
	rig_pass(&r, 1);
	rig_assert_sent(&r, "BYE ", SENT_AT(0));
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc3261_17_1_4_an_icmp_error_fails_it_at_once(void **state)
{
	rig r;
	ahoy_tx_id tx;

	(void)state;
	rig_init(&r, AHOY_UDP);
	assert_ok(rig_send(&r, AHOY_MESSAGE, &tx));
	ahoy_stack_send_failed(r.stack, r.now, &r.flow);
	rig_drain(&r);
	assert_err(rig_only_event(&r, AHOY_STACK_FAILED).err, AHOY_ENETWORK);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void a_request_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static rig r;
	ahoy_tx_id tx;

	(void)state;
	TEST_EACH_OOM (&r.te, 1) {
		ahoy_stack_config config = {.worker = 1};
		int err = ahoy_stack_new(&r.te.env, &config, &r.stack);

		rig_place(&r, AHOY_UDP);
		if (err) {
			assert_err(err, AHOY_ENOMEM);
		} else {
			err = rig_send(&r, AHOY_OPTIONS, &tx);
			assert_true(err == 0 || err == AHOY_ENOMEM);
			assert_true((err == 0) == (tx != 0));
			rig_pass(&r, 40000);
			rig_assert_empty(&r);
			assert_int_equal(r.event_count, err == 0);
		}
		rig_forget(&r);
		ahoy_stack_del(r.stack);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_17_1_2_2_a_request_is_resent_doubling_up_to_t2_and_fails_after_64_t1),
		cmocka_unit_test(rfc3261_17_1_2_2_a_provisional_slows_resending_to_t2_and_does_not_extend_the_time),
		cmocka_unit_test(rfc3261_17_1_2_2_a_final_answer_is_told_once_and_repeated_ones_are_absorbed_for_t4),
		cmocka_unit_test(rfc3261_17_1_2_2_on_a_stream_nothing_is_resent_and_nothing_lingers),
		cmocka_unit_test(rfc3261_17_1_4_an_icmp_error_fails_it_at_once),
		cmocka_unit_test(a_request_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
