#include "load_udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "os/sockaddr.h"

#define BUFFER_BYTES (4 << 20)
#define DATAGRAM 4096

typedef struct {
	struct mmsghdr headers[LOAD_BATCH];
	struct iovec iov[LOAD_BATCH];
	struct sockaddr_storage to[LOAD_BATCH];
	char space[LOAD_BATCH][DATAGRAM];
	unsigned count;
} batch;

struct load_udp {
	load_wire wire;
	ahoy_addr server;
	int fds[LOAD_SOCKETS];
	batch out[LOAD_SOCKETS], in;
	char server_text[AHOY_ADDR_TEXT], here_text[LOAD_SIDES][AHOY_ADDR_TEXT], ip_text[AHOY_ADDR_TEXT];
	uint16_t rtp_seq;
	FILE *sizes, *journal;
	bool refused;
};

static void gather(load_udp *udp, unsigned socket, const struct sockaddr_storage *to, socklen_t to_len, ahoy_slice bytes)
{
	batch *out = &udp->out[socket];

	if (bytes.len > DATAGRAM)
		return;
	if (out->count == LOAD_BATCH)
		load_udp_flush(udp);
	memcpy(out->space[out->count], bytes.ptr, bytes.len);
	out->iov[out->count] = (struct iovec){out->space[out->count], bytes.len};
	out->headers[out->count].msg_hdr = (struct msghdr){.msg_iov = &out->iov[out->count], .msg_iovlen = 1};
	if (to) {
		out->to[out->count] = *to;
		out->headers[out->count].msg_hdr.msg_name = &out->to[out->count];
		out->headers[out->count].msg_hdr.msg_namelen = to_len;
	}
	out->count++;
}

static void wire_send(void *ctx, unsigned side, ahoy_slice bytes)
{
	load_udp *udp = ctx;

	if (udp->sizes)
		fprintf(udp->sizes, "{\"event\":\"size\",\"direction\":\"out\",\"bytes\":%zu}\n", bytes.len);
	gather(udp, side, NULL, 0, bytes);
}

void load_udp_send_to(load_udp *udp, unsigned socket, uint16_t port, ahoy_slice bytes)
{
	struct sockaddr_storage to;
	ahoy_addr addr = udp->server;

	addr.port = port;
	gather(udp, socket, &to, ahoy_sockaddr_from(&addr, &to), bytes);
}

static void wire_media(void *ctx, unsigned side, uint16_t port, unsigned count)
{
	load_udp *udp = ctx;

	for (unsigned i = 0; port && i < count; i++) {
		uint16_t seq = udp->rtp_seq++;
		uint8_t packet[172] = {0x80, 8, (uint8_t)(seq >> 8), (uint8_t)seq};

		packet[6] = (uint8_t)(i * 160u >> 8);
		packet[7] = (uint8_t)(i * 160u);
		packet[11] = (uint8_t)side;

		load_udp_send_to(udp, LOAD_RTP_CALLERS + side, port, ahoy_slice_make(packet, sizeof packet));
	}
}

static void wire_note(void *ctx, const char *what, ahoy_slice name)
{
	load_udp *udp = ctx;

	fprintf(udp->journal, "%s %.*s\n", what, AHOY_P(name));
}

static int open_socket(const ahoy_addr *at)
{
	struct sockaddr_storage sa;
	socklen_t len = ahoy_sockaddr_from(at, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = BUFFER_BYTES;

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) != 0) {
		perror("load: cannot open a socket");
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return fd;
}

static ahoy_slice text_of(char *text, const ahoy_addr *addr, bool with_port)
{
	ahoy_buf b = ahoy_buf_over(text, AHOY_ADDR_TEXT);

	if (with_port)
		ahoy_addr_put(&b, addr);
	else
		ahoy_addr_put_ip(&b, addr, false);
	return ahoy_buf_slice(&b);
}

static int open_all(load_udp *udp, const ahoy_addr *local)
{
	struct sockaddr_storage sa;
	socklen_t len = ahoy_sockaddr_from(&udp->server, &sa);

	for (unsigned i = 0; i < LOAD_SOCKETS; i++) {
		ahoy_addr at = *local, bound;
		struct sockaddr_storage own;
		socklen_t own_len = sizeof own;

		at.port = local->port ? (uint16_t)(local->port + (i < LOAD_RTP_CALLERS ? i : 2 * i - 2)) : 0;
		udp->fds[i] = open_socket(&at);
		if (udp->fds[i] < 0 || (i < LOAD_RTP_CALLERS && connect(udp->fds[i], (struct sockaddr *)&sa, len) != 0) ||
		    getsockname(udp->fds[i], (struct sockaddr *)&own, &own_len) != 0)
			return -1;
		ahoy_sockaddr_to((struct sockaddr *)&own, &bound);
		if (i < LOAD_RTP_CALLERS)
			udp->wire.here[i] = text_of(udp->here_text[i], &bound, true);
		else
			udp->wire.rtp_port[i - LOAD_RTP_CALLERS] = bound.port;
	}
	return 0;
}

int load_udp_new(const ahoy_addr *server, const ahoy_addr *local, load_udp **out)
{
	load_udp *udp = calloc(1, sizeof *udp);

	*out = udp;
	if (!udp)
		return -1;
	for (unsigned i = 0; i < LOAD_SOCKETS; i++)
		udp->fds[i] = -1;
	udp->server = *server;
	udp->wire = (load_wire){.ctx = udp, .send = wire_send, .media = wire_media};
	udp->wire.server = text_of(udp->server_text, server, true);
	udp->wire.ip = text_of(udp->ip_text, local, false);
	for (unsigned i = 0; i < LOAD_BATCH; i++) {
		udp->in.iov[i] = (struct iovec){udp->in.space[i], DATAGRAM};
		udp->in.headers[i].msg_hdr = (struct msghdr){.msg_iov = &udp->in.iov[i], .msg_iovlen = 1};
	}
	return open_all(udp, local);
}

void load_udp_del(load_udp *udp)
{
	if (!udp)
		return;
	for (unsigned i = 0; i < LOAD_SOCKETS; i++)
		if (udp->fds[i] >= 0)
			close(udp->fds[i]);
	free(udp);
}

const load_wire *load_udp_wire(load_udp *udp)
{
	return &udp->wire;
}

void load_udp_log_sizes(load_udp *udp, FILE *to)
{
	udp->sizes = to;
}

void load_udp_journal(load_udp *udp, FILE *to)
{
	udp->journal = to;
	udp->wire.note = wire_note;
}

int load_udp_poll(load_udp *udp, int timeout_ms)
{
	struct pollfd fds[LOAD_SOCKETS];
	int ready = 0;

	for (unsigned i = 0; i < LOAD_SOCKETS; i++)
		fds[i] = (struct pollfd){.fd = udp->fds[i], .events = POLLIN};
	if (udp->refused)
		return AHOY_ENETWORK;
	if (poll(fds, LOAD_SOCKETS, timeout_ms) <= 0)
		return 0;
	for (unsigned i = 0; i < LOAD_SOCKETS; i++)
		if (fds[i].revents)
			ready |= 1 << i;
	return ready;
}

int load_udp_recv(load_udp *udp, unsigned socket, ahoy_slice bytes[LOAD_BATCH])
{
	int count = recvmmsg(udp->fds[socket], udp->in.headers, LOAD_BATCH, MSG_DONTWAIT, NULL);

	if (count < 0 && errno == ECONNREFUSED && socket < LOAD_RTP_CALLERS) {
		udp->refused = true;
		return AHOY_ENETWORK;
	}
	for (int i = 0; i < count; i++) {
		bytes[i] = ahoy_slice_make(udp->in.space[i], udp->in.headers[i].msg_len);
		if (udp->sizes && socket < LOAD_RTP_CALLERS)
			fprintf(udp->sizes, "{\"event\":\"size\",\"direction\":\"in\",\"bytes\":%zu}\n", bytes[i].len);
	}
	return count < 0 ? 0 : count;
}

void load_udp_flush(load_udp *udp)
{
	for (unsigned i = 0; i < LOAD_SOCKETS; i++) {
		batch *out = &udp->out[i];

		for (unsigned at = 0; at < out->count;) {
			int sent = sendmmsg(udp->fds[i], out->headers + at, out->count - at, MSG_NOSIGNAL);

			if (sent < 0 && errno == ECONNREFUSED && i < LOAD_RTP_CALLERS)
				udp->refused = true;
			at += sent > 0 ? (unsigned)sent : 1; /* one that is not taken is lost, as on the way */
		}
		out->count = 0;
	}
}
