/* Changing a call that stands (RFC 3261 14, RFC 3264 8): hold, codecs, offers that come late, glare. */
#include "flow.h"

/* `from` re-INVITEs with `offer`; the other leg's phone gets it and answers with `answer`. */
static void change(flow *f, phone *p, dialog *at_p, phone *peer, dialog *at_peer, const char *offer, const char *answer)
{
	const sip *invite;

	dialog_send(at_p, "INVITE", &(extra){.body = offer});
	invite = phone_expect(peer, "INVITE");
	dialog_answer(at_peer, invite, 200, NULL, answer);
	phone_expect(peer, "ACK");
	phone_expect(p, "200 INVITE");
	dialog_ack(at_p, NULL);
	flow_pass(f, 1000);
}

static void hold_and_resume(flow *f)
{
	call c = flow_standing_call(f);

	flow_note(f, "111 puts 112 on hold");
	change(f, c.a, c.at_a, c.b, c.at_b, phone_sdp(c.a, "PCMU PCMA", "sendonly"), phone_sdp(c.b, "PCMU", "recvonly"));
	flow_rtp(c.b, 10002);
	flow_rtp(c.a, 10000);
	flow_note(f, "and goes on");
	change(f, c.a, c.at_a, c.b, c.at_b, phone_sdp(c.a, "PCMU PCMA", "sendrecv"), phone_sdp(c.b, "PCMU", "sendrecv"));
	flow_rtp(c.b, 10002);
	flow_note(f, "a re-INVITE that changes nothing is a sign of life: it is answered here, with the version as it was");
	dialog_send(c.at_a, "INVITE", &(extra){.body = phone_sdp(c.a, "PCMU PCMA", "sendrecv")});
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void callee_holds(flow *f)
{
	call c = flow_standing_call(f);

	change(f, c.b, c.at_b, c.a, c.at_a, phone_sdp(c.b, "PCMU", "inactive"), phone_sdp(c.a, "PCMU", "inactive"));
	flow_bye(&c);
}

static void codec_change(flow *f)
{
	call c = flow_standing_call(f);

	change(f, c.a, c.at_a, c.b, c.at_b, phone_sdp(c.a, "speex PCMA telephone-event", NULL),
	       phone_sdp(c.b, "speex telephone-event", NULL));
	flow_bye(&c);
}

static void change_refused(flow *f)
{
	call c = flow_standing_call(f);
	const sip *invite;

	dialog_send(c.at_a, "INVITE", &(extra){.body = phone_sdp(c.a, "opus", NULL)});
	invite = phone_expect(c.b, "INVITE");
	dialog_answer(c.at_b, invite, 488, NULL, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "488 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_note(f, "the call stands as it was");
	flow_rtp(c.a, 10000);
	flow_bye(&c);
}

static void change_tried_again(flow *f)
{
	call c = flow_standing_call(f);
	const char *hold = phone_sdp(c.a, "PCMU PCMA", "sendonly");

	dialog_send(c.at_a, "INVITE", &(extra){.body = hold});
	dialog_answer(c.at_b, phone_expect(c.b, "INVITE"), 488, NULL, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "488 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_note(f, "the same again is no repetition of what is in force: it crosses");
	change(f, c.a, c.at_a, c.b, c.at_b, hold, phone_sdp(c.b, "PCMU", "recvonly"));
	flow_note(f, "now it is in force");
	dialog_send(c.at_a, "INVITE", &(extra){.body = hold});
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void offerless_invite(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	call c = {.a = a, .b = b, .at_a = phone_send(a, "INVITE", "112", NULL)};
	const sip *invite = phone_expect(b, "INVITE");

	c.at_b = phone_take(b, invite);
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	flow_note(f, "the callee's 200 makes the offer, the caller's ACK answers it");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(b, "PCMU PCMA", NULL));
	phone_expect(a, "200 INVITE");
	dialog_ack(c.at_a, phone_sdp(a, "PCMA", NULL));
	phone_expect(b, "ACK");
	flow_rtp(a, 10002);
	flow_bye(&c);
}

/* The callee's repeated 200 may not be taken for one that nobody wants. */
static void offerless_invite_slow_ack(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	call c = {.a = a, .b = b, .at_a = phone_send(a, "INVITE", "112", NULL)};
	const sip *invite = phone_expect(b, "INVITE");

	c.at_b = phone_take(b, invite);
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(b, "PCMU PCMA", NULL));
	phone_expect(a, "200 INVITE");
	flow_pass(f, 400);
	flow_note(f, "the callee repeats its 200: the ACK must wait for the caller's");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(b, "PCMU PCMA", NULL));
	flow_silence(f, 50);
	dialog_ack(c.at_a, phone_sdp(a, "PCMA", NULL));
	phone_expect(b, "ACK");
	flow_bye(&c);
}

static void offerless_reinvite(flow *f)
{
	call c = flow_standing_call(f);
	const sip *invite;

	dialog_send(c.at_a, "INVITE", NULL);
	invite = phone_expect(c.b, "INVITE");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU PCMA", NULL));
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, phone_sdp(c.a, "PCMA", NULL));
	phone_expect(c.b, "ACK");
	flow_pass(f, 500);
	flow_bye(&c);
}

static void glare(flow *f)
{
	call c = flow_standing_call(f);
	const sip *invite;

	flow_note(f, "both re-INVITE at the same moment");
	dialog_send(c.at_b, "INVITE", &(extra){.body = phone_sdp(c.b, "PCMA", NULL)});
	dialog_send(c.at_a, "INVITE", &(extra){.body = phone_sdp(c.a, "PCMA", NULL)});
	invite = phone_expect(c.a, "INVITE");
	dialog_answer(c.at_a, invite, 491, NULL, NULL);
	phone_expect(c.a, "491 INVITE");
	dialog_ack(c.at_a, NULL);
	phone_expect(c.a, "ACK");
	flow_note(f,
		  "14.1: who owns the Call-ID waits 2.1 to 4 s, the other not so long; on leg A that is 111, so ahoyd comes first");
	invite = phone_expect(c.a, "INVITE");
	dialog_answer(c.at_a, invite, 200, NULL, phone_sdp(c.a, "PCMA", NULL));
	phone_expect(c.a, "ACK");
	phone_expect(c.b, "100 INVITE");
	phone_expect(c.b, "200 INVITE");
	dialog_ack(c.at_b, NULL);
	flow_bye(&c);
}

static void info_crosses(flow *f)
{
	call c = flow_standing_call(f);
	const sip *info;

	dialog_send(c.at_a, "INFO", &(extra){.type = "application/dtmf-relay", .body = "Signal=5\r\nDuration=160\r\n"});
	info = phone_expect(c.b, "INFO");
	dialog_answer(c.at_b, info, 200, NULL, NULL);
	phone_expect(c.a, "200 INFO");
	flow_note(f, "and the other way, where 111 does not like it");
	dialog_send(c.at_b, "INFO", &(extra){.type = "application/dtmf-relay", .body = "Signal=#\r\nDuration=160\r\n"});
	info = phone_expect(c.a, "INFO");
	dialog_answer(c.at_a, info, 415, NULL, NULL);
	phone_expect(c.b, "415 INFO");
	flow_bye(&c);
}

static void bye_during_change(flow *f)
{
	call c = flow_standing_call(f);
	const sip *invite;

	dialog_send(c.at_a, "INVITE", &(extra){.body = phone_sdp(c.a, "PCMA", NULL)});
	invite = phone_expect(c.b, "INVITE");
	flow_note(f, "112 hangs up instead of answering");
	dialog_send(c.at_b, "BYE", NULL);
	phone_expect(c.b, "200 BYE");
	dialog_answer(c.at_b, invite, 487, NULL, NULL);
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "487 INVITE");
	dialog_ack(c.at_a, NULL);
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
}

static void change_is_unreadable(flow *f)
{
	call c = flow_standing_call(f);

	dialog_send(c.at_a, "INVITE", &(extra){.body = "v=0\r\nm=audio none RTP/AVP 0\r\n"});
	phone_expect(c.a, "400 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void answer_to_change_is_unreadable(flow *f)
{
	call c = flow_standing_call(f);
	const sip *invite;

	dialog_send(c.at_a, "INVITE", &(extra){.body = phone_sdp(c.a, "PCMA", NULL)});
	invite = phone_expect(c.b, "INVITE");
	dialog_answer(c.at_b, invite, 200, NULL, "v=0\r\nm=audio none RTP/AVP 0\r\n");
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "500 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_bye(&c);
}

static void offer_in_change_is_unreadable(flow *f)
{
	call c = flow_standing_call(f);
	const sip *invite;

	dialog_send(c.at_a, "INVITE", NULL);
	invite = phone_expect(c.b, "INVITE");
	flow_note(f, "an offer that nobody can answer cannot be taken back either: the call ends");
	dialog_answer(c.at_b, invite, 200, NULL, "v=0\r\nm=audio none RTP/AVP 0\r\n");
	phone_expect(c.b, "ACK");
	dialog_answer(c.at_b, phone_expect(c.b, "BYE"), 200, NULL, NULL);
	phone_expect(c.a, "500 INVITE");
	dialog_ack(c.at_a, NULL);
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
}

const flow_case change_flows[] = {
	{"hold_and_resume", "Hold and resume; the version of o= rises with a change alone.", hold_and_resume, {0}, false},
	{"callee_holds", "The callee holds.", callee_holds, {0}, true},
	{"codec_change", "Other codecs, with the numbers that the phone gave them.", codec_change, {0}, false},
	{"change_refused", "A refused change leaves the call as it was.", change_refused, {0}, false},
	{"change_tried_again", "A refused change is tried again with the same words.", change_tried_again, {0}, false},
	{"offerless_invite", "An INVITE without an offer.", offerless_invite, {0}, false},
	{"offerless_invite_slow_ack",
	 "An INVITE without an offer, and a caller that takes its time.",
	 offerless_invite_slow_ack,
	 {0},
	 false},
	{"offerless_reinvite", "A re-INVITE without an offer.", offerless_reinvite, {0}, true},
	{"glare", "Two changes at once (glare).", glare, {0}, false},
	{"info_crosses", "INFO crosses with its body, and its answer comes back.", info_crosses, {0}, true},
	{"change_is_unreadable", "400 to a description that cannot be read; the call stays up.", change_is_unreadable, {0}, true},
	{"answer_to_change_is_unreadable", "The answer to a change cannot be read.", answer_to_change_is_unreadable, {0}, true},
	{"offer_in_change_is_unreadable", "The offer in a 200 cannot be read.", offer_in_change_is_unreadable, {0}, true},
	{"bye_during_change", "The call ends while it is being changed.", bye_during_change, {0}, true},
	{0},
};
