#include "phone/call_session.h"
#include "endpoint/info_key.h"

static const ahoy_slice none = {NULL, 0};

/* A change that we cannot follow leaves the session as it was (RFC 3261 14.2). */
static void refuse_change(ahoy_call_session *s, ahoy_time now, int err, int warning)
{
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	int status = ahoy_call_session_refusal(err, warning, &b);

	(void)ahoy_call_answer_reinvite(s->phone->ua, now, s->call, status, ahoy_buf_slice(&b), none, none);
}

void ahoy_call_session_reinvite(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *event)
{
	ahoy_slice offer = ahoy_call_session_sdp_of(event->msg), body;
	int warning = 0;
	/* Without an offer our 2xx makes one (14.1), and the ACK answers it. */
	int err = offer.len ? ahoy_call_sdp_answer(&s->sdp, offer, &body, &warning) : ahoy_call_sdp_offer(&s->sdp, &body);

	if (err) {
		refuse_change(s, now, err, warning);
		return;
	}
	if (s->changing) {
		/* Ours met theirs, and waits for its second try (14.1): what it would fall back to is what stands now. */
		ahoy_sdp_dir before = s->before.dir;

		s->before = s->sdp;
		s->before.dir = before;
	}
	err = ahoy_call_answer_reinvite(s->phone->ua, now, s->call, 200, none, AHOY_S("application/sdp"), body);
	if (!err && offer.len)
		err = ahoy_call_session_agreed(s, now);
	else
		s->offered = !err;
	if (err)
		ahoy_call_session_abort(s, now, err);
}

static void recv_info(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *ua_event)
{
	char digit;
	uint32_t duration_ms;
	int status = 200;
	ahoy_slice headers = none;

	/* An INFO without a body asks whether we are there (RFC 6086 8.3.1 leaves it its 200). */
	if (ua_event->msg->body.len) {
		switch (ahoy_info_key(ua_event->msg, &digit, &duration_ms)) {
		case AHOY_INFO_KEY:
			if (ahoy_sound_info_heard(s->sound, now, digit))
				ahoy_call_session_key(s, digit, duration_ms);
			break;
		case AHOY_INFO_OTHER:
			status = 415;
			headers = AHOY_S("Accept: application/dtmf-relay, application/dtmf\r\n");
			break;
		case AHOY_INFO_BAD:
			status = 400;
			break;
		}
	}
	(void)ahoy_call_respond(s->phone->ua, now, s->call, ua_event->tx, status, headers, none, none);
}

static void recv_message(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *ua_event)
{
	const ahoy_msg *msg = ua_event->msg;
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_MESSAGE);

	if (msg->body.len && !ahoy_msg_is_type(msg, AHOY_S("text/plain"))) {
		(void)ahoy_call_respond(s->phone->ua, now, s->call, ua_event->tx, 415, AHOY_S("Accept: text/plain\r\n"), none,
					none);
		return;
	}
	event.direction = "in";
	event.from = msg->from.uri.text;
	event.to = msg->to.uri.text;
	event.text = msg->body;
	ahoy_phone_event_tell(s->phone, &event);
	(void)ahoy_call_respond(s->phone->ua, now, s->call, ua_event->tx, 200, none, none, none);
}

void ahoy_call_session_in_dialog(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *event)
{
	if (event->msg->method == AHOY_INFO)
		recv_info(s, now, event);
	else if (event->msg->method == AHOY_MESSAGE)
		recv_message(s, now, event);
	else
		(void)ahoy_call_respond(s->phone->ua, now, s->call, event->tx, 405, AHOY_S("Allow: " AHOY_PHONE_ALLOW "\r\n"), none,
					none);
}
