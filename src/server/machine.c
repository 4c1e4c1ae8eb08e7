/* Where the switch and the world meet: datagrams, packets, asks and their answers. */
#include <sys/resource.h>

#include "os/clock.h"
#include "server/server_tls.h"

/* One line a minute says that ports or descriptors run out. */
#define COMPLAIN_EVERY AHOY_SECONDS(60)

/* A copy for the capture server, where there is one. Keep-alives are nobody's interest. */
static void capture(ahoy_server *s, ahoy_time now, bool sent, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_hep hep = {.at_utc_us = (uint64_t)((int64_t)now + s->config.utc_offset_us),
			.sent = sent,
			.flow = flow,
			.node = s->settings.hep_node,
			.node_name = AHOY_S("ahoyd"),
			.message = bytes};

	if (!s->hep || bytes.len <= AHOY_TRACE_KEEPALIVE)
		return;
	hep.correlation = ahoy_trace_header(bytes, AHOY_S("Call-ID"), 'i');
	ahoy_hep_sender_put(s->hep, &hep);
}

static void on_recv(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_server *s = ctx;

	capture(s, now, false, flow, bytes);
	ahoy_switch_recv(s->sw, now, flow, bytes);
}

static void on_send_failed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	ahoy_server *s = ctx;

	ahoy_switch_send_failed(s->sw, now, flow);
}

static void on_flow_closed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	ahoy_server *s = ctx;

	ahoy_switch_flow_closed(s->sw, now, flow);
}

static void on_broken(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err)
{
	ahoy_server *s = ctx;

	capture(s, now, false, flow, head);
	ahoy_switch_recv_broken(s->sw, now, flow, head, err);
}

static void on_peer_refused(void *ctx, const ahoy_flow *flow, const char *why)
{
	ahoy_server_peer_refused(ctx, flow, why);
}

static void on_expire(void *ctx, ahoy_time now)
{
	ahoy_server *s = ctx;

	ahoy_switch_expire(s->sw, now);
}

/* The pool asks for more long before it is empty, so that only a call that was refused is a reason to complain. */
static void complain_ports(ahoy_server *s, ahoy_time now)
{
	uint64_t before = s->ports_refused;
	struct rlimit limit = {0, 0};

	s->ports_refused = ahoy_switch_ports_refused(s->sw);
	if (s->ports_refused == before || !s->ports_err)
		return;
	if (s->ports_complained && now - s->ports_complained < COMPLAIN_EVERY)
		return;
	s->ports_complained = now;
	if (s->ports_err == AHOY_EFULL) {
		ahoy_log(&s->env, AHOY_LOG_ERROR, "server", AHOY_S(""),
			 "the media ports %u-%u are used up: calls are answered 503; widen them with --rtp-ports",
			 s->settings.rtp_low, s->settings.rtp_high);
	} else {
		getrlimit(RLIMIT_NOFILE, &limit);
		ahoy_log(
			&s->env, AHOY_LOG_ERROR, "server", AHOY_S(""),
			"no more descriptors for media ports (%s): calls are answered 503; raise the limit of %llu open "
			"files (ulimit -n, or LimitNOFILE in the service file)",
			ahoy_err_text(s->ports_err), (unsigned long long)limit.rlim_cur);
	}
}

bool ahoy_server_open_ports(ahoy_server *s, ahoy_time now, size_t count)
{
	size_t opened = 0;
	int err = 0;

	while (!err && opened < count) {
		uint32_t pair, number;
		uint16_t port;

		err = ahoy_rtp_sockets_open(s->rtp, &pair, &port);
		if (err)
			break;
		err = ahoy_switch_add_pair(s->sw, port, &number);
		if (err) {
			ahoy_rtp_sockets_close(s->rtp, pair);
			break;
		}
		/* Both count from 0 and give nothing back, so that a port's handle is the same on both sides. */
		AHOY_ASSERT(pair == number);
		opened++;
	}
	if (err)
		ahoy_switch_no_ports(s->sw, now);
	s->ports_err = err;
	return opened > 0;
}

static void answer_ask(ahoy_server *s, ahoy_time now, const ahoy_ask *ask)
{
	ahoy_user_record nobody = {.found = false};
	int err = AHOY_ESTATE;

	switch (ask->kind) {
	case AHOY_ASK_USER:
		if (s->store_thread)
			err = ahoy_store_thread_user(s->store_thread, ask->id, ask->user);
		if (err)
			ahoy_switch_answer_user(s->sw, now, ask->id, &nobody, true);
		break;
	case AHOY_ASK_SAVE:
		if (s->store_thread)
			err = ahoy_store_thread_save(s->store_thread, ask->id, ask->user, ask->bindings, ask->count);
		if (err && ask->id)
			ahoy_switch_answer_saved(s->sw, now, ask->id, true);
		break;
	case AHOY_ASK_RECORD:
		if (s->store_thread)
			err = ahoy_store_thread_record(s->store_thread, ask->id, ask->cdr);
		if (err)
			ahoy_log(&s->env, AHOY_LOG_ERROR, "server", ask->cdr->id, "a call record is lost: %s", ahoy_err_text(err));
		if (err && ask->id)
			ahoy_switch_answer_saved(s->sw, now, ask->id, true);
		break;
	case AHOY_ASK_OPEN_PORTS:
		ahoy_server_open_ports(s, now, ask->count);
		break;
	}
}

static ahoy_time on_drain(void *ctx, ahoy_time now)
{
	ahoy_server *s = ctx;
	ahoy_ask ask;
	ahoy_out out;
	ahoy_relay_out packet;
	ahoy_slice bytes;

	while (ahoy_switch_pop_ask(s->sw, &ask))
		answer_ask(s, now, &ask);
	complain_ports(s, now);
	while (ahoy_switch_pop_out(s->sw, &out)) {
		if (out.kind == AHOY_OUT_SEND)
			capture(s, now, true, &out.flow, out.bytes);
		ahoy_driver_out(s->driver, &out);
	}
	while (ahoy_switch_pop_media(s->sw, &packet, &bytes))
		ahoy_rtp_sockets_send(s->rtp, packet.port, &packet.to, bytes);
	return ahoy_switch_next(s->sw);
}

void ahoy_server_machine(ahoy_server *server, ahoy_machine *out)
{
	*out = (ahoy_machine){.ctx = server,
			      .recv = on_recv,
			      .send_failed = on_send_failed,
			      .flow_closed = on_flow_closed,
			      .broken = on_broken,
			      .peer_refused = on_peer_refused,
			      .expire = on_expire,
			      .drain = on_drain};
}

static void on_user(void *ctx, uint64_t id, const ahoy_user_record *record, bool failed)
{
	ahoy_server *s = ctx;

	ahoy_switch_answer_user(s->sw, ahoy_clock_now(), id, record, failed);
	ahoy_driver_drain(s->driver);
}

static void on_saved(void *ctx, uint64_t id, bool failed)
{
	ahoy_server *s = ctx;

	ahoy_switch_answer_saved(s->sw, ahoy_clock_now(), id, failed);
	ahoy_driver_drain(s->driver);
}

void ahoy_server_store_handler(ahoy_server *server, ahoy_store_thread_handler *out)
{
	*out = (ahoy_store_thread_handler){server, on_user, on_saved};
}

bool ahoy_server_media(void *ctx, ahoy_time now, uint32_t port, const ahoy_addr *source, ahoy_slice bytes)
{
	ahoy_server *s = ctx;
	ahoy_relay_out out;

	ahoy_relay_verdict verdict = ahoy_switch_media(s->sw, now, port, source, bytes, &out);

	if (verdict == AHOY_RELAY_SEND)
		ahoy_rtp_sockets_send(s->rtp, out.port, &out.to, out.bytes);
	return verdict == AHOY_RELAY_SEND || verdict == AHOY_RELAY_LOCAL;
}
