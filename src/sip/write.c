#include "sip/write.h"

#include <stdarg.h>
#include <stdio.h>

#include "sip/lex.h"

/* A value as it may stand in a line: folds and whatever a peer smuggled in become blanks. */
static void put_value(ahoy_buf *b, ahoy_slice value)
{
	for (;;) {
		size_t at = ahoy_lex_control(value, 0);

		ahoy_buf_put(b, ahoy_slice_first(value, at));
		if (at == value.len)
			return;
		ahoy_buf_char(b, ' ');
		value = ahoy_slice_from(value, at + 1);
	}
}

static void put_line_end(ahoy_buf *b)
{
	ahoy_buf_put(b, AHOY_S("\r\n"));
}

void ahoy_write_request_line(ahoy_buf *b, ahoy_slice method, ahoy_slice uri)
{
	put_value(b, method);
	ahoy_buf_char(b, ' ');
	put_value(b, uri);
	ahoy_buf_put(b, AHOY_S(" SIP/2.0\r\n"));
}

void ahoy_write_status_line(ahoy_buf *b, int status, ahoy_slice reason)
{
	ahoy_buf_put(b, AHOY_S("SIP/2.0 "));
	ahoy_buf_u64(b, status < 0 ? 0 : (uint64_t)status);
	ahoy_buf_char(b, ' ');
	put_value(b, reason.len ? reason : ahoy_reason_phrase(status));
	put_line_end(b);
}

void ahoy_write_named(ahoy_buf *b, ahoy_slice name, ahoy_slice value)
{
	put_value(b, name);
	ahoy_buf_put(b, AHOY_S(": "));
	put_value(b, value);
	put_line_end(b);
}

void ahoy_write_header(ahoy_buf *b, ahoy_header id, ahoy_slice value)
{
	ahoy_write_named(b, ahoy_header_name(id), value);
}

void ahoy_write_number(ahoy_buf *b, ahoy_header id, uint64_t value)
{
	ahoy_buf_put(b, ahoy_header_name(id));
	ahoy_buf_put(b, AHOY_S(": "));
	ahoy_buf_u64(b, value);
	put_line_end(b);
}

void ahoy_write_fmt(ahoy_buf *b, ahoy_header id, const char *format, ...)
{
	char text[1001];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof text) {
		b->full = true;
		return;
	}
	ahoy_write_header(b, id, (ahoy_slice){text, (size_t)len});
}

void ahoy_write_end(ahoy_buf *b, ahoy_slice type, ahoy_slice body)
{
	if (type.len)
		ahoy_write_header(b, AHOY_H_CONTENT_TYPE, type);
	ahoy_write_number(b, AHOY_H_CONTENT_LENGTH, body.len);
	put_line_end(b);
	ahoy_buf_put(b, body);
}

static void put_param(ahoy_buf *b, ahoy_slice name, ahoy_slice value)
{
	ahoy_buf_char(b, ';');
	ahoy_buf_put(b, name);
	if (value.len) {
		ahoy_buf_char(b, '=');
		put_value(b, value);
	}
}

static void put_number_param(ahoy_buf *b, const char *name, uint16_t value)
{
	ahoy_buf_char(b, ';');
	ahoy_buf_str(b, name);
	ahoy_buf_char(b, '=');
	ahoy_buf_u64(b, value);
}

/* The topmost Via with our own received and rport; those that the peer had put there are gone. */
static void put_top_via(ahoy_buf *b, const ahoy_via *via, ahoy_slice received, uint16_t rport)
{
	ahoy_slice rest = via->params.text, name, value;
	bool rport_done = rport == 0;

	put_value(b, ahoy_slice_trim(ahoy_slice_first(via->text, (size_t)(rest.ptr - via->text.ptr))));
	while (ahoy_params_next(&rest, &name, &value)) {
		if (received.len && ahoy_slice_ieq(name, AHOY_S("received")))
			continue;
		if (!rport || !ahoy_slice_ieq(name, AHOY_S("rport"))) {
			put_param(b, name, value);
		} else if (!rport_done) {
			put_number_param(b, "rport", rport);
			rport_done = true;
		}
	}
	if (received.len)
		put_param(b, AHOY_S("received"), received);
	if (!rport_done)
		put_number_param(b, "rport", rport);
}

static void write_vias(ahoy_buf *b, const ahoy_msg *req, ahoy_slice received, uint16_t rport)
{
	const ahoy_header_field *field;
	uint16_t at = 0;

	field = ahoy_msg_find(req, AHOY_H_VIA, &at);
	if (field && (received.len || rport)) {
		const char *end = req->via.text.ptr + req->via.text.len;

		ahoy_buf_put(b, AHOY_S("Via: "));
		put_top_via(b, &req->via, received, rport);
		/* The values behind the first in its field, comma included. */
		put_value(b, ahoy_slice_from(field->value, (size_t)(end - field->value.ptr)));
		put_line_end(b);
		at++;
	}
	for (; (field = ahoy_msg_find(req, AHOY_H_VIA, &at)); at++)
		ahoy_write_header(b, AHOY_H_VIA, field->value);
}

static void write_to(ahoy_buf *b, const ahoy_msg *req, int status, ahoy_slice to_tag)
{
	ahoy_buf_put(b, AHOY_S("To: "));
	put_value(b, req->to.text);
	if (!req->to.tag.len && to_tag.len && status > 100)
		put_param(b, AHOY_S("tag"), to_tag);
	put_line_end(b);
}

void ahoy_write_response_head(ahoy_buf *b, const ahoy_msg *req, int status, ahoy_slice reason, ahoy_slice to_tag,
			      ahoy_slice received, uint16_t rport)
{
	const ahoy_header_field *field;
	ahoy_slice timestamp = ahoy_msg_value(req, AHOY_H_TIMESTAMP);

	ahoy_write_status_line(b, status, reason);
	write_vias(b, req, received, rport);
	ahoy_write_header(b, AHOY_H_FROM, req->from.text);
	write_to(b, req, status, to_tag);
	ahoy_write_header(b, AHOY_H_CALL_ID, req->call_id);
	/* As it came: a number out of range is refused with the same number (8.2.6.2). */
	ahoy_write_header(b, AHOY_H_CSEQ, ahoy_msg_value(req, AHOY_H_CSEQ));
	if (status > 100 && status < 300)
		for (uint16_t at = 0; (field = ahoy_msg_find(req, AHOY_H_RECORD_ROUTE, &at)); at++)
			ahoy_write_header(b, AHOY_H_RECORD_ROUTE, field->value);
	if (status == 100 && timestamp.len)
		ahoy_write_header(b, AHOY_H_TIMESTAMP, timestamp);
}
