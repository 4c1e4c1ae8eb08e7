/* session_state: the inside of ahoy_audio, for the files session*.c alone. Thread kind: owned. */
#ifndef AHOY_MEDIA_SESSION_STATE_H
#define AHOY_MEDIA_SESSION_STATE_H

#include "media/comfort_noise.h"
#include "media/fates.h"
#include "media/dtmf_ear.h"
#include "media/jitter.h"
#include "media/session.h"
#include "media/session_coders.h"
#include "media/stretch.h"
#include "media/tone.h"
#include "media/vad.h"
#include "rtp/emodel.h"
#include "rtp/stats.h"
#include "rtp/telephone_event.h"

#define AHOY_AUDIO_NOISE_PAYLOAD 13		    /* RFC 3551 6: CN/8000 */
#define AHOY_AUDIO_QUEUE (4 * AHOY_AUDIO_MAX_FRAME) /* samples of PCM that wait to be sent */

struct ahoy_audio {
	const ahoy_env *env;
	/* As configured. */
	ahoy_audio_coders coders;
	int event_send;
	uint32_t event_hz; /* of what is sent */
	struct {
		uint8_t payload;
		uint32_t clock_rate_hz;
	} events[AHOY_SDP_MAX_EVENT_RATES + 1]; /* what may come */
	size_t event_count;
	unsigned ptime_ms;
	bool send, recv, live, voip_metrics, say_keys, suppress_silence;
	char cname[64];
	size_t cname_len;
	/* Sending: one slot a ptime, whether a packet goes in it or not. */
	uint32_t ssrc, timestamp;
	uint16_t seq;
	ahoy_time send_at;
	bool talking; /* false: the next audio packet begins a talk spurt (marker) */
	int16_t queue[AHOY_AUDIO_QUEUE];
	size_t queue_at, queue_len;
	ahoy_vad vad;	    /* suppress_silence */
	ahoy_time noise_at; /* when the noise is told again; 0: no pause is on */
	double noise_dbov;  /* as it was told last */
	/* DTMF to be sent. */
	char keys[AHOY_MAX_DTMF_QUEUE];
	unsigned key_ms[AHOY_MAX_DTMF_QUEUE];
	size_t key_count;
	ahoy_time key_at, event_at; /* not before; next packet of the running key */
	ahoy_event_sender sender;
	ahoy_tone key_tone;   /* say_keys */
	uint32_t key_samples; /* that are left of its key */
	/* Receiving. */
	ahoy_jitter jitter;
	bool sink_started;
	ahoy_time sink_at;
	uint32_t sink_rest; /* parts of a microsecond, of coders.rate_hz */
	ahoy_stretch stretch;
	int16_t decoded[AHOY_AUDIO_DECODED + AHOY_AUDIO_MAX_FRAME]; /* at the session's rate */
	size_t decoded_len;
	ahoy_audio_coder *last_coder; /* of the last packet played; conceals */
	uint16_t last_seq;	      /* of that packet */
	double came_ms;		      /* length of that packet; 0: none has been played */
	uint32_t last_end;	      /* its timestamp, and its length */
	uint64_t made_up;	      /* frames since: concealed, or a pause of the peer's; the next packet tells */
	bool pausing;		      /* comfort noise came, and nothing behind it has been played */
	uint16_t noise_seq;
	ahoy_noise_maker noise;
	ahoy_event_receiver receiver;
	ahoy_dtmf_ear *ear;   /* hear_keys; NULL: the peer has events */
	uint32_t receiver_hz; /* its clock */
	ahoy_audio_dtmf heard[AHOY_MAX_DTMF_QUEUE];
	size_t heard_count;
	/* Reports and counters. */
	ahoy_rtp_stats stats;
	ahoy_fates fates;
	ahoy_time rtcp_at;
	uint64_t packets_at_report;
	uint32_t lsr;
	ahoy_time lsr_at;
	uint64_t remote_expected; /* of what we sent, up to where the peer's report reaches */
	double energy, loudest_dbov;
	uint64_t energy_samples, loud_samples, heard_samples;
	ahoy_audio_stats counters; /* those that are plain counts, and what the peer reported */
};

/* session_send.c: the send clock goes on from `now`. */
void ahoy_audio_start_sending(ahoy_audio *audio, ahoy_time now);
ahoy_time ahoy_audio_send_deadline(const ahoy_audio *audio);
/* session_rtcp.c */
void ahoy_audio_plan_rtcp(ahoy_audio *audio, ahoy_time now, bool first);

/* What the E-model is told of what was received. session.c */
ahoy_emodel_path ahoy_audio_path(const ahoy_audio *audio);

/* How long a packet of the peer is; as ours until one was played. */
static inline double ahoy_audio_came_ms(const ahoy_audio *audio)
{
	return audio->came_ms > 0 ? audio->came_ms : audio->ptime_ms;
}

/* The codec that is sent. */
static inline const ahoy_codec *ahoy_audio_sent_codec(const ahoy_audio *audio)
{
	return audio->coders.list[0].codec;
}

/* Timestamp units of one packet that is sent. */
static inline uint32_t ahoy_audio_packet_units(const ahoy_audio *audio)
{
	return ahoy_audio_sent_codec(audio)->clock_rate_hz / 1000 * audio->ptime_ms;
}

/* Timestamp units of `samples` of PCM of this codec. */
static inline uint32_t ahoy_audio_units(const ahoy_codec *codec, size_t samples)
{
	return (uint32_t)((uint64_t)samples * codec->clock_rate_hz / codec->sample_rate_hz);
}

#endif
