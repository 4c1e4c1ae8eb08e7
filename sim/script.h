/* script: what the phones do, and when, by chance: whom they call, how they answer, what they change, how they misbehave. Thread kind: owned. */
#ifndef AHOY_SIM_SCRIPT_H
#define AHOY_SIM_SCRIPT_H

#include "sim/phone.h"

/* The phone's life in this round begins. */
void sim_script_begin(sim_phone *phone);
/* An INVITE came and has a leg. */
void sim_script_rung(sim_phone *phone, sim_leg *leg);
/* The call stands. */
void sim_script_up(sim_phone *phone, sim_leg *leg);
/* A re-INVITE of the peer came. */
void sim_script_changed(sim_phone *phone, sim_leg *leg);
/* The 2xx to our offerless INVITE came: the ACK is due. */
void sim_script_owes_ack(sim_phone *phone, sim_leg *leg);
/* Media flows anew after a change. */
void sim_script_media(sim_phone *phone, sim_leg *leg);
/* An unexpected end of the registration: try again. */
void sim_script_unregistered(sim_phone *phone);

#endif
