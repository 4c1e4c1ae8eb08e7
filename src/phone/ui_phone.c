#include "phone/ui_phone.h"

#include "phone/requests.h"

/* Hanging up and unregistering are awaited that long; then we leave all the same. */
#define LEAVE_WITHIN AHOY_SECONDS(3)

void ahoy_ui_phone_begin(ahoy_ui_phone *p, ahoy_time now)
{
	for (size_t i = 0; i < p->model.account_count; i++) {
		ahoy_ui_phone_account *account = &p->accounts[i];

		account->registration.patient = true;
		if (!p->options->expires_s) {
			p->model.accounts[i].state = AHOY_UI_DIRECT;
			continue;
		}
		ahoy_registration_begin(&account->registration, p->phone, &account->identity, now, false);
	}
}

/* ---- registrations ---- */

static void on_registration(ahoy_ui_phone *p, ahoy_time now, size_t i, const ahoy_ua_event *event)
{
	ahoy_ui_phone_account *account = &p->accounts[i];
	ahoy_ui_account *shown = &p->model.accounts[i];
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (event->kind == AHOY_UA_REGISTERED) {
		shown->state = AHOY_UI_REGISTERED;
		shown->expires_at = now + AHOY_SECONDS(event->seconds);
		account->has_flow = event->flow != NULL;
		if (event->flow)
			account->flow = *event->flow;
		return;
	}
	if (event->kind != AHOY_UA_REGISTER_FAILED)
		return;
	shown->state = account->registration.state == AHOY_REGISTRATION_OVER ? AHOY_UI_REFUSED : AHOY_UI_RETRYING;
	if (!event->msg)
		ahoy_buf_str(&b, event->status == 408 ? "no answer" : "cannot be reached");
	else
		ahoy_buf_fmt(&b, "%d %.*s", event->status, AHOY_P(ahoy_slice_first(event->reason, 80)));
	ahoy_ui_safe(ahoy_buf_slice(&b), shown->reason, sizeof shown->reason);
}

static bool is_registration(ahoy_ui_phone *p, ahoy_time now, const ahoy_ua_event *event)
{
	for (size_t i = 0; i < p->model.account_count; i++) {
		if (!ahoy_registration_event(&p->accounts[i].registration, event))
			continue;
		on_registration(p, now, i, event);
		return true;
	}
	return false;
}

/* ---- the end ---- */

static bool all_unregistered(ahoy_ui_phone *p, ahoy_time now)
{
	bool all = true;

	for (size_t i = 0; i < p->model.account_count; i++) {
		ahoy_registration *r = &p->accounts[i].registration;

		ahoy_registration_end(r, now);
		p->model.accounts[i].state = AHOY_UI_UNREGISTERING;
		all = all && r->state == AHOY_REGISTRATION_OVER;
	}
	return all;
}

static void settle(ahoy_ui_phone *p, ahoy_time now)
{
	p->changed = true;
	ahoy_ui_phone_settle_calls(p, now);
	if (!p->leaving || p->left || ahoy_ui_calls(&p->model) || !all_unregistered(p, now))
		return;
	p->left = true;
	p->leave_at = AHOY_NEVER;
	ahoy_phone_finish(p->phone, &(ahoy_outcome){.status = 0});
}

void ahoy_ui_phone_leave(ahoy_ui_phone *p, ahoy_time now)
{
	for (size_t i = 0; !p->leaving && i < p->model.account_count; i++)
		p->was_registered = p->was_registered || p->model.accounts[i].state == AHOY_UI_REGISTERED;
	if (!p->leaving)
		p->leave_at = now + LEAVE_WITHIN;
	p->leaving = true;
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++)
		if (p->calls[i].session)
			ahoy_call_session_hangup(p->calls[i].session, now);
	settle(p, now);
}

static void leave_now(ahoy_ui_phone *p, ahoy_time now)
{
	p->leave_at = AHOY_NEVER;
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++)
		if (p->calls[i].session)
			ahoy_call_session_abandon(p->calls[i].session, now);
	ahoy_ui_phone_settle_calls(p, now);
	p->left = true;
	if (p->was_registered)
		ahoy_phone_error(p->phone, (ahoy_slice){0}, 0, AHOY_S("no answer to our leaving"));
	ahoy_phone_finish_now(p->phone, &(ahoy_outcome){.err = p->was_registered ? AHOY_ETIMEOUT : 0});
}

void ahoy_ui_phone_fini(ahoy_ui_phone *p)
{
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++) {
		ahoy_call_session_del(p->calls[i].session);
		p->calls[i].session = NULL;
		ahoy_call_files_close(&p->calls[i].files);
	}
}

/* ---- what happens ---- */

static void on_request(ahoy_ui_phone *p, ahoy_time now, const ahoy_ua_event *event)
{
	if (!ahoy_phone_serve(p->phone, now, event, true))
		ahoy_ui_phone_take(p, now, event);
}

void ahoy_ui_phone_event(ahoy_ui_phone *p, ahoy_time now, const ahoy_ua_event *event)
{
	if (event->kind == AHOY_UA_REQUEST) {
		on_request(p, now, event);
	} else if (event->kind == AHOY_UA_RESPONSE) {
		ahoy_ui_phone_text_answered(p, event);
	} else if (!is_registration(p, now, event)) {
		for (unsigned i = 0; i < AHOY_UI_CALLS; i++)
			if (p->calls[i].session && event->call == p->calls[i].session->call)
				ahoy_call_session_event(p->calls[i].session, now, event);
	}
	settle(p, now);
}

ahoy_time ahoy_ui_phone_deadline(const ahoy_ui_phone *p)
{
	ahoy_time at = p->leave_at;

	for (unsigned i = 0; i < AHOY_UI_CALLS; i++) {
		ahoy_time one = p->calls[i].session ? ahoy_call_session_deadline(p->calls[i].session) : AHOY_NEVER;

		at = one < at ? one : at;
	}
	return at;
}

void ahoy_ui_phone_due(ahoy_ui_phone *p, ahoy_time now)
{
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++)
		if (p->calls[i].session)
			ahoy_call_session_due(p->calls[i].session, now);
	if (now >= p->leave_at)
		leave_now(p, now);
	ahoy_ui_phone_settle_calls(p, now);
}

void ahoy_ui_phone_draw_ladder(ahoy_ui_phone *p)
{
	const ahoy_call_session *session = p->calls[p->model.selected].session;
	ahoy_buf b = ahoy_buf_over(p->model.ladder, sizeof p->model.ladder);

	if (session)
		ahoy_phone_ladder(p->phone, ahoy_slice_of(session->call_id), &b);
	(void)ahoy_buf_cstr(&b);
}

/* ---- what a person asked for ---- */

static void send_keys(ahoy_ui_phone *p, ahoy_time now, unsigned place, ahoy_slice keys)
{
	ahoy_ui_call *shown = &p->model.calls[place];
	size_t len = strlen(shown->keys);
	int err = ahoy_call_session_send_keys(p->calls[place].session, now, keys);

	if (err) {
		ahoy_ui_phone_say(p, ahoy_slice_of(ahoy_err_text(err)), NULL);
		return;
	}
	for (size_t i = 0; i < keys.len; i++) {
		if (len + 1 == sizeof shown->keys) {
			memmove(shown->keys, shown->keys + 1, len);
			len--;
		}
		shown->keys[len++] = keys.ptr[i];
		shown->keys[len] = '\0';
	}
}

static void say_muted(ahoy_ui_phone *p, unsigned place)
{
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_buf_fmt(&b, "call %u is %s", p->model.calls[place].number,
		     p->calls[place].session->muted ? "muted" : "not muted any more");
	ahoy_ui_phone_say(p, ahoy_buf_slice(&b), NULL);
}

static void do_to_call(ahoy_ui_phone *p, ahoy_time now, const ahoy_ui_action *a)
{
	ahoy_call_session *session = p->calls[a->call].session;

	switch (a->kind) {
	case AHOY_UI_DO_HANGUP:
		if (!session->is_caller && !session->answered)
			ahoy_call_session_refuse(session, now, 486);
		else
			ahoy_call_session_hangup(session, now);
		break;
	case AHOY_UI_DO_HOLD:
		ahoy_call_session_set_hold(session, now, true);
		break;
	case AHOY_UI_DO_RESUME:
		ahoy_ui_phone_resume(p, now, a->call);
		break;
	case AHOY_UI_DO_MUTE:
		ahoy_call_session_set_mute(session, !session->muted);
		say_muted(p, a->call);
		break;
	case AHOY_UI_DO_KEYS:
		send_keys(p, now, a->call, ahoy_slice_of(a->text));
		break;
	default:
		break;
	}
}

void ahoy_ui_phone_do(ahoy_ui_phone *p, ahoy_time now, const ahoy_ui_action *a)
{
	switch (a->kind) {
	case AHOY_UI_DO_NOTHING:
	case AHOY_UI_DO_REDRAW:
		break;
	case AHOY_UI_DO_DIAL:
		if (ahoy_ui_store_save_history(&p->store, &p->model.history))
			ahoy_ui_phone_say(p, AHOY_S("the numbers dialled could not be kept"), NULL);
		ahoy_ui_phone_dial(p, now, a->text);
		break;
	case AHOY_UI_DO_MESSAGE:
		ahoy_ui_phone_send_text(p, now, a->target, a->text);
		break;
	case AHOY_UI_DO_QUIT:
		ahoy_ui_phone_leave(p, now);
		break;
	case AHOY_UI_DO_ANSWER:
		ahoy_ui_phone_answer(p, now, a->call);
		break;
	case AHOY_UI_DO_HANGUP:
	case AHOY_UI_DO_HOLD:
	case AHOY_UI_DO_RESUME:
	case AHOY_UI_DO_MUTE:
	case AHOY_UI_DO_KEYS:
		if (p->calls[a->call].session)
			do_to_call(p, now, a);
		break;
	}
	settle(p, now);
}
