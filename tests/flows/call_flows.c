/* Calls from one phone to another: how they begin and how they end (RFC 3261 13, 15, 9). */
#include "flow.h"

/* 111 calls 112, whose phone has the INVITE in its hands. */
static call ringing(flow *f, const sip **invite)
{
	call c = {.a = phone_ready(f, "111", "111", "192.0.2.11:5060"), .b = phone_ready(f, "112", "112", "192.0.2.12:5060")};

	c.at_a = phone_send(c.a, "INVITE", "112", &(extra){.body = phone_sdp(c.a, "PCMU PCMA", NULL)});
	*invite = phone_expect(c.b, "INVITE");
	c.at_b = phone_take(c.b, *invite);
	return c;
}

static void basic_call(flow *f)
{
	phone *a = phone_new(f, "111", "111", "192.0.2.11:5060");
	phone *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU PCMA telephone-event", NULL)}), *at_b;
	const sip *invite;

	phone_expect(a, "401 INVITE");
	dialog_ack(at_a, NULL);
	dialog_send(at_a, "INVITE", &(extra){.body = phone_sdp(a, "PCMU PCMA telephone-event", NULL)});
	invite = phone_expect(b, "INVITE");
	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 100, NULL, NULL);
	dialog_answer(at_b, invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	flow_pass(f, 2000);
	dialog_answer(at_b, invite, 200, NULL, phone_sdp(b, "PCMA telephone-event", NULL));
	phone_expect(b, "ACK");
	phone_expect(a, "200 INVITE");
	dialog_ack(at_a, NULL);
	flow_pass(f, 1000);
	flow_rtp(a, 10000);
	flow_rtp(b, 10002);
	flow_pass(f, 3000);
	dialog_send(at_a, "BYE", NULL);
	phone_expect(a, "200 BYE");
	dialog_answer(at_b, phone_expect(b, "BYE"), 200, NULL, NULL);
}

static void callee_hangs_up(flow *f)
{
	call c = flow_call(f);

	flow_pass(f, 5000);
	flow_bye(&c);
}

static void early_media(flow *f)
{
	const sip *invite;
	call c = ringing(f, &invite);

	dialog_answer(c.at_b, invite, 183, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.a, "183 INVITE");
	flow_rtp(c.b, 10002);
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	flow_pass(f, 1000);
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_pass(f, 1000);
	flow_bye(&c);
}

/* The description of the 183 stands although the 200 says nothing more. */
static void early_media_and_bare_200(flow *f)
{
	const sip *invite;
	call c = ringing(f, &invite);

	dialog_answer(c.at_b, invite, 183, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.a, "183 INVITE");
	dialog_answer(c.at_b, invite, 200, NULL, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_pass(f, 1000);
	flow_bye(&c);
}

static void caller_cancels(flow *f)
{
	const sip *invite, *cancel;
	call c = ringing(f, &invite);

	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	flow_pass(f, 3000);
	dialog_cancel(c.at_a);
	cancel = phone_expect(c.b, "CANCEL");
	phone_expect(c.a, "200 CANCEL");
	phone_expect(c.a, "487 INVITE");
	dialog_ack(c.at_a, NULL);
	dialog_answer(c.at_b, cancel, 200, NULL, NULL);
	dialog_answer(c.at_b, invite, 487, NULL, NULL);
	phone_expect(c.b, "ACK");
}

static void caller_cancels_before_any_answer(flow *f)
{
	const sip *invite, *cancel;
	call c = ringing(f, &invite);

	dialog_cancel(c.at_a);
	phone_expect(c.a, "200 CANCEL");
	phone_expect(c.a, "487 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_note(f, "9.1: no CANCEL to the callee before it has answered anything");
	flow_pass(f, 100);
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	cancel = phone_expect(c.b, "CANCEL");
	dialog_answer(c.at_b, cancel, 200, NULL, NULL);
	dialog_answer(c.at_b, invite, 487, NULL, NULL);
	phone_expect(c.b, "ACK");
}

static void answer_crosses_cancel(flow *f)
{
	const sip *invite, *cancel;
	call c = ringing(f, &invite);

	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	flow_note(f, "both at the same moment");
	dialog_cancel(c.at_a);
	flow_pass(f, 12);
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU", NULL));
	cancel = phone_expect(c.b, "CANCEL");
	dialog_answer(c.at_b, cancel, 200, NULL, NULL);
	phone_expect(c.b, "ACK");
	dialog_answer(c.at_b, phone_expect(c.b, "BYE"), 200, NULL, NULL);
	phone_expect(c.a, "200 CANCEL");
	phone_expect(c.a, "487 INVITE");
	dialog_ack(c.at_a, NULL);
}

static void cancel_comes_too_late(flow *f)
{
	const sip *invite;
	call c = ringing(f, &invite);

	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.b, "ACK");
	flow_note(f, "the 200 is on its way to the caller, who gives up");
	flow_pass(f, 5);
	dialog_cancel(c.at_a);
	phone_expect(c.a, "200 INVITE");
	phone_expect(c.a, "200 CANCEL");
	dialog_ack(c.at_a, NULL);
	dialog_send(c.at_a, "BYE", NULL);
	phone_expect(c.a, "200 BYE");
	dialog_answer(c.at_b, phone_expect(c.b, "BYE"), 200, NULL, NULL);
}

static void refused(flow *f, int status, const char *headers, const char *got)
{
	const sip *invite;
	call c = ringing(f, &invite);

	dialog_answer(c.at_b, invite, status, headers, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, got);
	dialog_ack(c.at_a, NULL);
}

static void busy(flow *f)
{
	refused(f, 486, "Retry-After: 60\n", "486 INVITE");
}

static void declined(flow *f)
{
	refused(f, 603, NULL, "603 INVITE");
}

static void not_acceptable(flow *f)
{
	refused(f, 488, "Warning: 304 phone \"no codec in common\"\n", "488 INVITE");
}

static void moved(flow *f)
{
	refused(f, 302, "Contact: <sip:113@198.51.100.7>\n", "302 INVITE");
}

static void callee_challenges(flow *f)
{
	refused(f, 401, "WWW-Authenticate: Digest realm=\"phone\", nonce=\"abc\"\n", "480 INVITE");
}

static void nobody_answers(flow *f)
{
	const sip *invite, *cancel;
	call c = ringing(f, &invite);

	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	flow_pass(f, 19900);
	flow_note(f, "--ring-timeout 20");
	cancel = phone_expect(c.b, "CANCEL");
	phone_expect(c.a, "480 INVITE");
	dialog_ack(c.at_a, NULL);
	dialog_answer(c.at_b, cancel, 200, NULL, NULL);
	dialog_answer(c.at_b, invite, 487, NULL, NULL);
	phone_expect(c.b, "ACK");
}

static void slow_callee(flow *f)
{
	const sip *invite;
	call c = ringing(f, &invite);

	flow_note(
		f,
		"17.2.1: a 100 within 200 ms, so that the caller stops repeating itself; 13.3.1.1: a 180 is repeated each minute");
	phone_expect(c.a, "100 INVITE");
	dialog_repeat(c.at_a);
	phone_expect(c.a, "100 INVITE");
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	flow_pass(f, 61000);
	phone_expect(c.a, "180 INVITE");
	dialog_answer(c.at_b, invite, 486, NULL, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "486 INVITE");
	dialog_ack(c.at_a, NULL);
}

static void refused_by_server(flow *f, const char *to, const char *got)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(a, "INVITE", to, &(extra){.body = phone_sdp(a, "PCMU", NULL)});

	phone_expect(a, got);
	dialog_ack(d, NULL);
}

static void not_registered(flow *f)
{
	refused_by_server(f, "113", "480 INVITE");
}

static void unknown_number(flow *f)
{
	refused_by_server(f, "999", "404 INVITE");
}

static void calls_itself(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(a, "INVITE", "111", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	const sip *invite = phone_expect(a, "INVITE");

	dialog_answer(phone_take(a, invite), invite, 486, NULL, NULL);
	phone_expect(a, "ACK");
	phone_expect(a, "486 INVITE");
	dialog_ack(d, NULL);
}

const flow_case call_flows[] = {
	{"basic_call",
	 "111 calls 112: challenged, it rings, it is answered, they talk, the caller hangs up.",
	 basic_call,
	 {0},
	 false},
	{"callee_hangs_up", "The callee ends the call.", callee_hangs_up, {0}, false},
	{"early_media", "The callee's announcement is heard before it answers.", early_media, {0}, false},
	{"early_media_and_bare_200",
	 "A 200 without a description stands by what the 183 said.",
	 early_media_and_bare_200,
	 {0},
	 true},
	{"caller_cancels", "The caller gives up while it rings.", caller_cancels, {0}, true},
	{"caller_cancels_before_any_answer",
	 "The caller gives up before the callee has answered anything.",
	 caller_cancels_before_any_answer,
	 {0},
	 true},
	{"answer_crosses_cancel",
	 "The callee answers while the CANCEL is on its way: ACK, then BYE.",
	 answer_crosses_cancel,
	 {0},
	 true},
	{"cancel_comes_too_late",
	 "A CANCEL after the 200 has no effect; the caller ends the call with BYE.",
	 cancel_comes_too_late,
	 {0},
	 false},
	{"busy", "The callee is busy.", busy, {0}, true},
	{"declined", "The callee declines everywhere.", declined, {0}, true},
	{"not_acceptable", "The callee has no codec in common with the caller.", not_acceptable, {0}, true},
	{"moved", "A redirection goes to the caller with its Contact.", moved, {.show = "Contact"}, false},
	{"callee_challenges", "A callee's own challenge never crosses.", callee_challenges, {0}, true},
	{"nobody_answers", "It rings until the time-out.", nobody_answers, {.ring_timeout_s = 20}, false},
	{"slow_callee", "A callee that takes its time.", slow_callee, {0}, false},
	{"not_registered", "The callee exists, and is not registered.", not_registered, {0}, true},
	{"unknown_number", "There is no such user.", unknown_number, {0}, true},
	{"calls_itself", "A phone calls its own number: its other leg rings.", calls_itself, {0}, true},
	{0},
};
