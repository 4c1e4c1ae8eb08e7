/* stretch: sound made shorter or longer without being heard: one period of the voice (or any stretch of quiet) is taken out or
 * said twice, and the ends are blended. How the jitter buffer's delay follows what it aims at (media/session.h). Owns
 * nothing. Thread kind: pure. Cost: some 100,000 multiplications for 20 ms at 16 kHz. */
#ifndef AHOY_MEDIA_STRETCH_H
#define AHOY_MEDIA_STRETCH_H

#include "base/slice.h"

#define AHOY_STRETCH_MOST_MS 12 /* one period of a voice of 83 Hz */
#define AHOY_STRETCH_LEAST_MS 2 /* less is not worth a seam */
#define AHOY_STRETCH_EVERY 3	/* packets: one seam in three is not heard as speed */

/* One stream that is brought to its delay. All zero at the start. */
typedef struct {
	unsigned since; /* packets since the last seam */
} ahoy_stretch;

/* One packet's PCM, in place: made shorter where `surplus` samples of delay are too much, longer where it is negative, at the pace that
 * is not heard. There is room for half as much behind `samples`. Returns how many samples it is now. */
size_t ahoy_stretch_follow(ahoy_stretch *s, int32_t surplus, int16_t *pcm, size_t samples, uint32_t rate_hz);

/* Takes out at most `most` of `samples` (in place), and leaves at least half of them. Returns how many were taken out: 0 where nothing
 * in them repeats, or they are shorter than 10 ms. */
size_t ahoy_stretch_shorten(int16_t *pcm, size_t samples, uint32_t rate_hz, size_t most);
/* Puts in at most `most` (there is room for them behind `samples`), and never more than half of what is there. Returns how many. */
size_t ahoy_stretch_lengthen(int16_t *pcm, size_t samples, uint32_t rate_hz, size_t most);

#endif
