/* api/version: the library says the version of its headers. */
#include "ahoy/base.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static void the_linked_version_is_the_headers(void **state)
{
	char text[32];

	(void)state;
	snprintf(text, sizeof text, "%d.%d.%d", AHOY_VERSION_MAJOR, AHOY_VERSION_MINOR, AHOY_VERSION_PATCH);
	assert_string_equal(ahoy_version(), text);
	/* What the programs say of themselves is the same number. */
	assert_true(strcmp(text, "0.0.0") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_linked_version_is_the_headers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
