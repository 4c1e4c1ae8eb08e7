#include "media/delay.h"

#include "test.h"

static ahoy_delay d;

static void begin(void)
{
	ahoy_delay_init(&d, 8000, 60, 5, 400);
}

static void until_enough_was_seen_the_start_is_the_target(void **state)
{
	(void)state;
	begin();
	assert_int_equal(ahoy_delay_target_ms(&d), 60);
	for (int n = 0; n < 49; n++) {
		ahoy_delay_put(&d, 1000);
		assert_int_equal(ahoy_delay_target(&d), 1000 + 480);
	}
	for (int n = 0; n < 11; n++)
		ahoy_delay_put(&d, 1000);
	assert_int_equal(ahoy_delay_target_ms(&d), 5);
}

static void the_slowest_is_waited_for_where_that_is_cheap(void **state)
{
	(void)state;
	begin();
	/* 0 to 30 ms: the last per cent costs 0.3 ms, and a late per cent 20. */
	for (unsigned n = 0; n < 600; n++)
		ahoy_delay_put(&d, 8 * (n * 7 % 31));
	assert_int_equal(ahoy_delay_target_ms(&d), 31);
}

static void a_rare_spike_is_not_waited_for_and_a_frequent_one_is(void **state)
{
	(void)state;
	begin();
	for (unsigned n = 0; n < 600; n++)
		ahoy_delay_put(&d, n % 100 == 7 ? 8 * 200 : 8 * (n % 10));
	assert_int_equal(ahoy_delay_target_ms(&d), 10);
	begin();
	/* One in eight, so 12 per cent: dearer than 200 ms. */
	for (unsigned n = 0; n < 600; n++)
		ahoy_delay_put(&d, n % 8 == 7 ? 8 * 200 : 8 * (n % 7));
	assert_int_equal(ahoy_delay_target_ms(&d), 201);
}

static void it_rises_at_once_and_falls_when_the_window_has_passed(void **state)
{
	unsigned risen = 0, fallen = 0;

	(void)state;
	begin();
	for (unsigned n = 0; n < 600; n++)
		ahoy_delay_put(&d, 0);
	/* The path takes 100 ms more: 5 per cent of the window are worth it. */
	while (ahoy_delay_target(&d) < 800) {
		ahoy_delay_put(&d, 800);
		risen++;
	}
	assert_in_range(risen, 1, AHOY_DELAY_WINDOW * 5 / 100 + 2);
	for (unsigned n = 0; n < 600; n++)
		ahoy_delay_put(&d, 800);
	while (ahoy_delay_target(&d) > 800 / 2) {
		ahoy_delay_put(&d, 0);
		fallen++;
	}
	assert_in_range(fallen, AHOY_DELAY_WINDOW * 9 / 10, AHOY_DELAY_WINDOW);
}

static void it_stays_within_its_bounds(void **state)
{
	(void)state;
	begin();
	for (unsigned n = 0; n < 600; n++)
		ahoy_delay_put(&d, n % 2 ? 8 * 900 : 0);
	assert_int_equal(ahoy_delay_target_ms(&d), 400);
	assert_int_equal(ahoy_delay_latest(&d), 8 * 400);
}

static void transit_times_wrap(void **state)
{
	(void)state;
	begin();
	for (unsigned n = 0; n < 600; n++)
		ahoy_delay_put(&d, 0xfffffff0u + 8 * (n % 21));
	assert_int_equal(ahoy_delay_target(&d), 0xfffffff0u + 8 * 21);
	assert_int_equal(ahoy_delay_target_ms(&d), 21);
}

static void a_reset_keeps_the_target_at_another_rate(void **state)
{
	(void)state;
	begin();
	for (unsigned n = 0; n < 600; n++)
		ahoy_delay_put(&d, 8 * (n % 100));
	assert_int_equal(ahoy_delay_target_ms(&d), 100);
	ahoy_delay_reset(&d, 48000);
	assert_int_equal(ahoy_delay_target_ms(&d), 100);
	ahoy_delay_put(&d, 77);
	assert_int_equal(ahoy_delay_target(&d), 77 + 4800);
	assert_int_equal(ahoy_delay_latest(&d), 77 + 48 * 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(until_enough_was_seen_the_start_is_the_target),
		cmocka_unit_test(the_slowest_is_waited_for_where_that_is_cheap),
		cmocka_unit_test(a_rare_spike_is_not_waited_for_and_a_frequent_one_is),
		cmocka_unit_test(it_rises_at_once_and_falls_when_the_window_has_passed),
		cmocka_unit_test(it_stays_within_its_bounds),
		cmocka_unit_test(transit_times_wrap),
		cmocka_unit_test(a_reset_keeps_the_target_at_another_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
