/* driver: runs one pulled machine (a server's switch, a phone's user agent) on a loop: datagrams, messages of streams,
 * ICMP refusals and ends of connections in, messages out (datagrams in batches), one alarm for the machine's next
 * deadline. After each input the machine is drained, as its contract asks. Owns the listeners and connections (udp.h,
 * tcp.h). Lifetime: inside the loop's and the machine's. Thread kind: owned. */
#ifndef AHOY_OS_DRIVER_H
#define AHOY_OS_DRIVER_H

#include "os/tcp.h"
#include "os/udp.h"

typedef struct ahoy_driver ahoy_driver;

typedef struct {
	void *ctx;
	void (*recv)(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
	void (*send_failed)(void *ctx, ahoy_time now, const ahoy_flow *flow);
	/* A stream is gone. */
	void (*flow_closed)(void *ctx, ahoy_time now, const ahoy_flow *flow);
	/* A stream broke off with this head (sip/stream.h) and is closed behind this call. */
	void (*broken)(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err);
	/* NULL, or told why a TLS connection was not made or was closed: for the log, no input. */
	void (*peer_refused)(void *ctx, const ahoy_flow *flow, const char *why);
	void (*expire)(void *ctx, ahoy_time now);
	/* Called after each of these: takes the machine's events or asks and gives each of its outs to ahoy_driver_out.
	 * Returns the machine's next deadline. */
	ahoy_time (*drain)(void *ctx, ahoy_time now);
} ahoy_machine;

AHOY_MUST_USE int ahoy_driver_new(ahoy_loop *loop, const ahoy_machine *machine, ahoy_driver **out);
void ahoy_driver_del(ahoy_driver *driver);
/* For listen, listener_for and bound. */
ahoy_udp *ahoy_driver_udp(ahoy_driver *driver);
ahoy_tcp *ahoy_driver_tcp(ahoy_driver *driver);
/* One thing that the machine wants done; the bytes are copied. What wants a transport that is not there
 * gets send_failed before the loop sleeps. */
void ahoy_driver_out(ahoy_driver *driver, const ahoy_out *out);
/* After commands that came from elsewhere (a key, an answer of the store): drains the machine. */
void ahoy_driver_drain(ahoy_driver *driver);

#endif
