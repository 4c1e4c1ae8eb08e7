/* base/err: the table of error codes. */
#include "base/err.h"

#include "test.h"

static const struct {
	int code;
	const char *name;
	int status;
} table[] = {
#define ROW(name, value, status, sentence) {value, #name, status},
	AHOY_ERRORS(ROW)
#undef ROW
};

static void every_code_is_negative_and_stands_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		assert_row(table[i].code < 0, table[i].name);
		for (size_t j = 0; j < i; j++)
			assert_row(table[i].code != table[j].code, table[i].name);
	}
}

static void every_code_has_its_own_name_and_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const char *text = ahoy_err_text(table[i].code);

		assert_string_equal(ahoy_err_name(table[i].code), table[i].name);
		assert_row(strlen(text) > 5 && text[strlen(text) - 1] != '.', table[i].name);
		for (size_t j = 0; j < i; j++)
			assert_row(strcmp(text, ahoy_err_text(table[j].code)) != 0, table[i].name);
	}
}

static void every_code_is_answered_by_a_final_sip_failure(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		int status = ahoy_err_sip_status(table[i].code);

		assert_row(status >= 400 && status <= 699, table[i].name);
		assert_int_equal(status, table[i].status ? table[i].status : 500);
	}
}

static void a_number_that_is_no_code_is_named_as_such(void **state)
{
	static const int strangers[] = {1, 42, -9999};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		assert_string_equal(ahoy_err_name(strangers[i]), "AHOY_E?");
		assert_string_equal(ahoy_err_text(strangers[i]), "unknown error");
		assert_int_equal(ahoy_err_sip_status(strangers[i]), 500);
	}
	assert_string_equal(ahoy_err_name(0), "ok");
	assert_string_equal(ahoy_err_text(0), "no error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_is_negative_and_stands_once),
		cmocka_unit_test(every_code_has_its_own_name_and_sentence),
		cmocka_unit_test(every_code_is_answered_by_a_final_sip_failure),
		cmocka_unit_test(a_number_that_is_no_code_is_named_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
