/* phone/ui_model: calls come and go, lines are kept and bounded, states become rows. */
#include "phone/ui_model.h"

#include <stdio.h>
#include <stdlib.h>

#include "test.h"

static ahoy_ui_model *model;

static int begin(void **state)
{
	(void)state;
	model = malloc(sizeof *model);
	ahoy_ui_init(model);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	free(model);
	return 0;
}

static void what_a_peer_sent_is_made_safe_to_show(void **state)
{
	static const struct {
		const char *text, *safe;
	} rows[] = {
		{"sip:112@h", "112@h"},
		{"SIP:112@h", "112@h"},
		{"sips:112@h", "sips:112@h"},
		{"a\x1b[2Jb\n\x07", "a\\x1b[2Jb\\x0a\\x07"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"\xff", "\\xff"},
		{"", ""},
	};
	char out[64], small[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_ui_safe(ahoy_slice_of(rows[i].text), out, sizeof out);
		assert_slice_row(ahoy_slice_of(out), rows[i].safe, rows[i].text);
	}
	ahoy_ui_safe(AHOY_S("123456789"), small, sizeof small);
	assert_true(strlen(small) < sizeof small);
	/* No half character at the end. */
	ahoy_ui_safe(AHOY_S("123456\xc3\xbc\xc3\xbc"), small, sizeof small);
	assert_string_equal(small, "123456");
}

static void calls_have_the_lowest_free_number_and_are_bounded(void **state)
{
	unsigned place;

	(void)state;
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++)
		assert_int_equal(ahoy_ui_call_add(model, &place)->number, i + 1);
	assert_null(ahoy_ui_call_add(model, &place));
	assert_int_equal(model->selected, 0);
	ahoy_ui_call_remove(model, 3);
	assert_int_equal(ahoy_ui_calls(model), AHOY_UI_CALLS - 1);
	assert_int_equal(ahoy_ui_call_add(model, &place)->number, 4);
}

static void when_the_selected_call_goes_one_that_speaks_is_selected(void **state)
{
	unsigned place;

	(void)state;
	assert_null(ahoy_ui_selected(model));
	for (int i = 0; i < 3; i++)
		ahoy_ui_call_add(model, &place)->state = AHOY_UI_UP;
	model->calls[1].holding = true;
	ahoy_ui_call_remove(model, 0);
	assert_int_equal(model->selected, 2);
	ahoy_ui_call_remove(model, 2);
	assert_int_equal(model->selected, 1);
	ahoy_ui_call_remove(model, 1);
	assert_null(ahoy_ui_selected(model));
}

static void the_log_keeps_the_newest_lines(void **state)
{
	char text[24];

	(void)state;
	for (int i = 0; i < AHOY_UI_LOG + 3; i++) {
		snprintf(text, sizeof text, "line %d", i);
		ahoy_ui_log_add(&model->log, "01:02:03", ahoy_slice_of(text));
	}
	assert_int_equal(model->log.count, AHOY_UI_LOG);
	assert_string_equal(ahoy_ui_log_at(&model->log, 0)->text, "line 3");
	assert_string_equal(ahoy_ui_log_at(&model->log, AHOY_UI_LOG - 1)->text, "line 202");
	assert_null(ahoy_ui_log_at(&model->log, AHOY_UI_LOG));
}

static void an_account_says_its_state(void **state)
{
	static const struct {
		ahoy_ui_account account;
		const char *text;
	} rows[] = {
		{{.aor = "1@h"}, "1@h  registering"},
		{{.aor = "1@h", .state = AHOY_UI_REGISTERED, .expires_at = AHOY_SECONDS(160)}, "1@h  registered, 60 s left"},
		{{.aor = "1@h", .state = AHOY_UI_REGISTERED, .expires_at = AHOY_SECONDS(60)}, "1@h  registered, 0 s left"},
		{{.aor = "1@h", .state = AHOY_UI_RETRYING, .reason = "no answer"}, "1@h  not registered, trying again: no answer"},
		{{.aor = "1@h", .state = AHOY_UI_REFUSED, .reason = "403 Forbidden"}, "1@h  not registered: 403 Forbidden"},
		{{.aor = "1@h", .state = AHOY_UI_UNREGISTERING}, "1@h  unregistering"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[256];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_ui_put_account(&b, &rows[i].account, AHOY_SECONDS(100));
		assert_slice(ahoy_buf_slice(&b), rows[i].text);
	}
}

#define CALL .number = 1, .peer = "112@h", .began_at = AHOY_SECONDS(90)
#define UP CALL, .state = AHOY_UI_UP, .answered_at = AHOY_SECONDS(95)

static void a_call_says_its_state_and_time(void **state)
{
	static const struct {
		ahoy_ui_call call;
		const char *text;
	} rows[] = {
		{{CALL, .state = AHOY_UI_CALLING, .is_caller = true}, "1 to 112@h  calling 00:10"},
		{{CALL, .state = AHOY_UI_RINGING, .is_caller = true}, "1 to 112@h  ringing 00:10"},
		{{CALL, .state = AHOY_UI_INCOMING}, "1 from 112@h  incoming 00:10"},
		{{UP, .codec = "PCMU"}, "1 from 112@h  talking 00:05  PCMU"},
		{{UP, .muted = true}, "1 from 112@h  talking 00:05  muted"},
		{{UP, .holding = true}, "1 from 112@h  on hold 00:05"},
		{{UP, .held = true}, "1 from 112@h  held by them 00:05"},
		{{UP, .held = true, .holding = true}, "1 from 112@h  on hold, both ways 00:05"},
		{{CALL, .state = AHOY_UI_ENDING}, "1 from 112@h  ending 00:10"},
	};
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		b = ahoy_buf_over(text, sizeof text);
		ahoy_ui_put_call(&b, &rows[i].call, AHOY_SECONDS(100));
		assert_slice(ahoy_buf_slice(&b), rows[i].text);
	}
	b = ahoy_buf_over(text, sizeof text);
	ahoy_ui_put_call(&b, &rows[3].call, AHOY_SECONDS(95 + 3600 + 61));
	assert_slice(ahoy_buf_slice(&b), "1 from 112@h  talking 1:01:01  PCMU");
}

static void quality_is_said_once_there_is_sound(void **state)
{
	ahoy_ui_call call = {.has_quality = true};
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	(void)state;
	ahoy_ui_put_quality(&b, &call);
	assert_slice(ahoy_buf_slice(&b), "no sound yet");
	call.packets = 98;
	call.lost = 2;
	call.jitter_ms = 1.25;
	call.mos = 4.36;
	b = ahoy_buf_over(text, sizeof text);
	ahoy_ui_put_quality(&b, &call);
	assert_slice(ahoy_buf_slice(&b), "98 packets, loss 2.0 %, jitter 1.2 ms, MOS 4.4");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_peer_sent_is_made_safe_to_show),
		TEST(calls_have_the_lowest_free_number_and_are_bounded),
		TEST(when_the_selected_call_goes_one_that_speaks_is_selected),
		TEST(the_log_keeps_the_newest_lines),
		TEST(an_account_says_its_state),
		TEST(a_call_says_its_state_and_time),
		TEST(quality_is_said_once_there_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
