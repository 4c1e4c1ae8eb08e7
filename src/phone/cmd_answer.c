#include <stdio.h>
#include <stdlib.h>

#include "phone/call_session.h"
#include "phone/commands.h"
#include "phone/registration.h"
#include "phone/requests.h"

/* Hanging up and unregistering are awaited that long; then we leave all the same. */
#define LEAVE_WITHIN AHOY_SECONDS(3)

static const ahoy_slice none = {NULL, 0};

typedef struct {
	ahoy_phone *phone;
	ahoy_call_files files;
	ahoy_registration registration;
	ahoy_call_session *session; /* NULL between calls */
	unsigned served;
	ahoy_time act_at; /* when the ringing call is answered or rejected; AHOY_NEVER */
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
	if (c->session)
		ahoy_call_session_hangup(c->session, now);
}

/* After each input: takes leave of a call that is over, of the registrar when all calls are, of the world then. */
static void settle(command *c, ahoy_time now)
{
	if (c->session && c->session->over) {
		c->served++;
		keep_outcome(c, c->session);
		ahoy_call_session_del(c->session);
		c->session = NULL;
		c->act_at = AHOY_NEVER;
		if (c->phone->options->calls && c->served >= c->phone->options->calls)
			leave(c, now);
	}
	/* A registration that ended by itself ended in a refusal. */
	if (c->registration.state == AHOY_REGISTRATION_OVER && !c->leaving) {
		c->outcome = c->registration.outcome;
		leave(c, now);
	}
	if (!c->leaving || c->session)
		return;
	ahoy_registration_end(&c->registration, now);
	if (c->registration.state != AHOY_REGISTRATION_OVER)
		return;
	ahoy_phone_finish(c->phone, ahoy_exit_code(&c->outcome) ? &c->outcome : &c->registration.outcome);
}

static void begin(void *ctx, ahoy_time now)
{
	command *c = ctx;

	if (c->phone->options->expires_s)
		ahoy_registration_begin(&c->registration, c->phone, &c->phone->self, now, false);
	settle(c, now);
}

/* The call that rang is answered, or rejected as was asked. */
static void act(command *c, ahoy_time now)
{
	c->act_at = AHOY_NEVER;
	if (c->phone->options->reject)
		ahoy_call_session_refuse(c->session, now, c->phone->options->reject);
	else
		ahoy_call_session_answer(c->session, now);
}

static void take_call(command *c, ahoy_time now, const ahoy_ua_event *event)
{
	if (c->session || c->leaving) {
		ahoy_phone_refuse_call(c->phone, now, event, c->leaving ? 480 : 486);
		return;
	}
	if (ahoy_call_files_number(&c->files, c->phone->options, c->served + 1) ||
	    ahoy_call_session_new(c->phone, event->flow, &c->files, false, &c->session)) {
		ahoy_phone_refuse_call(c->phone, now, event, 500);
		return;
	}
	ahoy_call_session_take(c->session, now, event);
	if (c->session->over)
		return;
	ahoy_call_session_ring(c->session, now);
	if (c->phone->options->ring)
		c->act_at = now + c->phone->options->ring;
	else
		act(c, now);
}

static void on_event(void *ctx, ahoy_time now, const ahoy_ua_event *event)
{
	command *c = ctx;

	if (event->kind == AHOY_UA_REQUEST) {
		if (!ahoy_phone_serve(c->phone, now, event, true))
			take_call(c, now, event);
	} else if (!ahoy_registration_event(&c->registration, event) && c->session && event->call == c->session->call) {
		ahoy_call_session_event(c->session, now, event);
	}
	settle(c, now);
}

static ahoy_time deadline(const void *ctx)
{
	const command *c = ctx;
	ahoy_time at = c->session ? ahoy_call_session_deadline(c->session) : AHOY_NEVER;

	if (c->act_at < at)
		at = c->act_at;
	return c->leave_at < at ? c->leave_at : at;
}

static void due(void *ctx, ahoy_time now)
{
	command *c = ctx;

	if (c->session)
		ahoy_call_session_due(c->session, now);
	if (c->session && !c->session->over && now >= c->act_at)
		act(c, now);
	if (now >= c->leave_at) {
		c->leave_at = AHOY_NEVER;
		if (c->session)
			ahoy_call_session_abandon(c->session, now);
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

	ahoy_call_session_del(c->session);
}

int ahoy_cmd_answer(const ahoy_phone_options *options, const ahoy_phone_password *password)
{
	command c = {.act_at = AHOY_NEVER, .leave_at = AHOY_NEVER};
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
	int code;

	if (ahoy_call_files_open(options, &c.files, &why)) {
		fprintf(stderr, "ahoy: answer: %s\n", ahoy_buf_cstr(&why));
		return AHOY_EXIT_USAGE;
	}
	code = ahoy_phone_run(options, password, &functions, &c.phone);
	ahoy_call_files_close(&c.files);
	return code;
}
