/* Before the answer: reliable provisional answers and PRACK (RFC 3262), UPDATE in early dialogs (RFC 3311), several early
 * dialogs of one call (RFC 3261 12.1.2, 13.2.1). */
#include <stdio.h>

#include "flow.h"

#define ALLOW "Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE\n"
#define SUPPORTED "Supported: 100rel\n" ALLOW

/* 111 calls 112 with these lines and this offer; the INVITE that 112 got. */
static call rings_with(flow *f, const char *headers, bool offer, const sip **invite)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	call c = {.a = a, .b = b};

	c.at_a = phone_send(a, "INVITE", "112", &(extra){.headers = headers, .body = offer ? phone_sdp(a, "PCMU PCMA", NULL) : NULL});
	*invite = phone_expect(b, "INVITE");
	c.at_b = phone_take(b, *invite);
	return c;
}

/* The PRACK to what the phone got. */
static void prack(dialog *d, const sip *answer, const char *body)
{
	ahoy_slice rseq = ahoy_msg_value(&answer->msg, AHOY_H_RSEQ);
	char text[96];

	snprintf(text, sizeof text, "RAck: %.*s %u INVITE\n", AHOY_P(rseq), answer->msg.cseq);
	dialog_send(d, "PRACK", &(extra){.headers = text, .body = body});
}

static void answer_reliably(dialog *d, const sip *invite, int status, unsigned rseq, const char *body)
{
	char text[128];

	snprintf(text, sizeof text, "Require: 100rel\nRSeq: %u\n" ALLOW, rseq);
	dialog_answer(d, invite, status, text, body);
}

static void take_prack(phone *p, dialog *d, const char *rack)
{
	const sip *request = phone_expect(p, "PRACK");

	assert_slice(ahoy_msg_value(&request->msg, AHOY_H_RACK), rack);
	dialog_answer(d, request, 200, NULL, NULL);
}

static void prack_on_both_legs(flow *f)
{
	const sip *invite, *told;
	call c = rings_with(f, SUPPORTED, true, &invite);

	answer_reliably(c.at_b, invite, 183, 7, phone_sdp(c.b, "PCMU", NULL));
	take_prack(c.b, c.at_b, "7 1 INVITE");
	told = phone_expect(c.a, "183 INVITE");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "200 PRACK");
	flow_pass(f, 1000);
	answer_reliably(c.at_b, invite, 180, 8, NULL);
	take_prack(c.b, c.at_b, "8 1 INVITE");
	told = phone_expect(c.a, "180 INVITE");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "200 PRACK");
	flow_note(f, "what was said reliably is not said again");
	dialog_answer(c.at_b, invite, 200, ALLOW, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void prack_is_required(flow *f)
{
	const sip *invite, *told;
	call c = rings_with(f, "Require: 100rel\n", true, &invite);

	flow_note(f, "112 has never heard of it");
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	told = phone_expect(c.a, "180 INVITE");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "200 PRACK");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void prack_on_leg_b_alone(flow *f)
{
	const sip *invite;
	call c = rings_with(f, NULL, true, &invite);

	answer_reliably(c.at_b, invite, 183, 1, phone_sdp(c.b, "PCMU", NULL));
	take_prack(c.b, c.at_b, "1 1 INVITE");
	phone_expect(c.a, "183 INVITE");
	dialog_answer(c.at_b, invite, 200, NULL, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void prack_is_lost(flow *f)
{
	const sip *invite, *told;
	call c = rings_with(f, SUPPORTED, true, &invite);

	answer_reliably(c.at_b, invite, 183, 1, phone_sdp(c.b, "PCMU", NULL));
	take_prack(c.b, c.at_b, "1 1 INVITE");
	phone_expect(c.a, "183 INVITE");
	told = phone_expect(c.a, "183 INVITE");
	flow_note(f, "the 200 has to wait: the 183 has the answer, and 111 may not know it");
	dialog_answer(c.at_b, invite, 200, NULL, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "183 INVITE");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "200 PRACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_note(f, "a PRACK to what was acknowledged already is to nothing");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "481 PRACK");
	flow_bye(&c);
}

static void prack_never_comes(flow *f)
{
	const sip *invite, *cancel;
	call c = rings_with(f, "Require: 100rel\n", true, &invite);

	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	for (int i = 0; i < 7; i++) /* at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s */
		phone_expect(c.a, "180 INVITE");
	phone_expect(c.a, "504 INVITE");
	dialog_ack(c.at_a, NULL);
	cancel = phone_expect(c.b, "CANCEL");
	dialog_answer(c.at_b, cancel, 200, NULL, NULL);
	dialog_answer(c.at_b, invite, 487, NULL, NULL);
	phone_expect(c.b, "ACK");
}

static void offer_in_reliable_answer(flow *f)
{
	const sip *invite, *told, *request;
	call c = rings_with(f, SUPPORTED, false, &invite);

	answer_reliably(c.at_b, invite, 183, 1, phone_sdp(c.b, "PCMU PCMA", NULL));
	flow_note(f, "112's PRACK waits for 111's answer");
	told = phone_expect(c.a, "183 INVITE");
	prack(c.at_a, told, phone_sdp(c.a, "PCMA", NULL));
	request = phone_expect(c.b, "PRACK");
	assert_true(request->msg.body.len > 0);
	dialog_answer(c.at_b, request, 200, NULL, NULL);
	phone_expect(c.a, "200 PRACK");
	dialog_answer(c.at_b, invite, 200, NULL, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void offer_waits_for_the_200(flow *f)
{
	const sip *invite;
	call c = rings_with(f, NULL, false, &invite);

	flow_note(f, "111 could not answer an offer early, so 112 is not told that it may make one");
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU PCMA", NULL));
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, phone_sdp(c.a, "PCMA", NULL));
	phone_expect(c.b, "ACK");
	flow_bye(&c);
}

/* Both have said and acknowledged what the call begins with. */
static call early_call(flow *f, const sip **invite)
{
	const sip *told;
	call c = rings_with(f, SUPPORTED, true, invite);

	answer_reliably(c.at_b, *invite, 183, 1, phone_sdp(c.b, "PCMU", NULL));
	take_prack(c.b, c.at_b, "1 1 INVITE");
	told = phone_expect(c.a, "183 INVITE");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "200 PRACK");
	return c;
}

static void answer_now(call *c, const sip *invite)
{
	dialog_answer(c->at_b, invite, 200, NULL, NULL);
	phone_expect(c->b, "ACK");
	phone_expect(c->a, "200 INVITE");
	dialog_ack(c->at_a, NULL);
}

static void early_update(flow *f)
{
	const sip *invite, *update;
	call c = early_call(f, &invite);

	flow_note(f, "111 holds before it is answered");
	dialog_send(c.at_a, "UPDATE", &(extra){.body = phone_sdp(c.a, "PCMU", "sendonly")});
	update = phone_expect(c.b, "UPDATE");
	dialog_answer(c.at_b, update, 200, NULL, phone_sdp(c.b, "PCMU", "recvonly"));
	phone_expect(c.a, "200 UPDATE");
	flow_note(f, "112 has something else to say");
	dialog_send(c.at_b, "UPDATE", &(extra){.body = phone_sdp(c.b, "PCMU PCMA", NULL)});
	update = phone_expect(c.a, "UPDATE");
	dialog_answer(c.at_a, update, 200, NULL, phone_sdp(c.a, "PCMA", NULL));
	phone_expect(c.b, "200 UPDATE");
	answer_now(&c, invite);
	flow_bye(&c);
}

static void early_update_comes_too_early(flow *f)
{
	const sip *invite;
	call c = rings_with(f, SUPPORTED, true, &invite);

	dialog_answer(c.at_b, invite, 180, ALLOW, NULL);
	phone_expect(c.a, "180 INVITE");
	flow_note(f, "5.2: 111's own offer is not answered yet: 500 there, and for 112 it is ours: 491");
	dialog_send(c.at_a, "UPDATE", &(extra){.body = phone_sdp(c.a, "PCMU", NULL)});
	phone_expect(c.a, "500 UPDATE");
	dialog_send(c.at_b, "UPDATE", &(extra){.body = phone_sdp(c.b, "PCMU", NULL)});
	phone_expect(c.b, "491 UPDATE");
	flow_note(f, "one without an offer refreshes the target, and is always welcome");
	dialog_send(c.at_a, "UPDATE", NULL);
	phone_expect(c.a, "200 UPDATE");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void early_update_not_known(flow *f)
{
	const sip *invite, *told;
	call c = rings_with(f, SUPPORTED, true, &invite);

	dialog_answer(c.at_b, invite, 183, "Require: 100rel\nRSeq: 1\nAllow: INVITE, ACK, CANCEL, BYE, PRACK\n",
		      phone_sdp(c.b, "PCMU", NULL));
	take_prack(c.b, c.at_b, "1 1 INVITE");
	told = phone_expect(c.a, "183 INVITE");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "200 PRACK");
	flow_note(f, "there is no other way to 112 before it answers");
	dialog_send(c.at_a, "UPDATE", &(extra){.body = phone_sdp(c.a, "PCMU", "sendonly")});
	phone_expect(c.a, "488 UPDATE");
	answer_now(&c, invite);
	flow_bye(&c);
}

static void early_glare(flow *f)
{
	const sip *invite, *update;
	call c = early_call(f, &invite);

	flow_note(f, "both UPDATE at the same moment");
	dialog_send(c.at_b, "UPDATE", &(extra){.body = phone_sdp(c.b, "PCMU", "sendonly")});
	dialog_send(c.at_a, "UPDATE", &(extra){.body = phone_sdp(c.a, "PCMU", "sendonly")});
	update = phone_expect(c.a, "UPDATE");
	dialog_answer(c.at_a, update, 491, NULL, NULL);
	phone_expect(c.a, "491 UPDATE");
	flow_note(f, "as with re-INVITEs ahoyd, which does not own leg A's Call-ID, tries again first");
	update = phone_expect(c.a, "UPDATE");
	dialog_answer(c.at_a, update, 200, NULL, phone_sdp(c.a, "PCMU", "recvonly"));
	phone_expect(c.b, "200 UPDATE");
	answer_now(&c, invite);
	flow_bye(&c);
}

static void prack_with_an_offer(flow *f)
{
	const sip *invite, *told, *update;
	call c = rings_with(f, SUPPORTED, true, &invite);

	answer_reliably(c.at_b, invite, 183, 1, phone_sdp(c.b, "PCMU", NULL));
	take_prack(c.b, c.at_b, "1 1 INVITE");
	told = phone_expect(c.a, "183 INVITE");
	prack(c.at_a, told, phone_sdp(c.a, "PCMU", "sendonly"));
	flow_note(f, "112's PRACK has gone long ago, so the new offer crosses as an UPDATE");
	update = phone_expect(c.b, "UPDATE");
	dialog_answer(c.at_b, update, 200, NULL, phone_sdp(c.b, "PCMU", "recvonly"));
	phone_expect(c.a, "200 PRACK");
	answer_now(&c, invite);
	flow_bye(&c);
}

/* A proxy that 112 registered by has forked the INVITE: both of its phones answer with tags of their own. */
static void early_dialogs(flow *f)
{
	const sip *invite;
	call c = rings_with(f, NULL, true, &invite);
	dialog *other = phone_take(c.b, invite);

	dialog_answer(c.at_b, invite, 183, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.a, "183 INVITE");
	flow_note(f, "another of 112's phones speaks: it is heard now");
	dialog_answer(other, invite, 183, NULL, phone_sdp(c.b, "PCMA", NULL));
	phone_expect(c.a, "183 INVITE");
	flow_note(f, "the first one answers, and what it said before stands");
	answer_now(&c, invite);
	flow_note(f, "the other one's answer is too late");
	dialog_answer(other, invite, 200, NULL, phone_sdp(c.b, "PCMA", NULL));
	phone_expect(c.b, "ACK");
	dialog_answer(other, phone_expect(c.b, "BYE"), 200, NULL, NULL);
	flow_bye(&c);
}

static void early_dialogs_reliable(flow *f)
{
	const sip *invite, *told, *update;
	call c = rings_with(f, SUPPORTED, true, &invite);
	dialog *other = phone_take(c.b, invite);

	answer_reliably(c.at_b, invite, 183, 100, phone_sdp(c.b, "PCMU", NULL));
	take_prack(c.b, c.at_b, "100 1 INVITE");
	told = phone_expect(c.a, "183 INVITE");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "200 PRACK");
	flow_note(f, "each early dialog has its own RSeq; what 111 was told for good is changed by UPDATE");
	answer_reliably(other, invite, 183, 9, phone_sdp(c.b, "PCMA", NULL));
	take_prack(c.b, other, "9 1 INVITE");
	update = phone_expect(c.a, "UPDATE");
	dialog_answer(c.at_a, update, 200, NULL, phone_sdp(c.a, "PCMA", NULL));
	flow_note(f, "out of order: it is passed over");
	answer_reliably(c.at_b, invite, 180, 102, NULL);
	flow_silence(f, 100);
	answer_reliably(c.at_b, invite, 180, 101, NULL);
	take_prack(c.b, c.at_b, "101 1 INVITE");
	told = phone_expect(c.a, "180 INVITE");
	prack(c.at_a, told, NULL);
	phone_expect(c.a, "200 PRACK");
	flow_note(f, "the first one answers after all: 111 learns with its ACK what holds now");
	answer_now(&c, invite);
	told = phone_expect(c.a, "INVITE");
	dialog_answer(c.at_a, told, 200, NULL, phone_sdp(c.a, "PCMU", NULL));
	phone_expect(c.a, "ACK");
	flow_bye(&c);
}

static void cancelled_with_a_reason(flow *f)
{
	const sip *invite, *cancel;
	call c = rings_with(f, NULL, true, &invite);

	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	dialog_cancel_because(c.at_a, "Reason: SIP;cause=200;text=\"answered at the door\"\n");
	cancel = phone_expect(c.b, "CANCEL");
	phone_expect(c.a, "200 CANCEL");
	phone_expect(c.a, "487 INVITE");
	dialog_ack(c.at_a, NULL);
	dialog_answer(c.at_b, cancel, 200, NULL, NULL);
	dialog_answer(c.at_b, invite, 487, NULL, NULL);
	phone_expect(c.b, "ACK");
}

const flow_case early_flows[] = {
	{"prack_on_both_legs", "RFC 3262: reliable on both legs, each with its own RSeq.", prack_on_both_legs, {0}, true},
	{"prack_is_required", "The caller requires 100rel, the callee does not know it.", prack_is_required, {0}, true},
	{"prack_on_leg_b_alone", "The callee sends reliably, the caller does not know it.", prack_on_leg_b_alone, {0}, true},
	{"prack_is_lost", "3: resent until the PRACK comes, and the 200 waits for it.", prack_is_lost, {0}, false},
	{"prack_never_comes", "3: no PRACK within 64*T1 ends the call.", prack_never_comes, {0}, false},
	{"offer_in_reliable_answer", "5: the offer in a reliable answer, the answer in the PRACK.", offer_in_reliable_answer, {0}, true},
	{"offer_waits_for_the_200", "No offer from a caller without 100rel.", offer_waits_for_the_200, {.show = "Supported"}, true},
	{"prack_with_an_offer", "5: a second offer in the PRACK.", prack_with_an_offer, {0}, true},
	{"early_update", "RFC 3311: the session changes before the answer, from either side.", early_update, {0}, true},
	{"early_update_comes_too_early", "RFC 3311 5.2: before the first offer is answered.", early_update_comes_too_early, {0}, true},
	{"early_update_not_known", "The callee's Allow has no UPDATE.", early_update_not_known, {0}, true},
	{"early_glare", "RFC 3311 5.1: two UPDATEs cross.", early_glare, {0}, false},
	{"early_dialogs", "Two early dialogs on one leg: the last that spoke is heard, the 2xx chooses.", early_dialogs, {0}, true},
	{"early_dialogs_reliable", "The same with PRACK: the caller is told anew.", early_dialogs_reliable, {0}, false},
	{"cancelled_with_a_reason", "RFC 3326: why the caller gave up crosses.", cancelled_with_a_reason, {.show = "Reason"}, true},
	{0},
};
