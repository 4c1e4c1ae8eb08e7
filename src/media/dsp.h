/* dsp: what a microphone's sound needs before it is sent: echo canceller, noise suppression, gain control (speexdsp), on
 * PCM frames of one size. Leaves devices, their clocks and their buffers to the caller (phone/, media/drift.h).
 * Order: ahoy_dsp_played for each frame as it goes to the loudspeaker, ahoy_dsp_captured for each frame as it comes from
 * the microphone; frames played wait in a short queue, so the two may come in bursts, but must be of one clock (one
 * device, or media/drift between two). With echo_ms 0 played frames are not needed. Heap, new to del; the library
 * allocates at new, nothing later. Thread kind: owned. Cost: some 3 % of a core at 16 kHz with a tail of 100 ms. */
#ifndef AHOY_MEDIA_DSP_H
#define AHOY_MEDIA_DSP_H

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"

typedef struct {
	uint32_t rate_hz;	/* 8000 .. 48000 */
	uint32_t frame_samples; /* 10 to 20 ms, the same for both directions */
	uint32_t echo_ms;	/* the room's tail that is cancelled, 0 (off) .. AHOY_DSP_MAX_ECHO_MS; 100 suits a desk */
	bool denoise;		/* steady noise is lowered by up to 20 dB */
	bool gain;		/* speech is brought to AHOY_DSP_LEVEL_DBOV, at most 30 dB up */
} ahoy_dsp_config;

#define AHOY_DSP_LEVEL_DBOV (-20.0) /* what gain control aims at: loud and clear, with room for peaks */

typedef struct ahoy_dsp ahoy_dsp;

/* AHOY_ERANGE: a number outside of its range. AHOY_ENOMEM. */
int ahoy_dsp_new(const ahoy_env *env, const ahoy_dsp_config *config, ahoy_dsp **out) AHOY_MUST_USE;
void ahoy_dsp_del(ahoy_dsp *dsp);

/* frame_samples each. A frame played more than AHOY_DSP_MAX_PLAYED frames before it is matched is forgotten, oldest first. */
void ahoy_dsp_played(ahoy_dsp *dsp, const int16_t *pcm);
/* In place: `pcm` is what the microphone heard, and becomes what is to be sent. Where nothing waits from the loudspeaker,
 * silence is taken for it. */
void ahoy_dsp_captured(ahoy_dsp *dsp, int16_t *pcm);

#endif
