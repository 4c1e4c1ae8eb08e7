#include "sip/ladder_label.h"

#include "sip/trace.h"

#define LABEL_MAX 96
/* Codecs named in a note. */
#define NOTE_CODECS 3

/* Printable ASCII as it is; other bytes as \xNN, so that one character is one column whatever was sent. */
static void put_safe(ahoy_buf *b, ahoy_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.ptr[i];

		if (c < 0x20 || c > 0x7e || c == '\\') {
			ahoy_buf_str(b, "\\x");
			ahoy_buf_hex(b, &c, 1);
		} else {
			ahoy_buf_char(b, s.ptr[i]);
		}
	}
}

static ahoy_slice next_line(ahoy_slice *rest)
{
	ahoy_slice line;

	ahoy_slice_cut(*rest, '\n', &line, rest);
	return ahoy_slice_trim(line);
}

static ahoy_slice next_word(ahoy_slice *rest)
{
	ahoy_slice word;

	ahoy_slice_cut(*rest, ' ', &word, rest);
	return word;
}

/* The body, where it is a session description; else the empty slice. */
static ahoy_slice sdp_of(ahoy_slice message)
{
	size_t end = ahoy_slice_search(message, AHOY_S("\r\n\r\n"));

	if (!ahoy_slice_istarts(ahoy_trace_header(message, AHOY_S("Content-Type"), 'c'), AHOY_S("application/sdp")))
		return (ahoy_slice){message.ptr, 0};
	if (end < message.len)
		return ahoy_slice_from(message, end + 4);
	return ahoy_slice_from(message, ahoy_slice_search(message, AHOY_S("\n\n")) + 2);
}

/* RFC 3551 table 4: what a payload number means without an rtpmap. */
static ahoy_slice static_payload_name(ahoy_slice payload)
{
	static const struct {
		const char *number, *name;
	} names[] = {{"0", "PCMU"}, {"3", "GSM"}, {"8", "PCMA"}, {"9", "G722"}, {"18", "G729"}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (ahoy_slice_eq(payload, ahoy_slice_of(names[i].number)))
			return ahoy_slice_of(names[i].name);
	return payload;
}

static ahoy_slice payload_name(ahoy_slice sdp, ahoy_slice payload)
{
	while (sdp.len) {
		ahoy_slice line = next_line(&sdp), number, name;

		if (!ahoy_slice_starts(line, AHOY_S("a=rtpmap:")))
			continue;
		ahoy_slice_cut(ahoy_slice_from(line, 9), ' ', &number, &name);
		if (ahoy_slice_eq(number, payload)) {
			ahoy_slice_cut(name, '/', &name, &number);
			return name;
		}
	}
	return static_payload_name(payload);
}

static ahoy_slice find_line(ahoy_slice sdp, ahoy_slice prefix)
{
	while (sdp.len) {
		ahoy_slice line = next_line(&sdp);

		if (ahoy_slice_starts(line, prefix))
			return line;
	}
	return (ahoy_slice){sdp.ptr, 0};
}

/* " PCMU PCMA" of the first audio line, at most `max` names, ".." where there are more. */
static void put_codecs(ahoy_buf *b, ahoy_slice sdp, unsigned max)
{
	ahoy_slice payloads = find_line(sdp, AHOY_S("m=audio "));
	unsigned shown = 0;

	for (int field = 0; field < 3; field++)
		next_word(&payloads);
	while (payloads.len) {
		ahoy_slice payload = next_word(&payloads), name;

		if (payload.len == 0)
			continue;
		name = payload_name(sdp, payload);
		if (ahoy_slice_ieq(name, AHOY_S("telephone-event")))
			continue;
		if (shown++ == max) {
			ahoy_buf_str(b, "..");
			return;
		}
		ahoy_buf_char(b, ' ');
		put_safe(b, name);
	}
}

/* " (sdp PCMU PCMA sendonly +video)" with at most `codecs` codecs, or " (sdp)" for none. */
static void put_note(ahoy_buf *b, ahoy_slice sdp, unsigned codecs)
{
	static const char *const directions[] = {"sendonly", "recvonly", "inactive"};

	ahoy_buf_str(b, " (sdp");
	if (codecs) {
		put_codecs(b, sdp, codecs);
		for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++) {
			char text[32];
			ahoy_buf line = ahoy_buf_over(text, sizeof text);

			ahoy_buf_fmt(&line, "a=%s", directions[i]);
			if (find_line(sdp, ahoy_buf_slice(&line)).len)
				ahoy_buf_fmt(b, " %s", directions[i]);
		}
		if (find_line(sdp, AHOY_S("m=video ")).len)
			ahoy_buf_str(b, " +video");
	}
	ahoy_buf_char(b, ')');
}

/* A request's method, or a status with its phrase where `phrase`, and the method that it answers where that is no
 * INVITE. */
static void put_what(ahoy_buf *b, ahoy_slice message, bool phrase)
{
	ahoy_slice rest = message, line = {message.ptr, 0}, version, status, reason, method;

	while (rest.len && line.len == 0)
		line = next_line(&rest);
	if (!ahoy_slice_istarts(line, AHOY_S("SIP/"))) {
		put_safe(b, next_word(&line));
		return;
	}
	ahoy_slice_cut(line, ' ', &version, &status);
	ahoy_slice_cut(ahoy_slice_trim(status), ' ', &status, &reason);
	put_safe(b, status);
	if (phrase && reason.len) {
		ahoy_buf_char(b, ' ');
		put_safe(b, reason);
	}
	ahoy_slice_cut(ahoy_trace_header(message, AHOY_S("CSeq"), 0), ' ', &status, &method);
	method = ahoy_slice_trim(method);
	if (method.len && !ahoy_slice_eq(method, AHOY_S("INVITE"))) {
		ahoy_buf_char(b, ' ');
		put_safe(b, method);
	}
}

void ahoy_ladder_label(ahoy_buf *b, ahoy_slice message, size_t width)
{
	ahoy_slice sdp = sdp_of(message);
	char text[LABEL_MAX];
	ahoy_buf label;

	if (width > sizeof text)
		width = sizeof text;
	/* From the fullest form down to the one that fits: fewer codecs first, then no phrase. */
	for (unsigned form = 0; form < 2 * (NOTE_CODECS + 1); form++) {
		label = ahoy_buf_over(text, width);
		put_what(&label, message, form <= NOTE_CODECS);
		if (sdp.len)
			put_note(&label, sdp, NOTE_CODECS - form % (NOTE_CODECS + 1));
		if (!label.full) {
			ahoy_buf_put(b, ahoy_buf_slice(&label));
			return;
		}
	}
	/* A method of a peer's invention, longer than the arrow: its beginning. */
	if (width < 3)
		return;
	ahoy_buf_put(b, ahoy_slice_first(ahoy_buf_slice(&label), width - 2));
	ahoy_buf_str(b, "..");
}
