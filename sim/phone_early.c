/* Before the answer: reliable ringing and PRACK (RFC 3262), UPDATE in early dialogs (RFC 3311), in both roles. */
#include "sim/phone.h"
#include "sim/script.h"
#include "sim/world.h"

#define SDP AHOY_S("application/sdp")

void sim_leg_ring(sim_phone *phone, sim_leg *leg, int status, bool early_media)
{
	ahoy_slice body = {0};
	ahoy_call_info info;
	bool reliable = !ahoy_call_get(phone->ua, leg->id, &info) && info.knows_100rel && sim_may(phone, 700);

	/* An offer in a provisional answer needs a PRACK to answer it. */
	if (early_media && !leg->settled && (leg->heard_len || reliable) && sim_leg_describe(phone, leg, &body))
		body = (ahoy_slice){0};
	sim_phone_begin(phone);
	if (!reliable)
		(void)ahoy_call_progress(phone->ua, phone->world->now, leg->id, status, (ahoy_slice){0},
					 body.len ? SDP : (ahoy_slice){0}, body);
	else if (!ahoy_call_progress_reliably(phone->ua, phone->world->now, leg->id, status, (ahoy_slice){0},
					      body.len ? SDP : (ahoy_slice){0}, body))
		leg->settled |= body.len > 0;
	sim_phone_end(phone);
}

void sim_leg_progress(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	ahoy_slice body = event->msg->body, answer;

	if (event->prack_due) {
		if (sim_leg_answer_sdp(phone, leg, body, &answer)) {
			sim_leg_hang_up(phone, leg);
			return;
		}
		leg->settled = !ahoy_call_prack(phone->ua, phone->world->now, leg->id, SDP, answer);
	} else if (body.len && !leg->settled && !sim_attempt_of(phone->world, leg->attempt)->offerless) {
		/* An answer that cannot be used is met once more in the 200. */
		leg->settled = !sim_leg_accept_sdp(phone, leg, body) && event->reliable;
	}
	if (leg->settled)
		sim_script_settled(phone, leg);
}

void sim_leg_pracked(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	if (event->msg->body.len && sim_leg_accept_sdp(phone, leg, event->msg->body))
		sim_fail(phone->world, leg->attempt, "the answer in a PRACK does not fit the offer");
	if (leg->settled)
		sim_script_settled(phone, leg);
}

void sim_leg_update(sim_phone *phone, sim_leg *leg, ahoy_sdp_dir want)
{
	ahoy_sdp_dir before = leg->want;
	char told[SIM_SDP];
	size_t told_len = leg->told_len;
	int err;

	if (!leg->settled || leg->reinviting || leg->answers_change)
		return;
	memcpy(told, leg->told, told_len);
	leg->want = want;
	sim_phone_begin(phone);
	err = ahoy_call_update(phone->ua, phone->world->now, leg->id, (ahoy_slice){0}, SDP, sim_leg_offer(phone, leg));
	if (err) { /* the peer knows none, or its PRACK is still to come */
		leg->want = before;
		memcpy(leg->told, told, told_len);
		leg->told_len = told_len;
	} else {
		leg->reinviting = true;
	}
	leg->changed_at = phone->world->now;
	sim_attempt_of(phone->world, leg->attempt)->changes += !err;
	sim_phone_end(phone);
}
