/* What one leg tells is carried to the other: progress, answer, refusal, ACK, end. */
#include "b2b/internal.h"

int ahoy_b2b_carry_answer(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event, ahoy_slice *out)
{
	ahoy_flow to_a;
	int err;

	*out = (ahoy_slice){0};
	if (!event->description.len || (event->status < 200 && !event->msg->body.len))
		return 0;
	if (leg->coder)
		return ahoy_b2b_coder_answer(sw, call, leg, event, out);
	/* What was agreed on early is in force, and `told` says it. */
	if (event->status >= 200 && leg->settled && ahoy_slice_eq(leg->said, event->description)) {
		*out = call->a.told;
		return 0;
	}
	err = ahoy_b2b_set(sw, &leg->said, event->description);
	if (!err)
		err = ahoy_b2b_read_sdp(sw, leg->said);
	if (!err)
		err = ahoy_b2b_apply_sdp(sw, call, leg, event->flow);
	leg->settled = !err && !call->offerless;
	if (!err && !ahoy_b2b_flow_of(sw, &call->a, &to_a))
		err = AHOY_ESTALE;
	if (!err)
		err = ahoy_b2b_write_sdp(sw, call, &call->a, &to_a, out);
	if (!err)
		ahoy_b2b_note_codec(sw, call);
	return err;
}

/* The winner's 200 can't be used: both legs end. */
static void fail_answer(ahoy_switch *sw, b2b_call *call, int err)
{
	ahoy_log(sw->env, AHOY_LOG_WARN, "b2b", ahoy_slice_of(call->record_id),
		 "the callee's answer cannot be used: %s", ahoy_err_text(err));
	ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_SERVER, err == AHOY_EFULL ? 503 : 500, (ahoy_slice){0}, (ahoy_slice){0});
}

/* The record is on disk before the caller knows (so that kill -9 never loses an answered call). */
int ahoy_b2b_save_answer(ahoy_switch *sw, b2b_call *call)
{
	b2b_wait *wait = ahoy_b2b_wait_add(sw, B2B_WAIT_RECORD);

	if (!wait)
		return AHOY_ENOMEM;
	wait->call = call->id;
	if (!ahoy_b2b_ask_add(sw, AHOY_ASK_RECORD, wait->id, call->id)) {
		ahoy_b2b_wait_end(sw, wait);
		return AHOY_ENOMEM;
	}
	call->state = B2B_SAVING;
	call->answered_utc_ms = ahoy_b2b_utc_ms(sw);
	call->code = 200;
	return 0;
}

void ahoy_b2b_leg_answered(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	ahoy_slice body;
	int err;

	if (call->state != B2B_RINGING) { /* a second fork answered in the same turn */
		ahoy_call_id ua = leg->ua;

		leg->ua = 0;
		(void)ahoy_call_hangup(sw->ua, sw->now, ua, AHOY_S("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"));
		return;
	}
	call->winner = (int)(leg - call->b);
	call->state = B2B_SAVING;
	ahoy_b2b_redirect_free(sw, call);
	ahoy_timer_stop(&sw->timers, &call->ring);
	ahoy_b2b_drop_losers(sw, call, AHOY_S("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"));
	for (unsigned i = 0; i < call->forks; i++)
		if (&call->b[i] != leg)
			ahoy_b2b_early_lost(sw, call, &call->b[i]);
	err = ahoy_b2b_carry_answer(sw, call, leg, event, &body);
	if (!err && !body.len)
		err = AHOY_EMISSING;
	if (!err)
		err = ahoy_relay_select(sw->relay, call->relay, leg->side);
	if (!err)
		err = ahoy_b2b_save_answer(sw, call);
	if (err)
		fail_answer(sw, call, err);
}

void ahoy_b2b_answer_recorded(ahoy_switch *sw, b2b_wait *wait, bool failed)
{
	b2b_call *call = ahoy_b2b_call_of(sw, wait->call);
	ahoy_slice body;

	ahoy_b2b_wait_end(sw, wait);
	if (!call || call->state != B2B_SAVING)
		return;
	if (failed)
		ahoy_log(sw->env, AHOY_LOG_ERROR, "b2b", ahoy_slice_of(call->record_id),
			 "the call's record could not be written; the call goes on");
	body = ahoy_b2b_early_answer(call);
	if (ahoy_call_answer(sw->ua, sw->now, call->a.ua, (ahoy_slice){0}, body.len ? AHOY_S("application/sdp") : (ahoy_slice){0}, body)) {
		fail_answer(sw, call, AHOY_ESTATE);
		return;
	}
	call->state = B2B_ANSWERED;
	call->a_answered = true;
	call->awaits_a_ack = call->offerless;
	if (call->service)
		ahoy_b2b_service_answered(sw, call);
	if (sw->config.media_timeout_s)
		ahoy_timer_arm(&sw->timers, &call->media, sw->now + AHOY_SECONDS(sw->config.media_timeout_s));
}

/* 16.7 step 6: a 6xx wins, then the lowest class, the first within it. */
static bool is_better(int status, int than)
{
	if (!than)
		return true;
	if (than >= 600 || status >= 600)
		return status >= 600 && than < 600;
	return status / 100 < than / 100;
}

/* `status`: the event's own, or what we make of a redirection that leads nowhere. */
static void note_refusal(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event, int status)
{
	char text[2048];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	bool theirs = status == event->status;
	ahoy_slice reason = theirs ? event->reason : ahoy_reason_phrase(status);

	/* The callee's own challenge means nothing to the caller (docs/behaviour.md); nor does silence, or a 487 to our CANCEL. */
	if (status == 401 || status == 407 || !event->msg) {
		status = 480;
		reason = AHOY_S("Not reachable");
	}
	if (!is_better(status, call->best_status))
		return;
	call->best_status = status;
	(void)ahoy_b2b_set(sw, &call->best_reason, reason);
	if (event->msg && theirs)
		ahoy_b2b_write_refusal(&headers, event->msg);
	(void)ahoy_b2b_set(sw, &call->best_headers, headers.full ? (ahoy_slice){0} : ahoy_buf_slice(&headers));
}

void ahoy_b2b_conclude_forks(ahoy_switch *sw, b2b_call *call)
{
	for (unsigned i = 0; i < call->forks; i++)
		if (call->b[i].ua)
			return;
	ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_CALLEE, call->best_status ? call->best_status : 480,
			     call->best_reason, call->best_headers);
}

void ahoy_b2b_leg_refused(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	int status;

	leg->ua = 0;
	ahoy_relay_close_side(sw->relay, call->relay, leg->side);
	ahoy_b2b_early_lost(sw, call, leg);
	if (call->state != B2B_RINGING)
		return;
	if (event->msg && ahoy_b2b_transcode(sw, call, leg, event->status))
		return;
	status = ahoy_b2b_redirect(sw, call, leg, event);
	if (!status)
		return;
	note_refusal(sw, call, event, status);
	if (event->status >= 600) /* 16.7 step 5: nobody else is to be disturbed any more */
		ahoy_b2b_drop_losers(sw, call, (ahoy_slice){0});
	ahoy_b2b_conclude_forks(sw, call);
}

void ahoy_b2b_leg_acked(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	b2b_leg *peer = b2b_peer_of(call, leg);
	ahoy_flow flow;
	ahoy_slice body = {0};
	int err;

	if (leg == &call->a && call->renew_a) {
		call->renew_a = false;
		ahoy_b2b_leg_refresh(sw, call, leg);
	}
	if (!call->awaits_a_ack || !peer)
		return;
	call->awaits_a_ack = false;
	err = event->msg->body.len ? ahoy_b2b_read_sdp(sw, event->msg->body) : AHOY_EMISSING;
	if (!err)
		err = ahoy_b2b_set(sw, &leg->said, event->msg->body);
	if (!err)
		err = ahoy_b2b_apply_sdp(sw, call, leg, event->flow);
	leg->settled = peer->settled = !err;
	if (!err && !ahoy_b2b_flow_of(sw, peer, &flow))
		err = AHOY_ESTALE;
	if (!err)
		err = ahoy_b2b_write_sdp(sw, call, peer, &flow, &body);
	if (!err) {
		ahoy_b2b_note_codec(sw, call);
		err = ahoy_call_ack(sw->ua, sw->now, peer->ua, AHOY_S("application/sdp"), body);
	}
	if (err)
		ahoy_b2b_call_end(sw, call, AHOY_ENDED_BY_SERVER, 200, AHOY_S("the ACK has no usable answer"));
}

void ahoy_b2b_leg_cancelled(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	char text[512];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	/* Without a message the user agent gave up by itself: no PRACK came (RFC 3262 3). */
	bool unacknowledged = !event->msg;
	ahoy_slice why = unacknowledged ? AHOY_S("the caller does not acknowledge a reliable answer") : (ahoy_slice){0};

	leg->ua = 0;
	/* A 200 may have waited for that PRACK. */
	call->a_answered = false;
	if (event->msg) {
		ahoy_b2b_write_reason(&headers, event->msg);
		why = ahoy_b2b_reason_of(event->msg);
	}
	for (unsigned i = 0; i < call->forks; i++)
		ahoy_b2b_hang_up_leg(sw, &call->b[i], ahoy_buf_slice(&headers));
	ahoy_b2b_call_end(sw, call, unacknowledged ? AHOY_ENDED_BY_SERVER : AHOY_ENDED_BY_CALLER,
			  unacknowledged ? event->status : 487, why);
}

void ahoy_b2b_leg_ended(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	ahoy_ended_by by = leg == &call->a ? AHOY_ENDED_BY_CALLER : AHOY_ENDED_BY_CALLEE;
	ahoy_slice why = event->err == AHOY_ETIMEOUT ? AHOY_S("the peer does not answer")
			 : event->err == AHOY_ESTALE ? AHOY_S("the peer has lost the call")
						     : (ahoy_slice){0};
	b2b_leg *peer = b2b_peer_of(call, leg);
	bool is_b = leg != &call->a;
	int code;
	char text[512];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);

	leg->ua = 0;
	/* B hung up between its 200 and ours: the caller is refused. */
	if (is_b && call->state == B2B_SAVING) {
		ahoy_b2b_call_refuse(sw, call, by, 480, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	if (event->msg) {
		ahoy_b2b_write_reason(&headers, event->msg);
		why = ahoy_b2b_reason_of(event->msg);
	}
	code = call->a_answered ? 200 : 487;
	if (ahoy_b2b_is_held_back(sw, call))
		code = 480;
	if (peer)
		ahoy_b2b_hang_up_leg(sw, peer, ahoy_buf_slice(&headers));
	ahoy_b2b_call_end(sw, call, event->err ? AHOY_ENDED_BY_SERVER : by, code, why);
}
