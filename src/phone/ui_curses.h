/* ui_curses: the terminal of the interactive phone, by ncursesw: shows a ui_screen, gives keys, rings. The terminal is as it was
 * before after close, and after a crash (SIGSEGV, SIGABRT, ...: handled for that as long as it is open). NO_COLOR
 * (no-color.org) is heeded. Only one at a time. Thread kind: owned. */
#ifndef AHOY_PHONE_UI_CURSES_H
#define AHOY_PHONE_UI_CURSES_H

#include "phone/ui_line.h"
#include "phone/ui_screen.h"

/* Standard input and output are a terminal that can be drawn on. */
bool ahoy_curses_possible(void);
/* False: it is none that can be drawn on after all. */
bool ahoy_curses_open(void);
void ahoy_curses_close(void); /* allowed when closed */
/* Its size now, into the screen. After SIGWINCH too. */
void ahoy_curses_size(ahoy_ui_screen *screen);
void ahoy_curses_show(const ahoy_ui_screen *screen);
/* Everything is drawn anew by the next show. */
void ahoy_curses_redraw(void);
void ahoy_curses_bell(void);
/* The next key that has come; false: none. *gone: the terminal is. */
bool ahoy_curses_key(uint32_t *key, bool *gone);

#endif
