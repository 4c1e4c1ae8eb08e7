/* dns: names to addresses (A and AAAA, and /etc/hosts as getaddrinfo would) by c-ares on the loop. Selection by RFC
 * 3263 is the caller's. Lifetime: inside the loop's. Thread kind: owned. */
#ifndef AHOY_OS_DNS_H
#define AHOY_OS_DNS_H

#include "base/addr.h"
#include "os/loop.h"

typedef struct ahoy_dns ahoy_dns;

#define AHOY_DNS_MAX_ADDRESSES 16

/* err 0 and at least one address (port 0), the best first (RFC 6724); AHOY_ENOTFOUND: no such name, or none of this
 * family; AHOY_ETIMEOUT: no server answers; AHOY_ENETWORK: servers fail or refuse. */
typedef void ahoy_dns_fn(void *ctx, int err, const ahoy_addr *addresses, size_t count);

AHOY_MUST_USE int ahoy_dns_new(ahoy_loop *loop, ahoy_dns **out);
/* Look-ups under way are given up; their functions are not called. */
void ahoy_dns_del(ahoy_dns *dns);

/* Asks this server alone, not those of /etc/resolv.conf. AHOY_EINVAL. */
AHOY_MUST_USE int ahoy_dns_use_server(ahoy_dns *dns, const ahoy_addr *server);

/* family 4, 6, or 0 for both. An address as text is its own answer; "localhost" is the loopback by itself (RFC 6761).
 * fn is called exactly once, perhaps before this returns. */
void ahoy_dns_lookup(ahoy_dns *dns, ahoy_slice name, int family, ahoy_dns_fn *fn, void *ctx);

#endif
