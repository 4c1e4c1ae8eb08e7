/* stun: binding requests and their answers (RFC 8489; RFC 5389 and its classic form are the same on the wire here), so
 * that a phone can ask the SIP port for its address and keep its binding alive. No credentials, no ICE. Thread kind:
 * pure. Order: ahoy_stun_is, ahoy_stun_decode_request, ahoy_stun_encode_success or ahoy_stun_encode_unknown. */
#ifndef AHOY_STUN_STUN_H
#define AHOY_STUN_STUN_H

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

typedef struct {
	uint8_t transaction[12];
	bool has_fingerprint; /* it was there, and right; the answer then carries one too */
	/* Attributes that must be understood and are not (14: below 0x8000): the answer is 420. */
	uint16_t unknown[AHOY_STUN_MAX_UNKNOWN];
	uint8_t unknown_count;
} ahoy_stun_request;

#define AHOY_STUN_MAX_RESPONSE 80 /* bytes that either answer fits into */

/* Is this datagram STUN and not SIP? First byte 0 to 3 and the magic cookie (RFC 8489 5). */
bool ahoy_stun_is(ahoy_slice datagram);

/* AHOY_ESYNTAX: lengths that do not agree, or a wrong fingerprint. AHOY_EUNSUPPORTED: STUN, but no binding request
 * (indications and stray answers among them): not to be answered. */
AHOY_MUST_USE int ahoy_stun_decode_request(ahoy_slice datagram, ahoy_stun_request *out);

/* The success response: `source` is where the request came from, as XOR-MAPPED-ADDRESS. AHOY_ERANGE where it does not
 * fit. */
AHOY_MUST_USE int ahoy_stun_encode_success(const ahoy_stun_request *request, const ahoy_addr *source, void *out,
					   size_t cap, size_t *len);
/* The error response 420 with UNKNOWN-ATTRIBUTES, where request->unknown_count is not 0. AHOY_ERANGE as above. */
AHOY_MUST_USE int ahoy_stun_encode_unknown(const ahoy_stun_request *request, void *out, size_t cap, size_t *len);

#endif
