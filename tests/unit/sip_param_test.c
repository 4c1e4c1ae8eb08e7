/* sip/param: ";name=value" lists. */
#include "sip/param.h"

#include "base/err.h"
#include "sip/param_scan.h"
#include "test.h"

static void rfc3261_25_1_lists_are_checked(void **state)
{
	static const struct {
		const char *text, *kept;
		int err;
	} rows[] = {
		{"", "", 0},
		{"  ", "", 0},
		{";lr", ";lr", 0},
		{";tag=abc;x=1", ";tag=abc;x=1", 0},
		{" ; a = b ; c ", "; a = b ; c", 0},
		{";a=\"x;y,z>\\\"\"", ";a=\"x;y,z>\\\"\"", 0},
		{";a=\r\n b", ";a=\r\n b", 0},
		{";a=", ";a=", 0},
		{";+sip.instance=\"<urn:uuid:0>\";ob", ";+sip.instance=\"<urn:uuid:0>\";ob", 0},
		{";received=2001:db8::1", ";received=2001:db8::1", 0},
		{";;", "", AHOY_ESYNTAX},
		{";", "", AHOY_ESYNTAX},
		{"a=b", "", AHOY_ESYNTAX},
		{";=b", "", AHOY_ESYNTAX},
		{";a=\"open", "", AHOY_ESYNTAX},
		{";a b", "", AHOY_ESYNTAX},
		{";a=b c", "", AHOY_ESYNTAX},
		{";a,b", "", AHOY_ESYNTAX},
		{";a=<b>", "", AHOY_ESYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		ahoy_params params = {AHOY_S("untouched")};

		assert_err_row(ahoy_params_parse(exact, &params), rows[i].err, rows[i].text);
		if (!rows[i].err)
			assert_slice_row(params.text, rows[i].kept, rows[i].text);
		test_free_exact(exact);
	}
}

static void a_list_longer_than_the_bound_is_out_of_range(void **state)
{
	char text[4 * (AHOY_MAX_PARAMS + 1)];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_params params;

	(void)state;
	for (int i = 0; i < AHOY_MAX_PARAMS; i++)
		ahoy_buf_str(&b, ";p");
	assert_ok(ahoy_params_parse(ahoy_buf_slice(&b), &params));
	ahoy_buf_str(&b, ";p");
	assert_err(ahoy_params_parse(ahoy_buf_slice(&b), &params), AHOY_ERANGE);
}

static void rfc3261_7_3_1_names_are_found_in_any_case(void **state)
{
	ahoy_params params;
	ahoy_slice value;

	(void)state;
	assert_ok(ahoy_params_parse(AHOY_S(";Tag=1;lr ; X = \"q\" ;tag=2"), &params));
	assert_true(ahoy_params_get(params, AHOY_S("tAG"), &value));
	assert_slice(value, "1");
	assert_true(ahoy_params_get(params, AHOY_S("lr"), &value));
	assert_slice(value, "");
	assert_true(ahoy_params_get(params, AHOY_S("x"), &value));
	assert_slice(value, "\"q\"");
	assert_true(ahoy_params_get(params, AHOY_S("x"), NULL));
	assert_false(ahoy_params_get(params, AHOY_S("ta"), &value));
	assert_false(ahoy_params_get((ahoy_params){0}, AHOY_S("tag"), &value));
}

static void walking_a_list_gives_its_parameters_in_order(void **state)
{
	ahoy_slice rest = AHOY_S(";a=1;b;c=\";\""), name, value;

	(void)state;
	assert_true(ahoy_params_next(&rest, &name, &value));
	assert_slice(name, "a");
	assert_slice(value, "1");
	assert_true(ahoy_params_next(&rest, &name, &value));
	assert_slice(name, "b");
	assert_slice(value, "");
	assert_true(ahoy_params_next(&rest, &name, &value));
	assert_slice(name, "c");
	assert_slice(value, "\";\"");
	assert_false(ahoy_params_next(&rest, &name, &value));
}

static void the_scan_stops_behind_the_blanks_that_follow(void **state)
{
	ahoy_slice text = AHOY_S(";a = b , next"), name, value;
	size_t at = 0;

	(void)state;
	assert_ok(ahoy_param_scan(text, &at, &name, &value));
	assert_int_equal(at, 7);
	assert_slice(value, "b");
}

static void unquoting_takes_off_quotes_escapes_and_folds(void **state)
{
	static const struct {
		const char *text, *plain;
	} rows[] = {
		{"token", "token"},
		{"\"\"", ""},
		{"\"a b\"", "a b"},
		{"\"a\\\"b\\\\\"", "a\"b\\"},
		{"\"", "\""},
		{"\"a\r\n b\"", "a b"},
		{"\"open", "\"open"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[32];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_param_unquote(&b, ahoy_slice_of(rows[i].text));
		assert_slice_row(ahoy_buf_slice(&b), rows[i].plain, rows[i].text);
	}
}

static void a_list_cut_anywhere_is_read_within_its_bytes(void **state)
{
	static const char text[] = ";tag=abc ; x=\"a\\\"b;\" ;lr;z=\r\n 1";

	(void)state;
	for (size_t len = 0; len < sizeof text; len++) {
		ahoy_slice exact = test_exact((ahoy_slice){text, len}), rest, name, value;
		ahoy_params params;
		size_t count = 0;

		if (!ahoy_params_parse(exact, &params)) {
			rest = params.text;
			while (ahoy_params_next(&rest, &name, &value))
				count++;
			assert_in_range(count, 0, 4);
			assert_int_equal(rest.len, 0);
		}
		test_free_exact(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_25_1_lists_are_checked),
		cmocka_unit_test(a_list_longer_than_the_bound_is_out_of_range),
		cmocka_unit_test(rfc3261_7_3_1_names_are_found_in_any_case),
		cmocka_unit_test(walking_a_list_gives_its_parameters_in_order),
		cmocka_unit_test(the_scan_stops_behind_the_blanks_that_follow),
		cmocka_unit_test(unquoting_takes_off_quotes_escapes_and_folds),
		cmocka_unit_test(a_list_cut_anywhere_is_read_within_its_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
