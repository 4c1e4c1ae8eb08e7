#include "sdp/sdp.h"

#include "test.h"

#include "sdp_golden.h"

static golden g;

static void rfc8866_5_the_seeds_offer_is_understood(void **state)
{
	const ahoy_sdp *sdp = golden_parse(&g, SEED_OFFER);
	const ahoy_sdp_media *m = &sdp->media[0];

	(void)state;
	assert_int_equal(g.len, 321); /* as its Content-Length says */
	assert_slice(sdp->username, "Zoiper_user");
	assert_slice(sdp->sess_id, "0");
	assert_slice(sdp->session_name, "Zoiper_session");
	assert_slice(sdp->conn.address, "127.0.0.1");
	assert_int_equal(sdp->media_count, 1);
	assert_slice(m->type, "audio");
	assert_int_equal(m->port, 6000);
	assert_int_equal(m->port_count, 1);
	assert_slice(m->proto, "RTP/AVP");
	assert_true(m->is_rtp);
	assert_int_equal(m->formats.count, 6);
	assert_int_equal(m->attrs.count, 9);
	assert_int_equal(m->dir, AHOY_SDP_SENDRECV);
	assert_int_equal(m->conn.addr.family, 4);
	assert_false(m->has_conn);
}

static void rfc8866_6_4_the_seeds_answer_asks_for_20_ms(void **state)
{
	const ahoy_sdp *sdp = golden_parse(&g, SEED_ANSWER);

	(void)state;
	assert_int_equal(g.len, 191);
	assert_int_equal(sdp->media[0].ptime_ms, 20);
	assert_slice(sdp->username, "DBL");
}

#define HEAD "v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\n"

static const char *const tolerated[] = {
	/* what is missing */
	"v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\nm=audio 4 RTP/AVP 0\n",
	"v=0\no=- 1 1 IN IP4 10.0.0.1\ns=\nt=0 0\nm=audio 4 RTP/AVP 0\nc=IN IP4 10.0.0.1\n",
	"v=0\no=- 1 1 IN IP4 10.0.0.1\n",
	/* order, blanks, blank lines */
	"v=0\no=- 1 1 IN IP4 10.0.0.1\nt=0 0\na=sendrecv\nc=IN IP4 10.0.0.1\ns=late\nm=audio 4 RTP/AVP 0\n",
	HEAD "m=audio 4 RTP/AVP 0\n\n\n",
	HEAD "m= audio  4\tRTP/AVP  0 8 \n a=rtpmap:0 PCMU/8000 \n",
	"v=0 \no=My Phone 1 1 IN IP4 10.0.0.1\ns=-\nc=in ip4 10.0.0.1\nm=audio 4 RTP/AVP 0\n",
	/* numbers at their edges */
	"v=0\no=- 12345678901234567890123 0 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\nm=audio 65535 rtp/avp 127\n",
	HEAD "m=audio 4/2 RTP/AVP 0\nb=AS:4294967295\na=ptime:20.5\na=rtcp:65535\n",
	HEAD "m=audio 4 RTP/AVP 0\na=ptime:0\n",
	/* names and other families */
	"v=0\no=- 1 1 IN IP4 phone7\ns=-\nc=IN IP4 phone7\nt=0 0\nm=audio 4 RTP/AVP 0\n",
	"v=0\no=- 1 1 IN IP6 ::1\ns=-\nc=IN IP6 2001:db8::1\nt=0 0\nm=audio 4 RTP/AVP 0\na=rtcp:5 IN IP6 2001:db8::2\n",
	"v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 224.2.1.1/127/3\nt=0 0\nm=audio 4 RTP/AVP 0\n",
	/* lines without meaning for us */
	HEAD "i=x\nu=http://x\ne=a\np=1\nr=1\nz=0 0\nk=prompt\ny=?\na=\na=:x\na=no token\nm=audio 4 RTP/AVP 0\n",
	/* other protocols */
	HEAD "m=image 4 udptl t38\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\nm=video 0 RTP/AVP\n",
};

static void rfc8866_9_what_peers_send_is_tolerated_with_crlf_and_with_lf(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tolerated); i++) {
		ahoy_sdp_fault fault = {0};
		int err;

		golden_crlf(&g, tolerated[i]);
		err = ahoy_sdp_parse(golden_slice(&g), &g.sdp, &fault);
		assert_err_row(err, 0, fault.rule ? fault.rule : tolerated[i]);
		err = ahoy_sdp_parse(ahoy_slice_of(tolerated[i]), &g.sdp, &fault);
		assert_err_row(err, 0, tolerated[i]);
	}
}

static const struct {
	const char *text;
	int err;
	const char *rule;
} refused[] = {
	{"", AHOY_ESYNTAX, "o= is missing"},
	{"v=0\n", AHOY_ESYNTAX, "o= is missing"},
	{"v=1\no=- 1 1 IN IP4 10.0.0.1\n", AHOY_ESYNTAX, "the first line is not v=0"},
	{"o=- 1 1 IN IP4 10.0.0.1\nv=0\n", AHOY_ESYNTAX, "the first line is not v=0"},
	{HEAD "v=0\n", AHOY_ESYNTAX, "v= stands twice"},
	{HEAD "o=- 1 1 IN IP4 10.0.0.1\n", AHOY_ESYNTAX, "o= stands twice or behind m="},
	{HEAD "garbage\n", AHOY_ESYNTAX, "a line does not begin with a letter and '='"},
	{HEAD "a=x\ry\n", AHOY_ESYNTAX, "a line contains CR or NUL"},
	{"v=0\no=- x 1 IN IP4 10.0.0.1\n", AHOY_ESYNTAX, "session id or version of o= is no number"},
	{"v=0\no=- 1 -1 IN IP4 10.0.0.1\n", AHOY_ESYNTAX, "session id or version of o= is no number"},
	{"v=0\no=1 1 IN IP4\n", AHOY_ESYNTAX, "o= has fewer than six fields"},
	{"v=0\no=- 1 1 IN IP4 1.2.3.400\n", AHOY_ESYNTAX, "address of o= is not valid"},
	{HEAD "m=audio 4 RTP/AVP 0\nc=IN IP4 ::1\n", AHOY_ESYNTAX, "c= is not valid"},
	{HEAD "m=audio 4 RTP/AVP 0\nc=IN IP6 10.0.0.1\n", AHOY_ESYNTAX, "c= is not valid"},
	{HEAD "m=audio 4 RTP/AVP 0\nc=IN IP4 224.1.1.1/x\n", AHOY_ESYNTAX, "c= is not valid"},
	{HEAD "t=0\n", AHOY_ESYNTAX, "t= has no two numbers"},
	{HEAD "b=AS\n", AHOY_ESYNTAX, "b= has no type"},
	{HEAD "b=AS:4294967296\n", AHOY_ERANGE, "value of b= is no number of 32 bits"},
	{HEAD "m=audio 65536 RTP/AVP 0\n", AHOY_ERANGE, "port of m= is no number of 0 to 65535"},
	{HEAD "m=audio -1 RTP/AVP 0\n", AHOY_ESYNTAX, "port of m= is no number of 0 to 65535"},
	{HEAD "m=audio 4/0 RTP/AVP 0\n", AHOY_ERANGE, "port count of m= is no number of 1 to 65535"},
	{HEAD "m=audio 4 RTP/AVP 128\n", AHOY_ERANGE, "format of m= is no payload number of 0 to 127"},
	{HEAD "m=audio 4 RTP/AVP x\n", AHOY_ESYNTAX, "format of m= is no payload number of 0 to 127"},
	{HEAD "m=audio 4 RTP/AVP\n", AHOY_ESYNTAX, "m= has no format"},
	{HEAD "m=audio\n", AHOY_ESYNTAX, "m= has no type, port and protocol"},
	{HEAD "m=audio 4 RTP/AVP 0\na=rtpmap:0 PCMU\n", AHOY_ESYNTAX, "a=rtpmap is not payload name/clock[/channels]"},
	{HEAD "m=audio 4 RTP/AVP 0\na=rtpmap:200 PCMU/8000\n", AHOY_ERANGE,
	 "a=rtpmap is not payload name/clock[/channels]"},
	{HEAD "m=audio 4 RTP/AVP 0\na=rtpmap:0 PCMU/0\n", AHOY_ERANGE, "a=rtpmap is not payload name/clock[/channels]"},
	{HEAD "m=audio 4 RTP/AVP 0\na=ptime:2x\n", AHOY_ESYNTAX, "a=ptime is no number of 0 to 1000"},
	{HEAD "m=audio 4 RTP/AVP 0\na=ptime:1001\n", AHOY_ERANGE, "a=ptime is no number of 0 to 1000"},
	{HEAD "m=audio 4 RTP/AVP 0\na=rtcp:0\n", AHOY_ERANGE, "port of a=rtcp is no number of 1 to 65535"},
	{HEAD "m=audio 4 RTP/AVP 0\na=rtcp:5 IN IP4 x y\nc=", AHOY_ESYNTAX, "c= is not valid"},
	{"v=0\no=- 1 1 IN IP4 10.0.0.1\nm=audio 4 RTP/AVP 0\n", AHOY_ESYNTAX, "m= has no c=, nor has the session"},
};

static void rfc8866_9_what_is_wrong_is_refused_with_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		ahoy_sdp_fault fault = {0, ""};

		assert_err_row(ahoy_sdp_parse(ahoy_slice_of(refused[i].text), &g.sdp, &fault), refused[i].err,
			       refused[i].rule);
		assert_slice_row(ahoy_slice_of(fault.rule), refused[i].rule, refused[i].text);
	}
}

static void rfc3261_21_4_1_a_fault_says_where_it_is(void **state)
{
	static const char text[] = HEAD "m=audio 4 RTP/AVP 0 300\n";
	ahoy_sdp_fault fault;

	(void)state;
	assert_err(ahoy_sdp_parse(ahoy_slice_of(text), &g.sdp, &fault), AHOY_ERANGE);
	assert_int_equal(fault.offset, strlen(text) - strlen("300\n"));
}

static void a_nul_byte_does_not_end_a_line_for_one_reader_only(void **state)
{
	static const char text[] = HEAD "a=x\0y\n";

	(void)state;
	assert_err(ahoy_sdp_parse(ahoy_slice_make(text, sizeof text - 1), &g.sdp, NULL), AHOY_ESYNTAX);
}

static void rfc8866_6_7_the_session_direction_is_the_default_of_its_media(void **state)
{
	const ahoy_sdp *sdp =
		golden_parse(&g, HEAD "a=sendonly\nm=audio 4 RTP/AVP 0\nm=audio 6 RTP/AVP 0\na=inactive\na=sendrecv\n");

	(void)state;
	assert_int_equal(sdp->media[0].dir, AHOY_SDP_SENDONLY);
	assert_false(sdp->media[0].has_dir);
	assert_int_equal(sdp->media[1].dir, AHOY_SDP_INACTIVE);
}

static void rfc8866_5_7_a_media_c_line_wins_over_the_sessions(void **state)
{
	const ahoy_sdp *sdp = golden_parse(
		&g, HEAD "m=audio 4 RTP/AVP 0\nc=IN IP4 10.0.0.9\nc=IN IP4 10.0.0.10\nm=video 6 RTP/AVP 31\n");

	(void)state;
	assert_slice(sdp->media[0].conn.address, "10.0.0.9");
	assert_slice(sdp->media[1].conn.address, "10.0.0.1");
}

static void tables_are_bounded(void **state)
{
	char text[32768];
	ahoy_buf b;

	(void)state;
	b = ahoy_buf_over(text, sizeof text);
	ahoy_buf_str(&b, HEAD);
	for (int i = 0; i < AHOY_SDP_MAX_MEDIA; i++)
		ahoy_buf_str(&b, "m=audio 4 RTP/AVP 0\n");
	assert_ok(ahoy_sdp_parse(ahoy_buf_slice(&b), &g.sdp, NULL));
	ahoy_buf_str(&b, "m=audio 4 RTP/AVP 0\n");
	assert_err(ahoy_sdp_parse(ahoy_buf_slice(&b), &g.sdp, NULL), AHOY_ETOOBIG);

	b = ahoy_buf_over(text, sizeof text);
	ahoy_buf_str(&b, HEAD);
	for (int i = 0; i < AHOY_SDP_MAX_ATTRS; i++)
		ahoy_buf_str(&b, "a=x:y\n");
	assert_ok(ahoy_sdp_parse(ahoy_buf_slice(&b), &g.sdp, NULL));
	ahoy_buf_str(&b, "a=x\n");
	assert_err(ahoy_sdp_parse(ahoy_buf_slice(&b), &g.sdp, NULL), AHOY_ETOOBIG);

	b = ahoy_buf_over(text, sizeof text);
	ahoy_buf_str(&b, HEAD "m=audio 4 RTP/AVP");
	for (int i = 0; i < AHOY_SDP_MAX_FORMATS; i++)
		ahoy_buf_str(&b, " 0");
	assert_ok(ahoy_sdp_parse(ahoy_buf_slice(&b), &g.sdp, NULL));
	ahoy_buf_str(&b, " 0\n");
	assert_err(ahoy_sdp_parse(ahoy_buf_slice(&b), &g.sdp, NULL), AHOY_ETOOBIG);
}

static void bandwidths_beyond_the_table_are_not_heeded(void **state)
{
	char text[4096];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	ahoy_buf_str(&b, HEAD);
	for (int i = 0; i < AHOY_SDP_MAX_BANDWIDTHS + 5; i++)
		ahoy_buf_str(&b, "b=AS:64\n");
	assert_ok(ahoy_sdp_parse(ahoy_buf_slice(&b), &g.sdp, NULL));
	assert_int_equal(g.sdp.bandwidths.count, AHOY_SDP_MAX_BANDWIDTHS);
}

static void truncated_at_every_byte_nothing_is_read_past_the_end(void **state)
{
	(void)state;
	golden_crlf(&g, SEED_OFFER);
	for (size_t len = 0; len < g.len; len++) {
		ahoy_slice part = test_exact((ahoy_slice){g.text, len});
		ahoy_sdp sdp;
		ahoy_sdp_fault fault = {0, NULL};
		int err = ahoy_sdp_parse(part, &sdp, &fault);

		assert_true(err == 0 || (fault.rule && fault.offset <= len));
		test_free_exact(part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc8866_5_the_seeds_offer_is_understood),
		cmocka_unit_test(rfc8866_6_4_the_seeds_answer_asks_for_20_ms),
		cmocka_unit_test(rfc8866_9_what_peers_send_is_tolerated_with_crlf_and_with_lf),
		cmocka_unit_test(rfc8866_9_what_is_wrong_is_refused_with_its_rule),
		cmocka_unit_test(rfc3261_21_4_1_a_fault_says_where_it_is),
		cmocka_unit_test(a_nul_byte_does_not_end_a_line_for_one_reader_only),
		cmocka_unit_test(rfc8866_6_7_the_session_direction_is_the_default_of_its_media),
		cmocka_unit_test(rfc8866_5_7_a_media_c_line_wins_over_the_sessions),
		cmocka_unit_test(tables_are_bounded),
		cmocka_unit_test(bandwidths_beyond_the_table_are_not_heeded),
		cmocka_unit_test(truncated_at_every_byte_nothing_is_read_past_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
