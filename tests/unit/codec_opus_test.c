/* codec/opus: the peer's parameters (RFC 7587 6.1, 7), pauses, and the copy of a lost frame in the next one. */
#include "codec_trip.h"

static codec_trip t;

/* Bytes of two seconds of packets of 20 ms with these parameters. */
static size_t bytes_with(const char *fmtp)
{
	codec_trip_open(&t, &ahoy_codec_opus, fmtp);
	codec_trip_run(&t, 20, 100);
	codec_trip_close(&t);
	return t.total;
}

static void rfc7587_6_1_no_more_bits_are_sent_than_the_peer_wants(void **state)
{
	size_t open = bytes_with("");

	(void)state;
	assert_in_range(bytes_with("maxaveragebitrate=12000"), 1000, 12000 / 8 * 2 * 13 / 10);
	assert_true(open > bytes_with("maxaveragebitrate=12000"));
	/* Out of range, or no number: as if it were not there; below what Opus can: the least. */
	assert_int_equal(bytes_with("maxaveragebitrate=510001"), open);
	assert_int_equal(bytes_with("maxaveragebitrate=-1"), open);
	assert_true(bytes_with("maxaveragebitrate=1") < open);
}

static void rfc7587_6_1_cbr_makes_all_packets_equal(void **state)
{
	size_t first;

	(void)state;
	codec_trip_open(&t, &ahoy_codec_opus, "cbr=1");
	first = codec_trip_say(&t, 20);
	for (unsigned n = 0; n < 50; n++) {
		t.is_quiet = n % 10 > 5;
		assert_int_equal(codec_trip_say(&t, 20), first);
	}
	codec_trip_close(&t);
}

/* RFC 6716 3.1, table 2: the configuration in the highest five bits of the first byte names the band. */
static unsigned bandwidth_khz(uint8_t toc)
{
	static const unsigned khz[] = {4, 4, 4, 4, 6, 6, 6, 6, 8, 8, 8, 8, 12, 12, 20, 20};
	unsigned config = toc >> 3;

	return config < 16 ? khz[config] : (unsigned[]){4, 8, 12, 20}[(config - 16) / 4];
}

static void rfc7587_6_1_what_the_peer_cannot_play_is_not_sent(void **state)
{
	static const struct {
		const char *fmtp;
		unsigned most_khz;
	} rows[] = {
		{"maxplaybackrate=8000", 4},
		{"maxplaybackrate=12000", 8}, /* CELT has no 6 kHz, and takes the next one */
		{"maxplaybackrate=16000", 8},
		{"stereo=0; MaxPlaybackRate=24000", 12},
		{"", 20},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned most = 0;

		codec_trip_open(&t, &ahoy_codec_opus, rows[i].fmtp);
		ahoy_tone_init(&t.tone, 48000, 1000, 11000, -20);
		for (unsigned n = 0; n < 50; n++) {
			codec_trip_say(&t, 20);
			most = bandwidth_khz(t.bytes[0]) > most ? bandwidth_khz(t.bytes[0]) : most;
		}
		assert_true(most <= rows[i].most_khz);
		assert_true(rows[i].most_khz < 20 || most == 20);
		codec_trip_close(&t);
	}
}

static void rfc7587_3_1_3_pauses_are_left_out_where_the_peer_wants_that(void **state)
{
	static const struct {
		const char *fmtp;
		size_t least, most; /* packets in two seconds of silence */
	} rows[] = {{"", 100, 100}, {"usedtx=0", 100, 100}, {"usedtx=1", 1, 40}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		codec_trip_open(&t, &ahoy_codec_opus, rows[i].fmtp);
		codec_trip_run(&t, 20, 50);
		assert_int_equal(t.packets, 50);
		t.is_quiet = true;
		codec_trip_run(&t, 20, 100);
		assert_in_range(t.packets, rows[i].least, rows[i].most);
		t.is_quiet = false;
		assert_true(codec_trip_say(&t, 20) > 0); /* and speech is back at once */
		codec_trip_close(&t);
	}
}

/* Speech-like: Opus has redundancy for voice alone. */
static void say_voice(unsigned n)
{
	for (size_t i = 0; i < 960; i++) {
		double s = (double)(n * 960 + i) / 48000;

		t.pcm[i] = (int16_t)(5000 * sin(2 * M_PI * 150 * s) * (1.2 + sin(2 * M_PI * 4 * s)) + 2500 * sin(2 * M_PI * 620 * s));
	}
	assert_ok(t.codec->encode(t.coder, t.pcm, 960, t.bytes, sizeof t.bytes, &t.len));
}

static void rfc6716_2_1_7_a_packet_holds_the_one_before_it_where_that_was_asked_for(void **state)
{
	(void)state;
	for (int fec = 0; fec < 2; fec++) {
		unsigned recovered = 0;
		int16_t lost[960];
		size_t samples;

		codec_trip_open(&t, &ahoy_codec_opus, fec ? "useinbandfec=1;maxplaybackrate=16000" : "maxplaybackrate=16000");
		for (unsigned n = 0; n < 100; n++) {
			say_voice(n);
			recovered += t.codec->recover(t.coder, t.bytes, t.len, lost, 960) == 0;
			assert_ok(t.codec->decode(t.coder, t.bytes, t.len, t.pcm, 5760, &samples));
		}
		/* Which frames are worth a copy is the encoder's to say. */
		assert_in_range(recovered, fec ? 25 : 0, fec ? 100 : 0);
		/* Not for a gap that is none of Opus's lengths. */
		assert_err(t.codec->recover(t.coder, t.bytes, t.len, lost, 0), AHOY_EINVAL);
		assert_err(t.codec->recover(t.coder, t.bytes, t.len, lost, 959), AHOY_EINVAL);
		assert_err(t.codec->recover(t.coder, t.bytes, 0, lost, 960), AHOY_EINVAL);
		codec_trip_close(&t);
	}
}

static void a_tone_keeps_its_level(void **state)
{
	(void)state;
	codec_trip_open(&t, &ahoy_codec_opus, "useinbandfec=1");
	assert_level(codec_trip_run(&t, 20, 100), -15, 0.5);
	codec_trip_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc7587_6_1_no_more_bits_are_sent_than_the_peer_wants),
		cmocka_unit_test(rfc7587_6_1_cbr_makes_all_packets_equal),
		cmocka_unit_test(rfc7587_6_1_what_the_peer_cannot_play_is_not_sent),
		cmocka_unit_test(rfc7587_3_1_3_pauses_are_left_out_where_the_peer_wants_that),
		cmocka_unit_test(rfc6716_2_1_7_a_packet_holds_the_one_before_it_where_that_was_asked_for),
		cmocka_unit_test(a_tone_keeps_its_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
