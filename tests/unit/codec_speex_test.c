/* codec/speex: the peer's parameters (RFC 5574 3.2), both bands, and pauses. */
#include "codec_trip.h"

static codec_trip t;

static size_t packet_with(const ahoy_codec *codec, const char *fmtp)
{
	size_t len;

	codec_trip_open(&t, codec, fmtp);
	codec_trip_run(&t, 20, 20);
	len = t.len;
	codec_trip_close(&t);
	return len;
}

static void rfc5574_3_2_mode_names_the_bit_rate(void **state)
{
	/* RFC 5574 table 1, narrow band: bits of a frame of 20 ms; 5 of them end the payload's last byte at the most. */
	static const struct {
		const char *fmtp;
		size_t bytes;
	} rows[] = {
		{"mode=1", 6},		/* 2.15 kbit/s: 43 bits */
		{"mode=2", 15},		/* 5.95 */
		{"mode=3", 20},		/* 8 */
		{"mode=\"4,any\"", 28}, /* 11 */
		{"mode=5", 38},		/* 15 */
		{"mode=6", 46},		/* 18.2 */
		{"mode=7", 62},		/* 24.6 */
		{"", 38},		/* our choice */
		{"mode=any", 38},
		{"mode=9", 38}, /* there is no such mode */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (packet_with(&ahoy_codec_speex, rows[i].fmtp) != rows[i].bytes)
			fail_msg("%s: %zu bytes, not %zu", rows[i].fmtp, packet_with(&ahoy_codec_speex, rows[i].fmtp), rows[i].bytes);
}

static void wide_band_follows_its_own_modes(void **state)
{
	(void)state;
	assert_true(packet_with(&ahoy_codec_speex_wide, "mode=1") < packet_with(&ahoy_codec_speex_wide, ""));
	assert_true(packet_with(&ahoy_codec_speex_wide, "mode=10") > packet_with(&ahoy_codec_speex_wide, ""));
}

/* Packets of two seconds of silence behind speech. */
static size_t packets_of_silence(const char *fmtp)
{
	codec_trip_open(&t, &ahoy_codec_speex, fmtp);
	codec_trip_run(&t, 20, 50);
	assert_int_equal(t.packets, 50);
	t.is_quiet = true;
	codec_trip_run(&t, 20, 100);
	codec_trip_close(&t);
	return t.packets;
}

static void rfc5574_3_2_pauses_are_left_out_where_the_peer_makes_noise_of_its_own(void **state)
{
	(void)state;
	assert_int_equal(packets_of_silence(""), 100);
	assert_int_equal(packets_of_silence("vbr=vad"), 100);
	assert_int_equal(packets_of_silence("vbr=vad;cng=off"), 100);
	assert_int_equal(packets_of_silence("vbr=on;cng=on"), 100);
	assert_in_range(packets_of_silence("vbr=vad;cng=on"), 1, 50);
}

static void vbr_sends_less_of_silence(void **state)
{
	size_t loud, quiet;

	(void)state;
	codec_trip_open(&t, &ahoy_codec_speex, "vbr=on");
	codec_trip_run(&t, 20, 50);
	loud = t.total;
	t.is_quiet = true;
	codec_trip_run(&t, 20, 50);
	quiet = t.total;
	assert_true(quiet < loud / 2);
	codec_trip_close(&t);
}

static void a_tone_keeps_its_level_in_both_bands(void **state)
{
	static const ahoy_codec *const bands[] = {&ahoy_codec_speex, &ahoy_codec_speex_wide};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bands); i++) {
		codec_trip_open(&t, bands[i], "");
		assert_level(codec_trip_run(&t, 20, 100), -15, 1.5);
		codec_trip_close(&t);
	}
}

static void lengths_that_are_no_frames_are_refused(void **state)
{
	(void)state;
	codec_trip_open(&t, &ahoy_codec_speex, "");
	assert_err(t.codec->encode(t.coder, t.pcm, 80, t.bytes, sizeof t.bytes, &t.len), AHOY_EINVAL);
	assert_err(t.codec->encode(t.coder, t.pcm, 7 * 160, t.bytes, sizeof t.bytes, &t.len), AHOY_EINVAL);
	assert_err(t.codec->encode(t.coder, t.pcm, 160, t.bytes, 10, &t.len), AHOY_EFULL);
	codec_trip_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc5574_3_2_mode_names_the_bit_rate),
		cmocka_unit_test(wide_band_follows_its_own_modes),
		cmocka_unit_test(rfc5574_3_2_pauses_are_left_out_where_the_peer_makes_noise_of_its_own),
		cmocka_unit_test(vbr_sends_less_of_silence),
		cmocka_unit_test(a_tone_keeps_its_level_in_both_bands),
		cmocka_unit_test(lengths_that_are_no_frames_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
