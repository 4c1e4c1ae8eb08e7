/* hex: test vectors as the documents print them: hexadecimal digits with blanks between. Thread kind: pure. */
#ifndef AHOY_TEST_HEX_H
#define AHOY_TEST_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Returns the number of bytes; fails the running test where the text is no hexadecimal or longer than cap. */
size_t test_hex(const char *text, uint8_t *out, size_t cap);

#endif
