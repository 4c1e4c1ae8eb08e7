#include "api/sockaddr.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "sip/uri.h"

enum {
	SIP_PORT = 5060,
	MAX_URI = 512
};

typedef union {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_storage room;
} sockaddr_any;

static socklen_t to_sockaddr(const ahoy_addr *addr, sockaddr_any *out)
{
	memset(out, 0, sizeof *out);
	if (addr->family == 4) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(addr->port);
		memcpy(&out->v4.sin_addr, addr->ip, 4);
		return sizeof out->v4;
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons(addr->port);
	out->v6.sin6_scope_id = addr->scope;
	memcpy(&out->v6.sin6_addr, addr->ip, 16);
	return sizeof out->v6;
}

static void from_sockaddr(const sockaddr_any *in, ahoy_addr *out)
{
	memset(out, 0, sizeof *out);
	if (in->any.sa_family == AF_INET) {
		out->family = 4;
		out->port = ntohs(in->v4.sin_port);
		memcpy(out->ip, &in->v4.sin_addr, 4);
	} else if (in->any.sa_family == AF_INET6) {
		out->family = 6;
		out->port = ntohs(in->v6.sin6_port);
		out->scope = in->v6.sin6_scope_id;
		memcpy(out->ip, &in->v6.sin6_addr, 16);
	}
}

static int open_socket(const ahoy_addr *addr)
{
	return socket(addr->family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int ahoy_api_bind(const ahoy_addr *at)
{
	sockaddr_any addr;
	socklen_t len = to_sockaddr(at, &addr);
	int fd = open_socket(at);

	if (fd >= 0 && bind(fd, &addr.any, len)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

int ahoy_api_bound(int fd, ahoy_addr *out)
{
	sockaddr_any addr;
	socklen_t len = sizeof addr;

	memset(out, 0, sizeof *out);
	if (getsockname(fd, &addr.any, &len))
		return AHOY_EIO;
	from_sockaddr(&addr, out);
	return 0;
}

void ahoy_api_want_errors(int fd)
{
	int on = 1;

	/* One of the two applies; the other fails, and is not missed. */
	(void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

bool ahoy_api_recv_error(int fd, ahoy_addr *peer)
{
	sockaddr_any addr;
	char byte, control[512];
	struct iovec room = {&byte, 1};
	struct msghdr msg = {
		.msg_name = &addr,
		.msg_namelen = sizeof addr,
		.msg_iov = &room,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control,
	};

	memset(&addr, 0, sizeof addr);
	if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0)
		return false;
	from_sockaddr(&addr, peer);
	return true;
}

ssize_t ahoy_api_recv(int fd, void *mem, size_t cap, ahoy_addr *peer)
{
	sockaddr_any addr;
	socklen_t len = sizeof addr;
	ssize_t got;

	memset(&addr, 0, sizeof addr);
	got = recvfrom(fd, mem, cap, 0, &addr.any, &len);
	if (got >= 0)
		from_sockaddr(&addr, peer);
	return got;
}

int ahoy_api_send_to(int fd, ahoy_slice bytes, const ahoy_addr *peer)
{
	sockaddr_any addr;
	socklen_t len = to_sockaddr(peer, &addr);

	/* The second try is for an error that an earlier datagram left on the socket, which sendto reports first. */
	for (int i = 0; i < 2; i++)
		if (sendto(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL, &addr.any, len) >= 0)
			return 0;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR ? 0 : AHOY_ENETWORK;
}

int ahoy_api_route_local(const ahoy_addr *peer, ahoy_addr *local)
{
	sockaddr_any addr;
	ahoy_addr there = *peer;
	socklen_t len;
	int fd = open_socket(peer), err = AHOY_ENETWORK;

	if (!there.port)
		there.port = SIP_PORT;
	len = to_sockaddr(&there, &addr);
	/* A connected UDP socket sends nothing; its own address is the route's. */
	if (fd >= 0 && !connect(fd, &addr.any, len) && !ahoy_api_bound(fd, local))
		err = 0;
	if (fd >= 0)
		close(fd);
	local->port = 0;
	return err;
}

/* host and port of a URI, or of a bare host as in one. */
static int read_host(const char *text, char host[AHOY_MAX_HOST + 1], uint16_t *port)
{
	char mem[MAX_URI];
	ahoy_buf b = ahoy_buf_over(mem, sizeof mem);
	ahoy_slice name = ahoy_slice_of(text);
	ahoy_addr bare;
	ahoy_uri uri;

	if (!ahoy_addr_parse_ip(name, &bare) && bare.family == 6) {
		/* As people write it; a URI wants brackets. */
		ahoy_buf_str(&b, "sip:");
		ahoy_addr_put_ip(&b, &bare, true);
	} else {
		if (!ahoy_slice_istarts(name, AHOY_S("sip:")) && !ahoy_slice_istarts(name, AHOY_S("sips:")))
			ahoy_buf_str(&b, "sip:");
		ahoy_buf_put(&b, name);
	}
	if (b.full || ahoy_uri_parse(ahoy_buf_slice(&b), &uri) || !uri.host.len)
		return AHOY_ENOTFOUND;
	if (uri.host.ptr[0] == '[')
		uri.host = ahoy_slice_make(uri.host.ptr + 1, uri.host.len - 2);
	*port = uri.port;
	return ahoy_slice_cstr(uri.host, host, AHOY_MAX_HOST + 1) ? AHOY_ENOTFOUND : 0;
}

int ahoy_api_look_up(const char *text, uint16_t port, ahoy_addr *out, size_t cap, size_t *count)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	char host[AHOY_MAX_HOST + 1];
	struct addrinfo *list = NULL;
	uint16_t written;

	*count = 0;
	if (read_host(text, host, &written) || getaddrinfo(host, NULL, &hints, &list))
		return AHOY_ENOTFOUND;
	/* Where a name has both, a server that listens on one of them listens on IPv4. */
	for (int family = AF_INET;; family = AF_INET6) {
		for (const struct addrinfo *at = list; at && *count < cap; at = at->ai_next) {
			sockaddr_any addr;

			if (at->ai_family != family || at->ai_addrlen > sizeof addr)
				continue;
			memset(&addr, 0, sizeof addr);
			memcpy(&addr, at->ai_addr, at->ai_addrlen);
			from_sockaddr(&addr, &out[*count]);
			out[*count].port = port ? port : written;
			if (!out[*count].port)
				out[*count].port = SIP_PORT;
			(*count)++;
		}
		if (family == AF_INET6)
			break;
	}
	freeaddrinfo(list);
	return *count ? 0 : AHOY_ENOTFOUND;
}
