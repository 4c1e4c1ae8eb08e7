/* vad: is this frame speech, or the pause between? By energy over a noise floor that follows the quiet; what sounds for a moment
 * after speech still counts, so that no word loses its end. For silence suppression (media/session). Embedded, zero to
 * begin. Thread kind: pure. */
#ifndef AHOY_MEDIA_VAD_H
#define AHOY_MEDIA_VAD_H

#include "base/slice.h"

typedef struct {
	bool started;
	double floor_dbov;
	unsigned hangover_ms; /* left */
} ahoy_vad;

/* One frame in its turn. */
bool ahoy_vad_is_speech(ahoy_vad *vad, const int16_t *pcm, size_t samples, unsigned frame_ms);

#endif
