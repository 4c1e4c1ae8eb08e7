/* The flow: its birth, its waiting, its end. */
#include "flow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

#define LADDER_BYTES 65536
#define SERVER_AT "192.0.2.1:5060"
/* Longer than the longest chain of timers of a call: 64*T1 of an INVITE, of its BYE, and what they leave. */
#define DYING_AWAY AHOY_SECONDS(140)

void *flow_keep(flow *f, size_t size)
{
	void *piece = calloc(1, size ? size : 1);

	if (!piece || f->piece_count == MAX_PIECES)
		abort();
	f->pieces[f->piece_count++] = piece;
	return piece;
}

ahoy_slice flow_keep_slice(flow *f, ahoy_slice s)
{
	char *copy = flow_keep(f, s.len + 1);

	memcpy(copy, s.ptr, s.len);
	return ahoy_slice_make(copy, s.len);
}

phone *flow_phone_at(const flow *f, const ahoy_addr *addr)
{
	for (unsigned i = 0; i < f->phone_count; i++)
		if (ahoy_addr_eq(&f->phones[i]->at, addr))
			return f->phones[i];
	return NULL;
}

void flow_fail(flow *f, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	/* A line at a time: cmocka cuts what is longer than a page. */
	for (ahoy_slice rest = ahoy_buf_slice(&f->ladder), line; ahoy_slice_cut(rest, '\n', &line, &rest);)
		print_error("%.*s\n", AHOY_P(line));
	fail_msg("%s: %s", f->which->name, text);
	abort();
}

static ahoy_time now_of(const flow *f)
{
	return f->carrier.now(f->carrier.ctx);
}

void flow_pass(flow *f, unsigned ms)
{
	ahoy_time until = now_of(f) + AHOY_MS(ms);

	while (now_of(f) < until)
		f->carrier.step(f->carrier.ctx, until);
}

void flow_silence(flow *f, unsigned ms)
{
	unsigned before[MAX_PHONES];

	for (unsigned i = 0; i < f->phone_count; i++)
		before[i] = f->phones[i]->got;
	flow_pass(f, ms);
	for (unsigned i = 0; i < f->phone_count; i++)
		if (f->phones[i]->got != before[i])
			flow_fail(f, "%s got something although all should be quiet", f->phones[i]->label);
}

void flow_note(flow *f, const char *text)
{
	ahoy_buf_fmt(&f->ladder, "          -- %s\n", text);
}

void flow_set_store(flow *f, flow_store how)
{
	f->store = how;
}

const char *flow_host(const flow *f)
{
	return f->host;
}

phone *phone_ready(flow *f, const char *label, const char *user, const char *at)
{
	phone *p = phone_new(f, label, user, at);

	f->hidden = !f->options.with_registrations;
	phone_register(p);
	f->hidden = false;
	return p;
}

int flow_hangup(flow *f)
{
	ahoy_switch_cursor cursor = {0};
	ahoy_live_call_info info;
	int err;

	draw_line(f, "ahoyd", "", "the operator hangs up");
	if (!ahoy_switch_next_call(f->sw, &cursor, &info))
		return AHOY_ENOTFOUND;
	err = ahoy_switch_hangup(f->sw, now_of(f), info.id);
	server_settle(f, now_of(f));
	return err;
}

void flow_stop(flow *f)
{
	draw_line(f, "ahoyd", "", "is told to end");
	ahoy_switch_stop(f->sw, now_of(f));
	server_settle(f, now_of(f));
}

call flow_call(flow *f)
{
	call c = {.a = phone_ready(f, "111", "111", "192.0.2.11:5060"), .b = phone_ready(f, "112", "112", "192.0.2.12:5060")};
	const sip *invite;

	c.at_a = phone_send(c.a, "INVITE", "112", &(extra){.body = phone_sdp(c.a, "PCMU PCMA", NULL)});
	invite = phone_expect(c.b, "INVITE");
	c.at_b = phone_take(c.b, invite);
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_silence(f, 100);
	return c;
}

call flow_standing_call(flow *f)
{
	call c;

	f->muted = true;
	c = flow_call(f);
	f->muted = false;
	flow_note(f, "111 and 112 talk");
	return c;
}

void flow_bye(call *c)
{
	dialog_send(c->at_b, "BYE", NULL);
	phone_expect(c->b, "200 BYE");
	dialog_answer(c->at_a, phone_expect(c->a, "BYE"), 200, NULL, NULL);
}

/* What nobody fetched was not expected. */
static void check_inboxes(flow *f)
{
	for (unsigned i = 0; i < f->phone_count; i++) {
		const phone *p = f->phones[i];

		if (p->read < p->got)
			flow_fail(f, "%s got more than expected: %.*s", p->label,
				  (int)ahoy_slice_find(p->inbox[p->read]->msg.raw, '\r'), p->inbox[p->read]->bytes);
	}
}

static flow *begin(const flow_case *which, flow_carrier on)
{
	flow *f = calloc(1, sizeof *f);

	if (!f)
		abort();
	f->which = which;
	f->options = which->options;
	if (!f->options.show)
		f->options.show = "";
	test_env_init(&f->te, 1);
	f->ladder = ahoy_buf_over(flow_keep(f, LADDER_BYTES), LADDER_BYTES);
	ahoy_buf_fmt(&f->ladder, "%s\n\n", which->says);
	assert_ok(ahoy_addr_parse(AHOY_S(SERVER_AT), &f->server_at));
	if (on == CARRIER_VIRTUAL)
		carrier_virtual(f);
	else
		carrier_sockets(f);
	f->carrier.place(f->carrier.ctx, &f->server_at);
	{
		ahoy_buf host = ahoy_buf_over(f->host, sizeof f->host);

		ahoy_addr_put(&host, &f->server_at);
		(void)ahoy_buf_cstr(&host);
	}
	server_begin(f);
	return f;
}

/* The flow that runs, or whose test has failed. */
static flow *current;

static void end(flow *f, bool checked)
{
	f->carrier.close(f->carrier.ctx);
	ahoy_switch_del(f->sw);
	if (checked)
		test_env_fini(&f->te);
	while (f->piece_count)
		free(f->pieces[--f->piece_count]);
	free(f);
	current = NULL;
}

void flow_run(const flow_case *which, flow_carrier on)
{
	flow *f;

	if (current)
		end(current, false);
	f = current = begin(which, on);
	which->script(f);
	if (on == CARRIER_VIRTUAL) {
		flow_pass(f, DYING_AWAY / 1000);
		server_check_end(f);
	} else {
		flow_pass(f, 50);
	}
	check_inboxes(f);
	golden_check(f, on == CARRIER_VIRTUAL);
	end(f, true);
}

static const flow_case *const groups[] = {register_flows, call_flows, fork_flows, change_flows,
					  request_flows, trouble_flows, content_flows, echo_flows,
					  session_flows, early_flows, privacy_flows, breadth_flows, redirect_flows,
					  transcode_flows};

static void run_virtual(void **state)
{
	flow_run(*state, CARRIER_VIRTUAL);
}

static void run_sockets(void **state)
{
	flow_run(*state, CARRIER_SOCKETS);
}

int flow_run_all(const char *group, flow_carrier on)
{
	struct CMUnitTest tests[512];
	size_t count = 0;
	int failed;

	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		for (const flow_case *which = groups[i]; which->name; which++) {
			if (on == CARRIER_SOCKETS && !which->sockets)
				continue;
			assert_true(count < ARRAY_LEN(tests));
			tests[count++] = (struct CMUnitTest){
				.name = which->name,
				.test_func = on == CARRIER_VIRTUAL ? run_virtual : run_sockets,
				.initial_state = (void *)(uintptr_t)which,
			};
		}
	failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
	if (current)
		end(current, false);
	return failed;
}
