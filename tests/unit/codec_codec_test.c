#include "codec/codec.h"

#include "oom.h"
#include "test.h"

static void rfc4855_3_codecs_are_found_by_name_in_any_case(void **state)
{
	(void)state;
	assert_ptr_equal(ahoy_codec_find(AHOY_S("pcma"), 8000), &ahoy_codec_pcma);
	assert_ptr_equal(ahoy_codec_find(AHOY_S("PCMU"), 0), &ahoy_codec_pcmu);
	assert_null(ahoy_codec_find(AHOY_S("PCMU"), 16000));
	assert_null(ahoy_codec_find(AHOY_S("telephone-event"), 8000));
	assert_null(ahoy_codec_find((ahoy_slice){NULL, 0}, 0));
}

static void rfc3551_6_static_payloads_name_their_codec(void **state)
{
	(void)state;
	assert_ptr_equal(ahoy_codec_of_payload(0), &ahoy_codec_pcmu);
	assert_ptr_equal(ahoy_codec_of_payload(8), &ahoy_codec_pcma);
	assert_null(ahoy_codec_of_payload(96));
}

static void each_codec_describes_itself_completely(void **state)
{
	const ahoy_codec *c;
	size_t count = 0;

	(void)state;
	for (; (c = ahoy_codec_at(count)) != NULL; count++) {
		assert_ptr_equal(ahoy_codec_find(ahoy_slice_of(c->name), c->clock_rate_hz), c);
		assert_true(c->payload < 0 ? c->offer_payload >= 96 : c->offer_payload == c->payload);
		assert_true(c->ptime_ms % c->frame_ms == 0);
		assert_true(c->open && c->close && c->encode && c->decode && c->conceal && c->payload_samples);
		for (size_t i = 0; i < count; i++)
			assert_int_not_equal(ahoy_codec_at(i)->offer_payload, c->offer_payload);
	}
	assert_int_equal(count, 2);
}

/* Every codec, also those to come: what is encoded decodes to as many samples, and nothing is written past a bound. */
static void each_codec_keeps_its_lengths(void **state)
{
	test_env te;
	const ahoy_codec *c;

	(void)state;
	test_env_init(&te, 1);
	for (size_t k = 0; (c = ahoy_codec_at(k)) != NULL; k++) {
		size_t samples = ahoy_codec_samples(c, c->ptime_ms), len, decoded;
		int16_t pcm[5760];
		uint8_t payload[1500];
		void *coder;

		memset(pcm, 0, sizeof pcm);
		assert_ok(c->open(&te.env, (ahoy_slice){NULL, 0}, &coder));
		assert_ok(c->encode(coder, pcm, samples, payload, sizeof payload, &len));
		assert_err(c->encode(coder, pcm, samples, payload, len - 1, &decoded), AHOY_EFULL);
		assert_int_equal(c->payload_samples(payload, len), samples);
		assert_ok(c->decode(coder, payload, len, pcm, samples, &decoded));
		assert_int_equal(decoded, samples);
		assert_err(c->decode(coder, payload, len, pcm, samples - 1, &decoded), AHOY_EFULL);
		assert_err(c->decode(coder, payload, 0, pcm, samples, &decoded), AHOY_ESYNTAX);
		c->close(&te.env, coder);
	}
	test_env_fini(&te);
}

static void opening_without_memory_fails_cleanly(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		void *coder = NULL;
		int err = ahoy_codec_pcmu.open(&te.env, (ahoy_slice){NULL, 0}, &coder);

		if (TEST_OOM_HIT(&te))
			assert_err(err, AHOY_ENOMEM);
		else
			ahoy_codec_pcmu.close(&te.env, coder);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc4855_3_codecs_are_found_by_name_in_any_case),
		cmocka_unit_test(rfc3551_6_static_payloads_name_their_codec),
		cmocka_unit_test(each_codec_describes_itself_completely),
		cmocka_unit_test(each_codec_keeps_its_lengths),
		cmocka_unit_test(opening_without_memory_fails_cleanly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
