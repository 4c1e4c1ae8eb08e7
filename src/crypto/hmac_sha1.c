#include "crypto/hmac_sha1.h"

#include "crypto/hash.h"

#define OPENSSL_SUPPRESS_DEPRECATED /* docs/decisions/0006 */
#include <openssl/sha.h>

static void save(const SHA_CTX *ctx, uint32_t state[5])
{
	state[0] = ctx->h0;
	state[1] = ctx->h1;
	state[2] = ctx->h2;
	state[3] = ctx->h3;
	state[4] = ctx->h4;
}

/* As after one block: the padded key. */
static void restore(SHA_CTX *ctx, const uint32_t state[5])
{
	SHA1_Init(ctx);
	ctx->h0 = state[0];
	ctx->h1 = state[1];
	ctx->h2 = state[2];
	ctx->h3 = state[3];
	ctx->h4 = state[4];
	ctx->Nl = 8 * SHA_CBLOCK;
}

static void hash_pad(const uint8_t *key, size_t len, uint8_t with, uint32_t state[5])
{
	uint8_t pad[SHA_CBLOCK];
	SHA_CTX ctx;

	for (size_t i = 0; i < sizeof pad; i++)
		pad[i] = (uint8_t)((i < len ? key[i] : 0) ^ with);
	SHA1_Init(&ctx);
	SHA1_Update(&ctx, pad, sizeof pad);
	save(&ctx, state);
	ahoy_secret_wipe(pad, sizeof pad);
	ahoy_secret_wipe(&ctx, sizeof ctx);
}

void ahoy_hmac_sha1_init(ahoy_hmac_sha1 *hmac, const uint8_t *key, size_t len)
{
	AHOY_ASSERT(len <= SHA_CBLOCK);
	hash_pad(key, len, 0x36, hmac->inner);
	hash_pad(key, len, 0x5c, hmac->outer);
}

void ahoy_hmac_sha1_of(const ahoy_hmac_sha1 *hmac, const ahoy_slice *parts, size_t count, uint8_t out[AHOY_HMAC_SHA1])
{
	SHA_CTX ctx;

	restore(&ctx, hmac->inner);
	for (size_t i = 0; i < count; i++)
		if (parts[i].len)
			SHA1_Update(&ctx, parts[i].ptr, parts[i].len);
	SHA1_Final(out, &ctx);
	restore(&ctx, hmac->outer);
	SHA1_Update(&ctx, out, AHOY_HMAC_SHA1);
	SHA1_Final(out, &ctx);
}
