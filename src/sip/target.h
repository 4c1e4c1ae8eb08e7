/* target: where a request to a URI goes (RFC 3263 4), with host names resolved by A and AAAA alone: NAPTR and SRV come
 * before this step once there is a resolver for them. Owns no state but the list; asks nobody: the caller hands the
 * addresses in. Order: ahoy_target_of_uri, resolve target.host where target.addr.family is 0, ahoy_target_list_init,
 * ahoy_target_next until it worked. Lifetime of the slices: the URI's. Thread kind: pure. */
#ifndef AHOY_SIP_TARGET_H
#define AHOY_SIP_TARGET_H

#include "base/err.h"
#include "base/limits.h"
#include "sip/uri.h"
#include "sip/via.h"

typedef struct {
	ahoy_slice host; /* what is to be resolved, or the address as text */
	ahoy_addr addr;	 /* with the port, where host is an address; else family 0 */
	uint16_t port;	 /* the URI's, else the transport's own: 5060, 5061 (TLS), 80 (WS), 443 (WSS) */
	ahoy_transport transport;
} ahoy_target;

/* The target of a sip or sips URI (maddr before host, RFC 3263 4). Transport (4.1): the parameter's; without it TLS for
 * sips, else UDP. sips with tcp is TLS, with ws WSS. AHOY_ESCHEME: another scheme. AHOY_EUNSUPPORTED: a transport that
 * we do not know, or sips over UDP. */
int ahoy_target_of_uri(const ahoy_uri *uri, ahoy_target *out);

#define AHOY_TARGET_IP4 1u
#define AHOY_TARGET_IP6 2u

typedef struct {
	ahoy_addr addrs[AHOY_MAX_TARGET_ADDRS];
	uint8_t count, next;
} ahoy_target_list;

/* The addresses to try, in order: the resolver's, but families take turns, beginning with that of the first, so that a
 * dead IPv6 or IPv4 costs one attempt and not all of them. Left out: families not in `families` (what this host can
 * send), repeated ones, 0.0.0.0, multicast and broadcast. Above AHOY_MAX_TARGET_ADDRS the rest is left out too. */
void ahoy_target_list_init(ahoy_target_list *list, const ahoy_target *target, const ahoy_addr *resolved, size_t count,
			   unsigned families);
/* The next one, with port: the first, or after a failure (4.3: 503, time-out, transport error) the following. False at
 * the end. */
bool ahoy_target_next(ahoy_target_list *list, ahoy_addr *out);

#endif
