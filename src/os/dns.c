#include "os/dns.h"

#include <ares.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/limits.h"
#include "os/clock.h"
#include "os/sockaddr.h"
#include "sip/dns_cache.h"

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
	ahoy_dns_cache cache;
};

typedef struct {
	ahoy_dns *dns;
	ahoy_dns_fn *fn;
	void *ctx;
	ahoy_dns_type type;
	char name[AHOY_MAX_HOST + 1];
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

static void finish(lookup *l, ahoy_dns_answer *answer)
{
	if (!answer->err && answer->count == 0)
		answer->err = AHOY_ENOTFOUND;
	if (!l->dns->closing) {
		ahoy_dns_cache_put(&l->dns->cache, ahoy_clock_now(), ahoy_slice_of(l->name), answer);
		l->fn(l->ctx, answer);
	}
	free(l);
}

/* ---- A and AAAA ---- */

static void on_addresses(void *ctx, int status, int timeouts, struct ares_addrinfo *info)
{
	lookup *l = ctx;
	ahoy_dns_answer answer = {.type = AHOY_DNS_ADDRESS, .err = status == ARES_SUCCESS ? 0 : err_of(status), .ttl_s = UINT32_MAX};

	(void)timeouts;
	for (const struct ares_addrinfo_node *n = info && !answer.err ? info->nodes : NULL;
	     n && answer.count < AHOY_DNS_MAX_ADDRESSES; n = n->ai_next) {
		ahoy_addr *addr = &answer.addrs[answer.count];

		ahoy_sockaddr_to(n->ai_addr, addr);
		addr->port = 0;
		answer.count += addr->family != 0;
		/* A line of /etc/hosts has 0. */
		if (n->ai_ttl < 0 || (uint32_t)n->ai_ttl < answer.ttl_s)
			answer.ttl_s = n->ai_ttl < 0 ? 0 : (uint32_t)n->ai_ttl;
	}
	if (info)
		ares_freeaddrinfo(info);
	finish(l, &answer);
}

/* ---- SRV and NAPTR ---- */

static uint32_t wire_u16(const unsigned char *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* Behind a name that stands uncompressed or not at `at`; NULL: it leaves the message. */
static const unsigned char *behind_name(const unsigned char *at, const unsigned char *message, int len)
{
	char *name;
	long used;

	if (at >= message + len || ares_expand_name(at, message, len, &name, &used) != ARES_SUCCESS)
		return NULL;
	ares_free_string(name);
	return at + used;
}

/* The smallest TTL of the answer section (RFC 1035 4.1), which c-ares does not tell for these types. 0 where the
 * message is not what it says. */
static uint32_t least_ttl(const unsigned char *message, int len)
{
	enum {
		HEADER = 12,
		RECORD = 10 /* type, class, TTL, length */
	};
	const unsigned char *at = message + HEADER, *end = message + len;
	uint32_t least = UINT32_MAX;

	if (len < HEADER)
		return 0;
	for (uint32_t i = 0; i < wire_u16(message + 4); i++) {
		at = behind_name(at, message, len);
		if (!at || end - at < 4)
			return 0;
		at += 4;
	}
	for (uint32_t i = 0; i < wire_u16(message + 6); i++) {
		uint32_t ttl;

		at = behind_name(at, message, len);
		if (!at || end - at < RECORD || (uint32_t)(end - at - RECORD) < wire_u16(at + 8))
			return 0;
		ttl = wire_u16(at + 4) << 16 | wire_u16(at + 6);
		/* RFC 2181 8: with the highest bit it counts as 0. */
		if (ttl > INT32_MAX)
			ttl = 0;
		if (ttl < least)
			least = ttl;
		at += RECORD + wire_u16(at + 8);
	}
	return least;
}

/* False where it is no name that we can ask for. "." becomes "". */
static bool keep_name(const char *name, char out[AHOY_MAX_HOST + 1])
{
	ahoy_slice text = ahoy_slice_of(name);

	if (text.len && text.ptr[text.len - 1] == '.')
		text.len--;
	return ahoy_slice_cstr(text, out, AHOY_MAX_HOST + 1) == 0;
}

/* Where there are too many, the ones to be tried last are left out. */
static ahoy_srv *place_for(ahoy_dns_answer *answer, uint16_t priority)
{
	ahoy_srv *last = &answer->srvs[0];

	if (answer->count < AHOY_DNS_MAX_SRVS)
		return &answer->srvs[answer->count++];
	for (size_t i = 1; i < AHOY_DNS_MAX_SRVS; i++)
		if (answer->srvs[i].priority > last->priority)
			last = &answer->srvs[i];
	return priority < last->priority ? last : NULL;
}

static int take_srvs(const unsigned char *message, int len, ahoy_dns_answer *answer)
{
	struct ares_srv_reply *list = NULL;
	int status = ares_parse_srv_reply(message, len, &list);

	for (const struct ares_srv_reply *r = list; r; r = r->next) {
		ahoy_srv srv = {.priority = r->priority, .weight = r->weight, .port = r->port};
		ahoy_srv *place = keep_name(r->host, srv.target) ? place_for(answer, srv.priority) : NULL;

		if (place)
			*place = srv;
	}
	ares_free_data(list);
	return status;
}

static int take_naptrs(const unsigned char *message, int len, ahoy_dns_answer *answer)
{
	struct ares_naptr_reply *list = NULL;
	int status = ares_parse_naptr_reply(message, len, &list);

	for (const struct ares_naptr_reply *r = list; r && answer->count < AHOY_DNS_MAX_NAPTRS; r = r->next) {
		ahoy_naptr *naptr = &answer->naptrs[answer->count];

		naptr->order = r->order;
		naptr->preference = r->preference;
		naptr->flag = ahoy_lower((char)r->flags[0]);
		answer->count += keep_name(r->replacement, naptr->replacement) &&
				 ahoy_slice_cstr(ahoy_slice_of((const char *)r->service), naptr->service,
						 sizeof naptr->service) == 0;
	}
	ares_free_data(list);
	return status;
}

static void on_records(void *ctx, int status, int timeouts, unsigned char *message, int len)
{
	lookup *l = ctx;
	ahoy_dns_answer answer = {.type = l->type};

	(void)timeouts;
	if (status == ARES_SUCCESS) {
		status = l->type == AHOY_DNS_SRV ? take_srvs(message, len, &answer) : take_naptrs(message, len, &answer);
		answer.ttl_s = least_ttl(message, len);
		/* Whatever else is wrong with it: it is no answer. */
		if (status != ARES_SUCCESS)
			answer = (ahoy_dns_answer){.type = l->type, .err = status == ARES_ENODATA ? AHOY_ENOTFOUND : AHOY_ENETWORK};
	} else {
		answer.err = err_of(status);
	}
	finish(l, &answer);
}

/* ---- what needs no server ---- */

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

static bool answer_at_once(ahoy_dns *dns, ahoy_dns_type type, ahoy_slice name, ahoy_dns_fn *fn, void *ctx)
{
	/* IPv4 first where both will do: a host without IPv6 still has that. */
	static const ahoy_dns_answer loopback = {
		.count = 2, .addrs = {{.family = 4, .ip = {127, 0, 0, 1}}, {.family = 6, .ip = {[15] = 1}}}};
	ahoy_dns_answer answer = {.type = type, .err = AHOY_ENOTFOUND};
	const ahoy_dns_answer *known = ahoy_dns_cache_get(&dns->cache, ahoy_clock_now(), type, name);

	if (type == AHOY_DNS_ADDRESS && ahoy_addr_parse_ip(name, &answer.addrs[0]) == 0) {
		answer.err = 0;
		answer.count = 1;
	} else if (is_localhost(name)) {
		if (type == AHOY_DNS_ADDRESS)
			answer = loopback;
	} else if (known) {
		answer = *known;
	} else if (name.len && !memchr(name.ptr, 0, name.len) && name.len <= AHOY_MAX_HOST) {
		return false;
	}
	fn(ctx, &answer);
	return true;
}

void ahoy_dns_ask(ahoy_dns *dns, ahoy_dns_type type, ahoy_slice name, ahoy_dns_fn *fn, void *ctx)
{
	const struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
	enum {
		CLASS_IN = 1,
		TYPE_SRV = 33,
		TYPE_NAPTR = 35
	};
	lookup *l;

	if (answer_at_once(dns, type, name, fn, ctx))
		return;
	l = malloc(sizeof *l);
	if (!l || ahoy_slice_cstr(name, l->name, sizeof l->name)) {
		free(l);
		fn(ctx, &(ahoy_dns_answer){.type = type, .err = AHOY_ENOMEM});
		return;
	}
	l->dns = dns;
	l->type = type;
	l->fn = fn;
	l->ctx = ctx;
	if (type == AHOY_DNS_ADDRESS)
		ares_getaddrinfo(dns->channel, l->name, NULL, &hints, on_addresses, l);
	else
		ares_query(dns->channel, l->name, CLASS_IN, type == AHOY_DNS_SRV ? TYPE_SRV : TYPE_NAPTR, on_records, l);
	arm(dns);
}
