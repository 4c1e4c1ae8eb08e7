/* hash: MD5, SHA-1, SHA-256, SHA-512/256 and HMAC over slices; the core's only home of libcrypto.
 * Each EVP_MD is fetched once per thread, at its first use, and one context reused: an implicit fetch per call costs
 * three times as much and takes a lock. Thread kind: pure to its callers; what it keeps belongs to the calling thread.
 * Failure of libcrypto in a plain hash is a broken invariant (assert). */
#ifndef AHOY_CRYPTO_HASH_H
#define AHOY_CRYPTO_HASH_H

#include "base/env.h"
#include "base/slice.h"

typedef enum {
	AHOY_HASH_MD5,
	AHOY_HASH_SHA1,
	AHOY_HASH_SHA256,
	AHOY_HASH_SHA512_256,
	AHOY_HASHES
} ahoy_hash;
#define AHOY_HASH_MAX 32

/* Digest over the concatenation of `count` slices, without building it. Returns the length: 16, 20, 32, 32.
 * What a thread keeps for it lives until ahoy_hash_thread_fini. */
size_t ahoy_hash_of(ahoy_hash hash, const ahoy_slice *parts, size_t count, uint8_t out[AHOY_HASH_MAX]);
/* HMAC (RFC 2104). */
size_t ahoy_hmac_of(ahoy_hash hash, ahoy_slice key, const ahoy_slice *parts, size_t count, uint8_t out[AHOY_HASH_MAX]);
/* Frees what the calling thread keeps; each thread that hashed calls it as its last. Hashing again afterwards is
 * allowed. */
void ahoy_hash_thread_fini(void);

/* Equal length and content, in time that depends on the length alone. */
bool ahoy_secret_eq(ahoy_slice a, ahoy_slice b);
/* Overwrites in a way the compiler may not remove. */
void ahoy_secret_wipe(void *ptr, size_t len);

#endif
