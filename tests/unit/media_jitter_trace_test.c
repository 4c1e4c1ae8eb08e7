/* Our jitter buffer on the traces of docs/jitter.md, where bench/jitter_compare.c compares it with others'. */
#include "jitter_trace.h"
#include "test.h"

/* As in the table, with room for another libm's last digit. */
static const struct {
	const char *name;
	double discarded_percent, added_ms, concealed_percent;
} bounds[] = {
	{"quiet", 0.10, 4.9, 0.10},
	{"uniform", 0.10, 23.1, 0.10},
	{"gaussian", 0.42, 45.0, 0.48},
	{"spikes", 0.10, 24.6, 3.15},
	{"wifi", 0.10, 87.1, 1.04},
	{"route", 0.10, 42.0, 0.57},
	{"drift", 0.10, 5.7, 0.62},
	{"mobile", 0.20, 76.5, 2.47},
	{"loss", 0.43, 44.1, 0.47},
	{"pauses", 0.10, 95.5, 0.39},
};

static void each_generated_trace_stays_within_its_row_of_the_table(void **state)
{
	(void)state;
	assert_int_equal(jitter_trace_kinds(), ARRAY_LEN(bounds));
	for (size_t kind = 0; kind < jitter_trace_kinds(); kind++) {
		jitter_result r;
		jitter_trace t;

		jitter_trace_generate(&t, kind, 120, 1);
		assert_string_equal(t.name, bounds[kind].name);
		jitter_trace_run(&t, 0, 0, &r);
		print_message("%s: %.2f %% discarded, %.1f ms added, %.2f %% concealed\n", t.name, r.discarded_percent,
			      r.added_ms, r.concealed_percent);
		assert_row(r.discarded_percent <= bounds[kind].discarded_percent, t.name);
		assert_row(r.added_ms <= bounds[kind].added_ms, t.name);
		assert_row(r.concealed_percent <= bounds[kind].concealed_percent, t.name);
		jitter_trace_free(&t);
	}
}

static void a_recorded_trace_is_read_and_played(void **state)
{
	jitter_result r;
	jitter_trace t;

	(void)state;
	assert_true(jitter_trace_read(&t, AHOY_SOURCE_DIR "/tests/jitter/busy-host.txt"));
	assert_true(t.count > 1000);
	jitter_trace_run(&t, 0, 0, &r);
	print_message("%.2f %% discarded, %.1f ms added\n", r.discarded_percent, r.added_ms);
	assert_true(r.discarded_percent <= 0.2);
	assert_true(r.added_ms <= 100);
	jitter_trace_free(&t);
	assert_false(jitter_trace_read(&t, AHOY_SOURCE_DIR "/tests/jitter/none.txt"));
	jitter_trace_free(&t);
}

static void waiting_for_less_discards_more_and_the_judge_sees_it(void **state)
{
	jitter_result usual, hasty;
	jitter_trace t;

	(void)state;
	jitter_trace_generate(&t, 2, 60, 1);
	jitter_trace_run(&t, 0, 0, &usual);
	jitter_trace_run(&t, 0, 1, &hasty);
	assert_true(hasty.added_ms < usual.added_ms);
	assert_true(hasty.discarded_percent > usual.discarded_percent);
	assert_true(hasty.concealed_percent > usual.concealed_percent);
	jitter_trace_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_generated_trace_stays_within_its_row_of_the_table),
		cmocka_unit_test(a_recorded_trace_is_read_and_played),
		cmocka_unit_test(waiting_for_less_discards_more_and_the_judge_sees_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
