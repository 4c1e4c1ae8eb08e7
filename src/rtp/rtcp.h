/* rtcp: compound RTCP packets (RFC 3550 6): SR, RR, SDES (CNAME), BYE and of XR (RFC 3611) the VoIP metrics decoded with
 * A.2's checks, other types and blocks skipped whole; SR/RR + SDES + XR + BYE encoded. When to send is the session's
 * business (media/session.h). Owns nothing: slices point into the packet. Thread kind: pure. */
#ifndef AHOY_RTP_RTCP_H
#define AHOY_RTP_RTCP_H

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "rtp/voip_metrics.h"

enum {
	AHOY_RTCP_SR = 200,
	AHOY_RTCP_RR = 201,
	AHOY_RTCP_SDES = 202,
	AHOY_RTCP_BYE = 203,
	AHOY_RTCP_APP = 204,
	AHOY_RTCP_XR = 207 /* RFC 3611 */
};

typedef struct {
	uint32_t ssrc;		      /* of the source that is reported on */
	uint8_t fraction_lost;	      /* 1/256 */
	int32_t cumulative_lost;      /* signed 24 bits */
	uint32_t highest_seq, jitter; /* jitter in timestamp units */
	uint32_t lsr, dlsr;	      /* middle 32 bits of the NTP time; 1/65536 s */
} ahoy_rtcp_block;

typedef struct {
	uint8_t type; /* AHOY_RTCP_SR or AHOY_RTCP_RR */
	uint32_t ssrc;
	uint64_t ntp;		  /* SR: 32.32 fixed point seconds */
	uint32_t timestamp;	  /* SR */
	uint32_t packets, octets; /* SR */
	uint8_t block_count;	  /* 0 .. 31 */
	ahoy_rtcp_block blocks[31];
} ahoy_rtcp_report;

/* What one compound packet says; the first of each kind is kept. */
typedef struct {
	bool has_report;
	ahoy_rtcp_report report;
	uint32_t cname_ssrc;
	ahoy_slice cname; /* empty: none */
	bool has_bye;
	uint32_t bye_ssrc;
	ahoy_slice bye_reason;
	bool has_voip_metrics; /* the first block of them, if there are several */
	ahoy_voip_metrics voip_metrics;
	uint16_t packet_count; /* packets in the compound */
} ahoy_rtcp;

/* AHOY_EVERSION, AHOY_ETRUNCATED, AHOY_ESYNTAX (A.2: first is no SR/RR, padding not in the last, lengths that do not add up).
 * Reduced-size packets (RFC 5506) are refused, since we never offer them. */
int ahoy_rtcp_decode(const void *bytes, size_t len, ahoy_rtcp *out) AHOY_MUST_USE;

/* The cheap look for a relay: version 2, a type of 192 .. 223, a length inside the datagram. The first SSRC in *ssrc. */
int ahoy_rtcp_peek(const void *bytes, size_t len, uint32_t *ssrc) AHOY_MUST_USE;

/* What goes into a compound: the report, SDES CNAME (1 .. 255 bytes), VoIP metrics (NULL: none) and a BYE. */
typedef struct {
	const ahoy_rtcp_report *report;
	ahoy_slice cname;
	const ahoy_voip_metrics *voip_metrics;
	bool bye;
} ahoy_rtcp_parts;
/* AHOY_EFULL, AHOY_EINVAL. */
int ahoy_rtcp_encode(const ahoy_rtcp_parts *parts, void *out, size_t cap, size_t *len) AHOY_MUST_USE;

/* The driver's clock as NTP fixed point. Without a wall clock the epoch is the clock's own, as RFC 3550 6.4.1 allows. */
uint64_t ahoy_rtcp_ntp(ahoy_time now);
/* Middle 32 bits, as in LSR. */
uint32_t ahoy_rtcp_ntp_middle(uint64_t ntp);
/* Round trip from a block about us (A - LSR - DLSR), in microseconds; 0 where it cannot be said. */
uint64_t ahoy_rtcp_rtt_us(const ahoy_rtcp_block *block, ahoy_time now);

#endif
