/* stream: whole messages out of the bytes of one connection, however they were cut into reads (RFC 3261 18.3; RFC 5626
 * 3.5.1). Stands between a connection (TCP, later what TLS or WebSocket unwraps) and the stack. Owns the piece of a
 * message that waits for its rest, nothing while none waits: a read that ends with a message costs no copy and no
 * allocation. Order: feed what was read, then next until AHOY_STREAM_MORE; only then may the read's bytes go. After
 * AHOY_STREAM_BROKEN it yields nothing any more. Thread kind: owned. */
#ifndef AHOY_SIP_STREAM_H
#define AHOY_SIP_STREAM_H

#include "base/env.h"
#include "base/err.h"

typedef enum {
	AHOY_STREAM_MORE,    /* all is taken; what waits is kept */
	AHOY_STREAM_MESSAGE, /* *unit is one message */
	AHOY_STREAM_PING,    /* CRLF CRLF: wants a CRLF (RFC 5626 4.4.1) */
	AHOY_STREAM_PONG,    /* CRLF, or a stray line end: quiet */
	/* Where the message ends cannot be said (*err: AHOY_EMISSING, AHOY_EDUPLICATE, AHOY_ESYNTAX, AHOY_ERANGE,
	 * AHOY_ETOOBIG, AHOY_ENOMEM): *unit is its head, or the whole lines of it that came, ended by an empty line,
	 * to be answered where that is possible; the connection is to be closed. */
	AHOY_STREAM_BROKEN
} ahoy_stream_kind;

typedef struct {
	const ahoy_env *env;
	char *kept; /* heap: the beginning of a message; NULL: none */
	size_t len, cap;
	ahoy_slice window; /* what is still to be looked at: of a read, or of `kept` */
	/* There is nothing to look at before the window has `whole` bytes (0: not known), or a line's end behind the
	 * `looked` ones: what half a message costs is bounded however small its pieces are. */
	size_t whole, looked;
	bool takes_pong; /* this end sends pings: one CRLF alone is an answer, and no half of a ping */
	bool broken;
} ahoy_stream;

void ahoy_stream_init(ahoy_stream *stream, const ahoy_env *env, bool takes_pong);
void ahoy_stream_fini(ahoy_stream *stream);
/* AHOY_ENOMEM: the bytes are lost, and the next is AHOY_STREAM_BROKEN. At most AHOY_MAX_MESSAGE bytes. */
void ahoy_stream_feed(ahoy_stream *stream, ahoy_slice bytes);
/* *unit lives until the next call of feed, next or fini. */
ahoy_stream_kind ahoy_stream_next(ahoy_stream *stream, ahoy_slice *unit, int *err);
/* Does a message wait for its rest? Half a keep-alive is none. */
bool ahoy_stream_waits(const ahoy_stream *stream);
/* Nobody waits for the rest any more: the lines that came, as with AHOY_STREAM_BROKEN, which it is from now on. */
void ahoy_stream_give_up(ahoy_stream *stream, ahoy_slice *unit);

#endif
