#include "sip/name_addr.h"

#include "base/err.h"
#include "sip/lex.h"
#include "sip/param_scan.h"

/* <URI> at `at`; *at is then behind the bracket. Blanks inside the brackets are refused (RFC 4475 3.1.2.14). */
static int parse_bracketed(ahoy_slice text, size_t *at, ahoy_name_addr *out)
{
	size_t from = *at + 1, len = ahoy_slice_find(ahoy_slice_from(text, from), '>');

	if (from + len >= text.len)
		return AHOY_ESYNTAX;
	*at = from + len + 1;
	return ahoy_uri_parse(ahoy_lex_span(text, from, from + len), &out->uri);
}

/* A bare URI ends at ';', ',' or a blank; with '?' in it, it would have needed brackets (20.10). */
static int parse_bare(ahoy_slice text, size_t *at, ahoy_name_addr *out)
{
	size_t end = *at;
	int err;

	while (end < text.len && text.ptr[end] != ';' && text.ptr[end] != ',' &&
	       !ahoy_lex_is(text.ptr[end], AHOY_CH_LWS))
		end++;
	err = ahoy_uri_parse(ahoy_lex_span(text, *at, end), &out->uri);
	*at = end;
	return err ? err : (out->uri.headers.len ? AHOY_ESYNTAX : 0);
}

/* Display name, if any, and URI. */
static int parse_address(ahoy_slice text, size_t *at, ahoy_name_addr *out)
{
	size_t i = *at;

	if (ahoy_lex_at(text, i, '"')) {
		i = ahoy_lex_quoted(text, i);
		if (i == 0)
			return AHOY_ESYNTAX;
		out->display = ahoy_lex_span(text, *at, i);
		*at = ahoy_lex_lws(text, i);
		return ahoy_lex_at(text, *at, '<') ? parse_bracketed(text, at, out) : AHOY_ESYNTAX;
	}
	while (i < text.len && text.ptr[i] != '<' && text.ptr[i] != ';' && text.ptr[i] != ',' && text.ptr[i] != '"')
		i++;
	if (!ahoy_lex_at(text, i, '<'))
		return parse_bare(text, at, out);
	/* The grammar has only tokens here; names with dots or in UTF-8 come without quotes all the same. */
	out->display = ahoy_lex_trim(ahoy_lex_span(text, *at, i));
	*at = i;
	return parse_bracketed(text, at, out);
}

static int parse_params(ahoy_slice text, size_t *at, ahoy_name_addr *out)
{
	size_t from = *at, count = 0;
	ahoy_slice name, value;

	while (ahoy_lex_at(text, *at, ';')) {
		if (ahoy_param_scan(text, at, &name, &value))
			return AHOY_ESYNTAX;
		if (++count > AHOY_MAX_PARAMS)
			return AHOY_ERANGE;
		if (AHOY_LEX_WORD(name, "tag")) {
			/* Two different tags would name two dialogs, an empty one none. */
			if (value.len == 0 || (out->tag.len && !ahoy_slice_eq(out->tag, value)))
				return AHOY_ESYNTAX;
			out->tag = value;
		}
	}
	out->params.text = ahoy_lex_trim(ahoy_lex_span(text, from, *at));
	return 0;
}

int ahoy_name_addr_parse(ahoy_slice text, ahoy_name_addr *out, ahoy_slice *rest)
{
	size_t from = ahoy_lex_lws(text, 0), at = from;
	int err = 0;

	*out = (ahoy_name_addr){.text = text};
	*rest = ahoy_slice_from(text, text.len);
	if (ahoy_lex_at(text, at, '*') &&
	    (ahoy_lex_lws(text, at + 1) == text.len || ahoy_lex_at(text, ahoy_lex_lws(text, at + 1), ','))) {
		out->star = true;
		at++;
	} else {
		err = parse_address(text, &at, out);
	}
	if (err)
		return err;
	at = ahoy_lex_lws(text, at);
	err = parse_params(text, &at, out);
	if (err)
		return err;
	out->text = ahoy_lex_trim(ahoy_lex_span(text, from, at));
	if (at < text.len) {
		if (text.ptr[at] != ',')
			return AHOY_ESYNTAX;
		*rest = ahoy_lex_trim(ahoy_slice_from(text, at + 1));
	}
	return 0;
}
