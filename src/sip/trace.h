/* trace: the last messages that crossed the sockets, in a fixed ring of bytes made at the start; the oldest are
 * overwritten. Owns copies (each cut to AHOY_TRACE_MAX_MESSAGE bytes). Leaves the drawing to ladder.h and the choice of
 * what is recorded to its owner: put each message that is received or sent, retransmissions too.
 * Messages handed out point into the ring and live until the next put. Thread kind: owned. Cost: one memcpy per
 * message. */
#ifndef AHOY_SIP_TRACE_H
#define AHOY_SIP_TRACE_H

#include "base/env.h"
#include "base/err.h"
#include "sip/flow.h"

typedef struct ahoy_trace ahoy_trace;

/* What has no more bytes is a keep-alive (RFC 5626 4.4.1: CRLF CRLF), which nobody records. */
#define AHOY_TRACE_KEEPALIVE 4u

typedef struct {
	ahoy_time at;
	bool sent; /* by us to flow.peer; else received from it */
	ahoy_flow flow;
	size_t full_len;  /* before it was cut */
	ahoy_slice bytes; /* lives until the next put */
} ahoy_trace_message;

/* A ring of `size` bytes (at least AHOY_TRACE_MIN_BYTES); about 700 bytes make a message. AHOY_EINVAL, AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_trace_new(const ahoy_env *env, size_t size, ahoy_trace **out);
void ahoy_trace_del(ahoy_trace *trace); /* NULL is allowed */
void ahoy_trace_put(ahoy_trace *trace, ahoy_time now, bool sent, const ahoy_flow *flow, ahoy_slice bytes);

/* Oldest first. Zero to begin; a cursor whose message was overwritten meanwhile goes on at the oldest. */
typedef struct {
	uint64_t number; /* of the message that comes next, counted from the start of the trace */
	uint64_t at;	 /* its place; valid together with number */
} ahoy_trace_cursor;
bool ahoy_trace_next(const ahoy_trace *trace, ahoy_trace_cursor *cursor, ahoy_trace_message *out);
/* The same, of messages whose Call-ID is one of these. */
bool ahoy_trace_next_of(const ahoy_trace *trace, ahoy_trace_cursor *cursor, const ahoy_slice *call_ids, size_t count,
			ahoy_trace_message *out);

/* The first value of a header, trimmed, found without parsing the message (it may be malformed or cut): for messages
 * that are shown, not for messages that are obeyed. compact: the compact form's letter or 0. Folded lines end at the
 * line. Empty where there is none. */
ahoy_slice ahoy_trace_header(ahoy_slice message, ahoy_slice name, char compact);

#endif
