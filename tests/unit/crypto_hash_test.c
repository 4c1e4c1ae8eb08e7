/* crypto/hash: digests and HMAC, against vectors of the documents that define them. */
#include "crypto/hash.h"

#include "base/buf.h"
#include "test.h"

static const char *hex_of(const uint8_t *bytes, size_t len)
{
	static char text[2 * AHOY_HASH_MAX + 1];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_buf_hex(&b, bytes, len);
	return ahoy_buf_cstr(&b);
}

static const char *hash_hex(ahoy_hash hash, ahoy_slice text)
{
	uint8_t out[AHOY_HASH_MAX];

	return hex_of(out, ahoy_hash_of(hash, &text, 1, out));
}

static void rfc1321_a_5_md5(void **state)
{
	(void)state;
	assert_string_equal(hash_hex(AHOY_HASH_MD5, AHOY_S("")), "d41d8cd98f00b204e9800998ecf8427e");
	assert_string_equal(hash_hex(AHOY_HASH_MD5, AHOY_S("abc")), "900150983cd24fb0d6963f7d28e17f72");
	assert_string_equal(hash_hex(AHOY_HASH_MD5, AHOY_S("message digest")), "f96b697d7cb7938d525a2f31aaf161d0");
}

/* FIPS 180-4; also `printf abc | openssl dgst -sha1` and so on. */
static void fips180_4_sha(void **state)
{
	(void)state;
	assert_string_equal(hash_hex(AHOY_HASH_SHA1, AHOY_S("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_string_equal(hash_hex(AHOY_HASH_SHA256, AHOY_S("abc")),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(hash_hex(AHOY_HASH_SHA512_256, AHOY_S("abc")),
			    "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23");
	assert_string_equal(hash_hex(AHOY_HASH_SHA256, AHOY_S("")),
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void parts_hash_as_their_concatenation(void **state)
{
	ahoy_slice parts[] = {AHOY_S("a"), AHOY_S(""), {NULL, 0}, AHOY_S("bc")};
	uint8_t out[AHOY_HASH_MAX];

	(void)state;
	for (int h = 0; h < AHOY_HASHES; h++) {
		const char *whole;
		char kept[2 * AHOY_HASH_MAX + 1];

		whole = hash_hex((ahoy_hash)h, AHOY_S("abc"));
		memcpy(kept, whole, strlen(whole) + 1);
		assert_string_equal(hex_of(out, ahoy_hash_of((ahoy_hash)h, parts, ARRAY_LEN(parts), out)), kept);
	}
}

static void rfc2202_and_rfc4231_hmac(void **state)
{
	static char bytes_0b[20], bytes_aa[131], bytes_dd[50];
	static const struct {
		ahoy_hash hash;
		ahoy_slice key, data;
		const char *mac;
	} rows[] = {
		{AHOY_HASH_MD5, {bytes_0b, 16}, {"Hi There", 8}, "9294727a3638bb1c13f48ef8158bfc9d"},
		{AHOY_HASH_MD5, {"Jefe", 4}, {"what do ya want for nothing?", 28}, "750c783e6ab0b503eaa86e310a5db738"},
		{AHOY_HASH_SHA1, {bytes_0b, 20}, {"Hi There", 8}, "b617318655057264e28bc0b6fb378c8ef146be00"},
		{AHOY_HASH_SHA256,
		 {bytes_0b, 20},
		 {"Hi There", 8},
		 "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{AHOY_HASH_SHA256,
		 {"Jefe", 4},
		 {"what do ya want for nothing?", 28},
		 "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{AHOY_HASH_SHA256,
		 {bytes_aa, 20},
		 {bytes_dd, 50},
		 "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		/* A key longer than the block is hashed first. */
		{AHOY_HASH_SHA256,
		 {bytes_aa, 131},
		 {"Test Using Larger Than Block-Size Key - Hash Key First", 54},
		 "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{AHOY_HASH_SHA1,
		 {bytes_aa, 80},
		 {"Test Using Larger Than Block-Size Key - Hash Key First", 54},
		 "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
	};

	(void)state;
	memset(bytes_0b, 0x0b, sizeof bytes_0b);
	memset(bytes_aa, (char)0xaa, sizeof bytes_aa);
	memset(bytes_dd, (char)0xdd, sizeof bytes_dd);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice halves[] = {ahoy_slice_first(rows[i].data, 3), ahoy_slice_from(rows[i].data, 3)};
		uint8_t out[AHOY_HASH_MAX];

		assert_string_equal(hex_of(out, ahoy_hmac_of(rows[i].hash, rows[i].key, halves, 2, out)), rows[i].mac);
	}
}

/* openssl dgst -mac HMAC -macopt hexkey:<130 x aa> -sha512-256: a block of 128 bytes, and a key longer than that. */
static void hmac_sha512_256_uses_the_block_of_sha512(void **state)
{
	char key[130];
	ahoy_slice data = AHOY_S("data");
	uint8_t out[AHOY_HASH_MAX];

	(void)state;
	memset(key, (char)0xaa, sizeof key);
	assert_string_equal(hex_of(out, ahoy_hmac_of(AHOY_HASH_SHA512_256, (ahoy_slice){key, 130}, &data, 1, out)),
			    "af64487294eb8f2c68a27b35ac951ebe2dbf7df07540a3ac945ea166447bbdcd");
	assert_string_equal(hex_of(out, ahoy_hmac_of(AHOY_HASH_SHA512_256, (ahoy_slice){key, 20}, &data, 1, out)),
			    "91517c1578f3cfe5d62ff05a1f90cba54b471c0e3f329cadcc688ee56ac9b8c4");
}

static void hashing_goes_on_after_the_threads_context_was_freed(void **state)
{
	(void)state;
	ahoy_hash_thread_fini();
	ahoy_hash_thread_fini();
	assert_string_equal(hash_hex(AHOY_HASH_MD5, AHOY_S("abc")), "900150983cd24fb0d6963f7d28e17f72");
}

static void secrets_are_equal_by_length_and_content(void **state)
{
	(void)state;
	assert_true(ahoy_secret_eq(AHOY_S("abc"), AHOY_S("abc")));
	assert_true(ahoy_secret_eq((ahoy_slice){0}, AHOY_S("")));
	assert_false(ahoy_secret_eq(AHOY_S("abc"), AHOY_S("abd")));
	assert_false(ahoy_secret_eq(AHOY_S("abc"), AHOY_S("ab")));
	assert_false(ahoy_secret_eq(AHOY_S(""), AHOY_S("a")));
}

static void a_wiped_secret_is_gone(void **state)
{
	char secret[] = "secret";

	(void)state;
	ahoy_secret_wipe(secret, sizeof secret);
	for (size_t i = 0; i < sizeof secret; i++)
		assert_int_equal(secret[i], 0);
	ahoy_secret_wipe(NULL, 0);
}

static int fini(void **state)
{
	(void)state;
	ahoy_hash_thread_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc1321_a_5_md5),
		cmocka_unit_test(fips180_4_sha),
		cmocka_unit_test(parts_hash_as_their_concatenation),
		cmocka_unit_test(rfc2202_and_rfc4231_hmac),
		cmocka_unit_test(hmac_sha512_256_uses_the_block_of_sha512),
		cmocka_unit_test(hashing_goes_on_after_the_threads_context_was_freed),
		cmocka_unit_test(secrets_are_equal_by_length_and_content),
		cmocka_unit_test(a_wiped_secret_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, fini);
}
