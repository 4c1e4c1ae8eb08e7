#include "phone/call_session.h"
#include "sip/write.h"

static const ahoy_slice none = {NULL, 0};

int ahoy_call_session_refusal(int err, int warning, ahoy_buf *headers)
{
	if (err != AHOY_ECODEC)
		return ahoy_err_sip_status(err);
	ahoy_write_fmt(headers, AHOY_H_WARNING, "%d ahoy \"%s\"", warning,
		       warning == 304	? "no audio"
		       : warning == 399 ? "no common SRTP keys"
					: "no common codec");
	return 488;
}

static void refuse_offer(ahoy_call_session *s, ahoy_time now, int err, int warning)
{
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	int status = ahoy_call_session_refusal(err, warning, &b);
	ahoy_slice reason = status == 400 ? AHOY_S("the session description cannot be read") : ahoy_reason_phrase(status);

	(void)ahoy_call_refuse(s->phone->ua, now, s->call, status, reason, ahoy_buf_slice(&b));
	s->outcome.status = status;
	ahoy_call_session_end(s, now, status, reason, "callee");
}

void ahoy_call_session_take(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *ua_event)
{
	const ahoy_msg *msg = ua_event->msg;
	ahoy_slice offer = ahoy_call_session_sdp_of(msg), answer;
	int warning, err;

	ahoy_call_session_copy(msg->call_id, s->call_id, sizeof s->call_id);
	ahoy_call_session_copy(msg->from.uri.text, s->from, sizeof s->from);
	ahoy_call_session_copy(msg->to.uri.text, s->to, sizeof s->to);
	if (ahoy_ua_accept(s->phone->ua, now, msg, ua_event->flow, 0, &s->call)) {
		ahoy_call_session_end(s, now, 400, AHOY_S("the INVITE cannot be taken"), "callee");
		return;
	}
	ahoy_sound_learn(s->sound, msg);
	if (!offer.len)
		return;
	/* Tried now, so that what cannot become a call does not ring; the text is kept for the 200. */
	err = ahoy_call_sdp_answer(&s->sdp, offer, &answer, &warning);
	if (err)
		refuse_offer(s, now, err, warning);
}

void ahoy_call_session_ring(ahoy_call_session *s, ahoy_time now)
{
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_RINGING);

	(void)ahoy_call_progress(s->phone->ua, now, s->call, 180, none, none, none);
	event.code = 180;
	ahoy_phone_event_tell(s->phone, &event);
}

void ahoy_call_session_refuse(ahoy_call_session *s, ahoy_time now, int status)
{
	if (s->over)
		return;
	(void)ahoy_call_refuse(s->phone->ua, now, s->call, status, none, none);
	ahoy_call_session_end(s, now, status, ahoy_reason_phrase(status), "callee");
}

void ahoy_call_session_answer(ahoy_call_session *s, ahoy_time now)
{
	ahoy_slice body = ahoy_slice_make(s->sdp.text, s->sdp.text_len);
	int err = 0;

	if (!s->sdp.has_agreed) {
		err = ahoy_call_sdp_offer(&s->sdp, &body);
		s->offered = true;
	}
	if (!err)
		err = ahoy_call_answer(s->phone->ua, now, s->call, none, AHOY_S("application/sdp"), body);
	if (err) {
		ahoy_call_session_abort(s, now, err);
		return;
	}
	ahoy_call_session_set_answered(s, now, 200, ahoy_reason_phrase(200));
	if (!s->offered && (err = ahoy_call_session_agreed(s, now)) != 0)
		ahoy_call_session_abort(s, now, err);
}

void ahoy_call_session_acked(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *ua_event)
{
	bool first = !s->acked;
	int err = 0;

	s->acked = true;
	if (s->offered) {
		s->offered = false;
		if (ahoy_call_sdp_accept(&s->sdp, ahoy_call_session_sdp_of(ua_event->msg))) {
			/* A re-INVITE leaves what was agreed before; at the beginning there is nothing. */
			err = s->sdp.has_agreed ? 0 : AHOY_ECODEC;
			ahoy_call_session_error(s, 0, AHOY_S("the ACK answers our offer with nothing that we know"));
		} else {
			err = ahoy_call_session_agreed(s, now);
		}
	}
	/* The caller that acknowledges can hear us: what is played is heard from its beginning. */
	if (!err && first)
		err = ahoy_call_session_start(s, now);
	if (err)
		ahoy_call_session_abort(s, now, err);
	else if (s->hangup_wanted)
		ahoy_call_session_hangup(s, now);
}
