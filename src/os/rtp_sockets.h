/* rtp_sockets: media ports, opened in even/odd pairs (RFC 3550 11) in a range, in one raw epoll set of their own that
 * hangs in the loop as a single descriptor: thousands of them cost the loop nothing. A port is named by a dense handle:
 * 2 * pair for RTP, 2 * pair + 1 for RTCP. One socket takes IPv4 and IPv6 where the machine has both. An open pair
 * stays open until it is closed or the set dies. Owns the sockets. Leaves who may send to whom to the caller. Lifetime:
 * inside the loop's. Thread kind: owned. Cost: two descriptors a pair; one system call a packet each way. */
#ifndef AHOY_OS_RTP_SOCKETS_H
#define AHOY_OS_RTP_SOCKETS_H

#include "base/addr.h"
#include "os/loop.h"

typedef struct ahoy_rtp_sockets ahoy_rtp_sockets;

#define AHOY_RTP_MAX_PAIRS 32768

/* A packet at a port; source unmapped, bytes live until the callback returns. True: it came from the right peer, and
 * what this port sends from now on leaves from the local address that it came to. The callback may send, and may not
 * open or close pairs. */
typedef bool ahoy_rtp_packet_fn(void *ctx, ahoy_time now, uint32_t port, const ahoy_addr *source, ahoy_slice bytes);

typedef struct {
	uint16_t low, high; /* the range, both included */
	ahoy_addr local;    /* family 0: every address of the machine */
	ahoy_rtp_packet_fn *packet;
	void *ctx;
	uint32_t start; /* any random number: where in the range the first pair is looked for */
} ahoy_rtp_options;

AHOY_MUST_USE int ahoy_rtp_sockets_new(ahoy_loop *loop, const ahoy_rtp_options *options, ahoy_rtp_sockets **out);
void ahoy_rtp_sockets_del(ahoy_rtp_sockets *set);

/* Opens one more pair. Pairs are numbered densely from 0; the number of a closed one is given again. Pairs of which
 * other programs hold a port are passed over. AHOY_EFULL: no pair of the range is left; AHOY_ENOMEM: no descriptors or
 * memory are left; AHOY_ENETWORK: the address is none of this machine. */
AHOY_MUST_USE int ahoy_rtp_sockets_open(ahoy_rtp_sockets *set, uint32_t *pair, uint16_t *rtp_port);
void ahoy_rtp_sockets_close(ahoy_rtp_sockets *set, uint32_t pair);
size_t ahoy_rtp_sockets_count(const ahoy_rtp_sockets *set);

/* One packet from a port. What the kernel does not take is lost, as on the way. */
void ahoy_rtp_sockets_send(ahoy_rtp_sockets *set, uint32_t port, const ahoy_addr *to, ahoy_slice bytes);
/* What this port sends leaves from this local IP; family 0: as the kernel chooses. */
void ahoy_rtp_sockets_send_from(ahoy_rtp_sockets *set, uint32_t port, const ahoy_addr *local);

#endif
