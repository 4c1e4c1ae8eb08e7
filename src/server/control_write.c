#include "server/control_write.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/clock.h"
#include "os/json.h"
#include "rtp/emodel.h"
#include "sip/ladder.h"

/* 160 bytes a line and its heads (ladder.h), each perhaps escaped once more; and a whole message with every byte
 * escaped. */
#define LADDER_BYTES ((size_t)160 * AHOY_LADDER_MAX_MESSAGES + 4096)
#define TRACE_SPACE (4 * LADDER_BYTES)
_Static_assert(TRACE_SPACE > (size_t)8 * AHOY_TRACE_MAX_MESSAGE + 1024, "a message fits");

static void put_escaped(ahoy_json *j, const char *key, ahoy_slice text)
{
	char space[4 * AHOY_MAX_CONTACT + 64];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);

	ahoy_buf_escaped(&b, text);
	ahoy_json_string(j, key, ahoy_buf_slice(&b));
}

static void put_addr(ahoy_json *j, const char *key, const ahoy_addr *addr)
{
	char space[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);

	if (addr->family == 0) {
		ahoy_json_null(j, key);
		return;
	}
	ahoy_addr_put(&b, addr);
	ahoy_json_string(j, key, ahoy_buf_slice(&b));
}

void ahoy_control_registration(ahoy_buf *b, const ahoy_registration_info *info, uint64_t now_utc_ms)
{
	const ahoy_binding *binding = &info->binding;
	ahoy_json j = ahoy_json_open(b);
	char q[8];

	put_escaped(&j, "user", info->user);
	put_escaped(&j, "contact", binding->contact);
	put_addr(&j, "source", &binding->flow.peer);
	ahoy_json_u64(&j, "expires_s",
		      binding->expires_utc_ms > now_utc_ms ? (binding->expires_utc_ms - now_utc_ms + 999) / 1000 : 0);
	snprintf(q, sizeof q, "%u.%03u", (binding->q_milli / 1000u) % 10, binding->q_milli % 1000u);
	ahoy_json_number(&j, "q", ahoy_slice_of(q));
	put_escaped(&j, "user_agent", binding->user_agent);
	ahoy_json_close(&j);
}

static ahoy_slice state_name(ahoy_live_state state)
{
	switch (state) {
	case AHOY_LIVE_CALLING:
		return AHOY_S("calling");
	case AHOY_LIVE_RINGING:
		return AHOY_S("ringing");
	case AHOY_LIVE_ANSWERED:
		return AHOY_S("answered");
	case AHOY_LIVE_HELD:
		return AHOY_S("held");
	}
	return AHOY_S("");
}

void ahoy_control_call(ahoy_buf *b, const ahoy_live_call_info *info)
{
	ahoy_json j = ahoy_json_open(b);

	ahoy_json_string(&j, "id", info->id);
	put_escaped(&j, "from", info->from);
	put_escaped(&j, "to", info->to);
	ahoy_json_string(&j, "state", state_name(info->state));
	ahoy_json_time(&j, "started", info->started_utc_ms);
	ahoy_json_time(&j, "answered", info->answered_utc_ms);
	if (info->codec.len)
		put_escaped(&j, "codec", info->codec);
	else
		ahoy_json_null(&j, "codec");
	ahoy_json_close(&j);
}

/* MOS by what is known here: codec and loss. Jitter and delay are the far end's to judge. */
static void put_media_of(ahoy_json *j, const char *key, ahoy_slice codec, const ahoy_relay_quality *quality)
{
	uint64_t expected = quality->packets + quality->lost;
	double loss_percent = expected ? 100.0 * (double)quality->lost / (double)expected : 0;
	ahoy_emodel_path path = {.codec = codec, .loss_percent = loss_percent};
	ahoy_json side = ahoy_json_object(j, key);
	char text[16];

	ahoy_json_u64(&side, "packets", quality->packets);
	ahoy_json_u64(&side, "lost", quality->lost);
	snprintf(text, sizeof text, "%.2f", loss_percent);
	ahoy_json_number(&side, "loss_percent", ahoy_slice_of(text));
	ahoy_json_ms(&side, "jitter_ms", (uint64_t)(quality->jitter_ms * 1000));
	if (quality->packets) {
		snprintf(text, sizeof text, "%.2f", ahoy_emodel_mos(ahoy_emodel_r(&path)));
		ahoy_json_number(&side, "mos", ahoy_slice_of(text));
	} else {
		ahoy_json_null(&side, "mos");
	}
	ahoy_json_close(&side);
}

/* Of a transcoded call each leg has its own: "GSM+opus", the caller's first. */
static ahoy_slice codec_of(ahoy_slice both, bool caller)
{
	ahoy_slice first, second;

	if (!ahoy_slice_cut(both, '+', &first, &second))
		return both;
	return caller ? first : second;
}

void ahoy_control_media(ahoy_buf *b, const ahoy_call_media *media)
{
	ahoy_json j = ahoy_json_open(b);
	ahoy_json inner = ahoy_json_object(&j, "media");

	put_escaped(&inner, "codec", media->codec);
	put_media_of(&inner, "caller", codec_of(media->codec, true), &media->caller);
	put_media_of(&inner, "callee", codec_of(media->codec, false), &media->callee);
	ahoy_json_close(&inner);
	ahoy_json_close(&j);
}

static void put_listen(ahoy_json *j, const ahoy_server *s)
{
	char space[AHOY_SETTINGS_LISTENERS][AHOY_ADDR_TEXT + 8];
	ahoy_slice texts[AHOY_SETTINGS_LISTENERS];

	for (size_t i = 0; i < s->bound_count; i++) {
		ahoy_buf b = ahoy_buf_over(space[i], sizeof space[i]);

		ahoy_buf_fmt(&b, "%s:", ahoy_listen_kind(s->bound[i].transport));
		ahoy_addr_put(&b, &s->bound[i].at);
		texts[i] = ahoy_buf_slice(&b);
	}
	ahoy_json_strings(j, "listen", texts, s->bound_count);
}

/* Datagrams, messages, connections and packets that went nowhere, by reason. */
static void put_dropped(ahoy_json *j, const ahoy_server *s, const ahoy_switch_status *status)
{
	ahoy_json dropped = ahoy_json_object(j, "dropped");
	char name[64];

	for (int i = 0; i < AHOY_STACK_DROP_COUNT; i++)
		ahoy_json_u64(&dropped, ahoy_stack_drop_name(i), status->stack->dropped[i]);
	ahoy_json_u64(&dropped, "rate_limited", status->rate_limited);
	ahoy_json_u64(&dropped, "unsent", ahoy_udp_unsent(ahoy_driver_udp(s->driver)));
	ahoy_json_u64(&dropped, "hep_unsent", s->hep ? ahoy_hep_sender_unsent(s->hep) : 0);
	for (int i = 0; i < AHOY_TCP_DROP_COUNT; i++)
		ahoy_json_u64(&dropped, ahoy_tcp_drop_name(i), ahoy_tcp_dropped(ahoy_driver_tcp(s->driver), i));
	for (int i = 0; i < AHOY_RELAY_VERDICTS; i++) {
		if (i == AHOY_RELAY_SEND || i == AHOY_RELAY_LOCAL)
			continue;
		snprintf(name, sizeof name, "media_%s", ahoy_relay_verdict_name((ahoy_relay_verdict)i));
		ahoy_json_u64(&dropped, name, status->media[i]);
	}
	ahoy_json_close(&dropped);
}

void ahoy_control_status(ahoy_buf *b, const ahoy_server *s, uint64_t users)
{
	struct mallinfo2 memory = mallinfo2();
	ahoy_switch_status status;
	ahoy_json j = ahoy_json_open(b);

	ahoy_switch_get_status(s->sw, &status);
	ahoy_json_string(&j, "version", AHOY_S(AHOY_VERSION));
	ahoy_json_u64(&j, "uptime_s", (ahoy_clock_now() - s->started) / 1000000);
	ahoy_json_string(&j, "realm", ahoy_slice_of(ahoy_store_realm(s->store)));
	put_listen(&j, s);
	ahoy_json_u64(&j, "users", users);
	ahoy_json_u64(&j, "users_bound", status.users_bound);
	ahoy_json_u64(&j, "registrations", status.registrations);
	ahoy_json_u64(&j, "calls", status.calls);
	ahoy_json_u64(&j, "transactions", status.transactions);
	ahoy_json_u64(&j, "timers", status.timers);
	ahoy_json_u64(&j, "ports_used", status.ports_used);
	ahoy_json_u64(&j, "ports_open", 2 * ahoy_rtp_sockets_count(s->rtp));
	ahoy_json_u64(&j, "connections", ahoy_tcp_connections(ahoy_driver_tcp(s->driver)));
	ahoy_json_u64(&j, "memory_bytes", memory.uordblks + memory.hblkhd);
	ahoy_json_u64(&j, "received", status.stack->received);
	ahoy_json_u64(&j, "sent", status.stack->sent);
	ahoy_json_u64(&j, "retransmitted", status.stack->retransmitted);
	ahoy_json_u64(&j, "media_packets", status.media[AHOY_RELAY_SEND]);
	ahoy_json_u64(&j, "media_local", status.media[AHOY_RELAY_LOCAL]);
	ahoy_json_u64(&j, "transcoding", status.transcoding);
	ahoy_json_u64(&j, "transcoded", status.transcoded);
	ahoy_json_u64(&j, "challenges", status.challenges);
	ahoy_json_u64(&j, "auth_failures", status.auth_failures);
	ahoy_json_u64(&j, "store_waiting", s->store_thread ? ahoy_store_thread_waiting(s->store_thread) : 0);
	put_dropped(&j, s, &status);
	ahoy_json_close(&j);
}

int ahoy_control_trace_open(ahoy_control_trace *t, const ahoy_trace *trace, const ahoy_slice *call_ids, size_t count)
{
	ahoy_trace_cursor cursor = {0, 0};

	*t = (ahoy_control_trace){.count = 0};
	t->messages = calloc(AHOY_LADDER_MAX_MESSAGES, sizeof *t->messages);
	t->space = malloc(TRACE_SPACE + LADDER_BYTES);
	if (!t->messages || !t->space) {
		ahoy_control_trace_close(t);
		return AHOY_ENOMEM;
	}
	while (t->count < AHOY_LADDER_MAX_MESSAGES && ahoy_trace_next_of(trace, &cursor, call_ids, count, &t->messages[t->count]))
		t->count++;
	if (t->count)
		return 0;
	ahoy_control_trace_close(t);
	return AHOY_ENOTFOUND;
}

static uint64_t utc_ms(ahoy_time at, int64_t utc_offset_us)
{
	return (uint64_t)((int64_t)at + utc_offset_us) / 1000;
}

void ahoy_control_trace_ladder(ahoy_control_trace *t, ahoy_slice call_id, int64_t utc_offset_us)
{
	ahoy_buf ladder = ahoy_buf_over(t->space + TRACE_SPACE, LADDER_BYTES);
	ahoy_json j;

	t->b = ahoy_buf_over(t->space, TRACE_SPACE);
	ahoy_ladder_write(&ladder, AHOY_S("ahoyd"), t->messages, t->count);
	j = ahoy_json_open(&t->b);
	put_escaped(&j, "call_id", call_id);
	ahoy_json_time(&j, "started", utc_ms(t->messages[0].at, utc_offset_us));
	ahoy_json_string(&j, "ladder", ahoy_buf_slice(&ladder));
	ahoy_json_close(&j);
}

static void put_hex(ahoy_json *j, const char *key, ahoy_slice bytes)
{
	char digits[2 * AHOY_TRACE_MAX_MESSAGE];
	ahoy_buf b = ahoy_buf_over(digits, sizeof digits);

	ahoy_buf_hex(&b, bytes.ptr, bytes.len);
	ahoy_json_string(j, key, ahoy_buf_slice(&b));
}

void ahoy_control_trace_message(ahoy_control_trace *t, size_t at, int64_t utc_offset_us, bool bytes)
{
	const ahoy_trace_message *m = &t->messages[at];
	ahoy_json j;

	t->b = ahoy_buf_over(t->space, TRACE_SPACE);
	j = ahoy_json_open(&t->b);
	ahoy_json_time(&j, "time", utc_ms(m->at, utc_offset_us));
	ahoy_json_string(&j, "direction", m->sent ? AHOY_S("out") : AHOY_S("in"));
	ahoy_json_string(&j, "transport", ahoy_transport_name(m->flow.transport));
	put_addr(&j, "local", &m->flow.local);
	put_addr(&j, "peer", &m->flow.peer);
	ahoy_json_u64(&j, "size", m->full_len);
	if (bytes) {
		ahoy_json_u64(&j, "time_us", (uint64_t)((int64_t)m->at + utc_offset_us));
		put_hex(&j, "bytes", m->bytes);
	}
	ahoy_json_string(&j, "message", m->bytes);
	ahoy_json_close(&j);
}

void ahoy_control_trace_close(ahoy_control_trace *t)
{
	free(t->messages);
	free(t->space);
	*t = (ahoy_control_trace){.count = 0};
}
