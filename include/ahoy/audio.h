/* ahoy/audio.h: the sound of an agent's call: PCM in, PCM out, and how good it is. 16-bit signed samples of this
 * machine's byte order, mono, at ahoy_agent_sample_rate. Jitter buffer, loss concealment, RTP, RTCP (RFC 3550) and
 * the codecs are the agent's. The sound runs on the agent's clock: what is heard waits for you, what you say is sent
 * as packets fall due; where you say nothing, silence is. Thread kind: owned, as the agent. Cost: no allocation. */
#ifndef AHOY_AUDIO_H
#define AHOY_AUDIO_H

#include "ahoy/agent.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Hz, of PCM both ways; 0 where there is no sound yet (before MEDIA), or no such call. A later MEDIA event may change
 * it; samples that wait are dropped then. */
AHOY_API uint32_t ahoy_agent_sample_rate(const ahoy_agent *agent, ahoy_agent_id call);

/* To be said: takes up to ahoy_agent_room samples and returns how many it took. 0 for a call without sound. */
AHOY_API size_t ahoy_agent_put_pcm(ahoy_agent *agent, ahoy_agent_id call, const int16_t *pcm, size_t samples);
/* How many samples there is room for; at the least four packets fit into an empty queue. */
AHOY_API size_t ahoy_agent_room(const ahoy_agent *agent, ahoy_agent_id call);
/* How many of them have not been sent yet; 0: all that you said is under way. */
AHOY_API size_t ahoy_agent_queued(const ahoy_agent *agent, ahoy_agent_id call);

/* What was heard: up to cap samples, oldest first; returns how many. Recv and expire fill this; when nobody takes it,
 * the oldest beyond 8192 samples (1 s at 8 kHz, 170 ms at 48 kHz) are dropped. Lost packets are concealed, so that
 * the samples are a gapless clock. */
AHOY_API size_t ahoy_agent_take_pcm(ahoy_agent *agent, ahoy_agent_id call, int16_t *pcm, size_t cap);

/* Of one call so far. Packets are RTP's. */
typedef struct {
	uint64_t packets_sent, bytes_sent; /* bytes of payload */
	uint64_t packets, bytes, lost;	   /* received, and missing by their numbers */
	uint64_t discarded;		   /* too late for the jitter buffer, or more than it holds */
	uint64_t concealed;		   /* frames made up */
	double jitter_ms;		   /* RFC 3550 6.4.1 */
	uint32_t delay_ms;		   /* of the jitter buffer now */
	bool has_remote;		   /* the peer reported by RTCP: */
	int32_t remote_lost;		   /* of what we sent */
	double remote_jitter_ms, rtt_ms;
	double mos;			   /* 1.0 .. 4.5, E-model (ITU-T G.107) of what was received */
	double level_dbov;		   /* mean power of what was heard; -127: digital silence */
	double remote_mos;		   /* of what we sent, by the peer's VoIP metrics (RFC 3611), else from its report; 0: not known */
	double burst_percent, gap_percent; /* packets missing within bursts and within gaps (RFC 3611 4.7.2) */
	double r, remote_r;		   /* the ratings R behind mos and remote_mos, 0 .. 100; remote_r 0: not known */
} ahoy_agent_stats;
/* `size` is sizeof *out: a newer library fills in what you know of. AHOY_ESTALE; AHOY_ESTATE: there has been no
 * sound. */
AHOY_API AHOY_MUST_USE int ahoy_agent_get_stats(const ahoy_agent *agent, ahoy_agent_id call, ahoy_agent_stats *out, size_t size);

#ifdef __cplusplus
}
#endif

#endif
