/* buf: a bounded writer over memory that the caller owns. What does not fit is dropped whole and the
 * sticky `full` flag is raised, so that a message is written without a check per line and tested once
 * at the end. The type is public and at home in ahoy/base.h. Not NUL-terminated unless ahoy_buf_cstr is called. Thread kind: pure. */
#ifndef AHOY_BASE_BUF_H
#define AHOY_BASE_BUF_H

#include "base/slice.h"

void ahoy_buf_put(ahoy_buf *b, ahoy_slice s);
void ahoy_buf_char(ahoy_buf *b, char c);
void ahoy_buf_str(ahoy_buf *b, const char *text);
void ahoy_buf_u64(ahoy_buf *b, uint64_t value);
/* Lower-case hexadecimal of the bytes, two digits each. */
void ahoy_buf_hex(ahoy_buf *b, const void *bytes, size_t len);
/* `digits` lower-case hexadecimal digits of value, leading zeros kept (1 .. 16). */
void ahoy_buf_hex_u64(ahoy_buf *b, uint64_t value, unsigned digits);
void ahoy_buf_fmt(ahoy_buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What a peer sent, made safe to show: control bytes, DEL, and bytes that are no UTF-8 become \xNN, a backslash is doubled. */
void ahoy_buf_escaped(ahoy_buf *b, ahoy_slice s);

/* NUL-terminates in place (cuts the last byte where full) and returns ptr; "" for a capacity of 0. */
const char *ahoy_buf_cstr(ahoy_buf *b);

#endif
