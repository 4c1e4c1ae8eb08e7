/* Requests outside of calls: ours (MESSAGE, OPTIONS), and those of others. */
#include "api/internal.h"

static const ahoy_slice none = {NULL, 0};

enum {
	MAX_TEXT = 1300, /* RFC 3428 8 */
	URI_BYTES = 1024
};

/* ---- ours ---- */

static int ask(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account_id, ahoy_slice target,
	       ahoy_ua_request_spec *spec, ahoy_agent_id *out)
{
	const api_account *account = ahoy_api_account(agent, account_id);
	char uri_text[URI_BYTES], to_text[URI_BYTES + 2];
	ahoy_buf uri = ahoy_buf_over(uri_text, sizeof uri_text), to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_agent_id id;
	bool full;
	int err;

	if (!account)
		return AHOY_ESTALE;
	err = ahoy_api_target(account, target, &uri);
	if (err)
		return err;
	if (!ahoy_slots_add(&agent->requests, &id, &full))
		return full ? AHOY_EFULL : AHOY_ENOMEM;
	ahoy_buf_char(&to, '<');
	ahoy_buf_put(&to, ahoy_buf_slice(&uri));
	ahoy_buf_char(&to, '>');
	spec->uri = ahoy_buf_slice(&uri);
	spec->from = account->from;
	spec->to = ahoy_buf_slice(&to);
	spec->route = account->proxy;
	spec->max_forwards = 70;
	spec->credentials = ahoy_api_credentials(account);
	spec->user = id;
	ahoy_api_begin(agent, now);
	err = ahoy_ua_request(agent->ua, agent->now, spec);
	if (err)
		ahoy_slots_remove(&agent->requests, id);
	else
		*out = id;
	ahoy_api_settle(agent);
	return err;
}

int ahoy_agent_message(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account, ahoy_slice target, ahoy_slice text, ahoy_agent_id *request)
{
	ahoy_ua_request_spec spec = {.method = AHOY_MESSAGE, .type = AHOY_S("text/plain;charset=UTF-8"), .body = text};

	return text.len > MAX_TEXT ? AHOY_ETOOBIG : ask(agent, now, account, target, &spec, request);
}

int ahoy_agent_options(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account, ahoy_slice target, ahoy_agent_id *request)
{
	/* RFC 3261 11.1: what we understand in the answer. */
	ahoy_ua_request_spec spec = {.method = AHOY_OPTIONS, .headers = AHOY_S("Accept: application/sdp\r\n")};

	return ask(agent, now, account, target, &spec, request);
}

void ahoy_api_request_event(ahoy_agent *agent, const ahoy_ua_event *from)
{
	api_request *request = ahoy_slots_get(&agent->requests, from->user);

	if (!request)
		return;
	request->last.event.event = (ahoy_agent_event){
		.kind = AHOY_AGENT_ANSWER,
		.request = from->user,
		.status = from->msg ? from->status : 0,
		.auth_failed = from->auth_failed,
	};
	if (!from->msg)
		request->last.event.event.err = from->status == 408 ? AHOY_ETIMEOUT : AHOY_ENETWORK;
	ahoy_api_tell_last(agent, &request->last, API_REQUEST, from->user, from->reason);
}

/* ---- those of others ---- */

int ahoy_api_take_message(ahoy_agent *agent, const ahoy_msg *msg, const api_call *call, ahoy_slice *headers)
{
	ahoy_agent_event event = {
		.kind = AHOY_AGENT_MESSAGE,
		.call = call ? call->id : 0,
		.user = call ? call->user : NULL,
		.from = msg->from.uri.text,
		.to = msg->to.uri.text,
		.text = msg->body,
	};

	*headers = none;
	if (msg->body.len && !ahoy_msg_is_type(msg, AHOY_S("text/plain"))) {
		*headers = AHOY_S("Accept: text/plain\r\n");
		return 415;
	}
	/* What nobody will read must not be answered 200. */
	return ahoy_api_tell(agent, &event) ? 503 : 200;
}

static void serve_message(ahoy_agent *agent, const ahoy_ua_event *from)
{
	ahoy_slice headers;
	ahoy_tx_id tx;

	/* With a transaction, so that a retransmission is answered and not told again (RFC 3428 7). */
	if (!ahoy_ua_serve(agent->ua, agent->now, from->msg, from->flow, 0, &tx)) {
		int status = ahoy_api_take_message(agent, from->msg, NULL, &headers);

		(void)ahoy_ua_respond(agent->ua, agent->now, tx, status, none, headers, none, none);
	}
}

void ahoy_api_serve(ahoy_agent *agent, const ahoy_ua_event *from)
{
	if (ahoy_ua_refuse_unsupported(agent->ua, agent->now, from->msg, from->flow))
		return;
	switch (from->msg->method) {
	case AHOY_INVITE:
		ahoy_api_incoming(agent, from);
		break;
	case AHOY_OPTIONS:
		/* 11.2: what the answer to an INVITE would say. */
		(void)ahoy_ua_reply(agent->ua, agent->now, from->msg, from->flow, 200, none,
				    AHOY_S("Allow: " API_ALLOW "\r\n"
					   "Accept: application/sdp\r\n"
					   "Accept-Encoding: identity\r\n"
					   "Accept-Language: en\r\n"
					   "Supported: " API_SUPPORTED "\r\n"));
		break;
	case AHOY_MESSAGE:
		serve_message(agent, from);
		break;
	case AHOY_ACK:
		break;
	default:
		/* INFO outside of a call, a BYE without a To tag: they belong to no call (12.2.2). */
		(void)ahoy_ua_reply(agent->ua, agent->now, from->msg, from->flow, 481, none, none);
		break;
	}
}
