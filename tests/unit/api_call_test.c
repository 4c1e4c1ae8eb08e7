/* api/call: the embedder's commands in each state of a call, as caller and callee. */
#include "api_world.h"

static void begin(test_env *te, api_world *w)
{
	test_env_init(te, 1);
	assert_ok(api_world_begin(w, te, "PCMU"));
}

static void end(test_env *te, api_world *w)
{
	api_world_end(w);
	test_env_fini(te);
}

static void rfc3550_11_media_is_an_even_port_at_a_real_address(void **state)
{
	static const struct {
		const char *media;
		int err;
	} rows[] = {
		{"192.0.2.1:4000", 0},
		{"192.0.2.1:4001", AHOY_EINVAL},
		{"192.0.2.1", AHOY_EINVAL},
		{"0.0.0.0:4000", AHOY_EINVAL},
		{"[2001:db8::1]:4000", AHOY_EINVAL},
	};
	ahoy_agent_id call;
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_addr media = api_addr(rows[i].media);

		assert_err_row(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &media, &call), rows[i].err,
			       rows[i].media);
	}
	assert_err(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("112"), NULL, &call), AHOY_EINVAL);
	assert_err(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("tel:1"), &w.media[A], &call), AHOY_EUNSUPPORTED);
	assert_err(ahoy_agent_call(w.agent[A], w.now, 999, AHOY_S("112"), &w.media[A], &call), AHOY_ESTALE);
	end(&te, &w);
}

static void more_calls_than_agreed_are_full(void **state)
{
	ahoy_agent_id call;
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	for (int i = 0; i < 4; i++)
		assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &call));
	assert_err(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &call), AHOY_EFULL);
	/* The other side takes four as well; a fifth from elsewhere would get 486. */
	api_drain(&w);
	assert_string_equal(w.told[B], "incoming incoming incoming incoming");
	assert_err(ahoy_agent_call(w.agent[B], w.now, w.account[B], AHOY_S("sip:a@192.0.2.1"), &w.media[B], &call), AHOY_EFULL);
	end(&te, &w);
}

static void a_rejected_call_ends_on_both_sides(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &w.call[A]));
	api_drain(&w);
	assert_err(ahoy_agent_reject(w.agent[B], w.now, w.call[B], 200), AHOY_ERANGE);
	assert_err(ahoy_agent_reject(w.agent[B], w.now, w.call[B], 700), AHOY_ERANGE);
	assert_err(ahoy_agent_reject(w.agent[A], w.now, w.call[A], 486), AHOY_ESTATE); /* not ours to reject */
	assert_ok(ahoy_agent_reject(w.agent[B], w.now, w.call[B], 603));
	assert_err(ahoy_agent_answer(w.agent[B], w.now, w.call[B], &w.media[B]), AHOY_ESTALE);
	api_drain(&w);
	assert_string_equal(w.told[A], "ended");
	assert_int_equal(w.last[A].status, 603);
	assert_int_equal(w.last[A].by, AHOY_AGENT_BY_PEER);
	assert_string_equal(w.told[B], "incoming ended");
	assert_int_equal(w.last[B].by, AHOY_AGENT_BY_US);
	end(&te, &w);
}

static void rfc3261_9_hanging_up_before_the_answer_cancels(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &w.call[A]));
	api_drain(&w);
	assert_ok(ahoy_agent_ring(w.agent[B], w.now, w.call[B]));
	api_drain(&w);
	assert_ok(ahoy_agent_hangup(w.agent[A], w.now, w.call[A]));
	assert_string_equal(w.told[A], "ringing"); /* not before the CANCEL is answered */
	api_run(&w, AHOY_SECONDS(1));
	assert_string_equal(w.told[A], "ringing ended");
	assert_int_equal(w.last[A].by, AHOY_AGENT_BY_US);
	assert_string_equal(w.told[B], "incoming ended");
	assert_int_equal(w.last[B].by, AHOY_AGENT_BY_PEER);
	assert_int_equal(w.last[B].status, 487);
	end(&te, &w);
}

static void the_callee_may_hang_up_before_it_answers(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &w.call[A]));
	api_drain(&w);
	assert_ok(ahoy_agent_hangup(w.agent[B], w.now, w.call[B]));
	api_drain(&w);
	assert_int_equal(w.last[A].status, 480);
	assert_int_equal(w.last[B].status, 480);
	end(&te, &w);
}

static void early_media_is_heard_before_the_answer(void **state)
{
	ahoy_addr other = api_addr("192.0.2.2:6002");
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &w.call[A]));
	api_drain(&w);
	assert_ok(ahoy_agent_early_media(w.agent[B], w.now, w.call[B], &w.media[B]));
	w.hz[B] = 425;
	w.plays[B] = w.call[B];
	api_run(&w, AHOY_SECONDS(2));
	assert_string_equal(w.told[A], "ringing media");
	assert_int_equal(ahoy_agent_state(w.agent[A], w.call[A]), AHOY_AGENT_CALL_RINGING);
	assert_true(api_purity(&w, A) > 0.95);
	/* What was described stays (RFC 3261 13.3.1.4: the same SDP). */
	assert_err(ahoy_agent_answer(w.agent[B], w.now, w.call[B], &other), AHOY_EINVAL);
	assert_ok(ahoy_agent_answer(w.agent[B], w.now, w.call[B], NULL));
	api_drain(&w);
	assert_string_equal(w.told[A], "ringing media answered");
	assert_string_equal(w.told[B], "incoming media answered");
	end(&te, &w);
}

static void rfc3264_8_4_hold_stops_the_other_and_resume_brings_it_back(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_err(ahoy_agent_hold(w.agent[A], w.now, 5, true), AHOY_ESTALE);
	assert_ok(api_connect(&w));
	w.hz[B] = 425;
	w.plays[B] = w.call[B];
	api_run(&w, AHOY_SECONDS(1));
	assert_ok(ahoy_agent_hold(w.agent[A], w.now, w.call[A], true));
	assert_err(ahoy_agent_hold(w.agent[A], w.now, w.call[A], false), AHOY_ESTATE); /* one at a time */
	api_drain(&w);
	assert_string_equal(w.told[A], "answered media changed");
	assert_int_equal(w.last[A].status, 200);
	assert_string_equal(w.told[B], "incoming answered media held");
	api_run(&w, AHOY_SECONDS(1));
	api_forget_sound(&w);
	api_run(&w, AHOY_SECONDS(2));
	assert_true(w.heard_energy[A] < 1.0 + (double)w.heard[A]);
	assert_ok(ahoy_agent_hold(w.agent[A], w.now, w.call[A], false));
	api_run(&w, AHOY_SECONDS(1));
	assert_string_equal(w.told[B], "incoming answered media held resumed");
	api_forget_sound(&w);
	api_run(&w, AHOY_SECONDS(2));
	assert_true(api_purity(&w, A) > 0.95);
	end(&te, &w);
}

static void a_users_pointer_comes_with_each_event(void **state)
{
	int mine;
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_ok(api_connect(&w));
	assert_ok(ahoy_agent_set_user(w.agent[B], w.call[B], &mine));
	assert_ok(ahoy_agent_hangup(w.agent[A], w.now, w.call[A]));
	api_drain(&w);
	assert_ptr_equal(w.last[B].user, &mine);
	assert_err(ahoy_agent_set_user(w.agent[B], w.call[B], &mine), AHOY_ESTALE);
	end(&te, &w);
}

static void commands_in_the_wrong_state_are_refused(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &w.call[A]));
	assert_err(ahoy_agent_ring(w.agent[A], w.now, w.call[A]), AHOY_ESTATE);
	assert_err(ahoy_agent_answer(w.agent[A], w.now, w.call[A], &w.media[A]), AHOY_ESTATE);
	assert_err(ahoy_agent_early_media(w.agent[A], w.now, w.call[A], &w.media[A]), AHOY_ESTATE);
	assert_err(ahoy_agent_hold(w.agent[A], w.now, w.call[A], true), AHOY_ESTATE);
	assert_err(ahoy_agent_send_dtmf(w.agent[A], w.call[A], AHOY_S("1"), 0), AHOY_ESTATE);
	api_drain(&w);
	assert_err(ahoy_agent_answer(w.agent[B], w.now, w.call[B], NULL), AHOY_EINVAL);
	assert_ok(ahoy_agent_answer(w.agent[B], w.now, w.call[B], &w.media[B]));
	assert_err(ahoy_agent_answer(w.agent[B], w.now, w.call[B], &w.media[B]), AHOY_ESTATE);
	assert_err(ahoy_agent_reject(w.agent[B], w.now, w.call[B], 486), AHOY_ESTATE);
	end(&te, &w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3550_11_media_is_an_even_port_at_a_real_address),
		cmocka_unit_test(more_calls_than_agreed_are_full),
		cmocka_unit_test(a_rejected_call_ends_on_both_sides),
		cmocka_unit_test(rfc3261_9_hanging_up_before_the_answer_cancels),
		cmocka_unit_test(the_callee_may_hang_up_before_it_answers),
		cmocka_unit_test(early_media_is_heard_before_the_answer),
		cmocka_unit_test(rfc3264_8_4_hold_stops_the_other_and_resume_brings_it_back),
		cmocka_unit_test(a_users_pointer_comes_with_each_event),
		cmocka_unit_test(commands_in_the_wrong_state_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
