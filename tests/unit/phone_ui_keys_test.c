/* phone/ui_keys: what each key and each line asks for, in each state. */
#include "phone/ui_model.h"

#include <stdlib.h>

#include "test.h"

enum {
	ENTER = 13,
	ESCAPE = 27,
	TAB = 9,
	CTRL_L = 12
};

static ahoy_ui_model *model;

static int begin(void **state)
{
	(void)state;
	model = malloc(sizeof *model);
	ahoy_ui_init(model);
	model->account_count = 2;
	return 0;
}

static int finish(void **state)
{
	(void)state;
	free(model);
	return 0;
}

static unsigned add(ahoy_ui_call_state call_state)
{
	unsigned place;
	ahoy_ui_call *call = ahoy_ui_call_add(model, &place);

	call->state = call_state;
	strcpy(call->peer, "112@h");
	return place;
}

static ahoy_ui_action keys(const char *text)
{
	ahoy_ui_action action = {.kind = AHOY_UI_DO_NOTHING};

	for (; *text; text++)
		action = ahoy_ui_key(model, *text == '\n' ? ENTER : (unsigned char)*text);
	return action;
}

static void each_key_of_baresip_and_pjsua_means_what_its_users_expect(void **state)
{
	static const struct {
		const char *keys;
		ahoy_ui_action_kind kind;
	} rows[] = {
		{"h", AHOY_UI_DO_HANGUP},
		{"b", AHOY_UI_DO_HANGUP},
		{"x", AHOY_UI_DO_HOLD},
		{"H", AHOY_UI_DO_HOLD},
		{"r", AHOY_UI_DO_RESUME},
		{"X", AHOY_UI_DO_RESUME},
		{"v", AHOY_UI_DO_RESUME},
		{"m", AHOY_UI_DO_MUTE},
		{"5", AHOY_UI_DO_KEYS},
		{"*", AHOY_UI_DO_KEYS},
		{"#", AHOY_UI_DO_KEYS},
		{"q", AHOY_UI_DO_QUIT},
		{"a", AHOY_UI_DO_NOTHING},
		{"w", AHOY_UI_DO_NOTHING},
		{"y", AHOY_UI_DO_NOTHING},
	};

	(void)state;
	add(AHOY_UI_UP);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_row(keys(rows[i].keys).kind == rows[i].kind, rows[i].keys);
	assert_int_equal(ahoy_ui_key(model, CTRL_L).kind, AHOY_UI_DO_REDRAW);
}

static void without_a_call_the_keys_of_calls_say_so(void **state)
{
	static const char *const rows[] = {"h", "x", "r", "m", "w", "a"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_row(keys(rows[i]).kind == AHOY_UI_DO_NOTHING, rows[i]);
		assert_row(model->notice[0], rows[i]);
	}
}

static void before_the_answer_there_is_no_hold(void **state)
{
	(void)state;
	add(AHOY_UI_RINGING);
	assert_int_equal(keys("x").kind, AHOY_UI_DO_NOTHING);
	assert_int_equal(keys("r").kind, AHOY_UI_DO_NOTHING);
	assert_int_equal(keys("h").kind, AHOY_UI_DO_HANGUP);
}

static void d_or_enter_or_a_digit_opens_the_dial_line(void **state)
{
	ahoy_ui_action action = keys("d112\n");

	(void)state;
	assert_int_equal(action.kind, AHOY_UI_DO_DIAL);
	assert_string_equal(action.text, "112");
	action = keys("\nsip:x@y\n");
	assert_int_equal(action.kind, AHOY_UI_DO_DIAL);
	assert_string_equal(action.text, "sip:x@y");
	action = keys("113\n");
	assert_int_equal(action.kind, AHOY_UI_DO_DIAL);
	assert_string_equal(action.text, "113");
	action = keys("+49\n");
	assert_string_equal(action.text, "+49");
	assert_int_equal(model->history.count, 4);
	/* Escape gives up, an empty line is none. */
	assert_int_equal(keys("d11").kind, AHOY_UI_DO_NOTHING);
	ahoy_ui_key(model, ESCAPE);
	assert_int_equal(model->mode, AHOY_UI_MODE_KEYS);
	assert_int_equal(keys("d\n").kind, AHOY_UI_DO_NOTHING);
	assert_int_equal(model->history.count, 4);
}

static void in_a_call_digits_are_dtmf_and_on_the_dial_line_they_are_not(void **state)
{
	ahoy_ui_action action;

	(void)state;
	add(AHOY_UI_UP);
	action = keys("7");
	assert_int_equal(action.kind, AHOY_UI_DO_KEYS);
	assert_string_equal(action.text, "7");
	action = keys("d7q\n");
	assert_int_equal(action.kind, AHOY_UI_DO_DIAL);
	assert_string_equal(action.text, "7q");
}

static void enter_answers_what_rings_and_the_selected_one_first(void **state)
{
	unsigned first, second;
	ahoy_ui_action action;

	(void)state;
	add(AHOY_UI_UP);
	first = add(AHOY_UI_INCOMING);
	second = add(AHOY_UI_INCOMING);
	action = keys("\n");
	assert_int_equal(action.kind, AHOY_UI_DO_ANSWER);
	assert_int_equal(action.call, first);
	model->selected = second;
	action = keys("a");
	assert_int_equal(action.call, second);
	assert_int_equal(model->selected, second);
}

static void tab_and_arrows_select_and_w_swaps(void **state)
{
	ahoy_ui_action action;

	(void)state;
	add(AHOY_UI_UP);
	add(AHOY_UI_UP);
	add(AHOY_UI_RINGING);
	ahoy_ui_key(model, TAB);
	assert_int_equal(model->selected, 1);
	ahoy_ui_key(model, AHOY_UI_KEY_DOWN);
	ahoy_ui_key(model, ']');
	assert_int_equal(model->selected, 0);
	ahoy_ui_key(model, AHOY_UI_KEY_UP);
	assert_int_equal(model->selected, 2);
	ahoy_ui_key(model, '[');
	assert_int_equal(model->selected, 1);
	action = keys("w");
	assert_int_equal(action.kind, AHOY_UI_DO_RESUME);
	assert_int_equal(action.call, 0);
	assert_int_equal(model->selected, 0);
}

static void a_text_is_asked_for_in_two_lines(void **state)
{
	ahoy_ui_action action = keys("s112\nhello there\n");

	(void)state;
	assert_int_equal(action.kind, AHOY_UI_DO_MESSAGE);
	assert_string_equal(action.target, "112");
	assert_string_equal(action.text, "hello there");
	assert_int_equal(keys("s\n").kind, AHOY_UI_DO_NOTHING);
	assert_int_equal(keys("i112\n\n").kind, AHOY_UI_DO_NOTHING);
	assert_int_equal(model->mode, AHOY_UI_MODE_KEYS);
}

static void panes_open_and_the_same_key_closes_them(void **state)
{
	static const struct {
		char key;
		ahoy_ui_pane pane;
	} rows[] = {
		{'l', AHOY_UI_PANE_LOG},
		{'l', AHOY_UI_PANE_LADDER},
		{'?', AHOY_UI_PANE_HELP},
		{'c', AHOY_UI_PANE_HISTORY},
		{'t', AHOY_UI_PANE_LADDER},
		{'?', AHOY_UI_PANE_HELP},
		{ESCAPE, AHOY_UI_PANE_LADDER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_ui_key(model, (unsigned char)rows[i].key);
		assert_int_equal(model->pane, rows[i].pane);
	}
	keys("A");
	assert_int_equal(model->account, 1);
	keys("A");
	assert_int_equal(model->account, 0);
}

static void lines_of_the_plain_face_ask_for_the_same(void **state)
{
	static const struct {
		const char *line;
		ahoy_ui_action_kind kind;
		unsigned call;
		const char *text;
		char show;
	} rows[] = {
		{"d 112", AHOY_UI_DO_DIAL, 0, "112", 0},
		{"Dial  sip:a@b ", AHOY_UI_DO_DIAL, 0, "sip:a@b", 0},
		{"d", AHOY_UI_DO_NOTHING, 0, NULL, 0},
		{"h", AHOY_UI_DO_HANGUP, 0, NULL, 0},
		{"hangup 2", AHOY_UI_DO_HANGUP, 1, NULL, 0},
		{"b 3", AHOY_UI_DO_NOTHING, 0, NULL, 0},
		{"h 0", AHOY_UI_DO_NOTHING, 0, NULL, 0},
		{"x 1", AHOY_UI_DO_HOLD, 0, NULL, 0},
		{"resume 2", AHOY_UI_DO_RESUME, 1, NULL, 0},
		{"mute 1", AHOY_UI_DO_MUTE, 0, NULL, 0},
		{"12#", AHOY_UI_DO_KEYS, 0, "12#", 0},
		{"keys ABCD", AHOY_UI_DO_KEYS, 0, "ABCD", 0},
		{"keys F", AHOY_UI_DO_NOTHING, 0, NULL, 0},
		{"12x", AHOY_UI_DO_NOTHING, 0, NULL, 0},
		{"s 112 two words", AHOY_UI_DO_MESSAGE, 0, "two words", 0},
		{"s 112", AHOY_UI_DO_NOTHING, 0, NULL, 0},
		{"swap", AHOY_UI_DO_RESUME, 1, NULL, 0},
		{"", AHOY_UI_DO_NOTHING, 0, NULL, 0},
		{"nonsense", AHOY_UI_DO_NOTHING, 0, NULL, 0},
		{"?", AHOY_UI_DO_NOTHING, 0, NULL, '?'},
		{"help", AHOY_UI_DO_NOTHING, 0, NULL, '?'},
		{"log", AHOY_UI_DO_NOTHING, 0, NULL, 'l'},
		{"calls", AHOY_UI_DO_NOTHING, 0, NULL, 'c'},
		{"t", AHOY_UI_DO_NOTHING, 0, NULL, 't'},
		{"quit", AHOY_UI_DO_QUIT, 0, NULL, 0},
	};

	(void)state;
	add(AHOY_UI_UP);
	add(AHOY_UI_UP);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice line = test_exact(ahoy_slice_of(rows[i].line));
		ahoy_ui_action action;
		char show;

		model->selected = 0;
		action = ahoy_ui_command(model, line, &show);
		assert_row(action.kind == rows[i].kind, rows[i].line);
		assert_row(action.call == rows[i].call, rows[i].line);
		assert_row(show == rows[i].show, rows[i].line);
		if (rows[i].text)
			assert_slice_row(ahoy_slice_of(action.text), rows[i].text, rows[i].line);
		test_free_exact(line);
	}
}

static void without_a_call_digits_are_a_number(void **state)
{
	ahoy_ui_action action;
	char show;

	(void)state;
	action = ahoy_ui_command(model, AHOY_S("112"), &show);
	assert_int_equal(action.kind, AHOY_UI_DO_DIAL);
	assert_int_equal(ahoy_ui_command(model, AHOY_S("keys 1"), &show).kind, AHOY_UI_DO_NOTHING);
}

static void an_empty_line_answers(void **state)
{
	char show;

	(void)state;
	add(AHOY_UI_INCOMING);
	assert_int_equal(ahoy_ui_command(model, AHOY_S(""), &show).kind, AHOY_UI_DO_ANSWER);
}

static void the_help_has_every_letter_that_means_something(void **state)
{
	char text[2048];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	size_t lines = 0;

	(void)state;
	while (ahoy_ui_put_help(&b, lines))
		lines++;
	assert_false(b.full);
	assert_int_equal(lines, 16);
	for (const char *letter = "dahxrwmnsAtlc?q"; *letter; letter++) {
		char head[4] = {*letter, ' ', ' ', '\0'};

		assert_row(strstr(ahoy_buf_cstr(&b), head), head);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_key_of_baresip_and_pjsua_means_what_its_users_expect),
		TEST(without_a_call_the_keys_of_calls_say_so),
		TEST(before_the_answer_there_is_no_hold),
		TEST(d_or_enter_or_a_digit_opens_the_dial_line),
		TEST(in_a_call_digits_are_dtmf_and_on_the_dial_line_they_are_not),
		TEST(enter_answers_what_rings_and_the_selected_one_first),
		TEST(tab_and_arrows_select_and_w_swaps),
		TEST(a_text_is_asked_for_in_two_lines),
		TEST(panes_open_and_the_same_key_closes_them),
		TEST(lines_of_the_plain_face_ask_for_the_same),
		TEST(without_a_call_digits_are_a_number),
		TEST(an_empty_line_answers),
		TEST(the_help_has_every_letter_that_means_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
