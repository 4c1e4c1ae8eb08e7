#include <stdio.h>
#include <stdlib.h>

#include "phone/call_session.h"
#include "phone/commands.h"
#include "phone/requests.h"

/* After --wait or an interrupt the far end has that long to answer our CANCEL. */
#define CANCEL_WITHIN AHOY_SECONDS(3)

static const ahoy_slice none = {NULL, 0};

typedef struct {
	ahoy_phone *phone;
	ahoy_call_files files;
	ahoy_call_session *session; /* NULL before begin */
	ahoy_time give_up_at;	    /* --wait; AHOY_NEVER once answered */
	ahoy_time leave_at;	    /* after a CANCEL */
	bool wait_ran_out, abandoned;
} command;

static void check_over(command *c)
{
	ahoy_outcome outcome;

	if (!c->session || !c->session->over)
		return;
	outcome = c->session->outcome;
	outcome.wait_ran_out = c->wait_ran_out && !c->session->answered;
	if (c->abandoned)
		ahoy_phone_finish_now(c->phone, &outcome);
	else
		ahoy_phone_finish(c->phone, &outcome);
}

static void begin(void *ctx, ahoy_time now)
{
	command *c = ctx;
	int err = ahoy_call_session_new(c->phone, &c->phone->first, &c->files, true, &c->session);

	if (err) {
		ahoy_phone_finish(c->phone, &(ahoy_outcome){.err = AHOY_EIO});
		return;
	}
	c->give_up_at = now + c->phone->options->wait;
	err = ahoy_call_session_dial(c->session, now, c->phone->options->target);
	if (err)
		ahoy_phone_fail(c->phone, err, ahoy_err_text(err));
}

static void on_event(void *ctx, ahoy_time now, const ahoy_ua_event *event)
{
	command *c = ctx;

	if (event->kind == AHOY_UA_REQUEST) {
		if (!ahoy_phone_serve(c->phone, now, event, true))
			(void)ahoy_ua_reply(c->phone->ua, now, event->msg, event->flow, 486, none, none);
	} else if (c->session && event->call == c->session->call) {
		ahoy_call_session_event(c->session, now, event);
	}
	if (c->session && c->session->answered)
		c->give_up_at = AHOY_NEVER;
	check_over(c);
}

static ahoy_time earlier(ahoy_time a, ahoy_time b)
{
	return a < b ? a : b;
}

static ahoy_time deadline(const void *ctx)
{
	const command *c = ctx;

	if (!c->session || c->session->over)
		return AHOY_NEVER;
	return earlier(earlier(c->give_up_at, c->leave_at), ahoy_call_session_deadline(c->session));
}

static void hang_up(command *c, ahoy_time now)
{
	c->give_up_at = AHOY_NEVER;
	c->leave_at = now + CANCEL_WITHIN;
	ahoy_call_session_hangup(c->session, now);
}

static void due(void *ctx, ahoy_time now)
{
	command *c = ctx;

	if (!c->session)
		return;
	ahoy_call_session_due(c->session, now);
	if (!c->session->over && now >= c->give_up_at) {
		c->wait_ran_out = true;
		hang_up(c, now);
	}
	if (!c->session->over && now >= c->leave_at) {
		/* Nobody answered the CANCEL, or there never was a sign of life. */
		c->leave_at = AHOY_NEVER;
		c->abandoned = true;
		ahoy_call_session_abandon(c->session, now);
	}
	check_over(c);
}

static void interrupt(void *ctx, ahoy_time now)
{
	command *c = ctx;

	if (c->session)
		hang_up(c, now);
	check_over(c);
}

static void end(void *ctx)
{
	command *c = ctx;

	ahoy_call_session_del(c->session);
}

int ahoy_cmd_call(const ahoy_phone_options *options, const ahoy_phone_password *password)
{
	command c = {.give_up_at = AHOY_NEVER, .leave_at = AHOY_NEVER};
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
		fprintf(stderr, "ahoy: call: %s\n", ahoy_buf_cstr(&why));
		return AHOY_EXIT_USAGE;
	}
	code = ahoy_phone_run(options, password, &functions, &c.phone);
	ahoy_call_files_close(&c.files);
	return code;
}
