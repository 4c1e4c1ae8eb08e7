/* spandsp's headers rely on what stands before them. */
#include <stdint.h>

#include <spandsp/telephony.h>

#include <spandsp/g722.h>
#include <spandsp/private/g722.h>

#include "codec/codec.h"
#include "codec/conceal.h"

/* G.722 at 64 kbit/s over spandsp: one byte for two samples of 16000 Hz. Its RTP clock runs at 8000 all the same, by
 * an old mistake that is kept (RFC 3551 4.5.2): a unit of the timestamp is one byte. */
enum {
	BIT_RATE = 64000
};

typedef struct {
	g722_encode_state_t encoder;
	g722_decode_state_t decoder;
	ahoy_conceal conceal;
} coder;

static int open_g722(const ahoy_env *env, ahoy_slice fmtp, void **state)
{
	coder *c = ahoy_new(env, sizeof *c);

	(void)fmtp;
	if (!c)
		return AHOY_ENOMEM;
	g722_encode_init(&c->encoder, BIT_RATE, 0);
	g722_decode_init(&c->decoder, BIT_RATE, 0);
	ahoy_conceal_init(&c->conceal, 16000);
	*state = c;
	return 0;
}

static void close_g722(const ahoy_env *env, void *state)
{
	ahoy_free(env, state);
}

static unsigned ptimes_g722(const void *state)
{
	(void)state;
	return 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6;
}

static int encode_g722(void *state, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap, size_t *len)
{
	coder *c = state;

	if (samples % 2)
		return AHOY_EINVAL;
	if (samples / 2 > cap)
		return AHOY_EFULL;
	*len = (size_t)g722_encode(&c->encoder, out, pcm, (int)samples);
	return 0;
}

static int decode_g722(void *state, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap, size_t *samples)
{
	coder *c = state;

	if (len == 0)
		return AHOY_ESYNTAX;
	if (2 * len > cap)
		return AHOY_EFULL;
	*samples = (size_t)g722_decode(&c->decoder, pcm, payload, (int)len);
	ahoy_conceal_good(&c->conceal, pcm, *samples);
	return 0;
}

static void conceal_g722(void *state, int16_t *pcm, size_t samples)
{
	ahoy_conceal_lost(&((coder *)state)->conceal, pcm, samples);
}

static size_t samples_g722(const uint8_t *payload, size_t len)
{
	(void)payload;
	return 2 * len;
}

const ahoy_codec ahoy_codec_g722 = {
	.name = "G722",
	.clock_rate_hz = 8000,
	.sample_rate_hz = 16000,
	.channels = 1,
	.payload = 9,
	.offer_payload = 9,
	.open = open_g722,
	.close = close_g722,
	.ptimes = ptimes_g722,
	.encode = encode_g722,
	.decode = decode_g722,
	.conceal = conceal_g722,
	.payload_samples = samples_g722,
};
