/* media/fates: each number is told once, as what it was. */
#include "media/fates.h"

#include "test.h"

/* What a script of packets makes: a letter a number from `first` on, H came and was heard, D came and was not, L was lost, T came
 * and had nothing to be played. */
static ahoy_fates play(uint16_t first, const char *script)
{
	ahoy_fates f = {0};

	for (uint16_t seq = first; *script; seq++, script++) {
		if (*script != 'L')
			ahoy_fates_came(&f, seq);
		if (*script == 'H')
			ahoy_fates_heard(&f, seq);
		if (*script == 'T')
			ahoy_fates_taken(&f, seq);
	}
	return f;
}

static void rfc3611_4_7_2_lost_and_discarded_are_told_apart(void **state)
{
	static const struct {
		const char *script;
		unsigned packets, lost, discarded, runs;
	} table[] = {
		{"HHHH", 4, 0, 0, 0},
		{"HLHDH", 5, 1, 1, 2},
		{"HLLDH", 5, 2, 1, 1},
		/* What is behind the last one heard may still be. */
		{"HHHDD", 3, 0, 0, 0},
		{"D", 0, 0, 0, 0},
		/* A key that comes while sound still waits for its turn does not make that sound late. */
		{"HDDT", 1, 0, 0, 0},
		{"HTTDH", 5, 0, 1, 1},
		{"HHTT", 2, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_fates f = play(65534, table[i].script);
		ahoy_burst_gap now = ahoy_fates_now(&f);

		assert_row(now.packets == table[i].packets, table[i].script);
		assert_row(now.lost == table[i].lost && now.discarded == table[i].discarded, table[i].script);
		assert_row(now.runs == table[i].runs, table[i].script);
	}
}

static void what_comes_late_is_not_lost(void **state)
{
	ahoy_fates f = play(10, "HLHH");

	(void)state;
	assert_int_equal(ahoy_fates_now(&f).lost, 1);
	ahoy_fates_came(&f, 11);
	assert_int_equal(ahoy_fates_now(&f).lost, 0);
	assert_int_equal(ahoy_fates_now(&f).discarded, 1);
	/* Made whole from the packet behind it. */
	ahoy_fates_heard(&f, 11);
	assert_int_equal(ahoy_fates_now(&f).discarded, 0);
	/* Of no number that it still has to decide. */
	ahoy_fates_came(&f, 5);
	ahoy_fates_heard(&f, 5);
	ahoy_fates_heard(&f, 900);
	assert_int_equal(ahoy_fates_now(&f).packets, 4);
}

static void what_leaves_the_window_is_decided(void **state)
{
	ahoy_fates f = {0};

	(void)state;
	for (uint16_t seq = 0; seq < 1000; seq++) {
		if (seq % 10 == 3)
			continue;
		ahoy_fates_came(&f, seq);
		ahoy_fates_heard(&f, seq);
	}
	assert_int_equal(f.span, 64);
	assert_int_equal(f.decided.packets, 1000 - 64);
	assert_int_equal(ahoy_fates_now(&f).packets, 1000);
	assert_int_equal(ahoy_fates_now(&f).lost, 100);
	/* The longest gap that is no new beginning. */
	ahoy_fates_came(&f, 1999);
	ahoy_fates_heard(&f, 1999);
	assert_int_equal(ahoy_fates_now(&f).packets, 2000);
	assert_int_equal(ahoy_fates_now(&f).lost, 100 + 999);
}

static void a_pause_without_sound_is_decided_when_it_leaves_the_window(void **state)
{
	ahoy_fates f = {0};

	(void)state;
	for (uint16_t seq = 0; seq < 200; seq++) {
		ahoy_fates_came(&f, seq);
		ahoy_fates_taken(&f, seq);
	}
	assert_int_equal(ahoy_fates_now(&f).packets, 200 - 64);
	assert_int_equal(ahoy_fates_now(&f).discarded, 0);
	ahoy_fates_came(&f, 200);
	ahoy_fates_heard(&f, 200);
	assert_int_equal(ahoy_fates_now(&f).packets, 201);
	assert_int_equal(ahoy_fates_now(&f).discarded, 0);
}

static void another_source_goes_on_where_this_one_ends(void **state)
{
	ahoy_fates f = play(7, "HHLH");

	(void)state;
	ahoy_fates_restart(&f);
	ahoy_fates_restart(&f);
	assert_int_equal(ahoy_fates_now(&f).packets, 4);
	ahoy_fates_heard(&f, 40000);
	ahoy_fates_came(&f, 40000);
	assert_int_equal(ahoy_fates_now(&f).packets, 4);
	ahoy_fates_heard(&f, 40000);
	assert_int_equal(ahoy_fates_now(&f).packets, 5);
	assert_int_equal(ahoy_fates_now(&f).lost, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3611_4_7_2_lost_and_discarded_are_told_apart),
		cmocka_unit_test(what_comes_late_is_not_lost),
		cmocka_unit_test(what_leaves_the_window_is_decided),
		cmocka_unit_test(a_pause_without_sound_is_decided_when_it_leaves_the_window),
		cmocka_unit_test(another_source_goes_on_where_this_one_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
