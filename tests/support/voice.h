/* voice: something like speech for tests of sound: a buzz whose pitch moves between 95 and 145 Hz with ten harmonics and a breath of
 * noise, in syllables, with a pause of 0.8 s every 3 s. The same samples on every run. Embedded; zero it and set rate_hz. */
#ifndef AHOY_TEST_VOICE_H
#define AHOY_TEST_VOICE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
	double rate_hz, at_s, phase;
	uint32_t random;
} test_voice;

/* The next sample, of about +-peak. */
double test_voice_next(test_voice *v, double peak);
/* Noise of -1 .. 1. */
double test_noise(uint32_t *random);
int16_t test_pcm_of(double value); /* rounded and clipped */

#endif
