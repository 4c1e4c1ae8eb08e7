/* random: the one source of chance of a simulated world: xoshiro256** from a 64-bit seed, the same on every machine.
 * Each user has its own stream, so that one more draw in one place does not change all others. Thread kind: owned. */
#ifndef AHOY_SIM_RANDOM_H
#define AHOY_SIM_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	uint64_t s[4];
} sim_random;

/* Stream `stream` of this seed. */
void sim_random_init(sim_random *random, uint64_t seed, uint64_t stream);
uint64_t sim_random_u64(sim_random *random);
/* lo .. hi, both included; lo where hi is smaller. */
uint64_t sim_between(sim_random *random, uint64_t lo, uint64_t hi);
/* True `permille` times of a thousand. Draws nothing for 0. */
bool sim_chance(sim_random *random, unsigned permille);
void sim_random_fill(sim_random *random, void *out, size_t len);

#endif
