#include "media/jitter.h"

#include "test.h"

static ahoy_jitter j;
static const ahoy_jitter_slot *slot;
static uint32_t samples;

static void put(unsigned n, uint32_t timestamp)
{
	char payload[8] = {(char)n};

	assert_ok(ahoy_jitter_put(&j, (uint16_t)n, timestamp, 8, 160, payload, sizeof payload));
}

/* Pulls 20 ms: the packet's number, or -1 for a gap. */
static int get(void)
{
	switch (ahoy_jitter_get(&j, 160, &slot, &samples)) {
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
	ahoy_jitter_init(&j, 8000, 60, 400);
	assert_int_equal(get(), -2);
	for (unsigned n = 0; n < 3; n++)
		put(n, 160 * n);
	assert_int_equal(ahoy_jitter_delay_ms(&j), 60);
	for (unsigned n = 3; n < 200; n++) {
		assert_int_equal(get(), n - 3);
		assert_int_equal(slot->timestamp, 160 * (n - 3));
		assert_int_equal(slot->bytes[0], (uint8_t)(n - 3));
		assert_int_equal(slot->len, 8);
		assert_int_equal(samples, 160);
		put(n, 160 * n);
		assert_int_equal(ahoy_jitter_depth(&j), 3);
	}
	assert_int_equal(j.late + j.discarded + j.duplicates + j.resyncs, 0);
}

static void reordered_packets_are_put_right_over_both_wraps(void **state)
{
	static const unsigned order[] = {65534, 0, 65535, 2, 1, 4, 3};
	uint32_t first = 0xffffffff - 200;

	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 400);
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		put(order[i], first + 160 * ((order[i] + 2) & 0xffff));
	for (unsigned n = 65534; n != 65536 + 5; n++)
		assert_int_equal(get(), n & 0xffff);
	assert_int_equal(get(), -1);
}

static void a_lost_packet_is_a_gap_of_its_length(void **state)
{
	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 400);
	put(0, 0);
	put(2, 320);
	assert_int_equal(get(), 0);
	assert_int_equal(get(), -1);
	assert_int_equal(samples, 160);
	assert_int_equal(get(), 2);
	/* Shorter gaps than asked for end where the next packet begins. */
	put(3, 320 + 160 + 50);
	assert_int_equal(get(), -1);
	assert_int_equal(samples, 50);
	assert_int_equal(get(), 3);
}

static void late_and_doubled_packets_are_counted_and_not_played(void **state)
{
	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 400);
	put(0, 0);
	put(0, 0);
	put(2, 320);
	assert_int_equal(j.duplicates, 1);
	assert_int_equal(get(), 0);
	put(0, 0);
	assert_int_equal(j.duplicates, 2);
	assert_int_equal(get(), -1);
	put(1, 160);
	assert_int_equal(j.late, 1);
	assert_int_equal(get(), 2);
}

static void a_slower_path_moves_the_playout_back(void **state)
{
	unsigned heard = 0;

	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 400);
	put(0, 0);
	put(1, 160);
	put(2, 320);
	/* From packet 3 on the path takes 200 ms more: ten pulls pass before it comes. */
	for (int i = 0; i < 3 + 10; i++)
		get();
	for (unsigned n = 3; n < 100; n++) {
		put(n, 160 * n);
		heard += get() >= 0;
	}
	assert_in_range(j.late, 1, 6);
	assert_int_equal(j.resyncs, 1);
	assert_true(heard > 85);
}

static void one_stall_that_ends_moves_nothing(void **state)
{
	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 400);
	for (unsigned n = 0; n < 3; n++)
		put(n, 160 * n);
	for (int i = 0; i < 13; i++)
		get();
	/* What was stalled comes at once: ten late ones, then the stream is where it was. */
	for (unsigned n = 3; n < 16; n++)
		put(n, 160 * n);
	assert_int_equal(j.late, 10);
	assert_int_equal(j.resyncs, 0);
	for (unsigned n = 16; n < 50; n++) {
		put(n, 160 * n);
		assert_int_equal(get(), n - 3);
	}
}

static void a_queue_that_stays_long_is_cut(void **state)
{
	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 400);
	for (unsigned n = 0; n < 12; n++)
		put(n, 160 * n); /* 240 ms at once */
	for (unsigned n = 12; n < 12 + 130; n++) {
		get();
		put(n, 160 * n);
	}
	assert_in_range(ahoy_jitter_delay_ms(&j), 40, 120);
	assert_true(j.discarded > 0);
}

static void a_source_that_begins_anew_is_followed(void **state)
{
	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 400);
	put(0, 0);
	assert_int_equal(get(), 0);
	/* One packet far ahead is not believed; two are. */
	put(1, 1000000);
	assert_int_equal(j.discarded, 1);
	put(2, 1000160);
	put(3, 1000320);
	assert_int_equal(j.resyncs, 1);
	for (int i = 0; i < 3; i++)
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
	ahoy_jitter_init(&j, 8000, 60, 400);
	put(0, 0);
	assert_int_equal(get(), 0);
	ahoy_jitter_reset(&j, 16000);
	assert_int_equal(get(), -2);
	put(9, 777777);
	assert_int_equal(ahoy_jitter_delay_ms(&j), 60 + 10);
}

static void the_buffer_is_bounded(void **state)
{
	char big[AHOY_JITTER_MAX_PAYLOAD + 1] = {0};

	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 1000);
	assert_err(ahoy_jitter_put(&j, 0, 0, 8, 160, big, sizeof big), AHOY_ERANGE);
	assert_err(ahoy_jitter_put(&j, 0, 0, 8, 160, big, 0), AHOY_ERANGE);
	assert_err(ahoy_jitter_put(&j, 0, 0, 8, 0, big, 1), AHOY_ERANGE);
	assert_err(ahoy_jitter_put(&j, 0, 0, 8, 8001, big, 1), AHOY_ERANGE);
	for (unsigned n = 0; n < AHOY_JITTER_MAX_PACKETS + 5; n++)
		assert_ok(ahoy_jitter_put(&j, (uint16_t)n, 80 * n, 8, 80, big, 1));
	assert_int_equal(ahoy_jitter_depth(&j), AHOY_JITTER_MAX_PACKETS);
	assert_int_equal(j.discarded, 5);
}

static void timestamps_at_the_far_end_of_the_circle_do_no_harm(void **state)
{
	static const uint32_t far[] = {0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0, 1, 0x7fffff80};

	(void)state;
	ahoy_jitter_init(&j, 8000, 60, 400);
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
		cmocka_unit_test(a_slower_path_moves_the_playout_back),
		cmocka_unit_test(one_stall_that_ends_moves_nothing),
		cmocka_unit_test(a_queue_that_stays_long_is_cut),
		cmocka_unit_test(a_source_that_begins_anew_is_followed),
		cmocka_unit_test(a_reset_waits_the_delay_again),
		cmocka_unit_test(the_buffer_is_bounded),
		cmocka_unit_test(timestamps_at_the_far_end_of_the_circle_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
