/* ahoy/sockets.h: the world for programs without a loop. The sockets are plain and non-blocking; each is bound to one
 * address, so that a datagram's local address is its socket's. */
#include "ahoy/sockets.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/sockaddr.h"
#include "base/addr.h"

enum {
	MAX_PAIRS = 256,
	PORT_TRIES = 64,
	DATAGRAM = 65536,
	AT_ONCE = 64, /* datagrams of one socket in one move, so that none starves the others and the timers */
	LOOKED_UP = 8
};

typedef struct {
	ahoy_addr media; /* of the even one */
	int fds[2];
	bool closing;
} pair;

struct ahoy_sockets {
	ahoy_addr local;
	int fd;
	size_t pair_count;
	pair pairs[MAX_PAIRS];
	char datagram[DATAGRAM];
};

/* ---- opening and closing ---- */

int ahoy_sockets_open(const char *host, uint16_t port, ahoy_sockets **out)
{
	ahoy_addr towards[LOOKED_UP], local;
	size_t count;
	ahoy_sockets *sockets;
	int err = ahoy_api_look_up(host, 0, towards, LOOKED_UP, &count);

	*out = NULL;
	if (!err)
		err = ahoy_api_route_local(&towards[0], &local);
	if (err)
		return err;
	sockets = calloc(1, sizeof *sockets);
	if (!sockets)
		return AHOY_ENOMEM;
	local.port = port;
	sockets->fd = ahoy_api_bind(&local);
	if (sockets->fd < 0 || ahoy_api_bound(sockets->fd, &sockets->local)) {
		ahoy_sockets_close(sockets);
		return AHOY_EIO;
	}
	ahoy_api_want_errors(sockets->fd);
	*out = sockets;
	return 0;
}

static void close_pair(ahoy_sockets *sockets, size_t i)
{
	close(sockets->pairs[i].fds[0]);
	close(sockets->pairs[i].fds[1]);
	sockets->pairs[i] = sockets->pairs[--sockets->pair_count];
}

void ahoy_sockets_close(ahoy_sockets *sockets)
{
	if (!sockets)
		return;
	while (sockets->pair_count)
		close_pair(sockets, 0);
	if (sockets->fd >= 0)
		close(sockets->fd);
	free(sockets);
}

ahoy_addr ahoy_sockets_local(const ahoy_sockets *sockets)
{
	return sockets->local;
}

/* The kernel chooses one; its even or odd neighbour has to be free too (RFC 3550 11). */
static bool open_pair(const ahoy_sockets *sockets, pair *p)
{
	ahoy_addr first = sockets->local, second;

	first.port = 0;
	p->fds[0] = ahoy_api_bind(&first);
	if (p->fds[0] < 0)
		return false;
	if (ahoy_api_bound(p->fds[0], &first)) {
		close(p->fds[0]);
		return false;
	}
	second = first;
	second.port = (uint16_t)(first.port ^ 1u);
	p->fds[1] = second.port > 1 ? ahoy_api_bind(&second) : -1;
	if (p->fds[1] < 0) {
		close(p->fds[0]);
		return false;
	}
	if (first.port % 2) {
		int odd = p->fds[0];

		p->fds[0] = p->fds[1];
		p->fds[1] = odd;
		first = second;
	}
	p->media = first;
	return true;
}

int ahoy_sockets_open_media(ahoy_sockets *sockets, ahoy_addr *media)
{
	pair p = {.closing = false};

	if (sockets->pair_count == MAX_PAIRS)
		return AHOY_EFULL;
	for (int i = 0; i < PORT_TRIES; i++) {
		if (!open_pair(sockets, &p))
			continue;
		*media = p.media;
		sockets->pairs[sockets->pair_count++] = p;
		return 0;
	}
	return AHOY_EFULL;
}

void ahoy_sockets_close_media(ahoy_sockets *sockets, const ahoy_addr *media)
{
	for (size_t i = 0; i < sockets->pair_count; i++)
		if (ahoy_addr_eq(&sockets->pairs[i].media, media))
			sockets->pairs[i].closing = true;
}

/* ---- moving ---- */

size_t ahoy_sockets_pollfds(const ahoy_sockets *sockets, struct pollfd *fds, size_t cap)
{
	size_t count = 0;

	if (count < cap)
		fds[count++] = (struct pollfd){.fd = sockets->fd, .events = POLLIN};
	for (size_t i = 0; i < sockets->pair_count; i++)
		for (int k = 0; k < 2 && count < cap; k++)
			fds[count++] = (struct pollfd){.fd = sockets->pairs[i].fds[k], .events = POLLIN};
	return count;
}

int ahoy_sockets_wait_ms(const ahoy_agent *agent, int max_ms)
{
	ahoy_time now = ahoy_sockets_now(), next = ahoy_agent_next(agent);

	if (max_ms < 0 || next <= now)
		return 0;
	if (next - now >= AHOY_MS(max_ms))
		return max_ms;
	return (int)((next - now + 999) / 1000);
}

static void receive(ahoy_sockets *sockets, ahoy_agent *agent, int fd, const ahoy_addr *local)
{
	for (int i = 0; i < AT_ONCE; i++) {
		ahoy_addr peer;
		ssize_t len = ahoy_api_recv(fd, sockets->datagram, sizeof sockets->datagram, &peer);
		ahoy_slice bytes = {sockets->datagram, len > 0 ? (size_t)len : 0};

		if (len >= 0)
			ahoy_agent_recv(agent, ahoy_sockets_now(), local, &peer, bytes);
		else if (errno != EINTR && errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != ENETUNREACH)
			return;
	}
}

static int fd_of(const ahoy_sockets *sockets, const ahoy_addr *local)
{
	if (ahoy_addr_eq(&sockets->local, local))
		return sockets->fd;
	for (size_t i = 0; i < sockets->pair_count; i++) {
		const pair *p = &sockets->pairs[i];

		if (ahoy_addr_ip_eq(&p->media, local) && (local->port | 1) == (p->media.port | 1))
			return p->fds[local->port & 1];
	}
	return -1;
}

static void look_up(ahoy_agent *agent)
{
	const ahoy_agent_question *question;
	ahoy_addr found[LOOKED_UP];

	while ((question = ahoy_agent_pop_question(agent)) != NULL) {
		size_t count = 0;

		if (ahoy_api_look_up(question->host, question->port, found, LOOKED_UP, &count))
			count = 0;
		ahoy_agent_resolved(agent, ahoy_sockets_now(), question->id, found, count);
	}
}

static void send_all(const ahoy_sockets *sockets, ahoy_agent *agent)
{
	const ahoy_agent_out *out;

	while ((out = ahoy_agent_pop_out(agent)) != NULL) {
		int fd = fd_of(sockets, &out->local);
		ahoy_addr peer = out->peer;

		if (fd >= 0 && ahoy_api_send_to(fd, out->bytes, &peer) && fd == sockets->fd)
			ahoy_agent_send_failed(agent, ahoy_sockets_now(), &peer);
	}
}

void ahoy_sockets_move(ahoy_sockets *sockets, ahoy_agent *agent)
{
	ahoy_addr refused;

	receive(sockets, agent, sockets->fd, &sockets->local);
	while (ahoy_api_recv_error(sockets->fd, &refused))
		ahoy_agent_send_failed(agent, ahoy_sockets_now(), &refused);
	for (size_t i = 0; i < sockets->pair_count; i++) {
		ahoy_addr odd = sockets->pairs[i].media;

		odd.port++;
		receive(sockets, agent, sockets->pairs[i].fds[0], &sockets->pairs[i].media);
		receive(sockets, agent, sockets->pairs[i].fds[1], &odd);
	}
	ahoy_agent_expire(agent, ahoy_sockets_now());
	look_up(agent);
	send_all(sockets, agent);
	for (size_t i = sockets->pair_count; i-- > 0;)
		if (sockets->pairs[i].closing)
			close_pair(sockets, i);
}

void ahoy_sockets_turn(ahoy_sockets *sockets, ahoy_agent *agent, int max_ms)
{
	struct pollfd fds[1 + 2 * MAX_PAIRS];
	size_t count;

	look_up(agent);
	send_all(sockets, agent);
	count = ahoy_sockets_pollfds(sockets, fds, sizeof fds / sizeof *fds);
	(void)poll(fds, count, ahoy_sockets_wait_ms(agent, max_ms));
	ahoy_sockets_move(sockets, agent);
}
