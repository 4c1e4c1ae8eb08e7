/* phone/expect: what was expected of a call, and whether it came. */
#include "phone/expect.h"

#include "media/tone.h"
#include "test.h"

static int16_t pcm[8000];

static void hear_tone(ahoy_expect *expect, double hz, size_t samples)
{
	ahoy_tone tone;

	ahoy_tone_init(&tone, 8000, hz, 0, -15);
	ahoy_tone_fill(&tone, pcm, samples);
	ahoy_expect_hear(expect, pcm, samples, 8000);
}

static void nothing_expected_is_met(void **state)
{
	const ahoy_expectations wanted = {0};
	ahoy_expect_result results[AHOY_EXPECT_RESULTS];
	ahoy_expect expect;
	unsigned unmet = 99;

	(void)state;
	ahoy_expect_init(&expect, &wanted);
	ahoy_expect_key(&expect, '1');
	assert_int_equal(ahoy_expect_judge(&expect, 0, 0, 0, results, &unmet), 0);
	assert_int_equal(unmet, 0);
}

static void half_a_second_of_each_tone_is_enough_and_less_is_not(void **state)
{
	const ahoy_expectations wanted = {.tones_hz = {440, 1000}, .tone_count = 2};
	ahoy_expect_result results[AHOY_EXPECT_RESULTS];
	ahoy_expect expect;
	unsigned unmet;

	(void)state;
	ahoy_expect_init(&expect, &wanted);
	hear_tone(&expect, 440, 4160);
	hear_tone(&expect, 1000, 3840);
	assert_int_equal(ahoy_expect_judge(&expect, 1, 0, 0, results, &unmet), 2);
	assert_true(results[0].met && !results[1].met);
	assert_int_equal(unmet, 1 << AHOY_EXPECT_TONE);
	hear_tone(&expect, 1000, 320);
	(void)ahoy_expect_judge(&expect, 1, 0, 0, results, &unmet);
	assert_true(results[0].met && results[1].met);
	assert_int_equal(unmet, 0);
}

static const struct {
	const char *wanted, *heard;
	bool met;
} keys[] = {
	{"123", "123", true},
	{"123", "12", false},
	{"123", "1234", false},
	{"123", "132", false},
	{"123", "", false},
	{"*#AD", "*#AD", true},
	{"1234567890123456789012345678901234567890123456789012345678901234",
	 "1234567890123456789012345678901234567890123456789012345678901234", true},
	{"1234567890123456789012345678901234567890123456789012345678901234",
	 "12345678901234567890123456789012345678901234567890123456789012345", false},
};

static void keys_are_met_by_exactly_these_in_this_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const ahoy_expectations wanted = {.dtmf = keys[i].wanted};
		ahoy_expect_result results[AHOY_EXPECT_RESULTS];
		ahoy_expect expect;
		unsigned unmet;

		ahoy_expect_init(&expect, &wanted);
		for (const char *p = keys[i].heard; *p; p++)
			ahoy_expect_key(&expect, *p);
		assert_int_equal(ahoy_expect_judge(&expect, 0, 0, 0, results, &unmet), 1);
		assert_row(results[0].met == keys[i].met, keys[i].heard);
		assert_row((unmet == 0) == keys[i].met, keys[i].heard);
		assert_string_equal(results[0].wanted_digits, keys[i].wanted);
	}
}

static void sound_and_mos_have_their_bounds(void **state)
{
	const ahoy_expectations wanted = {.audio = true, .min_mos = 4};
	ahoy_expect_result results[AHOY_EXPECT_RESULTS];
	ahoy_expect expect;
	unsigned unmet;

	(void)state;
	ahoy_expect_init(&expect, &wanted);
	assert_int_equal(ahoy_expect_judge(&expect, 10, 0.2, 4.0, results, &unmet), 2);
	assert_int_equal(unmet, 0);
	(void)ahoy_expect_judge(&expect, 10, 0.19, 3.99, results, &unmet);
	assert_int_equal(unmet, 1 << AHOY_EXPECT_AUDIO | 1 << AHOY_EXPECT_MOS);
	/* What never came has no quality, whatever the model says of no loss. */
	(void)ahoy_expect_judge(&expect, 0, 0, 4.4, results, &unmet);
	assert_false(results[1].met);
	assert_true(results[1].mos == 0);
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(ahoy_expect_name(AHOY_EXPECT_AUDIO), "audio");
	assert_string_equal(ahoy_expect_name(AHOY_EXPECT_TONE), "tone");
	assert_string_equal(ahoy_expect_name(AHOY_EXPECT_DTMF), "dtmf");
	assert_string_equal(ahoy_expect_name(AHOY_EXPECT_MOS), "mos");
	assert_string_equal(ahoy_expect_name(AHOY_EXPECT_KINDS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_expected_is_met),
		cmocka_unit_test(half_a_second_of_each_tone_is_enough_and_less_is_not),
		cmocka_unit_test(keys_are_met_by_exactly_these_in_this_order),
		cmocka_unit_test(sound_and_mos_have_their_bounds),
		cmocka_unit_test(every_kind_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
