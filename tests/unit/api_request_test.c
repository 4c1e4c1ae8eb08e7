/* api/request: MESSAGE and OPTIONS, ours and those of others. */
#include "api_world.h"

static void texts_and_options_cross(void **state)
{
	static char long_text[1301];
	ahoy_agent_id message, options;
	test_env te;
	api_world w;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(api_world_begin(&w, &te, ""));
	memset(long_text, 'x', sizeof long_text);
	assert_err(ahoy_agent_message(w.agent[A], w.now, w.account[A], AHOY_S("112"), ahoy_slice_make(long_text, 1301), &message),
		   AHOY_ETOOBIG);
	assert_err(ahoy_agent_message(w.agent[A], w.now, 999, AHOY_S("112"), AHOY_S("x"), &message), AHOY_ESTALE);
	assert_err(ahoy_agent_options(w.agent[A], w.now, w.account[A], AHOY_S(""), &options), AHOY_ESYNTAX);
	assert_ok(ahoy_agent_message(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), AHOY_S("Gr\xc3\xbc\xc3\x9f"), &message));
	api_drain(&w);
	assert_string_equal(w.told[B], "message");
	assert_string_equal(w.text[B], "Gr\xc3\xbc\xc3\x9f");
	assert_string_equal(w.told[A], "answer");
	assert_int_equal(w.last[A].request, message);
	assert_int_equal(w.last[A].status, 200);
	assert_ok(ahoy_agent_options(w.agent[A], w.now, w.account[A], AHOY_S("sip:b@192.0.2.2"), &options));
	api_drain(&w);
	assert_int_equal(w.last[A].request, options);
	assert_non_null(strstr(w.sent[B], "\r\nAllow: INVITE"));
	assert_non_null(strstr(w.sent[B], "\r\nAccept: application/sdp"));
	api_world_end(&w);
	test_env_fini(&te);
}

static void what_is_no_request_of_ours_is_answered(void **state)
{
	static const struct {
		const char *method, *more;
		int status;
	} rows[] = {
		{"INFO", "", 481},
		{"BYE", "", 481},
		{"REFER", "", 405},
		{"FROBNICATE", "", 501},
		{"OPTIONS", "Require: gruu\r\n", 420},
		{"MESSAGE", "Content-Type: text/html\r\nContent-Length: 1\r\n\r\nx", 415},
	};
	ahoy_addr peer = api_addr("192.0.2.1:5060");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[1024];
		int status = 0;
		test_env te;
		api_world w;

		test_env_init(&te, 1);
		assert_ok(api_world_begin(&w, &te, ""));
		snprintf(text, sizeof text,
			 "%s sip:b@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:x@y>;tag=1\r\n"
			 "To: <sip:b@192.0.2.2>\r\nCall-ID: z\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\n%s%s",
			 rows[i].method, rows[i].method, rows[i].more, strstr(rows[i].more, "\r\n\r\n") ? "" : "\r\n");
		ahoy_agent_recv(w.agent[B], w.now, &w.local[B], &peer, ahoy_slice_of(text));
		api_drain(&w);
		(void)sscanf(w.sent[B], "SIP/2.0 %d", &status);
		assert_row(status == rows[i].status, rows[i].method);
		assert_string_equal(w.told[B], "");
		api_world_end(&w);
		test_env_fini(&te);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_options_cross),
		cmocka_unit_test(what_is_no_request_of_ours_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
