/* rtp/srtp_window: replay window and index guess. */
#include "rtp/srtp_window.h"

#include "test.h"

static void rfc3711_3_3_1_and_a_the_index_nearest_to_the_highest_is_meant(void **state)
{
	static const struct {
		uint64_t highest;
		uint16_t seq;
		bool possible;
		uint64_t index;
	} rows[] = {
		{0x0000, 0x0001, true, 0x0001},
		{0x0000, 0x8000, true, 0x8000},
		{0x0000, 0x8001, false, 0}, /* before the first turn */
		{0xffff, 0x0000, true, 0x10000},
		{0x8000, 0x0000, true, 0x0000},
		{0x8001, 0x0000, true, 0x10000},
		{0x10000, 0xffff, true, 0xffff},
		{0x10005, 0x0005, true, 0x10005},
		{0x1ffff, 0x0003, true, 0x20003},
		{0x2fff0, 0xff00, true, 0x2ff00},
		{0xffffffffffff, 0xfffe, true, 0xfffffffffffe},
		{0xffffffffffff, 0x0000, false, 0}, /* beyond the last turn */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_srtp_window window = {.started = true, .highest = rows[i].highest};
		uint64_t index;

		assert_int_equal(ahoy_srtp_window_guess(&window, rows[i].seq, &index), rows[i].possible);
		if (rows[i].possible)
			assert_int_equal(index, rows[i].index);
	}
}

static void the_first_packet_is_of_turn_0(void **state)
{
	ahoy_srtp_window window = {0};
	uint64_t index;

	(void)state;
	assert_true(ahoy_srtp_window_guess(&window, 65535, &index));
	assert_int_equal(index, 65535);
	assert_true(ahoy_srtp_window_is_new(&window, index));
}

/* Against a model that remembers everything. */
static void rfc3711_3_3_2_each_index_is_taken_once_and_none_behind_the_window(void **state)
{
	enum {
		MOST = 4000
	};
	static bool seen[MOST];
	ahoy_srtp_window window = {0};
	uint64_t at = 500, highest = 0;
	uint32_t random = 7;
	unsigned taken = 0, refused = 0;

	(void)state;
	while (at < MOST - 400) {
		uint64_t index;
		bool is_new;

		random = random * 1664525 + 1013904223;
		at += random >> 28 ? random >> 16 & 1 : (random >> 20) % 200; /* at times a jump, also beyond the window */
		index = at - (random >> 8 & 3 ? (random >> 10) % 150 : 0);
		is_new = !seen[index] && (taken == 0 || index > highest || highest - index < AHOY_SRTP_WINDOW);
		assert_int_equal(ahoy_srtp_window_is_new(&window, index), is_new);
		if (!is_new) {
			refused++;
			continue;
		}
		ahoy_srtp_window_note(&window, index);
		assert_false(ahoy_srtp_window_is_new(&window, index));
		seen[index] = true;
		taken++;
		if (index > highest)
			highest = index;
	}
	assert_true(taken > 100 && refused > 100);
}

static void the_window_is_exactly_128_wide(void **state)
{
	ahoy_srtp_window window = {0};

	(void)state;
	ahoy_srtp_window_note(&window, 1000);
	assert_true(ahoy_srtp_window_is_new(&window, 1000 - AHOY_SRTP_WINDOW + 1));
	assert_false(ahoy_srtp_window_is_new(&window, 1000 - AHOY_SRTP_WINDOW));
	ahoy_srtp_window_note(&window, 1000 - AHOY_SRTP_WINDOW + 1);
	assert_false(ahoy_srtp_window_is_new(&window, 1000 - AHOY_SRTP_WINDOW + 1));
	ahoy_srtp_window_note(&window, 1063); /* across the border of the two words */
	assert_false(ahoy_srtp_window_is_new(&window, 1000));
	assert_true(ahoy_srtp_window_is_new(&window, 999));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3711_3_3_1_and_a_the_index_nearest_to_the_highest_is_meant),
		cmocka_unit_test(the_first_packet_is_of_turn_0),
		cmocka_unit_test(rfc3711_3_3_2_each_index_is_taken_once_and_none_behind_the_window),
		cmocka_unit_test(the_window_is_exactly_128_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
