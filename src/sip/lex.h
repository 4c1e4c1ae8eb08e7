/* lex: byte classes of the SIP grammar (RFC 3261 25.1) and the three runs that every parser of src/sip is made of:
 * bytes of a class, linear white space, a quoted string. Private to src/sip. Positions are indexes into the slice.
 * CR and LF count as blanks here: msg_parse lets them into a value only where a folded line brings them. Thread kind:
 * pure. */
#ifndef AHOY_SIP_LEX_H
#define AHOY_SIP_LEX_H

#include "base/slice.h"

#define AHOY_CH_TOKEN 0x01u  /* token */
#define AHOY_CH_USER 0x02u   /* unreserved, user-unreserved, '%', and '#', which many phones dial without escaping it */
#define AHOY_CH_HOST 0x04u   /* host name or IPv4 address; '_' too, because real networks have such names */
#define AHOY_CH_URI 0x08u    /* name or value of a URI parameter, '%' included */
#define AHOY_CH_VALUE 0x10u  /* unquoted value of a header parameter: all that can't end or split one */
#define AHOY_CH_LWS 0x20u    /* SP, HTAB, CR, LF */
#define AHOY_CH_OPAQUE 0x40u /* any URI: visible ASCII but '<', '>', '"' */
#define AHOY_CH_TEL 0x80u    /* number of a tel: URI (RFC 3966) */

extern const uint8_t ahoy_char_classes[256];

static inline bool ahoy_lex_is(char c, unsigned classes)
{
	return (ahoy_char_classes[(uint8_t)c] & classes) != 0;
}

/* The index of the first byte at or behind `at` that is in none of the classes, or s.len. */
static inline size_t ahoy_lex_run(ahoy_slice s, size_t at, unsigned classes)
{
	while (at < s.len && ahoy_lex_is(s.ptr[at], classes))
		at++;
	return at;
}

static inline size_t ahoy_lex_lws(ahoy_slice s, size_t at)
{
	return ahoy_lex_run(s, at, AHOY_CH_LWS);
}

static inline bool ahoy_lex_at(ahoy_slice s, size_t at, char c)
{
	return at < s.len && s.ptr[at] == c;
}

static inline ahoy_slice ahoy_lex_span(ahoy_slice s, size_t from, size_t to)
{
	return (ahoy_slice){from ? s.ptr + from : s.ptr, to - from};
}

/* Without blanks at either end; ahoy_slice_trim by table. */
static inline ahoy_slice ahoy_lex_trim(ahoy_slice s)
{
	while (s.len && ahoy_lex_is(s.ptr[s.len - 1], AHOY_CH_LWS))
		s.len--;
	while (s.len && ahoy_lex_is(s.ptr[0], AHOY_CH_LWS)) {
		s.ptr++;
		s.len--;
	}
	return s;
}

/* Is s this word, given in lower-case letters alone, in any case? Cheaper than ahoy_slice_ieq where the word is a
 * constant. */
static inline bool ahoy_lex_word(ahoy_slice s, const char *lower, size_t len)
{
	if (s.len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((s.ptr[i] | 0x20) != lower[i])
			return false;
	return true;
}
#define AHOY_LEX_WORD(s, lit) ahoy_lex_word((s), "" lit, sizeof(lit) - 1)

/* The index of the first CR, LF or NUL at or behind `at`, or s.len. */
size_t ahoy_lex_control(ahoy_slice s, size_t at);
/* The index of the first comma, or of what a comma may hide in ('"', '<' and '('), or s.len. */
size_t ahoy_lex_splitter(ahoy_slice s, size_t at);
/* The index of the first ':' at or behind `at`, or s.len. */
size_t ahoy_lex_colon(ahoy_slice s, size_t at);
/* s.ptr[at] is '"': the index behind the closing quote, or 0 where there is none. */
size_t ahoy_lex_quoted(ahoy_slice s, size_t at);
/* Behind a host or a bracketed IPv6 address that begins at `at`, or 0 where none does. */
size_t ahoy_lex_host(ahoy_slice s, size_t at);
/* Value of a hexadecimal digit, or -1. */
int ahoy_lex_hex(char c);

#endif
