/* api/call_sound: PCM and keys across, whose packets are taken, statistics, and what happens when nobody takes the PCM. */
#include "api_world.h"

static void begin(test_env *te, api_world *w)
{
	test_env_init(te, 1);
	assert_ok(api_world_begin(w, te, "PCMU"));
	assert_ok(api_connect(w));
}

static void end(test_env *te, api_world *w)
{
	api_world_end(w);
	test_env_fini(te);
}

static void rfc4733_keys_go_both_ways(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_err(ahoy_agent_send_dtmf(w.agent[A], w.call[A], AHOY_S("1x"), 0), AHOY_EINVAL);
	assert_err(ahoy_agent_send_dtmf(w.agent[A], 99, AHOY_S("1"), 0), AHOY_ESTALE);
	assert_ok(ahoy_agent_send_dtmf(w.agent[A], w.call[A], AHOY_S("0123456789*#ABCD"), 0));
	assert_ok(ahoy_agent_send_dtmf(w.agent[B], w.call[B], AHOY_S("42"), 100));
	api_run(&w, AHOY_SECONDS(8));
	assert_string_equal(w.keys[B], "0123456789*#ABCD");
	assert_string_equal(w.keys[A], "42");
	end(&te, &w);
}

/* Keys from A to B and back, where both send and describe themselves so. */
static void keys_go(ahoy_agent_dtmf_way a, ahoy_agent_dtmf_way b)
{
	test_env te;
	api_world w;

	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, "PCMU"));
	assert_ok(ahoy_agent_set_dtmf_way(w.agent[A], a));
	assert_ok(ahoy_agent_set_dtmf_way(w.agent[B], b));
	assert_ok(api_connect(&w));
	assert_ok(ahoy_agent_send_dtmf(w.agent[A], w.call[A], AHOY_S("0123456789*#ABCD"), 0));
	assert_ok(ahoy_agent_send_dtmf(w.agent[B], w.call[B], AHOY_S("4,2"), 100));
	api_run(&w, AHOY_SECONDS(8));
	assert_string_equal(w.keys[B], "0123456789*#ABCD");
	assert_string_equal(w.keys[A], "42");
	end(&te, &w);
}

static void rfc6086_and_q23_keys_go_the_way_that_was_chosen(void **state)
{
	(void)state;
	keys_go(AHOY_AGENT_DTMF_INFO, AHOY_AGENT_DTMF_AUTO);
	keys_go(AHOY_AGENT_DTMF_INBAND, AHOY_AGENT_DTMF_INBAND);
	keys_go(AHOY_AGENT_DTMF_AUTO, AHOY_AGENT_DTMF_INBAND);
	keys_go(AHOY_AGENT_DTMF_RTP, AHOY_AGENT_DTMF_RTP);
}

static void keys_by_rtp_alone_need_telephone_events(void **state)
{
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, "PCMU"));
	assert_err(ahoy_agent_set_dtmf_way(w.agent[A], (ahoy_agent_dtmf_way)4), AHOY_EINVAL);
	assert_ok(ahoy_agent_set_dtmf_way(w.agent[A], AHOY_AGENT_DTMF_RTP));
	assert_ok(ahoy_agent_set_dtmf_way(w.agent[B], AHOY_AGENT_DTMF_INFO));
	assert_ok(api_connect(&w));
	assert_err(ahoy_agent_send_dtmf(w.agent[A], w.call[A], AHOY_S("1"), 0), AHOY_EUNSUPPORTED);
	end(&te, &w);
}

static void pcm_that_nobody_takes_is_bounded_and_the_newest_is_kept(void **state)
{
	int16_t pcm[500];
	size_t samples = 0, got;
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	w.deaf = 1 + A;
	api_run(&w, AHOY_SECONDS(5));
	while ((got = ahoy_agent_take_pcm(w.agent[A], w.call[A], pcm, ARRAY_LEN(pcm))) > 0)
		samples += got;
	assert_int_equal(samples, 8192);
	end(&te, &w);
}

static void a_stranger_is_not_heard(void **state)
{
	/* PCMU, 20 ms of the loudest sample. */
	static char packet[172] = {'\x80', 0, 0, 1};
	ahoy_addr stranger = api_addr("198.51.100.1:9000");
	ahoy_agent_stats before, after;
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	api_run(&w, AHOY_SECONDS(1));
	assert_ok(ahoy_agent_get_stats(w.agent[A], w.call[A], &before, sizeof before));
	ahoy_agent_recv(w.agent[A], w.now, &w.media[A], &stranger, ahoy_slice_make(packet, sizeof packet));
	assert_ok(ahoy_agent_get_stats(w.agent[A], w.call[A], &after, sizeof after));
	assert_int_equal(after.packets, before.packets);
	end(&te, &w);
}

static void statistics_fit_an_older_and_a_newer_program(void **state)
{
	struct {
		ahoy_agent_stats known;
		uint64_t newer;
	} large;
	ahoy_agent_stats small;
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	api_run(&w, AHOY_SECONDS(1));
	memset(&large, 0xff, sizeof large);
	assert_ok(ahoy_agent_get_stats(w.agent[A], w.call[A], &large.known, sizeof large));
	assert_int_equal(large.newer, 0);
	memset(&small, 0xff, sizeof small);
	assert_ok(ahoy_agent_get_stats(w.agent[A], w.call[A], &small, 8));
	assert_int_equal(small.packets_sent, large.known.packets_sent);
	assert_true(small.bytes_sent == UINT64_MAX);
	assert_err(ahoy_agent_get_stats(w.agent[A], 99, &small, sizeof small), AHOY_ESTALE);
	end(&te, &w);
}

static void a_call_without_sound_has_none(void **state)
{
	int16_t pcm[160] = {0};
	ahoy_agent_stats stats;
	ahoy_agent_id call;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	assert_ok(ahoy_agent_call(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &w.media[A], &call));
	assert_int_equal(ahoy_agent_sample_rate(w.agent[A], call), 0);
	assert_int_equal(ahoy_agent_room(w.agent[A], call), 0);
	assert_int_equal(ahoy_agent_queued(w.agent[A], call), 0);
	assert_int_equal(ahoy_agent_put_pcm(w.agent[A], call, pcm, 160), 0);
	assert_int_equal(ahoy_agent_take_pcm(w.agent[A], call, pcm, 160), 0);
	assert_err(ahoy_agent_get_stats(w.agent[A], call, &stats, sizeof stats), AHOY_ESTATE);
	end(&te, &w);
}

static void what_was_put_is_sent_and_then_nothing_is_queued(void **state)
{
	int16_t pcm[800] = {0};
	test_env te;
	api_world w;

	(void)state;
	begin(&te, &w);
	assert_true(ahoy_agent_room(w.agent[A], w.call[A]) >= 640);
	assert_int_equal(ahoy_agent_put_pcm(w.agent[A], w.call[A], pcm, 480), 480);
	assert_int_equal(ahoy_agent_queued(w.agent[A], w.call[A]), 480);
	api_run(&w, AHOY_MS(100));
	assert_int_equal(ahoy_agent_queued(w.agent[A], w.call[A]), 0);
	end(&te, &w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4733_keys_go_both_ways),
		cmocka_unit_test(rfc6086_and_q23_keys_go_the_way_that_was_chosen),
		cmocka_unit_test(keys_by_rtp_alone_need_telephone_events),
		cmocka_unit_test(pcm_that_nobody_takes_is_bounded_and_the_newest_is_kept),
		cmocka_unit_test(a_stranger_is_not_heard),
		cmocka_unit_test(statistics_fit_an_older_and_a_newer_program),
		cmocka_unit_test(a_call_without_sound_has_none),
		cmocka_unit_test(what_was_put_is_sent_and_then_nothing_is_queued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
