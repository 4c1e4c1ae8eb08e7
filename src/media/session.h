/* session: one endpoint's audio stream (ahoy_audio): PCM in, RTP out on a clock; RTP in, PCM out on the play-out clock
 * through a jitter buffer; DTMF both ways (RFC 4733); RTCP reports; statistics. Leaves sockets, WAV and devices to the
 * phone. Pulled: recv_* what came, then loop { take_pcm, put_pcm, pop_rtp, pop_rtcp, pop_dtmf } until deadline.
 * PCM is 16-bit mono at ahoy_audio_sample_rate, whatever the codecs' rates are. Lifetime: heap, new to del.
 * Thread kind: owned. Cost: about 110 KB a stream, nothing is allocated but in new and configure. */
#ifndef AHOY_MEDIA_SESSION_H
#define AHOY_MEDIA_SESSION_H

#include "base/env.h"
#include "base/err.h"
#include "codec/codec.h"
#include "rtp/rtcp.h"

typedef struct ahoy_audio ahoy_audio;

typedef struct {
	const ahoy_codec *codec;
	uint8_t payload_send, payload_recv;
} ahoy_audio_codec;

/* What offer/answer agreed. */
typedef struct {
	ahoy_audio_codec codecs[AHOY_SDP_MAX_CODECS]; /* the first is sent; any may come */
	size_t codec_count;
	int event_send, event_recv; /* telephone-event payloads or -1 */
	uint32_t event_hz;	    /* its clock; 0: the first codec's */
	struct {
		uint8_t payload_recv;
		uint32_t clock_rate_hz;
	} other_events[AHOY_SDP_MAX_EVENT_RATES]; /* may come in beside it, with other codecs */
	size_t other_event_count;
	bool suppress_silence; /* RFC 3389: comfort noise instead of pauses, by payload 13, with codecs that have nothing of the kind */
	bool say_keys;	       /* keys are sent as sound (ITU-T Q.23) and not as events */
	bool hear_keys;	       /* and heard in it, where event_recv is -1: no key comes twice */
	bool voip_metrics;     /* the peer wants them in our RTCP (RFC 3611 4.7) */
	unsigned ptime_ms;     /* to send with; what the codec cannot becomes the next shorter that it can */
	bool send, recv;       /* direction; false on both: held */
	ahoy_slice fmtp;       /* the peer's for the first codec; empty: none */
	/* A person listens and talks: the delay follows the network down to a few milliseconds. False: never below 60 ms, so that on a
	 * steady path each sample is heard as it was sent; what files, echoes and measurements want. */
	bool live;
	uint32_t sample_rate_hz; /* of the PCM: 8000 .. 48000, in hundreds; 0: the first codec's */
} ahoy_audio_config;

/* cname is copied (1 .. 63 bytes). The send clock starts at `now`. AHOY_ENOMEM, AHOY_EINVAL. */
int ahoy_audio_new(const ahoy_env *env, const ahoy_audio_config *config, ahoy_slice cname, ahoy_time now,
		   ahoy_audio **out) AHOY_MUST_USE;
void ahoy_audio_del(ahoy_audio *audio);
/* A later offer/answer: another codec, direction or payload. SSRC, sequence, clock and statistics go on; where the
 * sample rate changes, queued PCM is dropped. On an error the old configuration is still in force. */
int ahoy_audio_configure(ahoy_audio *audio, const ahoy_audio_config *config, ahoy_time now) AHOY_MUST_USE;

uint32_t ahoy_audio_sample_rate(const ahoy_audio *audio); /* Hz, of PCM in both directions */
size_t ahoy_audio_frame_samples(const ahoy_audio *audio); /* of one packet sent, and about those of one take_pcm */

/* One datagram of the RTP or RTCP socket, from the peer (the caller has checked the source). Bad ones are counted. */
void ahoy_audio_recv_rtp(ahoy_audio *audio, ahoy_time now, const void *bytes, size_t len);
void ahoy_audio_recv_rtcp(ahoy_audio *audio, ahoy_time now, const void *bytes, size_t len);

/* When to come again; never later than one ptime while the stream runs. */
ahoy_time ahoy_audio_deadline(const ahoy_audio *audio);

/* PCM to be sent: how many samples there is room for, how many wait. put_pcm takes at most the room and returns what it took.
 * While nothing waits, silence is sent, so that NATs stay open and the far end hears a live line. */
size_t ahoy_audio_room(const ahoy_audio *audio);
size_t ahoy_audio_queued(const ahoy_audio *audio);
size_t ahoy_audio_put_pcm(ahoy_audio *audio, const int16_t *pcm, size_t samples);

/* The next frame to be heard; returns its samples, 0: none is due yet. A frame is what one packet or one gap became, about a ptime
 * and less than two; the next is due when it has been heard. So the frames are a gapless clock: lost packets are
 * concealed, and too much delay is played faster. `cap` is at least AHOY_AUDIO_MAX_FRAME. */
size_t ahoy_audio_take_pcm(ahoy_audio *audio, ahoy_time now, int16_t *pcm, size_t cap);
#define AHOY_AUDIO_MAX_FRAME 2880 /* samples: 60 ms at 48 kHz */

/* The next packet that is due; returns its bytes, 0: none. cap at least AHOY_AUDIO_MAX_PACKET. Call until 0. */
size_t ahoy_audio_pop_rtp(ahoy_audio *audio, ahoy_time now, void *out, size_t cap);
size_t ahoy_audio_pop_rtcp(ahoy_audio *audio, ahoy_time now, void *out, size_t cap);
#define AHOY_AUDIO_MAX_PACKET 1500
/* The last RTCP packet of the stream: report and BYE (RFC 3550 6.3.7). */
size_t ahoy_audio_bye(ahoy_audio *audio, ahoy_time now, void *out, size_t cap);

/* Queues keys (0-9 * # A-D); ',' is a pause of one second, as modems have it. All or nothing. AHOY_EINVAL (no key), AHOY_EFULL,
 * AHOY_EUNSUPPORTED (the peer did not agree to telephone-event, and say_keys is not set). duration_ms: 40 .. 8000; gap 100 ms. */
int ahoy_audio_send_dtmf(ahoy_audio *audio, ahoy_slice digits, unsigned duration_ms) AHOY_MUST_USE;
bool ahoy_audio_dtmf_done(const ahoy_audio *audio); /* nothing is queued or being sent */

typedef struct {
	char digit;
	unsigned duration_ms;
} ahoy_audio_dtmf;
/* The next key that was received whole (released). False: none. */
bool ahoy_audio_pop_dtmf(ahoy_audio *audio, ahoy_time now, ahoy_audio_dtmf *out);

typedef struct {
	uint64_t packets_sent, bytes_sent;
	uint64_t packets, bytes, lost; /* received (bytes: payload) and missing */
	double jitter_ms;
	/* By the jitter buffer, in packets. concealed: frames made up for what was sent and did not come in time; the pauses of a
	 * sender that leaves them out are none. */
	uint64_t late, discarded, concealed, duplicates;
	uint64_t recovered;		     /* packets that were lost and heard all the same, from the one behind them */
	uint64_t noise_sent, noise;	     /* packets of comfort noise, sent and received */
	uint64_t malformed, unknown_payload; /* datagrams */
	uint32_t delay_ms;		     /* of the jitter buffer, now */
	bool has_remote;		     /* a report from the peer came */
	uint8_t remote_fraction_lost;	     /* 1/256, of what we sent */
	int32_t remote_lost;
	double remote_jitter_ms, rtt_ms;
	double r, mos; /* E-model of what was received */
	/* RFC 3611 4.7.2, of what was received: share of packets missing within bursts and within gaps, their mean lengths. */
	double burst_percent, gap_percent;
	uint32_t burst_ms, gap_ms;
	/* Of what we sent, as the peer heard it: its own VoIP metrics, else by the E-model from its report; 0: not known. */
	double remote_r, remote_mos;
	bool has_remote_metrics; /* the peer sent VoIP metrics: */
	double remote_burst_percent, remote_gap_percent;
	/* Of the audio that was taken by take_pcm: mean power (-127 for digital silence), and below. */
	double level_dbov;
	double max_level_dbov; /* of its loudest frame */
	double above_60_s;     /* seconds of received audio above -60 dBov */
	double heard_s;	       /* seconds handed out by take_pcm */
	bool bye;	       /* the peer sent an RTCP BYE */
	ahoy_time last_recv;   /* last RTP packet; 0: none */
} ahoy_audio_stats;
void ahoy_audio_get_stats(const ahoy_audio *audio, ahoy_audio_stats *out);

#endif
