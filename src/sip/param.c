#include "sip/param.h"

#include "base/err.h"
#include "sip/lex.h"
#include "sip/param_scan.h"

int ahoy_param_scan(ahoy_slice text, size_t *at, ahoy_slice *name, ahoy_slice *value)
{
	size_t from = ahoy_lex_lws(text, *at + 1);
	size_t end = ahoy_lex_run(text, from, AHOY_CH_TOKEN | AHOY_CH_URI);

	if (end == from)
		return AHOY_ESYNTAX;
	*name = ahoy_lex_span(text, from, end);
	*value = ahoy_lex_span(text, end, end);
	end = ahoy_lex_lws(text, end);
	if (ahoy_lex_at(text, end, '=')) {
		from = ahoy_lex_lws(text, end + 1);
		end = ahoy_lex_at(text, from, '"') ? ahoy_lex_quoted(text, from)
						   : ahoy_lex_run(text, from, AHOY_CH_VALUE);
		if (end == 0)
			return AHOY_ESYNTAX;
		*value = ahoy_lex_span(text, from, end);
		end = ahoy_lex_lws(text, end);
	}
	*at = end;
	return 0;
}

int ahoy_params_parse(ahoy_slice text, ahoy_params *out)
{
	size_t at = ahoy_lex_lws(text, 0), from = at, count = 0;
	ahoy_slice name, value;

	while (at < text.len) {
		if (text.ptr[at] != ';' || ahoy_param_scan(text, &at, &name, &value))
			return AHOY_ESYNTAX;
		if (++count > AHOY_MAX_PARAMS)
			return AHOY_ERANGE;
	}
	out->text = ahoy_lex_trim(ahoy_slice_from(text, from));
	return 0;
}

bool ahoy_params_next(ahoy_slice *rest, ahoy_slice *name, ahoy_slice *value)
{
	size_t at = ahoy_lex_lws(*rest, 0);

	if (!ahoy_lex_at(*rest, at, ';') || ahoy_param_scan(*rest, &at, name, value))
		return false;
	*rest = ahoy_slice_from(*rest, at);
	return true;
}

bool ahoy_params_get(ahoy_params params, ahoy_slice name, ahoy_slice *value)
{
	ahoy_slice rest = params.text, found_name, found;

	while (ahoy_params_next(&rest, &found_name, &found)) {
		if (!ahoy_slice_ieq(found_name, name))
			continue;
		if (value)
			*value = found;
		return true;
	}
	return false;
}

void ahoy_param_unquote(ahoy_buf *b, ahoy_slice value)
{
	if (value.len < 2 || value.ptr[0] != '"' || value.ptr[value.len - 1] != '"') {
		ahoy_buf_put(b, value);
		return;
	}
	for (size_t i = 1; i + 1 < value.len; i++) {
		char c = value.ptr[i];

		if (c == '\\' && i + 2 < value.len)
			c = value.ptr[++i];
		/* A fold inside the quotes is the blank that follows its CRLF. */
		else if (c == '\r' || c == '\n')
			continue;
		ahoy_buf_char(b, c);
	}
}
