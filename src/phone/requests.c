#include "phone/requests.h"

static const ahoy_slice none = {NULL, 0};

/* 11.2: what the answer to an INVITE would say. */
static void answer_options(ahoy_phone *phone, ahoy_time now, const ahoy_ua_event *event)
{
	(void)ahoy_ua_reply(phone->ua, now, event->msg, event->flow, 200, none,
			    AHOY_S("Allow: " AHOY_PHONE_ALLOW "\r\n"
				   "Accept: application/sdp\r\n"
				   "Accept-Encoding: identity\r\n"
				   "Accept-Language: en\r\n"
				   "Supported: " AHOY_PHONE_SUPPORTED "\r\n"));
}

/* With a transaction, so that a retransmission is answered and not told again (RFC 3428 7). */
static void take_message(ahoy_phone *phone, ahoy_time now, const ahoy_ua_event *ua_event)
{
	const ahoy_msg *msg = ua_event->msg;
	ahoy_phone_event event = {
		.kind = AHOY_PHONE_MESSAGE,
		.call = msg->call_id,
		.direction = "in",
		.from = msg->from.uri.text,
		.to = msg->to.uri.text,
		.text = msg->body,
	};
	ahoy_tx_id tx;

	if (msg->body.len && !ahoy_msg_is_type(msg, AHOY_S("text/plain"))) {
		(void)ahoy_ua_reply(phone->ua, now, msg, ua_event->flow, 415, none, AHOY_S("Accept: text/plain\r\n"));
		return;
	}
	if (ahoy_ua_serve(phone->ua, now, msg, ua_event->flow, 0, &tx))
		return;
	ahoy_phone_event_tell(phone, &event);
	(void)ahoy_ua_respond(phone->ua, now, tx, 200, none, none, none, none);
}

bool ahoy_phone_serve(ahoy_phone *phone, ahoy_time now, const ahoy_ua_event *event, bool takes_calls)
{
	if (ahoy_ua_refuse_unsupported(phone->ua, now, event->msg, event->flow))
		return true;
	switch (event->msg->method) {
	case AHOY_INVITE:
		if (takes_calls)
			return false;
		(void)ahoy_ua_reply(phone->ua, now, event->msg, event->flow, 480, none, none);
		return true;
	case AHOY_OPTIONS:
		answer_options(phone, now, event);
		return true;
	case AHOY_MESSAGE:
		take_message(phone, now, event);
		return true;
	default:
		/* INFO outside of a call, a BYE or an ACK without a To tag: they belong to no call (12.2.2). */
		if (event->msg->method != AHOY_ACK)
			(void)ahoy_ua_reply(phone->ua, now, event->msg, event->flow, 481, none, none);
		return true;
	}
}

void ahoy_phone_refuse_call(ahoy_phone *phone, ahoy_time now, const ahoy_ua_event *event, int status)
{
	ahoy_call_id call;

	if (!ahoy_ua_accept(phone->ua, now, event->msg, event->flow, 0, &call))
		(void)ahoy_call_refuse(phone->ua, now, call, status, none, none);
}
