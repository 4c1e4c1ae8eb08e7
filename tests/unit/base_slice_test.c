/* base/slice: borrowed runs of bytes. */
#include "base/slice.h"

#include "base/err.h"
#include "test.h"

static const ahoy_slice none; /* an empty slice with a NULL pointer, as a missing header has */

static void comparing_ignores_ascii_case_only_where_asked_rfc3261_7_3_1(void **state)
{
	static const struct {
		const char *a, *b;
		bool eq, ieq;
	} rows[] = {
		{"", "", true, true},
		{"INVITE", "INVITE", true, true},
		{"INVITE", "invite", false, true},
		{"z9hG4bK", "z9hg4bk", false, true},
		{"a", "ab", false, false},
		{"@", "`", false, false}, /* 0x40 and 0x60 differ in the case bit and are no letters */
		{"[", "{", false, false},
		{"\xc3\x84", "\xc3\xa4", false, false}, /* bytes outside of ASCII compare exactly */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice a = ahoy_slice_of(rows[i].a), b = ahoy_slice_of(rows[i].b);

		assert_row(ahoy_slice_eq(a, b) == rows[i].eq, rows[i].a);
		assert_row(ahoy_slice_eq(b, a) == rows[i].eq, rows[i].a);
		assert_row(ahoy_slice_ieq(a, b) == rows[i].ieq, rows[i].a);
		assert_row(ahoy_slice_ieq(b, a) == rows[i].ieq, rows[i].a);
	}
}

static void prefixes_and_suffixes_are_found_at_the_edges_alone(void **state)
{
	static const struct {
		const char *text, *part;
		bool starts, istarts, ends;
	} rows[] = {
		{"sip:111", "sip:", true, true, false},
		{"SIP:111", "sip:", false, true, false},
		{"sip:111", "111", false, false, true},
		{"sip", "sip:", false, false, false},
		{"abc", "", true, true, true},
		{"", "", true, true, true},
		{"", "a", false, false, false},
		{"abab", "ab", true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice text = ahoy_slice_of(rows[i].text), part = ahoy_slice_of(rows[i].part);

		assert_row(ahoy_slice_starts(text, part) == rows[i].starts, rows[i].text);
		assert_row(ahoy_slice_istarts(text, part) == rows[i].istarts, rows[i].text);
		assert_row(ahoy_slice_ends(text, part) == rows[i].ends, rows[i].text);
	}
}

static void searching_gives_the_first_place_or_the_length(void **state)
{
	static const struct {
		const char *text, *needle;
		size_t at;
	} rows[] = {
		{"a,b,c", ",", 1},
		{"abc", ",", 3},
		{"", ",", 0},
		{"aab", "ab", 1},
		{"\r\n\r\n", "\r\n\r\n", 0},
		{"x\r\n\r\r\n\r\n", "\r\n\r\n", 4},
		{"ab", "abc", 2},
		{"abc", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));

		assert_int_equal(ahoy_slice_search(exact, ahoy_slice_of(rows[i].needle)), rows[i].at);
		if (strlen(rows[i].needle) == 1)
			assert_int_equal(ahoy_slice_find(exact, rows[i].needle[0]), rows[i].at);
		test_free_exact(exact);
	}
}

static void trimming_takes_the_lws_of_rfc3261_25_1_and_nothing_else(void **state)
{
	static const struct {
		const char *text, *trimmed;
	} rows[] = {
		{"", ""},
		{" \t\r\n", ""},
		{"0\t", "0"},
		{"   191", "191"},
		{"\r\n a b \r\n", "a b"},
		{"\v\f", "\v\f"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_slice_row(ahoy_slice_trim(ahoy_slice_of(rows[i].text)), rows[i].trimmed, rows[i].text);
}

static void cutting_splits_at_the_first_separator(void **state)
{
	static const struct {
		const char *text, *head, *tail;
		bool cut;
	} rows[] = {
		{"a=b", "a", "b", true},
		{"a=b=c", "a", "b=c", true},
		{"=", "", "", true},
		{"a=", "a", "", true},
		{"=b", "", "b", true},
		{"ab", "ab", "", false},
		{"", "", "", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice head, tail;

		assert_row(ahoy_slice_cut(ahoy_slice_of(rows[i].text), '=', &head, &tail) == rows[i].cut, rows[i].text);
		assert_slice_row(head, rows[i].head, rows[i].text);
		assert_slice_row(tail, rows[i].tail, rows[i].text);
	}
}

static void parts_never_reach_past_the_end(void **state)
{
	ahoy_slice abc = AHOY_S("abc");

	(void)state;
	assert_slice(ahoy_slice_from(abc, 0), "abc");
	assert_slice(ahoy_slice_from(abc, 2), "c");
	assert_slice(ahoy_slice_from(abc, 3), "");
	assert_slice(ahoy_slice_from(abc, SIZE_MAX), "");
	assert_ptr_equal(ahoy_slice_from(abc, 9).ptr, abc.ptr + 3);
	assert_slice(ahoy_slice_first(abc, 0), "");
	assert_slice(ahoy_slice_first(abc, 2), "ab");
	assert_slice(ahoy_slice_first(abc, SIZE_MAX), "abc");
}

static void a_null_slice_is_an_empty_one_everywhere(void **state)
{
	ahoy_slice head, tail;
	char text[4] = "xxx";

	(void)state;
	assert_slice(ahoy_slice_of(NULL), "");
	assert_true(ahoy_slice_eq(none, AHOY_S("")));
	assert_true(ahoy_slice_ieq(none, AHOY_S("")));
	assert_true(ahoy_slice_starts(none, none));
	assert_true(ahoy_slice_ends(AHOY_S("a"), none));
	assert_int_equal(ahoy_slice_find(none, 'a'), 0);
	assert_int_equal(ahoy_slice_search(none, AHOY_S("a")), 0);
	assert_int_equal(ahoy_slice_search(none, none), 0);
	assert_slice(ahoy_slice_trim(none), "");
	assert_slice(ahoy_slice_from(none, 0), "");
	assert_slice(ahoy_slice_from(none, 5), "");
	assert_false(ahoy_slice_cut(none, ';', &head, &tail));
	assert_slice(head, "");
	assert_slice(tail, "");
	assert_ok(ahoy_slice_cstr(none, text, sizeof text));
	assert_string_equal(text, "");
}

static void numbers_are_range_checked_and_never_wrapped(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int err;
		uint64_t value;
	} rows[] = {
		{"0", 0, 0, 0},
		{"1", 0, AHOY_ERANGE, 0},
		{"65535", 65535, 0, 65535},
		{"65536", 65535, AHOY_ERANGE, 0},
		{"00000000000000000000000000000007", 10, 0, 7},
		{"4294967296", UINT32_MAX, AHOY_ERANGE, 0},
		{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
		{"18446744073709551616", UINT64_MAX, AHOY_ERANGE, 0},
		{"18446744073709551625", UINT64_MAX, AHOY_ERANGE, 0},
		{"99999999999999999999999999", UINT64_MAX, AHOY_ERANGE, 0},
		{"", 10, AHOY_ESYNTAX, 0},
		{"-1", 10, AHOY_ESYNTAX, 0},
		{"+1", 10, AHOY_ESYNTAX, 0},
		{" 1", 10, AHOY_ESYNTAX, 0},
		{"1 ", 10, AHOY_ESYNTAX, 0},
		{"1a", 10, AHOY_ESYNTAX, 0},
		{"0x1", 10, AHOY_ESYNTAX, 0},
		/* A number that is both too large and no number is no number. */
		{"99999999999999999999999999x", 10, AHOY_ESYNTAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		uint64_t wide = 0;
		uint32_t narrow = 0;

		assert_err_row(ahoy_slice_u64(exact, rows[i].max, &wide), rows[i].err, rows[i].text);
		assert_row(wide == rows[i].value, rows[i].text);
		if (rows[i].max <= UINT32_MAX) {
			assert_err_row(ahoy_slice_u32(exact, (uint32_t)rows[i].max, &narrow), rows[i].err, rows[i].text);
			assert_row(narrow == rows[i].value, rows[i].text);
		}
		test_free_exact(exact);
	}
}

static void a_number_that_fails_leaves_the_result_alone(void **state)
{
	uint64_t wide = 77;
	uint32_t narrow = 78;

	(void)state;
	assert_err(ahoy_slice_u64(AHOY_S("9x"), 100, &wide), AHOY_ESYNTAX);
	assert_err(ahoy_slice_u32(AHOY_S("101"), 100, &narrow), AHOY_ERANGE);
	assert_int_equal(wide, 77);
	assert_int_equal(narrow, 78);
}

static void copies_to_strings_fit_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *text;
		size_t cap;
		int err;
	} rows[] = {
		{"abc", 4, 0},
		{"abc", 3, AHOY_ERANGE},
		{"abc", 1, AHOY_ERANGE},
		{"abc", 0, AHOY_ERANGE},
		{"", 1, 0},
		{"", 0, AHOY_ERANGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[8] = "zzzzzzz";

		assert_err_row(ahoy_slice_cstr(ahoy_slice_of(rows[i].text), text, rows[i].cap), rows[i].err, rows[i].text);
		if (rows[i].cap)
			assert_string_equal(text, rows[i].err ? "" : rows[i].text);
		else
			assert_string_equal(text, "zzzzzzz");
		assert_int_equal(text[rows[i].cap ? rows[i].cap : 0], 'z');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing_ignores_ascii_case_only_where_asked_rfc3261_7_3_1),
		cmocka_unit_test(prefixes_and_suffixes_are_found_at_the_edges_alone),
		cmocka_unit_test(searching_gives_the_first_place_or_the_length),
		cmocka_unit_test(trimming_takes_the_lws_of_rfc3261_25_1_and_nothing_else),
		cmocka_unit_test(cutting_splits_at_the_first_separator),
		cmocka_unit_test(parts_never_reach_past_the_end),
		cmocka_unit_test(a_null_slice_is_an_empty_one_everywhere),
		cmocka_unit_test(numbers_are_range_checked_and_never_wrapped),
		cmocka_unit_test(a_number_that_fails_leaves_the_result_alone),
		cmocka_unit_test(copies_to_strings_fit_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
