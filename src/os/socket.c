#include "os/socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/sockaddr.h"

_Static_assert(CMSG_SPACE(sizeof(struct in6_pktinfo)) <= AHOY_SOCKET_CONTROL &&
		       CMSG_SPACE(sizeof(struct in_pktinfo)) <= AHOY_SOCKET_CONTROL,
	       "the ancillary data fits");

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof value);
}

static int prepare_ip6(int fd, const ahoy_socket_options *options)
{
	if (set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !options->both) != 0 || set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) != 0)
		return -1;
	if (options->errors && set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1) != 0)
		return -1;
	/* Marking is a courtesy; without it the packets go all the same. */
	set(fd, IPPROTO_IPV6, IPV6_TCLASS, options->tos);
	if (options->both)
		set(fd, IPPROTO_IP, IP_TOS, options->tos);
	return 0;
}

static int prepare_ip4(int fd, const ahoy_socket_options *options)
{
	if (set(fd, IPPROTO_IP, IP_PKTINFO, 1) != 0)
		return -1;
	if (options->errors && set(fd, IPPROTO_IP, IP_RECVERR, 1) != 0)
		return -1;
	set(fd, IPPROTO_IP, IP_TOS, options->tos);
	return 0;
}

int ahoy_socket_open(const ahoy_addr *at, const ahoy_socket_options *options)
{
	struct sockaddr_storage sa;
	socklen_t len = ahoy_sockaddr_from(at, &sa);
	int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* Less than asked for is no reason to fail. */
	if (options->receive_bytes)
		set(fd, SOL_SOCKET, SO_RCVBUF, options->receive_bytes);
	if ((at->family == 6 ? prepare_ip6(fd, options) : prepare_ip4(fd, options)) != 0 ||
	    (options->shared && set(fd, SOL_SOCKET, SO_REUSEPORT, 1) != 0) || bind(fd, (struct sockaddr *)&sa, len) != 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

void ahoy_socket_bound(int fd, ahoy_addr *out)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;

	memset(out, 0, sizeof *out);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
		ahoy_sockaddr_to((struct sockaddr *)&sa, out);
}

void ahoy_socket_local_of(struct msghdr *msg, ahoy_addr *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			/* ipi_spec_dst is the address that an answer should leave from: also for a datagram to a
			 * broadcast address. */
			out->family = 4;
			out->scope = 0;
			memset(out->ip, 0, sizeof out->ip);
			memcpy(out->ip, &info.ipi_spec_dst, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			out->family = 6;
			memcpy(out->ip, &info.ipi6_addr, 16);
			out->scope = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? info.ipi6_ifindex : 0;
			ahoy_addr_unmap(out);
		}
	}
}

static void put_control(struct msghdr *msg, void *control, int level, int type, const void *info, size_t len)
{
	struct cmsghdr *c = control;

	memset(control, 0, AHOY_SOCKET_CONTROL);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), info, len);
	msg->msg_control = control;
	msg->msg_controllen = CMSG_SPACE(len);
}

void ahoy_socket_send_from(struct msghdr *msg, void *control, const ahoy_addr *local, bool mapped)
{
	if (local->family == 0 || ahoy_addr_is_any(local))
		return;
	if (local->family == 4 && !mapped) {
		struct in_pktinfo info = {.ipi_ifindex = 0};

		memcpy(&info.ipi_spec_dst, local->ip, 4);
		put_control(msg, control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
	} else {
		struct in6_pktinfo info = {.ipi6_ifindex = local->family == 6 ? local->scope : 0};
		struct sockaddr_storage sa;

		ahoy_sockaddr_mapped(local, &sa);
		info.ipi6_addr = ((struct sockaddr_in6 *)(void *)&sa)->sin6_addr;
		put_control(msg, control, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
	}
}

bool ahoy_socket_error(int fd, ahoy_addr *peer, int *error)
{
	_Alignas(struct cmsghdr) char control[512];
	struct sockaddr_storage sa = {.ss_family = AF_UNSPEC};
	char payload[64];
	struct iovec iov = {payload, sizeof payload};
	struct msghdr msg = {.msg_name = &sa, .msg_namelen = sizeof sa, .msg_iov = &iov, .msg_iovlen = 1};

	msg.msg_control = control;
	msg.msg_controllen = sizeof control;
	if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	*error = 0;
	ahoy_sockaddr_to((struct sockaddr *)&sa, peer);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct sock_extended_err ext;

		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		memcpy(&ext, CMSG_DATA(c), sizeof ext);
		*error = (int)ext.ee_errno;
	}
	return true;
}

bool ahoy_socket_is_peer_error(int error)
{
	switch (error) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EACCES:
	case EPERM:
	case EADDRNOTAVAIL:
	case EINVAL:
		return true;
	default:
		return false;
	}
}

int ahoy_socket_why(const char *kind, const ahoy_addr *at, int error, char why[AHOY_SOCKET_WHY])
{
	char text[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_addr_put(&b, at);
	switch (error) {
	case EADDRINUSE:
		snprintf(why, AHOY_SOCKET_WHY,
			 "%s %s is taken by another program; stop it, or choose another port with --listen", kind,
			 ahoy_buf_cstr(&b));
		return AHOY_ENETWORK;
	case EAFNOSUPPORT:
		snprintf(why, AHOY_SOCKET_WHY, "this machine has no %s", at->family == 6 ? "IPv6" : "IPv4");
		return AHOY_EUNSUPPORTED;
	case EADDRNOTAVAIL:
		snprintf(why, AHOY_SOCKET_WHY, "%s is no address of this machine; choose one that is, with --listen",
			 ahoy_buf_cstr(&b));
		return at->family == 6 && ahoy_addr_is_any(at) ? AHOY_EUNSUPPORTED : AHOY_ENETWORK;
	case EACCES:
		snprintf(why, AHOY_SOCKET_WHY,
			 "%s %s needs a privilege that this user does not have; choose a port above 1023 with --listen",
			 kind, ahoy_buf_cstr(&b));
		return AHOY_ENETWORK;
	default:
		snprintf(why, AHOY_SOCKET_WHY, "cannot listen on %s %s: %s", kind, ahoy_buf_cstr(&b), strerror(error));
		return AHOY_ENETWORK;
	}
}
