#include "phone/call_session.h"

/* Between tries of a change that could not be made yet: a re-INVITE of either side is through within a second or so. */
#define TRY_AGAIN AHOY_MS(250)

static const ahoy_slice none = {NULL, 0};

bool ahoy_call_session_holding(const ahoy_call_session *s)
{
	return !((s->changing ? s->before.dir : s->sdp.dir) & AHOY_SDP_RECVONLY);
}

/* Nothing that is said reaches one who is on hold, from the key on and not from the far end's answer on. */
static void mute(ahoy_call_session *s)
{
	bool on_hold = s->hold_wanted || ahoy_call_session_holding(s);

	ahoy_sound_mute(s->sound, s->muted || on_hold);
	ahoy_sound_hold(s->sound, on_hold);
}

const char *ahoy_call_session_codec(const ahoy_call_session *s)
{
	return s->sdp.has_agreed ? s->sdp.codecs[s->sdp.agreed.codecs[0].codec_index]->name : "";
}

/* RFC 3264 8.4: sendonly for who was sendrecv, inactive for who is on hold himself. */
static ahoy_sdp_dir wanted_dir(const ahoy_call_session *s)
{
	if (!s->hold_wanted)
		return AHOY_SDP_SENDRECV;
	return s->held ? AHOY_SDP_INACTIVE : AHOY_SDP_SENDONLY;
}

/* A re-INVITE with what sdp says now; the former description stands again where it is not taken. */
static int send_change(ahoy_call_session *s, ahoy_time now)
{
	ahoy_slice body;
	int err = ahoy_call_sdp_offer(&s->sdp, &body);

	if (!err)
		err = ahoy_call_reinvite(s->phone->ua, now, s->call, none, AHOY_S("application/sdp"), body);
	if (err)
		s->sdp = s->before;
	else
		s->changing = true;
	return err;
}

void ahoy_call_session_refresh(ahoy_call_session *s, ahoy_time now)
{
	if (s->over || s->changing || !s->acked || s->hangup_wanted)
		return;
	s->before = s->sdp;
	(void)send_change(s, now); /* the timer asks again */
}

void ahoy_call_session_settle(ahoy_call_session *s, ahoy_time now)
{
	int err;

	s->change_at = AHOY_NEVER;
	if (s->over || s->changing || !s->acked || s->hangup_wanted || s->hold_wanted == ahoy_call_session_holding(s))
		return;
	s->before = s->sdp;
	s->sdp.dir = wanted_dir(s);
	err = send_change(s, now);
	if (!err)
		return;
	if (err == AHOY_ESTATE) {
		s->change_at = now + TRY_AGAIN;
		return;
	}
	s->hold_wanted = ahoy_call_session_holding(s);
	mute(s);
	ahoy_call_session_error(s, 0, ahoy_slice_of(ahoy_err_text(err)));
}

void ahoy_call_session_changed(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *event)
{
	ahoy_slice answer = ahoy_call_session_sdp_of(event->msg);
	bool taken = event->status < 300 && ahoy_call_sdp_accept(&s->sdp, answer) == 0;
	int err = 0;

	if (!s->changing)
		return;
	s->changing = false;
	if (taken) {
		err = ahoy_call_session_agreed(s, now);
	} else {
		s->sdp = s->before;
		s->hold_wanted = ahoy_call_session_holding(s);
		ahoy_call_session_error(s, event->status < 300 ? 0 : event->status,
					event->status < 300 ? AHOY_S("the far end's answer to our re-INVITE cannot be used")
							    : event->reason);
	}
	mute(s);
	if (err)
		ahoy_call_session_abort(s, now, err);
}

void ahoy_call_session_set_hold(ahoy_call_session *s, ahoy_time now, bool hold)
{
	if (s->over)
		return;
	s->hold_wanted = hold;
	mute(s);
	ahoy_call_session_settle(s, now);
}

void ahoy_call_session_set_mute(ahoy_call_session *s, bool muted)
{
	s->muted = muted;
	mute(s);
}

int ahoy_call_session_send_keys(ahoy_call_session *s, ahoy_time now, ahoy_slice keys)
{
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_DTMF);
	int err = s->over || !s->acked ? AHOY_ESTATE : ahoy_sound_send_keys(s->sound, now, keys);

	event.direction = "out";
	for (size_t i = 0; i < keys.len && !err; i++) {
		event.digit = keys.ptr[i];
		ahoy_phone_event_tell(s->phone, &event);
	}
	return err;
}

void ahoy_call_session_key_answered(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *event)
{
	if (ahoy_sound_info_answered(s->sound, now, event->status) || s->phone->options->dtmf_by == AHOY_KEYS_AUTO)
		return;
	ahoy_call_session_error(s, event->status, AHOY_S("the far end takes no keys by INFO; try --dtmf-by auto"));
	if (!s->by_hand && !s->outcome.err)
		s->outcome.err = AHOY_EUNSUPPORTED;
}
