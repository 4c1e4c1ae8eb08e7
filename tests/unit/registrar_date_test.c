/* registrar/date: SIP-date. */
#include "registrar/date.h"

#include "test.h"

static void rfc3261_20_17_date_is_rfc1123_in_gmt(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} table[] = {
		{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
		{951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
		{951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
		{951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},
		{1289690940, "Sat, 13 Nov 2010 23:29:00 GMT"}, /* the RFC's own example */
		{1735689599, "Tue, 31 Dec 2024 23:59:59 GMT"},
		{4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"}, /* 2100 is no leap year */
		{253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
		{253402300800, "Fri, 31 Dec 9999 23:59:59 GMT"},
		{UINT64_MAX / 1000 - 1, "Fri, 31 Dec 9999 23:59:59 GMT"},
	};
	char text[AHOY_DATE_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_date_write(table[i].seconds * 1000 + 999, text);
		assert_slice_row(ahoy_slice_make(text, sizeof text), table[i].text, table[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_20_17_date_is_rfc1123_in_gmt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
