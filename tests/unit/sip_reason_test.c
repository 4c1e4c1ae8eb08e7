/* sip/reason: standard reason phrases. */
#include "sip/write.h"
#include "test.h"

static void rfc3261_21_known_codes_have_their_phrase(void **state)
{
	static const struct {
		int status;
		const char *phrase;
	} rows[] = {{100, "Trying"},
		    {180, "Ringing"},
		    {200, "OK"},
		    {401, "Unauthorized"},
		    {407, "Proxy Authentication Required"},
		    {423, "Interval Too Brief"},
		    {481, "Call/Transaction Does Not Exist"},
		    {487, "Request Terminated"},
		    {488, "Not Acceptable Here"},
		    {489, "Bad Event"},
		    {505, "Version Not Supported"},
		    {603, "Decline"},
		    {608, "Rejected"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_slice(ahoy_reason_phrase(rows[i].status), rows[i].phrase);
}

static void other_codes_have_that_of_their_class(void **state)
{
	(void)state;
	assert_slice(ahoy_reason_phrase(101), "Progress");
	assert_slice(ahoy_reason_phrase(299), "Success");
	assert_slice(ahoy_reason_phrase(399), "Redirection");
	assert_slice(ahoy_reason_phrase(499), "Request Failure");
	assert_slice(ahoy_reason_phrase(599), "Server Failure");
	assert_slice(ahoy_reason_phrase(699), "Global Failure");
	assert_slice(ahoy_reason_phrase(99), "Unknown");
	assert_slice(ahoy_reason_phrase(700), "Unknown");
	assert_slice(ahoy_reason_phrase(-1), "Unknown");
}

static void every_phrase_can_stand_in_a_status_line(void **state)
{
	(void)state;
	for (int status = 0; status < 800; status++) {
		ahoy_slice phrase = ahoy_reason_phrase(status);

		assert_in_range(phrase.len, 2, 60);
		assert_int_equal(ahoy_slice_find(phrase, '\n'), phrase.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_21_known_codes_have_their_phrase),
		cmocka_unit_test(other_codes_have_that_of_their_class),
		cmocka_unit_test(every_phrase_can_stand_in_a_status_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
