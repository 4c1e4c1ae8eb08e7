/* media/comfort_noise: RFC 3389's payload, and noise of the level and the colour that it says. */
#include "media/comfort_noise.h"

#include <math.h>

#include "media/level.h"
#include "test.h"
#include "voice.h"

#define SAMPLES 16000

static int16_t pcm[SAMPLES];

static double level(const int16_t *samples, size_t count)
{
	return ahoy_level_dbov(ahoy_level_energy(samples, count), count);
}

/* r1 / r0: near 1 for rumble, 0 for white noise, below 0 for hiss. */
static double colour(const int16_t *samples, size_t count)
{
	double zero = 0, one = 0;

	for (size_t i = 1; i < count; i++) {
		zero += (double)samples[i] * samples[i];
		one += (double)samples[i] * samples[i - 1];
	}
	return one / zero;
}

/* White noise through a pole: r1 / r0 is about `pole`. */
static void fill_coloured(double pole, double peak)
{
	uint32_t random = 7;
	double last = 0;

	for (size_t i = 0; i < SAMPLES; i++) {
		last = pole * last + (1 - fabs(pole)) * test_noise(&random) * peak;
		pcm[i] = test_pcm_of(last);
	}
}

static void rfc3389_3_a_payload_is_a_level_and_coefficients(void **state)
{
	static const struct {
		uint8_t payload[16];
		size_t len;
		int err;
		double level;
		unsigned order;
		double first;
	} table[] = {
		{{0}, 0, AHOY_ESYNTAX, 0, 0, 0},
		{{50}, 1, 0, -50, 0, 0},
		/* 3.1: the highest bit is not part of it. */
		{{0x80 | 50}, 1, 0, -50, 0, 0},
		{{127}, 1, 0, -127, 0, 0},
		/* 3.2: 127 is zero; 254 and 0 are the ends, which are blunted; 255 is no value. */
		{{40, 127}, 2, 0, -40, 1, 0},
		{{40, 190}, 2, 0, -40, 1, 258.0 * 63 / 32768},
		{{40, 254}, 2, 0, -40, 1, 0.98},
		{{40, 0}, 2, 0, -40, 1, -0.98},
		{{40, 255}, 2, 0, -40, 1, 0.98},
		/* 5.2: more than we use. */
		{{40, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 13, 0, -40, 10, -0.98},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_make(table[i].payload, table[i].len));
		ahoy_noise noise;

		assert_int_equal(ahoy_noise_parse((const uint8_t *)exact.ptr, exact.len, &noise), table[i].err);
		if (!table[i].err) {
			assert_true(noise.level_dbov == table[i].level);
			assert_int_equal(noise.order, table[i].order);
			assert_true(fabs(noise.reflection[0] - table[i].first) < 1e-9);
		}
		test_free_exact(exact);
	}
}

static void what_is_measured_and_made_again_sounds_alike(void **state)
{
	static const double poles[] = {0.95, 0.6, 0, -0.6}, peaks[] = {8000, 300};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(poles); i++) {
		for (size_t k = 0; k < ARRAY_LEN(peaks); k++) {
			uint8_t payload[AHOY_NOISE_PAYLOAD];
			ahoy_noise_maker maker = {0};
			ahoy_noise noise, again;
			double before_dbov, before_colour;
			size_t len;

			fill_coloured(poles[i], peaks[k]);
			before_dbov = level(pcm, SAMPLES);
			before_colour = colour(pcm, SAMPLES);
			ahoy_noise_measure(pcm, SAMPLES, &noise);
			len = ahoy_noise_write(&noise, payload);
			assert_int_equal(len, AHOY_NOISE_PAYLOAD);
			assert_ok(ahoy_noise_parse(payload, len, &again));
			assert_true(fabs(again.level_dbov - before_dbov) <= 0.51);
			ahoy_noise_maker_set(&maker, &again);
			ahoy_noise_maker_fill(&maker, pcm, SAMPLES);
			assert_true(fabs(level(pcm, SAMPLES) - before_dbov) < 1.5);
			assert_true(fabs(colour(pcm, SAMPLES) - before_colour) < 0.06);
		}
	}
}

static void silence_stays_silent(void **state)
{
	uint8_t payload[AHOY_NOISE_PAYLOAD];
	ahoy_noise_maker maker = {0};
	ahoy_noise noise;

	(void)state;
	memset(pcm, 0, sizeof pcm);
	ahoy_noise_measure(pcm, 160, &noise);
	assert_int_equal(ahoy_noise_write(&noise, payload), 1);
	assert_int_equal(payload[0], 127);
	memset(pcm, 1, sizeof pcm);
	ahoy_noise_maker_set(&maker, &noise);
	ahoy_noise_maker_fill(&maker, pcm, 160);
	assert_true(level(pcm, 160) <= AHOY_LEVEL_SILENCE);
	ahoy_noise_measure(pcm, 0, &noise);
	assert_int_equal(noise.order, 0);
}

static void no_payload_makes_the_filter_ring(void **state)
{
	ahoy_noise_maker maker = {0};
	uint32_t random = 99;

	(void)state;
	for (int i = 0; i < 500; i++) {
		uint8_t payload[11];
		ahoy_noise noise;

		payload[0] = 40;
		for (size_t k = 1; k < sizeof payload; k++) {
			random = random * 1664525 + 1013904223;
			payload[k] = random >> 30 ? (uint8_t)(random >> 16) : random >> 29 ? 255
											   : 0;
		}
		assert_ok(ahoy_noise_parse(payload, 1 + random % 11, &noise));
		ahoy_noise_maker_set(&maker, &noise);
		ahoy_noise_maker_fill(&maker, pcm, 1600);
		/* Whatever the colour is: some 15 dB of chance with the sharpest filters, and what rings down of the one before. */
		assert_true(level(pcm + 800, 800) < -22);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3389_3_a_payload_is_a_level_and_coefficients),
		cmocka_unit_test(what_is_measured_and_made_again_sounds_alike),
		cmocka_unit_test(silence_stays_silent),
		cmocka_unit_test(no_payload_makes_the_filter_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
