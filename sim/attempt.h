/* attempt: one call as a phone tried it, and what each side came to know of it: the caller, the called phones, the
 * wire, the store. Whether they agree is the business of invariants.h. Lives as long as the world. Thread kind: owned.
 */
#ifndef AHOY_SIM_ATTEMPT_H
#define AHOY_SIM_ATTEMPT_H

#include "base/env.h"
#include "sim/queue.h"

/* What happened in this call that takes away the ground on which some agreement stands. */
enum {
	SIM_ODD_KILL = 1,     /* the server died meanwhile */
	SIM_ODD_SILENT = 2,   /* a phone vanished from the network for a while, or for good */
	SIM_ODD_NO_ACK = 4,   /* the caller never ACKs */
	SIM_ODD_MOVED = 8,    /* a phone's address or a NAT's mapping changed */
	SIM_ODD_STORE = 16,   /* the store failed in it */
	SIM_ODD_ANSWER = 32,  /* a callee answered in a way that cannot be used */
	SIM_ODD_TWIN = 64,    /* a callee answered twice, with two tags */
	SIM_ODD_WRONG = 128,  /* the caller's password is wrong */
	SIM_ODD_STRAY = 512,  /* packets of a call that is over came into it */
	SIM_ODD_TIMEOUT = 256 /* a request got no answer: under loss that happens to good phones too */
};

#define SIM_LEG_IDS 8

typedef struct {
	unsigned number;  /* from 1 */
	char call_id[40]; /* of the caller's leg */
	char leg_ids[SIM_LEG_IDS][24];
	unsigned leg_count;
	unsigned odd;
	ahoy_time began;
	unsigned caller; /* phone */
	char target[24];
	bool offerless;
	bool is_echo;	     /* the server answers it itself; due and came [0] are samples then */
	uint32_t reachable;  /* a bit for each called phone that was registered and in good order when it began */
	ahoy_time forked_at; /* the server sent the first INVITE on */
	/* the caller */
	unsigned outcomes; /* ANSWERED or REFUSED events: exactly one */
	int caller_status;
	bool caller_up, caller_hung_up, caller_cancelled;
	ahoy_time cancelled_at;
	/* the called phones */
	uint32_t rang;	   /* a bit for each phone that got the INVITE */
	unsigned answered; /* legs */
	bool callee_hung_up, operator_hung_up;
	int callee_refused; /* the last code that a called phone refused with */
	/* the wire */
	int final_sent; /* by the server to the INVITE; a 401 only where nothing else came */
	ahoy_time final_at;
	/* the store: its records are asked by number */
	/* media: packets that should have reached the other side, and those that did */
	unsigned changes;	  /* re-INVITEs */
	uint32_t due[2], came[2]; /* [0]: from the caller, [1]: from the callee */
	bool wants_codecs;	  /* a called phone refused with 488: the server may call it again, and transcode */
	uint32_t transcoded;	  /* packets that came in the other one's words */
	uint32_t said, heard;	  /* of the echo, in samples: that should have come back, and the voice that did */
} sim_attempt;

#define SIM_CALL_ID_PREFIX "call-"
/* "call-<number>-…" names its attempt; 0 where it is none of ours. */
unsigned sim_attempt_number(ahoy_slice call_id);
/* NULL for 0. */
sim_attempt *sim_attempt_of(sim_world *world, unsigned number);
sim_attempt *sim_attempt_new(sim_world *world, unsigned caller, const char *target);
/* One more leg of the server is part of it. */
void sim_attempt_add_leg(sim_attempt *attempt, ahoy_slice call_id);

#endif
