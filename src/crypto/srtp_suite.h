/* srtp_suite: the crypto suites of SDP security descriptions (RFC 4568 6.2, RFC 6188, RFC 7714), and one master key with what goes
 * along with it: what sdp/crypto.h reads and writes and rtp/srtp.h is made from. Owns nothing; whoever holds a key wipes it
 * (ahoy_secret_wipe). Thread kind: pure values. */
#ifndef AHOY_CRYPTO_SRTP_SUITE_H
#define AHOY_CRYPTO_SRTP_SUITE_H

#include "base/env.h"
#include "base/limits.h"

typedef enum {
	AHOY_SRTP_NONE, /* plain RTP */
	AHOY_SRTP_AES_CM_128_HMAC_SHA1_80,
	AHOY_SRTP_AES_CM_128_HMAC_SHA1_32,
	AHOY_SRTP_AES_256_CM_HMAC_SHA1_80,
	AHOY_SRTP_AES_256_CM_HMAC_SHA1_32,
	AHOY_SRTP_AEAD_AES_128_GCM,
	AHOY_SRTP_AEAD_AES_256_GCM,
	AHOY_SRTP_SUITES
} ahoy_srtp_suite;

#define AHOY_SRTP_MAX_KEY 46 /* bytes: 32 of AES-256, 14 of salt */

typedef struct {
	ahoy_srtp_suite suite;
	uint8_t bytes[AHOY_SRTP_MAX_KEY]; /* master key, master salt behind it; ahoy_srtp_suite_key_len of them count */
	uint8_t mki[AHOY_SRTP_MAX_MKI];	  /* stands in each packet (RFC 3711 3.1) */
	uint8_t mki_len;		  /* 0: none */
	uint64_t lifetime;		  /* packets that it may protect; 0: as many as the suite allows */
} ahoy_srtp_key;

/* "AES_CM_128_HMAC_SHA1_80", …; "" for NONE. Static. */
const char *ahoy_srtp_suite_name(ahoy_srtp_suite suite);
/* Any case, as in each grammar of SDP's registered names; NONE where it is none of ours. */
ahoy_srtp_suite ahoy_srtp_suite_of(ahoy_slice name);
/* Bytes of master key and salt together: 30, 46, 28 or 44. */
size_t ahoy_srtp_suite_key_len(ahoy_srtp_suite suite);
/* Of those, the salt's: 14, or 12 with GCM. */
size_t ahoy_srtp_suite_salt_len(ahoy_srtp_suite suite);
/* A new random key without MKI and lifetime (RFC 4568 6.1: each direction has its own). */
void ahoy_srtp_key_mint(const ahoy_env *env, ahoy_srtp_suite suite, ahoy_srtp_key *out);
/* Same suite, key, salt and MKI: a description that says it again goes on with the same stream (RFC 4568 7.1.4). */
bool ahoy_srtp_key_eq(const ahoy_srtp_key *a, const ahoy_srtp_key *b);

#endif
