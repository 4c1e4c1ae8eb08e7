#include "sdp/rewrite.h"

#include "test.h"

#include "sdp_golden.h"

static golden g;
static char text[8192];

static void rewrite(const char *peer, const ahoy_sdp_ports *ports, size_t count, const char *expected)
{
	ahoy_sdp_owner owner = {.username = AHOY_S("ahoyd"),
				.session_name = AHOY_S("ahoy"),
				.sess_id = 7,
				.sess_version = 3,
				.ports = ports,
				.port_count = count};
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	assert_ok(ahoy_addr_parse_ip(AHOY_S("192.0.2.10"), &owner.ip));
	assert_ok(ahoy_sdp_rewrite(golden_parse(&g, peer), &owner, &b));
	golden_expect(&b, expected);
}

#define OURS "v=0\no=ahoyd 7 3 IN IP4 192.0.2.10\ns=ahoy\nc=IN IP4 192.0.2.10\n"

static const ahoy_sdp_ports one[] = {{10000, 10001}};
static const ahoy_sdp_ports two[] = {{10000, 10001}, {10002, 10009}};

static void the_seeds_offer_crosses_with_all_codecs_numbers_and_order(void **state)
{
	(void)state;
	rewrite(SEED_OFFER, one, 1,
		OURS "t=0 0\n"
		     "m=audio 10000 RTP/AVP 3 0 110 98 8 101\n"
		     "a=rtpmap:3 GSM/8000\n"
		     "a=rtpmap:0 PCMU/8000\n"
		     "a=rtpmap:110 speex/8000\n"
		     "a=rtpmap:98 iLBC/8000\n"
		     "a=fmtp:98 mode=20\n"
		     "a=rtpmap:8 PCMA/8000\n"
		     "a=rtpmap:101 telephone-event/8000\n"
		     "a=fmtp:101 0-15\n"
		     "a=sendrecv\n");
}

static void the_seeds_answer_maps_back(void **state)
{
	(void)state;
	rewrite(SEED_ANSWER, one, 1,
		OURS "t=0 0\n"
		     "m=audio 10000 RTP/AVP 8 101\n"
		     "a=rtpmap:8 PCMA/8000\n"
		     "a=rtpmap:101 telephone-event/8000\n"
		     "a=fmtp:101 0-15\n"
		     "a=ptime:20\n"
		     "a=sendrecv\n");
}

static void a_browsers_offer_loses_ice_mux_bundle_and_dtls(void **state)
{
	(void)state;
	rewrite("v=0\n"
		"o=- 46117317 2 IN IP4 127.0.0.1\n"
		"s=-\n"
		"t=0 0\n"
		"a=group:BUNDLE 0 1\n"
		"a=msid-semantic: WMS x\n"
		"m=audio 9 RTP/SAVPF 111 0\n"
		"c=IN IP4 203.0.113.5\n"
		"a=rtcp:9 IN IP4 0.0.0.0\n"
		"a=candidate:1 1 udp 2122 192.168.1.5 5000 typ host\n"
		"a=ice-ufrag:abcd\n"
		"a=ice-pwd:efgh\n"
		"a=fingerprint:sha-256 AA:BB\n"
		"a=setup:actpass\n"
		"a=mid:0\n"
		"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\n"
		"a=rtcp-mux\n"
		"a=rtpmap:111 opus/48000/2\n"
		"a=rtcp-fb:111 transport-cc\n"
		"a=rtcp-fb:111 nack\n"
		"a=rtcp-fb:99 nack\n"
		"a=fmtp:111 minptime=10;useinbandfec=1\n"
		"a=ssrc:1 cname:x\n"
		"m=video 9 RTP/SAVPF 96\n"
		"c=IN IP4 203.0.113.5\n"
		"b=TIAS:500000\n"
		"a=rtpmap:96 VP8/90000\n"
		"a=rtcp-fb:* nack pli\n"
		"a=recvonly\n",
		two, 2,
		OURS "t=0 0\n"
		     "m=audio 10000 RTP/SAVPF 111 0\n"
		     "a=rtpmap:111 opus/48000/2\n"
		     "a=rtcp-fb:111 nack\n"
		     "a=fmtp:111 minptime=10;useinbandfec=1\n"
		     "m=video 10002 RTP/SAVPF 96\n"
		     "b=TIAS:500000\n"
		     "a=rtcp:10009\n"
		     "a=rtpmap:96 VP8/90000\n"
		     "a=rtcp-fb:* nack pli\n"
		     "a=recvonly\n");
}

static void rfc4568_crypto_crosses(void **state)
{
	(void)state;
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\n"
		"m=audio 4 RTP/SAVP 0\n"
		"a=crypto:1  AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:4\n"
		"a=crypto:x AES inline:k\n"
		"a=crypto:2 AES\n"
		"m=audio 6 RTP/AVP 0\n"
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\n"
		"a=rtcp-fb:0 nack\n",
		two, 2,
		OURS "t=0 0\n"
		     "m=audio 10000 RTP/SAVP 0\n"
		     "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:4\n"
		     "m=audio 10002 RTP/AVP 0\n"
		     "a=rtcp:10009\n"
		     "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\n");
}

static void lines_that_are_not_anchored_keep_their_place_with_port_0(void **state)
{
	(void)state;
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\nb=AS:80\n"
		"m=image 4 TCP t38\na=T38FaxVersion:0\n"
		"m=audio 6 RTP/AVP 0\n"
		"m=audio 8 RTP/AVP 8\n"
		"m=video 0 RTP/AVP 31\na=inactive\n"
		"m=text 10 RTP/AVP 98\na=rtpmap:98 t140/1000\n",
		two, 2,
		OURS "b=AS:80\n"
		     "t=0 0\n"
		     "m=image 0 TCP t38\n"
		     "m=audio 10002 RTP/AVP 0\n"
		     "a=rtcp:10009\n"
		     "m=audio 0 RTP/AVP 8\n" /* no ports for it */
		     "m=video 0 RTP/AVP 31\n"
		     "m=text 0 RTP/AVP 98\n");
}

static void rfc3611_5_1_the_wish_for_metrics_crosses_from_the_session_too(void **state)
{
	(void)state;
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\na=rtcp-xr:voip-metrics\n"
		"m=audio 6 RTP/AVP 0\n"
		"m=audio 8 RTP/AVP 8\na=rtcp-xr:rcvr-rtt=all:10000 voip-metrics\n",
		two, 2,
		OURS "t=0 0\n"
		     "m=audio 10000 RTP/AVP 0\n"
		     "a=rtcp-xr:voip-metrics\n"
		     "m=audio 10002 RTP/AVP 8\n"
		     "a=rtcp:10009\n"
		     "a=rtcp-xr:rcvr-rtt=all:10000 voip-metrics\n");
	/* Without a list there is nothing that is wanted. */
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\na=rtcp-xr\n"
		"m=audio 6 RTP/AVP 0\na=rtcp-xr:\n",
		two, 2,
		OURS "t=0 0\n"
		     "m=audio 10000 RTP/AVP 0\n");
}

static void rfc3362_a_fax_line_crosses_with_its_own_attributes(void **state)
{
	ahoy_sdp_stream stream;

	(void)state;
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\n"
		"m=audio 0 RTP/AVP 0\n"
		"m=image 4 UDPTL t38\n"
		"a=T38FaxVersion:0\n"
		"a=T38maxBitRate:14400\n"
		"a=T38FaxFillBitRemoval\n"
		"a=T38FaxTranscodingMMR:0\n"
		"a=T38FaxRateManagement:transferredTCF\n"
		"a=T38FaxUdpEC:t38UDPRedundancy\n"
		"a=T38FaxMaxDatagram:4\x01\n"
		"a=rtcp:9\n"
		"a=rtpmap:0 PCMU/8000\n"
		"a=sendrecv\n",
		two, 2,
		OURS "t=0 0\n"
		     "m=audio 0 RTP/AVP 0\n"
		     "m=image 10002 UDPTL t38\n"
		     "a=T38FaxVersion:0\n"
		     "a=T38maxBitRate:14400\n"
		     "a=T38FaxFillBitRemoval\n"
		     "a=T38FaxTranscodingMMR:0\n"
		     "a=T38FaxRateManagement:transferredTCF\n"
		     "a=T38FaxUdpEC:t38UDPRedundancy\n"
		     "a=sendrecv\n");
	ahoy_sdp_stream_at(golden_parse(&g, "v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\nm=image 4 udptl t38\n"), 0, &stream);
	assert_true(stream.live && stream.fax);
	assert_slice(stream.codec, "t38");
}

static void holds_cross_as_a_direction(void **state)
{
	(void)state;
	/* RFC 3264 8.4: by address */
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 0.0.0.0\nm=audio 4 RTP/AVP 0\n", one, 1,
		OURS "t=0 0\nm=audio 10000 RTP/AVP 0\na=sendonly\n");
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 0.0.0.0\nm=audio 4 RTP/AVP 0\na=sendrecv\n", one, 1,
		OURS "t=0 0\nm=audio 10000 RTP/AVP 0\na=sendonly\n");
	/* of the session, and its own */
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\na=inactive\nm=audio 4 RTP/AVP 0\n", one, 1,
		OURS "t=0 0\nm=audio 10000 RTP/AVP 0\na=inactive\n");
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\nm=audio 4 RTP/AVP 0\na=sendonly\na=sendrecv\n", one,
		1, OURS "t=0 0\nm=audio 10000 RTP/AVP 0\na=sendonly\n");
}

static void numbers_and_tokens_are_rebuilt_or_left_out(void **state)
{
	(void)state;
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\n"
		"m=audio 4 RTP/AVP 000 8\n"
		"a=maxptime:060\n"
		"a=maxptime:x\n"
		"a=framerate:29.97\n"
		"a=framerate:29.97x\n"
		"a=ptime:0\n"
		"a=label:1\n"
		"a=label:a b\n"
		"a=content:main\n"
		"a=lang:en\n"
		"a=silenceSupp:off - - - -\n"
		"a=rtpmap:18 G729/8000\n" /* not in the m= line */
		"a=fmtp:18 annexb=no\n"
		"a=fmtp:8 \n"
		"a=fmtp:x y\n"
		"a=label\n"
		"a=unknown:1\n",
		one, 1,
		OURS "t=0 0\n"
		     "m=audio 10000 RTP/AVP 0 8\n"
		     "a=maxptime:60\n"
		     "a=framerate:29.97\n"
		     "a=label:1\n"
		     "a=content:main\n"
		     "a=lang:en\n"
		     "a=silenceSupp:off - - - -\n");
}

static void control_bytes_in_a_value_do_not_cross(void **state)
{
	(void)state;
	rewrite("v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\n"
		"m=audio 4 RTP/AVP 98\na=rtpmap:98 X/8000\na=fmtp:98 a\vb\na=content:\x7f\n",
		one, 1, OURS "t=0 0\nm=audio 10000 RTP/AVP 98\na=rtpmap:98 X/8000\n");
}

static void what_was_rewritten_is_rewritten_to_itself(void **state)
{
	char again[8192];
	ahoy_sdp_owner owner = {
		.username = AHOY_S("ahoyd"), .sess_id = 7, .sess_version = 3, .ports = two, .port_count = 2};
	ahoy_buf b = ahoy_buf_over(text, sizeof text), c = ahoy_buf_over(again, sizeof again);
	ahoy_sdp sdp;

	(void)state;
	assert_ok(ahoy_addr_parse_ip(AHOY_S("2001:db8::1"), &owner.ip));
	assert_ok(ahoy_sdp_rewrite(golden_parse(&g, SEED_OFFER), &owner, &b));
	assert_ok(ahoy_sdp_parse(ahoy_buf_slice(&b), &sdp, NULL));
	assert_ok(ahoy_sdp_rewrite(&sdp, &owner, &c));
	assert_slice(ahoy_buf_slice(&c), ahoy_buf_cstr(&b));
}

static void small_buffers_and_no_address_are_answered(void **state)
{
	ahoy_sdp_owner owner = {.ports = one, .port_count = 1};
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	golden_parse(&g, SEED_OFFER);
	assert_err(ahoy_sdp_rewrite(&g.sdp, &owner, &b), AHOY_EINVAL);
	assert_ok(ahoy_addr_parse_ip(AHOY_S("192.0.2.10"), &owner.ip));
	for (size_t cap = 0; cap < 300; cap++) {
		b = ahoy_buf_over(text, cap);
		assert_err(ahoy_sdp_rewrite(&g.sdp, &owner, &b), AHOY_EFULL);
	}
}

static void a_stream_tells_address_hold_and_codec(void **state)
{
	ahoy_sdp_stream s;

	(void)state;
	golden_parse(&g, "v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\n"
			 "m=image 4 TCP t38\n"
			 "m=video 8 RTP/AVP 31\n"
			 "m=audio 6 RTP/AVP 101 13 96\na=rtpmap:101 telephone-event/8000\na=rtpmap:96 opus/48000/2\na=sendonly\n");
	ahoy_sdp_stream_at(&g.sdp, 0, &s);
	assert_false(s.live);
	ahoy_sdp_stream_at(&g.sdp, 1, &s);
	assert_true(s.live);
	assert_false(s.held);
	assert_slice(s.codec, "H261");
	ahoy_sdp_stream_at(&g.sdp, 2, &s);
	assert_true(s.live);
	assert_true(s.held);
	assert_int_equal(s.rtp.port, 6);
	assert_int_equal(s.rtcp.port, 7);
	assert_slice(s.codec, "opus");
	assert_int_equal(s.clock_rate_hz, 48000);
	ahoy_sdp_stream_at(&g.sdp, 100, &s);
	assert_false(s.live);
	assert_int_equal(ahoy_sdp_main_stream(&g.sdp), 2);
	assert_false(ahoy_sdp_is_held(&g.sdp));
}

static void a_description_is_held_when_nothing_live_receives(void **state)
{
	(void)state;
	assert_true(ahoy_sdp_is_held(golden_parse(&g, "v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\n"
						      "m=audio 6 RTP/AVP 0\na=inactive\nm=video 0 RTP/AVP 31\n")));
	assert_false(ahoy_sdp_is_held(
		golden_parse(&g, "v=0\no=- 1 1 IN IP4 10.0.0.1\nc=IN IP4 10.0.0.1\nm=audio 0 RTP/AVP 0\n")));
	assert_int_equal(ahoy_sdp_main_stream(&g.sdp), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_seeds_offer_crosses_with_all_codecs_numbers_and_order),
		cmocka_unit_test(the_seeds_answer_maps_back),
		cmocka_unit_test(a_browsers_offer_loses_ice_mux_bundle_and_dtls),
		cmocka_unit_test(rfc4568_crypto_crosses),
		cmocka_unit_test(lines_that_are_not_anchored_keep_their_place_with_port_0),
		cmocka_unit_test(rfc3611_5_1_the_wish_for_metrics_crosses_from_the_session_too),
		cmocka_unit_test(rfc3362_a_fax_line_crosses_with_its_own_attributes),
		cmocka_unit_test(holds_cross_as_a_direction),
		cmocka_unit_test(numbers_and_tokens_are_rebuilt_or_left_out),
		cmocka_unit_test(control_bytes_in_a_value_do_not_cross),
		cmocka_unit_test(what_was_rewritten_is_rewritten_to_itself),
		cmocka_unit_test(small_buffers_and_no_address_are_answered),
		cmocka_unit_test(a_stream_tells_address_hold_and_codec),
		cmocka_unit_test(a_description_is_held_when_nothing_live_receives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
