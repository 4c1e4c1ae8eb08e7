#include "media/drift.h"

#include <math.h>

#include "media/level.h"
#include "media/tone.h"
#include "oom.h"
#include "test.h"

#define RATE 16000
#define TARGET_MS 40

/* The rates of the two clocks' ticks in virtual time: put every 20 ms of the one, get every 10 ms of the other. */
typedef struct {
	const char *label;
	double put_ppm;
	unsigned put_jitter_ms; /* each put comes up to so much later than its tick */
	double minutes;
} run;

static const run runs[] = {
	{"equal clocks", 0, 0, 2},
	{"200 ppm fast", 200, 0, 5},
	{"200 ppm slow", -200, 0, 5},
	{"1000 ppm fast", 1000, 0, 5},
	{"1000 ppm slow", -1000, 0, 5},
	{"1000 ppm slow, uneven ticks", -1000, 15, 5},
};

typedef struct {
	uint64_t crossings;
	double first_s, last_s; /* of an upward zero crossing, in samples got */
	int16_t before;
	uint64_t heard;
} counter;

/* Upward zero crossings, placed between two samples. */
static void count(counter *c, const int16_t *pcm, size_t samples)
{
	for (size_t i = 0; i < samples; i++, c->heard++) {
		if (c->before < 0 && pcm[i] >= 0) {
			double at = (double)c->heard + (double)-c->before / (pcm[i] - c->before);

			if (c->crossings++ == 0)
				c->first_s = at;
			c->last_s = at;
		}
		c->before = pcm[i];
	}
}

static double frequency_hz(const counter *c)
{
	return (double)(c->crossings - 1) * RATE / (c->last_s - c->first_s);
}

static void drifting_clocks_never_run_dry_or_full_and_the_tone_stays(void **state)
{
	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(runs); r++) {
		const run *row = &runs[r];
		double put_step_us = 20000.0 / (1 + row->put_ppm * 1e-6), put_at = 0, get_at = 0, energy = 0;
		double least_ms = 1e9, most_ms = 0;
		uint64_t energy_samples = 0;
		unsigned random = 1;
		int16_t pcm[RATE / 50];
		ahoy_drift_stats stats;
		counter settled = {0};
		ahoy_drift *drift;
		ahoy_tone tone;
		test_env te;

		test_env_init(&te, 1);
		assert_ok(ahoy_drift_new(&te.env, RATE, TARGET_MS, &drift));
		ahoy_tone_init(&tone, RATE, 440, 0, -12);
		for (uint64_t puts = 0; get_at < row->minutes * 60e6;) {
			if (put_at <= get_at) {
				ahoy_tone_fill(&tone, pcm, RATE / 50);
				ahoy_drift_put(drift, pcm, RATE / 50);
				puts++;
				random = random * 1103515245u + 12345u;
				put_at = (double)puts * put_step_us +
					 (row->put_jitter_ms ? (random >> 16) % (1000 * row->put_jitter_ms) : 0);
				continue;
			}
			ahoy_drift_get(drift, pcm, RATE / 100);
			get_at += 10000;
			if (get_at < 1e6)
				continue;
			ahoy_drift_get_stats(drift, &stats);
			least_ms = fmin(least_ms, stats.fill_ms);
			most_ms = fmax(most_ms, stats.fill_ms);
			energy += ahoy_level_energy(pcm, RATE / 100);
			energy_samples += RATE / 100;
			if (get_at > (row->minutes - 1) * 60e6)
				count(&settled, pcm, RATE / 100);
		}
		ahoy_drift_get_stats(drift, &stats);
		assert_row(stats.underruns == 0, row->label);
		assert_row(stats.overruns == 0, row->label);
		/* One tick of either side, its unevenness, and what the loop needs for learning 1000 ppm. */
		assert_row(least_ms > TARGET_MS - 36 && most_ms < TARGET_MS + 36, row->label);
		assert_row(fabs(ahoy_level_dbov(energy, energy_samples) + 12) < 0.1, row->label);
		/* As the other clock made it: this is what "not resampled" would sound like on one clock. */
		assert_row(fabs(frequency_hz(&settled) - 440 * (1 + row->put_ppm * 1e-6)) < 440 * 100e-6, row->label);
		assert_row(fabs(stats.ppm - row->put_ppm) < 100, row->label);
		ahoy_drift_del(drift);
		test_env_fini(&te);
	}
}

/* The tone that best fits (known frequency, any phase) is taken out; what is left is the resampler's noise. */
static double noise_db(const int16_t *pcm, size_t samples, double hz, double rate_hz)
{
	double ss = 0, sc = 0, cc = 0, xs = 0, xc = 0, left = 0, all = 0, a, b;

	for (size_t i = 0; i < samples; i++) {
		double angle = 2 * 3.14159265358979 * hz / rate_hz * (double)i, s = sin(angle), c = cos(angle);

		ss += s * s, sc += s * c, cc += c * c, xs += pcm[i] * s, xc += pcm[i] * c;
	}
	a = (xs * cc - xc * sc) / (ss * cc - sc * sc);
	b = (xc * ss - xs * sc) / (ss * cc - sc * sc);
	for (size_t i = 0; i < samples; i++) {
		double angle = 2 * 3.14159265358979 * hz / rate_hz * (double)i;
		double rest = pcm[i] - a * sin(angle) - b * cos(angle);

		left += rest * rest;
		all += (double)pcm[i] * pcm[i];
	}
	return 10 * log10(left / all);
}

static void what_is_resampled_keeps_its_shape(void **state)
{
	static const double tones_hz[] = {100, 1000, 3000, 3400};
	int16_t pcm[80], out[400];

	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(tones_hz); t++) {
		double at = 0, best = 0;
		size_t got = 0;
		ahoy_drift *drift;
		ahoy_tone tone;
		test_env te;

		test_env_init(&te, 1);
		assert_ok(ahoy_drift_new(&te.env, 8000, TARGET_MS, &drift));
		ahoy_tone_init(&tone, 8000, tones_hz[t], 0, -10);
		/* 1000 ppm, for a minute; of the last 50 ms, in which the loop stands still, the noise. */
		for (int n = 0; n < 6000; n++) {
			for (; at <= n; at += 1 / 1.001) {
				ahoy_tone_fill(&tone, pcm, 80);
				ahoy_drift_put(drift, pcm, 80);
			}
			ahoy_drift_get(drift, pcm, 80);
			if (n >= 5995) {
				memcpy(out + got, pcm, sizeof pcm);
				got += 80;
			}
		}
		/* The loop breathes: the frequency is searched for around its nominal place. */
		for (double ppm = 0; ppm <= 3000; ppm += 5)
			best = fmin(best, noise_db(out, got, tones_hz[t] * (1 + ppm * 1e-6), 8000));
		print_message("%.0f Hz: noise at %.1f dB\n", tones_hz[t], best);
		assert_true(best < -50);
		ahoy_drift_del(drift);
		test_env_fini(&te);
	}
}

static void a_queue_that_ran_dry_fades_and_fills_anew(void **state)
{
	int16_t pcm[RATE / 50], loud[RATE / 50];
	ahoy_drift_stats stats;
	ahoy_drift *drift;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_drift_new(&te.env, RATE, TARGET_MS, &drift));
	for (size_t i = 0; i < ARRAY_LEN(loud); i++)
		loud[i] = 10000;
	/* Silence until the target is there. */
	ahoy_drift_put(drift, loud, ARRAY_LEN(loud));
	ahoy_drift_get(drift, pcm, ARRAY_LEN(pcm));
	assert_int_equal(pcm[0], 0);
	for (int i = 0; i < 2; i++)
		ahoy_drift_put(drift, loud, ARRAY_LEN(loud));
	ahoy_drift_get(drift, pcm, ARRAY_LEN(pcm));
	assert_in_range(pcm[ARRAY_LEN(pcm) - 1], 9990, 10010);
	for (int i = 0; i < 3; i++)
		ahoy_drift_get(drift, pcm, ARRAY_LEN(pcm));
	ahoy_drift_get_stats(drift, &stats);
	assert_int_equal(stats.underruns, 1);
	assert_int_equal(pcm[ARRAY_LEN(pcm) - 1], 0);
	for (int i = 0; i < 3; i++)
		ahoy_drift_put(drift, loud, ARRAY_LEN(loud));
	ahoy_drift_get(drift, pcm, ARRAY_LEN(pcm));
	assert_in_range(pcm[ARRAY_LEN(pcm) - 1], 9990, 10010);
	ahoy_drift_del(drift);
	test_env_fini(&te);
}

static void what_does_not_fit_is_dropped_at_the_old_end_and_counted(void **state)
{
	int16_t pcm[RATE / 50] = {0};
	ahoy_drift_stats stats;
	ahoy_drift *drift;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_drift_new(&te.env, RATE, TARGET_MS, &drift));
	for (int i = 0; i < 10; i++)
		ahoy_drift_put(drift, pcm, ARRAY_LEN(pcm));
	ahoy_drift_get_stats(drift, &stats);
	assert_in_range((unsigned)stats.fill_ms, 99, 100);
	assert_in_range(stats.overruns, RATE / 10 - 16, RATE / 10 + 16);
	ahoy_drift_del(drift);
	test_env_fini(&te);
}

static void numbers_outside_their_range_are_refused(void **state)
{
	ahoy_drift *drift;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_err(ahoy_drift_new(&te.env, 7999, 40, &drift), AHOY_ERANGE);
	assert_err(ahoy_drift_new(&te.env, 48001, 40, &drift), AHOY_ERANGE);
	assert_err(ahoy_drift_new(&te.env, 8000, AHOY_DRIFT_MIN_MS - 1, &drift), AHOY_ERANGE);
	assert_err(ahoy_drift_new(&te.env, 8000, AHOY_DRIFT_MAX_MS + 1, &drift), AHOY_ERANGE);
	ahoy_drift_del(NULL);
	test_env_fini(&te);
	TEST_EACH_OOM (&te, 1) {
		int err = ahoy_drift_new(&te.env, 8000, 40, &drift);

		if (TEST_OOM_HIT(&te))
			assert_err(err, AHOY_ENOMEM);
		else
			ahoy_drift_del(drift);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drifting_clocks_never_run_dry_or_full_and_the_tone_stays),
		cmocka_unit_test(what_is_resampled_keeps_its_shape),
		cmocka_unit_test(a_queue_that_ran_dry_fades_and_fills_anew),
		cmocka_unit_test(what_does_not_fit_is_dropped_at_the_old_end_and_counted),
		cmocka_unit_test(numbers_outside_their_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
