/* tone_ear: listens for single tones of known frequency in PCM: how long each was there, how loud, and where exactly.
 * Blocks of 40 ms under a Hann window; one counts for a tone where the spectrum's peak lies within ±2 % of it, above
 * -40 dBov, and holds most (0.6) of the block's power. No FFT: a few Goertzel bins around each tone.
 * Leaves DTMF to the codec libraries and levels to level.h. Embedded; about 16 KB. Thread kind: pure. Cost: for each
 * tone one pass over a block for each bin: 7 at 440 Hz, 3 for each 25 Hz of the window above. */
#ifndef AHOY_MEDIA_TONE_EAR_H
#define AHOY_MEDIA_TONE_EAR_H

#include "base/err.h"
#include "base/slice.h"

#define AHOY_TONE_EAR_TONES 4
#define AHOY_TONE_EAR_TOLERANCE 0.02
#define AHOY_TONE_EAR_LEVEL_DBOV (-40.0)
#define AHOY_TONE_EAR_LEAST_HZ 100.0 /* below it a tone and its mirror image run into one another within 40 ms */
#define AHOY_TONE_EAR_MOST_HZ 20000.0
/* 40 ms at 48 kHz. */
#define AHOY_TONE_EAR_BLOCK 1920

typedef struct {
	double hz;	/* asked for */
	unsigned count; /* blocks that had it */
	double hz_sum, energy_sum;
} ahoy_tone_ear_tone;

typedef struct {
	uint32_t sample_rate_hz;
	size_t filled;
	size_t tone_count;
	ahoy_tone_ear_tone tones[AHOY_TONE_EAR_TONES];
	int16_t block[AHOY_TONE_EAR_BLOCK];
} ahoy_tone_ear;

typedef struct {
	double hz;	   /* asked for */
	double heard_s;	   /* altogether */
	double heard_hz;   /* mean of what was heard; 0: nothing */
	double level_dbov; /* mean power of the blocks that had it; -127: none */
} ahoy_tone_heard;

void ahoy_tone_ear_init(ahoy_tone_ear *ear);
/* Before the first sound. AHOY_EINVAL (not 100 .. 20000 Hz), AHOY_EFULL (more than 4). */
int ahoy_tone_ear_add(ahoy_tone_ear *ear, double hz) AHOY_MUST_USE;
/* Any number of samples; where the rate (8000 .. 48000 Hz) changes, the block begun is dropped. A tone above half of
 * the rate is never heard. */
void ahoy_tone_ear_hear(ahoy_tone_ear *ear, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz);
/* index < tone_count. */
void ahoy_tone_ear_get(const ahoy_tone_ear *ear, size_t index, ahoy_tone_heard *out);

#endif
