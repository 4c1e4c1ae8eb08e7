/* A callee that sends a call on (3xx, RFC 3261 8.1.3.4): followed where it leads to numbers of ours, so that a phone's forwarding
 * works for callers that would not follow it, and nobody is sent elsewhere at our cost. Bounded, and no number rings twice. Whom
 * it reaches is told by whom it came: Diversion (RFC 5806) for phones, History-Info (RFC 7044) for the record of all steps. */
#include "b2b/internal.h"

/* RFC 5806 4; what a phone says beside these is "unknown" to the next one. */
static const char *const reasons[] = {"unknown", "user-busy", "no-answer", "unavailable", "unconditional",
				      "time-of-day", "do-not-disturb", "deflection", "follow-me", "out-of-service", "away"};
#define UNCONDITIONAL 4u
#define DEFLECTION 7u

static unsigned reason_of(const ahoy_msg *msg)
{
	ahoy_name_addr diversion;
	ahoy_slice value;

	if (!ahoy_msg_name_addr(msg, AHOY_H_DIVERSION, &diversion) && ahoy_params_get(diversion.params, AHOY_S("reason"), &value))
		for (unsigned i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
			if (ahoy_slice_ieq(value, ahoy_slice_of(reasons[i])))
				return i;
	return msg->status == 301 ? UNCONDITIONAL : DEFLECTION;
}

/* The first is the number that was called. */
static int begin(ahoy_switch *sw, b2b_call *call)
{
	if (call->targets)
		return 0;
	call->targets = ahoy_resize(sw->env, NULL, (1 + AHOY_MAX_REDIRECTS) * sizeof *call->targets);
	if (!call->targets)
		return AHOY_ENOMEM;
	memset(call->targets, 0, (1 + AHOY_MAX_REDIRECTS) * sizeof *call->targets);
	call->target_count = 1;
	return ahoy_b2b_set(sw, &call->targets[0].user, call->to);
}

void ahoy_b2b_redirect_free(ahoy_switch *sw, b2b_call *call)
{
	for (unsigned i = 0; i < call->target_count; i++)
		ahoy_free(sw->env, (void *)call->targets[i].user.ptr);
	ahoy_free(sw->env, call->targets);
	ahoy_free(sw->env, (void *)call->invite.ptr);
	call->targets = NULL;
	call->target_count = 0;
	call->invite = (ahoy_slice){0};
}

static bool is_tried(const b2b_call *call, ahoy_slice user)
{
	for (unsigned i = 0; i < call->target_count; i++)
		if (ahoy_slice_eq(call->targets[i].user, user))
			return true;
	return false;
}

unsigned ahoy_b2b_redirect_depth(const b2b_call *call, unsigned target)
{
	unsigned depth = 0;

	for (; target; target = call->targets[target].from)
		depth++;
	return depth;
}

/* RFC 7044 10.3: the parent's, and which of its children. */
static void put_index(ahoy_buf *b, const b2b_call *call, unsigned target)
{
	unsigned child = 1;

	if (!target) {
		ahoy_buf_str(b, "1");
		return;
	}
	put_index(b, call, call->targets[target].from);
	for (unsigned i = 1; i < target; i++)
		child += call->targets[i].from == call->targets[target].from;
	ahoy_buf_fmt(b, ".%u", child);
}

static void put_uri(ahoy_switch *sw, ahoy_buf *b, ahoy_slice user, const ahoy_flow *flow)
{
	ahoy_addr self;

	ahoy_self_address(&sw->config.self, flow, &self);
	ahoy_buf_str(b, "sip:");
	ahoy_uri_escape_user(b, user);
	ahoy_buf_char(b, '@');
	ahoy_addr_put(b, &self);
}

/* The entries from the number that was called to this one; `cause` of the step that follows, 0 for the last. */
static void put_history(ahoy_switch *sw, ahoy_buf *b, const b2b_call *call, unsigned target, int cause, const ahoy_flow *flow)
{
	const b2b_target *t = &call->targets[target];

	if (target) {
		put_history(sw, b, call, t->from, t->cause, flow);
		ahoy_buf_str(b, ", ");
	}
	ahoy_buf_char(b, '<');
	put_uri(sw, b, t->user, flow);
	if (cause)
		ahoy_buf_fmt(b, "?Reason=SIP%%3Bcause%%3D%d", cause);
	ahoy_buf_str(b, ">;index=");
	put_index(b, call, target);
	if (target) {
		ahoy_buf_str(b, ";mp=");
		put_index(b, call, t->from);
	}
}

void ahoy_b2b_write_diverted(ahoy_switch *sw, ahoy_buf *b, const b2b_call *call, unsigned target, const ahoy_flow *flow)
{
	char text[2048];
	ahoy_buf value = ahoy_buf_over(text, sizeof text);

	if (!target)
		return;
	put_history(sw, &value, call, target, 0, flow);
	if (!value.full)
		ahoy_write_header(b, AHOY_H_HISTORY_INFO, ahoy_buf_slice(&value));
	/* RFC 5806 4: the last that diverted stands first. */
	for (; target; target = call->targets[target].from) {
		const b2b_target *t = &call->targets[target];

		value.len = 0;
		ahoy_buf_char(&value, '<');
		put_uri(sw, &value, call->targets[t->from].user, flow);
		ahoy_buf_fmt(&value, ">;reason=%s;counter=1", reasons[t->reason]);
		if (!value.full)
			ahoy_write_header(b, AHOY_H_DIVERSION, ahoy_buf_slice(&value));
	}
}

/* Rings the phones of one more number. 0, or what the caller is told instead. */
static int ring(ahoy_switch *sw, b2b_call *call, const b2b_leg *leg, ahoy_slice user, const ahoy_msg *redirection)
{
	ahoy_binding bindings[AHOY_MAX_CONTACTS];
	size_t count = ahoy_b2b_one_flow_each(bindings, ahoy_registrar_lookup(sw->registrar, sw->now, user, bindings));
	unsigned target = call->target_count, before = call->forks, depth = ahoy_b2b_redirect_depth(call, leg->target);
	b2b_fork how = {.target = target};

	if (is_tried(call, user) || target == 1 + AHOY_MAX_REDIRECTS || (int)depth + 1 >= sw->parked.max_forwards)
		return 482;
	if (!count)
		return 480;
	if (ahoy_b2b_set(sw, &call->targets[target].user, user))
		return 500;
	call->targets[target].from = leg->target;
	call->targets[target].cause = redirection->status;
	call->targets[target].reason = reason_of(redirection);
	call->target_count++;
	if (call->said_breadth) { /* RFC 5393: what this fork had is all there is for those that follow from it */
		count = count < leg->breadth ? count : leg->breadth;
		how.breadth = count ? leg->breadth / (uint32_t)count : 0;
	}
	for (size_t i = 0; i < count && call->forks < AHOY_MAX_FORKS; i++)
		(void)!ahoy_b2b_fork_to(sw, call, &sw->parked, &bindings[i], &how);
	return call->forks > before ? 0 : 503;
}

/* What was asked for when the call began: the INVITE, and what its caller describes. */
static int recall(ahoy_switch *sw, b2b_call *call)
{
	int err = call->invite.len ? begin(sw, call) : AHOY_ESTATE;

	if (!err)
		err = ahoy_msg_parse(call->invite, &sw->parked, NULL);
	if (!err && sw->parked.max_forwards < 0)
		sw->parked.max_forwards = 70;
	if (!err && !call->offerless)
		err = ahoy_b2b_read_sdp(sw, call->a.said);
	return err;
}

/* The user whom this Contact names here; empty: nobody of ours. */
static ahoy_slice user_at(const ahoy_switch *sw, ahoy_slice contact, ahoy_buf *b)
{
	ahoy_name_addr addr;
	ahoy_slice rest;

	if (ahoy_name_addr_parse(contact, &addr, &rest) || addr.star || !addr.uri.user.len || !ahoy_b2b_is_ours(sw, &addr.uri))
		return (ahoy_slice){0};
	ahoy_uri_unescape(b, addr.uri.user);
	return b->full ? (ahoy_slice){0} : ahoy_buf_slice(b);
}

static bool leads_on(const ahoy_ua_event *event)
{
	return event->msg && (event->status == 300 || event->status == 301 || event->status == 302);
}

int ahoy_b2b_redirect(ahoy_switch *sw, b2b_call *call, const b2b_leg *leg, const ahoy_ua_event *event)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice value;
	int status = event->status;
	bool followed = false;

	if (!leads_on(event) || sw->config.pass_redirects || recall(sw, call))
		return status;
	for (unsigned i = 0; i < AHOY_MAX_CONTACTS && ahoy_msg_next_value(event->msg, AHOY_H_CONTACT, &cursor, &value); i++) {
		char text[AHOY_MAX_USER];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		ahoy_slice user = user_at(sw, value, &b);

		if (!user.len)
			continue;
		status = ring(sw, call, leg, user, event->msg);
		followed = followed || !status;
	}
	if (!followed)
		return status;
	call->told_status = 181;
	(void)ahoy_call_progress(sw->ua, sw->now, call->a.ua, 181, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
	return 0;
}
