#include "os/rtp_sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/sockaddr.h"
#include "os/socket.h"

#define EVENTS_A_TURN 256
/* Packets read from one socket in a turn: more would let one flood starve the others. */
#define PACKETS_A_SOCKET 8
/* What a datagram can carry: nothing is cut. */
#define PACKET_BYTES 65536
#define TOS_MEDIA 0xb8

typedef struct {
	int fd; /* -1: closed */
	ahoy_addr send_from;
} port;

struct ahoy_rtp_sockets {
	ahoy_rtp_options options;
	int epoll;
	ahoy_watch *watch;
	port *ports;		     /* by handle */
	size_t pair_count, pair_cap; /* numbers in use or closed below pair_count */
	size_t open_count;
	uint16_t *rtp_ports; /* by pair; 0: closed */
	uint8_t *taken;	     /* by place of the pair in the range: opened by us */
	size_t places, next_place;
	char *space; /* for the packet being read */
	bool both;   /* sockets of IPv6 that take IPv4 */
};

static void read_port(ahoy_rtp_sockets *set, uint32_t handle, ahoy_time now)
{
	port *p = &set->ports[handle];

	for (int i = 0; i < PACKETS_A_SOCKET && p->fd >= 0; i++) {
		_Alignas(struct cmsghdr) char control[AHOY_SOCKET_CONTROL];
		struct sockaddr_storage sa;
		struct iovec iov = {set->space, PACKET_BYTES};
		struct msghdr msg = {.msg_name = &sa, .msg_namelen = sizeof sa, .msg_iov = &iov, .msg_iovlen = 1};
		ahoy_addr source, local = {.family = 0};
		ssize_t len;

		msg.msg_control = control;
		msg.msg_controllen = sizeof control;
		len = recvmsg(p->fd, &msg, MSG_DONTWAIT);
		if (len < 0)
			return;
		ahoy_sockaddr_to((struct sockaddr *)&sa, &source);
		ahoy_socket_local_of(&msg, &local);
		if (set->options.packet(set->options.ctx, now, handle, &source, (ahoy_slice){set->space, (size_t)len}))
			p->send_from = local;
	}
}

static void on_readable(void *ctx, bool readable, bool writable)
{
	ahoy_rtp_sockets *set = ctx;
	struct epoll_event events[EVENTS_A_TURN];
	int count = epoll_wait(set->epoll, events, EVENTS_A_TURN, 0);
	ahoy_time now = ahoy_clock_now();

	(void)readable;
	(void)writable;
	for (int i = 0; i < count; i++)
		read_port(set, events[i].data.u32, now);
}

/* A socket for both kinds of IP is what we want; without IPv6 in the kernel one for IPv4 does. */
static bool machine_has_both(void)
{
	ahoy_socket_options options = {.both = true};
	ahoy_addr any = {.family = 6};
	int fd = ahoy_socket_open(&any, &options);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int ahoy_rtp_sockets_new(ahoy_loop *loop, const ahoy_rtp_options *options, ahoy_rtp_sockets **out)
{
	ahoy_rtp_sockets *set = calloc(1, sizeof *set);
	uint32_t first = (options->low + 1u) & ~1u;

	*out = NULL;
	if (!set)
		return AHOY_ENOMEM;
	set->options = *options;
	set->both = options->local.family == 0 && machine_has_both();
	set->places = options->high > first ? (options->high - first + 1u) / 2 : 0;
	set->next_place = set->places ? options->start % set->places : 0;
	set->taken = calloc(set->places ? set->places : 1, 1);
	set->space = malloc(PACKET_BYTES);
	set->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!set->taken || !set->space || set->epoll < 0 || ahoy_watch_new(loop, set->epoll, on_readable, set, &set->watch)) {
		ahoy_rtp_sockets_del(set);
		return AHOY_ENOMEM;
	}
	ahoy_watch_for(set->watch, true, false);
	*out = set;
	return 0;
}

void ahoy_rtp_sockets_del(ahoy_rtp_sockets *set)
{
	if (!set)
		return;
	ahoy_watch_del(set->watch);
	for (size_t i = 0; i < 2 * set->pair_count; i++)
		if (set->ports[i].fd >= 0)
			close(set->ports[i].fd);
	if (set->epoll >= 0)
		close(set->epoll);
	free(set->ports);
	free(set->rtp_ports);
	free(set->taken);
	free(set->space);
	free(set);
}

static int open_port(const ahoy_rtp_sockets *set, uint16_t number)
{
	ahoy_socket_options options = {.both = set->both, .tos = TOS_MEDIA};
	ahoy_addr at = set->options.local;

	if (at.family == 0)
		at.family = set->both ? 6 : 4;
	at.port = number;
	return ahoy_socket_open(&at, &options);
}

/* Both ports of a pair, or neither. 0, or an errno. */
static int open_both(const ahoy_rtp_sockets *set, uint16_t rtp_port, int fds[2])
{
	int error = 0;

	fds[0] = open_port(set, rtp_port);
	fds[1] = fds[0] < 0 ? -1 : open_port(set, (uint16_t)(rtp_port + 1));
	if (fds[1] < 0) {
		error = errno;
		if (fds[0] >= 0)
			close(fds[0]);
	}
	return error;
}

static int free_number(ahoy_rtp_sockets *set, size_t *out)
{
	if (set->open_count < set->pair_count)
		for (size_t i = 0; i < set->pair_count; i++)
			if (set->rtp_ports[i] == 0) {
				*out = i;
				return 0;
			}
	if (set->pair_count == set->pair_cap) {
		size_t cap = set->pair_cap ? set->pair_cap * 2 : 64;
		port *ports = realloc(set->ports, 2 * cap * sizeof *ports);
		uint16_t *numbers;

		if (!ports)
			return AHOY_ENOMEM;
		set->ports = ports;
		numbers = realloc(set->rtp_ports, cap * sizeof *numbers);
		if (!numbers)
			return AHOY_ENOMEM;
		set->rtp_ports = numbers;
		set->pair_cap = cap;
	}
	*out = set->pair_count;
	return set->pair_count < AHOY_RTP_MAX_PAIRS ? 0 : AHOY_EFULL;
}

static int add_pair(ahoy_rtp_sockets *set, size_t pair, uint16_t rtp_port, const int fds[2])
{
	for (size_t i = 0; i < 2; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(2 * pair + i)};

		if (epoll_ctl(set->epoll, EPOLL_CTL_ADD, fds[i], &event) != 0) {
			close(fds[0]); /* which also takes it out of the set */
			close(fds[1]);
			return AHOY_ENOMEM;
		}
	}
	for (size_t i = 0; i < 2; i++)
		set->ports[2 * pair + i] = (port){.fd = fds[i]};
	set->rtp_ports[pair] = rtp_port;
	if (pair == set->pair_count)
		set->pair_count++;
	set->open_count++;
	return 0;
}

int ahoy_rtp_sockets_open(ahoy_rtp_sockets *set, uint32_t *pair, uint16_t *rtp_port)
{
	size_t number;
	int err = free_number(set, &number);

	if (err)
		return err;
	for (size_t tried = 0; tried < set->places; tried++) {
		size_t place = set->next_place;
		uint16_t at = (uint16_t)(((set->options.low + 1u) & ~1u) + 2 * place);
		int fds[2], error;

		set->next_place = (place + 1) % set->places;
		if (set->taken[place])
			continue;
		error = open_both(set, at, fds);
		if (error == EADDRINUSE || error == EACCES)
			continue;
		if (error)
			return error == EADDRNOTAVAIL || error == EAFNOSUPPORT ? AHOY_ENETWORK : AHOY_ENOMEM;
		err = add_pair(set, number, at, fds);
		if (!err) {
			set->taken[place] = 1;
			*pair = (uint32_t)number;
			*rtp_port = at;
		}
		return err;
	}
	return AHOY_EFULL;
}

void ahoy_rtp_sockets_close(ahoy_rtp_sockets *set, uint32_t pair)
{
	if (pair >= set->pair_count || set->rtp_ports[pair] == 0)
		return;
	for (size_t i = 0; i < 2; i++) {
		close(set->ports[2 * pair + i].fd);
		set->ports[2 * pair + i].fd = -1;
	}
	set->taken[(set->rtp_ports[pair] - ((set->options.low + 1u) & ~1u)) / 2] = 0;
	set->rtp_ports[pair] = 0;
	set->open_count--;
}

size_t ahoy_rtp_sockets_count(const ahoy_rtp_sockets *set)
{
	return set->open_count;
}

void ahoy_rtp_sockets_send(ahoy_rtp_sockets *set, uint32_t handle, const ahoy_addr *to, ahoy_slice bytes)
{
	_Alignas(struct cmsghdr) char control[AHOY_SOCKET_CONTROL];
	struct sockaddr_storage sa;
	struct iovec iov = {(void *)(uintptr_t)bytes.ptr, bytes.len};
	struct msghdr msg = {.msg_name = &sa, .msg_iov = &iov, .msg_iovlen = 1};
	port *p;

	if (handle >= 2 * set->pair_count || set->ports[handle].fd < 0)
		return;
	p = &set->ports[handle];
	msg.msg_namelen = set->both ? ahoy_sockaddr_mapped(to, &sa) : ahoy_sockaddr_from(to, &sa);
	if (msg.msg_namelen == 0)
		return;
	/* After a re-INVITE a port may serve a peer of the other kind of IP. */
	if (p->send_from.family == to->family)
		ahoy_socket_send_from(&msg, control, &p->send_from, set->both);
	if (sendmsg(p->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && msg.msg_control && ahoy_socket_is_peer_error(errno)) {
		/* The address is gone from this machine. */
		p->send_from.family = 0;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
		if (sendmsg(p->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return;
	}
}

void ahoy_rtp_sockets_send_from(ahoy_rtp_sockets *set, uint32_t handle, const ahoy_addr *local)
{
	if (handle < 2 * set->pair_count)
		set->ports[handle].send_from = *local;
}
