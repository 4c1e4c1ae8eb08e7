/* phone/utf8: characters in and out; what is none is taken byte by byte. */
#include "phone/utf8.h"

#include "test.h"

static void each_length_goes_out_and_in_again(void **state)
{
	static const uint32_t rows[] = {0, 'a', 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char bytes[4];
		ahoy_buf b = ahoy_buf_over(bytes, sizeof bytes);
		ahoy_slice text, exact;
		uint32_t c;

		ahoy_utf8_put(&b, rows[i]);
		exact = text = test_exact(ahoy_buf_slice(&b));
		assert_true(ahoy_utf8_next(&text, &c));
		assert_int_equal(c, rows[i]);
		assert_int_equal(text.len, 0);
		test_free_exact(exact);
	}
}

static void what_is_no_character_is_taken_byte_by_byte(void **state)
{
	static const char *const rows[] = {"\x80", "\xc1\x80", "\xe4\xbd", "\xf0\x9f\x98", "\xf5\x80\x80\x80", "\xff", "\xe4\x61\x80"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i])), text = exact;
		uint32_t c;

		assert_row(!ahoy_utf8_next(&text, &c), rows[i]);
		assert_row(text.len == exact.len - 1, rows[i]);
		test_free_exact(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_length_goes_out_and_in_again),
		cmocka_unit_test(what_is_no_character_is_taken_byte_by_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
