#include <gsm.h>

#include "codec/codec.h"
#include "codec/conceal.h"

/* GSM 06.10 full rate over libgsm: 20 ms of 8000 Hz in 33 bytes (RFC 3551 4.5.8). */
enum {
	FRAME = 160,
	BYTES = 33,
	MAGIC = 0xd /* the first four bits of each frame */
};

typedef struct {
	gsm encoder, decoder; /* libgsm allocates them itself */
	ahoy_conceal conceal;
} coder;

static void close_gsm(const ahoy_env *env, void *state)
{
	coder *c = state;

	if (c->encoder)
		gsm_destroy(c->encoder);
	if (c->decoder)
		gsm_destroy(c->decoder);
	ahoy_free(env, c);
}

static int open_gsm(const ahoy_env *env, ahoy_slice fmtp, void **state)
{
	coder *c = ahoy_new(env, sizeof *c);

	(void)fmtp; /* RFC 4856 2.1.8 defines none but ptime's. */
	if (!c)
		return AHOY_ENOMEM;
	c->encoder = gsm_create();
	c->decoder = gsm_create();
	if (!c->encoder || !c->decoder) {
		close_gsm(env, c);
		return AHOY_ENOMEM;
	}
	ahoy_conceal_init(&c->conceal, 8000);
	*state = c;
	return 0;
}

static unsigned ptimes_gsm(const void *state)
{
	(void)state;
	return 1u << 2 | 1u << 4 | 1u << 6;
}

static int encode_gsm(void *state, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap, size_t *len)
{
	coder *c = state;

	if (samples % FRAME)
		return AHOY_EINVAL;
	if (samples / FRAME * BYTES > cap)
		return AHOY_EFULL;
	for (size_t at = 0; at < samples; at += FRAME, out += BYTES) {
		gsm_signal frame[FRAME]; /* libgsm's parameter is not const */

		memcpy(frame, pcm + at, sizeof frame);
		gsm_encode(c->encoder, frame, out);
	}
	*len = samples / FRAME * BYTES;
	return 0;
}

static size_t samples_gsm(const uint8_t *payload, size_t len)
{
	if (len % BYTES)
		return 0;
	for (size_t at = 0; at < len; at += BYTES)
		if (payload[at] >> 4 != MAGIC)
			return 0;
	return len / BYTES * FRAME;
}

static int decode_gsm(void *state, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap, size_t *samples)
{
	coder *c = state;
	size_t count = samples_gsm(payload, len);

	if (count == 0)
		return AHOY_ESYNTAX;
	if (count > cap)
		return AHOY_EFULL;
	for (size_t at = 0; at < count; at += FRAME, payload += BYTES) {
		gsm_byte frame[BYTES];

		memcpy(frame, payload, sizeof frame);
		if (gsm_decode(c->decoder, frame, pcm + at))
			return AHOY_ESYNTAX;
	}
	ahoy_conceal_good(&c->conceal, pcm, count);
	*samples = count;
	return 0;
}

static void conceal_gsm(void *state, int16_t *pcm, size_t samples)
{
	ahoy_conceal_lost(&((coder *)state)->conceal, pcm, samples);
}

const ahoy_codec ahoy_codec_gsm = {
	.name = "GSM",
	.clock_rate_hz = 8000,
	.sample_rate_hz = 8000,
	.channels = 1,
	.payload = 3,
	.offer_payload = 3,
	.open = open_gsm,
	.close = close_gsm,
	.ptimes = ptimes_gsm,
	.encode = encode_gsm,
	.decode = decode_gsm,
	.conceal = conceal_gsm,
	.payload_samples = samples_gsm,
};
