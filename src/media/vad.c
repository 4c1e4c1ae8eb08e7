#include "media/vad.h"

#include "media/level.h"

#define ABOVE_FLOOR_DB 8.0    /* steady noise varies by 3 dB or so from frame to frame */
#define SILENCE_DBOV (-65.0)  /* nothing below is speech, whatever the floor is */
#define LOUDEST_FLOOR (-45.0) /* louder noise is sent as if it were speech: better than to lose the words in it */
#define QUIETEST_FLOOR (SILENCE_DBOV - ABOVE_FLOOR_DB)
#define HANGOVER_MS 200
/* The floor falls to what is quieter at once, and rises slowly: speech of a few seconds does not lift it over itself. */
#define RISE_DB_PER_S 4.0

bool ahoy_vad_is_speech(ahoy_vad *vad, const int16_t *pcm, size_t samples, unsigned frame_ms)
{
	double level = ahoy_level_dbov(ahoy_level_energy(pcm, samples), samples);

	if (!vad->started || level < vad->floor_dbov)
		vad->floor_dbov = level > LOUDEST_FLOOR ? LOUDEST_FLOOR : level < QUIETEST_FLOOR ? QUIETEST_FLOOR
												 : level;
	else if (vad->floor_dbov < LOUDEST_FLOOR)
		vad->floor_dbov += RISE_DB_PER_S * frame_ms / 1000;
	vad->started = true;
	if (level > SILENCE_DBOV && level > vad->floor_dbov + ABOVE_FLOOR_DB) {
		vad->hangover_ms = HANGOVER_MS;
		return true;
	}
	if (vad->hangover_ms == 0)
		return false;
	vad->hangover_ms = vad->hangover_ms > frame_ms ? vad->hangover_ms - frame_ms : 0;
	return true;
}
