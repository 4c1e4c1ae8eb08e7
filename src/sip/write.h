/* write: SIP messages as text into a bounded buffer (base/buf.h), line by line in the order of the calls.
 * Values written are checked for CR, LF and NUL: such bytes become blanks, so that nothing a peer sent can start a
 * line. Finish with ahoy_write_end, which adds Content-Length and the body; test b->full once then. Thread kind:
 * pure. */
#ifndef AHOY_SIP_WRITE_H
#define AHOY_SIP_WRITE_H

#include "base/buf.h"
#include "sip/msg.h"

void ahoy_write_request_line(ahoy_buf *b, ahoy_slice method, ahoy_slice uri);
/* An empty reason takes the standard phrase. */
void ahoy_write_status_line(ahoy_buf *b, int status, ahoy_slice reason);
void ahoy_write_header(ahoy_buf *b, ahoy_header id, ahoy_slice value);
void ahoy_write_named(ahoy_buf *b, ahoy_slice name, ahoy_slice value);
void ahoy_write_number(ahoy_buf *b, ahoy_header id, uint64_t value);
/* printf-like value, at most 1000 bytes. */
void ahoy_write_fmt(ahoy_buf *b, ahoy_header id, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Content-Type (where type is not empty), Content-Length, the empty line, the body. */
void ahoy_write_end(ahoy_buf *b, ahoy_slice type, ahoy_slice body);

/* The head of a response to req (RFC 3261 8.2.6.2): status line, all Vias in order (the top one with `received` and
 * `rport` as given: both empty/0 leave it as it came, params that the peer put there itself are replaced), From, To
 * (with `to_tag` where it has none and status > 100), Call-ID, CSeq, Record-Route for 101..299, Timestamp in a 100.
 * More headers may follow, then ahoy_write_end. */
void ahoy_write_response_head(ahoy_buf *b, const ahoy_msg *req, int status, ahoy_slice reason, ahoy_slice to_tag,
			      ahoy_slice received, uint16_t rport);

/* The standard reason phrase (RFC 3261 21 and extensions); a generic one of the class for codes without. Static. */
ahoy_slice ahoy_reason_phrase(int status);

#endif
