/* base/buf: the bounded writer. */
#include "base/buf.h"

#include <stdlib.h>

#include "test.h"

static void what_is_put_stands_there_in_order(void **state)
{
	char memory[128];
	ahoy_buf b = ahoy_buf_over(memory, sizeof memory);
	const uint8_t bytes[] = {0x00, 0x0f, 0xa0, 0xff};

	(void)state;
	ahoy_buf_put(&b, AHOY_S("INVITE"));
	ahoy_buf_char(&b, ' ');
	ahoy_buf_str(&b, "sip:");
	ahoy_buf_str(&b, NULL);
	ahoy_buf_put(&b, (ahoy_slice){NULL, 0});
	ahoy_buf_u64(&b, 0);
	ahoy_buf_char(&b, ' ');
	ahoy_buf_u64(&b, UINT64_MAX);
	ahoy_buf_char(&b, ' ');
	ahoy_buf_hex(&b, bytes, sizeof bytes);
	ahoy_buf_fmt(&b, " %03d/%s", 7, "x");
	assert_slice(ahoy_buf_slice(&b), "INVITE sip:0 18446744073709551615 000fa0ff 007/x");
	assert_false(b.full);
}

static void hexadecimal_numbers_keep_their_leading_zeros(void **state)
{
	static const struct {
		uint64_t value;
		unsigned digits;
		const char *text;
	} rows[] = {
		{0, 1, "0"},
		{1, 8, "00000001"},
		{0xdeadbeef, 8, "deadbeef"},
		{0xdeadbeef, 4, "beef"},
		{UINT64_MAX, 16, "ffffffffffffffff"},
		{0x0123456789abcdef, 16, "0123456789abcdef"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char memory[32];
		ahoy_buf b = ahoy_buf_over(memory, sizeof memory);

		ahoy_buf_hex_u64(&b, rows[i].value, rows[i].digits);
		assert_slice(ahoy_buf_slice(&b), rows[i].text);
	}
}

/* Every capacity from 0 to more than enough: nothing is written past the end, and `full` says whether all is there. */
static void every_capacity_is_respected_and_full_is_sticky(void **state)
{
	static const char whole[] = "abc1234f0e end";

	(void)state;
	for (size_t cap = 0; cap <= sizeof whole + 2; cap++) {
		char *memory = malloc(cap ? cap : 1); /* a block of its own: a sanitizer sees the first byte past it */
		ahoy_buf b = ahoy_buf_over(memory, cap);

		ahoy_buf_str(&b, "abc");
		ahoy_buf_u64(&b, 1234);
		ahoy_buf_hex(&b, "\xf0", 1);
		ahoy_buf_char(&b, 'e');
		ahoy_buf_fmt(&b, " %s", "end");
		assert_true(b.len <= cap);
		assert_int_equal(b.full, cap < sizeof whole - 1);
		assert_memory_equal(memory, whole, b.len);
		free(memory);
	}
}

static void after_something_did_not_fit_nothing_smaller_slips_in(void **state)
{
	char memory[4];
	ahoy_buf b = ahoy_buf_over(memory, sizeof memory);

	(void)state;
	ahoy_buf_str(&b, "ab");
	ahoy_buf_str(&b, "toolong");
	ahoy_buf_char(&b, 'c');
	assert_true(b.full);
	assert_slice(ahoy_buf_slice(&b), "ab");
}

static void a_format_longer_than_its_scratch_is_refused_not_cut(void **state)
{
	char *memory = malloc(4096);
	char *text = malloc(1025);
	ahoy_buf b = ahoy_buf_over(memory, 4096);

	(void)state;
	memset(text, 'x', 1024);
	text[1023] = '\0';
	ahoy_buf_fmt(&b, "%s", text);
	assert_false(b.full);
	assert_int_equal(b.len, 1023);
	text[1023] = 'x';
	text[1024] = '\0';
	ahoy_buf_fmt(&b, "%s", text);
	assert_true(b.full);
	assert_int_equal(b.len, 1023);
	free(text);
	free(memory);
}

static void what_a_peer_sent_is_made_safe_to_show(void **state)
{
	static const struct {
		const char *bytes, *shown;
	} rows[] = {
		{"", ""},
		{"plain ASCII ~", "plain ASCII ~"},
		{"a\r\nb\t", "a\\x0d\\x0ab\\x09"},
		{"\x1b[31m", "\\x1b[31m"},
		{"\x7f", "\\x7f"},
		{"c:\\dir", "c:\\\\dir"},
		{"\xe4\xbd\xa0\xe5\xa5\xbd", "\xe4\xbd\xa0\xe5\xa5\xbd"}, /* UTF-8 stays readable */
		{"\xf0\x9f\x93\x9e", "\xf0\x9f\x93\x9e"},
		{"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* above U+10FFFF */
		{"\xc0\xaf", "\\xc0\\xaf"},		      /* overlong slash */
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
		{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
		{"\xc2\x9b", "\\xc2\\x9b"},	     /* C1: some terminals take it for ESC [ */
		{"\xc2\xa0", "\xc2\xa0"},
		{"\xe4\xbd", "\\xe4\\xbd"}, /* cut short */
		{"\xe4\xbdx", "\\xe4\\xbdx"},
		{"\x80", "\\x80"},
		{"\xff\xfe", "\\xff\\xfe"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char memory[256];
		ahoy_buf b = ahoy_buf_over(memory, sizeof memory);
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].bytes));

		ahoy_buf_escaped(&b, exact);
		assert_slice_row(ahoy_buf_slice(&b), rows[i].shown, rows[i].shown);
		test_free_exact(exact);
	}
}

static void a_nul_byte_is_escaped_too(void **state)
{
	char memory[16];
	ahoy_buf b = ahoy_buf_over(memory, sizeof memory);

	(void)state;
	ahoy_buf_escaped(&b, AHOY_S("a\0b"));
	assert_slice(ahoy_buf_slice(&b), "a\\x00b");
}

/* For every pair of bytes: what comes out holds no control byte, whatever went in. */
static void no_pair_of_bytes_gets_a_control_byte_through(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 65536; pair++) {
		char memory[16], bytes[2] = {(char)(pair >> 8), (char)pair};
		ahoy_buf b = ahoy_buf_over(memory, sizeof memory);

		ahoy_buf_escaped(&b, (ahoy_slice){bytes, 2});
		assert_false(b.full);
		for (size_t i = 0; i < b.len; i++)
			if ((uint8_t)memory[i] < 0x20 || (uint8_t)memory[i] == 0x7f)
				fail_msg("bytes %04x came through", pair);
	}
}

static void a_string_ends_within_its_memory(void **state)
{
	char memory[4];
	ahoy_buf b = ahoy_buf_over(memory, sizeof memory);
	ahoy_buf nothing = ahoy_buf_over(NULL, 0);

	(void)state;
	assert_string_equal(ahoy_buf_cstr(&b), "");
	ahoy_buf_str(&b, "abc");
	assert_string_equal(ahoy_buf_cstr(&b), "abc");
	ahoy_buf_str(&b, "d");
	assert_false(b.full);
	assert_string_equal(ahoy_buf_cstr(&b), "abc");
	assert_string_equal(ahoy_buf_cstr(&nothing), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_stands_there_in_order),
		cmocka_unit_test(hexadecimal_numbers_keep_their_leading_zeros),
		cmocka_unit_test(every_capacity_is_respected_and_full_is_sticky),
		cmocka_unit_test(after_something_did_not_fit_nothing_smaller_slips_in),
		cmocka_unit_test(a_format_longer_than_its_scratch_is_refused_not_cut),
		cmocka_unit_test(what_a_peer_sent_is_made_safe_to_show),
		cmocka_unit_test(a_nul_byte_is_escaped_too),
		cmocka_unit_test(no_pair_of_bytes_gets_a_control_byte_through),
		cmocka_unit_test(a_string_ends_within_its_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
