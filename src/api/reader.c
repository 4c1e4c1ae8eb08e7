/* ahoy/message.h, reading: a view on sip/msg.h that shows none of its layout. */
#include "ahoy/message.h"

#include "base/env.h"
#include "base/err.h"
#include "sip/frame.h"
#include "sip/msg.h"
#include "sip/write.h"

struct ahoy_reader {
	ahoy_env env;
	bool has_msg;
	ahoy_msg msg;
};

static const ahoy_slice none = {NULL, 0};

int ahoy_reader_new(const ahoy_env *env, ahoy_reader **out)
{
	ahoy_reader *reader = ahoy_new(env, sizeof *reader);

	*out = reader;
	if (!reader)
		return AHOY_ENOMEM;
	reader->env = *env;
	return 0;
}

void ahoy_reader_del(ahoy_reader *reader)
{
	ahoy_env env;

	if (!reader)
		return;
	env = reader->env;
	ahoy_free(&env, reader);
}

int ahoy_reader_parse(ahoy_reader *reader, ahoy_slice bytes, ahoy_reader_fault *fault)
{
	ahoy_parse_error where = {0};
	int err = ahoy_msg_parse(bytes, &reader->msg, &where);

	reader->has_msg = !err;
	if (fault)
		*fault = err ? (ahoy_reader_fault){where.offset, where.rule, ahoy_err_sip_status(err)} : (ahoy_reader_fault){0, NULL, 0};
	return err;
}

int ahoy_message_frame(ahoy_slice stream, size_t *len)
{
	ahoy_frame_kind kind;
	int err = ahoy_frame_next(stream, &kind, len);

	if (err)
		*len = 0;
	return err;
}

bool ahoy_message_is_request(const ahoy_reader *reader)
{
	return reader->has_msg && reader->msg.is_request;
}

ahoy_slice ahoy_message_method(const ahoy_reader *reader)
{
	if (!reader->has_msg)
		return none;
	return reader->msg.is_request ? reader->msg.method_name : reader->msg.cseq_method_name;
}

ahoy_slice ahoy_message_uri(const ahoy_reader *reader)
{
	return ahoy_message_is_request(reader) ? reader->msg.uri.text : none;
}

int ahoy_message_status(const ahoy_reader *reader)
{
	return reader->has_msg && !reader->msg.is_request ? reader->msg.status : 0;
}

ahoy_slice ahoy_message_reason(const ahoy_reader *reader)
{
	return reader->has_msg && !reader->msg.is_request ? reader->msg.reason : none;
}

ahoy_slice ahoy_message_call_id(const ahoy_reader *reader)
{
	return reader->has_msg ? reader->msg.call_id : none;
}

uint32_t ahoy_message_cseq(const ahoy_reader *reader)
{
	return reader->has_msg ? reader->msg.cseq : 0;
}

ahoy_slice ahoy_message_body(const ahoy_reader *reader)
{
	return reader->has_msg ? reader->msg.body : none;
}

/* Headers that are lists by their grammar, and hold no commas of another meaning (7.3.1; the credentials and
 * challenges of digest do, and Date, Subject and the like are one text). */
static bool is_list(ahoy_header id)
{
	switch (id) {
	case AHOY_H_VIA:
	case AHOY_H_CONTACT:
	case AHOY_H_ROUTE:
	case AHOY_H_RECORD_ROUTE:
	case AHOY_H_ALLOW:
	case AHOY_H_SUPPORTED:
	case AHOY_H_REQUIRE:
	case AHOY_H_PROXY_REQUIRE:
	case AHOY_H_UNSUPPORTED:
	case AHOY_H_ACCEPT:
	case AHOY_H_ACCEPT_ENCODING:
	case AHOY_H_ACCEPT_LANGUAGE:
	case AHOY_H_ALERT_INFO:
	case AHOY_H_CALL_INFO:
	case AHOY_H_CONTENT_ENCODING:
	case AHOY_H_CONTENT_LANGUAGE:
	case AHOY_H_ERROR_INFO:
	case AHOY_H_IN_REPLY_TO:
	case AHOY_H_WARNING:
	case AHOY_H_ALLOW_EVENTS:
	case AHOY_H_REASON:
	case AHOY_H_P_ASSERTED_IDENTITY:
	case AHOY_H_P_PREFERRED_IDENTITY:
	case AHOY_H_DIVERSION:
	case AHOY_H_HISTORY_INFO:
	case AHOY_H_PATH:
	case AHOY_H_SERVICE_ROUTE:
		return true;
	default:
		return false;
	}
}

/* True where the field is the header asked for. */
static bool matches(const ahoy_header_field *field, ahoy_header id, ahoy_slice name)
{
	return id == AHOY_H_OTHER ? ahoy_slice_ieq(field->name, name) : field->id == id;
}

ahoy_slice ahoy_message_header(const ahoy_reader *reader, ahoy_slice name, size_t index)
{
	ahoy_header id = ahoy_header_of(name);
	ahoy_value_cursor cursor = {0};
	ahoy_slice value;

	if (!reader->has_msg)
		return none;
	if (is_list(id)) {
		while (ahoy_msg_next_value(&reader->msg, id, &cursor, &value))
			if (index-- == 0)
				return value;
		return none;
	}
	for (uint16_t i = 0; i < reader->msg.header_count; i++)
		if (matches(&reader->msg.headers[i], id, name) && index-- == 0)
			return reader->msg.headers[i].value;
	return none;
}

bool ahoy_message_line(const ahoy_reader *reader, size_t index, ahoy_slice *name, ahoy_slice *value)
{
	if (!reader->has_msg || index >= reader->msg.header_count)
		return false;
	*name = reader->msg.headers[index].name;
	*value = reader->msg.headers[index].value;
	return true;
}

/* Beside the reader because it needs the message. 18.2.1: received where the sent-by is not the source; RFC 3581 4:
 * both where rport was asked for. */
int ahoy_message_put_answer(ahoy_buf *b, const ahoy_reader *request, int status, ahoy_slice reason, ahoy_slice to_tag,
			    const ahoy_addr *from)
{
	char text[AHOY_ADDR_TEXT];
	ahoy_buf received = ahoy_buf_over(text, sizeof text);

	if (!ahoy_message_is_request(request))
		return AHOY_ESTATE;
	if (from && from->family)
		ahoy_addr_put_ip(&received, from, false);
	ahoy_write_response_head(b, &request->msg, status, reason, to_tag, ahoy_buf_slice(&received), received.len ? from->port : 0);
	return 0;
}
