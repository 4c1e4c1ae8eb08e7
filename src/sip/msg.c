#include "sip/msg.h"

#include "sip/lex.h"

const ahoy_header_field *ahoy_msg_find(const ahoy_msg *msg, ahoy_header id, uint16_t *at)
{
	for (uint16_t i = *at; i < msg->header_count; i++)
		if (msg->headers[i].id == id) {
			*at = i;
			return &msg->headers[i];
		}
	return NULL;
}

ahoy_slice ahoy_msg_value(const ahoy_msg *msg, ahoy_header id)
{
	uint16_t at = 0;
	const ahoy_header_field *field = ahoy_msg_find(msg, id, &at);

	return field ? field->value : (ahoy_slice){"", 0};
}

bool ahoy_msg_has(const ahoy_msg *msg, ahoy_header id)
{
	uint16_t at = 0;

	return ahoy_msg_find(msg, id, &at) != NULL;
}

/* Behind a comment that begins at `at` (25.1: nests, has quoted pairs), or the end. */
static size_t skip_comment(ahoy_slice s, size_t at)
{
	size_t depth = 0;

	for (; at < s.len; at++) {
		if (s.ptr[at] == '\\')
			at++;
		else if (s.ptr[at] == '(')
			depth++;
		else if (s.ptr[at] == ')' && --depth == 0)
			return at + 1;
	}
	return s.len;
}

/* The index of the comma that ends the first value of s, or s.len. */
static size_t value_end(ahoy_slice s)
{
	size_t at = ahoy_lex_splitter(s, 0);

	while (at < s.len && s.ptr[at] != ',') {
		if (s.ptr[at] == '"') {
			at = ahoy_lex_quoted(s, at);
			if (at == 0)
				return s.len;
		} else if (s.ptr[at] == '<') {
			at += ahoy_slice_find(ahoy_slice_from(s, at), '>');
		} else {
			at = skip_comment(s, at);
		}
		at = ahoy_lex_splitter(s, at);
	}
	return at;
}

bool ahoy_msg_next_value(const ahoy_msg *msg, ahoy_header id, ahoy_value_cursor *cursor, ahoy_slice *value)
{
	for (;;) {
		const ahoy_header_field *field;

		while (cursor->rest.len) {
			size_t end = value_end(cursor->rest);

			*value = ahoy_lex_trim(ahoy_slice_first(cursor->rest, end));
			cursor->rest = ahoy_slice_from(cursor->rest, end + 1);
			/* "a,,b": an empty element says nothing. */
			if (value->len)
				return true;
		}
		field = ahoy_msg_find(msg, id, &cursor->next_field);
		if (!field)
			return false;
		cursor->next_field++;
		cursor->rest = field->value;
	}
}

bool ahoy_msg_lists(const ahoy_msg *msg, ahoy_header id, ahoy_slice token)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice value;

	while (ahoy_msg_next_value(msg, id, &cursor, &value))
		if (ahoy_slice_ieq(value, token))
			return true;
	return false;
}

int ahoy_msg_name_addr(const ahoy_msg *msg, ahoy_header id, ahoy_name_addr *out)
{
	uint16_t at = 0;
	const ahoy_header_field *field = ahoy_msg_find(msg, id, &at);
	ahoy_slice rest;

	if (!field)
		return AHOY_ENOTFOUND;
	return ahoy_name_addr_parse(field->value, out, &rest) ? AHOY_ESYNTAX : 0;
}

int ahoy_msg_seconds(const ahoy_msg *msg, ahoy_header id, uint32_t *out)
{
	uint16_t at = 0;
	const ahoy_header_field *field = ahoy_msg_find(msg, id, &at);
	size_t digits = 0;
	int err;

	if (!field)
		return AHOY_ENOTFOUND;
	while (digits < field->value.len && ahoy_is_digit(field->value.ptr[digits]))
		digits++;
	/* Retry-After may go on with a comment or parameters (20.33). */
	if (digits < field->value.len && !strchr(" \t\r\n(;", field->value.ptr[digits]))
		return AHOY_ESYNTAX;
	err = ahoy_slice_u32(ahoy_slice_first(field->value, digits), UINT32_MAX, out);
	if (err == AHOY_ERANGE) {
		*out = UINT32_MAX;
		return 0;
	}
	return err;
}

bool ahoy_msg_is_type(const ahoy_msg *msg, ahoy_slice type)
{
	ahoy_slice head, tail, major, minor, want_major, want_minor;

	ahoy_slice_cut(msg->content_type, ';', &head, &tail);
	ahoy_slice_cut(head, '/', &major, &minor);
	ahoy_slice_cut(type, '/', &want_major, &want_minor);
	/* m-type SLASH m-subtype: the slash may have blanks round it. */
	return ahoy_slice_ieq(ahoy_slice_trim(major), want_major) && ahoy_slice_ieq(ahoy_slice_trim(minor), want_minor);
}
