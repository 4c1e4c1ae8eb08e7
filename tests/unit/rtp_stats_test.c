#include "rtp/stats.h"

#include "test.h"

static ahoy_rtp_stats s;
static ahoy_time now;
static uint32_t timestamp;

static void begin(void)
{
	ahoy_rtp_stats_init(&s, 8000);
	now = AHOY_SECONDS(100);
	timestamp = 0xfffffff0; /* wraps at once, which nobody may notice */
}

/* One packet of 20 ms, in time. */
static ahoy_rtp_arrival packet(unsigned seq)
{
	now += AHOY_MS(20);
	timestamp += 160;
	return ahoy_rtp_stats_recv(&s, now, 1, (uint16_t)seq, timestamp, 160);
}

static void rfc3550_a1_the_sequence_wraps(void **state)
{
	(void)state;
	begin();
	for (unsigned seq = 65530; seq < 65536 + 10; seq++)
		assert_int_equal(packet(seq), AHOY_RTP_IN_ORDER);
	assert_int_equal(ahoy_rtp_stats_highest(&s), 65536 + 9);
	assert_int_equal(ahoy_rtp_stats_expected(&s), 16);
	assert_int_equal(ahoy_rtp_stats_lost(&s), 0);
	assert_int_equal(s.packets, 16);
	assert_int_equal(s.bytes, 16 * 160);
}

static void rfc3550_a1_a_late_packet_of_before_the_wrap_is_no_wrap(void **state)
{
	(void)state;
	begin();
	packet(65535);
	packet(1);
	assert_int_equal(packet(0), AHOY_RTP_REORDERED);
	assert_int_equal(packet(65534), AHOY_RTP_REORDERED);
	assert_int_equal(packet(2), AHOY_RTP_IN_ORDER);
	assert_int_equal(ahoy_rtp_stats_highest(&s), 65536 + 2);
	assert_int_equal(ahoy_rtp_stats_lost(&s), 0);
}

static void rfc3550_a3_loss_is_what_was_expected_and_did_not_come(void **state)
{
	(void)state;
	begin();
	for (unsigned seq = 10; seq < 110; seq++)
		if (seq % 10 != 5)
			packet(seq);
	assert_int_equal(ahoy_rtp_stats_expected(&s), 100);
	assert_int_equal(ahoy_rtp_stats_lost(&s), 10);
	assert_int_equal(ahoy_rtp_stats_cumulative(&s), 10);
	assert_int_equal(ahoy_rtp_stats_fraction(&s), 25); /* 10/100 of 256 */
	assert_int_equal(ahoy_rtp_stats_fraction(&s), 0);  /* nothing came since */
	packet(110);
	packet(112);
	assert_int_equal(ahoy_rtp_stats_fraction(&s), 85); /* 1/3 */
}

static void rfc3550_a3_duplicates_may_make_the_loss_negative(void **state)
{
	(void)state;
	begin();
	packet(1);
	packet(1);
	packet(1);
	assert_int_equal(ahoy_rtp_stats_cumulative(&s), -2);
	assert_int_equal(ahoy_rtp_stats_lost(&s), 0);
	assert_int_equal(ahoy_rtp_stats_fraction(&s), 0);
}

static void rfc3550_a1_one_jump_is_ignored_and_two_are_a_restart(void **state)
{
	(void)state;
	begin();
	packet(1);
	packet(3);
	assert_int_equal(packet(30000), AHOY_RTP_JUMPED);
	assert_int_equal(packet(4), AHOY_RTP_IN_ORDER);
	assert_int_equal(packet(40000), AHOY_RTP_JUMPED);
	assert_int_equal(packet(40001), AHOY_RTP_RESTARTED);
	assert_int_equal(packet(40003), AHOY_RTP_IN_ORDER);
	/* One lost before, one after: totals go over both runs; the report block is of the present one. */
	assert_int_equal(ahoy_rtp_stats_lost(&s), 2);
	assert_int_equal(ahoy_rtp_stats_cumulative(&s), 1);
	assert_int_equal(s.restarts, 1);
}

static void a_jump_at_the_very_end_of_the_range_is_recognised_too(void **state)
{
	(void)state;
	begin();
	packet(30000);
	assert_int_equal(packet(65535), AHOY_RTP_JUMPED);
	assert_int_equal(packet(0), AHOY_RTP_RESTARTED);
}

static void rfc3550_8_a_new_ssrc_begins_anew_and_the_totals_go_on(void **state)
{
	(void)state;
	begin();
	packet(1);
	packet(3);
	assert_int_equal(ahoy_rtp_stats_recv(&s, now, 2, 50000, 7, 160), AHOY_RTP_RESTARTED);
	assert_int_equal(ahoy_rtp_stats_recv(&s, now, 2, 50002, 7, 160), AHOY_RTP_IN_ORDER);
	assert_int_equal(ahoy_rtp_stats_lost(&s), 2);
	assert_int_equal(s.packets, 4);
	assert_int_equal(ahoy_rtp_stats_highest(&s), 50002);
}

static void rfc3550_a8_steady_arrival_has_no_jitter(void **state)
{
	(void)state;
	begin();
	for (unsigned seq = 0; seq < 500; seq++)
		packet(seq);
	assert_int_equal(ahoy_rtp_stats_jitter(&s), 0);
}

static void rfc3550_a8_jitter_approaches_the_mean_deviation(void **state)
{
	(void)state;
	begin();
	/* Every second packet 10 ms late: |D| is 80 units each time. */
	for (unsigned seq = 0; seq < 1000; seq++) {
		timestamp += 160;
		now += AHOY_MS(20);
		ahoy_rtp_stats_recv(&s, now + (seq % 2 ? AHOY_MS(10) : 0), 1, (uint16_t)seq, timestamp, 160);
	}
	assert_in_range(ahoy_rtp_stats_jitter(&s), 78, 80);
	assert_true(ahoy_rtp_stats_jitter_ms(&s) > 9.7 && ahoy_rtp_stats_jitter_ms(&s) < 10.1);
}

static void rfc4733_2_5_1_packets_of_one_key_do_not_count_as_jitter(void **state)
{
	(void)state;
	begin();
	packet(0);
	for (unsigned seq = 1; seq < 40; seq++) {
		now += AHOY_MS(50);
		ahoy_rtp_stats_recv(&s, now, 1, (uint16_t)seq, timestamp + 160, 4);
	}
	assert_int_equal(ahoy_rtp_stats_jitter(&s), 30 * 8 / 16); /* the first one alone: 50 ms instead of 20 */
}

static void a_timestamp_that_begins_anew_is_no_jitter(void **state)
{
	(void)state;
	begin();
	packet(0);
	timestamp += 0x40000000;
	packet(1);
	assert_int_equal(ahoy_rtp_stats_jitter(&s), 0);
}

static void nothing_received_is_all_zero(void **state)
{
	(void)state;
	begin();
	assert_int_equal(ahoy_rtp_stats_lost(&s), 0);
	assert_int_equal(ahoy_rtp_stats_expected(&s), 0);
	assert_int_equal(ahoy_rtp_stats_fraction(&s), 0);
	assert_int_equal(ahoy_rtp_stats_cumulative(&s), 0);
	ahoy_rtp_stats_init(&s, 0);
	packet(1);
	packet(2);
	assert_true(ahoy_rtp_stats_jitter_ms(&s) == 0.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3550_a1_the_sequence_wraps),
		cmocka_unit_test(rfc3550_a1_a_late_packet_of_before_the_wrap_is_no_wrap),
		cmocka_unit_test(rfc3550_a3_loss_is_what_was_expected_and_did_not_come),
		cmocka_unit_test(rfc3550_a3_duplicates_may_make_the_loss_negative),
		cmocka_unit_test(rfc3550_a1_one_jump_is_ignored_and_two_are_a_restart),
		cmocka_unit_test(a_jump_at_the_very_end_of_the_range_is_recognised_too),
		cmocka_unit_test(rfc3550_8_a_new_ssrc_begins_anew_and_the_totals_go_on),
		cmocka_unit_test(rfc3550_a8_steady_arrival_has_no_jitter),
		cmocka_unit_test(rfc3550_a8_jitter_approaches_the_mean_deviation),
		cmocka_unit_test(rfc4733_2_5_1_packets_of_one_key_do_not_count_as_jitter),
		cmocka_unit_test(a_timestamp_that_begins_anew_is_no_jitter),
		cmocka_unit_test(nothing_received_is_all_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
