#include "os/random.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"

#define POOL_BYTES 4096

static _Thread_local unsigned char pool[POOL_BYTES];
static _Thread_local size_t pool_left;
static _Thread_local pid_t pool_owner;

static void draw(void *out, size_t len)
{
	AHOY_ASSERT(len <= INT_MAX && RAND_bytes(out, (int)len) == 1);
}

void ahoy_random_fill(void *ctx, void *out, size_t len)
{
	(void)ctx;
	if (len > POOL_BYTES / 4) {
		draw(out, len);
		return;
	}
	/* A forked child must not hand out what its parent will. */
	if (pool_left < len || pool_owner != getpid()) {
		draw(pool, sizeof pool);
		pool_left = sizeof pool;
		pool_owner = getpid();
	}
	pool_left -= len;
	memcpy(out, pool + pool_left, len);
	OPENSSL_cleanse(pool + pool_left, len);
}
