/* world: one clock, one queue of events, one source of chance, and everybody who lives in it: network, NATs, store,
 * server, phones. The calls are made in rounds: phones register, call each other and misbehave, unregister; when all is
 * quiet nothing may be left. Thread kind: owned. The same options give the same bytes. */
#ifndef AHOY_SIM_WORLD_H
#define AHOY_SIM_WORLD_H

#include "sim/attempt.h"
#include "sim/invariants.h"
#include "sim/nat.h"
#include "sim/network.h"
#include "sim/observer.h"
#include "sim/phone.h"
#include "sim/random.h"
#include "sim/server.h"
#include "sim/store.h"
#include "sim/tape.h"

#define SIM_PHONES 26
#define SIM_NATS 5
/* The wall clock at virtual time 0: 2025-01-01. */
#define SIM_UTC_OFFSET (1735689600000ull * 1000)

typedef struct {
	uint64_t seed;
	unsigned calls;
	unsigned round_calls;		   /* calls of one round */
	unsigned loss, duplicate, reorder; /* per thousand */
	unsigned delay_ms;		   /* one way, the longest of a good link */
	unsigned kills;			   /* per thousand rounds */
	unsigned ports;			   /* pairs of media ports */
	bool calm;			   /* nobody misbehaves */
	bool verbose;			   /* each datagram and log record on stderr */
	bool quiet;			   /* no progress */
	unsigned trace;			   /* draw this call when its round is over; 0: none */
} sim_options;

#define SIM_MAX_FAULTS 10
/* With fewer pairs of media ports than this one may be given to the next call before the last one's packets have died
 * out. */
#define SIM_FEW_PORTS 100

struct sim_world {
	sim_options options;
	ahoy_time now;
	sim_random chance;
	sim_queue queue;
	sim_network network;
	sim_nat nats[SIM_NATS];
	sim_store store;
	sim_server server;
	sim_phone phones[SIM_PHONES];
	sim_observer observer;
	sim_tape tape;
	sim_notes notes;
	sim_attempt *attempts;
	unsigned attempt_count, checked_attempts;
	unsigned round, round_end;  /* its last attempt's number */
	bool calling;		    /* phones may begin calls */
	uint32_t sound;		    /* a bit for each phone to which nothing happened in this round, set before they unregister */
	bool leaving;		    /* they unregister, and the server is left in peace */
	uint64_t acked, acked_late; /* 2xx of phones, and those of them whose ACK took several repetitions */
	unsigned faults;
	ahoy_slice looked_at; /* the Call-ID of the message that is being looked at; empty: none. For a fault that
				 belongs to no call attempt */
	uint64_t events;
};

void sim_world_init(sim_world *world, const sim_options *options);
/* All rounds. 0, or 1 where an invariant broke. */
int sim_world_run(sim_world *world);
/* Deletes the actors: nothing of their memory may be left. */
void sim_world_stop(sim_world *world);
void sim_world_fini(sim_world *world);

void sim_put(sim_world *world, const sim_event *event);
uint64_t sim_utc_ms(const sim_world *world);
/* Are the links good enough that six tries of the same thing do not all get lost? What says "in time" is asked only then. */
bool sim_is_patient(const sim_world *world);
/* From a phone to the server, with everything that delays it. */
ahoy_time sim_longest_way(const sim_world *world);
/* An invariant is broken. The first tells all it knows (attempt 0: of no call in particular) and the run ends at the
 * next event. */
void sim_fail(sim_world *world, unsigned attempt, const char *what);
/* "phone 7 (user 107)", "server", "nat 1", with the port. */
void sim_name_of(const sim_world *world, const ahoy_addr *addr, char *out, size_t cap);

#endif
