/* network: addresses, links and what happens to a datagram on its way: delay, jitter, loss, duplication, overtaking,
 * NAT. Every path has the server at one end; the other end's link (a phone's, a NAT's) says how good it is. An address
 * that an actor leaves stays in the world: datagrams to it get lost. One to an address that never was there is a
 * violation. Thread kind: owned. */
#ifndef AHOY_SIM_NETWORK_H
#define AHOY_SIM_NETWORK_H

#include "base/addr.h"
#include "sim/queue.h"

struct sim_datagram {
	ahoy_addr from, to;
	size_t len;
	char bytes[];
};

sim_datagram *sim_datagram_new(const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes);
void sim_datagram_del(sim_datagram *datagram); /* NULL is allowed */

typedef struct {
	unsigned loss, duplicate, reorder; /* per thousand */
	ahoy_time delay, jitter;	   /* one way: delay .. delay + jitter */
} sim_link;

typedef enum {
	SIM_NOBODY,
	SIM_SERVER,
	SIM_PHONE,
	SIM_NAT
} sim_owner_kind;

typedef struct {
	ahoy_addr ip; /* its port is not used */
	bool inside;  /* behind a NAT: cannot be reached from the server */
	sim_owner_kind kind;
	void *owner;
	const sim_link *link; /* NULL: the server's end */
} sim_host;

#define SIM_HOST_BUCKETS 4096

typedef struct {
	sim_host *hosts;
	size_t count, cap;
	uint32_t
		buckets[SIM_HOST_BUCKETS]; /* index + 1 of the host, by a hash of its IP; the next bucket where taken */
	uint64_t sent, lost, duplicated, reordered, unreachable, delivered;
	uint64_t hash; /* of all datagrams, in order */
} sim_network;

void sim_network_fini(sim_network *network);
/* The address belongs to this actor from now on. */
void sim_network_own(sim_network *network, const ahoy_addr *ip, bool inside, sim_owner_kind kind, void *owner,
		     const sim_link *link);
/* Nobody is there any more. */
void sim_network_leave(sim_network *network, const ahoy_addr *ip);
sim_host *sim_network_find(const sim_network *network, const ahoy_addr *ip);

/* An actor sends. `link`: the sender's own, NULL for the server's, which takes that of the other end. `inside`: `from`
 * is behind this NAT. */
typedef struct sim_nat sim_nat;
void sim_network_send(sim_world *world, const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes,
		      const sim_link *link, sim_nat *nat);

/* SIP and RTP share the network; what is which is seen from the port at the server. */
#define SIM_SIP_PORT 5060
#define SIM_RTP_FIRST 10000
static inline bool sim_is_media(const ahoy_addr *server_end)
{
	return server_end->port >= SIM_RTP_FIRST;
}

#endif
