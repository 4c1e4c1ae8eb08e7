#include <stdio.h>

#include "phone/commands.h"
#include "phone/requests.h"
#include "phone/roster.h"

/* An answer to our leaving is awaited that long; then we leave all the same. */
#define LEAVE_WITHIN AHOY_SECONDS(3)

typedef struct {
	ahoy_phone *phone;
	ahoy_roster roster;
	ahoy_time leave_at;
} command;

static void check_over(command *c)
{
	if (ahoy_roster_over(&c->roster))
		ahoy_phone_finish(c->phone, &c->roster.outcome);
}

static void begin(void *ctx, ahoy_time now)
{
	command *c = ctx;
	const ahoy_phone_options *o = c->phone->options;

	ahoy_roster_begin(&c->roster, c->phone, now, o->once || o->expires_s == 0);
	check_over(c);
}

static void on_event(void *ctx, ahoy_time now, const ahoy_ua_event *event)
{
	command *c = ctx;

	if (event->kind == AHOY_UA_REQUEST)
		ahoy_phone_serve(c->phone, now, event, false);
	else
		ahoy_roster_event(&c->roster, event);
	check_over(c);
}

static ahoy_time deadline(const void *ctx)
{
	const command *c = ctx;
	ahoy_time at = ahoy_roster_deadline(&c->roster);

	return c->leave_at < at ? c->leave_at : at;
}

static void due(void *ctx, ahoy_time now)
{
	command *c = ctx;

	ahoy_roster_due(&c->roster, now);
	check_over(c);
	if (now < c->leave_at)
		return;
	c->leave_at = AHOY_NEVER;
	ahoy_phone_fail(c->phone, AHOY_ETIMEOUT,
			"the registrar does not answer to our leaving: the binding ends when it expires");
}

static void interrupt(void *ctx, ahoy_time now)
{
	command *c = ctx;

	ahoy_roster_end(&c->roster, now);
	c->leave_at = now + LEAVE_WITHIN;
	check_over(c);
}

int ahoy_cmd_register(const ahoy_phone_options *options, const ahoy_phone_password *password)
{
	command c = {.leave_at = AHOY_NEVER};
	ahoy_phone_command functions = {
		.ctx = &c,
		.begin = begin,
		.event = on_event,
		.deadline = deadline,
		.due = due,
		.interrupt = interrupt,
	};

	char text[1024];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	int code;

	if (ahoy_roster_load(&c.roster, options, password, &why)) {
		fprintf(stderr, "ahoy: register: %s\n", ahoy_buf_cstr(&why));
		return AHOY_EXIT_USAGE;
	}
	code = ahoy_phone_run(options, password, &functions, &c.phone);
	ahoy_roster_fini(&c.roster);
	return code;
}
