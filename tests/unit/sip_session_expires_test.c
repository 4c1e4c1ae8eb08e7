/* sip/session_expires: the value of Session-Expires (RFC 4028 4). */
#include "sip/session_expires.h"

#include "test.h"

static void rfc4028_4_good_values(void **state)
{
	static const struct {
		const char *text;
		uint32_t interval_s;
		ahoy_refresher refresher;
	} rows[] = {
		{"1800", 1800, AHOY_REFRESHER_NONE},
		{"90;refresher=uac", 90, AHOY_REFRESHER_UAC},
		{"90 ;\r\n refresher = UAS", 90, AHOY_REFRESHER_UAS},
		{"4000;a;refresher=uas;b=\"x;refresher=uac\"", 4000, AHOY_REFRESHER_UAS},
		{"4294967295", UINT32_MAX, AHOY_REFRESHER_NONE},
		{"99999999999999999999;refresher=uac", UINT32_MAX, AHOY_REFRESHER_UAC},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		ahoy_session_expires out;

		assert_err_row(ahoy_session_expires_parse(exact, &out), 0, rows[i].text);
		assert_row(out.interval_s == rows[i].interval_s, rows[i].text);
		assert_row(out.refresher == rows[i].refresher, rows[i].text);
		test_free_exact(exact);
	}
}

static void rfc4028_4_bad_values(void **state)
{
	static const char *const rows[] = {"", " ", "0", "-1", "1800s", "1 2", ";refresher=uac", "90;refresher=me",
					   "90;refresher=", "90;=uac", "90 refresher=uac", "90;refresher=\"uac", "0;refresher=uas"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i]));
		ahoy_session_expires out;

		assert_err_row(ahoy_session_expires_parse(exact, &out), AHOY_ESYNTAX, rows[i]);
		test_free_exact(exact);
	}
}

static void every_cut_of_a_value_is_read_within_its_bounds(void **state)
{
	const char *text = "1800;refresher=uac;x=\"y\"";

	(void)state;
	for (size_t len = 0; len <= strlen(text); len++) {
		ahoy_slice exact = test_exact((ahoy_slice){text, len});
		ahoy_session_expires out;

		(void)!ahoy_session_expires_parse(exact, &out);
		test_free_exact(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4028_4_good_values),
		cmocka_unit_test(rfc4028_4_bad_values),
		cmocka_unit_test(every_cut_of_a_value_is_read_within_its_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
