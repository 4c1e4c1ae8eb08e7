/* The phone's calls: what it does to them, and what it notes of what it is told. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/phone.h"
#include "sim/script.h"
#include "sim/world.h"
#include "sip/write.h"

#define SDP AHOY_S("application/sdp")
sim_leg *sim_phone_leg(sim_phone *phone, uint64_t serial)
{
	for (unsigned i = 0; i < SIM_LEGS; i++)
		if (phone->legs[i].state != SIM_LEG_FREE && phone->legs[i].serial == serial)
			return &phone->legs[i];
	return NULL;
}

sim_leg *sim_phone_leg_by_id(sim_phone *phone, ahoy_call_id id)
{
	for (unsigned i = 0; i < SIM_LEGS; i++)
		if (phone->legs[i].state != SIM_LEG_FREE && phone->legs[i].id == id)
			return &phone->legs[i];
	return NULL;
}

sim_leg *sim_phone_free_leg(sim_phone *phone)
{
	for (unsigned i = 0; i < SIM_LEGS; i++)
		if (phone->legs[i].state == SIM_LEG_FREE)
			return &phone->legs[i];
	return NULL;
}

unsigned sim_phone_busy(const sim_phone *phone)
{
	unsigned busy = 0;

	for (unsigned i = 0; i < SIM_LEGS; i++)
		busy += phone->legs[i].state != SIM_LEG_FREE;
	return busy;
}

static void begin_leg(sim_phone *phone, sim_leg *leg, sim_leg_state state, unsigned attempt)
{
	*leg = (sim_leg){.state = state,
			 .serial = phone->next_serial++,
			 .attempt = attempt,
			 .is_caller = state == SIM_LEG_CALLING,
			 .want = AHOY_SDP_SENDRECV};
	leg->sess_id = sim_between(&phone->world->chance, 1, 1u << 30);
	leg->sess_version = 1;
	leg->rtp_port = phone->next_rtp_port;
	leg->ssrc = (uint32_t)sim_random_u64(&phone->world->chance);
	leg->seq = (uint16_t)leg->ssrc;
	/* Not used again for a while, as a real phone does, so that late packets meet nobody. */
	phone->next_rtp_port = (uint16_t)(phone->next_rtp_port + 2);
	if (phone->next_rtp_port >= 20000 + 1000 * (phone->index + 1))
		phone->next_rtp_port = (uint16_t)(20000 + 1000 * phone->index);
}

void sim_leg_unsettle(sim_phone *phone, sim_leg *leg)
{
	/* The news has to reach the relay and the other phone, and what was sent before is on its way for a while. */
	leg->steady_at = phone->world->now + AHOY_MS(300) + 2 * sim_longest_way(phone->world);
	leg->sent_since_change = 0;
	leg->learned_at = 0;
}

/* ---- the caller ---- */

void sim_phone_put_uri(const sim_phone *phone, ahoy_buf *b, const char *target)
{
	if (strchr(target, ':')) {
		ahoy_buf_str(b, target);
		return;
	}
	ahoy_buf_fmt(b, "sip:%s@", target);
	if (phone->habits.by_name) {
		ahoy_buf_str(b, "ahoy.test");
		return;
	}
	ahoy_addr_put_ip(b, &phone->server, true);
}

sim_leg *sim_phone_call(sim_phone *phone, unsigned number, const sim_call_plan *plan)
{
	sim_attempt *attempt = sim_attempt_of(phone->world, number);
	char uri_text[128], from_text[128], to_text[140], headers_text[512];
	ahoy_buf uri = ahoy_buf_over(uri_text, sizeof uri_text), to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_buf headers = ahoy_buf_over(headers_text, sizeof headers_text);
	ahoy_flow flow = {.transport = AHOY_UDP, .local = phone->address, .peer = phone->server};
	sim_leg *leg = sim_phone_free_leg(phone);
	ahoy_invite invite = {
		.contact_user = ahoy_slice_of(phone->user),
		.call_id = ahoy_slice_of(attempt->call_id),
		.flow = phone->habits.by_name && !strchr(plan->target, ':') ? NULL : &flow,
		.max_forwards = 70,
		.credentials = {ahoy_slice_of(phone->user), ahoy_slice_of(phone->password)},
	};

	if (!leg)
		return NULL;
	begin_leg(phone, leg, SIM_LEG_CALLING, number);
	sim_phone_put_uri(phone, &uri, plan->target);
	ahoy_buf_fmt(&to, "<%.*s>", AHOY_P(ahoy_buf_slice(&uri)));
	ahoy_buf_fmt(&headers, "X-Sim-Call: %u\r\n", number);
	ahoy_buf_put(&headers, plan->headers);
	invite.uri = ahoy_buf_slice(&uri);
	invite.to = ahoy_buf_slice(&to);
	invite.from = ahoy_slice_make(from_text,
				      (size_t)snprintf(from_text, sizeof from_text, "\"Phone %u\" <sip:%s@ahoy.test>",
						       phone->index, phone->user));
	invite.headers = ahoy_buf_slice(&headers);
	attempt->offerless = plan->offerless;
	attempt->odd |= plan->no_ack ? SIM_ODD_NO_ACK : 0;
	if (!plan->offerless) {
		invite.type = SDP;
		invite.body = sim_leg_offer(phone, leg);
	}
	sim_phone_begin(phone);
	if (ahoy_ua_invite(phone->ua, phone->world->now, &invite, &leg->id))
		sim_fail(phone->world, number, "a phone cannot call");
	sim_phone_end(phone);
	return leg;
}

static void answered(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	sim_attempt *attempt = sim_attempt_of(phone->world, leg->attempt);

	attempt->outcomes++;
	attempt->caller_up = true;
	attempt->caller_status = event->status;
	leg->state = SIM_LEG_UP;
	leg->up_at = phone->world->now;
	sim_leg_unsettle(phone, leg);
	if (attempt->offerless && !leg->settled) {
		leg->owes_ack = true;
		(void)ahoy_slice_cstr(event->msg->body, leg->heard, sizeof leg->heard);
		leg->heard_len = strlen(leg->heard);
		sim_script_owes_ack(phone, leg);
	} else if (!leg->settled && event->msg->body.len && sim_leg_accept_sdp(phone, leg, event->msg->body)) {
		sim_leg_hang_up(phone, leg);
		return;
	}
	sim_script_up(phone, leg);
}

static void refused(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	sim_attempt *attempt = sim_attempt_of(phone->world, leg->attempt);

	attempt->outcomes++;
	attempt->caller_status = event->status;
	/* Made by the phone itself: silence, or nobody there. */
	if (!event->msg)
		attempt->odd |= attempt->caller_cancelled && event->status == 487 ? 0 : SIM_ODD_TIMEOUT;
	leg->state = SIM_LEG_FREE;
}

void sim_leg_ack_with_answer(sim_phone *phone, sim_leg *leg, ahoy_slice offer)
{
	ahoy_slice answer;

	if (sim_leg_answer_sdp(phone, leg, offer, &answer))
		sim_leg_hang_up(phone, leg);
	else
		(void)ahoy_call_ack(phone->ua, phone->world->now, leg->id, SDP, answer);
}

void sim_leg_ack(sim_phone *phone, sim_leg *leg)
{
	if (!leg->owes_ack)
		return;
	leg->owes_ack = false;
	sim_leg_unsettle(phone, leg);
	sim_phone_begin(phone);
	sim_leg_ack_with_answer(phone, leg, ahoy_slice_make(leg->heard, leg->heard_len));
	sim_phone_end(phone);
}

/* ---- the callee ---- */

static unsigned number_of(const ahoy_msg *msg)
{
	uint32_t number;

	for (uint16_t i = 0; i < msg->header_count; i++)
		if (ahoy_slice_ieq(msg->headers[i].name, AHOY_S("X-Sim-Call")) &&
		    !ahoy_slice_u32(msg->headers[i].value, UINT32_MAX, &number))
			return number;
	return 0;
}

static void rung(sim_phone *phone, const ahoy_ua_event *event)
{
	sim_world *world = phone->world;
	unsigned number = number_of(event->msg);
	sim_attempt *attempt = sim_attempt_of(world, number);
	sim_leg *leg = sim_phone_free_leg(phone);

	if (!attempt) {
		sim_fail(world, 0, "an INVITE without its call's number reaches a phone");
		return;
	}
	if (!leg) {
		attempt->callee_refused = 486;
		attempt->rang |= 1u << phone->index;
		(void)ahoy_ua_reply(phone->ua, world->now, event->msg, event->flow, 486, (ahoy_slice){0},
				    (ahoy_slice){0});
		return;
	}
	begin_leg(phone, leg, SIM_LEG_RUNG, number);
	if (ahoy_ua_accept(phone->ua, world->now, event->msg, event->flow, 0, &leg->id)) {
		leg->state = SIM_LEG_FREE;
		sim_fail(world, number, "a phone cannot take an INVITE of the server");
		return;
	}
	/* It comes when everybody else has done with the call: the phone was away. A 2xx to it may find nobody who
	 * could ACK it. */
	if (attempt->final_sent || world->now > attempt->began + AHOY_SECONDS(15))
		attempt->odd |= SIM_ODD_SILENT;
	attempt->rang |= 1u << phone->index;
	if (ahoy_slice_cstr(event->msg->body, leg->heard, sizeof leg->heard))
		sim_fail(world, number, "the server's description is longer than any that it was given");
	leg->heard_len = strlen(leg->heard);
	sim_script_rung(phone, leg);
}

/* Our description in an answer: an answer, or, to an offerless INVITE, an offer. */
int sim_leg_describe(sim_phone *phone, sim_leg *leg, ahoy_slice *body)
{
	if (!leg->heard_len) {
		*body = sim_leg_offer(phone, leg);
		return 0;
	}
	return sim_leg_answer_sdp(phone, leg, ahoy_slice_make(leg->heard, leg->heard_len), body);
}

void sim_leg_refuse(sim_phone *phone, sim_leg *leg, int status, ahoy_slice headers)
{
	sim_attempt_of(phone->world, leg->attempt)->callee_refused = status;
	/* 606 has the same consequence. */
	if (status == 488 || status == 606)
		sim_attempt_of(phone->world, leg->attempt)->wants_codecs = true;
	sim_phone_begin(phone);
	(void)ahoy_call_refuse(phone->ua, phone->world->now, leg->id, status, (ahoy_slice){0}, headers);
	leg->state = SIM_LEG_FREE;
	sim_phone_end(phone);
}

void sim_leg_answer(sim_phone *phone, sim_leg *leg, bool without_sdp)
{
	sim_attempt *attempt = sim_attempt_of(phone->world, leg->attempt);
	ahoy_slice body = {0};

	sim_leg_answer_change(phone, leg, 200);
	if (!without_sdp && !leg->settled && sim_leg_describe(phone, leg, &body)) {
		sim_leg_refuse(phone, leg, 488, (ahoy_slice){0});
		return;
	}
	if (without_sdp && !leg->settled)
		attempt->odd |= SIM_ODD_ANSWER;
	sim_phone_begin(phone);
	if (!ahoy_call_answer(phone->ua, phone->world->now, leg->id, (ahoy_slice){0}, body.len ? SDP : (ahoy_slice){0},
			      body)) {
		attempt->answered++;
		attempt->odd |= leg->twin ? SIM_ODD_TWIN : 0;
		leg->state = SIM_LEG_UP;
		leg->up_at = phone->world->now;
		sim_leg_unsettle(phone, leg);
		sim_script_up(phone, leg);
	}
	sim_phone_end(phone);
}

static void acked(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	bool was = leg->acked;

	if (!was)
		sim_check_ack(phone, leg);
	leg->acked = true;
	if (event->msg->body.len && sim_leg_accept_sdp(phone, leg, event->msg->body))
		sim_leg_hang_up(phone, leg);
	sim_leg_unsettle(phone, leg);
	if (was)
		sim_script_media(phone, leg);
}

/* ---- both ---- */

void sim_leg_hang_up(sim_phone *phone, sim_leg *leg)
{
	sim_attempt *attempt = sim_attempt_of(phone->world, leg->attempt);
	ahoy_call_id id = leg->id;

	if (leg->state == SIM_LEG_RUNG) {
		sim_leg_refuse(phone, leg, 480, (ahoy_slice){0});
		return;
	}
	if (leg->state == SIM_LEG_UP) {
		sim_check_leg(phone, leg);
		if (leg->is_caller)
			attempt->caller_hung_up = true;
		else
			attempt->callee_hung_up = true;
		leg->state = SIM_LEG_FREE;
	} else {
		if (!attempt->caller_cancelled)
			attempt->cancelled_at = phone->world->now;
		attempt->caller_cancelled = true; /* the leg ends with REFUSED */
	}
	sim_phone_begin(phone);
	if (ahoy_call_hangup(phone->ua, phone->world->now, id, (ahoy_slice){0}))
		sim_fail(phone->world, leg->attempt, "a phone cannot hang up");
	sim_phone_end(phone);
}

static void ended(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	sim_attempt *attempt = sim_attempt_of(phone->world, leg->attempt);

	sim_check_leg(phone, leg);
	/* ETIMEOUT and ESTALE: the phone gives up on the call for reasons of its own; the peer did not hang up. */
	if (event->err == AHOY_ETIMEOUT && !attempt->odd)
		sim_fail(phone->world, leg->attempt, "a good phone waits in vain for an ACK or an answer in its call");
	if (event->err)
		attempt->odd |= SIM_ODD_TIMEOUT;
	leg->state = SIM_LEG_FREE;
}

void sim_phone_call_event(sim_phone *phone, const ahoy_ua_event *event)
{
	sim_leg *leg = sim_phone_leg_by_id(phone, event->call);

	if (!leg)
		return; /* hung up meanwhile */
	switch (event->kind) {
	case AHOY_UA_PROGRESS:
		sim_leg_progress(phone, leg, event);
		break;
	case AHOY_UA_PRACKED:
		sim_leg_pracked(phone, leg, event);
		break;
	case AHOY_UA_ANSWERED:
		answered(phone, leg, event);
		break;
	case AHOY_UA_REFUSED:
		refused(phone, leg, event);
		break;
	case AHOY_UA_ACKED:
		acked(phone, leg, event);
		break;
	case AHOY_UA_CANCELLED:
		if (event->err) /* no PRACK came: its user agent has refused */
			sim_attempt_of(phone->world, leg->attempt)->callee_refused = event->status;
		leg->state = SIM_LEG_FREE;
		break;
	case AHOY_UA_REINVITE:
		sim_leg_change_comes(phone, leg, event);
		break;
	case AHOY_UA_REINVITED:
		sim_leg_changed(phone, leg, event);
		break;
	case AHOY_UA_IN_DIALOG:
		sim_leg_asked(phone, leg, event);
		break;
	case AHOY_UA_IN_DIALOG_ANSWER:
		sim_leg_told(phone, leg, event);
		break;
	case AHOY_UA_ENDED:
		ended(phone, leg, event);
		break;
	default:
		break;
	}
}

void sim_phone_request_event(sim_phone *phone, const ahoy_ua_event *event)
{
	if (ahoy_ua_refuse_unsupported(phone->ua, phone->world->now, event->msg, event->flow))
		return;
	if (event->msg->method == AHOY_INVITE)
		rung(phone, event);
	else if (event->msg->method == AHOY_MESSAGE)
		sim_phone_message_comes(phone, event);
	else
		(void)ahoy_ua_reply(phone->ua, phone->world->now, event->msg, event->flow,
				    event->msg->method == AHOY_OPTIONS ? 200 : 481, (ahoy_slice){0}, (ahoy_slice){0});
}
