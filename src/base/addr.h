/* addr: what the core asks of an IP address with a port (src/os converts it for the socket API). The type, its reading and its
 * writing are public and at home in ahoy/base.h.
 * Thread kind: pure. */
#ifndef AHOY_BASE_ADDR_H
#define AHOY_BASE_ADDR_H

#include "base/buf.h"
#include "base/slice.h"

/* An IPv4 dotted quad, or IPv6 with or without brackets and zone number; no port. AHOY_ESYNTAX.
 * Leading zeros ("010.0.0.1") are refused: they mean different addresses to different programs. */
int ahoy_addr_parse_ip(ahoy_slice text, ahoy_addr *out);

/* The address; brackets round IPv6 where `brackets`. IPv6 as RFC 5952. */
void ahoy_addr_put_ip(ahoy_buf *b, const ahoy_addr *addr, bool brackets);

bool ahoy_addr_ip_eq(const ahoy_addr *a, const ahoy_addr *b); /* address alone */
bool ahoy_addr_is_any(const ahoy_addr *addr);		      /* 0.0.0.0 or :: */
bool ahoy_addr_is_loopback(const ahoy_addr *addr);
/* RFC 1918, RFC 6598, link-local, unique local (RFC 4193), loopback: not reachable from elsewhere. */
bool ahoy_addr_is_private(const ahoy_addr *addr);
/* Multicast, or the IPv4 limited broadcast address. */
bool ahoy_addr_is_multicast_or_broadcast(const ahoy_addr *addr);
/* ::ffff:a.b.c.d becomes the IPv4 address it maps. */
void ahoy_addr_unmap(ahoy_addr *addr);

#endif
