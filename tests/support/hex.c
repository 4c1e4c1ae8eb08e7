#include "hex.h"

#include "test.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t test_hex(const char *text, uint8_t *out, size_t cap)
{
	size_t len = 0;

	for (; *text; text++) {
		if (*text == ' ')
			continue;
		assert_true(digit(text[0]) >= 0 && digit(text[1]) >= 0 && len < cap);
		out[len++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text++;
	}
	return len;
}
