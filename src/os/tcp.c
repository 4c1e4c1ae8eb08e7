#include "os/tcp.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "crypto/siphash.h"
#include "os/clock.h"
#include "os/sockaddr.h"
#include "os/tcp_conn.h"

#define BACKLOG 511
/* What is told may make the machine send elsewhere, which may fail too. The rest is told in the next turn. */
#define FLUSH_ROUNDS 8
/* Deadlines are looked at together, so that a busy table is not walked through for each one. */
#define SWEEP_EVERY AHOY_MS(100)

/* ---- life ---- */

void ahoy_tcp_options_default(ahoy_tcp_options *out)
{
	*out = (ahoy_tcp_options){
		.max_connections = AHOY_TCP_MAX_CONNECTIONS,
		.max_per_source = AHOY_TCP_MAX_PER_SOURCE,
		.connect_within = AHOY_SECONDS(AHOY_TCP_CONNECT_S),
		.handshake_within = AHOY_SECONDS(AHOY_TCP_HANDSHAKE_S),
		.message_within = AHOY_SECONDS(AHOY_TCP_MESSAGE_S),
		.silent = AHOY_SECONDS(AHOY_TCP_SILENT_S),
		.idle = AHOY_SECONDS(AHOY_TCP_IDLE_S),
		.kept = AHOY_SECONDS(AHOY_TCP_KEPT_S),
		.half_closed = AHOY_SECONDS(AHOY_TCP_HALF_CLOSED_S),
		.pong_within = AHOY_SECONDS(AHOY_TCP_PONG_S),
	};
}

static void on_alarm(void *ctx)
{
	ahoy_tcp *tcp = ctx;
	ahoy_time now = ahoy_clock_now(), next = AHOY_NEVER;

	tcp->armed = AHOY_NEVER;
	for (uint32_t i = 0; i < tcp->made; i++) {
		ahoy_conn *conn = tcp->slots[i].conn;

		if (conn && ahoy_conn_deadline(conn) <= now)
			ahoy_conn_due(conn, now);
		conn = tcp->slots[i].conn;
		if (conn && ahoy_conn_deadline(conn) < next)
			next = ahoy_conn_deadline(conn);
	}
	ahoy_tcp_arm(tcp, next < now + SWEEP_EVERY ? now + SWEEP_EVERY : next);
}

void ahoy_tcp_arm(ahoy_tcp *tcp, ahoy_time at)
{
	if (at >= tcp->armed)
		return;
	tcp->armed = at;
	ahoy_alarm_set(tcp->alarm, at);
}

int ahoy_tcp_new(ahoy_loop *loop, const ahoy_tcp_handler *handler, const ahoy_tcp_options *options, ahoy_tcp **out)
{
	ahoy_tcp *tcp = calloc(1, sizeof *tcp);

	*out = NULL;
	if (!tcp)
		return AHOY_ENOMEM;
	tcp->loop = loop;
	tcp->handler = *handler;
	tcp->options = *options;
	tcp->armed = AHOY_NEVER;
	tcp->gone_tail = &tcp->gone;
	tcp->sink.fd = 2;
	ahoy_world_env(&tcp->sink, AHOY_LOG_ERROR, &tcp->env);
	ahoy_random(&tcp->env, tcp->hash_key, sizeof tcp->hash_key);
	tcp->first_generation = (uint16_t)ahoy_random_u32(&tcp->env);
	ahoy_map_init(&tcp->sources, &tcp->env);
	if (ahoy_alarm_new(loop, on_alarm, tcp, &tcp->alarm)) {
		ahoy_tcp_del(tcp);
		return AHOY_ENOMEM;
	}
	*out = tcp;
	return 0;
}

void ahoy_tcp_set_options(ahoy_tcp *tcp, const ahoy_tcp_options *options)
{
	AHOY_ASSERT(!tcp->slots);
	tcp->options = *options;
}

void ahoy_tcp_set_tls(ahoy_tcp *tcp, ahoy_tls *tls)
{
	tcp->tls = tls;
}

static void free_listener(uv_handle_t *handle)
{
	free(handle->data);
}

void ahoy_tcp_del(ahoy_tcp *tcp)
{
	if (!tcp)
		return;
	for (size_t i = 0; i < tcp->listener_count; i++)
		uv_close((uv_handle_t *)&tcp->listeners[i]->uv, free_listener);
	for (uint32_t i = 0; i < tcp->made; i++) {
		ahoy_conn *conn = tcp->slots[i].conn;

		if (!conn)
			continue;
		ahoy_conn_offer(conn);
		ahoy_conn_close(conn);
		conn->tcp = NULL;
	}
	while (tcp->gone) {
		ahoy_conn *conn = tcp->gone;

		tcp->gone = conn->next_gone;
		conn->tcp = NULL;
		conn->told = true;
		if (conn->gone)
			ahoy_conn_free(conn);
	}
	ahoy_alarm_del(tcp->alarm);
	ahoy_map_fini(&tcp->sources);
	for (uint16_t i = 0; i < tcp->name_count; i++)
		free(tcp->names[i]);
	free(tcp->slots);
	free(tcp->read_buffer);
	free(tcp);
}

/* ---- the table ---- */

/* The table and the buffer that all connections are read into: not before somebody wants a connection. */
static bool make_table(ahoy_tcp *tcp)
{
	if (tcp->slots)
		return true;
	AHOY_ASSERT(tcp->options.max_connections > 0 && tcp->options.max_connections <= UINT16_MAX);
	tcp->read_buffer = malloc(AHOY_MAX_MESSAGE);
	tcp->slots = tcp->read_buffer ? calloc(tcp->options.max_connections, sizeof tcp->slots[0]) : NULL;
	tcp->slot_count = tcp->slots ? tcp->options.max_connections : 0;
	return tcp->slots != NULL;
}

/* A customer's IPv6 network is one source. */
static uint64_t source_hash(const ahoy_tcp *tcp, const ahoy_addr *peer)
{
	return ahoy_siphash(tcp->hash_key, ahoy_slice_make(peer->ip, peer->family == 6 ? 8 : 4));
}

static bool source_is_full(const ahoy_tcp *tcp, const ahoy_addr *peer)
{
	uint32_t count = 0;

	if (!tcp->options.max_per_source)
		return false;
	for (ahoy_map_node *node = ahoy_map_first(&tcp->sources, source_hash(tcp, peer)); node; node = ahoy_map_next(node))
		count++;
	return count >= tcp->options.max_per_source;
}

static bool remember(ahoy_tcp *tcp, ahoy_conn *conn)
{
	conn_slot *slot;
	uint32_t index;

	if (ahoy_map_add(&tcp->sources, &conn->by_source, source_hash(tcp, &conn->flow.peer), conn))
		return false;
	index = tcp->free_head ? tcp->free_head - 1u : tcp->made;
	slot = &tcp->slots[index];
	if (tcp->free_head)
		tcp->free_head = slot->next_free;
	else
		slot->generation = tcp->first_generation, tcp->made++;
	slot->conn = conn;
	tcp->count++;
	conn->flow.id = (uint32_t)slot->generation << 16 | (index + 1);
	return true;
}

void ahoy_tcp_forget(ahoy_tcp *tcp, ahoy_conn *conn)
{
	uint32_t index = (conn->flow.id & 0xffff) - 1;
	conn_slot *slot = &tcp->slots[index];

	ahoy_map_remove(&tcp->sources, &conn->by_source);
	slot->conn = NULL;
	slot->generation++;
	slot->next_free = tcp->free_head;
	tcp->free_head = (uint16_t)(index + 1);
	tcp->count--;
	conn->told = !conn->known;
	if (conn->told)
		return;
	conn->next_gone = NULL;
	*tcp->gone_tail = conn;
	tcp->gone_tail = &conn->next_gone;
}

static bool usable(const ahoy_conn *conn, const ahoy_flow *flow)
{
	return conn->flow.transport == flow->transport && ahoy_addr_eq(&conn->flow.peer, &flow->peer);
}

static ahoy_conn *find(const ahoy_tcp *tcp, const ahoy_flow *flow)
{
	uint32_t index = (flow->id & 0xffff) - 1;
	ahoy_map_node *node;

	if (flow->id) {
		ahoy_conn *conn = index < tcp->made ? tcp->slots[index].conn : NULL;

		return conn && conn->flow.id == flow->id && usable(conn, flow) ? conn : NULL;
	}
	for (node = ahoy_map_first(&tcp->sources, source_hash(tcp, &flow->peer)); node; node = ahoy_map_next(node)) {
		ahoy_conn *conn = node->owner;

		/* RFC 5923 8: a connection serves only the name that its peer proved. */
		if (conn->ours && conn->state <= CONN_OPEN && conn->flow.name == flow->name && usable(conn, flow))
			return conn;
	}
	return NULL;
}

/* ---- names ---- */

int ahoy_tcp_name(ahoy_tcp *tcp, ahoy_slice name, uint16_t *out)
{
	if (!name.len || name.len > AHOY_MAX_HOST)
		return AHOY_EINVAL;
	for (uint16_t i = 0; i < tcp->name_count; i++) {
		if (ahoy_slice_ieq(ahoy_slice_of(tcp->names[i]), name)) {
			*out = (uint16_t)(i + 1);
			return 0;
		}
	}
	if (tcp->name_count == AHOY_TCP_MAX_NAMES)
		return AHOY_EFULL;
	tcp->names[tcp->name_count] = strndup(name.ptr, name.len);
	if (!tcp->names[tcp->name_count])
		return AHOY_ENOMEM;
	*out = ++tcp->name_count;
	return 0;
}

ahoy_slice ahoy_tcp_name_of(const ahoy_tcp *tcp, const ahoy_flow *flow, char text[AHOY_ADDR_TEXT])
{
	ahoy_buf b = ahoy_buf_over(text, AHOY_ADDR_TEXT);

	if (flow->name && flow->name <= tcp->name_count)
		return ahoy_slice_of(tcp->names[flow->name - 1]);
	ahoy_addr_put_ip(&b, &flow->peer, false);
	return ahoy_buf_slice(&b);
}

/* ---- listening ---- */

static int accept_one(ahoy_tcp *tcp, tcp_listener *listener, ahoy_conn *conn)
{
	struct sockaddr_storage name;
	int len = sizeof name;

	if (uv_accept((uv_stream_t *)&listener->uv, (uv_stream_t *)&conn->uv) != 0 ||
	    uv_tcp_getpeername(&conn->uv, (struct sockaddr *)&name, &len) != 0)
		return AHOY_ENETWORK;
	conn->flow.transport = listener->transport;
	conn->flow.local = listener->bound;
	ahoy_sockaddr_to((const struct sockaddr *)&name, &conn->flow.peer);
	if (!conn->flow.peer.family)
		return AHOY_ENETWORK;
	if (!make_table(tcp) || tcp->count == tcp->slot_count) {
		tcp->dropped[AHOY_TCP_DROP_FULL]++;
		return AHOY_EFULL;
	}
	if (source_is_full(tcp, &conn->flow.peer)) {
		tcp->dropped[AHOY_TCP_DROP_SOURCE]++;
		return AHOY_EFULL;
	}
	if (listener->transport == AHOY_TLS && ahoy_tls_accept(tcp->tls, &conn->tls))
		return AHOY_ENOMEM;
	return remember(tcp, conn) ? 0 : AHOY_ENOMEM;
}

static void on_connection(uv_stream_t *stream, int status)
{
	tcp_listener *listener = stream->data;
	ahoy_tcp *tcp = listener->tcp;
	ahoy_conn *conn = status < 0 ? NULL : ahoy_conn_new(tcp);

	if (!conn) { /* out of descriptors or memory: libuv has turned it away */
		tcp->dropped[AHOY_TCP_DROP_FULL]++;
		return;
	}
	if (accept_one(tcp, listener, conn))
		ahoy_conn_refuse(conn);
	else
		ahoy_conn_begin(conn, ahoy_clock_now());
}

static int open_listener(tcp_listener *l, const ahoy_addr *at)
{
	struct sockaddr_storage name;
	int err, len = sizeof name;

	if (!ahoy_sockaddr_from(at, &name))
		return UV_EINVAL;
	err = uv_tcp_bind(&l->uv, (const struct sockaddr *)&name, at->family == 6 ? UV_TCP_IPV6ONLY : 0);
	if (!err)
		err = uv_listen((uv_stream_t *)&l->uv, BACKLOG, on_connection);
	if (!err)
		err = uv_tcp_getsockname(&l->uv, (struct sockaddr *)&name, &len);
	if (!err)
		ahoy_sockaddr_to((const struct sockaddr *)&name, &l->bound);
	return err;
}

int ahoy_tcp_listen(ahoy_tcp *tcp, ahoy_transport transport, const ahoy_addr *at, ahoy_addr *bound, char why[AHOY_SOCKET_WHY])
{
	tcp_listener *l = calloc(1, sizeof *l);
	int err;

	if (!l || tcp->listener_count == AHOY_TCP_MAX_LISTENERS) {
		free(l);
		snprintf(why, AHOY_SOCKET_WHY, l ? "more than %d listeners" : "out of memory", AHOY_TCP_MAX_LISTENERS);
		return l ? AHOY_EFULL : AHOY_ENOMEM;
	}
	uv_tcp_init(ahoy_loop_uv(tcp->loop), &l->uv);
	l->uv.data = l;
	l->tcp = tcp;
	l->transport = transport;
	err = open_listener(l, at);
	if (err) {
		uv_close((uv_handle_t *)&l->uv, free_listener);
		return ahoy_socket_why(transport == AHOY_TLS ? "tls" : "tcp", at, -err, why);
	}
	tcp->listeners[tcp->listener_count++] = l;
	if (bound)
		*bound = l->bound;
	return 0;
}

/* ---- commands ---- */

void ahoy_tcp_undelivered(ahoy_tcp *tcp, const ahoy_flow *flow)
{
	/* Beyond this the transactions' own timers find out. */
	if (tcp->failed_count < TCP_FAILED_MAX)
		tcp->failed[tcp->failed_count++] = *flow;
}

/* What comes above TCP on a connection of ours; false where we have nothing for it. */
static bool prepare(ahoy_tcp *tcp, ahoy_conn *conn)
{
	char text[AHOY_ADDR_TEXT];

	if (conn->flow.transport == AHOY_TCP)
		return true;
	return conn->flow.transport == AHOY_TLS && tcp->tls &&
	       !ahoy_tls_connect(tcp->tls, ahoy_tcp_name_of(tcp, &conn->flow, text), &conn->tls);
}

static ahoy_conn *open_connection(ahoy_tcp *tcp, const ahoy_flow *flow)
{
	ahoy_conn *conn;

	if (!make_table(tcp) || tcp->count == tcp->slot_count) {
		tcp->dropped[AHOY_TCP_DROP_FULL]++;
		return NULL;
	}
	conn = ahoy_conn_new(tcp);
	if (!conn)
		return NULL;
	conn->flow = *flow;
	conn->ours = true;
	if (!prepare(tcp, conn) || !remember(tcp, conn)) {
		ahoy_conn_refuse(conn);
		return NULL;
	}
	if (ahoy_conn_connect(conn, ahoy_clock_now())) {
		tcp->dropped[AHOY_TCP_DROP_UNREACHED]++;
		ahoy_conn_close(conn);
		return NULL;
	}
	return conn;
}

static ahoy_conn *reach(ahoy_tcp *tcp, const ahoy_flow *flow)
{
	ahoy_conn *conn = find(tcp, flow);

	if (!conn && !flow->id)
		conn = open_connection(tcp, flow);
	if (conn && conn->state != CONN_ENDING)
		conn->known = true;
	else
		ahoy_tcp_undelivered(tcp, flow);
	return conn && conn->state != CONN_ENDING ? conn : NULL;
}

void ahoy_tcp_connect(ahoy_tcp *tcp, const ahoy_flow *flow)
{
	(void)reach(tcp, flow);
}

void ahoy_tcp_send(ahoy_tcp *tcp, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_conn *conn = reach(tcp, flow);

	/* Who has said all that it will say cannot answer a request. */
	if (conn && conn->state == CONN_HALF && !ahoy_slice_starts(bytes, AHOY_S("SIP/2.0 ")))
		ahoy_tcp_undelivered(tcp, flow);
	else if (conn)
		ahoy_conn_out(conn, bytes);
}

void ahoy_tcp_close(ahoy_tcp *tcp, const ahoy_flow *flow)
{
	ahoy_conn *conn = find(tcp, flow);

	if (conn)
		ahoy_conn_end(conn, ahoy_clock_now());
}

void ahoy_tcp_keep(ahoy_tcp *tcp, const ahoy_flow *flow)
{
	ahoy_conn *conn = find(tcp, flow);

	if (conn)
		conn->kept = true;
}

static void tell_gone(ahoy_tcp *tcp, ahoy_conn *conn)
{
	ahoy_flow by_address = conn->flow;
	ahoy_time now = ahoy_clock_now();

	tcp->handler.closed(tcp->handler.ctx, now, &conn->flow);
	by_address.id = 0;
	if (conn->ours && !find(tcp, &by_address))
		tcp->handler.failed(tcp->handler.ctx, now, &by_address);
	conn->told = true;
	if (conn->gone)
		ahoy_conn_free(conn);
}

static void tell_failed(ahoy_tcp *tcp)
{
	ahoy_flow failed[TCP_FAILED_MAX];
	size_t count = tcp->failed_count;

	memcpy(failed, tcp->failed, count * sizeof failed[0]);
	tcp->failed_count = 0;
	for (size_t i = 0; i < count; i++)
		tcp->handler.failed(tcp->handler.ctx, ahoy_clock_now(), &failed[i]);
}

bool ahoy_tcp_has_news(const ahoy_tcp *tcp)
{
	return tcp->gone || tcp->failed_count;
}

void ahoy_tcp_flush(ahoy_tcp *tcp)
{
	for (int round = 0; round < FLUSH_ROUNDS && ahoy_tcp_has_news(tcp); round++) {
		ahoy_conn *conn = tcp->gone;

		tcp->gone = NULL;
		tcp->gone_tail = &tcp->gone;
		while (conn) {
			ahoy_conn *next = conn->next_gone;

			tell_gone(tcp, conn);
			conn = next;
		}
		tell_failed(tcp);
	}
	if (ahoy_tcp_has_news(tcp))
		ahoy_tcp_arm(tcp, ahoy_clock_now());
}

uint32_t ahoy_tcp_connections(const ahoy_tcp *tcp)
{
	return tcp->count;
}

uint64_t ahoy_tcp_dropped(const ahoy_tcp *tcp, int reason)
{
	return reason >= 0 && reason < AHOY_TCP_DROP_COUNT ? tcp->dropped[reason] : 0;
}

const char *ahoy_tcp_drop_name(int reason)
{
	static const char *const names[] = {
#define X(id, name) name,
		AHOY_TCP_DROPS(X)
#undef X
	};

	return reason >= 0 && reason < AHOY_TCP_DROP_COUNT ? names[reason] : "unknown";
}
