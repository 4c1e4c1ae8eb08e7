/* store/copy: records and bindings as one block each. */
#include "store/copy.h"

#include <stdlib.h>

#include "test.h"

static void a_copied_record_owns_its_strings(void **state)
{
	char id[] = "id-1", reason[] = "x\x01\xff\\";
	ahoy_cdr cdr = {.id = ahoy_slice_of(id), .reason = ahoy_slice_of(reason), .code = 200}, *plain, *escaped;

	(void)state;
	cdr.callee.call_id = AHOY_S("b");
	plain = ahoy_cdr_copy(&cdr);
	escaped = ahoy_cdr_copy_escaped(&cdr);
	assert_non_null(plain);
	assert_non_null(escaped);
	memset(id, 0, sizeof id);
	memset(reason, 0, sizeof reason);
	assert_slice(plain->id, "id-1");
	assert_slice(plain->reason, "x\x01\xff\\");
	assert_slice(plain->callee.call_id, "b");
	assert_int_equal(plain->code, 200);
	assert_slice(escaped->reason, "x\\x01\\xff\\\\");
	assert_slice(escaped->from, "");
	free(plain);
	free(escaped);
}

static void copied_bindings_own_their_strings(void **state)
{
	char contact[] = "sip:a", agent[] = "agent";
	ahoy_binding set[2] = {{.contact = ahoy_slice_of(contact)}, {.user_agent = ahoy_slice_of(agent), .cseq = 7}}, *copy;

	(void)state;
	copy = ahoy_bindings_copy(set, 2);
	assert_non_null(copy);
	memset(contact, 0, sizeof contact);
	memset(agent, 0, sizeof agent);
	assert_slice(copy[0].contact, "sip:a");
	assert_slice(copy[1].user_agent, "agent");
	assert_int_equal(copy[1].cseq, 7);
	free(copy);
	copy = ahoy_bindings_copy(NULL, 0);
	assert_non_null(copy);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copied_record_owns_its_strings),
		cmocka_unit_test(copied_bindings_own_their_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
