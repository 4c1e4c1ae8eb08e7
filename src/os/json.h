/* json: the few pieces of JSON (RFC 8259) that log lines and --json lines need, written into a bounded buffer. Bytes
 * that are no UTF-8 become U+FFFD, control characters \u00XX, so that a line is valid whatever a peer sent. Thread
 * kind: pure. */
#ifndef AHOY_OS_JSON_H
#define AHOY_OS_JSON_H

#include "base/buf.h"

/* An object under construction: remembers whether a comma is due. */
typedef struct {
	ahoy_buf *b;
	bool more;
} ahoy_json;

/* A string with its quotes. */
void ahoy_json_text(ahoy_buf *b, ahoy_slice text);

ahoy_json ahoy_json_open(ahoy_buf *b); /* { */
void ahoy_json_close(ahoy_json *j);    /* } */
void ahoy_json_string(ahoy_json *j, const char *key, ahoy_slice value);
void ahoy_json_u64(ahoy_json *j, const char *key, uint64_t value);
void ahoy_json_bool(ahoy_json *j, const char *key, bool value);
void ahoy_json_null(ahoy_json *j, const char *key);
/* A number that is written already: digits, a point. */
void ahoy_json_number(ahoy_json *j, const char *key, ahoy_slice digits);
/* Milliseconds with three decimals, from microseconds. */
void ahoy_json_ms(ahoy_json *j, const char *key, uint64_t value_us);
/* UTC text, or null for 0. */
void ahoy_json_time(ahoy_json *j, const char *key, uint64_t utc_ms);
/* An array of strings. */
void ahoy_json_strings(ahoy_json *j, const char *key, const ahoy_slice *values, size_t count);
/* A member object; close it before the next member. */
ahoy_json ahoy_json_object(ahoy_json *j, const char *key);

#endif
