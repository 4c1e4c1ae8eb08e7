/* load_calls_state: the inside of load_calls, for its files alone: the caller's side (load_calls.c), the callee's
 * (load_callee.c), and the text of what they say (load_calls_text.c). Thread kind: owned. */
#ifndef BENCH_LOAD_CALLS_STATE_H
#define BENCH_LOAD_CALLS_STATE_H

#include "load_calls.h"

#define LOAD_REPEAT_US 500000u
#define LOAD_GIVE_UP_US 32000000u

typedef enum {
	LOAD_IDLE,
	LOAD_CALLING,
	LOAD_LIVE,
	LOAD_ENDING
} load_call_state;

typedef struct {
	load_call_state state;
	bool with_nonce;
	uint8_t challenges;
	uint32_t cseq, nc;
	uint64_t call, serial; /* of the Call-ID and of the branch */
	ahoy_time started, sent;
	uint16_t media_port[LOAD_SIDES];
	/* The callee's part: its 200, repeated until the ACK comes (13.3.1.4), because nobody else would. Empty: nothing to repeat. */
	ahoy_time answered_at;
	uint16_t answer_len;
	char answer[1280];
	uint8_t to_len, target_len;
	char to[160], target[128]; /* To and Contact of the 200 */
} load_call;

struct load_calls {
	const load_wire *wire;
	load_phones *callers, *callees;
	load_calls_options options;
	uint64_t target;
	bool held, hanging_up;
	size_t next, busy, live; /* busy: calling or ending */
	load_call *slots;
	char offer[512], answer[512];
	size_t offer_len, answer_len;
	load_stats stats;
};

static inline size_t load_call_index(const load_calls *c, const load_call *slot)
{
	return (size_t)(slot - c->slots);
}

/* load_calls_text.c */
void load_write_descriptions(load_calls *c);
void load_write_call_id(const load_calls *c, const load_call *slot, ahoy_buf *b);
void load_send_text(load_calls *c, unsigned side, const ahoy_buf *b);
void load_send_invite(load_calls *c, ahoy_time now, load_call *slot);
/* To a refusal with the INVITE's own branch (RFC 3261 17.1.1.3), to a 200 with another (13.2.2.4). */
void load_send_ack(load_calls *c, const load_call *slot, ahoy_slice response, bool answered);
void load_send_bye(load_calls *c, ahoy_time now, load_call *slot);
/* The port of the audio line; 0 where there is none. */
uint16_t load_media_port_of(ahoy_slice message);

/* load_callee.c */
void load_callee_recv(load_calls *c, ahoy_time now, unsigned side, ahoy_slice request);
/* Repeats a 200 that got no ACK. */
void load_callee_expire(load_calls *c, ahoy_time now, load_call *slot);

#endif
