/* sip/trace: the ring of recent messages. */
#include "sip/trace.h"

#include "base/limits.h"
#include "oom.h"
#include "test.h"

static ahoy_flow flow_of(uint16_t port)
{
	ahoy_flow flow = {.transport = AHOY_UDP};

	flow.peer = (ahoy_addr){.family = 4, .port = port, .ip = {127, 0, 0, 1}};
	return flow;
}

/* Message number n: its length and bytes follow from n, so that a reader can check them. */
static ahoy_slice message_of(uint64_t n, char *space, size_t cap)
{
	size_t len = (size_t)(n * 7919 % (cap - 8)) + 8;

	memset(space, 'a' + (int)(n % 26), len);
	memcpy(space, &n, sizeof n);
	return ahoy_slice_make(space, len);
}

static void the_ring_holds_the_newest_messages_whole_and_in_order(void **state)
{
	static char space[3000];
	test_env te;
	ahoy_trace *trace;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_trace_new(&te.env, AHOY_TRACE_MIN_BYTES, &trace));
	for (uint64_t n = 0; n < 2000; n++) {
		ahoy_trace_cursor cursor = {0};
		ahoy_trace_message got;
		uint64_t expected = UINT64_MAX, seen = 0;
		size_t bytes = 0;
		ahoy_flow flow = flow_of((uint16_t)(n + 1));

		ahoy_trace_put(trace, n, n % 2, &flow, message_of(n, space, sizeof space));
		while (ahoy_trace_next(trace, &cursor, &got)) {
			uint64_t number;

			memcpy(&number, got.bytes.ptr, sizeof number);
			if (expected == UINT64_MAX)
				expected = number;
			assert_int_equal(number, expected);
			assert_true(ahoy_slice_eq(got.bytes, message_of(number, space, sizeof space)));
			assert_int_equal(got.full_len, got.bytes.len);
			assert_int_equal(got.at, number);
			assert_int_equal(got.sent, number % 2);
			assert_int_equal(got.flow.peer.port, (uint16_t)(number + 1));
			expected++;
			seen++;
			bytes += got.bytes.len;
		}
		assert_int_equal(expected, n + 1);
		/* Much less than the ring would be lost room: at most one message and the heads are. */
		if (n > 200)
			assert_true(bytes > AHOY_TRACE_MIN_BYTES - 3 * sizeof space - seen * 256);
	}
	ahoy_trace_del(trace);
	test_env_fini(&te);
}

static void a_cursor_goes_on_where_it_stood_or_at_the_oldest(void **state)
{
	static char space[3000];
	test_env te;
	ahoy_trace *trace;
	ahoy_trace_cursor fast = {0}, slow = {0};
	ahoy_trace_message got;
	ahoy_flow flow = flow_of(5060);

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_trace_new(&te.env, AHOY_TRACE_MIN_BYTES, &trace));
	assert_false(ahoy_trace_next(trace, &fast, &got));
	for (uint64_t n = 0; n < 2000; n++) {
		uint64_t number;

		ahoy_trace_put(trace, n, false, &flow, message_of(n, space, sizeof space));
		/* The fast reader sees each message once, also where the ring turns over. */
		assert_true(ahoy_trace_next(trace, &fast, &got));
		assert_int_equal(got.at, n);
		assert_true(ahoy_slice_eq(got.bytes, message_of(n, space, sizeof space)));
		assert_false(ahoy_trace_next(trace, &fast, &got));
		/* The slow one reads every third time, and never anything but a message that is there. */
		if (n % 3 == 0 && ahoy_trace_next(trace, &slow, &got)) {
			memcpy(&number, got.bytes.ptr, sizeof number);
			assert_int_equal(number, got.at);
			assert_true(ahoy_slice_eq(got.bytes, message_of(number, space, sizeof space)));
		}
	}
	ahoy_trace_del(trace);
	test_env_fini(&te);
}

static void a_long_message_is_cut_and_says_its_length(void **state)
{
	static char big[AHOY_MAX_MESSAGE];
	test_env te;
	ahoy_trace *trace;
	ahoy_trace_cursor cursor = {0};
	ahoy_trace_message got;
	ahoy_flow flow = flow_of(1);

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_trace_new(&te.env, AHOY_TRACE_MIN_BYTES, &trace));
	ahoy_trace_put(trace, 1, true, &flow, ahoy_slice_make(big, sizeof big));
	ahoy_trace_put(trace, 2, true, &flow, (ahoy_slice){big, 0});
	assert_true(ahoy_trace_next(trace, &cursor, &got));
	assert_int_equal(got.bytes.len, AHOY_TRACE_MAX_MESSAGE);
	assert_int_equal(got.full_len, AHOY_MAX_MESSAGE);
	assert_true(ahoy_trace_next(trace, &cursor, &got));
	assert_int_equal(got.bytes.len, 0);
	ahoy_trace_del(trace);
	test_env_fini(&te);
}

static void messages_are_found_by_any_of_the_call_ids(void **state)
{
	static const char *const ids[] = {"one@a", "two", "three", "one@a", "two"};
	test_env te;
	ahoy_trace *trace;
	ahoy_trace_cursor cursor = {0};
	ahoy_trace_message got;
	ahoy_flow flow = flow_of(1);
	ahoy_slice wanted[] = {AHOY_S("two"), AHOY_S("one@a")};
	ahoy_time found[8];
	size_t count = 0;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_trace_new(&te.env, AHOY_TRACE_MIN_BYTES, &trace));
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		char text[256];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_buf_fmt(&b, "%sOPTIONS sip:a SIP/2.0\r\nVia: x\r\n%s: %s \r\n\r\nCall-ID: body\r\n", i == 1 ? "\r\n" : "",
			     i % 2 ? "i" : "call-id", ids[i]);
		ahoy_trace_put(trace, i, false, &flow, ahoy_buf_slice(&b));
	}
	while (ahoy_trace_next_of(trace, &cursor, wanted, 2, &got))
		found[count++] = got.at;
	assert_int_equal(count, 4);
	assert_int_equal(found[2], 3);
	ahoy_trace_del(trace);
	test_env_fini(&te);
}

static void a_header_is_found_in_what_is_no_message_too(void **state)
{
	static const struct {
		const char *text, *value;
	} table[] = {
		{"", ""},
		{"\r\n\r\n", ""},
		{"Call-ID: start line", ""},
		{"x\nCall-ID:lf", "lf"},
		{"x\r\nCALL-ID :\t spaced \t\r\n", "spaced"},
		{"x\r\nI: compact\r\n", "compact"},
		{"x\r\n Call-ID: folded\r\n", ""},
		{"x\r\nCall-ID\r\nVia: y\r\n", ""},
		{"x\r\n\r\nCall-ID: body", ""},
		{"x\r\nCall-IDs: other\r\nCall-ID:", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_slice text = test_exact(ahoy_slice_of(table[i].text));

		assert_slice_row(ahoy_trace_header(text, AHOY_S("Call-ID"), 'i'), table[i].value, table[i].text);
		test_free_exact(text);
	}
}

static void a_ring_too_small_or_without_memory_is_refused(void **state)
{
	test_env te;
	ahoy_trace *trace;

	(void)state;
	test_env_init(&te, 1);
	assert_err(ahoy_trace_new(&te.env, AHOY_TRACE_MIN_BYTES - 1, &trace), AHOY_EINVAL);
	ahoy_trace_del(trace);
	test_env_fini(&te);
	TEST_EACH_OOM (&te, 1) {
		int err = ahoy_trace_new(&te.env, AHOY_TRACE_MIN_BYTES, &trace);

		if (TEST_OOM_HIT(&te))
			assert_err(err, AHOY_ENOMEM);
		ahoy_trace_del(trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ring_holds_the_newest_messages_whole_and_in_order),
		cmocka_unit_test(a_cursor_goes_on_where_it_stood_or_at_the_oldest),
		cmocka_unit_test(a_long_message_is_cut_and_says_its_length),
		cmocka_unit_test(messages_are_found_by_any_of_the_call_ids),
		cmocka_unit_test(a_header_is_found_in_what_is_no_message_too),
		cmocka_unit_test(a_ring_too_small_or_without_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
