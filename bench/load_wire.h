/* load_wire: what the generator's phones speak through: sockets (load_udp.h) in the program `load`, the pulled server itself
 * in switch_bench. Side 0 is where the callers are, side 1 the callees. Thread kind: owned. */
#ifndef BENCH_LOAD_WIRE_H
#define BENCH_LOAD_WIRE_H

#include "base/addr.h"
#include "base/env.h"
#include "base/slice.h"

enum {
	LOAD_CALLERS,
	LOAD_CALLEES,
	LOAD_SIDES
};

typedef struct {
	void *ctx;
	/* One datagram to the server; the bytes are copied or used up before it returns. */
	void (*send)(void *ctx, unsigned side, ahoy_slice bytes);
	/* What the server acknowledged, for those who check it afterwards: "registered" and a number; "answered", "bye" (sent),
	 * "ended" and a Call-ID. NULL: nobody does. */
	void (*note)(void *ctx, const char *what, ahoy_slice name);
	/* `count` RTP packets to the server's media port; NULL: none are wanted. */
	void (*media)(void *ctx, unsigned side, uint16_t port, unsigned count);
	ahoy_slice server;	     /* "127.0.0.1:5060", as it stands in URIs */
	ahoy_slice here[LOAD_SIDES]; /* "127.0.0.1:6000": the phones' own address */
	ahoy_slice ip;		     /* without the port, for SDP */
	uint16_t rtp_port[LOAD_SIDES];
} load_wire;

/* The clock of the generator, microseconds. */
ahoy_time load_now(void);

#endif
