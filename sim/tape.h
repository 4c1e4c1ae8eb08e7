/* tape: the last SIP datagrams of the world, for the one who looks for what went wrong: as the server saw them (for the
 * ladder), and each as it was sent, with what became of it on the way. Bounded rings. Thread kind: owned. */
#ifndef AHOY_SIM_TAPE_H
#define AHOY_SIM_TAPE_H

#include "sim/memory.h"
#include "sim/queue.h"
#include "sip/trace.h"

#define SIM_TAPE_LINES 32768
#define SIM_TAPE_BYTES (16u << 20)

typedef struct {
	ahoy_time at;
	ahoy_addr from, to;
	bool lost;
	char call_id[48], what[48], cseq[24];
} sim_tape_line;

typedef struct {
	sim_memory memory;
	ahoy_trace *trace;
	sim_tape_line *lines;
	uint64_t next;
	bool show; /* each line on stderr */
} sim_tape;

void sim_tape_init(sim_world *world, bool show);
void sim_tape_fini(sim_tape *tape);
/* As it is sent. */
void sim_tape_put(sim_world *world, const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes, bool lost);
/* As the server sends or gets it. */
void sim_tape_server(sim_world *world, bool sent, const ahoy_flow *flow, ahoy_slice bytes);
/* The ladder of these Call-IDs and all their datagrams, on stdout. */
void sim_tape_print(sim_world *world, const ahoy_slice *call_ids, size_t count);

#endif
