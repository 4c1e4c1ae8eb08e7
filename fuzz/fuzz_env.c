#include "fuzz_env.h"

#include <stdlib.h>
#include <string.h>

static void *resize(void *ctx, void *ptr, size_t size)
{
	(void)ctx;
	if (size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, size);
}

static void no_random(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, 0x5a, len);
}

const ahoy_env fuzz_env = {.resize = resize, .random = no_random};
