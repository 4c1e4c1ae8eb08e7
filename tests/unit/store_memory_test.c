/* store/memory: the backend of tests and simulations. */
#include "store_contract.h"

static ahoy_store *contract_open(void)
{
	ahoy_store *store;

	assert_ok(ahoy_store_open_memory(NULL, &store));
	return store;
}

int main(void)
{
	const struct CMUnitTest tests[] = {CONTRACT_TESTS};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
