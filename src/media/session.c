#include "media/session.h"

#include "media/level.h"
#include "media/session_state.h"

static bool is_valid(const ahoy_audio_config *config)
{
	if (config->event_send > 127 || config->event_recv > 127 || config->other_event_count > AHOY_SDP_MAX_EVENT_RATES)
		return false;
	for (size_t i = 0; i < config->other_event_count; i++)
		if (config->other_events[i].payload_recv > 127 || config->other_events[i].clock_rate_hz == 0)
			return false;
	return true;
}

static void take_over_events(ahoy_audio *audio, const ahoy_audio_config *config, uint32_t codec_hz)
{
	audio->event_send = config->event_send;
	audio->event_hz = config->event_hz ? config->event_hz : codec_hz;
	audio->event_count = 0;
	if (config->event_recv >= 0) {
		audio->events[0].payload = (uint8_t)config->event_recv;
		audio->events[0].clock_rate_hz = audio->event_hz;
		audio->event_count = 1;
	}
	for (size_t i = 0; i < config->other_event_count; i++) {
		audio->events[audio->event_count].payload = config->other_events[i].payload_recv;
		audio->events[audio->event_count++].clock_rate_hz = config->other_events[i].clock_rate_hz;
	}
}

static uint32_t least_delay_ms(const ahoy_audio_config *config)
{
	return config->live ? AHOY_JITTER_LEAST_MS : AHOY_JITTER_START_MS;
}

/* An ear for keys at this rate, where one is wanted; the present one where that is it. */
static int open_ear(const ahoy_env *env, const ahoy_audio *audio, const ahoy_audio_config *config, uint32_t rate_hz,
		    ahoy_dtmf_ear **out)
{
	bool wanted = config->hear_keys && config->event_recv < 0;

	*out = NULL;
	if (wanted && audio && audio->ear && audio->coders.rate_hz == rate_hz) {
		*out = audio->ear;
		return 0;
	}
	return wanted ? ahoy_dtmf_ear_new(env, rate_hz, out) : 0;
}

static void take_over(ahoy_audio *audio, const ahoy_audio_config *config, const ahoy_audio_coders *coders)
{
	audio->coders = *coders;
	take_over_events(audio, config, coders->list[0].codec->clock_rate_hz);
	audio->ptime_ms = ahoy_codec_ptime(coders->list[0].codec, coders->list[0].state, config->ptime_ms);
	audio->send = config->send;
	audio->live = config->live;
	audio->recv = config->recv;
	audio->voip_metrics = config->voip_metrics;
	audio->say_keys = config->say_keys;
	audio->key_samples = 0;
	audio->suppress_silence = config->suppress_silence && !coders->list[0].codec->quiet_fmtp &&
				  coders->list[0].codec->clock_rate_hz == 8000;
	audio->noise_at = 0;
	audio->last_coder = NULL;
	audio->counters.concealed += audio->made_up;
	audio->made_up = 0;
}

int ahoy_audio_new(const ahoy_env *env, const ahoy_audio_config *config, ahoy_slice cname, ahoy_time now,
		   ahoy_audio **out)
{
	ahoy_audio_coders coders;
	ahoy_audio *audio;
	int err;

	if (!is_valid(config) || cname.len < 1 || cname.len >= sizeof audio->cname)
		return AHOY_EINVAL;
	audio = ahoy_new(env, sizeof *audio);
	if (!audio)
		return AHOY_ENOMEM;
	err = ahoy_audio_coders_open(env, config, &coders);
	if (!err) {
		err = open_ear(env, NULL, config, coders.rate_hz, &audio->ear);
		if (err)
			ahoy_audio_coders_close(env, &coders);
	}
	if (err) {
		ahoy_free(env, audio);
		return err;
	}
	audio->env = env;
	take_over(audio, config, &coders);
	memcpy(audio->cname, cname.ptr, cname.len);
	audio->cname_len = cname.len;
	audio->loudest_dbov = AHOY_LEVEL_SILENCE;
	ahoy_jitter_init(&audio->jitter, coders.list[0].codec->clock_rate_hz, AHOY_JITTER_START_MS,
			 least_delay_ms(config), AHOY_JITTER_MOST_MS);
	ahoy_rtp_stats_init(&audio->stats, coders.list[0].codec->clock_rate_hz);
	audio->ssrc = ahoy_random_u32(env);
	audio->timestamp = ahoy_random_u32(env);
	/* RFC 4568 6.4: in the lower half, so that losses at the beginning never hide a turn of the sequence from SRTP. */
	audio->seq = (uint16_t)(ahoy_random_u32(env) & 0x7fff);
	ahoy_audio_start_sending(audio, now);
	ahoy_audio_plan_rtcp(audio, now, true);
	*out = audio;
	return 0;
}

void ahoy_audio_del(ahoy_audio *audio)
{
	if (!audio)
		return;
	ahoy_audio_coders_close(audio->env, &audio->coders);
	ahoy_dtmf_ear_del(audio->ear);
	ahoy_free(audio->env, audio);
}

int ahoy_audio_configure(ahoy_audio *audio, const ahoy_audio_config *config, ahoy_time now)
{
	ahoy_audio_coders coders;
	uint32_t before_hz = audio->coders.rate_hz;
	ahoy_dtmf_ear *ear;
	int err;

	if (!is_valid(config))
		return AHOY_EINVAL;
	err = ahoy_audio_coders_open(audio->env, config, &coders);
	if (err)
		return err;
	err = open_ear(audio->env, audio, config, coders.rate_hz, &ear);
	if (err) {
		ahoy_audio_coders_close(audio->env, &coders);
		return err;
	}
	if (ear != audio->ear)
		ahoy_dtmf_ear_del(audio->ear);
	audio->ear = ear;
	ahoy_audio_coders_close(audio->env, &audio->coders);
	take_over(audio, config, &coders);
	ahoy_jitter_set_least_ms(&audio->jitter, least_delay_ms(config));
	if (before_hz != coders.rate_hz)
		audio->queue_len = audio->queue_at = audio->decoded_len = 0;
	if (audio->event_send < 0 && !audio->say_keys)
		audio->key_count = 0;
	if (now > audio->send_at)
		ahoy_audio_start_sending(audio, now);
	return 0;
}

uint32_t ahoy_audio_sample_rate(const ahoy_audio *audio)
{
	return audio->coders.rate_hz;
}

size_t ahoy_audio_frame_samples(const ahoy_audio *audio)
{
	return (size_t)audio->coders.rate_hz * audio->ptime_ms / 1000;
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

ahoy_emodel_path ahoy_audio_path(const ahoy_audio *audio)
{
	uint64_t expected = ahoy_rtp_stats_expected(&audio->stats);
	uint64_t missing = ahoy_rtp_stats_lost(&audio->stats) + audio->jitter.late + audio->jitter.discarded;
	ahoy_burst_gap fates = ahoy_fates_now(&audio->fates);

	return (ahoy_emodel_path){
		.codec = ahoy_slice_of(audio->last_coder ? audio->last_coder->codec->name : ahoy_audio_sent_codec(audio)->name),
		/* Mouth to ear: half the round trip, the jitter buffer, and a packet's length for cutting it. */
		.delay_ms = audio->counters.rtt_ms / 2 + ahoy_jitter_delay_ms(&audio->jitter) + ahoy_audio_came_ms(audio),
		.loss_percent = expected ? 100.0 * (double)missing / (double)expected : 0,
		.burst_ratio = ahoy_burst_gap_ratio(&fates),
	};
}

static double percent(uint8_t of_256)
{
	return of_256 * 100.0 / 256;
}

/* How the peer hears us, where it does not say so itself: the E-model from its report, which covers what we had sent by then. Its
 * jitter buffer is taken to be as ours begins. */
static void judge_remote(const ahoy_audio *audio, ahoy_audio_stats *out)
{
	double expected = (double)audio->remote_expected;
	ahoy_emodel_path path = {
		.codec = ahoy_slice_of(ahoy_audio_sent_codec(audio)->name),
		.delay_ms = out->rtt_ms / 2 + AHOY_JITTER_START_MS + audio->ptime_ms,
		.loss_percent = expected > 0 && out->remote_lost > 0 ? 100.0 * out->remote_lost / expected : 0,
		.burst_ratio = 1,
	};

	out->remote_r = ahoy_emodel_r(&path);
	out->remote_mos = ahoy_emodel_mos(out->remote_r);
}

static void fill_received(const ahoy_audio *audio, ahoy_audio_stats *out)
{
	ahoy_burst_gap fates = ahoy_fates_now(&audio->fates);
	ahoy_emodel_path path = ahoy_audio_path(audio);
	ahoy_voip_metrics metrics = {0};

	out->packets = audio->stats.packets;
	out->bytes = audio->stats.bytes;
	out->lost = ahoy_rtp_stats_lost(&audio->stats);
	out->jitter_ms = ahoy_rtp_stats_jitter_ms(&audio->stats);
	out->last_recv = audio->stats.last_recv;
	out->late = audio->jitter.late;
	out->discarded = audio->jitter.discarded;
	out->duplicates = audio->jitter.duplicates;
	out->concealed += audio->made_up;
	out->delay_ms = ahoy_jitter_delay_ms(&audio->jitter);
	ahoy_burst_gap_report(&fates, ahoy_audio_came_ms(audio), &metrics);
	out->burst_percent = percent(metrics.burst_density);
	out->gap_percent = percent(metrics.gap_density);
	out->burst_ms = metrics.burst_duration_ms;
	out->gap_ms = metrics.gap_duration_ms;
	out->r = ahoy_emodel_r(&path);
	out->mos = ahoy_emodel_mos(out->r);
}

void ahoy_audio_get_stats(const ahoy_audio *audio, ahoy_audio_stats *out)
{
	uint32_t rate_hz = ahoy_audio_sample_rate(audio);

	*out = audio->counters;
	fill_received(audio, out);
	out->level_dbov = ahoy_level_dbov(audio->energy, audio->energy_samples);
	out->max_level_dbov = audio->loudest_dbov;
	out->above_60_s = seconds(audio->loud_samples, rate_hz);
	out->heard_s = seconds(audio->heard_samples, rate_hz);
	if (out->has_remote && out->remote_mos == 0)
		judge_remote(audio, out);
}
