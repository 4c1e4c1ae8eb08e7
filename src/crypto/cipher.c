#include "crypto/cipher.h"

#include <limits.h>

#include <openssl/evp.h>

static const struct {
	const char *name;
	size_t key_len;
} kinds[AHOY_CIPHERS] = {
	[AHOY_CIPHER_AES_128_CTR] = {"AES-128-CTR", 16},
	[AHOY_CIPHER_AES_256_CTR] = {"AES-256-CTR", 32},
	[AHOY_CIPHER_AES_128_GCM] = {"AES-128-GCM", 16},
	[AHOY_CIPHER_AES_256_GCM] = {"AES-256-GCM", 32},
};

size_t ahoy_cipher_key_len(ahoy_cipher_kind kind)
{
	AHOY_ASSERT((unsigned)kind < AHOY_CIPHERS);
	return kinds[kind].key_len;
}

int ahoy_cipher_init(ahoy_cipher *cipher, ahoy_cipher_kind kind, const uint8_t *key, bool encrypt)
{
	EVP_CIPHER *fetched;
	EVP_CIPHER_CTX *ctx;
	bool made;

	AHOY_ASSERT((unsigned)kind < AHOY_CIPHERS);
	fetched = EVP_CIPHER_fetch(NULL, kinds[kind].name, NULL);
	ctx = EVP_CIPHER_CTX_new();
	made = fetched && ctx && EVP_CipherInit_ex2(ctx, fetched, key, NULL, encrypt, NULL) == 1;
	EVP_CIPHER_free(fetched); /* the context holds it now */
	if (!made) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	cipher->ctx = ctx;
	return made ? 0 : AHOY_ENOMEM;
}

void ahoy_cipher_fini(ahoy_cipher *cipher)
{
	EVP_CIPHER_CTX_free(cipher->ctx);
	cipher->ctx = NULL;
}

static void begin(ahoy_cipher *cipher, const uint8_t *iv)
{
	AHOY_ASSERT(cipher->ctx && EVP_CipherInit_ex2(cipher->ctx, NULL, NULL, iv, -1, NULL) == 1);
}

/* In place; out is NULL for what is only authenticated. */
static void update(ahoy_cipher *cipher, uint8_t *out, const void *in, size_t len)
{
	int done;

	AHOY_ASSERT(len <= INT_MAX);
	if (len)
		AHOY_ASSERT(EVP_CipherUpdate(cipher->ctx, out, &done, in, (int)len) == 1 && (size_t)done == len);
}

void ahoy_cipher_ctr(ahoy_cipher *cipher, const uint8_t iv[AHOY_CIPHER_CTR_IV], uint8_t *bytes, size_t len)
{
	begin(cipher, iv);
	update(cipher, bytes, bytes, len);
}

static void begin_gcm(ahoy_cipher *cipher, const uint8_t *iv, const ahoy_slice *aad, size_t aad_count, uint8_t *bytes, size_t len)
{
	begin(cipher, iv);
	for (size_t i = 0; i < aad_count; i++)
		update(cipher, NULL, aad[i].ptr, aad[i].len);
	update(cipher, bytes, bytes, len);
}

void ahoy_cipher_seal(ahoy_cipher *cipher, const uint8_t iv[AHOY_CIPHER_GCM_IV], const ahoy_slice *aad, size_t aad_count,
		      uint8_t *bytes, size_t len, uint8_t tag[AHOY_CIPHER_GCM_TAG])
{
	uint8_t none[16];
	int rest;

	begin_gcm(cipher, iv, aad, aad_count, bytes, len);
	AHOY_ASSERT(EVP_CipherFinal_ex(cipher->ctx, none, &rest) == 1);
	AHOY_ASSERT(EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_GET_TAG, AHOY_CIPHER_GCM_TAG, tag) == 1);
}

bool ahoy_cipher_open(ahoy_cipher *cipher, const uint8_t iv[AHOY_CIPHER_GCM_IV], const ahoy_slice *aad, size_t aad_count,
		      uint8_t *bytes, size_t len, const uint8_t tag[AHOY_CIPHER_GCM_TAG])
{
	uint8_t none[16], copy[AHOY_CIPHER_GCM_TAG];
	int rest;

	memcpy(copy, tag, sizeof copy); /* libcrypto's parameter is not const */
	begin_gcm(cipher, iv, aad, aad_count, bytes, len);
	AHOY_ASSERT(EVP_CIPHER_CTX_ctrl(cipher->ctx, EVP_CTRL_AEAD_SET_TAG, sizeof copy, copy) == 1);
	return EVP_CipherFinal_ex(cipher->ctx, none, &rest) == 1;
}
