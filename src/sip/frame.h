/* frame: finds whole messages in a byte stream (RFC 3261 18.3, 7.5; RFC 5626 3.5.1 keep-alives).
 * Owns nothing: the caller keeps the bytes and says how many it has. The verdict does not depend on how the stream was
 * cut into reads. Thread kind: pure. Cost: a look at the head from its start on each call (bounded by
 * AHOY_MAX_HEAD_LINES). */
#ifndef AHOY_SIP_FRAME_H
#define AHOY_SIP_FRAME_H

#include "base/err.h"
#include "base/slice.h"

typedef enum {
	AHOY_FRAME_MESSAGE,
	AHOY_FRAME_PING /* CRLFCRLF */,
	AHOY_FRAME_PONG /* CRLF; also a stray LF or NUL: quietly skipped */
} ahoy_frame_kind;

/* What stands at the start of `bytes`. 0: *len bytes are one unit of *kind. AHOY_EMORE: not whole yet, *len is 0, or
 * where the head is whole, what the message will have with its body: nothing changes before that many are there. Only
 * where all there is is one CRLF, *kind is AHOY_FRAME_PONG and *len is 2: the first half of a ping or a whole pong,
 * which a client that sent a ping takes and drops. AHOY_EMISSING: a head without Content-Length; AHOY_ESYNTAX,
 * AHOY_EDUPLICATE (differing Content-Lengths), AHOY_ERANGE, AHOY_ETOOBIG: the stream can't go on and is to be closed,
 * after a 400/513 where *len (then the head's length) is not 0. */
int ahoy_frame_next(ahoy_slice bytes, ahoy_frame_kind *kind, size_t *len);

/* A datagram that is a keep-alive: empty, or nothing but CR, LF, NUL and blanks. */
bool ahoy_frame_is_keepalive(ahoy_slice datagram);

#endif
