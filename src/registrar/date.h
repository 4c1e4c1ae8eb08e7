/* date: SIP-date (RFC 3261 20.17, rfc1123-date in GMT). Private to src/registrar. Thread kind: pure. */
#ifndef AHOY_REGISTRAR_DATE_H
#define AHOY_REGISTRAR_DATE_H

#include <stdint.h>

#define AHOY_DATE_TEXT 29 /* "Sat, 13 Nov 2010 23:29:00 GMT", without a NUL */

/* Milliseconds since 1970; what lies behind the year 9999 is written as its last second. */
void ahoy_date_write(uint64_t utc_ms, char out[AHOY_DATE_TEXT]);

#endif
