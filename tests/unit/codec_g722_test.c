/* codec/g722: 16000 samples a second, 8000 units of the timestamp, 8000 bytes (RFC 3551 4.5.2). */
#include "codec_trip.h"

static codec_trip t;

static void rfc3551_4_5_2_the_clock_runs_at_8000_and_the_samples_at_16000(void **state)
{
	(void)state;
	assert_int_equal(ahoy_codec_g722.clock_rate_hz, 8000);
	assert_int_equal(ahoy_codec_g722.sample_rate_hz, 16000);
	codec_trip_open(&t, &ahoy_codec_g722, "");
	for (unsigned ms = 10; ms <= 60; ms += 10) {
		assert_int_equal(codec_trip_say(&t, ms), 8 * ms);
		assert_int_equal(t.codec->payload_samples(t.bytes, t.len), 16 * ms);
	}
	codec_trip_close(&t);
}

static void it_carries_what_lies_above_4_khz(void **state)
{
	static const double tones_hz[] = {440, 3000, 5000, 6500};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tones_hz); i++) {
		codec_trip_open(&t, &ahoy_codec_g722, "");
		ahoy_tone_init(&t.tone, 16000, tones_hz[i], 0, -15);
		assert_level(codec_trip_run(&t, 20, 50), -15, 1.0);
		codec_trip_close(&t);
	}
}

static void odd_samples_small_rooms_and_empty_payloads_are_refused(void **state)
{
	size_t samples;

	(void)state;
	codec_trip_open(&t, &ahoy_codec_g722, "");
	assert_err(t.codec->encode(t.coder, t.pcm, 319, t.bytes, sizeof t.bytes, &t.len), AHOY_EINVAL);
	assert_err(t.codec->encode(t.coder, t.pcm, 320, t.bytes, 159, &t.len), AHOY_EFULL);
	assert_err(t.codec->decode(t.coder, t.bytes, 0, t.pcm, 5760, &samples), AHOY_ESYNTAX);
	assert_err(t.codec->decode(t.coder, t.bytes, 160, t.pcm, 319, &samples), AHOY_EFULL);
	codec_trip_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3551_4_5_2_the_clock_runs_at_8000_and_the_samples_at_16000),
		cmocka_unit_test(it_carries_what_lies_above_4_khz),
		cmocka_unit_test(odd_samples_small_rooms_and_empty_payloads_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
