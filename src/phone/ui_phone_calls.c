#include "os/clock.h"
#include "phone/requests.h"
#include "phone/ui_phone.h"

/* ---- beginnings ---- */

/* One speaks at a time. */
static void hold_others(ahoy_ui_phone *p, ahoy_time now, unsigned place)
{
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++)
		if (i != place && p->calls[i].session && p->calls[i].session->answered)
			ahoy_call_session_set_hold(p->calls[i].session, now, true);
}

/* A session in this place; NULL where there is none to be had, which was told. */
static ahoy_call_session *open_call(ahoy_ui_phone *p, unsigned place, const ahoy_flow *flow, bool is_caller, unsigned account)
{
	ahoy_ui_phone_call *call = &p->calls[place];
	char text[512];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);

	*call = (ahoy_ui_phone_call){.began_utc_ms = ahoy_clock_utc_ms()};
	if (ahoy_call_files_open(p->options, &call->files, &why)) {
		ahoy_ui_phone_say(p, ahoy_buf_slice(&why), NULL);
		return NULL;
	}
	if (ahoy_call_files_number(&call->files, p->options, ++p->made) ||
	    ahoy_call_session_new(p->phone, flow, &call->files, is_caller, &call->session)) {
		ahoy_call_files_close(&call->files);
		return NULL;
	}
	call->session->identity = &p->accounts[account].identity;
	call->session->by_hand = true;
	return call->session;
}

static void close_call(ahoy_ui_phone *p, unsigned place)
{
	ahoy_call_session_del(p->calls[place].session);
	p->calls[place].session = NULL;
	ahoy_call_files_close(&p->calls[place].files);
	ahoy_ui_call_remove(&p->model, place);
}

static ahoy_ui_call *add(ahoy_ui_phone *p, ahoy_time now, unsigned account, bool is_caller, ahoy_slice peer, unsigned *place)
{
	ahoy_ui_call *shown = ahoy_ui_call_add(&p->model, place);

	if (!shown)
		return NULL;
	shown->account = account;
	shown->is_caller = is_caller;
	shown->began_at = now;
	ahoy_ui_safe(peer, shown->peer, sizeof shown->peer);
	return shown;
}

void ahoy_ui_phone_dial(ahoy_ui_phone *p, ahoy_time now, const char *target)
{
	const ahoy_ui_phone_account *account = &p->accounts[p->model.account];
	char uri[AHOY_PHONE_URI], text[AHOY_PHONE_URI + 256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_call_session *session;
	unsigned place;
	int err;

	ahoy_buf_fmt(&why, "%s ", target);
	if (ahoy_target_parse(target, account->identity.account, uri, &why)) {
		ahoy_ui_phone_say(p, ahoy_buf_slice(&why), NULL);
		return;
	}
	if (p->leaving || !add(p, now, p->model.account, true, ahoy_slice_of(uri), &place)) {
		ahoy_ui_phone_say(p, AHOY_S("there are as many calls as can be: hang one up"), NULL);
		return;
	}
	session = open_call(p, place, account->has_flow ? &account->flow : &p->phone->first, true, p->model.account);
	if (!session) {
		ahoy_ui_call_remove(&p->model, place);
		return;
	}
	p->model.selected = place;
	hold_others(p, now, place);
	ahoy_call_session_talk(session);
	err = ahoy_call_session_dial(session, now, uri);
	if (!err)
		return;
	ahoy_ui_phone_say(p, ahoy_slice_of(ahoy_err_text(err)), NULL);
	close_call(p, place);
}

/* The account that is called: by the Request-URI, which is the Contact that we registered, or by To. */
static unsigned account_of(const ahoy_ui_phone *p, const ahoy_msg *invite)
{
	unsigned found = 0;
	bool by_user = false;

	for (unsigned i = 0; i < p->model.account_count; i++) {
		const ahoy_account *account = p->accounts[i].identity.account;

		if (ahoy_slice_eq(invite->to.uri.text, ahoy_slice_of(account->aor)))
			return i;
		if (!by_user && ahoy_slice_eq(invite->uri.user, ahoy_slice_of(account->user))) {
			found = i;
			by_user = true;
		}
	}
	return found;
}

void ahoy_ui_phone_take(ahoy_ui_phone *p, ahoy_time now, const ahoy_ua_event *event)
{
	unsigned account = account_of(p, event->msg), place;
	ahoy_call_session *session;
	ahoy_ui_call *shown;

	if (p->leaving || !(shown = add(p, now, account, false, event->msg->from.uri.text, &place))) {
		ahoy_phone_refuse_call(p->phone, now, event, p->leaving ? 480 : 486);
		return;
	}
	shown->state = AHOY_UI_INCOMING;
	session = open_call(p, place, event->flow, false, account);
	if (!session) {
		ahoy_ui_call_remove(&p->model, place);
		ahoy_phone_refuse_call(p->phone, now, event, 500);
		return;
	}
	ahoy_call_session_take(session, now, event);
	if (!session->over)
		ahoy_call_session_ring(session, now);
}

/* ---- who speaks ---- */

void ahoy_ui_phone_answer(ahoy_ui_phone *p, ahoy_time now, unsigned place)
{
	ahoy_call_session *session = p->calls[place].session;

	if (!session || session->over || session->answered)
		return;
	hold_others(p, now, place);
	ahoy_call_session_talk(session);
	ahoy_call_session_answer(session, now);
}

void ahoy_ui_phone_resume(ahoy_ui_phone *p, ahoy_time now, unsigned place)
{
	hold_others(p, now, place);
	ahoy_call_session_talk(p->calls[place].session);
	ahoy_call_session_set_hold(p->calls[place].session, now, false);
}

/* ---- states into the model ---- */

static ahoy_ui_call_state state_of(const ahoy_call_session *s)
{
	if (s->hangup_wanted)
		return AHOY_UI_ENDING;
	if (s->answered)
		return AHOY_UI_UP;
	if (!s->is_caller)
		return AHOY_UI_INCOMING;
	return s->rang || s->early ? AHOY_UI_RINGING : AHOY_UI_CALLING;
}

static void show_call(ahoy_ui_phone *p, unsigned place)
{
	const ahoy_call_session *s = p->calls[place].session;
	ahoy_ui_call *shown = &p->model.calls[place];
	bool holding = ahoy_call_session_holding(s);
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	shown->state = state_of(s);
	shown->answered_at = s->answered_at;
	shown->held = s->held;
	shown->holding = s->hold_wanted || holding;
	shown->muted = s->muted;
	(void)!ahoy_slice_cstr(ahoy_slice_of(ahoy_call_session_codec(s)), shown->codec, sizeof shown->codec);
	if (holding == p->calls[place].told_holding)
		return;
	p->calls[place].told_holding = holding;
	ahoy_buf_fmt(&b, "call %u is %s", shown->number, holding ? "on hold" : "taken back");
	ahoy_ui_phone_say(p, ahoy_buf_slice(&b), NULL);
}

static void keep_record(ahoy_ui_phone *p, ahoy_time now, unsigned place)
{
	const ahoy_call_session *s = p->calls[place].session;
	const ahoy_ui_call *shown = &p->model.calls[place];
	char text[AHOY_UI_LOG_TEXT], stamp[9];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	const ahoy_ui_record record = {
		.began_utc_ms = p->calls[place].began_utc_ms,
		.is_caller = s->is_caller,
		.answered = s->answered,
		.account = p->model.accounts[shown->account].aor,
		.peer = shown->peer,
		.duration_s = s->answered_at && now > s->answered_at ? (now - s->answered_at) / AHOY_SECONDS(1) : 0,
		.code = p->calls[place].end_code,
		.reason = p->calls[place].end_reason,
		.codec = shown->codec,
		.packets = s->quality.packets,
		.lost = s->quality.lost,
		.mos = s->quality.mos,
	};

	ahoy_ui_put_record(&b, &record);
	ahoy_ui_phone_stamp(stamp);
	ahoy_ui_log_add(&p->model.past, stamp, ahoy_buf_slice(&b));
	if (ahoy_ui_store_add_call(&p->store, &record))
		ahoy_ui_phone_say(p, AHOY_S("the call could not be written to calls.log"), NULL);
}

void ahoy_ui_phone_settle_calls(ahoy_ui_phone *p, ahoy_time now)
{
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++) {
		if (!p->calls[i].session)
			continue;
		if (!p->calls[i].session->over) {
			show_call(p, i);
			continue;
		}
		keep_record(p, now, i);
		close_call(p, i);
		p->changed = true;
	}
}

void ahoy_ui_phone_measure(ahoy_ui_phone *p)
{
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++) {
		const ahoy_call_session *s = p->calls[i].session;
		ahoy_ui_call *shown = &p->model.calls[i];
		ahoy_audio_stats stats;

		if (!s || !ahoy_sound_stats(s->sound, &stats))
			continue;
		shown->has_quality = true;
		shown->packets = stats.packets;
		shown->lost = stats.lost;
		shown->jitter_ms = stats.jitter_ms;
		shown->mos = stats.mos;
		shown->rtt_ms = stats.has_remote ? stats.rtt_ms : 0;
		ahoy_sound_levels(s->sound, &shown->heard_dbov, &shown->said_dbov);
	}
}
