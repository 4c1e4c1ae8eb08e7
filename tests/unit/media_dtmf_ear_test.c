#include "media/dtmf_ear.h"

#include "media/tone.h"
#include "oom.h"
#include "test.h"
#include "voice.h"

static const double rows_hz[] = {697, 770, 852, 941}, columns_hz[] = {1209, 1336, 1477, 1633};
static const char layout[] = "123A456B789C*0#D";
static uint32_t random_state;

/* A key as an exchange sends it, with a little noise; key '\0': only that. In pieces of 20 ms. */
static void play(ahoy_dtmf_ear *ear, uint32_t rate_hz, char key, unsigned ms, double level_dbov)
{
	const char *place = key ? strchr(layout, key) : NULL;
	int16_t pcm[960];
	ahoy_tone tone;

	if (place)
		ahoy_tone_init(&tone, rate_hz, rows_hz[(place - layout) / 4], columns_hz[(place - layout) % 4],
			       level_dbov);
	for (unsigned at = 0; at < ms; at += 20) {
		size_t samples = rate_hz / 50;

		memset(pcm, 0, sizeof pcm);
		if (place)
			ahoy_tone_fill(&tone, pcm, samples);
		for (size_t i = 0; i < samples; i++)
			pcm[i] = test_pcm_of(pcm[i] + 30 * test_noise(&random_state));
		ahoy_dtmf_ear_hear(ear, pcm, samples);
	}
}

static void q24_each_key_is_heard_once_at_every_rate(void **state)
{
	static const uint32_t rates_hz[] = {8000, 16000, 44100, 48000};

	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(rates_hz); r++) {
		ahoy_dtmf_ear *ear;
		unsigned ms;
		test_env te;

		test_env_init(&te, 1);
		assert_ok(ahoy_dtmf_ear_new(&te.env, rates_hz[r], &ear));
		for (const char *key = layout; *key; key++) {
			play(ear, rates_hz[r], *key, 100, -15);
			assert_int_equal(ahoy_dtmf_ear_pop(ear, &ms), '\0');
			play(ear, rates_hz[r], '\0', 60, 0);
			assert_int_equal(ahoy_dtmf_ear_pop(ear, &ms), *key);
			assert_in_range(ms, 70, 140);
			assert_int_equal(ahoy_dtmf_ear_pop(ear, &ms), '\0');
		}
		/* The same key twice is two keys, and a long one is one. */
		play(ear, rates_hz[r], '5', 60, -20);
		play(ear, rates_hz[r], '\0', 60, 0);
		play(ear, rates_hz[r], '5', 1000, -20);
		play(ear, rates_hz[r], '\0', 60, 0);
		assert_int_equal(ahoy_dtmf_ear_pop(ear, &ms), '5');
		assert_int_equal(ahoy_dtmf_ear_pop(ear, &ms), '5');
		assert_in_range(ms, 940, 1060);
		assert_int_equal(ahoy_dtmf_ear_pop(ear, &ms), '\0');
		ahoy_dtmf_ear_del(ear);
		test_env_fini(&te);
	}
}

static void q24_what_is_too_short_or_too_quiet_is_no_key(void **state)
{
	ahoy_dtmf_ear *ear;
	unsigned ms;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_dtmf_ear_new(&te.env, 8000, &ear));
	play(ear, 8000, '1', 20, -15);
	play(ear, 8000, '\0', 100, 0);
	play(ear, 8000, '2', 200, -55);
	play(ear, 8000, '\0', 100, 0);
	assert_int_equal(ahoy_dtmf_ear_pop(ear, &ms), '\0');
	ahoy_dtmf_ear_del(ear);
	test_env_fini(&te);
}

static void speech_and_single_tones_are_no_keys(void **state)
{
	test_voice voice = {.rate_hz = 8000};
	int16_t pcm[160];
	ahoy_dtmf_ear *ear;
	ahoy_tone tone;
	unsigned ms;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_dtmf_ear_new(&te.env, 8000, &ear));
	for (int n = 0; n < 50 * 120; n++) {
		for (size_t i = 0; i < ARRAY_LEN(pcm); i++)
			pcm[i] = test_pcm_of(test_voice_next(&voice, 12000));
		ahoy_dtmf_ear_hear(ear, pcm, ARRAY_LEN(pcm));
	}
	ahoy_tone_init(&tone, 8000, 770, 0, -15);
	for (int n = 0; n < 50; n++) {
		ahoy_tone_fill(&tone, pcm, ARRAY_LEN(pcm));
		ahoy_dtmf_ear_hear(ear, pcm, ARRAY_LEN(pcm));
	}
	assert_int_equal(ahoy_dtmf_ear_pop(ear, &ms), '\0');
	ahoy_dtmf_ear_del(ear);
	test_env_fini(&te);
}

static void keys_that_nobody_fetches_push_out_the_oldest(void **state)
{
	ahoy_dtmf_ear *ear;
	unsigned ms, count = 0;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_dtmf_ear_new(&te.env, 8000, &ear));
	play(ear, 8000, '1', 60, -15);
	for (int n = 0; n < AHOY_MAX_DTMF_QUEUE; n++) {
		play(ear, 8000, '\0', 60, 0);
		play(ear, 8000, '2', 60, -15);
	}
	play(ear, 8000, '\0', 60, 0);
	for (char key; (key = ahoy_dtmf_ear_pop(ear, &ms)); count++)
		assert_int_equal(key, '2');
	assert_int_equal(count, AHOY_MAX_DTMF_QUEUE);
	ahoy_dtmf_ear_del(ear);
	test_env_fini(&te);
}

static void rates_outside_their_range_are_refused(void **state)
{
	ahoy_dtmf_ear *ear;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_err(ahoy_dtmf_ear_new(&te.env, 7999, &ear), AHOY_ERANGE);
	assert_err(ahoy_dtmf_ear_new(&te.env, 48001, &ear), AHOY_ERANGE);
	ahoy_dtmf_ear_del(NULL);
	test_env_fini(&te);
	TEST_EACH_OOM (&te, 1) {
		int err = ahoy_dtmf_ear_new(&te.env, 16000, &ear);

		if (TEST_OOM_HIT(&te))
			assert_err(err, AHOY_ENOMEM);
		else
			ahoy_dtmf_ear_del(ear);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(q24_each_key_is_heard_once_at_every_rate),
		cmocka_unit_test(q24_what_is_too_short_or_too_quiet_is_no_key),
		cmocka_unit_test(speech_and_single_tones_are_no_keys),
		cmocka_unit_test(keys_that_nobody_fetches_push_out_the_oldest),
		cmocka_unit_test(rates_outside_their_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
