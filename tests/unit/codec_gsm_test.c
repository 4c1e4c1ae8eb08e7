/* codec/gsm: frames of 33 bytes (RFC 3551 4.5.8) and what is none. */
#include "codec_trip.h"

static codec_trip t;

static void rfc3551_4_5_8_20_ms_are_33_bytes_that_begin_with_d(void **state)
{
	static const unsigned ptimes_ms[] = {20, 40, 60};

	(void)state;
	codec_trip_open(&t, &ahoy_codec_gsm, "");
	for (size_t i = 0; i < ARRAY_LEN(ptimes_ms); i++) {
		assert_int_equal(codec_trip_say(&t, ptimes_ms[i]), 33 * ptimes_ms[i] / 20);
		for (size_t at = 0; at < t.len; at += 33)
			assert_int_equal(t.bytes[at] >> 4, 0xd);
	}
	codec_trip_close(&t);
}

static void a_tone_keeps_its_level(void **state)
{
	(void)state;
	codec_trip_open(&t, &ahoy_codec_gsm, "");
	assert_level(codec_trip_run(&t, 20, 100), -15, 1.5);
	assert_int_equal(t.total, 100 * 33);
	codec_trip_close(&t);
}

static void what_is_no_frame_is_refused_and_changes_nothing(void **state)
{
	size_t samples;

	(void)state;
	codec_trip_open(&t, &ahoy_codec_gsm, "");
	codec_trip_say(&t, 40);
	for (size_t len = 0; len <= 66; len++) {
		int err = t.codec->decode(t.coder, t.bytes, len, t.pcm, 5760, &samples);

		if (len == 33 || len == 66)
			assert_ok(err);
		else
			assert_err(err, AHOY_ESYNTAX);
	}
	t.bytes[33] ^= 0x10; /* the second frame's mark: nothing of the packet is played */
	assert_int_equal(t.codec->payload_samples(t.bytes, 66), 0);
	assert_err(t.codec->decode(t.coder, t.bytes, 66, t.pcm, 5760, &samples), AHOY_ESYNTAX);
	assert_err(t.codec->encode(t.coder, t.pcm, 159, t.bytes, sizeof t.bytes, &t.len), AHOY_EINVAL);
	codec_trip_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3551_4_5_8_20_ms_are_33_bytes_that_begin_with_d),
		cmocka_unit_test(a_tone_keeps_its_level),
		cmocka_unit_test(what_is_no_frame_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
