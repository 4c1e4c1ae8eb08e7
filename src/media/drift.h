/* drift: PCM between two clocks that nearly agree (the network's and a sound card's): a queue whose fill level steers a
 * resampler by up to half a per cent, so that it neither runs dry nor full, and nobody hears it. Leaves the two clocks to
 * the caller: put as one ticks, get as the other does. Both of one nominal sample rate; media/resample changes rates.
 * Heap, new to del; nothing is allocated later. Thread kind: owned (one thread, or the caller's lock around both).
 * Delay: target_ms behind put, once the queue has filled. Cost: 32 multiplications a sample. */
#ifndef AHOY_MEDIA_DRIFT_H
#define AHOY_MEDIA_DRIFT_H

#include "base/env.h"
#include "base/err.h"

typedef struct ahoy_drift ahoy_drift;

/* rate_hz 8000 .. 48000. target_ms is the fill that is held, AHOY_DRIFT_MIN_MS .. AHOY_DRIFT_MAX_MS: at least the larger of
 * what put and get move at once, and what the later of the two may be late by. The queue holds twice as much and 20 ms.
 * AHOY_ERANGE, AHOY_ENOMEM. */
int ahoy_drift_new(const ahoy_env *env, uint32_t rate_hz, uint32_t target_ms, ahoy_drift **out) AHOY_MUST_USE;
void ahoy_drift_del(ahoy_drift *drift);
#define AHOY_DRIFT_MIN_MS 10
#define AHOY_DRIFT_MAX_MS 500

/* All samples are taken; where there is no room the oldest go, and are counted as an overrun. */
void ahoy_drift_put(ahoy_drift *drift, const int16_t *pcm, size_t samples);
/* Always fills `samples`: silence until target_ms have come for the first time, and again after an underrun, which fades
 * out over what is left. */
void ahoy_drift_get(ahoy_drift *drift, int16_t *pcm, size_t samples);
/* Forgets what waits and fills anew (a device that was plugged in again); what was learned of the clocks stays. */
void ahoy_drift_reset(ahoy_drift *drift);

typedef struct {
	double fill_ms;	    /* now */
	double ppm;	    /* how much faster than nominal put's clock is than get's, as learned; millionths */
	uint64_t underruns; /* times that the queue ran dry */
	uint64_t overruns;  /* samples thrown away */
} ahoy_drift_stats;
void ahoy_drift_get_stats(const ahoy_drift *drift, ahoy_drift_stats *out);

#endif
