#include "media/jitter.h"

#include "test.h"

static ahoy_jitter j;
static const ahoy_jitter_slot *slot;
static uint32_t samples;
static ahoy_time now; /* of the network and of the play-out */

static void start(void)
{
	now = AHOY_SECONDS(1000);
	ahoy_jitter_init(&j, 8000, 60, 5, 400);
}

static void put(unsigned n, uint32_t timestamp)
{
	char payload[8] = {(char)n};

	assert_ok(ahoy_jitter_put(&j, now, (uint16_t)n, timestamp, 8, 160, payload, sizeof payload));
}

/* Pulls 20 ms, which then pass: the packet's number, or -1 for a gap. */
static int get(void)
{
	ahoy_jitter_result result = ahoy_jitter_get(&j, now, 160, &slot, &samples);

	now += result == AHOY_JITTER_IDLE ? 0 : AHOY_MS(samples) / 8;
	switch (result) {
	case AHOY_JITTER_PACKET:
		return slot->seq;
	case AHOY_JITTER_GAP:
		return -1;
	case AHOY_JITTER_IDLE:
		return -2;
	}
	return -3;
}

static void in_order_packets_come_out_as_they_came(void **state)
{
	(void)state;
	start();
	assert_int_equal(get(), -2);
	for (unsigned n = 0; n < 3; n++, now += AHOY_MS(20))
		put(n, 160 * n);
	assert_int_equal(ahoy_jitter_delay_ms(&j), 60);
	assert_int_equal(ahoy_jitter_target_ms(&j), 60);
	for (unsigned n = 3; n < 200; n++) {
		put(n, 160 * n);
		assert_int_equal(get(), n - 3);
		assert_int_equal(slot->timestamp, 160 * (n - 3));
		assert_int_equal(slot->bytes[0], (uint8_t)(n - 3));
		assert_int_equal(slot->len, 8);
		assert_int_equal(samples, 160);
		assert_int_equal(ahoy_jitter_depth(&j), 3);
	}
	assert_int_equal(j.late + j.discarded + j.duplicates + j.resyncs + j.waited_units, 0);
	/* Nothing varies, so that the delay is too much by all that is above the least one: the caller's to shorten. */
	assert_int_equal(ahoy_jitter_target_ms(&j), 5);
	assert_int_equal(ahoy_jitter_surplus(&j), 8 * 55);
}

static void reordered_packets_are_put_right_over_both_wraps(void **state)
{
	static const unsigned order[] = {65534, 0, 65535, 2, 1, 4, 3};
	uint32_t first = 0xffffffff - 200;

	(void)state;
	start();
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		put(order[i], first + 160 * ((order[i] + 2) & 0xffff));
	for (unsigned n = 65534; n != 65536 + 5; n++)
		assert_int_equal(get(), n & 0xffff);
	assert_int_equal(get(), -1);
}

static void a_lost_packet_is_a_gap_of_its_length(void **state)
{
	(void)state;
	start();
	put(0, 0);
	now += AHOY_MS(40);
	put(2, 320);
	now += AHOY_MS(20);
	assert_int_equal(get(), 0);
	assert_int_equal(get(), -1);
	assert_int_equal(samples, 160);
	/* Sent 66.25 ms after the first one, and as fast. */
	now -= 33750;
	put(3, 320 + 160 + 50);
	now += 33750;
	assert_int_equal(get(), 2);
	/* Shorter gaps than asked for end where the next packet begins. */
	assert_int_equal(get(), -1);
	assert_int_equal(samples, 50);
	assert_int_equal(get(), 3);
}

static void late_and_doubled_packets_are_counted_and_not_played(void **state)
{
	(void)state;
	start();
	put(0, 0);
	put(0, 0);
	now += AHOY_MS(40);
	put(2, 320);
	now += AHOY_MS(20);
	assert_int_equal(j.duplicates, 1);
	assert_int_equal(get(), 0);
	put(0, 0);
	assert_int_equal(j.duplicates, 2);
	assert_int_equal(get(), -1);
	put(1, 160);
	assert_int_equal(j.late, 1);
	assert_int_equal(get(), 2);
}

/* As sent every 20 ms, and 20 ms pulled for each: the first three wait. Returns how many packets were heard. */
static unsigned run(unsigned from, unsigned to)
{
	unsigned heard = 0;

	for (unsigned n = from; n < to; n++) {
		put(n, 160 * n);
		heard += get() >= 0;
	}
	return heard;
}

static void begin(void)
{
	start();
	for (unsigned n = 0; n < 3; n++, now += AHOY_MS(20))
		put(n, 160 * n);
}

static void a_slower_path_moves_the_playout_back_and_loses_nothing(void **state)
{
	(void)state;
	begin();
	/* From packet 3 on the path takes 200 ms more: ten pulls pass before it comes. */
	for (int i = 0; i < 3 + 10; i++)
		get();
	assert_int_equal(run(3, 100), 97);
	assert_int_equal(j.late + j.discarded + j.resyncs, 0);
	assert_int_equal(j.waited_units, 10 * 160);
}

static void after_one_stall_all_is_heard_and_the_delay_falls_again(void **state)
{
	uint64_t before;

	(void)state;
	begin();
	assert_int_equal(run(3, 300), 297);
	before = j.discarded;
	for (int i = 0; i < 13; i++)
		get();
	/* What was stalled comes at once. */
	for (unsigned n = 300; n < 313; n++)
		put(n, 160 * n);
	assert_int_equal(run(313, 350), 37);
	assert_int_equal(j.late + j.discarded + j.resyncs, before);
	/* The delay is now higher by the pulls that waited, and one stall in ten seconds is not worth it. */
	assert_in_range(ahoy_jitter_surplus(&j), 8 * 150, 8 * 260);
	/* Nobody shortened, so that it is skipped. */
	run(350, 500);
	assert_in_range(ahoy_jitter_delay_ms(&j), 1, 60);
	assert_in_range(j.discarded - before, 1, 13);
}

static void what_varies_often_is_waited_for(void **state)
{
	(void)state;
	begin();
	/* Each third packet comes 60 ms later, with the two behind it. */
	for (unsigned n = 3; n < 603; n += 3) {
		for (int i = 0; i < 3; i++)
			get();
		for (unsigned k = 0; k < 3; k++)
			put(n + k, 160 * (n + k));
	}
	assert_in_range(ahoy_jitter_target_ms(&j), 40, 50);
	assert_int_equal(j.late + j.discarded + j.resyncs, 0);
}

static void the_wait_for_what_does_not_come_ends_at_the_most_delay(void **state)
{
	(void)state;
	begin();
	for (int i = 0; i < 100; i++)
		get();
	/* 400 ms above the fastest packet; then the position goes on with the clock. */
	assert_in_range(j.waited_units, 8 * 320, 8 * 360);
	/* What comes then in its place in time is a talk spurt's first, and waits only what is aimed at. */
	put(100, 160 * 100);
	for (int i = 0; i < 4 && get() < 0; i++)
		continue;
	assert_int_equal(j.played_seq[100 % 64], 100);
}

static void a_pause_of_speech_brings_the_delay_to_its_aim(void **state)
{
	int waited = 0;

	(void)state;
	begin();
	assert_int_equal(run(3, 100), 97);
	/* The sender is silent for two seconds; what it says then has the timestamp of its time. */
	for (int i = 0; i < 100; i++)
		get();
	for (put(100, 160 * 200); get() < 0; put(100 + (unsigned)waited, 160 * (200 + (unsigned)waited)))
		waited++;
	/* 60 ms at the start, 5 now. */
	assert_in_range(waited, 0, 1);
	assert_in_range(ahoy_jitter_surplus(&j), 0, 160);
	assert_int_equal(j.late + j.discarded + j.resyncs, 0);
}

static void a_queue_that_stays_long_is_cut(void **state)
{
	(void)state;
	start();
	for (unsigned n = 0; n < 12; n++)
		put(n, 160 * n); /* 240 ms at once */
	for (unsigned n = 12; n < 12 + 250; n++) {
		get();
		put(n, 160 * n);
	}
	assert_in_range(ahoy_jitter_delay_ms(&j), 1, 120);
	assert_true(j.discarded > 0);
}

static void a_source_that_begins_anew_is_followed(void **state)
{
	(void)state;
	start();
	put(0, 0);
	assert_int_equal(get(), 0);
	/* One packet far ahead is not believed; two are. */
	put(1, 1000000);
	assert_int_equal(j.discarded, 1);
	put(2, 1000160);
	now += AHOY_MS(20);
	put(3, 1000320);
	assert_int_equal(j.resyncs, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(get(), -1); /* the delay, anew */
	assert_int_equal(get(), 2);
	assert_int_equal(get(), 3);
	/* Timestamps that jump back: late at first, then followed. */
	for (unsigned n = 4; n < 12; n++) {
		put(n, 5000 + 160 * n);
		get();
	}
	assert_int_equal(j.resyncs, 2);
	for (unsigned n = 12; n < 20; n++) {
		put(n, 5000 + 160 * n);
		assert_true(n < 16 || get() >= 0);
	}
}

static void a_reset_waits_the_delay_again(void **state)
{
	(void)state;
	start();
	put(0, 0);
	assert_int_equal(get(), 0);
	ahoy_jitter_reset(&j, 16000);
	assert_int_equal(get(), -2);
	put(9, 777777);
	assert_int_equal(ahoy_jitter_target_ms(&j), 60);
	assert_int_equal(ahoy_jitter_delay_ms(&j), 60 + 10);
}

static void another_least_delay_is_followed(void **state)
{
	(void)state;
	begin();
	run(3, 100);
	assert_int_equal(ahoy_jitter_target_ms(&j), 5);
	ahoy_jitter_set_least_ms(&j, 60);
	run(100, 120);
	assert_int_equal(ahoy_jitter_target_ms(&j), 60);
	ahoy_jitter_set_least_ms(&j, 4000);
	run(120, 140);
	assert_int_equal(ahoy_jitter_target_ms(&j), 400);
}

static void the_buffer_is_bounded(void **state)
{
	char big[AHOY_JITTER_MAX_PAYLOAD + 1] = {0};

	(void)state;
	start();
	assert_err(ahoy_jitter_put(&j, now, 0, 0, 8, 160, big, sizeof big), AHOY_ERANGE);
	assert_err(ahoy_jitter_put(&j, now, 0, 0, 8, 160, big, 0), AHOY_ERANGE);
	assert_err(ahoy_jitter_put(&j, now, 0, 0, 8, 0, big, 1), AHOY_ERANGE);
	assert_err(ahoy_jitter_put(&j, now, 0, 0, 8, 8001, big, 1), AHOY_ERANGE);
	for (unsigned n = 0; n < AHOY_JITTER_MAX_PACKETS + 5; n++)
		assert_ok(ahoy_jitter_put(&j, now, (uint16_t)n, 80 * n, 8, 80, big, 1));
	assert_int_equal(ahoy_jitter_depth(&j), AHOY_JITTER_MAX_PACKETS);
	assert_int_equal(j.discarded, 5);
}

static void timestamps_at_the_far_end_of_the_circle_do_no_harm(void **state)
{
	static const uint32_t far[] = {0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0, 1, 0x7fffff80};

	(void)state;
	start();
	for (unsigned n = 0; n < 500; n++) {
		put(n, far[n % ARRAY_LEN(far)] + (n % 11) * 160);
		assert_true(get() >= -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_packets_come_out_as_they_came),
		cmocka_unit_test(reordered_packets_are_put_right_over_both_wraps),
		cmocka_unit_test(a_lost_packet_is_a_gap_of_its_length),
		cmocka_unit_test(late_and_doubled_packets_are_counted_and_not_played),
		cmocka_unit_test(a_slower_path_moves_the_playout_back_and_loses_nothing),
		cmocka_unit_test(after_one_stall_all_is_heard_and_the_delay_falls_again),
		cmocka_unit_test(what_varies_often_is_waited_for),
		cmocka_unit_test(the_wait_for_what_does_not_come_ends_at_the_most_delay),
		cmocka_unit_test(a_pause_of_speech_brings_the_delay_to_its_aim),
		cmocka_unit_test(a_queue_that_stays_long_is_cut),
		cmocka_unit_test(a_source_that_begins_anew_is_followed),
		cmocka_unit_test(a_reset_waits_the_delay_again),
		cmocka_unit_test(another_least_delay_is_followed),
		cmocka_unit_test(the_buffer_is_bounded),
		cmocka_unit_test(timestamps_at_the_far_end_of_the_circle_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
