/* device/device: a driver that stalls, disappears and returns; what was missed is counted, and nobody waits. */
#include "device/device.h"

#include "device_fake.h"

#define RATE 8000
#define FRAME 160

static ahoy_device *open_fake(ahoy_device_direction direction)
{
	char text[200];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_device *d;

	assert_ok(ahoy_device_open(&fake_driver, NULL, direction, RATE, FRAME, &why, &d));
	return d;
}

static ahoy_device_stats stats_of(const ahoy_device *d)
{
	ahoy_device_stats stats;

	ahoy_device_get_stats(d, &stats);
	return stats;
}

static void fill(int16_t *pcm, size_t samples, int16_t value)
{
	for (size_t i = 0; i < samples; i++)
		pcm[i] = value;
}

static void a_microphone_gives_what_was_heard_and_never_waits(void **state)
{
	ahoy_device *d = open_fake(AHOY_DEVICE_CAPTURE);
	int16_t pcm[FRAME];

	(void)state;
	assert_int_equal(ahoy_device_read(d, 1, pcm, FRAME), 0);
	fake_hear(7, 100);
	assert_int_equal(ahoy_device_readable(d, 1), 100);
	assert_int_equal(ahoy_device_read(d, 1, pcm, FRAME), 100);
	assert_int_equal(pcm[99], 7);
	assert_int_equal(stats_of(d).overruns, 0);
	ahoy_device_close(d);
	assert_null(fake_port[AHOY_DEVICE_CAPTURE]);
}

static void a_loop_that_stands_still_loses_sound_after_half_a_second_and_it_is_counted(void **state)
{
	ahoy_device *d = open_fake(AHOY_DEVICE_CAPTURE);

	(void)state;
	fake_hear(1, RATE / 2);
	assert_int_equal(stats_of(d).overruns, 0);
	fake_hear(1, RATE / 2);
	assert_true(stats_of(d).overruns > 0);
	assert_true(ahoy_device_readable(d, 1) <= RATE);
	ahoy_device_close(d);
}

static void a_speaker_begins_when_it_can_go_on(void **state)
{
	ahoy_device *d = open_fake(AHOY_DEVICE_PLAYBACK);
	int16_t said[FRAME], played[FRAME];

	(void)state;
	fill(said, FRAME, 5);
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
	fake_play(played, FRAME);
	assert_int_equal(played[0], 0);
	ahoy_device_write(d, 1, said, FRAME);
	fake_play(played, FRAME);
	assert_int_equal(played[0], 0); /* one frame ahead is not enough: the next may be late */
	ahoy_device_write(d, 1, said, FRAME);
	fake_play(played, FRAME);
	assert_int_equal(played[0], 0);
	ahoy_device_write(d, 1, said, FRAME);
	for (int i = 0; i < 10; i++) {
		fake_play(played, FRAME);
		assert_int_equal(played[0], 5);
		assert_int_equal(played[FRAME - 1], 5);
		ahoy_device_write(d, 1, said, FRAME);
	}
	/* Silence before the first word is no fault. */
	assert_int_equal(stats_of(d).underruns, 0);
	assert_int_equal(stats_of(d).latency_us, 3 * 20000);
	fake_port[AHOY_DEVICE_PLAYBACK]->latency(fake_port[AHOY_DEVICE_PLAYBACK]->host, 5000);
	assert_int_equal(stats_of(d).latency_us, 3 * 20000 + 5000);
	ahoy_device_close(d);
}

static void a_loop_that_comes_late_is_one_underrun_and_then_silence(void **state)
{
	ahoy_device *d = open_fake(AHOY_DEVICE_PLAYBACK);
	int16_t said[4 * FRAME], played[FRAME];

	(void)state;
	fill(said, 4 * FRAME, 5);
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
	ahoy_device_write(d, 1, said, 3 * FRAME);
	for (int i = 0; i < 6; i++)
		fake_play(played, 100);
	assert_int_equal(stats_of(d).underruns, 1);
	assert_int_equal(played[0], 0);
	/* From now on half a frame more is kept ready. */
	assert_int_equal(ahoy_device_wanted(d, 1), 100 + 2 * FRAME);
	ahoy_device_write(d, 1, said, ahoy_device_wanted(d, 1));
	fake_play(played, 100);
	assert_int_equal(played[0], 5);
	assert_int_equal(stats_of(d).underruns, 1);
	ahoy_device_close(d);
}

static void however_late_the_loop_is_no_more_than_ten_frames_are_kept_ahead(void **state)
{
	ahoy_device *d = open_fake(AHOY_DEVICE_PLAYBACK);
	int16_t said[12 * FRAME] = {0}, played[FRAME];

	(void)state;
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
	for (int i = 0; i < 50; i++) {
		ahoy_device_write(d, 1, said, ahoy_device_wanted(d, 1));
		for (int k = 0; k < 12; k++)
			fake_play(played, FRAME);
		assert_int_equal(stats_of(d).underruns, i + 1);
	}
	assert_int_equal(ahoy_device_wanted(d, 1), FRAME + 10 * FRAME);
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_LOST, "gone");
	assert_int_equal(ahoy_device_wanted(d, 1), 0);
	ahoy_device_close(d);
}

static void a_speaker_that_stalled_does_not_play_the_past(void **state)
{
	ahoy_device *d = open_fake(AHOY_DEVICE_PLAYBACK);
	int16_t said[FRAME], played[FRAME];

	(void)state;
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
	for (int i = 0; i < 20; i++) {
		fill(said, FRAME, (int16_t)(i + 1));
		ahoy_device_write(d, 1, said, FRAME);
	}
	fake_play(played, FRAME);
	/* Of 20 frames two and a half are left: this one and what is kept ahead. */
	assert_int_equal(played[0], 18);
	assert_int_equal(played[FRAME / 2], 19);
	assert_int_equal(stats_of(d).overruns, 1);
	ahoy_device_close(d);
}

static void a_device_that_disappears_and_returns_is_told_once_each_and_loses_nobody_time(void **state)
{
	ahoy_device *d = open_fake(AHOY_DEVICE_PLAYBACK);
	int16_t said[FRAME], played[FRAME];
	ahoy_device_change change;

	(void)state;
	fill(said, FRAME, 5);
	assert_false(ahoy_device_pop_change(d, &change));
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
	assert_true(ahoy_device_pop_change(d, &change));
	assert_int_equal(change.state, AHOY_DEVICE_RUNNING);
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_LOST, "unplugged");
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_LOST, "unplugged still");
	assert_true(ahoy_device_pop_change(d, &change));
	assert_int_equal(change.state, AHOY_DEVICE_LOST);
	assert_string_equal(change.reason, "unplugged");
	assert_false(ahoy_device_pop_change(d, &change));
	/* A minute of talk to nobody is no overrun, and not heard afterwards. */
	for (int i = 0; i < 3000; i++)
		ahoy_device_write(d, 1, said, FRAME);
	assert_int_equal(stats_of(d).overruns, 0);
	assert_int_equal(stats_of(d).state, AHOY_DEVICE_LOST);
	fake_state(AHOY_DEVICE_PLAYBACK, AHOY_DEVICE_RUNNING, NULL);
	assert_true(ahoy_device_pop_change(d, &change));
	assert_int_equal(change.state, AHOY_DEVICE_RUNNING);
	fake_play(played, FRAME);
	assert_int_equal(played[0], 0);
	ahoy_device_close(d);
}

static void a_device_that_flaps_faster_than_it_is_asked_is_told_by_its_last_state(void **state)
{
	ahoy_device *d = open_fake(AHOY_DEVICE_CAPTURE);
	ahoy_device_change change = {AHOY_DEVICE_STARTING, NULL};
	unsigned told = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		fake_state(AHOY_DEVICE_CAPTURE, AHOY_DEVICE_RUNNING, NULL);
		fake_state(AHOY_DEVICE_CAPTURE, AHOY_DEVICE_LOST, "flaps");
	}
	fake_state(AHOY_DEVICE_CAPTURE, AHOY_DEVICE_RUNNING, NULL);
	while (ahoy_device_pop_change(d, &change))
		told++;
	assert_int_equal(change.state, AHOY_DEVICE_RUNNING);
	assert_true(told < 100);
	ahoy_device_close(d);
}

static void what_cannot_be_opened_says_why(void **state)
{
	char text[200];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_device *d;

	(void)state;
	assert_err(ahoy_device_open(&fake_driver, NULL, AHOY_DEVICE_CAPTURE, 4000, 80, &why, &d), AHOY_EINVAL);
	assert_err(ahoy_device_open(&fake_driver, NULL, AHOY_DEVICE_CAPTURE, 96000, 960, &why, &d), AHOY_EINVAL);
	assert_err(ahoy_device_open(&fake_driver, NULL, AHOY_DEVICE_CAPTURE, 8000, 0, &why, &d), AHOY_EINVAL);
	assert_err(ahoy_device_open(&fake_driver, NULL, AHOY_DEVICE_CAPTURE, 8000, 801, &why, &d), AHOY_EINVAL);
	fake_open_err = AHOY_EIO;
	assert_err(ahoy_device_open(&fake_driver, "x", AHOY_DEVICE_CAPTURE, RATE, FRAME, &why, &d), AHOY_EIO);
	assert_null(d);
	assert_string_equal(ahoy_buf_cstr(&why), "no device x");
	fake_open_err = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_microphone_gives_what_was_heard_and_never_waits),
		cmocka_unit_test(a_loop_that_stands_still_loses_sound_after_half_a_second_and_it_is_counted),
		cmocka_unit_test(a_speaker_begins_when_it_can_go_on),
		cmocka_unit_test(a_loop_that_comes_late_is_one_underrun_and_then_silence),
		cmocka_unit_test(however_late_the_loop_is_no_more_than_ten_frames_are_kept_ahead),
		cmocka_unit_test(a_speaker_that_stalled_does_not_play_the_past),
		cmocka_unit_test(a_device_that_disappears_and_returns_is_told_once_each_and_loses_nobody_time),
		cmocka_unit_test(a_device_that_flaps_faster_than_it_is_asked_is_told_by_its_last_state),
		cmocka_unit_test(what_cannot_be_opened_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
