/* offer_answer: RFC 3264 for an endpoint with one audio stream, as pure functions: capabilities -> offer;
 * offer + capabilities -> answer; our offer + answer -> what was agreed. m= lines that are not ours keep their place
 * with port 0 (RFC 3264 6, 8). The caller keeps the texts, the session id, and raises the version when it sends a
 * changed description (RFC 3264 5, 8). Thread kind: pure. Cost: one pass over the lines, no allocation. */
#ifndef AHOY_SDP_OFFER_ANSWER_H
#define AHOY_SDP_OFFER_ANSWER_H

#include "sdp/crypto.h"

/* What this endpoint can do. The slices and the table are the caller's, for the duration of a call of these functions. */
typedef struct {
	ahoy_slice username;	 /* of o=, empty: "-" */
	ahoy_slice session_name; /* of s=, empty: "-" */
	uint64_t sess_id, sess_version;
	ahoy_addr addr;	    /* IP and RTP port that we receive at; IP is never 0.0.0.0 */
	uint16_t rtcp_port; /* 0: addr.port + 1 */
	const ahoy_sdp_codec
		*codecs;    /* in order of preference; payload is the number to offer; no telephone-event here */
	size_t codec_count; /* 1 .. AHOY_SDP_MAX_CODECS */
	int event_payload;  /* payload to offer telephone-event with, or -1: not supported; further clock rates take free ones */
	unsigned ptime_ms;  /* to announce; 0: no line */
	bool comfort_noise; /* RFC 3389: CN/8000 as payload 13, in an answer where the offer has it too */
	bool voip_metrics;  /* a=rtcp-xr:voip-metrics (RFC 3611 5): we want them; in an answer where the offer wants them too */
	ahoy_sdp_dir dir;   /* what we want: sendrecv, or sendonly/inactive to hold the other side */
	/* SRTP (RFC 4568). */
	ahoy_srtp_policy srtp;
	bool offers_keys;	   /* OPTIONAL: an offer of ours holds keys beside RTP/AVP, which the peer may take up or not */
	const ahoy_srtp_key *keys; /* ours, to send with, one for each suite; the order is that of our offers */
	size_t key_count;
	size_t offered_keys; /* only so many of them stand in offers */
} ahoy_sdp_local;

/* One agreed codec: an index into ahoy_sdp_local.codecs, what we send it with and what it comes with. */
typedef struct {
	uint8_t codec_index, payload_send, payload_recv;
} ahoy_sdp_agreed_codec;

typedef struct {
	unsigned media_index;				   /* which m= line */
	ahoy_sdp_agreed_codec codecs[AHOY_SDP_MAX_CODECS]; /* the first is the one to send; any may come in */
	size_t codec_count;
	int event_send, event_recv; /* telephone-event payloads, or -1 */
	uint32_t event_hz;	    /* its clock: the first codec's, or 8000 where the peer has none of that */
	struct {
		uint8_t payload_recv;
		uint32_t clock_rate_hz;
	} other_events[AHOY_SDP_MAX_EVENT_RATES]; /* those that belong to the other codecs */
	size_t other_event_count;
	ahoy_addr remote_rtp, remote_rtcp; /* family 0: nowhere (held by 0.0.0.0, or a host name) */
	ahoy_sdp_dir dir;		   /* ours: what we may do now */
	bool held;			   /* the other side does not want to receive: it has put us on hold */
	unsigned ptime_ms;		   /* to send with: what the peer asked for, else 20 */
	bool comfort_noise;		   /* both sides have CN/8000: pauses of the first codec may be left out */
	bool voip_metrics;		   /* the peer wants VoIP metrics in our RTCP */
	ahoy_srtp_key send, recv;	   /* what the stream is encrypted with; suite NONE: it is not */
	int warning;			   /* after AHOY_ECODEC: 304 (no audio line), 305 (no common codec), RFC 3261 20.43; 399: SRTP
					      is wanted by one side alone, or no suite is common */
} ahoy_sdp_agreed;

/* An offer. `last` is NULL for the first one; later it is our last own description of this session: its m= lines keep
 * their count and order, and its payload numbers their meaning (RFC 3264 8.3.2).
 * AHOY_EFULL (out too small), AHOY_EINVAL (no codec, no address). */
int ahoy_sdp_offer(const ahoy_sdp_local *local, const ahoy_sdp *last, ahoy_buf *out) AHOY_MUST_USE;

/* The answer to an offer, and what was agreed. The first audio line that the SRTP policy allows and that has a common codec is taken: of
 * its keys the first that we know (RFC 4568 5.1.2); the common codecs keep
 * the offer's payload numbers and order. AHOY_ECODEC: answer 488 with Warning agreed->warning;
 * AHOY_EFULL, AHOY_EINVAL as above. */
int ahoy_sdp_answer(const ahoy_sdp_local *local, const ahoy_sdp *offer, ahoy_buf *out,
		    ahoy_sdp_agreed *agreed) AHOY_MUST_USE;

/* What the answer to our offer agreed. `offer` is our own, parsed. AHOY_ECODEC: the audio line was rejected, or
 * nothing of ours is in it; AHOY_ESYNTAX: another count or order of m= lines than offered (RFC 3264 6). */
int ahoy_sdp_accept(const ahoy_sdp_local *local, const ahoy_sdp *offer, const ahoy_sdp *answer, ahoy_sdp_agreed *agreed)
	AHOY_MUST_USE;

/* 0, or AHOY_ESYNTAX where the answer has not the offer's m= lines: same count, and each of the same type (RFC 3264 6). */
int ahoy_sdp_answer_fits(const ahoy_sdp *offer, const ahoy_sdp *answer) AHOY_MUST_USE;

#endif
