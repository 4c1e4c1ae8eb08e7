/* exit_code: what the phone's process ends with, as one pure table, so that scripts can rely on it:
 * 0 as asked; 2 usage; 10 no answer; 11 busy; 12 any other refusal; 13 authentication; 14 network or DNS;
 * 20 to 23 a call that was as asked but for an expectation (expect.h); 1 anything else. Thread kind: pure. */
#ifndef AHOY_PHONE_EXIT_CODE_H
#define AHOY_PHONE_EXIT_CODE_H

#include <stdbool.h>

enum {
	AHOY_EXIT_OK = 0,
	AHOY_EXIT_OTHER = 1,
	AHOY_EXIT_USAGE = 2,
	AHOY_EXIT_NO_ANSWER = 10,
	AHOY_EXIT_BUSY = 11,
	AHOY_EXIT_REFUSED = 12,
	AHOY_EXIT_AUTH = 13,
	AHOY_EXIT_NETWORK = 14,
	AHOY_EXIT_NO_AUDIO = 20,
	AHOY_EXIT_NO_TONE = 21,
	AHOY_EXIT_OTHER_DTMF = 22,
	AHOY_EXIT_LOW_MOS = 23
};

/* How what was asked for came out. All zero: it was done. */
typedef struct {
	int status;	   /* the final status that ended it, 0 for none */
	bool from_peer;	   /* it came in a message; else our own stack made it up (408: nobody answered, 503: network) */
	int err;	   /* an error of base/err.h, or 0 */
	bool auth_failed;  /* a challenge could not be answered, or came again although it was */
	bool is_register;  /* of a REGISTER: a 403 means the credentials there */
	bool wait_ran_out; /* --wait */
	unsigned unmet;	   /* expectations that were not met: 1 << ahoy_expect_kind of each */
} ahoy_outcome;

int ahoy_exit_code(const ahoy_outcome *outcome);

#endif
