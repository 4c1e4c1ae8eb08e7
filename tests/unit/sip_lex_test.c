/* sip/lex: byte classes, runs, quoted strings, hosts. */
#include "sip/lex.h"

#include "test.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define MARK "-_.!~*'()"
/* All visible ASCII but the digits and letters. */
#define PUNCTUATION "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

static bool in(const char *set, int c)
{
	return c != 0 && strchr(set, c) != NULL;
}

static void rfc3261_25_1_classes_hold_exactly_the_bytes_of_the_grammar(void **state)
{
	static const struct {
		const char *name, *members;
		unsigned bit;
	} classes[] = {
		{"token", ALNUM "-.!%*_+`'~", AHOY_CH_TOKEN},
		{"user", ALNUM MARK "&=+$,;?/%#", AHOY_CH_USER},
		{"host", ALNUM "-._", AHOY_CH_HOST},
		{"uri parameter", ALNUM MARK "[]/:&+$%", AHOY_CH_URI},
		{"lws", " \t\r\n", AHOY_CH_LWS},
		{"telephone number", "0123456789abcdefABCDEF*#+-.()", AHOY_CH_TEL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		for (int c = 0; c < 256; c++)
			if (ahoy_lex_is((char)c, classes[i].bit) != in(classes[i].members, c))
				fail_msg("%s and byte 0x%02x", classes[i].name, c);
}

static void classes_by_exclusion_leave_out_what_ends_a_value(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		bool visible = in(ALNUM PUNCTUATION, c);

		assert_int_equal(ahoy_lex_is((char)c, AHOY_CH_VALUE), (visible || c >= 0x80) && !in(";,\"<>", c));
		assert_int_equal(ahoy_lex_is((char)c, AHOY_CH_OPAQUE), visible && !in("<>\"", c));
	}
}

/* `search` finds each of the `ends` at every distance from where it starts and from the end, and nothing else: every other byte
 * value stands around it in turn. */
static void assert_finds(size_t (*search)(ahoy_slice, size_t), const char *ends, size_t count)
{
	char text[48];
	unsigned other = 0;

	for (size_t len = 0; len <= sizeof text; len++)
		for (size_t at = 0; at <= len; at++)
			for (size_t e = 0; e < count; e++) {
				ahoy_slice exact;

				do
					other = (other + 1) & 0xff;
				while (memchr(ends, (int)other, count));
				memset(text, (int)other, sizeof text);
				if (at < len)
					text[at] = ends[e];
				exact = test_exact((ahoy_slice){text, len});
				for (size_t from = 0; from <= at; from++)
					assert_int_equal(search(exact, from), at);
				test_free_exact(exact);
			}
}

static void searches_find_the_first_wanted_byte_at_every_distance(void **state)
{
	static const char controls[] = {'\r', '\n', '\0'}, splitters[] = {',', '"', '<', '('}, colon[] = {':'};

	(void)state;
	assert_finds(ahoy_lex_control, controls, sizeof controls);
	assert_finds(ahoy_lex_splitter, splitters, sizeof splitters);
	assert_finds(ahoy_lex_colon, colon, sizeof colon);
}

static void quoted_string_ends_at_the_quote_that_is_not_escaped(void **state)
{
	static const struct {
		const char *text;
		size_t end;
	} rows[] = {
		{"\"\"", 2},
		{"\"a\" b", 3},
		{"\"a\\\"b\"", 6},
		{"\"\\\\\"x", 4},
		{"\"a;,<>\"", 7},
		{"\"", 0},
		{"\"abc", 0},
		{"\"a\\\"", 0},
		{"\"a\\", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));

		assert_row(ahoy_lex_quoted(exact, 0) == rows[i].end, rows[i].text);
		test_free_exact(exact);
	}
}

static void host_is_a_name_an_address_or_an_ipv6_reference(void **state)
{
	static const struct {
		const char *text;
		size_t end;
	} rows[] = {
		{"example.com:5060", 11},
		{"192.0.2.1", 9},
		{"my_host", 7},
		{"[2001:db8::1]:5060", 13},
		{"[::1]", 5},
		{"", 0},
		{":5060", 0},
		{"[::1", 0},
		{"[]", 0},
		{"[1.2.3.4]", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_row(ahoy_lex_host(ahoy_slice_of(rows[i].text), 0) == rows[i].end, rows[i].text);
}

static void rfc1035_2_3_4_host_longer_than_255_bytes_is_none(void **state)
{
	char text[256];

	(void)state;
	memset(text, 'a', sizeof text);
	assert_int_equal(ahoy_lex_host((ahoy_slice){text, 255}, 0), 255);
	assert_int_equal(ahoy_lex_host((ahoy_slice){text, 256}, 0), 0);
}

static void words_compare_without_case_and_by_their_whole_length(void **state)
{
	(void)state;
	assert_true(AHOY_LEX_WORD(AHOY_S("tag"), "tag"));
	assert_true(AHOY_LEX_WORD(AHOY_S("TaG"), "tag"));
	assert_false(AHOY_LEX_WORD(AHOY_S("tags"), "tag"));
	assert_false(AHOY_LEX_WORD(AHOY_S("ta"), "tag"));
	assert_false(AHOY_LEX_WORD(AHOY_S("tab"), "tag"));
}

static void hexadecimal_digits_have_their_value_and_others_none(void **state)
{
	(void)state;
	assert_int_equal(ahoy_lex_hex('0'), 0);
	assert_int_equal(ahoy_lex_hex('9'), 9);
	assert_int_equal(ahoy_lex_hex('a'), 10);
	assert_int_equal(ahoy_lex_hex('F'), 15);
	assert_int_equal(ahoy_lex_hex('g'), -1);
	assert_int_equal(ahoy_lex_hex('/'), -1);
	assert_int_equal(ahoy_lex_hex('\xff'), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_25_1_classes_hold_exactly_the_bytes_of_the_grammar),
		cmocka_unit_test(classes_by_exclusion_leave_out_what_ends_a_value),
		cmocka_unit_test(searches_find_the_first_wanted_byte_at_every_distance),
		cmocka_unit_test(quoted_string_ends_at_the_quote_that_is_not_escaped),
		cmocka_unit_test(host_is_a_name_an_address_or_an_ipv6_reference),
		cmocka_unit_test(rfc1035_2_3_4_host_longer_than_255_bytes_is_none),
		cmocka_unit_test(words_compare_without_case_and_by_their_whole_length),
		cmocka_unit_test(hexadecimal_digits_have_their_value_and_others_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
