#include "os/tcp_conn.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "base/limits.h"
#include "os/clock.h"
#include "os/sockaddr.h"

/* Of the queue: from here on a peer that does not read is not read either, until half of it has left. */
#define PAUSE_ABOVE (AHOY_TCP_MAX_QUEUE / 4)
/* After our last bytes: what the peer still sends is read and dropped, because closing over unread bytes would reset
 * the connection, and the answer would be lost with it. */
#define LINGER AHOY_SECONDS(2)
#define KEEPALIVE_S 25
#define DEAD_AFTER_MS 30000u

static void start_reading(ahoy_conn *conn);
static void wire_out(ahoy_conn *conn, ahoy_slice bytes);

ahoy_conn *ahoy_conn_new(ahoy_tcp *tcp)
{
	ahoy_conn *conn = calloc(1, sizeof *conn);

	if (!conn)
		return NULL;
	if (uv_tcp_init(ahoy_loop_uv(tcp->loop), &conn->uv) != 0) {
		free(conn);
		return NULL;
	}
	conn->tcp = tcp;
	conn->uv.data = conn->connect.data = conn->write.data = conn->shutdown.data = conn;
	return conn;
}

void ahoy_conn_free(ahoy_conn *conn)
{
	ahoy_tls_session_del(conn->tls);
	free(conn->flying);
	free(conn->queue);
	free(conn);
}

/* The object goes when libuv is through with it and its end was told, whichever comes last. */
static void on_closed(uv_handle_t *handle)
{
	ahoy_conn *conn = handle->data;

	conn->gone = true;
	if (conn->told || !conn->tcp)
		ahoy_conn_free(conn);
}

void ahoy_conn_refuse(ahoy_conn *conn)
{
	conn->state = CONN_CLOSED;
	conn->told = true;
	uv_close((uv_handle_t *)&conn->uv, on_closed);
}

void ahoy_conn_close(ahoy_conn *conn)
{
	if (conn->state == CONN_CLOSED)
		return;
	conn->state = CONN_CLOSED;
	ahoy_stream_fini(&conn->in);
	ahoy_tcp_forget(conn->tcp, conn);
	uv_close((uv_handle_t *)&conn->uv, on_closed);
}

static void enter(ahoy_conn *conn, conn_state state, ahoy_time now)
{
	conn->state = state;
	conn->since = conn->moved = now;
	ahoy_tcp_arm(conn->tcp, ahoy_conn_deadline(conn));
}

/* ---- deadlines ---- */

static ahoy_time earlier(ahoy_time a, ahoy_time b)
{
	return a < b ? a : b;
}

/* The handshake above TCP is not through: nothing that SIP knows has come or gone. */
static bool is_shaking(const ahoy_conn *conn)
{
	return conn->tls && !ahoy_tls_is_open(conn->tls);
}

static ahoy_time open_deadline(const ahoy_conn *conn)
{
	const ahoy_tcp_options *o = &conn->tcp->options;
	ahoy_time at = conn->moved + (conn->kept || conn->ours ? o->kept : o->idle);

	if (is_shaking(conn))
		return conn->since + o->handshake_within;
	if (conn->waiting)
		at = earlier(at, conn->waits_since + o->message_within);
	if (!conn->heard && !conn->ours)
		at = earlier(at, conn->since + o->silent);
	if (conn->ours && o->ping_every)
		at = earlier(at, conn->pinged_at + (conn->pinged && conn->ponged ? o->pong_within : o->ping_every));
	return at;
}

ahoy_time ahoy_conn_deadline(const ahoy_conn *conn)
{
	switch (conn->state) {
	case CONN_CONNECTING:
		return conn->since + conn->tcp->options.connect_within;
	case CONN_OPEN:
		return open_deadline(conn);
	case CONN_HALF:
		return conn->since + conn->tcp->options.half_closed;
	case CONN_ENDING:
		return conn->since + LINGER;
	case CONN_CLOSED:
		break;
	}
	return AHOY_NEVER;
}

static void drop(ahoy_conn *conn, int reason)
{
	conn->tcp->dropped[reason]++;
	ahoy_conn_close(conn);
}

static void break_off(ahoy_conn *conn, ahoy_time now, ahoy_slice head, int err)
{
	ahoy_tcp *tcp = conn->tcp;

	tcp->dropped[err == AHOY_ETIMEOUT ? AHOY_TCP_DROP_SLOW : AHOY_TCP_DROP_UNFRAMED]++;
	conn->known = true;
	tcp->handler.broken(tcp->handler.ctx, now, &conn->flow, head, err);
	ahoy_conn_end(conn, now);
}

static void refuse(ahoy_conn *conn, const char *why)
{
	const ahoy_tcp_handler *handler = &conn->tcp->handler;

	if (handler->refused)
		handler->refused(handler->ctx, &conn->flow, why);
}

static void open_due(ahoy_conn *conn, ahoy_time now)
{
	const ahoy_tcp_options *o = &conn->tcp->options;
	ahoy_slice head;

	if (is_shaking(conn)) {
		refuse(conn, "the TLS handshake did not end in time");
		drop(conn, AHOY_TCP_DROP_TLS);
	} else if (conn->waiting && now >= conn->waits_since + o->message_within) {
		ahoy_stream_give_up(&conn->in, &head);
		break_off(conn, now, head, AHOY_ETIMEOUT);
	} else if (!conn->heard && !conn->ours && now >= conn->since + o->silent) {
		drop(conn, AHOY_TCP_DROP_SILENT);
	} else if (now >= conn->moved + (conn->kept || conn->ours ? o->kept : o->idle)) {
		drop(conn, AHOY_TCP_DROP_IDLE);
	} else if (conn->pinged && conn->ponged && now >= conn->pinged_at + o->pong_within) {
		drop(conn, AHOY_TCP_DROP_SILENT);
	} else if (conn->ours && o->ping_every && now >= conn->pinged_at + o->ping_every) {
		conn->pinged = true;
		conn->pinged_at = now;
		ahoy_conn_out(conn, AHOY_S("\r\n\r\n"));
	}
}

void ahoy_conn_due(ahoy_conn *conn, ahoy_time now)
{
	switch (conn->state) {
	case CONN_CONNECTING:
		drop(conn, AHOY_TCP_DROP_UNREACHED);
		break;
	case CONN_OPEN:
		open_due(conn, now);
		break;
	case CONN_HALF:
	case CONN_ENDING:
		ahoy_conn_close(conn);
		break;
	case CONN_CLOSED:
		break;
	}
}

/* ---- in ---- */

static void take(ahoy_conn *conn, ahoy_time now, ahoy_stream_kind kind, ahoy_slice unit, int err)
{
	ahoy_tcp *tcp = conn->tcp;

	switch (kind) {
	case AHOY_STREAM_MESSAGE:
		conn->heard = conn->known = true;
		tcp->handler.message(tcp->handler.ctx, now, &conn->flow, unit);
		break;
	case AHOY_STREAM_PING:
		ahoy_conn_out(conn, AHOY_S("\r\n"));
		break;
	case AHOY_STREAM_PONG:
		conn->ponged |= conn->in.takes_pong;
		break;
	case AHOY_STREAM_BROKEN:
		break_off(conn, now, unit, err);
		break;
	case AHOY_STREAM_MORE:
		break;
	}
}

/* What came, unwrapped from whatever it travelled in. */
static void conn_in(ahoy_conn *conn, ahoy_time now, ahoy_slice bytes)
{
	ahoy_stream_kind kind = AHOY_STREAM_PONG;
	ahoy_slice unit;
	int err;

	ahoy_stream_feed(&conn->in, bytes);
	/* A message's answer, or what it causes, may close the connection. */
	while (conn->state == CONN_OPEN && kind != AHOY_STREAM_MORE) {
		kind = ahoy_stream_next(&conn->in, &unit, &err);
		take(conn, now, kind, unit, err);
	}
	if (conn->state != CONN_OPEN)
		return;
	if (!conn->waiting || !ahoy_stream_waits(&conn->in))
		conn->waits_since = now;
	conn->waiting = ahoy_stream_waits(&conn->in);
	ahoy_tcp_arm(conn->tcp, ahoy_conn_deadline(conn));
}

/* RFC 3261 knows no half-closed connections, but a peer that has said all it wants to say may still read. Where we
 * opened the connection nobody waits for answers of ours. */
static void on_end(ahoy_conn *conn, ahoy_time now)
{
	ahoy_slice head;

	if (conn->state != CONN_OPEN || conn->ours || !conn->known) {
		ahoy_conn_close(conn);
		return;
	}
	conn->finished = true;
	uv_read_stop((uv_stream_t *)&conn->uv);
	if (conn->waiting) {
		ahoy_stream_give_up(&conn->in, &head);
		break_off(conn, now, head, AHOY_ESYNTAX);
	} else {
		/* What it was asked and has not answered it never will. */
		ahoy_tcp_undelivered(conn->tcp, &conn->flow);
		enter(conn, CONN_HALF, now);
	}
}

static void push_tls(ahoy_conn *conn)
{
	ahoy_slice bytes = ahoy_tls_to_send(conn->tls);

	if (bytes.len)
		wire_out(conn, bytes);
	ahoy_tls_sent(conn->tls);
}

/* The alert leaves; then it is over. A peer that we connected to is given up at once: somebody waits for the outcome. */
static void break_tls(ahoy_conn *conn, ahoy_time now)
{
	conn->tcp->dropped[AHOY_TCP_DROP_TLS]++;
	refuse(conn, ahoy_tls_why(conn->tls));
	if (conn->ours)
		ahoy_conn_close(conn);
	else
		ahoy_conn_end(conn, now);
}

/* What came from the network. It is all in the session when `bytes`, which may be the read buffer, is written anew. */
static void arrived(ahoy_conn *conn, ahoy_time now, ahoy_slice bytes)
{
	bool shaking = is_shaking(conn);
	size_t len;
	int err;

	if (!conn->tls) {
		conn_in(conn, now, bytes);
		return;
	}
	err = ahoy_tls_feed(conn->tls, bytes);
	while (!err && conn->state == CONN_OPEN) {
		err = ahoy_tls_read(conn->tls, conn->tcp->read_buffer, AHOY_MAX_MESSAGE, &len);
		push_tls(conn);
		if (!err && conn->state == CONN_OPEN)
			conn_in(conn, now, ahoy_slice_make(conn->tcp->read_buffer, len));
	}
	if (conn->state != CONN_OPEN)
		return;
	if (shaking && !is_shaking(conn))
		ahoy_tcp_arm(conn->tcp, ahoy_conn_deadline(conn));
	if (err == AHOY_ESTATE)
		on_end(conn, now); /* the peer's close_notify: as its FIN */
	else if (err != AHOY_EMORE)
		break_tls(conn, now);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	const ahoy_conn *conn = handle->data;

	(void)suggested;
	*buf = uv_buf_init(conn->tcp->read_buffer, AHOY_MAX_MESSAGE);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
	ahoy_conn *conn = stream->data;
	ahoy_time now = ahoy_clock_now();

	if (count == 0)
		return;
	if (count == UV_EOF) {
		on_end(conn, now);
	} else if (count < 0) {
		ahoy_conn_close(conn);
	} else if (conn->state == CONN_OPEN) {
		conn->moved = now;
		conn->pinged = false; /* whatever comes shows that the peer is there */
		arrived(conn, now, ahoy_slice_make(buf->base, (size_t)count));
	}
}

static void start_reading(ahoy_conn *conn)
{
	conn->paused = false;
	if (uv_read_start((uv_stream_t *)&conn->uv, on_alloc, on_read) != 0)
		ahoy_conn_close(conn);
}

static void set_up_socket(ahoy_conn *conn)
{
	unsigned dead_after_ms = DEAD_AFTER_MS;
	struct sockaddr_storage name;
	int fd, len = sizeof name;
	ahoy_addr local;

	uv_tcp_nodelay(&conn->uv, 1);
	/* Keeps a NAT's mapping, and finds out that a silent peer is gone. */
	uv_tcp_keepalive(&conn->uv, 1, KEEPALIVE_S);
	if (uv_fileno((uv_handle_t *)&conn->uv, &fd) == 0)
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_after_ms, sizeof dead_after_ms);
	if (uv_tcp_getsockname(&conn->uv, (struct sockaddr *)&name, &len) != 0)
		return;
	ahoy_sockaddr_to((const struct sockaddr *)&name, &local);
	/* A connection of ours has a port that nobody can connect to: the listener's, which the flow names, is shown. */
	if (conn->ours)
		local.port = conn->flow.local.port;
	conn->flow.local = local;
}

void ahoy_conn_begin(ahoy_conn *conn, ahoy_time now)
{
	set_up_socket(conn);
	ahoy_stream_init(&conn->in, &conn->tcp->env, conn->ours && conn->tcp->options.ping_every);
	conn->pinged_at = conn->waits_since = now;
	enter(conn, CONN_OPEN, now);
	start_reading(conn);
	if (conn->tls && conn->state == CONN_OPEN)
		arrived(conn, now, (ahoy_slice){0}); /* a client speaks first */
}

/* ---- out ---- */

static void start_writing(ahoy_conn *conn);

static void on_shut_down(uv_shutdown_t *shutdown, int status)
{
	ahoy_conn *conn = shutdown->data;

	(void)status;
	if (conn->state == CONN_ENDING && conn->finished)
		ahoy_conn_close(conn);
}

static void shut_down(ahoy_conn *conn)
{
	if (uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->uv, on_shut_down) != 0)
		ahoy_conn_close(conn);
}

static void on_written(uv_write_t *write, int status)
{
	ahoy_conn *conn = write->data;

	free(conn->flying);
	conn->flying = NULL;
	conn->flying_len = 0;
	if (conn->state == CONN_CLOSED)
		return;
	if (status < 0) {
		ahoy_conn_close(conn);
		return;
	}
	conn->moved = ahoy_clock_now();
	if (conn->queue_len)
		start_writing(conn);
	else if (conn->state == CONN_ENDING)
		shut_down(conn);
	if (conn->state == CONN_OPEN && conn->paused && conn->queue_len + conn->flying_len < PAUSE_ABOVE / 2)
		start_reading(conn);
}

static void start_writing(ahoy_conn *conn)
{
	uv_buf_t buf;

	conn->flying = conn->queue;
	conn->flying_len = conn->queue_len;
	conn->queue = NULL;
	conn->queue_len = conn->queue_cap = 0;
	buf = uv_buf_init(conn->flying, (unsigned)conn->flying_len);
	if (uv_write(&conn->write, (uv_stream_t *)&conn->uv, &buf, 1, on_written) != 0)
		ahoy_conn_close(conn);
}

static bool enqueue(ahoy_conn *conn, ahoy_slice bytes)
{
	size_t need = conn->queue_len + bytes.len, cap = conn->queue_cap ? conn->queue_cap : 4096;
	char *queue;

	if (conn->flying_len + need > AHOY_TCP_MAX_QUEUE)
		return false;
	while (cap < need)
		cap *= 2;
	if (cap != conn->queue_cap) {
		queue = realloc(conn->queue, cap);
		if (!queue)
			return false;
		conn->queue = queue;
		conn->queue_cap = cap;
	}
	memcpy(conn->queue + conn->queue_len, bytes.ptr, bytes.len);
	conn->queue_len = need;
	return true;
}

/* Straight to the kernel, while nothing waits before it. *bytes is what is left; false: the connection is gone. */
static bool write_now(ahoy_conn *conn, ahoy_slice *bytes)
{
	uv_buf_t buf = uv_buf_init((char *)bytes->ptr, (unsigned)bytes->len);
	int sent = uv_try_write((uv_stream_t *)&conn->uv, &buf, 1);

	if (sent < 0 && sent != UV_EAGAIN) {
		ahoy_conn_close(conn);
		return false;
	}
	*bytes = ahoy_slice_from(*bytes, sent > 0 ? (size_t)sent : 0);
	return true;
}

/* To the kernel, or behind what waits for it. */
static void wire_out(ahoy_conn *conn, ahoy_slice bytes)
{
	bool open = conn->state == CONN_OPEN || conn->state == CONN_HALF;

	if (!open && conn->state != CONN_CONNECTING)
		return;
	conn->moved = ahoy_clock_now();
	if (open && !conn->flying && !write_now(conn, &bytes))
		return;
	if (!bytes.len)
		return;
	if (!enqueue(conn, bytes)) {
		drop(conn, AHOY_TCP_DROP_UNREAD);
		return;
	}
	if (open && !conn->flying)
		start_writing(conn);
	if (conn->state == CONN_OPEN && !conn->paused && conn->queue_len + conn->flying_len > PAUSE_ABOVE) {
		conn->paused = true;
		uv_read_stop((uv_stream_t *)&conn->uv);
	}
}

void ahoy_conn_out(ahoy_conn *conn, ahoy_slice bytes)
{
	if (conn->state != CONN_CONNECTING && conn->state != CONN_OPEN && conn->state != CONN_HALF)
		return;
	if (!conn->tls) {
		wire_out(conn, bytes);
		return;
	}
	/* Before the handshake is through, the session keeps it. */
	if (ahoy_tls_write(conn->tls, bytes, AHOY_TCP_MAX_QUEUE))
		drop(conn, AHOY_TCP_DROP_UNREAD);
	else
		push_tls(conn);
}

void ahoy_conn_offer(ahoy_conn *conn)
{
	ahoy_slice queue = ahoy_slice_make(conn->queue, conn->queue_len);

	if ((conn->state == CONN_OPEN || conn->state == CONN_HALF) && !conn->flying && queue.len)
		(void)write_now(conn, &queue);
}

void ahoy_conn_end(ahoy_conn *conn, ahoy_time now)
{
	if (conn->state != CONN_OPEN && conn->state != CONN_HALF) {
		ahoy_conn_close(conn);
		return;
	}
	if (conn->tls) {
		ahoy_tls_close(conn->tls);
		push_tls(conn);
		if (conn->state == CONN_CLOSED)
			return;
	}
	ahoy_stream_fini(&conn->in);
	conn->waiting = false;
	if (conn->paused && conn->state == CONN_OPEN && !conn->finished)
		start_reading(conn);
	if (conn->state == CONN_CLOSED)
		return;
	enter(conn, CONN_ENDING, now);
	if (!conn->flying)
		shut_down(conn);
}

/* ---- opening ---- */

static void on_connected(uv_connect_t *connect, int status)
{
	ahoy_conn *conn = connect->data;

	if (conn->state != CONN_CONNECTING)
		return;
	if (status < 0) {
		drop(conn, AHOY_TCP_DROP_UNREACHED);
		return;
	}
	ahoy_conn_begin(conn, ahoy_clock_now());
	if (conn->state == CONN_OPEN && conn->queue_len)
		start_writing(conn);
}

int ahoy_conn_connect(ahoy_conn *conn, ahoy_time now)
{
	struct sockaddr_storage name;
	ahoy_addr from = conn->flow.local;

	from.port = 0;
	/* From the address that the peer knows, where it is still one of ours. */
	if (from.family == conn->flow.peer.family && !ahoy_addr_is_any(&from) && ahoy_sockaddr_from(&from, &name))
		(void)uv_tcp_bind(&conn->uv, (const struct sockaddr *)&name, 0);
	if (!ahoy_sockaddr_from(&conn->flow.peer, &name) ||
	    uv_tcp_connect(&conn->connect, &conn->uv, (const struct sockaddr *)&name, on_connected) != 0)
		return AHOY_ENETWORK;
	enter(conn, CONN_CONNECTING, now);
	return 0;
}
