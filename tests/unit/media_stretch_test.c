#include "media/stretch.h"

#include <math.h>
#include <stdlib.h>

#include "media/level.h"
#include "media/tone.h"
#include "test.h"
#include "voice.h"

#define MAX_FRAME 960

/* The largest step from one sample to the next. */
static int steepest(const int16_t *pcm, size_t samples)
{
	int most = 0;

	for (size_t i = 1; i < samples; i++)
		most = abs(pcm[i] - pcm[i - 1]) > most ? abs(pcm[i] - pcm[i - 1]) : most;
	return most;
}

static void a_tone_is_cut_and_stretched_by_whole_periods(void **state)
{
	static const struct {
		uint32_t rate_hz;
		double hz;
	} rows[] = {{8000, 400}, {8000, 1000}, {16000, 400}, {48000, 250}};

	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		size_t frame = rows[r].rate_hz / 50, period = (size_t)(rows[r].rate_hz / rows[r].hz), changed;
		int16_t pcm[2 * MAX_FRAME], one[MAX_FRAME];
		int before;
		ahoy_tone tone;

		ahoy_tone_init(&tone, rows[r].rate_hz, rows[r].hz, 0, -12);
		ahoy_tone_fill(&tone, one, frame);
		before = steepest(one, frame);
		memcpy(pcm, one, sizeof one);
		changed = ahoy_stretch_shorten(pcm, frame, rows[r].rate_hz, frame);
		assert_true(changed >= rows[r].rate_hz * AHOY_STRETCH_LEAST_MS / 1000 && changed <= frame / 2);
		assert_int_equal(changed % period, 0);
		assert_in_range(steepest(pcm, frame - changed), before - before / 50, before + before / 50);
		memcpy(pcm, one, sizeof one);
		changed = ahoy_stretch_lengthen(pcm, frame, rows[r].rate_hz, frame);
		assert_true(changed > 0 && changed <= frame / 2);
		assert_int_equal(changed % period, 0);
		assert_in_range(steepest(pcm, frame + changed), before - before / 50, before + before / 50);
		/* Both ends are the packet's own, so that its neighbours fit. */
		assert_memory_equal(pcm + changed + frame / 2, one + frame / 2, (frame - frame / 2) * sizeof *one);
	}
}

static void speech_follows_at_a_tenth_of_its_speed_and_keeps_its_level(void **state)
{
	static const int directions[] = {1, -1};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(directions); k++) {
		test_voice voice = {.rate_hz = 8000};
		ahoy_stretch stretch = {0};
		double energy = 0, energy_before = 0;
		uint64_t samples = 0, samples_before = 0;
		int16_t pcm[320];
		double part;

		for (int n = 0; n < 50 * 30; n++) {
			size_t now;

			for (size_t i = 0; i < 160; i++)
				pcm[i] = test_pcm_of(test_voice_next(&voice, 10000));
			energy_before += ahoy_level_energy(pcm, 160);
			samples_before += 160;
			now = ahoy_stretch_follow(&stretch, directions[k] * 4000, pcm, 160, 8000);
			energy += ahoy_level_energy(pcm, now);
			samples += now;
		}
		part = (double)samples / (double)samples_before;
		print_message("speech of 1 s becomes %.3f s\n", part);
		assert_true(k == 0 ? part < 0.91 : part > 1.09);
		assert_true(fabs(ahoy_level_dbov(energy, samples) - ahoy_level_dbov(energy_before, samples_before)) < 0.7);
	}
}

static void noise_is_left_alone_and_quiet_is_not(void **state)
{
	uint32_t random = 1;
	int16_t pcm[320];

	(void)state;
	for (size_t i = 0; i < 160; i++)
		pcm[i] = test_pcm_of(8000 * test_noise(&random));
	assert_int_equal(ahoy_stretch_shorten(pcm, 160, 8000, 80), 0);
	assert_int_equal(ahoy_stretch_lengthen(pcm, 160, 8000, 80), 0);
	for (size_t i = 0; i < 160; i++)
		pcm[i] = (int16_t)(pcm[i] / 200);
	assert_int_equal(ahoy_stretch_shorten(pcm, 160, 8000, 57), 57);
	assert_int_equal(ahoy_stretch_lengthen(pcm, 160, 8000, 57), 57);
}

static void what_is_too_short_or_too_little_is_left_alone(void **state)
{
	int16_t pcm[320] = {0};
	ahoy_stretch stretch = {0};

	(void)state;
	assert_int_equal(ahoy_stretch_shorten(pcm, 79, 8000, 40), 0);
	assert_int_equal(ahoy_stretch_shorten(pcm, 160, 8000, 15), 0);
	assert_int_equal(ahoy_stretch_shorten(pcm, 160, 8000, 10000), 80);
	assert_int_equal(ahoy_stretch_lengthen(pcm, 160, 8000, 10000), 80);
	/* Not each packet: the third, the sixth, … */
	for (int n = 1; n <= 9; n++)
		assert_int_equal(ahoy_stretch_follow(&stretch, 1000, pcm, 160, 8000), n % 3 ? 160 : 80);
	assert_int_equal(ahoy_stretch_follow(&stretch, 0, pcm, 160, 8000), 160);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_is_cut_and_stretched_by_whole_periods),
		cmocka_unit_test(speech_follows_at_a_tenth_of_its_speed_and_keeps_its_level),
		cmocka_unit_test(noise_is_left_alone_and_quiet_is_not),
		cmocka_unit_test(what_is_too_short_or_too_little_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
