#include "crypto/siphash.h"

typedef struct {
	uint64_t v[4];
} state;

static uint64_t little_endian(const uint8_t *p, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value |= (uint64_t)p[i] << (8 * i);
	return value;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(state *s, int count)
{
	uint64_t *v = s->v;

	while (count--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static void compress(state *s, uint64_t word)
{
	s->v[3] ^= word;
	rounds(s, 2);
	s->v[0] ^= word;
}

uint64_t ahoy_siphash(const uint8_t key[16], ahoy_slice bytes)
{
	uint64_t k0 = little_endian(key, 8), k1 = little_endian(key + 8, 8);
	/* The paper's constant, "somepseudorandomlygeneratedbytes". */
	state s = {{k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
		    k1 ^ 0x7465646279746573u}};
	const uint8_t *p = (const uint8_t *)bytes.ptr;
	size_t whole = bytes.len & ~(size_t)7;

	for (size_t i = 0; i < whole; i += 8)
		compress(&s, little_endian(p + i, 8));
	/* The last word: what is left over, and the length modulo 256 on top. */
	compress(&s, (whole < bytes.len ? little_endian(p + whole, bytes.len - whole) : 0) | (uint64_t)bytes.len << 56);
	s.v[2] ^= 0xff;
	rounds(&s, 4);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}
