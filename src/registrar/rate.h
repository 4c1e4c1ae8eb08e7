/* rate: token buckets for each source address (IPv6 by its /64), so that nobody can try passwords in bulk or use the
 * server to flood a third party. What goes over the limit is DROPPED without an answer and counted: an answer would
 * be what the flooder wants. Owns a fixed table of sources; when it is full the source that was silent longest is
 * forgotten (its buckets are full again). Loopback and private sources count like others; only `unlimited` exempts.
 * Thread kind: owned. Cost: one keyed hash, no allocation.
 *
 *	anything answered without digest (challenge, OPTIONS to the server):
 *		if (!ahoy_rate_take(rate, now, AHOY_RATE_UNAUTHENTICATED, source)) drop
 *	a request with credentials, before the user is looked up:
 *		if (!ahoy_rate_allows(rate, now, AHOY_RATE_FAILURE, source)) drop
 *	a check that ended in AHOY_AUTH_CHALLENGE:
 *		ahoy_rate_take(rate, now, AHOY_RATE_FAILURE, source), then 401 as usual */
#ifndef AHOY_REGISTRAR_RATE_H
#define AHOY_REGISTRAR_RATE_H

#include "base/addr.h"
#include "base/env.h"
#include "base/err.h"

typedef struct ahoy_rate ahoy_rate;

typedef enum {
	AHOY_RATE_UNAUTHENTICATED, /* AHOY_RATE_OPEN_BURST, then AHOY_RATE_OPEN_PER_S */
	AHOY_RATE_FAILURE,	   /* AHOY_RATE_FAILURE_BURST, then AHOY_RATE_FAILURE_PER_S */
	AHOY_RATES
} ahoy_rate_kind;

typedef struct {
	uint64_t limited[AHOY_RATES]; /* refusals by allows and take together */
	uint32_t sources;	      /* in the table */
	uint64_t forgotten;	      /* pushed out of a full table */
} ahoy_rate_counters;

/* max_sources 0: AHOY_MAX_RATE_SOURCES. AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_rate_new(const ahoy_env *env, bool unlimited, uint32_t max_sources, ahoy_rate **out);
void ahoy_rate_del(ahoy_rate *rate);
/* SIGHUP may switch the limits on or off. */
void ahoy_rate_set_unlimited(ahoy_rate *rate, bool unlimited);

/* Is there a token? A refusal is counted. */
bool ahoy_rate_allows(ahoy_rate *rate, ahoy_time now, ahoy_rate_kind kind, const ahoy_addr *source);
/* Takes one; false (counted) where there is none. */
bool ahoy_rate_take(ahoy_rate *rate, ahoy_time now, ahoy_rate_kind kind, const ahoy_addr *source);

const ahoy_rate_counters *ahoy_rate_count(const ahoy_rate *rate);

#endif
