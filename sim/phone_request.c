/* A phone's requests beside calls: INFO and MESSAGE in one, MESSAGE and OPTIONS outside. Each bears a note by which it is known again. */
#include <stdio.h>

#include "sim/phone.h"
#include "sim/world.h"

static unsigned note_of(ahoy_slice body)
{
	size_t at = ahoy_slice_search(body, AHOY_S("note="));
	uint32_t number;

	return at == body.len || ahoy_slice_u32(ahoy_slice_from(body, at + 5), UINT32_MAX, &number) ? 0 : number;
}

static ahoy_slice write_note(ahoy_buf *b, unsigned note)
{
	ahoy_buf_fmt(b, "Signal=5\r\nnote=%u", note);
	return ahoy_buf_slice(b);
}

void sim_leg_request(sim_phone *phone, sim_leg *leg, ahoy_method method)
{
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	/* OPTIONS is answered by whom it meets: it does not cross; nor does anything to the echo. */
	bool crosses = method != AHOY_OPTIONS && !sim_attempt_of(phone->world, leg->attempt)->is_echo;
	unsigned note = crosses ? sim_note_new(phone->world, leg->attempt) : 0;
	ahoy_slice type = method == AHOY_INFO ? AHOY_S("application/dtmf-relay") : AHOY_S("text/plain");

	/* Before the ACK came a callee cannot know that the caller's side has the dialog yet. */
	if (leg->state != SIM_LEG_UP || leg->owes_ack || (!leg->is_caller && !leg->acked))
		return;
	sim_phone_begin(phone);
	if (!ahoy_call_request(phone->ua, phone->world->now, leg->id, method, (ahoy_slice){0}, type,
			       write_note(&b, note), note))
		leg->requests++;
	sim_phone_end(phone);
}

void sim_leg_asked(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	unsigned note = note_of(event->msg->body);

	if (!note)
		sim_fail(phone->world, leg->attempt, "the body of a request in the call does not cross");
	phone->world->looked_at = event->msg->call_id;
	sim_note_came(phone->world, note, phone->index);
	phone->world->looked_at = (ahoy_slice){0};
	(void)ahoy_call_respond(phone->ua, phone->world->now, leg->id, event->tx, 200, (ahoy_slice){0}, (ahoy_slice){0},
				(ahoy_slice){0});
}

void sim_leg_told(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event)
{
	if (!leg->requests)
		sim_fail(phone->world, leg->attempt, "a request in the call is answered twice");
	leg->requests--;
	if (event->status < 300 && event->user)
		sim_note_answered(phone->world, (unsigned)event->user);
}

/* ---- requests outside ---- */

static void send_single(sim_phone *phone, ahoy_method method, const char *target, unsigned note)
{
	char uri_text[128], from_text[64], to_text[140], body_text[64];
	ahoy_buf uri = ahoy_buf_over(uri_text, sizeof uri_text), to = ahoy_buf_over(to_text, sizeof to_text),
		 body = ahoy_buf_over(body_text, sizeof body_text);
	ahoy_flow flow = {.transport = AHOY_UDP, .local = phone->address, .peer = phone->server};
	ahoy_ua_request_spec spec = {
		.method = method,
		.flow = phone->habits.by_name ? NULL : &flow,
		.max_forwards = 70,
		.credentials = {ahoy_slice_of(phone->user), ahoy_slice_of(phone->password)},
		.user = note,
	};
	unsigned at = 0;

	while (at < SIM_SINGLES && phone->singles[at])
		at++;
	if (at == SIM_SINGLES)
		return;
	sim_phone_put_uri(phone, &uri, target);
	ahoy_buf_fmt(&to, "<%.*s>", AHOY_P(ahoy_buf_slice(&uri)));
	spec.uri = ahoy_buf_slice(&uri);
	spec.to = ahoy_buf_slice(&to);
	spec.from = ahoy_slice_make(from_text,
				    (size_t)snprintf(from_text, sizeof from_text, "<sip:%s@ahoy.test>", phone->user));
	if (method == AHOY_MESSAGE) {
		spec.type = AHOY_S("text/plain");
		spec.body = write_note(&body, note);
	}
	phone->singles[at] = note;
	sim_phone_begin(phone);
	if (ahoy_ua_request(phone->ua, phone->world->now, &spec))
		sim_fail(phone->world, 0, "a phone cannot send a request");
	sim_phone_end(phone);
}

void sim_phone_message(sim_phone *phone, const char *target)
{
	send_single(phone, AHOY_MESSAGE, target, sim_note_new(phone->world, 0));
}

void sim_phone_options(sim_phone *phone)
{
	send_single(phone, AHOY_OPTIONS, phone->habits.by_name ? "sip:ahoy.test" : "sip:198.51.100.1",
		    sim_note_new(phone->world, 0));
}

void sim_phone_response_event(sim_phone *phone, const ahoy_ua_event *event)
{
	unsigned at = 0;

	while (at < SIM_SINGLES && phone->singles[at] != event->user)
		at++;
	if (at == SIM_SINGLES) {
		sim_fail(phone->world, 0, "a request outside of a call got two outcomes");
		return;
	}
	phone->singles[at] = 0;
	if (event->msg && event->msg->cseq_method == AHOY_MESSAGE && event->status < 300)
		sim_note_answered(phone->world, (unsigned)event->user);
}

void sim_phone_message_comes(sim_phone *phone, const ahoy_ua_event *event)
{
	unsigned note = note_of(event->msg->body);
	ahoy_tx_id tx;

	if (!note)
		sim_fail(phone->world, 0, "the body of a MESSAGE does not cross");
	phone->world->looked_at = event->msg->call_id;
	sim_note_came(phone->world, note, phone->index);
	phone->world->looked_at = (ahoy_slice){0};
	if (!ahoy_ua_serve(phone->ua, phone->world->now, event->msg, event->flow, 0, &tx))
		(void)ahoy_ua_respond(phone->ua, phone->world->now, tx,
				      sim_chance(&phone->world->chance, 900) ? 200 : 486, (ahoy_slice){0},
				      (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
}
