/* sdp: a session description as a bounded struct of slices (RFC 8866, and RFC 4566 as peers still write it).
 * Owns nothing: every slice points into the parsed text, which must outlive the struct. Leaves negotiation to
 * sdp/offer_answer.h and anchoring to sdp/rewrite.h.
 * Tolerant: LF or CRLF, any order of lines inside a section, missing s= and t=, blank lines at the end, blanks
 * around values. Strict: v= first, o= present, every number. Thread kind: pure. Cost: one pass; the struct is 16 KB. */
#ifndef AHOY_SDP_SDP_H
#define AHOY_SDP_SDP_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

/* Seen from the one who wrote it. Bit 0: it receives, bit 1: it sends. */
typedef enum {
	AHOY_SDP_INACTIVE = 0,
	AHOY_SDP_RECVONLY = 1,
	AHOY_SDP_SENDONLY = 2,
	AHOY_SDP_SENDRECV = 3
} ahoy_sdp_dir;

/* c=: `addr` has family 0 where the address is a host name, and port 0 always. */
typedef struct {
	ahoy_slice address; /* as written, with "/ttl" where there is one; empty: no c= line here */
	ahoy_addr addr;
} ahoy_sdp_conn;

typedef struct {
	ahoy_slice name;
	ahoy_slice value; /* ptr is NULL where there was no ':' */
} ahoy_sdp_attr;

typedef struct {
	ahoy_slice type; /* "AS", "TIAS", … */
	uint32_t value;
} ahoy_sdp_bandwidth;

/* A run in one of the description's tables. */
typedef struct {
	uint16_t first, count;
} ahoy_sdp_run;

typedef struct {
	ahoy_slice type;     /* "audio", "video", "image", … */
	uint16_t port;	     /* 0: rejected or disabled */
	uint16_t port_count; /* 1 where not written */
	ahoy_slice proto;    /* "RTP/AVP", … */
	bool is_rtp;	     /* proto is RTP/AVP, RTP/AVPF, RTP/SAVP or RTP/SAVPF: then each format is a number of 0 .. 127 */
	ahoy_sdp_run formats, attrs, bandwidths;
	ahoy_sdp_conn conn;  /* its own c= line, or the session's copied here */
	bool has_conn;	     /* the c= line is its own */
	ahoy_sdp_dir dir;    /* its own, or the session's, or sendrecv */
	bool has_dir;	     /* the direction attribute is its own */
	uint16_t ptime_ms;   /* 1 .. 1000; 0: not given */
	uint16_t rtcp_port;  /* of a=rtcp (RFC 3605); 0: not given, so port + 1 */
	ahoy_addr rtcp_addr; /* of a=rtcp; family 0: not given, so the one of c= */
} ahoy_sdp_media;

typedef struct {
	ahoy_slice username, sess_id,
		sess_version;	   /* the two numbers: digits, kept as text since they may pass 64 bits */
	ahoy_slice origin_address; /* of o=; never used to send to */
	bool origin_ip6;
	ahoy_slice session_name;    /* "-" where there was no s= */
	ahoy_slice t_start, t_stop; /* digits; "0" where there was no t= */
	ahoy_sdp_conn conn;	    /* empty address: none at session level */
	ahoy_sdp_dir dir;	    /* default of the media; sendrecv where not given */
	bool has_dir;
	ahoy_sdp_run attrs, bandwidths; /* session level */
	uint16_t media_count;
	ahoy_sdp_media media[AHOY_SDP_MAX_MEDIA];
	uint16_t format_count, attr_count, bandwidth_count;
	ahoy_slice formats[AHOY_SDP_MAX_FORMATS];
	ahoy_sdp_attr attr[AHOY_SDP_MAX_ATTRS];
	ahoy_sdp_bandwidth bandwidth[AHOY_SDP_MAX_BANDWIDTHS];
} ahoy_sdp;

/* Where and why a parse failed; `rule` is a static sentence part such as "port of m= is no number of 0 to 65535". */
typedef struct {
	size_t offset;
	const char *rule;
} ahoy_sdp_fault;

/* Returns 0; AHOY_ESYNTAX, AHOY_ERANGE (a number), AHOY_ETOOBIG (more lines than a table holds).
 * `fault` may be NULL. *out is undefined after an error. Lines i u e p r z k are skipped; b= beyond the table are skipped. */
int ahoy_sdp_parse(ahoy_slice text, ahoy_sdp *out, ahoy_sdp_fault *fault) AHOY_MUST_USE;

/* Writes what was understood, CRLF after each line; write(parse(x)) is a fixed point. Look at b->full afterwards. */
void ahoy_sdp_write(const ahoy_sdp *sdp, ahoy_buf *b);

/* The first attribute of this name (case-sensitive, RFC 8866 5.13) in the run, or NULL. */
const ahoy_sdp_attr *ahoy_sdp_find_attr(const ahoy_sdp *sdp, ahoy_sdp_run run, ahoy_slice name);

/* One line of the codec map. */
typedef struct {
	ahoy_slice name; /* empty: a dynamic payload without rtpmap */
	ahoy_slice fmtp; /* of the first a=fmtp for this payload; empty: none */
	uint32_t clock_rate_hz;
	uint8_t payload; /* 0 .. 127 */
	uint8_t channels;
} ahoy_sdp_codec;

/* The i-th format (0 .. formats.count - 1) of an RTP media line: its rtpmap, or RFC 3551's table.
 * AHOY_ENOTFOUND: i is too large, or the line is not RTP. */
int ahoy_sdp_codec_at(const ahoy_sdp *sdp, const ahoy_sdp_media *m, size_t i, ahoy_sdp_codec *out) AHOY_MUST_USE;
/* Same, by payload number; the payload must be listed in the m= line. */
int ahoy_sdp_codec_of(const ahoy_sdp *sdp, const ahoy_sdp_media *m, unsigned payload,
		      ahoy_sdp_codec *out) AHOY_MUST_USE;
/* RFC 3551 tables 4 and 5; AHOY_ENOTFOUND for payloads that it leaves free. */
int ahoy_sdp_static_codec(unsigned payload, ahoy_sdp_codec *out);
/* Same encoding: name (any case), clock rate and channels; fmtp is not compared. */
bool ahoy_sdp_codec_eq(const ahoy_sdp_codec *a, const ahoy_sdp_codec *b);
bool ahoy_sdp_is_telephone_event(const ahoy_sdp_codec *codec);

/* Where this line's sender wants its RTP and RTCP; family 0 where it gave no IP address, or port 0. */
ahoy_addr ahoy_sdp_rtp_addr(const ahoy_sdp_media *m);
ahoy_addr ahoy_sdp_rtcp_addr(const ahoy_sdp_media *m);

/* The same direction seen from the other side: sendonly <-> recvonly. */
ahoy_sdp_dir ahoy_sdp_dir_reverse(ahoy_sdp_dir dir);
/* "sendrecv", … Static. */
const char *ahoy_sdp_dir_name(ahoy_sdp_dir dir);
/* The direction that is meant: the attribute, without "receives" where c= is 0.0.0.0 or :: (hold of RFC 3264 8.4). */
ahoy_sdp_dir ahoy_sdp_media_dir(const ahoy_sdp_media *m);

#endif
