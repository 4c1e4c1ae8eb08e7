#include "rtp/telephone_event.h"

#include "test.h"

static void rfc4733_2_3_the_payload_is_four_bytes(void **state)
{
	static const uint8_t bytes[] = {11, 0x8a, 0x03, 0x20};
	ahoy_telephone_event e;
	uint8_t out[4];

	(void)state;
	assert_ok(ahoy_telephone_event_decode(bytes, 4, &e));
	assert_int_equal(e.event, 11);
	assert_true(e.end);
	assert_int_equal(e.volume, 10);
	assert_int_equal(e.duration, 800);
	ahoy_telephone_event_encode(&e, out);
	assert_memory_equal(out, bytes, 4);
	for (size_t len = 0; len < 4; len++)
		assert_err(ahoy_telephone_event_decode(bytes, len, &e), AHOY_ETRUNCATED);
}

static void rfc4733_3_2_keys_have_numbers(void **state)
{
	static const char keys[] = "0123456789*#ABCDF";

	(void)state;
	for (unsigned i = 0; i < sizeof keys - 1; i++) {
		assert_int_equal(ahoy_telephone_event_of(keys[i]), i);
		assert_int_equal(ahoy_telephone_event_digit(i), keys[i]);
	}
	assert_int_equal(ahoy_telephone_event_of('d'), 15);
	assert_int_equal(ahoy_telephone_event_of('E'), -1);
	assert_int_equal(ahoy_telephone_event_of('\0'), -1);
	assert_int_equal(ahoy_telephone_event_digit(17), '\0');
}

static void rfc4733_2_5_1_a_key_is_a_marker_updates_and_three_ends(void **state)
{
	static const struct {
		uint16_t duration;
		bool marker, end;
	} expected[] = {
		{400, true, false}, {800, false, false}, {880, false, true}, {880, false, true}, {880, false, true}};
	ahoy_event_sender s = {0};
	ahoy_telephone_event e;
	uint32_t timestamp;
	bool marker;

	(void)state;
	assert_ok(ahoy_event_sender_start(&s, '5', 110, 50, 8000, 1234));
	assert_err(ahoy_event_sender_start(&s, '5', 110, 50, 8000, 1234), AHOY_ESTATE);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_true(ahoy_event_sender_next(&s, &e, &marker, &timestamp));
		assert_int_equal(e.event, 5);
		assert_int_equal(timestamp, 1234);
		assert_int_equal(marker, expected[i].marker);
		assert_int_equal(e.end, expected[i].end);
		assert_int_equal(e.duration, expected[i].duration);
	}
	assert_false(ahoy_event_sender_next(&s, &e, &marker, &timestamp));
	assert_ok(ahoy_event_sender_start(&s, '#', 40, 50, 8000, 0));
}

static void what_is_no_key_is_refused(void **state)
{
	ahoy_event_sender s = {0};

	(void)state;
	assert_err(ahoy_event_sender_start(&s, 'x', 100, 50, 8000, 0), AHOY_EINVAL);
	assert_err(ahoy_event_sender_start(&s, '1', 39, 50, 8000, 0), AHOY_EINVAL);
	assert_err(ahoy_event_sender_start(&s, '1', 8001, 50, 8000, 0), AHOY_EINVAL);
	assert_err(ahoy_event_sender_start(&s, '1', 100, 5, 8000, 0), AHOY_EINVAL);
	assert_err(ahoy_event_sender_start(&s, '1', 100, 50, 0, 0), AHOY_EINVAL);
}

static ahoy_event_receiver r;
static ahoy_event_seen seen[3];

static unsigned give(ahoy_time now, uint32_t timestamp, uint8_t event, uint16_t duration, bool end)
{
	ahoy_telephone_event e = {event, end, 10, duration};
	uint8_t payload[4];

	ahoy_telephone_event_encode(&e, payload);
	return ahoy_event_receiver_recv(&r, now, timestamp, ahoy_slice_make(payload, 4), seen);
}

static void rfc4733_2_5_1_3_a_long_key_at_48_khz_goes_over_segments(void **state)
{
	ahoy_event_sender s = {0};
	ahoy_telephone_event e;
	uint32_t timestamp, presses = 0, releases = 0;
	bool marker;

	(void)state;
	r = (ahoy_event_receiver){0};
	assert_ok(ahoy_event_sender_start(&s, '9', 4000, 50, 48000, 0xffff0000));
	for (int i = 0; i < 1000 && ahoy_event_sender_next(&s, &e, &marker, &timestamp); i++) {
		unsigned count = give(AHOY_MS(50) * (unsigned)i, timestamp, e.event, e.duration, e.end);

		assert_int_equal(marker, i == 0);
		for (unsigned k = 0; k < count; k++) {
			presses += !seen[k].end;
			releases += seen[k].end;
		}
	}
	assert_false(s.active);
	assert_int_equal(presses, 1);
	assert_int_equal(releases, 1);
	assert_int_equal(r.earlier + r.duration, 4 * 48000);
}

static void rfc4733_2_5_2_a_key_is_reported_once(void **state)
{
	(void)state;
	r = (ahoy_event_receiver){0};
	assert_int_equal(give(0, 100, 1, 400, false), 1);
	assert_int_equal(seen[0].digit, '1');
	assert_false(seen[0].end);
	assert_int_equal(give(AHOY_MS(50), 100, 1, 800, false), 0);
	assert_int_equal(give(AHOY_MS(51), 100, 1, 400, false), 0); /* reordered */
	assert_int_equal(give(AHOY_MS(100), 100, 1, 1200, true), 1);
	assert_true(seen[0].end);
	assert_int_equal(seen[0].duration, 1200);
	assert_int_equal(give(AHOY_MS(101), 100, 1, 1200, true), 0);
	assert_int_equal(give(AHOY_MS(102), 100, 1, 1200, true), 0);
	/* A late update does not press it again, nor does an old timestamp. */
	assert_int_equal(give(AHOY_MS(103), 100, 1, 800, false), 0);
	assert_int_equal(give(AHOY_MS(104), 50, 7, 800, false), 0);
	/* The same key again is another timestamp. */
	assert_int_equal(give(AHOY_MS(300), 2000, 1, 400, false), 1);
}

static void rfc4733_2_5_2_2_lost_packets_lose_no_key(void **state)
{
	(void)state;
	r = (ahoy_event_receiver){0};
	/* All but the last one lost: pressed and released at once. */
	assert_int_equal(give(0, 100, 3, 800, true), 2);
	assert_false(seen[0].end);
	assert_true(seen[1].end);
	/* All ends lost, then the next key: the first is released by it. */
	assert_int_equal(give(AHOY_MS(500), 4000, 4, 400, false), 1);
	assert_int_equal(give(AHOY_MS(700), 6000, 5, 400, false), 2);
	assert_int_equal(seen[0].digit, '4');
	assert_true(seen[0].end);
	assert_int_equal(seen[1].digit, '5');
	assert_int_equal(give(AHOY_MS(900), 8000, 6, 400, true), 3);
	assert_int_equal(seen[2].digit, '6');
	assert_true(seen[2].end);
}

static void a_key_whose_end_never_comes_is_released(void **state)
{
	(void)state;
	r = (ahoy_event_receiver){0};
	assert_true(ahoy_event_receiver_deadline(&r) == AHOY_NEVER);
	give(AHOY_SECONDS(1), 100, 3, 800, false);
	assert_true(ahoy_event_receiver_deadline(&r) == AHOY_SECONDS(1) + AHOY_MS(150));
	assert_false(ahoy_event_receiver_expire(&r, AHOY_SECONDS(1) + AHOY_MS(149), seen));
	assert_true(ahoy_event_receiver_expire(&r, AHOY_SECONDS(1) + AHOY_MS(150), seen));
	assert_int_equal(seen[0].digit, '3');
	assert_int_equal(seen[0].duration, 800);
	assert_false(ahoy_event_receiver_expire(&r, AHOY_SECONDS(2), seen));
	/* Its end, if it comes after all, is no second key. */
	assert_int_equal(give(AHOY_SECONDS(2), 100, 3, 900, true), 0);
}

static void short_payloads_and_timestamps_at_the_wrap_are_survived(void **state)
{
	(void)state;
	r = (ahoy_event_receiver){0};
	assert_int_equal(ahoy_event_receiver_recv(&r, 0, 1, AHOY_S("abc"), seen), 0);
	assert_int_equal(give(0, 0xfffffff0, 1, 400, true), 2);
	assert_int_equal(give(AHOY_MS(200), 0x00000500, 2, 400, true), 2);
	assert_int_equal(give(AHOY_MS(201), 0xfffffff0, 1, 400, true), 0);
	/* What is no key is reported as an event without a digit. */
	assert_int_equal(give(AHOY_MS(400), 0x00001000, 32, 400, false), 1);
	assert_int_equal(seen[0].digit, '\0');
	assert_int_equal(seen[0].event, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4733_2_3_the_payload_is_four_bytes),
		cmocka_unit_test(rfc4733_3_2_keys_have_numbers),
		cmocka_unit_test(rfc4733_2_5_1_a_key_is_a_marker_updates_and_three_ends),
		cmocka_unit_test(what_is_no_key_is_refused),
		cmocka_unit_test(rfc4733_2_5_1_3_a_long_key_at_48_khz_goes_over_segments),
		cmocka_unit_test(rfc4733_2_5_2_a_key_is_reported_once),
		cmocka_unit_test(rfc4733_2_5_2_2_lost_packets_lose_no_key),
		cmocka_unit_test(a_key_whose_end_never_comes_is_released),
		cmocka_unit_test(short_payloads_and_timestamps_at_the_wrap_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
