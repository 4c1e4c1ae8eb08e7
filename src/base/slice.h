/* slice: a borrowed run of bytes, passed by value.
 * The type is public and at home in ahoy/base.h; here is what the core does with it. Owns nothing; the memory belongs
 * to whoever made it, and a slice that is stored names its lifetime in the field's comment. Not NUL-terminated.
 * Thread kind: pure. Cost: two words. */
#ifndef AHOY_BASE_SLICE_H
#define AHOY_BASE_SLICE_H

#include "ahoy/base.h"

/* A string literal as a slice. */
#define AHOY_S(lit) ((ahoy_slice){"" lit, sizeof(lit) - 1})

static inline ahoy_slice ahoy_slice_make(const void *ptr, size_t len)
{
	return (ahoy_slice){(const char *)ptr, len};
}

static inline bool ahoy_slice_eq(ahoy_slice a, ahoy_slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The bytes from `from` on; empty when `from` is at or past the end. */
static inline ahoy_slice ahoy_slice_from(ahoy_slice s, size_t from)
{
	if (s.len == 0)
		return s; /* To the null pointer of an empty slice not even 0 may be added. */
	if (from > s.len)
		from = s.len;
	return (ahoy_slice){s.ptr + from, s.len - from};
}

static inline ahoy_slice ahoy_slice_first(ahoy_slice s, size_t len)
{
	return (ahoy_slice){s.ptr, len < s.len ? len : s.len};
}

/* ASCII only, as RFC 3261 7.3.1 asks of tokens; other bytes compare exactly. */
bool ahoy_slice_ieq(ahoy_slice a, ahoy_slice b);
bool ahoy_slice_starts(ahoy_slice s, ahoy_slice prefix);
bool ahoy_slice_istarts(ahoy_slice s, ahoy_slice prefix);
bool ahoy_slice_ends(ahoy_slice s, ahoy_slice suffix);

/* Index of the first `c`, or s.len. */
size_t ahoy_slice_find(ahoy_slice s, char c);
/* Index of the first occurrence of `needle`, or s.len. */
size_t ahoy_slice_search(ahoy_slice s, ahoy_slice needle);

/* Without leading and trailing SP, HTAB, CR and LF (LWS of RFC 3261 25.1). */
ahoy_slice ahoy_slice_trim(ahoy_slice s);

/* Cuts s at the first `c`: *head is what stands before it, *tail what stands behind it.
 * Returns false, with head = s and an empty tail, where there is no `c`. */
bool ahoy_slice_cut(ahoy_slice s, char c, ahoy_slice *head, ahoy_slice *tail);

/* The whole slice as an unsigned decimal of 0 .. max. Nothing is wrapped or truncated.
 * Returns 0; AHOY_ESYNTAX where a byte is no digit or s is empty; AHOY_ERANGE above max. */
int ahoy_slice_u64(ahoy_slice s, uint64_t max, uint64_t *out);
int ahoy_slice_u32(ahoy_slice s, uint32_t max, uint32_t *out);

/* Copies into dst as a NUL-terminated string. AHOY_ERANGE where it does not fit (dst is then empty). */
int ahoy_slice_cstr(ahoy_slice s, char *dst, size_t cap);

static inline char ahoy_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c + ('a' - 'A')) : c;
}

static inline bool ahoy_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

#endif
