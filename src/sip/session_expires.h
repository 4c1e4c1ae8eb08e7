/* session_expires: the value of Session-Expires (RFC 4028 4): after how many seconds without a refresh a session is over,
 * and which side refreshes. What an agent makes of it is ua/session_timer.c's. Thread kind: pure. */
#ifndef AHOY_SIP_SESSION_EXPIRES_H
#define AHOY_SIP_SESSION_EXPIRES_H

#include "base/err.h"
#include "base/slice.h"

/* Caller and callee of the transaction that carries it, not of the call (RFC 4028 4). */
typedef enum {
	AHOY_REFRESHER_NONE,
	AHOY_REFRESHER_UAC,
	AHOY_REFRESHER_UAS
} ahoy_refresher;

typedef struct {
	uint32_t interval_s; /* 1 .. 2^32-1; a larger number is read as that */
	ahoy_refresher refresher;
} ahoy_session_expires;

/* AHOY_ESYNTAX: no number, zero, or another refresher than uac and uas. Other parameters are skipped. */
AHOY_MUST_USE int ahoy_session_expires_parse(ahoy_slice value, ahoy_session_expires *out);

/* "uac" or "uas"; empty for none. Static. */
ahoy_slice ahoy_refresher_name(ahoy_refresher refresher);

#endif
