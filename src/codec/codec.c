#include "codec/codec.h"

/* In our order of preference. A new codec is one file and one line here. */
static const ahoy_codec *const codecs[] = {
	&ahoy_codec_opus,
	&ahoy_codec_g722,
	/* The seed's phone, in its order. */
	&ahoy_codec_gsm,
	&ahoy_codec_pcmu,
	&ahoy_codec_speex,
#ifdef AHOY_WITH_ILBC
	&ahoy_codec_ilbc,
#endif
	&ahoy_codec_pcma,
	&ahoy_codec_speex_wide,
};

const ahoy_codec *ahoy_codec_at(size_t i)
{
	return i < sizeof codecs / sizeof codecs[0] ? codecs[i] : NULL;
}

size_t ahoy_codec_defaults(const ahoy_codec *out[AHOY_SDP_MAX_CODECS])
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0] && count < AHOY_SDP_MAX_CODECS; i++)
		if (!codecs[i]->on_request)
			out[count++] = codecs[i];
	return count;
}

const ahoy_codec *ahoy_codec_find(ahoy_slice name, uint32_t clock_rate_hz)
{
	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		if (ahoy_slice_ieq(name, ahoy_slice_of(codecs[i]->name)) &&
		    (clock_rate_hz == 0 || clock_rate_hz == codecs[i]->clock_rate_hz))
			return codecs[i];
	return NULL;
}

const ahoy_codec *ahoy_codec_named(ahoy_slice text)
{
	ahoy_slice name, rate;
	uint32_t rate_hz = 0;

	if (ahoy_slice_cut(text, '/', &name, &rate) && (ahoy_slice_u32(rate, 192000, &rate_hz) || rate_hz == 0))
		return NULL;
	return ahoy_codec_find(name, rate_hz);
}

const ahoy_codec *ahoy_codec_of_payload(unsigned payload)
{
	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		if (codecs[i]->payload >= 0 && (unsigned)codecs[i]->payload == payload)
			return codecs[i];
	return NULL;
}

unsigned ahoy_codec_ptime(const ahoy_codec *codec, const void *state, unsigned wanted_ms)
{
	unsigned can = codec->ptimes(state), found_ms = 0;

	for (unsigned n = 1; n <= 6; n++)
		if (can & 1u << n && (found_ms == 0 || n * 10 <= wanted_ms))
			found_ms = n * 10;
	return found_ms;
}
