#include "phone/call_session.h"

#include <stdlib.h>

#include "sip/write.h"

static const ahoy_slice none = {NULL, 0};

ahoy_phone_event ahoy_call_session_about(const ahoy_call_session *s, ahoy_phone_event_kind kind)
{
	return (ahoy_phone_event){
		.kind = kind,
		.call = ahoy_slice_of(s->call_id),
		.account = ahoy_slice_of(s->identity->account->aor),
		.direction = s->is_caller ? "out" : "in",
		.from = ahoy_slice_of(s->from),
		.to = ahoy_slice_of(s->to),
	};
}

ahoy_slice ahoy_call_session_sdp_of(const ahoy_msg *msg)
{
	return msg && ahoy_msg_is_type(msg, AHOY_S("application/sdp")) ? msg->body : none;
}

void ahoy_call_session_copy(ahoy_slice text, char *out, size_t cap)
{
	(void)!ahoy_slice_cstr(ahoy_slice_first(text, cap - 1), out, cap);
}

void ahoy_call_session_error(const ahoy_call_session *s, int code, ahoy_slice reason)
{
	ahoy_phone_error(s->phone, ahoy_slice_of(s->call_id), code, reason);
}

/* ---- the end ---- */

const char *ahoy_call_session_ended_by(const ahoy_call_session *s, bool by_us)
{
	return by_us == s->is_caller ? "caller" : "callee";
}

static void tell_quality(ahoy_call_session *s)
{
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_QUALITY);
	ahoy_audio_stats stats;

	if (!ahoy_sound_stats(s->sound, &stats))
		return;
	s->quality = (ahoy_phone_quality){
		.packets = stats.packets,
		.lost = stats.lost,
		.jitter_ms = stats.jitter_ms,
		.r = stats.r,
		.mos = stats.mos,
		.packets_sent = stats.packets_sent,
		.has_remote = stats.has_remote,
		.remote_lost = stats.remote_lost,
		.remote_jitter_ms = stats.remote_jitter_ms,
		.rtt_ms = stats.rtt_ms,
		.remote_r = stats.remote_r,
		.remote_mos = stats.remote_mos,
		.burst_percent = stats.burst_percent,
		.gap_percent = stats.gap_percent,
		.burst_ms = stats.burst_ms,
		.gap_ms = stats.gap_ms,
		.level_dbov = stats.level_dbov,
		.above_60_s = stats.above_60_s,
		.is_encrypted = s->srtp.in != NULL,
		.auth_failed = s->srtp.auth_failed,
		.replayed = s->srtp.replayed,
	};
	ahoy_call_session_leave_device(s);
	event.quality = &s->quality;
	ahoy_phone_event_tell(s->phone, &event);
}

/* A call that never came about has no expectations: its status says why. */
static void judge(ahoy_call_session *s)
{
	ahoy_expect_result results[AHOY_EXPECT_RESULTS];
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_EXPECT);
	size_t count;

	if (!s->answered)
		return;
	count = ahoy_expect_judge(&s->expect, s->quality.packets, s->quality.above_60_s, s->quality.mos, results,
				  &s->outcome.unmet);
	for (size_t i = 0; i < count; i++) {
		event.expectation = &results[i];
		ahoy_phone_event_tell(s->phone, &event);
	}
}

void ahoy_call_session_key(ahoy_call_session *s, char digit, uint32_t duration_ms)
{
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_DTMF);

	ahoy_expect_key(&s->expect, digit);
	event.digit = digit;
	event.duration_ms = duration_ms;
	event.direction = "in";
	ahoy_phone_event_tell(s->phone, &event);
}

/* The one place where a session ends. */
void ahoy_call_session_end(ahoy_call_session *s, ahoy_time now, int code, ahoy_slice reason, const char *ended_by)
{
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_ENDED);
	int err;

	if (s->over)
		return;
	s->over = true;
	if (!s->phone->talking || s->phone->talking == s)
		ahoy_phone_tones_stop(s->phone->tones);
	err = ahoy_sound_end(s->sound, now);
	ahoy_call_session_pass_impaired(s, AHOY_NEVER); /* nothing is held back beyond the end */
	if (err) {
		ahoy_call_session_error(s, 0, AHOY_S("the recording could not be written"));
		if (!s->outcome.err)
			s->outcome.err = AHOY_EIO;
	}
	tell_quality(s);
	judge(s);
	event.code = code;
	event.reason = reason;
	event.ended_by = ended_by;
	ahoy_phone_event_tell(s->phone, &event);
}

void ahoy_call_session_hangup(ahoy_call_session *s, ahoy_time now)
{
	if (s->over)
		return;
	s->hangup_wanted = true;
	s->hangup_at = AHOY_NEVER;
	if (!s->answered) {
		/* As the caller: CANCEL, and REFUSED ends the session. */
		(void)ahoy_call_hangup(s->phone->ua, now, s->call, none);
		if (!s->is_caller) {
			s->outcome.status = 480;
			ahoy_call_session_end(s, now, 480, AHOY_S("hung up before the answer"), "callee");
		}
		return;
	}
	/* 15: the callee waits for the ACK. */
	if (!s->acked)
		return;
	(void)ahoy_call_hangup(s->phone->ua, now, s->call, none);
	ahoy_call_session_end(s, now, 0, AHOY_S("hung up"), ahoy_call_session_ended_by(s, true));
}

void ahoy_call_session_abandon(ahoy_call_session *s, ahoy_time now)
{
	if (s->over)
		return;
	/* As the callee without an ACK we may not even send a BYE (RFC 3261 15). */
	if (!s->answered)
		s->outcome.status = 487;
	ahoy_call_session_end(s, now, s->answered ? 0 : 487, AHOY_S("the far end does not answer to our hanging up"),
			      ahoy_call_session_ended_by(s, true));
}

void ahoy_call_session_abort(ahoy_call_session *s, ahoy_time now, int err)
{
	if (!s->outcome.err)
		s->outcome.err = err;
	ahoy_call_session_hangup(s, now);
}

/* --hangup-after counts from here. */
void ahoy_call_session_set_answered(ahoy_call_session *s, ahoy_time now, int code, ahoy_slice reason)
{
	ahoy_phone_event event = ahoy_call_session_about(s, AHOY_PHONE_ANSWERED);

	s->answered = true;
	s->answered_at = now;
	if (s->phone->options->has_hangup_after)
		s->hangup_at = now + s->phone->options->hangup_after;
	event.code = code;
	event.reason = reason;
	ahoy_phone_event_tell(s->phone, &event);
}

/* ---- what happens ---- */

static void on_ended(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *ua_event)
{
	ahoy_slice reason = AHOY_S("the far end hung up");

	if (ua_event->err) {
		reason = ua_event->err == AHOY_ESTALE ? AHOY_S("the far end has lost the call")
						      : AHOY_S("the far end does not answer any more");
		ahoy_call_session_error(s, 0, reason);
		if (!s->outcome.err)
			s->outcome.err = ua_event->err;
	}
	ahoy_call_session_end(s, now, 0, reason, ahoy_call_session_ended_by(s, ua_event->err != 0));
}

void ahoy_call_session_event(ahoy_call_session *s, ahoy_time now, const ahoy_ua_event *event)
{
	if (s->over)
		return;
	if (event->flow)
		s->signalling = event->flow->peer;
	if (event->kind == AHOY_UA_PROGRESS || event->kind == AHOY_UA_ANSWERED || event->kind == AHOY_UA_REINVITE)
		ahoy_sound_learn(s->sound, event->msg);
	switch (event->kind) {
	case AHOY_UA_PROGRESS:
		ahoy_call_session_progress(s, now, event);
		break;
	case AHOY_UA_ANSWERED:
		ahoy_call_session_answered(s, now, event);
		break;
	case AHOY_UA_REFUSED:
		ahoy_call_session_refused(s, now, event);
		break;
	case AHOY_UA_ACKED:
		ahoy_call_session_acked(s, now, event);
		break;
	case AHOY_UA_CANCELLED:
		s->outcome.status = event->err ? event->status : 487;
		s->outcome.err = event->err;
		s->outcome.from_peer = !event->err;
		if (event->err)
			ahoy_call_session_end(s, now, event->status, AHOY_S("the caller does not acknowledge a reliable answer"), "callee");
		else
			ahoy_call_session_end(s, now, 487, AHOY_S("the caller gave up"), "caller");
		break;
	case AHOY_UA_REINVITE:
		ahoy_call_session_reinvite(s, now, event);
		break;
	case AHOY_UA_REINVITED:
		ahoy_call_session_changed(s, now, event);
		break;
	case AHOY_UA_REFRESH:
		ahoy_call_session_refresh(s, now);
		break;
	case AHOY_UA_IN_DIALOG:
		ahoy_call_session_in_dialog(s, now, event);
		break;
	case AHOY_UA_ENDED:
		on_ended(s, now, event);
		break;
	case AHOY_UA_IN_DIALOG_ANSWER:
		if (event->user == AHOY_PHONE_REQUEST_KEY)
			ahoy_call_session_key_answered(s, now, event);
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
	ahoy_call_session_settle(s, now);
}

ahoy_time ahoy_call_session_deadline(const ahoy_call_session *s)
{
	ahoy_time at = ahoy_sound_deadline(s->sound);

	if (s->over)
		return AHOY_NEVER;
	if (s->change_at < at)
		at = s->change_at;
	if (s->impair && ahoy_impair_next(s->impair) < at)
		at = ahoy_impair_next(s->impair);
	return s->hangup_at < at ? s->hangup_at : at;
}

void ahoy_call_session_due(ahoy_call_session *s, ahoy_time now)
{
	if (s->over)
		return;
	ahoy_sound_turn(s->sound, now);
	ahoy_call_session_pass_impaired(s, now);
	ahoy_call_session_tell_device(s, now);
	if (now >= s->change_at)
		ahoy_call_session_settle(s, now);
	/* Without --hangup-after a caller whose file and keys are through hangs up, once the far end has heard them. */
	if (s->is_caller && !s->by_hand && s->hangup_at == AHOY_NEVER && !s->hangup_wanted && !s->phone->options->has_hangup_after &&
	    ahoy_sound_done(s->sound))
		s->hangup_at = now + AHOY_SOUND_LINGER;
	if (now >= s->hangup_at)
		ahoy_call_session_hangup(s, now);
}
