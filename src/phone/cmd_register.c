#include "phone/commands.h"
#include "phone/registration.h"
#include "phone/requests.h"

/* An answer to our leaving is awaited that long; then we leave all the same. */
#define LEAVE_WITHIN AHOY_SECONDS(3)

typedef struct {
	ahoy_phone *phone;
	ahoy_registration registration;
	ahoy_time leave_at;
} command;

static void check_over(command *c)
{
	if (c->registration.state == AHOY_REGISTRATION_OVER)
		ahoy_phone_finish(c->phone, &c->registration.outcome);
}

static void begin(void *ctx, ahoy_time now)
{
	command *c = ctx;
	const ahoy_phone_options *o = c->phone->options;

	ahoy_registration_begin(&c->registration, c->phone, &c->phone->self, now, o->once || o->expires_s == 0);
	check_over(c);
}

static void on_event(void *ctx, ahoy_time now, const ahoy_ua_event *event)
{
	command *c = ctx;

	if (event->kind == AHOY_UA_REQUEST)
		ahoy_phone_serve(c->phone, now, event, false);
	else
		ahoy_registration_event(&c->registration, event);
	check_over(c);
}

static ahoy_time deadline(const void *ctx)
{
	return ((const command *)ctx)->leave_at;
}

static void due(void *ctx, ahoy_time now)
{
	command *c = ctx;

	if (now < c->leave_at)
		return;
	c->leave_at = AHOY_NEVER;
	ahoy_phone_fail(c->phone, AHOY_ETIMEOUT,
			"the registrar does not answer to our leaving: the binding ends when it expires");
}

static void interrupt(void *ctx, ahoy_time now)
{
	command *c = ctx;

	ahoy_registration_end(&c->registration, now);
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

	return ahoy_phone_run(options, password, &functions, &c.phone);
}
