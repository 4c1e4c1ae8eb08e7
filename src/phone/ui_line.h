/* ui_line: one line that a person types: editing, a history, completion from that history. UTF-8 bytes are kept whole; control
 * characters are never in the line. Leaves drawing to ui_view.h and files to ui_store.h.
 * Embedded. Thread kind: pure. Cost: O(length). */
#ifndef AHOY_PHONE_UI_LINE_H
#define AHOY_PHONE_UI_LINE_H

#include "base/buf.h"

#define AHOY_UI_TEXT 512   /* bytes of a line with its NUL: a URI, or a text as long as people type them */
#define AHOY_UI_HISTORY 50 /* lines that are remembered; then the oldest goes */

/* Keys beyond Unicode; below them a key is its code point. */
typedef enum {
	AHOY_UI_KEY_NONE = 0x110000,
	AHOY_UI_KEY_LEFT,
	AHOY_UI_KEY_RIGHT,
	AHOY_UI_KEY_UP,
	AHOY_UI_KEY_DOWN,
	AHOY_UI_KEY_HOME,
	AHOY_UI_KEY_END,
	AHOY_UI_KEY_DELETE,
	AHOY_UI_KEY_BACKSPACE,
	AHOY_UI_KEY_BACK_TAB
} ahoy_ui_special_key;

typedef struct {
	char lines[AHOY_UI_HISTORY][AHOY_UI_TEXT]; /* the newest last */
	size_t count;
} ahoy_ui_history;

typedef struct {
	char text[AHOY_UI_TEXT];
	size_t len, cursor; /* bytes; the cursor stands on a character's first byte */
	size_t recalled;    /* how far back in the history; 0: what was typed */
	char typed[AHOY_UI_TEXT];
	size_t completed; /* candidates tried for the prefix in `typed`; 0: none */
} ahoy_ui_line;

/* Empty lines and those with control characters are not kept; a repeated one moves to the end. */
void ahoy_ui_history_add(ahoy_ui_history *history, ahoy_slice line);

void ahoy_ui_line_set(ahoy_ui_line *line, ahoy_slice text);
/* A key of editing: characters, arrows, Tab (the next line of the history that begins so), Ctrl-A E K U W. False: it is none.
 * history may be NULL. */
bool ahoy_ui_line_key(ahoy_ui_line *line, uint32_t key, const ahoy_ui_history *history);

#endif
