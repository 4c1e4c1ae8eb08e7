/* sound: what is heard and said in one call: a file, then DTMF keys and the microphone out (or an echo), a recording and the
 * speaker in, over one ahoy_audio. The recording runs on the play-out clock from the answer (or from the first early
 * media) to the end, so a gap is heard as silence and its length is the call's.
 * Leaves sockets to call_session.h and offer/answer to call_sdp.h. Order: new, configure (again after each offer/answer),
 * answered once, turn at each deadline, end once, del. The callbacks may not call back into it. Heap, new to del.
 * Thread kind: owned. */
#ifndef AHOY_PHONE_SOUND_H
#define AHOY_PHONE_SOUND_H

#include "endpoint/keys.h"
#include "media/session.h"
#include "phone/sound_device.h"
#include "phone/wav.h"

typedef struct ahoy_sound ahoy_sound;

typedef struct {
	const ahoy_env *env;
	ahoy_wav_in *play;	 /* the owner's, who keeps it open; NULL: silence */
	ahoy_wav_in *hold_music; /* likewise */
	const char *record;	 /* the owner's; NULL: none */
	const char *dtmf;	 /* checked keys, the owner's; NULL: none */
	ahoy_key_way dtmf_by;
	bool echo;
	ahoy_slice cname; /* 1 .. 63 bytes; copied */
	void *ctx;
	void (*send_packet)(void *ctx, bool is_rtcp, const void *bytes, size_t len);
	void (*heard_key)(void *ctx, char digit, unsigned duration_ms);
	/* An INFO with this application/dtmf-relay body; false: it cannot be sent. Its answer goes to info_answered. */
	bool (*send_info)(void *ctx, ahoy_slice body);
	/* Each frame as it is played out. */
	void (*heard_pcm)(void *ctx, const int16_t *pcm, size_t samples, uint32_t sample_rate_hz);
} ahoy_sound_config;

/* Beyond the last packet of file or keys, until the far end's jitter buffer has played it: before we hang up. */
#define AHOY_SOUND_LINGER AHOY_MS(200)

int ahoy_sound_new(const ahoy_sound_config *config, ahoy_sound **out) AHOY_MUST_USE;
void ahoy_sound_del(ahoy_sound *sound); /* NULL is allowed */

/* The errors of ahoy_audio_new and _configure; the former state stays then. */
int ahoy_sound_configure(ahoy_sound *sound, const ahoy_audio_config *config, ahoy_time now) AHOY_MUST_USE;
/* File, keys and recording begin; configure came before. AHOY_EIO (the recording; a line is in `why`),
 * AHOY_EUNSUPPORTED (keys, which the peer does not take). */
int ahoy_sound_answered(ahoy_sound *sound, ahoy_time now, ahoy_buf *why) AHOY_MUST_USE;

void ahoy_sound_recv(ahoy_sound *sound, ahoy_time now, bool is_rtcp, const void *bytes, size_t len);
/* Does what is due. */
void ahoy_sound_turn(ahoy_sound *sound, ahoy_time now);
ahoy_time ahoy_sound_deadline(const ahoy_sound *sound);

/* Microphone and speaker of the phone are this call's from now on, NULL: not any more; they are opened when they are needed
 * and closed when the call ends or gives them away. They outlive the call or its giving them away. */
void ahoy_sound_attach(ahoy_sound *sound, ahoy_sound_device *device);

/* Nothing that is said is heard at the far end: silence is sent instead, and a file goes on meanwhile. */
void ahoy_sound_mute(ahoy_sound *sound, bool muted);
/* The far end is on hold by us: it hears the hold music from its beginning, over and over, and without any what mute makes. A file
 * that is played waits meanwhile. */
void ahoy_sound_hold(ahoy_sound *sound, bool on_hold);
/* Keys now, behind those that are being sent, the way that dtmf_by and the peer make (endpoint/keys.h). AHOY_ESTATE (before the
 * answer), else the errors of ahoy_audio_send_dtmf. */
int ahoy_sound_send_keys(ahoy_sound *sound, ahoy_time now, ahoy_slice keys) AHOY_MUST_USE;
/* A message of the peer: what its Allow says. */
void ahoy_sound_learn(ahoy_sound *sound, const ahoy_msg *msg);
/* The final status of an INFO. False: the peer refuses keys by INFO; they go as tones from here on where dtmf_by is AUTO, else they
 * are given up. */
bool ahoy_sound_info_answered(ahoy_sound *sound, ahoy_time now, int status);
/* A key came by INFO: false where it was heard the other way already. */
bool ahoy_sound_info_heard(ahoy_sound *sound, ahoy_time now, char digit);
/* How loud the last frames were, in dBov: what came, and what was sent. -127: silence, or none at all. */
void ahoy_sound_levels(const ahoy_sound *sound, double *heard_dbov, double *said_dbov);

/* There was a file or were keys, and all of it has been sent. */
bool ahoy_sound_done(const ahoy_sound *sound);
/* Plays out what waits in the jitter buffer, says good-bye in RTCP, finishes the recording. AHOY_EIO where that could
 * not be written. */
int ahoy_sound_end(ahoy_sound *sound, ahoy_time now);
/* False where nothing was ever agreed on. */
bool ahoy_sound_stats(const ahoy_sound *sound, ahoy_audio_stats *out);

#endif
