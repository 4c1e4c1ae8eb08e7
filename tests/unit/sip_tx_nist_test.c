/* sip/tx_nist: the server transaction of all other requests (RFC 3261 17.2.2, RFC 4320). */
#include "sip_stack_support.h"

static const char *const branch = "z9hG4bK-1";

static void request(rig *r, ahoy_transport transport)
{
	rig_init(r, transport);
	r->serves = true;
	rig_request(r, "REGISTER", 1, branch, "", "");
	assert_ok(r->serve_err);
	rig_only_event(r, AHOY_STACK_REQUEST);
}

static void rfc4320_4_1_no_100_is_made_and_a_repeated_request_waits_for_the_answer(void **state)
{
	rig r;

	(void)state;
	request(&r, AHOY_UDP);
	rig_pass(&r, 500);
	rig_request(&r, "REGISTER", 1, branch, "", "");
	rig_pass(&r, 500);
	assert_int_equal(r.out_count, 0);
	assert_int_equal(r.event_count, 0);
	assert_ok(rig_answer(&r, r.served, 200));
	rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(1000));
	rig_fini(&r);
}

static void rfc3261_17_2_2_a_repeated_request_gets_the_answer_again_for_64_t1(void **state)
{
	rig r;

	(void)state;
	request(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 200));
	rig_pass(&r, 31999);
	rig_request(&r, "REGISTER", 1, branch, "", "");
	rig_assert_sent(&r, "SIP/2.0 200 ", SENT_AT(0, 31999));
	assert_int_equal(r.event_count, 0);
	rig_pass(&r, 1);
	rig_assert_empty(&r);
	rig_request(&r, "REGISTER", 1, branch, "", ""); /* a new one by then */
	rig_only_event(&r, AHOY_STACK_REQUEST);
	rig_fini(&r);
}

static void rfc3261_17_2_2_a_provisional_is_repeated_until_the_final_answer(void **state)
{
	rig r;

	(void)state;
	request(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 183));
	rig_request(&r, "REGISTER", 1, branch, "", "");
	assert_ok(rig_answer(&r, r.served, 404));
	rig_request(&r, "REGISTER", 1, branch, "", "");
	rig_assert_sent(&r, "SIP/2.0 183 ", SENT_AT(0, 0));
	rig_assert_sent(&r, "SIP/2.0 404 ", SENT_AT(0, 0));
	assert_err(rig_answer(&r, r.served, 200), AHOY_ESTATE);
	rig_fini(&r);
}

static void rfc3261_17_2_2_on_a_stream_it_is_gone_with_its_answer(void **state)
{
	rig r;

	(void)state;
	request(&r, AHOY_TCP);
	assert_ok(rig_answer(&r, r.served, 200));
	rig_pass(&r, 1);
	rig_assert_empty(&r);
	rig_fini(&r);
}

static void rfc4320_4_2_what_is_never_answered_is_cut_after_64_t1_without_a_word(void **state)
{
	rig r;

	(void)state;
	request(&r, AHOY_UDP);
	assert_ok(rig_answer(&r, r.served, 183));
	rig_pass(&r, 32000);
	rig_assert_sent(&r, "SIP/2.0 ", SENT_AT(0));
	assert_int_equal(r.event_count, 0);
	rig_assert_empty(&r);
	assert_err(rig_answer(&r, r.served, 200), AHOY_ESTALE);
	rig_fini(&r);
}

static void a_request_served_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static rig r;

	(void)state;
	TEST_EACH_OOM (&r.te, 1) {
		ahoy_stack_config config = {.worker = 1};

		rig_place(&r, AHOY_UDP);
		r.serves = true;
		if (!ahoy_stack_new(&r.te.env, &config, &r.stack)) {
			rig_request(&r, "REGISTER", 1, branch, "", "");
			if (!r.serve_err)
				(void)rig_answer(&r, r.served, 200);
			rig_request(&r, "REGISTER", 1, branch, "", "");
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
		cmocka_unit_test(rfc4320_4_1_no_100_is_made_and_a_repeated_request_waits_for_the_answer),
		cmocka_unit_test(rfc3261_17_2_2_a_repeated_request_gets_the_answer_again_for_64_t1),
		cmocka_unit_test(rfc3261_17_2_2_a_provisional_is_repeated_until_the_final_answer),
		cmocka_unit_test(rfc3261_17_2_2_on_a_stream_it_is_gone_with_its_answer),
		cmocka_unit_test(rfc4320_4_2_what_is_never_answered_is_cut_after_64_t1_without_a_word),
		cmocka_unit_test(a_request_served_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
