/* memory: the ahoy_env of one actor: an allocator that counts what is alive, random bytes of the actor's own stream,
 * and a log that is shown with the virtual time where that is asked for.
 * Must not move between init and fini. Thread kind: owned. */
#ifndef AHOY_SIM_MEMORY_H
#define AHOY_SIM_MEMORY_H

#include "base/env.h"
#include "sim/random.h"

typedef struct {
	ahoy_env env;
	sim_random random;
	const char *name;	/* static: whose log it is */
	const ahoy_time *clock; /* the world's */
	bool show;		/* log records on stderr */
	size_t blocks, bytes;	/* alive */
	size_t peak_bytes;
} sim_memory;

void sim_memory_init(sim_memory *memory, const char *name, uint64_t seed, uint64_t stream, const ahoy_time *clock,
		     bool show);

#endif
