/* media/vad: speech is told from what stands behind it. */
#include "media/vad.h"

#include "test.h"
#include "voice.h"

#define FRAME 160

/* Something like speech with steady noise, `noise_peak` of it; how many of its frames count as speech, in per cent, and whether each loud
 * one did. */
static unsigned share(double voice_peak, double noise_peak, unsigned seconds, bool *all_loud)
{
	test_voice voice = {.rate_hz = 8000};
	uint32_t random = 3;
	ahoy_vad vad = {0};
	unsigned speech = 0, frames = 0;

	*all_loud = true;
	for (unsigned f = 0; f < seconds * 50; f++) {
		int16_t pcm[FRAME];
		double energy = 0;
		bool is_speech;

		for (size_t i = 0; i < FRAME; i++) {
			double value = voice_peak > 0 ? test_voice_next(&voice, voice_peak) : 0;

			energy += value * value;
			pcm[i] = test_pcm_of(value + test_noise(&random) * noise_peak);
		}
		is_speech = ahoy_vad_is_speech(&vad, pcm, FRAME, 20);
		if (energy / FRAME > voice_peak * voice_peak / 50 && voice_peak > 0)
			*all_loud = *all_loud && is_speech;
		/* The first two seconds are for learning. */
		if (f < 100)
			continue;
		frames++;
		speech += is_speech;
	}
	return 100 * speech / frames;
}

static void noise_alone_is_a_pause_whether_it_is_loud_or_not(void **state)
{
	static const double peaks[] = {0, 5, 100, 600};
	bool all;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(peaks); i++)
		assert_int_equal(share(0, peaks[i], 20, &all), 0);
}

static void speech_is_heard_over_its_noise_and_its_pauses_are_found(void **state)
{
	static const double noises[] = {0, 10, 100, 300};
	bool all_loud;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(noises); i++) {
		unsigned speech = share(8000, noises[i], 30, &all_loud);

		assert_true(all_loud);
		/* 0.8 s of pause in 3.8 s, less the time that speech is given behind its end. */
		assert_in_range(speech, 70, 90);
	}
}

static void a_pause_begins_200_ms_after_the_last_loud_frame(void **state)
{
	int16_t loud[FRAME], quiet[FRAME] = {0};
	ahoy_vad vad = {0};
	unsigned behind = 0;

	(void)state;
	for (size_t i = 0; i < FRAME; i++)
		loud[i] = i % 8 < 4 ? 8000 : -8000;
	assert_false(ahoy_vad_is_speech(&vad, quiet, FRAME, 20));
	assert_true(ahoy_vad_is_speech(&vad, loud, FRAME, 20));
	while (ahoy_vad_is_speech(&vad, quiet, FRAME, 20))
		behind++;
	assert_int_equal(behind, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noise_alone_is_a_pause_whether_it_is_loud_or_not),
		cmocka_unit_test(speech_is_heard_over_its_noise_and_its_pauses_are_found),
		cmocka_unit_test(a_pause_begins_200_ms_after_the_last_loud_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
