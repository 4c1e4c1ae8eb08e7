/* impair: a bad network for what the phone itself sends (--impair): loss, doubles, overtaking, delay and jitter, all from one seed, so
 * that the same row of datagrams meets the same fate again. Datagrams go in, and come out when they are due; what comes out is sent.
 * Order: put what is to be sent, then pop until false, and again at the deadline. Heap, new to del; at most
 * AHOY_IMPAIR_WAITING datagrams wait, further ones are lost and counted. Thread kind: pure. Cost: one copy a datagram. */
#ifndef AHOY_PHONE_IMPAIR_H
#define AHOY_PHONE_IMPAIR_H

#include "base/buf.h"
#include "base/env.h"
#include "base/err.h"
#include "sip/flow.h"

/* Two seconds of 50 packets a second in two calls, doubled. */
#define AHOY_IMPAIR_WAITING 512
#define AHOY_IMPAIR_MOST_DELAY AHOY_SECONDS(2)

typedef struct {
	uint32_t loss, duplicate, reorder; /* of 100,000 */
	ahoy_time delay, jitter;	   /* delay .. delay + jitter, each datagram by itself */
	uint64_t seed;
} ahoy_impairment;

typedef struct {
	uint64_t seen, lost, duplicated, reordered, overflowed;
} ahoy_impair_counters;

typedef struct ahoy_impair ahoy_impair;

AHOY_MUST_USE int ahoy_impair_new(const ahoy_env *env, const ahoy_impairment *impairment, ahoy_impair **out);
void ahoy_impair_del(ahoy_impair *impair); /* NULL is allowed */
void ahoy_impair_put(ahoy_impair *impair, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
/* The next that is due; the bytes live until the next call. AHOY_NEVER as `now`: all that waits. */
bool ahoy_impair_pop(ahoy_impair *impair, ahoy_time now, ahoy_flow *flow, ahoy_slice *bytes);
ahoy_time ahoy_impair_next(const ahoy_impair *impair); /* AHOY_NEVER: nothing waits */
const ahoy_impair_counters *ahoy_impair_count(const ahoy_impair *impair);

/* loss=5%,dup=1%,reorder=2%,delay=20ms,jitter=10ms,seed=7, each once, in any order. AHOY_EINVAL; one clause in `why`. */
int ahoy_impair_parse(ahoy_slice text, ahoy_impairment *out, ahoy_buf *why) AHOY_MUST_USE;

#endif
