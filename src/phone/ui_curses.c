#define NCURSES_WIDECHAR 1
#include "phone/ui_curses.h"

#include <errno.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* term.h has macros of these names. */
#undef columns
#undef lines

/* The terminal belongs to the process, so this is the one place with state of its own. */
static struct {
	SCREEN *screen; /* NULL: closed */
	bool has_colors;
	struct termios before;
	char restore[128]; /* what puts screen and cursor back */
	size_t restore_len;
} terminal;

static const int crashes[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
enum {
	CRASHES = sizeof crashes / sizeof *crashes
};
static struct sigaction before_crash[CRASHES];

/* Only what a signal handler may do (signal-safety(7)). */
static void on_crash(int number)
{
	(void)!write(STDOUT_FILENO, terminal.restore, terminal.restore_len);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
	for (size_t i = 0; i < CRASHES; i++)
		sigaction(crashes[i], &before_crash[i], NULL);
	raise(number);
}

static void add_restore(const char *capability)
{
	const char *text = tigetstr((char *)(uintptr_t)capability);
	size_t len = text && text != (const char *)-1 ? strlen(text) : 0;

	if (!len || terminal.restore_len + len > sizeof terminal.restore)
		return;
	memcpy(terminal.restore + terminal.restore_len, text, len);
	terminal.restore_len += len;
}

static void watch_crashes(void)
{
	struct sigaction action = {.sa_handler = on_crash};

	terminal.restore_len = 0;
	add_restore("sgr0");
	add_restore("cnorm");
	add_restore("rmkx");
	add_restore("rmcup");
	for (size_t i = 0; i < CRASHES; i++)
		sigaction(crashes[i], &action, &before_crash[i]);
}

bool ahoy_curses_possible(void)
{
	const char *term = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static void set_colors(void)
{
	const char *no_color = getenv("NO_COLOR");

	terminal.has_colors = !(no_color && *no_color) && has_colors() && start_color() == OK && use_default_colors() == OK;
	if (!terminal.has_colors)
		return;
	init_pair(1, COLOR_GREEN, -1);
	init_pair(2, COLOR_RED, -1);
	init_pair(3, COLOR_YELLOW, -1);
}

bool ahoy_curses_open(void)
{
	if (tcgetattr(STDIN_FILENO, &terminal.before))
		return false;
	/* A lone Escape is told from a sequence's by time. */
	set_escdelay(25);
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen)
		return false;
	set_colors();
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	leaveok(stdscr, FALSE);
	watch_crashes();
	return true;
}

void ahoy_curses_close(void)
{
	if (!terminal.screen)
		return;
	for (size_t i = 0; i < CRASHES; i++)
		sigaction(crashes[i], &before_crash[i], NULL);
	endwin();
	delscreen(terminal.screen);
	terminal.screen = NULL;
}

void ahoy_curses_size(ahoy_ui_screen *screen)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col &&
	    (size.ws_row != LINES || size.ws_col != COLS))
		resizeterm(size.ws_row, size.ws_col);
	ahoy_ui_screen_clear(screen, (unsigned)LINES, (unsigned)COLS);
}

static attr_t attributes_of(uint8_t look, short *pair)
{
	attr_t a = A_NORMAL;

	if (look & AHOY_UI_BOLD)
		a |= A_BOLD;
	if (look & AHOY_UI_REVERSE)
		a |= A_REVERSE;
	*pair = 0;
	if (terminal.has_colors)
		*pair = look & AHOY_UI_GREEN ? 1 : (look & AHOY_UI_RED ? 2 : (look & AHOY_UI_YELLOW ? 3 : 0));
	return a;
}

void ahoy_curses_show(const ahoy_ui_screen *s)
{
	erase();
	for (unsigned row = 0; row < s->rows; row++) {
		for (unsigned column = 0; column < s->columns; column++) {
			const ahoy_ui_cell *cell = &s->cells[row][column];
			wchar_t text[2] = {(wchar_t)cell->character, 0};
			cchar_t c;
			short pair;
			attr_t look = attributes_of(cell->look, &pair);

			if (!cell->character || (cell->character == ' ' && cell->look == AHOY_UI_PLAIN))
				continue;
			/* The last cell of all answers ERR, since the cursor cannot go behind it; it is drawn all the same. */
			if (setcchar(&c, text, look, pair, NULL) == OK)
				mvadd_wch((int)row, (int)column, &c);
		}
	}
	curs_set(s->cursor ? 1 : 0);
	if (s->cursor)
		move((int)s->cursor_row, (int)s->cursor_column);
	refresh();
}

void ahoy_curses_redraw(void)
{
	clearok(stdscr, TRUE);
}

void ahoy_curses_bell(void)
{
	beep();
}

static uint32_t special(wint_t code)
{
	switch (code) {
	case KEY_LEFT:
		return AHOY_UI_KEY_LEFT;
	case KEY_RIGHT:
		return AHOY_UI_KEY_RIGHT;
	case KEY_UP:
		return AHOY_UI_KEY_UP;
	case KEY_DOWN:
		return AHOY_UI_KEY_DOWN;
	case KEY_HOME:
		return AHOY_UI_KEY_HOME;
	case KEY_END:
		return AHOY_UI_KEY_END;
	case KEY_DC:
		return AHOY_UI_KEY_DELETE;
	case KEY_BACKSPACE:
		return AHOY_UI_KEY_BACKSPACE;
	case KEY_BTAB:
		return AHOY_UI_KEY_BACK_TAB;
	case KEY_ENTER:
		return '\n';
	default:
		return AHOY_UI_KEY_NONE;
	}
}

bool ahoy_curses_key(uint32_t *key, bool *gone)
{
	struct pollfd readable = {.fd = STDIN_FILENO, .events = POLLIN};
	wint_t code;
	int kind = get_wch(&code);

	*gone = false;
	if (kind == ERR) {
		/* Nothing to be read although there is something: the terminal was hung up. */
		*gone = poll(&readable, 1, 0) == 1 && (readable.revents & (POLLHUP | POLLERR));
		return false;
	}
	*key = kind == KEY_CODE_YES ? special(code) : (uint32_t)code;
	return true;
}
