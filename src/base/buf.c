#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

static const char hex_digits[] = "0123456789abcdef";

void ahoy_buf_put(ahoy_buf *b, ahoy_slice s)
{
	if (b->full || s.len > b->cap - b->len) {
		b->full = true;
		return;
	}
	if (s.len)
		memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
}

void ahoy_buf_char(ahoy_buf *b, char c)
{
	ahoy_buf_put(b, (ahoy_slice){&c, 1});
}

void ahoy_buf_str(ahoy_buf *b, const char *text)
{
	ahoy_buf_put(b, ahoy_slice_of(text));
}

void ahoy_buf_u64(ahoy_buf *b, uint64_t value)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	ahoy_buf_put(b, (ahoy_slice){digits + at, sizeof digits - at});
}

void ahoy_buf_hex(ahoy_buf *b, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++) {
		char pair[2] = {hex_digits[p[i] >> 4], hex_digits[p[i] & 15]};

		ahoy_buf_put(b, (ahoy_slice){pair, 2});
	}
}

void ahoy_buf_hex_u64(ahoy_buf *b, uint64_t value, unsigned digits)
{
	char text[16];

	for (unsigned i = 0; i < digits && i < 16; i++)
		text[i] = hex_digits[(value >> (4 * (digits - 1 - i))) & 15];
	ahoy_buf_put(b, (ahoy_slice){text, digits < 16 ? digits : 16});
}

void ahoy_buf_fmt(ahoy_buf *b, const char *format, ...)
{
	va_list args;
	char text[1024];
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof text) {
		b->full = true;
		return;
	}
	ahoy_buf_put(b, (ahoy_slice){text, (size_t)len});
}

/* Length of the well-formed UTF-8 sequence at s (RFC 3629), or 0. */
static size_t utf8_len(ahoy_slice s)
{
	const uint8_t *p = (const uint8_t *)s.ptr;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : (p[0] < 0xf0 ? 3 : 4);
	if (s.len < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies above U+10FFFF. */
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	if (p[0] == 0xc2 && p[1] < 0xa0)
		return 0; /* C1 controls: a terminal may act on them */
	return len;
}

void ahoy_buf_escaped(ahoy_buf *b, ahoy_slice s)
{
	while (s.len) {
		uint8_t c = (uint8_t)s.ptr[0];
		size_t len = utf8_len(s);

		if (c == '\\') {
			ahoy_buf_str(b, "\\\\");
		} else if (len == 0 || c < 0x20 || c == 0x7f) {
			ahoy_buf_str(b, "\\x");
			ahoy_buf_hex(b, &c, 1);
			len = 1;
		} else {
			ahoy_buf_put(b, ahoy_slice_first(s, len));
		}
		s = ahoy_slice_from(s, len);
	}
}

const char *ahoy_buf_cstr(ahoy_buf *b)
{
	if (b->cap == 0)
		return "";
	if (b->len == b->cap)
		b->len--;
	b->ptr[b->len] = '\0';
	return b->ptr;
}
