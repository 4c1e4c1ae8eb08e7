/* A call's sound: packets in and out, PCM in and out, keys, statistics. */
#include "api/internal.h"

/* ---- what was agreed on ---- */

static int new_audio(ahoy_agent *agent, api_call *call, const ahoy_audio_config *config)
{
	char text[32];
	ahoy_buf cname = ahoy_buf_over(text, sizeof text);

	/* RFC 7022: a CNAME is random, and says nothing about the machine. */
	ahoy_buf_hex_u64(&cname, ((uint64_t)ahoy_random_u32(&agent->env) << 32) | ahoy_random_u32(&agent->env), 16);
	return ahoy_audio_new(&agent->env, config, ahoy_buf_slice(&cname), agent->now, &call->audio);
}

int ahoy_api_sound_set(ahoy_agent *agent, api_call *call)
{
	const ahoy_sdp_agreed *agreed = &call->sdp.agreed;
	ahoy_audio_config config;
	uint32_t before_hz;
	int err;

	ahoy_call_sdp_audio(&call->sdp, &config);
	config.say_keys = call->keys.wanted == AHOY_KEYS_IN_BAND || (call->keys.wanted == AHOY_KEYS_AUTO && config.event_send < 0);
	config.hear_keys = true;
	ahoy_media_source_set(&call->rtp, &agreed->remote_rtp, &call->signalling);
	ahoy_media_source_set(&call->rtcp, &agreed->remote_rtcp, &call->signalling);
	err = ahoy_call_srtp_set(&call->srtp, &agent->env, agreed);
	if (err)
		return err;
	if (!call->audio)
		return new_audio(agent, call, &config);
	before_hz = ahoy_audio_sample_rate(call->audio);
	err = ahoy_audio_configure(call->audio, &config, agent->now);
	if (ahoy_audio_sample_rate(call->audio) != before_hz)
		call->heard_count = 0;
	return err;
}

int ahoy_api_sound_tell(ahoy_agent *agent, api_call *call)
{
	const ahoy_sdp_agreed *agreed = &call->sdp.agreed;
	const ahoy_codec *codec;
	ahoy_agent_event event = ahoy_api_call_about(call, AHOY_AGENT_MEDIA);
	bool was_held = call->held;
	int err = 0;

	if (!call->audio)
		return 0;
	codec = call->sdp.codecs[agreed->codecs[0].codec_index];
	if (!call->told || call->told_codec != codec || call->told_suite != agreed->send.suite) {
		event.codec = ahoy_slice_of(codec->name);
		event.sample_rate_hz = ahoy_audio_sample_rate(call->audio);
		event.srtp = ahoy_slice_of(ahoy_call_sdp_suite(&call->sdp));
		err = ahoy_api_tell(agent, &event);
		call->told = true;
		call->told_codec = codec;
		call->told_suite = agreed->send.suite;
	}
	call->held = agreed->held;
	if (!err && call->held != was_held) {
		event = ahoy_api_call_about(call, call->held ? AHOY_AGENT_HELD : AHOY_AGENT_RESUMED);
		err = ahoy_api_tell(agent, &event);
	}
	return err;
}

/* ---- on the clock ---- */

static void keep_heard(api_call *call, const int16_t *pcm, size_t samples)
{
	for (size_t i = 0; i < samples; i++) {
		call->heard[(call->heard_at + call->heard_count) % API_HEARD] = pcm[i];
		if (call->heard_count < API_HEARD)
			call->heard_count++;
		else
			call->heard_at = (call->heard_at + 1) % API_HEARD;
	}
}

void ahoy_api_key_answered(ahoy_agent *agent, api_call *call, int status)
{
	char digit;
	uint32_t duration_ms;

	if (ahoy_keys_answered(&call->keys, agent->now, status))
		return;
	/* Refused: the rest goes as tones, where nothing else was asked for. */
	while (ahoy_keys_take_back(&call->keys, &digit, &duration_ms))
		if (call->keys.wanted == AHOY_KEYS_AUTO && call->audio)
			(void)!ahoy_audio_send_dtmf(call->audio, ahoy_slice_make(&digit, 1), duration_ms);
}

void ahoy_api_send_keys(ahoy_agent *agent, api_call *call)
{
	char text[64];
	ahoy_buf body = ahoy_buf_over(text, sizeof text);

	if (call->audio && call->state != AHOY_AGENT_CALL_ENDED && ahoy_keys_next(&call->keys, agent->now, &body) &&
	    ahoy_call_request(agent->ua, agent->now, call->ua_id, AHOY_INFO, (ahoy_slice){NULL, 0},
			      AHOY_S("application/dtmf-relay"), ahoy_buf_slice(&body), call->id))
		ahoy_api_key_answered(agent, call, 503);
}

void ahoy_api_sound_turn(ahoy_agent *agent, api_call *call)
{
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	ahoy_audio_dtmf key;
	size_t samples;

	if (!call->audio || call->state == AHOY_AGENT_CALL_ENDED)
		return;
	while ((samples = ahoy_audio_take_pcm(call->audio, agent->now, pcm, AHOY_AUDIO_MAX_FRAME)) > 0)
		keep_heard(call, pcm, samples);
	while (ahoy_audio_pop_dtmf(call->audio, agent->now, &key)) {
		ahoy_agent_event event = ahoy_api_call_about(call, AHOY_AGENT_DTMF);

		event.digit = key.digit;
		event.duration_ms = key.duration_ms;
		if (ahoy_keys_heard(&call->keys, agent->now, key.digit, false))
			(void)ahoy_api_tell(agent, &event);
	}
}

/* What is encrypted shows whose it is before anything is learned from where it came. */
static void recv_packet(ahoy_agent *agent, api_call *call, bool is_rtcp, const ahoy_addr *peer, ahoy_slice bytes)
{
	uint8_t memory[AHOY_CALL_SRTP_MAX];
	ahoy_slice packet = ahoy_call_srtp_open(&call->srtp, is_rtcp, bytes, memory);

	if ((bytes.len && !packet.len) || !ahoy_media_source_takes(is_rtcp ? &call->rtcp : &call->rtp, peer))
		return;
	if (is_rtcp)
		ahoy_audio_recv_rtcp(call->audio, agent->now, packet.ptr, packet.len);
	else
		ahoy_audio_recv_rtp(call->audio, agent->now, packet.ptr, packet.len);
	ahoy_api_sound_turn(agent, call);
}

bool ahoy_api_sound_recv(ahoy_agent *agent, const ahoy_addr *local, const ahoy_addr *peer, ahoy_slice bytes)
{
	api_call *call;
	uint64_t cursor = 0;

	while ((call = ahoy_api_next_call(agent, &cursor))) {
		bool is_rtcp = local->port == call->media.port + 1;

		if (!call->media.family || !ahoy_addr_ip_eq(local, &call->media) || (!is_rtcp && local->port != call->media.port))
			continue;
		if (call->audio && call->state != AHOY_AGENT_CALL_ENDED)
			recv_packet(agent, call, is_rtcp, peer, bytes);
		return true;
	}
	return false;
}

/* The next packet of this call, if one is due and has somewhere to go. */
static bool pop_packet(ahoy_agent *agent, api_call *call, bool is_rtcp)
{
	const ahoy_addr *to = ahoy_media_source_target(is_rtcp ? &call->rtcp : &call->rtp);
	ahoy_slice packet;
	size_t len;

	while ((len = is_rtcp ? ahoy_audio_pop_rtcp(call->audio, agent->now, agent->packet, sizeof agent->packet)
			      : ahoy_audio_pop_rtp(call->audio, agent->now, agent->packet, sizeof agent->packet)) > 0) {
		if (!to->family || !to->port)
			continue;
		packet = ahoy_call_srtp_seal(&call->srtp, is_rtcp, ahoy_slice_make(agent->packet, len), agent->sealed);
		if (!packet.len)
			continue;
		agent->out = (ahoy_agent_out){call->media, *to, packet};
		if (is_rtcp)
			agent->out.local.port++;
		return true;
	}
	return false;
}

bool ahoy_api_sound_out(ahoy_agent *agent)
{
	api_call *call;
	uint64_t cursor = 0;

	while ((call = ahoy_api_next_call(agent, &cursor)))
		if (call->audio && call->state != AHOY_AGENT_CALL_ENDED &&
		    (pop_packet(agent, call, false) || pop_packet(agent, call, true)))
			return true;
	return false;
}

/* ---- ahoy/audio.h ---- */

static api_call *with_sound(const ahoy_agent *agent, ahoy_agent_id id)
{
	api_call *call = ahoy_api_live_call(agent, id);

	return call && call->audio ? call : NULL;
}

uint32_t ahoy_agent_sample_rate(const ahoy_agent *agent, ahoy_agent_id id)
{
	const api_call *call = with_sound(agent, id);

	return call ? ahoy_audio_sample_rate(call->audio) : 0;
}

size_t ahoy_agent_put_pcm(ahoy_agent *agent, ahoy_agent_id id, const int16_t *pcm, size_t samples)
{
	api_call *call = with_sound(agent, id);

	return call ? ahoy_audio_put_pcm(call->audio, pcm, samples) : 0;
}

size_t ahoy_agent_room(const ahoy_agent *agent, ahoy_agent_id id)
{
	const api_call *call = with_sound(agent, id);

	return call ? ahoy_audio_room(call->audio) : 0;
}

size_t ahoy_agent_queued(const ahoy_agent *agent, ahoy_agent_id id)
{
	const api_call *call = with_sound(agent, id);

	return call ? ahoy_audio_queued(call->audio) : 0;
}

size_t ahoy_agent_take_pcm(ahoy_agent *agent, ahoy_agent_id id, int16_t *pcm, size_t cap)
{
	/* What was heard to the end may be fetched after the end. */
	api_call *call = ahoy_api_call(agent, id);
	size_t samples = 0;

	while (call && samples < cap && call->heard_count) {
		pcm[samples++] = call->heard[call->heard_at];
		call->heard_at = (call->heard_at + 1) % API_HEARD;
		call->heard_count--;
	}
	return samples;
}

int ahoy_agent_get_stats(const ahoy_agent *agent, ahoy_agent_id id, ahoy_agent_stats *out, size_t size)
{
	const api_call *call = ahoy_api_call(agent, id);
	ahoy_audio_stats stats;
	ahoy_agent_stats ours;

	if (!call)
		return AHOY_ESTALE;
	if (!call->audio)
		return AHOY_ESTATE;
	ahoy_audio_get_stats(call->audio, &stats);
	memset(&ours, 0, sizeof ours);
	ours.packets_sent = stats.packets_sent;
	ours.bytes_sent = stats.bytes_sent;
	ours.packets = stats.packets;
	ours.bytes = stats.bytes;
	ours.lost = stats.lost;
	ours.discarded = stats.late + stats.discarded;
	ours.concealed = stats.concealed;
	ours.jitter_ms = stats.jitter_ms;
	ours.delay_ms = stats.delay_ms;
	ours.has_remote = stats.has_remote;
	ours.remote_lost = stats.remote_lost;
	ours.remote_jitter_ms = stats.remote_jitter_ms;
	ours.rtt_ms = stats.rtt_ms;
	ours.mos = stats.mos;
	ours.level_dbov = stats.level_dbov;
	ours.remote_mos = stats.remote_mos;
	ours.burst_percent = stats.burst_percent;
	ours.gap_percent = stats.gap_percent;
	ours.r = stats.r;
	ours.remote_r = stats.remote_r;
	memcpy(out, &ours, size < sizeof ours ? size : sizeof ours);
	if (size > sizeof ours)
		memset((char *)out + sizeof ours, 0, size - sizeof ours);
	return 0;
}
