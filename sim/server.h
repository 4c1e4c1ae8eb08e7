/* server: drives the real switch (src/b2b/switch.h) in the virtual world: datagrams, time, store, media ports; and
 * kills it. Thread kind: owned. */
#ifndef AHOY_SIM_SERVER_H
#define AHOY_SIM_SERVER_H

#include "b2b/switch.h"
#include "sim/memory.h"
#include "sim/network.h"

#define SIM_REALM "ahoy"
#define SIM_ECHO "*43"
/* Shorter than some calls are meant to last. */
#define SIM_ECHO_LIMIT_S 30u

typedef struct {
	sim_world *world;
	sim_memory memory;
	ahoy_switch *sw;	/* NULL: it is down */
	ahoy_addr addresses[2]; /* IPv4, IPv6; port 5060 */
	unsigned incarnation;	/* counts the starts */
	ahoy_time wake_at;
	uint64_t wake_number;
	unsigned pairs_open, pairs_max;
	uint16_t *port_of_pair; /* RTP port of each open pair; 0: closed */
	uint32_t *pair_of_port; /* pair + 1 by (RTP port - SIM_RTP_FIRST) / 2; 0: closed */
	unsigned next_port;	/* ports are opened in turn */
	uint64_t trims;
	unsigned turns_at_once; /* expirations in a row that did not move the deadline */
	uint64_t kills, hung_up, stops;
	bool in_turn, stopping;
	size_t rest_bytes; /* what it keeps beside its pools when nothing is going on; 0: not yet known */
} sim_server;

void sim_server_start(sim_world *world);
/* As kill -9 does. */
void sim_server_kill(sim_world *world);
/* As SIGTERM does: all calls are ended and the last records written; then, after a while, sim_server_exit. */
void sim_server_stop(sim_world *world);
void sim_server_exit(sim_world *world);
/* The last time: everything must be freed then. */
void sim_server_del(sim_world *world);
/* What `ahoyd status`, `calls`, `registrations`, `trace last` look at, and now and then `hangup`. */
void sim_server_operate(sim_world *world);
/* False: nobody listens. */
bool sim_server_recv(sim_server *server, const sim_datagram *datagram);
void sim_server_answer_user(sim_world *world, unsigned incarnation, uint64_t id, const ahoy_user_record *record,
			    bool failed);
void sim_server_answer_saved(sim_world *world, unsigned incarnation, uint64_t id, bool failed);
/* The address that packets to this peer come from. */
const ahoy_addr *sim_server_local(const sim_server *server, const ahoy_addr *peer);
/* server_ports.c */
void sim_server_open_ports(sim_server *server, size_t count);
void sim_server_close_ports(sim_server *server); /* all, and makes the tables anew */
void sim_server_trim(sim_world *world, const sim_event *event);
bool sim_server_recv_media(sim_server *server, const sim_datagram *datagram);
void sim_server_send_media(sim_server *server, const ahoy_relay_out *out, ahoy_slice bytes);
/* Drains the switch, unless that is being done already. */
void sim_server_end_turn(sim_server *server);
/* server_rest.c: nothing of the past is left: calls, transactions, timers, waits, messages, ports, bindings,
 * memory. Reports what is. The server is up. */
void sim_server_check_idle(sim_world *world);
void sim_rest_transactions(sim_world *world, const ahoy_stack *stack, const char *whose);

#endif
