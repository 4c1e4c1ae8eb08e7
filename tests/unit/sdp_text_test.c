#include "sdp/text.h"

#include "test.h"

static void rfc8866_9_tokens_are_told_from_other_text(void **state)
{
	static const struct {
		const char *text;
		bool visible, token, plain;
	} rows[] = {
		{"", false, false, true},
		{"rtpmap", true, true, true},
		{"x-y.z_1!#$%&'*+^`{|}~", true, true, true},
		{"a b", false, false, true},
		{"a/b", true, false, true},
		{"a:b", true, false, true},
		{"\xc3\xa9", false, false, true},
		{"a\tb", false, false, false},
		{"a\x7f", false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice s = ahoy_slice_of(rows[i].text);

		assert_row(ahoy_sdp_is_visible(s) == rows[i].visible, rows[i].text);
		assert_row(ahoy_sdp_is_token(s) == rows[i].token, rows[i].text);
		assert_row(ahoy_sdp_is_text(s) == rows[i].plain, rows[i].text);
	}
}

static void tokens_are_taken_over_any_blanks(void **state)
{
	ahoy_slice rest = AHOY_S(" a \t bc");

	(void)state;
	assert_slice(ahoy_sdp_next_token(&rest), "a");
	assert_slice(ahoy_sdp_next_token(&rest), "bc");
	assert_slice(ahoy_sdp_next_token(&rest), "");
	assert_slice(ahoy_sdp_next_token(&rest), "");
	rest = (ahoy_slice){NULL, 0};
	assert_slice(ahoy_sdp_next_token(&rest), "");
	assert_slice(ahoy_sdp_trim(AHOY_S(" \tx y\t")), "x y");
}

static void rfc8866_6_6_rtpmap_is_name_clock_and_channels(void **state)
{
	static const struct {
		const char *value;
		int err;
		unsigned clock_rate_hz, channels;
	} rows[] = {
		{"0 PCMU/8000", 0, 8000, 1},
		{"111  opus/48000/2", 0, 48000, 2},
		{"127 L16/1000000/255", 0, 1000000, 255},
		{"128 X/8000", AHOY_ERANGE, 0, 0},
		{"-1 X/8000", AHOY_ESYNTAX, 0, 0},
		{"X/8000", AHOY_ESYNTAX, 0, 0},
		{"0 /8000", AHOY_ESYNTAX, 0, 0},
		{"0 X/", AHOY_ESYNTAX, 0, 0},
		{"0 X/8000/", AHOY_ESYNTAX, 0, 0},
		{"0 X/8000/0", AHOY_ERANGE, 0, 0},
		{"0 X/8000/256", AHOY_ERANGE, 0, 0},
		{"0 X/1000001", AHOY_ERANGE, 0, 0},
		{"0 X/8000 y", AHOY_ESYNTAX, 0, 0},
		{"", AHOY_ESYNTAX, 0, 0},
	};
	ahoy_sdp_codec codec;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_err_row(ahoy_sdp_parse_rtpmap(ahoy_slice_of(rows[i].value), &codec), rows[i].err, rows[i].value);
		if (rows[i].err == 0) {
			assert_int_equal(codec.clock_rate_hz, rows[i].clock_rate_hz);
			assert_int_equal(codec.channels, rows[i].channels);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc8866_9_tokens_are_told_from_other_text),
		cmocka_unit_test(tokens_are_taken_over_any_blanks),
		cmocka_unit_test(rfc8866_6_6_rtpmap_is_name_clock_and_channels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
