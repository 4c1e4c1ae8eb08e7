/* resample: mono sound from one sample rate to another, as a stream: a windowed sinc, evaluated at each output
 * sample, so that any pair of rates is met exactly and without drift. Equal rates pass bit for bit. Heap, new to del.
 * Thread kind: pure. Cost: about 40 multiplications a sample going up, 40 times the ratio going down. */
#ifndef AHOY_PHONE_RESAMPLE_H
#define AHOY_PHONE_RESAMPLE_H

#include "base/env.h"
#include "base/err.h"

#define AHOY_RESAMPLE_MIN_HZ 1000
#define AHOY_RESAMPLE_MAX_HZ 384000

typedef struct ahoy_resampler ahoy_resampler;

/* Rates of AHOY_RESAMPLE_MIN_HZ to _MAX_HZ. AHOY_ERANGE, AHOY_ENOMEM. */
int ahoy_resampler_new(uint32_t from_hz, uint32_t to_hz, ahoy_resampler **out) AHOY_MUST_USE;
void ahoy_resampler_del(ahoy_resampler *r);

/* How many samples put takes now. Put, then take until it gives less than asked. */
size_t ahoy_resampler_room(const ahoy_resampler *r);
/* Samples of -1 .. 1; returns how many were taken. */
size_t ahoy_resampler_put(ahoy_resampler *r, const float *in, size_t count);
/* No more comes: what is left can be taken, as if silence followed. */
void ahoy_resampler_end(ahoy_resampler *r);
size_t ahoy_resampler_take(ahoy_resampler *r, int16_t *out, size_t cap);

#endif
