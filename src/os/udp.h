/* udp: the SIP listeners of one loop. A datagram comes up with its flow (listener number, the local address that it
 * came to, the peer); datagrams to send are gathered and leave in batches: the owner flushes before the loop sleeps
 * (driver.h does). What ICMP says about a peer comes up as `refused`, from the loop or from a flush, never from a send.
 * Owns sockets and buffers (1 MiB for receiving, 256 KiB for sending). Lifetime: inside a loop's. Thread kind:
 * owned. */
#ifndef AHOY_OS_UDP_H
#define AHOY_OS_UDP_H

#include "base/err.h"
#include "os/loop.h"
#include "os/socket.h"
#include "sip/flow.h"

typedef struct ahoy_udp ahoy_udp;

#define AHOY_UDP_MAX_LISTENERS 16

typedef struct {
	void *ctx;
	/* `bytes` lives until the callback returns. Empty datagrams come too. */
	void (*datagram)(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
	/* What was sent to flow->peer cannot be delivered: an ICMP message, no route. */
	void (*refused)(void *ctx, ahoy_time now, const ahoy_flow *flow);
} ahoy_udp_handler;

AHOY_MUST_USE int ahoy_udp_new(ahoy_loop *loop, const ahoy_udp_handler *handler, ahoy_udp **out);
/* What is still unsent is sent. */
void ahoy_udp_del(ahoy_udp *udp);

/* Opens a listener; flows name it by its number, from 0 upwards. Port 0 lets the kernel choose. shared: other sockets
 * of this program may be bound to the same address (SO_REUSEPORT); the first of them must be opened with `probe`, which
 * fails where a foreign socket is there. *bound (may be NULL) is the address with its real port. AHOY_EUNSUPPORTED: the
 * machine does not have this kind of IP; AHOY_ENETWORK: `why` says in one sentence why not and what to do; AHOY_EFULL,
 * AHOY_ENOMEM. */
typedef enum {
	AHOY_UDP_ALONE,
	AHOY_UDP_SHARED_PROBE,
	AHOY_UDP_SHARED
} ahoy_udp_sharing;
AHOY_MUST_USE int ahoy_udp_listen(ahoy_udp *udp, const ahoy_addr *at, ahoy_udp_sharing sharing, ahoy_addr *bound,
				  char why[AHOY_SOCKET_WHY]);
size_t ahoy_udp_count(const ahoy_udp *udp);
/* The number of a listener that can reach this peer, the first of its kind of IP. AHOY_ENETWORK. */
AHOY_MUST_USE int ahoy_udp_listener_for(const ahoy_udp *udp, const ahoy_addr *peer, uint32_t *id);
/* Where that listener is bound. */
const ahoy_addr *ahoy_udp_bound(const ahoy_udp *udp, uint32_t id);

/* Takes a copy; it leaves from flow->local by listener flow->id (or by another where that one is gone or cannot reach
 * the peer). */
void ahoy_udp_send(ahoy_udp *udp, const ahoy_flow *flow, ahoy_slice bytes);
/* Sends what was gathered and tells of the refused. */
void ahoy_udp_flush(ahoy_udp *udp);
/* Datagrams that the kernel would not take (full buffers). */
uint64_t ahoy_udp_unsent(const ahoy_udp *udp);

#endif
