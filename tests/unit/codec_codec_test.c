/* codec/codec: the table of codecs, and what holds for each of them, also for those to come. */
#include "codec/codec.h"

#include <math.h>
#include <stdlib.h>

#include "oom.h"
#include "test.h"

static test_env te;

static void rfc4855_3_codecs_are_found_by_name_in_any_case(void **state)
{
	(void)state;
	assert_ptr_equal(ahoy_codec_find(AHOY_S("pcma"), 8000), &ahoy_codec_pcma);
	assert_ptr_equal(ahoy_codec_find(AHOY_S("PCMU"), 0), &ahoy_codec_pcmu);
	assert_ptr_equal(ahoy_codec_find(AHOY_S("Speex"), 0), &ahoy_codec_speex);
	assert_ptr_equal(ahoy_codec_find(AHOY_S("SPEEX"), 16000), &ahoy_codec_speex_wide);
	assert_null(ahoy_codec_find(AHOY_S("PCMU"), 16000));
	assert_null(ahoy_codec_find(AHOY_S("telephone-event"), 8000));
	assert_null(ahoy_codec_find((ahoy_slice){NULL, 0}, 0));
	assert_ptr_equal(ahoy_codec_named(AHOY_S("speex/16000")), &ahoy_codec_speex_wide);
	assert_ptr_equal(ahoy_codec_named(AHOY_S("Opus")), &ahoy_codec_opus);
	assert_null(ahoy_codec_named(AHOY_S("opus/0")));
	assert_null(ahoy_codec_named(AHOY_S("opus/x")));
}

static void rfc3551_6_static_payloads_name_their_codec(void **state)
{
	(void)state;
	assert_ptr_equal(ahoy_codec_of_payload(0), &ahoy_codec_pcmu);
	assert_ptr_equal(ahoy_codec_of_payload(3), &ahoy_codec_gsm);
	assert_ptr_equal(ahoy_codec_of_payload(8), &ahoy_codec_pcma);
	assert_ptr_equal(ahoy_codec_of_payload(9), &ahoy_codec_g722);
	assert_null(ahoy_codec_of_payload(96));
}

static void each_codec_describes_itself_completely(void **state)
{
	const ahoy_codec *c;
	size_t count = 0;

	(void)state;
	for (; (c = ahoy_codec_at(count)) != NULL; count++) {
		assert_ptr_equal(ahoy_codec_find(ahoy_slice_of(c->name), c->clock_rate_hz), c);
		assert_true(c->offer_payload < 128 && (c->payload < 0 || c->payload == c->offer_payload));
		assert_true(c->sample_rate_hz && c->channels);
		for (size_t i = 0; i < count; i++)
			assert_int_not_equal(ahoy_codec_at(i)->offer_payload, c->offer_payload);
	}
	assert_true(count >= 2);
}

static void *open_codec(const ahoy_codec *c)
{
	void *coder;

	assert_ok(c->open(&te.env, (ahoy_slice){NULL, 0}, &coder));
	return coder;
}

static int16_t speech_like(size_t i, uint32_t rate_hz)
{
	double t = (double)i / rate_hz;

	return (int16_t)(6000 * sin(2 * 3.14159265 * 180 * t) * (1 + sin(2 * 3.14159265 * 3 * t)) +
			 2000 * sin(2 * 3.14159265 * 900 * t));
}

/* Encodes a few packets of this length; the last one is left in `payload`. */
static size_t encode_some(const ahoy_codec *c, void *coder, unsigned ptime_ms, uint8_t *payload, size_t cap)
{
	size_t samples = ahoy_codec_samples(c, ptime_ms), len = 0;
	int16_t pcm[2880];

	for (size_t packet = 0; packet < 4; packet++) {
		for (size_t i = 0; i < samples; i++)
			pcm[i] = speech_like(packet * samples + i, c->sample_rate_hz);
		assert_ok(c->encode(coder, pcm, samples, payload, cap, &len));
	}
	assert_true(len > 0);
	return len;
}

static void each_codec_keeps_its_lengths_at_each_ptime(void **state)
{
	const ahoy_codec *c;

	(void)state;
	for (size_t k = 0; (c = ahoy_codec_at(k)) != NULL; k++) {
		void *coder = open_codec(c);
		unsigned ptimes = c->ptimes(coder);

		assert_true(ptimes && !(ptimes & ~0x7eu));
		for (unsigned n = 1; n <= 6; n++) {
			size_t samples = ahoy_codec_samples(c, n * 10), len, decoded;
			int16_t pcm[5760] = {0};
			uint8_t payload[1500];

			if (!(ptimes & 1u << n))
				continue;
			len = encode_some(c, coder, n * 10, payload, sizeof payload);
			assert_int_equal(c->payload_samples(payload, len), samples);
			assert_ok(c->decode(coder, payload, len, pcm, samples, &decoded));
			assert_int_equal(decoded, samples);
			assert_err(c->decode(coder, payload, len, pcm, samples - 1, &decoded), AHOY_EFULL);
			assert_err(c->decode(coder, payload, 0, pcm, samples, &decoded), AHOY_ESYNTAX);
			assert_int_equal(c->payload_samples(payload, 0), 0);
			assert_err(c->encode(coder, pcm, samples, payload, 0, &len), AHOY_EFULL);
		}
		c->close(&te.env, coder);
	}
}

static void ptimes_are_rounded_down_to_what_a_codec_can(void **state)
{
	void *coder = open_codec(&ahoy_codec_pcma);
	static const unsigned rows[][2] = {{0, 10}, {9, 10}, {10, 10}, {20, 20}, {25, 20}, {60, 60}, {5000, 60}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(ahoy_codec_ptime(&ahoy_codec_pcma, coder, rows[i][0]), rows[i][1]);
	ahoy_codec_pcma.close(&te.env, coder);
}

/* decode takes a payload exactly when payload_samples names a length, and then gives that length. */
static void check_agreement(const ahoy_codec *c, void *coder, const uint8_t *bytes, size_t len)
{
	char *exact = malloc(len ? len : 1); /* ends where the payload ends, so that an overread is seen */
	size_t expected, samples = 0;
	static int16_t pcm[65536];
	int err;

	memcpy(exact, bytes, len);
	expected = c->payload_samples((const uint8_t *)exact, len);
	assert_true(expected <= ARRAY_LEN(pcm));
	err = c->decode(coder, (const uint8_t *)exact, len, pcm, ARRAY_LEN(pcm), &samples);
	if (expected ? err != 0 || samples != expected : err != AHOY_ESYNTAX)
		fail_msg("%s, %zu bytes: %zu samples announced, decode says %d, %zu", c->name, len, expected, err, samples);
	free(exact);
}

static void each_codec_takes_cut_and_garbled_payloads_as_it_announces_them(void **state)
{
	const ahoy_codec *c;

	(void)state;
	for (size_t k = 0; (c = ahoy_codec_at(k)) != NULL; k++) {
		void *coder = open_codec(c);
		uint8_t payload[1500], garbled[1500];
		size_t len = encode_some(c, coder, 60, payload, sizeof payload);

		for (size_t cut = 0; cut <= len; cut++)
			check_agreement(c, coder, payload, cut);
		for (unsigned turn = 0; turn < 2000; turn++) {
			size_t some = 1 + ahoy_random_u32(&te.env) % (turn % 2 ? 250 : len);

			if (turn % 2)
				ahoy_random(&te.env, garbled, some);
			else
				memcpy(garbled, payload, some);
			garbled[ahoy_random_u32(&te.env) % some] = (uint8_t)ahoy_random_u32(&te.env);
			check_agreement(c, coder, garbled, some);
		}
		c->close(&te.env, coder);
	}
}

static double rms(const int16_t *pcm, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)pcm[i] * pcm[i];
	return sqrt(sum / (double)count);
}

static void each_codec_conceals_at_once_and_fades_within_a_second(void **state)
{
	const ahoy_codec *c;

	(void)state;
	for (size_t k = 0; (c = ahoy_codec_at(k)) != NULL; k++) {
		void *coder = open_codec(c);
		size_t samples = ahoy_codec_samples(c, ahoy_codec_ptime(c, coder, 20)), len, got, at = 0;
		int16_t pcm[1440], *gap = malloc(c->sample_rate_hz * sizeof *gap);
		uint8_t payload[1500];
		double before = 0, first;

		for (unsigned n = 0; n < 50; n++, at += samples) {
			for (size_t i = 0; i < samples; i++)
				pcm[i] = speech_like(at + i, c->sample_rate_hz);
			assert_ok(c->encode(coder, pcm, samples, payload, sizeof payload, &len));
			assert_ok(c->decode(coder, payload, len, pcm, 1440, &got));
			before = rms(pcm, samples);
		}
		/* In uneven pieces: a gap is as long as it is. */
		for (size_t done = 0, piece = 1; done < c->sample_rate_hz; done += piece, piece = piece * 7 % 501 + 1) {
			piece = piece < c->sample_rate_hz - done ? piece : c->sample_rate_hz - done;
			c->conceal(coder, gap + done, piece);
		}
		first = rms(gap, samples / 2);
		if (first < before / 4 || rms(gap + c->sample_rate_hz / 2, c->sample_rate_hz / 2) > before / 10)
			fail_msg("%s: %.0f before the gap, %.0f in its first 10 ms, %.0f in its second half", c->name, before,
				 first, rms(gap + c->sample_rate_hz / 2, c->sample_rate_hz / 2));
		free(gap);
		c->close(&te.env, coder);
	}
}

static void concealing_before_the_first_packet_is_silence(void **state)
{
	const ahoy_codec *c;

	(void)state;
	for (size_t k = 0; (c = ahoy_codec_at(k)) != NULL; k++) {
		void *coder = open_codec(c);
		int16_t pcm[2000];

		c->conceal(coder, pcm, ARRAY_LEN(pcm));
		assert_true(rms(pcm, ARRAY_LEN(pcm)) < 20);
		c->close(&te.env, coder);
	}
}

static void opening_each_codec_without_memory_fails_cleanly(void **state)
{
	const ahoy_codec *c;

	(void)state;
	for (size_t k = 0; (c = ahoy_codec_at(k)) != NULL; k++) {
		test_env own;

		TEST_EACH_OOM (&own, 1) {
			void *coder = NULL;
			int err = c->open(&own.env, (ahoy_slice){NULL, 0}, &coder);

			if (TEST_OOM_HIT(&own))
				assert_err(err, AHOY_ENOMEM);
			else
				c->close(&own.env, coder);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4855_3_codecs_are_found_by_name_in_any_case),
		cmocka_unit_test(rfc3551_6_static_payloads_name_their_codec),
		cmocka_unit_test(each_codec_describes_itself_completely),
		cmocka_unit_test(each_codec_keeps_its_lengths_at_each_ptime),
		cmocka_unit_test(ptimes_are_rounded_down_to_what_a_codec_can),
		cmocka_unit_test(each_codec_takes_cut_and_garbled_payloads_as_it_announces_them),
		cmocka_unit_test(each_codec_conceals_at_once_and_fades_within_a_second),
		cmocka_unit_test(concealing_before_the_first_packet_is_silence),
		cmocka_unit_test(opening_each_codec_without_memory_fails_cleanly),
	};

	test_env_init(&te, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
