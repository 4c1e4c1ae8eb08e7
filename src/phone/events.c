#include "phone/events.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/clock.h"

/* A text of 64 KiB (the largest message), with each byte escaped to six. */
#define LINE_BYTES (400 * 1024)

static const char *const names[] = {
#define EVENT_NAME(id, name) [AHOY_PHONE_##id] = name,
	AHOY_PHONE_EVENTS(EVENT_NAME)
#undef EVENT_NAME
};

const char *ahoy_phone_event_name(ahoy_phone_event_kind kind)
{
	return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

/* ---- for people ---- */

/* " before" and the text, escaped, where there is one. */
static void put(ahoy_buf *b, const char *before, ahoy_slice text)
{
	if (!text.len)
		return;
	ahoy_buf_str(b, before);
	ahoy_buf_escaped(b, text);
}

static void put_code(ahoy_buf *b, const char *before, const ahoy_phone_event *e)
{
	if (e->code)
		ahoy_buf_fmt(b, "%s%d", before, e->code);
	put(b, e->code ? " " : before, e->reason);
}

/* A whole message, line by line, each safe to show. */
static void put_message(ahoy_buf *b, ahoy_slice message)
{
	while (message.len) {
		size_t end = ahoy_slice_find(message, '\n');
		ahoy_slice line = ahoy_slice_first(message, end);

		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		ahoy_buf_str(b, "\n  ");
		ahoy_buf_escaped(b, line);
		message = ahoy_slice_from(message, end + (end < message.len));
	}
}

static void put_quality(ahoy_buf *b, const ahoy_phone_quality *q)
{
	ahoy_buf_fmt(b, " received %llu packets, %llu lost", (unsigned long long)q->packets, (unsigned long long)q->lost);
	if (q->packets)
		ahoy_buf_fmt(b, ", jitter %.1f ms, MOS %.2f", q->jitter_ms, q->mos);
	ahoy_buf_fmt(b, "; sent %llu", (unsigned long long)q->packets_sent);
	if (q->has_remote)
		ahoy_buf_fmt(b, ", %d lost, jitter %.1f ms, round trip %.0f ms", q->remote_lost, q->remote_jitter_ms,
			     q->rtt_ms);
	if (q->remote_mos > 0)
		ahoy_buf_fmt(b, ", MOS %.2f", q->remote_mos);
	if (q->packets)
		ahoy_buf_fmt(b, "; level %.0f dBov", q->level_dbov);
	if (q->auth_failed || q->replayed)
		ahoy_buf_fmt(b, "; SRTP dropped %llu forged, %llu repeated", (unsigned long long)q->auth_failed,
			     (unsigned long long)q->replayed);
	if (q->has_device)
		ahoy_buf_fmt(b, "; sound device %llu underruns, %llu overruns", (unsigned long long)q->device_underruns,
			     (unsigned long long)q->device_overruns);
}

static void put_expectation(ahoy_buf *b, const ahoy_expect_result *r)
{
	const char *met = r->met ? "met" : "not met";

	ahoy_buf_fmt(b, " %s", ahoy_expect_name(r->kind));
	switch (r->kind) {
	case AHOY_EXPECT_AUDIO:
		ahoy_buf_fmt(b, ": %s, %.2f s of sound", met, r->heard_s);
		break;
	case AHOY_EXPECT_TONE:
		ahoy_buf_fmt(b, " %.10g Hz: %s, %.2f s heard", r->wanted, met, r->heard_s);
		if (r->heard_s > 0)
			ahoy_buf_fmt(b, " at %.1f Hz, %.0f dBov", r->heard_hz, r->level_dbov);
		break;
	case AHOY_EXPECT_DTMF:
		ahoy_buf_fmt(b, " %s: %s, heard %s", r->wanted_digits, met, *r->digits ? r->digits : "nothing");
		break;
	case AHOY_EXPECT_MOS:
		ahoy_buf_fmt(b, " %.3g: %s", r->wanted, met);
		if (r->mos > 0)
			ahoy_buf_fmt(b, ", MOS %.2f", r->mos);
		else
			ahoy_buf_str(b, ", nothing came");
		break;
	case AHOY_EXPECT_KINDS:
		break;
	}
}

static const char *end_name(ahoy_device_direction end)
{
	return end == AHOY_DEVICE_CAPTURE ? "microphone" : "speaker";
}

static void put_device(ahoy_buf *b, const ahoy_sound_device_news *d)
{
	ahoy_buf_fmt(b, " %s ", end_name(d->end));
	ahoy_buf_escaped(b, ahoy_slice_of(d->spec));
	ahoy_buf_fmt(b, " %s", d->state);
	put(b, ": ", ahoy_slice_of(d->reason));
}

static void put_levels(ahoy_buf *b, const ahoy_sound_meter levels[2])
{
	ahoy_buf_fmt(b, " microphone %.0f dBov (peak %.0f), speaker %.0f dBov (peak %.0f)", levels[AHOY_DEVICE_CAPTURE].mean_dbov,
		     levels[AHOY_DEVICE_CAPTURE].peak_dbov, levels[AHOY_DEVICE_PLAYBACK].mean_dbov,
		     levels[AHOY_DEVICE_PLAYBACK].peak_dbov);
}

void ahoy_phone_event_human(ahoy_buf *b, const ahoy_phone_event *e)
{
	bool incoming = e->direction && strcmp(e->direction, "in") == 0;

	/* On stderr, where it may stand between other programs' lines, an error says whose it is. */
	ahoy_buf_str(b, e->kind == AHOY_PHONE_ERROR ? "ahoy:" : names[e->kind]);
	switch (e->kind) {
	case AHOY_PHONE_REGISTERED:
		put(b, " ", e->from);
		ahoy_buf_fmt(b, " for %u s", e->expires_s);
		break;
	case AHOY_PHONE_UNREGISTERED:
		put(b, " ", e->from);
		break;
	case AHOY_PHONE_CALLING:
		put(b, " ", e->to);
		break;
	case AHOY_PHONE_RINGING:
	case AHOY_PHONE_EARLY_MEDIA:
		put(b, incoming ? ", call from " : " at ", incoming ? e->from : e->to);
		break;
	case AHOY_PHONE_ANSWERED:
		put_code(b, " ", e);
		put(b, " from ", incoming ? e->from : e->to);
		put(b, ", it is ", e->product);
		put(b, ", allows ", e->allow);
		break;
	case AHOY_PHONE_MEDIA:
	case AHOY_PHONE_HELD:
	case AHOY_PHONE_RESUMED:
		put(b, " ", e->codec);
		ahoy_buf_fmt(b, " %s", e->direction ? e->direction : "");
		put(b, " with ", e->remote);
		/* A person is told what is out of the ordinary; programs have it in each line. */
		if (e->srtp && strcmp(e->srtp, "none") != 0)
			ahoy_buf_fmt(b, ", SRTP %s", e->srtp);
		break;
	case AHOY_PHONE_DTMF:
		ahoy_buf_fmt(b, " %c%s", e->digit, incoming ? "" : " sent");
		break;
	case AHOY_PHONE_MESSAGE:
		put(b, incoming ? " from " : " to ", incoming ? e->from : e->to);
		put_code(b, ": ", e);
		put(b, ": ", incoming ? e->text : (ahoy_slice){0});
		break;
	case AHOY_PHONE_QUALITY:
		if (e->quality)
			put_quality(b, e->quality);
		break;
	case AHOY_PHONE_EXPECT:
		if (e->expectation)
			put_expectation(b, e->expectation);
		break;
	case AHOY_PHONE_DEVICE:
		if (e->device)
			put_device(b, e->device);
		break;
	case AHOY_PHONE_LEVEL:
		if (e->levels)
			put_levels(b, e->levels);
		break;
	case AHOY_PHONE_SENT:
		put(b, " ", e->method);
		put(b, " to ", e->to);
		put_message(b, e->message);
		break;
	case AHOY_PHONE_RESPONSE:
		put_code(b, " ", e);
		if (e->has_elapsed)
			ahoy_buf_fmt(b, ", %.1f ms", e->elapsed_ms);
		put_message(b, e->message);
		break;
	case AHOY_PHONE_ENDED:
		put_code(b, ": ", e);
		break;
	case AHOY_PHONE_ERROR:
		put_code(b, " ", e);
		break;
	}
}

/* ---- JSON ---- */

/* Valid UTF-8 goes as it came, since JSON has escapes of its own; what is none is escaped first. */
static int add_string(json_t *object, const char *key, ahoy_slice text)
{
	json_t *value = text.len ? json_stringn(text.ptr, text.len) : NULL;

	if (!text.len)
		return 0;
	if (!value) {
		size_t cap = text.len * 4 + 1;
		char *mem = malloc(cap);
		ahoy_buf b = ahoy_buf_over(mem, mem ? cap : 0);

		ahoy_buf_escaped(&b, text);
		value = json_stringn(mem ? b.ptr : "", b.len);
		free(mem);
	}
	return json_object_set_new(object, key, value);
}

static int add_number(json_t *object, const char *key, int64_t value)
{
	return json_object_set_new(object, key, json_integer(value));
}

/* With three decimals: what is behind them is noise, and makes lines long. */
static int add_real(json_t *object, const char *key, double value)
{
	double scaled = value * 1000.0;
	int64_t thousandths = (int64_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);

	return json_object_set_new(object, key, json_real((double)thousandths / 1000.0));
}

static int add_quality(json_t *o, const ahoy_phone_quality *q)
{
	int err = add_number(o, "packets", (int64_t)q->packets) | add_number(o, "lost", (int64_t)q->lost) |
		  add_number(o, "packets_sent", (int64_t)q->packets_sent);

	/* What was not heard has no quality. */
	if (q->packets)
		err |= add_real(o, "jitter_ms", q->jitter_ms) | add_real(o, "r", q->r) | add_real(o, "mos", q->mos) |
		       add_real(o, "level_dbov", q->level_dbov) | add_real(o, "above_60_s", q->above_60_s) |
		       add_real(o, "burst_percent", q->burst_percent) | add_real(o, "gap_percent", q->gap_percent) |
		       add_number(o, "burst_ms", q->burst_ms) | add_number(o, "gap_ms", q->gap_ms);
	if (q->has_remote)
		err |= add_number(o, "remote_lost", q->remote_lost) | add_real(o, "remote_jitter_ms", q->remote_jitter_ms) |
		       add_real(o, "rtt_ms", q->rtt_ms);
	if (q->remote_r > 0)
		err |= add_real(o, "remote_r", q->remote_r);
	if (q->remote_mos > 0)
		err |= add_real(o, "remote_mos", q->remote_mos);
	if (q->is_encrypted)
		err |= add_number(o, "srtp_auth_failed", (int64_t)q->auth_failed) | add_number(o, "srtp_replayed", (int64_t)q->replayed);
	if (q->has_device)
		err |= add_number(o, "device_underruns", (int64_t)q->device_underruns) |
		       add_number(o, "device_overruns", (int64_t)q->device_overruns);
	return err;
}

static int add_expectation(json_t *o, const ahoy_expect_result *r)
{
	int err = add_string(o, "expect", ahoy_slice_of(ahoy_expect_name(r->kind))) |
		  json_object_set_new(o, "met", json_boolean(r->met));

	switch (r->kind) {
	case AHOY_EXPECT_AUDIO:
		return err | add_real(o, "wanted_s", r->wanted) | add_real(o, "heard_s", r->heard_s);
	case AHOY_EXPECT_TONE:
		err |= add_real(o, "wanted_hz", r->wanted) | add_real(o, "heard_s", r->heard_s);
		if (r->heard_s > 0)
			err |= add_real(o, "heard_hz", r->heard_hz) | add_real(o, "level_dbov", r->level_dbov);
		return err;
	case AHOY_EXPECT_DTMF:
		return err | add_string(o, "wanted_digits", ahoy_slice_of(r->wanted_digits)) |
		       json_object_set_new(o, "digits", json_string(r->digits));
	case AHOY_EXPECT_MOS:
		err |= add_real(o, "wanted_mos", r->wanted);
		return r->mos > 0 ? err | add_real(o, "mos", r->mos) : err;
	case AHOY_EXPECT_KINDS:
		break;
	}
	return err;
}

static int add_device(json_t *o, const ahoy_sound_device_news *d)
{
	return add_string(o, "end", ahoy_slice_of(end_name(d->end))) | add_string(o, "device", ahoy_slice_of(d->spec)) |
	       add_string(o, "state", ahoy_slice_of(d->state)) | add_string(o, "reason", ahoy_slice_of(d->reason));
}

static int add_levels(json_t *o, const ahoy_sound_meter levels[2])
{
	return add_real(o, "microphone_dbov", levels[AHOY_DEVICE_CAPTURE].mean_dbov) |
	       add_real(o, "microphone_peak_dbov", levels[AHOY_DEVICE_CAPTURE].peak_dbov) |
	       add_real(o, "speaker_dbov", levels[AHOY_DEVICE_PLAYBACK].mean_dbov) |
	       add_real(o, "speaker_peak_dbov", levels[AHOY_DEVICE_PLAYBACK].peak_dbov);
}

static int add_all(json_t *o, const ahoy_phone_event *e, uint64_t utc_ms)
{
	char when[AHOY_CLOCK_TEXT];
	int err;

	ahoy_clock_text(utc_ms, when);
	err = add_string(o, "event", ahoy_slice_of(ahoy_phone_event_name(e->kind))) |
	      add_string(o, "time", ahoy_slice_of(when)) | add_string(o, "call", e->call);
	if (e->code)
		err |= add_number(o, "code", e->code);
	err |= add_string(o, "reason", e->reason);
	if (e->digit)
		err |= add_string(o, "digit", (ahoy_slice){&e->digit, 1});
	if (e->duration_ms)
		err |= add_number(o, "duration_ms", e->duration_ms);
	if (e->direction)
		err |= add_string(o, "direction", ahoy_slice_of(e->direction));
	err |= add_string(o, "account", e->account) |
	       add_string(o, "from", e->from) | add_string(o, "to", e->to) | add_string(o, "text", e->text) |
	       add_string(o, "codec", e->codec) | add_string(o, "srtp", ahoy_slice_of(e->srtp)) |
	       add_string(o, "remote", e->remote) | add_string(o, "allow", e->allow) |
	       add_string(o, "product", e->product);
	err |= add_string(o, "method", e->method) | add_string(o, "message", e->message);
	if (e->number)
		err |= add_number(o, "number", e->number);
	if (e->has_elapsed)
		err |= add_real(o, "elapsed_ms", e->elapsed_ms);
	if (e->ended_by)
		err |= add_string(o, "ended_by", ahoy_slice_of(e->ended_by));
	if (e->has_expires)
		err |= add_number(o, "expires_s", e->expires_s);
	if (e->quality)
		err |= add_quality(o, e->quality);
	if (e->device)
		err |= add_device(o, e->device);
	if (e->levels)
		err |= add_levels(o, e->levels);
	if (e->expectation)
		err |= add_expectation(o, e->expectation);
	return err;
}

int ahoy_phone_event_json(ahoy_buf *b, const ahoy_phone_event *event, uint64_t utc_ms)
{
	json_t *object = json_object();
	char *text = NULL;

	/* ASCII alone, so that no control character above it reaches a terminal. */
	if (object && !add_all(object, event, utc_ms))
		text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));
	json_decref(object);
	if (!text)
		return AHOY_ENOMEM;
	ahoy_buf_str(b, text);
	free(text);
	return b->full ? AHOY_EFULL : 0;
}

static void print(FILE *out, const ahoy_buf *b)
{
	fwrite(b->ptr, 1, b->len, out);
	fputc('\n', out);
	fflush(out);
}

void ahoy_phone_tell(bool json, const ahoy_phone_event *event)
{
	bool is_error = event->kind == AHOY_PHONE_ERROR;
	char *mem = malloc(LINE_BYTES);
	ahoy_buf b = ahoy_buf_over(mem, mem ? LINE_BYTES : 0);

	if (!mem)
		return;
	if (json && !ahoy_phone_event_json(&b, event, ahoy_clock_utc_ms()))
		print(stdout, &b);
	if (!json || is_error) {
		b = ahoy_buf_over(mem, LINE_BYTES);
		ahoy_phone_event_human(&b, event);
		print(is_error ? stderr : stdout, &b);
	}
	free(mem);
}
