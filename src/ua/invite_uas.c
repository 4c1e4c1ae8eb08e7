/* The callee's side of a call (RFC 3261 13.3): taking an INVITE, answering it, CANCEL, ACK. */
#include "ua/internal.h"

/* The user part of our Contact is the one that was called, so that the peer's later requests name it. */
static int make_dialog(ahoy_ua *ua, ua_call *call, const ahoy_msg *invite, const ahoy_flow *flow)
{
	char tag[AHOY_TOKEN + 24];
	int err;

	ahoy_ua_call_tag(ua, call, tag);
	err = ahoy_dialog_init_uas(ua->env, &call->dialog, invite, flow, ahoy_slice_of(tag));
	if (!err)
		err = ahoy_ua_dup(ua, invite->uri.user, &call->contact_user);
	return err;
}

/* With state: an INVITE that passed the digest may not be judged twice, its nc would be a replay. */
static void refuse_dialog(ahoy_ua *ua, ahoy_time now, const ahoy_msg *invite, const ahoy_flow *flow, int err)
{
	ahoy_slice why = err == AHOY_EMISSING ? AHOY_S("Contact is missing") : err == AHOY_ENOMEM ? (ahoy_slice){0}
												  : AHOY_S("Contact cannot be used");
	ahoy_tx_id tx;

	if (!ahoy_stack_serve(ua->stack, now, invite, flow, (ahoy_slice){0}, 0, &tx))
		(void)ahoy_ua_respond(ua, now, tx, err == AHOY_ENOMEM ? 503 : 400, why, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
}

int ahoy_ua_accept(ahoy_ua *ua, ahoy_time now, const ahoy_msg *invite, const ahoy_flow *flow, uint64_t user, ahoy_call_id *out)
{
	ua_call *call;
	int err;

	*out = 0;
	if (now > ua->now)
		ua->now = now;
	call = ahoy_ua_call_new(ua, user, &err);
	if (!call) {
		(void)ahoy_ua_reply(ua, now, invite, flow, 503, (ahoy_slice){0}, AHOY_S("Retry-After: 10\r\n"));
		return err;
	}
	err = make_dialog(ua, call, invite, flow);
	if (err) {
		refuse_dialog(ua, now, invite, flow, err);
		ahoy_ua_call_end(ua, call);
		return err == AHOY_ENOMEM ? err : AHOY_ESYNTAX;
	}
	call->sips = invite->uri.kind == AHOY_URI_SIPS || ahoy_ua_is_sips(call->dialog.remote_target);
	err = ahoy_stack_serve(ua->stack, now, invite, flow, call->dialog.local_tag, call->id, &call->invite_tx);
	if (err) {
		ahoy_ua_call_end(ua, call);
		return err;
	}
	ahoy_ua_early_note(call, invite);
	ahoy_ua_prack_hear(ua, call, invite);
	ahoy_ua_session_hear(ua, call, invite);
	*out = call->id;
	return 0;
}

/* The call, where it is one that we have not answered finally. */
static ua_call *unanswered(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, int *err)
{
	ua_call *call = ahoy_ua_call_of(ua, id);

	if (now > ua->now)
		ua->now = now;
	*err = !call ? AHOY_ESTALE : (call->is_caller || call->state == AHOY_CALL_ANSWERED ? AHOY_ESTATE : 0);
	return *err ? NULL : call;
}

static int progress(ahoy_ua *ua, ua_call *call, bool reliable, int status, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	if (status <= 100 || status > 199)
		return AHOY_EINVAL;
	if (call->reliable.final.status) /* it is answered already, as far as the owner knows */
		return AHOY_ESTATE;
	call->state = AHOY_CALL_RINGING;
	/* RFC 3261 13.2.1: the first reliable message has the offer, where the INVITE had none. */
	if (reliable && call->early.offer == UA_NO_OFFER && !body.len) {
		if (call->reliable.required)
			return 0;
		reliable = false;
	}
	if (reliable)
		return ahoy_ua_prack_send(ua, call, status, headers, type, body);
	return ahoy_ua_call_respond(ua, call, call->invite_tx, status, (ahoy_slice){0}, headers, type, body);
}

int ahoy_call_progress(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, int status, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	int err;
	ua_call *call = unanswered(ua, now, id, &err);

	return call ? progress(ua, call, call->reliable.required, status, headers, type, body) : err;
}

int ahoy_call_progress_reliably(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, int status, ahoy_slice headers, ahoy_slice type,
				ahoy_slice body)
{
	int err;
	ua_call *call = unanswered(ua, now, id, &err);

	return call ? progress(ua, call, call->reliable.supported, status, headers, type, body) : err;
}

int ahoy_ua_answer_now(ahoy_ua *ua, ua_call *call, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	int err = ahoy_ua_call_respond(ua, call, call->invite_tx, 200, (ahoy_slice){0}, headers, type, body);

	if (err)
		return err;
	call->state = AHOY_CALL_ANSWERED;
	call->acked_tx = call->invite_tx;
	call->invite_tx = 0;
	ahoy_timer_stop(&ua->timers, &call->reliable.timer);
	return 0;
}

int ahoy_call_answer(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	int err;
	ua_call *call = unanswered(ua, now, id, &err);

	if (!call || ahoy_ua_prack_holds(ua, call, headers, type, body, &err))
		return err;
	return ahoy_ua_answer_now(ua, call, headers, type, body);
}

int ahoy_call_refuse(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, int status, ahoy_slice reason, ahoy_slice headers)
{
	int err;
	ua_call *call = unanswered(ua, now, id, &err);

	if (!call)
		return err;
	if (status < 300 || status > 699)
		return AHOY_EINVAL;
	err = ahoy_ua_call_respond(ua, call, call->invite_tx, status, reason, headers, (ahoy_slice){0}, (ahoy_slice){0});
	ahoy_ua_call_end(ua, call);
	return err;
}

void ahoy_ua_invite_cancelled(ahoy_ua *ua, const ahoy_stack_event *event)
{
	ua_call *call = ahoy_ua_call_of(ua, event->user);

	/* A re-INVITE is left to its own answer: the dialog goes on either way. */
	if (!call || call->invite_tx != event->tx || call->is_caller)
		return;
	(void)ahoy_ua_call_respond(ua, call, call->invite_tx, 487, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
	ahoy_ua_raise_call(ua, AHOY_UA_CANCELLED, call, event);
	ahoy_ua_call_end(ua, call);
}

/* The BYE that waited for the ACK. */
static void leave(ahoy_ua *ua, ua_call *call)
{
	ahoy_ua_send_bye(ua, call, call->bye_headers);
	ahoy_ua_call_end(ua, call);
}

void ahoy_ua_invite_acked(ahoy_ua *ua, const ahoy_stack_event *event)
{
	ua_call *call = ahoy_ua_call_live(ua, event->user);

	if (!call || call->acked_tx != event->tx)
		return;
	call->acked_tx = 0;
	call->confirmed = true;
	if (call->leaving)
		leave(ua, call);
	else
		ahoy_ua_raise_call(ua, AHOY_UA_ACKED, call, event);
}

/* 13.3.1.4: without an ACK the session is ended with BYE. */
void ahoy_ua_invite_unacked(ahoy_ua *ua, const ahoy_stack_event *event)
{
	ua_call *call = ahoy_ua_call_live(ua, event->user);

	if (!call || call->acked_tx != event->tx)
		return;
	if (call->leaving) {
		leave(ua, call);
		return;
	}
	ahoy_ua_send_bye(ua, call, AHOY_S("Reason: SIP;cause=408;text=\"no ACK\"\r\n"));
	ahoy_ua_raise_call(ua, AHOY_UA_ENDED, call, NULL)->err = AHOY_ETIMEOUT;
	ahoy_ua_call_end(ua, call);
}
