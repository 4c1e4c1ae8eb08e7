/* codec: one audio codec behind a struct of functions; each codec is one file and one line in the table of codec.c.
 * A codec object holds both directions (encoder, decoder, concealment) of one stream. PCM is 16-bit mono at sample_rate_hz.
 * clock_rate_hz is RTP's and may differ (G.722: 8000 against 16000).
 * Lifetime: the descriptions are static; an object lives from open to close. Thread kind: owned. Cost: no allocation per frame. */
#ifndef AHOY_CODEC_CODEC_H
#define AHOY_CODEC_CODEC_H

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

typedef struct ahoy_codec {
	const char *name; /* SDP's, RFC 3551 and the codec's own RFC */
	uint32_t clock_rate_hz, sample_rate_hz;
	uint8_t channels;
	int payload;	       /* static payload number, or -1: dynamic */
	uint8_t offer_payload; /* the number we offer it with */
	const char *fmtp;      /* what we offer, or NULL */
	bool on_request;       /* not in an offer where nobody asked for it */
	/* fmtp where pauses of speech are to be left out, of a codec that does that by itself, and fills them: no comfort noise of
	 * RFC 3389 with it. NULL: it has no way of its own. */
	const char *quiet_fmtp;
	/* Makes the object in *state for the peer's fmtp (may be empty). AHOY_ENOMEM, AHOY_EUNSUPPORTED (fmtp). */
	int (*open)(const ahoy_env *env, ahoy_slice fmtp, void **state);
	void (*close)(const ahoy_env *env, void *state);
	/* What we answer to an offer with these parameters (they bind both sides); NULL: our own fmtp, which only declares. */
	const char *(*answer_fmtp)(ahoy_slice offered);
	/* The packet lengths that encode takes: bit n stands for n * 10 ms. Some of 10 to 60 ms, 20 or 30 among them. */
	unsigned (*ptimes)(const void *state);
	/* `samples` is one of these lengths. *len 0: nothing is to be sent for it (DTX). AHOY_EFULL, AHOY_EINVAL. */
	int (*encode)(void *state, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap, size_t *len);
	/* The payload of one packet. AHOY_ESYNTAX (what is no frame of this codec), AHOY_EFULL. */
	int (*decode)(void *state, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap, size_t *samples);
	/* `samples` made up for a packet that did not come; called again for each further one, fading to silence. */
	void (*conceal)(void *state, int16_t *pcm, size_t samples);
	/* The lost packet of `samples` before this one, from what this one holds of it; NULL: the codec sends no such thing.
	 * To be called before decode of the same packet. AHOY_EINVAL: it holds nothing, or not for this length. */
	int (*recover)(void *state, const uint8_t *next, size_t len, int16_t *pcm, size_t samples);
	/* How many samples decode would give; 0 where the payload is not valid. */
	size_t (*payload_samples)(const uint8_t *payload, size_t len);
} ahoy_codec;

/* By SDP name, any case, clock rate (0: any). NULL: not built in. */
const ahoy_codec *ahoy_codec_find(ahoy_slice name, uint32_t clock_rate_hz);
/* By what a person types: NAME, or NAME/RATE as in rtpmap. NULL: unknown. */
const ahoy_codec *ahoy_codec_named(ahoy_slice text);
/* By static payload number. NULL: none. */
const ahoy_codec *ahoy_codec_of_payload(unsigned payload);
/* The i-th in our order of preference, NULL behind the last. */
const ahoy_codec *ahoy_codec_at(size_t i);
/* Those that are offered where nobody asked for others, in order; returns how many there are. */
size_t ahoy_codec_defaults(const ahoy_codec *out[AHOY_SDP_MAX_CODECS]);

/* What encode takes of wanted_ms or below; the shortest where it takes nothing so short. ms. */
unsigned ahoy_codec_ptime(const ahoy_codec *codec, const void *state, unsigned wanted_ms);

/* Samples of ptime_ms at the codec's sample rate. */
static inline size_t ahoy_codec_samples(const ahoy_codec *codec, unsigned ptime_ms)
{
	return (size_t)codec->sample_rate_hz * ptime_ms / 1000;
}

extern const ahoy_codec ahoy_codec_opus, ahoy_codec_g722, ahoy_codec_gsm, ahoy_codec_pcmu, ahoy_codec_speex,
	ahoy_codec_ilbc, ahoy_codec_pcma, ahoy_codec_speex_wide;

#endif
