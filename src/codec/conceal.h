/* conceal: packet loss concealment for codecs that have none of their own: the last pitch period is repeated, and fades to
 * silence in 60 ms (the idea of ITU-T G.711 appendix I, without its overlap look-ahead). Embedded. Thread kind: pure. */
#ifndef AHOY_CODEC_CONCEAL_H
#define AHOY_CODEC_CONCEAL_H

#include "base/slice.h"

#define AHOY_CONCEAL_HISTORY 400 /* samples: the longest lag (15 ms) and the 10 ms compared, at 16 kHz */

typedef struct {
	uint32_t sample_rate_hz;
	unsigned filled;		       /* samples in history */
	int16_t history[AHOY_CONCEAL_HISTORY]; /* the newest is the last */
	unsigned period, position;	       /* of the repetition; period 0: not concealing */
	uint32_t concealed;		       /* samples of this gap so far */
} ahoy_conceal;

/* 8000 .. 16000 Hz; codecs of wider bands bring their own concealment. */
void ahoy_conceal_init(ahoy_conceal *c, uint32_t sample_rate_hz);
/* What was decoded; after a gap its first 5 ms are blended with the repetition, in place. */
void ahoy_conceal_good(ahoy_conceal *c, int16_t *pcm, size_t samples);
void ahoy_conceal_lost(ahoy_conceal *c, int16_t *pcm, size_t samples);

#endif
