/* sdp/base64: RFC 4648. */
#include "sdp/base64.h"

#include "test.h"

static void rfc4648_10_vectors_there_and_back(void **state)
{
	static const char *const rows[][2] = {
		{"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i][0]), bare = strcspn(rows[i][1], "=");
		char text[16];
		uint8_t bytes[8];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_base64_write(&b, (const uint8_t *)rows[i][0], len);
		assert_string_equal(ahoy_buf_cstr(&b), rows[i][1]);
		assert_int_equal(ahoy_base64_read(ahoy_slice_of(rows[i][1]), bytes, len), 0);
		assert_memory_equal(bytes, rows[i][0], len);
		/* RFC 4568 6.1 shows keys without padding. */
		assert_int_equal(ahoy_base64_read(ahoy_slice_make(rows[i][1], bare), bytes, len), 0);
		assert_memory_equal(bytes, rows[i][0], len);
		for (size_t cut = 0; cut < bare; cut++)
			assert_int_equal(ahoy_base64_read(ahoy_slice_make(rows[i][1], cut), bytes, len), AHOY_ESYNTAX);
	}
}

static void what_is_no_base64_is_refused(void **state)
{
	static const char *const rows[] = {"Zm9vYg=a", "Zm9vYg=", "Zm9vYg===", "Zm9v*g==", "Zm9v g==", "Zm9=Yg==", "Zm9vYh==", "Zm9v\0g=="};
	uint8_t bytes[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(ahoy_base64_read(ahoy_slice_make(rows[i], i == 7 ? 8 : strlen(rows[i])), bytes, 4), AHOY_ESYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4648_10_vectors_there_and_back),
		cmocka_unit_test(what_is_no_base64_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
