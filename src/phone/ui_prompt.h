/* ui_prompt: the plain face of the interactive phone: lines in from standard input, lines out to standard output, for screen readers,
 * pipes and terminals that cannot be drawn on. On a terminal libedit edits the line (history, Tab completes), and what is told
 * meanwhile stands above it. Heap, new to del; the terminal is as before then. Thread kind: owned. */
#ifndef AHOY_PHONE_UI_PROMPT_H
#define AHOY_PHONE_UI_PROMPT_H

#include "base/err.h"
#include "phone/ui_line.h"

typedef struct ahoy_ui_prompt ahoy_ui_prompt;

/* The history is the model's: read for recall and completion. AHOY_ENOMEM. */
int ahoy_ui_prompt_new(const ahoy_ui_history *history, ahoy_ui_prompt **out) AHOY_MUST_USE;
void ahoy_ui_prompt_del(ahoy_ui_prompt *prompt); /* NULL is allowed */
/* Standard input is readable. True: a line came, into `line` (cut where it is longer), without its end. False: none is whole yet,
 * or *ended. Call until false. */
bool ahoy_ui_prompt_line(ahoy_ui_prompt *prompt, char line[AHOY_UI_TEXT], bool *ended);
/* One line, or several with LF between them, flushed. */
void ahoy_ui_prompt_say(ahoy_ui_prompt *prompt, ahoy_slice text);
/* What is printed by others in between stands on lines of its own. */
void ahoy_ui_prompt_pause(ahoy_ui_prompt *prompt);
void ahoy_ui_prompt_resume(ahoy_ui_prompt *prompt);
void ahoy_ui_prompt_bell(ahoy_ui_prompt *prompt);

#endif
