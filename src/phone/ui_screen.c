#include "phone/ui_screen.h"

#include <wchar.h>

#include "phone/utf8.h"

void ahoy_ui_screen_clear(ahoy_ui_screen *s, unsigned rows, unsigned columns)
{
	s->rows = rows < AHOY_UI_MAX_ROWS ? rows : AHOY_UI_MAX_ROWS;
	s->columns = columns < AHOY_UI_MAX_COLUMNS ? columns : AHOY_UI_MAX_COLUMNS;
	s->cursor = false;
	for (unsigned row = 0; row < s->rows; row++)
		for (unsigned column = 0; column < s->columns; column++)
			s->cells[row][column] = (ahoy_ui_cell){' ', AHOY_UI_PLAIN};
}

/* The next character, and how wide it is here; what cannot be shown is '?'. */
static uint32_t next(ahoy_slice *text, unsigned *width)
{
	uint32_t c;
	int columns = ahoy_utf8_next(text, &c) ? wcwidth((wchar_t)c) : -1;

	*width = columns < 0 ? 1 : (unsigned)columns;
	return columns < 0 ? '?' : c;
}

unsigned ahoy_ui_screen_text(ahoy_ui_screen *s, unsigned row, unsigned column, uint8_t look, ahoy_slice text)
{
	unsigned width;

	if (row >= s->rows)
		return column;
	while (text.len) {
		uint32_t c = next(&text, &width);

		if (width == 0)
			continue;
		if (column + width > s->columns)
			break;
		s->cells[row][column++] = (ahoy_ui_cell){c, look};
		if (width == 2)
			s->cells[row][column++] = (ahoy_ui_cell){0, look};
	}
	return column;
}

unsigned ahoy_ui_screen_width(ahoy_slice text)
{
	unsigned all = 0, width;

	while (text.len) {
		(void)next(&text, &width);
		all += width;
	}
	return all;
}

void ahoy_ui_screen_row(ahoy_ui_screen *s, unsigned row, uint8_t look)
{
	for (unsigned column = 0; row < s->rows && column < s->columns; column++)
		s->cells[row][column].look = look;
}

void ahoy_ui_screen_put_row(const ahoy_ui_screen *s, unsigned row, ahoy_buf *b)
{
	unsigned end = row < s->rows ? s->columns : 0;

	while (end && s->cells[row][end - 1].character == ' ')
		end--;
	for (unsigned column = 0; column < end; column++)
		if (s->cells[row][column].character)
			ahoy_utf8_put(b, s->cells[row][column].character);
}
