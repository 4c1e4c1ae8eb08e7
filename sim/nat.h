/* nat: a box that rewrites the source of what leaves and forgets its mappings (RFC 4787). Symmetric ones take a new
 * port for each destination, the others let in only whom the phone has sent to. Only what leaves refreshes a mapping.
 * Thread kind: owned. */
#ifndef AHOY_SIM_NAT_H
#define AHOY_SIM_NAT_H

#include "sim/network.h"
#include "sim/random.h"

typedef struct sim_phone sim_phone;

#define SIM_NAT_MAPPINGS 256
#define SIM_NAT_PEERS 8

typedef struct {
	ahoy_addr inside;
	uint16_t port;			/* outside; 0: free */
	ahoy_addr peers[SIM_NAT_PEERS]; /* that may answer; a ring */
	unsigned peer_count;
	ahoy_time used;
	sim_phone *phone;
} sim_mapping;

struct sim_nat {
	ahoy_addr outside; /* port 0 */
	bool symmetric;
	ahoy_time timeout;
	sim_link link;
	sim_random *chance;
	sim_phone *(*phone_at)(void *world, const ahoy_addr *inside);
	void *world;
	sim_mapping mappings[SIM_NAT_MAPPINGS];
};

void sim_nat_out(sim_nat *nat, ahoy_time now, const ahoy_addr *inside, const ahoy_addr *to, ahoy_addr *source);
/* Who is behind that port, and at which inner address; NULL: nobody, or the sender is not let in. */
sim_phone *sim_nat_in(sim_nat *nat, ahoy_time now, const ahoy_addr *port, const ahoy_addr *from, ahoy_addr *inside);
/* The box was switched off and on: what leaves gets other ports. */
void sim_nat_forget(sim_nat *nat);

#endif
