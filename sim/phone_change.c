/* Changing a call that stands: re-INVITEs of the phone and of its peer. */
#include "sim/phone.h"
#include "sim/script.h"
#include "sim/world.h"

#define SDP AHOY_S("application/sdp")

void sim_leg_change(sim_phone *phone, sim_leg *leg, ahoy_sdp_dir want, bool offerless)
{
	ahoy_sdp_dir before = leg->want;
	ahoy_slice body = {0};
	int err;

	if (leg->state != SIM_LEG_UP || leg->owes_ack || leg->reinviting || leg->answers_change ||
	    (!leg->is_caller && !leg->acked))
		return;
	leg->want = want;
	leg->change_offerless = offerless;
	if (!offerless)
		body = sim_leg_offer(phone, leg);
	sim_phone_begin(phone);
	err = ahoy_call_reinvite(phone->ua, phone->world->now, leg->id, (ahoy_slice){0},
				 body.len ? SDP : (ahoy_slice){0}, body);
	if (err)
		leg->want = before;
	else
		leg->reinviting = true;
	leg->changed_at = phone->world->now;
	sim_attempt_of(phone->world, leg->attempt)->changes += !err;
	sim_phone_end(phone);
}

void sim_leg_changed(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	leg->reinviting = false;
	sim_leg_unsettle(phone, leg);
	if (event->status >= 300) {
		leg->want = AHOY_SDP_SENDRECV;
		return;
	}
	sim_script_media(phone, leg);
	if (leg->change_offerless)
		sim_leg_ack_with_answer(phone, leg, event->msg->body);
	else if (sim_leg_accept_sdp(phone, leg, event->msg->body))
		sim_fail(phone->world, leg->attempt, "the answer to a re-INVITE does not fit the offer");
}

void sim_leg_change_comes(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	bool repeats = ahoy_slice_eq(ahoy_slice_make(leg->heard, leg->heard_len), event->msg->body);

	leg->answers_change = true;
	leg->heard_len = 0;
	if (!ahoy_slice_cstr(event->msg->body, leg->heard, sizeof leg->heard))
		leg->heard_len = event->msg->body.len;
	sim_script_changed(phone, leg, repeats);
}

void sim_leg_answer_change(sim_phone *phone, sim_leg *leg, int status)
{
	ahoy_slice body = {0};

	if (!leg->answers_change)
		return;
	leg->answers_change = false;
	sim_leg_unsettle(phone, leg);
	if (status < 300 && sim_leg_describe(phone, leg, &body))
		status = 488;
	sim_phone_begin(phone);
	(void)ahoy_call_answer_reinvite(phone->ua, phone->world->now, leg->id, status, (ahoy_slice){0},
					body.len && status < 300 ? SDP : (ahoy_slice){0},
					status < 300 ? body : (ahoy_slice){0});
	if (status < 300)
		sim_script_media(phone, leg);
	sim_phone_end(phone);
}
