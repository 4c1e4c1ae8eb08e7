#include "media/call_tones.h"

#include "media/level.h"
#include "media/tone_ear.h"
#include "test.h"

static ahoy_call_tones tones;

static void the_file_that_is_installed_has_five_tones_for_each_of_its_countries(void **state)
{
	static const char *const names[] = {"dial", "ringback", "busy", "congestion", "waiting"};
	ahoy_slice text = test_read_file("data/tones.conf");
	unsigned line, countries = 0;

	(void)state;
	assert_ok(ahoy_call_tones_parse(text, &tones, &line));
	for (size_t i = 0; i < tones.count; i++) {
		ahoy_slice country = ahoy_slice_of(tones.tones[i].country);

		countries += i == 0 || !ahoy_slice_eq(country, ahoy_slice_of(tones.tones[i - 1].country));
		for (size_t n = 0; n < ARRAY_LEN(names); n++)
			assert_row(ahoy_call_tones_find(&tones, country, ahoy_slice_of(names[n])) != NULL,
				   tones.tones[i].country);
	}
	assert_in_range(countries, 12, 100);
	assert_int_equal(tones.count, 5 * countries);
	test_free_exact(text);
}

static void each_line_is_read_or_named(void **state)
{
	static const struct {
		const char *text;
		int err;
		unsigned line, count;
	} rows[] = {
		{"", 0, 1, 0},
		{"# only a comment", 0, 2, 0},
		{"de busy 425 480 480\n", 0, 2, 1},
		{"\n  de\tbusy 425+620 480 480 \r\n\nus dial 350", 0, 5, 2},
		{"de", AHOY_ESYNTAX, 1, 0},
		{"de busy", AHOY_ESYNTAX, 1, 0},
		{"\nde busy x", AHOY_ESYNTAX, 2, 0},
		{"de busy 425+", AHOY_ESYNTAX, 1, 0},
		{"de busy +425", AHOY_ESYNTAX, 1, 0},
		{"de busy 425 480", AHOY_ESYNTAX, 1, 0},
		{"de busy 425 480 -1", AHOY_ESYNTAX, 1, 0},
		{"DE busy 425", AHOY_ESYNTAX, 1, 0},
		{"germany busy 425", AHOY_ERANGE, 1, 0},
		{"de busybusybusy 425", AHOY_ERANGE, 1, 0},
		{"de busy 19", AHOY_ERANGE, 1, 0},
		{"de busy 4001", AHOY_ERANGE, 1, 0},
		{"de busy 99999999999", AHOY_ERANGE, 1, 0},
		{"de busy 425 9 480", AHOY_ERANGE, 1, 0},
		{"de busy 425 60001 480", AHOY_ERANGE, 1, 0},
		{"de busy 425 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10", AHOY_ERANGE, 1, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice text = test_exact(ahoy_slice_of(rows[i].text));
		unsigned line;

		assert_err_row(ahoy_call_tones_parse(text, &tones, &line), rows[i].err, rows[i].text);
		assert_row(tones.count == rows[i].count, rows[i].text);
		assert_row(rows[i].err == 0 || line == rows[i].line, rows[i].text);
		test_free_exact(text);
	}
}

static void the_table_is_bounded(void **state)
{
	static const char one[] = "e dial 425\n";
	char text[(AHOY_MAX_CALL_TONES + 1) * (sizeof one - 1)];
	unsigned line;
	size_t len = 0;

	(void)state;
	for (; len < sizeof text; len += sizeof one - 1)
		memcpy(text + len, one, sizeof one - 1);
	assert_err(ahoy_call_tones_parse(ahoy_slice_make(text, len), &tones, &line), AHOY_EFULL);
	assert_int_equal(line, AHOY_MAX_CALL_TONES + 1);
	assert_ok(ahoy_call_tones_parse(ahoy_slice_make(text, len - (sizeof one - 1)), &tones, &line));
}

static void e180_a_tone_is_played_with_its_cadence(void **state)
{
	static const char text[] = "gb ringback 400+450 400 200 400 2000\nfr dial 440\n";
	ahoy_call_tone_player player;
	int16_t pcm[80];
	unsigned line;

	(void)state;
	assert_ok(ahoy_call_tones_parse(ahoy_slice_of(text), &tones, &line));
	ahoy_call_tone_start(&player, ahoy_call_tones_find(&tones, AHOY_S("GB"), AHOY_S("Ringback")), 8000);
	/* In pieces of 10 ms, over two rounds of 3 s. */
	for (unsigned ms = 0; ms < 6000; ms += 10) {
		unsigned at = ms % 3000;
		bool on = at < 400 || (at >= 600 && at < 1000);

		ahoy_call_tone_fill(&player, pcm, ARRAY_LEN(pcm));
		/* Two frequencies beat: the level is looked at over the whole below. */
		if (!on)
			assert_true(ahoy_level_energy(pcm, ARRAY_LEN(pcm)) == 0);
		else if (at % 600 == 0)
			assert_true(ahoy_level_dbov(ahoy_level_energy(pcm, ARRAY_LEN(pcm)), ARRAY_LEN(pcm)) > -25);
	}
	ahoy_call_tone_start(&player, ahoy_call_tones_find(&tones, AHOY_S("fr"), AHOY_S("dial")), 8000);
	{
		static ahoy_tone_ear ear;
		ahoy_tone_heard heard;

		ahoy_tone_ear_init(&ear);
		assert_ok(ahoy_tone_ear_add(&ear, 440));
		for (int n = 0; n < 500; n++) {
			ahoy_call_tone_fill(&player, pcm, ARRAY_LEN(pcm));
			ahoy_tone_ear_hear(&ear, pcm, ARRAY_LEN(pcm), 8000);
		}
		ahoy_tone_ear_get(&ear, 0, &heard);
		assert_true(heard.heard_s > 4.9 && heard.level_dbov > -20.5 && heard.level_dbov < -19.5);
	}
	assert_null(ahoy_call_tones_find(&tones, AHOY_S("gb"), AHOY_S("busy")));
	assert_null(ahoy_call_tones_find(&tones, AHOY_S("us"), AHOY_S("dial")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_that_is_installed_has_five_tones_for_each_of_its_countries),
		cmocka_unit_test(each_line_is_read_or_named),
		cmocka_unit_test(the_table_is_bounded),
		cmocka_unit_test(e180_a_tone_is_played_with_its_cadence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
