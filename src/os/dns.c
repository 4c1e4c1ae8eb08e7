#include "os/dns.h"

#include <ares.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/limits.h"
#include "os/clock.h"
#include "os/sockaddr.h"

#define MAX_SOCKETS ARES_GETSOCK_MAXNUM
/* One try and one retry per server; a phone's user waits. */
#define TIMEOUT_MS 2000
#define TRIES 2

typedef struct {
	ahoy_dns *dns;
	ares_socket_t fd; /* ARES_SOCKET_BAD: unused */
	ahoy_watch *watch;
} dns_socket;

struct ahoy_dns {
	ahoy_loop *loop;
	ares_channel channel;
	ahoy_alarm *alarm;
	dns_socket sockets[MAX_SOCKETS];
	bool closing;
};

typedef struct {
	ahoy_dns *dns;
	ahoy_dns_fn *fn;
	void *ctx;
} lookup;

static void arm(ahoy_dns *dns)
{
	struct timeval tv, *next = ares_timeout(dns->channel, NULL, &tv);

	ahoy_alarm_set(dns->alarm,
		       next ? ahoy_clock_now() + (ahoy_time)next->tv_sec * 1000000 + (ahoy_time)next->tv_usec
			    : AHOY_NEVER);
}

static void on_alarm(void *ctx)
{
	ahoy_dns *dns = ctx;

	ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	arm(dns);
}

static void on_socket(void *ctx, bool readable, bool writable)
{
	dns_socket *s = ctx;
	ahoy_dns *dns = s->dns;

	ares_process_fd(dns->channel, readable ? s->fd : ARES_SOCKET_BAD, writable ? s->fd : ARES_SOCKET_BAD);
	arm(dns);
}

/* c-ares opens, needs or closes a socket. */
static void on_state(void *ctx, ares_socket_t fd, int readable, int writable)
{
	ahoy_dns *dns = ctx;
	dns_socket *s = NULL;

	for (size_t i = 0; i < MAX_SOCKETS && !s; i++)
		if (dns->sockets[i].fd == fd)
			s = &dns->sockets[i];
	if (!readable && !writable) {
		if (s) {
			ahoy_watch_del(s->watch);
			*s = (dns_socket){.dns = dns, .fd = ARES_SOCKET_BAD};
		}
		return;
	}
	for (size_t i = 0; i < MAX_SOCKETS && !s; i++)
		if (dns->sockets[i].fd == ARES_SOCKET_BAD)
			s = &dns->sockets[i];
	if (!s)
		return; /* its look-up runs into the time-out */
	if (s->fd == ARES_SOCKET_BAD && ahoy_watch_new(dns->loop, fd, on_socket, s, &s->watch) == 0)
		s->fd = fd;
	if (s->fd == fd)
		ahoy_watch_for(s->watch, readable, writable);
}

int ahoy_dns_new(ahoy_loop *loop, ahoy_dns **out)
{
	struct ares_options options = {.sock_state_cb = on_state, .timeout = TIMEOUT_MS, .tries = TRIES};
	ahoy_dns *dns = calloc(1, sizeof *dns);

	*out = NULL;
	if (!dns)
		return AHOY_ENOMEM;
	dns->loop = loop;
	for (size_t i = 0; i < MAX_SOCKETS; i++)
		dns->sockets[i] = (dns_socket){.dns = dns, .fd = ARES_SOCKET_BAD};
	options.sock_state_cb_data = dns;
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS ||
	    ares_init_options(&dns->channel, &options, ARES_OPT_SOCK_STATE_CB | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) !=
		    ARES_SUCCESS) {
		free(dns);
		return AHOY_ENOMEM;
	}
	if (ahoy_alarm_new(loop, on_alarm, dns, &dns->alarm)) {
		ares_destroy(dns->channel);
		free(dns);
		return AHOY_ENOMEM;
	}
	*out = dns;
	return 0;
}

void ahoy_dns_del(ahoy_dns *dns)
{
	if (!dns)
		return;
	dns->closing = true;
	ares_destroy(dns->channel);
	ahoy_alarm_del(dns->alarm);
	ares_library_cleanup();
	free(dns);
}

int ahoy_dns_use_server(ahoy_dns *dns, const ahoy_addr *server)
{
	struct ares_addr_port_node node = {
		.family = server->family == 4 ? AF_INET : AF_INET6, .udp_port = server->port, .tcp_port = server->port};

	if (server->family == 0)
		return AHOY_EINVAL;
	memcpy(&node.addr, server->ip, server->family == 4 ? 4 : 16);
	return ares_set_servers_ports(dns->channel, &node) == ARES_SUCCESS ? 0 : AHOY_EINVAL;
}

static int err_of(int status)
{
	switch (status) {
	case ARES_ENODATA:
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
	case ARES_ENONAME:
	case ARES_ESERVICE:
		return AHOY_ENOTFOUND;
	case ARES_ETIMEOUT:
		return AHOY_ETIMEOUT;
	case ARES_ENOMEM:
		return AHOY_ENOMEM;
	default:
		return AHOY_ENETWORK;
	}
}

static void on_answer(void *ctx, int status, int timeouts, struct ares_addrinfo *info)
{
	lookup *l = ctx;
	ahoy_addr addresses[AHOY_DNS_MAX_ADDRESSES];
	size_t count = 0;
	int err = 0;

	(void)timeouts;
	if (status != ARES_SUCCESS)
		err = err_of(status);
	for (const struct ares_addrinfo_node *n = info ? info->nodes : NULL; n && count < AHOY_DNS_MAX_ADDRESSES; n = n->ai_next) {
		ahoy_sockaddr_to(n->ai_addr, &addresses[count]);
		addresses[count].port = 0;
		count += addresses[count].family != 0;
	}
	if (info)
		ares_freeaddrinfo(info);
	if (!err && count == 0)
		err = AHOY_ENOTFOUND;
	if (!l->dns->closing)
		l->fn(l->ctx, err, addresses, err ? 0 : count);
	free(l);
}

/* RFC 6761 6.3: "localhost" and the names under it are the loopback, and no server is asked for them. */
static bool is_localhost(ahoy_slice name)
{
	static const ahoy_slice word = {"localhost", 9};

	if (name.len && name.ptr[name.len - 1] == '.')
		name.len--;
	if (name.len > word.len && name.ptr[name.len - word.len - 1] != '.')
		return false;
	return name.len >= word.len && ahoy_slice_ieq(ahoy_slice_make(name.ptr + name.len - word.len, word.len), word);
}

static void answer_localhost(int family, ahoy_dns_fn *fn, void *ctx)
{
	static const ahoy_addr loopback[] = {{.family = 4, .ip = {127, 0, 0, 1}}, {.family = 6, .ip = {[15] = 1}}};

	/* IPv4 first where both will do: a host without IPv6 still has that. */
	fn(ctx, 0, loopback + (family == 6), family == 0 ? 2 : 1);
}

void ahoy_dns_lookup(ahoy_dns *dns, ahoy_slice name, int family, ahoy_dns_fn *fn, void *ctx)
{
	struct ares_addrinfo_hints hints = {.ai_family = family == 4 ? AF_INET : family == 6 ? AF_INET6
											     : AF_UNSPEC,
					    .ai_socktype = SOCK_DGRAM};
	char text[AHOY_MAX_HOST + 1];
	ahoy_addr address;
	lookup *l;

	if (ahoy_addr_parse_ip(name, &address) == 0) {
		bool fits = family == 0 || family == address.family;

		fn(ctx, fits ? 0 : AHOY_ENOTFOUND, &address, fits);
		return;
	}
	if (is_localhost(name)) {
		answer_localhost(family, fn, ctx);
		return;
	}
	if (name.len == 0 || memchr(name.ptr, 0, name.len) || ahoy_slice_cstr(name, text, sizeof text)) {
		fn(ctx, AHOY_ENOTFOUND, NULL, 0);
		return;
	}
	l = malloc(sizeof *l);
	if (!l) {
		fn(ctx, AHOY_ENOMEM, NULL, 0);
		return;
	}
	*l = (lookup){dns, fn, ctx};
	ares_getaddrinfo(dns->channel, text, NULL, &hints, on_answer, l);
	arm(dns);
}
