/* codec/ilbc: modes of 20 and 30 ms and how they are agreed on (RFC 3952 3.1, 5). Without the library there is nothing to test. */
#include "codec_trip.h"

#ifdef AHOY_WITH_ILBC
static codec_trip t;

static const struct {
	const char *fmtp;
	unsigned mode_ms;
} modes[] = {
	{"mode=20", 20},
	{"mode=30", 30},
	{"", 30}, /* RFC 3952 5: the default */
	{"MODE=20", 20},
	{"mode=25", 30},
	{"mode=", 30},
	{"mode=20000000000", 30},
	{"x=1; mode=20", 20},
};

static void rfc3952_5_the_mode_is_the_peers_and_30_where_it_says_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		bool is_20 = modes[i].mode_ms == 20;

		codec_trip_open(&t, &ahoy_codec_ilbc, modes[i].fmtp);
		assert_int_equal(t.codec->ptimes(t.coder), is_20 ? 1u << 2 | 1u << 4 | 1u << 6 : 1u << 3 | 1u << 6);
		assert_int_equal(codec_trip_say(&t, modes[i].mode_ms), is_20 ? 38 : 50);
		assert_int_equal(codec_trip_say(&t, 60), is_20 ? 3 * 38 : 2 * 50);
		codec_trip_close(&t);
	}
}

static void rfc3952_5_an_offer_is_answered_with_its_mode(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		assert_string_equal(ahoy_codec_ilbc.answer_fmtp(ahoy_slice_of(modes[i].fmtp)),
				    modes[i].mode_ms == 20 ? "mode=20" : "mode=30");
}

static void a_tone_keeps_its_level_in_both_modes(void **state)
{
	(void)state;
	for (unsigned mode_ms = 20; mode_ms <= 30; mode_ms += 10) {
		codec_trip_open(&t, &ahoy_codec_ilbc, mode_ms == 20 ? "mode=20" : "mode=30");
		assert_level(codec_trip_run(&t, mode_ms, 100), -15, 1.5);
		codec_trip_close(&t);
	}
}

static void rfc3952_3_1_the_length_says_which_mode_came(void **state)
{
	static codec_trip other;
	size_t samples;

	(void)state;
	codec_trip_open(&t, &ahoy_codec_ilbc, "mode=20");
	codec_trip_open(&other, &ahoy_codec_ilbc, "mode=30");
	for (unsigned n = 0; n < 20; n++) {
		codec_trip *from = n % 2 ? &other : &t;

		codec_trip_say(from, n % 2 ? 30 : 20);
		assert_ok(t.codec->decode(t.coder, from->bytes, from->len, t.pcm, 5760, &samples));
		assert_int_equal(samples, n % 2 ? 240 : 160);
	}
	assert_int_equal(t.codec->payload_samples(t.bytes, 39), 0);
	assert_err(t.codec->encode(t.coder, t.pcm, 240, t.bytes, sizeof t.bytes, &t.len), AHOY_EINVAL);
	codec_trip_close(&other);
	codec_trip_close(&t);
}
#endif

int main(void)
{
#ifdef AHOY_WITH_ILBC
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3952_5_the_mode_is_the_peers_and_30_where_it_says_nothing),
		cmocka_unit_test(rfc3952_5_an_offer_is_answered_with_its_mode),
		cmocka_unit_test(a_tone_keeps_its_level_in_both_modes),
		cmocka_unit_test(rfc3952_3_1_the_length_says_which_mode_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	return 0;
#endif
}
