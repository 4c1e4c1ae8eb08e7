/* blacklist: servers that failed a moment ago, or asked to be left alone (503 with Retry-After, RFC 3261 21.5.4), so
 * that the next request tries them last (RFC 3263 4.3). Full: what is over first makes room.
 * Lifetime: the owner's, no allocation. Zeroed is empty. Thread kind: owned. */
#ifndef AHOY_SIP_BLACKLIST_H
#define AHOY_SIP_BLACKLIST_H

#include "base/env.h"
#include "base/limits.h"
#include "sip/flow.h"

typedef struct {
	ahoy_time until; /* 0: unused */
	ahoy_transport transport;
	ahoy_addr peer;
} ahoy_blacklisted;

typedef struct {
	ahoy_blacklisted entries[AHOY_MAX_BLACKLISTED];
} ahoy_blacklist;

/* It failed: for AHOY_BLACKLIST_S; or asked for `retry_after_s` (not 0), of which AHOY_BLACKLIST_MAX_S at most are given. */
void ahoy_blacklist_add(ahoy_blacklist *list, ahoy_time now, const ahoy_flow *to, uint32_t retry_after_s);
/* It answers. */
void ahoy_blacklist_remove(ahoy_blacklist *list, const ahoy_flow *to);
bool ahoy_blacklist_has(const ahoy_blacklist *list, ahoy_time now, const ahoy_flow *to);
/* The blacklisted ones go behind the others; else the order stays. */
void ahoy_blacklist_order(const ahoy_blacklist *list, ahoy_time now, ahoy_flow *flows, size_t count);

#endif
