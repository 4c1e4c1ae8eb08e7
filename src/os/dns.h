/* dns: questions to name servers by c-ares on the loop (A and AAAA as getaddrinfo would, so /etc/hosts too; SRV;
 * NAPTR), with answers kept as long as they say (sip/dns_cache). Which question to ask and what to do with the answer is
 * the caller's (sip/locate). Lifetime: inside the loop's. Thread kind: owned. */
#ifndef AHOY_OS_DNS_H
#define AHOY_OS_DNS_H

#include "os/loop.h"
#include "sip/dns_answer.h"

typedef struct ahoy_dns ahoy_dns;

/* The answer lives until the function returns. */
typedef void ahoy_dns_fn(void *ctx, const ahoy_dns_answer *answer);

AHOY_MUST_USE int ahoy_dns_new(ahoy_loop *loop, ahoy_dns **out);
/* Questions under way are given up; their functions are not called. */
void ahoy_dns_del(ahoy_dns *dns);

/* Asks this server alone, not those of /etc/resolv.conf. AHOY_EINVAL. */
AHOY_MUST_USE int ahoy_dns_use_server(ahoy_dns *dns, const ahoy_addr *server);

/* An address as text is its own answer; "localhost" is the loopback by itself (RFC 6761) and has no other records.
 * fn is called exactly once, perhaps before this returns. */
void ahoy_dns_ask(ahoy_dns *dns, ahoy_dns_type type, ahoy_slice name, ahoy_dns_fn *fn, void *ctx);

#endif
