#include "codec/conceal.h"

#include "base/env.h"

#define FADE_START_MS 10
#define FADE_END_MS 60
#define BLEND_MS 5

void ahoy_conceal_init(ahoy_conceal *c, uint32_t sample_rate_hz)
{
	AHOY_ASSERT(sample_rate_hz >= 8000 && sample_rate_hz <= 16000);
	*c = (ahoy_conceal){.sample_rate_hz = sample_rate_hz};
}

static void remember(ahoy_conceal *c, const int16_t *pcm, size_t samples)
{
	size_t keep;

	if (samples >= AHOY_CONCEAL_HISTORY) {
		memcpy(c->history, pcm + samples - AHOY_CONCEAL_HISTORY, sizeof c->history);
		c->filled = AHOY_CONCEAL_HISTORY;
		return;
	}
	keep = AHOY_CONCEAL_HISTORY - samples;
	memmove(c->history, c->history + samples, keep * sizeof c->history[0]);
	memcpy(c->history + keep, pcm, samples * sizeof c->history[0]);
	c->filled = c->filled + samples > AHOY_CONCEAL_HISTORY ? AHOY_CONCEAL_HISTORY : (unsigned)(c->filled + samples);
}

/* The lag of 5 to 15 ms at which the newest 10 ms resemble what was before them most (normalised correlation). */
static unsigned find_period(const ahoy_conceal *c)
{
	unsigned ms = c->sample_rate_hz / 1000, min = 5 * ms, max = 15 * ms, window = 10 * ms, best = 0;
	const int16_t *end = c->history + AHOY_CONCEAL_HISTORY;
	double best_score = -1;

	for (unsigned lag = min; lag <= max; lag++) {
		double cross = 0, energy = 1;

		for (unsigned i = 1; i <= window; i++) {
			double past = *(end - i - lag);

			cross += *(end - i) * past;
			energy += past * past;
		}
		if (cross > 0 && cross * cross / energy > best_score) {
			best_score = cross * cross / energy;
			best = lag;
		}
	}
	return best ? best : max;
}

/* The next sample of the repetition, faded. */
static int16_t repeat(ahoy_conceal *c)
{
	uint32_t ms = c->sample_rate_hz / 1000, start = FADE_START_MS * ms, end = FADE_END_MS * ms;
	double gain =
		c->concealed <= start ? 1 : (c->concealed >= end ? 0 : (double)(end - c->concealed) / (end - start));
	int16_t sample = c->history[AHOY_CONCEAL_HISTORY - c->period + c->position];

	c->position = (c->position + 1) % c->period;
	if (c->concealed < end)
		c->concealed++;
	return (int16_t)(sample * gain);
}

void ahoy_conceal_good(ahoy_conceal *c, int16_t *pcm, size_t samples)
{
	if (c->period) {
		size_t blend = BLEND_MS * c->sample_rate_hz / 1000;

		if (blend > samples)
			blend = samples;
		for (size_t i = 0; i < blend; i++) {
			double weight = (double)(i + 1) / (double)(blend + 1);

			pcm[i] = (int16_t)(pcm[i] * weight + repeat(c) * (1 - weight));
		}
		c->period = 0;
	}
	remember(c, pcm, samples);
}

void ahoy_conceal_lost(ahoy_conceal *c, int16_t *pcm, size_t samples)
{
	if (c->filled < AHOY_CONCEAL_HISTORY) {
		memset(pcm, 0, samples * sizeof pcm[0]); /* Too early to know a voice. */
		return;
	}
	if (c->period == 0) {
		c->period = find_period(c);
		c->position = 0;
		c->concealed = 0;
	}
	for (size_t i = 0; i < samples; i++)
		pcm[i] = repeat(c);
}
