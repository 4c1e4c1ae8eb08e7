/* binding: what the registrar keeps of one Contact of one user (RFC 3261 10.3), and what the store keeps of it.
 * A view: the slices live as long as whoever lends it says. Thread kind: pure. */
#ifndef AHOY_REGISTRAR_BINDING_H
#define AHOY_REGISTRAR_BINDING_H

#include "sip/flow.h"

typedef struct {
	ahoy_slice contact; /* the URI as registered, without angle brackets; at most AHOY_MAX_CONTACT bytes */
	ahoy_slice call_id; /* of the REGISTER that last wrote it */
	uint32_t cseq;
	uint16_t q_milli;	 /* 0 .. 1000; 1000 where the Contact named none */
	uint64_t expires_utc_ms; /* wall clock, because it must survive a restart */
	ahoy_flow flow;		 /* by which that REGISTER came: requests to this contact go back there */
	ahoy_slice user_agent;
	ahoy_slice instance; /* +sip.instance with its quotes and <>, or empty */
	/* RFC 5626: which of the instance's flows this is; 0: it has but this binding. Not 0 only with an instance. */
	uint32_t reg_id;
	ahoy_slice path; /* the Route of requests to it (RFC 3327): "<sip:a;lr>, <sip:b;lr>", or empty */
} ahoy_binding;

/* What the registrar knows of a user, as the store answers it. */
typedef struct {
	bool found;
	char ha1_md5[33]; /* lower-case hexadecimal, NUL-terminated */
	char ha1_sha256[65];
} ahoy_user_record;

#endif
