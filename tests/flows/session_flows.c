/* Session timers and UPDATE (RFC 4028, RFC 3311): each leg has a timer of its own, and a refresh stays on its leg. */
#include "flow.h"

#define TIMER "Supported: timer\n"
#define KNOWS_UPDATE "Allow: INVITE, ACK, CANCEL, BYE, UPDATE\n"

/* 111 calls 112; `asks` and `grants` are the lines of its INVITE and of the callee's 200. */
static call session(flow *f, const char *asks, const char *grants)
{
	call c = {.a = phone_ready(f, "111", "111", "192.0.2.11:5060"), .b = phone_ready(f, "112", "112", "192.0.2.12:5060")};
	const sip *invite;

	c.at_a = phone_send(c.a, "INVITE", "112", &(extra){.headers = asks, .body = phone_sdp(c.a, "PCMU", NULL)});
	invite = phone_expect(c.b, "INVITE");
	c.at_b = phone_take(c.b, invite);
	dialog_answer(c.at_b, invite, 200, grants, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_silence(f, 100);
	return c;
}

static void refreshed_by_update(flow *f)
{
	call c = session(f, TIMER KNOWS_UPDATE "Session-Expires: 90\n",
			 TIMER KNOWS_UPDATE "Require: timer\nSession-Expires: 300;refresher=uac\n");

	flow_note(f, "half of 111's 90 s, and half of 112's 300 s");
	for (int i = 0; i < 4; i++) {
		flow_pass(f, i == 3 ? 15000 : 45000);
		if (i < 3)
			dialog_answer(c.at_a, phone_expect(c.a, "UPDATE"), 200, "Session-Expires: 90;refresher=uac\n", NULL);
	}
	dialog_answer(c.at_b, phone_expect(c.b, "UPDATE"), 200, "Session-Expires: 300;refresher=uac\n", NULL);
	flow_silence(f, 1000);
	flow_bye(&c);
}

static void refreshed_by_reinvite(flow *f)
{
	call c = session(f, NULL, TIMER "Allow: INVITE, ACK, CANCEL, BYE\nSession-Expires: 90;refresher=uac\n");
	const sip *invite;

	flow_note(f, "112 knows no UPDATE: it gets its own description again; 111, which knows no timer, gets nothing");
	flow_pass(f, 45000);
	invite = phone_expect(c.b, "INVITE");
	dialog_answer(c.at_b, invite, 200, "Session-Expires: 90;refresher=uac\n", phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.b, "ACK");
	flow_pass(f, 45000);
	invite = phone_expect(c.b, "INVITE");
	flow_note(f, "it does not answer any more");
	phone_vanish(c.b);
	flow_pass(f, 14900);
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
}

static void phone_refreshes(flow *f)
{
	call c = session(f, TIMER "Session-Expires: 90;refresher=uac\n", NULL);

	flow_note(f, "111 refreshes by UPDATE, later by a re-INVITE that changes nothing; 112 hears nothing of it");
	flow_pass(f, 45000);
	dialog_send(c.at_a, "UPDATE", &(extra){.headers = TIMER "Session-Expires: 90;refresher=uac\n"});
	phone_expect(c.a, "200 UPDATE");
	flow_pass(f, 45000);
	dialog_send(c.at_a, "INVITE",
		    &(extra){.headers = TIMER "Session-Expires: 90;refresher=uac\n", .body = phone_sdp(c.a, "PCMU", NULL)});
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_note(f, "then no more: 30 s before the 90 s are over the call ends");
	flow_silence(f, 59000);
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
	dialog_answer(c.at_b, phone_expect(c.b, "BYE"), 200, NULL, NULL);
}

static void interval_too_small(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(a, "INVITE", "112",
			       &(extra){.headers = TIMER "Session-Expires: 30\n", .body = phone_sdp(a, "PCMU", NULL)});

	phone_expect(a, "422 INVITE");
	dialog_ack(d, NULL);
}

static void callee_wants_longer(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	const sip *invite = phone_expect(b, "INVITE");
	dialog *at_b = phone_take(b, invite);

	dialog_answer(at_b, invite, 422, "Min-SE: 3600\n", NULL);
	phone_expect(b, "ACK");
	flow_note(f, "the caller hears nothing of it");
	invite = phone_expect(b, "INVITE");
	dialog_answer(at_b, invite, 486, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "486 INVITE");
	dialog_ack(d, NULL);
}

static void echo_refreshed(flow *f)
{
	phone *p = phone_ready(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(p, "INVITE", "*43",
			       &(extra){.headers = TIMER "Session-Expires: 90\n", .body = phone_sdp(p, "PCMU", NULL)});
	const sip *invite;

	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	for (int i = 0; i < 2; i++) {
		flow_pass(f, 45000);
		invite = phone_expect(p, "INVITE");
		dialog_answer(d, invite, 200, "Session-Expires: 90;refresher=uac\n", phone_sdp(p, "PCMU", NULL));
		phone_expect(p, "ACK");
	}
	flow_heard(p);
	dialog_send(d, "BYE", NULL);
	phone_expect(p, "200 BYE");
}

static void update_with_offer(flow *f)
{
	call c = session(f, NULL, NULL);
	const sip *invite;

	flow_note(f, "an UPDATE that changes something crosses as a re-INVITE, which every phone knows");
	dialog_send(c.at_a, "UPDATE", &(extra){.body = phone_sdp(c.a, "PCMU", "sendonly")});
	invite = phone_expect(c.b, "INVITE");
	flow_note(f, "while it is under way the other side's has to wait");
	dialog_send(c.at_b, "UPDATE", &(extra){.body = phone_sdp(c.b, "PCMU", "sendonly")});
	phone_expect(c.b, "491 UPDATE");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU", "recvonly"));
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 UPDATE");
	flow_silence(f, 1000);
	flow_bye(&c);
}

#define TIMERS                                                                      \
	{                                                                           \
		.show = "Session-Expires Min-SE Require", .session_expires_s = 1800 \
	}

const flow_case session_flows[] = {
	{"refreshed_by_update", "RFC 4028: the server refreshes, by UPDATE.", refreshed_by_update, TIMERS, false},
	{"refreshed_by_reinvite",
	 "RFC 4028: a re-INVITE for a phone without UPDATE; one that vanished is found.",
	 refreshed_by_reinvite,
	 TIMERS,
	 false},
	{"phone_refreshes", "RFC 4028: a phone refreshes, and then does not.", phone_refreshes, TIMERS, false},
	{"interval_too_small", "RFC 4028 9: 422 names the shortest interval.", interval_too_small, TIMERS, true},
	{"callee_wants_longer", "RFC 4028 7.3: a callee's 422 is followed.", callee_wants_longer, TIMERS, true},
	{"echo_refreshed",
	 "RFC 4028: the echo test of a phone without UPDATE.",
	 echo_refreshed,
	 {.show = "Session-Expires", .session_expires_s = 1800, .echo = "*43"},
	 false},
	{"update_with_offer", "RFC 3311: UPDATE with an offer.", update_with_offer, {0}, true},
	{0},
};
