#include "phone/ui_view.h"

#include "phone/utf8.h"

#define METER 10 /* characters, of six decibels each */

typedef struct {
	const ahoy_ui_model *model;
	ahoy_ui_screen *screen;
	ahoy_time now;
	unsigned row, end; /* the next row to be drawn, and the first that is not ours */
} view;

static void put_line(view *v, uint8_t look, ahoy_slice text)
{
	if (v->row < v->end)
		ahoy_ui_screen_text(v->screen, v->row++, 0, look, text);
}

static void put_heading(view *v, const char *text)
{
	unsigned column;

	if (v->row >= v->end)
		return;
	column = ahoy_ui_screen_text(v->screen, v->row, 0, AHOY_UI_BOLD, ahoy_slice_of("-- "));
	column = ahoy_ui_screen_text(v->screen, v->row, column, AHOY_UI_BOLD, ahoy_slice_of(text));
	column = ahoy_ui_screen_text(v->screen, v->row, column, AHOY_UI_BOLD, AHOY_S(" "));
	while (column < v->screen->columns)
		column = ahoy_ui_screen_text(v->screen, v->row, column, AHOY_UI_BOLD, AHOY_S("-"));
	v->row++;
}

static void draw_title(view *v)
{
	char text[96];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	size_t calls = ahoy_ui_calls(v->model);
	unsigned width;

	ahoy_ui_screen_text(v->screen, 0, 0, AHOY_UI_PLAIN, AHOY_S(" ahoy phone"));
	ahoy_buf_fmt(&b, "%zu call%s  ? help ", calls, calls == 1 ? "" : "s");
	width = ahoy_ui_screen_width(ahoy_buf_slice(&b));
	ahoy_ui_screen_text(v->screen, 0, v->screen->columns - width, AHOY_UI_PLAIN, ahoy_buf_slice(&b));
	ahoy_ui_screen_row(v->screen, 0, AHOY_UI_REVERSE);
	v->row = 1;
}

static uint8_t look_of_account(const ahoy_ui_account *a)
{
	if (a->state == AHOY_UI_REGISTERED || a->state == AHOY_UI_DIRECT)
		return AHOY_UI_GREEN;
	return a->state == AHOY_UI_REFUSED || a->state == AHOY_UI_RETRYING ? AHOY_UI_RED : AHOY_UI_YELLOW;
}

static void draw_accounts(view *v, unsigned most)
{
	const ahoy_ui_model *m = v->model;

	for (unsigned i = 0; i < m->account_count && i < most; i++) {
		char text[AHOY_PHONE_URI + 256];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		/* The one that calls are made from is marked where there is a choice. */
		ahoy_buf_str(&b, m->account_count > 1 && m->account == i ? "* " : "  ");
		ahoy_ui_put_account(&b, &m->accounts[i], v->now);
		put_line(v, look_of_account(&m->accounts[i]), ahoy_buf_slice(&b));
	}
}

static void put_meter(ahoy_buf *b, const char *name, double dbov)
{
	int bars = (int)((dbov + 6.0 * METER) / 6.0 + 0.5);

	ahoy_buf_fmt(b, "%s [", name);
	for (int i = 0; i < METER; i++)
		ahoy_buf_char(b, i < bars ? '#' : ' ');
	ahoy_buf_str(b, "] ");
	if (dbov > -100.0)
		ahoy_buf_fmt(b, "%3.0f dBov  ", dbov);
	else
		ahoy_buf_str(b, "silence   ");
}

static void draw_measured(view *v, const ahoy_ui_call *call)
{
	char text[256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_buf_str(&b, "     ");
	ahoy_ui_put_quality(&b, call);
	put_line(v, AHOY_UI_PLAIN, ahoy_buf_slice(&b));
	b = ahoy_buf_over(text, sizeof text);
	ahoy_buf_str(&b, "     ");
	put_meter(&b, "in", call->has_quality ? call->heard_dbov : -127.0);
	put_meter(&b, "out", call->has_quality ? call->said_dbov : -127.0);
	if (call->keys[0])
		ahoy_buf_fmt(&b, "keys %s", call->keys);
	put_line(v, AHOY_UI_PLAIN, ahoy_buf_slice(&b));
}

static void draw_calls(view *v)
{
	const ahoy_ui_model *m = v->model;

	put_heading(v, "Calls");
	if (!ahoy_ui_calls(m))
		put_line(v, AHOY_UI_PLAIN, AHOY_S("  none; d dials"));
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++) {
		char text[AHOY_PHONE_URI + 128];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		bool selected = i == m->selected;

		if (m->calls[i].state == AHOY_UI_FREE)
			continue;
		ahoy_buf_str(&b, selected ? "> " : "  ");
		ahoy_ui_put_call(&b, &m->calls[i], v->now);
		put_line(v, m->calls[i].state == AHOY_UI_INCOMING ? AHOY_UI_YELLOW | AHOY_UI_BOLD : selected ? AHOY_UI_BOLD
													     : AHOY_UI_PLAIN,
			 ahoy_buf_slice(&b));
		if (selected && m->calls[i].state == AHOY_UI_UP)
			draw_measured(v, &m->calls[i]);
	}
}

/* ---- the pane ---- */

static size_t count_lines(ahoy_slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

/* The endpoints' names stay (two lines); of the messages the last ones. */
static void draw_ladder(view *v)
{
	enum {
		HEAD = 2
	};
	ahoy_slice text = ahoy_slice_of(v->model->ladder), line;
	size_t lines = count_lines(text), room = v->end > v->row ? v->end - v->row : 0;

	for (size_t i = 0; text.len; i++) {
		ahoy_slice_cut(text, '\n', &line, &text);
		if (i < HEAD || i + room >= lines + HEAD || lines <= room)
			put_line(v, AHOY_UI_PLAIN, line);
	}
}

/* As much of the text as fits into so many columns; at least a character. */
static ahoy_slice take_row(ahoy_slice *text, unsigned columns)
{
	ahoy_slice rest = *text, row = *text;
	unsigned used = 0;

	while (rest.len) {
		ahoy_slice from = rest;
		uint32_t c;

		(void)ahoy_utf8_next(&rest, &c);
		used += ahoy_ui_screen_width(ahoy_slice_first(from, from.len - rest.len));
		if (used > columns && from.len < text->len) {
			rest = from;
			break;
		}
	}
	row.len -= rest.len;
	*text = rest;
	return row;
}

enum {
	STAMP = 9 /* columns of the time before a line */
};

static size_t rows_of(const view *v, const ahoy_ui_log_line *line)
{
	ahoy_slice text = ahoy_slice_of(line->text);
	size_t rows = 0;

	do {
		(void)take_row(&text, v->screen->columns - STAMP);
		rows++;
	} while (text.len);
	return rows;
}

/* A line that is longer than the screen is wide goes on in the next row, below its beginning. `skip` rows of it have no room. */
static void draw_log_line(view *v, const ahoy_ui_log_line *line, size_t skip)
{
	ahoy_slice text = ahoy_slice_of(line->text);

	for (size_t row = 0; row == 0 || text.len; row++) {
		ahoy_slice part = take_row(&text, v->screen->columns - STAMP);

		if (row < skip || v->row >= v->end)
			continue;
		if (row == 0)
			ahoy_ui_screen_text(v->screen, v->row, 0, AHOY_UI_PLAIN, ahoy_slice_of(line->stamp));
		ahoy_ui_screen_text(v->screen, v->row++, STAMP, AHOY_UI_PLAIN, part);
	}
}

/* The newest lines, the newest at the bottom. */
static void draw_log(view *v, const ahoy_ui_log *log, const char *empty)
{
	size_t room = v->end > v->row ? v->end - v->row : 0, first = log->count, rows = 0;

	if (!log->count)
		put_line(v, AHOY_UI_PLAIN, ahoy_slice_of(empty));
	while (first && rows < room)
		rows += rows_of(v, ahoy_ui_log_at(log, --first));
	for (size_t i = first; i < log->count; i++)
		draw_log_line(v, ahoy_ui_log_at(log, i), i == first && rows > room ? rows - room : 0);
}

static void draw_help(view *v)
{
	for (size_t i = 0;; i++) {
		char text[160];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		if (!ahoy_ui_put_help(&b, i))
			return;
		put_line(v, AHOY_UI_PLAIN, ahoy_buf_slice(&b));
	}
}

static void draw_pane(view *v)
{
	const ahoy_ui_model *m = v->model;
	const ahoy_ui_call *selected = ahoy_ui_selected(m);
	char title[64];
	ahoy_buf b = ahoy_buf_over(title, sizeof title);

	/* Without a call there is no ladder. */
	switch (m->pane == AHOY_UI_PANE_LADDER && !selected ? AHOY_UI_PANE_LOG : m->pane) {
	case AHOY_UI_PANE_HELP:
		put_heading(v, "Keys");
		draw_help(v);
		return;
	case AHOY_UI_PANE_HISTORY:
		put_heading(v, "Calls that were");
		draw_log(v, &m->past, "  none");
		return;
	case AHOY_UI_PANE_LOG:
		put_heading(v, "Log");
		draw_log(v, &m->log, "");
		return;
	case AHOY_UI_PANE_LADDER:
		ahoy_buf_fmt(&b, "Messages of call %u", selected->number);
		put_heading(v, ahoy_buf_cstr(&b));
		draw_ladder(v);
		return;
	}
}

/* ---- the two rows at the bottom ---- */

static void draw_notice(view *v, unsigned row)
{
	char text[AHOY_PHONE_URI + 64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	unsigned place;
	const ahoy_ui_call *incoming = ahoy_ui_incoming(v->model, &place);

	if (!incoming) {
		ahoy_ui_screen_text(v->screen, row, 0, AHOY_UI_PLAIN, ahoy_slice_of(v->model->notice));
		return;
	}
	ahoy_buf_fmt(&b, "*** CALL FROM %s: a answers, h refuses ***", incoming->peer);
	ahoy_ui_screen_text(v->screen, row, 0, AHOY_UI_PLAIN, ahoy_buf_slice(&b));
	ahoy_ui_screen_row(v->screen, row, AHOY_UI_REVERSE | AHOY_UI_BOLD);
}

static const char *prompt_of(ahoy_ui_mode mode)
{
	switch (mode) {
	case AHOY_UI_MODE_KEYS:
		break;
	case AHOY_UI_MODE_DIAL:
		return "dial: ";
	case AHOY_UI_MODE_MESSAGE_TO:
		return "text to: ";
	case AHOY_UI_MODE_MESSAGE_TEXT:
		return "text: ";
	}
	return "";
}

/* A line that is longer than the row shows its part around the cursor. */
static void draw_line(view *v, unsigned row)
{
	const ahoy_ui_line *l = &v->model->line;
	ahoy_slice before = ahoy_slice_make(l->text, l->cursor), behind = ahoy_slice_make(l->text + l->cursor, l->len - l->cursor);
	unsigned column = ahoy_ui_screen_text(v->screen, row, 0, AHOY_UI_BOLD, ahoy_slice_of(prompt_of(v->model->mode)));
	unsigned room = v->screen->columns - column - 1;

	while (ahoy_ui_screen_width(before) > room) {
		uint32_t c;

		(void)ahoy_utf8_next(&before, &c);
	}
	column = ahoy_ui_screen_text(v->screen, row, column, AHOY_UI_PLAIN, before);
	v->screen->cursor = true;
	v->screen->cursor_row = row;
	v->screen->cursor_column = column;
	ahoy_ui_screen_text(v->screen, row, column, AHOY_UI_PLAIN, behind);
}

static void draw_bottom(view *v)
{
	static const char hint[] = "d dial  a answer  h hang up  x hold  r resume  w swap  m mute  s text  q quit";
	unsigned row = v->screen->rows - 1;

	draw_notice(v, row - 1);
	if (v->model->mode == AHOY_UI_MODE_KEYS)
		ahoy_ui_screen_text(v->screen, row, 0, AHOY_UI_PLAIN, ahoy_slice_of(hint));
	else
		draw_line(v, row);
}

void ahoy_ui_draw(const ahoy_ui_model *model, ahoy_ui_screen *screen, ahoy_time now)
{
	view v = {.model = model, .screen = screen, .now = now};

	ahoy_ui_screen_clear(screen, screen->rows, screen->columns);
	if (screen->rows < AHOY_UI_MIN_ROWS || screen->columns < AHOY_UI_MIN_COLUMNS) {
		char text[96];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);

		ahoy_buf_fmt(&b, "%ux%u is too small, at least %dx%d", screen->columns, screen->rows, AHOY_UI_MIN_COLUMNS,
			     AHOY_UI_MIN_ROWS);
		ahoy_ui_screen_text(screen, 0, 0, AHOY_UI_PLAIN, ahoy_buf_slice(&b));
		return;
	}
	v.end = screen->rows - 2;
	draw_title(&v);
	if (model->pane == AHOY_UI_PANE_HELP) {
		draw_pane(&v);
		draw_bottom(&v);
		return;
	}
	/* The lower half is the pane's, whatever the number of accounts; what has no room there is left out. */
	draw_accounts(&v, screen->rows < 24 ? 2 : 4);
	draw_calls(&v);
	draw_pane(&v);
	draw_bottom(&v);
}
