/* nonce: mints and reads the nonces of one worker, and remembers the counts (nc, RFC 7616 3.4) of those in use.
 * A nonce is text: the worker's digit, then 20 bytes in base 32: second of minting, running number, 96 bits of
 * HMAC-SHA-256 over both, the worker and the server's start number. Minting costs no memory: a count is kept from
 * the first right use on. The table is a ring: when it is full the count kept longest is forgotten, and with it
 * every unused nonce as old as that one, so that forgetting never lets a replay through. Private to src/registrar.
 * Thread kind: owned. */
#ifndef AHOY_REGISTRAR_NONCE_H
#define AHOY_REGISTRAR_NONCE_H

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"

#define AHOY_NONCE_TEXT 33	   /* characters; not NUL-terminated */
#define AHOY_NONCE_ONCE UINT32_MAX /* as nc: credentials without qop, after which the nonce is used up */

typedef struct {
	uint64_t id; /* second << 32 | number; 0: free */
	uint32_t nc;
	uint32_t next; /* in its chain: index + 1, 0 at the end */
} ahoy_nonce_count;

typedef struct {
	const ahoy_env *env;
	uint8_t key[32];
	uint64_t start_number;
	ahoy_time born;
	char worker; /* its digit */
	uint32_t life_s, number;
	uint32_t max, mask, ring; /* ring: the place in `counts` that is taken next */
	uint64_t forgotten;	  /* the youngest id that was forgotten: unused nonces up to it are stale */
	ahoy_nonce_count *counts;
	uint32_t *chains; /* index + 1, by the low bits of the number */
} ahoy_nonces;

AHOY_MUST_USE int ahoy_nonces_init(ahoy_nonces *nonces, const ahoy_env *env, ahoy_time now, uint8_t worker, uint64_t start_number,
				   uint32_t life_s, uint32_t max);
void ahoy_nonces_fini(ahoy_nonces *nonces);

void ahoy_nonces_mint(ahoy_nonces *nonces, ahoy_time now, char out[AHOY_NONCE_TEXT]);
/* The id of a nonce that we minted in this run and that is young enough, else 0. */
uint64_t ahoy_nonces_read(const ahoy_nonces *nonces, ahoy_time now, ahoy_slice text);
/* May it be used with this count? */
bool ahoy_nonces_usable(const ahoy_nonces *nonces, uint64_t id, uint32_t nc);
/* Uses it: from now on only a higher count will do. */
void ahoy_nonces_use(ahoy_nonces *nonces, uint64_t id, uint32_t nc);
/* 0 .. 35, or -1. */
int ahoy_nonces_worker(ahoy_slice text);

#endif
