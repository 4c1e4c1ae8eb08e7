/* rtp/srtp: session keys from the master key (RFC 3711 B.3, RFC 6188 7), the life of a context. */
#include "rtp/srtp.h"

#include "hex.h"
#include "oom.h"
#include "rtp/srtp_state.h"
#include "test.h"
#include "test_env.h"

static ahoy_srtp_key key_of(ahoy_srtp_suite suite, const char *hex)
{
	ahoy_srtp_key key = {.suite = suite};

	assert_int_equal(test_hex(hex, key.bytes, sizeof key.bytes), ahoy_srtp_suite_key_len(suite));
	return key;
}

/* The cipher shows itself by its key stream: of the IV that the documents use, all zeros but the salt. */
static void check_stream(ahoy_cipher *cipher, const char *key_hex, ahoy_cipher_kind kind)
{
	uint8_t key[32], iv[16] = {9, 8, 7}, ours[64] = {0}, theirs[64] = {0};
	ahoy_cipher expected;

	assert_int_equal(test_hex(key_hex, key, sizeof key), ahoy_cipher_key_len(kind));
	assert_int_equal(ahoy_cipher_init(&expected, kind, key, true), 0);
	ahoy_cipher_ctr(&expected, iv, theirs, sizeof theirs);
	ahoy_cipher_ctr(cipher, iv, ours, sizeof ours);
	ahoy_cipher_fini(&expected);
	assert_memory_equal(ours, theirs, sizeof ours);
}

static void rfc3711_b_3_and_rfc6188_7_key_derivation(void **state)
{
	static const struct {
		ahoy_srtp_suite suite;
		ahoy_cipher_kind kind;
		const char *master, *cipher, *salt, *auth;
	} rows[] = {
		{AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, AHOY_CIPHER_AES_128_CTR,
		 "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6", "C61E7A93744F39EE10734AFE3FF7A087",
		 "30CBBC08863D8C85D49DB34A9AE1", "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"},
		{AHOY_SRTP_AES_256_CM_HMAC_SHA1_80, AHOY_CIPHER_AES_256_CTR,
		 "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2",
		 "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4", "fa31791685ca444a9e07c6c64e93",
		 "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_srtp_key key = key_of(rows[i].suite, rows[i].master);
		uint8_t salt[14], auth[20];
		ahoy_hmac_sha1 hmac;
		ahoy_srtp *srtp;
		test_env te;

		test_env_init(&te, 1);
		assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &srtp), 0);
		assert_int_equal(test_hex(rows[i].salt, salt, sizeof salt), 14);
		assert_int_equal(test_hex(rows[i].auth, auth, sizeof auth), 20);
		assert_memory_equal(srtp->rtp.salt, salt, sizeof salt);
		ahoy_hmac_sha1_init(&hmac, auth, sizeof auth);
		assert_memory_equal(&srtp->rtp.hmac, &hmac, sizeof hmac);
		assert_memory_not_equal(&srtp->rtcp.hmac, &hmac, sizeof hmac);
		check_stream(&srtp->rtp.cipher, rows[i].cipher, rows[i].kind);
		ahoy_srtp_del(srtp);
		test_env_fini(&te);
	}
}

/* RFC 3711 B.2: the IV of SSRC 0 and index 0 is the salt, and the key stream is printed there. */
static void rfc3711_4_1_1_the_iv_holds_salt_ssrc_and_index(void **state)
{
	static const struct {
		bool is_gcm;
		const char *salt, *iv;
		uint32_t ssrc;
		uint64_t index;
	} rows[] = {
		{false, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD", "F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000", 0, 0},
		{false, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD", "F0F1F2F3 A5A5A5A5 F9FBF9FFF9FB 0000", 0x51505352, 0x010203040506},
		/* RFC 7714 16 and 17 */
		{true, "517569642070726f2071756f", "51753c6580c2726f20718414 00000000", 0x5501a0b2, 0xf17b},
		{true, "517569642070726f2071756f", "517524055203726f207170bb 00000000", 0x4d617273, 0x5d4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_srtp srtp = {.is_gcm = rows[i].is_gcm};
		uint8_t iv[16], expected[16];

		test_hex(rows[i].salt, srtp.rtp.salt, sizeof srtp.rtp.salt);
		test_hex(rows[i].iv, expected, sizeof expected);
		ahoy_srtp_iv(&srtp, &srtp.rtp, rows[i].ssrc, rows[i].index, iv);
		assert_memory_equal(iv, expected, sizeof iv);
	}
}

static void rfc3711_b_2_key_stream(void **state)
{
	uint8_t key[16], iv[16], expected[48], bytes[48] = {0};
	ahoy_cipher cipher;

	(void)state;
	test_hex("2B7E151628AED2A6ABF7158809CF4F3C", key, sizeof key);
	test_hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000", iv, sizeof iv);
	test_hex("E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0", expected,
		 sizeof expected);
	assert_int_equal(ahoy_cipher_init(&cipher, AHOY_CIPHER_AES_128_CTR, key, true), 0);
	ahoy_cipher_ctr(&cipher, iv, bytes, sizeof bytes);
	ahoy_cipher_fini(&cipher);
	assert_memory_equal(bytes, expected, sizeof bytes);
}

static void what_is_no_key_is_refused(void **state)
{
	ahoy_srtp_key key = {.suite = AHOY_SRTP_NONE};
	ahoy_srtp *srtp;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &srtp), AHOY_EINVAL);
	key.suite = AHOY_SRTP_SUITES;
	assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &srtp), AHOY_EINVAL);
	key = (ahoy_srtp_key){.suite = AHOY_SRTP_AEAD_AES_128_GCM, .mki_len = AHOY_SRTP_MAX_MKI + 1};
	assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &srtp), AHOY_EINVAL);
	ahoy_srtp_del(NULL);
	test_env_fini(&te);
}

static void without_memory_there_is_no_context(void **state)
{
	ahoy_srtp_key key = {.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_80};
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_srtp *srtp;
		int err = ahoy_srtp_new(&te.env, &key, false, &srtp);

		assert_int_equal(err, te.failures ? AHOY_ENOMEM : 0);
		ahoy_srtp_del(srtp);
	}
}

/* What the freed block holds is looked at by an allocator that keeps it. */
static uint8_t last_freed[sizeof(struct ahoy_srtp)];
static void *keep_freed(void *ctx, void *ptr, size_t size)
{
	test_env *te = ctx;

	if (!size && ptr)
		memcpy(last_freed, ptr, sizeof last_freed);
	return te->env.resize(te->env.ctx, ptr, size);
}

static void keys_are_wiped_when_a_context_dies(void **state)
{
	ahoy_srtp_key key = {.suite = AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, .bytes = {1, 2, 3}};
	static const uint8_t nothing[sizeof last_freed];
	ahoy_srtp *srtp;
	ahoy_env env;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	env = te.env;
	env.ctx = &te;
	env.resize = keep_freed;
	memset(last_freed, 1, sizeof last_freed);
	assert_int_equal(ahoy_srtp_new(&env, &key, true, &srtp), 0);
	assert_true(ahoy_srtp_key_eq(ahoy_srtp_key_of(srtp), &key));
	ahoy_srtp_del(srtp);
	assert_memory_equal(last_freed, nothing, sizeof nothing);
	test_env_fini(&te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3711_b_3_and_rfc6188_7_key_derivation),
		cmocka_unit_test(rfc3711_4_1_1_the_iv_holds_salt_ssrc_and_index),
		cmocka_unit_test(rfc3711_b_2_key_stream),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(without_memory_there_is_no_context),
		cmocka_unit_test(keys_are_wiped_when_a_context_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
