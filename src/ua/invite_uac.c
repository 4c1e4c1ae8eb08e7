/* The caller's side of a call (RFC 3261 13.2): INVITE, its answers, ACK. */
#include "ua/internal.h"

static int make_dialog(ahoy_ua *ua, ua_call *call, const ahoy_invite *invite)
{
	char minted[AHOY_TOKEN], tag[AHOY_TOKEN + 24];
	ahoy_slice call_id = invite->call_id;
	int err;

	ahoy_ua_call_tag(ua, call, tag);
	if (!call_id.len) {
		ahoy_stack_mint(ua->stack, minted);
		call_id = ahoy_slice_of(minted);
	}
	err = ahoy_dialog_init_uac(ua->env, &call->dialog, call_id, invite->from, invite->to, ahoy_slice_of(tag));
	if (!err)
		err = ahoy_ua_dup(ua, invite->contact_user, &call->contact_user);
	call->sips = ahoy_ua_is_sips(invite->uri);
	if (!err)
		err = ahoy_ua_auth_new(ua, &invite->credentials, &call->auth);
	return err;
}

static int send_invite(ahoy_ua *ua, ua_call *call, const ahoy_invite *invite)
{
	char head_text[4096], rest_text[8192];
	ahoy_buf head = ahoy_buf_over(head_text, sizeof head_text), rest = ahoy_buf_over(rest_text, sizeof rest_text);
	ua_send_spec spec = {
		.purpose = UA_SEND_INVITE,
		.call = call->id,
		.method = AHOY_INVITE,
		.uri = invite->uri,
		.type = invite->type,
		.body = invite->body,
		.contact_user = call->contact_user.len ? call->contact_user : AHOY_S("ahoy"),
		.cseq = ++call->dialog.local_cseq,
		.flow = invite->flow,
		.also = invite->also,
		.route = invite->route,
	};

	ahoy_write_number(&head, AHOY_H_MAX_FORWARDS,
			  invite->max_forwards < 0 || invite->max_forwards > 255 ? 70 : (uint64_t)invite->max_forwards);
	ahoy_dialog_write(&call->dialog, &head);
	ahoy_write_header(&rest, AHOY_H_ALLOW, ua->config.allow);
	ahoy_ua_write_supported(ua, call, &rest);
	ahoy_write_header(&rest, AHOY_H_USER_AGENT, ua->config.product);
	ahoy_buf_put(&rest, invite->headers);
	if (head.full || rest.full)
		return AHOY_ETOOBIG;
	spec.head = ahoy_buf_slice(&head);
	spec.rest = ahoy_buf_slice(&rest);
	return ahoy_ua_send(ua, &spec, &call->invite);
}

int ahoy_ua_invite(ahoy_ua *ua, ahoy_time now, const ahoy_invite *invite, ahoy_call_id *out)
{
	ua_call *call;
	int err;

	*out = 0;
	if (now > ua->now)
		ua->now = now;
	call = ahoy_ua_call_new(ua, invite->user, &err);
	if (!call)
		return err;
	call->is_caller = true;
	call->not_reliable = invite->not_reliable;
	call->offered = invite->body.len > 0;
	call->early.offer = call->offered ? UA_OFFER_SENT : UA_NO_OFFER;
	err = make_dialog(ua, call, invite);
	if (!err)
		err = send_invite(ua, call, invite);
	if (err) {
		ahoy_ua_call_end(ua, call);
		return err;
	}
	*out = call->id;
	return 0;
}

void ahoy_ua_invite_progress(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event)
{
	ahoy_ua_event *raised;
	bool reliable;

	/* Without memory for the early dialog the call goes on: the 2xx will tell it all again. */
	if (!ahoy_ua_early_select(ua, call, event->msg->to.tag))
		(void)!ahoy_dialog_learn(ua->env, &call->dialog, event->msg, event->flow);
	ahoy_ua_early_note(call, event->msg);
	if (!ahoy_ua_prack_heard(ua, call, event->msg, &reliable) || call->hangup_wanted)
		return;
	ahoy_ua_early_describe(ua, call, event->msg);
	call->state = AHOY_CALL_RINGING;
	raised = ahoy_ua_raise_call(ua, AHOY_UA_PROGRESS, call, event);
	raised->description = call->early.description;
	raised->reliable = reliable;
	raised->prack_due = reliable && call->early.prack_cseq;
}

void ahoy_ua_invite_refused(ahoy_ua *ua, ua_call *call, const ua_outcome *outcome)
{
	ahoy_ua_event *event = ahoy_ua_raise_call(ua, AHOY_UA_REFUSED, call, outcome->event);

	event->status = outcome->status;
	if (!event->reason.len)
		event->reason = ahoy_reason_phrase(outcome->status);
	event->auth_failed = outcome->auth_failed;
	if (outcome->event)
		event->err = outcome->event->err;
	ahoy_ua_call_end(ua, call);
}

void ahoy_ua_invite_answered(ahoy_ua *ua, ua_call *call, ua_sending *sending, const ahoy_stack_event *event)
{
	ua_outcome outcome = {.status = 487};
	int err;

	call->invite = 0;
	if (call->hangup_wanted) { /* it crossed our CANCEL (9.1, 15) */
		ahoy_ua_ack_and_bye(ua, call, event);
		ahoy_ua_invite_refused(ua, call, &outcome);
		return;
	}
	err = ahoy_ua_early_select(ua, call, event->msg->to.tag);
	if (!err)
		err = ahoy_dialog_learn(ua->env, &call->dialog, event->msg, event->flow);
	if (err || !call->dialog.remote_target.len) {
		ahoy_ua_ack_and_bye(ua, call, event);
		outcome.status = err == AHOY_ENOMEM ? 500 : 502;
		ahoy_ua_invite_refused(ua, call, &outcome);
		return;
	}
	call->state = AHOY_CALL_ANSWERED;
	/* RFC 3262 5: what was offered and answered before needs no answer in the ACK. */
	call->ack_due = sending->body.len == 0 && call->early.offer != UA_SETTLED;
	ahoy_ua_early_note(call, event->msg);
	ahoy_ua_early_describe(ua, call, event->msg);
	ahoy_ua_early_end(ua, call);
	ahoy_ua_session_learn(ua, call, event->msg);
	if (!call->ack_due)
		(void)ahoy_ua_send_ack(ua, call, (ahoy_slice){0}, (ahoy_slice){0});
	ahoy_ua_raise_call(ua, AHOY_UA_ANSWERED, call, event)->description = call->early.description;
}

int ahoy_ua_send_ack(ahoy_ua *ua, ua_call *call, ahoy_slice type, ahoy_slice body)
{
	ahoy_buf b = ua_text(ua);
	ahoy_flow flow = ahoy_ua_call_flow(ua, call);
	ahoy_request ack = {.method = AHOY_ACK, .uri = ahoy_dialog_request_uri(&call->dialog), .type = type, .body = body};

	ahoy_write_number(&b, AHOY_H_MAX_FORWARDS, 70);
	ahoy_dialog_write(&call->dialog, &b);
	ahoy_write_fmt(&b, AHOY_H_CSEQ, "%u ACK", call->invite_cseq); /* 13.2.2.4 */
	ahoy_write_header(&b, AHOY_H_USER_AGENT, ua->config.product);
	if (b.full)
		return AHOY_ETOOBIG;
	ack.headers = ahoy_buf_slice(&b);
	call->ack_due = false;
	return ahoy_stack_ack(ua->stack, ua->now, call->invite_tx, call->dialog.remote_tag, &ack, &flow);
}

int ahoy_call_ack(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, ahoy_slice type, ahoy_slice body)
{
	ua_call *call = ahoy_ua_call_of(ua, id);

	if (now > ua->now)
		ua->now = now;
	if (!call)
		return AHOY_ESTALE;
	if (!call->ack_due)
		return AHOY_ESTATE;
	return ahoy_ua_send_ack(ua, call, type, body);
}

/* The lines that the ACK and the BYE to an unwanted 2xx share. */
static void write_from_response(ahoy_ua *ua, ahoy_buf *b, const ahoy_msg *msg, uint32_t cseq, ahoy_method method)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice value, routes[AHOY_MAX_ROUTES];
	unsigned count = 0;

	ahoy_write_number(b, AHOY_H_MAX_FORWARDS, 70);
	while (count < AHOY_MAX_ROUTES && ahoy_msg_next_value(msg, AHOY_H_RECORD_ROUTE, &cursor, &value))
		routes[count++] = value;
	while (count)
		ahoy_write_header(b, AHOY_H_ROUTE, routes[--count]);
	ahoy_write_header(b, AHOY_H_FROM, msg->from.text);
	ahoy_write_header(b, AHOY_H_TO, msg->to.text);
	ahoy_write_header(b, AHOY_H_CALL_ID, msg->call_id);
	ahoy_write_fmt(b, AHOY_H_CSEQ, "%u %.*s", cseq, AHOY_P(ahoy_method_name(method)));
	ahoy_write_header(b, AHOY_H_USER_AGENT, ua->config.product);
}

/* Of a call that is gone nobody knows how many PRACKs and UPDATEs its early dialogs saw: fewer than these. */
#define UNKNOWN_CSEQS 1000u

void ahoy_ua_ack_and_bye(ahoy_ua *ua, const ua_call *call, const ahoy_stack_event *event)
{
	ahoy_buf b = ua_text(ua);
	ahoy_request request = {.method = AHOY_ACK};
	ahoy_name_addr contact;
	ahoy_tx_id tx;

	if (ahoy_msg_name_addr(event->msg, AHOY_H_CONTACT, &contact) || contact.star)
		contact.uri = event->msg->to.uri;
	request.uri = ahoy_uri_target(&contact.uri);
	write_from_response(ua, &b, event->msg, event->msg->cseq, AHOY_ACK);
	request.headers = ahoy_buf_slice(&b);
	if (b.full || ahoy_stack_ack(ua->stack, ua->now, event->tx, event->msg->to.tag, &request, event->flow))
		return;
	b.len = 0;
	write_from_response(ua, &b, event->msg, call ? call->dialog.local_cseq + 1 : event->msg->cseq + UNKNOWN_CSEQS, AHOY_BYE);
	request.method = AHOY_BYE;
	request.headers = ahoy_buf_slice(&b);
	if (!b.full)
		(void)!ahoy_stack_request(ua->stack, ua->now, &request, event->flow, &tx);
}
