/* cdr: the record of one call attempt (an INVITE outside a dialog that passed the digest), however it ended.
 * A view: the slices live as long as whoever lends it says. Times are UTC milliseconds, 0 where it did not happen.
 * Thread kind: pure. */
#ifndef AHOY_B2B_CDR_H
#define AHOY_B2B_CDR_H

#include "base/addr.h"
#include "base/slice.h"

typedef enum {
	AHOY_ENDED_BY_NOBODY,
	AHOY_ENDED_BY_CALLER,
	AHOY_ENDED_BY_CALLEE,
	AHOY_ENDED_BY_SERVER,
	AHOY_ENDED_BY_OPERATOR
} ahoy_ended_by;

typedef struct {
	ahoy_slice contact; /* URI of the phone */
	ahoy_addr source;   /* where its signalling came from */
	ahoy_slice call_id;
	uint64_t packets; /* received from this leg */
	uint64_t lost;
	uint32_t jitter_us;
} ahoy_cdr_leg;

typedef struct {
	ahoy_slice id;	     /* unique over restarts */
	ahoy_slice from, to; /* user parts */
	uint64_t started_utc_ms, answered_utc_ms, ended_utc_ms;
	ahoy_ended_by ended_by;
	int code; /* the final answer to the INVITE that the caller got; 0 while none */
	ahoy_slice reason;
	bool cut_off; /* the server died during the call; set by the store at the next start */
	ahoy_slice codec;
	ahoy_cdr_leg caller, callee;
} ahoy_cdr;

/* "caller", "callee", "server", "operator", or "" . Static. */
ahoy_slice ahoy_ended_by_name(ahoy_ended_by who);

#endif
