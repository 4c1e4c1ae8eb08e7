/* self: by which address this machine calls itself in Via, Contact and c= towards a peer (docs/behaviour.md): the local address that the
 * leg's packets use, or the public address for peers outside the machine's own networks. Never 0.0.0.0. Thread kind: pure. */
#ifndef AHOY_SIP_SELF_H
#define AHOY_SIP_SELF_H

#include "base/addr.h"
#include "sip/flow.h"

/* of the machine's interfaces; more are not looked at, which only means that the public address is told to them */
#define AHOY_SELF_NETWORKS 16

typedef struct {
	ahoy_addr public_address; /* family 0: none was given. Its port is not used */
	uint8_t network_count;
	struct {
		ahoy_addr addr;
		uint8_t prefix_bits; /* 0 .. 32 or 128 */
	} networks[AHOY_SELF_NETWORKS];
} ahoy_self;

/* The address (with the flow's local port) to write towards that flow's peer. */
void ahoy_self_address(const ahoy_self *self, const ahoy_flow *flow, ahoy_addr *out);
/* Is this address one of the machine's own (an interface's, or the public one)? Ports are not compared. */
bool ahoy_self_is_mine(const ahoy_self *self, const ahoy_addr *addr);

#endif
