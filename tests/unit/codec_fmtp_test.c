/* codec/fmtp: format parameters by name. */
#include "codec/fmtp.h"

#include "test.h"

static void rfc4855_3_parameters_are_found_by_name_in_any_case(void **state)
{
	static const struct {
		const char *fmtp, *name, *value; /* NULL: not found */
	} rows[] = {
		{"mode=20", "mode", "20"},
		{"MODE=20", "mode", "20"},
		{"a=1; mode = 30 ;b=2", "mode", "30"},
		{"vbr=on;mode=\"1,any\"", "mode", "1,any"},
		{"mode=\"", "mode", "\""},
		{"usedtx", "usedtx", ""},
		{"modes=20", "mode", NULL},
		{"", "mode", NULL},
		{";;=;", "mode", NULL},
		{"0-15", "mode", NULL},
	};
	ahoy_slice value;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool found = ahoy_fmtp_find(ahoy_slice_of(rows[i].fmtp), ahoy_slice_of(rows[i].name), &value);

		assert_int_equal(found, rows[i].value != NULL);
		if (found)
			assert_slice(value, rows[i].value);
	}
	assert_false(ahoy_fmtp_find((ahoy_slice){NULL, 0}, AHOY_S("mode"), &value));
}

static void what_is_no_number_in_range_is_as_if_it_were_not_there(void **state)
{
	static const struct {
		const char *fmtp;
		uint32_t expected;
	} rows[] = {{"x=5", 5}, {"x=10", 10}, {"x=11", 7}, {"x=-1", 7}, {"x=", 7}, {"y=3", 7}, {"x=99999999999999999999", 7}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(ahoy_fmtp_number(ahoy_slice_of(rows[i].fmtp), AHOY_S("x"), 10, 7), rows[i].expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4855_3_parameters_are_found_by_name_in_any_case),
		cmocka_unit_test(what_is_no_number_in_range_is_as_if_it_were_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
