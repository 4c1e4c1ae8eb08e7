/* sip/write: messages as text. */
#include "sip/write.h"

#include "test.h"

static ahoy_msg msg;
static char text[8192];

static ahoy_buf fresh(void)
{
	return ahoy_buf_over(text, sizeof text);
}

static void a_request_line_by_line(void **state)
{
	ahoy_buf b = fresh();

	(void)state;
	ahoy_write_request_line(&b, AHOY_S("MESSAGE"), AHOY_S("sip:112@127.0.0.1"));
	ahoy_write_header(&b, AHOY_H_CALL_ID, AHOY_S("x"));
	ahoy_write_named(&b, AHOY_S("X-Own"), AHOY_S(""));
	ahoy_write_number(&b, AHOY_H_MAX_FORWARDS, 70);
	ahoy_write_fmt(&b, AHOY_H_CSEQ, "%u %s", 4294967295u, "MESSAGE");
	ahoy_write_end(&b, AHOY_S("text/plain"), AHOY_S("hi\r\n"));
	assert_slice(
		ahoy_buf_slice(&b),
		"MESSAGE sip:112@127.0.0.1 SIP/2.0\r\nCall-ID: x\r\nX-Own: \r\nMax-Forwards: 70\r\nCSeq: 4294967295 MESSAGE\r\n"
		"Content-Type: text/plain\r\nContent-Length: 4\r\n\r\nhi\r\n");
	assert_false(b.full);
}

static void a_message_without_a_body_says_so(void **state)
{
	ahoy_buf b = fresh();

	(void)state;
	ahoy_write_status_line(&b, 486, AHOY_S(""));
	ahoy_write_end(&b, AHOY_S(""), AHOY_S(""));
	assert_slice(ahoy_buf_slice(&b), "SIP/2.0 486 Busy Here\r\nContent-Length: 0\r\n\r\n");
}

static void what_a_peer_sent_can_never_start_a_line(void **state)
{
	ahoy_buf b = fresh();

	(void)state;
	ahoy_write_status_line(&b, 400, AHOY_S("a\r\nVia: x"));
	ahoy_write_request_line(&b, AHOY_S("A\nB"), AHOY_S("sip:\r\n"));
	ahoy_write_header(&b, AHOY_H_SUBJECT, (ahoy_slice){"one\r\n two\0three\n", 16});
	ahoy_write_named(&b, AHOY_S("X\r\nY"), AHOY_S("\r"));
	ahoy_write_fmt(&b, AHOY_H_SUBJECT, "%s", "\r\n\r\n");
	assert_slice(
		ahoy_buf_slice(&b),
		"SIP/2.0 400 a  Via: x\r\nA B sip:   SIP/2.0\r\nSubject: one   two three \r\nX  Y:  \r\nSubject:     \r\n");
}

static void what_does_not_fit_raises_the_flag(void **state)
{
	char long_text[1100];

	(void)state;
	for (size_t cap = 0; cap < 44; cap++) {
		ahoy_buf b = ahoy_buf_over(text, cap);

		ahoy_write_status_line(&b, 486, AHOY_S(""));
		ahoy_write_end(&b, AHOY_S(""), AHOY_S(""));
		assert_true(b.full);
	}
	memset(long_text, 'x', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	{
		ahoy_buf b = fresh();

		ahoy_write_fmt(&b, AHOY_H_SUBJECT, "%.1000s", long_text);
		assert_false(b.full);
		ahoy_write_fmt(&b, AHOY_H_SUBJECT, "%.1001s", long_text);
		assert_true(b.full);
	}
}

#define REQUEST                                                                                               \
	"INVITE sip:b@h SIP/2.0\r\nv: SIP / 2.0 / UDP 10.0.0.1:5068 ;rport;branch=z9hG4bKx;received=1.1.1.1;" \
	"a=\"b;c\" , SIP/2.0/TCP p1\r\n"                                                                      \
	"Via: SIP/2.0/UDP p2\r\nRecord-Route: <sip:r1;lr>\r\nrecord-route: <sip:r2;lr>,<sip:r3;lr>\r\n"       \
	"From: \"A\"\r\n <sip:a@h>;tag=1\r\n"                                                                 \
	"To: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 0007\tINVITE\r\nTimestamp: 54\r\n\r\n"

static void parse(const char *request)
{
	assert_ok(ahoy_msg_parse(ahoy_slice_of(request), &msg, NULL));
}

static void rfc3261_8_2_6_2_a_response_copies_what_it_must(void **state)
{
	ahoy_buf b = fresh();

	(void)state;
	parse(REQUEST);
	ahoy_write_response_head(&b, &msg, 200, AHOY_S("Fine"), AHOY_S("tt"), AHOY_S(""), 0);
	assert_slice(
		ahoy_buf_slice(&b),
		"SIP/2.0 200 Fine\r\nVia: SIP / 2.0 / UDP 10.0.0.1:5068 ;rport;branch=z9hG4bKx;received=1.1.1.1;"
		"a=\"b;c\" , SIP/2.0/TCP p1\r\n"
		"Via: SIP/2.0/UDP p2\r\nFrom: \"A\"   <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=tt\r\nCall-ID: x\r\nCSeq: 0007\tINVITE\r\n"
		"Record-Route: <sip:r1;lr>\r\nRecord-Route: <sip:r2;lr>,<sip:r3;lr>\r\n");
}

static void rfc3261_8_2_6_1_a_trying_has_no_tag_and_the_timestamp(void **state)
{
	ahoy_buf b = fresh();

	(void)state;
	parse(REQUEST);
	ahoy_write_response_head(&b, &msg, 100, AHOY_S(""), AHOY_S("tt"), AHOY_S(""), 0);
	assert_true(ahoy_slice_starts(ahoy_buf_slice(&b), AHOY_S("SIP/2.0 100 Trying\r\n")));
	assert_true(ahoy_slice_ends(ahoy_buf_slice(&b),
				    AHOY_S("To: <sip:b@h>\r\nCall-ID: x\r\nCSeq: 0007\tINVITE\r\nTimestamp: 54\r\n")));
	assert_int_equal(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("Record-Route")), b.len);
}

static void rfc3261_12_1_1_only_101_to_299_carry_the_record_route(void **state)
{
	static const struct {
		int status;
		bool copied;
	} rows[] = {{101, true}, {180, true}, {200, true}, {299, true}, {300, false}, {404, false}, {603, false}};

	(void)state;
	parse(REQUEST);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_buf b = fresh();

		ahoy_write_response_head(&b, &msg, rows[i].status, AHOY_S(""), AHOY_S("t"), AHOY_S(""), 0);
		assert_int_equal(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("Record-Route")) < b.len, rows[i].copied);
	}
}

static void rfc3581_4_received_and_rport_are_ours_alone(void **state)
{
	static const struct {
		const char *via, *received;
		uint16_t rport;
		const char *written;
	} rows[] = {
		{"SIP/2.0/UDP h;rport;branch=x", "1.2.3.4", 5068, "SIP/2.0/UDP h;rport=5068;branch=x;received=1.2.3.4"},
		{"SIP/2.0/UDP h;branch=x", "1.2.3.4", 0, "SIP/2.0/UDP h;branch=x;received=1.2.3.4"},
		{"SIP/2.0/UDP h;branch=x", "", 5068, "SIP/2.0/UDP h;branch=x;rport=5068"},
		{"SIP/2.0/UDP h ;RPORT=1;rport=2;Received=9.9.9.9;received=8.8.8.8;b", "2001:db8::1", 65535,
		 "SIP/2.0/UDP h;rport=65535;b;received=2001:db8::1"},
		{"SIP/2.0/UDP h:1", "1.2.3.4", 2, "SIP/2.0/UDP h:1;received=1.2.3.4;rport=2"},
		{"SIP/2.0/UDP h;a=\"x;y\" , SIP/2.0/UDP second;rport", "1.2.3.4", 0,
		 "SIP/2.0/UDP h;a=\"x;y\";received=1.2.3.4 , SIP/2.0/UDP second;rport"},
		{"SIP/2.0/UDP h\r\n ;branch=x", "1.2.3.4", 0, "SIP/2.0/UDP h;branch=x;received=1.2.3.4"},
		{"SIP/2.0/UDP h;rport=9;received=9.9.9.9", "", 0, "SIP/2.0/UDP h;rport=9;received=9.9.9.9"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char request[512];
		ahoy_buf r = ahoy_buf_over(request, sizeof request), b = fresh();
		ahoy_slice line, rest;

		ahoy_buf_fmt(
			&r,
			"BYE sip:b@h SIP/2.0\r\nVia: %s\r\nf: sip:a@h;tag=1\r\nt: sip:b@h;tag=2\r\ni: x\r\nCSeq: 1 BYE\r\n\r\n",
			rows[i].via);
		assert_ok(ahoy_msg_parse(ahoy_buf_slice(&r), &msg, NULL));
		ahoy_write_response_head(&b, &msg, 200, AHOY_S(""), AHOY_S("no"), ahoy_slice_of(rows[i].received),
					 rows[i].rport);
		assert_true(ahoy_slice_cut(ahoy_buf_slice(&b), '\n', &line, &rest));
		assert_true(ahoy_slice_cut(rest, '\r', &line, &rest));
		assert_true(ahoy_slice_starts(line, AHOY_S("Via: ")));
		assert_slice_row(ahoy_slice_from(line, 5), rows[i].written, rows[i].via);
		/* 8.2.6.2: a tag that is there stays. */
		assert_true(ahoy_slice_search(ahoy_buf_slice(&b), AHOY_S("To: sip:b@h;tag=2\r\n")) < b.len);
	}
}

static void a_refused_request_is_answered_with_its_own_faulty_values(void **state)
{
	ahoy_buf b = fresh();

	(void)state;
	assert_err(
		ahoy_msg_parse(
			AHOY_S("OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: a, b <sip:c@d>;tag=1\r\n"
			       "To: <sip:b@h\r\n ;x\r\ni: x\r\n"
			       "CSeq: 99999999999 OPTIONS\r\n\r\n"),
			&msg, NULL),
		AHOY_ESYNTAX);
	assert_true(msg.answerable);
	ahoy_write_response_head(&b, &msg, 400, AHOY_S("From malformed"), AHOY_S("t"), AHOY_S(""), 0);
	assert_slice(
		ahoy_buf_slice(&b),
		"SIP/2.0 400 From malformed\r\nVia: SIP/2.0/UDP h\r\nFrom: a, b <sip:c@d>;tag=1\r\nTo: <sip:b@h   ;x;tag=t\r\n"
		"Call-ID: x\r\nCSeq: 99999999999 OPTIONS\r\n");
}

static void a_response_parses_to_what_was_put_into_it(void **state)
{
	static ahoy_msg response;
	ahoy_buf b = fresh();

	(void)state;
	parse(REQUEST);
	ahoy_write_response_head(&b, &msg, 183, AHOY_S(""), AHOY_S("tt"), AHOY_S("192.0.2.9"), 1234);
	ahoy_write_end(&b, AHOY_S("application/sdp"), AHOY_S("v=0\r\n"));
	assert_ok(ahoy_msg_parse(ahoy_buf_slice(&b), &response, NULL));
	assert_int_equal(response.status, 183);
	assert_slice(response.reason, "Session Progress");
	assert_slice(response.to.tag, "tt");
	assert_slice(response.from.tag, "1");
	assert_int_equal(response.cseq, 7);
	assert_slice(response.via.branch, "z9hG4bKx");
	assert_slice(response.body, "v=0\r\n");
	assert_true(ahoy_msg_is_type(&response, AHOY_S("application/sdp")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_line_by_line),
		cmocka_unit_test(a_message_without_a_body_says_so),
		cmocka_unit_test(what_a_peer_sent_can_never_start_a_line),
		cmocka_unit_test(what_does_not_fit_raises_the_flag),
		cmocka_unit_test(rfc3261_8_2_6_2_a_response_copies_what_it_must),
		cmocka_unit_test(rfc3261_8_2_6_1_a_trying_has_no_tag_and_the_timestamp),
		cmocka_unit_test(rfc3261_12_1_1_only_101_to_299_carry_the_record_route),
		cmocka_unit_test(rfc3581_4_received_and_rport_are_ours_alone),
		cmocka_unit_test(a_refused_request_is_answered_with_its_own_faulty_values),
		cmocka_unit_test(a_response_parses_to_what_was_put_into_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
