#include "sim/random.h"

#include <string.h>

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

void sim_random_init(sim_random *random, uint64_t seed, uint64_t stream)
{
	uint64_t state = seed;
	uint64_t mixed = splitmix(&state) ^ (stream * 0xd1342543de82ef95u + 1);

	for (int i = 0; i < 4; i++)
		random->s[i] = splitmix(&mixed);
}

uint64_t sim_random_u64(sim_random *random)
{
	uint64_t *s = random->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t sim_between(sim_random *random, uint64_t lo, uint64_t hi)
{
	/* The bias of a remainder does not matter for ranges this small. */
	return hi <= lo ? lo : lo + sim_random_u64(random) % (hi - lo + 1);
}

bool sim_chance(sim_random *random, unsigned permille)
{
	return permille > 0 && sim_random_u64(random) % 1000 < permille;
}

void sim_random_fill(sim_random *random, void *out, size_t len)
{
	uint8_t *p = out;

	while (len > 0) {
		uint64_t bits = sim_random_u64(random);
		size_t some = len < sizeof bits ? len : sizeof bits;

		memcpy(p, &bits, some);
		p += some;
		len -= some;
	}
}
