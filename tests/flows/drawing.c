/* The ladder: one line a message, ids made the same on every run, and below it the headers that the flow is about. */
#include <stdarg.h>
#include <stdio.h>

#include "sdp/sdp.h"
#include "sip/digest.h"
#include "world.h"

/* Beside those that a flow asks for. */
static const ahoy_header always[] = {AHOY_H_REASON, AHOY_H_RETRY_AFTER, AHOY_H_WARNING, AHOY_H_UNSUPPORTED, AHOY_H_MIN_EXPIRES};

#define WHAT 42 /* columns of the start line */
#define INDENT "                            "

static void put_time(flow *f)
{
	ahoy_time now = f->carrier.now(f->carrier.ctx);

	if (!f->drawn_from)
		f->drawn_from = now;
	now -= f->drawn_from;
	ahoy_buf_fmt(&f->ladder, "%4llu.%03llu  ", (unsigned long long)(now / 1000000), (unsigned long long)(now / 1000 % 1000));
}

static void put_ends(flow *f, const char *from, const char *to)
{
	char text[40];

	snprintf(text, sizeof text, *to ? "%s -> %s" : "%s", from, to);
	ahoy_buf_fmt(&f->ladder, "%-16s  ", text);
}

void draw_line(flow *f, const char *from, const char *to, const char *format, ...)
{
	char text[512];
	va_list args;

	if (f->hidden || f->muted)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	put_time(f);
	put_ends(f, from, to);
	ahoy_buf_str(&f->ladder, text);
	ahoy_buf_char(&f->ladder, '\n');
}

ahoy_slice draw_documented(flow *f, ahoy_slice text)
{
	static const char *const pairs[][2] = {{"127.77.0.", "192.0.2."}, {":15060", ":5060"}};
	ahoy_buf b = ahoy_buf_over(flow_keep(f, text.len), text.len);

	while (text.len) {
		size_t i = 0;

		while (i < ARRAY_LEN(pairs) && !ahoy_slice_starts(text, ahoy_slice_of(pairs[i][0])))
			i++;
		ahoy_buf_put(&b, i < ARRAY_LEN(pairs) ? ahoy_slice_of(pairs[i][1]) : ahoy_slice_first(text, 1));
		text = ahoy_slice_from(text, i < ARRAY_LEN(pairs) ? strlen(pairs[i][0]) : 1);
	}
	return ahoy_buf_slice(&b);
}

/* Call-IDs are letters in the order in which they are seen. */
static char letter(flow *f, ahoy_slice call_id)
{
	for (unsigned i = 0; i < f->call_id_count; i++)
		if (ahoy_slice_eq(f->call_ids[i], call_id))
			return (char)('A' + i);
	assert_true(f->call_id_count < 26);
	f->call_ids[f->call_id_count] = flow_keep_slice(f, call_id);
	return (char)('A' + f->call_id_count++);
}

/* The version counts from 1 for each o= line of each sender. */
static unsigned long long version(flow *f, const ahoy_sdp *sdp, const char *from)
{
	char origin[96];
	uint64_t number = 0;

	snprintf(origin, sizeof origin, "%s %.*s", from, AHOY_P(sdp->sess_id));
	(void)ahoy_slice_u64(sdp->sess_version, UINT64_MAX, &number);
	for (unsigned i = 0; i < f->description_count; i++)
		if (strcmp(f->descriptions[i].origin, origin) == 0)
			return number - f->descriptions[i].first + 1;
	assert_true(f->description_count < ARRAY_LEN(f->descriptions));
	strcpy(f->descriptions[f->description_count].origin, origin);
	f->descriptions[f->description_count++].first = number;
	return 1;
}

static void put_media(flow *f, const ahoy_sdp *sdp, const ahoy_sdp_media *m)
{
	ahoy_addr at = ahoy_sdp_rtp_addr(m);
	ahoy_sdp_codec codec;

	if (!ahoy_slice_eq(m->type, AHOY_S("audio")))
		ahoy_buf_fmt(&f->ladder, ", %.*s", AHOY_P(m->type));
	if (!m->port) {
		ahoy_buf_str(&f->ladder, " refused");
		return;
	}
	ahoy_buf_char(&f->ladder, ' ');
	if (at.family)
		ahoy_addr_put(&f->ladder, &at);
	else
		ahoy_buf_fmt(&f->ladder, "%.*s:%u", AHOY_P(m->conn.address), m->port);
	for (size_t i = 0; !ahoy_sdp_codec_at(sdp, m, i, &codec); i++) {
		ahoy_buf_fmt(&f->ladder, " %.*s", AHOY_P(codec.name));
		if (codec.payload >= 96)
			ahoy_buf_fmt(&f->ladder, "/%u", codec.payload);
	}
	if (m->dir != AHOY_SDP_SENDRECV)
		ahoy_buf_fmt(&f->ladder, " %s", ahoy_sdp_dir_name(m->dir));
}

static void put_sdp(flow *f, const ahoy_msg *msg, const char *from)
{
	static ahoy_sdp sdp;

	if (!msg->body.len)
		return;
	if (!ahoy_msg_is_type(msg, AHOY_S("application/sdp")) || ahoy_sdp_parse(msg->body, &sdp, NULL)) {
		ahoy_slice text = ahoy_slice_trim(msg->body);
		size_t line = ahoy_slice_find(text, '\r');

		ahoy_buf_fmt(&f->ladder, "  \"%.*s\"", (int)(line < 40 ? line : 40), text.ptr);
		return;
	}
	ahoy_buf_fmt(&f->ladder, "  sdp %llu", version(f, &sdp, from));
	for (size_t i = 0; i < sdp.media_count; i++)
		put_media(f, &sdp, &sdp.media[i]);
}

/* Tags and branches differ from run to run: there or not is what matters. */
static void put_value(flow *f, const ahoy_header_field *field)
{
	static const char *const random[] = {";tag=", ";branch="};
	ahoy_slice rest = field->value;

	while (rest.len) {
		size_t at = rest.len, len = 0;

		for (size_t i = 0; i < ARRAY_LEN(random); i++) {
			size_t found = ahoy_slice_search(rest, ahoy_slice_of(random[i]));

			if (found < at) {
				at = found;
				len = strlen(random[i]);
			}
		}
		ahoy_buf_put(&f->ladder, ahoy_slice_first(rest, at + len));
		rest = ahoy_slice_from(rest, at + len);
		if (!len)
			continue;
		ahoy_buf_str(&f->ladder, "..");
		while (rest.len && !strchr(";,> ", rest.ptr[0]))
			rest = ahoy_slice_from(rest, 1);
	}
}

static bool is_wanted(const flow *f, const ahoy_msg *msg, const ahoy_header_field *field)
{
	ahoy_slice rest = ahoy_slice_of(f->options.show), name;

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (field->id == always[i])
			return true;
	if (field->id == AHOY_H_ALLOW && (msg->status == 405 || msg->status == 501))
		return true;
	if (field->id == AHOY_H_ACCEPT && msg->status == 415)
		return true;
	while (rest.len) {
		ahoy_slice_cut(rest, ' ', &name, &rest);
		if (ahoy_slice_ieq(name, field->name))
			return true;
	}
	return false;
}

static void put_digest(flow *f, const ahoy_header_field *field)
{
	ahoy_digest_challenge challenge;
	ahoy_digest_credentials credentials;

	if (field->id == AHOY_H_AUTHORIZATION && !ahoy_digest_parse_credentials(field->value, &credentials))
		ahoy_buf_fmt(&f->ladder, INDENT "Authorization: %.*s of %.*s, nc %u\n",
			     AHOY_P(ahoy_digest_algorithm_name(credentials.algorithm)), AHOY_P(credentials.username),
			     credentials.nc);
	if (field->id == AHOY_H_WWW_AUTHENTICATE && !ahoy_digest_parse_challenge(field->value, &challenge))
		ahoy_buf_fmt(&f->ladder, INDENT "WWW-Authenticate: %.*s%s\n",
			     AHOY_P(ahoy_digest_algorithm_name(challenge.algorithm)), challenge.stale ? ", stale" : "");
}

static void put_headers(flow *f, const ahoy_msg *msg)
{
	for (uint16_t i = 0; i < msg->header_count; i++) {
		const ahoy_header_field *field = &msg->headers[i];

		put_digest(f, field);
		if (!is_wanted(f, msg, field))
			continue;
		ahoy_buf_fmt(&f->ladder, INDENT "%.*s: ", AHOY_P(field->name));
		put_value(f, field);
		ahoy_buf_char(&f->ladder, '\n');
	}
}

static bool again(flow *f, ahoy_slice bytes)
{
	for (unsigned i = 0; i < f->drawn_count; i++)
		if (ahoy_slice_eq(f->drawn[i], bytes))
			return true;
	assert_true(f->drawn_count < ARRAY_LEN(f->drawn));
	f->drawn[f->drawn_count++] = flow_keep_slice(f, bytes);
	return false;
}

static void draw(flow *f, const char *from, const char *to, ahoy_slice bytes, bool lost)
{
	static ahoy_msg msg;
	char what[128];
	ahoy_slice shown;
	bool repeated;

	if (ahoy_msg_parse(bytes, &msg, NULL)) {
		draw_line(f, from, to, "unreadable: %.*s", (int)ahoy_slice_find(bytes, '\r'), bytes.ptr);
		return;
	}
	repeated = again(f, bytes);
	put_time(f);
	put_ends(f, from, to);
	if (msg.is_request)
		snprintf(what, sizeof what, "%.*s %.*s", AHOY_P(msg.method_name), AHOY_P(msg.uri.text));
	else
		snprintf(what, sizeof what, "%d %.*s%s%.*s", msg.status, AHOY_P(msg.reason),
			 msg.cseq_method == AHOY_INVITE ? "" : " to ",
			 AHOY_P(msg.cseq_method == AHOY_INVITE ? (ahoy_slice){0} : msg.cseq_method_name));
	shown = draw_documented(f, ahoy_slice_of(what));
	ahoy_buf_fmt(&f->ladder, "%.*s%*s %c.%u", AHOY_P(shown), shown.len < WHAT ? (int)(WHAT - shown.len) : 0, "",
		     letter(f, msg.call_id), msg.cseq);
	put_sdp(f, &msg, from);
	ahoy_buf_str(&f->ladder, repeated ? "  again" : "");
	ahoy_buf_str(&f->ladder, lost ? "  lost" : "");
	ahoy_buf_char(&f->ladder, '\n');
	if (!repeated)
		put_headers(f, &msg);
}

void draw_message(flow *f, const char *from, const char *to, ahoy_slice bytes, bool lost)
{
	size_t before = f->ladder.len;
	ahoy_time drawn_from = f->drawn_from;

	if (f->hidden)
		return;
	draw(f, from, to, bytes, lost);
	if (!f->muted)
		return;
	f->ladder.len = before;
	f->drawn_from = drawn_from;
}
