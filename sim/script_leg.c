/* What happens to a leg, and when: how it is answered, what is changed in the call, how it ends. */
#include "sim/script.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/world.h"

typedef enum {
	ACT_RING,
	ACT_EARLY_MEDIA,
	ACT_UPDATE,
	ACT_ANSWER,
	ACT_ANSWER_WITHOUT_SDP,
	ACT_REFUSE, /* c: the code */
	ACT_HANG_UP,
	ACT_GIVE_UP, /* where it still rings */
	ACT_HOLD,
	ACT_RESUME,
	ACT_RENEW,
	ACT_RENEW_OFFERLESS,
	ACT_ANSWER_CHANGE,
	ACT_REFUSE_CHANGE,
	ACT_INFO,
	ACT_MESSAGE,
	ACT_OPTIONS,
	ACT_ACK,
	ACT_SPELL,
	ACT_PACKET,
	ACT_VANISH,
	ACT_MOVE
} act_kind;

#define ACT_OF(b) ((act_kind)((b)&0xff))
#define ACT_CODE(b) ((int)((b) >> 8))

static void act(sim_world *world, const sim_event *event);

static void later(sim_phone *phone, const sim_leg *leg, ahoy_time delay, act_kind kind, int code)
{
	sim_put(phone->world, &(sim_event){.at = phone->world->now + delay,
					   .run = act,
					   .who = phone,
					   .a = leg->serial,
					   .b = (uint64_t)(unsigned)code << 8 | kind});
}

/* ---- misfortunes ---- */

static void mark_legs(sim_phone *phone, unsigned odd)
{
	/* Those that were hung up, too: the BYE may be still on its way. */
	for (unsigned i = 0; i < SIM_LEGS; i++)
		if (phone->legs[i].attempt > phone->world->checked_attempts)
			sim_attempt_of(phone->world, phone->legs[i].attempt)->odd |= odd;
}

void sim_script_vanish(sim_phone *phone)
{
	mark_legs(phone, SIM_ODD_SILENT);
	phone->silent_in = phone->world->round;
	phone->silent_until =
		phone->world->now + sim_some(phone, AHOY_MS(500), sim_may(phone, 500) ? AHOY_SECONDS(5) : AHOY_SECONDS(70));
}

void sim_script_move(sim_phone *phone)
{
	sim_world *world = phone->world;

	for (unsigned p = 0; p < SIM_PHONES; p++)
		if (&world->phones[p] == phone || (phone->nat && world->phones[p].nat == phone->nat)) {
			mark_legs(&world->phones[p], SIM_ODD_MOVED);
			world->phones[p].moved_in = world->round;
		}
	sim_phone_move(phone);
}

/* ---- media ---- */

static void send_packet(sim_phone *phone, sim_leg *leg)
{
	sim_leg_send_media(phone, leg);
	if (leg->spell)
		leg->spell--;
	/* Between the spells enough to keep the media time-out and the NAT quiet. */
	later(phone, leg, leg->spell ? AHOY_MS(20) : AHOY_SECONDS(4), ACT_PACKET, 0);
}

static void begin_spell(sim_phone *phone, sim_leg *leg)
{
	bool running = leg->spell > 0;

	sim_leg_send_report(phone, leg);
	leg->spell = (unsigned)sim_some(phone, 25, 120);
	if (!running)
		send_packet(phone, leg);
}

void sim_script_media(sim_phone *phone, sim_leg *leg)
{
	later(phone, leg, sim_some(phone, AHOY_MS(200), AHOY_MS(1500)), ACT_SPELL, 0);
}

/* ---- in the call ---- */

static void disturb(sim_phone *phone, sim_leg *leg, ahoy_time until)
{
	static const act_kind changes[] = {ACT_HOLD, ACT_HOLD, ACT_RENEW, ACT_RENEW_OFFERLESS,
					   ACT_INFO, ACT_INFO, ACT_MESSAGE, ACT_OPTIONS};

	for (ahoy_time at = sim_some(phone, 0, AHOY_SECONDS(4)); at < until;
	     at += sim_some(phone, AHOY_MS(10), AHOY_SECONDS(10))) {
		act_kind kind = changes[sim_some(phone, 0, sizeof changes / sizeof changes[0] - 1)];

		later(phone, leg, at, kind, 0);
		if (kind == ACT_HOLD)
			later(phone, leg, at + sim_some(phone, AHOY_MS(10), AHOY_SECONDS(6)), ACT_RESUME, 0);
	}
	if (sim_misbehaves(phone, 15))
		later(phone, leg, sim_some(phone, 0, until), ACT_VANISH, 0);
	if (sim_misbehaves(phone, 15))
		later(phone, leg, sim_some(phone, 0, until), ACT_MOVE, 0);
}

/* What both sides do at the same moment: the peer's leg is found by the attempt. */
static void both(sim_phone *phone, const sim_leg *leg, ahoy_time delay, act_kind kind)
{
	sim_world *world = phone->world;

	for (unsigned p = 0; p < SIM_PHONES; p++)
		for (unsigned i = 0; i < SIM_LEGS; i++)
			if (world->phones[p].legs[i].state == SIM_LEG_UP &&
			    world->phones[p].legs[i].attempt == leg->attempt)
				later(&world->phones[p], &world->phones[p].legs[i], delay, kind, 0);
}

void sim_script_up(sim_phone *phone, sim_leg *leg)
{
	bool glare = sim_may(phone, 30);
	ahoy_time longest =
		glare || sim_may(phone, 100) ? AHOY_SECONDS(150) : (sim_may(phone, 100) ? AHOY_MS(400) : AHOY_SECONDS(14));
	ahoy_time until = sim_some(phone, AHOY_MS(1), longest);

	sim_script_media(phone, leg);
	/* Who listens to himself talks more. */
	for (ahoy_time at = AHOY_SECONDS(2); sim_attempt_of(phone->world, leg->attempt)->is_echo && at < until; at += AHOY_SECONDS(3))
		later(phone, leg, at, ACT_SPELL, 0);
	later(phone, leg, until, ACT_HANG_UP, 0);
	if (sim_may(phone, 300))
		disturb(phone, leg, until);
	if (leg->is_caller && sim_may(phone, 30))
		both(phone, leg, until, ACT_HANG_UP);
	/* Both sides change the call at the same moment (RFC 3261 14.1). */
	if (leg->is_caller && glare)
		both(phone, leg, sim_some(phone, AHOY_MS(500), AHOY_SECONDS(2)), ACT_RENEW);
}

void sim_script_changed(sim_phone *phone, sim_leg *leg, bool repeats)
{
	ahoy_time delay = sim_may(phone, 700) ? sim_some(phone, 0, AHOY_MS(20)) : sim_some(phone, 0, AHOY_SECONDS(3));

	later(phone, leg, delay, sim_may(phone, 930) || repeats ? ACT_ANSWER_CHANGE : ACT_REFUSE_CHANGE, 488);
}

/* Both sides often at the same moment. */
void sim_script_settled(sim_phone *phone, sim_leg *leg)
{
	if (sim_may(phone, 600))
		later(phone, leg, sim_some(phone, AHOY_MS(20), AHOY_MS(sim_may(phone, 500) ? 200 : 1000)), ACT_UPDATE, 0);
}

void sim_script_owes_ack(sim_phone *phone, sim_leg *leg)
{
	later(phone, leg, sim_some(phone, 0, AHOY_MS(300)), ACT_ACK, 0);
}

/* ---- the called phone ---- */

static void refuse_later(sim_phone *phone, sim_leg *leg)
{
	static const int codes[] = {486, 486, 603, 480, 404, 488, 302, 302, 302, 500, 503, 600, 401, 407, 491, 415};
	int code = codes[sim_some(phone, 0, sizeof codes / sizeof codes[0] - 1)];

	later(phone, leg, sim_some(phone, 0, AHOY_SECONDS(3)), ACT_REFUSE, code);
}

void sim_script_rung(sim_phone *phone, sim_leg *leg)
{
	/* Most of them soon, so that phones of one user answer at the same time now and then. */
	ahoy_time answer = sim_some(phone, 0, sim_may(phone, 700) ? AHOY_MS(600) : AHOY_SECONDS(6));
	unsigned way = (unsigned)sim_some(phone, 0, 999);
	bool early;

	/* However it goes, one day somebody leaves the phone. */
	later(phone, leg, AHOY_SECONDS(50), ACT_GIVE_UP, 0);
	if (sim_phone_busy(phone) > 3 || (!phone->world->options.calm && way < 120)) {
		refuse_later(phone, leg);
		return;
	}
	if (sim_misbehaves(phone, 10))
		later(phone, leg, sim_some(phone, 0, AHOY_SECONDS(1)), ACT_VANISH, 0);
	leg->twin = sim_misbehaves(phone, 15);
	if (way < 170 && !phone->world->options.calm) { /* never answers */
		later(phone, leg, sim_some(phone, 0, AHOY_MS(500)), ACT_RING, 180);
		return;
	}
	if (way > 960) { /* at once */
		later(phone, leg, 0, ACT_ANSWER, 0);
		return;
	}
	early = way < 300 || (phone->habits.reliable && sim_may(phone, 500));
	if (early && answer < AHOY_MS(600)) /* so that there is time for changes before it */
		answer += sim_some(phone, 0, AHOY_SECONDS(2));
	later(phone, leg, sim_some(phone, 0, AHOY_MS(300)), early ? ACT_EARLY_MEDIA : ACT_RING, early ? 183 : 180);
	if (early)
		later(phone, leg, AHOY_MS(320), ACT_SPELL, 0);
	later(phone, leg, answer, sim_misbehaves(phone, 10) ? ACT_ANSWER_WITHOUT_SDP : ACT_ANSWER, 0);
}

/* ---- one thing that is done ---- */

/* A redirection leads out of here, or to one of us: himself, too. */
static void refuse(sim_phone *phone, sim_leg *leg, int code)
{
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (code == 302 && sim_may(phone, 300))
		ahoy_buf_str(&b, "Contact: <sip:somebody@192.0.2.77>\r\n");
	else if (code == 302)
		ahoy_buf_fmt(&b, "Contact: <sip:%u@198.51.100.1>\r\n", (unsigned)sim_some(phone, 100, 119));
	else if (code == 401)
		ahoy_buf_str(&b, "WWW-Authenticate: Digest realm=\"p\", nonce=\"abc\"\r\n");
	sim_leg_refuse(phone, leg, code, ahoy_buf_slice(&b));
}

static void act_unanswered(sim_phone *phone, sim_leg *leg, act_kind kind, int code)
{
	switch (kind) {
	case ACT_RING:
	case ACT_EARLY_MEDIA:
		sim_leg_ring(phone, leg, code, kind == ACT_EARLY_MEDIA);
		break;
	case ACT_ANSWER:
	case ACT_ANSWER_WITHOUT_SDP:
		sim_leg_answer(phone, leg, kind == ACT_ANSWER_WITHOUT_SDP);
		break;
	case ACT_REFUSE:
		refuse(phone, leg, code);
		break;
	case ACT_HANG_UP:
	case ACT_GIVE_UP:
		sim_leg_hang_up(phone, leg);
		break;
	case ACT_UPDATE:
		sim_leg_update(phone, leg, sim_may(phone, 300) ? AHOY_SDP_SENDONLY : AHOY_SDP_SENDRECV);
		break;
	case ACT_ANSWER_CHANGE:
	case ACT_REFUSE_CHANGE:
		sim_leg_answer_change(phone, leg, kind == ACT_ANSWER_CHANGE ? 200 : code);
		break;
	default:
		break;
	}
}

static void act_up(sim_phone *phone, sim_leg *leg, act_kind kind, int code)
{
	switch (kind) {
	case ACT_HANG_UP:
		sim_leg_hang_up(phone, leg);
		break;
	case ACT_HOLD:
		sim_leg_change(phone, leg, sim_may(phone, 500) ? AHOY_SDP_SENDONLY : AHOY_SDP_INACTIVE, false);
		break;
	case ACT_RESUME:
	case ACT_RENEW:
	case ACT_RENEW_OFFERLESS:
		sim_leg_change(phone, leg, AHOY_SDP_SENDRECV, kind == ACT_RENEW_OFFERLESS);
		break;
	case ACT_ANSWER_CHANGE:
	case ACT_REFUSE_CHANGE:
		sim_leg_answer_change(phone, leg, kind == ACT_ANSWER_CHANGE ? 200 : code);
		break;
	case ACT_INFO:
		sim_leg_request(phone, leg, AHOY_INFO);
		break;
	case ACT_MESSAGE:
		sim_leg_request(phone, leg, AHOY_MESSAGE);
		break;
	case ACT_OPTIONS:
		sim_leg_request(phone, leg, AHOY_OPTIONS);
		break;
	case ACT_ACK:
		sim_leg_ack(phone, leg);
		break;
	default:
		break;
	}
}

static void act(sim_world *world, const sim_event *event)
{
	sim_phone *phone = event->who;
	sim_leg *leg = sim_phone_leg(phone, event->a);
	act_kind kind = ACT_OF(event->b);
	int code = ACT_CODE(event->b);

	(void)world;
	if (!leg)
		return;
	if (kind == ACT_VANISH)
		sim_script_vanish(phone);
	else if (kind == ACT_MOVE)
		sim_script_move(phone);
	else if (kind == ACT_SPELL)
		begin_spell(phone, leg);
	else if (kind == ACT_PACKET)
		send_packet(phone, leg);
	else if (leg->state == SIM_LEG_RUNG)
		act_unanswered(phone, leg, kind, code);
	else if (leg->state == SIM_LEG_UP)
		act_up(phone, leg, kind, code);
	else if (kind == ACT_HANG_UP || kind == ACT_GIVE_UP || kind == ACT_UPDATE || kind == ACT_ANSWER_CHANGE || kind == ACT_REFUSE_CHANGE)
		act_unanswered(phone, leg, kind, code);
}

void sim_script_give_up(sim_phone *phone, const sim_leg *leg, ahoy_time delay)
{
	later(phone, leg, delay, ACT_GIVE_UP, 0);
}
