/* crypto/hmac_sha1: against RFC 2202 and against ahoy_hmac_of. */
#include "crypto/hmac_sha1.h"

#include "crypto/hash.h"
#include "hex.h"
#include "test.h"

static void rfc2202_3_test_cases(void **state)
{
	static const struct {
		const char *key, *text, *mac;
	} rows[] = {
		{"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
		{"4a656665", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t key[64], expected[AHOY_HMAC_SHA1], out[AHOY_HMAC_SHA1];
		ahoy_slice text = ahoy_slice_of(rows[i].text);
		ahoy_hmac_sha1 hmac;

		ahoy_hmac_sha1_init(&hmac, key, test_hex(rows[i].key, key, sizeof key));
		test_hex(rows[i].mac, expected, sizeof expected);
		ahoy_hmac_sha1_of(&hmac, &text, 1, out);
		assert_memory_equal(out, expected, sizeof out);
	}
}

static void any_length_in_any_parts_is_what_hmac_of_says(void **state)
{
	uint8_t key[64], bytes[300], expected[AHOY_HASH_MAX], out[AHOY_HMAC_SHA1];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(7 * i);
	memcpy(key, bytes + 100, sizeof key);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		ahoy_slice parts[] = {ahoy_slice_make(bytes, len / 3), ahoy_slice_make(bytes + len / 3, len - len / 3)};
		ahoy_slice key_slice = ahoy_slice_make(key, len % 65);
		ahoy_hmac_sha1 hmac;

		ahoy_hmac_sha1_init(&hmac, key, key_slice.len);
		ahoy_hmac_sha1_of(&hmac, parts, 2, out);
		ahoy_hmac_of(AHOY_HASH_SHA1, key_slice, parts, 2, expected);
		assert_memory_equal(out, expected, sizeof out);
	}
	ahoy_hash_thread_fini();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc2202_3_test_cases),
		cmocka_unit_test(any_length_in_any_parts_is_what_hmac_of_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
