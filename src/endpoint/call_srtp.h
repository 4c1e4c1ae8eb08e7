/* call_srtp: an endpoint's SRTP in one call: made from what offer/answer agreed on, between its sound and its sockets. Packets pass as
 * they are where nothing is encrypted. Embedded by value; fini wipes the keys. Thread kind: pure. Cost: nothing is allocated but in set. */
#ifndef AHOY_ENDPOINT_CALL_SRTP_H
#define AHOY_ENDPOINT_CALL_SRTP_H

#include "rtp/srtp.h"
#include "sdp/offer_answer.h"

typedef struct {
	ahoy_srtp *out, *in;   /* NULL: plain RTP */
	uint64_t auth_failed;  /* packets that nobody with the key sent */
	uint64_t replayed;     /* that came twice, or too late */
	uint64_t not_sent;     /* the key's lifetime is over, or there are too many sources */
	uint64_t not_received; /* likewise, or no packet of this kind */
} ahoy_call_srtp;

/* A longer packet is dropped: none of ours is. */
#define AHOY_CALL_SRTP_MAX 2048

void ahoy_call_srtp_fini(ahoy_call_srtp *s);
/* Again after each offer/answer; keys that stay go on where they were. AHOY_ENOMEM: what was before stays. */
int ahoy_call_srtp_set(ahoy_call_srtp *s, const ahoy_env *env, const ahoy_sdp_agreed *agreed) AHOY_MUST_USE;
/* The packet to be sent: the bytes given, or what they became, in `memory` (AHOY_CALL_SRTP_MAX). Empty: nothing is. */
ahoy_slice ahoy_call_srtp_seal(ahoy_call_srtp *s, bool is_rtcp, ahoy_slice packet, uint8_t *memory);
/* The packet that came, likewise. Empty: it is not the peer's, and counted. */
ahoy_slice ahoy_call_srtp_open(ahoy_call_srtp *s, bool is_rtcp, ahoy_slice packet, uint8_t *memory);

#endif
