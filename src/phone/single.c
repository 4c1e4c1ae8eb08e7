#include "phone/single.h"

#include "phone/requests.h"

typedef struct {
	ahoy_phone *phone;
	const ahoy_single *single;
	char call_id[AHOY_TOKEN];
} command;

static void begin(void *ctx, ahoy_time now)
{
	command *c = ctx;
	ahoy_ua_request_spec spec = {
		.method = c->single->method,
		.uri = c->single->uri,
		.from = c->single->from,
		.to = c->single->to,
		.route = ahoy_phone_route(c->phone),
		.max_forwards = 70,
		.headers = c->single->headers,
		.type = c->single->type,
		.body = c->single->body,
		.credentials = ahoy_phone_credentials(c->phone, &c->phone->self),
	};
	int err;

	ahoy_stack_mint(ahoy_ua_stack(c->phone->ua), c->call_id);
	spec.call_id = ahoy_slice_of(c->call_id);
	err = ahoy_ua_request(c->phone->ua, now, &spec);
	if (err)
		ahoy_phone_fail(c->phone, err, ahoy_err_text(err));
}

static void on_answer(command *c, const ahoy_ua_event *event)
{
	ahoy_phone_event out = {
		.call = ahoy_slice_of(c->call_id),
		.code = event->status,
		.reason = event->reason,
		.direction = "out",
		.from = ahoy_slice_of(c->phone->options->account.aor),
		.to = c->single->uri,
	};
	ahoy_outcome outcome = {.status = event->status, .from_peer = event->msg != NULL, .auth_failed = event->auth_failed};

	if (event->status < 300 && event->msg) {
		c->single->answered(event, &out);
	} else {
		out.kind = AHOY_PHONE_ERROR;
		if (event->auth_failed)
			out.reason = ahoy_phone_auth_reason(c->phone, &c->phone->self, event->reason);
		else if (!event->msg)
			out.reason = ahoy_phone_silence_reason(c->phone, event->status);
		if (!event->msg)
			out.code = 0;
	}
	ahoy_phone_event_tell(c->phone, &out);
	ahoy_phone_finish(c->phone, &outcome);
}

static void on_event(void *ctx, ahoy_time now, const ahoy_ua_event *event)
{
	command *c = ctx;

	if (event->kind == AHOY_UA_REQUEST)
		ahoy_phone_serve(c->phone, now, event, false);
	else if (event->kind == AHOY_UA_RESPONSE)
		on_answer(c, event);
}

static ahoy_time deadline(const void *ctx)
{
	(void)ctx;
	return AHOY_NEVER;
}

static void due(void *ctx, ahoy_time now)
{
	(void)ctx;
	(void)now;
}

static void interrupt(void *ctx, ahoy_time now)
{
	command *c = ctx;

	(void)now;
	ahoy_phone_fail(c->phone, AHOY_ESTATE, "interrupted before the answer");
}

int ahoy_single_run(const ahoy_phone_options *options, const ahoy_phone_password *password, const ahoy_single *single)
{
	command c = {.single = single};
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
