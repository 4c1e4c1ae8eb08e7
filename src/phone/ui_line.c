#include "phone/ui_line.h"

#include "phone/utf8.h"

enum {
	CTRL_A = 1,
	CTRL_E = 5,
	CTRL_K = 11,
	CTRL_U = 21,
	CTRL_W = 23,
	TAB = 9
};

/* Control characters, C1 among them, and what is no character. */
static bool is_printable(uint32_t key)
{
	return key >= 0x20 && key != 0x7f && !(key >= 0x80 && key < 0xa0) && key < 0x110000 && !(key >= 0xd800 && key < 0xe000);
}

static bool has_control(ahoy_slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.ptr[i] < 0x20 || line.ptr[i] == 0x7f)
			return true;
	return false;
}

void ahoy_ui_history_add(ahoy_ui_history *h, ahoy_slice line)
{
	size_t at = h->count;

	if (!line.len || line.len >= AHOY_UI_TEXT || has_control(line))
		return;
	for (size_t i = 0; i < h->count; i++)
		if (ahoy_slice_eq(ahoy_slice_of(h->lines[i]), line))
			at = i;
	if (at == h->count && h->count == AHOY_UI_HISTORY)
		at = 0;
	else if (at == h->count)
		h->count++;
	memmove(h->lines[at], h->lines[at + 1], (h->count - 1 - at) * sizeof h->lines[0]);
	(void)!ahoy_slice_cstr(line, h->lines[h->count - 1], AHOY_UI_TEXT);
}

static ahoy_slice newest(const ahoy_ui_history *h, size_t back)
{
	return ahoy_slice_of(h->lines[h->count - back]);
}

/* ---- characters ---- */

static bool is_inside(const ahoy_ui_line *l, size_t at)
{
	return at < l->len && ((unsigned char)l->text[at] & 0xc0) == 0x80;
}

static size_t before(const ahoy_ui_line *l, size_t at)
{
	if (at)
		at--;
	while (at && is_inside(l, at))
		at--;
	return at;
}

static size_t behind(const ahoy_ui_line *l, size_t at)
{
	if (at < l->len)
		at++;
	while (is_inside(l, at))
		at++;
	return at;
}

static void cut(ahoy_ui_line *l, size_t from, size_t to)
{
	memmove(l->text + from, l->text + to, l->len - to + 1);
	l->len -= to - from;
	l->cursor = from;
}

static void insert(ahoy_ui_line *l, uint32_t key)
{
	char bytes[4];
	ahoy_buf b = ahoy_buf_over(bytes, sizeof bytes);
	size_t len;

	ahoy_utf8_put(&b, key);
	len = b.len;
	if (l->len + len >= sizeof l->text)
		return;
	memmove(l->text + l->cursor + len, l->text + l->cursor, l->len - l->cursor + 1);
	memcpy(l->text + l->cursor, bytes, len);
	l->len += len;
	l->cursor += len;
}

static size_t word_start(const ahoy_ui_line *l)
{
	size_t at = l->cursor;

	while (at && l->text[at - 1] == ' ')
		at--;
	while (at && l->text[at - 1] != ' ')
		at--;
	return at;
}

void ahoy_ui_line_set(ahoy_ui_line *l, ahoy_slice text)
{
	l->text[0] = '\0';
	(void)!ahoy_slice_cstr(text, l->text, sizeof l->text);
	l->len = l->cursor = strlen(l->text);
}

/* ---- history ---- */

static void keep_typed(ahoy_ui_line *l)
{
	memcpy(l->typed, l->text, sizeof l->typed);
}

static void recall(ahoy_ui_line *l, const ahoy_ui_history *h, bool older)
{
	if (!h || (older ? l->recalled >= h->count : l->recalled == 0))
		return;
	if (l->recalled == 0)
		keep_typed(l);
	l->recalled = older ? l->recalled + 1 : l->recalled - 1;
	ahoy_ui_line_set(l, l->recalled ? newest(h, l->recalled) : ahoy_slice_of(l->typed));
}

/* Tab again and again goes through all that begin as was typed, the newest first, and back to that. */
static void complete(ahoy_ui_line *l, const ahoy_ui_history *h)
{
	size_t found = 0;

	if (!h)
		return;
	if (!l->completed)
		keep_typed(l);
	for (size_t back = 1; back <= h->count; back++) {
		ahoy_slice line = newest(h, back);

		if (!ahoy_slice_starts(line, ahoy_slice_of(l->typed)) || found++ < l->completed)
			continue;
		l->completed++;
		ahoy_ui_line_set(l, line);
		return;
	}
	l->completed = 0;
	ahoy_ui_line_set(l, ahoy_slice_of(l->typed));
}

static bool edit(ahoy_ui_line *l, uint32_t key)
{
	switch (key) {
	case AHOY_UI_KEY_LEFT:
		l->cursor = before(l, l->cursor);
		return true;
	case AHOY_UI_KEY_RIGHT:
		l->cursor = behind(l, l->cursor);
		return true;
	case AHOY_UI_KEY_HOME:
	case CTRL_A:
		l->cursor = 0;
		return true;
	case AHOY_UI_KEY_END:
	case CTRL_E:
		l->cursor = l->len;
		return true;
	case AHOY_UI_KEY_BACKSPACE:
	case 8:
	case 0x7f:
		cut(l, before(l, l->cursor), l->cursor);
		return true;
	case AHOY_UI_KEY_DELETE:
		cut(l, l->cursor, behind(l, l->cursor));
		return true;
	case CTRL_K:
		cut(l, l->cursor, l->len);
		return true;
	case CTRL_U:
		cut(l, 0, l->cursor);
		return true;
	case CTRL_W:
		cut(l, word_start(l), l->cursor);
		return true;
	default:
		if (!is_printable(key))
			return false;
		insert(l, key);
		return true;
	}
}

bool ahoy_ui_line_key(ahoy_ui_line *l, uint32_t key, const ahoy_ui_history *h)
{
	if (key == TAB) {
		complete(l, h);
		return true;
	}
	l->completed = 0;
	if (key == AHOY_UI_KEY_UP || key == AHOY_UI_KEY_DOWN) {
		recall(l, h, key == AHOY_UI_KEY_UP);
		return true;
	}
	return edit(l, key);
}
