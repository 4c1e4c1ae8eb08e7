#include "codec/g711.h"

#include "codec/codec.h"
#include "test.h"
#include "test_env.h"

/* G.711 tables 1a to 2b: decision and decoded values at 16 bits (A-law values times 8, mu-law times 4), and the codes on the wire. */
static void g711_known_codes(void **state)
{
	static const struct {
		uint8_t code;
		int16_t alaw, ulaw;
	} rows[] = {
		{0xd5, 8, 716},
		{0x55, -8, -716},
		{0xaa, 32256, 5372},
		{0x2a, -32256, -5372},
		{0x9a, 4032, 10876},
		{0xff, 848, 0},
		{0x80, 5504, 32124},
		{0x00, -5504, -32124},
		{0xfe, 880, 8},
		{0x7e, -880, -8},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(ahoy_alaw_decode(rows[i].code), rows[i].alaw);
		assert_int_equal(ahoy_ulaw_decode(rows[i].code), rows[i].ulaw);
	}
	/* Silence on the wire: 0xd5 for PCMA and 0xff for PCMU. */
	assert_int_equal(ahoy_alaw_encode(0), 0xd5);
	assert_int_equal(ahoy_ulaw_encode(0), 0xff);
}

static void g711_every_code_survives_decoding_and_encoding(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 256; code++) {
		assert_int_equal(ahoy_alaw_encode(ahoy_alaw_decode((uint8_t)code)), code);
		/* 0x7f is "minus zero", which comes back as zero. */
		assert_int_equal(ahoy_ulaw_encode(ahoy_ulaw_decode((uint8_t)code)), code == 0x7f ? 0xff : code);
	}
}

static void g711_every_sample_comes_back_within_half_a_step(void **state)
{
	(void)state;
	for (int x = -32768; x <= 32767; x++) {
		int a = ahoy_alaw_decode(ahoy_alaw_encode((int16_t)x)),
		    u = ahoy_ulaw_decode(ahoy_ulaw_encode((int16_t)x));
		int magnitude = x < 0 ? -x : x;

		/* The steps are 1/16 of a segment that is at most as long as the magnitude; clipping at the very top. */
		assert_true(magnitude > 32124 || (a - x <= 8 + magnitude / 32 && x - a <= 8 + magnitude / 32));
		assert_true(magnitude > 32124 || (u - x <= 4 + magnitude / 31 && x - u <= 4 + magnitude / 31));
		assert_true(magnitude <= 32124 || (a < 0) == (x < 0));
	}
}

static void g711_is_monotonic(void **state)
{
	(void)state;
	for (int x = -32768; x < 32767; x++) {
		assert_true(ahoy_alaw_decode(ahoy_alaw_encode((int16_t)x)) <=
			    ahoy_alaw_decode(ahoy_alaw_encode((int16_t)(x + 1))));
		assert_true(ahoy_ulaw_decode(ahoy_ulaw_encode((int16_t)x)) <=
			    ahoy_ulaw_decode(ahoy_ulaw_encode((int16_t)(x + 1))));
	}
}

static void rfc3551_4_5_14_a_sample_is_a_byte(void **state)
{
	static const int16_t pcm[] = {0, 1000, -1000};
	test_env te;
	uint8_t payload[3];
	int16_t back[3];
	size_t len, samples;
	void *coder;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_codec_pcma.open(&te.env, (ahoy_slice){NULL, 0}, &coder));
	assert_ok(ahoy_codec_pcma.encode(coder, pcm, 3, payload, sizeof payload, &len));
	assert_int_equal(len, 3);
	assert_int_equal(payload[0], 0xd5);
	assert_ok(ahoy_codec_pcma.decode(coder, payload, len, back, 3, &samples));
	assert_int_equal(samples, 3);
	assert_in_range(back[1], 980, 1020);
	assert_int_equal(back[1], -back[2]);
	ahoy_codec_pcma.close(&te.env, coder);
	test_env_fini(&te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(g711_known_codes),
		cmocka_unit_test(g711_every_code_survives_decoding_and_encoding),
		cmocka_unit_test(g711_every_sample_comes_back_within_half_a_step),
		cmocka_unit_test(g711_is_monotonic),
		cmocka_unit_test(rfc3551_4_5_14_a_sample_is_a_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
