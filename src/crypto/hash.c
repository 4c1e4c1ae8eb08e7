#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

/* Of the calling thread: libcrypto's lock and look-up are paid once. */
static _Thread_local struct {
	EVP_MD *md[AHOY_HASHES];
	EVP_MD_CTX *ctx;
} hasher;

static const char *const names[AHOY_HASHES] = {
	[AHOY_HASH_MD5] = "MD5",
	[AHOY_HASH_SHA1] = "SHA1",
	[AHOY_HASH_SHA256] = "SHA256",
	[AHOY_HASH_SHA512_256] = "SHA512-256",
};
/* The block that HMAC pads its key to (RFC 2104 2). */
static const size_t block_len[AHOY_HASHES] = {64, 64, 64, 128};
#define BLOCK_MAX 128

static void begin(ahoy_hash hash)
{
	AHOY_ASSERT((unsigned)hash < AHOY_HASHES);
	if (!hasher.ctx)
		hasher.ctx = EVP_MD_CTX_new();
	if (!hasher.md[hash])
		hasher.md[hash] = EVP_MD_fetch(NULL, names[hash], NULL);
	AHOY_ASSERT(hasher.ctx && hasher.md[hash]);
	AHOY_ASSERT(EVP_DigestInit_ex2(hasher.ctx, hasher.md[hash], NULL) == 1);
}

static void update(const void *ptr, size_t len)
{
	if (len)
		AHOY_ASSERT(EVP_DigestUpdate(hasher.ctx, ptr, len) == 1);
}

static size_t end(uint8_t out[AHOY_HASH_MAX])
{
	unsigned len = 0;

	AHOY_ASSERT(EVP_DigestFinal_ex(hasher.ctx, out, &len) == 1);
	return len;
}

size_t ahoy_hash_of(ahoy_hash hash, const ahoy_slice *parts, size_t count, uint8_t out[AHOY_HASH_MAX])
{
	begin(hash);
	for (size_t i = 0; i < count; i++)
		update(parts[i].ptr, parts[i].len);
	return end(out);
}

size_t ahoy_hmac_of(ahoy_hash hash, ahoy_slice key, const ahoy_slice *parts, size_t count, uint8_t out[AHOY_HASH_MAX])
{
	uint8_t pad[BLOCK_MAX] = {0}, inner[AHOY_HASH_MAX];
	size_t block = block_len[hash], len;

	if (key.len > block)
		ahoy_hash_of(hash, &key, 1, pad);
	else if (key.len)
		memcpy(pad, key.ptr, key.len);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36;
	begin(hash);
	update(pad, block);
	for (size_t i = 0; i < count; i++)
		update(parts[i].ptr, parts[i].len);
	len = end(inner);
	for (size_t i = 0; i < block; i++)
		pad[i] ^= 0x36 ^ 0x5c;
	begin(hash);
	update(pad, block);
	update(inner, len);
	len = end(out);
	ahoy_secret_wipe(pad, sizeof pad);
	return len;
}

void ahoy_hash_thread_fini(void)
{
	EVP_MD_CTX_free(hasher.ctx);
	hasher.ctx = NULL;
	for (int h = 0; h < AHOY_HASHES; h++) {
		EVP_MD_free(hasher.md[h]);
		hasher.md[h] = NULL;
	}
}

bool ahoy_secret_eq(ahoy_slice a, ahoy_slice b)
{
	return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void ahoy_secret_wipe(void *ptr, size_t len)
{
	if (len)
		OPENSSL_cleanse(ptr, len);
}
