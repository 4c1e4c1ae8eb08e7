/* sip/frame: messages in a byte stream. */
#include "sip/frame.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "test.h"

typedef struct {
	int err;
	ahoy_frame_kind kind;
	size_t len;
} verdict;

static verdict next(ahoy_slice bytes)
{
	ahoy_slice exact = test_exact(bytes);
	verdict v = {.len = 77};

	v.err = ahoy_frame_next(exact, &v.kind, &v.len);
	test_free_exact(exact);
	return v;
}

#define HEAD "OPTIONS sip:h SIP/2.0\r\nX: y\r\n"

static const struct {
	const char *text;
	int err;
	ahoy_frame_kind kind;
	size_t len;
} rows[] = {
	{"", AHOY_EMORE, AHOY_FRAME_PONG, 0},
	/* RFC 5626 3.5.1 */
	{"\r", AHOY_EMORE, AHOY_FRAME_PONG, 0},
	{"\r\n", AHOY_EMORE, AHOY_FRAME_PONG, 2},
	{"\r\n\r", AHOY_EMORE, AHOY_FRAME_PONG, 0},
	{"\r\n\r\n", 0, AHOY_FRAME_PING, 4},
	{"\r\n\r\nOPTIONS", 0, AHOY_FRAME_PING, 4},
	{"\r\n\r\n\r\n", 0, AHOY_FRAME_PING, 4},
	{"\r\nOPTIONS", 0, AHOY_FRAME_PONG, 2},
	{"\r\n\rX", 0, AHOY_FRAME_PONG, 2},
	{"\rX", AHOY_ESYNTAX, AHOY_FRAME_PONG, 0},
	{"\nX", 0, AHOY_FRAME_PONG, 1},
	/* RFC 3261 18.3 */
	{HEAD "Content-Length: 0\r\n\r\n", 0, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 21},
	{HEAD "Content-Length: 3\r\n\r\nabcdef", 0, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 24},
	{HEAD "l\t:\r\n\t3 \r\n\r\nabc", 0, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 15},
	{HEAD "l:3\r\nContent-Length: 3\r\n\r\nabc", 0, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 29},
	{" " HEAD "l:0\r\n\r\n", 0, AHOY_FRAME_MESSAGE, sizeof HEAD + 7},
	{"OPTIONS sip:h SIP/2.0\nl:1\n\nabc", 0, AHOY_FRAME_MESSAGE, 28},
	{HEAD "no colon\r\nl:0\r\n\r\n", 0, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 17},
	{HEAD "Content-Length: 3\r\n\r\nab", AHOY_EMORE, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 24},
	{HEAD "Content-Length: 3\r\n\r", AHOY_EMORE, AHOY_FRAME_MESSAGE, 0},
	{HEAD "\r\n", AHOY_EMISSING, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 2},
	{HEAD "l:3\r\nl:4\r\n\r\nabcd", AHOY_EDUPLICATE, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 12},
	{HEAD "l:-1\r\n\r\n", AHOY_ESYNTAX, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 8},
	{HEAD "l:1 2\r\n\r\n", AHOY_ESYNTAX, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 9},
	{HEAD "l:\r\n\r\n", AHOY_ESYNTAX, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 6},
	{HEAD "l:4294967296\r\n\r\n", AHOY_ERANGE, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 16},
	{HEAD "l:65536\r\n\r\n", AHOY_ETOOBIG, AHOY_FRAME_MESSAGE, sizeof HEAD - 1 + 11},
	{HEAD "a:b\nl:0\r\n\r\n", AHOY_ESYNTAX, AHOY_FRAME_MESSAGE, 0},
	{HEAD "a:b\rc\r\nl:0\r\n\r\n", AHOY_ESYNTAX, AHOY_FRAME_MESSAGE, 0},
};

static void rfc3261_18_3_what_stands_at_the_start_of_a_stream(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		verdict v = next(ahoy_slice_of(rows[i].text));

		assert_err_row(v.err, rows[i].err, rows[i].text);
		assert_row(v.kind == rows[i].kind, rows[i].text);
		if (v.len != rows[i].len)
			fail_msg("%s: length %zu, expected %zu", rows[i].text, v.len, rows[i].len);
	}
}

/* Fed byte by byte, each row ends in the same verdict, and never in another before. */
static void the_verdict_does_not_depend_on_how_the_stream_was_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice text = ahoy_slice_of(rows[i].text);

		if (rows[i].err == AHOY_EMORE)
			continue;
		for (size_t len = 0; len < text.len; len++) {
			verdict v = next(ahoy_slice_first(text, len));

			if (v.err == AHOY_EMORE)
				continue;
			assert_err_row(v.err, rows[i].err, rows[i].text);
			assert_row(v.kind == rows[i].kind && v.len == rows[i].len, rows[i].text);
		}
	}
}

static void a_nul_between_messages_is_skipped(void **state)
{
	verdict v = next((ahoy_slice){"\0OPTIONS", 8});

	(void)state;
	assert_ok(v.err);
	assert_int_equal(v.kind, AHOY_FRAME_PONG);
	assert_int_equal(v.len, 1);
}

static void a_stream_of_messages_falls_apart_into_them(void **state)
{
	static const char stream[] = "\r\n\r\n" HEAD "l:2\r\n\r\nab\r\n" HEAD "l:0\r\n\r\n" HEAD "l:1\r\n\r\nc";
	static const ahoy_frame_kind kinds[] = {AHOY_FRAME_PING, AHOY_FRAME_MESSAGE, AHOY_FRAME_PONG,
						AHOY_FRAME_MESSAGE, AHOY_FRAME_MESSAGE};
	ahoy_slice rest = {stream, sizeof stream - 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		verdict v = next(rest);

		assert_ok(v.err);
		assert_int_equal(v.kind, kinds[i]);
		rest = ahoy_slice_from(rest, v.len);
	}
	assert_int_equal(rest.len, 0);
}

static void sizes_end_at_65535_bytes(void **state)
{
	static char big[AHOY_MAX_MESSAGE + 100];
	size_t head;

	(void)state;
	memset(big, 'x', sizeof big);
	head = (size_t)snprintf(big, sizeof big, HEAD "l:%05zu\r\n\r\n", AHOY_MAX_MESSAGE - sizeof HEAD + 1 - 11);
	big[head] = 'x';
	assert_ok(next((ahoy_slice){big, AHOY_MAX_MESSAGE}).err);
	assert_int_equal(next((ahoy_slice){big, AHOY_MAX_MESSAGE}).len, AHOY_MAX_MESSAGE);
	snprintf(big, sizeof big, HEAD "l:%05zu\r\n\r\n", AHOY_MAX_MESSAGE - head + 1);
	assert_err(next((ahoy_slice){big, head}).err, AHOY_ETOOBIG);
	/* A head without an end. */
	memset(big, 'x', sizeof big);
	assert_err(next((ahoy_slice){big, AHOY_MAX_MESSAGE - 1}).err, AHOY_EMORE);
	assert_err(next((ahoy_slice){big, AHOY_MAX_MESSAGE}).err, AHOY_ETOOBIG);
	assert_err(next((ahoy_slice){big, sizeof big}).err, AHOY_ETOOBIG);
}

static void a_head_of_too_many_lines_ends_the_stream(void **state)
{
	static char big[4 * AHOY_MAX_HEAD_LINES + 64];
	ahoy_buf b = ahoy_buf_over(big, sizeof big);

	(void)state;
	ahoy_buf_str(&b, "S\n");
	for (int i = 0; i < AHOY_MAX_HEAD_LINES; i++)
		ahoy_buf_str(&b, "a:\n");
	ahoy_buf_str(&b, "l:0\n\n");
	assert_err(next(ahoy_buf_slice(&b)).err, AHOY_ERANGE);
}

static void datagrams_that_only_keep_a_binding_open(void **state)
{
	(void)state;
	assert_true(ahoy_frame_is_keepalive((ahoy_slice){NULL, 0}));
	assert_true(ahoy_frame_is_keepalive(AHOY_S("\r\n\r\n")));
	assert_true(ahoy_frame_is_keepalive((ahoy_slice){"\0\0\0\0", 4}));
	assert_true(ahoy_frame_is_keepalive(AHOY_S(" \t\r\n")));
	assert_false(ahoy_frame_is_keepalive(AHOY_S("\r\n.")));
	assert_false(ahoy_frame_is_keepalive(AHOY_S("jaK")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_18_3_what_stands_at_the_start_of_a_stream),
		cmocka_unit_test(the_verdict_does_not_depend_on_how_the_stream_was_cut),
		cmocka_unit_test(a_nul_between_messages_is_skipped),
		cmocka_unit_test(a_stream_of_messages_falls_apart_into_them),
		cmocka_unit_test(sizes_end_at_65535_bytes),
		cmocka_unit_test(a_head_of_too_many_lines_ends_the_stream),
		cmocka_unit_test(datagrams_that_only_keep_a_binding_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
