#include "phone/call_session.h"

/* Long enough to be understood. Only a phone that stays plays it to its end. */
#define REFUSAL_TONE AHOY_SECONDS(6)

#define NO_SOUND AHOY_S("the answer's session description has no sound that we know")
#define NO_KEYS AHOY_S("the answer has no SRTP keys, or none that we know: the sound would not be encrypted (--srtp)")

int ahoy_call_session_dial(ahoy_call_session *s, ahoy_time now, const char *target)
{
	const ahoy_account *account = s->identity->account;
	char from_text[AHOY_PHONE_URI + 2], to_text[AHOY_PHONE_URI + 2];
	ahoy_buf from = ahoy_buf_over(from_text, sizeof from_text), to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_invite invite = {
		.uri = ahoy_slice_of(target),
		.contact_user = ahoy_slice_of(account->user),
		.route = ahoy_phone_route(s->phone),
		.max_forwards = 70,
		.type = AHOY_S("application/sdp"),
		.credentials = ahoy_phone_credentials(s->phone, s->identity),
	};
	ahoy_call_info info;
	ahoy_phone_event event;
	int err;

	/* RFC 3323 4.1.1.3; RFC 3325 9.3 asks the server to hide what it knows. */
	if (s->phone->options->anonymous) {
		ahoy_buf_str(&from, "\"Anonymous\" <sip:anonymous@anonymous.invalid>");
		invite.contact_user = AHOY_S("anonymous");
		invite.headers = AHOY_S("Privacy: id\r\n");
	} else {
		ahoy_buf_fmt(&from, "<%s>", account->aor);
	}
	ahoy_buf_fmt(&to, "<%s>", target);
	invite.from = ahoy_buf_slice(&from);
	invite.to = ahoy_buf_slice(&to);
	err = ahoy_call_sdp_offer(&s->sdp, &invite.body);
	if (!err)
		err = ahoy_ua_invite(s->phone->ua, now, &invite, &s->call);
	if (err)
		return err;
	s->offered = true;
	if (!ahoy_call_get(s->phone->ua, s->call, &info))
		ahoy_call_session_copy(info.call_id, s->call_id, sizeof s->call_id);
	ahoy_call_session_copy(ahoy_slice_of(account->aor), s->from, sizeof s->from);
	ahoy_call_session_copy(ahoy_slice_of(target), s->to, sizeof s->to);
	event = ahoy_call_session_about(s, AHOY_PHONE_CALLING);
	ahoy_phone_event_tell(s->phone, &event);
	return 0;
}

void ahoy_call_session_progress(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *ua_event)
{
	ahoy_slice sdp = ahoy_call_session_sdp_of(ua_event->msg);
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_RINGING);

	event.code = ua_event->status;
	event.reason = ua_event->reason;
	if (ua_event->status == 180 && !s->rang) {
		s->rang = true;
		ahoy_call_session_tone(s, now, "ringback", 0);
		ahoy_phone_event_tell(s->phone, &event);
	}
	/* Early media that cannot be understood is passed over: the answer counts. */
	if (!sdp.len || ahoy_call_sdp_accept(&s->sdp, sdp))
		return;
	event.kind = AHOY_PHONE_EARLY_MEDIA;
	if (!s->early)
		ahoy_phone_event_tell(s->phone, &event);
	s->early = true;
	if (ahoy_call_session_agreed(s, now))
		ahoy_call_session_abort(s, now, AHOY_ENOMEM);
}

void ahoy_call_session_answered(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *ua_event)
{
	ahoy_slice sdp = ua_event->description;
	int err = sdp.len ? ahoy_call_sdp_accept(&s->sdp, sdp) : 0;

	s->acked = true;
	s->offered = false;
	ahoy_call_session_set_answered(s, now, ua_event->status, ua_event->reason);
	/* An answer that was given early in this dialog stands (RFC 3261 13.2.1). */
	if (err || !s->sdp.has_agreed) {
		ahoy_call_session_error(s, 0, s->sdp.warning == 399 ? NO_KEYS : NO_SOUND);
		ahoy_call_session_abort(s, now, AHOY_ECODEC);
		return;
	}
	err = ahoy_call_session_agreed(s, now);
	if (!err)
		err = ahoy_call_session_start(s, now);
	if (err)
		ahoy_call_session_abort(s, now, err);
}

void ahoy_call_session_refused(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *ua_event)
{
	bool made_up = !ua_event->msg && ua_event->status != 487; /* by our own stack: there was no such answer */
	char text[AHOY_PHONE_URI + 128];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_name_addr moved;
	ahoy_slice reason = ua_event->reason;

	s->outcome.status = ua_event->status;
	s->outcome.from_peer = ua_event->msg != NULL;
	s->outcome.auth_failed = ua_event->auth_failed;
	if (made_up)
		reason = ahoy_phone_silence_reason(s->phone, ua_event->status);
	/* Followed by nobody: a script that named a target must not be sent elsewhere by the far end (docs/phone-hostile.md). */
	if (ua_event->msg && ua_event->status < 400 && !ahoy_msg_name_addr(ua_event->msg, AHOY_H_CONTACT, &moved) && !moved.star) {
		ahoy_buf_fmt(&b, "%.*s; it names ", AHOY_P(ahoy_slice_first(reason, 100)));
		ahoy_buf_put(&b, ahoy_slice_first(moved.uri.text, AHOY_PHONE_URI));
		reason = ahoy_buf_slice(&b);
	}
	if (ua_event->auth_failed)
		ahoy_call_session_error(s, ua_event->status, ahoy_phone_auth_reason(s->phone, s->identity, reason));
	else if (made_up)
		ahoy_call_session_error(s, 0, reason);
	ahoy_call_session_end(s, now, made_up ? 0 : ua_event->status, reason, s->hangup_wanted ? "caller" : "callee");
	if (!s->hangup_wanted)
		ahoy_call_session_tone(s, now, ua_event->status == 486 || ua_event->status == 600 ? "busy" : "congestion", REFUSAL_TONE);
}
