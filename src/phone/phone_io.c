#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "phone/phone.h"
#include "sip/ladder.h"

/* Whether the message's CSeq names BYE. */
static bool is_bye(ahoy_slice bytes)
{
	return ahoy_slice_ends(ahoy_trace_header(bytes, AHOY_S("CSeq"), 0), AHOY_S("BYE"));
}

/* So that the phone can leave when its BYE was answered, and not before. */
static void watch_bye(ahoy_phone *phone, bool sent, ahoy_slice bytes)
{
	bool is_response = ahoy_slice_istarts(bytes, AHOY_S("SIP/2.0 "));
	ahoy_slice call_id;

	if (sent == is_response || !is_bye(bytes))
		return;
	call_id = ahoy_trace_header(bytes, AHOY_S("Call-ID"), 'i');
	if (sent) {
		if (ahoy_slice_cstr(call_id, phone->bye_call, sizeof phone->bye_call))
			phone->bye_call[0] = '\0';
	} else if (ahoy_slice_eq(call_id, ahoy_slice_of(phone->bye_call)) && bytes.len > 8 && bytes.ptr[8] >= '2') {
		phone->bye_call[0] = '\0';
	}
}

void ahoy_phone_saw(ahoy_phone *phone, ahoy_time now, bool sent, const ahoy_flow *flow, ahoy_slice bytes)
{
	/* Keep-alives (RFC 5626 4.4.1: CRLF; others send NULs) are no messages. */
	if (ahoy_slice_trim(bytes).len < 8)
		return;
	watch_bye(phone, sent, bytes);
	if (phone->trace)
		ahoy_trace_put(phone->trace, now, sent, flow, bytes);
}

void ahoy_phone_ladder(const ahoy_phone *phone, ahoy_slice call_id, ahoy_buf *b)
{
	/* One more than is drawn, so that the ladder says that some are left out. */
	ahoy_trace_message *messages = phone->trace ? calloc(AHOY_LADDER_MAX_MESSAGES + 1, sizeof *messages) : NULL;
	ahoy_trace_cursor cursor = {0};
	size_t count = 0;

	while (messages && count <= AHOY_LADDER_MAX_MESSAGES &&
	       (call_id.len ? ahoy_trace_next_of(phone->trace, &cursor, &call_id, 1, &messages[count])
			    : ahoy_trace_next(phone->trace, &cursor, &messages[count])))
		count++;
	if (messages && count)
		ahoy_ladder_write(b, AHOY_S("ahoy"), messages, count);
	free(messages);
}

void ahoy_phone_draw(const ahoy_phone *phone)
{
	enum {
		LADDER_BYTES = 1024 + 200 * (AHOY_LADDER_MAX_MESSAGES + 1)
	};
	char *text = phone->options->trace ? malloc(LADDER_BYTES) : NULL;
	ahoy_buf b = ahoy_buf_over(text, text ? LADDER_BYTES : 0);

	if (!text)
		return;
	ahoy_phone_ladder(phone, (ahoy_slice){0}, &b);
	fwrite(b.ptr, 1, b.len, stderr);
	free(text);
}
