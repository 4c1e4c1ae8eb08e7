/* One datagram. Beyond "no crash": what was parsed and written again parses, and is then written byte for byte the
 * same; a message with Content-Length is one frame of a stream; an answer is one message, whatever it copies. */
#include <stdlib.h>

#include "sip/frame.h"
#include "sip/msg.h"
#include "sip/rack.h"
#include "sip/write.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
#define ROOM (2 * AHOY_MAX_MESSAGE + 4096)

static void write_all(ahoy_buf *b, const ahoy_msg *msg)
{
	if (msg->is_request)
		ahoy_write_request_line(b, msg->method_name, msg->uri.text);
	else
		ahoy_write_status_line(b, msg->status, msg->reason);
	for (uint16_t i = 0; i < msg->header_count; i++)
		if (msg->headers[i].id != AHOY_H_CONTENT_LENGTH && msg->headers[i].id != AHOY_H_CONTENT_TYPE)
			ahoy_write_named(b, msg->headers[i].name, msg->headers[i].value);
	ahoy_write_end(b, msg->content_type, msg->body);
	CHECK(!b->full);
}

static void check_fixed_point(const ahoy_msg *msg)
{
	static char first[ROOM], second[ROOM];
	static ahoy_msg again;
	ahoy_buf one = ahoy_buf_over(first, sizeof first), two = ahoy_buf_over(second, sizeof second);

	write_all(&one, msg);
	/* Content-Length may be the one header or byte too many. */
	if (one.len > AHOY_MAX_MESSAGE || msg->header_count == AHOY_MAX_HEADERS)
		return;
	CHECK(ahoy_msg_parse(ahoy_buf_slice(&one), &again, NULL) == 0);
	CHECK(again.status == msg->status && again.method == msg->method && again.cseq == msg->cseq);
	CHECK(again.max_forwards == msg->max_forwards && again.via.port == msg->via.port);
	CHECK(ahoy_slice_eq(again.body, msg->body) && ahoy_slice_eq(again.call_id, msg->call_id));
	CHECK(ahoy_slice_eq(again.from.tag, msg->from.tag) || ahoy_slice_find(msg->from.tag, '\n') < msg->from.tag.len);
	write_all(&two, &again);
	CHECK(ahoy_slice_eq(ahoy_buf_slice(&one), ahoy_buf_slice(&two)));
}

static void check_frame(const ahoy_msg *msg)
{
	ahoy_frame_kind kind;
	size_t len;

	if (!ahoy_msg_has(msg, AHOY_H_CONTENT_LENGTH))
		return;
	CHECK(ahoy_frame_next(msg->raw, &kind, &len) == 0);
	CHECK(kind == AHOY_FRAME_MESSAGE && len == msg->raw.len);
}

static void check_answer(const ahoy_msg *msg, bool sound)
{
	static char text[ROOM];
	static ahoy_msg answer;
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_write_response_head(&b, msg, 400, AHOY_S(""), AHOY_S("ours"), AHOY_S("192.0.2.1"), 5060);
	ahoy_write_end(&b, AHOY_S(""), AHOY_S(""));
	CHECK(!b.full);
	CHECK(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("\r\n\r\n")) == b.len - 4);
	if (!sound || b.len > AHOY_MAX_MESSAGE)
		return;
	/* received and rport may be the two parameters too many. */
	if (ahoy_msg_parse(ahoy_buf_slice(&b), &answer, NULL)) {
		size_t params = 0;
		ahoy_slice rest = msg->via.params.text, name, value;

		while (ahoy_params_next(&rest, &name, &value))
			params++;
		CHECK(params + 2 > AHOY_MAX_PARAMS);
		return;
	}
	CHECK(answer.status == 400 && answer.to.tag.len > 0 && answer.cseq == msg->cseq);
	CHECK(ahoy_slice_eq(answer.call_id, msg->call_id));
}

static void touch(const ahoy_msg *msg)
{
	for (int id = AHOY_H_OTHER; id < AHOY_HEADERS; id++) {
		ahoy_value_cursor cursor = {0};
		ahoy_name_addr addr;
		ahoy_slice value;
		uint32_t seconds;
		ahoy_rack rack;

		(void)!ahoy_rack_parse(ahoy_msg_value(msg, (ahoy_header)id), &rack);
		while (ahoy_msg_next_value(msg, (ahoy_header)id, &cursor, &value))
			CHECK(value.len > 0);
		(void)ahoy_msg_name_addr(msg, (ahoy_header)id, &addr);
		(void)ahoy_msg_seconds(msg, (ahoy_header)id, &seconds);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static ahoy_msg msg;
	ahoy_parse_error where;
	int err = ahoy_msg_parse(ahoy_slice_make(data, size), &msg, &where);

	CHECK(where.err == err && (err == 0) == (where.rule == NULL) && where.offset <= size);
	if (!err) {
		touch(&msg);
		check_fixed_point(&msg);
		check_frame(&msg);
	}
	if (msg.answerable)
		check_answer(&msg, !err);
	return 0;
}
