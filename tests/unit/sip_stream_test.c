/* sip/stream: whole messages out of the bytes of a connection (RFC 3261 18.3, RFC 5626 3.5.1). */
#include "sip/stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "oom.h"
#include "test.h"

#define HEAD "OPTIONS sip:h SIP/2.0\r\nX: y\r\n"

/* What a stream fell apart into, one letter a unit: m message, p ping, o pong, B broken; a message's length behind it. */
typedef struct {
	char text[4096];
	ahoy_buf b;
	int err;
	char head[512]; /* of the broken one */
} seen;

static void note(seen *s, ahoy_stream_kind kind, ahoy_slice unit, int err)
{
	switch (kind) {
	case AHOY_STREAM_MESSAGE:
		ahoy_buf_fmt(&s->b, "m%zu ", unit.len);
		break;
	case AHOY_STREAM_PING:
		ahoy_buf_str(&s->b, "p ");
		break;
	case AHOY_STREAM_PONG:
		ahoy_buf_str(&s->b, "o ");
		break;
	case AHOY_STREAM_BROKEN:
		ahoy_buf_str(&s->b, "B ");
		s->err = err;
		(void)ahoy_slice_cstr(unit, s->head, sizeof s->head);
		break;
	case AHOY_STREAM_MORE:
		break;
	}
}

static bool feed(ahoy_stream *stream, ahoy_slice bytes, seen *s)
{
	ahoy_slice exact = test_exact(bytes), unit;
	ahoy_stream_kind kind;
	int err;

	ahoy_stream_feed(stream, exact);
	do {
		kind = ahoy_stream_next(stream, &unit, &err);
		note(s, kind, unit, err);
	} while (kind != AHOY_STREAM_MORE && kind != AHOY_STREAM_BROKEN);
	test_free_exact(exact);
	return kind == AHOY_STREAM_MORE;
}

/* Feeds `text` in pieces of `piece` bytes, the first of `first`. */
static void feed_cut(ahoy_stream *stream, ahoy_slice text, size_t first, size_t piece, seen *s)
{
	size_t at = 0, len = first;

	s->b = ahoy_buf_over(s->text, sizeof s->text);
	s->err = 0;
	s->head[0] = '\0';
	for (; at < text.len; at += len, len = piece)
		if (!feed(stream, ahoy_slice_first(ahoy_slice_from(text, at), len), s))
			break;
	ahoy_buf_cstr(&s->b);
}

static const struct {
	const char *name, *text, *units;
	int err;
	const char *head;
} rows[] = {
	{"one message", HEAD "l:3\r\n\r\nabc", "m39 ", 0, ""},
	{"coalesced", HEAD "l:0\r\n\r\n" HEAD "l:3\r\n\r\nabc" HEAD "l:1\r\n\r\nx", "m36 m39 m37 ", 0, ""},
	{"RFC 5626 3.5.1: pings between", "\r\n\r\n" HEAD "l:0\r\n\r\n\r\n\r\n" HEAD "l:0\r\n\r\n", "p m36 p m36 ", 0, ""},
	{"18.3: no Content-Length", HEAD "\r\n" HEAD "l:0\r\n\r\n", "B ", AHOY_EMISSING, HEAD "\r\n"},
	{"negative", HEAD "l:-1\r\n\r\n" HEAD "l:0\r\n\r\n", "B ", AHOY_ESYNTAX, HEAD "l:-1\r\n\r\n"},
	{"wrapping", HEAD "l:4294967296\r\n\r\n" HEAD "l:0\r\n\r\n", "B ", AHOY_ERANGE, HEAD "l:4294967296\r\n\r\n"},
	{"repeated", HEAD "l:3\r\nl:4\r\n\r\nabcd" HEAD "l:0\r\n\r\n", "B ", AHOY_EDUPLICATE, HEAD "l:3\r\nl:4\r\n\r\n"},
	{"too large", HEAD "l:65536\r\n\r\n", "B ", AHOY_ETOOBIG, HEAD "l:65536\r\n\r\n"},
	{"too short: what is left is no message", HEAD "l:1\r\n\r\nab=c\r\n\r\n" HEAD "l:0\r\n\r\n", "m37 B ", AHOY_EMISSING,
	 "b=c\r\n\r\n"},
	{"garbage", "GET / HTTP/1.1\r\nHost: x\r\n\r\n" HEAD "l:0\r\n\r\n", "B ", AHOY_EMISSING,
	 "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
};

static void check_row(size_t i, size_t first, size_t piece)
{
	ahoy_stream stream;
	test_env te;
	seen s;

	test_env_init(&te, 1);
	ahoy_stream_init(&stream, &te.env, false);
	feed_cut(&stream, ahoy_slice_of(rows[i].text), first, piece, &s);
	if (strcmp(s.text, rows[i].units) != 0 || s.err != rows[i].err || strcmp(s.head, rows[i].head) != 0)
		fail_msg("%s, cut at %zu: \"%s\" %s \"%s\"", rows[i].name, first, s.text, ahoy_err_text(s.err), s.head);
	if (!rows[i].err)
		assert_int_equal(te.live_blocks, 0); /* nothing is kept where nothing waits */
	ahoy_stream_fini(&stream);
	test_env_fini(&te);
}

static void rfc3261_18_3_a_stream_falls_apart_the_same_whole_and_cut_at_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len = strlen(rows[i].text);

		check_row(i, len, len);
		for (size_t first = 1; first < len; first++)
			check_row(i, first, len);
		check_row(i, 1, 1);
	}
}

static void whole_messages_cost_no_allocation(void **state)
{
	ahoy_stream stream;
	test_env te;
	seen s;

	(void)state;
	test_env_init(&te, 1);
	ahoy_stream_init(&stream, &te.env, false);
	feed_cut(&stream, AHOY_S(HEAD "l:0\r\n\r\n" HEAD "l:3\r\n\r\nabc"), 75, 75, &s);
	assert_string_equal(s.text, "m36 m39 ");
	assert_int_equal(te.allocations, 0);
	ahoy_stream_fini(&stream);
	test_env_fini(&te);
}

static void rfc5626_3_5_1_one_crlf_is_a_pong_only_for_who_sends_pings(void **state)
{
	ahoy_stream asks, answers;
	test_env te;
	seen s;

	(void)state;
	test_env_init(&te, 1);
	ahoy_stream_init(&asks, &te.env, true);
	ahoy_stream_init(&answers, &te.env, false);
	feed_cut(&asks, AHOY_S("\r\n"), 2, 2, &s);
	assert_string_equal(s.text, "o ");
	feed_cut(&answers, AHOY_S("\r\n"), 2, 2, &s);
	assert_string_equal(s.text, "");
	assert_false(ahoy_stream_waits(&answers)); /* half a ping is no half message */
	feed_cut(&answers, AHOY_S("\r\n"), 2, 2, &s);
	assert_string_equal(s.text, "p ");
	ahoy_stream_fini(&asks);
	ahoy_stream_fini(&answers);
	test_env_fini(&te);
}

static void half_a_message_is_given_up_with_the_lines_that_came(void **state)
{
	ahoy_stream stream;
	ahoy_slice unit;
	test_env te;
	seen s;

	(void)state;
	test_env_init(&te, 1);
	ahoy_stream_init(&stream, &te.env, false);
	assert_false(ahoy_stream_waits(&stream));
	feed_cut(&stream, AHOY_S(HEAD "Via: half a li"), 10, 10, &s);
	assert_true(ahoy_stream_waits(&stream));
	ahoy_stream_give_up(&stream, &unit);
	assert_true(ahoy_slice_eq(unit, AHOY_S(HEAD "\r\n")));
	assert_false(ahoy_stream_waits(&stream));
	/* Whatever comes is nothing any more. */
	assert_false(feed(&stream, AHOY_S(HEAD "l:0\r\n\r\n"), &s));
	ahoy_stream_fini(&stream);
	test_env_fini(&te);
}

static void a_head_without_end_is_broken_at_the_bound(void **state)
{
	static char line[] = "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
	ahoy_stream stream;
	size_t fed = 0;
	test_env te;
	seen s;

	(void)state;
	test_env_init(&te, 1);
	ahoy_stream_init(&stream, &te.env, false);
	s.b = ahoy_buf_over(s.text, sizeof s.text);
	assert_true(feed(&stream, AHOY_S("OPTIONS sip:h SIP/2.0\r\n"), &s));
	while (feed(&stream, ahoy_slice_of(line), &s) && fed < 2 * AHOY_MAX_MESSAGE)
		fed += strlen(line);
	assert_true(fed <= AHOY_MAX_MESSAGE);
	assert_string_equal(ahoy_buf_cstr(&s.b), "B ");
	assert_err(s.err, AHOY_ETOOBIG);
	ahoy_stream_fini(&stream);
	test_env_fini(&te);
}

static void the_largest_message_comes_in_pieces(void **state)
{
	static char big[AHOY_MAX_MESSAGE];
	size_t head = (size_t)snprintf(big, sizeof big, HEAD "l:%05zu\r\n\r\n", AHOY_MAX_MESSAGE - sizeof HEAD + 1 - 11);
	ahoy_stream stream;
	test_env te;
	seen s;

	(void)state;
	memset(big + head, 'x', sizeof big - head);
	test_env_init(&te, 1);
	ahoy_stream_init(&stream, &te.env, false);
	feed_cut(&stream, ahoy_slice_make(big, sizeof big), 1460, 1460, &s);
	assert_string_equal(s.text, "m65535 ");
	ahoy_stream_fini(&stream);
	test_env_fini(&te);
}

static void without_memory_the_stream_is_broken(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_stream stream;
		seen s;

		ahoy_stream_init(&stream, &te.env, false);
		feed_cut(&stream, AHOY_S(HEAD "l:3\r\n\r\nabc"), 7, 7, &s);
		if (TEST_OOM_HIT(&te)) {
			assert_string_equal(s.text, "B ");
			assert_err(s.err, AHOY_ENOMEM);
		} else {
			assert_string_equal(s.text, "m39 ");
		}
		ahoy_stream_fini(&stream);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_18_3_a_stream_falls_apart_the_same_whole_and_cut_at_every_byte),
		cmocka_unit_test(whole_messages_cost_no_allocation),
		cmocka_unit_test(rfc5626_3_5_1_one_crlf_is_a_pong_only_for_who_sends_pings),
		cmocka_unit_test(half_a_message_is_given_up_with_the_lines_that_came),
		cmocka_unit_test(a_head_without_end_is_broken_at_the_bound),
		cmocka_unit_test(the_largest_message_comes_in_pieces),
		cmocka_unit_test(without_memory_the_stream_is_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
