#include "sip/field.h"

#include "base/err.h"
#include "base/limits.h"
#include "sip/lex.h"

/* The end of the line that begins at `from`: *end is its line end, *next the line behind it. AHOY_ESYNTAX where a CR or
 * NUL stands in it, or where its line end is not of the message's kind. */
static int line_end(ahoy_field_reader *r, size_t from, size_t *end, size_t *next)
{
	size_t at = ahoy_lex_control(r->bytes, from), lf = at;
	bool is_whole;

	*end = at;
	if (ahoy_lex_at(r->bytes, at, '\r'))
		lf++;
	is_whole = ahoy_lex_at(r->bytes, lf, '\n');
	if (!is_whole)
		lf = at + ahoy_slice_find(ahoy_slice_from(r->bytes, at), '\n');
	if (lf >= r->bytes.len)
		return AHOY_EMORE;
	if (++r->lines > AHOY_MAX_HEAD_LINES)
		return AHOY_ERANGE;
	*next = lf + 1;
	return is_whole && (lf == at) == r->lf_only ? 0 : AHOY_ESYNTAX;
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

/* Cuts "Name : value" at its colon. A name that we know is a token; only others are looked at byte by byte. */
static const char *split(ahoy_slice line, ahoy_field *out)
{
	size_t colon = ahoy_lex_colon(line, 0), end = colon;

	if (colon == line.len)
		return "header line without a colon";
	while (end > 0 && (line.ptr[end - 1] == ' ' || line.ptr[end - 1] == '\t'))
		end--;
	out->name = ahoy_slice_first(line, end);
	out->id = ahoy_header_of(out->name);
	if (out->id == AHOY_H_OTHER && ahoy_lex_run(out->name, 0, AHOY_CH_TOKEN) < end)
		return "header name is not a token";
	if (end == 0)
		return "header without a name";
	out->value = ahoy_lex_trim(ahoy_slice_from(line, colon + 1));
	return NULL;
}

int ahoy_field_next(ahoy_field_reader *r, ahoy_field *field, const char **rule)
{
	size_t from = r->at, end, next, more_end;
	int err = line_end(r, from, &end, &next), more;

	*field = (ahoy_field){{"", 0}, {"", 0}, AHOY_H_OTHER};
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
	*rule = err ? "CR, LF or NUL byte alone in a header" : split(ahoy_lex_span(r->bytes, from, end), field);
	return *rule ? AHOY_ESYNTAX : 0;
}
