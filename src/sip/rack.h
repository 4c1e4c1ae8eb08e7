/* rack: the value of RAck (RFC 3262 7.2): which reliable provisional answer a PRACK acknowledges, by its RSeq and the CSeq of
 * the request that it answers. What an agent makes of it is ua/prack.c's. Thread kind: pure. */
#ifndef AHOY_SIP_RACK_H
#define AHOY_SIP_RACK_H

#include "base/err.h"
#include "sip/method.h"

typedef struct {
	uint32_t rseq, cseq; /* rseq: 1 .. 2^32-1 */
	ahoy_method method;
} ahoy_rack;

/* AHOY_ESYNTAX: not two numbers and a method; AHOY_ERANGE: a number that does not fit, or RSeq 0. */
AHOY_MUST_USE int ahoy_rack_parse(ahoy_slice value, ahoy_rack *out);

/* The value of RSeq (7.1), 1 .. 2^32-1. AHOY_ESYNTAX, AHOY_ERANGE. */
AHOY_MUST_USE int ahoy_rseq_parse(ahoy_slice value, uint32_t *out);

#endif
