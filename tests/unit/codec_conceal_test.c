#include "codec/conceal.h"

#include <math.h>

#include "test.h"

static ahoy_conceal c;
static int16_t pcm[160];

static void sine(double hz, double first_sample)
{
	for (size_t i = 0; i < 160; i++)
		pcm[i] = (int16_t)(10000 * sin(6.283185307179586 * hz * ((double)i + first_sample) / 8000));
}

static double energy(const int16_t *samples, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)samples[i] * samples[i];
	return sum / (double)count;
}

static void g711_i_a_lost_frame_goes_on_with_the_voice(void **state)
{
	double before;

	(void)state;
	ahoy_conceal_init(&c, 8000);
	for (int i = 0; i < 4; i++) {
		sine(100, i * 160);
		ahoy_conceal_good(&c, pcm, 160);
	}
	before = energy(pcm, 160);
	ahoy_conceal_lost(&c, pcm, 160);
	/* The first 10 ms are the wave itself: a period of 80 samples, in phase. */
	for (size_t i = 0; i < 79; i++) {
		double expected = 10000 * sin(6.283185307179586 * 100 * (double)i / 8000);

		assert_true(fabs(pcm[i] - expected) < 700);
	}
	assert_true(energy(pcm, 160) > before / 3);
}

static void g711_i_it_is_silent_after_60_ms(void **state)
{
	(void)state;
	ahoy_conceal_init(&c, 8000);
	for (int i = 0; i < 4; i++) {
		sine(200, i * 160);
		ahoy_conceal_good(&c, pcm, 160);
	}
	for (int i = 0; i < 3; i++)
		ahoy_conceal_lost(&c, pcm, 160);
	for (int i = 0; i < 100; i++) {
		ahoy_conceal_lost(&c, pcm, 160);
		assert_true(energy(pcm, 160) == 0);
	}
}

static void before_there_was_a_voice_it_is_silent(void **state)
{
	(void)state;
	ahoy_conceal_init(&c, 8000);
	ahoy_conceal_lost(&c, pcm, 160);
	assert_true(energy(pcm, 160) == 0);
	sine(200, 0);
	ahoy_conceal_good(&c, pcm, 160);
	ahoy_conceal_lost(&c, pcm, 160);
	assert_true(energy(pcm, 160) == 0);
}

static void the_first_good_frame_is_blended_in_for_5_ms_only(void **state)
{
	int16_t good[160];

	(void)state;
	ahoy_conceal_init(&c, 8000);
	for (int i = 0; i < 4; i++) {
		sine(200, i * 160);
		ahoy_conceal_good(&c, pcm, 160);
	}
	ahoy_conceal_lost(&c, pcm, 160);
	for (size_t i = 0; i < 160; i++)
		good[i] = 5000;
	ahoy_conceal_good(&c, good, 160);
	assert_int_not_equal(good[10], 5000);
	for (size_t i = 40; i < 160; i++)
		assert_int_equal(good[i], 5000);
}

static void frames_of_any_length_and_16_khz_are_taken(void **state)
{
	(void)state;
	ahoy_conceal_init(&c, 16000);
	for (size_t len = 1; len <= 160; len++) {
		sine(150, 0);
		ahoy_conceal_good(&c, pcm, len);
		ahoy_conceal_lost(&c, pcm, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(g711_i_a_lost_frame_goes_on_with_the_voice),
		cmocka_unit_test(g711_i_it_is_silent_after_60_ms),
		cmocka_unit_test(before_there_was_a_voice_it_is_silent),
		cmocka_unit_test(the_first_good_frame_is_blended_in_for_5_ms_only),
		cmocka_unit_test(frames_of_any_length_and_16_khz_are_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
