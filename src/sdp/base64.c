#include "sdp/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ahoy_base64_write(ahoy_buf *b, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)bytes[i] << 16 | (have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (have > 2 ? bytes[i + 2] : 0);

		for (size_t k = 0; k < 4; k++)
			ahoy_buf_char(b, k <= have ? alphabet[bits >> (18 - 6 * k) & 63] : '=');
	}
}

int ahoy_base64_read(ahoy_slice text, uint8_t *out, size_t len)
{
	size_t digits = (len * 8 + 5) / 6, padded = (len + 2) / 3 * 4, done = 0;
	unsigned bits = 0, count = 0;

	if (text.len != digits && text.len != padded)
		return AHOY_ESYNTAX;
	for (size_t i = 0; i < text.len; i++) {
		const char *at = text.ptr[i] ? strchr(alphabet, text.ptr[i]) : NULL;

		if (i >= digits) {
			if (text.ptr[i] != '=')
				return AHOY_ESYNTAX;
			continue;
		}
		if (!at)
			return AHOY_ESYNTAX;
		bits = (bits << 6 | (unsigned)(at - alphabet)) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[done++] = (uint8_t)(bits >> count);
		}
	}
	/* Two texts must not mean the same key. */
	return bits & ((1u << count) - 1) ? AHOY_ESYNTAX : 0;
}
