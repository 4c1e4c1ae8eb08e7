#include "media/stretch.h"

#include <math.h>

#include "media/level.h"

#define SEAM_MS 4	   /* that are blended */
#define QUIET_DBOV (-45.0) /* below this any place will do */
#define ALIKE 0.7	   /* correlation of the two ends of what is taken out, 1: the same */
#define COMPARE_HZ 8000	   /* pitch is found as well in every second sample of 16 kHz */

/* How alike the seam's two sides are when `lag` samples are taken out, -1 .. 1. */
static double likeness(const int16_t *pcm, size_t seam, size_t lag, size_t step)
{
	double both = 0, first = 0, second = 0;

	for (size_t i = 0; i < seam; i += step) {
		double a = pcm[i], b = pcm[i + lag];

		both += a * b;
		first += a * a;
		second += b * b;
	}
	return first > 0 && second > 0 ? both / sqrt(first * second) : 0;
}

static size_t best_lag(const int16_t *pcm, size_t seam, size_t least, size_t most, size_t step)
{
	double best = ALIKE;
	size_t found = 0;

	/* Of two that are alike, the longer one: the surplus is gone sooner. */
	for (size_t lag = least; lag <= most; lag++) {
		double alike = likeness(pcm, seam, lag, step);

		if (alike >= best) {
			best = alike;
			found = lag;
		}
	}
	return found;
}

/* Where `pcm` repeats itself, at most `most` later; 0: nowhere. */
static size_t find_lag(const int16_t *pcm, size_t samples, uint32_t rate_hz, size_t most, size_t seam)
{
	size_t least = rate_hz * AHOY_STRETCH_LEAST_MS / 1000;

	if (samples < rate_hz / 100)
		return 0;
	if (most > samples / 2)
		most = samples / 2;
	if (most > rate_hz * AHOY_STRETCH_MOST_MS / 1000)
		most = rate_hz * AHOY_STRETCH_MOST_MS / 1000;
	if (most < least)
		return 0;
	if (ahoy_level_dbov(ahoy_level_energy(pcm, samples), samples) < QUIET_DBOV)
		return most;
	return best_lag(pcm, seam, least, most, rate_hz > COMPARE_HZ ? rate_hz / COMPARE_HZ : 1);
}

static int16_t blend(int16_t from, int16_t to, size_t i, size_t seam)
{
	double part = ((double)i + 0.5) / (double)seam;

	return (int16_t)lrint((1 - part) * from + part * to);
}

size_t ahoy_stretch_shorten(int16_t *pcm, size_t samples, uint32_t rate_hz, size_t most)
{
	size_t seam = rate_hz * SEAM_MS / 1000, lag = find_lag(pcm, samples, rate_hz, most, seam);

	if (!lag)
		return 0;
	for (size_t i = 0; i < seam; i++)
		pcm[i] = blend(pcm[i], pcm[i + lag], i, seam);
	memmove(pcm + seam, pcm + seam + lag, (samples - seam - lag) * sizeof *pcm);
	return lag;
}

size_t ahoy_stretch_lengthen(int16_t *pcm, size_t samples, uint32_t rate_hz, size_t most)
{
	size_t seam = rate_hz * SEAM_MS / 1000, lag = find_lag(pcm, samples, rate_hz, most, seam);

	if (!lag)
		return 0;
	/* The first period, then from its end over to its beginning, and on from there. */
	memmove(pcm + lag, pcm, samples * sizeof *pcm);
	for (size_t i = 0; i < seam; i++)
		pcm[lag + i] = blend(pcm[2 * lag + i], pcm[lag + i], i, seam);
	return lag;
}

size_t ahoy_stretch_follow(ahoy_stretch *s, int32_t surplus, int16_t *pcm, size_t samples, uint32_t rate_hz)
{
	size_t changed;

	if (++s->since < AHOY_STRETCH_EVERY)
		return samples;
	if (surplus >= 0) {
		changed = ahoy_stretch_shorten(pcm, samples, rate_hz, (size_t)surplus);
		samples -= changed;
	} else {
		changed = ahoy_stretch_lengthen(pcm, samples, rate_hz, 0u - (uint32_t)surplus);
		samples += changed;
	}
	if (changed)
		s->since = 0;
	return samples;
}
