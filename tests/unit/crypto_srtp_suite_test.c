/* crypto/srtp_suite: the registered suites and a master key. */
#include "crypto/srtp_suite.h"

#include "test.h"
#include "test_env.h"

static void rfc4568_6_2_rfc6188_rfc7714_names_and_lengths(void **state)
{
	static const struct {
		ahoy_srtp_suite suite;
		const char *name;
		size_t key_len, salt_len;
	} rows[] = {
		{AHOY_SRTP_NONE, "", 0, 0},
		{AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, "AES_CM_128_HMAC_SHA1_80", 30, 14},
		{AHOY_SRTP_AES_CM_128_HMAC_SHA1_32, "AES_CM_128_HMAC_SHA1_32", 30, 14},
		{AHOY_SRTP_AES_256_CM_HMAC_SHA1_80, "AES_256_CM_HMAC_SHA1_80", 46, 14},
		{AHOY_SRTP_AES_256_CM_HMAC_SHA1_32, "AES_256_CM_HMAC_SHA1_32", 46, 14},
		{AHOY_SRTP_AEAD_AES_128_GCM, "AEAD_AES_128_GCM", 28, 12},
		{AHOY_SRTP_AEAD_AES_256_GCM, "AEAD_AES_256_GCM", 44, 12},
	};

	(void)state;
	assert_int_equal(ARRAY_LEN(rows), AHOY_SRTP_SUITES);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_string_equal(ahoy_srtp_suite_name(rows[i].suite), rows[i].name);
		assert_int_equal(ahoy_srtp_suite_of(ahoy_slice_of(rows[i].name)), rows[i].suite);
		assert_int_equal(ahoy_srtp_suite_key_len(rows[i].suite), rows[i].key_len);
		assert_int_equal(ahoy_srtp_suite_salt_len(rows[i].suite), rows[i].salt_len);
	}
	assert_int_equal(ahoy_srtp_suite_of(AHOY_S("aead_aes_128_gcm")), AHOY_SRTP_AEAD_AES_128_GCM);
	assert_int_equal(ahoy_srtp_suite_of(AHOY_S("F8_128_HMAC_SHA1_80")), AHOY_SRTP_NONE);
	assert_int_equal(ahoy_srtp_suite_of(AHOY_S("AES_CM_128_HMAC_SHA1_8")), AHOY_SRTP_NONE);
	assert_string_equal(ahoy_srtp_suite_name(AHOY_SRTP_SUITES), "");
	assert_int_equal(ahoy_srtp_suite_key_len(AHOY_SRTP_SUITES), 0);
}

static void a_minted_key_is_new_and_equal_to_itself_alone(void **state)
{
	ahoy_srtp_key a, b;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	ahoy_srtp_key_mint(&te.env, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, &a);
	ahoy_srtp_key_mint(&te.env, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, &b);
	assert_true(ahoy_srtp_key_eq(&a, &a));
	assert_false(ahoy_srtp_key_eq(&a, &b));
	b = a;
	b.lifetime = 5;
	b.bytes[30] ^= 1; /* behind its end */
	assert_true(ahoy_srtp_key_eq(&a, &b));
	b.bytes[29] ^= 1; /* the salt's last byte */
	assert_false(ahoy_srtp_key_eq(&a, &b));
	b = a;
	b.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_32;
	assert_false(ahoy_srtp_key_eq(&a, &b));
	b = a;
	b.mki_len = 1;
	assert_false(ahoy_srtp_key_eq(&a, &b));
	test_env_fini(&te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4568_6_2_rfc6188_rfc7714_names_and_lengths),
		cmocka_unit_test(a_minted_key_is_new_and_equal_to_itself_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
