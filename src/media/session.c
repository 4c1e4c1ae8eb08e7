#include "media/session.h"

#include "media/level.h"
#include "media/session_state.h"
#include "rtp/emodel.h"

#define DELAY_MS 60	 /* three packets of 20 ms: what a Wi-Fi or mobile path needs, and nobody hears yet */
#define MAX_DELAY_MS 400 /* G.114: above 400 ms one way is no conversation any more */

static void close_coders(const ahoy_env *env, ahoy_audio_coder *coders, size_t count)
{
	for (size_t i = 0; i < count; i++)
		coders[i].codec->close(env, coders[i].state);
}

static int open_coders(const ahoy_env *env, const ahoy_audio_config *config, ahoy_audio_coder *coders)
{
	for (size_t i = 0; i < config->codec_count; i++) {
		const ahoy_audio_codec *wanted = &config->codecs[i];
		int err;

		coders[i] = (ahoy_audio_coder){wanted->codec, NULL, wanted->payload_send, wanted->payload_recv};
		err = wanted->codec->open(env, i == 0 ? config->fmtp : (ahoy_slice){NULL, 0}, &coders[i].state);
		if (err) {
			close_coders(env, coders, i);
			return err;
		}
	}
	return 0;
}

static bool is_valid(const ahoy_audio_config *config)
{
	if (config->codec_count < 1 || config->codec_count > AHOY_SDP_MAX_CODECS || config->event_send > 127 ||
	    config->event_recv > 127)
		return false;
	for (size_t i = 0; i < config->codec_count; i++)
		if (!config->codecs[i].codec || config->codecs[i].payload_send > 127 ||
		    config->codecs[i].payload_recv > 127 ||
		    config->codecs[i].codec->sample_rate_hz != config->codecs[0].codec->sample_rate_hz)
			return false;
	return true;
}

static void take_over(ahoy_audio *audio, const ahoy_audio_config *config, const ahoy_audio_coder *coders)
{
	unsigned ptime_ms = config->ptime_ms;

	if (ptime_ms < 10 || ptime_ms > 60 || ptime_ms % coders[0].codec->frame_ms)
		ptime_ms = 20;
	if (ptime_ms % coders[0].codec->frame_ms)
		ptime_ms = coders[0].codec->ptime_ms;
	memcpy(audio->coders, coders, config->codec_count * sizeof coders[0]);
	audio->coder_count = config->codec_count;
	audio->event_send = config->event_send;
	audio->event_recv = config->event_recv;
	audio->ptime_ms = ptime_ms;
	audio->send = config->send;
	audio->recv = config->recv;
	audio->last_coder = NULL;
}

int ahoy_audio_new(const ahoy_env *env, const ahoy_audio_config *config, ahoy_slice cname, ahoy_time now,
		   ahoy_audio **out)
{
	ahoy_audio_coder coders[AHOY_SDP_MAX_CODECS];
	ahoy_audio *audio;
	int err;

	if (!is_valid(config) || cname.len < 1 || cname.len >= sizeof audio->cname)
		return AHOY_EINVAL;
	audio = ahoy_new(env, sizeof *audio);
	if (!audio)
		return AHOY_ENOMEM;
	err = open_coders(env, config, coders);
	if (err) {
		ahoy_free(env, audio);
		return err;
	}
	audio->env = env;
	take_over(audio, config, coders);
	memcpy(audio->cname, cname.ptr, cname.len);
	audio->cname_len = cname.len;
	audio->loudest_dbov = AHOY_LEVEL_SILENCE;
	ahoy_jitter_init(&audio->jitter, coders[0].codec->clock_rate_hz, DELAY_MS, MAX_DELAY_MS);
	ahoy_rtp_stats_init(&audio->stats, coders[0].codec->clock_rate_hz);
	audio->ssrc = ahoy_random_u32(env);
	audio->timestamp = ahoy_random_u32(env);
	audio->seq = (uint16_t)ahoy_random_u32(env);
	ahoy_audio_start_sending(audio, now);
	ahoy_audio_plan_rtcp(audio, now, true);
	*out = audio;
	return 0;
}

void ahoy_audio_del(ahoy_audio *audio)
{
	if (!audio)
		return;
	close_coders(audio->env, audio->coders, audio->coder_count);
	ahoy_free(audio->env, audio);
}

int ahoy_audio_configure(ahoy_audio *audio, const ahoy_audio_config *config, ahoy_time now)
{
	ahoy_audio_coder coders[AHOY_SDP_MAX_CODECS];
	const ahoy_codec *before = audio->coders[0].codec;
	int err;

	if (!is_valid(config))
		return AHOY_EINVAL;
	err = open_coders(audio->env, config, coders);
	if (err)
		return err;
	close_coders(audio->env, audio->coders, audio->coder_count);
	take_over(audio, config, coders);
	if (before->sample_rate_hz != coders[0].codec->sample_rate_hz)
		audio->queue_len = audio->queue_at = audio->decoded_len = 0;
	if (before->clock_rate_hz != coders[0].codec->clock_rate_hz) {
		ahoy_jitter_reset(&audio->jitter, coders[0].codec->clock_rate_hz);
		audio->stats.clock_rate_hz = coders[0].codec->clock_rate_hz;
		audio->stats.has_transit = false;
	}
	if (audio->event_send < 0)
		audio->key_count = 0;
	if (now > audio->send_at)
		ahoy_audio_start_sending(audio, now);
	return 0;
}

uint32_t ahoy_audio_sample_rate(const ahoy_audio *audio)
{
	return audio->coders[0].codec->sample_rate_hz;
}

size_t ahoy_audio_frame_samples(const ahoy_audio *audio)
{
	return ahoy_codec_samples(audio->coders[0].codec, audio->ptime_ms);
}

static ahoy_time earlier(ahoy_time a, ahoy_time b)
{
	return a < b ? a : b;
}

ahoy_time ahoy_audio_deadline(const ahoy_audio *audio)
{
	ahoy_time at = earlier(ahoy_audio_send_deadline(audio), audio->rtcp_at);

	if (audio->sink_started)
		at = earlier(at, audio->sink_at);
	return earlier(at, ahoy_event_receiver_deadline(&audio->receiver));
}

static double seconds(uint64_t samples, uint32_t rate_hz)
{
	return (double)samples / rate_hz;
}

void ahoy_audio_get_stats(const ahoy_audio *audio, ahoy_audio_stats *out)
{
	uint32_t rate_hz = ahoy_audio_sample_rate(audio);
	uint64_t expected = ahoy_rtp_stats_expected(&audio->stats);
	double missing, delay_ms;

	*out = audio->counters;
	out->packets = audio->stats.packets;
	out->bytes = audio->stats.bytes;
	out->lost = ahoy_rtp_stats_lost(&audio->stats);
	out->jitter_ms = ahoy_rtp_stats_jitter_ms(&audio->stats);
	out->last_recv = audio->stats.last_recv;
	out->late = audio->jitter.late;
	out->discarded = audio->jitter.discarded;
	out->duplicates = audio->jitter.duplicates;
	out->delay_ms = ahoy_jitter_delay_ms(&audio->jitter);
	out->level_dbov = ahoy_level_dbov(audio->energy, audio->energy_samples);
	out->max_level_dbov = audio->loudest_dbov;
	out->above_60_s = seconds(audio->loud_samples, rate_hz);
	out->heard_s = seconds(audio->heard_samples, rate_hz);
	missing = expected ? 100.0 * (double)(out->lost + out->late + out->discarded) / (double)expected : 0;
	/* Mouth to ear: half the round trip, the jitter buffer, and a packet's length for cutting it. */
	delay_ms = out->rtt_ms / 2 + out->delay_ms + audio->ptime_ms;
	out->r = ahoy_emodel_r(ahoy_slice_of(audio->coders[0].codec->name), delay_ms, missing);
	out->mos = ahoy_emodel_mos(out->r);
}
