/* UPDATE (RFC 3311): a change of the session that needs no ACK, in an early dialog too once its first offer was answered for
 * good; and one without an offer, which refreshes target and session timer. */
#include "ua/internal.h"

/* 5.1: in an early dialog the offer of the INVITE must have its answer, and that must have arrived. */
static bool may_offer(const ua_call *call)
{
	if (call->update || call->reinvite_tx || call->ack_due || call->acked_tx || ahoy_timer_is_armed(&call->glare))
		return false;
	if (call->state == AHOY_CALL_ANSWERED)
		return !call->invite;
	/* It shall not overtake a PRACK, which its higher CSeq would spoil (RFC 3261 12.2.2). */
	return !call->pracks && call->early.offer == UA_SETTLED && !call->reliable.unacked && !call->hangup_wanted;
}

int ahoy_call_update(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	ua_call *call = ahoy_ua_call_of(ua, id);

	if (now > ua->now)
		ua->now = now;
	if (!call)
		return AHOY_ESTALE;
	if (!body.len)
		return AHOY_EINVAL;
	if (!call->peer_updates || !may_offer(call))
		return AHOY_ESTATE;
	return ahoy_ua_call_send(ua, call, UA_SEND_OFFER, AHOY_UPDATE, headers, type, body, 0, &call->update);
}

void ahoy_ua_update_done(ahoy_ua *ua, ua_call *call, ua_sending *sending, const ua_outcome *outcome)
{
	ahoy_ua_event *event;

	call->update = 0;
	if (outcome->status == 491) { /* 5.1 asks for the times of RFC 3261 14.1 */
		ahoy_ua_wait_for_glare(ua, call, sending);
		return;
	}
	if (outcome->status < 300) {
		(void)!ahoy_dialog_refresh(ua->env, &call->dialog, outcome->event->msg, outcome->event->flow);
		ahoy_ua_early_note(call, outcome->event->msg);
		if (call->state != AHOY_CALL_ANSWERED)
			ahoy_ua_early_describe(ua, call, outcome->event->msg);
		else
			ahoy_ua_session_learn(ua, call, outcome->event->msg);
	}
	event = ahoy_ua_raise_call(ua, AHOY_UA_REINVITED, call, outcome->event);
	event->status = outcome->status;
	if (!event->reason.len)
		event->reason = ahoy_reason_phrase(outcome->status);
	/* RFC 3261 12.2.1.2; the INVITE of an early dialog goes on, and ends it by its own answer. */
	if ((outcome->status == 408 || outcome->status == 481) && call->state == AHOY_CALL_ANSWERED)
		ahoy_ua_dialog_gone(ua, call, outcome->status);
}

/* 5.2: an offer of ours waits for its answer: 491; one of the peer's for ours: 500 with Retry-After. */
static int refusal_now(const ua_call *call)
{
	if (call->update || call->ack_due)
		return 491;
	if (call->reinvite_tx)
		return 500;
	if (call->state == AHOY_CALL_ANSWERED)
		return call->invite ? 491 : 0;
	switch (call->early.offer) {
	case UA_NO_OFFER:
	case UA_OFFER_SENT:
		return 491;
	case UA_OFFER_RECEIVED:
		return 500;
	case UA_SETTLED:
		break;
	}
	return 0;
}

void ahoy_ua_offer_recv(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event, ahoy_tx_id tx)
{
	char text[32];
	ahoy_buf later = ahoy_buf_over(text, sizeof text);
	int status = refusal_now(call);

	if (status == 500)
		ahoy_write_number(&later, AHOY_H_RETRY_AFTER, ahoy_random_u32(ua->env) % 11);
	if (!status && ahoy_dialog_refresh(ua->env, &call->dialog, event->msg, event->flow))
		status = 400;
	if (status) {
		(void)ahoy_ua_call_respond(ua, call, tx, status, status == 400 ? AHOY_S("Contact cannot be used") : (ahoy_slice){0},
					   ahoy_buf_slice(&later), (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	if (event->msg->method == AHOY_UPDATE) {
		ahoy_ua_early_note(call, event->msg);
		ahoy_ua_session_hear(ua, call, event->msg);
	}
	ahoy_ua_early_offered(ua, call, event->msg);
	call->reinvite_tx = tx;
	call->is_update = true;
	ahoy_ua_raise_call(ua, AHOY_UA_REINVITE, call, event)->tx = tx;
}

/* 5.2. Without an offer it refreshes target and session, and is answered here. */
void ahoy_ua_update_recv(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event)
{
	ahoy_tx_id tx;
	bool bad;

	if (ahoy_stack_serve(ua->stack, ua->now, event->msg, event->flow, call->dialog.local_tag, call->id, &tx))
		return;
	if (event->msg->body.len) {
		ahoy_ua_offer_recv(ua, call, event, tx);
		return;
	}
	bad = ahoy_dialog_refresh(ua->env, &call->dialog, event->msg, event->flow) != 0;
	if (!bad) {
		ahoy_ua_early_note(call, event->msg);
		ahoy_ua_session_hear(ua, call, event->msg);
		call->refresh_tx = tx;
	}
	(void)ahoy_ua_call_respond(ua, call, tx, bad ? 400 : 200, bad ? AHOY_S("Contact cannot be used") : (ahoy_slice){0},
				   (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
	call->refresh_tx = 0;
}
