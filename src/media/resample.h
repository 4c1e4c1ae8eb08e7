/* resample: mono sound from one sample rate to another, as a stream, over speexdsp (DESIGN 4). Equal rates pass bit for
 * bit. Two kinds: of files (quality 10, aligned: the first sample out is the first sample in, and the length is exact)
 * and live (quality 5, later by 40 samples of the lower rate; what goes in comes out at once, in the ratio of the rates).
 * Heap, new to del; speexdsp allocates its state itself. Thread kind: pure.
 * Cost: live, 80 multiplications a sample going up, and 80 times the ratio going down; files about three times that. */
#ifndef AHOY_MEDIA_RESAMPLE_H
#define AHOY_MEDIA_RESAMPLE_H

#include "base/env.h"
#include "base/err.h"

#define AHOY_RESAMPLE_MIN_HZ 1000
#define AHOY_RESAMPLE_MAX_HZ 384000

typedef struct ahoy_resampler ahoy_resampler;

typedef enum {
	AHOY_RESAMPLE_FILE,
	AHOY_RESAMPLE_LIVE
} ahoy_resample_kind;

/* Rates of AHOY_RESAMPLE_MIN_HZ to _MAX_HZ. AHOY_ERANGE, AHOY_ENOMEM. The env outlives it. */
int ahoy_resampler_new(const ahoy_env *env, ahoy_resample_kind kind, uint32_t from_hz, uint32_t to_hz,
		       ahoy_resampler **out) AHOY_MUST_USE;
void ahoy_resampler_del(ahoy_resampler *r); /* NULL is allowed */

/* Of files: put, then take until it gives less than asked. */
/* How many samples put takes now. */
size_t ahoy_resampler_room(const ahoy_resampler *r);
/* Samples of -1 .. 1; returns how many were taken. */
size_t ahoy_resampler_put(ahoy_resampler *r, const float *in, size_t count);
/* No more comes: what is left can be taken, as if silence followed. */
void ahoy_resampler_end(ahoy_resampler *r);
size_t ahoy_resampler_take(ahoy_resampler *r, int16_t *out, size_t cap);

/* Live: takes all of `in` and returns how many samples it gave. Where the rates have a common divisor, a multiple of
 * from_hz / divisor samples gives exactly that many times to_hz / divisor; in general the count is off by less than
 * one. What does not fit into cap is lost: have room for count * to_hz / from_hz + 1. */
size_t ahoy_resampler_run(ahoy_resampler *r, const int16_t *in, size_t count, int16_t *out, size_t cap);

#endif
