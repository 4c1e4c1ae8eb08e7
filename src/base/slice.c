#include "base/slice.h"

#include "base/err.h"

bool ahoy_slice_ieq(ahoy_slice a, ahoy_slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ahoy_lower(a.ptr[i]) != ahoy_lower(b.ptr[i]))
			return false;
	return true;
}

bool ahoy_slice_starts(ahoy_slice s, ahoy_slice prefix)
{
	return s.len >= prefix.len && ahoy_slice_eq(ahoy_slice_first(s, prefix.len), prefix);
}

bool ahoy_slice_istarts(ahoy_slice s, ahoy_slice prefix)
{
	return s.len >= prefix.len && ahoy_slice_ieq(ahoy_slice_first(s, prefix.len), prefix);
}

bool ahoy_slice_ends(ahoy_slice s, ahoy_slice suffix)
{
	return s.len >= suffix.len && ahoy_slice_eq(ahoy_slice_from(s, s.len - suffix.len), suffix);
}

size_t ahoy_slice_find(ahoy_slice s, char c)
{
	const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return at ? (size_t)(at - s.ptr) : s.len;
}

size_t ahoy_slice_search(ahoy_slice s, ahoy_slice needle)
{
	if (needle.len == 0)
		return 0;
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (ahoy_slice_eq((ahoy_slice){s.ptr + i, needle.len}, needle))
			return i;
	return s.len;
}

static bool is_lws(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

ahoy_slice ahoy_slice_trim(ahoy_slice s)
{
	while (s.len && is_lws(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && is_lws(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool ahoy_slice_cut(ahoy_slice s, char c, ahoy_slice *head, ahoy_slice *tail)
{
	size_t at = ahoy_slice_find(s, c);

	*head = ahoy_slice_first(s, at);
	*tail = ahoy_slice_from(s, at + 1);
	return at < s.len;
}

int ahoy_slice_u64(ahoy_slice s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0, most = max / 10, last = max % 10;

	if (s.len == 0)
		return AHOY_ESYNTAX;
	for (size_t i = 0; i < s.len; i++)
		if (!ahoy_is_digit(s.ptr[i]))
			return AHOY_ESYNTAX;
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(s.ptr[i] - '0');

		if (value > most || (value == most && digit > last))
			return AHOY_ERANGE;
		value = value * 10 + digit;
	}
	*out = value;
	return 0;
}

int ahoy_slice_u32(ahoy_slice s, uint32_t max, uint32_t *out)
{
	uint64_t wide = 0;
	int err = ahoy_slice_u64(s, max, &wide);

	if (!err)
		*out = (uint32_t)wide;
	return err;
}

int ahoy_slice_cstr(ahoy_slice s, char *dst, size_t cap)
{
	if (cap == 0)
		return AHOY_ERANGE;
	dst[0] = '\0';
	if (s.len >= cap)
		return AHOY_ERANGE;
	if (s.len)
		memcpy(dst, s.ptr, s.len);
	dst[s.len] = '\0';
	return 0;
}
