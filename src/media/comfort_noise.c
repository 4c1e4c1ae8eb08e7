#include "media/comfort_noise.h"

#include <math.h>

#include "media/level.h"

#define LEAST_DBOV (-127.0)
#define SHARPEST 0.98
#define UNIFORM_RMS 0.57735026918962576 /* of numbers spread evenly over -1 .. 1 */

/* RFC 3389 3.2: k = 258 * (N - 127) / 32768, and 255 is no value. Up to 0.98, beyond which the filter rings longer than a frame
 * and no noise has its poles. */
static double coefficient_of(uint8_t byte)
{
	double k = 258.0 * ((int)byte - 127) / 32768.0;

	return k > SHARPEST ? SHARPEST : k < -SHARPEST ? -SHARPEST
						       : k;
}

static uint8_t byte_of(double coefficient)
{
	double n = coefficient * 32768.0 / 258.0 + 127.0;

	return (uint8_t)(n < 0 ? 0 : n > 254 ? 254
					     : lrint(n));
}

int ahoy_noise_parse(const uint8_t *payload, size_t len, ahoy_noise *out)
{
	*out = (ahoy_noise){0};
	if (len == 0)
		return AHOY_ESYNTAX;
	/* 3.1: the highest bit is to be zero, and to be ignored. */
	out->level_dbov = -(double)(payload[0] & 0x7f);
	for (; out->order < AHOY_NOISE_ORDER && out->order + 1 < len; out->order++)
		out->reflection[out->order] = coefficient_of(payload[out->order + 1]);
	return 0;
}

size_t ahoy_noise_write(const ahoy_noise *noise, uint8_t out[AHOY_NOISE_PAYLOAD])
{
	unsigned order = noise->order < AHOY_NOISE_SENT_ORDER ? noise->order : AHOY_NOISE_SENT_ORDER;
	double level = noise->level_dbov < LEAST_DBOV ? LEAST_DBOV : noise->level_dbov > 0 ? 0
											   : noise->level_dbov;

	out[0] = (uint8_t)lrint(-level);
	for (unsigned i = 0; i < order; i++)
		out[i + 1] = byte_of(noise->reflection[i]);
	return 1 + order;
}

/* Levinson and Durbin. The reflection coefficients have the sign of the lattice in maker_fill. */
static void reflect(const double r[AHOY_NOISE_SENT_ORDER + 1], ahoy_noise *out)
{
	double a[AHOY_NOISE_SENT_ORDER + 1] = {1}, error = r[0];

	out->order = AHOY_NOISE_SENT_ORDER;
	for (unsigned i = 1; i <= AHOY_NOISE_SENT_ORDER; i++) {
		double before[AHOY_NOISE_SENT_ORDER + 1], sum = r[i], k;

		memcpy(before, a, sizeof a);
		for (unsigned j = 1; j < i; j++)
			sum += a[j] * r[i - j];
		k = -sum / error;
		a[i] = k;
		for (unsigned j = 1; j < i; j++)
			a[j] = before[j] + k * before[i - j];
		error *= 1 - k * k;
		out->reflection[i - 1] = k;
	}
}

void ahoy_noise_measure(const int16_t *pcm, size_t samples, ahoy_noise *out)
{
	double r[AHOY_NOISE_SENT_ORDER + 1] = {0};

	*out = (ahoy_noise){.level_dbov = ahoy_level_dbov(ahoy_level_energy(pcm, samples), samples)};
	for (unsigned lag = 0; lag <= AHOY_NOISE_SENT_ORDER; lag++)
		for (size_t i = lag; i < samples; i++)
			r[lag] += (double)pcm[i] * pcm[i - lag];
	if (r[0] <= 0)
		return;
	/* White noise 30 dB below keeps the filter away from ringing. */
	r[0] *= 1.001;
	reflect(r, out);
}

/* What stands in the filter is no louder in the next one. */
static bool is_alike(const ahoy_noise *a, const ahoy_noise *b)
{
	for (unsigned i = 0; i < a->order; i++)
		if (fabs(a->reflection[i] - b->reflection[i]) > 0.1)
			return false;
	return a->order == b->order;
}

void ahoy_noise_maker_set(ahoy_noise_maker *maker, const ahoy_noise *noise)
{
	double gain = 1;

	/* What the filter makes of white noise is louder by 1 / (1 - k^2) for each stage. */
	for (unsigned i = 0; i < noise->order; i++)
		gain *= 1 - noise->reflection[i] * noise->reflection[i];
	if (!is_alike(noise, &maker->noise))
		memset(maker->state, 0, sizeof maker->state);
	maker->noise = *noise;
	maker->amplitude = noise->level_dbov <= LEAST_DBOV
				   ? 0
				   : 32767.0 * pow(10.0, noise->level_dbov / 20.0) * sqrt(gain < 0 ? 0 : gain) / UNIFORM_RMS;
	if (maker->seed == 0)
		maker->seed = 1;
}

/* A linear congruential generator is noise enough for the ear, and the same on each run. */
static double random_number(ahoy_noise_maker *maker)
{
	maker->seed = maker->seed * 1664525u + 1013904223u;
	return (double)(int32_t)maker->seed / 2147483648.0;
}

/* RFC 3389 3.2's all-pole filter as a lattice, which is stable for whatever a peer sends. */
static double filtered(ahoy_noise_maker *maker, double value)
{
	const ahoy_noise *n = &maker->noise;

	for (unsigned i = n->order; i-- > 0;) {
		value -= n->reflection[i] * maker->state[i];
		if (i + 1 < n->order)
			maker->state[i + 1] = maker->state[i] + n->reflection[i] * value;
	}
	if (n->order)
		maker->state[0] = value;
	return value;
}

void ahoy_noise_maker_fill(ahoy_noise_maker *maker, int16_t *pcm, size_t samples)
{
	for (size_t i = 0; i < samples; i++) {
		double value = filtered(maker, random_number(maker) * maker->amplitude);

		pcm[i] = (int16_t)(value > 32767 ? 32767 : value < -32768 ? -32768
									  : lrint(value));
	}
}
