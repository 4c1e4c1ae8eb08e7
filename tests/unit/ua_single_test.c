/* ua/single: requests out of any dialog, and the refusals that every user agent owes (RFC 3261 8). */
#include "ua_support.h"

static int send_message(world *w, uint64_t user)
{
	ahoy_flow flow = world_flow(w, A);
	ahoy_ua_request_spec spec = {.method = AHOY_MESSAGE,
				     .uri = AHOY_S("sip:b@192.0.2.2"),
				     .from = AHOY_S("<sip:a@192.0.2.1>"),
				     .to = AHOY_S("<sip:b@192.0.2.2>"),
				     .flow = &flow,
				     .max_forwards = 12,
				     .headers = AHOY_S("Subject: x\r\n"),
				     .type = AHOY_S("text/plain"),
				     .body = AHOY_S("hello"),
				     .user = user};
	int err;

	ahoy_ua_turn(w->ua[A], w->now);
	err = ahoy_ua_request(w->ua[A], w->now, &spec);
	world_drain(w, A);
	return err;
}

static void rfc3428_a_message_is_served_and_its_answer_comes_back(void **state)
{
	world w;
	const world_event *e;
	const char *text;

	(void)state;
	world_init(&w, true);
	w.policy[B] = SERVE;
	assert_ok(send_message(&w, 9));
	text = w.sent[0].text;
	assert_string_equal(header_of(text, "Max-Forwards"), "12");
	assert_string_equal(header_of(text, "CSeq"), "1 MESSAGE");
	assert_string_equal(header_of(text, "Subject"), "x");
	assert_string_equal(header_of(text, "Contact"), "");
	world_pass(&w, 50);
	e = world_expect(&w, B, AHOY_UA_REQUEST);
	assert_int_equal(e->method, AHOY_MESSAGE);
	assert_string_equal(e->body, "hello");
	assert_ok(ahoy_ua_respond(w.ua[B], w.now, w.served, 202, AHOY_S("Later"), AHOY_S("X-A: b\r\n"), AHOY_S("text/plain"),
				  AHOY_S("ok")));
	world_pass(&w, 50);
	e = world_expect(&w, A, AHOY_UA_RESPONSE);
	assert_int_equal(e->status, 202);
	assert_string_equal(e->reason, "Later");
	assert_string_equal(e->body, "ok");
	assert_int_equal(e->user, 9);
	assert_string_equal(header_of(world_last(&w, "SIP/2.0 202 "), "Server"), "test");
	world_no_more(&w);
	world_assert_quiet(&w);
	world_fini(&w);
}

static void silence_is_408_and_a_refused_datagram_503(void **state)
{
	world w;
	const world_event *e;
	ahoy_flow flow;

	(void)state;
	world_init(&w, false);
	assert_ok(send_message(&w, 1));
	world_pass(&w, 32000);
	e = world_expect(&w, A, AHOY_UA_RESPONSE);
	assert_int_equal(e->status, 408);
	assert_string_equal(e->reason, "Request Timeout");
	assert_ok(send_message(&w, 2));
	flow = world_flow(&w, A);
	ahoy_ua_send_failed(w.ua[A], w.now, &flow);
	world_drain(&w, A);
	e = world_expect(&w, A, AHOY_UA_RESPONSE);
	assert_int_equal(e->status, 503);
	assert_err(e->err, AHOY_ENETWORK);
	world_assert_quiet(&w);
	world_fini(&w);
}

static const struct {
	const char *row, *request, *lines;
	int status;
	const char *header;
} asked[] = {
	{"nothing to refuse", "INVITE sip:a@b SIP/2.0", "Contact: <sip:c@d>\r\n", 0, ""},
	{"8.2.1: a method that we know and do not take", "PUBLISH sip:a@b SIP/2.0", "", 405,
	 "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE\r\n"},
	{"21.5.2: a method that nobody knows", "DANCE sip:a@b SIP/2.0", "", 501,
	 "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE\r\n"},
	{"7.1: methods are compared with case", "invite sip:a@b SIP/2.0", "", 501,
	 "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE\r\n"},
	{"RFC 6665: no such event", "SUBSCRIBE sip:a@b SIP/2.0", "Event: presence\r\n", 489, ""},
	{"RFC 6665: a NOTIFY of nobody", "NOTIFY sip:a@b SIP/2.0", "Event: presence\r\n", 481, ""},
	{"9.2: a CANCEL of nothing", "CANCEL sip:a@b SIP/2.0", "", 481, ""},
	{"8.2.2.1: a scheme that we do not take", "OPTIONS http://a/ SIP/2.0", "", 416, ""},
	{"tel: is taken", "OPTIONS tel:112 SIP/2.0", "", 0, ""},
	{"8.2.2.3: an extension that we do not have", "OPTIONS sip:a@b SIP/2.0", "Require: foo, 100rel\r\nRequire: bar\r\n", 420,
	 "Unsupported: foo, 100rel, bar\r\n"},
	{"Proxy-Require is none of ours", "OPTIONS sip:a@b SIP/2.0", "Proxy-Require: foo\r\n", 0, ""},
	{"8.2.3: an INVITE whose body is no description", "INVITE sip:a@b SIP/2.0",
	 "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi", 415, "Accept: application/sdp\r\n"},
	{"8.2.3: and one that does not say what it is", "INVITE sip:a@b SIP/2.0", "Content-Length: 2\r\n\r\nhi", 415,
	 "Accept: application/sdp\r\n"},
	{"any body of others", "MESSAGE sip:a@b SIP/2.0", "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi", 0, ""},
	{"8.2.3: an encoding", "MESSAGE sip:a@b SIP/2.0",
	 "Content-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi", 415, "Accept-Encoding: identity\r\n"},
	{"8.2.3: the identity encoding is none", "MESSAGE sip:a@b SIP/2.0",
	 "Content-Type: text/plain\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi", 0, ""},
	{"an empty body needs no type", "INVITE sip:a@b SIP/2.0", "Content-Type: text/plain\r\n", 0, ""},
};

static void rfc3261_8_2_what_every_user_agent_refuses(void **state)
{
	static ahoy_msg msg;
	char text[1024], headers_text[512];
	world w;

	(void)state;
	world_init(&w, false);
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		ahoy_buf headers = ahoy_buf_over(headers_text, sizeof headers_text);
		ahoy_slice method, rest;

		ahoy_slice_cut(ahoy_slice_of(asked[i].request), ' ', &method, &rest);
		snprintf(
			text, sizeof text,
			"%s\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\nFrom: <sip:c@d>;tag=c\r\n"
			"To: <sip:a@b>\r\nCall-ID: x\r\n"
			"CSeq: 1 %.*s\r\n%s%s",
			asked[i].request, AHOY_P(method), asked[i].lines,
			strstr(asked[i].lines, "\r\n\r\n") ? "" : "Content-Length: 0\r\n\r\n");
		assert_err_row(ahoy_msg_parse(ahoy_slice_of(text), &msg, NULL), 0, asked[i].row);
		assert_row(ahoy_ua_unsupported(w.ua[A], &msg, &headers) == asked[i].status, asked[i].row);
		assert_slice_row(ahoy_buf_slice(&headers), asked[i].header, asked[i].row);
	}
	world_fini(&w);
}

static void what_is_supported_may_be_required(void **state)
{
	static ahoy_msg msg;
	ahoy_ua_config config = {.product = AHOY_S("test"), .allow = AHOY_S("OPTIONS"), .supported = AHOY_S("timer, 100rel")};
	char headers_text[512];
	ahoy_buf headers = ahoy_buf_over(headers_text, sizeof headers_text);
	world w;

	(void)state;
	world_init(&w, false);
	ahoy_ua_del(w.ua[A]);
	assert_ok(ahoy_ua_new(&w.te.env, &config, &w.ua[A]));
	assert_ok(ahoy_msg_parse(
		AHOY_S("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK-1\r\nFrom: <sip:c@d>;tag=c\r\n"
		       "To: <sip:a@b>\r\nCall-ID: x\r\n"
		       "CSeq: 1 OPTIONS\r\nRequire: 100REL\r\nRequire: timer, path\r\n\r\n"),
		&msg, NULL));
	assert_int_equal(ahoy_ua_unsupported(w.ua[A], &msg, &headers), 420);
	assert_slice(ahoy_buf_slice(&headers), "Unsupported: path\r\n");
	world_fini(&w);
}

static void a_refusal_without_state_leaves_none(void **state)
{
	static ahoy_msg msg;
	ahoy_flow flow;
	world w;

	(void)state;
	world_init(&w, false);
	flow = world_flow(&w, A);
	assert_ok(ahoy_msg_parse(
		AHOY_S("PUBLISH sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK-1\r\nFrom: <sip:c@d>;tag=c\r\n"
		       "To: <sip:a@b>\r\nCall-ID: x\r\n"
		       "CSeq: 1 PUBLISH\r\n\r\n"),
		&msg, NULL));
	assert_true(ahoy_ua_refuse_unsupported(w.ua[A], w.now, &msg, &flow));
	world_drain(&w, A);
	assert_int_equal(strncmp(w.sent[0].text, "SIP/2.0 405 ", 12), 0);
	assert_true(ahoy_ua_next(w.ua[A]) == AHOY_NEVER);
	assert_ok(ahoy_msg_parse(
		AHOY_S("OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK-1\r\nFrom: <sip:c@d>;tag=c\r\n"
		       "To: <sip:a@b>\r\nCall-ID: x\r\n"
		       "CSeq: 1 OPTIONS\r\n\r\n"),
		&msg, NULL));
	assert_false(ahoy_ua_refuse_unsupported(w.ua[A], w.now, &msg, &flow));
	world_fini(&w);
}

static void a_request_out_of_memory_neither_crashes_nor_leaks(void **state)
{
	static world w;

	(void)state;
	TEST_EACH_OOM (&w.te, 1) {
		world_clear(&w);
		world_place(&w);
		w.policy[B] = SERVE;
		if (!world_new(&w, A) && !world_new(&w, B)) {
			(void)send_message(&w, 1);
			world_pass(&w, 50);
			(void)ahoy_ua_respond(w.ua[B], w.now, w.served, 200, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0},
					      (ahoy_slice){0});
			world_assert_quiet(&w);
		}
		world_end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3428_a_message_is_served_and_its_answer_comes_back),
		cmocka_unit_test(silence_is_408_and_a_refused_datagram_503),
		cmocka_unit_test(rfc3261_8_2_what_every_user_agent_refuses),
		cmocka_unit_test(what_is_supported_may_be_required),
		cmocka_unit_test(a_refusal_without_state_leaves_none),
		cmocka_unit_test(a_request_out_of_memory_neither_crashes_nor_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
