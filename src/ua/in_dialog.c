/* Requests inside a dialog (RFC 3261 12.2.2, 15.1.2; RFC 6086 INFO), in both directions. */
#include "ua/internal.h"

static void reply(ahoy_ua *ua, const ahoy_stack_event *event, int status, ahoy_slice reason)
{
	(void)ahoy_ua_reply(ua, ua->now, event->msg, event->flow, status, reason, (ahoy_slice){0});
}

static void recv_bye(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event)
{
	bool early = call->state != AHOY_CALL_ANSWERED;
	ahoy_tx_id tx;

	if (ahoy_stack_serve(ua->stack, ua->now, event->msg, event->flow, call->dialog.local_tag, call->id, &tx))
		return;
	(void)ahoy_ua_call_respond(ua, call, tx, 200, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
	if (early && !call->is_caller) { /* 15.1.2: the INVITE that stands open gets 487 */
		(void)ahoy_ua_call_respond(ua, call, call->invite_tx, 487, (ahoy_slice){0}, (ahoy_slice){0},
					   (ahoy_slice){0}, (ahoy_slice){0});
		ahoy_ua_raise_call(ua, AHOY_UA_CANCELLED, call, event);
		ahoy_ua_call_end(ua, call);
		return;
	}
	if (early) /* an early dialog of a fork ends; the INVITE goes on (15) */
		return;
	if (call->ack_due)
		(void)ahoy_ua_send_ack(ua, call, (ahoy_slice){0}, (ahoy_slice){0});
	if (!call->leaving)
		ahoy_ua_raise_call(ua, AHOY_UA_ENDED, call, event);
	ahoy_ua_call_end(ua, call);
}

static void recv_other(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event)
{
	ahoy_tx_id tx;

	if (ahoy_stack_serve(ua->stack, ua->now, event->msg, event->flow, call->dialog.local_tag, call->id, &tx))
		return;
	if (event->msg->method == AHOY_OPTIONS) {
		(void)ahoy_ua_call_respond(ua, call, tx, 200, (ahoy_slice){0}, AHOY_S("Accept: application/sdp\r\n"),
					   (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	ahoy_ua_raise_call(ua, AHOY_UA_IN_DIALOG, call, event)->tx = tx;
}

/* With state, because the CSeq is used up: a repeated request must find its answer again. True where it was refused. */
static bool refuse_unsupported(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event)
{
	char text[1024];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	int status = ahoy_ua_unsupported(ua, event->msg, &headers);
	ahoy_tx_id tx;

	if (status && !ahoy_stack_serve(ua->stack, ua->now, event->msg, event->flow, call->dialog.local_tag, call->id, &tx))
		(void)ahoy_ua_call_respond(ua, call, tx, status, (ahoy_slice){0}, ahoy_buf_slice(&headers),
					   (ahoy_slice){0}, (ahoy_slice){0});
	return status != 0;
}

/* 12.2.2. With state, so that a repeated request still gets this answer when the call is over. */
static void refuse_late(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event)
{
	ahoy_tx_id tx;

	if (!ahoy_stack_serve(ua->stack, ua->now, event->msg, event->flow, call->dialog.local_tag, call->id, &tx))
		(void)ahoy_ua_call_respond(ua, call, tx, 500, AHOY_S("CSeq is not above the last one"), (ahoy_slice){0},
					   (ahoy_slice){0}, (ahoy_slice){0});
}

void ahoy_ua_recv_in_dialog(ahoy_ua *ua, const ahoy_stack_event *event)
{
	ua_call *call = ahoy_ua_call_by_request(ua, event->msg);

	/* 12.2.2. A call that was hung up and waits to send its BYE is there for the peer's BYE alone. */
	if (!call || (call->leaving && event->msg->method != AHOY_BYE)) {
		reply(ua, event, 481, (ahoy_slice){0});
		return;
	}
	/* A PRACK that was lost, and overtaken by an UPDATE, is taken: with a 500 to it the call could never be answered. */
	if (!ahoy_dialog_accept_cseq(&call->dialog, event->msg->cseq) &&
	    !(event->msg->method == AHOY_PRACK && ahoy_ua_prack_matches(call, event->msg))) {
		refuse_late(ua, call, event);
		return;
	}
	if (event->msg->method == AHOY_BYE)
		recv_bye(ua, call, event);
	else if (refuse_unsupported(ua, call, event))
		return;
	else if (event->msg->method == AHOY_INVITE)
		ahoy_ua_reinvite_recv(ua, call, event);
	else if (event->msg->method == AHOY_UPDATE)
		ahoy_ua_update_recv(ua, call, event);
	else if (event->msg->method == AHOY_PRACK)
		ahoy_ua_prack_recv(ua, call, event);
	else
		recv_other(ua, call, event);
}

int ahoy_call_request(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, ahoy_method method, ahoy_slice headers, ahoy_slice type, ahoy_slice body,
		      uint64_t user)
{
	ua_call *call = ahoy_ua_call_of(ua, id);
	ahoy_id sending;

	if (now > ua->now)
		ua->now = now;
	if (!call)
		return AHOY_ESTALE;
	if (method == AHOY_INVITE || method == AHOY_UPDATE || method == AHOY_BYE || method == AHOY_ACK || method == AHOY_CANCEL ||
	    method == AHOY_PRACK || method == AHOY_METHOD_OTHER)
		return AHOY_EINVAL;
	return ahoy_ua_call_send(ua, call, UA_SEND_IN_DIALOG, method, headers, type, body, user, &sending);
}

void ahoy_ua_in_dialog_done(ahoy_ua *ua, ua_call *call, const ua_sending *sending, const ua_outcome *outcome)
{
	ahoy_ua_event *event = ahoy_ua_raise_call(ua, AHOY_UA_IN_DIALOG_ANSWER, call, outcome->event);

	event->user = sending->user;
	event->status = outcome->status;
	if (!event->reason.len)
		event->reason = ahoy_reason_phrase(outcome->status);
	/* 12.2.1.2: 481 says that the peer has lost the dialog; 408 is left to the media time-out and the next re-INVITE. From a
	 * caller that has not ACKed our 2xx yet it says no more than that the 2xx was lost so far. */
	if (outcome->status == 481 && call->state == AHOY_CALL_ANSWERED && (call->is_caller || call->confirmed))
		ahoy_ua_dialog_gone(ua, call, 481);
}

int ahoy_call_respond(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, ahoy_tx_id tx, int status, ahoy_slice headers,
		      ahoy_slice type, ahoy_slice body)
{
	ua_call *call = ahoy_ua_call_of(ua, id);
	ahoy_response response = {.status = status, .headers = headers, .type = type, .body = body};

	if (now > ua->now)
		ua->now = now;
	if (!call)
		return ahoy_stack_respond(ua->stack, now, tx, &response);
	return ahoy_ua_call_respond(ua, call, tx, status, (ahoy_slice){0}, headers, type, body);
}
