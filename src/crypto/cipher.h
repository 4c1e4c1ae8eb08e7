/* cipher: AES in counter mode and GCM over bytes in place; beside crypto/hash.h the core's only home of libcrypto.
 * A cipher is made once for a key, keeps its expanded key in a context of libcrypto's, and takes a new IV with each message: nothing
 * is fetched, keyed or allocated then. libcrypto clears the key when it frees the context.
 * Thread kind: owned. Failure of libcrypto in anything but init is a broken invariant (assert). */
#ifndef AHOY_CRYPTO_CIPHER_H
#define AHOY_CRYPTO_CIPHER_H

#include "base/env.h"
#include "base/err.h"

typedef enum {
	AHOY_CIPHER_AES_128_CTR,
	AHOY_CIPHER_AES_256_CTR,
	AHOY_CIPHER_AES_128_GCM,
	AHOY_CIPHER_AES_256_GCM,
	AHOY_CIPHERS
} ahoy_cipher_kind;

#define AHOY_CIPHER_CTR_IV 16
#define AHOY_CIPHER_GCM_IV 12
#define AHOY_CIPHER_GCM_TAG 16

typedef struct {
	void *ctx; /* NULL: not made */
} ahoy_cipher;

/* 16 or 32. */
size_t ahoy_cipher_key_len(ahoy_cipher_kind kind);
/* `key` is ahoy_cipher_key_len bytes, copied. `encrypt` matters to GCM alone: such a cipher only seals, or only opens. AHOY_ENOMEM. */
int ahoy_cipher_init(ahoy_cipher *cipher, ahoy_cipher_kind kind, const uint8_t *key, bool encrypt) AHOY_MUST_USE;
void ahoy_cipher_fini(ahoy_cipher *cipher); /* one that was not made, or whose init failed, is allowed */

/* Counter mode, both directions: XORs the key stream that begins at `iv`. len up to INT_MAX, as below. */
void ahoy_cipher_ctr(ahoy_cipher *cipher, const uint8_t iv[AHOY_CIPHER_CTR_IV], uint8_t *bytes, size_t len);
/* GCM: encrypts the bytes, authenticates them and what `aad` says. */
void ahoy_cipher_seal(ahoy_cipher *cipher, const uint8_t iv[AHOY_CIPHER_GCM_IV], const ahoy_slice *aad, size_t aad_count,
		      uint8_t *bytes, size_t len, uint8_t tag[AHOY_CIPHER_GCM_TAG]);
/* False: not authentic; the bytes are then worthless. */
bool ahoy_cipher_open(ahoy_cipher *cipher, const uint8_t iv[AHOY_CIPHER_GCM_IV], const ahoy_slice *aad, size_t aad_count,
		      uint8_t *bytes, size_t len, const uint8_t tag[AHOY_CIPHER_GCM_TAG]) AHOY_MUST_USE;

#endif
