/* Who calls, as the callee is told: asserted by the server, or hidden where the caller wants it (RFC 3323, RFC 3325). */
#include "flow.h"

/* 111 calls 112 with these lines, and this From or its own; 112 sees it and is busy. */
static void call_with(flow *f, const char *from, const char *headers)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(a, "INVITE", "112", &(extra){.from = from, .headers = headers, .body = phone_sdp(a, "PCMU", NULL)});
	const sip *invite = phone_expect(b, "INVITE");

	dialog_answer(phone_take(b, invite), invite, 486, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "486 INVITE");
	dialog_ack(d, NULL);
}

static void asserted(flow *f)
{
	flow_note(f, "what the phone claims to be does not count, and the name that it shows is not asserted");
	call_with(f, "\"The Boss\" <sip:111@192.0.2.1>",
		  "P-Asserted-Identity: <sip:boss@192.0.2.1>\nP-Preferred-Identity: <sip:boss@192.0.2.1>\n");
}

static void privacy_id(flow *f)
{
	call_with(f, "\"Alice\" <sip:111@192.0.2.1>",
		  "Privacy: id\nSubject: it is me\nX-Me: Alice\nAlert-Info: <http://example.org/ring>\n");
}

static void privacy_none(flow *f)
{
	call_with(f, "\"Alice\" <sip:111@192.0.2.1>", "Privacy: none\n");
}

static void anonymous_from(flow *f)
{
	flow_note(f, "the digest says who it is");
	call_with(f, "\"Anonymous\" <sip:anonymous@anonymous.invalid>", NULL);
}

static void privacy_critical(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(a, "INVITE", "112",
			       &(extra){.headers = "Privacy: id;invisibility;critical\n", .body = phone_sdp(a, "PCMU", NULL)});

	phone_expect(a, "500 INVITE");
	dialog_ack(d, NULL);
}

static void privacy_unknown(flow *f)
{
	call_with(f, NULL, "Privacy: id;invisibility\n");
}

static void private_message(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	const sip *message;

	phone_send(a, "MESSAGE", "112", &(extra){.headers = "Privacy: user\n", .type = "text/plain", .body = "guess who"});
	message = phone_expect(b, "MESSAGE");
	dialog_answer(phone_take(b, message), message, 200, NULL, NULL);
	phone_expect(a, "200 MESSAGE");
}

static void anonymous_register(flow *f)
{
	phone *a = phone_new(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(a, "REGISTER", "", &(extra){.from = "<sip:anonymous@anonymous.invalid>"});

	phone_expect(a, "401 REGISTER");
	dialog_send(d, "REGISTER", &(extra){.from = "<sip:anonymous@anonymous.invalid>"});
	phone_expect(a, "403 REGISTER");
}

#define WHO                                                                                                     \
	{                                                                                                       \
		.show = "From Contact P-Asserted-Identity P-Preferred-Identity Privacy Subject X-Me Alert-Info" \
	}

const flow_case privacy_flows[] = {
	{"asserted", "RFC 3325 5: the server asserts the number of who passed the digest.", asserted, WHO, true},
	{"privacy_id", "RFC 3325 9.3: Privacy: id hides name and number.", privacy_id, WHO, true},
	{"privacy_none", "RFC 3323 4.2: Privacy: none hides nothing.", privacy_none, WHO, false},
	{"anonymous_from", "RFC 3323 4.1.1.3: a phone hides itself, and passes the digest.", anonymous_from, WHO, true},
	{"privacy_critical", "RFC 3323 5: what is critical and not known is refused.", privacy_critical, WHO, true},
	{"privacy_unknown", "Without critical what is known is done.", privacy_unknown, WHO, false},
	{"private_message", "A text from nobody.", private_message, WHO, false},
	{"anonymous_register", "Nobody cannot register.", anonymous_register, {.show = "From"}, false},
	{0},
};
