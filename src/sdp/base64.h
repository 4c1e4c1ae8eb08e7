/* base64: RFC 4648 4, for keys in a=crypto. Thread kind: pure. */
#ifndef AHOY_SDP_BASE64_H
#define AHOY_SDP_BASE64_H

#include "base/buf.h"
#include "base/err.h"

/* With padding. */
void ahoy_base64_write(ahoy_buf *b, const uint8_t *bytes, size_t len);
/* Exactly `len` bytes, with its padding or without any. AHOY_ESYNTAX: another character, length, or bits behind the end. */
int ahoy_base64_read(ahoy_slice text, uint8_t *out, size_t len) AHOY_MUST_USE;

#endif
