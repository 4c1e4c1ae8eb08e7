/* buf: a bounded writer over memory that the caller owns. What does not fit is dropped whole and the
 * sticky `full` flag is raised, so that a message is written without a check per line and tested once
 * at the end. Not NUL-terminated unless ahoy_buf_cstr is called. Thread kind: pure. */
#ifndef AHOY_BASE_BUF_H
#define AHOY_BASE_BUF_H

#include "base/slice.h"

typedef struct {
	char *ptr; /* lives as long as the caller's memory */
	size_t len, cap;
	bool full; /* something did not fit; the content is not to be used as a whole */
} ahoy_buf;

static inline ahoy_buf ahoy_buf_over(void *mem, size_t cap)
{
	return (ahoy_buf){(char *)mem, 0, cap, false};
}

static inline ahoy_slice ahoy_buf_slice(const ahoy_buf *b)
{
	return (ahoy_slice){b->ptr, b->len};
}

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
