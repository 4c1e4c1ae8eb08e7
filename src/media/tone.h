/* tone: one or two sines as 16-bit PCM: test tones, ring-back, DTMF in the ear. Embedded. Thread kind: pure. */
#ifndef AHOY_MEDIA_TONE_H
#define AHOY_MEDIA_TONE_H

#include "base/slice.h"

typedef struct {
	double phase[2], step[2]; /* radians, per sample */
	double amplitude[2];
} ahoy_tone;

/* second_hz 0: one tone. Level of each tone in dBov (0: a full-scale square wave; a full-scale sine is -3). */
void ahoy_tone_init(ahoy_tone *tone, uint32_t sample_rate_hz, double first_hz, double second_hz, double level_dbov);
/* The pair of frequencies of a DTMF key (ITU-T Q.23), each at this level; false for what is no key 0-9 * # A-D. */
bool ahoy_tone_init_key(ahoy_tone *tone, uint32_t sample_rate_hz, char key, double level_dbov);
void ahoy_tone_fill(ahoy_tone *tone, int16_t *pcm, size_t samples);

#endif
