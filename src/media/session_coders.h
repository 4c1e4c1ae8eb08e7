/* session_coders: the codecs of one session, each open with a state of its own, and the resamplers between their rates
 * and the one of the session's PCM. Payload numbers are looked up here; what is due when is session_*.c's. For these
 * files alone. Embedded. Thread kind: owned. Cost: live resampling where rates differ. */
#ifndef AHOY_MEDIA_SESSION_CODERS_H
#define AHOY_MEDIA_SESSION_CODERS_H

#include "media/resample.h"
#include "media/session.h"

#define AHOY_AUDIO_MAX_PACKET_MS 120 /* of a packet that is received: RFC 6716 2.1.4; larger ones are refused */
#define AHOY_AUDIO_DECODED 5760	     /* samples of one packet, decoded: that at 48 kHz */

typedef struct {
	const ahoy_codec *codec;
	void *state;
	ahoy_resampler *to_session; /* NULL: the codec has the session's rate */
	uint8_t payload_send, payload_recv;
} ahoy_audio_coder;

typedef struct {
	uint32_t rate_hz;	      /* of the session's PCM */
	ahoy_resampler *from_session; /* to the first codec's rate; NULL: equal */
	ahoy_audio_coder list[AHOY_SDP_MAX_CODECS];
	size_t count; /* the first one sends */
} ahoy_audio_coders;

/* AHOY_EINVAL (no codec, payload or rate out of range), AHOY_ENOMEM, and the errors of the codecs' open; nothing is
 * open then. */
int ahoy_audio_coders_open(const ahoy_env *env, const ahoy_audio_config *config, ahoy_audio_coders *out) AHOY_MUST_USE;
void ahoy_audio_coders_close(const ahoy_env *env, ahoy_audio_coders *coders);

/* The coder that this received payload number belongs to, or NULL. */
ahoy_audio_coder *ahoy_audio_coder_of(ahoy_audio_coders *coders, unsigned payload_recv);

/* `samples` of the session's PCM to one packet's payload. The codec's errors; *len 0: nothing is to be sent (DTX). */
int ahoy_audio_encode(ahoy_audio_coders *coders, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap,
		      size_t *len) AHOY_MUST_USE;
/* The other way. The codec's errors. */
int ahoy_audio_decode(ahoy_audio_coder *coder, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap,
		      size_t *samples) AHOY_MUST_USE;
/* The `samples` of the codec's rate before this packet, from what it holds of them; how many they are in the session's. 0: it
 * holds nothing of them, or the codec sends no such thing. */
size_t ahoy_audio_recover(ahoy_audio_coder *coder, const uint8_t *next, size_t len, size_t samples, int16_t *pcm, size_t cap);
/* Makes up `samples` of the codec's rate (at most AHOY_AUDIO_DECODED); returns how many these are in the session's. */
size_t ahoy_audio_conceal(ahoy_audio_coder *coder, size_t samples, int16_t *pcm, size_t cap);

#endif
