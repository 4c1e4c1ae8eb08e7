#include "media/level.h"
#include "media/session.h"
#include "media/session_state.h"
#include "rtp/rtp.h"

#define LOUD_DBOV (-60.0)
#define STEADY 50 /* parts of a second: 20 ms */
#define MAX_SINK_BEHIND AHOY_SECONDS(5)

static void put_key(ahoy_audio *audio, ahoy_audio_dtmf key)
{
	if (audio->heard_count == AHOY_MAX_DTMF_QUEUE) {
		audio->heard_count--;
		memmove(audio->heard, audio->heard + 1, audio->heard_count * sizeof audio->heard[0]);
	}
	audio->heard[audio->heard_count++] = key;
}

static void heard_key(ahoy_audio *audio, const ahoy_event_seen *seen)
{
	if (seen->end && seen->digit)
		put_key(audio, (ahoy_audio_dtmf){seen->digit, (unsigned)((uint64_t)seen->duration * 1000 / audio->receiver_hz)});
}

/* Keys in the sound, of a peer that has no events for them. */
static void hear_keys(ahoy_audio *audio, const int16_t *pcm, size_t samples)
{
	ahoy_audio_dtmf key;

	if (!audio->ear)
		return;
	ahoy_dtmf_ear_hear(audio->ear, pcm, samples);
	for (;;) {
		key.digit = ahoy_dtmf_ear_pop(audio->ear, &key.duration_ms);
		if (!key.digit)
			return;
		put_key(audio, key);
	}
}

/* Clock rate of the event with this payload number; 0: it is none. */
static uint32_t event_clock(const ahoy_audio *audio, unsigned payload)
{
	for (size_t i = 0; i < audio->event_count; i++)
		if (audio->events[i].payload == payload)
			return audio->events[i].clock_rate_hz;
	return 0;
}

static void recv_event(ahoy_audio *audio, ahoy_time now, const ahoy_rtp *packet, uint32_t clock_rate_hz)
{
	ahoy_event_seen seen[3];
	unsigned count = ahoy_event_receiver_recv(&audio->receiver, now, packet->timestamp, packet->payload, seen);

	audio->receiver_hz = clock_rate_hz;
	for (unsigned i = 0; i < count; i++)
		heard_key(audio, &seen[i]);
}

/* RFC 7160 4: another codec may come with another clock. The timestamps begin anew then, and what was queued is
 * dropped. A straggler of the former codec changes nothing; it will be late. */
static void follow_clock(ahoy_audio *audio, const ahoy_codec *codec, uint16_t seq)
{
	bool is_newer = !audio->stats.started || (int16_t)(uint16_t)(seq - audio->stats.max_seq) > 0;

	if (codec->clock_rate_hz == audio->jitter.clock_rate_hz || !is_newer)
		return;
	ahoy_jitter_reset(&audio->jitter, codec->clock_rate_hz);
	ahoy_rtp_stats_set_clock(&audio->stats, codec->clock_rate_hz);
}

static void recv_audio(ahoy_audio *audio, ahoy_time now, const ahoy_rtp *packet, ahoy_audio_coder *coder)
{
	const uint8_t *bytes = (const uint8_t *)packet->payload.ptr;
	size_t samples = coder->codec->payload_samples(bytes, packet->payload.len);

	if (samples == 0 || samples > ahoy_codec_samples(coder->codec, AHOY_AUDIO_MAX_PACKET_MS) ||
	    ahoy_jitter_put(&audio->jitter, now, packet->seq, packet->timestamp, packet->payload_type,
			    ahoy_audio_units(coder->codec, samples), bytes, packet->payload.len)) {
		audio->counters.malformed++;
		return;
	}
	if (!audio->sink_started) {
		audio->sink_started = true;
		audio->sink_at = now + AHOY_MS(AHOY_JITTER_START_MS);
	}
}

/* RFC 3389 4: from here on the speaker pauses. An older one that was overtaken says nothing new. */
static void recv_noise(ahoy_audio *audio, const ahoy_rtp *packet)
{
	ahoy_noise noise;

	audio->counters.noise++;
	if (ahoy_noise_parse((const uint8_t *)packet->payload.ptr, packet->payload.len, &noise)) {
		audio->counters.malformed++;
		return;
	}
	if (audio->pausing && (int16_t)(uint16_t)(packet->seq - audio->noise_seq) < 0)
		return;
	ahoy_noise_maker_set(&audio->noise, &noise);
	audio->noise_seq = packet->seq;
	audio->pausing = true;
}

void ahoy_audio_recv_rtp(ahoy_audio *audio, ahoy_time now, const void *bytes, size_t len)
{
	ahoy_audio_coder *coder;
	ahoy_rtp packet;
	uint32_t ssrc = audio->stats.ssrc, event_hz;

	if (ahoy_rtp_decode(bytes, len, &packet)) {
		audio->counters.malformed++;
		return;
	}
	coder = ahoy_audio_coder_of(&audio->coders, packet.payload_type);
	event_hz = event_clock(audio, packet.payload_type);
	if (!coder && !event_hz && packet.payload_type != AHOY_AUDIO_NOISE_PAYLOAD) {
		audio->counters.unknown_payload++;
		return;
	}
	if (coder)
		follow_clock(audio, coder->codec, packet.seq);
	switch (ahoy_rtp_stats_recv(&audio->stats, now, packet.ssrc, packet.seq, packet.timestamp,
				    packet.payload.len)) {
	case AHOY_RTP_JUMPED:
		return;
	case AHOY_RTP_RESTARTED:
		ahoy_jitter_reset(&audio->jitter, audio->jitter.clock_rate_hz);
		ahoy_fates_restart(&audio->fates);
		audio->pausing = false;
		if (ssrc != packet.ssrc)
			audio->receiver = (ahoy_event_receiver){0};
		break;
	case AHOY_RTP_IN_ORDER:
	case AHOY_RTP_REORDERED:
		break;
	}
	ahoy_fates_came(&audio->fates, packet.seq);
	/* Nothing that is to be played. */
	if (!audio->recv || !coder)
		ahoy_fates_taken(&audio->fates, packet.seq);
	if (!audio->recv)
		return; /* RFC 3264 6.1: after a change of direction packets still come for a while; they are not played. */
	if (coder && coder->codec->clock_rate_hz == audio->jitter.clock_rate_hz)
		recv_audio(audio, now, &packet, coder);
	else if (event_hz)
		recv_event(audio, now, &packet, event_hz);
	else if (!coder)
		recv_noise(audio, &packet);
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

/* Where decoded sound is put, and how much fits: a packet and a frame. */
static int16_t *decoded_end(ahoy_audio *audio, size_t *room)
{
	*room = sizeof audio->decoded / sizeof audio->decoded[0] - audio->decoded_len;
	return audio->decoded + audio->decoded_len;
}

/* What was made up before this packet: where it follows the last one in number, and not in time, the peer paused. */
static void judge_gap(ahoy_audio *audio, const ahoy_jitter_slot *slot)
{
	if (slot->seq != (uint16_t)(audio->last_seq + 1) || slot->timestamp == audio->last_end)
		audio->counters.concealed += audio->made_up;
	audio->made_up = 0;
}

/* Decodes one packet behind what is decoded already. */
static void play(ahoy_audio *audio, const ahoy_jitter_slot *slot)
{
	ahoy_audio_coder *coder = ahoy_audio_coder_of(&audio->coders, slot->payload_type);
	size_t room, samples = 0;
	int16_t *pcm = decoded_end(audio, &room);

	/* The coder is gone when the configuration changed while the packet waited. */
	if (!coder || ahoy_audio_decode(coder, slot->bytes, slot->len, pcm, room, &samples)) {
		audio->counters.malformed++;
		return;
	}
	audio->last_coder = coder;
	judge_gap(audio, slot);
	audio->last_seq = slot->seq;
	audio->came_ms = slot->samples * 1000.0 / coder->codec->clock_rate_hz;
	audio->last_end = slot->timestamp + slot->samples;
	if ((int16_t)(uint16_t)(slot->seq - audio->noise_seq) > 0)
		audio->pausing = false;
	ahoy_fates_heard(&audio->fates, slot->seq);
	measure(audio, pcm, samples);
	if (samples + samples / 2 <= room) {
		int64_t surplus = (int64_t)ahoy_jitter_surplus(&audio->jitter) * audio->coders.rate_hz /
				  audio->jitter.clock_rate_hz;

		/* What is not live is let alone where it is nearly right. */
		if (!audio->live && surplus < (int64_t)audio->coders.rate_hz / STEADY &&
		    surplus > -(int64_t)audio->coders.rate_hz / STEADY)
			surplus = 0;
		samples = ahoy_stretch_follow(&audio->stretch, (int32_t)surplus, pcm, samples, audio->coders.rate_hz);
	}
	audio->decoded_len += samples;
}

/* What the packet behind a gap tells of the lost one (RFC 6716 2.1.7); returns its samples, 0: nothing. */
static size_t recover(ahoy_audio *audio, size_t samples, int16_t *pcm, size_t room)
{
	const ahoy_jitter_slot *next = ahoy_jitter_behind_gap(&audio->jitter, audio->last_seq);
	size_t made;

	if (!next || ahoy_audio_coder_of(&audio->coders, next->payload_type) != audio->last_coder)
		return 0;
	made = ahoy_audio_recover(audio->last_coder, next->bytes, next->len, samples, pcm, room);
	/* RFC 3611 4.7.1: the loss is what is left after error protection. */
	if (made)
		ahoy_fates_heard(&audio->fates, (uint16_t)(next->seq - 1));
	return made;
}

/* Nothing is there for the next `units` of the timestamp. */
static void fill_gap(ahoy_audio *audio, uint32_t units)
{
	uint32_t clock_hz = audio->jitter.clock_rate_hz;
	size_t room, samples;
	int16_t *pcm = decoded_end(audio, &room);

	/* While a key is pressed, and while we are not to listen, silence is what is meant; in a pause its noise. */
	if (audio->pausing && audio->recv) {
		samples = (size_t)((uint64_t)units * audio->coders.rate_hz / clock_hz);
		ahoy_noise_maker_fill(&audio->noise, pcm, samples);
	} else if (audio->last_coder && audio->recv && !audio->receiver.active) {
		size_t missing = (size_t)((uint64_t)units * audio->last_coder->codec->sample_rate_hz / clock_hz);

		samples = recover(audio, missing, pcm, room);
		if (samples) {
			audio->counters.recovered++;
		} else {
			samples = ahoy_audio_conceal(audio->last_coder, missing, pcm, room);
			audio->made_up++;
		}
	} else {
		samples = (size_t)((uint64_t)units * audio->coders.rate_hz / clock_hz);
		memset(pcm, 0, samples * sizeof pcm[0]);
	}
	/* Less than a sample, or a resampler that keeps it for the next: time goes on all the same. */
	if (samples == 0)
		pcm[samples++] = 0;
	audio->decoded_len += samples;
}

/* The next packet, or what is made up for a frame at the most, behind what is decoded already. */
static void decode_next(ahoy_audio *audio, size_t frame)
{
	const ahoy_jitter_slot *slot;
	/* Rounded up, since a clock slower than the rate has no unit for each sample; the rest is for the next frame. */
	uint32_t units = (uint32_t)(((uint64_t)frame * audio->jitter.clock_rate_hz + audio->coders.rate_hz - 1) /
				    audio->coders.rate_hz);

	ahoy_time heard_at = audio->sink_at + AHOY_SECONDS(1) * audio->decoded_len / audio->coders.rate_hz;

	switch (ahoy_jitter_get(&audio->jitter, heard_at, units, &slot, &units)) {
	case AHOY_JITTER_PACKET:
		play(audio, slot);
		break;
	case AHOY_JITTER_GAP:
		fill_gap(audio, units);
		break;
	case AHOY_JITTER_IDLE:
		memset(audio->decoded + audio->decoded_len, 0, frame * sizeof audio->decoded[0]);
		audio->decoded_len += frame;
		break;
	}
}

/* The play-out clock goes on by what was taken; the part of a microsecond that is left over counts with the next. */
static void advance_sink(ahoy_audio *audio, size_t samples)
{
	uint64_t parts = (uint64_t)samples * AHOY_SECONDS(1) + audio->sink_rest;

	audio->sink_at += parts / audio->coders.rate_hz;
	audio->sink_rest = (uint32_t)(parts % audio->coders.rate_hz);
	audio->heard_samples += samples;
}

size_t ahoy_audio_take_pcm(ahoy_audio *audio, ahoy_time now, int16_t *pcm, size_t cap)
{
	size_t frame = ahoy_audio_frame_samples(audio), samples;

	if (!audio->sink_started || now < audio->sink_at || cap < frame)
		return 0;
	if (now - audio->sink_at > MAX_SINK_BEHIND)
		audio->sink_at = now - MAX_SINK_BEHIND;
	/* A packet that was stretched is a frame of its own length, so that each packet is looked for when its turn comes, and
	 * not earlier because a rest of the one before it is too short. */
	while (audio->decoded_len < frame / 2)
		decode_next(audio, frame);
	samples = audio->decoded_len < 2 * frame ? audio->decoded_len : frame;
	samples = samples < cap ? samples : cap;
	memcpy(pcm, audio->decoded, samples * sizeof pcm[0]);
	hear_keys(audio, pcm, samples);
	audio->decoded_len -= samples;
	memmove(audio->decoded, audio->decoded + samples, audio->decoded_len * sizeof pcm[0]);
	advance_sink(audio, samples);
	return samples;
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
