#include "os/json.h"

#include "os/clock.h"

/* Length of the well-formed UTF-8 sequence at s (RFC 3629 4), or 0. */
static size_t sequence_len(ahoy_slice s)
{
	const uint8_t *p = (const uint8_t *)s.ptr;
	uint8_t low = 0x80, high = 0xbf;
	size_t len;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return 0;
	/* The second byte's range excludes overlong forms, surrogates and what is beyond U+10FFFF. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (s.len < len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

void ahoy_json_text(ahoy_buf *b, ahoy_slice text)
{
	ahoy_buf_char(b, '"');
	while (text.len) {
		uint8_t c = (uint8_t)text.ptr[0];
		size_t len = sequence_len(text);

		if (len == 0) {
			ahoy_buf_str(b, "\xef\xbf\xbd");
			len = 1;
		} else if (c == '"' || c == '\\') {
			ahoy_buf_char(b, '\\');
			ahoy_buf_char(b, (char)c);
		} else if (c < 0x20 || c == 0x7f || (c == 0xc2 && (uint8_t)text.ptr[1] < 0xa0)) {
			/* C1 controls too: a terminal may obey them. */
			ahoy_buf_str(b, "\\u00");
			ahoy_buf_hex(b, c == 0xc2 ? text.ptr + 1 : text.ptr, 1);
		} else {
			ahoy_buf_put(b, ahoy_slice_first(text, len));
		}
		text = ahoy_slice_from(text, len);
	}
	ahoy_buf_char(b, '"');
}

ahoy_json ahoy_json_open(ahoy_buf *b)
{
	ahoy_buf_char(b, '{');
	return (ahoy_json){b, false};
}

void ahoy_json_close(ahoy_json *j)
{
	ahoy_buf_char(j->b, '}');
}

static void put_key(ahoy_json *j, const char *key)
{
	if (j->more)
		ahoy_buf_char(j->b, ',');
	j->more = true;
	ahoy_json_text(j->b, ahoy_slice_of(key));
	ahoy_buf_char(j->b, ':');
}

void ahoy_json_string(ahoy_json *j, const char *key, ahoy_slice value)
{
	put_key(j, key);
	ahoy_json_text(j->b, value);
}

void ahoy_json_u64(ahoy_json *j, const char *key, uint64_t value)
{
	put_key(j, key);
	ahoy_buf_u64(j->b, value);
}

void ahoy_json_bool(ahoy_json *j, const char *key, bool value)
{
	put_key(j, key);
	ahoy_buf_str(j->b, value ? "true" : "false");
}

void ahoy_json_null(ahoy_json *j, const char *key)
{
	put_key(j, key);
	ahoy_buf_str(j->b, "null");
}

void ahoy_json_number(ahoy_json *j, const char *key, ahoy_slice digits)
{
	put_key(j, key);
	ahoy_buf_put(j->b, digits);
}

void ahoy_json_ms(ahoy_json *j, const char *key, uint64_t value_us)
{
	put_key(j, key);
	ahoy_buf_fmt(j->b, "%llu.%03llu", (unsigned long long)(value_us / 1000), (unsigned long long)(value_us % 1000));
}

void ahoy_json_time(ahoy_json *j, const char *key, uint64_t utc_ms)
{
	char text[AHOY_CLOCK_TEXT];

	if (utc_ms == 0) {
		ahoy_json_null(j, key);
		return;
	}
	ahoy_clock_text(utc_ms, text);
	ahoy_json_string(j, key, ahoy_slice_of(text));
}

void ahoy_json_strings(ahoy_json *j, const char *key, const ahoy_slice *values, size_t count)
{
	put_key(j, key);
	ahoy_buf_char(j->b, '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			ahoy_buf_char(j->b, ',');
		ahoy_json_text(j->b, values[i]);
	}
	ahoy_buf_char(j->b, ']');
}

ahoy_json ahoy_json_object(ahoy_json *j, const char *key)
{
	put_key(j, key);
	return ahoy_json_open(j->b);
}
