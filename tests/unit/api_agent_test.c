/* api/agent: an agent's life, inputs that belong to nothing, names, and one whole call of two agents in virtual time. */
#include "api_world.h"

static void a_config_that_cannot_work_is_refused(void **state)
{
	static const struct {
		const char *local, *codecs, *product;
		uint32_t max_calls;
		int err;
	} rows[] = {
		{"192.0.2.1:5060", "", "", 0, 0},
		{"192.0.2.1:5060", "pcma, PCMU", "phone/1", 4096, 0},
		{"[2001:db8::1]:5060", "", "", 1, 0},
		{"0.0.0.0:5060", "", "", 0, AHOY_EINVAL},
		{"[::]:5060", "", "", 0, AHOY_EINVAL},
		{"192.0.2.1", "", "", 0, AHOY_EINVAL},
		{"224.0.1.75:5060", "", "", 0, AHOY_EINVAL},
		{"192.0.2.1:5060", "", "", 4097, AHOY_EINVAL},
		{"192.0.2.1:5060", "PCMU,nonsense", "", 0, AHOY_ECODEC},
		{"192.0.2.1:5060", "", "0123456789012345678901234567890123456789012345678901234567890123456789", 0, AHOY_EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_agent_config config;
		ahoy_agent *agent;
		test_env te;

		test_env_init(&te, 1);
		ahoy_agent_config_init(&config);
		config.local = api_addr(rows[i].local);
		config.codecs = ahoy_slice_of(rows[i].codecs);
		config.product = ahoy_slice_of(rows[i].product);
		config.max_calls = rows[i].max_calls;
		assert_err_row(ahoy_agent_new(&te.env, &config, &agent), rows[i].err, rows[i].local);
		assert_row((agent != NULL) == !rows[i].err, rows[i].local);
		ahoy_agent_del(agent);
		config.size = 8;
		assert_err(ahoy_agent_new(&te.env, &config, &agent), AHOY_EINVAL);
		test_env_fini(&te);
	}
}

static void what_belongs_to_nothing_is_dropped(void **state)
{
	ahoy_addr other = api_addr("192.0.2.1:7000"), peer = api_addr("192.0.2.9:5060");
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	ahoy_agent_recv(w.agent[A], w.now, &other, &peer, AHOY_S("OPTIONS sip:a@192.0.2.1 SIP/2.0\r\n\r\n"));
	ahoy_agent_recv(w.agent[A], w.now, &w.local[A], &peer, AHOY_S("no SIP"));
	ahoy_agent_recv(w.agent[A], w.now, &w.local[A], &peer, AHOY_S("\r\n\r\n"));
	ahoy_agent_recv(w.agent[A], w.now, &w.local[A], &peer, AHOY_S(""));
	ahoy_agent_resolved(w.agent[A], w.now, 77, &peer, 1);
	ahoy_agent_send_failed(w.agent[A], w.now, &peer);
	assert_null(ahoy_agent_pop_out(w.agent[A]));
	assert_null(ahoy_agent_pop_event(w.agent[A]));
	assert_null(ahoy_agent_pop_question(w.agent[A]));
	assert_true(ahoy_agent_next(w.agent[A]) == AHOY_NEVER);
	/* Stale ids are errors, never more. */
	assert_err(ahoy_agent_hangup(w.agent[A], w.now, 12345), AHOY_ESTALE);
	assert_err(ahoy_agent_unregister(w.agent[A], w.now, 12345), AHOY_ESTALE);
	assert_err(ahoy_agent_set_user(w.agent[A], 0, &w), AHOY_ESTALE);
	assert_int_equal(ahoy_agent_state(w.agent[A], 0), AHOY_AGENT_CALL_GONE);
	api_world_end(&w);
	ahoy_agent_del(NULL);
	test_env_fini(&te);
}

static void a_call_in_virtual_time(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, "PCMU"));
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &w.call[A]));
	api_drain(&w);
	assert_string_equal(w.told[B], "incoming");
	assert_string_equal(w.from[B], "sip:a@192.0.2.1");
	assert_ok(ahoy_agent_ring(w.agent[B], w.now, w.call[B]));
	api_drain(&w);
	assert_string_equal(w.told[A], "ringing");
	assert_int_equal(w.last[A].status, 180);
	assert_ok(ahoy_agent_answer(w.agent[B], w.now, w.call[B], &w.media[B]));
	api_drain(&w);
	assert_string_equal(w.told[A], "ringing answered media");
	assert_string_equal(w.told[B], "incoming answered media");
	assert_int_equal(w.last[A].sample_rate_hz, 8000);
	assert_string_equal(w.codec[A], "PCMU");
	assert_int_equal(ahoy_agent_state(w.agent[A], w.call[A]), AHOY_AGENT_CALL_UP);

	/* Ten seconds of a tone each way: 500 packets, and what is heard is the tone. */
	w.hz[A] = 440;
	w.hz[B] = 700;
	w.plays[A] = w.call[A];
	w.plays[B] = w.call[B];
	api_run(&w, AHOY_SECONDS(10));
	for (unsigned i = A; i <= B; i++) {
		ahoy_agent_stats stats;

		assert_in_range(w.heard[i], 9 * 8000, 10 * 8000);
		assert_true(api_purity(&w, i) > 0.95);
		assert_ok(ahoy_agent_get_stats(w.agent[i], w.call[i], &stats, sizeof stats));
		assert_in_range(stats.packets, 499, 501);
		assert_int_equal(stats.lost, 0);
		assert_true(stats.mos > 4.0);
		assert_true(stats.has_remote); /* RTCP crossed too */
	}
	assert_ok(ahoy_agent_hangup(w.agent[A], w.now, w.call[A]));
	api_drain(&w);
	assert_string_equal(w.told[A], "ringing answered media ended");
	assert_string_equal(w.told[B], "incoming answered media ended");
	assert_int_equal(w.last[A].by, AHOY_AGENT_BY_US);
	assert_int_equal(w.last[B].by, AHOY_AGENT_BY_PEER);
	assert_true(ahoy_addr_eq(&w.last[A].media, &w.media[A]));
	assert_int_equal(ahoy_agent_state(w.agent[A], w.call[A]), AHOY_AGENT_CALL_GONE);
	/* When the last timers have run out nothing is left to be done, ever. */
	api_run(&w, AHOY_SECONDS(60));
	assert_true(ahoy_agent_next(w.agent[A]) == AHOY_NEVER);
	assert_true(ahoy_agent_next(w.agent[B]) == AHOY_NEVER);
	api_world_end(&w);
	test_env_fini(&te);
}

static void a_name_is_asked_for_and_an_address_is_not(void **state)
{
	const ahoy_agent_question *question;
	ahoy_agent_id request;
	uint64_t id;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	assert_ok(ahoy_agent_options(w.agent[A], w.now, w.account[A], AHOY_S("sip:192.0.2.2"), &request));
	assert_null(ahoy_agent_pop_question(w.agent[A]));
	assert_non_null(ahoy_agent_pop_out(w.agent[A]));
	assert_ok(ahoy_agent_options(w.agent[A], w.now, w.account[A], AHOY_S("sip:b.example:5070"), &request));
	question = ahoy_agent_pop_question(w.agent[A]);
	assert_non_null(question);
	assert_string_equal(question->host, "b.example");
	assert_int_equal(question->port, 5070);
	id = question->id;
	assert_null(ahoy_agent_pop_question(w.agent[A]));
	assert_null(ahoy_agent_pop_out(w.agent[A]));
	ahoy_agent_resolved(w.agent[A], w.now, id, &w.local[B], 1);
	api_drain(&w);
	assert_string_equal(w.told[A], "answer"); /* the first one's datagram went nowhere */
	assert_int_equal(w.last[A].status, 200);
	/* A name that is none, and one that has no address of our kind. */
	assert_ok(ahoy_agent_options(w.agent[A], w.now, w.account[A], AHOY_S("sip:nowhere.example"), &request));
	api_drain(&w);
	assert_int_equal(w.last[A].status, 0);
	assert_err(w.last[A].err, AHOY_ENETWORK);
	api_world_end(&w);
	test_env_fini(&te);
}

static void an_icmp_refusal_fails_at_once(void **state)
{
	ahoy_agent_id request;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	assert_ok(ahoy_agent_options(w.agent[A], w.now, w.account[A], AHOY_S("sip:192.0.2.77"), &request));
	{
		ahoy_addr nobody = api_addr("192.0.2.77:5060");

		ahoy_agent_send_failed(w.agent[A], w.now, &nobody);
	}
	api_drain(&w);
	assert_string_equal(w.told[A], "answer");
	assert_err(w.last[A].err, AHOY_ENETWORK);
	api_world_end(&w);
	test_env_fini(&te);
}

static bool all(void *ctx, unsigned from, ahoy_slice bytes)
{
	(void)ctx;
	(void)from;
	(void)bytes;
	return true;
}

static bool every_fifth(void *ctx, unsigned from, ahoy_slice bytes)
{
	unsigned *count = ctx;

	(void)from;
	(void)bytes;
	return ++*count % 5 == 0;
}

static void a_call_stands_where_a_fifth_of_all_datagrams_is_lost(void **state)
{
	unsigned count = 3;
	ahoy_agent_stats stats;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, "PCMU"));
	w.loses = every_fifth;
	w.ctx = &count;
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &w.call[A]));
	api_run(&w, AHOY_SECONDS(2));
	assert_string_equal(w.told[B], "incoming");
	assert_ok(ahoy_agent_answer(w.agent[B], w.now, w.call[B], &w.media[B]));
	w.hz[A] = 440;
	w.plays[A] = w.call[A];
	api_run(&w, AHOY_SECONDS(20));
	assert_string_equal(w.told[A], "answered media");
	assert_string_equal(w.told[B], "incoming answered media");
	assert_ok(ahoy_agent_get_stats(w.agent[B], w.call[B], &stats, sizeof stats));
	assert_true(stats.lost > 0 && stats.concealed > 0);
	assert_true(api_purity(&w, B) > 0.5);
	assert_ok(ahoy_agent_hangup(w.agent[A], w.now, w.call[A]));
	api_run(&w, AHOY_SECONDS(40));
	assert_string_equal(w.told[A], "answered media ended");
	assert_string_equal(w.told[B], "incoming answered media ended");
	api_world_end(&w);
	test_env_fini(&te);
}

static void rfc3261_17_1_1_2_nobody_there_ends_the_call_after_32_s(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	w.loses = all;
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &w.call[A]));
	api_run(&w, AHOY_SECONDS(31));
	assert_string_equal(w.told[A], "");
	api_run(&w, AHOY_SECONDS(2));
	assert_string_equal(w.told[A], "ended");
	assert_int_equal(w.last[A].by, AHOY_AGENT_BY_FAILURE);
	assert_err(w.last[A].err, AHOY_ETIMEOUT);
	assert_int_equal(w.datagrams, 7);
	api_world_end(&w);
	test_env_fini(&te);
}

/* Each allocation of both agents failing in turn, through a call with keys, hold, a message and its end: nothing leaks,
 * nothing hangs, and each call that was given an id ends exactly once. */
static void a_call_out_of_memory_still_ends_once(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		api_world w;
		int err = api_world_begin(&w, &te, "PCMU");

		if (!err) {
			ahoy_agent_id request;
			bool called = !ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@b.example"), &w.media[A],
						       &w.call[A]);

			api_drain(&w);
			(void)ahoy_agent_early_media(w.agent[B], w.now, w.call[B], &w.media[B]);
			api_drain(&w);
			(void)!ahoy_agent_answer(w.agent[B], w.now, w.call[B], &w.media[B]);
			api_run(&w, AHOY_MS(100));
			(void)!ahoy_agent_send_dtmf(w.agent[A], w.call[A], AHOY_S("5"), 40);
			(void)ahoy_agent_hold(w.agent[A], w.now, w.call[A], true);
			(void)!ahoy_agent_message(w.agent[B], w.now, w.account[B], AHOY_S("sip:a@192.0.2.1"), AHOY_S("hi"), &request);
			api_run(&w, AHOY_MS(300));
			(void)ahoy_agent_hangup(w.agent[A], w.now, w.call[A]);
			api_run(&w, AHOY_SECONDS(70));
			(void)ahoy_agent_hangup(w.agent[B], w.now, w.call[B]);
			api_run(&w, AHOY_SECONDS(70));
			assert_int_equal(w.ended[A], called ? 1 : 0);
			assert_int_equal(w.ended[B], strstr(w.told[B], "incoming") ? 1 : 0);
			if (!TEST_OOM_HIT(&te))
				assert_string_equal(w.told[A], "ringing media answered message changed ended");
		} else {
			assert_err(err, AHOY_ENOMEM);
		}
		api_world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_config_that_cannot_work_is_refused),
		cmocka_unit_test(what_belongs_to_nothing_is_dropped),
		cmocka_unit_test(a_call_in_virtual_time),
		cmocka_unit_test(a_name_is_asked_for_and_an_address_is_not),
		cmocka_unit_test(an_icmp_refusal_fails_at_once),
		cmocka_unit_test(a_call_stands_where_a_fifth_of_all_datagrams_is_lost),
		cmocka_unit_test(rfc3261_17_1_1_2_nobody_there_ends_the_call_after_32_s),
		cmocka_unit_test(a_call_out_of_memory_still_ends_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
