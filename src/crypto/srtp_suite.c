#include "crypto/srtp_suite.h"

#include "crypto/hash.h"

static const struct {
	const char *name;
	uint8_t key_len, salt_len;
} suites[AHOY_SRTP_SUITES] = {
	[AHOY_SRTP_NONE] = {"", 0, 0},
	[AHOY_SRTP_AES_CM_128_HMAC_SHA1_80] = {"AES_CM_128_HMAC_SHA1_80", 16, 14},
	[AHOY_SRTP_AES_CM_128_HMAC_SHA1_32] = {"AES_CM_128_HMAC_SHA1_32", 16, 14},
	[AHOY_SRTP_AES_256_CM_HMAC_SHA1_80] = {"AES_256_CM_HMAC_SHA1_80", 32, 14},
	[AHOY_SRTP_AES_256_CM_HMAC_SHA1_32] = {"AES_256_CM_HMAC_SHA1_32", 32, 14},
	[AHOY_SRTP_AEAD_AES_128_GCM] = {"AEAD_AES_128_GCM", 16, 12},
	[AHOY_SRTP_AEAD_AES_256_GCM] = {"AEAD_AES_256_GCM", 32, 12},
};

const char *ahoy_srtp_suite_name(ahoy_srtp_suite suite)
{
	return (unsigned)suite < AHOY_SRTP_SUITES ? suites[suite].name : "";
}

ahoy_srtp_suite ahoy_srtp_suite_of(ahoy_slice name)
{
	for (int suite = AHOY_SRTP_NONE + 1; suite < AHOY_SRTP_SUITES; suite++)
		if (ahoy_slice_ieq(name, ahoy_slice_of(suites[suite].name)))
			return (ahoy_srtp_suite)suite;
	return AHOY_SRTP_NONE;
}

size_t ahoy_srtp_suite_key_len(ahoy_srtp_suite suite)
{
	return (unsigned)suite < AHOY_SRTP_SUITES ? (size_t)suites[suite].key_len + suites[suite].salt_len : 0;
}

size_t ahoy_srtp_suite_salt_len(ahoy_srtp_suite suite)
{
	return (unsigned)suite < AHOY_SRTP_SUITES ? suites[suite].salt_len : 0;
}

void ahoy_srtp_key_mint(const ahoy_env *env, ahoy_srtp_suite suite, ahoy_srtp_key *out)
{
	*out = (ahoy_srtp_key){.suite = suite};
	ahoy_random(env, out->bytes, ahoy_srtp_suite_key_len(suite));
}

bool ahoy_srtp_key_eq(const ahoy_srtp_key *a, const ahoy_srtp_key *b)
{
	size_t len = ahoy_srtp_suite_key_len(a->suite);

	return a->suite == b->suite && ahoy_secret_eq(ahoy_slice_make(a->bytes, len), ahoy_slice_make(b->bytes, len)) &&
	       a->mki_len == b->mki_len && memcmp(a->mki, b->mki, a->mki_len) == 0;
}
