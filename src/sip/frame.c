#include "sip/frame.h"

#include "base/limits.h"
#include "sip/field.h"
#include "sip/header.h"

/* Line ends in front of a message. Returns true where the verdict is in *err. */
static bool skip_line_ends(ahoy_slice bytes, ahoy_frame_kind *kind, size_t *len, int *err)
{
	*err = 0;
	*kind = AHOY_FRAME_PONG;
	if (bytes.len == 0) {
		*err = AHOY_EMORE;
		return true;
	}
	if (bytes.ptr[0] == '\n' || bytes.ptr[0] == '\0') {
		*len = 1;
		return true;
	}
	if (bytes.ptr[0] != '\r')
		return false;
	if (bytes.len == 1) {
		*err = AHOY_EMORE;
		return true;
	}
	if (bytes.ptr[1] != '\n') {
		*err = AHOY_ESYNTAX;
		return true;
	}
	*len = 2;
	if (bytes.len == 2 || (bytes.len == 3 && bytes.ptr[2] == '\r')) {
		*err = AHOY_EMORE;
		*len = bytes.len == 2 ? 2 : 0;
	} else if (bytes.ptr[2] == '\r' && bytes.ptr[3] == '\n') {
		*kind = AHOY_FRAME_PING;
		*len = 4;
	}
	return true;
}

/* Content-Length, which may stand twice where it says the same; *length is UINT32_MAX before the first. */
static int take_length(ahoy_slice value, uint32_t *length)
{
	uint32_t number;
	int err = ahoy_slice_u32(value, UINT32_MAX - 1, &number);

	if (err)
		return err;
	if (*length != UINT32_MAX && *length != number)
		return AHOY_EDUPLICATE;
	*length = number;
	return 0;
}

/* Reads the head to its empty line. *fault is what Content-Length says of itself: it counts once the head is whole, so
 * that the answer does not depend on how much has come. */
static int scan_head(ahoy_field_reader *reader, ahoy_slice bytes, uint32_t *length, int *fault)
{
	ahoy_field field;
	ahoy_slice line;
	const char *rule;
	int err = ahoy_field_start(reader, bytes, &line);

	while (!err) {
		/* A line without a colon is the message parser's to refuse: it does not hide where the message ends. */
		err = ahoy_field_next(reader, &field, &rule);
		if (err == AHOY_ESYNTAX && reader->line_ends_ok)
			err = 0;
		else if (!err && field.name.len == 0)
			return 0;
		else if (!err && field.id == AHOY_H_CONTENT_LENGTH && !*fault)
			*fault = take_length(field.value, length);
	}
	return err;
}

int ahoy_frame_next(ahoy_slice bytes, ahoy_frame_kind *kind, size_t *len)
{
	ahoy_slice window = ahoy_slice_first(bytes, AHOY_MAX_MESSAGE);
	ahoy_field_reader reader;
	uint32_t length = UINT32_MAX;
	int err, fault = 0;

	*len = 0;
	if (skip_line_ends(bytes, kind, len, &err))
		return err;
	*kind = AHOY_FRAME_MESSAGE;
	err = scan_head(&reader, window, &length, &fault);
	if (err)
		return err == AHOY_EMORE && window.len == AHOY_MAX_MESSAGE ? AHOY_ETOOBIG : err;
	*len = reader.at;
	if (fault || length == UINT32_MAX)
		return fault ? fault : AHOY_EMISSING;
	if (length > AHOY_MAX_MESSAGE - reader.at)
		return AHOY_ETOOBIG;
	*len = reader.at + length;
	return *len > bytes.len ? AHOY_EMORE : 0;
}

bool ahoy_frame_is_keepalive(ahoy_slice datagram)
{
	for (size_t i = 0; i < datagram.len; i++)
		if (!strchr("\r\n \t", datagram.ptr[i])) /* the terminating NUL is found as well */
			return false;
	return true;
}
