/* comfort_noise: the noise behind a pause of speech (RFC 3389): its level and colour measured and written as a payload by who
 * sends, read and made by who hears. The colour is an all-pole filter's reflection coefficients, as the payload has them.
 * Leaves what a pause is to media/vad and to the session. Embedded by value. Thread kind: pure. Cost: `order` multiplications
 * a sample. */
#ifndef AHOY_MEDIA_COMFORT_NOISE_H
#define AHOY_MEDIA_COMFORT_NOISE_H

#include "base/err.h"
#include "base/slice.h"

#define AHOY_NOISE_ORDER 10	/* coefficients that are used; 5.2 finds that enough, more are passed over */
#define AHOY_NOISE_SENT_ORDER 5 /* and that we send */
#define AHOY_NOISE_PAYLOAD (1 + AHOY_NOISE_SENT_ORDER)

typedef struct {
	double level_dbov; /* 0 .. -127 */
	unsigned order;
	double reflection[AHOY_NOISE_ORDER]; /* each between -1 and 1 */
} ahoy_noise;

/* AHOY_ESYNTAX: an empty payload. */
int ahoy_noise_parse(const uint8_t *payload, size_t len, ahoy_noise *out) AHOY_MUST_USE;
/* Returns its length, 1 .. AHOY_NOISE_PAYLOAD. */
size_t ahoy_noise_write(const ahoy_noise *noise, uint8_t out[AHOY_NOISE_PAYLOAD]);
/* Level and colour of what is in this frame. */
void ahoy_noise_measure(const int16_t *pcm, size_t samples, ahoy_noise *out);

typedef struct {
	ahoy_noise noise;
	double amplitude; /* of what goes into the filter */
	uint32_t seed;
	double state[AHOY_NOISE_ORDER];
} ahoy_noise_maker;

/* Another noise from here on; the first one when all is zero. */
void ahoy_noise_maker_set(ahoy_noise_maker *maker, const ahoy_noise *noise);
void ahoy_noise_maker_fill(ahoy_noise_maker *maker, int16_t *pcm, size_t samples);

#endif
