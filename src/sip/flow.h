/* flow: the way by which a message came or is to go: a UDP peer at a local socket, or a TCP/TLS/WS connection.
 * A value, copied freely; one API for all transports. The driver fills it in; the core only compares, stores and hands
 * it back. Thread kind: pure. */
#ifndef AHOY_SIP_FLOW_H
#define AHOY_SIP_FLOW_H

#include "base/addr.h"
#include "sip/via.h"

typedef struct {
	ahoy_transport transport;
	/* UDP: the number of the local socket (listener), from 0. Streams: the connection's id, with a generation in it, so that the id of
	 * a closed connection never names a newer one; 0: the connection that we open to this peer, whichever it is. */
	uint32_t id;
	/* TLS that we open: whom the peer has to prove to be (a number that the driver gave out); 0: the peer's IP address. */
	uint16_t name;
	ahoy_addr local; /* the address and port on this machine that the packets use (IP_PKTINFO); never 0.0.0.0 once a packet came */
	ahoy_addr peer;
} ahoy_flow;

static inline bool ahoy_transport_is_reliable(ahoy_transport transport)
{
	return transport != AHOY_UDP;
}

static inline bool ahoy_flow_eq(const ahoy_flow *a, const ahoy_flow *b)
{
	return a->transport == b->transport && a->id == b->id && ahoy_addr_eq(&a->peer, &b->peer);
}

/* What a stack wants done with a flow. `bytes` lives until the next recv/expire/answer/command of the object it was popped from. */
typedef enum {
	AHOY_OUT_SEND,
	AHOY_OUT_CONNECT,
	AHOY_OUT_CLOSE,
	AHOY_OUT_KEEP /* the stream's peer is vouched for: it may stay when it is idle */
} ahoy_out_kind;

typedef struct {
	ahoy_out_kind kind;
	ahoy_flow flow;
	ahoy_slice bytes;
} ahoy_out;

#endif
