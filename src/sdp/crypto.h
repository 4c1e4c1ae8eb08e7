/* crypto: a=crypto of SDP security descriptions (RFC 4568): a tag, a suite and an inline master key with lifetime and MKI.
 * One key a line, no session parameter but a window hint: a line with more is well-formed, and passed over as RFC 4568 5.1.2 wants.
 * Leaves the choice among lines to sdp/offer_answer.h and b2b. Whoever holds a key wipes it. Thread kind: pure. */
#ifndef AHOY_SDP_CRYPTO_H
#define AHOY_SDP_CRYPTO_H

#include "crypto/srtp_suite.h"
#include "sdp/sdp.h"

/* Whether an endpoint encrypts. */
typedef enum {
	AHOY_SRTP_OPTIONAL, /* where the other side does too */
	AHOY_SRTP_OFF,
	AHOY_SRTP_REQUIRED /* or there is no call */
} ahoy_srtp_policy;
/* "off", "optional", "required". Static. */
const char *ahoy_srtp_policy_name(ahoy_srtp_policy policy);
/* The way back; false: no such word. */
bool ahoy_srtp_policy_of(ahoy_slice name, ahoy_srtp_policy *out);

typedef struct {
	uint32_t tag; /* 0 .. 999999999 */
	ahoy_srtp_key key;
} ahoy_sdp_crypto;

/* The attribute's value. AHOY_ESYNTAX, AHOY_ERANGE; AHOY_EUNSUPPORTED: another suite, key method, session parameter, a second key, a
 * longer MKI (base/limits.h). *out is wiped after an error. */
int ahoy_sdp_crypto_parse(ahoy_slice value, ahoy_sdp_crypto *out) AHOY_MUST_USE;
/* The whole line. */
void ahoy_sdp_crypto_write(const ahoy_sdp_crypto *crypto, ahoy_buf *b);

/* The lines of m that can be used, in its order of preference (5.1.1); of a tag that stands twice the first. Returns how many. */
size_t ahoy_sdp_cryptos_of(const ahoy_sdp *sdp, const ahoy_sdp_media *m, ahoy_sdp_crypto out[AHOY_SDP_MAX_CRYPTO]);
/* RTP/SAVP or RTP/SAVPF: without keys there is no stream. */
bool ahoy_sdp_is_secure(const ahoy_sdp_media *m);
/* There is an a=crypto, of whatever kind. */
bool ahoy_sdp_has_crypto(const ahoy_sdp *sdp, const ahoy_sdp_media *m);

#endif
