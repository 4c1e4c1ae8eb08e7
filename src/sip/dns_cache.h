/* dns_cache: answers of name servers, kept as long as they say (RFC 1035 3.2.1), within bounds. "Not found" is kept for a
 * short while too (RFC 2308); failures never. Full: the answer that is over first makes room.
 * Lifetime: the caller's, no allocation. Zeroed is empty. Thread kind: owned. Cost: a look at AHOY_DNS_MAX_CACHED names. */
#ifndef AHOY_SIP_DNS_CACHE_H
#define AHOY_SIP_DNS_CACHE_H

#include "base/env.h"
#include "sip/dns_answer.h"

typedef struct {
	ahoy_time until; /* 0: unused */
	char name[AHOY_MAX_HOST + 1];
	ahoy_dns_answer answer;
} ahoy_dns_cached;

typedef struct {
	ahoy_dns_cached entries[AHOY_DNS_MAX_CACHED];
} ahoy_dns_cache;

/* What is known about this name (any case), or NULL. Lives until the next put. */
const ahoy_dns_answer *ahoy_dns_cache_get(const ahoy_dns_cache *cache, ahoy_time now, ahoy_dns_type type, ahoy_slice name);
/* Keeps it for its ttl_s, AHOY_DNS_MAX_TTL_S at most; what was not found for AHOY_DNS_NEGATIVE_S; else not at all. */
void ahoy_dns_cache_put(ahoy_dns_cache *cache, ahoy_time now, ahoy_slice name, const ahoy_dns_answer *answer);

#endif
