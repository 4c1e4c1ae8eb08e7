/* Changing a call that stands: re-INVITE in both directions (RFC 3261 14), and glare. UPDATE is in update.c. */
#include "ua/internal.h"

int ahoy_call_reinvite(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	ua_call *call = ahoy_ua_call_of(ua, id);
	int err;

	if (now > ua->now)
		ua->now = now;
	if (!call)
		return AHOY_ESTALE;
	/* 14.1: one at a time, in either direction; the peer's INVITE is through when its ACK has come. */
	if (call->state != AHOY_CALL_ANSWERED || call->update || call->invite || call->ack_due || call->reinvite_tx || call->acked_tx ||
	    ahoy_timer_is_armed(&call->glare))
		return AHOY_ESTATE;
	err = ahoy_ua_call_send(ua, call, UA_SEND_REINVITE, AHOY_INVITE, headers, type, body, 0, &call->invite);
	return err;
}

/* 14.2: what can't be taken now is answered at once, without telling the owner. */
static int refusal_now(const ua_call *call)
{
	if (call->invite || call->ack_due || call->update)
		return 491;
	if (call->reinvite_tx)
		return 500;
	/* Before the first INVITE is through, the peer has to wait (14.2). */
	return call->state == AHOY_CALL_ANSWERED ? 0 : 491;
}

void ahoy_ua_reinvite_recv(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event)
{
	int status = refusal_now(call);
	ahoy_tx_id tx;

	if (ahoy_stack_serve(ua->stack, ua->now, event->msg, event->flow, call->dialog.local_tag, call->id, &tx))
		return;
	if (status) {
		ahoy_slice later = status == 500 ? AHOY_S("Retry-After: 5\r\n") : (ahoy_slice){0};

		(void)ahoy_ua_call_respond(ua, call, tx, status, (ahoy_slice){0}, later, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	if (ahoy_dialog_refresh(ua->env, &call->dialog, event->msg, event->flow)) {
		(void)ahoy_ua_call_respond(ua, call, tx, 400, AHOY_S("Contact cannot be used"), (ahoy_slice){0},
					   (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	ahoy_ua_early_note(call, event->msg);
	ahoy_ua_session_hear(ua, call, event->msg);
	call->reinvite_tx = tx;
	call->is_update = false;
	ahoy_ua_raise_call(ua, AHOY_UA_REINVITE, call, event)->tx = tx;
}

int ahoy_call_answer_reinvite(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, int status, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	ua_call *call = ahoy_ua_call_of(ua, id);
	int err;

	if (now > ua->now)
		ua->now = now;
	if (!call)
		return AHOY_ESTALE;
	if (!call->reinvite_tx)
		return AHOY_ESTATE;
	err = ahoy_ua_call_respond(ua, call, call->reinvite_tx, status, (ahoy_slice){0}, headers, type, body);
	if (err || status < 200)
		return err;
	ahoy_ua_early_agreed(ua, call, status);
	if (status < 300 && !call->is_update)
		call->acked_tx = call->reinvite_tx;
	call->reinvite_tx = 0;
	return 0;
}

/* 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other 0 to 2 s, in units of 10 ms, so that one of the two comes first. */
void ahoy_ua_wait_for_glare(ahoy_ua *ua, ua_call *call, ua_sending *sending)
{
	uint32_t tens = call->is_caller ? 210 + ahoy_random_u32(ua->env) % 191 : ahoy_random_u32(ua->env) % 201;

	ahoy_ua_free(ua, &call->glare_type);
	ahoy_ua_free(ua, &call->glare_body);
	call->glare_type = sending->type;
	call->glare_body = sending->body;
	sending->type = sending->body = (ahoy_slice){0};
	call->glare_update = sending->purpose == UA_SEND_OFFER;
	ahoy_timer_arm(&ua->timers, &call->glare, ua->now + AHOY_MS(10 * tens));
}

void ahoy_ua_glare_over(ahoy_ua *ua, ua_call *call)
{
	ahoy_ua_event *event;
	int status = 500;

	if (call->state != AHOY_CALL_ANSWERED && !call->glare_update)
		return;
	/* The peer came first, and its change is not through: the owner hears that it lost (14.1 lets it try again). */
	if ((call->invite && call->state == AHOY_CALL_ANSWERED) || call->reinvite_tx || call->acked_tx)
		status = 491;
	else if (call->glare_update && !ahoy_ua_call_send(ua, call, UA_SEND_OFFER, AHOY_UPDATE, (ahoy_slice){0}, call->glare_type,
							  call->glare_body, 0, &call->update))
		return;
	else if (!call->glare_update && !ahoy_ua_call_send(ua, call, UA_SEND_REINVITE, AHOY_INVITE, (ahoy_slice){0}, call->glare_type,
							   call->glare_body, 0, &call->invite))
		return;
	event = ahoy_ua_raise_call(ua, AHOY_UA_REINVITED, call, NULL);
	event->status = status;
	event->reason = ahoy_reason_phrase(status);
}

void ahoy_ua_dialog_gone(ahoy_ua *ua, ua_call *call, int status)
{
	if (status != 481) /* 481: the peer has no such dialog to end */
		ahoy_ua_send_bye(ua, call, (ahoy_slice){0});
	ahoy_ua_raise_call(ua, AHOY_UA_ENDED, call, NULL)->err = status == 481 ? AHOY_ESTALE : AHOY_ETIMEOUT;
	ahoy_ua_call_end(ua, call);
}

void ahoy_ua_reinvite_done(ahoy_ua *ua, ua_call *call, ua_sending *sending, const ua_outcome *outcome)
{
	ahoy_ua_event *event;

	call->invite = 0;
	if (outcome->status == 491) {
		ahoy_ua_wait_for_glare(ua, call, sending);
		return;
	}
	if (outcome->status < 300) {
		call->ack_due = sending->body.len == 0;
		(void)!ahoy_dialog_refresh(ua->env, &call->dialog, outcome->event->msg, outcome->event->flow);
		ahoy_ua_early_note(call, outcome->event->msg);
		ahoy_ua_session_learn(ua, call, outcome->event->msg);
		if (!call->ack_due)
			(void)ahoy_ua_send_ack(ua, call, (ahoy_slice){0}, (ahoy_slice){0});
	}
	event = ahoy_ua_raise_call(ua, AHOY_UA_REINVITED, call, outcome->event);
	event->status = outcome->status;
	if (!event->reason.len)
		event->reason = ahoy_reason_phrase(outcome->status);
	/* 12.2.1.2: the dialog is gone for the peer. */
	if (outcome->status == 408 || outcome->status == 481)
		ahoy_ua_dialog_gone(ua, call, outcome->status);
}
