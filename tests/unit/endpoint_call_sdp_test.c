/* phone/call_sdp: the phone's offers and answers: what is sent with, when the version rises, hold, and what cannot be
 * taken. */
#include "endpoint/call_sdp.h"

#include <stdio.h>

#include "test.h"

static const ahoy_codec *const codecs[] = {&ahoy_codec_pcmu, &ahoy_codec_pcma};

static ahoy_call_sdp begin(void)
{
	ahoy_addr rtp;
	ahoy_call_sdp s;

	assert_ok(ahoy_addr_parse(AHOY_S("192.0.2.1:30000"), &rtp));
	ahoy_call_sdp_init(&s, &rtp, codecs, ARRAY_LEN(codecs), UINT64_MAX);
	return s;
}

static bool contains(ahoy_slice text, const char *what)
{
	return ahoy_slice_search(text, ahoy_slice_of(what)) < text.len;
}

#define PEER(address, lines) \
	"v=0\r\no=- 7 7 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 " address "\r\nt=0 0\r\n" lines

static void an_offer_has_our_codecs_in_order_and_keys(void **state)
{
	ahoy_call_sdp s = begin();
	ahoy_slice offer;

	(void)state;
	assert_ok(ahoy_call_sdp_offer(&s, &offer));
	assert_true(contains(offer, "c=IN IP4 192.0.2.1\r\n"));
	assert_true(contains(offer, "m=audio 30000 RTP/AVP 0 8 101\r\n"));
	assert_true(contains(offer, "a=rtpmap:101 telephone-event/8000\r\n"));
	assert_true(contains(offer, "9223372036854775807 1 IN IP4 "));
	assert_false(s.has_agreed);
}

static void rfc3611_5_1_voip_metrics_are_sent_to_a_peer_that_wants_them(void **state)
{
	static const struct {
		const char *lines;
		bool wanted;
	} table[] = {
		{"m=audio 4000 RTP/AVP 8\r\n", false},
		{"m=audio 4000 RTP/AVP 8\r\na=rtcp-xr:voip-metrics\r\n", true},
		{"m=audio 4000 RTP/AVP 8\r\na=rtcp-xr:rcvr-rtt=all:10000 voip-metrics\r\n", true},
		{"m=audio 4000 RTP/AVP 8\r\na=rtcp-xr:VoIP-Metrics\r\n", true},
		{"m=audio 4000 RTP/AVP 8\r\na=rtcp-xr:stat-summary=loss\r\n", false},
		{"m=audio 4000 RTP/AVP 8\r\na=rtcp-xr\r\n", false},
		{"a=rtcp-xr:voip-metrics\r\nm=audio 4000 RTP/AVP 8\r\n", true},
		{"a=rtcp-xr:voip-metrics\r\nm=audio 4000 RTP/AVP 8\r\na=rtcp-xr:\r\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_call_sdp asked = begin(), asks = begin();
		ahoy_audio_config config;
		char text[512];
		ahoy_slice ours;
		int warning;

		snprintf(text, sizeof text, PEER("192.0.2.9", "%s"), table[i].lines);
		assert_ok(ahoy_call_sdp_answer(&asked, ahoy_slice_of(text), &ours, &warning));
		assert_row(contains(ours, "a=rtcp-xr:voip-metrics\r\n") == table[i].wanted, table[i].lines);
		ahoy_call_sdp_audio(&asked, &config);
		assert_row(config.voip_metrics == table[i].wanted, table[i].lines);
		assert_ok(ahoy_call_sdp_offer(&asks, &ours));
		assert_true(contains(ours, "a=rtcp-xr:voip-metrics\r\n"));
		assert_ok(ahoy_call_sdp_accept(&asks, ahoy_slice_of(text)));
		ahoy_call_sdp_audio(&asks, &config);
		assert_row(config.voip_metrics == table[i].wanted, table[i].lines);
	}
}

static void rfc3389_4_comfort_noise_is_used_where_both_sides_have_it(void **state)
{
	static const struct {
		const char *lines;
		bool ours, used;
	} table[] = {
		{"m=audio 4000 RTP/AVP 8 13\r\n", true, true},
		{"m=audio 4000 RTP/AVP 8 13\r\na=rtpmap:13 CN/8000\r\n", true, true},
		{"m=audio 4000 RTP/AVP 8 13\r\n", false, false},
		{"m=audio 4000 RTP/AVP 8\r\n", true, false},
		{"m=audio 4000 RTP/AVP 8 97\r\na=rtpmap:97 CN/16000\r\n", true, false},
		{"m=audio 4000 RTP/AVP 8 13\r\na=rtpmap:13 nonsense/8000\r\n", true, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_call_sdp asked = begin(), asks = begin();
		ahoy_audio_config config;
		char text[512];
		ahoy_slice ours;
		int warning;

		asked.comfort_noise = asks.comfort_noise = table[i].ours;
		snprintf(text, sizeof text, PEER("192.0.2.9", "%s"), table[i].lines);
		assert_ok(ahoy_call_sdp_answer(&asked, ahoy_slice_of(text), &ours, &warning));
		assert_row(contains(ours, "a=rtpmap:13 CN/8000\r\n") == table[i].used, table[i].lines);
		ahoy_call_sdp_audio(&asked, &config);
		assert_row(config.suppress_silence == table[i].used, table[i].lines);
		assert_ok(ahoy_call_sdp_offer(&asks, &ours));
		assert_row(contains(ours, " 13 101\r\n") == table[i].ours, table[i].lines);
		assert_ok(ahoy_call_sdp_accept(&asks, ahoy_slice_of(text)));
		ahoy_call_sdp_audio(&asks, &config);
		assert_row(config.suppress_silence == table[i].used, table[i].lines);
	}
}

static void rfc3264_8_the_version_rises_only_with_a_change(void **state)
{
	ahoy_call_sdp s = begin();
	ahoy_slice text;
	int warning;

	(void)state;
	assert_ok(ahoy_call_sdp_offer(&s, &text));
	assert_ok(ahoy_call_sdp_offer(&s, &text));
	assert_int_equal(s.sess_version, 1);
	assert_ok(ahoy_call_sdp_answer(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 8\r\n")), &text, &warning));
	assert_int_equal(s.sess_version, 2);
	assert_ok(ahoy_call_sdp_answer(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 8\r\n")), &text, &warning));
	assert_int_equal(s.sess_version, 2);
	assert_ok(ahoy_call_sdp_answer(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n")), &text, &warning));
	assert_int_equal(s.sess_version, 3);
	assert_true(contains(text, "a=recvonly\r\n"));
}

static void an_answer_says_what_the_sound_is(void **state)
{
	ahoy_call_sdp s = begin();
	ahoy_audio_config config;
	ahoy_slice offer;
	char addr_text[64];
	ahoy_buf b = ahoy_buf_over(addr_text, sizeof addr_text);

	(void)state;
	assert_ok(ahoy_call_sdp_offer(&s, &offer));
	assert_ok(ahoy_call_sdp_accept(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 8 101\r\n"
								    "a=rtpmap:101 telephone-event/8000\r\na=ptime:30\r\n"))));
	ahoy_call_sdp_audio(&s, &config);
	assert_int_equal(config.codec_count, 1);
	assert_ptr_equal(config.codecs[0].codec, &ahoy_codec_pcma);
	assert_int_equal(config.codecs[0].payload_send, 8);
	assert_int_equal(config.event_send, 101);
	assert_int_equal(config.ptime_ms, 30);
	assert_true(config.send && config.recv);
	ahoy_addr_put(&b, &s.agreed.remote_rtp);
	assert_slice(ahoy_buf_slice(&b), "192.0.2.9:4000");
}

/* All that a phone offers by default; numbers and order are seen by every peer. */
static ahoy_call_sdp begin_with_defaults(const ahoy_codec *all[AHOY_SDP_MAX_CODECS])
{
	ahoy_call_sdp s = begin();

	s.codec_count = ahoy_codec_defaults(all);
	s.codecs = all;
	return s;
}

static void the_default_offer_is_the_seeds_behind_opus_and_g722(void **state)
{
	const ahoy_codec *all[AHOY_SDP_MAX_CODECS];
	ahoy_call_sdp s = begin_with_defaults(all);
	ahoy_slice offer;

	(void)state;
	assert_ok(ahoy_call_sdp_offer(&s, &offer));
#ifdef AHOY_WITH_ILBC
	assert_true(contains(offer, "m=audio 30000 RTP/AVP 96 9 3 0 110 98 8 101 97\r\n"));
	assert_true(contains(offer, "a=rtpmap:98 iLBC/8000\r\na=fmtp:98 mode=20\r\n"));
#else
	assert_true(contains(offer, "m=audio 30000 RTP/AVP 96 9 3 0 110 8 101 97\r\n"));
#endif
	assert_true(contains(offer, "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n"));
	assert_true(contains(offer, "a=rtpmap:110 speex/8000\r\n"));
	assert_true(contains(offer, "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"));
	assert_true(contains(offer, "a=rtpmap:97 telephone-event/48000\r\na=fmtp:97 0-15\r\n"));
}

static void rfc4733_2_1_keys_have_the_clock_of_the_codec_that_is_sent(void **state)
{
	static const struct {
		const char *answer;
		int send, recv, other;
		uint32_t hz;
	} rows[] = {
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 96 0 101 97\r\na=rtpmap:96 opus/48000/2\r\n"
				   "a=rtpmap:101 telephone-event/8000\r\na=rtpmap:97 telephone-event/48000\r\n"),
		 97, 97, 101, 48000},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 0 96 101 97\r\na=rtpmap:96 opus/48000/2\r\n"
				   "a=rtpmap:101 telephone-event/8000\r\na=rtpmap:97 telephone-event/48000\r\n"),
		 101, 101, 97, 8000},
		/* baresip and many others: opus, and keys at 8000 alone. */
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 96 101\r\na=rtpmap:96 opus/48000/2\r\n"
				   "a=rtpmap:101 telephone-event/8000\r\n"),
		 101, 101, -1, 8000},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 96 97\r\na=rtpmap:96 opus/48000/2\r\n"
				   "a=rtpmap:97 telephone-event/48000\r\n"),
		 97, 97, -1, 48000},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 9 97\r\na=rtpmap:97 telephone-event/48000\r\n"), -1, -1, -1, 8000},
	};
	const ahoy_codec *all[AHOY_SDP_MAX_CODECS];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_call_sdp s = begin_with_defaults(all);
		ahoy_audio_config config;
		ahoy_slice offer;

		assert_ok(ahoy_call_sdp_offer(&s, &offer));
		assert_ok(ahoy_call_sdp_accept(&s, ahoy_slice_of(rows[i].answer)));
		ahoy_call_sdp_audio(&s, &config);
		assert_row(config.event_send == rows[i].send && config.event_recv == rows[i].recv, rows[i].answer);
		assert_row(config.event_send < 0 || config.event_hz == rows[i].hz, rows[i].answer);
		assert_row(config.other_event_count == (rows[i].other < 0 ? 0 : 1), rows[i].answer);
		assert_row(rows[i].other < 0 || config.other_events[0].payload_recv == rows[i].other, rows[i].answer);
	}
}

#ifdef AHOY_WITH_ILBC
static void rfc3952_5_mode_30_wins(void **state)
{
	static const struct {
		const char *offer, *answered;
	} rows[] = {
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 99\r\na=rtpmap:99 iLBC/8000\r\na=fmtp:99 mode=20\r\n"), "mode=20"},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 99\r\na=rtpmap:99 iLBC/8000\r\na=fmtp:99 mode=30\r\n"), "mode=30"},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 99\r\na=rtpmap:99 iLBC/8000\r\n"), "mode=30"},
	};
	const ahoy_codec *all[AHOY_SDP_MAX_CODECS];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_call_sdp s = begin_with_defaults(all);
		ahoy_slice answer;
		int warning;

		assert_ok(ahoy_call_sdp_answer(&s, ahoy_slice_of(rows[i].offer), &answer, &warning));
		assert_row(contains(answer, rows[i].answered), rows[i].offer);
	}
}
#endif

static void hold_in_each_of_its_forms_stops_our_sending(void **state)
{
	static const struct {
		const char *offer;
		bool send, recv, held;
	} rows[] = {
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 0\r\n"), true, true, false},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n"), false, true, true},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 0\r\na=inactive\r\n"), false, false, true},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 0\r\na=recvonly\r\n"), true, false, false},
		{PEER("0.0.0.0", "m=audio 4000 RTP/AVP 0\r\n"), false, true, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_call_sdp s = begin();
		ahoy_audio_config config;
		ahoy_slice text;
		int warning;

		assert_ok(ahoy_call_sdp_answer(&s, ahoy_slice_of(rows[i].offer), &text, &warning));
		ahoy_call_sdp_audio(&s, &config);
		assert_row(config.send == rows[i].send, rows[i].offer);
		assert_row(config.recv == rows[i].recv, rows[i].offer);
		assert_row(s.agreed.held == rows[i].held, rows[i].offer);
	}
}

static void rfc3264_8_4_an_offer_of_ours_holds_the_far_end_and_takes_it_back(void **state)
{
	ahoy_call_sdp s = begin();
	ahoy_audio_config config;
	ahoy_slice text;
	int warning;

	(void)state;
	assert_ok(ahoy_call_sdp_offer(&s, &text));
	assert_ok(ahoy_call_sdp_accept(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 8\r\n"))));
	s.dir = AHOY_SDP_SENDONLY;
	assert_ok(ahoy_call_sdp_offer(&s, &text));
	assert_true(contains(text, "a=sendonly\r\n"));
	assert_int_equal(s.sess_version, 2);
	assert_ok(ahoy_call_sdp_accept(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 8\r\na=recvonly\r\n"))));
	ahoy_call_sdp_audio(&s, &config);
	assert_true(config.send && !config.recv);
	assert_false(s.agreed.held);
	/* While we hold, no offer of the far end takes itself back. */
	assert_ok(ahoy_call_sdp_answer(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 8\r\n")), &text, &warning));
	assert_true(contains(text, "a=sendonly\r\n"));
	s.dir = AHOY_SDP_SENDRECV;
	assert_ok(ahoy_call_sdp_offer(&s, &text));
	assert_true(contains(text, "a=sendrecv\r\n"));
	assert_ok(ahoy_call_sdp_accept(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 8\r\n"))));
	ahoy_call_sdp_audio(&s, &config);
	assert_true(config.send && config.recv);
}

static void what_cannot_be_taken_leaves_the_session_as_it_was(void **state)
{
	static const struct {
		const char *offer;
		int err, warning;
	} rows[] = {
		{PEER("192.0.2.9", "m=video 4000 RTP/AVP 31\r\n"), AHOY_ECODEC, 304},
		{PEER("192.0.2.9", "m=audio 4000 RTP/AVP 3\r\n"), AHOY_ECODEC, 305},
		{"hello", AHOY_ESYNTAX, 0},
		{"v=0\r\n", AHOY_ESYNTAX, 0},
	};
	ahoy_call_sdp s = begin();
	ahoy_slice text;
	int warning;

	(void)state;
	assert_ok(ahoy_call_sdp_answer(&s, AHOY_S(PEER("192.0.2.9", "m=audio 4000 RTP/AVP 0\r\n")), &text, &warning));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int err = ahoy_call_sdp_answer(&s, ahoy_slice_of(rows[i].offer), &text, &warning);

		assert_err_row(err, rows[i].err, rows[i].offer);
		assert_int_equal(warning, rows[i].warning);
		assert_int_equal(s.agreed.remote_rtp.port, 4000);
		assert_int_equal(s.sess_version, 1);
	}
}

static void an_answer_without_our_codecs_is_an_error(void **state)
{
	ahoy_call_sdp s = begin();
	ahoy_slice offer;

	(void)state;
	assert_ok(ahoy_call_sdp_offer(&s, &offer));
	assert_err(ahoy_call_sdp_accept(&s, AHOY_S(PEER("192.0.2.9", "m=audio 0 RTP/AVP 0\r\n"))), AHOY_ECODEC);
	assert_err(ahoy_call_sdp_accept(&s, AHOY_S("")), AHOY_ESYNTAX);
	assert_false(s.has_agreed);
}

static void rfc7587_6_1_codecs_with_a_way_of_their_own_ask_for_it(void **state)
{
	static const ahoy_codec *const list[] = {&ahoy_codec_opus, &ahoy_codec_pcmu, &ahoy_codec_speex};

	(void)state;
	for (int quiet = 0; quiet < 2; quiet++) {
		ahoy_call_sdp s = begin();
		ahoy_slice offer;

		s.codecs = list;
		s.codec_count = ARRAY_LEN(list);
		s.comfort_noise = quiet;
		assert_ok(ahoy_call_sdp_offer(&s, &offer));
		assert_int_equal(contains(offer, "a=fmtp:96 useinbandfec=1;usedtx=1\r\n"), quiet);
		assert_int_equal(contains(offer, "a=fmtp:96 useinbandfec=1\r\n"), !quiet);
		assert_int_equal(contains(offer, "a=fmtp:110 vbr=vad;cng=on\r\n"), quiet);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_offer_has_our_codecs_in_order_and_keys),
		cmocka_unit_test(rfc3611_5_1_voip_metrics_are_sent_to_a_peer_that_wants_them),
		cmocka_unit_test(rfc3389_4_comfort_noise_is_used_where_both_sides_have_it),
		cmocka_unit_test(rfc7587_6_1_codecs_with_a_way_of_their_own_ask_for_it),
		cmocka_unit_test(rfc3264_8_the_version_rises_only_with_a_change),
		cmocka_unit_test(an_answer_says_what_the_sound_is),
		cmocka_unit_test(the_default_offer_is_the_seeds_behind_opus_and_g722),
		cmocka_unit_test(rfc4733_2_1_keys_have_the_clock_of_the_codec_that_is_sent),
#ifdef AHOY_WITH_ILBC
		cmocka_unit_test(rfc3952_5_mode_30_wins),
#endif
		cmocka_unit_test(hold_in_each_of_its_forms_stops_our_sending),
		cmocka_unit_test(rfc3264_8_4_an_offer_of_ours_holds_the_far_end_and_takes_it_back),
		cmocka_unit_test(what_cannot_be_taken_leaves_the_session_as_it_was),
		cmocka_unit_test(an_answer_without_our_codecs_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
