/* ui_screen: a grid of characters in memory, that the phone's screen is drawn on: each cell one character and how it looks. A
 * terminal (ui_curses.h) or a test shows it. Text of any origin is safe: control characters and what is no UTF-8 become '?',
 * what has no width (combining, bidirectional controls) is left out, and nothing leaves the grid.
 * Owned by whoever embeds it. Thread kind: owned (wcwidth follows the locale). Cost: O(cells). */
#ifndef AHOY_PHONE_UI_SCREEN_H
#define AHOY_PHONE_UI_SCREEN_H

#include "base/buf.h"

#define AHOY_UI_MAX_ROWS 200
#define AHOY_UI_MAX_COLUMNS 400

enum {
	AHOY_UI_PLAIN = 0,
	AHOY_UI_BOLD = 1,
	AHOY_UI_REVERSE = 2,
	AHOY_UI_GREEN = 4,
	AHOY_UI_RED = 8,
	AHOY_UI_YELLOW = 16
};

typedef struct {
	uint32_t character; /* 0: the right half of a wide one */
	uint8_t look;
} ahoy_ui_cell;

typedef struct {
	unsigned rows, columns;
	ahoy_ui_cell cells[AHOY_UI_MAX_ROWS][AHOY_UI_MAX_COLUMNS];
	unsigned cursor_row, cursor_column;
	bool cursor; /* shown */
} ahoy_ui_screen;

/* Blank, of this size or of the largest one. */
void ahoy_ui_screen_clear(ahoy_ui_screen *screen, unsigned rows, unsigned columns);
/* Writes from (row, column) up to the row's end; returns the column behind the text. */
unsigned ahoy_ui_screen_text(ahoy_ui_screen *screen, unsigned row, unsigned column, uint8_t look, ahoy_slice text);
/* Columns that the text takes. */
unsigned ahoy_ui_screen_width(ahoy_slice text);
/* The look of a whole row. */
void ahoy_ui_screen_row(ahoy_ui_screen *screen, unsigned row, uint8_t look);
/* One row as UTF-8, without blanks at its end. */
void ahoy_ui_screen_put_row(const ahoy_ui_screen *screen, unsigned row, ahoy_buf *b);

#endif
