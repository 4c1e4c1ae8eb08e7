/* codec_trip: for the tests of src/codec: one codec object, sound through it, and how loud what comes out is. */
#ifndef AHOY_TEST_CODEC_TRIP_H
#define AHOY_TEST_CODEC_TRIP_H

#include <math.h>

#include "codec/codec.h"
#include "media/tone.h"
#include "test.h"

#include "test_env.h"

typedef struct {
	test_env te;
	const ahoy_codec *codec;
	void *coder;
	ahoy_tone tone;
	bool is_quiet;	     /* silence instead of the tone */
	uint8_t bytes[1500]; /* of the last packet */
	size_t len;
	size_t packets, total; /* that were sent, and their bytes */
	int16_t pcm[5760];
} codec_trip;

static inline void codec_trip_open(codec_trip *t, const ahoy_codec *codec, const char *fmtp)
{
	memset(t, 0, sizeof *t);
	test_env_init(&t->te, 1);
	t->codec = codec;
	assert_ok(codec->open(&t->te.env, ahoy_slice_of(fmtp), &t->coder));
	ahoy_tone_init(&t->tone, codec->sample_rate_hz, 440, 0, -15);
}

static inline void codec_trip_close(codec_trip *t)
{
	t->codec->close(&t->te.env, t->coder);
	test_env_fini(&t->te);
}

/* One packet of ptime_ms; returns its bytes, 0: none is to be sent. */
static inline size_t codec_trip_say(codec_trip *t, unsigned ptime_ms)
{
	size_t samples = ahoy_codec_samples(t->codec, ptime_ms);

	if (t->is_quiet)
		memset(t->pcm, 0, samples * sizeof t->pcm[0]);
	else
		ahoy_tone_fill(&t->tone, t->pcm, samples);
	assert_ok(t->codec->encode(t->coder, t->pcm, samples, t->bytes, sizeof t->bytes, &t->len));
	t->packets += t->len != 0;
	t->total += t->len;
	return t->len;
}

/* So many packets, each decoded by the same object; returns the level of the second half, in dB to full scale. */
static inline double codec_trip_run(codec_trip *t, unsigned ptime_ms, unsigned packets)
{
	double energy = 0, count = 0;
	size_t samples;

	t->packets = t->total = 0;
	for (unsigned n = 0; n < packets; n++) {
		if (!codec_trip_say(t, ptime_ms))
			continue;
		assert_ok(t->codec->decode(t->coder, t->bytes, t->len, t->pcm, sizeof t->pcm / sizeof t->pcm[0], &samples));
		assert_int_equal(samples, ahoy_codec_samples(t->codec, ptime_ms));
		for (size_t i = 0; n >= packets / 2 && i < samples; i++, count++)
			energy += (double)t->pcm[i] * t->pcm[i];
	}
	return energy > 0 ? 10 * log10(energy / count / 32767 / 32767) : -127;
}

#define assert_level(measured, wanted, by)                                       \
	do {                                                                     \
		double level_ = (measured);                                      \
		if (fabs(level_ - (wanted)) > (by))                              \
			fail_msg("%.2f dB, not %.2f", level_, (double)(wanted)); \
	} while (0)

#endif
