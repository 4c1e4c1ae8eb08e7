#include "phone/utf8.h"

void ahoy_utf8_put(ahoy_buf *b, uint32_t c)
{
	char bytes[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2
			    : c < 0x10000     ? 3
					      : 4;
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = len; i-- > 1; c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(lead[len] | c);
	ahoy_buf_put(b, ahoy_slice_make(bytes, len));
}

static size_t length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3
			  : first < 0xf5       ? 4
					       : 0;
}

bool ahoy_utf8_next(ahoy_slice *text, uint32_t *c)
{
	unsigned char first = (unsigned char)text->ptr[0];
	size_t len = length(first);
	bool whole = len && len <= text->len;

	*c = len > 1 ? first & (0xffu >> (len + 1)) : first;
	for (size_t i = 1; whole && i < len; i++) {
		unsigned char more = (unsigned char)text->ptr[i];

		whole = (more & 0xc0) == 0x80;
		*c = *c << 6 | (more & 0x3f);
	}
	whole = whole && *c < 0x110000;
	*text = ahoy_slice_from(*text, whole ? len : 1);
	return whole;
}
