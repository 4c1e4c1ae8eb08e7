/* A call's life and what both its sides share: its tag, its requests and answers in the dialog, its end. */
#include "sip/nat.h"
#include "ua/internal.h"

#define TAG_ID_AT 1u
#define TAG_ID_LEN 16u

ua_call *ahoy_ua_call_new(ahoy_ua *ua, uint64_t user, int *err)
{
	ahoy_call_id id;
	bool full;
	ua_call *call = ahoy_slots_add(&ua->calls, &id, &full);

	if (!call) {
		*err = full ? AHOY_EFULL : AHOY_ENOMEM;
		return NULL;
	}
	call->id = id;
	call->user = user;
	ahoy_timer_init(&call->glare, call, UA_TIMER_GLARE);
	ahoy_timer_init(&call->session.timer, call, UA_TIMER_SESSION);
	ahoy_timer_init(&call->reliable.timer, call, UA_TIMER_PRACK);
	ua->live_calls++;
	return call;
}

ua_call *ahoy_ua_call_live(ahoy_ua *ua, ahoy_call_id id)
{
	ua_call *call = ahoy_slots_get(&ua->calls, id);

	return call && call->state != AHOY_CALL_OVER ? call : NULL;
}

ua_call *ahoy_ua_call_of(ahoy_ua *ua, ahoy_call_id id)
{
	ua_call *call = ahoy_ua_call_live(ua, id);

	return call && !call->leaving ? call : NULL;
}

void ahoy_ua_call_end(ahoy_ua *ua, ua_call *call)
{
	ua_sending *invite = ahoy_slots_get(&ua->sendings, call->invite);

	if (call->state == AHOY_CALL_OVER)
		return;
	if (invite) {
		/* An INVITE that the peer never answers finally would stay for ever: nobody cancels it any more. */
		ahoy_stack_abandon(ua->stack, ua->now, invite->tx);
		ahoy_ua_sending_end(ua, invite);
	}
	if (call->reinvite_tx) /* 15.1.2: the peer's re-INVITE is answered whatever ended the call */
		(void)ahoy_ua_call_respond(ua, call, call->reinvite_tx, 487, (ahoy_slice){0}, (ahoy_slice){0},
					   (ahoy_slice){0}, (ahoy_slice){0});
	ahoy_timer_stop(&ua->timers, &call->glare);
	ahoy_timer_stop(&ua->timers, &call->session.timer);
	ahoy_timer_stop(&ua->timers, &call->reliable.timer);
	call->state = AHOY_CALL_OVER;
	call->next_dead = ua->dead_calls;
	ua->dead_calls = call;
	ua->live_calls--;
}

void ahoy_ua_call_free(ahoy_ua *ua, ua_call *call)
{
	ahoy_ua_auth_del(ua, call->auth);
	ahoy_dialog_fini(ua->env, &call->dialog);
	ahoy_ua_early_end(ua, call);
	ahoy_ua_prack_stop(ua, call);
	ahoy_ua_free(ua, &call->early.description);
	ahoy_ua_free(ua, &call->early.offered);
	ahoy_ua_free(ua, &call->contact_user);
	ahoy_ua_free(ua, &call->bye_headers);
	ahoy_ua_free(ua, &call->glare_headers);
	ahoy_ua_free(ua, &call->glare_type);
	ahoy_ua_free(ua, &call->glare_body);
	ahoy_slots_remove(&ua->calls, call->id);
}

void ahoy_ua_call_tag(ahoy_ua *ua, const ua_call *call, char out[AHOY_TOKEN + 24])
{
	char token[AHOY_TOKEN];
	ahoy_buf b = ahoy_buf_over(out, AHOY_TOKEN + 24);

	/* The worker's digit, the call's id, then what makes it unguessable (19.3). */
	ahoy_stack_mint(ua->stack, token);
	ahoy_buf_char(&b, token[0]);
	ahoy_buf_hex_u64(&b, call->id, TAG_ID_LEN);
	ahoy_buf_str(&b, token + 1);
	(void)ahoy_buf_cstr(&b);
}

ua_call *ahoy_ua_call_by_tag(ahoy_ua *ua, ahoy_slice tag, ahoy_slice call_id)
{
	uint64_t id = 0;
	ua_call *call;

	if (tag.len < TAG_ID_AT + TAG_ID_LEN)
		return NULL;
	for (size_t i = TAG_ID_AT; i < TAG_ID_AT + TAG_ID_LEN; i++) {
		char c = tag.ptr[i];

		if (!ahoy_is_digit(c) && (c < 'a' || c > 'f'))
			return NULL;
		id = id << 4 | (uint64_t)(ahoy_is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	call = ahoy_ua_call_live(ua, id);
	return call && ahoy_slice_eq(call->dialog.local_tag, tag) && ahoy_slice_eq(call->dialog.call_id, call_id) ? call : NULL;
}

ua_call *ahoy_ua_call_by_request(ahoy_ua *ua, const ahoy_msg *req)
{
	ua_call *call = ahoy_ua_call_by_tag(ua, req->to.tag, req->call_id);

	return call && (ahoy_dialog_owns(&call->dialog, req) || ahoy_ua_early_find(call, req->from.tag)) ? call : NULL;
}

ahoy_flow ahoy_ua_call_flow(const ahoy_ua *ua, const ua_call *call)
{
	ahoy_flow flow = call->dialog.flow;
	ahoy_addr addr;
	ahoy_uri uri;

	if (ua->config.answer_to_source)
		return flow;
	/* RFC 3261 12.2.1.1. A host name in the next hop is the peer that the INVITE was resolved to, or behind it. */
	if (ahoy_uri_parse(ahoy_dialog_next_hop(&call->dialog), &uri) || ahoy_uri_addr(&uri, &addr) || addr.family != flow.peer.family)
		return flow;
	if (!addr.port)
		addr.port = 5060;
	if (ahoy_addr_eq(&flow.peer, &addr))
		return flow;
	flow.peer = addr;
	if (ahoy_transport_is_reliable(flow.transport))
		flow.id = 0;
	return flow;
}

int ahoy_ua_call_send(ahoy_ua *ua, ua_call *call, ua_purpose purpose, ahoy_method method, ahoy_slice headers,
		      ahoy_slice type, ahoy_slice body, uint64_t user, ahoy_id *id)
{
	char head_text[8192], rest_text[4096];
	ahoy_buf head = ahoy_buf_over(head_text, sizeof head_text), rest = ahoy_buf_over(rest_text, sizeof rest_text);
	ahoy_flow flow = ahoy_ua_call_flow(ua, call), also;
	ua_send_spec spec = {
		.purpose = purpose,
		.call = call->id,
		.user = user,
		.method = method,
		.uri = ahoy_dialog_request_uri(&call->dialog),
		.type = type,
		.body = body,
		.cseq = ++call->dialog.local_cseq,
		.flow = &flow,
	};
	ahoy_uri hop;

	if (!call->dialog.has_flow || !call->dialog.remote_target.len)
		return AHOY_ESTATE;
	if (!ahoy_uri_parse(ahoy_dialog_next_hop(&call->dialog), &hop) && ahoy_nat_reconnect(&hop, &flow, &also))
		spec.also = &also;
	ahoy_write_number(&head, AHOY_H_MAX_FORWARDS, 70);
	ahoy_dialog_write(&call->dialog, &head);
	if (method == AHOY_INVITE || method == AHOY_UPDATE) {
		spec.contact_user = call->contact_user;
		ahoy_write_header(&rest, AHOY_H_ALLOW, ua->config.allow);
		ahoy_ua_write_supported(ua, call, &rest);
	}
	ahoy_write_header(&rest, AHOY_H_USER_AGENT, ua->config.product);
	ahoy_buf_put(&rest, headers);
	if (head.full || rest.full)
		return AHOY_ETOOBIG;
	spec.head = ahoy_buf_slice(&head);
	spec.rest = ahoy_buf_slice(&rest);
	return ahoy_ua_send(ua, &spec, id);
}

int ahoy_ua_call_respond(ahoy_ua *ua, ua_call *call, ahoy_tx_id tx, int status, ahoy_slice reason, ahoy_slice headers,
			 ahoy_slice type, ahoy_slice body)
{
	ahoy_buf b = ua_text(ua);
	ahoy_response response = {.status = status, .reason = reason, .type = type, .body = body};
	bool to_invite = tx == call->reinvite_tx || tx == call->refresh_tx || (!call->is_caller && tx == call->invite_tx);

	/* 12.1.1: what makes or refreshes a dialog names our address; the answer to a BYE may not (20, table 2). */
	if (to_invite && status > 100 && status < 300) {
		ahoy_buf_str(&b, "Contact: ");
		ahoy_ua_put_contact(ua, &b, call->contact_user, &call->dialog.flow, call->sips);
		ahoy_buf_str(&b, "\r\n");
	}
	if (to_invite && status >= 180 && status < 300) {
		ahoy_write_header(&b, AHOY_H_ALLOW, ua->config.allow);
		if (status >= 200)
			ahoy_ua_write_supported(ua, call, &b);
		if (status >= 200 && (call->state == AHOY_CALL_ANSWERED || tx == call->invite_tx))
			ahoy_ua_session_grant(ua, call, &b);
	}
	ahoy_write_header(&b, AHOY_H_SERVER, ua->config.product);
	ahoy_buf_put(&b, headers);
	if (b.full)
		return AHOY_ETOOBIG;
	response.headers = ahoy_buf_slice(&b);
	return ahoy_stack_respond(ua->stack, ua->now, tx, &response);
}

void ahoy_ua_send_bye(ahoy_ua *ua, ua_call *call, ahoy_slice headers)
{
	ahoy_id id;

	ua_sending *sending;

	/* Where it cannot be sent, the peer's next request in the dialog gets 481 and ends it there. */
	if (ahoy_ua_call_send(ua, call, UA_SEND_BYE, AHOY_BYE, headers, (ahoy_slice){0}, (ahoy_slice){0}, 0, &id))
		return;
	/* The BYE outlives the call and may be challenged. */
	sending = ahoy_slots_get(&ua->sendings, id);
	sending->own_auth = call->auth;
	call->auth = NULL;
}

static int hangup_caller(ahoy_ua *ua, ua_call *call, ahoy_slice headers)
{
	const ua_outcome unsent = {.status = 487};
	int err;

	if (call->hangup_wanted)
		return 0;
	call->hangup_wanted = true;
	err = call->invite_tx ? ahoy_stack_cancel(ua->stack, ua->now, call->invite_tx, headers) : AHOY_ESTALE;
	if (err)
		ahoy_ua_invite_refused(ua, call, &unsent); /* it was never sent: there is nothing to wait for */
	return 0;
}

int ahoy_call_hangup(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, ahoy_slice headers)
{
	ua_call *call = ahoy_ua_call_of(ua, id);

	if (now > ua->now)
		ua->now = now;
	if (!call)
		return AHOY_ESTALE;
	if (call->state != AHOY_CALL_ANSWERED) {
		if (call->is_caller)
			return hangup_caller(ua, call, headers);
		return ahoy_call_refuse(ua, now, id, 480, (ahoy_slice){0}, headers);
	}
	/* An offerless INVITE of ours that was answered is ACKed before it is ended. */
	if (call->ack_due)
		(void)ahoy_ua_send_ack(ua, call, (ahoy_slice){0}, (ahoy_slice){0});
	if (call->reinvite_tx)
		(void)ahoy_ua_call_respond(ua, call, call->reinvite_tx, 487, (ahoy_slice){0}, (ahoy_slice){0},
					   (ahoy_slice){0}, (ahoy_slice){0});
	/* 15: the callee's BYE waits for the ACK to its 2xx. One that overtook the 2xx would end nothing, and the
	 * 2xx would begin the call anew. */
	if (!call->is_caller && !call->confirmed) {
		call->leaving = true;
		ahoy_timer_stop(&ua->timers, &call->glare);
		ahoy_timer_stop(&ua->timers, &call->session.timer);
		(void)ahoy_ua_dup(ua, headers, &call->bye_headers);
		return 0;
	}
	ahoy_ua_send_bye(ua, call, headers);
	ahoy_ua_call_end(ua, call);
	return 0;
}

int ahoy_call_set_user(ahoy_ua *ua, ahoy_call_id id, uint64_t user)
{
	ua_call *call = ahoy_ua_call_of(ua, id);

	if (!call)
		return AHOY_ESTALE;
	call->user = user;
	return 0;
}

int ahoy_call_get(const ahoy_ua *ua, ahoy_call_id id, ahoy_call_info *out)
{
	const ua_call *call = ahoy_slots_get(&ua->calls, id);

	if (!call)
		return AHOY_ESTALE;
	*out = (ahoy_call_info){
		.state = call->state,
		.is_caller = call->is_caller,
		.settled = call->state == AHOY_CALL_ANSWERED || (call->early.offer == UA_SETTLED && !call->reliable.unacked),
		.knows_100rel = call->is_caller ? call->peer_rel : call->reliable.supported,
		.wants_100rel = call->reliable.required,
		.knows_update = call->peer_updates,
		.user = call->user,
		.call_id = call->dialog.call_id,
		.local_tag = call->dialog.local_tag,
		.remote_tag = call->dialog.remote_tag,
		.local_uri = call->dialog.local,
		.remote_uri = call->dialog.remote,
		.remote_target = call->dialog.remote_target,
		.flow = call->dialog.has_flow ? &call->dialog.flow : NULL,
	};
	return 0;
}

ahoy_call_id ahoy_ua_loop(ahoy_ua *ua, const ahoy_msg *req)
{
	const ua_call *call = ahoy_ua_call_by_tag(ua, req->from.tag, req->call_id);

	return call && call->is_caller ? call->id : 0;
}

uint32_t ahoy_ua_calls(const ahoy_ua *ua)
{
	return ua->live_calls;
}
