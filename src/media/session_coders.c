#include "media/session_coders.h"

/* Below is no telephony, above no codec; and 10 ms are a whole number of samples. */
static bool is_pcm_rate(uint32_t hz)
{
	return hz >= 8000 && hz <= 48000 && hz % 100 == 0;
}

static bool is_valid(const ahoy_audio_config *config)
{
	if (config->codec_count < 1 || config->codec_count > AHOY_SDP_MAX_CODECS ||
	    (config->sample_rate_hz && !is_pcm_rate(config->sample_rate_hz)))
		return false;
	for (size_t i = 0; i < config->codec_count; i++)
		if (!config->codecs[i].codec || config->codecs[i].payload_send > 127 || config->codecs[i].payload_recv > 127)
			return false;
	return true;
}

static int resampler_between(const ahoy_env *env, uint32_t from_hz, uint32_t to_hz, ahoy_resampler **out)
{
	return from_hz == to_hz ? 0 : ahoy_resampler_new(env, AHOY_RESAMPLE_LIVE, from_hz, to_hz, out);
}

static int open_coder(const ahoy_env *env, const ahoy_audio_codec *wanted, ahoy_slice fmtp, uint32_t rate_hz,
		      ahoy_audio_coder *out)
{
	int err;

	*out = (ahoy_audio_coder){.codec = wanted->codec,
				  .payload_send = wanted->payload_send,
				  .payload_recv = wanted->payload_recv};
	err = wanted->codec->open(env, fmtp, &out->state);
	if (err)
		return err;
	err = resampler_between(env, wanted->codec->sample_rate_hz, rate_hz, &out->to_session);
	if (err)
		wanted->codec->close(env, out->state);
	return err;
}

int ahoy_audio_coders_open(const ahoy_env *env, const ahoy_audio_config *config, ahoy_audio_coders *out)
{
	int err = 0;

	*out = (ahoy_audio_coders){0};
	if (!is_valid(config))
		return AHOY_EINVAL;
	out->rate_hz = config->sample_rate_hz ? config->sample_rate_hz : config->codecs[0].codec->sample_rate_hz;
	for (size_t i = 0; i < config->codec_count && !err; i++) {
		ahoy_slice fmtp = i == 0 ? config->fmtp : (ahoy_slice){NULL, 0};

		err = open_coder(env, &config->codecs[i], fmtp, out->rate_hz, &out->list[i]);
		if (!err)
			out->count++;
	}
	if (!err)
		err = resampler_between(env, out->rate_hz, out->list[0].codec->sample_rate_hz, &out->from_session);
	if (err)
		ahoy_audio_coders_close(env, out);
	return err;
}

void ahoy_audio_coders_close(const ahoy_env *env, ahoy_audio_coders *coders)
{
	for (size_t i = 0; i < coders->count; i++) {
		coders->list[i].codec->close(env, coders->list[i].state);
		ahoy_resampler_del(coders->list[i].to_session);
	}
	ahoy_resampler_del(coders->from_session);
	*coders = (ahoy_audio_coders){0};
}

ahoy_audio_coder *ahoy_audio_coder_of(ahoy_audio_coders *coders, unsigned payload_recv)
{
	for (size_t i = 0; i < coders->count; i++)
		if (coders->list[i].payload_recv == payload_recv)
			return &coders->list[i];
	return NULL;
}

int ahoy_audio_encode(ahoy_audio_coders *coders, const int16_t *pcm, size_t samples, uint8_t *out, size_t cap,
		      size_t *len)
{
	ahoy_audio_coder *coder = &coders->list[0];
	int16_t resampled[AHOY_AUDIO_MAX_FRAME];

	if (coders->from_session) {
		samples = ahoy_resampler_run(coders->from_session, pcm, samples, resampled, AHOY_AUDIO_MAX_FRAME);
		pcm = resampled;
	}
	return coder->codec->encode(coder->state, pcm, samples, out, cap, len);
}

int ahoy_audio_decode(ahoy_audio_coder *coder, const uint8_t *payload, size_t len, int16_t *pcm, size_t cap,
		      size_t *samples)
{
	int16_t decoded[AHOY_AUDIO_DECODED];
	size_t count = 0;
	int err;

	if (!coder->to_session)
		return coder->codec->decode(coder->state, payload, len, pcm, cap, samples);
	err = coder->codec->decode(coder->state, payload, len, decoded, AHOY_AUDIO_DECODED, &count);
	if (!err)
		*samples = ahoy_resampler_run(coder->to_session, decoded, count, pcm, cap);
	return err;
}

size_t ahoy_audio_conceal(ahoy_audio_coder *coder, size_t samples, int16_t *pcm, size_t cap)
{
	int16_t made_up[AHOY_AUDIO_DECODED];

	if (!coder->to_session) {
		samples = samples < cap ? samples : cap;
		coder->codec->conceal(coder->state, pcm, samples);
		return samples;
	}
	samples = samples < AHOY_AUDIO_DECODED ? samples : AHOY_AUDIO_DECODED;
	coder->codec->conceal(coder->state, made_up, samples);
	return ahoy_resampler_run(coder->to_session, made_up, samples, pcm, cap);
}

size_t ahoy_audio_recover(ahoy_audio_coder *coder, const uint8_t *next, size_t len, size_t samples, int16_t *pcm, size_t cap)
{
	int16_t recovered[AHOY_AUDIO_DECODED];

	if (!coder->codec->recover || samples > AHOY_AUDIO_DECODED || (!coder->to_session && samples > cap))
		return 0;
	if (!coder->to_session)
		return coder->codec->recover(coder->state, next, len, pcm, samples) ? 0 : samples;
	if (coder->codec->recover(coder->state, next, len, recovered, samples))
		return 0;
	return ahoy_resampler_run(coder->to_session, recovered, samples, pcm, cap);
}
