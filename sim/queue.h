/* queue: what will happen in the world, in the order of virtual time; at the same microsecond in the order of putting.
 * A binary heap. An event that lost its sense is not taken out: its `run` finds that out. Thread kind: owned. */
#ifndef AHOY_SIM_QUEUE_H
#define AHOY_SIM_QUEUE_H

#include "base/env.h"

typedef struct sim_world sim_world;
typedef struct sim_datagram sim_datagram;
typedef struct sim_event sim_event;

typedef void sim_run_fn(sim_world *world, const sim_event *event);

struct sim_event {
	ahoy_time at;
	uint64_t number; /* given by the queue */
	sim_run_fn *run;
	void *who;		/* the actor */
	uint64_t a, b;		/* as `run` likes */
	sim_datagram *datagram; /* owned by the event */
};

typedef struct {
	sim_event *events;
	size_t count, cap;
	uint64_t next_number;
} sim_queue;

void sim_queue_fini(sim_queue *queue);
void sim_queue_put(sim_queue *queue, const sim_event *event);
/* The earliest; false where there is none. */
bool sim_queue_pop(sim_queue *queue, sim_event *event);
/* AHOY_NEVER where it is empty. */
ahoy_time sim_queue_next(const sim_queue *queue);

#endif
