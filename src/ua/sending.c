/* One request of ours: resolved, sent, sent again with credentials or to the next target, until its outcome is told to its owner. */
#include "ua/internal.h"

/* Each proxy on the way may have a Min-SE of its own (RFC 4028 8.1); more than these are no path but a game. */
#define MAX_RAISES 4u

void ahoy_ua_sending_free(ahoy_ua *ua, ua_sending *sending)
{
	ahoy_ua_free(ua, &sending->uri);
	ahoy_ua_free(ua, &sending->head);
	ahoy_ua_free(ua, &sending->rest);
	ahoy_ua_free(ua, &sending->type);
	ahoy_ua_free(ua, &sending->body);
	ahoy_ua_free(ua, &sending->contact_user);
	ahoy_ua_free(ua, &sending->contact_params);
	ahoy_free(ua->env, sending->more);
	ahoy_ua_auth_del(ua, sending->own_auth);
	ahoy_slots_remove(&ua->sendings, sending->id);
}

void ahoy_ua_sending_end(ahoy_ua *ua, ua_sending *sending)
{
	if (sending->dead)
		return;
	sending->dead = true;
	sending->next_dead = ua->dead_sendings;
	ua->dead_sendings = sending;
}

ua_auth *ahoy_ua_sending_auth(ahoy_ua *ua, const ua_sending *sending)
{
	ua_call *call = ahoy_ua_call_of(ua, sending->call);
	ua_registration *registration = ahoy_slots_get(&ua->registrations, sending->registration);

	if (sending->own_auth)
		return sending->own_auth;
	return call ? call->auth : (registration ? registration->auth : NULL);
}

/* RFC 3261 18.1.1: what may not fit the path's MTU goes by a transport with congestion control. */
#define DATAGRAM_MOST 1300u

/* True where the request now has another flow, and is to be written anew. */
static bool prefer_stream(ahoy_ua *ua, ua_sending *sending, const ahoy_request *request)
{
	if (!ua->config.streams || !sending->more_count || sending->large || sending->flow.transport != AHOY_UDP ||
	    ahoy_stack_request_bytes(ua->stack, request, &sending->flow) <= DATAGRAM_MOST)
		return false;
	sending->large = sending->has_also = true;
	sending->also = sending->flow;
	sending->flow.transport = AHOY_TCP;
	sending->flow.id = 0;
	return true;
}

static int transmit(ahoy_ua *ua, ua_sending *sending)
{
	ahoy_buf b = ua_text(ua);
	ahoy_request request = {
		.method = sending->method,
		.uri = sending->uri,
		.type = sending->type,
		.body = sending->body,
		.user = sending->id,
	};
	ua_call *call = ahoy_ua_call_of(ua, sending->call);
	ua_auth *auth = ahoy_ua_sending_auth(ua, sending);
	int err;

	ahoy_buf_put(&b, sending->head);
	ahoy_write_fmt(&b, AHOY_H_CSEQ, "%u %.*s", sending->cseq, AHOY_P(ahoy_method_name(sending->method)));
	if (sending->contact_user.len) {
		ahoy_buf_str(&b, "Contact: ");
		ahoy_ua_put_contact(ua, &b, sending->contact_user, &sending->flow, call ? call->sips : ahoy_ua_is_sips(sending->uri));
		ahoy_buf_put(&b, sending->contact_params);
		ahoy_buf_str(&b, "\r\n");
	}
	if (auth)
		ahoy_ua_auth_write(ua, auth, &b, ahoy_method_name(sending->method), sending->uri, sending->body);
	/* An UPDATE in an early dialog has nothing to keep alive. */
	if (call && (sending->method == AHOY_INVITE || (sending->method == AHOY_UPDATE && call->state == AHOY_CALL_ANSWERED)))
		ahoy_ua_session_ask(ua, call, &b);
	ahoy_buf_put(&b, sending->rest);
	if (b.full)
		return AHOY_ETOOBIG;
	request.headers = ahoy_buf_slice(&b);
	if (prefer_stream(ua, sending, &request))
		return transmit(ua, sending);
	err = ahoy_stack_request(ua->stack, ua->now, &request, &sending->flow, &sending->tx);
	if (!err && call && (sending->purpose == UA_SEND_INVITE || sending->purpose == UA_SEND_REINVITE)) {
		call->invite_tx = sending->tx;
		call->invite_cseq = sending->cseq;
	}
	return err;
}

static void ask_target(ahoy_ua *ua, const ua_sending *sending, ahoy_slice route)
{
	ahoy_ua_event *event = ahoy_ua_raise(ua, AHOY_UA_RESOLVE);

	event->resolve = sending->id;
	if (ahoy_uri_parse(route.len ? route : sending->uri, &event->target))
		event->target = (ahoy_uri){0};
}

/* A Contact or what a person typed may have headers, a Request-URI may not (19.1.5). */
static ahoy_slice target_of(ahoy_slice text)
{
	ahoy_uri uri;

	return ahoy_uri_parse(text, &uri) ? text : ahoy_uri_target(&uri);
}

int ahoy_ua_send(ahoy_ua *ua, const ua_send_spec *spec, ahoy_id *out)
{
	ahoy_id id;
	ua_sending *sending = ahoy_slots_add(&ua->sendings, &id, NULL);
	int err;

	*out = 0;
	if (!sending)
		return AHOY_ENOMEM;
	sending->id = id;
	sending->purpose = spec->purpose;
	sending->call = spec->call;
	sending->registration = spec->registration;
	sending->user = spec->user;
	sending->method = spec->method;
	sending->cseq = spec->cseq;
	if (ahoy_ua_dup(ua, target_of(spec->uri), &sending->uri) || ahoy_ua_dup(ua, spec->head, &sending->head) ||
	    ahoy_ua_dup(ua, spec->rest, &sending->rest) || ahoy_ua_dup(ua, spec->type, &sending->type) ||
	    ahoy_ua_dup(ua, spec->body, &sending->body) ||
	    ahoy_ua_dup(ua, spec->contact_user, &sending->contact_user) ||
	    ahoy_ua_dup(ua, spec->contact_params, &sending->contact_params)) {
		ahoy_ua_sending_end(ua, sending);
		return AHOY_ENOMEM;
	}
	sending->own_auth = spec->own_auth;
	if (spec->also) {
		sending->also = *spec->also;
		sending->has_also = true;
	}
	if (spec->flow) {
		sending->flow = *spec->flow;
		sending->has_flow = true;
		err = transmit(ua, sending);
		if (err) {
			sending->own_auth = NULL;
			ahoy_ua_sending_end(ua, sending);
			return err;
		}
	} else {
		ask_target(ua, sending, spec->route);
	}
	*out = id;
	return 0;
}

/* ---- outcomes ---- */

static void tell_single(ahoy_ua *ua, const ua_sending *sending, const ua_outcome *outcome)
{
	ahoy_ua_event *event = ahoy_ua_raise(ua, AHOY_UA_RESPONSE);

	event->user = sending->user;
	event->status = outcome->status;
	event->reason = ahoy_reason_phrase(outcome->status);
	event->auth_failed = outcome->auth_failed;
	if (outcome->event) {
		event->msg = outcome->event->msg;
		event->flow = outcome->event->flow;
		event->err = outcome->event->err;
		if (event->msg)
			event->reason = event->msg->reason;
	}
}

/* A registration stays with the target that answers; where none did, the name is asked for anew next time (RFC 3263 4.3). */
static void note_target(ua_registration *registration, const ua_sending *sending, const ua_outcome *outcome)
{
	bool answered = outcome->event && outcome->event->msg;

	registration->flow = sending->flow;
	registration->has_flow = answered || !registration->by_name;
}

static void conclude(ahoy_ua *ua, ua_sending *sending, const ua_outcome *outcome)
{
	ua_call *call = ahoy_ua_call_of(ua, sending->call);
	ua_registration *registration;

	ahoy_ua_sending_end(ua, sending);
	switch (sending->purpose) {
	case UA_SEND_INVITE:
		if (call && outcome->status < 300)
			ahoy_ua_invite_answered(ua, call, sending, outcome->event);
		else if (call)
			ahoy_ua_invite_refused(ua, call, outcome);
		break;
	case UA_SEND_REINVITE:
		if (call)
			ahoy_ua_reinvite_done(ua, call, sending, outcome);
		break;
	case UA_SEND_IN_DIALOG:
		if (call)
			ahoy_ua_in_dialog_done(ua, call, sending, outcome);
		break;
	case UA_SEND_UPDATE:
		if (call)
			ahoy_ua_session_refreshed(ua, call, outcome);
		break;
	case UA_SEND_OFFER:
		if (call)
			ahoy_ua_update_done(ua, call, sending, outcome);
		break;
	case UA_SEND_PRACK: /* where it failed the peer, which still waits for it, refuses the INVITE (RFC 3262 3) */
		if (call)
			call->pracks--;
		break;
	case UA_SEND_BYE: /* whatever the answer: the call has been over since it was sent (15.1.1) */
		break;
	case UA_SEND_REGISTER:
		registration = ahoy_slots_get(&ua->registrations, sending->registration);
		if (registration && !registration->dead) {
			note_target(registration, sending, outcome);
			ahoy_ua_register_done(ua, registration, outcome);
		}
		break;
	case UA_SEND_SINGLE:
		tell_single(ua, sending, outcome);
		break;
	}
}

/* 4.3, and RFC 3261 21.5.4: a target that failed, or wants to be left alone, is tried last for a while by all requests. */
static void blacklist(ahoy_ua *ua, const ua_sending *sending, const ahoy_msg *response)
{
	uint32_t retry_after_s = 0;

	if (!sending->more_count)
		return;
	if (response && ahoy_msg_seconds(response, AHOY_H_RETRY_AFTER, &retry_after_s))
		retry_after_s = 0;
	ahoy_blacklist_add(&ua->blacklist, ua->now, &sending->flow, retry_after_s);
}

/* The next target of several (RFC 3263 4.3). */
static bool try_next(ahoy_ua *ua, ua_sending *sending)
{
	while (sending->more_next < sending->more_count) {
		sending->flow = sending->more[sending->more_next++];
		sending->challenges = 0;
		sending->large = sending->has_also = false;
		if (!transmit(ua, sending))
			return true;
	}
	return false;
}

/* The other way to the same peer. A connection that could not be used is no answer, so the CSeq stays. */
static bool try_also(ahoy_ua *ua, ua_sending *sending)
{
	if (!sending->has_also)
		return false;
	sending->has_also = false;
	sending->flow = sending->also;
	return transmit(ua, sending) == 0;
}

/* The next number in the dialog or registration, for a repeated request (22.2: CSeq rises). */
static void raise_cseq(ahoy_ua *ua, ua_sending *sending)
{
	ua_call *call = ahoy_ua_call_of(ua, sending->call);
	ua_registration *registration = ahoy_slots_get(&ua->registrations, sending->registration);

	if (call)
		sending->cseq = ++call->dialog.local_cseq;
	else if (registration)
		sending->cseq = ++registration->cseq;
	else
		sending->cseq++;
}

/* True where the request went out again with credentials. A second challenge counts only when it says that the nonce
 * was stale; a third never. */
static bool retry_with_credentials(ahoy_ua *ua, ua_sending *sending, const ahoy_msg *response, ua_outcome *outcome)
{
	ua_call *call = ahoy_ua_call_of(ua, sending->call);
	ua_auth *auth = ahoy_ua_sending_auth(ua, sending);
	bool stale = false;

	outcome->auth_failed = true;
	if (!auth || (call && call->hangup_wanted && sending->purpose == UA_SEND_INVITE))
		return false;
	if (!ahoy_ua_auth_learn(ua, auth, response, &stale))
		return false;
	sending->challenges++;
	if (sending->challenges > 2 || (sending->challenges == 2 && !stale))
		return false;
	raise_cseq(ua, sending);
	if (transmit(ua, sending))
		return false;
	outcome->auth_failed = false;
	return true;
}

/* RFC 4028 7.3: a 422 names the interval that the peer takes; true where the request went out again with it. */
static bool retry_with_longer_session(ahoy_ua *ua, ua_sending *sending, const ahoy_msg *response)
{
	ua_call *call = ahoy_ua_call_of(ua, sending->call);

	if (!call || call->hangup_wanted || sending->raises == MAX_RAISES || !ahoy_ua_session_raise(ua, call, response))
		return false;
	sending->raises++;
	raise_cseq(ua, sending);
	return !transmit(ua, sending);
}

/* 13.2.2.4: every 2xx gets its ACK. One that repeats what a call of ours was answered with gets that call's ACK once
 * more, or waits with it for the answer to the peer's offer; one from another fork, or that nobody waits for any
 * more, is ACKed and sent BYE. */
static void recv_stray_2xx(ahoy_ua *ua, const ahoy_stack_event *event)
{
	ua_call *call = ahoy_ua_call_by_tag(ua, event->msg->from.tag, event->msg->call_id);

	if (!call || call->invite_tx != event->tx || !ahoy_slice_eq(call->dialog.remote_tag, event->msg->to.tag))
		ahoy_ua_ack_and_bye(ua, call, event);
	else if (!call->ack_due)
		(void)ahoy_ua_send_ack(ua, call, (ahoy_slice){0}, (ahoy_slice){0});
}

void ahoy_ua_recv_response(ahoy_ua *ua, const ahoy_stack_event *event)
{
	ua_sending *sending = ahoy_slots_get(&ua->sendings, event->user);
	ua_call *call;
	ua_outcome outcome = {.status = event->msg->status, .event = event};

	if (!sending || sending->dead || sending->tx != event->tx) {
		if (event->msg->cseq_method == AHOY_INVITE && outcome.status >= 200 && outcome.status < 300)
			recv_stray_2xx(ua, event);
		return;
	}
	call = ahoy_ua_call_of(ua, sending->call);
	if (outcome.status < 200) {
		if (call && sending->purpose == UA_SEND_INVITE && outcome.status > 100)
			ahoy_ua_invite_progress(ua, call, event);
		return;
	}
	if ((outcome.status == 401 || outcome.status == 407) && retry_with_credentials(ua, sending, event->msg, &outcome))
		return;
	if (outcome.status == 422 && retry_with_longer_session(ua, sending, event->msg))
		return;
	/* RFC 3263 4.3: a 503 sends us to the next address. */
	if (outcome.status == 503)
		blacklist(ua, sending, event->msg);
	else if (sending->more_count)
		ahoy_blacklist_remove(&ua->blacklist, &sending->flow);
	if (outcome.status == 503 && !(call && call->hangup_wanted) && try_next(ua, sending))
		return;
	conclude(ua, sending, &outcome);
}

void ahoy_ua_recv_failed(ahoy_ua *ua, const ahoy_stack_event *event)
{
	ua_sending *sending = ahoy_slots_get(&ua->sendings, event->user);
	ua_outcome outcome = {.status = event->err == AHOY_ETIMEOUT ? 408 : 503, .event = event};
	ua_call *call;

	if (!sending || sending->dead || sending->tx != event->tx)
		return;
	call = ahoy_ua_call_of(ua, sending->call);
	blacklist(ua, sending, NULL);
	if (!(call && call->hangup_wanted) && ((event->err == AHOY_ENETWORK && try_also(ua, sending)) || try_next(ua, sending)))
		return;
	conclude(ua, sending, &outcome);
}

void ahoy_ua_resolved(ahoy_ua *ua, ahoy_time now, uint64_t resolve, const ahoy_flow *flows, size_t count)
{
	ua_sending *sending = ahoy_slots_get(&ua->sendings, resolve);
	const ahoy_stack_event not_found = {.kind = AHOY_STACK_FAILED, .err = AHOY_ENETWORK};
	ua_outcome outcome = {.status = 503, .event = &not_found};

	ahoy_ua_turn(ua, now);
	if (!sending || sending->dead || sending->has_flow)
		return;
	if (count > AHOY_MAX_TARGETS)
		count = AHOY_MAX_TARGETS;
	sending->has_flow = true;
	if (count) {
		sending->more = ahoy_resize(ua->env, NULL, count * sizeof *flows);
		if (sending->more) {
			memcpy(sending->more, flows, count * sizeof *flows);
			sending->more_count = (unsigned)count;
			ahoy_blacklist_order(&ua->blacklist, now, sending->more, count);
		}
		if (try_next(ua, sending))
			return;
	}
	conclude(ua, sending, &outcome);
}
