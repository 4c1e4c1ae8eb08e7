/* sip/method: names of methods. */
#include "sip/method.h"

#include "test.h"

static void every_method_is_found_by_its_own_name(void **state)
{
	(void)state;
	for (int m = AHOY_INVITE; m < AHOY_METHODS; m++) {
		ahoy_slice name = ahoy_method_name((ahoy_method)m);

		assert_true(name.len > 2);
		assert_int_equal(ahoy_method_of(name), m);
		/* Neither a part of the name nor more than it. */
		assert_int_equal(ahoy_method_of(ahoy_slice_first(name, name.len - 1)), AHOY_METHOD_OTHER);
	}
}

static void rfc3261_7_1_method_names_are_case_sensitive(void **state)
{
	(void)state;
	assert_int_equal(ahoy_method_of(AHOY_S("INVITE")), AHOY_INVITE);
	assert_int_equal(ahoy_method_of(AHOY_S("invite")), AHOY_METHOD_OTHER);
	assert_int_equal(ahoy_method_of(AHOY_S("Invite")), AHOY_METHOD_OTHER);
	assert_int_equal(ahoy_method_of(AHOY_S("")), AHOY_METHOD_OTHER);
	assert_int_equal(ahoy_method_of(AHOY_S("NEWMETHOD")), AHOY_METHOD_OTHER);
}

static void a_number_that_is_no_method_has_an_empty_name(void **state)
{
	(void)state;
	assert_slice(ahoy_method_name(AHOY_METHOD_OTHER), "");
	assert_slice(ahoy_method_name((ahoy_method)AHOY_METHODS), "");
	assert_slice(ahoy_method_name((ahoy_method)-1), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_is_found_by_its_own_name),
		cmocka_unit_test(rfc3261_7_1_method_names_are_case_sensitive),
		cmocka_unit_test(a_number_that_is_no_method_has_an_empty_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
