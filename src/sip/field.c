#include "sip/field.h"

#include "base/err.h"
#include "base/limits.h"
#include "sip/lex.h"

/* The end of the line that begins at `from`: *end is its line end, *next the line behind it. AHOY_ESYNTAX where a CR or
 * NUL stands in it, or where its line end is not of the message's kind. */
static int line_end(ahoy_field_reader *r, size_t from, size_t *end, size_t *next)
{
	size_t at = ahoy_lex_control(r->bytes, from), lf = at;

	*end = at;
	if (ahoy_lex_at(r->bytes, at, '\r'))
		lf++;
	if (!ahoy_lex_at(r->bytes, lf, '\n'))
		lf = at + ahoy_slice_find(ahoy_slice_from(r->bytes, at), '\n');
	if (lf >= r->bytes.len)
		return AHOY_EMORE;
	if (++r->lines > AHOY_MAX_HEAD_LINES)
		return AHOY_ERANGE;
	*next = lf + 1;
	return lf - at == (r->lf_only ? 0 : 1) && r->bytes.ptr[at] != '\0' ? 0 : AHOY_ESYNTAX;
}

int ahoy_field_start(ahoy_field_reader *r, ahoy_slice bytes, ahoy_slice *line)
{
	size_t from = ahoy_lex_lws(bytes, 0), end, next, lf;
	int err;

	*r = (ahoy_field_reader){.bytes = bytes, .at = from};
	lf = from + ahoy_slice_find(ahoy_slice_from(bytes, from), '\n');
	if (lf >= bytes.len)
		return AHOY_EMORE;
	r->lf_only = bytes.ptr[lf - 1] != '\r';
	err = line_end(r, from, &end, &next);
	r->at = next;
	*line = ahoy_lex_span(bytes, from, end);
	return err;
}

/* Cuts "Name : value" at its colon. */
static const char *split(ahoy_slice line, ahoy_slice *name, ahoy_slice *value)
{
	size_t end = ahoy_lex_run(line, 0, AHOY_CH_TOKEN), colon = end;

	while (colon < line.len && (line.ptr[colon] == ' ' || line.ptr[colon] == '\t'))
		colon++;
	if (!ahoy_lex_at(line, colon, ':'))
		return "header line without a colon";
	if (end == 0)
		return "header without a name";
	*name = ahoy_slice_first(line, end);
	*value = ahoy_lex_trim(ahoy_slice_from(line, colon + 1));
	return NULL;
}

int ahoy_field_next(ahoy_field_reader *r, ahoy_slice *name, ahoy_slice *value, const char **rule)
{
	size_t from = r->at, end, next, more_end;
	int err = line_end(r, from, &end, &next), more;

	*name = *value = (ahoy_slice){"", 0};
	*rule = NULL;
	if (err == AHOY_EMORE || err == AHOY_ERANGE)
		return err;
	if (!err && end == from) {
		r->at = next;
		return 0;
	}
	/* A line that begins with a blank goes on with the one before: its first byte must be there. */
	for (;;) {
		if (next == r->bytes.len)
			return AHOY_EMORE;
		if (r->bytes.ptr[next] != ' ' && r->bytes.ptr[next] != '\t')
			break;
		more = line_end(r, next, &more_end, &next);
		if (more == AHOY_EMORE || more == AHOY_ERANGE)
			return more;
		end = more_end;
		if (!err)
			err = more;
	}
	r->at = next;
	r->line_ends_ok = !err;
	*rule = err ? "CR, LF or NUL byte alone in a header" : split(ahoy_lex_span(r->bytes, from, end), name, value);
	return *rule ? AHOY_ESYNTAX : 0;
}
