/* RFC 3261 19.1.4 and RFC 3966 5: when two URIs name the same thing. Each rule is applied in both directions, so that
 * the relation is symmetric whatever a peer repeats or leaves out. */
#include "sip/lex.h"
#include "sip/uri.h"

/* The next character at *at, decoded. An escaped reserved character is not the bare one (19.1.4), hence the high
 * bit. */
static unsigned next_char(ahoy_slice s, size_t *at, bool fold_case)
{
	static const char reserved[] = ";/?:@&=+$,";
	char c = s.ptr[(*at)++];
	unsigned value = (uint8_t)c;

	if (c == '%' && *at + 1 < s.len) {
		int high = ahoy_lex_hex(s.ptr[*at]), low = ahoy_lex_hex(s.ptr[*at + 1]);

		if (high >= 0 && low >= 0) {
			*at += 2;
			value = (unsigned)(high * 16 + low);
			if (value && strchr(reserved, (int)value))
				return value | 0x100u;
		}
	}
	return fold_case && value < 0x80 ? (uint8_t)ahoy_lower((char)value) : value;
}

static bool decoded_eq(ahoy_slice a, ahoy_slice b, bool fold_case)
{
	size_t i = 0, j = 0;

	while (i < a.len && j < b.len)
		if (next_char(a, &i, fold_case) != next_char(b, &j, fold_case))
			return false;
	return i == a.len && j == b.len;
}

/* Parameters that never match when one URI alone has them, even with their default as the value. */
static bool must_be_in_both(ahoy_slice name)
{
	static const ahoy_slice names[] = {{"user", 4}, {"ttl", 3}, {"method", 6}, {"maddr", 5}, {"transport", 9}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (decoded_eq(name, names[i], true))
			return true;
	return false;
}

/* What `params` says about one parameter. Names are decoded too ("%74ransport"). A repeated one, against the grammar,
 * is met by any of its values. */
typedef enum {
	ABSENT,
	DIFFERENT,
	EQUAL
} presence;

static presence look_up(ahoy_params params, ahoy_slice name, ahoy_slice value)
{
	ahoy_slice rest = params.text, other_name, other;
	presence found = ABSENT;

	while (ahoy_params_next(&rest, &other_name, &other)) {
		if (!decoded_eq(other_name, name, true))
			continue;
		if (decoded_eq(other, value, true))
			return EQUAL;
		found = DIFFERENT;
	}
	return found;
}

static bool params_match(ahoy_params a, ahoy_params b, bool all_in_both)
{
	ahoy_slice rest = a.text, name, value;

	while (ahoy_params_next(&rest, &name, &value)) {
		presence found = look_up(b, name, value);

		if (found == DIFFERENT || (found == ABSENT && (all_in_both || must_be_in_both(name))))
			return false;
	}
	return true;
}

static bool has_header(ahoy_slice headers, ahoy_slice name, ahoy_slice value)
{
	ahoy_slice one, other_name, other_value;

	while (headers.len) {
		ahoy_slice_cut(headers, '&', &one, &headers);
		ahoy_slice_cut(one, '=', &other_name, &other_value);
		if (decoded_eq(name, other_name, true) && decoded_eq(value, other_value, false))
			return true;
	}
	return false;
}

/* Headers are never ignored: each of a stands in b. */
static bool headers_match(ahoy_slice a, ahoy_slice b)
{
	ahoy_slice one, name, value;

	while (a.len) {
		ahoy_slice_cut(a, '&', &one, &a);
		ahoy_slice_cut(one, '=', &name, &value);
		if (!has_header(b, name, value))
			return false;
	}
	return true;
}

/* Names without case; addresses as addresses, because IPv6 has many spellings. */
static bool host_eq(ahoy_slice a, ahoy_slice b)
{
	ahoy_addr x, y;

	if (ahoy_slice_ieq(a, b))
		return true;
	return a.len && a.ptr[0] == '[' && !ahoy_addr_parse_ip(a, &x) && !ahoy_addr_parse_ip(b, &y) &&
	       ahoy_addr_ip_eq(&x, &y);
}

/* RFC 3966 5: visual separators do not count, hexadecimal digits have no case. */
static bool number_eq(ahoy_slice a, ahoy_slice b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.len && strchr("-.()", a.ptr[i]))
			i++;
		while (j < b.len && strchr("-.()", b.ptr[j]))
			j++;
		if (i == a.len || j == b.len)
			return i == a.len && j == b.len;
		if (ahoy_lower(a.ptr[i++]) != ahoy_lower(b.ptr[j++]))
			return false;
	}
}

bool ahoy_uri_eq(const ahoy_uri *a, const ahoy_uri *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case AHOY_URI_SIP:
	case AHOY_URI_SIPS:
		return a->has_user == b->has_user && decoded_eq(a->user, b->user, false) && host_eq(a->host, b->host) &&
		       a->port == b->port && params_match(a->params, b->params, false) &&
		       params_match(b->params, a->params, false) && headers_match(a->headers, b->headers) &&
		       headers_match(b->headers, a->headers);
	case AHOY_URI_TEL:
		return number_eq(a->user, b->user) && params_match(a->params, b->params, true) &&
		       params_match(b->params, a->params, true);
	case AHOY_URI_NONE:
	case AHOY_URI_OTHER:
		break;
	}
	return ahoy_slice_eq(a->text, b->text);
}
