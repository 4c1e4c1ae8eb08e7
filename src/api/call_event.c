/* What the other side of a call does: answers, re-INVITEs, INFO, BYE, and the INVITE that begins it. */
#include "api/internal.h"
#include "endpoint/info_key.h"
#include "sip/write.h"

static const ahoy_slice none = {NULL, 0};

static ahoy_slice sdp_of(const ahoy_msg *msg)
{
	return msg && ahoy_msg_is_type(msg, AHOY_S("application/sdp")) ? msg->body : none;
}

/* The status that answers an offer which we cannot take, and its Warning (RFC 3261 20.43). */
static int refusal(int err, int warning, ahoy_buf *headers)
{
	if (err != AHOY_ECODEC)
		return ahoy_err_sip_status(err);
	ahoy_write_fmt(headers, AHOY_H_WARNING, "%d ahoy \"%s\"", warning,
		       warning == 304	? "no audio"
		       : warning == 399 ? "no common SRTP keys"
					: "no common codec");
	return 488;
}

/* ---- as the callee ---- */

/* With a transaction, so that a lost answer is sent again. */
static void refuse(ahoy_agent *agent, ahoy_call_id ua_id, int status, ahoy_slice headers)
{
	(void)ahoy_call_refuse(agent->ua, agent->now, ua_id, status, none, headers);
}

/* Tried now, so that what cannot become a call does not ring. 0, or the status of the refusal. */
static int try_offer(ahoy_agent *agent, api_call *call, ahoy_slice offer, ahoy_buf *headers)
{
	ahoy_slice answer;
	int warning = 0, err;

	if (!offer.len)
		return 0;
	if (ahoy_slice_dup(&agent->env, offer, &call->offer))
		return 500;
	ahoy_api_call_describe(agent, call, &agent->local, 0);
	err = ahoy_call_sdp_answer(&call->sdp, offer, &answer, &warning);
	return err ? refusal(err, warning, headers) : 0;
}

static int tell_incoming(ahoy_agent *agent, const api_call *call, const ahoy_msg *msg)
{
	ahoy_agent_event event = ahoy_api_call_about(call, AHOY_AGENT_INCOMING);

	event.from = msg->from.uri.text;
	event.to = msg->to.uri.text;
	return ahoy_api_tell(agent, &event);
}

void ahoy_api_incoming(ahoy_agent *agent, const ahoy_ua_event *from)
{
	char text[256];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	ahoy_call_id ua_id;
	api_call *call;
	int status, err = ahoy_api_call_new(agent, false, &call);

	/* Where it fails it has answered by itself. */
	if (ahoy_ua_accept(agent->ua, agent->now, from->msg, from->flow, call ? call->id : 0, &ua_id)) {
		ahoy_api_call_del(agent, call);
		return;
	}
	if (!call) {
		refuse(agent, ua_id, err == AHOY_EFULL ? 486 : 500, none);
		return;
	}
	call->ua_id = ua_id;
	call->signalling = from->flow->peer;
	ahoy_keys_learn(&call->keys, from->msg);
	status = try_offer(agent, call, sdp_of(from->msg), &headers);
	if (!status && tell_incoming(agent, call, from->msg))
		status = 500;
	if (!status)
		return;
	refuse(agent, ua_id, status, ahoy_buf_slice(&headers));
	ahoy_api_call_del(agent, call);
}

/* Up, and told so: ANSWERED first, then what is heard. */
static void up(ahoy_agent *agent, api_call *call, int status)
{
	ahoy_agent_event event = ahoy_api_call_about(call, AHOY_AGENT_ANSWERED);
	int err;

	call->state = AHOY_AGENT_CALL_UP;
	event.status = status;
	err = ahoy_api_tell(agent, &event);
	if (!err)
		err = ahoy_api_sound_tell(agent, call);
	if (err)
		ahoy_api_call_abort(agent, call, err);
}

static void on_acked(ahoy_agent *agent, api_call *call, const ahoy_ua_event *from)
{
	bool first = !call->is_caller && !call->acked;
	int err = 0;

	call->acked = true;
	if (call->offered) {
		call->offered = false;
		err = ahoy_call_sdp_accept(&call->sdp, sdp_of(from->msg));
		/* A re-INVITE leaves what was agreed before; at the beginning there is nothing. */
		if (!err)
			err = ahoy_api_sound_set(agent, call);
		else
			err = call->audio ? 0 : AHOY_ECODEC;
		if (!err && !first)
			err = ahoy_api_sound_tell(agent, call);
	}
	if (err)
		ahoy_api_call_abort(agent, call, err);
	else if (first)
		up(agent, call, 200);
}

/* ---- as the caller ---- */

static void on_progress(ahoy_agent *agent, api_call *call, const ahoy_ua_event *from)
{
	ahoy_slice sdp = sdp_of(from->msg);
	ahoy_agent_event event = ahoy_api_call_about(call, AHOY_AGENT_RINGING);
	int err;

	if (from->status >= 180 && from->status != call->progress) {
		call->progress = from->status;
		call->state = AHOY_AGENT_CALL_RINGING;
		event.status = from->status;
		event.reason = from->reason;
		(void)ahoy_api_tell(agent, &event);
	}
	/* Early media that cannot be understood is passed over: the answer counts. */
	if (!sdp.len || ahoy_call_sdp_accept(&call->sdp, sdp))
		return;
	err = ahoy_api_sound_set(agent, call);
	if (!err)
		err = ahoy_api_sound_tell(agent, call);
	if (err)
		ahoy_api_call_abort(agent, call, err);
}

static void on_answered(ahoy_agent *agent, api_call *call, const ahoy_ua_event *from)
{
	ahoy_slice sdp = from->description;
	int err = sdp.len ? ahoy_call_sdp_accept(&call->sdp, sdp) : 0;

	call->offered = false;
	/* An answer that was given early in this dialog stands (RFC 3261 13.2.1). */
	if (!err && !call->sdp.has_agreed)
		err = AHOY_ECODEC;
	if (!err)
		err = ahoy_api_sound_set(agent, call);
	if (err)
		ahoy_api_call_abort(agent, call, err);
	else
		up(agent, call, from->status);
}

static void on_refused(ahoy_agent *agent, api_call *call, const ahoy_ua_event *from)
{
	ahoy_agent_end by = from->msg ? AHOY_AGENT_BY_PEER : AHOY_AGENT_BY_FAILURE;
	int err = 0;

	if (call->hangup_wanted)
		by = AHOY_AGENT_BY_US;
	else if (!from->msg)
		err = from->status == 408 ? AHOY_ETIMEOUT : AHOY_ENETWORK;
	if (from->auth_failed)
		err = AHOY_EAUTH;
	ahoy_api_call_end(agent, call, by, from->msg ? from->status : 0, err, from->reason);
	call->last.event.event.auth_failed = from->auth_failed;
}

/* ---- in the call ---- */

static void on_reinvite(ahoy_agent *agent, api_call *call, const ahoy_ua_event *from)
{
	char text[256];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	ahoy_slice offer = sdp_of(from->msg), body;
	int warning = 0;
	/* Without an offer our 2xx makes one (14.1), and the ACK answers it. */
	int err = offer.len ? ahoy_call_sdp_answer(&call->sdp, offer, &body, &warning) : ahoy_call_sdp_offer(&call->sdp, &body);

	if (err) {
		/* A change that we cannot follow leaves the session as it was (14.2). */
		int status = refusal(err, warning, &headers);

		(void)ahoy_call_answer_reinvite(agent->ua, agent->now, call->ua_id, status, ahoy_buf_slice(&headers), none, none);
		return;
	}
	err = ahoy_call_answer_reinvite(agent->ua, agent->now, call->ua_id, 200, none, AHOY_S("application/sdp"), body);
	if (!err && offer.len) {
		err = ahoy_api_sound_set(agent, call);
		if (!err)
			err = ahoy_api_sound_tell(agent, call);
	} else {
		call->offered = !err;
	}
	if (err)
		ahoy_api_call_abort(agent, call, err);
}

/* The description as it stands; where none gets through the user agent ends the call in time (RFC 4028 10). */
static void refresh(ahoy_agent *agent, api_call *call)
{
	ahoy_slice offer;

	/* A change of ours that is under way refreshes too. */
	if (call->changing || !call->audio || ahoy_call_sdp_offer(&call->sdp, &offer))
		return;
	call->refreshing = !ahoy_call_reinvite(agent->ua, agent->now, call->ua_id, none, AHOY_S("application/sdp"), offer);
	call->changing = call->refreshing;
}

/* The answer to our hold, resume or refresh. */
static void on_reinvited(ahoy_agent *agent, api_call *call, const ahoy_ua_event *from)
{
	ahoy_slice sdp = sdp_of(from->msg);
	ahoy_agent_event event = ahoy_api_call_about(call, AHOY_AGENT_CHANGED);
	bool done = from->status >= 200 && from->status < 300, refreshed = call->refreshing;
	int err = 0;

	call->changing = call->refreshing = false;
	if (done && ahoy_call_sdp_accept(&call->sdp, sdp))
		done = false;
	else if (done)
		err = ahoy_api_sound_set(agent, call);
	/* A refused change leaves the session as it was (14.1). */
	if (!done && !refreshed)
		call->sdp.dir = call->hold ? AHOY_SDP_SENDRECV : AHOY_SDP_SENDONLY;
	event.status = from->msg ? from->status : 0;
	event.reason = from->reason;
	if (!done)
		event.err = from->msg && from->status < 300 ? AHOY_ECODEC : (from->msg ? AHOY_ECONFLICT : AHOY_ETIMEOUT);
	if (!err && !refreshed)
		err = ahoy_api_tell(agent, &event);
	if (!err && done)
		err = ahoy_api_sound_tell(agent, call);
	if (err)
		ahoy_api_call_abort(agent, call, err);
}

static int take_info(ahoy_agent *agent, api_call *call, const ahoy_msg *msg, ahoy_slice *headers)
{
	ahoy_agent_event event = ahoy_api_call_about(call, AHOY_AGENT_DTMF);

	*headers = none;
	/* An INFO without a body asks whether we are there (RFC 6086 8.3.1 leaves it its 200). */
	if (!msg->body.len)
		return 200;
	switch (ahoy_info_key(msg, &event.digit, &event.duration_ms)) {
	case AHOY_INFO_KEY:
		if (!ahoy_keys_heard(&call->keys, agent->now, event.digit, true))
			return 200;
		return ahoy_api_tell(agent, &event) ? 503 : 200;
	case AHOY_INFO_OTHER:
		*headers = AHOY_S("Accept: application/dtmf-relay, application/dtmf\r\n");
		return 415;
	case AHOY_INFO_BAD:
		return 400;
	}
	return 400;
}

static void on_in_dialog(ahoy_agent *agent, api_call *call, const ahoy_ua_event *from)
{
	ahoy_slice headers = AHOY_S("Allow: " API_ALLOW "\r\n");
	int status = 405;

	if (from->msg->method == AHOY_INFO)
		status = take_info(agent, call, from->msg, &headers);
	else if (from->msg->method == AHOY_MESSAGE)
		status = ahoy_api_take_message(agent, from->msg, call, &headers);
	(void)ahoy_call_respond(agent->ua, agent->now, call->ua_id, from->tx, status, headers, none, none);
}

static void on_ended(ahoy_agent *agent, api_call *call, const ahoy_ua_event *from)
{
	if (from->err)
		ahoy_api_call_end(agent, call, AHOY_AGENT_BY_FAILURE, 0, from->err, ahoy_slice_of(ahoy_err_text(from->err)));
	else
		ahoy_api_call_end(agent, call, AHOY_AGENT_BY_PEER, 0, 0, none);
}

void ahoy_api_call_event(ahoy_agent *agent, const ahoy_ua_event *event)
{
	api_call *call = ahoy_api_live_call(agent, event->user);

	if (!call || call->ua_id != event->call)
		return;
	if (event->flow)
		call->signalling = event->flow->peer;
	if (event->kind == AHOY_UA_PROGRESS || event->kind == AHOY_UA_ANSWERED || event->kind == AHOY_UA_REINVITE)
		ahoy_keys_learn(&call->keys, event->msg);
	switch (event->kind) {
	case AHOY_UA_PROGRESS:
		on_progress(agent, call, event);
		break;
	case AHOY_UA_ANSWERED:
		on_answered(agent, call, event);
		break;
	case AHOY_UA_REFUSED:
		on_refused(agent, call, event);
		break;
	case AHOY_UA_ACKED:
		on_acked(agent, call, event);
		break;
	case AHOY_UA_CANCELLED:
		if (event->err)
			ahoy_api_call_end(agent, call, AHOY_AGENT_BY_FAILURE, event->status, event->err,
					  AHOY_S("the caller does not acknowledge a reliable answer"));
		else
			ahoy_api_call_end(agent, call, AHOY_AGENT_BY_PEER, 487, 0, AHOY_S("the caller gave up"));
		break;
	case AHOY_UA_REINVITE:
		on_reinvite(agent, call, event);
		break;
	case AHOY_UA_REINVITED:
		on_reinvited(agent, call, event);
		break;
	case AHOY_UA_IN_DIALOG_ANSWER:
		ahoy_api_key_answered(agent, call, event->status);
		break;
	case AHOY_UA_IN_DIALOG:
		on_in_dialog(agent, call, event);
		break;
	case AHOY_UA_ENDED:
		on_ended(agent, call, event);
		break;
	case AHOY_UA_REFRESH:
		refresh(agent, call);
		break;
	case AHOY_UA_PRACKED:
	case AHOY_UA_REQUEST:
	case AHOY_UA_RESPONSE:
	case AHOY_UA_REGISTERED:
	case AHOY_UA_UNREGISTERED:
	case AHOY_UA_REGISTER_FAILED:
	case AHOY_UA_RESOLVE:
		break;
	}
}
