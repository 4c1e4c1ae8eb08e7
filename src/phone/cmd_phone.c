#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "phone/commands.h"
#include "phone/ui_curses.h"
#include "phone/ui_phone.h"
#include "phone/ui_prompt.h"
#include "phone/ui_view.h"

#define TICK_IN_CALL AHOY_MS(200) /* meters move */
#define TICK AHOY_SECONDS(1)	  /* clocks go on */
#define GATHER AHOY_MS(20)	  /* what happens within that time is drawn at once */
#define RING_EVERY AHOY_SECONDS(3)
#define LINES_SHOWN 20 /* of log or calls, by the plain face */

typedef struct {
	ahoy_phone *phone;
	ahoy_ui_phone ui;
	ahoy_phone_password passwords[AHOY_UI_ACCOUNTS];
	bool plain, screen_open;
	ahoy_ui_screen screen;
	ahoy_ui_prompt *prompt; /* NULL: the screen, or not open yet */
	ahoy_watch *input;
	ahoy_signal *resized, *hung_up, *quit;
	ahoy_time tick_at, ring_at;
} command;

/* ---- the screen ---- */

static void show(command *c, ahoy_time now)
{
	c->ui.changed = false;
	if (!c->screen_open)
		return;
	ahoy_ui_phone_measure(&c->ui);
	ahoy_ui_phone_draw_ladder(&c->ui);
	ahoy_ui_draw(&c->ui.model, &c->screen, now);
	ahoy_curses_show(&c->screen);
	c->tick_at = now + (ahoy_ui_calls(&c->ui.model) ? TICK_IN_CALL : TICK);
}

static void ring(command *c, ahoy_time now)
{
	unsigned place;

	if (!ahoy_ui_incoming(&c->ui.model, &place)) {
		c->ring_at = AHOY_NEVER;
		return;
	}
	if (c->ring_at != AHOY_NEVER && now < c->ring_at)
		return;
	c->ring_at = now + RING_EVERY;
	if (c->screen_open)
		ahoy_curses_bell();
	else if (c->prompt)
		ahoy_ui_prompt_bell(c->prompt);
}

/* After each input: what is new is shown soon. */
static void settle(command *c, ahoy_time now)
{
	ring(c, now);
	if (c->screen_open && c->ui.changed && now + GATHER < c->tick_at)
		c->tick_at = now + GATHER;
}

/* ---- lines ---- */

/* What a person asked to see: with --json beside the events' stream. */
static void reply(command *c, ahoy_slice text)
{
	if (!c->ui.options->json) {
		ahoy_ui_prompt_say(c->prompt, text);
		return;
	}
	ahoy_ui_prompt_pause(c->prompt);
	fprintf(stderr, "%.*s\n", AHOY_P(text));
	ahoy_ui_prompt_resume(c->prompt);
}

static void say_buf(command *c, ahoy_buf *b)
{
	reply(c, ahoy_buf_slice(b));
	b->len = 0;
}

static void say_log(command *c, const ahoy_ui_log *log)
{
	char text[AHOY_UI_LOG_TEXT + 16];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	for (size_t i = log->count > LINES_SHOWN ? log->count - LINES_SHOWN : 0; i < log->count; i++) {
		const ahoy_ui_log_line *line = ahoy_ui_log_at(log, i);

		ahoy_buf_fmt(&b, "%s %s", line->stamp, line->text);
		say_buf(c, &b);
	}
}

static void say_call(command *c, unsigned place, ahoy_time now)
{
	const ahoy_ui_call *call = &c->ui.model.calls[place];
	char text[AHOY_PHONE_URI + 256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_buf_str(&b, place == c->ui.model.selected ? "selected call " : "call ");
	ahoy_ui_put_call(&b, call, now);
	if (call->state == AHOY_UI_UP) {
		ahoy_buf_str(&b, ", ");
		ahoy_ui_put_quality(&b, call);
	}
	say_buf(c, &b);
}

static void say_state(command *c, ahoy_time now)
{
	const ahoy_ui_model *m = &c->ui.model;
	char text[AHOY_PHONE_URI + 256];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_ui_phone_measure(&c->ui);
	for (size_t i = 0; i < m->account_count; i++) {
		ahoy_buf_str(&b, m->account == i ? "account in use " : "account ");
		ahoy_ui_put_account(&b, &m->accounts[i], now);
		say_buf(c, &b);
	}
	for (unsigned i = 0; i < AHOY_UI_CALLS; i++)
		if (m->calls[i].state != AHOY_UI_FREE)
			say_call(c, i, now);
	say_log(c, &m->past);
}

static void say_shown(command *c, char what, ahoy_time now)
{
	char text[192];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_slice ladder;

	switch (what) {
	case 't':
		ahoy_ui_phone_draw_ladder(&c->ui);
		ladder = ahoy_slice_of(c->ui.model.ladder);
		if (ladder.len) /* without its last line end */
			reply(c, ahoy_slice_first(ladder, ladder.len - 1));
		break;
	case 'l':
		say_log(c, &c->ui.model.log);
		break;
	case 'c':
		say_state(c, now);
		break;
	case '?':
		for (size_t i = 0; ahoy_ui_put_help(&b, i); i++)
			say_buf(c, &b);
		break;
	}
}

static void obey_line(command *c, ahoy_time now, const char *line)
{
	unsigned selected = c->ui.model.selected, account = c->ui.model.account;
	char what;
	ahoy_ui_action action = ahoy_ui_command(&c->ui.model, ahoy_slice_of(line), &what);

	/* An empty line answers; where nobody calls it is none. */
	if (action.kind == AHOY_UI_DO_NOTHING && c->ui.model.notice[0] && *line)
		reply(c, ahoy_slice_of(c->ui.model.notice));
	say_shown(c, what, now);
	ahoy_ui_phone_do(&c->ui, now, &action);
	if (c->ui.model.account != account)
		say_state(c, now);
	else if (c->ui.model.selected != selected && ahoy_ui_selected(&c->ui.model))
		say_call(c, c->ui.model.selected, now);
}

/* What happened, for both faces; before one is open and after it was closed, as the other commands tell it. */
static void say(void *ctx, ahoy_slice line, const ahoy_phone_event *event)
{
	command *c = ctx;
	bool is_error = event && event->kind == AHOY_PHONE_ERROR;

	if (c->screen_open)
		return;
	if (event && (c->ui.options->json || !c->prompt)) {
		if (c->prompt)
			ahoy_ui_prompt_pause(c->prompt);
		ahoy_phone_tell(c->ui.options->json, event);
		if (c->prompt)
			ahoy_ui_prompt_resume(c->prompt);
	} else if (is_error) {
		ahoy_ui_prompt_pause(c->prompt);
		fprintf(stderr, "%.*s\n", AHOY_P(line));
		ahoy_ui_prompt_resume(c->prompt);
	} else if (line.len && c->prompt && !c->ui.options->json) {
		ahoy_ui_prompt_say(c->prompt, line);
	}
}

/* ---- input ---- */

static void no_more_input(command *c, ahoy_time now)
{
	ahoy_watch_for(c->input, false, false);
	ahoy_ui_phone_leave(&c->ui, now);
}

static void read_keys(command *c, ahoy_time now)
{
	uint32_t key;
	bool gone;

	while (ahoy_curses_key(&key, &gone)) {
		ahoy_ui_action action = ahoy_ui_key(&c->ui.model, key);

		if (action.kind == AHOY_UI_DO_REDRAW)
			ahoy_curses_redraw();
		ahoy_ui_phone_do(&c->ui, now, &action);
	}
	if (gone)
		no_more_input(c, now);
	else
		show(c, now);
}

static void read_lines(command *c, ahoy_time now)
{
	char line[AHOY_UI_TEXT];
	bool ended;

	while (ahoy_ui_prompt_line(c->prompt, line, &ended))
		obey_line(c, now, line);
	if (ended)
		no_more_input(c, now);
}

static void on_input(void *ctx, bool readable, bool writable)
{
	command *c = ctx;
	ahoy_time now = ahoy_clock_now();

	(void)readable;
	(void)writable;
	ahoy_ua_turn(c->phone->ua, now);
	if (c->screen_open)
		read_keys(c, now);
	else
		read_lines(c, now);
	settle(c, now);
	ahoy_driver_drain(c->phone->driver);
}

static void on_resized(void *ctx)
{
	command *c = ctx;

	if (!c->screen_open)
		return;
	ahoy_curses_size(&c->screen);
	ahoy_curses_redraw();
	show(c, ahoy_clock_now());
}

/* SIGHUP: the terminal is gone; SIGQUIT: somebody wants us gone. */
static void on_end_signal(void *ctx)
{
	command *c = ctx;
	ahoy_time now = ahoy_clock_now();

	ahoy_ua_turn(c->phone->ua, now);
	ahoy_ui_phone_leave(&c->ui, now);
	ahoy_driver_drain(c->phone->driver);
}

/* On the screen a line on stderr would be a blot. */
static void log_line(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	ahoy_phone *phone = (ahoy_phone *)(void *)((char *)ctx - offsetof(ahoy_phone, log));
	command *c = phone->command.ctx;
	char stamp[9];

	(void)level;
	(void)area;
	(void)id;
	ahoy_ui_phone_stamp(stamp);
	ahoy_ui_log_add(&c->ui.model.log, stamp, text);
}

/* ---- the command ---- */

/* libuv makes what it watches non-blocking, and so every other descriptor of the same terminal: it is put back at once. */
static int watch_input(command *c)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL);
	int err = ahoy_watch_new(c->phone->loop, STDIN_FILENO, on_input, c, &c->input);

	if (err)
		return err;
	if (flags >= 0)
		(void)fcntl(STDIN_FILENO, F_SETFL, flags);
	ahoy_watch_for(c->input, true, false);
	return 0;
}

static int open_face(command *c)
{
	int err = ahoy_signal_new(c->phone->loop, SIGWINCH, on_resized, c, &c->resized);

	if (!err)
		err = ahoy_signal_new(c->phone->loop, SIGHUP, on_end_signal, c, &c->hung_up);
	if (!err)
		err = ahoy_signal_new(c->phone->loop, SIGQUIT, on_end_signal, c, &c->quit);
	if (!err && !c->plain) {
		c->screen_open = ahoy_curses_open();
		if (c->screen_open) {
			c->phone->env.log = log_line;
			ahoy_curses_size(&c->screen);
		}
	}
	if (!err && !c->screen_open)
		err = ahoy_ui_prompt_new(&c->ui.model.history, &c->prompt);
	return err ? err : watch_input(c);
}

static void begin(void *ctx, ahoy_time now)
{
	command *c = ctx;
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	int err;

	c->ui.phone = c->phone;
	err = open_face(c);
	if (err) {
		ahoy_phone_fail(c->phone, AHOY_EIO, "the terminal cannot be used: try --plain");
		return;
	}
	if (ahoy_ui_store_open(&c->ui.store, &why))
		ahoy_ui_phone_say(&c->ui, ahoy_buf_slice(&why), NULL);
	ahoy_ui_store_load(&c->ui.store, &c->ui.model);
	ahoy_ui_phone_begin(&c->ui, now);
	show(c, now);
}

static void on_event(void *ctx, ahoy_time now, const ahoy_ua_event *event)
{
	command *c = ctx;

	ahoy_ui_phone_event(&c->ui, now, event);
	settle(c, now);
}

static ahoy_time deadline(const void *ctx)
{
	const command *c = ctx;
	ahoy_time at = ahoy_ui_phone_deadline(&c->ui);

	if (c->screen_open && c->tick_at < at)
		at = c->tick_at;
	return c->ring_at < at ? c->ring_at : at;
}

static void due(void *ctx, ahoy_time now)
{
	command *c = ctx;

	ahoy_ui_phone_due(&c->ui, now);
	settle(c, now);
	if (c->screen_open && now >= c->tick_at)
		show(c, now);
}

static void interrupt(void *ctx, ahoy_time now)
{
	command *c = ctx;

	ahoy_ui_phone_leave(&c->ui, now);
	settle(c, now);
}

static void end(void *ctx)
{
	command *c = ctx;

	ahoy_watch_del(c->input);
	ahoy_signal_del(c->resized);
	ahoy_signal_del(c->hung_up);
	ahoy_signal_del(c->quit);
	ahoy_curses_close();
	c->screen_open = false;
	ahoy_ui_prompt_del(c->prompt);
	c->prompt = NULL;
	ahoy_ui_phone_fini(&c->ui);
}

static void tell(void *ctx, const ahoy_phone_event *event)
{
	command *c = ctx;

	ahoy_ui_phone_tell(&c->ui, event);
}

/* A file is always readable: it cannot be waited for. */
static bool can_wait_for_input(void)
{
	struct stat s, null;

	return fstat(STDIN_FILENO, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode) &&
	       !(S_ISCHR(s.st_mode) && stat("/dev/null", &null) == 0 && s.st_rdev == null.st_rdev);
}

static int prepare(command *c, const ahoy_phone_options *o, ahoy_buf *why)
{
	ahoy_call_files files;

	c->ui.options = o;
	c->ui.ctx = c;
	c->ui.say = say;
	c->ui.leave_at = c->tick_at = c->ring_at = AHOY_NEVER;
	ahoy_ui_init(&c->ui.model);
	c->ui.model.account_count = 1 + o->other_count;
	for (size_t i = 0; i < c->ui.model.account_count; i++) {
		const ahoy_account *account = i ? &o->others[i - 1] : &o->account;

		c->ui.accounts[i].identity = (ahoy_phone_identity){account, &c->passwords[i]};
		ahoy_ui_safe(ahoy_slice_of(account->aor), c->ui.model.accounts[i].aor, AHOY_PHONE_URI);
	}
	c->plain = o->plain || o->json || !ahoy_curses_possible();
	if (!can_wait_for_input()) {
		ahoy_buf_str(why, "phone: standard input is a file or /dev/null: use a terminal or a pipe");
		return AHOY_EIO;
	}
	if (ahoy_phone_passwords_get(o, c->passwords, why))
		return AHOY_EIO;
	/* What is wrong with the files is said now, and not in the first call. */
	if (ahoy_call_files_open(o, &files, why))
		return AHOY_EIO;
	ahoy_call_files_close(&files);
	return 0;
}

int ahoy_cmd_phone(const ahoy_phone_options *options)
{
	command *c = calloc(1, sizeof *c);
	ahoy_phone_command functions = {
		.ctx = c,
		.begin = begin,
		.event = on_event,
		.deadline = deadline,
		.due = due,
		.interrupt = interrupt,
		.end = end,
		.tell = tell,
	};
	char text[8192];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	int code = AHOY_EXIT_USAGE;

	if (!c)
		return AHOY_EXIT_OTHER;
	/* How wide a character is, and which ones the terminal can show. */
	setlocale(LC_CTYPE, "");
	if (prepare(c, options, &why))
		fprintf(stderr, "ahoy: %s\n", ahoy_buf_cstr(&why));
	else
		code = ahoy_phone_run(options, &c->passwords[0], &functions, &c->phone);
	for (size_t i = 0; i < AHOY_UI_ACCOUNTS; i++)
		ahoy_phone_password_wipe(&c->passwords[i]);
	free(c);
	return code;
}
