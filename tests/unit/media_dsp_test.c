#include "media/dsp.h"

#include <math.h>

#include "media/level.h"
#include "oom.h"
#include "test.h"
#include "voice.h"

static const uint32_t rates_hz[] = {8000, 16000, 48000};

static uint32_t random_state;

static double noise(void)
{
	return test_noise(&random_state);
}

/* A room: the direct way and a tail that decays in 40 ms. */
#define MAX_ROOM (48 * 40)
typedef struct {
	unsigned taps, at;
	double answer[MAX_ROOM], past[MAX_ROOM];
} room;

static void make_room(room *r, uint32_t rate_hz)
{
	memset(r, 0, sizeof *r);
	r->taps = rate_hz * 40 / 1000;
	for (unsigned i = rate_hz * 4 / 1000; i < r->taps; i++)
		r->answer[i] = noise() * exp(-6.0 * i / r->taps) * (8000.0 / rate_hz) * 0.25;
}

static double sound_in_room(room *r, double played)
{
	double heard = 0;

	r->past[r->at] = played;
	for (unsigned i = 0; i < r->taps; i++)
		heard += r->answer[i] * r->past[(r->at + r->taps - i) % r->taps];
	r->at = (r->at + 1) % r->taps;
	return heard;
}

static void the_echo_of_a_room_is_taken_out(void **state)
{
	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(rates_hz); n++) {
		uint32_t frame = rates_hz[n] / 50, frames = 50 * 12;
		ahoy_dsp_config config = {.rate_hz = rates_hz[n], .frame_samples = frame, .echo_ms = 100};
		double echo = 0, left = 0;
		int16_t played[960], heard[960];
		test_voice far = {.rate_hz = rates_hz[n]};
		static room r;
		ahoy_dsp *dsp;
		test_env te;

		random_state = 7;
		make_room(&r, rates_hz[n]);
		test_env_init(&te, 1);
		assert_ok(ahoy_dsp_new(&te.env, &config, &dsp));
		for (uint32_t f = 0; f < frames; f++) {
			for (uint32_t i = 0; i < frame; i++) {
				played[i] = test_pcm_of(test_voice_next(&far, 16000));
				heard[i] = test_pcm_of(sound_in_room(&r, played[i]));
			}
			ahoy_dsp_played(dsp, played);
			/* The first six seconds are for learning the room. */
			echo += f >= frames / 2 ? ahoy_level_energy(heard, frame) : 0;
			ahoy_dsp_captured(dsp, heard);
			left += f >= frames / 2 ? ahoy_level_energy(heard, frame) : 0;
		}
		print_message("echo return loss enhancement at %u Hz: %.1f dB\n", rates_hz[n],
			      10 * log10(echo / (left + 1)));
		assert_true(ahoy_level_dbov(echo, frame * frames / 2) > -50);
		assert_true(10 * log10(echo / (left + 1)) > 20);
		ahoy_dsp_del(dsp);
		test_env_fini(&te);
	}
}

static void our_own_words_pass_while_the_far_end_talks(void **state)
{
	uint32_t frame = 320, frames = 50 * 12;
	ahoy_dsp_config config = {.rate_hz = 16000, .frame_samples = frame, .echo_ms = 100};
	double own = 0, out = 0;
	int16_t played[320], heard[320];
	test_voice far = {.rate_hz = 16000}, near = {.rate_hz = 16000, .at_s = 1.3};
	static room r;
	ahoy_dsp *dsp;
	test_env te;

	(void)state;
	random_state = 7;
	make_room(&r, 16000);
	test_env_init(&te, 1);
	assert_ok(ahoy_dsp_new(&te.env, &config, &dsp));
	for (uint32_t f = 0; f < frames; f++) {
		bool both = f >= 50 * 6;

		for (uint32_t i = 0; i < frame; i++) {
			double said = both ? test_voice_next(&near, 12000) : 0;

			played[i] = test_pcm_of(test_voice_next(&far, 12000));
			heard[i] = test_pcm_of(sound_in_room(&r, played[i]) + said);
			own += said * said;
		}
		ahoy_dsp_played(dsp, played);
		ahoy_dsp_captured(dsp, heard);
		out += both ? ahoy_level_energy(heard, frame) : 0;
	}
	assert_true(10 * log10(out / own) > -8);
	ahoy_dsp_del(dsp);
	test_env_fini(&te);
}

static void steady_noise_is_lowered_and_speech_is_not(void **state)
{
	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(rates_hz); n++) {
		uint32_t frame = rates_hz[n] / 100, frames = 100 * 10;
		ahoy_dsp_config config = {.rate_hz = rates_hz[n], .frame_samples = frame, .denoise = true};
		double noise_in = 0, noise_out = 0, speech_in = 0, speech_out = 0;
		int16_t pcm[480];
		test_voice near = {.rate_hz = rates_hz[n]};
		ahoy_dsp *dsp;
		test_env te;

		random_state = 3;
		test_env_init(&te, 1);
		assert_ok(ahoy_dsp_new(&te.env, &config, &dsp));
		for (uint32_t f = 0; f < frames; f++) {
			bool talks = f >= 600;
			double in, out;

			for (uint32_t i = 0; i < frame; i++)
				pcm[i] = test_pcm_of(300 * noise() + (talks ? test_voice_next(&near, 12000) : 0));
			in = ahoy_level_energy(pcm, frame);
			ahoy_dsp_captured(dsp, pcm);
			out = ahoy_level_energy(pcm, frame);
			if (talks)
				speech_in += in, speech_out += out;
			else if (f >= 300)
				noise_in += in, noise_out += out;
		}
		print_message("at %u Hz noise is lowered by %.1f dB, speech by %.1f dB\n", rates_hz[n],
			      10 * log10(noise_in / noise_out), 10 * log10(speech_in / speech_out));
		assert_true(10 * log10(noise_in / noise_out) > 12);
		assert_true(fabs(10 * log10(speech_in / speech_out)) < 3);
		ahoy_dsp_del(dsp);
		test_env_fini(&te);
	}
}

static void quiet_and_loud_speakers_come_out_alike(void **state)
{
	static const double peaks[] = {800, 3000, 12000, 30000};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(rates_hz); n++) {
		for (size_t p = 0; p < ARRAY_LEN(peaks); p++) {
			uint32_t frame = rates_hz[n] / 50, frames = 50 * 20;
			ahoy_dsp_config config = {.rate_hz = rates_hz[n], .frame_samples = frame, .gain = true};
			double energy = 0, level;
			uint64_t samples = 0;
			int16_t pcm[960];
			test_voice near = {.rate_hz = rates_hz[n]};
			ahoy_dsp *dsp;
			test_env te;

			random_state = 5;
			test_env_init(&te, 1);
			assert_ok(ahoy_dsp_new(&te.env, &config, &dsp));
			for (uint32_t f = 0; f < frames; f++) {
				for (uint32_t i = 0; i < frame; i++)
					pcm[i] = test_pcm_of(test_voice_next(&near, peaks[p]));
				ahoy_dsp_captured(dsp, pcm);
				if (f >= 50 * 11 && ahoy_level_dbov(ahoy_level_energy(pcm, frame), frame) > -50) {
					energy += ahoy_level_energy(pcm, frame);
					samples += frame;
				}
			}
			level = ahoy_level_dbov(energy, samples);
			print_message("a peak of %.0f at %u Hz comes out at %.1f dBov\n", peaks[p], rates_hz[n], level);
			assert_true(fabs(level - AHOY_DSP_LEVEL_DBOV) < 2);
			ahoy_dsp_del(dsp);
			test_env_fini(&te);
		}
	}
}

static void with_all_switched_off_nothing_is_changed(void **state)
{
	ahoy_dsp_config config = {.rate_hz = 8000, .frame_samples = 160};
	int16_t pcm[160], before[160];
	ahoy_dsp *dsp;
	test_env te;

	(void)state;
	random_state = 1;
	test_env_init(&te, 1);
	assert_ok(ahoy_dsp_new(&te.env, &config, &dsp));
	for (size_t i = 0; i < ARRAY_LEN(pcm); i++)
		before[i] = pcm[i] = test_pcm_of(10000 * noise());
	ahoy_dsp_played(dsp, pcm);
	ahoy_dsp_captured(dsp, pcm);
	assert_memory_equal(pcm, before, sizeof pcm);
	ahoy_dsp_del(dsp);
	test_env_fini(&te);
}

static void a_flood_of_played_frames_and_a_lack_of_them_do_no_harm(void **state)
{
	ahoy_dsp_config config = {.rate_hz = 8000, .frame_samples = 160, .echo_ms = 50, .denoise = true, .gain = true};
	int16_t pcm[160] = {0};
	ahoy_dsp *dsp;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_dsp_new(&te.env, &config, &dsp));
	for (int i = 0; i < 3 * AHOY_DSP_MAX_PLAYED; i++)
		ahoy_dsp_played(dsp, pcm);
	for (int i = 0; i < 3 * AHOY_DSP_MAX_PLAYED; i++)
		ahoy_dsp_captured(dsp, pcm);
	ahoy_dsp_del(dsp);
	test_env_fini(&te);
}

static void numbers_outside_their_range_are_refused(void **state)
{
	static const ahoy_dsp_config bad[] = {
		{.rate_hz = 7999, .frame_samples = 160},
		{.rate_hz = 48001, .frame_samples = 960},
		{.rate_hz = 8000, .frame_samples = 79},
		{.rate_hz = 8000, .frame_samples = 161},
		{.rate_hz = 8000, .frame_samples = 160, .echo_ms = AHOY_DSP_MAX_ECHO_MS + 1},
	};
	ahoy_dsp_config good = {.rate_hz = 8000, .frame_samples = 160, .echo_ms = AHOY_DSP_MAX_ECHO_MS, .gain = true};
	ahoy_dsp *dsp;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(ahoy_dsp_new(&te.env, &bad[i], &dsp), AHOY_ERANGE);
	ahoy_dsp_del(NULL);
	test_env_fini(&te);
	TEST_EACH_OOM (&te, 1) {
		int err = ahoy_dsp_new(&te.env, &good, &dsp);

		if (TEST_OOM_HIT(&te))
			assert_err(err, AHOY_ENOMEM);
		else
			ahoy_dsp_del(dsp);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_echo_of_a_room_is_taken_out),
		cmocka_unit_test(our_own_words_pass_while_the_far_end_talks),
		cmocka_unit_test(steady_noise_is_lowered_and_speech_is_not),
		cmocka_unit_test(quiet_and_loud_speakers_come_out_alike),
		cmocka_unit_test(with_all_switched_off_nothing_is_changed),
		cmocka_unit_test(a_flood_of_played_frames_and_a_lack_of_them_do_no_harm),
		cmocka_unit_test(numbers_outside_their_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
