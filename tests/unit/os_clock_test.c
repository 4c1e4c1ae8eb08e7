/* os/clock */
#include "os/clock.h"

#include <time.h>

#include "test.h"

static void times_are_written_as_iso_8601_in_utc(void **state)
{
	static const struct {
		uint64_t utc_ms;
		const char *text;
	} table[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{951782400123, "2000-02-29T00:00:00.123Z"},
		{1767225599999, "2025-12-31T23:59:59.999Z"},
		{UINT64_MAX, "9999-12-31T23:59:59.999Z"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char text[AHOY_CLOCK_TEXT];

		ahoy_clock_text(table[i].utc_ms, text);
		assert_string_equal(text, table[i].text);
	}
}

static void the_monotonic_clock_rises_and_the_offset_leads_to_the_wall(void **state)
{
	ahoy_time before = ahoy_clock_now(), after;
	int64_t wall_us;

	(void)state;
	assert_true(before > 0);
	nanosleep(&(struct timespec){0, 2000000}, NULL);
	after = ahoy_clock_now();
	assert_true(after >= before + 2000);
	wall_us = (int64_t)ahoy_clock_now() + ahoy_clock_utc_offset_us();
	/* The wall clock may be set while the test runs, but hardly by a minute. */
	assert_in_range(wall_us / 1000, ahoy_clock_utc_ms() - 60000, ahoy_clock_utc_ms() + 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_written_as_iso_8601_in_utc),
		cmocka_unit_test(the_monotonic_clock_rises_and_the_offset_leads_to_the_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
