#include "media/tone.h"

#include "media/level.h"
#include "test.h"

static int16_t pcm[8000];

static bool near(double a, double b, double by)
{
	return a - b < by && b - a < by;
}

static void a_tone_has_its_frequency_and_level(void **state)
{
	static const double levels[] = {-3.1, -10, -20, -50};
	ahoy_tone tone;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		unsigned crossings = 0;

		ahoy_tone_init(&tone, 8000, 440, 0, levels[i]);
		ahoy_tone_fill(&tone, pcm, 8000);
		for (size_t k = 1; k < 8000; k++)
			crossings += pcm[k - 1] < 0 && pcm[k] >= 0;
		assert_in_range(crossings, 439, 440);
		assert_true(near(ahoy_level_dbov(ahoy_level_energy(pcm, 8000), 8000), levels[i], 0.1));
	}
}

static void it_goes_on_in_phase_from_fill_to_fill(void **state)
{
	int16_t parts[8000];
	ahoy_tone tone;

	(void)state;
	ahoy_tone_init(&tone, 8000, 697, 1209, -12);
	ahoy_tone_fill(&tone, pcm, 8000);
	ahoy_tone_init(&tone, 8000, 697, 1209, -12);
	for (size_t at = 0; at < 8000; at += 160)
		ahoy_tone_fill(&tone, parts + at, 160);
	assert_memory_equal(pcm, parts, sizeof pcm);
	/* Two tones have twice the power of one. */
	assert_true(near(ahoy_level_dbov(ahoy_level_energy(pcm, 8000), 8000), -9, 0.1));
}

static void it_clips_instead_of_wrapping(void **state)
{
	ahoy_tone tone;

	(void)state;
	ahoy_tone_init(&tone, 8000, 100, 0, 6);
	ahoy_tone_fill(&tone, pcm, 8000);
	for (size_t k = 1; k < 8000; k++)
		assert_true(pcm[k] - pcm[k - 1] < 10000 && pcm[k - 1] - pcm[k] < 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_has_its_frequency_and_level),
		cmocka_unit_test(it_goes_on_in_phase_from_fill_to_fill),
		cmocka_unit_test(it_clips_instead_of_wrapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
