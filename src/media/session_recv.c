#include "media/level.h"
#include "media/session.h"
#include "media/session_state.h"
#include "rtp/rtp.h"

#define COMFORT_NOISE 13 /* RFC 3551: says how loud the silence is; we play plain silence */
#define LOUD_DBOV (-60.0)
#define MAX_SINK_BEHIND AHOY_SECONDS(5)

static ahoy_audio_coder *coder_of(ahoy_audio *audio, unsigned payload)
{
	for (size_t i = 0; i < audio->coder_count; i++)
		if (audio->coders[i].payload_recv == payload)
			return &audio->coders[i];
	return NULL;
}

static void heard_key(ahoy_audio *audio, const ahoy_event_seen *seen)
{
	ahoy_audio_dtmf key = {seen->digit,
			       (unsigned)((uint64_t)seen->duration * 1000 / audio->coders[0].codec->clock_rate_hz)};

	if (!seen->end || !seen->digit)
		return;
	if (audio->heard_count == AHOY_MAX_DTMF_QUEUE) {
		audio->heard_count--;
		memmove(audio->heard, audio->heard + 1, audio->heard_count * sizeof audio->heard[0]);
	}
	audio->heard[audio->heard_count++] = key;
}

static void recv_event(ahoy_audio *audio, ahoy_time now, const ahoy_rtp *packet)
{
	ahoy_event_seen seen[3];
	unsigned count = ahoy_event_receiver_recv(&audio->receiver, now, packet->timestamp, packet->payload, seen);

	for (unsigned i = 0; i < count; i++)
		heard_key(audio, &seen[i]);
}

static void recv_audio(ahoy_audio *audio, ahoy_time now, const ahoy_rtp *packet, ahoy_audio_coder *coder)
{
	const uint8_t *bytes = (const uint8_t *)packet->payload.ptr;
	size_t samples = coder->codec->payload_samples(bytes, packet->payload.len);

	if (samples == 0 || samples > AHOY_AUDIO_DECODED ||
	    ahoy_jitter_put(&audio->jitter, packet->seq, packet->timestamp, packet->payload_type,
			    ahoy_audio_units(coder->codec, samples), bytes, packet->payload.len)) {
		audio->counters.malformed++;
		return;
	}
	if (!audio->sink_started) {
		audio->sink_started = true;
		audio->sink_at = now + AHOY_SECONDS(1) * audio->jitter.delay_units / audio->jitter.clock_rate_hz;
	}
}

void ahoy_audio_recv_rtp(ahoy_audio *audio, ahoy_time now, const void *bytes, size_t len)
{
	ahoy_audio_coder *coder;
	ahoy_rtp packet;
	uint32_t ssrc = audio->stats.ssrc;

	if (ahoy_rtp_decode(bytes, len, &packet)) {
		audio->counters.malformed++;
		return;
	}
	coder = coder_of(audio, packet.payload_type);
	if (!coder && (int)packet.payload_type != audio->event_recv && packet.payload_type != COMFORT_NOISE) {
		audio->counters.unknown_payload++;
		return;
	}
	switch (ahoy_rtp_stats_recv(&audio->stats, now, packet.ssrc, packet.seq, packet.timestamp,
				    packet.payload.len)) {
	case AHOY_RTP_JUMPED:
		return;
	case AHOY_RTP_RESTARTED:
		ahoy_jitter_reset(&audio->jitter, audio->jitter.clock_rate_hz);
		if (ssrc != packet.ssrc)
			audio->receiver = (ahoy_event_receiver){0};
		break;
	case AHOY_RTP_IN_ORDER:
	case AHOY_RTP_REORDERED:
		break;
	}
	if (!audio->recv)
		return; /* RFC 3264 6.1: after a change of direction packets still come for a while; they are not played. */
	if (coder)
		recv_audio(audio, now, &packet, coder);
	else if ((int)packet.payload_type == audio->event_recv)
		recv_event(audio, now, &packet);
}

static void measure(ahoy_audio *audio, const int16_t *pcm, size_t samples)
{
	double energy = ahoy_level_energy(pcm, samples), level = ahoy_level_dbov(energy, samples);

	audio->energy += energy;
	audio->energy_samples += samples;
	if (level > audio->loudest_dbov)
		audio->loudest_dbov = level;
	if (level > LOUD_DBOV)
		audio->loud_samples += samples;
}

/* Decodes one packet behind what is decoded already. */
static void play(ahoy_audio *audio, const ahoy_jitter_slot *slot)
{
	ahoy_audio_coder *coder = coder_of(audio, slot->payload_type);
	int16_t *pcm = audio->decoded + audio->decoded_len;
	size_t room = sizeof audio->decoded / sizeof audio->decoded[0] - audio->decoded_len, samples = 0;

	/* The coder is gone when the configuration changed while the packet waited. */
	if (!coder || coder->codec->decode(coder->state, slot->bytes, slot->len, pcm, room, &samples)) {
		audio->counters.malformed++;
		return;
	}
	audio->last_coder = coder;
	measure(audio, pcm, samples);
	audio->decoded_len += samples;
}

static void fill(ahoy_audio *audio, size_t samples, bool silence)
{
	int16_t *pcm = audio->decoded + audio->decoded_len;

	if (audio->last_coder && !silence) {
		audio->last_coder->codec->conceal(audio->last_coder->state, pcm, samples);
		audio->counters.concealed++;
	} else {
		memset(pcm, 0, samples * sizeof pcm[0]);
	}
	audio->decoded_len += samples;
}

size_t ahoy_audio_take_pcm(ahoy_audio *audio, ahoy_time now, int16_t *pcm, size_t cap)
{
	const ahoy_codec *codec = audio->coders[0].codec;
	size_t frame = ahoy_audio_frame_samples(audio);

	if (!audio->sink_started || now < audio->sink_at || cap < frame)
		return 0;
	if (now - audio->sink_at > MAX_SINK_BEHIND)
		audio->sink_at = now - MAX_SINK_BEHIND;
	while (audio->decoded_len < frame) {
		size_t wanted = frame - audio->decoded_len;
		const ahoy_jitter_slot *slot;
		uint32_t units = ahoy_audio_units(codec, wanted);

		/* A clock rate below the sample rate (G.722) has no unit for an odd last sample. */
		switch (units ? ahoy_jitter_get(&audio->jitter, units, &slot, &units) : AHOY_JITTER_IDLE) {
		case AHOY_JITTER_PACKET:
			play(audio, slot);
			break;
		case AHOY_JITTER_GAP:
			fill(audio, (size_t)((uint64_t)units * codec->sample_rate_hz / codec->clock_rate_hz),
			     !audio->recv || audio->receiver.active);
			break;
		case AHOY_JITTER_IDLE:
			fill(audio, wanted, true);
			break;
		}
	}
	memcpy(pcm, audio->decoded, frame * sizeof pcm[0]);
	audio->decoded_len -= frame;
	memmove(audio->decoded, audio->decoded + frame, audio->decoded_len * sizeof pcm[0]);
	audio->sink_at += AHOY_MS(audio->ptime_ms);
	audio->heard_samples += frame;
	return frame;
}

bool ahoy_audio_pop_dtmf(ahoy_audio *audio, ahoy_time now, ahoy_audio_dtmf *out)
{
	ahoy_event_seen seen;

	if (ahoy_event_receiver_expire(&audio->receiver, now, &seen))
		heard_key(audio, &seen);
	if (audio->heard_count == 0)
		return false;
	*out = audio->heard[0];
	audio->heard_count--;
	memmove(audio->heard, audio->heard + 1, audio->heard_count * sizeof audio->heard[0]);
	return true;
}
