/* rtp/srtp_rtcp: RTCP packets protected and unprotected: RFC 7714 17's vectors, replay, the flag, limits. */
#include <stdlib.h>

#include "hex.h"
#include "rtp/srtp_state.h"
#include "test.h"
#include "test_env.h"

enum {
	CAP = 200
};

static const char report[] =
	"81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef";

static ahoy_srtp_key key_of(int suite)
{
	return (ahoy_srtp_key){.suite = (ahoy_srtp_suite)suite, .bytes = {1, 2, 3, 4}};
}

static void set_session_keys(ahoy_srtp *srtp, const char *key_hex)
{
	uint8_t key[32];

	ahoy_cipher_fini(&srtp->rtcp.cipher);
	test_hex(key_hex, key, sizeof key);
	test_hex("517569642070726f2071756f", srtp->rtcp.salt, 12);
	assert_int_equal(ahoy_cipher_init(&srtp->rtcp.cipher,

					  srtp->key.suite == AHOY_SRTP_AEAD_AES_128_GCM ? AHOY_CIPHER_AES_128_GCM : AHOY_CIPHER_AES_256_GCM,
					  key, srtp->protects),
			 0);
}

static void rfc7714_17_1_and_17_2_packets(void **state)
{
	static const struct {
		ahoy_srtp_suite suite;
		const char *key, *sealed;
	} rows[] = {
		{AHOY_SRTP_AEAD_AES_128_GCM, "000102030405060708090a0b0c0d0e0f",
		 "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 "
		 "7ff5c0f7 6c06f32d c676a5f1 730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 "
		 "96cf4d2f c5abf872 45d9eade 800005d4"},
		{AHOY_SRTP_AEAD_AES_256_GCM, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		 "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 "
		 "2c3ece5d bffe0a50 a2eaa5c1 110555be 8415f658 c61de047 6f1b6fad 1d1eb30c "
		 "4446839f 57ff6f6c b26ac3be 800005d4"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_srtp_key key = key_of((int)rows[i].suite);
		uint8_t p[CAP], expected[CAP];
		size_t len = test_hex(report, p, sizeof p), expected_len = test_hex(rows[i].sealed, expected, sizeof expected);
		ahoy_srtp_stream stream = {.ssrc = 0x4d617273, .rtcp = {.started = true, .highest = 0x5d3}};
		ahoy_srtp *out, *in;
		test_env te;

		test_env_init(&te, 1);
		assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &out), 0);
		assert_int_equal(ahoy_srtp_new(&te.env, &key, false, &in), 0);
		set_session_keys(out, rows[i].key);
		set_session_keys(in, rows[i].key);
		ahoy_srtp_stream_keep(out, &stream);
		assert_int_equal(ahoy_srtp_protect_rtcp(out, p, &len, sizeof p), 0);
		assert_int_equal(len, expected_len);
		assert_memory_equal(p, expected, len);
		assert_int_equal(ahoy_srtp_unprotect_rtcp(in, p, &len), 0);
		assert_int_equal(len, test_hex(report, expected, sizeof expected));
		assert_memory_equal(p, expected, len);
		ahoy_srtp_del(out);
		ahoy_srtp_del(in);
		test_env_fini(&te);
	}
}

static void each_suite_there_and_back_and_never_twice(void **state)
{
	/* RFC 4568 6.2.2: ten bytes of tag with the short suite too. */
	static const size_t tags[] = {0, 10, 10, 10, 10, 16, 16};

	(void)state;
	for (int suite = 1; suite < AHOY_SRTP_SUITES; suite++) {
		ahoy_srtp_key key = key_of(suite);
		uint8_t p[CAP], sealed[CAP], plain[CAP];
		size_t plain_len = test_hex(report, plain, sizeof plain), len = plain_len, sealed_len;
		ahoy_srtp *out, *in;
		test_env te;

		key.mki_len = 2;
		test_env_init(&te, 1);
		assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &out), 0);
		assert_int_equal(ahoy_srtp_new(&te.env, &key, false, &in), 0);
		memcpy(p, plain, plain_len);
		assert_int_equal(ahoy_srtp_protect_rtcp(out, p, &len, sizeof p), 0);
		assert_int_equal(len, plain_len + 4 + tags[suite] + 2);
		memcpy(sealed, p, len);
		sealed_len = len;
		/* 3.4: each bit counts, also of index and flag. */
		for (size_t at = 0; at < sealed_len; at++) {
			memcpy(p, sealed, sealed_len);
			p[at] ^= 0x80;
			len = sealed_len;
			assert_int_not_equal(ahoy_srtp_unprotect_rtcp(in, p, &len), 0);
		}
		memcpy(p, sealed, sealed_len);
		len = sealed_len;
		assert_int_equal(ahoy_srtp_unprotect_rtcp(in, p, &len), 0);
		assert_int_equal(len, plain_len);
		assert_memory_equal(p, plain, len);
		memcpy(p, sealed, sealed_len);
		len = sealed_len;
		assert_int_equal(ahoy_srtp_unprotect_rtcp(in, p, &len), AHOY_ECONFLICT);
		ahoy_srtp_del(out);
		ahoy_srtp_del(in);
		test_env_fini(&te);
	}
}

static void limits_of_length_room_and_life(void **state)
{
	ahoy_srtp_key key = key_of(AHOY_SRTP_AES_CM_128_HMAC_SHA1_80);
	uint8_t p[CAP], plain[CAP];
	size_t plain_len = test_hex(report, plain, sizeof plain), len;
	ahoy_srtp *out, *in;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_int_equal(ahoy_srtp_new(&te.env, &key, true, &out), 0);
	assert_int_equal(ahoy_srtp_new(&te.env, &key, false, &in), 0);
	for (size_t cut = 0; cut < 8 + 14; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);

		memcpy(exact, plain, cut);
		len = cut;
		assert_int_equal(ahoy_srtp_unprotect_rtcp(in, exact, &len), AHOY_ETRUNCATED);
		assert_int_equal(ahoy_srtp_protect_rtcp(out, exact, &len, cut), cut < 8 ? AHOY_ETRUNCATED : AHOY_EFULL);
		free(exact);
	}
	memcpy(p, plain, plain_len);
	len = plain_len;
	assert_int_equal(ahoy_srtp_protect_rtcp(out, p, &len, sizeof p), 0);
	/* 9.2: 2^31 packets are the most. */
	out->streams[0].rtcp.highest = 0x7ffffffe;
	memcpy(p, plain, plain_len);
	len = plain_len;
	assert_int_equal(ahoy_srtp_protect_rtcp(out, p, &len, sizeof p), 0);
	memcpy(p, plain, plain_len);
	len = plain_len;
	assert_int_equal(ahoy_srtp_protect_rtcp(out, p, &len, sizeof p), AHOY_ESTATE);
	ahoy_srtp_del(out);
	ahoy_srtp_del(in);
	test_env_fini(&te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc7714_17_1_and_17_2_packets),
		cmocka_unit_test(each_suite_there_and_back_and_never_twice),
		cmocka_unit_test(limits_of_length_room_and_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
