/* endpoint/keys: which way keys go, keys by INFO one behind the other, and none heard twice. */
#include "endpoint/keys.h"

#include <stdio.h>

#include "sip/msg.h"
#include "test.h"

#define T0 AHOY_SECONDS(100)

/* A 200 with this Allow line, or without any. */
static void learn(ahoy_keys *keys, const char *allow)
{
	static char text[1024];
	static ahoy_msg msg;
	int len = snprintf(text, sizeof text,
			   "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n"
			   "To: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n",
			   allow);

	assert_int_equal(ahoy_msg_parse(ahoy_slice_make(text, (size_t)len), &msg, NULL), 0);
	ahoy_keys_learn(keys, &msg);
}

static void rfc4733_and_6086_the_way_is_the_first_that_the_peer_takes(void **state)
{
	static const struct {
		ahoy_key_way wanted;
		const char *allow;
		bool has_events;
		ahoy_key_way way;
	} table[] = {
		{AHOY_KEYS_AUTO, "Allow: INVITE, INFO\r\n", true, AHOY_KEYS_BY_RTP},
		{AHOY_KEYS_AUTO, "Allow: INVITE, INFO\r\n", false, AHOY_KEYS_BY_INFO},
		{AHOY_KEYS_AUTO, "Allow: INVITE, ACK\r\n", false, AHOY_KEYS_IN_BAND},
		{AHOY_KEYS_AUTO, "", false, AHOY_KEYS_IN_BAND},
		{AHOY_KEYS_BY_RTP, "Allow: INFO\r\n", false, AHOY_KEYS_BY_RTP},
		{AHOY_KEYS_BY_INFO, "", true, AHOY_KEYS_BY_INFO},
		{AHOY_KEYS_IN_BAND, "Allow: INFO\r\n", true, AHOY_KEYS_IN_BAND},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_keys keys;

		ahoy_keys_init(&keys, table[i].wanted);
		learn(&keys, table[i].allow);
		assert_row(ahoy_keys_way(&keys, table[i].has_events) == table[i].way, table[i].allow);
	}
}

static void a_message_without_allow_takes_nothing_back(void **state)
{
	ahoy_keys keys;

	(void)state;
	ahoy_keys_init(&keys, AHOY_KEYS_AUTO);
	learn(&keys, "Allow: INFO\r\n");
	learn(&keys, "");
	assert_int_equal(ahoy_keys_way(&keys, false), AHOY_KEYS_BY_INFO);
	learn(&keys, "Allow: INVITE\r\n");
	assert_int_equal(ahoy_keys_way(&keys, false), AHOY_KEYS_IN_BAND);
}

static char next(ahoy_keys *keys, ahoy_time now, const char *expected)
{
	char text[64];
	ahoy_buf body = ahoy_buf_over(text, sizeof text);
	char digit = ahoy_keys_next(keys, now, &body);

	assert_slice(ahoy_buf_slice(&body), expected);
	return digit;
}

static void a_key_by_info_waits_for_the_answer_to_the_one_before_it(void **state)
{
	ahoy_keys keys;

	(void)state;
	ahoy_keys_init(&keys, AHOY_KEYS_BY_INFO);
	assert_int_equal(ahoy_keys_deadline(&keys), AHOY_NEVER);
	assert_int_equal(ahoy_keys_put(&keys, T0, AHOY_S("1#,*"), 160), 0);
	assert_int_equal(ahoy_keys_deadline(&keys), T0);
	assert_int_equal(next(&keys, T0, "Signal=1\r\nDuration=160\r\n"), '1');
	assert_int_equal(ahoy_keys_deadline(&keys), AHOY_NEVER);
	assert_int_equal(next(&keys, T0 + AHOY_SECONDS(3), ""), 0);
	assert_true(ahoy_keys_answered(&keys, T0 + AHOY_MS(20), 200));
	/* As long as the key lasts, and the gap behind it. */
	assert_int_equal(next(&keys, T0 + AHOY_MS(259), ""), 0);
	assert_int_equal(next(&keys, T0 + AHOY_MS(260), "Signal=#\r\nDuration=160\r\n"), '#');
	assert_true(ahoy_keys_answered(&keys, T0 + AHOY_MS(600), 200));
	assert_int_equal(next(&keys, T0 + AHOY_MS(600), ""), 0); /* the pause begins */
	assert_int_equal(ahoy_keys_deadline(&keys), T0 + AHOY_MS(1600));
	assert_int_equal(next(&keys, T0 + AHOY_MS(1600), "Signal=*\r\nDuration=160\r\n"), '*');
	assert_false(ahoy_keys_done(&keys));
	assert_true(ahoy_keys_answered(&keys, T0 + AHOY_MS(1700), 202));
	assert_true(ahoy_keys_done(&keys));
}

static void refused_keys_are_given_back_and_go_as_tones_from_then_on(void **state)
{
	ahoy_keys keys;
	char digit;
	uint32_t duration_ms;

	(void)state;
	ahoy_keys_init(&keys, AHOY_KEYS_AUTO);
	learn(&keys, "Allow: INFO\r\n");
	assert_int_equal(ahoy_keys_put(&keys, T0, AHOY_S("12"), 100), 0);
	assert_int_equal(next(&keys, T0, "Signal=1\r\nDuration=100\r\n"), '1');
	assert_false(ahoy_keys_answered(&keys, T0, 415));
	assert_true(ahoy_keys_take_back(&keys, &digit, &duration_ms));
	assert_int_equal(digit, '1');
	assert_int_equal(duration_ms, 100);
	assert_true(ahoy_keys_take_back(&keys, &digit, &duration_ms));
	assert_int_equal(digit, '2');
	assert_false(ahoy_keys_take_back(&keys, &digit, &duration_ms));
	assert_int_equal(ahoy_keys_way(&keys, false), AHOY_KEYS_IN_BAND);
	assert_true(ahoy_keys_answered(&keys, T0, 500)); /* an answer to nothing that waits */
}

static void what_cannot_be_queued_is_not_queued_in_part(void **state)
{
	static char many[AHOY_MAX_DTMF_QUEUE + 1];
	ahoy_keys keys;

	(void)state;
	memset(many, '5', sizeof many);
	ahoy_keys_init(&keys, AHOY_KEYS_BY_INFO);
	assert_int_equal(ahoy_keys_put(&keys, T0, AHOY_S("1x"), 160), AHOY_EINVAL);
	assert_int_equal(ahoy_keys_put(&keys, T0, AHOY_S("1"), 39), AHOY_EINVAL);
	assert_int_equal(ahoy_keys_put(&keys, T0, AHOY_S("1"), 8001), AHOY_EINVAL);
	assert_int_equal(ahoy_keys_put(&keys, T0, ahoy_slice_make(many, sizeof many), 160), AHOY_EFULL);
	assert_true(ahoy_keys_done(&keys));
	assert_int_equal(ahoy_keys_put(&keys, T0, ahoy_slice_make(many, sizeof many - 1), 160), 0);
	assert_int_equal(ahoy_keys_put(&keys, T0, AHOY_S("1"), 160), AHOY_EFULL);
}

static void a_key_that_comes_both_ways_is_heard_once(void **state)
{
	static const struct {
		const char *what;
		int at_ms;
		char digit;
		bool by_info, news;
	} steps[] = {
		{"1 in the sound", 0, '1', false, true},
		{"1 again, a press of its own", 300, '1', false, true},
		{"INFO of the first", 310, '1', true, false},
		{"INFO of the second", 320, '1', true, false},
		{"INFO of a third press", 330, '1', true, true},
		{"which is heard then", 500, '1', false, false},
		{"another key", 600, '2', false, true},
		{"INFO of yet another", 700, '3', true, true},
		{"the same as 2, too late to be that", 1700, '2', true, true},
	};
	ahoy_keys keys;

	(void)state;
	ahoy_keys_init(&keys, AHOY_KEYS_AUTO);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		assert_row(ahoy_keys_heard(&keys, T0 + AHOY_MS(steps[i].at_ms), steps[i].digit, steps[i].by_info) == steps[i].news,
			   steps[i].what);
	/* Many keys one way do not run over. */
	for (int i = 0; i < 100; i++)
		assert_true(ahoy_keys_heard(&keys, T0 + AHOY_SECONDS(9), '7', true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4733_and_6086_the_way_is_the_first_that_the_peer_takes),
		cmocka_unit_test(a_message_without_allow_takes_nothing_back),
		cmocka_unit_test(a_key_by_info_waits_for_the_answer_to_the_one_before_it),
		cmocka_unit_test(refused_keys_are_given_back_and_go_as_tones_from_then_on),
		cmocka_unit_test(what_cannot_be_queued_is_not_queued_in_part),
		cmocka_unit_test(a_key_that_comes_both_ways_is_heard_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
