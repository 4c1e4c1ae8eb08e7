/* sip/rack: RSeq and RAck (RFC 3262 7). */
#include "sip/rack.h"

#include "test.h"

static void rfc3262_7_2_rack_values(void **state)
{
	static const struct {
		const char *text;
		int err;
		uint32_t rseq, cseq;
		ahoy_method method;
	} rows[] = {
		{"776656 1 INVITE", 0, 776656, 1, AHOY_INVITE},
		{" 1 \t 0  INVITE ", 0, 1, 0, AHOY_INVITE},
		{"4294967295 4294967295 PRACK", 0, UINT32_MAX, UINT32_MAX, AHOY_PRACK},
		{"7 8 FROBNICATE", 0, 7, 8, AHOY_METHOD_OTHER},
		{"0 1 INVITE", AHOY_ERANGE, 0, 0, 0},
		{"4294967296 1 INVITE", AHOY_ERANGE, 0, 0, 0},
		{"1 4294967296 INVITE", AHOY_ERANGE, 0, 0, 0},
		{"", AHOY_ESYNTAX, 0, 0, 0},
		{"1", AHOY_ESYNTAX, 0, 0, 0},
		{"1 2", AHOY_ESYNTAX, 0, 0, 0},
		{"1 2 INVITE more", AHOY_ESYNTAX, 0, 0, 0},
		{"-1 2 INVITE", AHOY_ESYNTAX, 0, 0, 0},
		{"1 two INVITE", AHOY_ESYNTAX, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		ahoy_rack out = {0};

		assert_err_row(ahoy_rack_parse(exact, &out), rows[i].err, rows[i].text);
		if (!rows[i].err) {
			assert_row(out.rseq == rows[i].rseq, rows[i].text);
			assert_row(out.cseq == rows[i].cseq, rows[i].text);
			assert_row(out.method == rows[i].method, rows[i].text);
		}
		test_free_exact(exact);
	}
}

static void rfc3262_7_1_rseq_values(void **state)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{"1", 0},
		{" 4294967295 ", 0},
		{"0", AHOY_ERANGE},
		{"4294967296", AHOY_ERANGE},
		{"", AHOY_ESYNTAX},
		{"1 2", AHOY_ESYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		uint32_t out;

		assert_err_row(ahoy_rseq_parse(exact, &out), rows[i].err, rows[i].text);
		test_free_exact(exact);
	}
}

static void every_cut_of_a_value_is_read_within_its_bounds(void **state)
{
	const char *text = "776656 1 INVITE";

	(void)state;
	for (size_t len = 0; len <= strlen(text); len++) {
		ahoy_slice exact = test_exact((ahoy_slice){text, len});
		ahoy_rack out;

		(void)!ahoy_rack_parse(exact, &out);
		test_free_exact(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3262_7_2_rack_values),
		cmocka_unit_test(rfc3262_7_1_rseq_values),
		cmocka_unit_test(every_cut_of_a_value_is_read_within_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
