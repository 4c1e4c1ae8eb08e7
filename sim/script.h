/* script: what the phones do, and when, by chance: whom they call, how they answer, what they change, how they
 * misbehave. Thread kind: owned. */
#ifndef AHOY_SIM_SCRIPT_H
#define AHOY_SIM_SCRIPT_H

#include "sim/phone.h"
#include "sim/world.h"

/* The phone's life in this round begins. */
void sim_script_begin(sim_phone *phone);
/* An INVITE came and has a leg. */
void sim_script_rung(sim_phone *phone, sim_leg *leg);
/* The call stands. */
void sim_script_up(sim_phone *phone, sim_leg *leg);
/* A re-INVITE of the peer came. */
/* repeats: it says what was said before, which nobody refuses. */
void sim_script_changed(sim_phone *phone, sim_leg *leg, bool repeats);
/* Offer and answer are through before the answer. */
void sim_script_settled(sim_phone *phone, sim_leg *leg);
/* The 2xx to our offerless INVITE came: the ACK is due. */
void sim_script_owes_ack(sim_phone *phone, sim_leg *leg);
/* Media flows anew after a change. */
void sim_script_media(sim_phone *phone, sim_leg *leg);
/* An unexpected end of the registration: try again. */
void sim_script_unregistered(sim_phone *phone);

/* script_leg.c */
/* For a while, or for the rest of the round, nothing reaches the phone or leaves it. */
void sim_script_vanish(sim_phone *phone);
/* Its address, or its NAT's mappings, change. */
void sim_script_move(sim_phone *phone);
/* Where it still rings after that time, it is given up. */
void sim_script_give_up(sim_phone *phone, const sim_leg *leg, ahoy_time delay);

/* The script's dice: so many times of a thousand; a value of lo .. hi; so many times of a thousand, but never in a calm world. */
static inline sim_random *sim_chance_of(const sim_phone *phone)
{
	return &phone->world->chance;
}

static inline bool sim_may(const sim_phone *phone, unsigned permille)
{
	return sim_chance(sim_chance_of(phone), permille);
}

static inline ahoy_time sim_some(const sim_phone *phone, ahoy_time lo, ahoy_time hi)
{
	return sim_between(sim_chance_of(phone), lo, hi);
}

static inline bool sim_misbehaves(const sim_phone *phone, unsigned permille)
{
	return !phone->world->options.calm && sim_may(phone, permille);
}

#endif
