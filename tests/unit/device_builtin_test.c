/* device/null, device/tone, device/pace: real time on the phone's clock, at every rate, whatever the loop's rhythm. */
#include "device/builtin.h"

#include <math.h>

#include "device/device.h"
#include "device/pace.h"
#include "media/level.h"
#include "test.h"

static const uint32_t rates[] = {8000, 16000, 48000};

static ahoy_device *open_it(const ahoy_device_driver *driver, const char *name, ahoy_device_direction direction, uint32_t rate_hz)
{
	char text[200];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_device *d;

	assert_ok(ahoy_device_open(driver, name, direction, rate_hz, rate_hz / 50, &why, &d));
	return d;
}

static void silence_comes_in_real_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		ahoy_device *d = open_it(&ahoy_device_null, NULL, AHOY_DEVICE_CAPTURE, rates[i]);
		ahoy_time now = AHOY_SECONDS(100), end = now + AHOY_SECONDS(10);
		size_t all = 0;
		int16_t pcm[4800];

		assert_int_equal(ahoy_device_read(d, now, pcm, 4800), 0);
		/* An odd rhythm: nothing is lost to rounding. */
		for (; now < end; now += 19997)
			all += ahoy_device_read(d, now, pcm, 4800);
		all += ahoy_device_read(d, end, pcm, 4800);
		assert_int_equal(all, rates[i] * 10);
		assert_int_equal(pcm[0], 0);
		ahoy_device_close(d);
	}
}

static void a_silent_speaker_takes_in_real_time(void **state)
{
	ahoy_device *d = open_it(&ahoy_device_null, NULL, AHOY_DEVICE_PLAYBACK, 8000);
	int16_t pcm[160] = {0};
	ahoy_device_stats stats;
	ahoy_time now = AHOY_SECONDS(5);

	(void)state;
	for (int i = 0; i < 500; i++, now += AHOY_MS(20))
		ahoy_device_write(d, now, pcm, 160);
	ahoy_device_get_stats(d, &stats);
	assert_int_equal(stats.state, AHOY_DEVICE_RUNNING);
	assert_int_equal(stats.overruns, 0);
	assert_int_equal(stats.underruns, 0);
	assert_true(ahoy_device_queued(d) <= 3 * 160);
	ahoy_device_close(d);
}

static void a_loop_that_slept_does_not_get_a_flood(void **state)
{
	ahoy_pace pace = {0};

	(void)state;
	assert_int_equal(ahoy_pace_due(&pace, AHOY_SECONDS(1), 8000), 0);
	assert_int_equal(ahoy_pace_due(&pace, AHOY_MS(1200), 8000), 1600);
	assert_int_equal(ahoy_pace_due(&pace, AHOY_SECONDS(60), 8000), 0);
	assert_int_equal(ahoy_pace_due(&pace, AHOY_SECONDS(60) + AHOY_MS(20), 8000), 160);
	/* A clock never goes back; if one did, nothing is due. */
	assert_int_equal(ahoy_pace_due(&pace, AHOY_SECONDS(1), 8000), 0);
}

/* Mean square at hz, Goertzel. */
static double at_hz(const int16_t *pcm, size_t count, double hz, double rate_hz)
{
	const double pi = 3.14159265358979323846;
	double coeff = 2 * cos(2 * pi * hz / rate_hz), s1 = 0, s2 = 0;

	for (size_t i = 0; i < count; i++) {
		double s = pcm[i] + coeff * s1 - s2;

		s2 = s1;
		s1 = s;
	}
	return 2 * (s1 * s1 + s2 * s2 - coeff * s1 * s2) / ((double)count * (double)count);
}

static void a_tone_has_its_frequency_and_level(void **state)
{
	static int16_t pcm[48000];
	const struct {
		const char *name;
		double hz, dbov;
	} rows[] = {{NULL, 440, -20}, {"1000", 1000, -20}, {"300,-10", 300, -10}, {"2500.5,-3", 2500.5, -3}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t k = 0; k < ARRAY_LEN(rates); k++) {
			ahoy_device *d = open_it(&ahoy_device_tone, rows[i].name, AHOY_DEVICE_CAPTURE, rates[k]);
			ahoy_time now = 1;
			size_t got = 0;
			double energy;

			for (; got < rates[k]; now += AHOY_MS(20))
				got += ahoy_device_read(d, now, pcm + got, rates[k] - got);
			energy = ahoy_level_energy(pcm, got);
			assert_true(fabs(ahoy_level_dbov(energy, got) - rows[i].dbov) < 0.1);
			assert_true(at_hz(pcm, got, rows[i].hz, rates[k]) > 0.98 * energy / (double)got);
			ahoy_device_close(d);
		}
	}
}

static void a_tone_that_cannot_be_is_refused_with_what_would_be_right(void **state)
{
	static const char *const bad[] = {"", "x", "0", "-5", "4001", "nan", "inf", "440,",
					  "440,3", "440,-91", "440,x", "440;3", "440,-9,1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char text[200];
		ahoy_buf why = ahoy_buf_over(text, sizeof text);
		ahoy_device *d;

		assert_err_row(ahoy_device_open(&ahoy_device_tone, bad[i], AHOY_DEVICE_CAPTURE, 8000, 160, &why, &d), AHOY_EINVAL, bad[i]);
		assert_non_null(strstr(ahoy_buf_cstr(&why), "tone:HZ"));
		why = ahoy_buf_over(text, sizeof text);
		assert_err(ahoy_device_open(&ahoy_device_tone, "440", AHOY_DEVICE_PLAYBACK, 8000, 160, &why, &d), AHOY_EINVAL);
		assert_non_null(strstr(ahoy_buf_cstr(&why), "microphone"));
	}
}

static void count_device(void *ctx, const ahoy_device_info *info)
{
	unsigned *seen = ctx;

	assert_non_null(info->name);
	assert_non_null(info->description);
	seen[info->direction]++;
}

static void the_built_in_ones_list_themselves(void **state)
{
	unsigned seen[2] = {0, 0};
	char why[100];

	(void)state;
	assert_ok(ahoy_device_null.list(count_device, seen, why, sizeof why));
	assert_ok(ahoy_device_tone.list(count_device, seen, why, sizeof why));
	assert_int_equal(seen[AHOY_DEVICE_CAPTURE], 2);
	assert_int_equal(seen[AHOY_DEVICE_PLAYBACK], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_comes_in_real_time),
		cmocka_unit_test(a_silent_speaker_takes_in_real_time),
		cmocka_unit_test(a_loop_that_slept_does_not_get_a_flood),
		cmocka_unit_test(a_tone_has_its_frequency_and_level),
		cmocka_unit_test(a_tone_that_cannot_be_is_refused_with_what_would_be_right),
		cmocka_unit_test(the_built_in_ones_list_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
