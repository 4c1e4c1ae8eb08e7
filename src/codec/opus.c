#include <opus/opus.h>

#include "codec/codec.h"
#include "codec/fmtp.h"

/* Opus over libopus (RFC 7587): mono at 48 kHz both ways; whatever rate the other side plays at, the clock is 48000. */
enum {
	RATE = 48000,
	STEP = RATE / 400, /* what Opus counts in: 2.5 ms */
	MAX_SAMPLES = 5760,
	BIT_RATE = 32000, /* full band speech, RFC 7587 3.1.1 */
	MIN_BIT_RATE = 6000,
	MAX_BIT_RATE = 510000,
	COMPLEXITY = 8,
	EXPECTED_LOSS = 10, /* percent: how much of the bit rate goes to the copy of the last frame */
	DTX_BYTES = 2	    /* libopus: up to this length nothing needs to be sent */
};

typedef struct {
	OpusEncoder *encoder;
	OpusDecoder *decoder;
	int16_t spare[STEP]; /* made up, beyond the end of a gap that was no multiple of 2.5 ms */
	size_t spare_at, spare_count;
} coder;

static void close_opus(const ahoy_env *env, void *state)
{
	coder *c = state;

	ahoy_free(env, c->encoder);
	ahoy_free(env, c->decoder);
	ahoy_free(env, c);
}

/* maxplaybackrate: there is no use in sending what the peer will not play. */
static int bandwidth_of(uint32_t playback_hz)
{
	return playback_hz <= 8000    ? OPUS_BANDWIDTH_NARROWBAND
	       : playback_hz <= 12000 ? OPUS_BANDWIDTH_MEDIUMBAND
	       : playback_hz <= 16000 ? OPUS_BANDWIDTH_WIDEBAND
	       : playback_hz <= 24000 ? OPUS_BANDWIDTH_SUPERWIDEBAND
				      : OPUS_BANDWIDTH_FULLBAND;
}

/* RFC 7587 6.1 and 7: each parameter says what its sender wants to receive. */
static void follow(OpusEncoder *encoder, ahoy_slice fmtp)
{
	uint32_t bit_rate = ahoy_fmtp_number(fmtp, AHOY_S("maxaveragebitrate"), MAX_BIT_RATE, BIT_RATE);
	bool wants_fec = ahoy_fmtp_number(fmtp, AHOY_S("useinbandfec"), 1, 0) == 1;

	bit_rate = bit_rate > BIT_RATE ? BIT_RATE : (bit_rate < MIN_BIT_RATE ? MIN_BIT_RATE : bit_rate);
	opus_encoder_ctl(encoder, OPUS_SET_BITRATE((opus_int32)bit_rate));
	opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(COMPLEXITY));
	opus_encoder_ctl(encoder, OPUS_SET_MAX_BANDWIDTH(bandwidth_of(
					  ahoy_fmtp_number(fmtp, AHOY_S("maxplaybackrate"), RATE, RATE))));
	opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(wants_fec));
	opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(wants_fec ? EXPECTED_LOSS : 0));
	opus_encoder_ctl(encoder, OPUS_SET_DTX(ahoy_fmtp_number(fmtp, AHOY_S("usedtx"), 1, 0) == 1));
	opus_encoder_ctl(encoder, OPUS_SET_VBR(ahoy_fmtp_number(fmtp, AHOY_S("cbr"), 1, 0) != 1));
}

static int open_opus(const ahoy_env *env, ahoy_slice fmtp, void **state)
{
	coder *c = ahoy_new(env, sizeof *c);

	if (!c)
		return AHOY_ENOMEM;
	c->encoder = ahoy_new(env, (size_t)opus_encoder_get_size(1));
	c->decoder = ahoy_new(env, (size_t)opus_decoder_get_size(1));
	if (!c->encoder || !c->decoder || opus_encoder_init(c->encoder, RATE, 1, OPUS_APPLICATION_VOIP) != OPUS_OK ||
	    opus_decoder_init(c->decoder, RATE, 1) != OPUS_OK) {
		close_opus(env, c);
		return AHOY_ENOMEM;
	}
	follow(c->encoder, fmtp);
	*state = c;
	return 0;
}

static unsigned ptimes_opus(const void *state)
{
	(void)state;
	return 1u << 1 | 1u << 2 | 1u << 4 | 1u << 6;
}

static int encode_opus(void *state, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap, size_t *len)
{
	coder *c = state;
	int got;

	if (samples > MAX_SAMPLES)
		return AHOY_EINVAL;
	if (cap == 0)
		return AHOY_EFULL;
	got = opus_encode(c->encoder, pcm, (int)samples, out, (opus_int32)cap);
	if (got < 0)
		return got == OPUS_BUFFER_TOO_SMALL ? AHOY_EFULL : AHOY_EINVAL;
	*len = got <= DTX_BYTES ? 0 : (size_t)got;
	return 0;
}

static size_t samples_opus(const uint8_t *payload, size_t len)
{
	const unsigned char *frames[48];
	opus_int16 sizes[48];
	int count = len ? opus_packet_parse(payload, (opus_int32)len, NULL, frames, sizes, NULL) : 0;
	size_t samples;

	if (count <= 0)
		return 0;
	samples = (size_t)count * (size_t)opus_packet_get_samples_per_frame(payload, RATE);
	return samples <= MAX_SAMPLES ? samples : 0;
}

static int decode_opus(void *state, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap, size_t *samples)
{
	coder *c = state;
	size_t count = samples_opus(payload, len);
	int got;

	if (count == 0)
		return AHOY_ESYNTAX;
	if (count > cap)
		return AHOY_EFULL;
	got = opus_decode(c->decoder, payload, (opus_int32)len, pcm, (int)count, 0);
	if (got < 0)
		return AHOY_ESYNTAX;
	c->spare_at = c->spare_count = 0;
	*samples = (size_t)got;
	return 0;
}

/* RFC 6716 4.2.3 and 4.2.4: a SILK frame begins with a bit for each 20 ms of voice activity and one that says whether redundancy
 * follows, each as likely as not, so that they stand in its first byte as they are; for a second channel once more. */
static bool has_redundancy(const uint8_t *payload, size_t len)
{
	const unsigned char *frames[48];
	opus_int16 sizes[48];
	int count = opus_packet_parse(payload, (opus_int32)len, NULL, frames, sizes, NULL), parts;
	bool found;

	if (count <= 0 || sizes[0] < 1 || payload[0] & 0x80) /* the highest bit of the first byte: CELT alone */
		return false;
	parts = opus_packet_get_samples_per_frame(payload, RATE) / (RATE / 50);
	parts = parts < 1 ? 1 : parts;
	found = frames[0][0] >> (7 - parts) & 1;
	if (opus_packet_get_nb_channels(payload) == 2)
		found |= frames[0][0] >> (6 - 2 * parts) & 1;
	return found;
}

static int recover_opus(void *state, const uint8_t *next, size_t len, int16_t *pcm, size_t samples)
{
	coder *c = state;

	if (samples == 0 || samples % STEP || samples > MAX_SAMPLES || samples_opus(next, len) == 0 || !has_redundancy(next, len))
		return AHOY_EINVAL;
	if (opus_decode(c->decoder, next, (opus_int32)len, pcm, (int)samples, 1) != (int)samples)
		return AHOY_EINVAL;
	c->spare_at = c->spare_count = 0;
	return 0;
}

/* `samples` is a multiple of STEP. libopus conceals, and plays its comfort noise where the sender went silent. */
static void make_up(coder *c, int16_t *pcm, size_t samples)
{
	while (samples) {
		size_t some = samples < RATE / 50 ? samples : RATE / 50;

		if (opus_decode(c->decoder, NULL, 0, pcm, (int)some, 0) != (int)some)
			memset(pcm, 0, some * sizeof pcm[0]);
		pcm += some;
		samples -= some;
	}
}

static void conceal_opus(void *state, int16_t *pcm, size_t samples)
{
	coder *c = state;
	size_t some = c->spare_count - c->spare_at;

	some = some < samples ? some : samples;
	memcpy(pcm, c->spare + c->spare_at, some * sizeof pcm[0]);
	c->spare_at += some;
	pcm += some;
	samples -= some;
	some = samples - samples % STEP;
	make_up(c, pcm, some);
	pcm += some;
	samples -= some;
	if (samples == 0)
		return;
	make_up(c, c->spare, STEP);
	memcpy(pcm, c->spare, samples * sizeof pcm[0]);
	c->spare_at = samples;
	c->spare_count = STEP;
}

const ahoy_codec ahoy_codec_opus = {
	.name = "opus",
	.clock_rate_hz = RATE,
	.sample_rate_hz = RATE,
	.channels = 2, /* RFC 7587 7: always written so; what is sent is mono all the same */
	.payload = -1,
	.offer_payload = 96,
	.fmtp = "useinbandfec=1",
	.quiet_fmtp = "useinbandfec=1;usedtx=1",
	.open = open_opus,
	.close = close_opus,
	.ptimes = ptimes_opus,
	.encode = encode_opus,
	.decode = decode_opus,
	.conceal = conceal_opus,
	.recover = recover_opus,
	.payload_samples = samples_opus,
};
