/* sip/ladder: recorded messages drawn as text. */
#include "sip/ladder.h"

#include <stdlib.h>

#include "base/limits.h"
#include "sip/ladder_label.h"
#include "test.h"

#define SDP_HEAD "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
#define TYPE "Content-Type: application/sdp\r\n\r\n"
#define OFFER TYPE SDP_HEAD "m=audio 4000 RTP/AVP 0 8 97 101\r\na=rtpmap:97 iLBC/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
#define ANSWER TYPE SDP_HEAD "m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
#define HOLD TYPE SDP_HEAD "m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n"

static ahoy_trace_message message(ahoy_time at, bool sent, const char *peer, const char *text)
{
	ahoy_trace_message m = {.at = at, .sent = sent, .full_len = strlen(text), .bytes = ahoy_slice_of(text)};

	assert_ok(ahoy_addr_parse(ahoy_slice_of(peer), &m.flow.peer));
	return m;
}

static void assert_ladder(const ahoy_trace_message *messages, size_t count, const char *expected)
{
	static char text[65536];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_ladder_write(&b, AHOY_S("ahoyd"), messages, count);
	assert_false(b.full);
	assert_string_equal(ahoy_buf_cstr(&b), expected);
}

static void a_call_through_the_server_is_drawn_between_two_phones(void **state)
{
	const char *a = "127.0.0.1:5070", *b = "127.0.0.1:5080";
	ahoy_trace_message m[] = {
		message(1000000, false, a, "INVITE sip:112@h SIP/2.0\r\nCSeq: 1 INVITE\r\n" OFFER),
		message(1000400, true, a, "SIP/2.0 401 Unauthorized\r\nCSeq: 1 INVITE\r\n\r\n"),
		message(1020000, false, a, "ACK sip:112@h SIP/2.0\r\nCSeq: 1 ACK\r\n\r\n"),
		message(1030000, false, a, "INVITE sip:112@h SIP/2.0\r\nCSeq: 2 INVITE\r\n" OFFER),
		message(1031000, true, a, "SIP/2.0 100 Trying\r\nCSeq: 2 INVITE\r\n\r\n"),
		message(1032000, true, b, "INVITE sip:112@h SIP/2.0\r\nCSeq: 7 INVITE\r\n" OFFER),
		message(1532000, true, b, "INVITE sip:112@h SIP/2.0\r\nCSeq: 7 INVITE\r\n" OFFER),
		message(1540000, false, b, "SIP/2.0 180 Ringing\r\nCSeq: 7 INVITE\r\n\r\n"),
		message(1541000, true, a, "SIP/2.0 180 Ringing\r\nCSeq: 2 INVITE\r\n\r\n"),
		message(4000000, false, b, "SIP/2.0 200 OK\r\nCSeq: 7 INVITE\r\n" ANSWER),
		message(4001000, true, a, "SIP/2.0 200 OK\r\nCSeq: 2 INVITE\r\n" ANSWER),
		message(4002000, true, b, "ACK sip:112@h SIP/2.0\r\nCSeq: 7 ACK\r\n\r\n"),
		message(9000000, false, b, "INVITE sip:112@h SIP/2.0\r\nCSeq: 7 INVITE\r\n" HOLD),
		message(3601000000, false, b, "BYE sip:111@h SIP/2.0\r\nCSeq: 8 BYE\r\n\r\n"),
		message(3601001000, true, b, "SIP/2.0 200 OK\r\nCSeq: 8 BYE\r\n\r\n"),
	};

	(void)state;
	assert_ladder(m, ARRAY_LEN(m),
		      "        127.0.0.1                             ahoyd                             127.0.0.1\n"
		      "          :5070                                                                   :5080\n"
		      "            |                                   |                                   |\n"
		      "      0.000 |----INVITE (sdp PCMU PCMA iLBC)--->|                                   |\n"
		      "      0.000 |<--------401 Unauthorized----------|                                   |\n"
		      "      0.020 |----------------ACK--------------->|                                   |\n"
		      "      0.030 |----INVITE (sdp PCMU PCMA iLBC)--->|                                   |\n"
		      "      0.031 |<-----------100 Trying-------------|                                   |\n"
		      "      0.032 |                                   |----INVITE (sdp PCMU PCMA iLBC)--->|\n"
		      "      0.532 |                                   |----INVITE (sdp PCMU PCMA iLBC)--->| again\n"
		      "      0.540 |                                   |<-----------180 Ringing------------|\n"
		      "      0.541 |<-----------180 Ringing------------|                                   |\n"
		      "      3.000 |                                   |<--------200 OK (sdp PCMA)---------|\n"
		      "      3.001 |<--------200 OK (sdp PCMA)---------|                                   |\n"
		      "      3.002 |                                   |----------------ACK--------------->|\n"
		      "      8.000 |                                   |<---INVITE (sdp PCMA sendonly)-----|\n"
		      "   3600.000 |                                   |<---------------BYE----------------|\n"
		      "   3600.001 |                                   |------------200 OK BYE------------>|\n");
}

static void a_phone_of_ours_stands_left_of_its_server(void **state)
{
	ahoy_trace_message m[] = {
		message(5, true, "[::1]:5060", "REGISTER sip:h SIP/2.0\r\nCSeq: 1 REGISTER\r\n\r\n"),
		message(6, false, "[::1]:5060", "SIP/2.0 200 OK\r\nCSeq: 1 REGISTER\r\n\r\n"),
	};

	(void)state;
	assert_ladder(m, ARRAY_LEN(m),
		      "          ahoyd                                ::1\n"
		      "                                              :5060\n"
		      "            |                                   |\n"
		      "      0.000 |-------------REGISTER------------->|\n"
		      "      0.000 |<---------200 OK REGISTER----------|\n");
}

static void five_endpoints_fit_into_a_hundred_columns(void **state)
{
	static char text[65536];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_trace_message m[5];
	static const char *const peers[] = {"192.168.100.100:50601", "192.168.100.101:50602",
					    "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:50603", "192.168.100.103:50604"};
	ahoy_slice rest, line;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		m[i] = message(i, i > 0, peers[i % 4], "INVITE sip:112@h SIP/2.0\r\nCSeq: 1 INVITE\r\n" OFFER);
	m[4] = m[3];
	ahoy_ladder_write(&b, AHOY_S("ahoyd"), m, 5);
	assert_false(b.full);
	rest = ahoy_buf_slice(&b);
	while (rest.len) {
		ahoy_slice_cut(rest, '\n', &line, &rest);
		assert_true(line.len <= 100);
	}
	assert_string_equal(ahoy_buf_cstr(&b),
			    "     192.168.100.100         ahoyd         192.168.100.101  2001:db8..eee:ffff   192.168.100.103\n"
			    "         :50601                                :50602             :50603             :50604\n"
			    "            |                  |                  |                  |                  |\n"
			    "      0.000 |---INVITE (sdp)-->|                  |                  |                  |\n"
			    "      0.000 |                  |---INVITE (sdp)-->|                  |                  |\n"
			    "      0.000 |                  |-----INVITE (sdp PCMU PCMA iLBC)---->|                  |\n"
			    "      0.000 |                  |--------------INVITE (sdp PCMU PCMA iLBC)-------------->|\n"
			    "      0.000 |                  |--------------INVITE (sdp PCMU PCMA iLBC)-------------->| again\n");
}

static void what_a_peer_sent_reaches_the_terminal_escaped(void **state)
{
	ahoy_trace_message m[] = {
		message(0, false, "10.0.0.1:1", "\x1b]0;evil\x07 sip:x SIP/2.0\r\n\r\n"),
		message(0, true, "10.0.0.1:1", "SIP/2.0 400 \xff\x9b"
					       "31m\\\r\nCSeq: 1 \x1b[2J\r\n\r\n"),
		message(0, false, "10.0.0.1:1", ""),
		message(0, false, "10.0.0.1:1", "AVERYLONGMETHODNAMETHATNOBODYKNOWSATALL sip:x SIP/2.0\r\n\r\n"),
	};

	(void)state;
	assert_ladder(m, ARRAY_LEN(m),
		      "        10.0.0.1                              ahoyd\n"
		      "           :1\n"
		      "            |                                   |\n"
		      "      0.000 |----------\\x1b]0;evil\\x07--------->|\n"
		      "      0.000 |<---400 \\xff\\x9b31m\\x5c \\x1b[2J----|\n"
		      "      0.000 |---------------------------------->|\n"
		      "      0.000 |--AVERYLONGMETHODNAMETHATNOBODY..->|\n");
}

static void a_label_keeps_what_tells_most_in_each_width(void **state)
{
	static const struct {
		size_t width;
		const char *label;
	} table[] = {
		{40, "183 Session Progress (sdp PCMU PCMA..)"},
		{41, "183 Session Progress (sdp PCMU PCMA iLBC)"},
		{30, "183 Session Progress (sdp)"},
		{25, "183 (sdp PCMU PCMA iLBC)"},
		{19, "183 (sdp PCMU..)"},
		{9, "183 (sdp)"},
		{8, "183 (s.."},
		{2, ""},
	};
	const char *text = "SIP/2.0 183 Session Progress\r\nCSeq: 1 INVITE\r\n" OFFER;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char space[64];
		ahoy_buf b = ahoy_buf_over(space, sizeof space);

		ahoy_ladder_label(&b, ahoy_slice_of(text), table[i].width);
		assert_true(b.len <= table[i].width);
		assert_slice_row(ahoy_buf_slice(&b), table[i].label, table[i].label);
	}
}

static void every_beginning_of_a_message_can_be_drawn(void **state)
{
	const char *text = "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n" OFFER "a=inactive\r\nm=video 1 RTP/AVP 96\r\n";

	(void)state;
	for (size_t len = 0; len <= strlen(text); len++) {
		char space[4096];
		ahoy_buf b = ahoy_buf_over(space, sizeof space);
		ahoy_trace_message m = message(0, true, "10.0.0.1:1", "");

		m.bytes = test_exact((ahoy_slice){text, len});
		ahoy_ladder_write(&b, AHOY_S("ahoyd"), &m, 1);
		assert_false(b.full);
		test_free_exact(m.bytes);
	}
}

static void more_messages_or_endpoints_than_the_bounds_are_counted(void **state)
{
	size_t count = AHOY_LADDER_MAX_MESSAGES + 20, cap = 200 * count;
	ahoy_trace_message *m = calloc(count, sizeof *m);
	char *text = malloc(cap);
	ahoy_buf b = ahoy_buf_over(text, cap);

	(void)state;
	assert_non_null(m);
	for (size_t i = 0; i < count; i++) {
		m[i] = message(i, true, "10.0.0.1:1", "OPTIONS sip:x SIP/2.0\r\n\r\n");
		m[i].flow.peer.port = (uint16_t)(1 + (i < 15 ? i : 0));
	}
	ahoy_ladder_write(&b, AHOY_S("ahoyd"), m, count);
	assert_false(b.full);
	assert_non_null(strstr(ahoy_buf_cstr(&b), "\n24 more messages are not drawn\n"));
	free(text);
	free(m);
}

static void nothing_is_drawn_of_nothing(void **state)
{
	(void)state;
	assert_ladder(NULL, 0, "");
}

static void an_endpoint_by_another_transport_than_udp_says_so_and_has_a_column_of_its_own(void **state)
{
	const char *a = "127.0.0.1:5070";
	ahoy_trace_message m[] = {
		message(1000000, false, a, "OPTIONS sip:h SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n"),
		message(1001000, true, a, "SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\n\r\n"),
		message(1002000, true, a, "OPTIONS sip:h SIP/2.0\r\nCSeq: 2 OPTIONS\r\n\r\n"),
	};

	(void)state;
	m[0].flow.transport = m[1].flow.transport = AHOY_TCP;
	m[0].flow.id = m[1].flow.id = 7;
	assert_ladder(m, ARRAY_LEN(m),
		      "        127.0.0.1                             ahoyd                             127.0.0.1\n"
		      "        :5070 TCP                                                                 :5070\n"
		      "            |                                   |                                   |\n"
		      "      0.000 |--------------OPTIONS------------->|                                   |\n"
		      "      0.001 |<---------200 OK OPTIONS-----------|                                   |\n"
		      "      0.002 |                                   |--------------OPTIONS------------->|\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_through_the_server_is_drawn_between_two_phones),
		cmocka_unit_test(an_endpoint_by_another_transport_than_udp_says_so_and_has_a_column_of_its_own),
		cmocka_unit_test(a_phone_of_ours_stands_left_of_its_server),
		cmocka_unit_test(five_endpoints_fit_into_a_hundred_columns),
		cmocka_unit_test(what_a_peer_sent_reaches_the_terminal_escaped),
		cmocka_unit_test(a_label_keeps_what_tells_most_in_each_width),
		cmocka_unit_test(every_beginning_of_a_message_can_be_drawn),
		cmocka_unit_test(more_messages_or_endpoints_than_the_bounds_are_counted),
		cmocka_unit_test(nothing_is_drawn_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
