/* tcp: SIP over TCP and TLS on one loop (RFC 3261 18; RFC 5626 3.5.1, 4.4.1; RFC 5923): listeners, connections that peers open and that
 * we open, framing (sip/stream.h), bounded send queues, and the limits on slow, silent and idle peers (base/limits.h).
 * A connection is a flow: its id has a generation in it and begins at a random one, so that the id of a connection that
 * is gone, be it of an earlier run, names no newer one. A flow with id 0 stands for "the connection that we opened to
 * this peer": it is opened where there is none. What happens is told from the loop or from a flush, never from a send;
 * the owner flushes before the loop sleeps (driver.h does). Lifetime: inside a loop's. Thread kind: owned. */
#ifndef AHOY_OS_TCP_H
#define AHOY_OS_TCP_H

#include "base/err.h"
#include "os/loop.h"
#include "os/socket.h"
#include "os/tls.h"
#include "sip/flow.h"

typedef struct ahoy_tcp ahoy_tcp;

#define AHOY_TCP_MAX_LISTENERS 16

typedef struct {
	void *ctx;
	/* One whole message; `bytes` lives until the callback returns. */
	void (*message)(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
	/* Where this message ends cannot be said, or its rest does not come (AHOY_ETIMEOUT): `head` is what of it can
	 * be read. An answer still leaves; then the connection is closed. */
	void (*broken)(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err);
	/* The connection is gone, and with it what was sent on it and not answered. */
	void (*closed)(void *ctx, ahoy_time now, const ahoy_flow *flow);
	/* Nothing can be delivered to this flow: it is no connection (any more), or none could be opened. */
	void (*failed)(void *ctx, ahoy_time now, const ahoy_flow *flow);
	/* NULL, or told why this connection is closed or was never made: what is wrong with a certificate or a handshake.
	 * No input of the machine's. */
	void (*refused)(void *ctx, const ahoy_flow *flow, const char *why);
} ahoy_tcp_handler;

typedef struct {
	uint32_t max_connections;   /* up to 65,535 */
	uint32_t max_per_source;    /* of an IPv4 address or an IPv6 /64 network; 0: no limit */
	ahoy_time connect_within;   /* a connection that we open */
	ahoy_time handshake_within; /* from the connection to the end of the handshake above it */
	ahoy_time message_within;   /* from the first byte of a message to its last */
	ahoy_time silent;	    /* from a peer's connecting to its first message */
	ahoy_time idle, kept;	    /* without a byte; that of a peer that was not, and that was, vouched for */
	ahoy_time half_closed;	    /* how long answers may follow a peer's FIN */
	ahoy_time ping_every;	    /* on connections that we opened (RFC 5626 4.4.1); 0: no pings */
	ahoy_time pong_within;	    /* a peer that has answered a ping must answer the next ones in this time */
} ahoy_tcp_options;

/* Why connections were refused or closed by us. */
#define AHOY_TCP_DROPS(X)             \
	X(FULL, "tcp_full")           \
	X(SOURCE, "tcp_per_source")   \
	X(SILENT, "tcp_silent")       \
	X(SLOW, "tcp_slow")           \
	X(UNFRAMED, "tcp_unframed")   \
	X(IDLE, "tcp_idle")           \
	X(UNREAD, "tcp_unread")       \
	X(UNREACHED, "tcp_unreached") \
	X(TLS, "tls_failed")
enum {
#define AHOY_TCP_DROP_ENUM(id, name) AHOY_TCP_DROP_##id,
	AHOY_TCP_DROPS(AHOY_TCP_DROP_ENUM)
#undef AHOY_TCP_DROP_ENUM
	AHOY_TCP_DROP_COUNT
};

/* limits.h's; no pings. */
void ahoy_tcp_options_default(ahoy_tcp_options *out);
AHOY_MUST_USE int ahoy_tcp_new(ahoy_loop *loop, const ahoy_tcp_handler *handler, const ahoy_tcp_options *options, ahoy_tcp **out);
/* What is queued is offered to the kernel once more; nothing is told any more. */
void ahoy_tcp_del(ahoy_tcp *tcp);
/* Before the first listener and connection. */
void ahoy_tcp_set_options(ahoy_tcp *tcp, const ahoy_tcp_options *options);

/* The certificate to show, and whom to trust; not owned, outlives the tcp. Without one there is no TLS. */
void ahoy_tcp_set_tls(ahoy_tcp *tcp, ahoy_tls *tls);
/* The number of a name for flow.name; the same name has one number. AHOY_EFULL, AHOY_EINVAL (too long, or none). */
AHOY_MUST_USE int ahoy_tcp_name(ahoy_tcp *tcp, ahoy_slice name, uint16_t *out);

/* Opens a listener for AHOY_TCP or AHOY_TLS. Port 0 lets the kernel choose. *bound (may be NULL): with its real port. Errors and `why` as
 * ahoy_udp_listen's. */
AHOY_MUST_USE int ahoy_tcp_listen(ahoy_tcp *tcp, ahoy_transport transport, const ahoy_addr *at, ahoy_addr *bound,
				  char why[AHOY_SOCKET_WHY]);

/* Sends a copy of one whole message, or queues it, also while the connection is being opened. Where the peer takes
 * nothing until the queue is full the connection is closed. */
void ahoy_tcp_send(ahoy_tcp *tcp, const ahoy_flow *flow, ahoy_slice bytes);
/* Opens the connection that a flow with id 0 stands for, where it is not open. */
void ahoy_tcp_connect(ahoy_tcp *tcp, const ahoy_flow *flow);
/* Closes it when all that is queued has left. */
void ahoy_tcp_close(ahoy_tcp *tcp, const ahoy_flow *flow);
/* Its peer is vouched for: it may be idle for long. */
void ahoy_tcp_keep(ahoy_tcp *tcp, const ahoy_flow *flow);
/* Tells of the connections that are gone and of what could not be delivered. */
void ahoy_tcp_flush(ahoy_tcp *tcp);
/* Is there anything to tell? */
bool ahoy_tcp_has_news(const ahoy_tcp *tcp);

uint32_t ahoy_tcp_connections(const ahoy_tcp *tcp);
uint64_t ahoy_tcp_dropped(const ahoy_tcp *tcp, int reason);
const char *ahoy_tcp_drop_name(int reason);

#endif
