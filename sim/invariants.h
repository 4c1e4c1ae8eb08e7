/* invariants: what must hold of every call attempt once all is quiet, by comparing what caller, called phones, wire and
 * store know of it; and of requests in and outside of calls (notes). What each actor must not have left over is checked
 * by the actors (sim_…_check_idle). */
#ifndef AHOY_SIM_INVARIANTS_H
#define AHOY_SIM_INVARIANTS_H

#include "sim/attempt.h"
#include "sim/phone.h"

typedef struct {
	unsigned attempt;
	uint32_t came; /* a bit for each phone */
	unsigned round;
} sim_note;

typedef struct {
	sim_note *notes;
	unsigned count, cap;
	bool killed; /* in this round: a request may then have been carried out twice */
} sim_notes;

/* Checks the attempts first .. last (numbers). */
void sim_check_attempts(sim_world *world, unsigned first, unsigned last);

/* A leg that stood is about to end: it was one that the server knows of, and its re-INVITE was answered. */
void sim_check_leg(sim_phone *phone, const sim_leg *leg);

/* Counts how soon our 2xx is ACKed, or that it was not until the leg ended; the sum is judged by sim_check_totals. */
void sim_check_ack(sim_phone *phone, const sim_leg *leg);
/* At the end of the run: what only many calls show. */
void sim_check_totals(sim_world *world);

/* A request with a body that names it: its number, from 1. */
unsigned sim_note_new(sim_world *world, unsigned attempt);
void sim_note_came(sim_world *world, unsigned note, unsigned phone);
/* It was answered with a 2xx, so somebody must have got it. */
void sim_note_answered(sim_world *world, unsigned note);
void sim_notes_fini(sim_notes *notes);

#endif
