/* addr: an IP address with a port, and nothing of the socket API (src/os converts).
 * Thread kind: pure. */
#ifndef AHOY_BASE_ADDR_H
#define AHOY_BASE_ADDR_H

#include "base/buf.h"
#include "base/slice.h"

typedef struct {
	uint8_t family; /* 4, 6, or 0 for "none" */
	uint8_t pad;
	uint16_t port;	/* host byte order */
	uint32_t scope; /* IPv6 zone, 0 where there is none */
	uint8_t ip[16]; /* network order; IPv4 in the first four, the rest zero */
} ahoy_addr;

/* An IPv4 dotted quad, or IPv6 with or without brackets and zone number; no port. AHOY_ESYNTAX.
 * Leading zeros ("010.0.0.1") are refused: they mean different addresses to different programs. */
int ahoy_addr_parse_ip(ahoy_slice text, ahoy_addr *out);
/* "1.2.3.4:5060", "[::1]:5060", or an address alone (port 0 then). AHOY_ESYNTAX, AHOY_ERANGE (port). */
int ahoy_addr_parse(ahoy_slice text, ahoy_addr *out);

/* The address; brackets round IPv6 where `brackets`. IPv6 as RFC 5952. */
void ahoy_addr_put_ip(ahoy_buf *b, const ahoy_addr *addr, bool brackets);
/* "ip:port", with brackets round IPv6. */
void ahoy_addr_put(ahoy_buf *b, const ahoy_addr *addr);

bool ahoy_addr_eq(const ahoy_addr *a, const ahoy_addr *b);    /* address and port */
bool ahoy_addr_ip_eq(const ahoy_addr *a, const ahoy_addr *b); /* address alone */
bool ahoy_addr_is_any(const ahoy_addr *addr);		      /* 0.0.0.0 or :: */
bool ahoy_addr_is_loopback(const ahoy_addr *addr);
/* RFC 1918, RFC 6598, link-local, unique local (RFC 4193), loopback: not reachable from elsewhere. */
bool ahoy_addr_is_private(const ahoy_addr *addr);
/* Multicast, or the IPv4 limited broadcast address. */
bool ahoy_addr_is_multicast_or_broadcast(const ahoy_addr *addr);
/* ::ffff:a.b.c.d becomes the IPv4 address it maps. */
void ahoy_addr_unmap(ahoy_addr *addr);

#define AHOY_ADDR_TEXT 64 /* enough for any address with brackets, zone and port */

#endif
