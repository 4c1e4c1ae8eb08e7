/* phone/ui_screen: text of any origin stays in its row, and is safe. */
#include "phone/ui_screen.h"

#include <locale.h>

#include "test.h"

static ahoy_ui_screen screen;

static const char *row(unsigned number)
{
	static char text[AHOY_UI_MAX_COLUMNS * 4 + 1];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_ui_screen_put_row(&screen, number, &b);
	return ahoy_buf_cstr(&b);
}

static void text_of_any_origin_is_safe(void **state)
{
	static const struct {
		const char *text, *shown;
		unsigned columns;
	} rows[] = {
		{"plain", "plain", 5},
		{"a\x1b[2J\x07\n", "a?[2J??", 7},
		{"\xc2\x9b"
		 "31m",
		 "?31m", 4},			     /* C1: CSI in one byte */
		{"\xff\xfe", "??", 2},		     /* no UTF-8 */
		{"\xe4\xbd\xa0", "\xe4\xbd\xa0", 2}, /* wide */
		{"e\xcc\x81", "e", 1},		     /* combining: left out */
		{"\xe2\x80\xae"
		 "abc",
		 "abc", 3}, /* right-to-left override: left out */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice text = test_exact(ahoy_slice_of(rows[i].text));

		ahoy_ui_screen_clear(&screen, 2, 20);
		assert_int_equal(ahoy_ui_screen_text(&screen, 0, 0, AHOY_UI_PLAIN, text), rows[i].columns);
		assert_int_equal(ahoy_ui_screen_width(text), rows[i].columns);
		assert_slice_row(ahoy_slice_of(row(0)), rows[i].shown, rows[i].text);
		test_free_exact(text);
	}
}

static void nothing_leaves_the_grid(void **state)
{
	(void)state;
	ahoy_ui_screen_clear(&screen, 2, 5);
	ahoy_ui_screen_text(&screen, 0, 3, AHOY_UI_PLAIN, AHOY_S("abc"));
	assert_string_equal(row(0), "   ab");
	/* Half a wide character is none. */
	ahoy_ui_screen_text(&screen, 1, 4, AHOY_UI_PLAIN, AHOY_S("\xe4\xbd\xa0"));
	assert_string_equal(row(1), "");
	assert_int_equal(ahoy_ui_screen_text(&screen, 2, 0, AHOY_UI_PLAIN, AHOY_S("x")), 0);
	ahoy_ui_screen_row(&screen, 7, AHOY_UI_BOLD);
	ahoy_ui_screen_clear(&screen, 10000, 10000);
	assert_int_equal(screen.rows, AHOY_UI_MAX_ROWS);
	assert_int_equal(screen.columns, AHOY_UI_MAX_COLUMNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_any_origin_is_safe),
		cmocka_unit_test(nothing_leaves_the_grid),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
