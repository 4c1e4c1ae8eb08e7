/* hep: one SIP message as a HEPv3 packet (the encapsulation of Homer's capture servers, "HEP3"), as sngrep, Homer and
 * others take it. Owns the layout alone; sending is src/os/hep_sender. Nothing is read back. Thread kind: pure. */
#ifndef AHOY_SIP_HEP_H
#define AHOY_SIP_HEP_H

#include "base/buf.h"
#include "base/env.h"
#include "sip/flow.h"

typedef struct {
	uint64_t at_utc_us;
	bool sent; /* by us to flow->peer; else received from it */
	const ahoy_flow *flow;
	uint32_t node;		/* which capture agent we are */
	ahoy_slice node_name;	/* may be empty */
	ahoy_slice message;	/* as it was above TLS and WebSocket */
	ahoy_slice correlation; /* what binds the legs of a call together: its Call-ID here; may be empty */
} ahoy_hep;

/* A message that would make a datagram of more than 65,000 bytes is cut. `b`->full says whether there was room:
 * 256 bytes beside the three texts are enough. */
void ahoy_hep_write(ahoy_buf *b, const ahoy_hep *hep);

#endif
