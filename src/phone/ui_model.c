#include "phone/ui_model.h"

void ahoy_ui_init(ahoy_ui_model *m)
{
	memset(m, 0, sizeof *m);
}

void ahoy_ui_safe(ahoy_slice text, char *out, size_t cap)
{
	ahoy_buf b = ahoy_buf_over(out, cap);

	if (ahoy_slice_istarts(text, AHOY_S("sip:")))
		text = ahoy_slice_from(text, 4);
	/* Each byte may become four; what does not fit is dropped by whole characters. */
	ahoy_buf_escaped(&b, ahoy_slice_first(text, cap));
	(void)ahoy_buf_cstr(&b);
	/* A character of several bytes that the end cut in two: gone. */
	while (b.len && b.len + 1 >= cap && ((unsigned char)out[b.len - 1] & 0x80))
		out[--b.len] = '\0';
}

ahoy_ui_call *ahoy_ui_call_add(ahoy_ui_model *m, unsigned *place)
{
	bool none = !ahoy_ui_selected(m);

	for (unsigned i = 0; i < AHOY_UI_CALLS; i++) {
		if (m->calls[i].state != AHOY_UI_FREE)
			continue;
		m->calls[i] = (ahoy_ui_call){.state = AHOY_UI_CALLING, .number = i + 1};
		if (none)
			m->selected = i;
		*place = i;
		return &m->calls[i];
	}
	return NULL;
}

void ahoy_ui_call_remove(ahoy_ui_model *m, unsigned place)
{
	m->calls[place].state = AHOY_UI_FREE;
	if (m->selected != place)
		return;
	/* One that speaks before one that waits. */
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++)
		if (m->calls[i].state != AHOY_UI_FREE &&
		    (m->calls[m->selected].state == AHOY_UI_FREE || (m->calls[i].state == AHOY_UI_UP && !m->calls[i].holding)))
			m->selected = i;
}

const ahoy_ui_call *ahoy_ui_selected(const ahoy_ui_model *m)
{
	const ahoy_ui_call *call = &m->calls[m->selected];

	return call->state == AHOY_UI_FREE ? NULL : call;
}

const ahoy_ui_call *ahoy_ui_incoming(const ahoy_ui_model *m, unsigned *place)
{
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++) {
		*place = (m->selected + i) % AHOY_UI_CALLS;
		if (m->calls[*place].state == AHOY_UI_INCOMING)
			return &m->calls[*place];
	}
	return NULL;
}

size_t ahoy_ui_calls(const ahoy_ui_model *m)
{
	size_t count = 0;

	for (size_t i = 0; i < AHOY_UI_CALLS; i++)
		count += m->calls[i].state != AHOY_UI_FREE;
	return count;
}

/* ---- lines that are kept ---- */

void ahoy_ui_log_add(ahoy_ui_log *log, const char *stamp, ahoy_slice text)
{
	ahoy_ui_log_line *line;

	if (log->count == AHOY_UI_LOG)
		log->first = (log->first + 1) % AHOY_UI_LOG;
	else
		log->count++;
	line = &log->lines[(log->first + log->count - 1) % AHOY_UI_LOG];
	(void)!ahoy_slice_cstr(ahoy_slice_first(ahoy_slice_of(stamp), sizeof line->stamp - 1), line->stamp, sizeof line->stamp);
	(void)!ahoy_slice_cstr(ahoy_slice_first(text, sizeof line->text - 1), line->text, sizeof line->text);
}

const ahoy_ui_log_line *ahoy_ui_log_at(const ahoy_ui_log *log, size_t index)
{
	return index < log->count ? &log->lines[(log->first + index) % AHOY_UI_LOG] : NULL;
}

void ahoy_ui_notice(ahoy_ui_model *m, ahoy_slice text)
{
	(void)!ahoy_slice_cstr(ahoy_slice_first(text, sizeof m->notice - 1), m->notice, sizeof m->notice);
}

/* ---- lines that are shown ---- */

void ahoy_ui_put_account(ahoy_buf *b, const ahoy_ui_account *a, ahoy_time now)
{
	ahoy_buf_fmt(b, "%s  ", a->aor);
	switch (a->state) {
	case AHOY_UI_REGISTERING:
		ahoy_buf_str(b, "registering");
		break;
	case AHOY_UI_REGISTERED:
		ahoy_buf_fmt(b, "registered, %llu s left",
			     (unsigned long long)(a->expires_at > now ? (a->expires_at - now) / AHOY_SECONDS(1) : 0));
		break;
	case AHOY_UI_RETRYING:
		ahoy_buf_fmt(b, "not registered, trying again: %s", a->reason);
		break;
	case AHOY_UI_REFUSED:
		ahoy_buf_fmt(b, "not registered: %s", a->reason);
		break;
	case AHOY_UI_UNREGISTERING:
		ahoy_buf_str(b, "unregistering");
		break;
	case AHOY_UI_DIRECT:
		ahoy_buf_str(b, "does not register");
		break;
	}
}

static void put_time(ahoy_buf *b, ahoy_time from, ahoy_time now)
{
	unsigned long long s = now > from ? (now - from) / AHOY_SECONDS(1) : 0;

	if (s >= 3600)
		ahoy_buf_fmt(b, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
	else
		ahoy_buf_fmt(b, "%02llu:%02llu", s / 60, s % 60);
}

static const char *state_of(const ahoy_ui_call *c)
{
	switch (c->state) {
	case AHOY_UI_FREE:
		break;
	case AHOY_UI_CALLING:
		return "calling";
	case AHOY_UI_RINGING:
		return "ringing";
	case AHOY_UI_INCOMING:
		return "incoming";
	case AHOY_UI_ENDING:
		return "ending";
	case AHOY_UI_UP:
		return c->holding ? (c->held ? "on hold, both ways" : "on hold") : (c->held ? "held by them" : "talking");
	}
	return "";
}

void ahoy_ui_put_call(ahoy_buf *b, const ahoy_ui_call *c, ahoy_time now)
{
	ahoy_buf_fmt(b, "%u %s %s  %s ", c->number, c->is_caller ? "to" : "from", c->peer, state_of(c));
	put_time(b, c->answered_at ? c->answered_at : c->began_at, now);
	if (c->codec[0])
		ahoy_buf_fmt(b, "  %s", c->codec);
	if (c->muted)
		ahoy_buf_str(b, "  muted");
}

void ahoy_ui_put_quality(ahoy_buf *b, const ahoy_ui_call *c)
{
	uint64_t all = c->packets + c->lost;

	if (!c->has_quality || !c->packets) {
		ahoy_buf_str(b, "no sound yet");
		return;
	}
	ahoy_buf_fmt(b, "%llu packets, loss %.1f %%, jitter %.1f ms, MOS %.1f", (unsigned long long)c->packets,
		     100.0 * (double)c->lost / (double)all, c->jitter_ms, c->mos);
	if (c->rtt_ms > 0)
		ahoy_buf_fmt(b, ", round trip %.0f ms", c->rtt_ms);
}
