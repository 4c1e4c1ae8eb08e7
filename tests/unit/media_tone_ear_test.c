/* media/tone_ear: a tone is heard where it is and nowhere else. */
#include "media/tone_ear.h"

#include <math.h>

#include "media/tone.h"
#include "test.h"

#define MOST 48000

static int16_t pcm[MOST];

/* One second of these two tones (0: none), at this level each, in frames of 20 ms. */
static ahoy_tone_heard heard(double wanted_hz, uint32_t rate_hz, double first_hz, double second_hz, double level_dbov)
{
	ahoy_tone tone;
	ahoy_tone_ear ear;
	ahoy_tone_heard out;

	ahoy_tone_ear_init(&ear);
	assert_ok(ahoy_tone_ear_add(&ear, wanted_hz));
	ahoy_tone_init(&tone, rate_hz, first_hz, second_hz, level_dbov);
	ahoy_tone_fill(&tone, pcm, rate_hz);
	for (uint32_t at = 0; at < rate_hz; at += rate_hz / 50)
		ahoy_tone_ear_hear(&ear, pcm + at, rate_hz / 50, rate_hz);
	ahoy_tone_ear_get(&ear, 0, &out);
	return out;
}

static bool near(double a, double b, double by)
{
	return fabs(a - b) <= by;
}

static void a_tone_is_heard_with_its_frequency_and_level(void **state)
{
	static const double frequencies[] = {100, 300, 440, 1004, 2000, 3400};
	static const uint32_t rates[] = {8000, 16000, 24000, 48000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(frequencies); i++) {
		for (size_t k = 0; k < ARRAY_LEN(rates); k++) {
			ahoy_tone_heard h = heard(frequencies[i], rates[k], frequencies[i], 0, -15);

			assert_true(near(h.heard_s, 1.0, 0.001));
			assert_true(near(h.heard_hz, frequencies[i], frequencies[i] * 0.004));
			assert_true(near(h.level_dbov, -15, 0.1));
		}
	}
}

static const struct {
	const char *row;
	double wanted_hz, first_hz, second_hz, level_dbov;
	bool is_heard;
} table[] = {
	{"1.5 % above", 440, 446.6, 0, -15, true},
	{"1.5 % below", 440, 433.4, 0, -15, true},
	{"2.5 % above", 440, 451, 0, -15, false},
	{"2.5 % below", 440, 429, 0, -15, false},
	{"1.5 % above, high", 3000, 3045, 0, -15, true},
	{"2.5 % above, high", 3000, 3075, 0, -15, false},
	{"2.5 % below, high", 3000, 2925, 0, -15, false},
	{"an octave off", 440, 880, 0, -15, false},
	{"its third harmonic alone", 440, 1320, 0, -15, false},
	{"just loud enough", 440, 440, 0, -39, true},
	{"too soft", 440, 440, 0, -41, false},
	{"silence", 440, 0, 0, -127, false},
	{"one of two equal tones does not dominate", 697, 697, 1209, -15, false},
	{"nor does the other", 1209, 697, 1209, -15, false},
	{"above half of the rate", 5000, 3000, 0, -15, false},
};

static void only_a_tone_within_two_percent_that_is_loud_and_dominates_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_tone_heard h = heard(table[i].wanted_hz, 8000, table[i].first_hz, table[i].second_hz, table[i].level_dbov);

		assert_row((h.heard_s >= 0.9) == table[i].is_heard, table[i].row);
		assert_row(table[i].is_heard || h.heard_s < 0.01, table[i].row);
	}
}

/* White noise from a fixed seed. */
static void add_noise(int16_t *to, size_t samples, double peak)
{
	uint32_t seed = 12345;

	for (size_t i = 0; i < samples; i++) {
		seed = seed * 1664525u + 1013904223u;
		to[i] = (int16_t)(to[i] + ((double)seed / 2147483648.0 - 1.0) * peak);
	}
}

static void noise_alone_is_no_tone_and_a_tone_in_some_noise_is_one(void **state)
{
	ahoy_tone_ear ear;
	ahoy_tone_heard h;
	ahoy_tone tone;

	(void)state;
	memset(pcm, 0, sizeof pcm);
	add_noise(pcm, 8000, 8000);
	ahoy_tone_ear_init(&ear);
	assert_ok(ahoy_tone_ear_add(&ear, 1000));
	ahoy_tone_ear_hear(&ear, pcm, 8000, 8000);
	ahoy_tone_ear_get(&ear, 0, &h);
	assert_true(h.heard_s < 0.05);
	/* 10 dB above the noise. */
	ahoy_tone_init(&tone, 8000, 1000, 0, -15);
	ahoy_tone_fill(&tone, pcm, 8000);
	add_noise(pcm, 8000, 3200);
	ahoy_tone_ear_init(&ear);
	assert_ok(ahoy_tone_ear_add(&ear, 1000));
	ahoy_tone_ear_hear(&ear, pcm, 8000, 8000);
	ahoy_tone_ear_get(&ear, 0, &h);
	assert_true(h.heard_s > 0.95);
	assert_true(near(h.heard_hz, 1000, 3));
}

static void pieces_of_any_size_are_heard_alike_and_another_rate_begins_anew(void **state)
{
	ahoy_tone_ear whole, cut;
	ahoy_tone_heard a, b;
	ahoy_tone tone;

	(void)state;
	ahoy_tone_init(&tone, 8000, 440, 0, -20);
	ahoy_tone_fill(&tone, pcm, 8000);
	ahoy_tone_ear_init(&whole);
	ahoy_tone_ear_init(&cut);
	assert_ok(ahoy_tone_ear_add(&whole, 440));
	assert_ok(ahoy_tone_ear_add(&cut, 440));
	ahoy_tone_ear_hear(&whole, pcm, 8000, 8000);
	for (size_t at = 0; at < 8000; at++)
		ahoy_tone_ear_hear(&cut, pcm + at, 1, 8000);
	ahoy_tone_ear_get(&whole, 0, &a);
	ahoy_tone_ear_get(&cut, 0, &b);
	assert_memory_equal(&a, &b, sizeof a);
	/* Half of a block at one rate and half at another are no block. */
	ahoy_tone_ear_hear(&cut, pcm, 160, 8000);
	ahoy_tone_ear_hear(&cut, pcm, 320, 16000);
	ahoy_tone_ear_hear(&cut, pcm, 160, 8000);
	ahoy_tone_ear_get(&cut, 0, &b);
	assert_true(near(b.heard_s, a.heard_s, 0.0001));
}

static void four_tones_are_listened_for_and_no_more(void **state)
{
	ahoy_tone_ear ear;

	(void)state;
	ahoy_tone_ear_init(&ear);
	assert_err(ahoy_tone_ear_add(&ear, 99.9), AHOY_EINVAL);
	assert_err(ahoy_tone_ear_add(&ear, 20000.5), AHOY_EINVAL);
	assert_err(ahoy_tone_ear_add(&ear, NAN), AHOY_EINVAL);
	for (int i = 0; i < AHOY_TONE_EAR_TONES; i++)
		assert_ok(ahoy_tone_ear_add(&ear, 440));
	assert_err(ahoy_tone_ear_add(&ear, 440), AHOY_EFULL);
	ahoy_tone_ear_hear(&ear, pcm, 100, 4000);
	ahoy_tone_ear_hear(&ear, pcm, 100, 96000);
	assert_int_equal(ear.filled, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_is_heard_with_its_frequency_and_level),
		cmocka_unit_test(only_a_tone_within_two_percent_that_is_loud_and_dominates_counts),
		cmocka_unit_test(noise_alone_is_no_tone_and_a_tone_in_some_noise_is_one),
		cmocka_unit_test(pieces_of_any_size_are_heard_alike_and_another_rate_begins_anew),
		cmocka_unit_test(four_tones_are_listened_for_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
