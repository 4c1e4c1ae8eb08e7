/* Before the answer: provisional answers, reliable on each leg where its own phone can have it (RFC 3262), the PRACK that answers
 * an offer, and UPDATE (RFC 3311). Of several forks, and of several early dialogs of one, the last that described itself is the
 * one that A hears and that A's UPDATE goes to. */
#include "b2b/internal.h"

#define SDP AHOY_S("application/sdp")

/* A was told reliably before: that description stands, and another one goes by UPDATE, or waits for the ACK to the 200. */
static void tell_otherwise(ahoy_switch *sw, b2b_call *call)
{
	if (ahoy_slice_eq(call->early_told, call->a.told) || call->changing)
		return;
	if (!ahoy_call_update(sw->ua, sw->now, call->a.ua, (ahoy_slice){0}, SDP, call->a.told))
		(void)ahoy_b2b_set(sw, &call->early_told, call->a.told);
}

static void tell(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event, ahoy_slice headers, ahoy_slice body)
{
	ahoy_slice type = body.len ? SDP : (ahoy_slice){0};
	ahoy_call_info a;
	bool reliable;

	if (ahoy_call_get(sw->ua, call->a.ua, &a))
		return;
	reliable = a.wants_100rel || (a.knows_100rel && event->reliable);
	if (body.len && reliable && ahoy_b2b_set(sw, &call->early_told, body))
		return;
	if (reliable)
		(void)ahoy_call_progress_reliably(sw->ua, sw->now, call->a.ua, event->status, headers, type, body);
	else
		(void)ahoy_call_progress(sw->ua, sw->now, call->a.ua, event->status, headers, type, body);
}

void ahoy_b2b_leg_progress(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	char text[2048];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	ahoy_slice body = {0};

	if (call->state != B2B_RINGING || leg == &call->a)
		return;
	/* An offer that came unreliably, to an INVITE without one, can't be answered: it comes again in the 200. */
	if ((!call->offerless || event->prack_due) && ahoy_b2b_carry_answer(sw, call, leg, event, &body))
		body = (ahoy_slice){0};
	if (body.len) {
		(void)!ahoy_relay_select(sw->relay, call->relay, leg->side); /* early media: the last that spoke is heard */
		call->early = leg;
	}
	if (body.len && call->early_told.len) {
		tell_otherwise(sw, call);
		body = (ahoy_slice){0};
	}
	if (!body.len && event->status == call->told_status)
		return;
	call->told_status = event->status;
	ahoy_b2b_write_end_to_end(&headers, event->msg);
	tell(sw, call, event, headers.full ? (ahoy_slice){0} : ahoy_buf_slice(&headers), body);
}

ahoy_slice ahoy_b2b_early_answer(b2b_call *call)
{
	if (!call->early_told.len)
		return call->a.told;
	call->renew_a = !ahoy_slice_eq(call->early_told, call->a.told);
	return (ahoy_slice){0};
}

/* A's answer to the offer that its INVITE did not have, on its way to B's PRACK. */
static int carry_prack(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event)
{
	b2b_leg *a = &call->a, *b = call->early;
	ahoy_flow flow;
	ahoy_slice body;
	int err = event->msg->body.len ? ahoy_b2b_read_sdp(sw, event->msg->body) : AHOY_EMISSING;

	if (!err)
		err = ahoy_b2b_set(sw, &a->said, event->msg->body);
	if (!err)
		err = ahoy_b2b_apply_sdp(sw, call, a, event->flow);
	if (!err && !ahoy_b2b_flow_of(sw, b, &flow))
		err = AHOY_ESTALE;
	if (!err)
		err = ahoy_b2b_write_sdp(sw, call, b, &flow, &body);
	if (err)
		return err;
	ahoy_b2b_note_codec(sw, call);
	a->settled = b->settled = true;
	call->offerless = false;
	return ahoy_call_prack(sw->ua, sw->now, b->ua, SDP, body);
}

void ahoy_b2b_leg_pracked(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	int err;

	if (leg != &call->a || call->state != B2B_RINGING || !call->offerless || !call->early)
		return;
	err = carry_prack(sw, call, event);
	if (err)
		ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_SERVER, err == AHOY_EFULL ? 503 : err == AHOY_ENOMEM ? 500
														  : 400,
				     AHOY_S("the PRACK has no usable answer"), (ahoy_slice){0});
}

/* ---- UPDATE ---- */

/* The other end of an early change, where it can have one: its own first offer is answered, and it knows UPDATE. */
static b2b_leg *early_peer(ahoy_switch *sw, b2b_call *call, const b2b_leg *leg)
{
	b2b_leg *peer = leg == &call->a ? call->early : (leg == call->early ? &call->a : NULL);
	ahoy_call_info info;

	return peer && peer->ua && !ahoy_call_get(sw->ua, peer->ua, &info) && info.settled && info.knows_update ? peer : NULL;
}

static int status_of(int err)
{
	switch (err) {
	case AHOY_ESTATE:
		return 491;
	case AHOY_EFULL:
		return 503;
	case AHOY_ENOMEM:
	case AHOY_ESTALE:
		return 500;
	default:
		return 400;
	}
}

void ahoy_b2b_early_change(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	b2b_leg *peer = early_peer(sw, call, leg);
	ahoy_flow flow;
	ahoy_slice body = {0};
	int err = 0;

	if (call->changing || !peer) {
		(void)ahoy_call_answer_reinvite(sw->ua, sw->now, leg->ua, call->changing ? 491 : 488, (ahoy_slice){0},
						(ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	leg->settled = false;
	err = ahoy_b2b_read_sdp(sw, event->msg->body);
	if (!err)
		err = ahoy_b2b_set(sw, &leg->said, event->msg->body);
	if (!err && !ahoy_b2b_flow_of(sw, peer, &flow))
		err = AHOY_ESTALE;
	if (!err)
		err = ahoy_b2b_write_sdp(sw, call, peer, &flow, &body);
	if (!err)
		err = ahoy_call_update(sw->ua, sw->now, peer->ua, (ahoy_slice){0}, SDP, body);
	if (err) {
		ahoy_b2b_answer_change(sw, call, leg, status_of(err), (ahoy_slice){0});
		return;
	}
	call->changing = leg;
	call->changed = peer;
}

void ahoy_b2b_early_lost(ahoy_switch *sw, b2b_call *call, const b2b_leg *leg)
{
	b2b_leg *asks = call->changing;

	if (call->early == leg)
		call->early = NULL;
	if (asks == leg)
		call->changing = call->changed = NULL;
	else if (asks && call->changed == leg) /* what it asked for can't be had from this fork any more */
		ahoy_b2b_answer_change(sw, call, asks, 500, (ahoy_slice){0});
}
