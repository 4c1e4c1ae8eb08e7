#include <stdio.h>
#include <stdlib.h>

#include "phone/call_session.h"
#include "phone/commands.h"
#include "phone/requests.h"
#include "phone/roster.h"

/* Hanging up and unregistering are awaited that long; then we leave all the same. */
#define LEAVE_WITHIN AHOY_SECONDS(3)

static const ahoy_slice none = {NULL, 0};

/* One account's call; a second one at the same time hears busy. */
typedef struct {
	ahoy_call_files files;
	ahoy_call_session *session; /* NULL between calls */
	ahoy_time act_at;	    /* when the ringing call is answered or rejected; AHOY_NEVER */
} line;

typedef struct {
	ahoy_phone *phone;
	ahoy_roster roster;
	line *lines; /* one for each account of the roster */
	size_t busy; /* lines with a session */
	unsigned taken, served;
	bool leaving;
	ahoy_time leave_at;
	ahoy_outcome outcome;
} command;

/* What went wrong in a call is the command's outcome where it was to serve a number of them; who serves until
 * interrupted goes on. */
static void keep_outcome(command *c, const ahoy_call_session *s)
{
	if (!c->phone->options->calls)
		return;
	if (!c->outcome.err)
		c->outcome.err = s->outcome.err;
	c->outcome.unmet |= s->outcome.unmet;
}

static void leave(command *c, ahoy_time now)
{
	if (!c->leaving)
		c->leave_at = now + LEAVE_WITHIN;
	c->leaving = true;
	for (size_t i = 0; i < c->roster.count; i++)
		if (c->lines[i].session)
			ahoy_call_session_hangup(c->lines[i].session, now);
}

/* A call that is over is taken leave of. */
static void settle_line(command *c, line *l)
{
	if (!l->session || !l->session->over)
		return;
	c->served++;
	keep_outcome(c, l->session);
	ahoy_call_session_del(l->session);
	l->session = NULL;
	l->act_at = AHOY_NEVER;
	c->busy--;
}

/* After each input: takes leave of calls that are over, of the registrar when all calls are, of the world then. */
static void settle(command *c, ahoy_time now)
{
	for (size_t i = 0; i < c->roster.count; i++)
		settle_line(c, &c->lines[i]);
	if (c->phone->options->calls && c->served >= c->phone->options->calls && !c->leaving)
		leave(c, now);
	/* Registrations that all ended by themselves ended in refusals. */
	if (c->phone->options->expires_s && ahoy_roster_over(&c->roster) && !c->leaving) {
		c->outcome = c->roster.outcome;
		leave(c, now);
	}
	for (size_t i = 0; i < c->roster.count; i++)
		settle_line(c, &c->lines[i]);
	if (!c->leaving || c->busy)
		return;
	ahoy_roster_end(&c->roster, now);
	if (!ahoy_roster_over(&c->roster))
		return;
	ahoy_phone_finish(c->phone, ahoy_exit_code(&c->outcome) ? &c->outcome : &c->roster.outcome);
}

static void begin(void *ctx, ahoy_time now)
{
	command *c = ctx;

	if (c->phone->options->expires_s)
		ahoy_roster_begin(&c->roster, c->phone, now, false);
	settle(c, now);
}

/* The call that rang is answered, or rejected as was asked. */
static void act(const command *c, line *l, ahoy_time now)
{
	l->act_at = AHOY_NEVER;
	if (c->phone->options->reject)
		ahoy_call_session_refuse(l->session, now, c->phone->options->reject);
	else
		ahoy_call_session_answer(l->session, now);
}

static void take_call(command *c, ahoy_time now, const ahoy_ua_event *event)
{
	size_t which = ahoy_roster_find(&c->roster, event->msg);
	line *l = &c->lines[which];

	if (which == c->roster.count || l->session || c->leaving) {
		ahoy_phone_refuse_call(c->phone, now, event, which == c->roster.count ? 404 : (c->leaving ? 480 : 486));
		return;
	}
	if (ahoy_call_files_number(&l->files, c->phone->options, c->taken + 1) ||
	    ahoy_call_session_new(c->phone, event->flow, &l->files, false, &l->session)) {
		ahoy_phone_refuse_call(c->phone, now, event, 500);
		return;
	}
	c->taken++;
	c->busy++;
	l->session->identity = &c->roster.lines[which].identity;
	ahoy_call_session_take(l->session, now, event);
	if (l->session->over)
		return;
	ahoy_call_session_ring(l->session, now);
	if (c->phone->options->ring)
		l->act_at = now + c->phone->options->ring;
	else
		act(c, l, now);
}

static void call_event(command *c, ahoy_time now, const ahoy_ua_event *event)
{
	for (size_t i = 0; i < c->roster.count; i++) {
		if (c->lines[i].session && c->lines[i].session->call == event->call) {
			ahoy_call_session_event(c->lines[i].session, now, event);
			return;
		}
	}
}

static void on_event(void *ctx, ahoy_time now, const ahoy_ua_event *event)
{
	command *c = ctx;

	if (event->kind == AHOY_UA_REQUEST) {
		if (!ahoy_phone_serve(c->phone, now, event, true))
			take_call(c, now, event);
	} else if (!ahoy_roster_event(&c->roster, event)) {
		call_event(c, now, event);
	}
	settle(c, now);
}

static ahoy_time deadline(const void *ctx)
{
	const command *c = ctx;
	ahoy_time at = ahoy_roster_deadline(&c->roster);

	if (c->leave_at < at)
		at = c->leave_at;
	for (size_t i = 0; i < c->roster.count && c->busy; i++) {
		const line *l = &c->lines[i];

		if (l->session && ahoy_call_session_deadline(l->session) < at)
			at = ahoy_call_session_deadline(l->session);
		if (l->act_at < at)
			at = l->act_at;
	}
	return at;
}

static void due(void *ctx, ahoy_time now)
{
	command *c = ctx;

	ahoy_roster_due(&c->roster, now);
	for (size_t i = 0; i < c->roster.count && c->busy; i++) {
		line *l = &c->lines[i];

		if (l->session)
			ahoy_call_session_due(l->session, now);
		if (l->session && !l->session->over && now >= l->act_at)
			act(c, l, now);
		if (l->session && now >= c->leave_at)
			ahoy_call_session_abandon(l->session, now);
	}
	if (now >= c->leave_at) {
		c->leave_at = AHOY_NEVER;
		ahoy_phone_error(c->phone, none, 0, AHOY_S("no answer to our leaving"));
		if (!ahoy_exit_code(&c->outcome))
			c->outcome.err = AHOY_ETIMEOUT;
		ahoy_phone_finish_now(c->phone, &c->outcome);
	}
	settle(c, now);
}

static void interrupt(void *ctx, ahoy_time now)
{
	command *c = ctx;

	leave(c, now);
	settle(c, now);
}

static void end(void *ctx)
{
	command *c = ctx;

	for (size_t i = 0; i < c->roster.count; i++)
		ahoy_call_session_del(c->lines[i].session);
}

/* Each account plays its own copy of the file. */
static bool open_lines(command *c, const ahoy_phone_options *options, ahoy_buf *why)
{
	c->lines = calloc(c->roster.count, sizeof *c->lines);
	if (!c->lines) {
		ahoy_buf_str(why, ahoy_err_text(AHOY_ENOMEM));
		return false;
	}
	for (size_t i = 0; i < c->roster.count; i++) {
		c->lines[i].act_at = AHOY_NEVER;
		if (ahoy_call_files_open(options, &c->lines[i].files, why))
			return false;
	}
	return true;
}

int ahoy_cmd_answer(const ahoy_phone_options *options, const ahoy_phone_password *password)
{
	command c = {.leave_at = AHOY_NEVER};
	ahoy_phone_command functions = {
		.ctx = &c,
		.begin = begin,
		.event = on_event,
		.deadline = deadline,
		.due = due,
		.interrupt = interrupt,
		.end = end,
	};
	char text[8192];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	int code = AHOY_EXIT_USAGE;

	if (ahoy_roster_load(&c.roster, options, password, &why) || !open_lines(&c, options, &why))
		fprintf(stderr, "ahoy: answer: %s\n", ahoy_buf_cstr(&why));
	else
		code = ahoy_phone_run(options, password, &functions, &c.phone);
	for (size_t i = 0; c.lines && i < c.roster.count; i++)
		ahoy_call_files_close(&c.lines[i].files);
	free(c.lines);
	ahoy_roster_fini(&c.roster);
	return code;
}
