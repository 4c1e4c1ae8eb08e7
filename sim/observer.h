/* observer: looks at each SIP message at the server's door, and at nothing inside: what one may expect of any server.
 * It keeps each transaction that a phone opened for a while: its request's size, the final answer that it got. Thread
 * kind: owned. */
#ifndef AHOY_SIM_OBSERVER_H
#define AHOY_SIM_OBSERVER_H

#include "sim/queue.h"
#include "sip/flow.h"
#include "sip/msg.h"

#define SIM_OBSERVED_BUCKETS 8192
/* The largest message that any part of this world has a reason to send. */
#define SIM_MAX_SIP 4000

typedef struct sim_exchange {
	struct sim_exchange *next;
	uint64_t key;
	ahoy_time at;
	size_t request_len;
	int status; /* of the final answer; 0: none yet */
	uint64_t to_tag_hash;
	bool opens_call; /* an INVITE outside a dialog */
	unsigned attempt;
	char user[24], contact[96]; /* of a REGISTER that adds a binding */
} sim_exchange;

typedef struct {
	sim_exchange *buckets[SIM_OBSERVED_BUCKETS];
	ahoy_time swept;
	ahoy_msg msg;
	uint64_t requests, responses, finals, challenges, repeated;
	uint64_t sent_on;		  /* INVITEs to phones that others sent a call on to */
	uint64_t pracks, updates, glares; /* of phones, answered 200; those with an offer, answered 200; changes answered 491 */
	uint64_t by_status[700];	  /* final answers to INVITEs that open a call, but for 401 */
} sim_observer;

void sim_observer_fini(sim_observer *observer);
void sim_observe_received(sim_world *world, const ahoy_flow *flow, ahoy_slice bytes);
void sim_observe_sent(sim_world *world, const ahoy_flow *flow, ahoy_slice bytes);

#endif
