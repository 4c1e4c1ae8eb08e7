#include "sdp/sdp.h"

#include "test.h"

#include "sdp_golden.h"

static golden g;

#define HEAD "v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\n"

static void rfc8866_6_6_rtpmap_names_the_payloads_of_the_seed(void **state)
{
	static const struct {
		unsigned payload;
		const char *name, *fmtp;
	} expected[] = {
		{3, "GSM", ""},
		{0, "PCMU", ""},
		{110, "speex", ""},
		{98, "iLBC", "mode=20"},
		{8, "PCMA", ""},
		{101, "telephone-event", "0-15"},
	};
	const ahoy_sdp *sdp = golden_parse(&g, SEED_OFFER);
	ahoy_sdp_codec codec;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_ok(ahoy_sdp_codec_at(sdp, &sdp->media[0], i, &codec));
		assert_int_equal(codec.payload, expected[i].payload);
		assert_slice(codec.name, expected[i].name);
		assert_slice(codec.fmtp, expected[i].fmtp);
		assert_int_equal(codec.clock_rate_hz, 8000);
		assert_int_equal(codec.channels, 1);
		assert_true(ahoy_sdp_is_telephone_event(&codec) == (codec.payload == 101));
	}
	assert_err(ahoy_sdp_codec_at(sdp, &sdp->media[0], 6, &codec), AHOY_ENOTFOUND);
	assert_err(ahoy_sdp_codec_of(sdp, &sdp->media[0], 9, &codec), AHOY_ENOTFOUND);
}

static void rfc3551_6_static_payloads_need_no_rtpmap(void **state)
{
	const ahoy_sdp *sdp = golden_parse(&g, HEAD "m=audio 4 RTP/AVP 0 9 10 99\na=rtpmap:9 PCMA/8000\n");
	ahoy_sdp_codec codec;

	(void)state;
	assert_ok(ahoy_sdp_codec_of(sdp, &sdp->media[0], 0, &codec));
	assert_slice(codec.name, "PCMU");
	/* rtpmap wins over the table. */
	assert_ok(ahoy_sdp_codec_of(sdp, &sdp->media[0], 9, &codec));
	assert_slice(codec.name, "PCMA");
	assert_ok(ahoy_sdp_codec_of(sdp, &sdp->media[0], 10, &codec));
	assert_int_equal(codec.clock_rate_hz, 44100);
	assert_int_equal(codec.channels, 2);
	assert_ok(ahoy_sdp_codec_of(sdp, &sdp->media[0], 99, &codec));
	assert_slice(codec.name, "");
	assert_err(ahoy_sdp_static_codec(96, &codec), AHOY_ENOTFOUND);
}

static void rfc4855_3_names_are_compared_without_case(void **state)
{
	ahoy_sdp_codec a = {.name = AHOY_S("pcmu"), .clock_rate_hz = 8000, .channels = 1}, b = a,
		       none = {.clock_rate_hz = 8000, .channels = 1};

	(void)state;
	b.name = AHOY_S("PCMU");
	b.payload = 100;
	assert_true(ahoy_sdp_codec_eq(&a, &b));
	b.channels = 2;
	assert_false(ahoy_sdp_codec_eq(&a, &b));
	b.channels = 1;
	b.clock_rate_hz = 16000;
	assert_false(ahoy_sdp_codec_eq(&a, &b));
	assert_false(ahoy_sdp_codec_eq(&none, &none)); /* two unknown ones are not the same */
}

static void expect_addr(ahoy_addr addr, const char *expected)
{
	char text[AHOY_ADDR_TEXT + 1];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (addr.family)
		ahoy_addr_put(&b, &addr);
	assert_slice(ahoy_buf_slice(&b), expected);
}

static void rfc3605_2_1_rtcp_goes_to_the_next_port_or_where_the_attribute_says(void **state)
{
	static const struct {
		const char *media, *rtp, *rtcp;
	} rows[] = {
		{"m=audio 4000 RTP/AVP 0\n", "10.0.0.1:4000", "10.0.0.1:4001"},
		{"m=audio 4000 RTP/AVP 0\na=rtcp:5000\n", "10.0.0.1:4000", "10.0.0.1:5000"},
		{"m=audio 4000 RTP/AVP 0\na=rtcp:5000 IN IP4 10.0.0.2\n", "10.0.0.1:4000", "10.0.0.2:5000"},
		{"m=audio 65535 RTP/AVP 0\n", "10.0.0.1:65535", ""},
		{"m=audio 0 RTP/AVP 0\n", "", ""},
		{"m=audio 4000 RTP/AVP 0\nc=IN IP4 0.0.0.0\n", "", ""},
		{"m=audio 4000 RTP/AVP 0\nc=IN IP4 224.1.1.1/1\n", "", ""},
		{"m=audio 4000 RTP/AVP 0\nc=IN IP4 phone.example\n", "", ""},
		{"m=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::7\n", "[2001:db8::7]:4000", "[2001:db8::7]:4001"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[512];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_buf_str(&b, HEAD);
		ahoy_buf_str(&b, rows[i].media);
		golden_parse(&g, ahoy_buf_cstr(&b));
		expect_addr(ahoy_sdp_rtp_addr(&g.sdp.media[0]), rows[i].rtp);
		expect_addr(ahoy_sdp_rtcp_addr(&g.sdp.media[0]), rows[i].rtcp);
	}
}

static void rfc3264_6_1_a_direction_reversed_swaps_send_and_receive(void **state)
{
	(void)state;
	assert_int_equal(ahoy_sdp_dir_reverse(AHOY_SDP_SENDRECV), AHOY_SDP_SENDRECV);
	assert_int_equal(ahoy_sdp_dir_reverse(AHOY_SDP_SENDONLY), AHOY_SDP_RECVONLY);
	assert_int_equal(ahoy_sdp_dir_reverse(AHOY_SDP_RECVONLY), AHOY_SDP_SENDONLY);
	assert_int_equal(ahoy_sdp_dir_reverse(AHOY_SDP_INACTIVE), AHOY_SDP_INACTIVE);
	assert_string_equal(ahoy_sdp_dir_name(AHOY_SDP_SENDONLY), "sendonly");
}

static void rfc3264_8_4_address_zero_means_that_nothing_is_received(void **state)
{
	const ahoy_sdp *sdp = golden_parse(
		&g, HEAD "m=audio 4 RTP/AVP 0\nc=IN IP4 0.0.0.0\nm=audio 6 RTP/AVP 0\nc=IN IP6 ::\na=recvonly\n");

	(void)state;
	assert_int_equal(ahoy_sdp_media_dir(&sdp->media[0]), AHOY_SDP_SENDONLY);
	assert_int_equal(ahoy_sdp_media_dir(&sdp->media[1]), AHOY_SDP_INACTIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc8866_6_6_rtpmap_names_the_payloads_of_the_seed),
		cmocka_unit_test(rfc3551_6_static_payloads_need_no_rtpmap),
		cmocka_unit_test(rfc4855_3_names_are_compared_without_case),
		cmocka_unit_test(rfc3605_2_1_rtcp_goes_to_the_next_port_or_where_the_attribute_says),
		cmocka_unit_test(rfc3264_6_1_a_direction_reversed_swaps_send_and_receive),
		cmocka_unit_test(rfc3264_8_4_address_zero_means_that_nothing_is_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
