#include "codec/g711.h"

#include "codec/codec.h"
#include "codec/conceal.h"

/* G.711 divides the range into eight segments, each twice as coarse as the one below it, with 16 steps each. */

/* Number of the segment: position of the highest bit of `magnitude` above bit `lowest`. */
static unsigned segment_of(unsigned magnitude, unsigned lowest)
{
	unsigned segment = 0;

	for (magnitude >>= lowest; magnitude > 1 && segment < 7; magnitude >>= 1)
		segment++;
	return segment;
}

uint8_t ahoy_ulaw_encode(int16_t sample)
{
	/* 14-bit law: a bias of 33 (132 at 16 bits) makes every segment begin at a power of two; codes are sent inverted. */
	unsigned sign = sample < 0 ? 0x80 : 0, magnitude = (unsigned)(sample < 0 ? -(int)sample : sample), segment;

	magnitude = (magnitude > 32635 ? 32635 : magnitude) + 132;
	segment = segment_of(magnitude, 7);
	return (uint8_t) ~(sign | segment << 4 | ((magnitude >> (segment + 3)) & 15));
}

int16_t ahoy_ulaw_decode(uint8_t code)
{
	unsigned plain = (uint8_t)~code, segment = plain >> 4 & 7;
	int magnitude = (int)((((plain & 15) << 3) + 132) << segment) - 132;

	return (int16_t)(plain & 0x80 ? -magnitude : magnitude);
}

uint8_t ahoy_alaw_encode(int16_t sample)
{
	/* 13-bit law: the sign bit is set for positive values, and the even bits are sent inverted (0x55). */
	unsigned sign = sample >= 0 ? 0x80 : 0, magnitude = (unsigned)(sample < 0 ? -(int)sample - 1 : sample), code;

	if (magnitude < 256)
		code = magnitude >> 4;
	else {
		unsigned segment = segment_of(magnitude, 8) + 1;

		code = segment << 4 | ((magnitude >> (segment + 3)) & 15);
	}
	return (uint8_t)((sign | code) ^ 0x55);
}

int16_t ahoy_alaw_decode(uint8_t code)
{
	unsigned plain = code ^ 0x55u, segment = plain >> 4 & 7;
	int magnitude = (int)((plain & 15) << 4) + 8;

	if (segment)
		magnitude = (magnitude + 256) << (segment - 1);
	return (int16_t)(plain & 0x80 ? magnitude : -magnitude);
}

static int open_g711(const ahoy_env *env, ahoy_slice fmtp, void **state)
{
	ahoy_conceal *conceal = ahoy_new(env, sizeof *conceal);

	(void)fmtp; /* RFC 4856 2.1.18 defines none. */
	if (!conceal)
		return AHOY_ENOMEM;
	ahoy_conceal_init(conceal, 8000);
	*state = conceal;
	return 0;
}

static void close_g711(const ahoy_env *env, void *state)
{
	ahoy_free(env, state);
}

static unsigned ptimes_g711(const void *state)
{
	(void)state;
	return 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6;
}

static int encode_with(uint8_t (*law)(int16_t), const int16_t *pcm, size_t samples, uint8_t *out, size_t cap,
		       size_t *len)
{
	if (samples > cap)
		return AHOY_EFULL;
	for (size_t i = 0; i < samples; i++)
		out[i] = law(pcm[i]);
	*len = samples;
	return 0;
}

static int decode_with(int16_t (*law)(uint8_t), void *state, const uint8_t *payload, size_t len, int16_t *pcm,
		       size_t cap, size_t *samples)
{
	if (len == 0)
		return AHOY_ESYNTAX;
	if (len > cap)
		return AHOY_EFULL;
	for (size_t i = 0; i < len; i++)
		pcm[i] = law(payload[i]);
	ahoy_conceal_good(state, pcm, len);
	*samples = len;
	return 0;
}

static int encode_ulaw(void *state, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap, size_t *len)
{
	(void)state;
	return encode_with(ahoy_ulaw_encode, pcm, samples, out, cap, len);
}

static int decode_ulaw(void *state, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap, size_t *samples)
{
	return decode_with(ahoy_ulaw_decode, state, payload, len, pcm, cap, samples);
}

static int encode_alaw(void *state, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap, size_t *len)
{
	(void)state;
	return encode_with(ahoy_alaw_encode, pcm, samples, out, cap, len);
}

static int decode_alaw(void *state, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap, size_t *samples)
{
	return decode_with(ahoy_alaw_decode, state, payload, len, pcm, cap, samples);
}

static void conceal_g711(void *state, int16_t *pcm, size_t samples)
{
	ahoy_conceal_lost(state, pcm, samples);
}

static size_t samples_g711(const uint8_t *payload, size_t len)
{
	(void)payload;
	return len;
}

const ahoy_codec ahoy_codec_pcmu = {
	.name = "PCMU",
	.clock_rate_hz = 8000,
	.sample_rate_hz = 8000,
	.channels = 1,
	.payload = 0,
	.offer_payload = 0,
	.open = open_g711,
	.close = close_g711,
	.ptimes = ptimes_g711,
	.encode = encode_ulaw,
	.decode = decode_ulaw,
	.conceal = conceal_g711,
	.payload_samples = samples_g711,
};

const ahoy_codec ahoy_codec_pcma = {
	.name = "PCMA",
	.clock_rate_hz = 8000,
	.sample_rate_hz = 8000,
	.channels = 1,
	.payload = 8,
	.offer_payload = 8,
	.open = open_g711,
	.close = close_g711,
	.ptimes = ptimes_g711,
	.encode = encode_alaw,
	.decode = decode_alaw,
	.conceal = conceal_g711,
	.payload_samples = samples_g711,
};
