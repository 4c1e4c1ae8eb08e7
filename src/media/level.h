/* level: how loud PCM is, in dBov (RFC 6464: 0 is the mean power of a full-scale square wave). Thread kind: pure. */
#ifndef AHOY_MEDIA_LEVEL_H
#define AHOY_MEDIA_LEVEL_H

#include "base/slice.h"

#define AHOY_LEVEL_SILENCE (-127.0)

/* Sum of the squares. */
double ahoy_level_energy(const int16_t *pcm, size_t samples);
/* Mean power of `samples` with this energy, -127 .. 0. */
double ahoy_level_dbov(double energy, uint64_t samples);

#endif
