/* crypto/siphash: SipHash-2-4. */
#include "crypto/siphash.h"

#include "test.h"

/* The key 00 01 … 0f and messages 00 01 02 … of rising length. The 15-byte one is the example of the paper's appendix
 * A; the others are of the vector table that its authors publish, and `openssl mac -macopt hexkey:00…0f -macopt size:8
 * -in FILE SIPHASH` gives the same. */
static void the_authors_vectors(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} rows[] = {
		{0, UINT64_C(0x726fdb47dd0e0e31)},
		{1, UINT64_C(0x74f839c593dc67fd)},
		{2, UINT64_C(0x0d6c8009d9a94f5a)},
		{3, UINT64_C(0x85676696d7fb7e2d)},
		{7, UINT64_C(0xab0200f58b01d137)},
		{8, UINT64_C(0x93f5f5799a932462)},
		{9, UINT64_C(0x9e0082df0ba9e4b0)},
		{14, UINT64_C(0xf723ca908e7af2ee)},
		{15, UINT64_C(0xa129ca6149be45e5)},
		{16, UINT64_C(0x3f2acc7f57c29bdb)},
		{31, UINT64_C(0x32d892fad841c342)},
		{32, UINT64_C(0x7127512f72f27cce)},
		{63, UINT64_C(0x958a324ceb064572)},
	};
	uint8_t key[16];
	char message[64];

	(void)state;
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof message; i++)
		message[i] = (char)i;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact((ahoy_slice){message, rows[i].len});

		if (ahoy_siphash(key, exact) != rows[i].hash)
			fail_msg("length %zu", rows[i].len);
		test_free_exact(exact);
	}
}

static void another_key_is_another_hash(void **state)
{
	uint8_t key[16] = {0}, other[16] = {[15] = 1};

	(void)state;
	assert_true(ahoy_siphash(key, AHOY_S("z9hG4bK1")) != ahoy_siphash(other, AHOY_S("z9hG4bK1")));
	assert_true(ahoy_siphash(key, (ahoy_slice){0}) != ahoy_siphash(other, (ahoy_slice){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_authors_vectors),
		cmocka_unit_test(another_key_is_another_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
