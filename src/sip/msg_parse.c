#include "sip/field.h"
#include "sip/lex.h"
#include "sip/msg.h"

/* The five that a response copies (8.2.6.2): with all of them a faulty request can still be answered. */
enum {
	READ_VIA = 1,
	READ_FROM = 2,
	READ_TO = 4,
	READ_CALL_ID = 8,
	READ_CSEQ = 16,
	READ_ALL = 31
};

typedef struct {
	ahoy_msg *msg;
	ahoy_slice bytes;
	ahoy_field_reader reader;
	ahoy_parse_error error; /* the first fault; later ones do not replace it */
	uint64_t seen[2];	/* header ids met, one bit each */
	unsigned read;		/* READ_* */
	bool has_length;
	uint32_t length; /* Content-Length */
} parser;

_Static_assert(AHOY_HEADERS <= 128, "parser.seen has a bit for each header");
_Static_assert(AHOY_H_VIA < 64 && AHOY_H_FROM < 64 && AHOY_H_TO < 64, "clear_absent looks at seen[0]");

static void fault(parser *p, int err, const char *at, const char *rule)
{
	if (p->error.err)
		return;
	p->error.err = err;
	p->error.offset = at ? (size_t)(at - p->bytes.ptr) : 0;
	p->error.rule = rule;
}

/* Leaves the header table, the bulk of the structure, as it is, and Via, From and To to their parsers. */
static void clear(ahoy_msg *msg)
{
	msg->raw = msg->method_name = msg->reason = msg->call_id = msg->cseq_method_name = msg->content_type =
		msg->body = (ahoy_slice){0};
	msg->is_request = msg->answerable = false;
	msg->method = msg->cseq_method = AHOY_METHOD_OTHER;
	msg->uri = (ahoy_uri){0};
	msg->status = 0;
	msg->header_count = 0;
	msg->cseq = 0;
	msg->max_forwards = -1;
}

/* What no header field filled in. */
static void clear_absent(ahoy_msg *msg, uint64_t seen)
{
	if (!(seen & UINT64_C(1) << AHOY_H_VIA))
		msg->via = (ahoy_via){0};
	if (!(seen & UINT64_C(1) << AHOY_H_FROM))
		msg->from = (ahoy_name_addr){0};
	if (!(seen & UINT64_C(1) << AHOY_H_TO))
		msg->to = (ahoy_name_addr){0};
}

static const char *const version_rule = "SIP version is not 2.0";

static void parse_status_line(parser *p, ahoy_slice line)
{
	ahoy_slice version, rest, code;
	uint32_t status;

	ahoy_slice_cut(line, ' ', &version, &rest);
	if (!ahoy_slice_ieq(version, AHOY_S("SIP/2.0")))
		fault(p, AHOY_EVERSION, line.ptr, version_rule);
	/* "SIP/2.0 200" without the blank before an empty reason is met in the field. */
	ahoy_slice_cut(rest, ' ', &code, &p->msg->reason);
	if (code.len != 3 || ahoy_slice_u32(code, 699, &status) || status < 100)
		fault(p, AHOY_ERANGE, code.ptr, "status code outside 100 to 699");
	else
		p->msg->status = (int)status;
}

static void parse_uri(parser *p, ahoy_slice text)
{
	int err = ahoy_uri_parse(text, &p->msg->uri);

	if (ahoy_slice_find(text, ' ') < text.len)
		fault(p, AHOY_ESYNTAX, text.ptr, "more blanks in the request line than two");
	else if (err == AHOY_ERANGE)
		fault(p, err, text.ptr, "port in the Request-URI outside 1 to 65535");
	else if (err)
		fault(p, err, text.ptr, "Request-URI malformed");
	else if (p->msg->uri.headers.len)
		fault(p, AHOY_ESYNTAX, p->msg->uri.headers.ptr, "headers in the Request-URI"); /* the table of 19.1.1 */
}

/* Method SP Request-URI SP SIP-Version: one blank each (7.1), so the URI is what stands between the two. */
static void parse_request_line(parser *p, ahoy_slice line)
{
	ahoy_slice rest, version;
	size_t last;

	p->msg->is_request = true;
	ahoy_slice_cut(line, ' ', &p->msg->method_name, &rest);
	if (p->msg->method_name.len == 0 ||
	    ahoy_lex_run(p->msg->method_name, 0, AHOY_CH_TOKEN) < p->msg->method_name.len)
		fault(p, AHOY_ESYNTAX, line.ptr, "method is not a token");
	p->msg->method = ahoy_method_of(p->msg->method_name);
	for (last = rest.len; last > 0 && rest.ptr[last - 1] != ' ';)
		last--;
	if (last == 0) {
		fault(p, AHOY_ESYNTAX, line.ptr, "request line without three parts");
		return;
	}
	version = ahoy_slice_from(rest, last);
	parse_uri(p, ahoy_slice_first(rest, last - 1));
	if (!ahoy_slice_istarts(version, AHOY_S("SIP/")))
		fault(p, AHOY_ESYNTAX, version.ptr, "request line does not end in a SIP version");
	else if (!ahoy_slice_ieq(version, AHOY_S("SIP/2.0")))
		fault(p, AHOY_EVERSION, version.ptr, version_rule);
}

static void parse_start_line(parser *p, ahoy_slice line)
{
	if (ahoy_slice_istarts(line, AHOY_S("SIP/")))
		parse_status_line(p, line);
	else
		parse_request_line(p, line);
}

static void parse_via(parser *p, ahoy_slice value)
{
	ahoy_slice rest;
	int err = ahoy_via_parse(value, &p->msg->via, &rest);

	if (err == AHOY_EVERSION)
		fault(p, err, value.ptr, version_rule);
	else if (err)
		fault(p, err, value.ptr, err == AHOY_ERANGE ? "number in Via out of range" : "Via malformed");
	/* A Via of another version still says where a 505 goes. */
	if (!err || err == AHOY_EVERSION)
		p->read |= READ_VIA;
}

static void parse_party(parser *p, ahoy_slice value, ahoy_name_addr *out, unsigned bit, const char *rule)
{
	ahoy_slice rest;
	int err = ahoy_name_addr_parse(value, out, &rest);

	/* Malformed or not, its text can be copied into an answer. */
	if (value.len)
		p->read |= bit;
	if (!err && !rest.len && !out->star)
		return;
	fault(p, err ? err : AHOY_ESYNTAX, value.ptr, rule);
	*out = (ahoy_name_addr){.text = value};
}

static void parse_call_id(parser *p, ahoy_slice value)
{
	/* word [ "@" word ]: more than visible ASCII is not asked for, but a blank would make two of it. */
	for (size_t i = 0; i < value.len; i++)
		if (ahoy_lex_is(value.ptr[i], AHOY_CH_LWS)) {
			fault(p, AHOY_ESYNTAX, value.ptr + i, "blank in Call-ID");
			return;
		}
	if (value.len == 0) {
		fault(p, AHOY_ESYNTAX, value.ptr, "Call-ID is empty");
		return;
	}
	p->msg->call_id = value;
	p->read |= READ_CALL_ID;
}

static void parse_cseq(parser *p, ahoy_slice value)
{
	size_t digits = 0, name, end;
	uint32_t number = 0;

	while (digits < value.len && ahoy_is_digit(value.ptr[digits]))
		digits++;
	name = ahoy_lex_lws(value, digits);
	end = ahoy_lex_run(value, name, AHOY_CH_TOKEN);
	if (digits == 0 || name == digits || end == name || end != value.len) {
		fault(p, AHOY_ESYNTAX, value.ptr, "CSeq is not a number and a method");
		return;
	}
	if (ahoy_slice_u32(ahoy_slice_first(value, digits), 0x7fffffff, &number))
		fault(p, AHOY_ERANGE, value.ptr, "CSeq number above 2^31-1");
	p->msg->cseq = number;
	p->msg->cseq_method_name = ahoy_lex_span(value, name, end);
	p->msg->cseq_method = ahoy_method_of(p->msg->cseq_method_name);
	p->read |= READ_CSEQ;
}

static void parse_content_length(parser *p, ahoy_slice value)
{
	int err = ahoy_slice_u32(value, UINT32_MAX, &p->length);

	if (err)
		fault(p, err, value.ptr,
		      err == AHOY_ERANGE ? "Content-Length too large" : "Content-Length is not a number");
	else
		p->has_length = true;
}

static void parse_max_forwards(parser *p, ahoy_slice value)
{
	uint32_t number;
	int err = ahoy_slice_u32(value, 255, &number);

	if (err)
		fault(p, err, value.ptr,
		      err == AHOY_ERANGE ? "Max-Forwards above 255" : "Max-Forwards is not a number");
	else
		p->msg->max_forwards = (int)number;
}

/* The first field with that id. */
static void parse_typed(parser *p, ahoy_header id, ahoy_slice value)
{
	switch ((int)id) {
	case AHOY_H_VIA:
		parse_via(p, value);
		break;
	case AHOY_H_FROM:
		parse_party(p, value, &p->msg->from, READ_FROM, "From malformed");
		break;
	case AHOY_H_TO:
		parse_party(p, value, &p->msg->to, READ_TO, "To malformed");
		break;
	case AHOY_H_CALL_ID:
		parse_call_id(p, value);
		break;
	case AHOY_H_CSEQ:
		parse_cseq(p, value);
		break;
	case AHOY_H_MAX_FORWARDS:
		parse_max_forwards(p, value);
		break;
	case AHOY_H_CONTENT_LENGTH:
		parse_content_length(p, value);
		break;
	case AHOY_H_CONTENT_TYPE:
		p->msg->content_type = value;
		break;
	default:
		break;
	}
}

static void add_field(parser *p, const ahoy_field *field)
{
	uint64_t bit = UINT64_C(1) << (field->id & 63);
	ahoy_msg *msg = p->msg;

	msg->headers[msg->header_count++] = (ahoy_header_field){field->name, field->value, field->id};
	if (field->id == AHOY_H_OTHER)
		return;
	if (!(p->seen[field->id >> 6] & bit)) {
		p->seen[field->id >> 6] |= bit;
		parse_typed(p, field->id, field->value);
	} else if (ahoy_header_is_single(field->id) && !ahoy_slice_eq(ahoy_msg_value(msg, field->id), field->value)) {
		fault(p, AHOY_EDUPLICATE, field->name.ptr, "header repeated with another value");
	}
}

/* Goes on behind a faulty field: what follows may be what an answer needs. */
static void parse_fields(parser *p)
{
	const char *start = p->bytes.ptr, *rule;
	ahoy_field field;

	for (;;) {
		size_t from = p->reader.at;
		int err = ahoy_field_next(&p->reader, &field, &rule);

		if (err == AHOY_EMORE || err == AHOY_ERANGE) {
			if (err == AHOY_EMORE)
				fault(p, AHOY_ETRUNCATED, start + from, "no empty line behind the headers");
			else
				fault(p, err, start + from, "too many lines in the head");
			p->reader.at = p->bytes.len;
			return;
		}
		if (err) {
			fault(p, err, start + from, rule);
			continue;
		}
		if (field.name.len == 0)
			return;
		if (p->msg->header_count == AHOY_MAX_HEADERS) {
			fault(p, AHOY_ERANGE, field.name.ptr, "too many headers");
			p->reader.at = p->bytes.len;
			return;
		}
		add_field(p, &field);
	}
}

/* 8.1.1: what must be there, and agree. Max-Forwards is left out: RFC 2543 had none, and the seed's responses have
 * none. */
static void check_mandatory(parser *p)
{
	static const struct {
		ahoy_header id;
		const char *rule;
	} mandatory[] = {{AHOY_H_VIA, "no Via"},
			 {AHOY_H_FROM, "no From"},
			 {AHOY_H_TO, "no To"},
			 {AHOY_H_CALL_ID, "no Call-ID"},
			 {AHOY_H_CSEQ, "no CSeq"}};
	const ahoy_msg *msg = p->msg;

	for (size_t i = 0; i < sizeof mandatory / sizeof mandatory[0]; i++)
		if (!(p->seen[mandatory[i].id >> 6] & UINT64_C(1) << (mandatory[i].id & 63)))
			fault(p, AHOY_EMISSING, NULL, mandatory[i].rule);
	if (msg->is_request && (p->read & READ_CSEQ) && !ahoy_slice_eq(msg->method_name, msg->cseq_method_name))
		fault(p, AHOY_ESYNTAX, msg->cseq_method_name.ptr, "CSeq method is not the request's");
}

static void take_body(parser *p)
{
	size_t at = p->reader.at;
	ahoy_slice rest = ahoy_slice_from(p->bytes, at);

	if (p->has_length && p->length > rest.len)
		fault(p, AHOY_ETRUNCATED, rest.ptr, "body shorter than Content-Length");
	p->msg->body = p->has_length ? ahoy_slice_first(rest, p->length) : rest;
	p->msg->raw = ahoy_slice_make(p->msg->raw.ptr, (size_t)(rest.ptr - p->msg->raw.ptr) + p->msg->body.len);
}

static int finish(const parser *p, ahoy_parse_error *where)
{
	clear_absent(p->msg, p->seen[0]);
	if (where)
		*where = p->error;
	return p->error.err;
}

int ahoy_msg_parse(ahoy_slice bytes, ahoy_msg *out, ahoy_parse_error *where)
{
	parser p = {.msg = out, .bytes = bytes};
	ahoy_slice line;
	int err;

	clear(out);
	if (bytes.len > AHOY_MAX_MESSAGE) {
		fault(&p, AHOY_ETOOBIG, NULL, "message larger than 65535 bytes");
		return finish(&p, where);
	}
	err = ahoy_field_start(&p.reader, bytes, &line);
	if (err == AHOY_EMORE) {
		fault(&p, AHOY_ESYNTAX, NULL, "no start line");
		return finish(&p, where);
	}
	out->raw = line;
	if (err)
		fault(&p, err, line.ptr, "CR or NUL byte in the start line");
	parse_start_line(&p, line);
	parse_fields(&p);
	check_mandatory(&p);
	take_body(&p);
	out->answerable = out->is_request && p.read == READ_ALL;
	return finish(&p, where);
}
