/* ui_view: draws the model: accounts, calls, what was measured and how loud it is, the ladder or another pane, a line on what
 * happened, the line being typed. Leaves the terminal to ui_curses.h. Thread kind: owned. Cost: O(cells). */
#ifndef AHOY_PHONE_UI_VIEW_H
#define AHOY_PHONE_UI_VIEW_H

#include "phone/ui_model.h"
#include "phone/ui_screen.h"

/* Below this nothing but a sentence that says so is drawn. */
#define AHOY_UI_MIN_ROWS 10
#define AHOY_UI_MIN_COLUMNS 40

/* The screen's size stands; the rest is drawn anew. */
void ahoy_ui_draw(const ahoy_ui_model *model, ahoy_ui_screen *screen, ahoy_time now);

#endif
