/* spare: for codecs whose own concealment makes whole frames: a gap takes what it needs of them, the rest waits for the
 * gap's next piece, and is forgotten when a packet comes. Embedded; zero: empty. Thread kind: pure. */
#ifndef AHOY_CODEC_SPARE_H
#define AHOY_CODEC_SPARE_H

#include "base/slice.h"

#define AHOY_SPARE_FRAME 320 /* samples: Speex wide band's 20 ms; the longest of the codecs that use it */

typedef struct {
	int16_t pcm[AHOY_SPARE_FRAME];
	size_t at, count;
} ahoy_spare;

/* `make` gives the next frame of frame_samples (at most AHOY_SPARE_FRAME). */
static inline void ahoy_spare_take(ahoy_spare *s, int16_t *pcm, size_t samples, size_t frame_samples,
				   void (*make)(void *state, int16_t *frame), void *state)
{
	while (samples) {
		size_t some;

		if (s->at == s->count) {
			make(state, s->pcm);
			s->at = 0;
			s->count = frame_samples;
		}
		some = s->count - s->at < samples ? s->count - s->at : samples;
		memcpy(pcm, s->pcm + s->at, some * sizeof pcm[0]);
		s->at += some;
		pcm += some;
		samples -= some;
	}
}

#endif
