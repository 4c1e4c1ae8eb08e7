#include "media/level.h"

#include "test.h"

static void rfc6464_3_a_full_scale_square_is_0_dbov_and_zeros_are_minus_127(void **state)
{
	int16_t square[] = {32767, -32767, 32767, -32767}, zeros[4] = {0}, lowest[] = {INT16_MIN, INT16_MIN},
		quiet[] = {1, -1, 1, -1};

	(void)state;
	assert_true(ahoy_level_dbov(ahoy_level_energy(square, 4), 4) == 0);
	assert_true(ahoy_level_dbov(ahoy_level_energy(zeros, 4), 4) == AHOY_LEVEL_SILENCE);
	assert_true(ahoy_level_dbov(0, 0) == AHOY_LEVEL_SILENCE);
	assert_true(ahoy_level_dbov(ahoy_level_energy(lowest, 2), 2) == 0);
	assert_true(ahoy_level_dbov(ahoy_level_energy(quiet, 4), 4) < -90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc6464_3_a_full_scale_square_is_0_dbov_and_zeros_are_minus_127),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
