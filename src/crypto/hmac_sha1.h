/* hmac_sha1: HMAC-SHA-1 (RFC 2104) under one key for many short messages, as SRTP has them: the hash states behind the two padded keys
 * are computed once. ahoy_hmac_of is for the rest. Embedded by value; whoever holds one wipes it. Uses libcrypto's SHA1_* and not EVP,
 * whose digests allocate with each message (docs/decisions/0006). Thread kind: owned. */
#ifndef AHOY_CRYPTO_HMAC_SHA1_H
#define AHOY_CRYPTO_HMAC_SHA1_H

#include "base/env.h"

#define AHOY_HMAC_SHA1 20

typedef struct {
	uint32_t inner[5], outer[5];
} ahoy_hmac_sha1;

/* Of at most 64 bytes. */
void ahoy_hmac_sha1_init(ahoy_hmac_sha1 *hmac, const uint8_t *key, size_t len);
/* Over the concatenation of `count` slices. */
void ahoy_hmac_sha1_of(const ahoy_hmac_sha1 *hmac, const ahoy_slice *parts, size_t count, uint8_t out[AHOY_HMAC_SHA1]);

#endif
