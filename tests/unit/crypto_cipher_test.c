/* crypto/cipher: AES in counter mode and GCM against vectors of the documents, and without allocation once it is made. */
#include "crypto/cipher.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "test.h"

static size_t allocations;

static void *count_malloc(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	allocations++;
	return malloc(size);
}

static void *count_realloc(void *ptr, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	allocations++;
	return realloc(ptr, size);
}

static void count_free(void *ptr, const char *file, int line)
{
	(void)file;
	(void)line;
	free(ptr);
}

/* NIST SP 800-38A F.5.1 and F.5.5; the counter is the same. */
static void sp800_38a_counter_mode(void **state)
{
	static const struct {
		ahoy_cipher_kind kind;
		const char *key, *cipher_text;
	} rows[] = {
		{AHOY_CIPHER_AES_128_CTR,
		 "\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c",
		 "\x87\x4d\x61\x91\xb6\x20\xe3\x26\x1b\xef\x68\x64\x99\x0d\xb6\xce"},
		{AHOY_CIPHER_AES_256_CTR,
		 "\x60\x3d\xeb\x10\x15\xca\x71\xbe\x2b\x73\xae\xf0\x85\x7d\x77"
		 "\x81\x1f\x35\x2c\x07\x3b\x61\x08\xd7\x2d\x98\x10\xa3\x09\x14"
		 "\xdf\xf4",
		 "\x60\x1e\xc3\x13\x77\x57\x89\xa5\xb7\xa7\xf5\x04\xbb\xf3\xd2\x28"},
	};
	static const char plain[] = "\x6b\xc1\xbe\xe2\x2e\x40\x9f\x96\xe9\x3d\x7e\x11\x73\x93\x17\x2a";
	uint8_t iv[16];

	(void)state;
	for (size_t i = 0; i < sizeof iv; i++)
		iv[i] = (uint8_t)(0xf0 + i);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_cipher cipher;
		uint8_t bytes[16];

		assert_int_equal(ahoy_cipher_init(&cipher, rows[i].kind, (const uint8_t *)rows[i].key, true), 0);
		for (int round = 0; round < 2; round++) { /* a new IV begins anew */
			memcpy(bytes, plain, sizeof bytes);
			ahoy_cipher_ctr(&cipher, iv, bytes, sizeof bytes);
			assert_memory_equal(bytes, rows[i].cipher_text, sizeof bytes);
			ahoy_cipher_ctr(&cipher, iv, bytes, sizeof bytes);
			assert_memory_equal(bytes, plain, sizeof bytes);
		}
		ahoy_cipher_fini(&cipher);
	}
}

/* The GCM specification's test cases 4 (128 bits) and 16 (256 bits): 60 bytes with 20 of additional data, here in two parts. */
static void gcm_seals_and_opens(void **state)
{
	static const char key[] = "\xfe\xff\xe9\x92\x86\x65\x73\x1c\x6d\x6a\x8f\x94\x67\x30\x83\x08"
				  "\xfe\xff\xe9\x92\x86\x65\x73\x1c\x6d\x6a\x8f\x94\x67\x30\x83\x08";
	static const char iv[] = "\xca\xfe\xba\xbe\xfa\xce\xdb\xad\xde\xca\xf8\x88";
	static const char aad_bytes[] = "\xfe\xed\xfa\xce\xde\xad\xbe\xef\xfe\xed\xfa\xce\xde\xad\xbe\xef\xab\xad\xda\xd2";
	static const char plain[] = "\xd9\x31\x32\x25\xf8\x84\x06\xe5\xa5\x59\x09"
				    "\xc5\xaf\xf5\x26\x9a\x86\xa7\xa9\x53\x15\x34\xf7\xda\x2e\x4c\x30\x3d"
				    "\x8a\x31\x8a\x72\x1c\x3c\x0c\x95\x95\x68\x09\x53\x2f"
				    "\xcf\x0e\x24\x49\xa6\xb5\x25\xb1\x6a\xed\xf5\xaa\x0d\xe6\x57"
				    "\xba\x63\x7b\x39";
	static const struct {
		ahoy_cipher_kind kind;
		const char *begins, *tag;
	} rows[] = {
		{AHOY_CIPHER_AES_128_GCM, "\x42\x83\x1e\xc2", "\x5b\xc9\x4f\xbc\x32\x21\xa5\xdb\x94\xfa\xe9\x5a\xe7\x12\x1a\x47"},
		{AHOY_CIPHER_AES_256_GCM, "\x52\x2d\xc1\xf0", "\x76\xfc\x6e\xce\x0f\x4e\x17\x68\xcd\xdf\x88\x53\xbb\x2d\x55\x1b"},
	};
	ahoy_slice aad[] = {ahoy_slice_make(aad_bytes, 7), ahoy_slice_make(aad_bytes + 7, 13)};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_cipher seals, opens;
		uint8_t bytes[60], sealed[60], tag[AHOY_CIPHER_GCM_TAG];

		assert_int_equal(ahoy_cipher_init(&seals, rows[i].kind, (const uint8_t *)key, true), 0);
		assert_int_equal(ahoy_cipher_init(&opens, rows[i].kind, (const uint8_t *)key, false), 0);
		memcpy(bytes, plain, sizeof bytes);
		ahoy_cipher_seal(&seals, (const uint8_t *)iv, aad, 2, bytes, sizeof bytes, tag);
		assert_memory_equal(bytes, rows[i].begins, 4);
		assert_memory_equal(tag, rows[i].tag, sizeof tag);
		memcpy(sealed, bytes, sizeof sealed);
		assert_true(ahoy_cipher_open(&opens, (const uint8_t *)iv, aad, 2, bytes, sizeof bytes, tag));
		assert_memory_equal(bytes, plain, sizeof bytes);
		/* Any bit of bytes, additional data or tag counts; a failure leaves the next message alone. */
		for (int what = 0; what < 3; what++) {
			uint8_t other[20];
			ahoy_slice changed = ahoy_slice_make(other, sizeof other);

			memcpy(bytes, sealed, sizeof bytes);
			memcpy(other, aad_bytes, sizeof other);
			bytes[59] ^= what == 0;
			other[19] ^= (uint8_t)(what == 1);
			tag[15] ^= (uint8_t)(what == 2);
			assert_false(ahoy_cipher_open(&opens, (const uint8_t *)iv, &changed, 1, bytes, sizeof bytes, tag));
			tag[15] ^= (uint8_t)(what == 2);
			memcpy(bytes, sealed, sizeof bytes);
			assert_true(ahoy_cipher_open(&opens, (const uint8_t *)iv, aad, 2, bytes, sizeof bytes, tag));
		}
		ahoy_cipher_fini(&seals);
		ahoy_cipher_fini(&opens);
	}
}

static void a_message_allocates_nothing(void **state)
{
	static const uint8_t key[32] = {1}, iv[16] = {2};
	ahoy_slice aad = AHOY_S("head");

	(void)state;
	for (int kind = 0; kind < AHOY_CIPHERS; kind++) {
		ahoy_cipher cipher, opens;
		uint8_t bytes[160] = {0}, tag[AHOY_CIPHER_GCM_TAG];
		size_t before;

		assert_int_equal(ahoy_cipher_init(&cipher, (ahoy_cipher_kind)kind, key, true), 0);
		assert_int_equal(ahoy_cipher_init(&opens, (ahoy_cipher_kind)kind, key, false), 0);
		before = allocations;
		assert_true(before > 0); /* the counter counts */
		for (int i = 0; i < 100; i++) {
			if (kind < AHOY_CIPHER_AES_128_GCM) {
				ahoy_cipher_ctr(&cipher, iv, bytes, sizeof bytes);
			} else {
				ahoy_cipher_seal(&cipher, iv, &aad, 1, bytes, sizeof bytes, tag);
				assert_true(ahoy_cipher_open(&opens, iv, &aad, 1, bytes, sizeof bytes, tag));
			}
		}
		assert_int_equal(allocations, before);
		ahoy_cipher_fini(&cipher);
		ahoy_cipher_fini(&opens);
	}
}

static void one_that_was_not_made_can_be_finished(void **state)
{
	ahoy_cipher cipher = {NULL};

	(void)state;
	ahoy_cipher_fini(&cipher);
	ahoy_cipher_fini(&cipher);
	assert_int_equal(ahoy_cipher_key_len(AHOY_CIPHER_AES_128_GCM), 16);
	assert_int_equal(ahoy_cipher_key_len(AHOY_CIPHER_AES_256_CTR), 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sp800_38a_counter_mode),
		cmocka_unit_test(gcm_seals_and_opens),
		cmocka_unit_test(a_message_allocates_nothing),
		cmocka_unit_test(one_that_was_not_made_can_be_finished),
	};

	/* Before libcrypto's first use; it refuses afterwards. */
	if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
