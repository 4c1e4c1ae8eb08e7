/* random: bytes fit for keys, nonces and tags, from libcrypto by way of a pool per thread, because a call per tag costs
 * more than the tag. Thread kind: shared (each thread has its pool). A source that fails ends the process: there is no
 * safe way on. */
#ifndef AHOY_OS_RANDOM_H
#define AHOY_OS_RANDOM_H

#include <stddef.h>

/* ahoy_env's `random`; ctx is not used. */
void ahoy_random_fill(void *ctx, void *out, size_t len);

#endif
