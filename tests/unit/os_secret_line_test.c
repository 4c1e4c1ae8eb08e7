/* os/secret_line: a line from a pipe, and from a pseudo-terminal whose other end the test types on. */
#include "os/secret_line.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "test.h"

#define MAX 8

typedef struct {
	int master, slave; /* of the pseudo-terminal */
	char text[MAX];
	size_t len;
} fixture;

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(f->master >= 0);
	assert_int_equal(grantpt(f->master), 0);
	assert_int_equal(unlockpt(f->master), 0);
	f->slave = open(ptsname(f->master), O_RDWR | O_NOCTTY);
	assert_true(f->slave >= 0);
	/* Where input was lost the read would wait for ever. */
	alarm(20);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;

	alarm(0);
	close(f->slave);
	close(f->master);
	free(f);
	return 0;
}

static void put(int fd, const char *bytes)
{
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
}

/* What the terminal shows next, `len` bytes of it: they arrive when the kernel finds the time. */
static ahoy_slice shown(const fixture *f, size_t len)
{
	static char screen[256];
	size_t have = 0;

	assert_true(len <= sizeof screen);
	while (have < len) {
		ssize_t got = read(f->master, screen + have, len - have);

		assert_true(got > 0);
		have += (size_t)got;
	}
	return ahoy_slice_make(screen, have);
}

static bool has_echo(const fixture *f)
{
	struct termios now;

	assert_int_equal(tcgetattr(f->slave, &now), 0);
	return (now.c_lflag & ECHO) && (now.c_lflag & ISIG);
}

static void the_line_ends_with_lf_crlf_or_the_file(void **state)
{
	static const struct {
		const char *bytes, *line;
		int err;
	} table[] = {
		{"secret\n", "secret", 0},
		{"secret", "secret", 0},
		{"secret\r\n", "secret", 0},
		{" a b \n", " a b ", 0},
		{"a\rb\n", "a\rb", 0},
		{"\n", "", 0},
		{"", "", 0},
		{"\r\n", "", 0},
		{"a\x03\n", "a\x03", 0},
		{"12345678\n", "12345678", 0},
		{"12345678\r\n", "12345678", 0},
		{"12345678\r\r\n", "", AHOY_ETOOBIG},
		{"12345678\rx\n", "", AHOY_ETOOBIG},
		{"123456789\n", "", AHOY_ETOOBIG},
	};
	fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		put(ends[1], table[i].bytes);
		close(ends[1]);
		assert_err_row(ahoy_secret_line_read(ends[0], f->text, MAX, &f->len), table[i].err, table[i].bytes);
		assert_slice(ahoy_slice_make(f->text, f->len), table[i].line);
		close(ends[0]);
	}
}

static void what_stands_behind_the_line_is_left_to_others(void **state)
{
	fixture *f = *state;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	put(ends[1], "one\ntwo\n");
	close(ends[1]);
	assert_ok(ahoy_secret_line_read(ends[0], f->text, MAX, &f->len));
	assert_slice(ahoy_slice_make(f->text, f->len), "one");
	assert_ok(ahoy_secret_line_read(ends[0], f->text, MAX, &f->len));
	assert_slice(ahoy_slice_make(f->text, f->len), "two");
	close(ends[0]);
}

static void what_cannot_be_read_or_is_too_long_leaves_no_trace(void **state)
{
	static const char nothing[MAX] = {0};
	fixture *f = *state;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	put(ends[1], "much too long\n");
	assert_err(ahoy_secret_line_read(ends[0], f->text, MAX, &f->len), AHOY_ETOOBIG);
	assert_memory_equal(f->text, nothing, MAX);
	assert_int_equal(f->len, 0);
	/* The end that is written to cannot be read. */
	assert_err(ahoy_secret_line_read(ends[1], f->text, MAX, &f->len), AHOY_EIO);
	close(ends[0]);
	close(ends[1]);
}

static void what_was_typed_ahead_is_the_answer_and_the_echo_comes_back(void **state)
{
	fixture *f = *state;

	put(f->master, "secret\n");
	/* Typed before the echo was off. */
	assert_slice(shown(f, 8), "secret\r\n");
	assert_ok(ahoy_secret_line_ask(f->slave, f->slave, "Password: ", f->text, MAX, &f->len));
	assert_slice(ahoy_slice_make(f->text, f->len), "secret");
	/* And once more nothing of it. */
	assert_slice(shown(f, 12), "Password: \r\n");
	assert_true(has_echo(f));
}

static void an_interrupt_is_an_answer_too(void **state)
{
	fixture *f = *state;
	struct termios raw;

	/* As a terminal that already passes Ctrl-C on; else this one would send the signal before we ask. */
	assert_int_equal(tcgetattr(f->slave, &raw), 0);
	raw.c_lflag &= ~(tcflag_t)ICANON;
	raw.c_cc[VINTR] = 0;
	assert_int_equal(tcsetattr(f->slave, TCSANOW, &raw), 0);
	put(f->master, "se\x03");
	assert_err(ahoy_secret_line_ask(f->slave, f->slave, "Password: ", f->text, MAX, &f->len), AHOY_ESTATE);
	assert_int_equal(f->len, 0);
	assert_int_equal(f->text[0], 0);
	assert_true(has_echo(f));
}

static void only_a_terminal_is_asked(void **state)
{
	fixture *f = *state;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_err(ahoy_secret_line_ask(ends[0], ends[1], "Password: ", f->text, MAX, &f->len), AHOY_EINVAL);
	assert_int_equal(f->len, 0);
	/* Nothing but this was written there. */
	put(ends[1], "x\n");
	assert_ok(ahoy_secret_line_read(ends[0], f->text, MAX, &f->len));
	assert_slice(ahoy_slice_make(f->text, f->len), "x");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_line_ends_with_lf_crlf_or_the_file),
		TEST(what_stands_behind_the_line_is_left_to_others),
		TEST(what_cannot_be_read_or_is_too_long_leaves_no_trace),
		TEST(what_was_typed_ahead_is_the_answer_and_the_echo_comes_back),
		TEST(an_interrupt_is_an_answer_too),
		TEST(only_a_terminal_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
