#include "os/udp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/clock.h"
#include "os/sockaddr.h"
#include "os/socket.h"
#include "os/udp_batch.h"

/* Batches read from one socket before the others have their turn. */
#define BATCHES_A_TURN 4
/* ICMP messages taken from one socket's queue in a turn. */
#define ERRORS_A_TURN 64
/* A refusal may make the handler send elsewhere, which may be refused too. Beyond this its timers find out. */
#define FLUSH_ROUNDS 8
#define TOS_SIGNALLING 0x60
/* The kernel's default holds some 90 messages: fewer than an office's phones send at once, or calls bring in a pause of
 * a few milliseconds. */
#define RECEIVE_BYTES (4 << 20)

typedef struct {
	struct ahoy_udp *udp;
	int fd;
	uint32_t id;
	ahoy_addr bound;
	ahoy_watch *watch;
} listener;

struct ahoy_udp {
	ahoy_loop *loop;
	ahoy_udp_handler handler;
	listener listeners[AHOY_UDP_MAX_LISTENERS];
	size_t count;
	uint64_t unsent;
	/* Peers that a batch could not be sent to: told about when the batch is through, because the handler may send
	 * again. */
	ahoy_flow failed[AHOY_UDP_BATCH];
	size_t failed_count;
	ahoy_udp_inbox inbox;
	ahoy_udp_outbox outbox;
};

static void send_all(ahoy_udp *udp);

int ahoy_udp_new(ahoy_loop *loop, const ahoy_udp_handler *handler, ahoy_udp **out)
{
	ahoy_udp *udp = calloc(1, sizeof *udp);

	*out = NULL;
	if (!udp)
		return AHOY_ENOMEM;
	udp->loop = loop;
	udp->handler = *handler;
	if (ahoy_udp_inbox_init(&udp->inbox) || ahoy_udp_outbox_init(&udp->outbox)) {
		ahoy_udp_del(udp);
		return AHOY_ENOMEM;
	}
	*out = udp;
	return 0;
}

void ahoy_udp_del(ahoy_udp *udp)
{
	if (!udp)
		return;
	send_all(udp);
	for (size_t i = 0; i < udp->count; i++) {
		ahoy_watch_del(udp->listeners[i].watch);
		close(udp->listeners[i].fd);
	}
	ahoy_udp_inbox_fini(&udp->inbox);
	ahoy_udp_outbox_fini(&udp->outbox);
	free(udp);
}

size_t ahoy_udp_count(const ahoy_udp *udp)
{
	return udp->count;
}

const ahoy_addr *ahoy_udp_bound(const ahoy_udp *udp, uint32_t id)
{
	AHOY_ASSERT(id < udp->count);
	return &udp->listeners[id].bound;
}

uint64_t ahoy_udp_unsent(const ahoy_udp *udp)
{
	return udp->unsent;
}

int ahoy_udp_listener_for(const ahoy_udp *udp, const ahoy_addr *peer, uint32_t *id)
{
	for (size_t i = 0; i < udp->count; i++) {
		if (udp->listeners[i].bound.family == peer->family) {
			*id = (uint32_t)i;
			return 0;
		}
	}
	return AHOY_ENETWORK;
}

static void tell_refused(ahoy_udp *udp, uint32_t id, const ahoy_addr *peer)
{
	ahoy_flow flow = {.transport = AHOY_UDP, .id = id, .local = udp->listeners[id].bound, .peer = *peer};

	udp->handler.refused(udp->handler.ctx, ahoy_clock_now(), &flow);
}

/* Reading the queue also clears the socket's pending error, which would fail the next datagram to anybody. */
static void read_errors(listener *l)
{
	ahoy_addr peer;
	int error;

	for (int i = 0; i < ERRORS_A_TURN && ahoy_socket_error(l->fd, &peer, &error); i++)
		if (peer.family && ahoy_socket_is_peer_error(error))
			tell_refused(l->udp, l->id, &peer);
}

static void on_readable(void *ctx, bool readable, bool writable)
{
	listener *l = ctx;
	ahoy_udp *udp = l->udp;

	(void)readable;
	(void)writable;
	for (int batch = 0; batch < BATCHES_A_TURN; batch++) {
		int count = ahoy_udp_inbox_read(&udp->inbox, l->fd, &l->bound);
		ahoy_time now = ahoy_clock_now();

		if (count < 0) {
			bool nothing = errno == EAGAIN;

			/* An error is an ICMP message's; being woken for nothing means that one waits which is no error
			 * of the socket's. */
			if (!nothing || batch == 0)
				read_errors(l);
			if (nothing)
				break;
			continue;
		}
		for (int i = 0; i < count; i++) {
			ahoy_flow flow = {.transport = AHOY_UDP,
					  .id = l->id,
					  .local = udp->inbox.local[i],
					  .peer = udp->inbox.peer[i]};

			if (flow.peer.family && flow.peer.port)
				udp->handler.datagram(udp->handler.ctx, now, &flow, udp->inbox.bytes[i]);
		}
		if (count < AHOY_UDP_BATCH)
			break;
	}
}

int ahoy_udp_listen(ahoy_udp *udp, const ahoy_addr *at, ahoy_udp_sharing sharing, ahoy_addr *bound, char why[AHOY_SOCKET_WHY])
{
	ahoy_socket_options options = {.errors = true, .tos = TOS_SIGNALLING, .receive_bytes = RECEIVE_BYTES};
	listener *l = &udp->listeners[udp->count];
	int err;

	if (udp->count == AHOY_UDP_MAX_LISTENERS) {
		snprintf(why, AHOY_SOCKET_WHY, "more than %d listeners", AHOY_UDP_MAX_LISTENERS);
		return AHOY_EFULL;
	}
	/* With SO_REUSEPORT alone a second program would silently get half of the traffic. */
	if (sharing == AHOY_UDP_SHARED_PROBE) {
		int probe = ahoy_socket_open(at, &options);

		if (probe < 0)
			return ahoy_socket_why("udp", at, errno, why);
		close(probe);
	}
	options.shared = sharing != AHOY_UDP_ALONE;
	*l = (listener){.udp = udp, .id = (uint32_t)udp->count};
	l->fd = ahoy_socket_open(at, &options);
	if (l->fd < 0)
		return ahoy_socket_why("udp", at, errno, why);
	ahoy_socket_bound(l->fd, &l->bound);
	err = ahoy_watch_new(udp->loop, l->fd, on_readable, l, &l->watch);
	if (err) {
		close(l->fd);
		snprintf(why, AHOY_SOCKET_WHY, "%s", ahoy_err_text(err));
		return err;
	}
	ahoy_watch_for(l->watch, true, false);
	udp->count++;
	if (bound)
		*bound = l->bound;
	return 0;
}

void ahoy_udp_send(ahoy_udp *udp, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_flow by = *flow;

	if (by.id >= udp->count || udp->listeners[by.id].bound.family != by.peer.family) {
		/* A binding stored under other --listen options. */
		by.local = (ahoy_addr){.family = 0};
		if (ahoy_udp_listener_for(udp, &by.peer, &by.id)) {
			udp->unsent++;
			return;
		}
	}
	if (bytes.len > AHOY_MAX_MESSAGE) {
		udp->unsent++;
		return;
	}
	if (!ahoy_udp_outbox_fits(&udp->outbox, bytes.len))
		send_all(udp);
	ahoy_udp_outbox_put(&udp->outbox, &by, bytes);
}

static void remember_failed(ahoy_udp *udp, const ahoy_flow *flow)
{
	if (udp->failed_count < AHOY_UDP_BATCH)
		udp->failed[udp->failed_count++] = *flow;
}

/* The first datagram of the run was not taken. */
static void send_one_again(ahoy_udp *udp, listener *l, size_t at, int error)
{
	const ahoy_flow *flow = &udp->outbox.flow[at];
	ahoy_addr peer;
	int icmp;

	if (error == EAGAIN || error == ENOBUFS || error == ENOMEM || error == EMSGSIZE) {
		udp->unsent++;
		return;
	}
	/* The error may be an older datagram's, which ICMP answered. */
	for (int i = 0; i < ERRORS_A_TURN && ahoy_socket_error(l->fd, &peer, &icmp); i++) {
		ahoy_flow about = {.transport = AHOY_UDP, .id = l->id, .local = l->bound, .peer = peer};

		if (peer.family && ahoy_socket_is_peer_error(icmp))
			remember_failed(udp, &about);
	}
	if (ahoy_udp_outbox_write(&udp->outbox, l->fd, at, 1) == 1)
		return;
	/* The local address of a stored binding may be gone. */
	ahoy_udp_outbox_forget_local(&udp->outbox, at);
	if (ahoy_udp_outbox_write(&udp->outbox, l->fd, at, 1) == 1)
		return;
	udp->unsent++;
	if (ahoy_socket_is_peer_error(errno))
		remember_failed(udp, flow);
}

static void send_all(ahoy_udp *udp)
{
	ahoy_udp_outbox *box = &udp->outbox;
	size_t at = 0;

	while (at < box->count) {
		listener *l = &udp->listeners[box->flow[at].id];
		size_t run = 1;
		int sent;

		while (at + run < box->count && box->flow[at + run].id == l->id)
			run++;
		sent = ahoy_udp_outbox_write(box, l->fd, at, run);
		if (sent > 0) {
			at += (size_t)sent;
		} else if (errno != EINTR) {
			send_one_again(udp, l, at, errno);
			at++;
		}
	}
	ahoy_udp_outbox_clear(box);
}

void ahoy_udp_flush(ahoy_udp *udp)
{
	for (int round = 0; round < FLUSH_ROUNDS; round++) {
		ahoy_flow failed[AHOY_UDP_BATCH];
		size_t count;

		if (udp->outbox.count)
			send_all(udp);
		count = udp->failed_count;
		memcpy(failed, udp->failed, count * sizeof failed[0]);
		udp->failed_count = 0;
		for (size_t i = 0; i < count; i++)
			udp->handler.refused(udp->handler.ctx, ahoy_clock_now(), &failed[i]);
		if (udp->outbox.count == 0)
			return;
	}
	send_all(udp);
}
