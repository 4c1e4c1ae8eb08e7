/* utf8: characters in and out of UTF-8 (RFC 3629), one at a time. Thread kind: pure. */
#ifndef AHOY_PHONE_UTF8_H
#define AHOY_PHONE_UTF8_H

#include "base/buf.h"

/* c below 0x110000. */
void ahoy_utf8_put(ahoy_buf *b, uint32_t c);
/* Takes the first character off a text that is not empty. False: the byte taken begins none. Overlong forms of three and four
 * bytes are not looked for: what is shown has gone through ahoy_buf_escaped. */
bool ahoy_utf8_next(ahoy_slice *text, uint32_t *c);

#endif
