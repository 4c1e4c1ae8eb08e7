/* Callees that send a call on (RFC 3261 8.1.3.4), and what the next one is told of it (RFC 5806, RFC 7044). */
#include <stdio.h>

#include "flow.h"

#define SHOW "Contact Diversion History-Info"

typedef struct {
	phone *a, *b, *c;
	dialog *at_a, *at_b, *at_c;
	const sip *to_b;
} forwarding;

/* 111 calls 112, whose phone sends the call on. */
static forwarding sent_on(flow *f, int status, const char *headers)
{
	forwarding w = {.a = phone_ready(f, "111", "111", "192.0.2.11:5060"), .b = phone_ready(f, "112", "112", "192.0.2.12:5060")};

	w.c = phone_ready(f, "113", "113", "192.0.2.13:5060");
	w.at_a = phone_send(w.a, "INVITE", "112", &(extra){.body = phone_sdp(w.a, "PCMU PCMA", NULL)});
	w.to_b = phone_expect(w.b, "INVITE");
	w.at_b = phone_take(w.b, w.to_b);
	dialog_answer(w.at_b, w.to_b, status, headers, NULL);
	phone_expect(w.b, "ACK");
	return w;
}

static void refused(forwarding *w, const char *what)
{
	phone_expect(w->a, what);
	dialog_ack(w->at_a, NULL);
}

static void redirected(flow *f)
{
	forwarding w = sent_on(f, 302, "Contact: <sip:113@192.0.2.1>\nDiversion: <sip:112@192.0.2.1>;reason=no-answer\n");
	const sip *invite = phone_expect(w.c, "INVITE");

	phone_expect(w.a, "181 INVITE");
	w.at_c = phone_take(w.c, invite);
	dialog_answer(w.at_c, invite, 180, NULL, NULL);
	phone_expect(w.a, "180 INVITE");
	dialog_answer(w.at_c, invite, 200, NULL, phone_sdp(w.c, "PCMA", NULL));
	phone_expect(w.c, "ACK");
	phone_expect(w.a, "200 INVITE");
	dialog_ack(w.at_a, NULL);
	flow_pass(f, 1000);
	flow_bye(&(call){w.a, w.c, w.at_a, w.at_c});
}

static void redirected_twice(flow *f)
{
	phone *d = phone_ready(f, "114", "114", "192.0.2.14:5060");
	forwarding w = sent_on(f, 301, "Contact: <sip:113@192.0.2.1>\n");
	const sip *invite = phone_expect(w.c, "INVITE");

	phone_expect(w.a, "181 INVITE");
	dialog_answer(phone_take(w.c, invite), invite, 302, "Contact: <sip:112@192.0.2.1>\nContact: <sip:114@192.0.2.1>\n", NULL);
	phone_expect(w.c, "ACK");
	flow_note(f, "112 was asked before; 114 was not");
	phone_expect(w.a, "181 INVITE");
	invite = phone_expect(d, "INVITE");
	dialog_answer(phone_take(d, invite), invite, 486, NULL, NULL);
	phone_expect(d, "ACK");
	refused(&w, "486 INVITE");
}

static void redirected_in_a_circle(flow *f)
{
	forwarding w = sent_on(f, 302, "Contact: <sip:113@192.0.2.1>\n");
	const sip *invite = phone_expect(w.c, "INVITE");

	phone_expect(w.a, "181 INVITE");
	dialog_answer(phone_take(w.c, invite), invite, 302, "Contact: <sip:112@192.0.2.1>\n", NULL);
	phone_expect(w.c, "ACK");
	refused(&w, "482 INVITE");
}

static void redirected_to_nobody(flow *f)
{
	forwarding w = sent_on(f, 302, "Contact: <sip:114@192.0.2.1>\n");

	refused(&w, "480 INVITE");
}

static void redirected_and_cancelled(flow *f)
{
	forwarding w = sent_on(f, 302, "Contact: <sip:113@192.0.2.1>\n");
	const sip *invite = phone_expect(w.c, "INVITE"), *cancel;

	phone_expect(w.a, "181 INVITE");
	w.at_c = phone_take(w.c, invite);
	dialog_answer(w.at_c, invite, 180, NULL, NULL);
	phone_expect(w.a, "180 INVITE");
	dialog_cancel(w.at_a);
	cancel = phone_expect(w.c, "CANCEL");
	phone_expect(w.a, "200 CANCEL");
	refused(&w, "487 INVITE");
	dialog_answer(w.at_c, cancel, 200, NULL, NULL);
	dialog_answer(w.at_c, invite, 487, NULL, NULL);
	phone_expect(w.c, "ACK");
}

const flow_case redirect_flows[] = {
	{"redirected", "A phone sends its calls on; the next one is told so.", redirected, {.show = SHOW}, false},
	{"redirected_twice", "And that one does too.", redirected_twice, {.show = SHOW}, false},
	{"redirected_in_a_circle", "Nobody rings twice.", redirected_in_a_circle, {.show = SHOW}, false},
	{"redirected_to_nobody", "The next number has no phone.", redirected_to_nobody, {.show = SHOW}, false},
	{"redirected_and_cancelled", "The caller gives up while the next phone rings.", redirected_and_cancelled, {0}, false},
	{0},
};
