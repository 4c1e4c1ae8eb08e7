/* phone/ui_view: whole screens, as they look in a terminal of that size. */
#include "phone/ui_view.h"

#include <locale.h>
#include <stdlib.h>

#include "test.h"

#define NOW AHOY_SECONDS(1000)

static ahoy_ui_model *model;
static ahoy_ui_screen *screen;

static int begin(void **state)
{
	(void)state;
	model = malloc(sizeof *model);
	screen = calloc(1, sizeof *screen);
	ahoy_ui_init(model);
	model->account_count = 1;
	strcpy(model->accounts[0].aor, "111@192.0.2.1");
	model->accounts[0].state = AHOY_UI_REGISTERED;
	model->accounts[0].expires_at = NOW + AHOY_SECONDS(3599);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	free(model);
	free(screen);
	return 0;
}

static void draw(unsigned columns, unsigned rows)
{
	screen->rows = rows;
	screen->columns = columns;
	ahoy_ui_draw(model, screen, NOW);
}

/* All rows, each with its line end. */
static void assert_screen(unsigned columns, unsigned rows, const char *expected)
{
	char *text = malloc(rows * (columns * 4 + 1) + 1);
	ahoy_buf b = ahoy_buf_over(text, rows * (columns * 4 + 1) + 1);

	draw(columns, rows);
	for (unsigned row = 0; row < rows; row++) {
		ahoy_ui_screen_put_row(screen, row, &b);
		ahoy_buf_char(&b, '\n');
	}
	assert_slice(ahoy_buf_slice(&b), expected);
	free(text);
}

static ahoy_ui_call *add_call(ahoy_ui_call_state call_state, const char *peer)
{
	unsigned place;
	ahoy_ui_call *call = ahoy_ui_call_add(model, &place);

	call->state = call_state;
	call->is_caller = true;
	strcpy(call->peer, peer);
	call->began_at = NOW - AHOY_SECONDS(9);
	if (call_state == AHOY_UI_UP) {
		call->answered_at = NOW - AHOY_SECONDS(5);
		strcpy(call->codec, "PCMU");
		call->has_quality = true;
		call->packets = 250;
		call->mos = 4.4;
		call->heard_dbov = -20;
		call->said_dbov = -127;
	}
	return call;
}

static void without_a_call_there_is_the_log(void **state)
{
	(void)state;
	ahoy_ui_log_add(&model->log, "12:00:00", AHOY_S("registered sip:111@192.0.2.1 for 3600 s"));
	assert_screen(60, 12,
		      " ahoy phone                                 0 calls  ? help\n"
		      "  111@192.0.2.1  registered, 3599 s left\n"
		      "-- Calls ---------------------------------------------------\n"
		      "  none; d dials\n"
		      "-- Log -----------------------------------------------------\n"
		      "12:00:00 registered sip:111@192.0.2.1 for 3600 s\n"
		      "\n"
		      "\n"
		      "\n"
		      "\n"
		      "\n"
		      "d dial  a answer  h hang up  x hold  r resume  w swap  m mut\n");
}

static void two_calls_the_selected_one_with_figures_and_its_ladder(void **state)
{
	(void)state;
	add_call(AHOY_UI_UP, "112@192.0.2.1");
	add_call(AHOY_UI_UP, "113@192.0.2.1")->holding = true;
	strcpy(model->calls[0].keys, "12#");
	strcpy(model->ladder, "  ahoy  far\n\n   |  |\n one\n two\n three\n four\n");
	ahoy_ui_notice(model, AHOY_S("call 2 is on hold"));
	assert_screen(70, 14,
		      " ahoy phone                                           2 calls  ? help\n"
		      "  111@192.0.2.1  registered, 3599 s left\n"
		      "-- Calls -------------------------------------------------------------\n"
		      "> 1 to 112@192.0.2.1  talking 00:05  PCMU\n"
		      "     250 packets, loss 0.0 %, jitter 0.0 ms, MOS 4.4\n"
		      "     in [#######   ] -20 dBov  out [          ] silence   keys 12#\n"
		      "  2 to 113@192.0.2.1  on hold 00:05  PCMU\n"
		      "-- Messages of call 1 ------------------------------------------------\n"
		      "  ahoy  far\n"
		      "\n"
		      " three\n"
		      " four\n"
		      "call 2 is on hold\n"
		      "d dial  a answer  h hang up  x hold  r resume  w swap  m mute  s text\n");
}

static void an_incoming_call_cannot_be_overlooked(void **state)
{
	(void)state;
	add_call(AHOY_UI_INCOMING, "112@192.0.2.1")->is_caller = false;
	draw(80, 24);
	for (unsigned column = 0; column < 80; column++)
		assert_true(screen->cells[22][column].look & AHOY_UI_REVERSE);
	assert_screen(60, 10,
		      " ahoy phone                                  1 call  ? help\n"
		      "  111@192.0.2.1  registered, 3599 s left\n"
		      "-- Calls ---------------------------------------------------\n"
		      "> 1 from 112@192.0.2.1  incoming 00:09\n"
		      "-- Messages of call 1 --------------------------------------\n"
		      "\n"
		      "\n"
		      "\n"
		      "*** CALL FROM 112@192.0.2.1: a answers, h refuses ***\n"
		      "d dial  a answer  h hang up  x hold  r resume  w swap  m mut\n");
}

static void a_long_line_of_the_log_goes_on_in_the_next_row(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		ahoy_ui_log_add(&model->log, "11:00:00", AHOY_S("older"));
	ahoy_ui_log_add(&model->log, "12:00:00", AHOY_S("message from 112: "
							"one two three four five six seven \xe4\xbd\xa0\xe5\xa5\xbd"));
	ahoy_ui_log_add(&model->log, "12:00:01", AHOY_S("last"));
	assert_screen(40, 11,
		      " ahoy phone             0 calls  ? help\n"
		      "  111@192.0.2.1  registered, 3599 s left\n"
		      "-- Calls -------------------------------\n"
		      "  none; d dials\n"
		      "-- Log ---------------------------------\n"
		      "11:00:00 older\n"
		      "12:00:00 message from 112: one two three\n"
		      "          four five six seven \xe4\xbd\xa0\xe5\xa5\xbd\n"
		      "12:00:01 last\n"
		      "\n"
		      "d dial  a answer  h hang up  x hold  r r\n");
	/* Of one that is longer than the room its end is shown. */
	for (int i = 0; i < 3; i++)
		ahoy_ui_log_add(&model->log, "12:00:02", AHOY_S("a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5"));
	assert_screen(40, 11,
		      " ahoy phone             0 calls  ? help\n"
		      "  111@192.0.2.1  registered, 3599 s left\n"
		      "-- Calls -------------------------------\n"
		      "  none; d dials\n"
		      "-- Log ---------------------------------\n"
		      "         5\n"
		      "12:00:02 a b c d e f g h i j k l m n o p\n"
		      "          q r s t u v w x y z 0 1 2 3 4\n"
		      "         5\n"
		      "\n"
		      "d dial  a answer  h hang up  x hold  r r\n");
}

static void the_line_being_typed_has_the_cursor(void **state)
{
	(void)state;
	for (const char *key = "d112"; *key; key++)
		ahoy_ui_key(model, (unsigned char)*key);
	ahoy_ui_key(model, AHOY_UI_KEY_LEFT);
	draw(80, 24);
	assert_true(screen->cursor);
	assert_int_equal(screen->cursor_row, 23);
	assert_int_equal(screen->cursor_column, strlen("dial: 11"));
	/* One that is longer than the row shows its part around the cursor. */
	for (int i = 0; i < 100; i++)
		ahoy_ui_key(model, '0' + (unsigned)i % 10);
	draw(80, 24);
	assert_int_equal(screen->cursor_column, 79);
	assert_int_equal(screen->cells[23][78].character, '9');
}

static void the_help_fits_a_terminal_of_80x24(void **state)
{
	bool has_last = false;
	char text[512];

	(void)state;
	model->pane = AHOY_UI_PANE_HELP;
	add_call(AHOY_UI_UP, "112@192.0.2.1");
	draw(80, 24);
	for (unsigned row = 0; row < 24; row++) {
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_ui_screen_put_row(screen, row, &b);
		has_last = has_last || strncmp(ahoy_buf_cstr(&b), "q  quit", 7) == 0;
		/* Cut off by nobody. */
		assert_true(row < 2 || row > 21 || b.len < 80);
	}
	assert_true(has_last);
}

static void too_small_a_terminal_is_told_so(void **state)
{
	(void)state;
	assert_screen(39, 3, "39x3 is too small, at least 40x10\n\n\n");
	assert_screen(80, 9, "80x9 is too small, at least 40x10\n\n\n\n\n\n\n\n\n");
	assert_screen(12, 1, "12x1 is too\n");
}

/* Whatever the size and the state: nothing is drawn outside of the grid (the sanitizers look on). */
static void every_size_is_drawn(void **state)
{
	(void)state;
	for (int i = 0; i < AHOY_UI_CALLS; i++)
		add_call(i % 2 ? AHOY_UI_UP : AHOY_UI_INCOMING, "a-very-long-name-that-does-not-fit@a-very-long-host.example.com");
	for (int i = 0; i < AHOY_UI_LOG; i++)
		ahoy_ui_log_add(&model->log, "12:00:00", AHOY_S("line"));
	model->account_count = AHOY_UI_ACCOUNTS;
	for (int i = 0; i < AHOY_UI_ACCOUNTS; i++)
		model->accounts[i] = model->accounts[0];
	for (ahoy_ui_pane pane = AHOY_UI_PANE_LADDER; pane <= AHOY_UI_PANE_HELP; pane++)
		for (unsigned rows = 0; rows < 40; rows++)
			for (unsigned columns = 0; columns < 100; columns += 3) {
				model->pane = pane;
				model->mode = rows % 2 ? AHOY_UI_MODE_DIAL : AHOY_UI_MODE_KEYS;
				draw(columns, rows);
				assert_true(!screen->cursor || screen->cursor_column < columns);
			}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_call_there_is_the_log),
		TEST(two_calls_the_selected_one_with_figures_and_its_ladder),
		TEST(an_incoming_call_cannot_be_overlooked),
		TEST(a_long_line_of_the_log_goes_on_in_the_next_row),
		TEST(the_line_being_typed_has_the_cursor),
		TEST(the_help_fits_a_terminal_of_80x24),
		TEST(too_small_a_terminal_is_told_so),
		TEST(every_size_is_drawn),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
