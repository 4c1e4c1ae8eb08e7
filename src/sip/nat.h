/* nat: which address an answer goes to, and whether a phone's own idea of its address is wrong (RFC
 * 3261 18.2.1, 18.2.2; RFC 3581; docs/behaviour.md where the RFC leaves phones behind NAT unanswered). Pure functions of a Via
 * and a source address. Thread kind: pure. */
#ifndef AHOY_SIP_NAT_H
#define AHOY_SIP_NAT_H

#include "base/addr.h"
#include "sip/uri.h"
#include "sip/via.h"

typedef struct {
	ahoy_addr to;	     /* where the answer goes */
	bool write_received; /* the top Via of the answer gets received=<source ip> */
	uint16_t rport;	     /* and rport=<this>; 0: none */
} ahoy_response_route;

/* UDP:
 *   with rport                              to source IP and port; received, rport filled in (RFC 3581 4)
 *   sent-by is the source IP                to source IP and the sent-by port, 5060 where there is none (18.2.2)
 *   sent-by is another address, 0.0.0.0,    to source IP and port, with received: the phone is behind NAT
 *   or a name
 * Streams: the same connection, i.e. the source. */
void ahoy_nat_response_route(const ahoy_via *via, const ahoy_addr *source, ahoy_response_route *out);

/* Does the host and port of this Contact differ from where its message came from? A name always does. */
bool ahoy_nat_contact_differs(const ahoy_uri *contact, const ahoy_addr *source);

#endif
