#include "media/session.h"

#include "media/level.h"
#include "oom.h"
#include "test.h"

#include "media_pair.h"

static media_pair p;

static bool near(double a, double b, double by)
{
	return a - b < by && b - a < by;
}

static void a_tone_is_heard_as_it_was_played(void **state)
{
	ahoy_audio_stats a, b;
	unsigned crossings = 0;

	(void)state;
	media_pair_init(&p);
	p.path_delay = AHOY_MS(40);
	media_pair_run(&p, 10000);
	ahoy_audio_get_stats(p.a, &a);
	ahoy_audio_get_stats(p.b, &b);
	/* From the first packet (40 ms) plus 60 ms of jitter buffer on, without a gap. */
	assert_in_range(p.heard_len, 8000 * 990 / 100 - 160, 8000 * 990 / 100 + 160);
	for (size_t i = 8001; i < 16000; i++)
		crossings += p.heard[i - 1] < 0 && p.heard[i] >= 0;
	assert_in_range(crossings, 439, 441);
	assert_true(near(ahoy_level_dbov(ahoy_level_energy(p.heard, p.heard_len), p.heard_len), -10, 0.3));
	assert_int_equal(a.packets_sent, 500);
	assert_int_equal(a.bytes_sent, 500 * 160);
	assert_int_equal(b.packets, 498);
	assert_int_equal(b.lost + b.late + b.discarded + b.duplicates + b.concealed + b.malformed, 0);
	assert_true(b.jitter_ms < 0.1);
	assert_true(near(b.level_dbov, -10, 0.3));
	assert_true(near(b.max_level_dbov, -10, 0.3));
	assert_true(near(b.above_60_s, 9.9, 0.1));
	assert_true(near(b.heard_s, 9.9, 0.1));
	assert_true(b.mos > 4.2);
	/* The other way was silence. */
	assert_true(a.above_60_s == 0);
	assert_true(a.level_dbov < -70);
	media_pair_fini(&p);
}

static bool every_tenth(unsigned packet)
{
	return packet % 10 == 9;
}

static void loss_is_counted_concealed_and_changes_no_length(void **state)
{
	ahoy_audio_stats b;

	(void)state;
	media_pair_init(&p);
	p.lose = every_tenth;
	media_pair_run(&p, 10000);
	ahoy_audio_get_stats(p.b, &b);
	assert_in_range(b.lost, 48, 50);
	assert_in_range(b.concealed, 48, 50);
	assert_in_range(p.heard_len, 8000 * 993 / 100 - 160, 8000 * 995 / 100);
	assert_true(near(ahoy_level_dbov(ahoy_level_energy(p.heard, p.heard_len), p.heard_len), -10, 1));
	assert_true(b.mos > 2 && b.mos < 4.2);
	media_pair_fini(&p);
}

static void nothing_is_heard_before_the_first_packet(void **state)
{
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];

	(void)state;
	media_pair_init(&p);
	assert_int_equal(ahoy_audio_take_pcm(p.b, p.now + AHOY_SECONDS(10), pcm, AHOY_AUDIO_MAX_FRAME), 0);
	media_pair_fini(&p);
}

static void rfc3264_8_hold_and_resume_keep_clock_and_statistics(void **state)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio_stats before, after;
	size_t heard;

	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 2000);
	ahoy_audio_get_stats(p.a, &before);
	config.send = false;
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	config = media_pair_config();
	config.recv = false;
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	heard = p.heard_len;
	media_pair_run(&p, 2000);
	ahoy_audio_get_stats(p.a, &after);
	assert_in_range(after.packets_sent, before.packets_sent, before.packets_sent + 1);
	assert_in_range(p.heard_len - heard, 16000 - 160, 16000 + 160);
	/* Silence but for what was in the jitter buffer. */
	assert_true(ahoy_level_energy(p.heard + heard + 1600, 8000) == 0);
	config = media_pair_config();
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	media_pair_run(&p, 2000);
	assert_true(ahoy_level_energy(p.heard + p.heard_len - 8000, 8000) > 1e9);
	ahoy_audio_get_stats(p.b, &after);
	assert_int_equal(after.lost, 0);
	media_pair_fini(&p);
}

static void rfc3264_8_3_2_the_codec_may_change_within_a_call(void **state)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio_stats b;

	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 1000);
	config.codecs[0] = (ahoy_audio_codec){&ahoy_codec_pcmu, 96, 96};
	config.codec_count = 1;
	config.ptime_ms = 30;
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	config.codecs[1] = (ahoy_audio_codec){&ahoy_codec_pcma, 8, 8};
	config.codec_count = 2;
	config.ptime_ms = 20;
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	media_pair_run(&p, 2000);
	ahoy_audio_get_stats(p.b, &b);
	assert_int_equal(b.unknown_payload + b.malformed + b.lost, 0);
	assert_int_equal(ahoy_audio_frame_samples(p.a), 240);
	assert_true(near(ahoy_level_dbov(ahoy_level_energy(p.heard + p.heard_len - 8000, 8000), 8000), -10, 0.5));
	media_pair_fini(&p);
}

static void bad_configurations_are_refused_and_change_nothing(void **state)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio *audio;

	(void)state;
	media_pair_init(&p);
	config.codec_count = 0;
	assert_err(ahoy_audio_configure(p.a, &config, p.now), AHOY_EINVAL);
	assert_err(ahoy_audio_new(&p.te.env, &config, AHOY_S("x"), 0, &audio), AHOY_EINVAL);
	config = media_pair_config();
	config.codecs[1].codec = NULL;
	assert_err(ahoy_audio_configure(p.a, &config, p.now), AHOY_EINVAL);
	config = media_pair_config();
	config.codecs[0].payload_send = 128;
	assert_err(ahoy_audio_configure(p.a, &config, p.now), AHOY_EINVAL);
	config = media_pair_config();
	config.sample_rate_hz = 8001;
	assert_err(ahoy_audio_configure(p.a, &config, p.now), AHOY_EINVAL);
	config.sample_rate_hz = 96000;
	assert_err(ahoy_audio_configure(p.a, &config, p.now), AHOY_EINVAL);
	config = media_pair_config();
	assert_err(ahoy_audio_new(&p.te.env, &config, (ahoy_slice){NULL, 0}, 0, &audio), AHOY_EINVAL);
	config.ptime_ms = 5000;
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	assert_int_equal(ahoy_audio_frame_samples(p.a), 480);
	media_pair_run(&p, 1000);
	assert_true(p.heard_len > 7000);
	media_pair_fini(&p);
}

static void without_memory_nothing_is_left_and_the_old_configuration_works_on(void **state)
{
	ahoy_audio_config config = media_pair_config();
	static test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 3) {
		ahoy_audio *audio = NULL;
		int err = ahoy_audio_new(&te.env, &config, AHOY_S("x"), AHOY_SECONDS(1), &audio);

		if (err == 0) {
			uint8_t bytes[AHOY_AUDIO_MAX_PACKET];

			err = ahoy_audio_configure(audio, &config, AHOY_SECONDS(1));
			assert_int_equal(ahoy_audio_pop_rtp(audio, AHOY_SECONDS(1), bytes, sizeof bytes), 172);
			ahoy_audio_del(audio);
		}
		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
	}
	ahoy_audio_del(NULL);
}

static void the_deadline_is_never_later_than_a_packet(void **state)
{
	(void)state;
	media_pair_init(&p);
	for (int i = 0; i < 100; i++) {
		media_pair_run(&p, 10);
		assert_true(ahoy_audio_deadline(p.a) <= p.now + AHOY_MS(20));
		assert_true(ahoy_audio_deadline(p.b) + AHOY_MS(10) >= p.now);
	}
	media_pair_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_is_heard_as_it_was_played),
		cmocka_unit_test(loss_is_counted_concealed_and_changes_no_length),
		cmocka_unit_test(nothing_is_heard_before_the_first_packet),
		cmocka_unit_test(rfc3264_8_hold_and_resume_keep_clock_and_statistics),
		cmocka_unit_test(rfc3264_8_3_2_the_codec_may_change_within_a_call),
		cmocka_unit_test(bad_configurations_are_refused_and_change_nothing),
		cmocka_unit_test(without_memory_nothing_is_left_and_the_old_configuration_works_on),
		cmocka_unit_test(the_deadline_is_never_later_than_a_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
