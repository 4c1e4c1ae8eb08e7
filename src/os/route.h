/* route: what the kernel knows about this machine's own addresses. Thread kind: shared. Cost: system calls; not for a
 * packet's path. */
#ifndef AHOY_OS_ROUTE_H
#define AHOY_OS_ROUTE_H

#include "base/addr.h"
#include "base/err.h"

/* The local address (port 0) that packets to this peer leave from. No packet is sent. AHOY_ENETWORK: there is no
 * route. */
AHOY_MUST_USE int ahoy_route_local(const ahoy_addr *peer, ahoy_addr *local);

typedef struct {
	ahoy_addr addr; /* port 0 */
	uint8_t prefix_bits;
} ahoy_interface;

/* The addresses of the interfaces that are up, at most `cap`, those of the loopback last. Returns how many; 0 where the
 * kernel does not say. */
size_t ahoy_route_interfaces(ahoy_interface *out, size_t cap);

#endif
