/* The user agent's life, its turns and its events; each kind of exchange has its own file. */
#include "ua/internal.h"

#define MAX_REGISTRATIONS 65536u

int ahoy_ua_new(const ahoy_env *env, const ahoy_ua_config *config, ahoy_ua **out)
{
	ahoy_ua *ua = ahoy_new(env, sizeof *ua);
	uint32_t max_calls = config->max_calls ? config->max_calls : AHOY_MAX_CALLS;
	int err;

	*out = NULL;
	if (!ua)
		return AHOY_ENOMEM;
	ua->env = env;
	ua->config = *config;
	ua->text = ahoy_resize(env, NULL, UA_TEXT);
	err = ua->text ? ahoy_stack_new(env, &config->stack, &ua->stack) : AHOY_ENOMEM;
	if (err) {
		ahoy_free(env, ua->text);
		ahoy_free(env, ua);
		return err;
	}
	ahoy_slots_init(&ua->calls, env, sizeof(ua_call), max_calls);
	ahoy_slots_init(&ua->sendings, env, sizeof(ua_sending), AHOY_MAX_TRANSACTIONS);
	ahoy_slots_init(&ua->registrations, env, sizeof(ua_registration), MAX_REGISTRATIONS);
	ahoy_timers_init(&ua->timers, 0);
	*out = ua;
	return 0;
}

static void reap(ahoy_ua *ua)
{
	while (ua->dead_calls) {
		ua_call *call = ua->dead_calls;

		ua->dead_calls = call->next_dead;
		ahoy_ua_call_free(ua, call);
	}
	while (ua->dead_sendings) {
		ua_sending *sending = ua->dead_sendings;

		ua->dead_sendings = sending->next_dead;
		ahoy_ua_sending_free(ua, sending);
	}
	while (ua->dead_registrations) {
		ua_registration *registration = ua->dead_registrations;

		ua->dead_registrations = registration->next_dead;
		ahoy_ua_registration_free(ua, registration);
	}
}

void ahoy_ua_del(ahoy_ua *ua)
{
	uint64_t cursor;
	void *object;

	if (!ua)
		return;
	for (cursor = 0; (object = ahoy_slots_next(&ua->calls, &cursor, NULL));)
		ahoy_ua_call_free(ua, object);
	for (cursor = 0; (object = ahoy_slots_next(&ua->sendings, &cursor, NULL));)
		ahoy_ua_sending_free(ua, object);
	for (cursor = 0; (object = ahoy_slots_next(&ua->registrations, &cursor, NULL));)
		ahoy_ua_registration_free(ua, object);
	ahoy_slots_fini(&ua->calls);
	ahoy_slots_fini(&ua->sendings);
	ahoy_slots_fini(&ua->registrations);
	ahoy_stack_del(ua->stack);
	ahoy_free(ua->env, ua->text);
	ahoy_free(ua->env, ua);
}

ahoy_stack *ahoy_ua_stack(ahoy_ua *ua)
{
	return ua->stack;
}

/* Events not yet fetched still name what would be freed; it then waits for the next turn. */
static void begin(ahoy_ua *ua, ahoy_time now)
{
	if (now > ua->now)
		ua->now = now;
	if (ua->event_popped == ua->event_count)
		reap(ua);
}

void ahoy_ua_turn(ahoy_ua *ua, ahoy_time now)
{
	begin(ua, now);
	ahoy_stack_turn(ua->stack, now);
}

bool ahoy_ua_trim(ahoy_ua *ua)
{
	bool trimmed = ahoy_stack_trim(ua->stack);

	trimmed |= ahoy_slots_trim(&ua->calls);
	trimmed |= ahoy_slots_trim(&ua->sendings);
	trimmed |= ahoy_slots_trim(&ua->registrations);
	return trimmed;
}

void ahoy_ua_recv(ahoy_ua *ua, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	begin(ua, now);
	ahoy_stack_recv(ua->stack, now, flow, bytes);
}

void ahoy_ua_expire(ahoy_ua *ua, ahoy_time now)
{
	begin(ua, now);
	ua->expiring = true;
	ahoy_stack_expire(ua->stack, now);
}

void ahoy_ua_send_failed(ahoy_ua *ua, ahoy_time now, const ahoy_flow *flow)
{
	begin(ua, now);
	ahoy_stack_send_failed(ua->stack, now, flow);
	ahoy_ua_registrations_lost(ua, flow);
}

void ahoy_ua_flow_closed(ahoy_ua *ua, ahoy_time now, const ahoy_flow *flow)
{
	begin(ua, now);
	ahoy_stack_flow_closed(ua->stack, now, flow);
	ahoy_ua_registrations_lost(ua, flow);
}

void ahoy_ua_recv_broken(ahoy_ua *ua, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err)
{
	begin(ua, now);
	ahoy_stack_recv_broken(ua->stack, now, flow, head, err);
}

ahoy_time ahoy_ua_next(const ahoy_ua *ua)
{
	ahoy_time mine = ahoy_timers_next(&ua->timers), stack = ahoy_stack_next(ua->stack);

	return mine < stack ? mine : stack;
}

bool ahoy_ua_pop_out(ahoy_ua *ua, ahoy_out *out)
{
	return ahoy_stack_pop_out(ua->stack, out);
}

ahoy_ua_event *ahoy_ua_raise(ahoy_ua *ua, ahoy_ua_event_kind kind)
{
	ahoy_ua_event *event;

	if (ua->event_popped == ua->event_count)
		ua->event_popped = ua->event_count = 0;
	AHOY_ASSERT(ua->event_count < UA_EVENTS);
	event = &ua->events[ua->event_count++];
	*event = (ahoy_ua_event){.kind = kind};
	return event;
}

ahoy_ua_event *ahoy_ua_raise_call(ahoy_ua *ua, ahoy_ua_event_kind kind, const ua_call *call, const ahoy_stack_event *from)
{
	ahoy_ua_event *event = ahoy_ua_raise(ua, kind);

	event->call = call->id;
	event->user = call->user;
	if (from) {
		event->msg = from->msg;
		event->flow = from->flow;
		if (from->msg && !from->msg->is_request) {
			event->status = from->msg->status;
			event->reason = from->msg->reason;
		}
	}
	return event;
}

static void recv_request(ahoy_ua *ua, const ahoy_stack_event *from)
{
	ahoy_ua_event *event;

	/* 12.2.2: a To tag means a dialog, ours or one that is gone. CANCEL belongs to a transaction instead. */
	if (from->msg->to.tag.len && from->msg->method != AHOY_CANCEL) {
		ahoy_ua_recv_in_dialog(ua, from);
		return;
	}
	event = ahoy_ua_raise(ua, AHOY_UA_REQUEST);
	event->msg = from->msg;
	event->flow = from->flow;
}

static void handle(ahoy_ua *ua, const ahoy_stack_event *event)
{
	switch (event->kind) {
	case AHOY_STACK_REQUEST:
		recv_request(ua, event);
		break;
	case AHOY_STACK_CANCEL:
		ahoy_ua_invite_cancelled(ua, event);
		break;
	case AHOY_STACK_ACK:
		ahoy_ua_invite_acked(ua, event);
		break;
	case AHOY_STACK_RESPONSE:
		ahoy_ua_recv_response(ua, event);
		break;
	case AHOY_STACK_FAILED:
		ahoy_ua_recv_failed(ua, event);
		break;
	case AHOY_STACK_UNACKED:
		ahoy_ua_invite_unacked(ua, event);
		break;
	}
}

/* One more thing that happened; false where all is handled. Events are made as they are fetched, so the queue stays small. */
static bool step(ahoy_ua *ua)
{
	ahoy_stack_event event;
	ahoy_timer *timer;

	if (ahoy_stack_pop_event(ua->stack, &event)) {
		handle(ua, &event);
		return true;
	}
	if (!ua->expiring)
		return false;
	timer = ahoy_timers_pop(&ua->timers, ua->now);
	if (!timer) {
		ua->expiring = false;
		return false;
	}
	if (timer->kind == UA_TIMER_GLARE)
		ahoy_ua_glare_over(ua, timer->owner);
	else if (timer->kind == UA_TIMER_SESSION)
		ahoy_ua_session_due(ua, timer->owner);
	else if (timer->kind == UA_TIMER_PRACK)
		ahoy_ua_prack_due(ua, timer->owner);
	else
		ahoy_ua_registration_due(ua, timer->owner);
	return true;
}

bool ahoy_ua_pop_event(ahoy_ua *ua, ahoy_ua_event *event)
{
	while (ua->event_popped == ua->event_count)
		if (!step(ua))
			return false;
	*event = ua->events[ua->event_popped++];
	return true;
}

int ahoy_ua_dup(ahoy_ua *ua, ahoy_slice value, ahoy_slice *out)
{
	return ahoy_slice_dup(ua->env, value, out);
}

void ahoy_ua_free(ahoy_ua *ua, ahoy_slice *slot)
{
	ahoy_free(ua->env, (void *)slot->ptr);
	*slot = (ahoy_slice){0};
}

bool ahoy_ua_is_sips(ahoy_slice uri)
{
	return ahoy_slice_istarts(uri, AHOY_S("sips:"));
}

void ahoy_ua_put_contact(ahoy_ua *ua, ahoy_buf *b, ahoy_slice user, const ahoy_flow *flow, bool sips)
{
	ahoy_slice name = ahoy_transport_name(flow->transport);
	ahoy_addr self;

	ahoy_self_address(ahoy_stack_self(ua->stack), flow, &self);
	ahoy_buf_str(b, sips ? "<sips:" : "<sip:");
	if (user.len) {
		ahoy_buf_put(b, user);
		ahoy_buf_char(b, '@');
	}
	ahoy_addr_put(b, &self);
	/* sips: says TLS by itself, and its transport parameter names what lies below (RFC 5630 3.1.4). */
	if (flow->transport != AHOY_UDP && !(sips && flow->transport == AHOY_TLS)) {
		ahoy_buf_str(b, ";transport=");
		for (size_t i = 0; i < name.len; i++)
			ahoy_buf_char(b, ahoy_lower(name.ptr[i]));
	}
	ahoy_buf_char(b, '>');
}
