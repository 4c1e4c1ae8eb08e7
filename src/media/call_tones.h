/* call_tones: the tones that tell a caller how the call stands (ITU-T E.180): a table of them by country, read from the text of
 * data/tones.conf, and a player that makes PCM with their cadence. Leaves the file and when to play what to the phone.
 * The table is the caller's, by value. Thread kind: pure. */
#ifndef AHOY_MEDIA_CALL_TONES_H
#define AHOY_MEDIA_CALL_TONES_H

#include "base/err.h"
#include "base/limits.h"
#include "media/tone.h"

#define AHOY_CALL_TONE_STEPS 16		   /* ON and OFF of a cadence; E.180 has at most six */
#define AHOY_CALL_TONES_LEVEL_DBOV (-20.0) /* each frequency: what an exchange sends, and no shock in the ear */

typedef struct {
	char country[4], name[12]; /* NUL-terminated */
	uint16_t hz[2];		   /* 20 .. 4000; the second 0: one frequency */
	uint16_t step_count;	   /* even; 0: it goes on */
	uint16_t steps_ms[AHOY_CALL_TONE_STEPS];
} ahoy_call_tone;

typedef struct {
	size_t count;
	ahoy_call_tone tones[AHOY_MAX_CALL_TONES];
} ahoy_call_tones;

/* AHOY_ESYNTAX: *line (from 1) is none; AHOY_ERANGE: a number or name of it is out of range; AHOY_EFULL: too many tones. */
int ahoy_call_tones_parse(ahoy_slice text, ahoy_call_tones *out, unsigned *line) AHOY_MUST_USE;
/* The country's tone ("de", "busy"), in any case; NULL: there is none. */
const ahoy_call_tone *ahoy_call_tones_find(const ahoy_call_tones *t, ahoy_slice country, ahoy_slice name);

/* One tone being played. */
typedef struct {
	const ahoy_call_tone *what; /* outlives the player */
	ahoy_tone tone;
	uint32_t rate_hz;
	unsigned step;
	uint32_t left; /* samples of the present step */
} ahoy_call_tone_player;

/* rate_hz 8000 .. 48000. It begins with the first ON. */
void ahoy_call_tone_start(ahoy_call_tone_player *p, const ahoy_call_tone *what, uint32_t rate_hz);
void ahoy_call_tone_fill(ahoy_call_tone_player *p, int16_t *pcm, size_t samples);

#endif
