/* A phone's day: it registers, calls somebody or sends a message now and then, and has its misfortunes. */
#include "sim/script.h"

#include <stdio.h>

#include "sim/world.h"

/* ---- whom to call ---- */

static void choose_target(sim_phone *phone, char *out, size_t cap)
{
	unsigned way = (unsigned)sim_some(phone, 0, 999);

	if (way < 30)
		snprintf(out, cap, "999"); /* no such user */
	else if (way < 50)
		snprintf(out, cap, "sip:105@192.0.2.99"); /* not ours */
	else if (way < 80)
		snprintf(out, cap, "120"); /* never registered */
	else if (way < 110)
		snprintf(out, cap, SIM_ECHO); /* nobody's number: the server itself answers */
	else if (way < 330)
		snprintf(out, cap, "%u", (unsigned)sim_some(phone, 116, 118)); /* those with several phones */
	else
		snprintf(out, cap, "%u", (unsigned)sim_some(phone, 100, 119));
}

static void call(sim_phone *phone)
{
	sim_call_plan plan = {.offerless = sim_may(phone, 60)};
	char target[24];
	sim_attempt *attempt;
	sim_leg *leg;
	bool hasty;

	plan.no_ack = sim_misbehaves(phone, 10);
	choose_target(phone, target, sizeof target);
	plan.target = target;
	if (sim_may(phone, 100))
		plan.headers = phone->habits.session_s ? AHOY_S("Subject: simulated\r\n")
						       : AHOY_S("Subject: simulated\r\nSupported: timer\r\nSession-Expires: 1800\r\n");
	if (phone->habits.reliable && sim_may(phone, 100))
		plan.headers = AHOY_S("Require: 100rel\r\n");
	if (sim_misbehaves(phone, 10))
		plan.headers = AHOY_S("Require: gruu\r\n");
	attempt = sim_attempt_new(phone->world, phone->index, target);
	attempt->reachable = sim_sound_phones(phone->world, target);
	if (phone->habits.wrong_password)
		attempt->odd |= SIM_ODD_WRONG;
	leg = sim_phone_call(phone, attempt->number, &plan);
	if (!leg)
		return;
	hasty = sim_may(phone, 120);
	sim_script_give_up(phone, leg, sim_some(phone, hasty ? 0 : AHOY_SECONDS(10), AHOY_SECONDS(hasty ? 3 : 40)));
}

/* ---- a phone's day ---- */

/* What befalls it now befalls no call: not one that it hung up a moment ago either. */
static bool is_free(const sim_phone *phone)
{
	return !phone->world->options.calm && !sim_phone_busy(phone) && !ahoy_ua_calls(phone->ua) && sim_phone_is_quiet(phone);
}

static void chatter(sim_phone *phone)
{
	static const char garbage[] = "\x16\x03\x01 hello";
	char target[24];

	switch (sim_some(phone, 0, 9)) {
	case 0:
		sim_phone_send_raw(phone, AHOY_S("\r\n\r\n"));
		break;
	case 1:
		sim_phone_send_raw(phone, ahoy_slice_make(garbage, sizeof garbage));
		break;
	case 2:
		sim_phone_options(phone);
		break;
	case 3:
		if (is_free(phone))
			sim_script_vanish(phone);
		break;
	case 4:
		if (is_free(phone) && sim_may(phone, 300))
			sim_script_move(phone);
		break;
	default:
		choose_target(phone, target, sizeof target);
		sim_phone_message(phone, target);
		break;
	}
}

static void think(sim_world *world, const sim_event *event)
{
	sim_phone *phone = event->who;
	/* In some rounds NATs have time to forget their phones, which are only called. */
	bool slow = world->round % 4 == 2;

	if (!world->calling || event->a != world->round)
		return;
	if (!sim_phone_is_silent(phone, world->now) && !(slow && phone->nat)) {
		if (sim_may(phone, 120))
			chatter(phone);
		else if (world->attempt_count < world->round_end && sim_phone_busy(phone) < 2)
			call(phone);
	}
	sim_put(world, &(sim_event){.at = world->now + sim_some(phone, AHOY_MS(20), AHOY_SECONDS(slow ? 240 : 8)),
				    .run = think,
				    .who = phone,
				    .a = world->round});
}

static void login(sim_world *world, const sim_event *event)
{
	sim_phone *phone = event->who;

	if (phone->wants_registration || event->a == world->round)
		sim_phone_register(phone);
}

static void login_later(sim_phone *phone, ahoy_time delay, uint64_t round)
{
	sim_put(phone->world, &(sim_event){.at = phone->world->now + delay, .run = login, .who = phone, .a = round});
}

void sim_script_unregistered(sim_phone *phone)
{
	if (phone->wants_registration && !phone->habits.wrong_password)
		login_later(phone, sim_some(phone, AHOY_SECONDS(1), AHOY_SECONDS(10)), 0);
}

void sim_script_begin(sim_phone *phone)
{
	login_later(phone, sim_some(phone, 0, AHOY_SECONDS(3)), phone->world->round);
	sim_put(phone->world, &(sim_event){.at = phone->world->now + sim_some(phone, AHOY_SECONDS(2), AHOY_SECONDS(9)),
					   .run = think,
					   .who = phone,
					   .a = phone->world->round});
}
