#include "rtp/emodel.h"

#include "test.h"

static bool near(double a, double b, double by)
{
	return a - b < by && b - a < by;
}

static void g107_the_default_call_is_93_point_2_and_mos_4_point_4(void **state)
{
	(void)state;
	assert_true(near(ahoy_emodel_r(AHOY_S("PCMA"), 0, 0), 93.2, 0.01));
	assert_true(near(ahoy_emodel_mos(93.2), 4.41, 0.01));
}

static void g107_annex_b_mos_at_its_fixed_points(void **state)
{
	(void)state;
	assert_true(near(ahoy_emodel_mos(-5), 1, 1e-9));
	assert_true(near(ahoy_emodel_mos(3), 1, 1e-9));
	assert_true(near(ahoy_emodel_mos(60), 3.1, 0.001));
	assert_true(near(ahoy_emodel_mos(50), 2.575, 0.001));
	assert_true(near(ahoy_emodel_mos(100), 4.5, 1e-9));
}

static void loss_and_delay_and_narrower_codecs_make_it_worse(void **state)
{
	double good = ahoy_emodel_r(AHOY_S("pcmu"), 50, 0);

	(void)state;
	assert_true(ahoy_emodel_r(AHOY_S("pcmu"), 50, 1) < good);
	assert_true(ahoy_emodel_r(AHOY_S("pcmu"), 300, 0) < good);
	assert_true(near(ahoy_emodel_r(AHOY_S("GSM"), 50, 0), good - 20, 0.01));
	/* G.113: half of the 95 points at a loss of Bpl per cent */
	assert_true(near(ahoy_emodel_r(AHOY_S("PCMU"), 0, 25.1), 93.2 - 47.5, 0.01));
	assert_true(ahoy_emodel_r(AHOY_S("PCMU"), 5000, 100) == 0);
	assert_true(near(ahoy_emodel_r(AHOY_S("what"), -1, -1), 93.2, 0.01));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(g107_the_default_call_is_93_point_2_and_mos_4_point_4),
		cmocka_unit_test(g107_annex_b_mos_at_its_fixed_points),
		cmocka_unit_test(loss_and_delay_and_narrower_codecs_make_it_worse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
