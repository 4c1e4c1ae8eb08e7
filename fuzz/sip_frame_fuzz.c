/* A byte stream. Beyond "no crash": each unit gets the same verdict when only its first bytes have come, or none yet;
 * units cover the stream without a gap; a frame that is a message and parses ends where the parser says. */
#include <stdlib.h>

#include "sip/frame.h"
#include "sip/msg.h"

#define CHECK(condition) ((condition) ? (void)0 : abort())
/* All cuts of short streams, about this many of long ones. */
#define CUTS 256

typedef struct {
	int err;
	ahoy_frame_kind kind;
	size_t len;
} verdict;

static verdict look(ahoy_slice bytes)
{
	verdict v;

	v.err = ahoy_frame_next(bytes, &v.kind, &v.len);
	CHECK(v.err == AHOY_EMORE ? v.len == 0 || v.len > bytes.len || v.kind == AHOY_FRAME_PONG : v.len <= bytes.len);
	CHECK(v.err || v.len > 0);
	return v;
}

static void check_cuts(ahoy_slice bytes, verdict whole)
{
	size_t step = bytes.len / CUTS + 1;

	for (size_t len = 0; len < bytes.len; len += step) {
		verdict v = look(ahoy_slice_first(bytes, len));

		if (v.err != AHOY_EMORE)
			CHECK(v.err == whole.err && v.kind == whole.kind && v.len == whole.len);
		else if (!whole.err)
			CHECK(len <= whole.len + 2 && (v.kind != AHOY_FRAME_MESSAGE || v.len == 0 || v.len == whole.len));
	}
}

static void check_message(ahoy_slice bytes)
{
	static ahoy_msg msg;

	if (ahoy_msg_parse(bytes, &msg, NULL) == 0)
		CHECK(msg.raw.ptr + msg.raw.len == bytes.ptr + bytes.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ahoy_slice rest = ahoy_slice_make(data, size);

	for (int units = 0; units < 16; units++) {
		verdict v = look(rest);

		check_cuts(rest, v);
		if (v.err)
			break;
		if (v.kind == AHOY_FRAME_MESSAGE)
			check_message(ahoy_slice_first(rest, v.len));
		rest = ahoy_slice_from(rest, v.len);
	}
	(void)ahoy_frame_is_keepalive(ahoy_slice_make(data, size));
	return 0;
}
