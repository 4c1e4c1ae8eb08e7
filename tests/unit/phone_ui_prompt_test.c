/* phone/ui_prompt: lines from a pipe, whole however they come; the terminal is tried in interop. */
#include "phone/ui_prompt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

static int kept_stdin, feed;
static ahoy_ui_history history;
static ahoy_ui_prompt *prompt;

static int begin(void **state)
{
	int ends[2];

	(void)state;
	if (pipe(ends))
		return -1;
	kept_stdin = dup(STDIN_FILENO);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	feed = ends[1];
	return ahoy_ui_prompt_new(&history, &prompt);
}

static int finish(void **state)
{
	(void)state;
	ahoy_ui_prompt_del(prompt);
	if (feed >= 0)
		close(feed);
	dup2(kept_stdin, STDIN_FILENO);
	return close(kept_stdin);
}

static void give(const char *text, size_t len)
{
	assert_int_equal(write(feed, text, len), len);
}

static void assert_line(const char *expected)
{
	char line[AHOY_UI_TEXT];
	bool ended;

	assert_true(ahoy_ui_prompt_line(prompt, line, &ended));
	assert_string_equal(line, expected);
	assert_false(ended);
}

static bool nothing(void)
{
	char line[AHOY_UI_TEXT];
	bool ended;

	assert_false(ahoy_ui_prompt_line(prompt, line, &ended));
	return !ended;
}

static void a_line_is_whole_however_it_comes(void **state)
{
	static const char text[] = "dial 112\n\nhold\n";

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		assert_true(nothing());
		give(text + i, 1);
	}
	assert_line("dial 112");
	assert_true(nothing());
	give(text + 9, sizeof text - 10);
	assert_line("");
	assert_line("hold");
	assert_true(nothing());
}

static void the_end_is_said_after_the_last_line(void **state)
{
	(void)state;
	give("q\nhalf", 6);
	close(feed);
	feed = -1;
	assert_line("q");
	assert_false(nothing());
	assert_false(nothing());
}

static void a_line_that_is_too_long_is_cut_or_passed_over(void **state)
{
	static char text[10000];
	char line[AHOY_UI_TEXT];
	bool ended;

	(void)state;
	memset(text, 'x', sizeof text);
	text[1000] = '\n';
	give(text, 1001);
	assert_true(ahoy_ui_prompt_line(prompt, line, &ended));
	assert_int_equal(strlen(line), AHOY_UI_TEXT - 1);
	/* More than the buffer holds is no line at all, and the next one is whole. */
	text[1000] = 'x';
	give(text, sizeof text);
	assert_true(nothing());
	give("\nnext\n", 6);
	assert_line("next");
	assert_true(nothing());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_is_whole_however_it_comes),
		TEST(the_end_is_said_after_the_last_line),
		TEST(a_line_that_is_too_long_is_cut_or_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
