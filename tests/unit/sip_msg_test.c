/* sip/msg: access to the headers of a parsed message. */
#include "sip/msg.h"

#include "test.h"

#define HEAD                                                                                                     \
	"OPTIONS sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nFrom: <sip:a@example.com>;tag=1\r\n" \
	"To: <sip:b@example.com>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"

static ahoy_msg msg;

/* Parses a request with these headers; text lives as long as msg is used. */
#define PARSE(headers) assert_ok(ahoy_msg_parse(AHOY_S(HEAD headers "\r\n"), &msg, NULL))

static void fields_are_found_in_order_and_under_every_name(void **state)
{
	uint16_t at = 0;

	(void)state;
	PARSE("Contact: <sip:1@h>\r\nX-One: 1\r\nm: <sip:2@h>\r\nx-two: 2\r\n");
	assert_slice(ahoy_msg_find(&msg, AHOY_H_CONTACT, &at)->value, "<sip:1@h>");
	at++;
	assert_slice(ahoy_msg_find(&msg, AHOY_H_CONTACT, &at)->value, "<sip:2@h>");
	assert_slice(msg.headers[at].name, "m");
	at++;
	assert_null(ahoy_msg_find(&msg, AHOY_H_CONTACT, &at));
	at = 0;
	assert_slice(ahoy_msg_find(&msg, AHOY_H_OTHER, &at)->name, "X-One");
	assert_slice(ahoy_msg_value(&msg, AHOY_H_CONTACT), "<sip:1@h>");
	assert_slice(ahoy_msg_value(&msg, AHOY_H_ROUTE), "");
	assert_true(ahoy_msg_has(&msg, AHOY_H_CONTACT));
	assert_false(ahoy_msg_has(&msg, AHOY_H_ROUTE));
}

static void rfc3261_7_3_1_values_come_from_lists_and_repeated_fields_alike(void **state)
{
	static const char *const expected[] = {
		"<sip:a,b@h>;q=1",
		"\"x, \\\" y\" <sip:c@h>",
		"token (a, (b), \\) c)",
		"<sip:d@h>",
		"<sip:e@h>",
		"\"open, quote",
	};
	ahoy_value_cursor cursor = {0};
	ahoy_slice value;

	(void)state;
	PARSE("Contact: <sip:a,b@h>;q=1 , \"x, \\\" y\" <sip:c@h>,,token (a, (b), \\) c)\r\nSubject: no\r\n"
	      "m: ,<sip:d@h>\r\n ,\r\n <sip:e@h>, \r\nm:\r\nm: \"open, quote\r\n");
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_row(ahoy_msg_next_value(&msg, AHOY_H_CONTACT, &cursor, &value), expected[i]);
		assert_slice_row(value, expected[i], expected[i]);
	}
	assert_false(ahoy_msg_next_value(&msg, AHOY_H_CONTACT, &cursor, &value));
	assert_false(ahoy_msg_next_value(&msg, AHOY_H_CONTACT, &cursor, &value));
}

static void brackets_and_comments_left_open_take_the_rest(void **state)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice value;

	(void)state;
	PARSE("Contact: <sip:a, b\r\nm: (c, d\r\nm: e\\\r\n");
	assert_true(ahoy_msg_next_value(&msg, AHOY_H_CONTACT, &cursor, &value));
	assert_slice(value, "<sip:a, b");
	assert_true(ahoy_msg_next_value(&msg, AHOY_H_CONTACT, &cursor, &value));
	assert_slice(value, "(c, d");
	assert_true(ahoy_msg_next_value(&msg, AHOY_H_CONTACT, &cursor, &value));
	assert_slice(value, "e\\");
}

static void tokens_in_a_list_are_found_in_any_case(void **state)
{
	(void)state;
	PARSE("Supported: replaces, Timer\r\nk: 100rel\r\n");
	assert_true(ahoy_msg_lists(&msg, AHOY_H_SUPPORTED, AHOY_S("timer")));
	assert_true(ahoy_msg_lists(&msg, AHOY_H_SUPPORTED, AHOY_S("100rel")));
	assert_false(ahoy_msg_lists(&msg, AHOY_H_SUPPORTED, AHOY_S("replace")));
	assert_false(ahoy_msg_lists(&msg, AHOY_H_REQUIRE, AHOY_S("timer")));
}

static void addresses_are_typed_when_asked_for(void **state)
{
	ahoy_name_addr addr;

	(void)state;
	PARSE("Contact: \"B\" <sip:b@h>;expires=1, <sip:c@h>\r\nRoute: <sip\r\n");
	assert_ok(ahoy_msg_name_addr(&msg, AHOY_H_CONTACT, &addr));
	assert_slice(addr.uri.text, "sip:b@h");
	assert_err(ahoy_msg_name_addr(&msg, AHOY_H_ROUTE, &addr), AHOY_ESYNTAX);
	assert_err(ahoy_msg_name_addr(&msg, AHOY_H_REFER_TO, &addr), AHOY_ENOTFOUND);
}

static void rfc3261_20_19_seconds(void **state)
{
	static const struct {
		const char *value;
		int err;
		uint32_t seconds;
	} rows[] = {
		{"0", 0, 0},
		{"3600", 0, 3600},
		{"4294967295", 0, UINT32_MAX},
		{"4294967296", 0, UINT32_MAX},
		{"99999999999999999999999999", 0, UINT32_MAX},
		{"120 (I'm in a meeting)", 0, 120},
		{"18000;duration=3600", 0, 18000},
		{"", AHOY_ESYNTAX, 0},
		{"-1", AHOY_ESYNTAX, 0},
		{"12x", AHOY_ESYNTAX, 0},
		{"soon", AHOY_ESYNTAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[512];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		uint32_t seconds = 77;

		ahoy_buf_fmt(&b, HEAD "Retry-After: %s\r\n\r\n", rows[i].value);
		assert_ok(ahoy_msg_parse(ahoy_buf_slice(&b), &msg, NULL));
		assert_err_row(ahoy_msg_seconds(&msg, AHOY_H_RETRY_AFTER, &seconds), rows[i].err, rows[i].value);
		if (!rows[i].err)
			assert_int_equal(seconds, rows[i].seconds);
		assert_err(ahoy_msg_seconds(&msg, AHOY_H_EXPIRES, &seconds), AHOY_ENOTFOUND);
	}
}

static void rfc3261_20_15_media_types_compare_without_case_and_parameters(void **state)
{
	(void)state;
	PARSE("Content-Type: Application / SDP ;charset=utf-8\r\n");
	assert_true(ahoy_msg_is_type(&msg, AHOY_S("application/sdp")));
	assert_false(ahoy_msg_is_type(&msg, AHOY_S("application/sdpx")));
	assert_false(ahoy_msg_is_type(&msg, AHOY_S("text/sdp")));
	PARSE("");
	assert_false(ahoy_msg_is_type(&msg, AHOY_S("application/sdp")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_in_order_and_under_every_name),
		cmocka_unit_test(rfc3261_7_3_1_values_come_from_lists_and_repeated_fields_alike),
		cmocka_unit_test(brackets_and_comments_left_open_take_the_rest),
		cmocka_unit_test(tokens_in_a_list_are_found_in_any_case),
		cmocka_unit_test(addresses_are_typed_when_asked_for),
		cmocka_unit_test(rfc3261_20_19_seconds),
		cmocka_unit_test(rfc3261_20_15_media_types_compare_without_case_and_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
