#include "media/tone_ear.h"

#include <math.h>

#include "media/level.h"

#define TWO_PI 6.28318530717958647692
#define BLOCK_S 0.04
/* Bins lie a quarter of the block's resolution apart, so that the parabola through three of them is true to a fraction
 * of a Hz. */
#define BIN_HZ (1.0 / (4.0 * BLOCK_S))
#define DOMINATES 0.6 /* one of two equal tones has the half */

typedef struct {
	size_t samples;
	double windowed[AHOY_TONE_EAR_BLOCK];
	double sum;   /* of the window */
	double power; /* mean square, weighted by the window */
} block;

void ahoy_tone_ear_init(ahoy_tone_ear *ear)
{
	memset(ear, 0, sizeof *ear);
}

int ahoy_tone_ear_add(ahoy_tone_ear *ear, double hz)
{
	if (!(hz >= AHOY_TONE_EAR_LEAST_HZ && hz <= AHOY_TONE_EAR_MOST_HZ))
		return AHOY_EINVAL;
	if (ear->tone_count == AHOY_TONE_EAR_TONES)
		return AHOY_EFULL;
	ear->tones[ear->tone_count++] = (ahoy_tone_ear_tone){.hz = hz};
	return 0;
}

/* Hann keeps a low tone apart from its own mirror image, which a plain cut would smear over it. */
static void apply_window(const ahoy_tone_ear *ear, block *b)
{
	double squares = 0, energy = 0;

	b->samples = ear->filled;
	b->sum = 0;
	for (size_t i = 0; i < b->samples; i++) {
		double weight = 0.5 - 0.5 * cos(TWO_PI * ((double)i + 0.5) / (double)b->samples);

		b->windowed[i] = weight * ear->block[i];
		b->sum += weight;
		squares += weight * weight;
		energy += b->windowed[i] * b->windowed[i];
	}
	b->power = energy / squares;
}

/* Goertzel: the mean square of a sine of this frequency that would explain the bin. */
static double power_at(const block *b, double hz, uint32_t rate_hz)
{
	double coefficient = 2.0 * cos(TWO_PI * hz / rate_hz), s1 = 0, s2 = 0;

	for (size_t i = 0; i < b->samples; i++) {
		double s = b->windowed[i] + coefficient * s1 - s2;

		s2 = s1;
		s1 = s;
	}
	return 2.0 * (s1 * s1 + s2 * s2 - coefficient * s1 * s2) / (b->sum * b->sum);
}

/* The spectrum's peak within the tolerance and one bin more on either side; 0 where it is at the very edge, or where it
 * is not what the block consists of. */
static double peak_hz(const block *b, double wanted_hz, uint32_t rate_hz)
{
	double reach = wanted_hz * AHOY_TONE_EAR_TOLERANCE, before = 0, best = 0, after = 0, best_hz = 0, last = 0, bend;
	int side = (int)ceil(reach / BIN_HZ) + 1;

	for (int i = -side; i <= side; i++) {
		double power = power_at(b, wanted_hz + i * BIN_HZ, rate_hz);

		if (power > best) {
			before = last;
			best = power;
			best_hz = wanted_hz + i * BIN_HZ;
			after = -1;
		} else if (after < 0) {
			after = power;
		}
		last = power;
	}
	if (best < DOMINATES * b->power || before <= 0 || after < 0)
		return 0;
	bend = before - 2.0 * best + after;
	if (bend < 0)
		best_hz += 0.5 * (before - after) / bend * BIN_HZ;
	return fabs(best_hz - wanted_hz) <= reach ? best_hz : 0;
}

static void judge(ahoy_tone_ear *ear)
{
	double energy = ahoy_level_energy(ear->block, ear->filled);
	block b;

	if (ahoy_level_dbov(energy, ear->filled) <= AHOY_TONE_EAR_LEVEL_DBOV)
		return;
	apply_window(ear, &b);
	for (size_t i = 0; i < ear->tone_count; i++) {
		ahoy_tone_ear_tone *tone = &ear->tones[i];
		double hz = tone->hz * 2.0 < ear->sample_rate_hz ? peak_hz(&b, tone->hz, ear->sample_rate_hz) : 0;

		if (hz <= 0)
			continue;
		tone->count++;
		tone->hz_sum += hz;
		tone->energy_sum += energy / (double)ear->filled;
	}
}

void ahoy_tone_ear_hear(ahoy_tone_ear *ear, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz)
{
	size_t whole = (size_t)(sample_rate_hz * BLOCK_S);

	if (sample_rate_hz < 8000 || whole > AHOY_TONE_EAR_BLOCK || !ear->tone_count)
		return;
	if (sample_rate_hz != ear->sample_rate_hz)
		ear->filled = 0;
	ear->sample_rate_hz = sample_rate_hz;
	while (samples) {
		size_t part = whole - ear->filled < samples ? whole - ear->filled : samples;

		memcpy(ear->block + ear->filled, pcm, part * sizeof *pcm);
		ear->filled += part;
		pcm += part;
		samples -= part;
		if (ear->filled < whole)
			return;
		judge(ear);
		ear->filled = 0;
	}
}

void ahoy_tone_ear_get(const ahoy_tone_ear *ear, size_t index, ahoy_tone_heard *out)
{
	const ahoy_tone_ear_tone *tone = &ear->tones[index];

	*out = (ahoy_tone_heard){.hz = tone->hz, .heard_s = tone->count * BLOCK_S, .level_dbov = AHOY_LEVEL_SILENCE};
	if (!tone->count)
		return;
	out->heard_hz = tone->hz_sum / tone->count;
	out->level_dbov = ahoy_level_dbov(tone->energy_sum, tone->count);
}
