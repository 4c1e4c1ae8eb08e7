#include "relay/relay.h"

#include "test.h"

#include "relay_world.h"

static relay_world w;

static void a_stale_or_wrong_id_is_an_error(void **state)
{
	ahoy_relay_remote remote = {0};
	ahoy_relay_quality quality;
	ahoy_relay_call old;
	ahoy_time at;
	uint32_t pair;

	(void)state;
	relay_world_call(&w);
	assert_err(ahoy_relay_take_pair(w.relay, w.call, 1 + AHOY_MAX_FORKS, 0, 0, &pair), AHOY_EINVAL);
	assert_err(ahoy_relay_take_pair(w.relay, w.call, 0, AHOY_RELAY_MAX_STREAMS, 0, &pair), AHOY_EINVAL);
	assert_err(ahoy_relay_take_pair(w.relay, w.call, 0, 0, AHOY_RELAY_MAX_GROUPS, &pair), AHOY_EINVAL);
	assert_err(ahoy_relay_set_remote(w.relay, w.now, w.call, 0, 1, &remote), AHOY_ESTATE);
	assert_err(ahoy_relay_set_remote(w.relay, w.now, w.call, 99, 1, &remote), AHOY_EINVAL);
	assert_err(ahoy_relay_select(w.relay, w.call, 1 + AHOY_MAX_FORKS), AHOY_EINVAL);
	assert_err(ahoy_relay_side_quality(w.relay, w.call, 99, &quality), AHOY_EINVAL);
	old = w.call;
	ahoy_relay_close(w.relay, old);
	ahoy_relay_close(w.relay, old);
	ahoy_relay_close_side(w.relay, old, 0);
	ahoy_relay_give_pair(w.relay, old, 0, 0);
	assert_ok(ahoy_relay_open(w.relay, 0, &w.call));
	assert_true(old != w.call);
	assert_err(ahoy_relay_take_pair(w.relay, old, 0, 0, 0, &pair), AHOY_ESTALE);
	assert_err(ahoy_relay_set_remote(w.relay, w.now, old, 0, 0, &remote), AHOY_ESTALE);
	assert_err(ahoy_relay_select(w.relay, old, 1), AHOY_ESTALE);
	assert_err(ahoy_relay_side_quality(w.relay, old, 0, &quality), AHOY_ESTALE);
	assert_err(ahoy_relay_last_media(w.relay, old, &at), AHOY_ESTALE);
	assert_err(ahoy_relay_select(w.relay, 0, 1), AHOY_ESTALE);
	relay_world_fini(&w);
}

static void the_quality_of_a_side_is_what_came_from_it(void **state)
{
	ahoy_relay_quality a, b;

	(void)state;
	relay_world_call(&w);
	for (uint16_t n = 0; n < 100; n++) {
		w.now += AHOY_MS(20);
		if (n % 10 != 5)
			assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4000", 7, (uint16_t)(65500 + n)), AHOY_RELAY_SEND);
	}
	relay_rtp(&w, 0, "203.0.113.9:4000", 7, 1);
	assert_ok(ahoy_relay_side_quality(w.relay, w.call, 0, &a));
	assert_ok(ahoy_relay_side_quality(w.relay, w.call, 1, &b));
	assert_int_equal(a.packets, 90);
	assert_int_equal(a.bytes, 90 * 32);
	assert_int_equal(a.lost, 10);
	assert_int_equal(a.rejected, 1);
	assert_true(a.last_recv == w.now);
	assert_int_equal(a.source.port, 4000);
	assert_int_equal(b.packets, 0);
	assert_true(b.last_recv == 0);
	assert_int_equal(b.source.port, 6000); /* of the SDP */
	assert_ok(ahoy_relay_side_quality(w.relay, w.call, 5, &b));
	assert_int_equal(b.source.family, 0);
	relay_world_fini(&w);
}

static void the_last_media_is_of_a_or_the_selected_fork(void **state)
{
	ahoy_time at, opened;

	(void)state;
	relay_world_call(&w);
	opened = w.now;
	relay_take(&w, 2);
	relay_sdp(&w, 2, "198.51.100.3:6000", "198.51.100.3", true, true, true);
	assert_ok(ahoy_relay_last_media(w.relay, w.call, &at));
	assert_true(at == opened);
	w.now += AHOY_SECONDS(5);
	relay_rtp(&w, 2, "198.51.100.3:6000", 1, 1);
	assert_ok(ahoy_relay_last_media(w.relay, w.call, &at));
	assert_true(at == opened);
	relay_rtp(&w, 1, "203.0.113.1:6000", 1, 1); /* from elsewhere */
	assert_ok(ahoy_relay_last_media(w.relay, w.call, &at));
	assert_true(at == opened);
	relay_rtcp(&w, 1, "198.51.100.2:6001", 1);
	assert_ok(ahoy_relay_last_media(w.relay, w.call, &at));
	assert_true(at == w.now);
	relay_world_fini(&w);
}

static void closing_a_fork_gives_its_ports_back_and_unselects_it(void **state)
{
	(void)state;
	relay_world_call(&w);
	relay_take(&w, 2);
	assert_int_equal(ahoy_relay_pairs_used(w.relay), 3);
	ahoy_relay_close_side(w.relay, w.call, 1);
	assert_int_equal(ahoy_relay_pairs_used(w.relay), 2);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4000", 7, 1), AHOY_RELAY_NO_PEER);
	assert_int_equal(relay_rtp(&w, 1, "198.51.100.2:6000", 7, 1), AHOY_RELAY_NO_CALL);
	relay_world_fini(&w);
}

static void streams_are_apart(void **state)
{
	ahoy_relay_remote video = {.rtp = relay_addr("192.0.2.1:5000"),
				   .rtcp = relay_addr("192.0.2.1:5001"),
				   .trusted = true,
				   .sends = true,
				   .receives = true,
				   .clock_rate_hz = 90000};
	uint32_t a, b;
	uint8_t packet[12] = {0x80, 96};

	(void)state;
	relay_world_call(&w);
	assert_ok(ahoy_relay_take_pair(w.relay, w.call, 0, 1, 0, &a));
	assert_ok(ahoy_relay_set_remote(w.relay, w.now, w.call, 0, 1, &video));
	/* B rejected the video: nowhere to go. */
	assert_int_equal(relay_bytes(&w, AHOY_RELAY_RTP_PORT(a), "192.0.2.1:5000", packet, sizeof packet),
			 AHOY_RELAY_NO_PEER);
	assert_ok(ahoy_relay_take_pair(w.relay, w.call, 1, 1, 0, &b));
	video.rtp = relay_addr("198.51.100.2:7000");
	assert_ok(ahoy_relay_set_remote(w.relay, w.now, w.call, 1, 1, &video));
	assert_int_equal(relay_bytes(&w, AHOY_RELAY_RTP_PORT(a), "192.0.2.1:5000", packet, sizeof packet),
			 AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "198.51.100.2:7000");
	assert_int_equal(w.sent_from, AHOY_RELAY_RTP_PORT(b));
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4000", 7, 1), AHOY_RELAY_SEND);
	assert_string_equal(w.sent_to, "198.51.100.2:6000");
	relay_world_fini(&w);
}

static void a_pair_forgets_its_old_call(void **state)
{
	uint32_t old;
	ahoy_relay_quality q;

	(void)state;
	relay_world_init(&w, 1, AHOY_LATCH_SIGNALLING);
	assert_ok(ahoy_relay_open(w.relay, w.now, &w.call));
	relay_take(&w, 0);
	relay_sdp(&w, 0, "192.0.2.1:4000", "192.0.2.1", true, true, true);
	relay_rtp(&w, 0, "192.0.2.1:4000", 7, 1);
	old = w.pairs[0];
	ahoy_relay_close(w.relay, w.call);
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4000", 7, 2), AHOY_RELAY_NO_CALL);
	assert_ok(ahoy_relay_open(w.relay, w.now, &w.call));
	relay_take(&w, 0);
	assert_int_equal(w.pairs[0], old);
	/* Before its SDP is known nobody is the peer. */
	assert_int_equal(relay_rtp(&w, 0, "192.0.2.1:4000", 7, 3), AHOY_RELAY_SOURCE);
	assert_ok(ahoy_relay_side_quality(w.relay, w.call, 0, &q));
	assert_int_equal(q.packets, 0);
	relay_world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stale_or_wrong_id_is_an_error),
		cmocka_unit_test(the_quality_of_a_side_is_what_came_from_it),
		cmocka_unit_test(the_last_media_is_of_a_or_the_selected_fork),
		cmocka_unit_test(closing_a_fork_gives_its_ports_back_and_unselects_it),
		cmocka_unit_test(streams_are_apart),
		cmocka_unit_test(a_pair_forgets_its_old_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
