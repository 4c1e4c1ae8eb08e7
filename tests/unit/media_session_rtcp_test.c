#include "media/session.h"

#include "rtp/rtcp.h"
#include "test.h"

#include "media_pair.h"

static media_pair p;

static void rfc3550_6_2_reports_go_out_about_every_five_seconds(void **state)
{
	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 60000);
	assert_in_range(p.rtcp_a, 9, 18);
	assert_in_range(p.rtcp_b, 9, 18);
	media_pair_fini(&p);
}

static bool every_fourth(unsigned packet)
{
	return packet % 4 == 3;
}

static void rfc3550_6_4_the_sender_learns_of_its_loss_and_the_round_trip(void **state)
{
	ahoy_audio_stats a, b;

	(void)state;
	media_pair_init(&p);
	p.lose = every_fourth;
	media_pair_run(&p, 30000);
	ahoy_audio_get_stats(p.a, &a);
	ahoy_audio_get_stats(p.b, &b);
	assert_true(a.has_remote);
	assert_in_range(a.remote_fraction_lost, 60, 66); /* 64/256 */
	assert_true(a.remote_lost > 200);
	/* Reports cross at once here, so the round trip is next to nothing. */
	assert_true(a.rtt_ms < 1);
	assert_true(b.has_remote);
	assert_int_equal(b.remote_fraction_lost, 0);
	media_pair_fini(&p);
}

/* Runs of four, a tenth of all. */
static bool in_bursts(unsigned packet)
{
	return packet % 40 >= 36;
}

static void rfc3611_4_7_the_peer_says_how_it_hears_us(void **state)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio_stats a, b, without;

	(void)state;
	config.voip_metrics = true;
	media_pair_init(&p);
	p.lose = in_bursts;
	media_pair_run(&p, 30000);
	ahoy_audio_get_stats(p.a, &without);
	assert_false(without.has_remote_metrics);
	/* By the report alone: as if the loss were random. */
	assert_true(without.has_remote && without.remote_mos > 2.5 && without.remote_mos < 4);
	assert_ok(ahoy_audio_configure(p.b, &config, p.now));
	media_pair_run(&p, 30000);
	ahoy_audio_get_stats(p.a, &a);
	ahoy_audio_get_stats(p.b, &b);
	assert_true(a.has_remote_metrics);
	/* What b measured is what a is told, to the rounding of the block: a tenth of a MOS, 1/256, and five seconds of time. */
	assert_true(a.remote_mos > b.mos - 0.15 && a.remote_mos < b.mos + 0.15);
	assert_true(a.remote_r > b.r - 2 && a.remote_r < b.r + 2);
	assert_true(a.remote_mos < without.remote_mos);
	/* Four of four are missing in a burst; between bursts nothing is. */
	assert_true(b.burst_percent > 99);
	assert_true(b.gap_percent == 0);
	assert_in_range(b.burst_ms, 80, 80);
	assert_in_range(b.gap_ms, 700, 720);
	assert_true(a.remote_burst_percent > 99 && a.remote_gap_percent == 0);
	/* a was not asked for any, and hears all. */
	assert_false(b.has_remote_metrics);
	assert_true(b.remote_mos > 4.3);
	media_pair_fini(&p);
}

/* Ours are cut to 20 ms, the peer's to 40. */
static void rfc3611_4_7_2_bursts_last_as_long_as_the_peers_packets(void **state)
{
	ahoy_audio_config config = media_pair_config();
	ahoy_audio_stats b;

	(void)state;
	media_pair_init(&p);
	config.ptime_ms = 40;
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	p.lose = in_bursts;
	media_pair_run(&p, 30000);
	ahoy_audio_get_stats(p.b, &b);
	assert_int_equal(b.burst_ms, 4 * 40);
	assert_in_range(b.gap_ms, 36 * 40 - 100, 36 * 40);
	media_pair_fini(&p);
}

/* The report is older than what was sent since; it is judged by what it had seen. */
static void rfc3550_6_4_1_a_report_is_judged_by_the_numbers_it_covers(void **state)
{
	ahoy_audio_stats before, after;
	uint8_t bytes[256];
	size_t len;
	ahoy_rtcp r;

	(void)state;
	media_pair_init(&p);
	p.lose = every_fourth;
	media_pair_run(&p, 2000);
	len = ahoy_audio_bye(p.b, p.now, bytes, sizeof bytes);
	assert_ok(ahoy_rtcp_decode(bytes, len, &r));
	/* So that it tells no round trip, which would grow with its age. */
	r.report.blocks[0].lsr = 0;
	assert_ok(ahoy_rtcp_encode(&(ahoy_rtcp_parts){&r.report, AHOY_S("b@test"), NULL, false}, bytes, sizeof bytes, &len));
	ahoy_audio_recv_rtcp(p.a, p.now, bytes, len);
	ahoy_audio_get_stats(p.a, &before);
	assert_true(before.remote_r > 93 - 95 * 25 / (25 + 25.1) - 6 && before.remote_r < 93 - 95 * 25 / (25 + 25.1) + 1);
	media_pair_run(&p, 400);
	ahoy_audio_recv_rtcp(p.a, p.now, bytes, len);
	ahoy_audio_get_stats(p.a, &after);
	assert_true(after.packets_sent > before.packets_sent);
	assert_true(after.remote_r > before.remote_r - 0.01 && after.remote_r < before.remote_r + 0.01);
	/* Numbers of no packet of ours. */
	r.report.blocks[0].highest_seq += 20000;
	assert_ok(ahoy_rtcp_encode(&(ahoy_rtcp_parts){&r.report, AHOY_S("b@test"), NULL, false}, bytes, sizeof bytes, &len));
	ahoy_audio_recv_rtcp(p.a, p.now, bytes, len);
	ahoy_audio_get_stats(p.a, &after);
	assert_true(after.remote_r > before.remote_r);
	media_pair_fini(&p);
}

static void rfc3611_4_7_5_what_cannot_be_a_score_is_unknown(void **state)
{
	static const struct {
		uint8_t r, lq, cq;
		double expected_r, expected_mos;
	} table[] = {
		{93, 44, 43, 93, 4.3},
		{93, 44, 127, 93, 4.4},
		{127, 44, 127, 0, 4.4},
		{127, 127, 127, 0, 0},
		{60, 0, 51, 60, 3.1},
		{101, 9, 9, 0, 0},
	};
	uint8_t bytes[256];
	size_t len;

	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 100);
	len = ahoy_audio_bye(p.a, p.now, bytes, sizeof bytes);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_voip_metrics metrics = {.r_factor = table[i].r, .mos_lq = table[i].lq, .mos_cq = table[i].cq};
		ahoy_rtcp_report report = {.type = AHOY_RTCP_RR, .ssrc = 1};
		ahoy_rtcp_parts parts = {&report, AHOY_S("x"), &metrics, false};
		ahoy_audio_stats stats;
		ahoy_rtcp r;

		assert_ok(ahoy_rtcp_decode(bytes, len, &r));
		metrics.ssrc = r.report.ssrc;
		{
			uint8_t xr[128];
			size_t xr_len;

			assert_ok(ahoy_rtcp_encode(&parts, xr, sizeof xr, &xr_len));
			ahoy_audio_recv_rtcp(p.a, p.now, xr, xr_len);
		}
		ahoy_audio_get_stats(p.a, &stats);
		assert_true(stats.has_remote_metrics);
		assert_true(stats.remote_r == table[i].expected_r);
		assert_true(stats.remote_mos > table[i].expected_mos - 0.01 && stats.remote_mos < table[i].expected_mos + 0.01);
	}
	media_pair_fini(&p);
}

static void rfc3550_6_4_who_sends_nothing_reports_as_receiver(void **state)
{
	ahoy_audio_config config = media_pair_config();
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	size_t len;
	ahoy_rtcp r;

	(void)state;
	media_pair_init(&p);
	media_pair_run(&p, 100);
	len = ahoy_audio_bye(p.a, p.now, bytes, sizeof bytes);
	assert_ok(ahoy_rtcp_decode(bytes, len, &r));
	assert_int_equal(r.report.type, AHOY_RTCP_SR);
	assert_int_equal(r.report.packets, 5);
	assert_int_equal(r.report.octets, 800);
	assert_int_equal(r.report.block_count, 1);
	assert_slice(r.cname, "a@test");
	assert_true(r.has_bye);
	config.send = false;
	assert_ok(ahoy_audio_configure(p.a, &config, p.now));
	media_pair_run(&p, 100);
	len = ahoy_audio_bye(p.a, p.now, bytes, sizeof bytes);
	assert_ok(ahoy_rtcp_decode(bytes, len, &r));
	assert_int_equal(r.report.type, AHOY_RTCP_RR);
	assert_int_equal(ahoy_audio_bye(p.a, p.now, bytes, 10), 0);
	media_pair_fini(&p);
}

static void rfc3550_6_6_a_bye_is_noticed_and_garbage_counted(void **state)
{
	uint8_t bytes[AHOY_AUDIO_MAX_PACKET];
	ahoy_audio_stats b;
	size_t len;

	(void)state;
	media_pair_init(&p);
	len = ahoy_audio_bye(p.a, p.now, bytes, sizeof bytes);
	for (size_t n = 0; n < len; n++)
		ahoy_audio_recv_rtcp(p.b, p.now, bytes, n);
	ahoy_audio_get_stats(p.b, &b);
	assert_true(b.malformed > len / 2);
	assert_false(b.bye);
	ahoy_audio_recv_rtcp(p.b, p.now, bytes, len);
	ahoy_audio_get_stats(p.b, &b);
	assert_true(b.bye);
	media_pair_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3550_6_2_reports_go_out_about_every_five_seconds),
		cmocka_unit_test(rfc3550_6_4_the_sender_learns_of_its_loss_and_the_round_trip),
		cmocka_unit_test(rfc3611_4_7_the_peer_says_how_it_hears_us),
		cmocka_unit_test(rfc3611_4_7_2_bursts_last_as_long_as_the_peers_packets),
		cmocka_unit_test(rfc3550_6_4_1_a_report_is_judged_by_the_numbers_it_covers),
		cmocka_unit_test(rfc3611_4_7_5_what_cannot_be_a_score_is_unknown),
		cmocka_unit_test(rfc3550_6_4_who_sends_nothing_reports_as_receiver),
		cmocka_unit_test(rfc3550_6_6_a_bye_is_noticed_and_garbage_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
