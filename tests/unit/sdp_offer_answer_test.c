#include "sdp/offer_answer.h"

#include "test.h"

#include "sdp_golden.h"

static golden g, h;
static char text[8192];

static const ahoy_sdp_codec our_codecs[] = {
	{.name = AHOY_S("PCMA"), .clock_rate_hz = 8000, .payload = 8, .channels = 1},
	{.name = AHOY_S("PCMU"), .clock_rate_hz = 8000, .payload = 0, .channels = 1},
	{.name = AHOY_S("iLBC"), .fmtp = AHOY_S("mode=20"), .clock_rate_hz = 8000, .payload = 98, .channels = 1},
};

/* The called phone of the seed: one codec, at 11.0.0.3. */
static ahoy_sdp_local local(size_t codec_count)
{
	ahoy_sdp_local l = {
		.username = AHOY_S("DBL"),
		.session_name = AHOY_S("DBL"),
		.sess_id = 1,
		.sess_version = 1,
		.codecs = our_codecs,
		.codec_count = codec_count,
		.event_payload = 101,
		.ptime_ms = 20,
		.dir = AHOY_SDP_SENDRECV,
	};

	assert_ok(ahoy_addr_parse(AHOY_S("11.0.0.3:6000"), &l.addr));
	return l;
}

static void rfc3264_5_an_offer_lists_our_codecs_in_order(void **state)
{
	ahoy_sdp_local l = local(3);
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_ok(ahoy_sdp_offer(&l, NULL, &b));
	golden_expect(&b, "v=0\n"
			  "o=DBL 1 1 IN IP4 11.0.0.3\n"
			  "s=DBL\n"
			  "c=IN IP4 11.0.0.3\n"
			  "t=0 0\n"
			  "m=audio 6000 RTP/AVP 8 0 98 101\n"
			  "a=rtpmap:8 PCMA/8000\n"
			  "a=rtpmap:0 PCMU/8000\n"
			  "a=rtpmap:98 iLBC/8000\n"
			  "a=fmtp:98 mode=20\n"
			  "a=rtpmap:101 telephone-event/8000\n"
			  "a=fmtp:101 0-15\n"
			  "a=ptime:20\n"
			  "a=sendrecv\n");
}

static void rfc3264_6_the_seeds_offer_is_answered_as_the_seed_does(void **state)
{
	ahoy_sdp_local l = local(1);
	ahoy_sdp_agreed agreed;
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_ok(ahoy_sdp_answer(&l, golden_parse(&g, SEED_OFFER), &b, &agreed));
	golden_expect(&b, SEED_ANSWER);
	assert_int_equal(b.len, 191);
	assert_int_equal(agreed.codec_count, 1);
	assert_int_equal(agreed.codecs[0].codec_index, 0);
	assert_int_equal(agreed.codecs[0].payload_send, 8);
	assert_int_equal(agreed.event_send, 101);
	assert_int_equal(agreed.remote_rtp.port, 6000);
	assert_int_equal(agreed.remote_rtcp.port, 6001);
	assert_int_equal(agreed.dir, AHOY_SDP_SENDRECV);
	assert_false(agreed.held);
	assert_int_equal(agreed.ptime_ms, 20);
}

static void rfc3264_6_1_the_answer_keeps_the_offers_order_and_numbers(void **state)
{
	ahoy_sdp_local l = local(3);
	ahoy_sdp_agreed agreed;
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	l.rtcp_port = 7001;
	l.ptime_ms = 0;
	assert_ok(ahoy_sdp_answer(&l,
				  golden_parse(&g, "v=0\n"
						   "o=- 5 5 IN IP4 192.0.2.1\n"
						   "s=-\n"
						   "c=IN IP4 192.0.2.1\n"
						   "t=0 0\n"
						   "m=video 5000 RTP/AVP 31\n"
						   "m=audio 4000 RTP/AVP 97 0 120 8\n"
						   "a=rtpmap:97 ilbc/8000\n"
						   "a=rtpmap:120 telephone-event/8000\n"
						   "a=ptime:30\n"
						   "m=image 6000 udptl t38\n"
						   "m=audio 4002 RTP/AVP 0\n"),
				  &b, &agreed));
	golden_expect(&b, "v=0\n"
			  "o=DBL 1 1 IN IP4 11.0.0.3\n"
			  "s=DBL\n"
			  "c=IN IP4 11.0.0.3\n"
			  "t=0 0\n"
			  "m=video 0 RTP/AVP 31\n"
			  "m=audio 6000 RTP/AVP 97 0 8 120\n"
			  "a=rtpmap:97 iLBC/8000\n"
			  "a=fmtp:97 mode=20\n"
			  "a=rtpmap:0 PCMU/8000\n"
			  "a=rtpmap:8 PCMA/8000\n"
			  "a=rtpmap:120 telephone-event/8000\n"
			  "a=fmtp:120 0-15\n"
			  "a=rtcp:7001\n"
			  "a=sendrecv\n"
			  "m=image 0 udptl t38\n"
			  "m=audio 0 RTP/AVP 0\n");
	assert_int_equal(agreed.media_index, 1);
	assert_int_equal(agreed.codecs[0].codec_index, 2);
	assert_int_equal(agreed.codecs[0].payload_send, 97);
	assert_int_equal(agreed.ptime_ms, 30);
	assert_int_equal(agreed.event_recv, 120);
}

#define AUDIO(lines) "v=0\no=- 5 5 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4000 RTP/AVP 0\n" lines

static void rfc3264_6_1_directions_are_answered(void **state)
{
	static const struct {
		const char *offer;
		ahoy_sdp_dir want, expected;
		bool held;
	} rows[] = {
		{AUDIO(""), AHOY_SDP_SENDRECV, AHOY_SDP_SENDRECV, false},
		{AUDIO("a=sendonly\n"), AHOY_SDP_SENDRECV, AHOY_SDP_RECVONLY, true},
		{AUDIO("a=recvonly\n"), AHOY_SDP_SENDRECV, AHOY_SDP_SENDONLY, false},
		{AUDIO("a=inactive\n"), AHOY_SDP_SENDRECV, AHOY_SDP_INACTIVE, true},
		{AUDIO("a=sendonly\n"), AHOY_SDP_SENDONLY, AHOY_SDP_INACTIVE, true},
		{AUDIO(""), AHOY_SDP_SENDONLY, AHOY_SDP_SENDONLY, false},
		{AUDIO("a=recvonly\n"), AHOY_SDP_INACTIVE, AHOY_SDP_INACTIVE, false},
		/* RFC 3264 8.4: the hold of RFC 2543. */
		{AUDIO("c=IN IP4 0.0.0.0\n"), AHOY_SDP_SENDRECV, AHOY_SDP_RECVONLY, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_sdp_local l = local(2);
		ahoy_sdp_agreed agreed;
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		l.dir = rows[i].want;
		assert_err_row(ahoy_sdp_answer(&l, golden_parse(&g, rows[i].offer), &b, &agreed), 0, rows[i].offer);
		assert_row(agreed.dir == rows[i].expected, rows[i].offer);
		assert_row(agreed.held == rows[i].held, rows[i].offer);
		assert_ok(ahoy_sdp_parse(ahoy_buf_slice(&b), &h.sdp, NULL));
		assert_row(h.sdp.media[0].dir == rows[i].expected, rows[i].offer);
	}
}

static void a_hold_by_address_zero_has_nowhere_to_send_to(void **state)
{
	ahoy_sdp_local l = local(2);
	ahoy_sdp_agreed agreed;
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_ok(ahoy_sdp_answer(&l, golden_parse(&g, AUDIO("c=IN IP4 0.0.0.0\n")), &b, &agreed));
	assert_int_equal(agreed.remote_rtp.family, 0);
	assert_int_equal(agreed.remote_rtcp.family, 0);
}

static void rfc3261_20_43_no_common_codec_is_488_with_the_right_warning(void **state)
{
	static const struct {
		const char *media;
		int warning;
	} rows[] = {
		{"m=audio 4 RTP/AVP 3 101\na=rtpmap:101 telephone-event/8000\n", 305},
		{"m=audio 4 RTP/AVP 96\na=rtpmap:96 PCMU/16000\n", 305},
		{"m=audio 4 RTP/AVP 96\na=rtpmap:96 PCMU/8000/2\n", 305},
		{"m=video 4 RTP/AVP 31\n", 304},
		{"m=audio 0 RTP/AVP 0\n", 304},
		{"m=audio 4 RTP/SAVP 0\n", 399}, /* without keys */
		{"", 304},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char offer[512];
		ahoy_sdp_local l = local(2);
		ahoy_sdp_agreed agreed;
		ahoy_buf b = ahoy_buf_over(text, sizeof text), o = ahoy_buf_over(offer, sizeof offer);

		ahoy_buf_str(&o, "v=0\no=- 5 5 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\n");
		ahoy_buf_str(&o, rows[i].media);
		assert_err_row(ahoy_sdp_answer(&l, golden_parse(&g, ahoy_buf_cstr(&o)), &b, &agreed), AHOY_ECODEC,
			       rows[i].media);
		assert_row(agreed.warning == rows[i].warning, rows[i].media);
		assert_int_equal(ahoy_err_sip_status(AHOY_ECODEC), 488);
	}
}

static void rfc4733_2_5_1_1_the_event_has_the_clock_of_the_audio(void **state)
{
	ahoy_sdp_local l = local(2);
	ahoy_sdp_agreed agreed;
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_ok(ahoy_sdp_answer(&l,
				  golden_parse(&g, "v=0\no=- 5 5 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\n"
						   "m=audio 4 RTP/AVP 110 0 111\n"
						   "a=rtpmap:110 telephone-event/48000\n"
						   "a=rtpmap:111 telephone-event/8000\n"),
				  &b, &agreed));
	assert_int_equal(agreed.event_send, 111);
}

static void accept_answer(const char *offer, const char *answer, ahoy_sdp_agreed *agreed)
{
	ahoy_sdp_local l = local(3);

	assert_ok(ahoy_sdp_accept(&l, golden_parse(&g, offer), golden_parse(&h, answer), agreed));
}

#define OUR_OFFER                             \
	"v=0\n"                               \
	"o=DBL 1 1 IN IP4 11.0.0.3\n"         \
	"s=DBL\n"                             \
	"c=IN IP4 11.0.0.3\n"                 \
	"t=0 0\n"                             \
	"m=audio 6000 RTP/AVP 8 0 98 101\n"   \
	"a=rtpmap:8 PCMA/8000\n"              \
	"a=rtpmap:0 PCMU/8000\n"              \
	"a=rtpmap:98 iLBC/8000\n"             \
	"a=rtpmap:101 telephone-event/8000\n" \
	"a=sendrecv\n"

static void rfc3264_7_the_answer_says_what_to_send_and_where(void **state)
{
	ahoy_sdp_agreed agreed;

	(void)state;
	accept_answer(OUR_OFFER, SEED_ANSWER, &agreed);
	assert_int_equal(agreed.codec_count, 1);
	assert_int_equal(agreed.codecs[0].codec_index, 0);
	assert_int_equal(agreed.event_send, 101);
	assert_int_equal(agreed.remote_rtp.port, 6000);
	assert_int_equal(agreed.dir, AHOY_SDP_SENDRECV);
}

static void rfc3264_6_1_an_answer_may_use_other_numbers_in_its_direction(void **state)
{
	ahoy_sdp_agreed agreed;

	(void)state;
	accept_answer(OUR_OFFER,
		      "v=0\no=- 5 5 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\n"
		      "m=audio 4000 RTP/AVP 112 3 0 96\n"
		      "a=rtpmap:112 iLBC/8000\n"
		      "a=rtpmap:96 telephone-event/8000\n"
		      "a=rtcp:4005\n"
		      "a=maxptime:10\n",
		      &agreed);
	assert_int_equal(agreed.codec_count, 2); /* GSM was not offered */
	assert_int_equal(agreed.codecs[0].codec_index, 2);
	assert_int_equal(agreed.codecs[0].payload_send, 112);
	assert_int_equal(agreed.codecs[0].payload_recv, 98);
	assert_int_equal(agreed.codecs[1].codec_index, 1);
	assert_int_equal(agreed.event_send, 96);
	assert_int_equal(agreed.event_recv, 101);
	assert_int_equal(agreed.remote_rtcp.port, 4005);
	assert_int_equal(agreed.ptime_ms, 10);
}

static void rfc3264_6_answers_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		const char *media;
		int err;
	} rows[] = {
		{"", AHOY_ESYNTAX},
		{"m=audio 4 RTP/AVP 0\nm=video 4 RTP/AVP 31\n", AHOY_ESYNTAX},
		{"m=video 4 RTP/AVP 31\n", AHOY_ESYNTAX},
		{"m=audio 0 RTP/AVP 0\n", AHOY_ECODEC},
		{"m=audio 4 RTP/SAVP 0\n", AHOY_ECODEC},
		{"m=audio 4 RTP/AVP 18\n", AHOY_ECODEC},
		{"m=audio 4 RTP/AVP 101\na=rtpmap:101 telephone-event/8000\n", AHOY_ECODEC},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char answer[512];
		ahoy_sdp_local l = local(3);
		ahoy_sdp_agreed agreed;
		ahoy_buf a = ahoy_buf_over(answer, sizeof answer);

		ahoy_buf_str(&a, "v=0\no=- 5 5 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\n");
		ahoy_buf_str(&a, rows[i].media);
		golden_parse(&g, OUR_OFFER);
		assert_err_row(ahoy_sdp_accept(&l, &g.sdp, golden_parse(&h, ahoy_buf_cstr(&a)), &agreed), rows[i].err,
			       rows[i].media);
	}
}

static void rfc3264_8_a_second_offer_keeps_lines_and_numbers(void **state)
{
	/* Our answer in a call that the other side began: a dead video line, telephone-event at 120, 98 taken by G729. */
	const ahoy_sdp *last = golden_parse(&g, "v=0\n"
						"o=DBL 1 1 IN IP4 11.0.0.3\n"
						"c=IN IP4 11.0.0.3\n"
						"m=video 0 RTP/AVP 31\n"
						"m=audio 6000 RTP/AVP 0 120 98\n"
						"a=rtpmap:120 telephone-event/8000\n"
						"a=rtpmap:98 G729/8000\n");
	ahoy_sdp_local l = local(3);
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	l.sess_version = 2;
	l.dir = AHOY_SDP_SENDONLY;
	assert_ok(ahoy_sdp_offer(&l, last, &b));
	golden_expect(&b, "v=0\n"
			  "o=DBL 1 2 IN IP4 11.0.0.3\n"
			  "s=DBL\n"
			  "c=IN IP4 11.0.0.3\n"
			  "t=0 0\n"
			  "m=video 0 RTP/AVP 31\n"
			  "m=audio 6000 RTP/AVP 8 0 96 120\n"
			  "a=rtpmap:8 PCMA/8000\n"
			  "a=rtpmap:0 PCMU/8000\n"
			  "a=rtpmap:96 iLBC/8000\n"
			  "a=fmtp:96 mode=20\n"
			  "a=rtpmap:120 telephone-event/8000\n"
			  "a=fmtp:120 0-15\n"
			  "a=ptime:20\n"
			  "a=sendonly\n");
}

static void ip6_is_written_as_rfc8866_5_7_says(void **state)
{
	ahoy_sdp_local l = local(1);
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_ok(ahoy_addr_parse(AHOY_S("[2001:db8::3]:6000"), &l.addr));
	l.event_payload = -1;
	l.ptime_ms = 0;
	assert_ok(ahoy_sdp_offer(&l, NULL, &b));
	golden_expect(&b, "v=0\no=DBL 1 1 IN IP6 2001:db8::3\ns=DBL\nc=IN IP6 2001:db8::3\nt=0 0\n"
			  "m=audio 6000 RTP/AVP 8\na=rtpmap:8 PCMA/8000\na=sendrecv\n");
}

static void unusable_arguments_and_small_buffers_are_answered(void **state)
{
	ahoy_sdp_local l = local(0);
	ahoy_sdp_agreed agreed;
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	assert_err(ahoy_sdp_offer(&l, NULL, &b), AHOY_EINVAL);
	l = local(1);
	assert_ok(ahoy_addr_parse(AHOY_S("0.0.0.0:6000"), &l.addr));
	assert_err(ahoy_sdp_answer(&l, golden_parse(&g, SEED_OFFER), &b, &agreed), AHOY_EINVAL);
	l = local(1);
	for (size_t cap = 0; cap < 191; cap++) {
		b = ahoy_buf_over(text, cap);
		assert_err(ahoy_sdp_answer(&l, &g.sdp, &b, &agreed), AHOY_EFULL);
	}
}

static void a_name_with_line_ends_in_it_is_not_written(void **state)
{
	ahoy_sdp_local l = local(1);
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	l.username = AHOY_S("a b");
	l.session_name = AHOY_S("x\r\na=evil");
	assert_ok(ahoy_sdp_offer(&l, NULL, &b));
	assert_true(ahoy_slice_starts(ahoy_buf_slice(&b), AHOY_S("v=0\r\no=- 1 1 IN IP4 11.0.0.3\r\ns=-\r\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3264_5_an_offer_lists_our_codecs_in_order),
		cmocka_unit_test(rfc3264_6_the_seeds_offer_is_answered_as_the_seed_does),
		cmocka_unit_test(rfc3264_6_1_the_answer_keeps_the_offers_order_and_numbers),
		cmocka_unit_test(rfc3264_6_1_directions_are_answered),
		cmocka_unit_test(a_hold_by_address_zero_has_nowhere_to_send_to),
		cmocka_unit_test(rfc3261_20_43_no_common_codec_is_488_with_the_right_warning),
		cmocka_unit_test(rfc4733_2_5_1_1_the_event_has_the_clock_of_the_audio),
		cmocka_unit_test(rfc3264_7_the_answer_says_what_to_send_and_where),
		cmocka_unit_test(rfc3264_6_1_an_answer_may_use_other_numbers_in_its_direction),
		cmocka_unit_test(rfc3264_6_answers_that_do_not_fit_are_refused),
		cmocka_unit_test(rfc3264_8_a_second_offer_keeps_lines_and_numbers),
		cmocka_unit_test(ip6_is_written_as_rfc8866_5_7_says),
		cmocka_unit_test(unusable_arguments_and_small_buffers_are_answered),
		cmocka_unit_test(a_name_with_line_ends_in_it_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
