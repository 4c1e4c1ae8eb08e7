/* Registrations of ours (RFC 3261 10.2): asked for, refreshed before they expire, given up. */
#include "ua/internal.h"

#define RETRY_FIRST AHOY_SECONDS(5)
#define RETRY_LAST AHOY_SECONDS(300)
/* RFC 5626 4.5: base-time where all flows failed, and max-time. */
#define FLOW_BASE AHOY_SECONDS(30)
#define FLOW_MAX AHOY_SECONDS(1800)
/* A registrar may not make us send more often than this, whatever expiry it grants. */
#define REFRESH_LEAST AHOY_SECONDS(1)

void ahoy_ua_registration_free(ahoy_ua *ua, ua_registration *registration)
{
	ahoy_ua_free(ua, &registration->registrar);
	ahoy_ua_free(ua, &registration->aor);
	ahoy_ua_free(ua, &registration->contact_user);
	ahoy_ua_free(ua, &registration->route);
	ahoy_ua_auth_del(ua, registration->auth);
	ahoy_slots_remove(&ua->registrations, registration->id);
}

static void end(ahoy_ua *ua, ua_registration *registration)
{
	if (registration->dead)
		return;
	registration->dead = true;
	ahoy_timer_stop(&ua->timers, &registration->timer);
	registration->next_dead = ua->dead_registrations;
	ua->dead_registrations = registration;
}

static int send_register(ahoy_ua *ua, ua_registration *registration)
{
	char head_text[4096], rest_text[1024];
	ahoy_buf head = ahoy_buf_over(head_text, sizeof head_text), rest = ahoy_buf_over(rest_text, sizeof rest_text);
	ua_send_spec spec = {
		.purpose = UA_SEND_REGISTER,
		.registration = registration->id,
		.method = AHOY_REGISTER,
		.uri = registration->registrar,
		.contact_user = registration->contact_user,
		.cseq = ++registration->cseq,
		.flow = registration->has_flow ? &registration->flow : NULL,
		.route = registration->route,
	};

	ahoy_write_number(&head, AHOY_H_MAX_FORWARDS, 70);
	ahoy_write_fmt(&head, AHOY_H_FROM, "<%.*s>;tag=%s", AHOY_P(registration->aor), registration->tag);
	ahoy_write_fmt(&head, AHOY_H_TO, "<%.*s>", AHOY_P(registration->aor));
	ahoy_write_header(&head, AHOY_H_CALL_ID, ahoy_slice_of(registration->call_id));
	ahoy_write_number(&rest, AHOY_H_EXPIRES, registration->leaving ? 0 : registration->expires_s);
	ahoy_write_header(&rest, AHOY_H_ALLOW, ua->config.allow);
	ahoy_write_header(&rest, AHOY_H_USER_AGENT, ua->config.product);
	if (head.full || rest.full)
		return AHOY_ETOOBIG;
	spec.head = ahoy_buf_slice(&head);
	spec.rest = ahoy_buf_slice(&rest);
	registration->leave_sent = registration->leaving;
	return ahoy_ua_send(ua, &spec, &registration->sending);
}

int ahoy_ua_register(ahoy_ua *ua, ahoy_time now, const ahoy_register *spec, ahoy_registration_id *out)
{
	ahoy_id id;
	bool full;
	ua_registration *registration = ahoy_slots_add(&ua->registrations, &id, &full);
	int err;

	*out = 0;
	if (now > ua->now)
		ua->now = now;
	if (!registration)
		return full ? AHOY_EFULL : AHOY_ENOMEM;
	registration->id = id;
	registration->expires_s = spec->expires_s;
	registration->once = spec->once;
	ahoy_timer_init(&registration->timer, registration, UA_TIMER_REGISTRATION);
	ahoy_stack_mint(ua->stack, registration->call_id);
	ahoy_stack_mint(ua->stack, registration->tag);
	registration->by_name = !spec->flow;
	if (spec->flow) {
		registration->flow = *spec->flow;
		registration->has_flow = true;
	}
	err = ahoy_ua_dup(ua, spec->registrar, &registration->registrar);
	if (!err)
		err = ahoy_ua_dup(ua, spec->aor, &registration->aor);
	if (!err)
		err = ahoy_ua_dup(ua, spec->contact_user, &registration->contact_user);
	if (!err)
		err = ahoy_ua_dup(ua, spec->route, &registration->route);
	if (!err)
		err = ahoy_ua_auth_new(ua, &spec->credentials, &registration->auth);
	if (!err)
		err = send_register(ua, registration);
	if (err) {
		end(ua, registration);
		return err;
	}
	*out = id;
	return 0;
}

int ahoy_ua_unregister(ahoy_ua *ua, ahoy_time now, ahoy_registration_id id)
{
	ua_registration *registration = ahoy_slots_get(&ua->registrations, id);

	if (now > ua->now)
		ua->now = now;
	if (!registration || registration->dead)
		return AHOY_ESTALE;
	if (registration->leaving)
		return 0;
	registration->leaving = true;
	ahoy_timer_stop(&ua->timers, &registration->timer);
	/* 10.2: not before the answer to the REGISTER under way. */
	return registration->sending ? 0 : send_register(ua, registration);
}

static void raise_failed(ahoy_ua *ua, const ua_registration *registration, const ua_outcome *outcome, bool final)
{
	ahoy_ua_event *event = ahoy_ua_raise(ua, AHOY_UA_REGISTER_FAILED);

	event->registration = registration->id;
	event->status = outcome->status;
	event->reason = ahoy_reason_phrase(outcome->status);
	event->auth_failed = outcome->auth_failed;
	event->final = final;
	if (outcome->event) {
		event->err = outcome->event->err;
		event->msg = outcome->event->msg;
		event->flow = outcome->event->flow;
		if (event->msg)
			event->reason = event->msg->reason;
	}
}

static bool contact_is_ours(ahoy_ua *ua, const ua_registration *registration, const ahoy_uri *contact)
{
	char text[AHOY_MAX_CONTACT + 96];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_uri ours;

	ahoy_ua_put_contact(ua, &b, registration->contact_user, &registration->flow, ahoy_ua_is_sips(registration->registrar));
	if (b.full || b.len < 2 || ahoy_uri_parse(ahoy_slice_make(text + 1, b.len - 2), &ours))
		return false;
	return ahoy_uri_eq(&ours, contact);
}

/* 10.2.4: our Contact's expires, else the Expires header, else what we asked for. */
static uint32_t granted(ahoy_ua *ua, const ua_registration *registration, const ahoy_msg *msg)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice value, rest, text;
	ahoy_name_addr contact;
	uint32_t seconds;

	while (ahoy_msg_next_value(msg, AHOY_H_CONTACT, &cursor, &value)) {
		if (ahoy_name_addr_parse(value, &contact, &rest) || !contact_is_ours(ua, registration, &contact.uri))
			continue;
		if (ahoy_params_get(contact.params, AHOY_S("expires"), &text) && !ahoy_slice_u32(text, UINT32_MAX, &seconds))
			return seconds;
	}
	if (!ahoy_msg_seconds(msg, AHOY_H_EXPIRES, &seconds))
		return seconds;
	return registration->expires_s;
}

/* Half a minute before the end, or at the half of a short one. */
static ahoy_time refresh_after(uint32_t seconds)
{
	ahoy_time whole = AHOY_SECONDS(seconds), early = whole / 2;

	if (early > AHOY_SECONDS(30))
		early = AHOY_SECONDS(30);
	return whole - early < REFRESH_LEAST ? REFRESH_LEAST : whole - early;
}

static bool is_final_refusal(const ua_outcome *outcome)
{
	switch (outcome->status) {
	case 400:
	case 403:
	case 404:
	case 405:
	case 416:
	case 420:
	case 501:
	case 505:
	case 513:
		return true;
	default:
		return outcome->auth_failed || outcome->status >= 600;
	}
}

/* Before the next attempt. By a stream as RFC 5626 4.5 says: twice as long after each failure, and a random part of
 * the half of it, so that the phones of a server that comes back do not all come at once. */
static ahoy_time retry_after(ahoy_ua *ua, const ua_registration *registration)
{
	unsigned failures = registration->failures < 6 ? registration->failures : 6;
	ahoy_time wait = RETRY_FIRST << failures;

	if (!ahoy_transport_is_reliable(registration->flow.transport))
		return wait < RETRY_LAST ? wait : RETRY_LAST;
	wait = FLOW_BASE << (failures + 1);
	if (wait > FLOW_MAX)
		wait = FLOW_MAX;
	return wait / 2 + ahoy_random_u32(ua->env) % (wait / 2);
}

static void failed(ahoy_ua *ua, ua_registration *registration, const ua_outcome *outcome)
{
	bool final = registration->once || is_final_refusal(outcome);
	ahoy_time wait = retry_after(ua, registration);

	raise_failed(ua, registration, outcome, final);
	if (final) {
		end(ua, registration);
		return;
	}
	registration->failures++;
	ahoy_timer_arm(&ua->timers, &registration->timer, ua->now + wait);
}

static void registered(ahoy_ua *ua, ua_registration *registration, const ua_outcome *outcome)
{
	const ua_outcome unkept = {.status = 502};
	uint32_t seconds = granted(ua, registration, outcome->event->msg);
	ahoy_ua_event *event;

	/* A 200 that grants nothing has kept no binding: nobody could call us. */
	if (seconds == 0 && registration->expires_s) {
		failed(ua, registration, &unkept);
		return;
	}
	event = ahoy_ua_raise(ua, AHOY_UA_REGISTERED);
	registration->failures = 0;
	registration->raised = false;
	event->registration = registration->id;
	event->status = outcome->status;
	event->msg = outcome->event->msg;
	event->reason = event->msg->reason;
	event->flow = outcome->event->flow;
	event->seconds = seconds;
	if (registration->once)
		end(ua, registration);
	else
		ahoy_timer_arm(&ua->timers, &registration->timer, ua->now + refresh_after(event->seconds));
}

static void left(ahoy_ua *ua, ua_registration *registration, const ua_outcome *outcome)
{
	if (outcome->status >= 300) {
		raise_failed(ua, registration, outcome, true);
	} else {
		ahoy_ua_event *event = ahoy_ua_raise(ua, AHOY_UA_UNREGISTERED);

		event->registration = registration->id;
		event->status = outcome->status;
	}
	end(ua, registration);
}

void ahoy_ua_register_done(ahoy_ua *ua, ua_registration *registration, const ua_outcome *outcome)
{
	uint32_t least;

	registration->sending = 0;
	if (registration->leave_sent) {
		left(ua, registration, outcome);
		return;
	}
	if (registration->leaving) { /* asked to leave while this one was under way */
		if (send_register(ua, registration))
			left(ua, registration, &(ua_outcome){.status = 500});
		return;
	}
	if (outcome->status < 300) {
		registered(ua, registration, outcome);
		return;
	}
	/* 10.2.8: once, with what the registrar wants at least. */
	if (outcome->status == 423 && !registration->raised && outcome->event &&
	    !ahoy_msg_seconds(outcome->event->msg, AHOY_H_MIN_EXPIRES, &least) && least > registration->expires_s) {
		registration->expires_s = least;
		registration->raised = true;
		if (!send_register(ua, registration))
			return;
	}
	failed(ua, registration, outcome);
}

void ahoy_ua_registrations_lost(ahoy_ua *ua, const ahoy_flow *flow)
{
	uint64_t cursor = 0;
	ua_registration *registration;

	if (!ahoy_transport_is_reliable(flow->transport))
		return;
	while ((registration = ahoy_slots_next(&ua->registrations, &cursor, NULL))) {
		if (registration->dead || registration->leaving || registration->sending || registration->failures ||
		    !ahoy_flow_eq(&registration->flow, flow))
			continue;
		ahoy_timer_arm(&ua->timers, &registration->timer, ua->now);
	}
}

void ahoy_ua_registration_due(ahoy_ua *ua, ua_registration *registration)
{
	const ua_outcome unsent = {.status = 500};

	if (registration->dead || registration->sending)
		return;
	if (send_register(ua, registration))
		failed(ua, registration, &unsent);
}
