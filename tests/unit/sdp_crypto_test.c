/* sdp/crypto: a=crypto (RFC 4568), whole, cut at every byte, and what is passed over. */
#include "sdp/crypto.h"

#include <stdlib.h>

#include "test.h"

#define KEY30 "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
#define KEY28 "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nw"
#define KEY44 "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM"
#define GOOD "1 AES_CM_128_HMAC_SHA1_80 inline:" KEY30

static void rfc4568_9_1_what_a_line_says(void **state)
{
	static const struct {
		const char *value;
		int err;
		uint32_t tag;
		ahoy_srtp_suite suite;
		uint64_t lifetime;
		unsigned mki_len, mki_last;
	} rows[] = {
		{GOOD, 0, 1, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, 0, 0, 0},
		{"  7   aes_cm_128_hmac_sha1_32  INLINE:" KEY30, 0, 7, AHOY_SRTP_AES_CM_128_HMAC_SHA1_32, 0, 0, 0},
		{GOOD "|2^20|1:4", 0, 1, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, 1 << 20, 4, 1},
		{GOOD "|1066:4", 0, 1, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, 0, 4, 1066 & 255},
		{GOOD "|2^48", 0, 1, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, UINT64_C(1) << 48, 0, 0},
		{GOOD "|18446744073709551615:8", 0, 1, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, 0, 8, 255},
		{GOOD "|12345", 0, 1, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, 12345, 0, 0},
		{"999999999 AEAD_AES_128_GCM inline:" KEY28 "==", 0, 999999999, AHOY_SRTP_AEAD_AES_128_GCM, 0, 0, 0},
		{"2 AEAD_AES_256_GCM inline:" KEY44, 0, 2, AHOY_SRTP_AEAD_AES_256_GCM, 0,
		 0, 0},
		/* 6.3: a hint, and what says of itself that it may be left out */
		{GOOD " WSH=64", 0, 1, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, 0, 0, 0},
		{GOOD " -FOO=1 wsh=128", 0, 1, AHOY_SRTP_AES_CM_128_HMAC_SHA1_80, 0, 0, 0},
		/* well-formed, and not for us */
		{GOOD " UNENCRYPTED_SRTP", AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		{GOOD " UNAUTHENTICATED_SRTP", AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		{GOOD " UNENCRYPTED_SRTCP WSH=64", AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		{GOOD " KDR=1", AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		{GOOD " FEC_ORDER=FEC_SRTP", AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		{GOOD ";inline:" KEY30, AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		{"1 F8_128_HMAC_SHA1_80 inline:" KEY30, AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 mikey:" KEY30, AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		{GOOD "|2^20|1:9", AHOY_EUNSUPPORTED, 0, 0, 0, 0, 0},
		/* wrong */
		{"", AHOY_ESYNTAX, 0, 0, 0, 0, 0},
		{"1", AHOY_ESYNTAX, 0, 0, 0, 0, 0},
		{"x AES_CM_128_HMAC_SHA1_80 inline:" KEY30, AHOY_ESYNTAX, 0, 0, 0, 0, 0},
		{"1000000000 AES_CM_128_HMAC_SHA1_80 inline:" KEY30, AHOY_ERANGE, 0, 0, 0, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80", AHOY_ESYNTAX, 0, 0, 0, 0, 0},
		{"1 AES_CM_128_HMAC_SHA1_80 " KEY30, AHOY_ESYNTAX, 0, 0, 0, 0, 0},
		{"1 AEAD_AES_128_GCM inline:" KEY30, AHOY_ESYNTAX, 0, 0, 0, 0, 0}, /* too long a key */
		{GOOD "A", AHOY_ESYNTAX, 0, 0, 0, 0, 0},
		{GOOD "|0", AHOY_ERANGE, 0, 0, 0, 0, 0},
		{GOOD "|2^0", AHOY_ERANGE, 0, 0, 0, 0, 0},
		{GOOD "|2^49", AHOY_ERANGE, 0, 0, 0, 0, 0},
		{GOOD "|281474976710657", AHOY_ERANGE, 0, 0, 0, 0, 0},
		{GOOD "|2^20|1", AHOY_ESYNTAX, 0, 0, 0, 0, 0},
		{GOOD "|1:4|2^20", AHOY_ESYNTAX, 0, 0, 0, 0, 0},
		{GOOD "|2^20|1:0", AHOY_ERANGE, 0, 0, 0, 0, 0},
		{GOOD "|2^20|256:1", AHOY_ERANGE, 0, 0, 0, 0, 0},
		{GOOD "|2^20|1:129", AHOY_ERANGE, 0, 0, 0, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_sdp_crypto crypto, again;
		char text[256];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		ahoy_slice line;
		int err = ahoy_sdp_crypto_parse(ahoy_slice_of(rows[i].value), &crypto);

		if (err != rows[i].err)
			fail_msg("%s: %d, not %d", rows[i].value, err, rows[i].err);
		if (err) {
			static const ahoy_sdp_crypto nothing;

			assert_memory_equal(&crypto, &nothing, sizeof nothing); /* no key stays */
			continue;
		}
		assert_int_equal(crypto.tag, rows[i].tag);
		assert_int_equal(crypto.key.suite, rows[i].suite);
		assert_int_equal(crypto.key.lifetime, rows[i].lifetime);
		assert_int_equal(crypto.key.mki_len, rows[i].mki_len);
		if (rows[i].mki_len)
			assert_int_equal(crypto.key.mki[rows[i].mki_len - 1], rows[i].mki_last);
		/* What is written means the same. */
		ahoy_sdp_crypto_write(&crypto, &b);
		line = ahoy_buf_slice(&b);
		assert_true(ahoy_slice_starts(line, AHOY_S("a=crypto:")) && ahoy_slice_ends(line, AHOY_S("\r\n")));
		assert_int_equal(ahoy_sdp_crypto_parse(ahoy_slice_make(line.ptr + 9, line.len - 11), &again), 0);
		assert_true(again.tag == crypto.tag && ahoy_srtp_key_eq(&again.key, &crypto.key));
		assert_int_equal(again.key.lifetime, crypto.key.lifetime);
	}
}

static void a_line_that_is_cut_anywhere_is_no_key(void **state)
{
	static const char whole[] = GOOD "|2^20|1:4";

	(void)state;
	for (size_t cut = 0; cut < sizeof whole - 1; cut++) {
		char *exact = malloc(cut ? cut : 1);
		ahoy_sdp_crypto crypto;
		int err;

		memcpy(exact, whole, cut);
		err = ahoy_sdp_crypto_parse(ahoy_slice_make(exact, cut), &crypto);
		/* Whole parts that stand at the end may be missing. */
		if (!err != (cut == strlen(GOOD) || cut == strlen(GOOD "|") || cut == strlen(GOOD "|2") || cut == strlen(GOOD "|2^2") ||
			     cut == strlen(GOOD "|2^20") || cut == strlen(GOOD "|2^20|")))
			fail_msg("%.*s: %d", (int)cut, whole, err);
		free(exact);
	}
}

static void of_many_lines_those_that_can_be_used_are_taken_in_order(void **state)
{
	char text[8192];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_sdp_crypto found[AHOY_SDP_MAX_CRYPTO];
	static ahoy_sdp sdp;

	(void)state;
	ahoy_buf_str(&b, "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\nc=IN IP4 1.2.3.4\r\nm=audio 4 RTP/SAVP 0\r\n"
			 "a=crypto:9 F8_128_HMAC_SHA1_80 inline:" KEY30 "\r\na=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:" KEY30
			 "\r\na=crypto:" GOOD "\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "\r\nm=audio 6 RTP/AVP 0\r\n");
	for (unsigned i = 0; i < AHOY_SDP_MAX_CRYPTO + 3; i++)
		ahoy_buf_fmt(&b, "a=crypto:%u AES_CM_128_HMAC_SHA1_80 inline:" KEY30 "\r\n", i);
	ahoy_buf_str(&b, "m=audio 8 RTP/AVP 0\r\n");
	assert_false(b.full);
	assert_int_equal(ahoy_sdp_parse(ahoy_buf_slice(&b), &sdp, NULL), 0);
	assert_int_equal(ahoy_sdp_cryptos_of(&sdp, &sdp.media[0], found), 2);
	assert_int_equal(found[0].tag, 3);
	assert_int_equal(found[0].key.suite, AHOY_SRTP_AES_CM_128_HMAC_SHA1_32);
	assert_int_equal(found[1].tag, 1);
	assert_int_equal(ahoy_sdp_cryptos_of(&sdp, &sdp.media[1], found), AHOY_SDP_MAX_CRYPTO);
	assert_int_equal(ahoy_sdp_cryptos_of(&sdp, &sdp.media[2], found), 0);
	assert_true(ahoy_sdp_is_secure(&sdp.media[0]) && !ahoy_sdp_is_secure(&sdp.media[1]));
	assert_true(ahoy_sdp_has_crypto(&sdp, &sdp.media[1]) && !ahoy_sdp_has_crypto(&sdp, &sdp.media[2]));
}

static void policies_have_names(void **state)
{
	ahoy_srtp_policy policy;

	(void)state;
	assert_true(ahoy_srtp_policy_of(AHOY_S("required"), &policy) && policy == AHOY_SRTP_REQUIRED);
	assert_true(ahoy_srtp_policy_of(AHOY_S("off"), &policy) && policy == AHOY_SRTP_OFF);
	assert_string_equal(ahoy_srtp_policy_name(AHOY_SRTP_OPTIONAL), "optional");
	assert_false(ahoy_srtp_policy_of(AHOY_S("Required"), &policy));
	assert_false(ahoy_srtp_policy_of(AHOY_S(""), &policy));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4568_9_1_what_a_line_says),
		cmocka_unit_test(a_line_that_is_cut_anywhere_is_no_key),
		cmocka_unit_test(of_many_lines_those_that_can_be_used_are_taken_in_order),
		cmocka_unit_test(policies_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
