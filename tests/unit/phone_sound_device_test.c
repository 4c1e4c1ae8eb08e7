/* phone/sound_device: two ends moved by hand (tests/drivers/hand.c): clocks that drift, devices that go and come back, an
 * echo that is not sent on. */
#include "phone/sound_device.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>

#include "media/level.h"
#include "media/tone.h"
#include "test.h"
#include "test_env.h"

#define RATE 8000
#define FRAME 160

static const ahoy_device_port **ports; /* of the driver "hand" */
static test_env te;

static int load_hand(void **state)
{
	void *handle;

	(void)state;
	setenv("AHOY_DRIVER_PATH", AHOY_BUILD_DIR "/tests/drivers", 1);
	handle = dlopen(AHOY_BUILD_DIR "/tests/drivers/ahoy-hand.so", RTLD_NOW | RTLD_LOCAL);
	ports = handle ? dlsym(handle, "ahoy_hand_ports") : NULL;
	return ports ? 0 : -1;
}

static ahoy_sound_device *make(const char *microphone, const char *speaker, bool dsp)
{
	ahoy_sound_device_config config = {.microphone = microphone, .speaker = speaker, .dsp = dsp};
	ahoy_sound_device *sd;

	test_env_init(&te, 5);
	assert_ok(ahoy_sound_device_new(&te.env, &config, &sd));
	ahoy_sound_device_open(sd, AHOY_DEVICE_PLAYBACK, RATE, FRAME);
	ahoy_sound_device_open(sd, AHOY_DEVICE_CAPTURE, RATE, FRAME);
	ahoy_sound_device_listen(sd, true);
	return sd;
}

static void end(ahoy_sound_device *sd)
{
	ahoy_sound_device_del(sd);
	assert_null(ports[AHOY_DEVICE_CAPTURE]);
	assert_null(ports[AHOY_DEVICE_PLAYBACK]);
	test_env_fini(&te);
}

static void tell(ahoy_device_direction direction, ahoy_device_state state, const char *reason)
{
	assert_non_null(ports[direction]);
	ports[direction]->state(ports[direction]->host, state, reason);
}

static void assert_news(ahoy_sound_device *sd, ahoy_device_direction which, const char *state, const char *reason)
{
	ahoy_sound_device_news news;

	assert_true(ahoy_sound_device_pop(sd, &news));
	assert_int_equal(news.end, which);
	assert_string_equal(news.state, state);
	if (reason)
		assert_non_null(strstr(news.reason, reason));
	else
		assert_null(news.reason);
}

static void assert_no_news(ahoy_sound_device *sd)
{
	ahoy_sound_device_news news;

	assert_false(ahoy_sound_device_pop(sd, &news));
}

static double level_of(const int16_t *pcm, size_t samples)
{
	return ahoy_level_dbov(ahoy_level_energy(pcm, samples), samples);
}

static void a_tone_is_a_microphone(void **state)
{
	static int16_t heard[RATE * 10];
	ahoy_sound_device *sd = make("tone:1000,-12", NULL, false);
	ahoy_sound_meter microphone, speaker;
	ahoy_sound_device_stats stats;
	ahoy_time now = AHOY_SECONDS(9);

	(void)state;
	for (size_t at = 0; at < RATE * 10; at += FRAME, now += AHOY_MS(20)) {
		ahoy_sound_device_turn(sd, now);
		assert_true(ahoy_sound_device_get(sd, heard + at, FRAME));
	}
	assert_news(sd, AHOY_DEVICE_CAPTURE, "running", NULL);
	assert_no_news(sd);
	/* Silence while the clock's queue fills, and none after it. */
	for (size_t at = FRAME * 4; at < RATE * 10; at += FRAME)
		assert_true(fabs(level_of(heard + at, FRAME) + 12) < 0.5);
	ahoy_sound_device_levels(sd, &microphone, &speaker);
	assert_true(fabs(microphone.mean_dbov + 12) < 0.1);
	assert_true(fabs(microphone.peak_dbov + 9) < 0.1);
	assert_true(speaker.mean_dbov == AHOY_LEVEL_SILENCE && speaker.peak_dbov == AHOY_LEVEL_SILENCE);
	/* They are of the time since they were asked for. */
	ahoy_sound_device_levels(sd, &microphone, &speaker);
	assert_true(microphone.mean_dbov == AHOY_LEVEL_SILENCE);
	ahoy_sound_device_take_stats(sd, &stats);
	assert_true(stats.used);
	assert_int_equal(stats.underruns + stats.overruns, 0);
	assert_in_range(stats.microphone_latency_us, 10000, 60000);
	end(sd);
}

/* A minute of both ends, the device's clock this much faster than the network's, its driver waking every 10 ms. Returns moments lost
 * after the first ten seconds. */
static uint64_t drift_for_a_minute(double ppm)
{
	ahoy_sound_device *sd = make("hand", "hand", false);
	double device_at = 0;
	uint64_t lost = 0, moved = 0, quiet = 0;
	ahoy_sound_device_stats stats;
	int16_t pcm[FRAME], out[FRAME / 2];
	ahoy_tone said, spoken;

	ahoy_tone_init(&said, RATE, 500, 0, -15);
	ahoy_tone_init(&spoken, RATE, 700, 0, -15);
	tell(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
	tell(AHOY_DEVICE_CAPTURE, AHOY_DEVICE_RUNNING, NULL);
	for (ahoy_time now = 1; now < AHOY_SECONDS(60); now += AHOY_MS(20)) {
		/* What the device did in these 20 ms. */
		for (device_at += 0.020 * (1 + ppm / 1e6) * RATE; moved + FRAME / 2 <= (uint64_t)device_at; moved += FRAME / 2) {
			ports[AHOY_DEVICE_PLAYBACK]->take(ports[AHOY_DEVICE_PLAYBACK]->host, out, FRAME / 2);
			ahoy_tone_fill(&spoken, out, FRAME / 2);
			ports[AHOY_DEVICE_CAPTURE]->put(ports[AHOY_DEVICE_CAPTURE]->host, out, FRAME / 2);
		}
		ahoy_tone_fill(&said, pcm, FRAME);
		ahoy_sound_device_put(sd, pcm, FRAME);
		ahoy_sound_device_turn(sd, now);
		assert_true(ahoy_sound_device_get(sd, pcm, FRAME));
		if (now == 1 + AHOY_SECONDS(10))
			ahoy_sound_device_take_stats(sd, &stats);
		if (now > AHOY_SECONDS(10) && fabs(level_of(pcm, FRAME) + 15) > 1)
			quiet++;
	}
	print_message("%.0f ppm: quiet %u; at the beginning %u underruns, %u overruns", ppm, (unsigned)quiet,
		      (unsigned)stats.underruns, (unsigned)stats.overruns);
	lost += quiet + stats.underruns;
	ahoy_sound_device_close(sd);
	ahoy_sound_device_take_stats(sd, &stats);
	print_message("; later %u, %u\n", (unsigned)stats.underruns, (unsigned)stats.overruns);
	lost += stats.underruns + stats.overruns;
	end(sd);
	return lost;
}

static void a_card_that_is_faster_or_slower_than_the_network_loses_nothing(void **state)
{
	static const int ppm[] = {0, 50, -50, 300, -300, 1000, -1000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ppm); i++) {
		uint64_t lost = drift_for_a_minute(ppm[i]);

		if (lost)
			fail_msg("%llu moments lost at %d ppm", (unsigned long long)lost, ppm[i]);
	}
}

static void a_lost_device_is_silence_and_comes_back(void **state)
{
	ahoy_sound_device *sd = make("hand", "hand", false);
	const ahoy_device_port *ear = ports[AHOY_DEVICE_CAPTURE], *mouth = ports[AHOY_DEVICE_PLAYBACK];
	int16_t pcm[FRAME], loud[FRAME];
	ahoy_time now = 1;

	(void)state;
	for (size_t i = 0; i < FRAME; i++)
		loud[i] = 8000;
	tell(AHOY_DEVICE_CAPTURE, AHOY_DEVICE_LOST, "no server");
	ahoy_sound_device_turn(sd, now);
	assert_news(sd, AHOY_DEVICE_CAPTURE, "lost", "no server");
	for (int round = 0; round < 3; round++) {
		tell(AHOY_DEVICE_CAPTURE, AHOY_DEVICE_RUNNING, NULL);
		tell(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
		for (int i = 0; i < 50; i++, now += AHOY_MS(20)) {
			ear->put(ear->host, loud, FRAME);
			ahoy_sound_device_put(sd, loud, FRAME);
			ahoy_sound_device_turn(sd, now);
			assert_true(ahoy_sound_device_get(sd, pcm, FRAME));
			mouth->take(mouth->host, i < 49 ? (int16_t[FRAME]){0} : loud, FRAME);
		}
		assert_int_equal(pcm[FRAME - 1], 8000);
		assert_int_equal(loud[FRAME - 1], 8000); /* what was played is what was put */
		assert_news(sd, AHOY_DEVICE_CAPTURE, "running", NULL);
		assert_news(sd, AHOY_DEVICE_PLAYBACK, "running", NULL);
		tell(AHOY_DEVICE_CAPTURE, AHOY_DEVICE_LOST, "unplugged");
		tell(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_LOST, "unplugged too");
		for (int i = 0; i < 200; i++, now += AHOY_MS(20)) {
			ahoy_sound_device_put(sd, loud, FRAME);
			ahoy_sound_device_turn(sd, now);
			assert_true(ahoy_sound_device_get(sd, pcm, FRAME));
			assert_int_equal(pcm[0], 0);
			assert_int_equal(pcm[FRAME - 1], 0);
		}
		assert_news(sd, AHOY_DEVICE_CAPTURE, "lost", "unplugged");
		assert_news(sd, AHOY_DEVICE_PLAYBACK, "lost", "unplugged too");
		assert_no_news(sd);
	}
	end(sd);
}

static void what_cannot_be_used_is_said_once_and_is_silence(void **state)
{
	static const struct {
		const char *spec, *reason;
	} rows[] = {
		{"nothing", "there is no sound driver"},
		{"old", "build it anew"},
		{"empty", "is no sound driver"},
		{"hand:three", "a hand has no device three"},
		{"../hand", "ahoy devices"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_sound_device *sd = make(rows[i].spec, "null", true);
		int16_t pcm[FRAME];

		assert_news(sd, AHOY_DEVICE_CAPTURE, "unavailable", rows[i].reason);
		ahoy_sound_device_open(sd, AHOY_DEVICE_CAPTURE, RATE, FRAME);
		ahoy_sound_device_turn(sd, 1);
		assert_false(ahoy_sound_device_get(sd, pcm, FRAME));
		assert_news(sd, AHOY_DEVICE_PLAYBACK, "running", NULL);
		assert_no_news(sd);
		end(sd);
	}
}

static void another_rate_opens_what_was_open_anew(void **state)
{
	ahoy_sound_device *sd = make("hand", "hand", true);

	(void)state;
	assert_int_equal(ports[AHOY_DEVICE_CAPTURE]->rate_hz, 8000);
	ahoy_sound_device_open(sd, AHOY_DEVICE_PLAYBACK, 16000, 320);
	assert_int_equal(ports[AHOY_DEVICE_CAPTURE]->rate_hz, 16000);
	assert_int_equal(ports[AHOY_DEVICE_PLAYBACK]->rate_hz, 16000);
	assert_int_equal(ports[AHOY_DEVICE_PLAYBACK]->frame_samples, 320);
	ahoy_sound_device_close(sd);
	assert_null(ports[AHOY_DEVICE_CAPTURE]);
	ahoy_sound_device_open(sd, AHOY_DEVICE_PLAYBACK, 48000, 960);
	assert_null(ports[AHOY_DEVICE_CAPTURE]);
	end(sd);
}

/* Something like speech: noise whose strength changes several times a second. */
static int16_t voice(uint32_t *seed, size_t at)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (int16_t)((double)(int32_t)*seed / 2147483648.0 * 6000 * (0.55 + 0.45 * sin(2 * 3.14159265 * 3.0 * (double)at / RATE)));
}

/* The far end's voice comes out of the speaker and so much later into the microphone; the devices know of all of it but 20 ms. Returns how
 * loud it is sent back, after the canceller has had eight seconds to learn. */
static double echo_level(bool dsp, unsigned delay_ms)
{
	const unsigned delay = RATE * delay_ms / 1000;
	ahoy_sound_device *sd = make("hand", "hand", dsp);
	const ahoy_device_port *ear = ports[AHOY_DEVICE_CAPTURE], *mouth = ports[AHOY_DEVICE_PLAYBACK];
	static int16_t air[RATE];
	int16_t pcm[FRAME];
	uint32_t seed = 3;
	double energy = 0;
	size_t at = 0, measured = 0;

	memset(air, 0, sizeof air);
	tell(AHOY_DEVICE_CAPTURE, AHOY_DEVICE_RUNNING, NULL);
	tell(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
	mouth->latency(mouth->host, 1000 * (delay_ms - 20));
	for (ahoy_time now = 1; now < AHOY_SECONDS(12); now += AHOY_MS(20)) {
		mouth->take(mouth->host, pcm, FRAME);
		for (size_t i = 0; i < FRAME; i++, at++) {
			int16_t echo = air[at % delay];

			air[at % delay] = pcm[i];
			ear->put(ear->host, &echo, 1);
		}
		for (size_t i = 0; i < FRAME; i++)
			pcm[i] = voice(&seed, at + i);
		ahoy_sound_device_put(sd, pcm, FRAME);
		ahoy_sound_device_turn(sd, now);
		assert_true(ahoy_sound_device_get(sd, pcm, FRAME));
		if (now > AHOY_SECONDS(8)) {
			energy += ahoy_level_energy(pcm, FRAME);
			measured += FRAME;
		}
	}
	end(sd);
	return ahoy_level_dbov(energy, measured);
}

static void the_far_end_does_not_hear_itself_however_long_the_way_is(void **state)
{
	static const unsigned delays_ms[] = {30, 70, 150, 350};
	double without = echo_level(false, 70);

	(void)state;
	assert_true(without > -30);
	for (size_t i = 0; i < ARRAY_LEN(delays_ms); i++) {
		double with = echo_level(true, delays_ms[i]);

		print_message("echo after %u ms: %.1f dBov as it comes, %.1f dBov behind the canceller\n", delays_ms[i], without, with);
		/* Gain control lifts what is left of it, since nobody speaks at this end. */
		assert_true(with < without - 12);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tone_is_a_microphone),
		cmocka_unit_test(a_card_that_is_faster_or_slower_than_the_network_loses_nothing),
		cmocka_unit_test(a_lost_device_is_silence_and_comes_back),
		cmocka_unit_test(what_cannot_be_used_is_said_once_and_is_silence),
		cmocka_unit_test(another_rate_opens_what_was_open_anew),
		cmocka_unit_test(the_far_end_does_not_hear_itself_however_long_the_way_is),
	};

	return cmocka_run_group_tests(tests, load_hand, NULL);
}
