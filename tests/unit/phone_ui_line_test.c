/* phone/ui_line: a line is edited key by key, recalled and completed. */
#include "phone/ui_line.h"

#include <stdio.h>

#include "test.h"

enum {
	CTRL_A = 1,
	CTRL_E = 5,
	TAB = 9,
	CTRL_K = 11,
	CTRL_U = 21,
	CTRL_W = 23
};

static void type(ahoy_ui_line *line, const char *text)
{
	for (; *text; text++)
		assert_true(ahoy_ui_line_key(line, (unsigned char)*text, NULL));
}

static void keys_edit_where_the_cursor_stands(void **state)
{
	static const struct {
		const char *typed;
		uint32_t keys[6];
		const char *text;
		size_t cursor;
	} rows[] = {
		{"112", {0}, "112", 3},
		{"112", {AHOY_UI_KEY_BACKSPACE}, "11", 2},
		{"112", {AHOY_UI_KEY_LEFT, AHOY_UI_KEY_LEFT, 'x'}, "1x12", 2},
		{"112", {AHOY_UI_KEY_HOME, AHOY_UI_KEY_DELETE}, "12", 0},
		{"112", {CTRL_A, 'b', CTRL_E, 'e'}, "b112e", 5},
		{"112", {CTRL_A, AHOY_UI_KEY_RIGHT, CTRL_K}, "1", 1},
		{"112", {AHOY_UI_KEY_LEFT, CTRL_U}, "2", 0},
		{"one two  ", {CTRL_W}, "one ", 4},
		{"", {AHOY_UI_KEY_BACKSPACE, AHOY_UI_KEY_DELETE, AHOY_UI_KEY_LEFT, AHOY_UI_KEY_RIGHT}, "", 0},
		/* Characters of several bytes are one: o with two dots, and a Chinese one. */
		{"", {0xf6, 0x4f60, AHOY_UI_KEY_LEFT, AHOY_UI_KEY_BACKSPACE}, "\xe4\xbd\xa0", 0},
		{"", {'a', 0x4f60, 'b', AHOY_UI_KEY_LEFT, AHOY_UI_KEY_BACKSPACE}, "ab", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_ui_line line = {.len = 0};

		type(&line, rows[i].typed);
		for (size_t k = 0; k < ARRAY_LEN(rows[i].keys) && rows[i].keys[k]; k++)
			assert_true(ahoy_ui_line_key(&line, rows[i].keys[k], NULL));
		assert_slice_row(ahoy_slice_make(line.text, line.len), rows[i].text, rows[i].typed);
		assert_int_equal(line.cursor, rows[i].cursor);
		assert_int_equal(strlen(line.text), line.len);
	}
}

static void what_is_no_character_is_not_taken(void **state)
{
	static const uint32_t keys[] = {0, 7, 27, 0x85, 0x9b, 0xd800, AHOY_UI_KEY_NONE, AHOY_UI_KEY_BACK_TAB};
	ahoy_ui_line line = {.len = 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		assert_false(ahoy_ui_line_key(&line, keys[i], NULL));
	assert_int_equal(line.len, 0);
}

static void a_line_is_bounded(void **state)
{
	ahoy_ui_line line = {.len = 0};

	(void)state;
	for (size_t i = 0; i < AHOY_UI_TEXT + 10; i++)
		ahoy_ui_line_key(&line, 'x', NULL);
	assert_int_equal(line.len, AHOY_UI_TEXT - 1);
	/* A character that does not fit whole is none. */
	ahoy_ui_line_key(&line, AHOY_UI_KEY_BACKSPACE, NULL);
	ahoy_ui_line_key(&line, 0x4f60, NULL);
	assert_int_equal(line.len, AHOY_UI_TEXT - 2);
}

static ahoy_ui_history some(void)
{
	ahoy_ui_history h = {.count = 0};

	ahoy_ui_history_add(&h, AHOY_S("112"));
	ahoy_ui_history_add(&h, AHOY_S("bob"));
	ahoy_ui_history_add(&h, AHOY_S("115"));
	return h;
}

static void arrows_recall_and_give_back_what_was_typed(void **state)
{
	ahoy_ui_history h = some();
	ahoy_ui_line line = {.len = 0};
	static const struct {
		uint32_t key;
		const char *text;
	} rows[] = {
		{AHOY_UI_KEY_UP, "115"},
		{AHOY_UI_KEY_UP, "bob"},
		{AHOY_UI_KEY_UP, "112"},
		{AHOY_UI_KEY_UP, "112"},
		{AHOY_UI_KEY_DOWN, "bob"},
		{AHOY_UI_KEY_DOWN, "115"},
		{AHOY_UI_KEY_DOWN, "7"},
		{AHOY_UI_KEY_DOWN, "7"},
	};

	(void)state;
	type(&line, "7");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_ui_line_key(&line, rows[i].key, &h);
		assert_slice_row(ahoy_slice_of(line.text), rows[i].text, "arrow");
	}
}

static void tab_goes_through_all_that_begin_so_the_newest_first(void **state)
{
	static const char *const turns[] = {"115", "112", "11", "115"};
	ahoy_ui_history h = some();
	ahoy_ui_line line = {.len = 0};

	(void)state;
	type(&line, "11");
	for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
		ahoy_ui_line_key(&line, TAB, &h);
		assert_slice(ahoy_slice_of(line.text), turns[i]);
	}
	ahoy_ui_line_key(&line, TAB, NULL);
	assert_slice(ahoy_slice_of(line.text), "115");
}

static void the_history_is_bounded_and_has_each_line_once(void **state)
{
	ahoy_ui_history h = some();
	char text[16];

	(void)state;
	ahoy_ui_history_add(&h, AHOY_S("112"));
	ahoy_ui_history_add(&h, AHOY_S(""));
	ahoy_ui_history_add(&h, AHOY_S("a\x1b[2J"));
	assert_int_equal(h.count, 3);
	assert_string_equal(h.lines[2], "112");
	assert_string_equal(h.lines[0], "bob");
	for (int i = 0; i < AHOY_UI_HISTORY + 5; i++) {
		snprintf(text, sizeof text, "%d", 1000 + i);
		ahoy_ui_history_add(&h, ahoy_slice_of(text));
	}
	assert_int_equal(h.count, AHOY_UI_HISTORY);
	assert_string_equal(h.lines[0], "1005");
	assert_string_equal(h.lines[AHOY_UI_HISTORY - 1], "1054");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_edit_where_the_cursor_stands),
		cmocka_unit_test(what_is_no_character_is_not_taken),
		cmocka_unit_test(a_line_is_bounded),
		cmocka_unit_test(arrows_recall_and_give_back_what_was_typed),
		cmocka_unit_test(tab_goes_through_all_that_begin_so_the_newest_first),
		cmocka_unit_test(the_history_is_bounded_and_has_each_line_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
