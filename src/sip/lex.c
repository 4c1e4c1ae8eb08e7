#include "sip/lex.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/addr.h"
#include "base/limits.h"

/* One row is sixteen bytes; tests/unit/sip_lex_test.c derives the classes again from the sets of the grammar. */
const uint8_t ahoy_char_classes[256] = {
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20, 0x20, 0x00, 0x00, 0x20, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x20, 0x5b, 0x00, 0xd2, 0x5a, 0x5b, 0x5a, 0x5b, 0xda, 0xda, 0xdb, 0xdb, 0x42, 0xdf, 0xdf, 0x5a,
	0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0x58, 0x42, 0x00, 0x52, 0x00, 0x52,
	0x50, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f,
	0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x58, 0x50, 0x58, 0x50, 0x5f,
	0x51, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f,
	0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x50, 0x50, 0x50, 0x5b, 0x00,
	0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10,
	0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10};

static bool is_control(char c)
{
	return c == '\n' || c == '\r' || c == '\0';
}

static bool is_splitter(char c)
{
	return c == ',' || c == '"' || c == '<' || c == '(';
}

static bool is_colon(char c)
{
	return c == ':';
}

/* A message is mostly bytes that end nothing, so the searches look at STEP bytes at once: the index of the first
 * that may be wanted, or STEP. */
#ifdef __SSE2__
#define STEP 16

static size_t first_of(__m128i marks)
{
	unsigned bits = (unsigned)_mm_movemask_epi8(marks);

	return bits ? (size_t)__builtin_ctz(bits) : STEP;
}

/* Below 14: CR, LF and NUL are, and of all else in a message only HTAB. */
static size_t first_low_byte(const char *p)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);

	return first_of(_mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(13)), bytes));
}

static size_t first_splitter(const char *p)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(',')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
	__m128i opens = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('<')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('(')));

	return first_of(_mm_or_si128(ends, opens));
}
static size_t first_colon(const char *p)
{
	return first_of(_mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), _mm_set1_epi8(':')));
}
#else
#define STEP 8

/* The subtraction borrows upwards, so the lowest mark is right whatever stands above it. */
static size_t first_low_byte(const char *p)
{
	uint64_t word, marks;

	memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	marks = (word - UINT64_C(0x0e0e0e0e0e0e0e0e)) & ~word & UINT64_C(0x8080808080808080);
	return marks ? (size_t)__builtin_ctzll(marks) / 8 : STEP;
}

static size_t first_splitter(const char *p)
{
	size_t i = 0;

	while (i < STEP && !is_splitter(p[i]))
		i++;
	return i;
}
static size_t first_colon(const char *p)
{
	size_t i = 0;

	while (i < STEP && p[i] != ':')
		i++;
	return i;
}
#endif

size_t ahoy_lex_control(ahoy_slice s, size_t at)
{
	while (s.len - at >= STEP) {
		size_t low = first_low_byte(s.ptr + at);

		at += low;
		if (low == STEP)
			continue;
		if (is_control(s.ptr[at]))
			return at;
		at++;
	}
	while (at < s.len && !is_control(s.ptr[at]))
		at++;
	return at;
}

/* The two searches that go by one test. Inlined with it, so that it costs no call for each step. */
static inline __attribute__((always_inline)) size_t find(ahoy_slice s, size_t at, size_t (*first)(const char *), bool (*is)(char))
{
	while (s.len - at >= STEP) {
		size_t step = first(s.ptr + at);

		at += step;
		if (step < STEP)
			return at;
	}
	while (at < s.len && !is(s.ptr[at]))
		at++;
	return at;
}

size_t ahoy_lex_splitter(ahoy_slice s, size_t at)
{
	return find(s, at, first_splitter, is_splitter);
}

size_t ahoy_lex_colon(ahoy_slice s, size_t at)
{
	return find(s, at, first_colon, is_colon);
}

size_t ahoy_lex_quoted(ahoy_slice s, size_t at)
{
	for (at++; at < s.len; at++) {
		if (s.ptr[at] == '"')
			return at + 1;
		if (s.ptr[at] == '\\')
			at++;
	}
	return 0;
}

size_t ahoy_lex_host(ahoy_slice s, size_t at)
{
	size_t end;

	if (ahoy_lex_at(s, at, '[')) {
		ahoy_addr addr;

		end = at + ahoy_slice_find(ahoy_slice_from(s, at), ']');
		if (end >= s.len || ahoy_addr_parse_ip(ahoy_lex_span(s, at, end + 1), &addr))
			return 0;
		return end + 1;
	}
	end = ahoy_lex_run(s, at, AHOY_CH_HOST);
	return end == at || end - at > AHOY_MAX_HOST ? 0 : end;
}

int ahoy_lex_hex(char c)
{
	if (ahoy_is_digit(c))
		return c - '0';
	c = ahoy_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
