/* Registrations: digest, refresh, removal, what is refused (RFC 3261 10, 22; RFC 8760). */
#include "flow.h"

static void register_with_401(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");

	phone_register(p);
	flow_pass(f, 500);
	flow_note(f, "the refresh answers the same challenge, with the next nc");
	phone_register(p);
	flow_note(f, "and it leaves");
	dialog_send(phone_registration(p), "REGISTER", &(extra){.headers = "Expires: 0\n"});
	phone_expect(p, "200 REGISTER");
}

static void register_wrong_password(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(p, "REGISTER", "", NULL);

	phone_expect(p, "401 REGISTER");
	dialog_send(d, "REGISTER", &(extra){.credentials = WITH_WRONG_PASSWORD});
	phone_expect(p, "401 REGISTER");
}

static void register_unknown_user(flow *f)
{
	phone *p = phone_new(f, "999", "999", "192.0.2.11:5060");
	dialog *d = phone_send(p, "REGISTER", "", NULL);

	phone_expect(p, "401 REGISTER");
	dialog_send(d, "REGISTER", NULL);
	phone_expect(p, "401 REGISTER");
}

static void register_stale_nonce(flow *f)
{
	phone *p = phone_ready(f, "111", "111", "192.0.2.11:5060");

	flow_pass(f, 301000);
	flow_note(f, "five minutes later its nonce is too old; the password is not in doubt");
	dialog_send(phone_registration(p), "REGISTER", &(extra){.headers = "Expires: 600\n"});
	phone_expect(p, "401 REGISTER");
	dialog_send(phone_registration(p), "REGISTER", &(extra){.headers = "Expires: 600\n"});
	phone_expect(p, "200 REGISTER");
}

static void register_replayed(flow *f)
{
	phone *p = phone_ready(f, "111", "111", "192.0.2.11:5060");

	flow_note(f, "exactly the same request again gets the same answer");
	dialog_repeat(phone_registration(p));
	phone_expect(p, "200 REGISTER");
	flow_note(f, "the same credentials in another request are a replay");
	dialog_repeat_merged(phone_registration(p));
	phone_expect(p, "482 REGISTER");
	flow_pass(f, 33000);
	dialog_repeat_merged(phone_registration(p));
	phone_expect(p, "401 REGISTER");
}

static void register_too_short(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(p, "REGISTER", "", &(extra){.headers = "Expires: 30\n"});

	phone_expect(p, "401 REGISTER");
	dialog_send(d, "REGISTER", &(extra){.headers = "Expires: 30\n"});
	phone_expect(p, "423 REGISTER");
}

static void register_by_a_proxy(flow *f)
{
	static const extra by_proxy = {.headers = "Path: <sip:192.0.2.50;lr>\nSupported: path\n"};
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_new(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(b, "REGISTER", "", &by_proxy), *at_a, *at_b;
	const sip *invite, *cancel, *message;

	phone_expect(b, "401 REGISTER");
	dialog_send(d, "REGISTER", &by_proxy);
	phone_expect(b, "200 REGISTER");
	flow_note(f, "requests to it take the Path as their route");
	phone_send(a, "MESSAGE", "112", &(extra){.type = "text/plain", .body = "Hello"});
	message = phone_expect(b, "MESSAGE");
	dialog_answer(phone_take(b, message), message, 200, NULL, NULL);
	phone_expect(a, "200 MESSAGE");
	at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	invite = phone_expect(b, "INVITE");
	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	flow_note(f, "and so do a CANCEL and the ACK to its answer (RFC 3261 9.1, 17.1.1.3)");
	dialog_cancel(at_a);
	cancel = phone_expect(b, "CANCEL");
	phone_expect(a, "200 CANCEL");
	phone_expect(a, "487 INVITE");
	dialog_ack(at_a, NULL);
	dialog_answer(at_b, cancel, 200, NULL, NULL);
	dialog_answer(at_b, invite, 487, NULL, NULL);
	phone_expect(b, "ACK");
}

/* One flow of a phone; each has an address of its own here. */
static phone *register_flow(flow *f, const char *name, const char *at, const char *contact)
{
	phone *p = phone_new(f, name, "112", at);
	const extra with = {.contact = contact, .headers = "Supported: outbound\n"};
	dialog *d = phone_send(p, "REGISTER", "", &with);

	phone_expect(p, "401 REGISTER");
	dialog_send(d, "REGISTER", &with);
	phone_expect(p, "200 REGISTER");
	return p;
}

static void register_two_flows(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *two;
	const sip *invite;
	dialog *at_a;

	register_flow(f, "112-1", "192.0.2.12:5060", "<sip:112@192.0.2.12:5060;ob>;+sip.instance=\"<urn:uuid:1>\";reg-id=1");
	two = register_flow(f, "112-2", "192.0.2.13:5060", "<sip:112@192.0.2.13:5060;ob>;+sip.instance=\"<urn:uuid:1>\";reg-id=2");
	flow_note(f, "it rings once");
	at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	invite = phone_expect(two, "INVITE");
	dialog_answer(phone_take(two, invite), invite, 486, NULL, NULL);
	phone_expect(two, "ACK");
	phone_expect(a, "486 INVITE");
	dialog_ack(at_a, NULL);
}

static void register_contact_is_ours(flow *f)
{
	phone *p = phone_ready(f, "111", "111", "192.0.2.11:5060");

	dialog_send(phone_registration(p), "REGISTER", &(extra){.contact = "<sip:111@192.0.2.1:5060>"});
	phone_expect(p, "403 REGISTER");
}

static void register_for_somebody_else(flow *f)
{
	phone *p = phone_ready(f, "111", "111", "192.0.2.11:5060");

	flow_note(f, "111's password, 112 in From: the password of one is none of another");
	phone_send(p, "REGISTER", "", &(extra){.from = "<sip:112@192.0.2.1:5060>"});
	phone_expect(p, "403 REGISTER");
}

static void register_store_is_slow(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(p, "REGISTER", "", NULL);

	phone_expect(p, "401 REGISTER");
	flow_set_store(f, STORE_SLOW);
	flow_note(f, "each answer of the store takes 0.3 s: one for the password, one until the binding is safe");
	dialog_send(d, "REGISTER", NULL);
	flow_pass(f, 500);
	dialog_repeat(d);
	phone_expect(p, "200 REGISTER");
}

static void register_store_fails(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(p, "REGISTER", "", NULL);

	phone_expect(p, "401 REGISTER");
	flow_set_store(f, STORE_FAILS);
	dialog_send(d, "REGISTER", NULL);
	phone_expect(p, "500 REGISTER");
}

static void register_behind_nat(flow *f)
{
	phone *p = phone_new(f, "111", "111", "198.51.100.7:40001");
	const sip *options;

	phone_claims(p, "10.0.0.5:5060", false);
	phone_register(p);
	flow_note(f, "its Contact is not where it came from: an OPTIONS every 25 s keeps the way open");
	options = phone_expect(p, "OPTIONS");
	dialog_answer(phone_take(p, options), options, 200, NULL, NULL);
	dialog_send(phone_registration(p), "REGISTER", &(extra){.headers = "Expires: 0\n"});
	phone_expect(p, "200 REGISTER");
}

const flow_case register_flows[] = {
	{"register_with_401",
	 "A phone registers, refreshes and leaves.",
	 register_with_401,
	 {.with_registrations = true, .show = "Contact Expires"},
	 true},
	{"register_wrong_password", "A wrong password is challenged again, with a new nonce.", register_wrong_password, {0}, true},
	{"register_unknown_user",
	 "Nobody learns whether a user exists: the answer is that to a wrong password.",
	 register_unknown_user,
	 {0},
	 true},
	{"register_stale_nonce", "An old nonce with the right password is stale.", register_stale_nonce, {0}, false},
	{"register_replayed", "A retransmission is answered again, a replay is not.", register_replayed, {0}, false},
	{"register_too_short",
	 "An expiry below the least is refused with the least.",
	 register_too_short,
	 {.show = "Expires"},
	 true},
	{"register_by_a_proxy",
	 "RFC 3327: a phone behind a proxy that named itself in the Path.",
	 register_by_a_proxy,
	 {.show = "Path Route Supported"},
	 true},
	{"register_two_flows",
	 "RFC 5626: two flows of one phone are two bindings, and one fork.",
	 register_two_flows,
	 {.show = "Contact Require"},
	 true},
	{"register_contact_is_ours",
	 "A Contact at the server itself would make calls circle.",
	 register_contact_is_ours,
	 {.show = "Contact"},
	 false},
	{"register_for_somebody_else",
	 "From must be the authenticated user.",
	 register_for_somebody_else,
	 {.show = "From To"},
	 false},
	{"register_store_is_slow", "A slow store makes a slow answer, and only one.", register_store_is_slow, {0}, false},
	{"register_store_fails", "Where the store cannot say who somebody is, the answer is 500.", register_store_fails, {0}, true},
	{"register_behind_nat",
	 "A phone behind NAT without rport is answered where it came from.",
	 register_behind_nat,
	 {.show = "Via Contact"},
	 false},
	{0},
};
