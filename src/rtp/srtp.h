/* srtp: SRTP and SRTCP of one direction under one master key (RFC 3711; AES-256: RFC 6188; GCM: RFC 7714), in place on packets of the
 * caller. Owns the session keys, the roll-over counters and the replay windows of each SSRC. Leaves keys and policy to SDP
 * (sdp/crypto.h) and addresses to the caller. Everything is always encrypted and authenticated; the key derivation rate is 0.
 * One object only protects or only unprotects. No index is ever protected twice, whatever the caller gives (RFC 3711 9.1: the same
 * key stream for two packets opens both): a relay may pass what came from elsewhere.
 * Lifetime: heap, new to del, which wipes the keys. Thread kind: owned. Cost: new derives six keys; a packet allocates nothing. */
#ifndef AHOY_RTP_SRTP_H
#define AHOY_RTP_SRTP_H

#include "base/err.h"
#include "crypto/srtp_suite.h"

typedef struct ahoy_srtp ahoy_srtp;

/* What a packet grows by at most: tag, SRTCP index, MKI. */
#define AHOY_SRTP_MAX_TRAILER (16 + 4 + AHOY_SRTP_MAX_MKI)

/* The key is copied. AHOY_ENOMEM; AHOY_EINVAL: no suite, or an MKI that is too long. */
int ahoy_srtp_new(const ahoy_env *env, const ahoy_srtp_key *key, bool protects, ahoy_srtp **out) AHOY_MUST_USE;
void ahoy_srtp_del(ahoy_srtp *srtp); /* NULL is allowed */
/* The key it was made from. */
const ahoy_srtp_key *ahoy_srtp_key_of(const ahoy_srtp *srtp);

/* An RTP (RTCP) packet of *len bytes in memory of `cap`; *len becomes the protected length. AHOY_EFULL: cap leaves no room for the
 * trailer, or the key has its bound of SSRCs; AHOY_ETRUNCATED: no RTP (RTCP) header; AHOY_ECONFLICT: this index was protected before, or
 * is older than the window; AHOY_ESTATE: the key's lifetime is over. On an error the packet is as it was. */
int ahoy_srtp_protect(ahoy_srtp *srtp, void *packet, size_t *len, size_t cap) AHOY_MUST_USE;
int ahoy_srtp_protect_rtcp(ahoy_srtp *srtp, void *packet, size_t *len, size_t cap) AHOY_MUST_USE;
/* The way back. AHOY_EAUTH: the tag or the MKI is wrong; AHOY_ECONFLICT: replayed, or older than the window; AHOY_EFULL, AHOY_ETRUNCATED,
 * AHOY_ESTATE as above. After an error the bytes are worthless. */
int ahoy_srtp_unprotect(ahoy_srtp *srtp, void *packet, size_t *len) AHOY_MUST_USE;
int ahoy_srtp_unprotect_rtcp(ahoy_srtp *srtp, void *packet, size_t *len) AHOY_MUST_USE;

#endif
