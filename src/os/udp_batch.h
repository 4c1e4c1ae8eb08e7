/* udp_batch: many datagrams with one system call, each with its peer and local address; for udp.c alone.
 * Thread kind: owned. */
#ifndef AHOY_OS_UDP_BATCH_H
#define AHOY_OS_UDP_BATCH_H

#include "os/socket.h"
#include "sip/flow.h"

#define AHOY_UDP_BATCH 16
#define AHOY_UDP_OUTBOX_BYTES 262144

/* What recvmmsg filled in last. */
typedef struct {
	ahoy_addr peer[AHOY_UDP_BATCH], local[AHOY_UDP_BATCH];
	ahoy_slice bytes[AHOY_UDP_BATCH]; /* live until the next read */
	char *space;
} ahoy_udp_inbox;

int ahoy_udp_inbox_init(ahoy_udp_inbox *box);
void ahoy_udp_inbox_fini(ahoy_udp_inbox *box);
/* How many came, or -1 with errno. `bound` gives the local port, and the local address where the kernel does not tell
 * one. */
int ahoy_udp_inbox_read(ahoy_udp_inbox *box, int fd, const ahoy_addr *bound);

typedef struct {
	ahoy_flow flow[AHOY_UDP_BATCH];
	ahoy_slice bytes[AHOY_UDP_BATCH];
	size_t count, used;
	char *space;
} ahoy_udp_outbox;

int ahoy_udp_outbox_init(ahoy_udp_outbox *box);
void ahoy_udp_outbox_fini(ahoy_udp_outbox *box);
bool ahoy_udp_outbox_fits(const ahoy_udp_outbox *box, size_t len);
void ahoy_udp_outbox_put(ahoy_udp_outbox *box, const ahoy_flow *flow, ahoy_slice bytes);
/* How many of the `run` datagrams from `at` on were taken, or -1 with errno. */
int ahoy_udp_outbox_write(ahoy_udp_outbox *box, int fd, size_t at, size_t run);
/* Lets the kernel choose the local address of one. */
void ahoy_udp_outbox_forget_local(ahoy_udp_outbox *box, size_t at);
void ahoy_udp_outbox_clear(ahoy_udp_outbox *box);

#endif
