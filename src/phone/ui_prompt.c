#include "phone/ui_prompt.h"

#include <errno.h>
#include <histedit.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ahoy_ui_prompt {
	const ahoy_ui_history *history;
	EditLine *edit; /* NULL: no terminal */
	History *past;
	bool dumb;
	/* Without a terminal: what has come of the next lines. */
	char bytes[4 * AHOY_UI_TEXT];
	size_t len;
	bool skipping; /* the rest of a line that was too long */
	bool at_end;
};

static char *prompt_text(EditLine *edit)
{
	static char text[] = "> ";

	(void)edit;
	return text;
}

void ahoy_ui_prompt_pause(ahoy_ui_prompt *p)
{
	if (p->edit)
		fputs(p->dumb ? "\n" : "\r\033[K", stdout);
}

void ahoy_ui_prompt_resume(ahoy_ui_prompt *p)
{
	fflush(stdout);
	if (p->edit)
		el_set(p->edit, EL_REFRESH);
}

/* Tab, which the line has got already: the newest line of the history that begins with what was typed after the first word,
 * which is a command. (A function of ours for the key would be libedit's way, but it leaks the name.) */
static void complete(ahoy_ui_prompt *p, ahoy_slice typed)
{
	ahoy_slice word, rest;

	ahoy_ui_prompt_pause(p);
	el_deletestr(p->edit, 1);
	typed.len--;
	ahoy_slice_cut(typed, ' ', &word, &rest);
	for (size_t i = p->history->count; word.len < typed.len && i-- > 0;) {
		const char *line = p->history->lines[i];

		if (!ahoy_slice_starts(ahoy_slice_of(line), rest) || strlen(line) == rest.len)
			continue;
		el_insertstr(p->edit, line + rest.len);
		break;
	}
	ahoy_ui_prompt_resume(p);
}

static int open_edit(ahoy_ui_prompt *p)
{
	HistEvent event;

	p->edit = el_init("ahoy", stdin, stdout, stderr);
	p->past = history_init();
	if (!p->edit || !p->past)
		return AHOY_ENOMEM;
	history(p->past, &event, H_SETSIZE, AHOY_UI_HISTORY);
	el_set(p->edit, EL_PROMPT, prompt_text);
	el_set(p->edit, EL_EDITOR, "emacs");
	el_set(p->edit, EL_SIGNAL, 0);
	el_set(p->edit, EL_HIST, history, p->past);
	el_set(p->edit, EL_BIND, "^I", "ed-insert", NULL);
	/* A key at a time: the loop is never held up. */
	el_set(p->edit, EL_UNBUFFERED, 1);
	el_set(p->edit, EL_REFRESH);
	return 0;
}

int ahoy_ui_prompt_new(const ahoy_ui_history *history, ahoy_ui_prompt **out)
{
	const char *term = getenv("TERM");
	ahoy_ui_prompt *p = calloc(1, sizeof *p);

	*out = NULL;
	if (!p)
		return AHOY_ENOMEM;
	p->history = history;
	p->dumb = !term || strcmp(term, "dumb") == 0;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && open_edit(p)) {
		ahoy_ui_prompt_del(p);
		return AHOY_ENOMEM;
	}
	*out = p;
	return 0;
}

void ahoy_ui_prompt_del(ahoy_ui_prompt *p)
{
	if (!p)
		return;
	if (p->edit) {
		/* Back to the terminal's own settings. */
		el_set(p->edit, EL_UNBUFFERED, 0);
		el_end(p->edit);
		putchar('\n');
		fflush(stdout);
	}
	if (p->past)
		history_end(p->past);
	free(p);
}

static bool edited_line(ahoy_ui_prompt *p, char line[AHOY_UI_TEXT], bool *ended)
{
	struct pollfd readable = {.fd = STDIN_FILENO, .events = POLLIN};
	HistEvent event;
	int count = 0;

	while (poll(&readable, 1, 0) == 1) {
		const char *text = el_gets(p->edit, &count);

		if (!text || count <= 0) {
			*ended = true;
			return false;
		}
		/* Ctrl-D on an empty line. */
		if (count == 1 && text[0] == 4) {
			*ended = true;
			return false;
		}
		if (text[count - 1] == '\t')
			complete(p, ahoy_slice_make(text, (size_t)count));
		if (text[count - 1] != '\n' && text[count - 1] != '\r')
			continue;
		if (count > 1)
			history(p->past, &event, H_ENTER, text);
		(void)!ahoy_slice_cstr(ahoy_slice_first(ahoy_slice_trim(ahoy_slice_make(text, (size_t)count)), AHOY_UI_TEXT - 1), line,
				       AHOY_UI_TEXT);
		/* libedit begins a new line of this mode only where the mode is set anew. */
		el_set(p->edit, EL_UNBUFFERED, 0);
		el_set(p->edit, EL_UNBUFFERED, 1);
		return true;
	}
	return false;
}

static bool take_line(ahoy_ui_prompt *p, char line[AHOY_UI_TEXT])
{
	const char *end = memchr(p->bytes, '\n', p->len);
	size_t len;
	bool skipped;

	if (!end && p->len == sizeof p->bytes) {
		p->skipping = true;
		p->len = 0;
	}
	if (!end)
		return false;
	len = (size_t)(end - p->bytes);
	skipped = p->skipping;
	p->skipping = false;
	(void)!ahoy_slice_cstr(ahoy_slice_first(ahoy_slice_make(p->bytes, len), AHOY_UI_TEXT - 1), line, AHOY_UI_TEXT);
	memmove(p->bytes, end + 1, p->len - len - 1);
	p->len -= len + 1;
	return skipped ? take_line(p, line) : true;
}

bool ahoy_ui_prompt_line(ahoy_ui_prompt *p, char line[AHOY_UI_TEXT], bool *ended)
{
	struct pollfd readable = {.fd = STDIN_FILENO, .events = POLLIN};

	*ended = false;
	if (p->edit)
		return edited_line(p, line, ended);
	for (;;) {
		ssize_t got;

		if (take_line(p, line))
			return true;
		if (p->at_end || poll(&readable, 1, 0) != 1) {
			*ended = p->at_end;
			return false;
		}
		got = read(STDIN_FILENO, p->bytes + p->len, sizeof p->bytes - p->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			p->at_end = true;
		else
			p->len += (size_t)got;
	}
}

void ahoy_ui_prompt_say(ahoy_ui_prompt *p, ahoy_slice text)
{
	ahoy_ui_prompt_pause(p);
	fwrite(text.ptr, 1, text.len, stdout);
	fputc('\n', stdout);
	ahoy_ui_prompt_resume(p);
}

void ahoy_ui_prompt_bell(ahoy_ui_prompt *p)
{
	if (!p->edit)
		return;
	fputc('\a', stdout);
	fflush(stdout);
}
