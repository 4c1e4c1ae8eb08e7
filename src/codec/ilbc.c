#ifdef AHOY_WITH_ILBC

#include "codec/codec.h"
#include "codec/fmtp.h"
#include "codec/spare.h"

/* iLBC (RFC 3951, RFC 3952) over WebRTC's C code, which is inside Debian's libtg_owt.a. That package's headers ask for
 * its whole world, so that the few functions are declared here. States are put into memory of ours. */
typedef struct iLBC_encinst_t_ encoder;
typedef struct iLBC_decinst_t_ decoder;

/* *size: of the state, in units of two bytes; `at` is where it shall be. */
int16_t WebRtcIlbcfix_EncoderAssign(encoder **out, int16_t *at, int16_t *size);
int16_t WebRtcIlbcfix_DecoderAssign(decoder **out, int16_t *at, int16_t *size);
int16_t WebRtcIlbcfix_EncoderInit(encoder *e, int16_t frame_ms);
int16_t WebRtcIlbcfix_DecoderInit(decoder *d, int16_t frame_ms);
int WebRtcIlbcfix_Encode(encoder *e, const int16_t *pcm, size_t samples, uint8_t *out);
int WebRtcIlbcfix_Decode(decoder *d, const uint8_t *bytes, size_t len, int16_t *pcm, int16_t *kind);
size_t WebRtcIlbcfix_DecodePlc(decoder *d, int16_t *pcm, size_t frames);

/* What that code calls where an invariant of its own is broken. Its own definition would bring the C++ library along;
 * weak, so that a program with the whole of WebRTC in it keeps that one. */
_Noreturn void rtc_FatalMessage(const char *file, int line, const char *message) __attribute__((weak));
_Noreturn void rtc_FatalMessage(const char *file, int line, const char *message)
{
	ahoy_assert_failed(message, file, line);
}

enum {
	BYTES_20 = 38,
	BYTES_30 = 50,
	MAX_MS = 120 /* of a packet; up to there a payload's length says which mode it is */
};

typedef struct {
	unsigned mode_ms;    /* of what is sent, 20 or 30 */
	unsigned decoder_ms; /* of what came last: the length of a payload decides (RFC 3952 3.1) */
	encoder *encoder;
	decoder *decoder;
	bool decoded_any;
	ahoy_spare spare;
	int16_t *encoder_memory, *decoder_memory;
} coder;

/* RFC 3952 5: without the parameter it is 30, and 30 wins, since both sides use the lower bit rate. We offer 20, hence the
 * peer's parameter alone decides. */
static unsigned mode_of(ahoy_slice fmtp)
{
	return ahoy_fmtp_number(fmtp, AHOY_S("mode"), 30, 30) == 20 ? 20 : 30;
}

static const char *answer_ilbc(ahoy_slice offered)
{
	return mode_of(offered) == 20 ? "mode=20" : "mode=30";
}

static void close_ilbc(const ahoy_env *env, void *state)
{
	coder *c = state;

	ahoy_free(env, c->encoder_memory);
	ahoy_free(env, c->decoder_memory);
	ahoy_free(env, c);
}

static int open_ilbc(const ahoy_env *env, ahoy_slice fmtp, void **state)
{
	coder *c = ahoy_new(env, sizeof *c);
	int16_t encoder_size = 0, decoder_size = 0, none;

	if (!c)
		return AHOY_ENOMEM;
	/* The size does not depend on the place; what stands there is not looked at. */
	WebRtcIlbcfix_EncoderAssign(&c->encoder, &none, &encoder_size);
	WebRtcIlbcfix_DecoderAssign(&c->decoder, &none, &decoder_size);
	c->encoder_memory = ahoy_new(env, 2 * (size_t)encoder_size);
	c->decoder_memory = ahoy_new(env, 2 * (size_t)decoder_size);
	if (!c->encoder_memory || !c->decoder_memory) {
		close_ilbc(env, c);
		return AHOY_ENOMEM;
	}
	WebRtcIlbcfix_EncoderAssign(&c->encoder, c->encoder_memory, &encoder_size);
	WebRtcIlbcfix_DecoderAssign(&c->decoder, c->decoder_memory, &decoder_size);
	c->mode_ms = c->decoder_ms = mode_of(fmtp);
	WebRtcIlbcfix_EncoderInit(c->encoder, (int16_t)c->mode_ms);
	WebRtcIlbcfix_DecoderInit(c->decoder, (int16_t)c->decoder_ms);
	*state = c;
	return 0;
}

static unsigned ptimes_ilbc(const void *state)
{
	return ((const coder *)state)->mode_ms == 20 ? 1u << 2 | 1u << 4 | 1u << 6 : 1u << 3 | 1u << 6;
}

static int encode_ilbc(void *state, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap, size_t *len)
{
	coder *c = state;
	size_t frame = 8 * c->mode_ms, bytes = c->mode_ms == 20 ? BYTES_20 : BYTES_30;

	if (samples % frame)
		return AHOY_EINVAL;
	if (samples / frame * bytes > cap)
		return AHOY_EFULL;
	*len = 0;
	for (size_t at = 0; at < samples; at += frame, *len += bytes)
		if (WebRtcIlbcfix_Encode(c->encoder, pcm + at, frame, out + *len) != (int)bytes)
			return AHOY_EINVAL;
	return 0;
}

/* Mode and number of frames by the payload's length. */
static size_t frames_of(size_t len, unsigned *mode_ms)
{
	if (len % BYTES_20 == 0 && len / BYTES_20 * 20 <= MAX_MS) {
		*mode_ms = 20;
		return len / BYTES_20;
	}
	*mode_ms = 30;
	return len % BYTES_30 == 0 && len / BYTES_30 * 30 <= MAX_MS ? len / BYTES_30 : 0;
}

static size_t samples_ilbc(const uint8_t *payload, size_t len)
{
	unsigned mode_ms;
	size_t frames = frames_of(len, &mode_ms);

	(void)payload;
	return frames * 8 * mode_ms;
}

static int decode_ilbc(void *state, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap, size_t *samples)
{
	coder *c = state;
	unsigned mode_ms;
	size_t frames = frames_of(len, &mode_ms), frame = 8 * mode_ms;
	int16_t kind;

	if (frames == 0)
		return AHOY_ESYNTAX;
	if (frames * frame > cap)
		return AHOY_EFULL;
	if (mode_ms != c->decoder_ms)
		WebRtcIlbcfix_DecoderInit(c->decoder, (int16_t)mode_ms);
	c->decoder_ms = mode_ms;
	for (size_t i = 0; i < frames; i++) {
		const uint8_t *bytes = payload + i * (len / frames);

		/* A frame whose bits cannot be is concealed like a lost one (RFC 3951 4.8). */
		if (WebRtcIlbcfix_Decode(c->decoder, bytes, len / frames, pcm + i * frame, &kind) != (int)frame)
			WebRtcIlbcfix_DecodePlc(c->decoder, pcm + i * frame, 1);
	}
	c->decoded_any = true;
	c->spare.at = c->spare.count = 0;
	*samples = frames * frame;
	return 0;
}

static void make_frame(void *state, int16_t *frame)
{
	WebRtcIlbcfix_DecodePlc(((coder *)state)->decoder, frame, 1);
}

static void conceal_ilbc(void *state, int16_t *pcm, size_t samples)
{
	coder *c = state;

	if (c->decoded_any)
		ahoy_spare_take(&c->spare, pcm, samples, 8 * c->decoder_ms, make_frame, c);
	else
		memset(pcm, 0, samples * sizeof pcm[0]);
}

const ahoy_codec ahoy_codec_ilbc = {
	.name = "iLBC",
	.clock_rate_hz = 8000,
	.sample_rate_hz = 8000,
	.channels = 1,
	.payload = -1,
	.offer_payload = 98, /* the seed's */
	.fmtp = "mode=20",
	.open = open_ilbc,
	.close = close_ilbc,
	.answer_fmtp = answer_ilbc,
	.ptimes = ptimes_ilbc,
	.encode = encode_ilbc,
	.decode = decode_ilbc,
	.conceal = conceal_ilbc,
	.payload_samples = samples_ilbc,
};

#endif
