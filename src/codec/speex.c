#include <speex/speex.h>

#include "codec/codec.h"
#include "codec/fmtp.h"
#include "codec/spare.h"
#include "codec/speex_frames.h"

/* Speex narrow band and wide band over libspeex, which allocates its states itself (RFC 5574). */
enum {
	FRAME_MS = 20,
	QUALITY = 8, /* 15 kbit/s narrow, 27.8 wide: from there on more bits are hardly heard */
	MAX_FRAME = 320,
	MAX_PACKET = 6 * 110 /* bytes: 120 ms at the highest bit rate */
};

typedef struct {
	bool is_wide;
	size_t frame; /* samples */
	void *encoder, *decoder;
	bool decoded_any;
	ahoy_spare spare;
} coder;

static void close_speex(const ahoy_env *env, void *state)
{
	coder *c = state;

	if (c->encoder)
		speex_encoder_destroy(c->encoder);
	if (c->decoder)
		speex_decoder_destroy(c->decoder);
	ahoy_free(env, c);
}

static void set(void *encoder, int what, int value)
{
	speex_encoder_ctl(encoder, what, &value);
}

/* What the peer wants to be sent (RFC 5574 3.2). Its "mode" names bit rates; "any" and what we do not understand leave
 * us the choice. */
static void follow(const coder *c, ahoy_slice fmtp)
{
	ahoy_slice value, mode, rest;
	uint32_t number;
	bool is_vad;

	if (ahoy_fmtp_find(fmtp, AHOY_S("mode"), &value)) {
		ahoy_slice_cut(value, ',', &mode, &rest);
		if (!ahoy_slice_u32(ahoy_slice_trim(mode), c->is_wide ? 10 : 8, &number))
			set(c->encoder, c->is_wide ? SPEEX_SET_QUALITY : SPEEX_SET_MODE, (int)number);
	}
	if (!ahoy_fmtp_find(fmtp, AHOY_S("vbr"), &value))
		return;
	is_vad = ahoy_slice_ieq(value, AHOY_S("vad"));
	if (ahoy_slice_ieq(value, AHOY_S("on")))
		set(c->encoder, SPEEX_SET_VBR, 1);
	else if (is_vad)
		set(c->encoder, SPEEX_SET_VAD, 1);
	/* Silence is left out only where the peer fills it with noise of its own. */
	if (is_vad && ahoy_fmtp_find(fmtp, AHOY_S("cng"), &value) && ahoy_slice_ieq(value, AHOY_S("on")))
		set(c->encoder, SPEEX_SET_DTX, 1);
}

static int open_speex(const ahoy_env *env, ahoy_slice fmtp, bool is_wide, void **state)
{
	const SpeexMode *mode = speex_lib_get_mode(is_wide ? SPEEX_MODEID_WB : SPEEX_MODEID_NB);
	coder *c = ahoy_new(env, sizeof *c);

	if (!c)
		return AHOY_ENOMEM;
	c->is_wide = is_wide;
	c->frame = is_wide ? 320 : 160;
	c->encoder = speex_encoder_init(mode);
	c->decoder = speex_decoder_init(mode);
	if (!c->encoder || !c->decoder) {
		close_speex(env, c);
		return AHOY_ENOMEM;
	}
	set(c->encoder, SPEEX_SET_QUALITY, QUALITY);
	follow(c, fmtp);
	*state = c;
	return 0;
}

static int open_narrow(const ahoy_env *env, ahoy_slice fmtp, void **state)
{
	return open_speex(env, fmtp, false, state);
}

static int open_wide(const ahoy_env *env, ahoy_slice fmtp, void **state)
{
	return open_speex(env, fmtp, true, state);
}

static unsigned ptimes_speex(const void *state)
{
	(void)state;
	return 1u << 2 | 1u << 4 | 1u << 6;
}

static int encode_speex(void *state, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap, size_t *len)
{
	char room[MAX_PACKET];
	coder *c = state;
	bool is_wanted = false;
	SpeexBits bits;

	if (samples % c->frame || samples / c->frame > 6)
		return AHOY_EINVAL;
	speex_bits_init_buffer(&bits, room, sizeof room);
	speex_bits_reset(&bits);
	for (size_t at = 0; at < samples; at += c->frame) {
		spx_int16_t frame[MAX_FRAME]; /* libspeex filters it in place */

		memcpy(frame, pcm + at, c->frame * sizeof frame[0]);
		if (speex_encode_int(c->encoder, frame, &bits))
			is_wanted = true;
	}
	/* RFC 5574 3.3: a zero and ones up to the byte. */
	speex_bits_insert_terminator(&bits);
	if ((size_t)speex_bits_nbytes(&bits) > cap)
		return AHOY_EFULL;
	*len = is_wanted ? (size_t)speex_bits_write(&bits, (char *)out, (int)cap) : 0;
	return 0;
}

static int decode_speex(void *state, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap, size_t *samples)
{
	coder *c = state;
	size_t frames = ahoy_speex_frames(payload, len, c->is_wide);
	SpeexBits bits;

	if (frames == 0)
		return AHOY_ESYNTAX;
	if (frames * c->frame > cap)
		return AHOY_EFULL;
	speex_bits_set_bit_buffer(&bits, (void *)(uintptr_t)payload, (int)len);
	for (size_t i = 0; i < frames; i++)
		if (speex_decode_int(c->decoder, &bits, pcm + i * c->frame))
			return AHOY_ESYNTAX;
	c->decoded_any = true;
	c->spare.at = c->spare.count = 0;
	*samples = frames * c->frame;
	return 0;
}

static void make_frame(void *state, int16_t *frame)
{
	speex_decode_int(((coder *)state)->decoder, NULL, frame);
}

static void conceal_speex(void *state, int16_t *pcm, size_t samples)
{
	coder *c = state;

	if (c->decoded_any)
		ahoy_spare_take(&c->spare, pcm, samples, c->frame, make_frame, c);
	else
		memset(pcm, 0, samples * sizeof pcm[0]);
}

static size_t samples_narrow(const uint8_t *payload, size_t len)
{
	return 160 * ahoy_speex_frames(payload, len, false);
}

static size_t samples_wide(const uint8_t *payload, size_t len)
{
	return 320 * ahoy_speex_frames(payload, len, true);
}

const ahoy_codec ahoy_codec_speex = {
	.name = "speex",
	.clock_rate_hz = 8000,
	.sample_rate_hz = 8000,
	.channels = 1,
	.payload = -1,
	.offer_payload = 110, /* the seed's */
	.quiet_fmtp = "vbr=vad;cng=on",
	.open = open_narrow,
	.close = close_speex,
	.ptimes = ptimes_speex,
	.encode = encode_speex,
	.decode = decode_speex,
	.conceal = conceal_speex,
	.payload_samples = samples_narrow,
};

const ahoy_codec ahoy_codec_speex_wide = {
	.name = "speex",
	.clock_rate_hz = 16000,
	.sample_rate_hz = 16000,
	.channels = 1,
	.payload = -1,
	.offer_payload = 111,
	.on_request = true,
	.quiet_fmtp = "vbr=vad;cng=on",
	.open = open_wide,
	.close = close_speex,
	.ptimes = ptimes_speex,
	.encode = encode_speex,
	.decode = decode_speex,
	.conceal = conceal_speex,
	.payload_samples = samples_wide,
};
