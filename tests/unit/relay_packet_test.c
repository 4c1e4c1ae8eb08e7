/* What is promised about one packet (docs/behaviour.md "Media"):
 *  1. media goes to the SDP's address of a trusted leg before anything came from there; not so of an untrusted one
 *  2. packets are taken from the SDP's IP, and behind a NAT from the signalling's; from elsewhere they go nowhere
 *  3. the source is learned once per offer/answer, RTP and RTCP apart, then locked
 *  4. after a rebinding only the same SSRC with a continuing sequence is learned
 *  5. hold stops RTP, not RTCP, and resume needs nothing new
 *  6. one fork at a time talks to A
 *  7. nothing but RTP and RTCP passes, and what passes is untouched
 *  8. a call whose other end is in this server has the same rules */
#include "relay/relay.h"

#include "test.h"

#include "relay_world.h"

static relay_world w;

#define A "192.0.2.1:4000"
#define B "198.51.100.2:6000"

static void media_and_reports_cross_in_both_directions_at_once(void **state)
{
	(void)state;
	relay_world_call(&w);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 1), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, B);
	assert_int_equal(w.sent_from, AHOY_RELAY_RTP_PORT(w.pairs[1]));
	assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, A);
	assert_int_equal(w.sent_from, AHOY_RELAY_RTP_PORT(w.pairs[0]));
	assert_int_equal(relay_rtcp(&w, 0, "192.0.2.1:4001", 7), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "198.51.100.2:6001");
	assert_int_equal(w.sent_from, AHOY_RELAY_RTCP_PORT(w.pairs[1]));
	assert_int_equal(ahoy_relay_counted(w.relay, AHOY_RELAY_SEND), 3);
	relay_world_fini(&w);
}

static void an_untrusted_leg_gets_nothing_before_it_sent_something(void **state)
{
	(void)state;
	relay_world_call(&w);
	relay_take(&w, 2);
	relay_sdp(&w, 2, "203.0.113.5:6000", "203.0.113.5", false, true, true);
	assert_ok(ahoy_relay_select(w.relay, w.call, 2));
	assert_int_equal(relay_rtp(&w, 0, A, 7, 1), AHOY_RELAY_NO_PEER);
	assert_int_equal(relay_rtp(&w, 2, "203.0.113.5:6000", 9, 1), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 2), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "203.0.113.5:6000");
	relay_world_fini(&w);
}

static void a_packet_from_elsewhere_goes_nowhere(void **state)
{
	ahoy_relay_quality q;

	(void)state;
	relay_world_call(&w);
	assert_int_equal(relay_rtp(&w, 0, "203.0.113.66:4000", 7, 1), AHOY_RELAY_SOURCE);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 2), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtp(&w, 0, "203.0.113.66:4000", 7, 3), AHOY_RELAY_SOURCE);
	assert_int_equal(relay_rtcp(&w, 0, "203.0.113.66:4001", 7), AHOY_RELAY_SOURCE);
	assert_int_equal(ahoy_relay_counted(w.relay, AHOY_RELAY_SOURCE), 3);
	assert_ok(ahoy_relay_side_quality(w.relay, w.call, 0, &q));
	assert_int_equal(q.packets, 1);
	assert_int_equal(q.rejected, 3);
	relay_world_fini(&w);
}

static void another_port_of_the_same_ip_is_learned_once(void **state)
{
	(void)state;
	relay_world_call(&w);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4444", 7, 1), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.1:4444");
	/* Locked: the SDP's own port is another now, unless it continues the stream. */
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:5555", 8, 1), AHOY_RELAY_SOURCE);
	assert_int_equal(relay_rtp(&w, 0, A, 8, 1), AHOY_RELAY_SOURCE);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 2), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.1:4444");
	relay_world_fini(&w);
}

static void behind_a_nat_the_signallings_ip_is_learned_rtp_and_rtcp_apart(void **state)
{
	(void)state;
	relay_world_call(&w);
	relay_sdp(&w, 0, "10.0.0.5:4000", "192.0.2.1", true, true, true);
	/* To the SDP's address until then: it may be on our own LAN. */
	assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "10.0.0.5:4000");
	assert_int_equal(relay_rtp(&w, 0, "203.0.113.66:33333", 6, 1), AHOY_RELAY_SOURCE);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:33333", 7, 1), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 2), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.1:33333");
	/* RTCP has a mapping of its own. */
	assert_int_equal(relay_rtcp(&w, 1, "198.51.100.2:6001", 9), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "10.0.0.5:4001");
	assert_int_equal(relay_rtcp(&w, 0, "192.0.2.1:44444", 7), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtcp(&w, 1, "198.51.100.2:6001", 9), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.1:44444");
	/* Another phone behind the same NAT is too late. */
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:50000", 6, 1), AHOY_RELAY_SOURCE);
	relay_world_fini(&w);
}

static void after_a_rebinding_the_stream_must_continue(void **state)
{
	static const struct {
		const char *name, *src;
		uint32_t ssrc;
		uint16_t seq;
		ahoy_relay_verdict expected;
	} rows[] = {
		{"another SSRC", "192.0.2.1:4002", 8, 1, AHOY_RELAY_SOURCE},
		{"an old number", "192.0.2.1:4002", 7, 65534, AHOY_RELAY_SOURCE},
		{"the same number", "192.0.2.1:4002", 7, 65535, AHOY_RELAY_SOURCE},
		{"far ahead", "192.0.2.1:4002", 7, 2999, AHOY_RELAY_SOURCE},
		{"another IP", "192.0.2.2:4002", 7, 0, AHOY_RELAY_SOURCE},
		{"the next number, over the wrap", "192.0.2.1:4002", 7, 0, AHOY_RELAY_SEND},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		relay_world_call(&w);
		assert_int_equal(relay_rtp(&w, 0, A, 7, 65535), AHOY_RELAY_SEND);
		assert_row(relay_rtp(&w, 0, rows[i].src, rows[i].ssrc, rows[i].seq) == rows[i].expected, rows[i].name);
		assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
		assert_string_equal(w.sent_to, rows[i].expected == AHOY_RELAY_SEND ? rows[i].src : A);
		relay_world_fini(&w);
	}
}

static void a_rebound_rtcp_port_needs_the_same_ssrc(void **state)
{
	(void)state;
	relay_world_call(&w);
	assert_int_equal(relay_rtcp(&w, 0, "192.0.2.1:4001", 7), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtcp(&w, 0, "192.0.2.1:4003", 8), AHOY_RELAY_SOURCE);
	assert_int_equal(relay_rtcp(&w, 0, "192.0.2.1:4003", 7), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtcp(&w, 1, "198.51.100.2:6001", 9), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.1:4003");
	relay_world_fini(&w);
}

static void a_new_offer_lets_a_source_be_learned_once_more(void **state)
{
	(void)state;
	relay_world_call(&w);
	relay_rtp(&w, 0, A, 7, 1);
	/* A moves to another port and host. */
	relay_sdp(&w, 0, "192.0.2.77:4100", "192.0.2.1", true, true, true);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.77:4100");
	/* What was on its way still arrives, and does not lock. */
	assert_int_equal(relay_rtp(&w, 0, A, 7, 2), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.77:4100", 8, 500), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 3), AHOY_RELAY_SOURCE);
	/* A re-INVITE that changes nothing keeps what was learned. */
	relay_sdp(&w, 0, "192.0.2.77:4100", "192.0.2.1", true, true, true);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.77:4100", 8, 501), AHOY_RELAY_SEND);
	w.now += AHOY_SECONDS(3);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.77:4100", 8, 502), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.77:9999", 6, 1), AHOY_RELAY_SOURCE);
	relay_world_fini(&w);
}

static void behind_a_nat_a_new_offer_keeps_the_mapping_until_another_is_learned(void **state)
{
	(void)state;
	relay_world_call(&w);
	relay_sdp(&w, 0, "10.0.0.5:4000", "192.0.2.1", true, true, true);
	relay_rtp(&w, 0, "192.0.2.1:33333", 7, 1);
	relay_sdp(&w, 0, "10.0.0.5:4100", "192.0.2.1", true, true, true);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.1:33333");
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:34444", 8, 1), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 2), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.1:34444");
	relay_world_fini(&w);
}

static void an_old_source_is_not_taken_for_long(void **state)
{
	(void)state;
	relay_world_call(&w);
	relay_rtp(&w, 0, A, 7, 1);
	relay_sdp(&w, 0, "192.0.2.77:4100", "192.0.2.77", true, true, true);
	w.now += AHOY_MS(1999);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 2), AHOY_RELAY_SEND);
	w.now += AHOY_MS(1);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 3), AHOY_RELAY_SOURCE);
	relay_world_fini(&w);
}

static void the_latch_can_be_open_or_closed(void **state)
{
	(void)state;
	for (int none = 0; none < 2; none++) {
		relay_world_init(&w, 4, none ? AHOY_LATCH_NONE : AHOY_LATCH_ANY);
		assert_ok(ahoy_relay_open(w.relay, w.now, &w.call));
		relay_take(&w, 0);
		relay_take(&w, 1);
		relay_sdp(&w, 0, "10.0.0.5:4000", "192.0.2.1", true, true, true);
		relay_sdp(&w, 1, B, "198.51.100.2", true, true, true);
		assert_ok(ahoy_relay_select(w.relay, w.call, 1));
		assert_int_equal(relay_rtp(&w, 0, "203.0.113.66:1234", 7, 1),
				 none ? AHOY_RELAY_SOURCE : AHOY_RELAY_SEND);
		assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:1234", 7, 65000), AHOY_RELAY_SOURCE);
		/* Closed, the SDP's IP may send from any port, and is sent to where the SDP says. */
		assert_int_equal(relay_rtp(&w, 0, "10.0.0.5:9999", 7, 65000),
				 none ? AHOY_RELAY_SEND : AHOY_RELAY_SOURCE);
		assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
		assert_string_equal(w.sent_to, none ? "10.0.0.5:4000" : "203.0.113.66:1234");
		relay_world_fini(&w);
	}
}

static void rfc3264_8_4_hold_stops_media_and_not_reports(void **state)
{
	(void)state;
	relay_world_call(&w);
	/* B puts A on hold and plays music: sendonly. */
	relay_sdp(&w, 1, B, "198.51.100.2", true, true, false);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 1), AHOY_RELAY_HELD);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
	assert_int_equal(relay_rtcp(&w, 0, "192.0.2.1:4001", 7), AHOY_RELAY_SEND);
	/* inactive */
	relay_sdp(&w, 1, B, "198.51.100.2", true, false, false);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 2), AHOY_RELAY_HELD);
	assert_int_equal(relay_rtcp(&w, 1, "198.51.100.2:6001", 9), AHOY_RELAY_SEND);
	/* The hold of RFC 2543: no address, no direction. */
	relay_sdp(&w, 1, "", "198.51.100.2", true, true, false);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 2), AHOY_RELAY_HELD);
	/* Resumed. */
	relay_sdp(&w, 1, B, "198.51.100.2", true, true, true);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 3), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, B);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 3), AHOY_RELAY_SEND);
	relay_world_fini(&w);
}

static void one_fork_at_a_time_talks_to_a(void **state)
{
	(void)state;
	relay_world_call(&w);
	relay_take(&w, 2);
	relay_sdp(&w, 2, "198.51.100.3:7000", "198.51.100.3", true, true, true);
	assert_int_equal(relay_rtp(&w, 2, "198.51.100.3:7000", 5, 1), AHOY_RELAY_NOT_SELECTED);
	assert_int_equal(relay_rtp(&w, 1, B, 9, 1), AHOY_RELAY_SEND);
	assert_ok(ahoy_relay_select(w.relay, w.call, 2));
	assert_int_equal(relay_rtp(&w, 2, "198.51.100.3:7000", 5, 2), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, A);
	assert_int_equal(w.sent_from, AHOY_RELAY_RTP_PORT(w.pairs[0]));
	assert_int_equal(relay_rtp(&w, 1, B, 9, 2), AHOY_RELAY_NOT_SELECTED);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 1), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "198.51.100.3:7000");
	assert_ok(ahoy_relay_select(w.relay, w.call, 0));
	assert_int_equal(relay_rtp(&w, 0, A, 7, 2), AHOY_RELAY_NO_PEER);
	relay_world_fini(&w);
}

static void only_rtp_and_rtcp_pass(void **state)
{
	static const uint8_t stun[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, rr[8] = {0x80, 201, 0, 1},
			     rtp[12] = {0x80, 8}, csrc[12] = {0x81, 8};
	static const struct {
		const char *name;
		const uint8_t *bytes;
		size_t len;
		bool rtcp;
	} rows[] = {
		{"empty", rtp, 0, false},
		{"short RTP", rtp, 11, false},
		{"CSRC beyond the end", csrc, 12, false},
		{"STUN", stun, 20, false},
		{"RTCP on the RTP port", rr, 8, false},
		{"empty RTCP", rr, 0, true},
		{"short RTCP", rr, 7, true},
		{"RTP on the RTCP port", rtp, 12, true},
		{"STUN on RTCP", stun, 20, true},
	};

	(void)state;
	relay_world_call(&w);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_relay_port port =
			rows[i].rtcp ? AHOY_RELAY_RTCP_PORT(w.pairs[0]) : AHOY_RELAY_RTP_PORT(w.pairs[0]);

		assert_row(relay_bytes(&w, port, A, rows[i].bytes, rows[i].len) == AHOY_RELAY_MALFORMED, rows[i].name);
	}
	assert_int_equal(ahoy_relay_counted(w.relay, AHOY_RELAY_MALFORMED), ARRAY_LEN(rows));
	/* None of it locked the source. */
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4444", 7, 1), AHOY_RELAY_SEND);
	assert_int_equal(relay_bytes(&w, 9999, A, rtp, 12), AHOY_RELAY_NO_CALL);
	relay_world_fini(&w);
}

static void t38_a_fax_crosses_as_it_is_and_its_source_stays(void **state)
{
	static const char ifp[] = "\x00\x07\x01\xd0\x00\x00";
	ahoy_relay_remote remote = {.trusted = true, .sends = true, .receives = true, .udptl = true};
	ahoy_relay_quality quality;

	(void)state;
	relay_world_call(&w);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4000", 1, 1), AHOY_RELAY_SEND);
	for (unsigned side = 0; side < 2; side++) {
		remote.rtp = relay_addr(side ? "198.51.100.2:6000" : "192.0.2.1:4000");
		assert_ok(ahoy_relay_set_remote(w.relay, w.now, w.call, side, 0, &remote));
	}
	w.now += AHOY_SECONDS(3);
	assert_int_equal(relay_bytes(&w, AHOY_RELAY_RTP_PORT(w.pairs[0]), "192.0.2.1:4000", ifp, 6), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "198.51.100.2:6000");
	assert_int_equal(relay_bytes(&w, AHOY_RELAY_RTP_PORT(w.pairs[1]), "198.51.100.2:6000", ifp, 3), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "192.0.2.1:4000");
	assert_int_equal(relay_bytes(&w, AHOY_RELAY_RTP_PORT(w.pairs[0]), "192.0.2.1:4000", ifp, 2), AHOY_RELAY_MALFORMED);
	assert_int_equal(relay_rtcp(&w, 0, "192.0.2.1:4001", 1), AHOY_RELAY_MALFORMED);
	assert_int_equal(relay_bytes(&w, AHOY_RELAY_RTP_PORT(w.pairs[0]), "192.0.2.1:4002", ifp, 6), AHOY_RELAY_SOURCE);
	assert_int_equal(relay_bytes(&w, AHOY_RELAY_RTP_PORT(w.pairs[0]), "203.0.113.9:4000", ifp, 6), AHOY_RELAY_SOURCE);
	assert_ok(ahoy_relay_side_quality(w.relay, w.call, 0, &quality));
	assert_int_equal(quality.packets, 2);
	/* and back to sound */
	relay_sdp(&w, 0, "192.0.2.1:4000", "192.0.2.1", true, true, true);
	assert_int_equal(relay_bytes(&w, AHOY_RELAY_RTP_PORT(w.pairs[0]), "192.0.2.1:4000", ifp, 6), AHOY_RELAY_MALFORMED);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4000", 1, 2), AHOY_RELAY_SEND);
	relay_world_fini(&w);
}

static void an_address_of_our_own_would_make_packets_circle(void **state)
{
	ahoy_addr own = relay_addr("192.0.2.250"), loopback = relay_addr("127.0.0.1");

	(void)state;
	relay_world_call(&w);
	assert_ok(ahoy_relay_add_own_ip(w.relay, &own));
	assert_ok(ahoy_relay_add_own_ip(w.relay, &loopback));
	relay_sdp(&w, 1, "192.0.2.250:10000", "198.51.100.2", true, true, true);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 1), AHOY_RELAY_NO_PEER);
	assert_int_equal(relay_rtp(&w, 1, "192.0.2.250:10000", 7, 1), AHOY_RELAY_SOURCE);
	relay_sdp(&w, 1, "127.3.2.1:10001", "198.51.100.2", true, true, true);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 2), AHOY_RELAY_NO_PEER);
	/* Nor is one learned. */
	relay_sdp(&w, 1, "192.0.2.250:6000", "192.0.2.250", true, true, true);
	assert_int_equal(relay_rtp(&w, 1, "192.0.2.250:10000", 7, 1), AHOY_RELAY_SOURCE);
	/* A phone on the same host, at a port that is none of the pool, is one like any other. */
	relay_sdp(&w, 1, "127.0.0.1:6000", "127.0.0.1", true, true, true);
	assert_int_equal(relay_rtp(&w, 0, A, 7, 3), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "127.0.0.1:6000");
	relay_world_fini(&w);
}

static void addresses_that_are_no_hosts_are_none(void **state)
{
	static const char *const rows[] = {"0.0.0.0:6000", "224.1.1.1:6000", "255.255.255.255:6000", "[::]:6000",
					   "[ff02::1]:6000"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		relay_world_call(&w);
		relay_take(&w, 2);
		relay_sdp(&w, 2, rows[i], "198.51.100.3", true, true, true);
		assert_ok(ahoy_relay_select(w.relay, w.call, 2));
		assert_row(relay_rtp(&w, 0, A, 7, 1) == AHOY_RELAY_NO_PEER, rows[i]);
		/* It is learned from, as behind a NAT. */
		assert_row(relay_rtp(&w, 2, "198.51.100.3:7777", 5, 1) == AHOY_RELAY_SEND, rows[i]);
		assert_row(relay_rtp(&w, 0, A, 7, 2) == AHOY_RELAY_SEND, rows[i]);
		relay_world_fini(&w);
	}
}

static void a_call_with_an_endpoint_in_here_keeps_its_packets(void **state)
{
	ahoy_addr from = relay_addr(A);
	uint8_t rtp[12] = {0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7};
	ahoy_relay_out out = {0};

	(void)state;
	relay_world_init(&w, 2, AHOY_LATCH_SIGNALLING);
	assert_ok(ahoy_relay_open(w.relay, w.now, &w.call));
	relay_take(&w, 0);
	assert_ok(ahoy_relay_set_local(w.relay, w.call, 4711));
	assert_int_equal(relay_rtp(&w, 0, A, 7, 1), AHOY_RELAY_SOURCE);
	relay_sdp(&w, 0, A, "192.0.2.1", true, true, true);
	assert_int_equal(ahoy_relay_recv(w.relay, w.now, AHOY_RELAY_RTP_PORT(w.pairs[0]), &from, rtp, sizeof rtp, &out),
			 AHOY_RELAY_LOCAL);
	assert_int_equal(out.local, 4711);
	assert_int_equal(relay_rtcp(&w, 0, "192.0.2.1:4001", 7), AHOY_RELAY_LOCAL);
	assert_int_equal(relay_rtp(&w, 0, "203.0.113.66:4000", 7, 2), AHOY_RELAY_SOURCE);
	assert_int_equal(ahoy_relay_counted(w.relay, AHOY_RELAY_LOCAL), 2);
	relay_world_fini(&w);
}

static void what_an_endpoint_in_here_says_goes_where_its_peer_is(void **state)
{
	ahoy_relay_out out;

	(void)state;
	relay_world_init(&w, 2, AHOY_LATCH_SIGNALLING);
	assert_ok(ahoy_relay_open(w.relay, w.now, &w.call));
	assert_false(ahoy_relay_target(w.relay, w.call, 0, 0, false, &out)); /* no ports */
	relay_take(&w, 0);
	assert_ok(ahoy_relay_set_local(w.relay, w.call, 1));
	assert_false(ahoy_relay_target(w.relay, w.call, 0, 0, false, &out)); /* no description */
	relay_sdp(&w, 0, "10.0.0.5:4000", "192.0.2.1", true, true, true);
	assert_true(ahoy_relay_target(w.relay, w.call, 0, 0, false, &out));
	assert_int_equal(out.port, AHOY_RELAY_RTP_PORT(w.pairs[0]));
	assert_true(ahoy_addr_eq(&out.to, &(ahoy_addr){.family = 4, .port = 4000, .ip = {10, 0, 0, 5}}));
	/* Behind a NAT: where its packets come from, RTP and RTCP apart. */
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:33333", 7, 1), AHOY_RELAY_LOCAL);
	assert_true(ahoy_relay_target(w.relay, w.call, 0, 0, false, &out));
	assert_int_equal(out.to.port, 33333);
	assert_true(ahoy_relay_target(w.relay, w.call, 0, 0, true, &out));
	assert_int_equal(out.port, AHOY_RELAY_RTCP_PORT(w.pairs[0]));
	assert_int_equal(out.to.port, 4001);
	relay_sdp(&w, 0, "10.0.0.5:4000", "192.0.2.1", true, true, false);
	assert_false(ahoy_relay_target(w.relay, w.call, 0, 0, false, &out)); /* RFC 3264 8.4: on hold */
	assert_true(ahoy_relay_target(w.relay, w.call, 0, 0, true, &out));
	assert_false(ahoy_relay_target(w.relay, w.call, 0, AHOY_RELAY_MAX_STREAMS, false, &out));
	ahoy_relay_close(w.relay, w.call);
	assert_false(ahoy_relay_target(w.relay, w.call, 0, 0, true, &out));
	assert_err(ahoy_relay_set_local(w.relay, w.call, 1), AHOY_ESTALE);
	relay_world_fini(&w);
}

static void each_verdict_has_a_name(void **state)
{
	(void)state;
	for (int v = 0; v < AHOY_RELAY_VERDICTS; v++)
		assert_true(strlen(ahoy_relay_verdict_name((ahoy_relay_verdict)v)) > 0);
	assert_string_equal(ahoy_relay_verdict_name(AHOY_RELAY_SOURCE), "source");
	assert_string_equal(ahoy_relay_verdict_name(AHOY_RELAY_VERDICTS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(media_and_reports_cross_in_both_directions_at_once),
		cmocka_unit_test(an_untrusted_leg_gets_nothing_before_it_sent_something),
		cmocka_unit_test(a_packet_from_elsewhere_goes_nowhere),
		cmocka_unit_test(another_port_of_the_same_ip_is_learned_once),
		cmocka_unit_test(behind_a_nat_the_signallings_ip_is_learned_rtp_and_rtcp_apart),
		cmocka_unit_test(after_a_rebinding_the_stream_must_continue),
		cmocka_unit_test(a_rebound_rtcp_port_needs_the_same_ssrc),
		cmocka_unit_test(a_new_offer_lets_a_source_be_learned_once_more),
		cmocka_unit_test(behind_a_nat_a_new_offer_keeps_the_mapping_until_another_is_learned),
		cmocka_unit_test(an_old_source_is_not_taken_for_long),
		cmocka_unit_test(the_latch_can_be_open_or_closed),
		cmocka_unit_test(rfc3264_8_4_hold_stops_media_and_not_reports),
		cmocka_unit_test(one_fork_at_a_time_talks_to_a),
		cmocka_unit_test(only_rtp_and_rtcp_pass),
		cmocka_unit_test(t38_a_fax_crosses_as_it_is_and_its_source_stays),
		cmocka_unit_test(an_address_of_our_own_would_make_packets_circle),
		cmocka_unit_test(addresses_that_are_no_hosts_are_none),
		cmocka_unit_test(a_call_with_an_endpoint_in_here_keeps_its_packets),
		cmocka_unit_test(what_an_endpoint_in_here_says_goes_where_its_peer_is),
		cmocka_unit_test(each_verdict_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
