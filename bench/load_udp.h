/* load_udp: the generator's sockets: one for SIP and one for RTP on each side, read and written in batches. Thread kind: owned. */
#ifndef BENCH_LOAD_UDP_H
#define BENCH_LOAD_UDP_H

#include <stdio.h>

#include "load_wire.h"

#define LOAD_BATCH 64
/* SIP and RTP of each side, in this order, as poll and recv number them. */
enum {
	LOAD_SIP_CALLERS,
	LOAD_SIP_CALLEES,
	LOAD_RTP_CALLERS,
	LOAD_RTP_CALLEES,
	LOAD_SOCKETS
};

typedef struct load_udp load_udp;

/* Four sockets on the server's kind of address: `local` names IP and, where its port is not 0, the first of the four ports.
 * 0, or -1 with a sentence on stderr. */
int load_udp_new(const ahoy_addr *server, const ahoy_addr *local, load_udp **out);
void load_udp_del(load_udp *udp);
const load_wire *load_udp_wire(load_udp *udp);
/* What goes and comes over SIP is listed there: "out 583" in bytes. NULL: no more. */
void load_udp_log_sizes(load_udp *udp, FILE *to);

/* What the server acknowledges is listed there, a line each: "answered CALL-ID". */
void load_udp_journal(load_udp *udp, FILE *to);

/* Waits until something can be read, at the most so long. Bit n: socket n. Negative: the server's port is closed. */
int load_udp_poll(load_udp *udp, int timeout_ms);
/* What is there now, at most LOAD_BATCH datagrams, valid until the next call. AHOY_ENETWORK (negative): the server's port is closed. */
int load_udp_recv(load_udp *udp, unsigned socket, ahoy_slice bytes[LOAD_BATCH]);
/* One datagram to that port of the server's host (RTP sockets). */
void load_udp_send_to(load_udp *udp, unsigned socket, uint16_t port, ahoy_slice bytes);
/* All that was gathered. */
void load_udp_flush(load_udp *udp);

#endif
