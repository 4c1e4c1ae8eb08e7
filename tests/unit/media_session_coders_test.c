/* media/session_coders: PCM of any rate over codecs of any rate, in both directions, with gaps. */
#include "media/session_coders.h"

#include <math.h>

#include "media/level.h"
#include "media/tone.h"
#include "oom.h"
#include "test.h"

#define SECONDS_OF_PCM 3

typedef struct {
	test_env te;
	ahoy_audio_coders talker, listener;
	int16_t heard[SECONDS_OF_PCM * 48000 + AHOY_AUDIO_DECODED];
	size_t heard_len;
} coder_pair;

static coder_pair p;

static ahoy_audio_config config_of(const ahoy_codec *codec, uint32_t rate_hz)
{
	return (ahoy_audio_config){
		.codecs = {{codec, 96, 97}}, .codec_count = 1, .event_send = -1, .event_recv = -1, .sample_rate_hz = rate_hz};
}

static void open_pair(const ahoy_codec *codec, uint32_t talker_hz, uint32_t listener_hz)
{
	ahoy_audio_config config = config_of(codec, talker_hz);

	memset(&p, 0, sizeof p);
	test_env_init(&p.te, 1);
	assert_ok(ahoy_audio_coders_open(&p.te.env, &config, &p.talker));
	config.sample_rate_hz = listener_hz;
	assert_ok(ahoy_audio_coders_open(&p.te.env, &config, &p.listener));
}

static void close_pair(void)
{
	ahoy_audio_coders_close(&p.te.env, &p.talker);
	ahoy_audio_coders_close(&p.te.env, &p.listener);
	test_env_fini(&p.te);
}

/* The listener's own packet length, so that iLBC with its 30 ms is heard too. */
static unsigned packet_ms(void)
{
	const ahoy_audio_coder *coder = &p.talker.list[0];

	return ahoy_codec_ptime(coder->codec, coder->state, 20);
}

/* Packets of a tone; each `lose_every`-th packet is made up instead (0: none). */
static void talk(double tone_hz, unsigned lose_every)
{
	size_t frame = p.talker.rate_hz * packet_ms() / 1000, got;
	ahoy_tone tone;

	ahoy_tone_init(&tone, p.talker.rate_hz, tone_hz, 0, -10);
	for (unsigned n = 0; n < SECONDS_OF_PCM * 1000 / packet_ms(); n++) {
		int16_t pcm[AHOY_AUDIO_MAX_FRAME], *end = p.heard + p.heard_len;
		uint8_t payload[1500];
		size_t len, room = sizeof p.heard / sizeof p.heard[0] - p.heard_len;
		ahoy_audio_coder *coder = ahoy_audio_coder_of(&p.listener, 97);

		ahoy_tone_fill(&tone, pcm, frame);
		assert_ok(ahoy_audio_encode(&p.talker, pcm, frame, payload, sizeof payload, &len));
		if (lose_every && n % lose_every == lose_every - 1)
			got = ahoy_audio_conceal(coder, ahoy_codec_samples(coder->codec, packet_ms()), end, room);
		else
			assert_ok(ahoy_audio_decode(coder, payload, len, end, room, &got));
		assert_int_equal(got, p.listener.rate_hz * packet_ms() / 1000);
		p.heard_len += got;
	}
}

/* How much of the last second's power is this tone: 1 is all of it. */
static double purity(double hz)
{
	size_t n = p.listener.rate_hz;
	const int16_t *pcm = p.heard + p.heard_len - n;
	double re = 0, im = 0, power = 0;

	for (size_t i = 0; i < n; i++) {
		double angle = 2 * 3.14159265358979323846 * hz * (double)i / (double)n;

		re += pcm[i] * cos(angle);
		im += pcm[i] * sin(angle);
		power += (double)pcm[i] * pcm[i];
	}
	return 2 * (re * re + im * im) / (double)n / power;
}

static double heard_dbov(void)
{
	size_t n = p.listener.rate_hz;

	return ahoy_level_dbov(ahoy_level_energy(p.heard + p.heard_len - n, n), n);
}

static void every_codec_carries_pcm_of_every_rate(void **state)
{
	static const uint32_t rates[] = {8000, 16000, 44100, 48000};
	const ahoy_codec *codec;

	(void)state;
	for (size_t k = 0; (codec = ahoy_codec_at(k)) != NULL; k++)
		for (size_t i = 0; i < ARRAY_LEN(rates); i++)
			for (size_t j = 0; j < ARRAY_LEN(rates); j += 3) {
				open_pair(codec, rates[i], rates[j]);
				talk(500, 0);
				if (fabs(heard_dbov() + 10) > 1.5 || purity(500) < 0.9)
					fail_msg("%s from %u to %u Hz: %.1f dBov, purity %.3f", codec->name, rates[i], rates[j],
						 heard_dbov(), purity(500));
				close_pair();
			}
}

static void gaps_are_as_long_as_the_packets_that_are_missing(void **state)
{
	const ahoy_codec *codec;

	(void)state;
	for (size_t k = 0; (codec = ahoy_codec_at(k)) != NULL; k++) {
		open_pair(codec, 16000, 48000);
		talk(500, 10); /* asserts each length itself */
		/* The phase may jump at a gap; the level tells that it was filled. */
		if (fabs(heard_dbov() + 10) > 6)
			fail_msg("%s: %.1f dBov", codec->name, heard_dbov());
		close_pair();
	}
}

static void payload_numbers_find_their_coder(void **state)
{
	ahoy_audio_config config = config_of(&ahoy_codec_pcma, 0);
	ahoy_audio_coders coders;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	config.codecs[1] = (ahoy_audio_codec){&ahoy_codec_pcmu, 0, 5};
	config.codec_count = 2;
	assert_ok(ahoy_audio_coders_open(&te.env, &config, &coders));
	assert_int_equal(coders.rate_hz, 8000);
	assert_ptr_equal(ahoy_audio_coder_of(&coders, 97)->codec, &ahoy_codec_pcma);
	assert_ptr_equal(ahoy_audio_coder_of(&coders, 5)->codec, &ahoy_codec_pcmu);
	assert_null(ahoy_audio_coder_of(&coders, 0));
	ahoy_audio_coders_close(&te.env, &coders);
	test_env_fini(&te);
}

static void out_of_memory_opens_nothing(void **state)
{
	ahoy_audio_config config = config_of(&ahoy_codec_pcma, 48000);
	test_env te;

	(void)state;
	config.codecs[1] = (ahoy_audio_codec){&ahoy_codec_pcmu, 0, 0};
	config.codec_count = 2;
	TEST_EACH_OOM (&te, 1) {
		ahoy_audio_coders coders;
		int err = ahoy_audio_coders_open(&te.env, &config, &coders);

		if (TEST_OOM_HIT(&te))
			assert_err(err, AHOY_ENOMEM);
		else
			assert_ok(err);
		ahoy_audio_coders_close(&te.env, &coders);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_codec_carries_pcm_of_every_rate),
		cmocka_unit_test(gaps_are_as_long_as_the_packets_that_are_missing),
		cmocka_unit_test(payload_numbers_find_their_coder),
		cmocka_unit_test(out_of_memory_opens_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
