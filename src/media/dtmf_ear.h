/* dtmf_ear: hears keys in sound (ITU-T Q.23, Q.24), for peers that do not send them as telephone-events: spandsp's detector at
 * 8 kHz behind a resampler where the sound has another rate. A key is reported once, when it is released.
 * Leaves the choice between this and RFC 4733 to media/session, so that no key is reported twice. Heap, new to del; spandsp
 * allocates at new. Thread kind: owned. Cost: 24 multiplications a sample at 8 kHz. */
#ifndef AHOY_MEDIA_DTMF_EAR_H
#define AHOY_MEDIA_DTMF_EAR_H

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"

typedef struct ahoy_dtmf_ear ahoy_dtmf_ear;

/* rate_hz 8000 .. 48000. AHOY_ERANGE, AHOY_ENOMEM. */
int ahoy_dtmf_ear_new(const ahoy_env *env, uint32_t rate_hz, ahoy_dtmf_ear **out) AHOY_MUST_USE;
void ahoy_dtmf_ear_del(ahoy_dtmf_ear *ear); /* NULL is allowed */

void ahoy_dtmf_ear_hear(ahoy_dtmf_ear *ear, const int16_t *pcm, size_t samples);
/* The next key that was pressed and released: its digit, or '\0' for none; *duration_ms to some 13 ms. Of more than
 * AHOY_MAX_DTMF_QUEUE that nobody fetched the oldest are forgotten. */
char ahoy_dtmf_ear_pop(ahoy_dtmf_ear *ear, unsigned *duration_ms);

#endif
