/* rtp: the RTP packet (RFC 3550 5.1): header, CSRC list, header extension, padding; decoded in place, encoded into
 * the caller's bytes. Owns nothing. Sequence and loss are in rtp/stats.h. Thread kind: pure. Cost: no copy on decode. */
#ifndef AHOY_RTP_RTP_H
#define AHOY_RTP_RTP_H

#include "base/err.h"
#include "base/slice.h"

#define AHOY_RTP_HEADER 12 /* bytes of the fixed header */

typedef struct {
	bool marker;
	uint8_t payload_type; /* 0 .. 127 */
	uint16_t seq;
	uint32_t timestamp, ssrc;
	uint8_t csrc_count; /* 0 .. 15 */
	uint32_t csrc[15];
	bool has_extension;
	uint16_t extension_profile;
	ahoy_slice extension; /* a multiple of 4 bytes, at most 65535 words; points into the packet */
	ahoy_slice payload;   /* without padding; points into the packet */
	uint8_t padding;      /* bytes of padding, with its count byte; 0: none */
} ahoy_rtp;

/* AHOY_EVERSION (not 2), AHOY_ETRUNCATED (shorter than its own header says), AHOY_ERANGE (padding of 0 or beyond the payload). */
int ahoy_rtp_decode(const void *bytes, size_t len, ahoy_rtp *out) AHOY_MUST_USE;
/* AHOY_EFULL: larger than cap; AHOY_EINVAL: a field outside its range. */
int ahoy_rtp_encode(const ahoy_rtp *packet, void *out, size_t cap, size_t *len) AHOY_MUST_USE;

/* RTCP and not RTP where both share a port: packet types 192 .. 223 (RFC 5761 4). */
bool ahoy_rtp_is_rtcp(const void *bytes, size_t len);

#endif
