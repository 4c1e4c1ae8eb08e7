/* media/resample: length, frequency, level and aliases of resampled sound. */
#include "media/resample.h"

#include <math.h>
#include <stdlib.h>

#include "oom.h"
#include "test.h"
#include "test_env.h"

static test_env te;
static const double pi = 3.14159265358979323846;

/* Resamples `count` samples of a sine in uneven pieces; returns how many came out. */
static size_t run(uint32_t from_hz, uint32_t to_hz, double tone_hz, size_t count, int16_t *out, size_t cap)
{
	static const size_t pieces[] = {1, 7, 160, 999, 4096};
	ahoy_resampler *r;
	size_t done = 0, at = 0, turn = 0;

	assert_ok(ahoy_resampler_new(&te.env, AHOY_RESAMPLE_FILE, from_hz, to_hz, &r));
	for (;;) {
		float in[4096];
		size_t got, n = pieces[turn++ % ARRAY_LEN(pieces)];

		if (n > count - at)
			n = count - at;
		for (size_t i = 0; i < n; i++)
			in[i] = (float)(0.5 * sin(2 * pi * tone_hz * (double)(at + i) / from_hz));
		at += ahoy_resampler_put(r, in, n);
		if (at == count)
			ahoy_resampler_end(r);
		got = ahoy_resampler_take(r, out + done, cap - done);
		done += got;
		if (at == count && got == 0)
			break;
	}
	ahoy_resampler_del(r);
	return done;
}

/* Amplitude (full scale 1) of one frequency in the middle half, by Goertzel's sum done plainly. */
static double amplitude(const int16_t *pcm, size_t count, double hz, uint32_t rate_hz)
{
	double re = 0, im = 0;
	size_t from = count / 4, n = count / 2;

	for (size_t i = 0; i < n; i++) {
		double window = 0.5 - 0.5 * cos(2 * pi * (double)i / (double)n), angle = 2 * pi * hz * (double)i / rate_hz;

		re += window * pcm[from + i] * cos(angle);
		im += window * pcm[from + i] * sin(angle);
	}
	return 4 * sqrt(re * re + im * im) / (double)n / 32768.0;
}

static const uint32_t rates[][2] = {
	{44100, 8000},
	{48000, 8000},
	{8000, 48000},
	{16000, 8000},
	{11025, 8000},
	{22050, 16000},
	{8000, 8000},
	{12345, 7919},
	{384000, 8000},
};

static void the_length_is_exact_for_any_pair_of_rates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		size_t count = rates[i][0] / 2 + 3, cap = rates[i][1] + 100;
		int16_t *out = malloc(cap * sizeof *out);
		size_t got = run(rates[i][0], rates[i][1], 440, count, out, cap);
		/* One output for each moment before the input's end. */
		uint64_t expected = ((uint64_t)count * rates[i][1] + rates[i][0] - 1) / rates[i][0];

		assert_int_equal(got, expected);
		free(out);
	}
}

static void a_tone_keeps_its_frequency_and_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		size_t cap = rates[i][1] + 100;
		int16_t *out = malloc(cap * sizeof *out);
		size_t got = run(rates[i][0], rates[i][1], 1000, rates[i][0], out, cap);
		double level = amplitude(out, got, 1000, rates[i][1]);

		if (fabs(level - 0.5) > 0.005)
			fail_msg("%u to %u Hz: amplitude %f", rates[i][0], rates[i][1], level);
		free(out);
	}
}

static void what_is_above_the_new_nyquist_frequency_does_not_come_back_as_an_alias(void **state)
{
	int16_t *out = malloc(8100 * sizeof *out);
	size_t got = run(44100, 8000, 5000, 44100, out, 8100);

	(void)state;
	/* 5000 Hz at 8000 Hz would be heard at 3000. */
	assert_true(amplitude(out, got, 3000, 8000) < 0.5 * 0.0003);
	free(out);
}

static void images_are_filtered_on_the_way_up(void **state)
{
	int16_t *out = malloc(48100 * sizeof *out);
	size_t got = run(8000, 48000, 3000, 8000, out, 48100);

	(void)state;
	assert_true(amplitude(out, got, 5000, 48000) < 0.5 * 0.0003);
	free(out);
}

static void equal_rates_pass_bit_for_bit_and_clip_at_full_scale(void **state)
{
	static const float in[] = {0, 1.0f / 32768, -1, 0.999969482421875f, 1, 2, -3};
	static const int16_t expected[] = {0, 1, -32768, 32767, 32767, 32767, -32768};
	int16_t out[10];
	ahoy_resampler *r;

	(void)state;
	assert_ok(ahoy_resampler_new(&te.env, AHOY_RESAMPLE_FILE, 8000, 8000, &r));
	assert_int_equal(ahoy_resampler_put(r, in, ARRAY_LEN(in)), ARRAY_LEN(in));
	assert_int_equal(ahoy_resampler_take(r, out, 10), ARRAY_LEN(in));
	assert_memory_equal(out, expected, sizeof expected);
	ahoy_resampler_del(r);
}

static void nothing_in_gives_nothing_out(void **state)
{
	ahoy_resampler *r;
	int16_t out[10];

	(void)state;
	assert_ok(ahoy_resampler_new(&te.env, AHOY_RESAMPLE_FILE, 44100, 8000, &r));
	assert_int_equal(ahoy_resampler_take(r, out, 10), 0);
	ahoy_resampler_end(r);
	assert_int_equal(ahoy_resampler_take(r, out, 10), 0);
	assert_int_equal(ahoy_resampler_room(r), 0);
	ahoy_resampler_del(r);
}

static void rates_outside_the_range_are_refused(void **state)
{
	ahoy_resampler *r;

	(void)state;
	assert_err(ahoy_resampler_new(&te.env, AHOY_RESAMPLE_FILE, 0, 8000, &r), AHOY_ERANGE);
	assert_err(ahoy_resampler_new(&te.env, AHOY_RESAMPLE_FILE, 8000, 400000, &r), AHOY_ERANGE);
}

/* What a call needs: 20 ms in, 20 ms out, each time, for each pair of rates that a session can have. */
static void live_gives_a_whole_frame_for_each_frame(void **state)
{
	static const uint32_t live_rates[] = {8000, 16000, 24000, 32000, 44100, 48000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(live_rates); i++)
		for (size_t k = 0; k < ARRAY_LEN(live_rates); k++)
			for (uint32_t ms = 10; ms <= 60; ms += 10) {
				uint32_t from = live_rates[i] * ms / 1000, to = live_rates[k] * ms / 1000;
				int16_t in[2880] = {0}, out[2890];
				ahoy_resampler *r;

				assert_ok(ahoy_resampler_new(&te.env, AHOY_RESAMPLE_LIVE, live_rates[i], live_rates[k], &r));
				for (int turn = 0; turn < 20; turn++)
					assert_int_equal(ahoy_resampler_run(r, in, from, out, ARRAY_LEN(out)), to);
				ahoy_resampler_del(r);
			}
}

static void live_keeps_level_and_is_late_by_forty_samples(void **state)
{
	enum {
		TO = 48000,
		FROM = 8000
	};
	int16_t *in = malloc(FROM * sizeof *in), *out = malloc(TO * sizeof *out);
	size_t done = 0, loudest = 0;
	ahoy_resampler *r;

	(void)state;
	for (size_t i = 0; i < FROM; i++)
		in[i] = (int16_t)(16384 * sin(2 * pi * 1000 * (double)i / FROM));
	assert_ok(ahoy_resampler_new(&te.env, AHOY_RESAMPLE_LIVE, FROM, TO, &r));
	for (size_t at = 0; at < FROM; at += 160)
		done += ahoy_resampler_run(r, in + at, 160, out + done, TO - done);
	ahoy_resampler_del(r);
	assert_int_equal(done, TO);
	assert_true(fabs(amplitude(out, done, 1000, TO) - 0.5) < 0.01);
	assert_true(amplitude(out, done, 7000, TO) < 0.5 * 0.001);

	memset(in, 0, FROM * sizeof *in);
	in[0] = 20000;
	assert_ok(ahoy_resampler_new(&te.env, AHOY_RESAMPLE_LIVE, FROM, TO, &r));
	ahoy_resampler_run(r, in, FROM, out, TO);
	for (size_t i = 0; i < TO; i++)
		loudest = abs(out[i]) > abs(out[loudest]) ? i : loudest;
	assert_in_range(loudest, 39 * 6, 41 * 6);
	ahoy_resampler_del(r);
	free(in);
	free(out);
}

static void out_of_memory_leaves_nothing_behind(void **state)
{
	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_resampler *r = NULL;
		int err = ahoy_resampler_new(&te.env, AHOY_RESAMPLE_LIVE, 8000, 16000, &r);

		if (TEST_OOM_HIT(&te))
			assert_err(err, AHOY_ENOMEM);
		else
			assert_ok(err);
		ahoy_resampler_del(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_length_is_exact_for_any_pair_of_rates),
		cmocka_unit_test(a_tone_keeps_its_frequency_and_level),
		cmocka_unit_test(what_is_above_the_new_nyquist_frequency_does_not_come_back_as_an_alias),
		cmocka_unit_test(images_are_filtered_on_the_way_up),
		cmocka_unit_test(equal_rates_pass_bit_for_bit_and_clip_at_full_scale),
		cmocka_unit_test(nothing_in_gives_nothing_out),
		cmocka_unit_test(live_gives_a_whole_frame_for_each_frame),
		cmocka_unit_test(live_keeps_level_and_is_late_by_forty_samples),
		cmocka_unit_test(out_of_memory_leaves_nothing_behind),
		cmocka_unit_test(rates_outside_the_range_are_refused),
	};

	test_env_init(&te, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
