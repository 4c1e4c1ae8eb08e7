/* Changing a call that stands: a re-INVITE of one leg crosses to the other and its answer comes back; so do INFO and its like. */
#include "b2b/internal.h"

void ahoy_b2b_answer_change(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, int status, ahoy_slice body)
{
	call->changing = call->changed = NULL;
	(void)ahoy_call_answer_reinvite(sw->ua, sw->now, leg->ua, status, status == 500 ? AHOY_S("Retry-After: 2\r\n") : (ahoy_slice){0},
					body.len ? AHOY_S("application/sdp") : (ahoy_slice){0}, body);
}

/* A re-INVITE that says what this leg said last is a refresh (RFC 4028 7.4): it is answered here, and the other leg, which
 * has its own timer, hears nothing of it. The source is looked at anew, since a refresh often follows a new NAT binding. */
static bool answer_refresh(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	/* While an offer of the other side waits for its answer, nothing is repeated: it is glare (14.2). */
	if (!leg->settled || call->awaits_a_ack || !leg->told.len || !ahoy_slice_eq(event->msg->body, leg->said))
		return false;
	if (ahoy_b2b_read_sdp(sw, leg->said) || ahoy_b2b_apply_sdp(sw, call, leg, event->flow))
		return false;
	(void)ahoy_call_answer_reinvite(sw->ua, sw->now, leg->ua, 200, (ahoy_slice){0}, AHOY_S("application/sdp"), leg->told);
	return true;
}

void ahoy_b2b_leg_refresh(ahoy_switch *sw, b2b_call *call, b2b_leg *leg)
{
	/* Where something else is under way, that is the refresh, or the timer asks again. */
	if (call->state == B2B_ANSWERED && !call->changing && leg->told.len)
		(void)ahoy_call_reinvite(sw->ua, sw->now, leg->ua, (ahoy_slice){0}, AHOY_S("application/sdp"), leg->told);
}

/* The answer to our refresh; a peer that uses it to move (another address) is followed. */
static void refreshed(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	if (event->status >= 300 || !event->msg || !event->msg->body.len || ahoy_b2b_read_sdp(sw, event->msg->body) ||
	    ahoy_b2b_set(sw, &leg->said, event->msg->body))
		return;
	leg->settled = ahoy_b2b_apply_sdp(sw, call, leg, event->flow) == 0;
	if (!leg->settled)
		ahoy_log(sw->env, AHOY_LOG_WARN, "b2b", ahoy_slice_of(call->record_id), "the answer to a refresh cannot be used");
}

void ahoy_b2b_leg_reinvite(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	b2b_leg *peer = b2b_peer_of(call, leg);
	ahoy_flow flow;
	ahoy_slice body = {0};
	int err = 0;

	if (call->state == B2B_RINGING) {
		ahoy_b2b_early_change(sw, call, leg, event);
		return;
	}
	/* The other leg is not through with its INVITE, or has a change of its own under way. */
	if (call->state != B2B_ANSWERED || !peer || !ahoy_b2b_flow_of(sw, peer, &flow) || call->changing) {
		(void)ahoy_call_answer_reinvite(sw->ua, sw->now, leg->ua, 491, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	if (answer_refresh(sw, call, leg, event))
		return;
	leg->settled = false;
	if (event->msg->body.len) {
		err = ahoy_b2b_read_sdp(sw, event->msg->body);
		if (!err)
			err = ahoy_b2b_set(sw, &leg->said, event->msg->body);
		if (!err)
			err = ahoy_b2b_write_sdp(sw, call, peer, &flow, &body);
	} else {
		(void)ahoy_b2b_set(sw, &leg->said, (ahoy_slice){0});
	}
	if (err) {
		(void)ahoy_call_answer_reinvite(sw->ua, sw->now, leg->ua, err == AHOY_EFULL ? 503 : err == AHOY_ENOMEM ? 500
														       : 400,
						(ahoy_slice){0},
						(ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	call->changing = leg;
	call->changed = peer;
	err = ahoy_call_reinvite(sw->ua, sw->now, peer->ua, (ahoy_slice){0}, body.len ? AHOY_S("application/sdp") : (ahoy_slice){0}, body);
	if (err)
		ahoy_b2b_answer_change(sw, call, leg, err == AHOY_ESTATE ? 491 : 500, (ahoy_slice){0});
}

/* Both descriptions come into force together, so that a refused change leaves the media as it was. */
static int apply_change(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, b2b_leg *peer, const ahoy_ua_event *event, ahoy_slice *body)
{
	ahoy_flow flow;
	int err;

	if (!ahoy_b2b_flow_of(sw, leg, &flow))
		return AHOY_ESTALE;
	if (leg->said.len) {
		err = ahoy_b2b_read_sdp(sw, leg->said);
		if (!err)
			err = ahoy_b2b_apply_sdp(sw, call, leg, &flow);
		if (err)
			return err;
		leg->settled = true;
	}
	err = event->msg->body.len ? ahoy_b2b_read_sdp(sw, event->msg->body) : AHOY_EMISSING;
	if (!err)
		err = ahoy_b2b_set(sw, &peer->said, event->msg->body);
	if (!err)
		err = ahoy_b2b_apply_sdp(sw, call, peer, event->flow);
	/* Where this leg made no offer, the peer's is one, and in force with the ACK. */
	peer->settled = !err && leg->said.len;
	if (!err) {
		ahoy_b2b_note_codec(sw, call);
		err = ahoy_b2b_write_sdp(sw, call, leg, &flow, body);
	}
	return err;
}

void ahoy_b2b_leg_reinvited(ahoy_switch *sw, b2b_call *call, b2b_leg *peer, const ahoy_ua_event *event)
{
	b2b_leg *leg = call->changing;
	ahoy_slice body = {0};

	if (!leg) {
		refreshed(sw, call, peer, event);
		return;
	}
	if (event->status >= 300 || !event->msg) {
		ahoy_b2b_answer_change(sw, call, leg, event->status == 401 || event->status == 407 ? 488 : event->status, (ahoy_slice){0});
		return;
	}
	if (apply_change(sw, call, leg, peer, event, &body)) {
		ahoy_b2b_answer_change(sw, call, leg, 500, (ahoy_slice){0});
		if (!leg->said.len) /* the peer's offer waits for an answer that nobody can give */
			ahoy_b2b_call_end(sw, call, AHOY_ENDED_BY_SERVER, 200, AHOY_S("the offer cannot be used"));
		return;
	}
	/* After a hold the last packet may be old: a changed call gets a whole time-out again. */
	if (sw->config.media_timeout_s && call->state == B2B_ANSWERED)
		ahoy_timer_arm(&sw->timers, &call->media, sw->now + AHOY_SECONDS(sw->config.media_timeout_s));
	/* An offerless re-INVITE: the offer goes to this leg, its ACK has the answer. */
	call->awaits_a_ack = leg->said.len == 0;
	if (call->early_told.len) /* A knows, by this UPDATE or its own */
		(void)ahoy_b2b_set(sw, &call->early_told, call->a.told);
	ahoy_b2b_answer_change(sw, call, leg, 200, body);
}

void ahoy_b2b_leg_in_dialog(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	b2b_leg *peer = b2b_peer_of(call, leg);
	char text[2048];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	int err;

	ahoy_b2b_write_end_to_end(&headers, event->msg);
	err = peer && peer->ua && !headers.full
		      ? ahoy_call_request(sw->ua, sw->now, peer->ua, event->msg->method, ahoy_buf_slice(&headers),
					  event->msg->content_type, event->msg->body, event->tx)
		      : AHOY_ESTATE;
	if (err)
		(void)ahoy_call_respond(sw->ua, sw->now, leg->ua, event->tx, 500, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
}

void ahoy_b2b_leg_in_dialog_answer(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	b2b_leg *peer = b2b_peer_of(call, leg);
	int status = event->status == 401 || event->status == 407 || event->status == 481 ? 500 : event->status;

	if (event->user == B2B_PROBE) {
		/* Any answer is a sign of life; 481 is told as the call's end by the user agent. */
		if (!event->msg)
			ahoy_b2b_call_end(sw, call, AHOY_ENDED_BY_SERVER, 200, AHOY_S("the peer does not answer"));
		return;
	}
	/* `user` is the transaction on the leg that asked. */
	if (peer)
		(void)ahoy_call_respond(sw->ua, sw->now, peer->ua, event->user, status, (ahoy_slice){0},
					event->msg ? event->msg->content_type : (ahoy_slice){0},
					event->msg ? event->msg->body : (ahoy_slice){0});
}
