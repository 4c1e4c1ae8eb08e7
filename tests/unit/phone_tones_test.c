/* phone/tones: which country's, and what is wrong with a table. What they sound like: tests/interop/test_sound_devices.py. */
#include "phone/tones.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"
#include "test_env.h"

static test_env te;
static ahoy_sound_device *device;
static char path[] = "/tmp/ahoy_tones.XXXXXX";

static int try(const char *country, const char *says)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_phone_tones *tones;
	int err = ahoy_phone_tones_new(country, device, &tones, &why);

	assert_row(!says || strstr(ahoy_buf_cstr(&why), says), text);
	assert_true((err == 0) == (tones != NULL));
	ahoy_phone_tones_del(tones);
	return err;
}

static void set_table(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	setenv("AHOY_TONES", path, 1);
}

static void the_country_is_the_wanted_one_or_the_locales_or_the_usual_one(void **state)
{
	(void)state;
	set_table("us ringback 440 2000 4000\nde ringback 425 1000 4000\n");
	setenv("LC_ALL", "C", 1);
	assert_ok(try(NULL, NULL));
	assert_ok(try("DE", NULL));
	assert_int_equal(try("fr", "\"fr\" are not known"), AHOY_ENOTFOUND);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	set_table("de ringback 425 1000 4000\n");
	assert_ok(try(NULL, NULL));
	/* Of a locale that the table has not: the usual one, where that is there. */
	setenv("LC_ALL", "xx_YY", 1);
	assert_int_equal(try(NULL, "\"us\" are not known"), AHOY_ENOTFOUND);
	set_table("us ringback 440 2000 4000\n");
	assert_ok(try(NULL, NULL));
	setenv("LC_ALL", "de_DEUTSCH", 1);
	assert_ok(try(NULL, NULL));
}

static void a_table_that_cannot_be_used_is_told(void **state)
{
	(void)state;
	set_table("us ringback 440 2000 4000\nus busy nonsense\n");
	assert_int_equal(try("us", "line 2"), AHOY_ESYNTAX);
	setenv("AHOY_TONES", "/nowhere/tones.conf", 1);
	assert_int_equal(try("us", "$AHOY_TONES"), AHOY_ENOTFOUND);
}

static void they_play_for_their_time_and_stop(void **state)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_phone_tones *tones;

	(void)state;
	set_table("us ringback 440 2000 4000\n");
	assert_ok(ahoy_phone_tones_new("us", device, &tones, &why));
	assert_int_equal(ahoy_phone_tones_deadline(tones), AHOY_NEVER);
	ahoy_phone_tones_play(tones, AHOY_SECONDS(1), "waiting", 0); /* which this table has not */
	assert_int_equal(ahoy_phone_tones_deadline(tones), AHOY_NEVER);
	ahoy_phone_tones_play(tones, AHOY_SECONDS(1), "ringback", AHOY_MS(100));
	assert_int_equal(ahoy_phone_tones_deadline(tones), AHOY_SECONDS(1));
	for (ahoy_time now = AHOY_SECONDS(1); now <= AHOY_SECONDS(1) + AHOY_MS(80); now += AHOY_MS(20)) {
		assert_int_equal(ahoy_phone_tones_deadline(tones), now);
		ahoy_phone_tones_turn(tones, now);
	}
	ahoy_phone_tones_turn(tones, AHOY_SECONDS(1) + AHOY_MS(120));
	assert_int_equal(ahoy_phone_tones_deadline(tones), AHOY_NEVER);
	ahoy_phone_tones_play(tones, AHOY_SECONDS(5), "ringback", 0);
	/* Who slept goes on from now. */
	ahoy_phone_tones_turn(tones, AHOY_SECONDS(50));
	assert_int_equal(ahoy_phone_tones_deadline(tones), AHOY_SECONDS(50) + AHOY_MS(20));
	ahoy_phone_tones_stop(tones);
	ahoy_phone_tones_stop(tones);
	assert_int_equal(ahoy_phone_tones_deadline(tones), AHOY_NEVER);
	ahoy_phone_tones_del(tones);
	ahoy_phone_tones_play(NULL, 0, "busy", 0);
	ahoy_phone_tones_stop(NULL);
	ahoy_phone_tones_turn(NULL, 0);
	assert_int_equal(ahoy_phone_tones_deadline(NULL), AHOY_NEVER);
}

static int begin(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	test_env_init(&te, 3);
	return fd < 0 || close(fd) ||
	       ahoy_sound_device_new(&te.env, &(ahoy_sound_device_config){.speaker = "null"}, &device);
}

static int end(void **state)
{
	(void)state;
	ahoy_sound_device_del(device);
	test_env_fini(&te);
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_country_is_the_wanted_one_or_the_locales_or_the_usual_one),
		cmocka_unit_test(a_table_that_cannot_be_used_is_told),
		cmocka_unit_test(they_play_for_their_time_and_stop),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
