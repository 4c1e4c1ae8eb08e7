/* nat: which address an answer goes to, and whether a phone's own idea of its address is wrong (RFC
 * 3261 18.2.1, 18.2.2; RFC 3581; docs/behaviour.md where the RFC leaves phones behind NAT unanswered). Pure functions of a Via
 * and a source address. Thread kind: pure. */
#ifndef AHOY_SIP_NAT_H
#define AHOY_SIP_NAT_H

#include "base/addr.h"
#include "sip/flow.h"
#include "sip/uri.h"

typedef struct {
	ahoy_addr to;	     /* where the answer goes */
	bool write_received; /* the top Via of the answer gets received=<source ip> */
	uint16_t rport;	     /* and rport=<this>; 0: none */
	/* Streams, where the connection is gone when the answer is there (18.2.2): the port at the source's IP to
	 * connect to; 0: none, the peer is behind NAT. */
	uint16_t back_port;
} ahoy_response_route;

/* `from` is the flow that the request came by: its transport counts, whatever the Via says.
 * UDP:
 *   with rport                              to source IP and port; received, rport filled in (RFC 3581 4)
 *   sent-by is the source IP                to source IP and the sent-by port, 5060 where there is none (18.2.2)
 *   sent-by is another address, 0.0.0.0,    to source IP and port, with received: the phone is behind NAT
 *   or a name
 * Streams: the same connection, i.e. the source. */
void ahoy_nat_response_route(const ahoy_via *via, const ahoy_flow *from, ahoy_response_route *out);

/* Does the host and port of this Contact differ from where its message came from? A name always does. */
bool ahoy_nat_contact_differs(const ahoy_uri *contact, const ahoy_addr *source);

/* The way to a peer whose connection `gone` may have ended: a new one to its Contact, by the same transport (RFC 3261
 * 18.1.1). False: there is none, because it is a datagram flow, or the Contact is at another address than the peer's
 * (it is behind NAT, where only the peer can connect), or of another transport. */
bool ahoy_nat_reconnect(const ahoy_uri *contact, const ahoy_flow *gone, ahoy_flow *out);

#endif
