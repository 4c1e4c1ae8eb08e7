/* rewrite: a peer's description carried to the other leg of a call whose media we anchor. Everything is rebuilt
 * from what was understood, so nothing unknown can be smuggled: own o=, s=, c= and ports; m= lines keep count and order,
 * payload numbers keep order and meaning, so the answer maps back one to one with the same function.
 * Crosses: rtpmap, fmtp, ptime, maxptime, direction, b=, crypto, rtcp-fb (AVPF), rtcp-xr, framerate, label,
 * content, lang, silenceSupp; of a fax line (T.38) its T38... attributes.
 * Never crosses: ICE, rtcp-mux, BUNDLE (group, mid), ssrc, fingerprint, setup, extmap and all that is unknown.
 * A line that is neither audio or video over RTP/(S)AVP(F) nor fax over udptl crosses with port 0. Thread kind: pure. Cost: one pass. */
#ifndef AHOY_SDP_REWRITE_H
#define AHOY_SDP_REWRITE_H

#include "sdp/sdp.h"

/* Our ports for one m= line; rtp_port 0: not anchored, the line crosses with port 0. */
typedef struct {
	uint16_t rtp_port, rtcp_port; /* a=rtcp is written only where rtcp_port is not rtp_port + 1 */
} ahoy_sdp_ports;

/* Us, as this leg's peer sees us. The caller raises sess_version whenever the text changes (RFC 3264 8): write with the
 * version sent last; where the bytes differ from those sent last, write once more with the next version. */
typedef struct {
	ahoy_slice username;	 /* of o=, empty: "-" */
	ahoy_slice session_name; /* of s=, empty: "-" */
	uint64_t sess_id, sess_version;
	ahoy_addr ip;		     /* for o= and c=; never 0.0.0.0 */
	const ahoy_sdp_ports *ports; /* by m= line; lines beyond port_count cross with port 0 */
	size_t port_count;
} ahoy_sdp_owner;

/* Hold by c=0.0.0.0 becomes a direction (sendrecv -> sendonly), since our c= is always an address.
 * AHOY_EFULL where out is too small, AHOY_EINVAL where owner->ip is no address. */
int ahoy_sdp_rewrite(const ahoy_sdp *peer, const ahoy_sdp_owner *owner, ahoy_buf *out) AHOY_MUST_USE;

/* Whether the line is one that we anchor: audio or video over RTP/AVP, AVPF, SAVP or SAVPF, or a fax, and its port is not 0. */
bool ahoy_sdp_is_anchored(const ahoy_sdp_media *m);

/* "m=image N udptl t38" (ITU-T T.38 annex D, RFC 3362): its packets are no RTP, and there is no RTCP. */
bool ahoy_sdp_is_fax(const ahoy_sdp_media *m);

/* What the relay and the records want to know of one line of a peer's description. */
typedef struct {
	bool live;	     /* ahoy_sdp_is_anchored */
	bool fax;	     /* ahoy_sdp_is_fax */
	ahoy_addr rtp, rtcp; /* family 0 where the peer gave no usable address */
	ahoy_sdp_dir dir;    /* what is meant, seen from the peer */
	bool held;	     /* the peer does not want to receive */
	ahoy_slice
		codec;		/* name of the first format that is no telephone-event or CN; empty: none. Points into the text */
	uint32_t clock_rate_hz; /* of that format; 0: unknown */
} ahoy_sdp_stream;

/* index: 0 .. media_count - 1; beyond it the stream is not live. */
void ahoy_sdp_stream_at(const ahoy_sdp *peer, size_t index, ahoy_sdp_stream *out);
/* The first live audio line, else the first live line, else -1. For records and the media time-out. */
int ahoy_sdp_main_stream(const ahoy_sdp *peer);
/* True when there is a live line and the peer receives on none of them. */
bool ahoy_sdp_is_held(const ahoy_sdp *peer);

#endif
