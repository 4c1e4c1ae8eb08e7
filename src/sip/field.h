/* field: the lines of a message's head, one logical (unfolded) header field at a time (RFC 3261 7.3.1), for msg_parse
 * on a datagram and frame on a stream, so that both see the same lines. Private to src/sip. Thread kind: pure. The
 * first line end decides: CRLF, or LF alone throughout. A mixture would be read differently by different programs. */
#ifndef AHOY_SIP_FIELD_H
#define AHOY_SIP_FIELD_H

#include "base/slice.h"
#include "sip/header.h"

typedef struct {
	ahoy_slice bytes;
	size_t at; /* the next line */
	bool lf_only;
	bool line_ends_ok; /* of the field that was read last: a fault in it is then one of its text */
	uint32_t lines;	   /* read so far, folded ones included */
} ahoy_field_reader;

typedef struct {
	ahoy_slice name;  /* as it came, without the blanks before the colon; empty: the empty line that ends the head */
	ahoy_slice value; /* trimmed, folds left in it */
	ahoy_header id;
} ahoy_field;

/* Positions on the start line (behind line ends and blanks) and reads it, without its line end. AHOY_EMORE where it
 * does not end in the bytes; AHOY_ESYNTAX where a CR stands inside it. */
int ahoy_field_start(ahoy_field_reader *reader, ahoy_slice bytes, ahoy_slice *line);

/* The next field; behind the empty line reader->at is the body. AHOY_EMORE: the head does not end in the bytes.
 * AHOY_ERANGE: more than AHOY_MAX_HEAD_LINES; both end the reading. AHOY_ESYNTAX: *rule says why; reader->at is behind
 * the faulty field, so that reading can go on. */
int ahoy_field_next(ahoy_field_reader *reader, ahoy_field *field, const char **rule);

#endif
