/* cdr_json: a call record as one JSON object, as `ahoyd cdr --json` prints it. Thread kind: pure. */
#ifndef AHOY_SERVER_CDR_JSON_H
#define AHOY_SERVER_CDR_JSON_H

#include "b2b/cdr.h"
#include "base/buf.h"

/* The longest that a record as the server writes it can become: four strings of AHOY_MAX_CONTACT and Call-ID size, each
 * byte escaped. */
#define AHOY_CDR_JSON_BYTES 65536

/* Without a line end. */
void ahoy_cdr_json(ahoy_buf *b, const ahoy_cdr *cdr);

#endif
