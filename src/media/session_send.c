#include "media/session.h"

#include <math.h>

#include "media/session_state.h"
#include "rtp/rtp.h"

#define EVENT_INTERVAL_MS 50 /* RFC 4733 2.5.1.2 */
#define KEY_GAP AHOY_MS(100)
#define KEY_DBOV (-13.0) /* each of its two tones: some -7 dBm0, as telephones have it */
#define PAUSE AHOY_SECONDS(1)
#define NOISE_AGAIN AHOY_SECONDS(1)
#define NOISE_CHANGE_DB 6.0
#define MAX_BEHIND AHOY_MS(200) /* a driver that slept longer skips slots instead of flooding the peer */

void ahoy_audio_start_sending(ahoy_audio *audio, ahoy_time now)
{
	/* The timestamp keeps pace with the time that nothing was sent in (RFC 3550 5.1). */
	if (audio->send_at && now > audio->send_at) {
		uint64_t slots = (now - audio->send_at) / AHOY_MS(audio->ptime_ms);

		audio->timestamp += (uint32_t)(slots * ahoy_audio_packet_units(audio));
	}
	audio->send_at = now;
	audio->talking = false;
}

ahoy_time ahoy_audio_send_deadline(const ahoy_audio *audio)
{
	return audio->sender.active && audio->event_at < audio->send_at ? audio->event_at : audio->send_at;
}

size_t ahoy_audio_room(const ahoy_audio *audio)
{
	size_t most = 4 * ahoy_audio_frame_samples(audio);

	return audio->queue_len < most ? most - audio->queue_len : 0;
}

size_t ahoy_audio_queued(const ahoy_audio *audio)
{
	return audio->queue_len;
}

size_t ahoy_audio_put_pcm(ahoy_audio *audio, const int16_t *pcm, size_t samples)
{
	size_t room = ahoy_audio_room(audio);

	if (samples > room)
		samples = room;
	for (size_t i = 0; i < samples; i++)
		audio->queue[(audio->queue_at + audio->queue_len + i) % AHOY_AUDIO_QUEUE] = pcm[i];
	audio->queue_len += samples;
	return samples;
}

static void take_queued(ahoy_audio *audio, int16_t *pcm, size_t samples)
{
	size_t have = audio->queue_len < samples ? audio->queue_len : samples;

	for (size_t i = 0; i < have; i++)
		pcm[i] = audio->queue[(audio->queue_at + i) % AHOY_AUDIO_QUEUE];
	memset(pcm + have, 0, (samples - have) * sizeof pcm[0]);
	audio->queue_at = (audio->queue_at + have) % AHOY_AUDIO_QUEUE;
	audio->queue_len -= have;
}

static size_t put_packet(ahoy_audio *audio, ahoy_rtp *packet, void *out, size_t cap)
{
	size_t len;

	packet->seq = audio->seq;
	packet->ssrc = audio->ssrc;
	if (ahoy_rtp_encode(packet, out, cap, &len))
		return 0;
	audio->seq++;
	audio->counters.packets_sent++;
	audio->counters.bytes_sent += packet->payload.len;
	return len;
}

/* A key that is said has the place of what else would be, and silence before the next one. */
static bool take_key(ahoy_audio *audio, ahoy_time at, int16_t *pcm, size_t samples)
{
	size_t said = audio->key_samples < samples ? audio->key_samples : samples;

	if (!audio->say_keys || (!said && (audio->key_count == 0 || at >= audio->key_at)))
		return false;
	ahoy_tone_fill(&audio->key_tone, pcm, said);
	memset(pcm + said, 0, (samples - said) * sizeof pcm[0]);
	audio->key_samples -= (uint32_t)said;
	if (said && audio->key_samples == 0)
		audio->key_at = audio->send_at + KEY_GAP;
	return true;
}

/* RFC 3389 4: the noise at the beginning of a pause, when it has changed, and once in a while for who came late. */
static size_t put_noise(ahoy_audio *audio, ahoy_time at, uint32_t timestamp, const int16_t *pcm, size_t samples, void *out, size_t cap)
{
	uint8_t payload[AHOY_NOISE_PAYLOAD];
	ahoy_rtp packet = {.payload_type = AHOY_AUDIO_NOISE_PAYLOAD, .timestamp = timestamp};
	ahoy_noise noise;
	size_t sent;

	ahoy_noise_measure(pcm, samples, &noise);
	audio->talking = false;
	if (audio->noise_at && at < audio->noise_at && fabs(noise.level_dbov - audio->noise_dbov) < NOISE_CHANGE_DB)
		return 0;
	packet.payload = ahoy_slice_make(payload, ahoy_noise_write(&noise, payload));
	sent = put_packet(audio, &packet, out, cap);
	if (sent) {
		audio->noise_at = at + NOISE_AGAIN;
		audio->noise_dbov = noise.level_dbov;
		audio->counters.noise_sent++;
	}
	return sent;
}

static size_t put_audio(ahoy_audio *audio, ahoy_time at, uint32_t timestamp, void *out, size_t cap)
{
	const ahoy_audio_coder *coder = &audio->coders.list[0];
	size_t samples = ahoy_audio_frame_samples(audio), len, sent;
	int16_t pcm[AHOY_AUDIO_MAX_FRAME];
	uint8_t payload[AHOY_AUDIO_MAX_PACKET - AHOY_RTP_HEADER];
	ahoy_rtp packet = {.marker = !audio->talking, .payload_type = coder->payload_send, .timestamp = timestamp};

	if (!take_key(audio, at, pcm, samples))
		take_queued(audio, pcm, samples);
	if (audio->suppress_silence && !ahoy_vad_is_speech(&audio->vad, pcm, samples, audio->ptime_ms))
		return put_noise(audio, at, timestamp, pcm, samples, out, cap);
	audio->noise_at = 0;
	if (ahoy_audio_encode(&audio->coders, pcm, samples, payload, sizeof payload, &len))
		return 0;
	if (len == 0) {
		audio->talking = false; /* Discontinuous: what comes next begins a talk spurt. */
		return 0;
	}
	packet.payload = ahoy_slice_make(payload, len);
	sent = put_packet(audio, &packet, out, cap);
	audio->talking = audio->talking || sent;
	return sent;
}

static size_t put_event(ahoy_audio *audio, void *out, size_t cap)
{
	ahoy_telephone_event event;
	uint8_t payload[4] = {0};
	ahoy_rtp packet = {.payload_type = (uint8_t)audio->event_send,
			   .payload = ahoy_slice_make(payload, sizeof payload)};

	if (!ahoy_event_sender_next(&audio->sender, &event, &packet.marker, &packet.timestamp))
		return 0;
	ahoy_telephone_event_encode(&event, payload);
	audio->event_at += AHOY_MS(EVENT_INTERVAL_MS);
	if (!audio->sender.active)
		audio->key_at = audio->event_at + KEY_GAP;
	/* PCM waits while a key is sent, so the audio behind it begins a talk spurt of its own. */
	audio->talking = false;
	return put_packet(audio, &packet, out, cap);
}

/* Begins the next queued key in the slot of `at`, or lets a pause begin. Returns whether a key began. */
static bool begin_key(ahoy_audio *audio, ahoy_time at, uint32_t timestamp)
{
	char key;
	unsigned duration_ms;

	if (audio->key_count == 0 || audio->sender.active || audio->key_samples || at < audio->key_at || !audio->send ||
	    (audio->event_send < 0 && !audio->say_keys))
		return false;
	key = audio->keys[0];
	duration_ms = audio->key_ms[0];
	audio->key_count--;
	memmove(audio->keys, audio->keys + 1, audio->key_count * sizeof audio->keys[0]);
	memmove(audio->key_ms, audio->key_ms + 1, audio->key_count * sizeof audio->key_ms[0]);
	if (key == ',') {
		audio->key_at = at + PAUSE;
		return false;
	}
	if (audio->say_keys) {
		if (ahoy_tone_init_key(&audio->key_tone, audio->coders.rate_hz, key, KEY_DBOV))
			audio->key_samples = duration_ms * (audio->coders.rate_hz / 100) / 10;
		return false;
	}
	audio->event_at = at;
	return ahoy_event_sender_start(&audio->sender, key, duration_ms, EVENT_INTERVAL_MS,
				       audio->event_hz, timestamp) == 0;
}

size_t ahoy_audio_pop_rtp(ahoy_audio *audio, ahoy_time now, void *out, size_t cap)
{
	if (now > audio->send_at + MAX_BEHIND)
		ahoy_audio_start_sending(audio, now);
	/* Each round uses up a slot or an event packet, so this ends. */
	for (;;) {
		ahoy_time at = audio->send_at;
		uint32_t timestamp = audio->timestamp;
		size_t len;

		if (audio->sender.active && audio->event_at <= now) {
			if (now > audio->event_at + MAX_BEHIND)
				audio->event_at = now;
			len = put_event(audio, out, cap);
			if (len)
				return len;
			continue;
		}
		if (at > now)
			return 0;
		audio->send_at += AHOY_MS(audio->ptime_ms);
		audio->timestamp += ahoy_audio_packet_units(audio);
		if (begin_key(audio, at, timestamp) || audio->sender.active)
			continue;
		if (!audio->send) {
			audio->talking = false;
			continue;
		}
		len = put_audio(audio, at, timestamp, out, cap);
		if (len)
			return len;
	}
}

int ahoy_audio_send_dtmf(ahoy_audio *audio, ahoy_slice digits, unsigned duration_ms)
{
	if (audio->event_send < 0 && !audio->say_keys)
		return AHOY_EUNSUPPORTED;
	if (duration_ms < 40 || duration_ms > 8000)
		return AHOY_EINVAL;
	for (size_t i = 0; i < digits.len; i++)
		if (digits.ptr[i] != ',' && ahoy_telephone_event_of(digits.ptr[i]) < 0)
			return AHOY_EINVAL;
	if (digits.len > AHOY_MAX_DTMF_QUEUE - audio->key_count)
		return AHOY_EFULL;
	for (size_t i = 0; i < digits.len; i++) {
		audio->keys[audio->key_count] = digits.ptr[i];
		audio->key_ms[audio->key_count++] = duration_ms;
	}
	return 0;
}

bool ahoy_audio_dtmf_done(const ahoy_audio *audio)
{
	return audio->key_count == 0 && !audio->sender.active && audio->key_samples == 0;
}
