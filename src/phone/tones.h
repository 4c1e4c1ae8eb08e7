/* tones: what a caller hears from his own phone while nothing comes from the far end: ringing, busy, congestion, by country
 * (media/call_tones, data/tones.conf). Plays through the speaker while no call has it; leaves when to play what to the calls.
 * Heap. Thread kind: owned. */
#ifndef AHOY_PHONE_TONES_H
#define AHOY_PHONE_TONES_H

#include "base/buf.h"
#include "base/env.h"
#include "phone/sound_device.h"

typedef struct ahoy_phone_tones ahoy_phone_tones;

/* country: two letters in any case; NULL: that of the locale (LC_ALL, LC_MESSAGES, LANG), else "us". The table is looked for as
 * tones.conf beside the program, then in DATADIR/ahoy; $AHOY_TONES names another one. AHOY_ENOTFOUND (no table, or no such
 * country), AHOY_ESYNTAX, AHOY_ENOMEM; a line is in `why`. */
int ahoy_phone_tones_new(const char *country, ahoy_sound_device *device, ahoy_phone_tones **out, ahoy_buf *why) AHOY_MUST_USE;
void ahoy_phone_tones_del(ahoy_phone_tones *tones); /* NULL is allowed, and everywhere below */

/* Plays "ringback", "busy", "congestion" from now on; length 0: until it is stopped. A tone that the country has not is
 * silence. */
void ahoy_phone_tones_play(ahoy_phone_tones *tones, ahoy_time now, const char *name, ahoy_time length);
/* The speaker is somebody else's from now on. */
void ahoy_phone_tones_stop(ahoy_phone_tones *tones);
ahoy_time ahoy_phone_tones_deadline(const ahoy_phone_tones *tones);
void ahoy_phone_tones_turn(ahoy_phone_tones *tones, ahoy_time now);

#endif
