/* What goes wrong: phones that vanish, silence, a full server, a store that fails; calls end on both legs whatever happens to either. */
#include "flow.h"

static void caller_vanishes(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	const sip *invite, *bye;
	dialog *at_b;

	phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	invite = phone_expect(b, "INVITE");
	at_b = phone_take(b, invite);
	phone_vanish(a);
	dialog_answer(at_b, invite, 200, NULL, phone_sdp(b, "PCMU", NULL));
	phone_expect(b, "ACK");
	bye = phone_expect(b, "BYE");
	dialog_answer(at_b, bye, 200, NULL, NULL);
}

static void callee_vanishes(flow *f)
{
	call c = flow_standing_call(f);

	phone_vanish(c.b);
	dialog_send(c.at_a, "BYE", NULL);
	phone_expect(c.a, "200 BYE");
}

static void callee_is_dead(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d;

	phone_vanish(b);
	d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	phone_expect(a, "100 INVITE");
	phone_expect(a, "480 INVITE");
	dialog_ack(d, NULL);
}

/* 15: the BYE may not come before the 200 that it ends. */
static void callee_hangs_up_before_ack(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)}), *at_b;
	const sip *invite = phone_expect(b, "INVITE");

	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 200, NULL, phone_sdp(b, "PCMU", NULL));
	phone_expect(b, "ACK");
	dialog_send(at_b, "BYE", NULL);
	phone_expect(b, "200 BYE");
	phone_expect(a, "200 INVITE");
	flow_note(f, "the caller's BYE waits for its ACK (15)");
	flow_pass(f, 200);
	dialog_ack(at_a, NULL);
	dialog_answer(at_a, phone_expect(a, "BYE"), 200, NULL, NULL);
}

static void peer_has_lost_the_call(flow *f)
{
	call c = flow_standing_call(f);
	const sip *info;

	flow_note(f, "112 was restarted and knows nothing of the call");
	dialog_send(c.at_a, "INFO", &(extra){.type = "text/plain", .body = "hello?"});
	info = phone_expect(c.b, "INFO");
	dialog_answer(c.at_b, info, 481, NULL, NULL);
	phone_expect(c.a, "500 INFO");
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
}

static void no_media(flow *f)
{
	call c = flow_standing_call(f);

	flow_pass(f, 10000);
	flow_rtp(c.a, 10000);
	flow_note(f, "--media-timeout 20: nothing comes any more");
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
	dialog_answer(c.at_b, phone_expect(c.b, "BYE"), 200, NULL, NULL);
}

/* 111 holds 112, or goes on. */
static void hold(flow *f, call *c, bool held)
{
	const sip *invite;

	dialog_send(c->at_a, "INVITE", &(extra){.body = phone_sdp(c->a, "PCMU", held ? "sendonly" : "sendrecv")});
	invite = phone_expect(c->b, "INVITE");
	dialog_answer(c->at_b, invite, 200, NULL, phone_sdp(c->b, "PCMU", held ? "recvonly" : "sendrecv"));
	phone_expect(c->b, "ACK");
	phone_expect(c->a, "200 INVITE");
	dialog_ack(c->at_a, NULL);
	flow_pass(f, 10);
}

static void no_media_on_hold(flow *f)
{
	call c = flow_standing_call(f);

	hold(f, &c, true);
	flow_note(
		f,
		"a held call is quiet for as long as it likes; each --media-timeout both phones are asked whether they are still there");
	for (int i = 0; i < 2; i++) {
		dialog_answer(c.at_a, phone_expect(c.a, "OPTIONS"), 200, NULL, NULL);
		dialog_answer(c.at_b, phone_expect(c.b, "OPTIONS"), 200, NULL, NULL);
	}
	flow_pass(f, 15000);
	flow_note(f, "from the resume on the time-out counts anew");
	hold(f, &c, false);
	flow_silence(f, 19500);
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
	dialog_answer(c.at_b, phone_expect(c.b, "BYE"), 200, NULL, NULL);
}

static void held_phone_vanishes(flow *f)
{
	call c = flow_standing_call(f);

	hold(f, &c, true);
	phone_vanish(c.b);
	dialog_answer(c.at_a, phone_expect(c.a, "OPTIONS"), 200, NULL, NULL);
	dialog_answer(c.at_a, phone_expect(c.a, "OPTIONS"), 200, NULL, NULL);
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
}

static void operator_hangs_up(flow *f)
{
	call c = flow_standing_call(f);

	assert_ok(flow_hangup(f));
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
	dialog_answer(c.at_b, phone_expect(c.b, "BYE"), 200, NULL, NULL);
}

static void server_stops(flow *f)
{
	call c = flow_standing_call(f);
	phone *third = phone_ready(f, "113", "113", "192.0.2.14:5060");
	dialog *late;

	flow_stop(f);
	late = phone_send(third, "INVITE", "112", &(extra){.body = phone_sdp(third, "PCMU", NULL)});
	dialog_answer(c.at_a, phone_expect(c.a, "BYE"), 200, NULL, NULL);
	dialog_answer(c.at_b, phone_expect(c.b, "BYE"), 200, NULL, NULL);
	phone_expect(third, "503 INVITE");
	dialog_ack(late, NULL);
}

static void server_stops_while_it_rings(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)}), *at_b;
	const sip *invite = phone_expect(b, "INVITE"), *cancel;

	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	flow_stop(f);
	cancel = phone_expect(b, "CANCEL");
	dialog_answer(at_b, cancel, 200, NULL, NULL);
	dialog_answer(at_b, invite, 487, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "503 INVITE");
	dialog_ack(at_a, NULL);
}

static void out_of_ports(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060");
	dialog *d;

	(void)phone_ready(f, "112", "112", "192.0.2.12:5060");
	d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	phone_expect(a, "503 INVITE");
	dialog_ack(d, NULL);
}

static void store_fails(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060");
	dialog *d;

	(void)phone_ready(f, "112", "112", "192.0.2.12:5060");
	flow_set_store(f, STORE_FAILS);
	d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	phone_expect(a, "500 INVITE");
	dialog_ack(d, NULL);
}

static void store_is_slow(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	call c = {.a = a, .b = b};
	const sip *invite;

	flow_set_store(f, STORE_SLOW);
	flow_note(f, "0.3 s for the password, and 0.3 s for the record before the caller hears of the answer");
	c.at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	flow_pass(f, 200);
	dialog_repeat(c.at_a);
	invite = phone_expect(b, "INVITE");
	c.at_b = phone_take(b, invite);
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(b, "PCMU", NULL));
	phone_expect(b, "ACK");
	phone_expect(a, "100 INVITE");
	phone_expect(a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_pass(f, 500);
	flow_bye(&c);
}

static void cancel_while_the_store_thinks(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060");
	dialog *d;

	flow_set_store(f, STORE_SLOW);
	d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	flow_pass(f, 100);
	dialog_cancel(d);
	phone_expect(a, "200 CANCEL");
	phone_expect(a, "487 INVITE");
	dialog_ack(d, NULL);
}

static void callee_socket_is_closed(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d;

	phone_close(b);
	d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	phone_expect(a, "480 INVITE");
	dialog_ack(d, NULL);
}

static void hangup_before_the_200(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)}), *at_b;
	const sip *invite = phone_expect(b, "INVITE");

	flow_set_store(f, STORE_SLOW);
	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 200, NULL, phone_sdp(b, "PCMU", NULL));
	phone_expect(b, "ACK");
	flow_note(f, "nor can it be changed before the caller knows of it");
	dialog_send(at_b, "INVITE", &(extra){.body = phone_sdp(b, "PCMA", NULL)});
	phone_expect(b, "491 INVITE");
	dialog_ack(at_b, NULL);
	dialog_send(at_b, "BYE", NULL);
	phone_expect(b, "200 BYE");
	phone_expect(a, "480 INVITE");
	dialog_ack(at_a, NULL);
}

static void record_cannot_be_written(flow *f)
{
	call c = {.a = phone_ready(f, "111", "111", "192.0.2.11:5060"), .b = phone_ready(f, "112", "112", "192.0.2.12:5060")};
	const sip *invite;

	c.at_a = phone_send(c.a, "INVITE", "112", &(extra){.body = phone_sdp(c.a, "PCMU", NULL)});
	invite = phone_expect(c.b, "INVITE");
	c.at_b = phone_take(c.b, invite);
	flow_set_store(f, STORE_FAILS);
	flow_note(f, "the disk is full: people may talk all the same");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, "PCMU", NULL));
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_pass(f, 1000);
	flow_bye(&c);
}

static void ack_without_answer(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a = phone_send(a, "INVITE", "112", NULL), *at_b;
	const sip *invite = phone_expect(b, "INVITE");

	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 200, NULL, phone_sdp(b, "PCMU", NULL));
	phone_expect(a, "200 INVITE");
	dialog_ack(at_a, NULL);
	phone_expect(b, "ACK");
	dialog_answer(at_b, phone_expect(b, "BYE"), 200, NULL, NULL);
	dialog_answer(at_a, phone_expect(a, "BYE"), 200, NULL, NULL);
}

static void too_many_calls(flow *f)
{
	call c = flow_standing_call(f);
	phone *third = phone_ready(f, "113", "113", "192.0.2.14:5060");
	dialog *late = phone_send(third, "INVITE", "112", &(extra){.body = phone_sdp(third, "PCMU", NULL)});

	phone_expect(third, "503 INVITE");
	dialog_ack(late, NULL);
	flow_bye(&c);
}

static void operator_looks(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	call c = {.a = a, .b = b};
	const sip *invite;

	flow_list(f);
	c.at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	invite = phone_expect(b, "INVITE");
	flow_list(f);
	c.at_b = phone_take(b, invite);
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	flow_list(f);
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(b, "PCMU", NULL));
	phone_expect(b, "ACK");
	phone_expect(a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_pass(f, 100);
	flow_list(f);
	hold(f, &c, true);
	flow_list(f);
	flow_bye(&c);
	flow_pass(f, 100);
	flow_list(f);
}

static void reconfigured(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a, *at_b;
	const sip *invite, *cancel;

	flow_reconfigure(f, 900, 5);
	dialog_send(phone_registration(a), "REGISTER", &(extra){.headers = "Expires: 600\n"});
	phone_expect(a, "423 REGISTER");
	at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	invite = phone_expect(b, "INVITE");
	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	cancel = phone_expect(b, "CANCEL");
	phone_expect(a, "480 INVITE");
	dialog_ack(at_a, NULL);
	dialog_answer(at_b, cancel, 200, NULL, NULL);
	dialog_answer(at_b, invite, 487, NULL, NULL);
	phone_expect(b, "ACK");
}

static void answer_is_unusable(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)}), *at_b;
	const sip *invite = phone_expect(b, "INVITE");

	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 200, "Content-Type: application/sdp\n", NULL);
	phone_expect(b, "ACK");
	dialog_answer(at_b, phone_expect(b, "BYE"), 200, NULL, NULL);
	phone_expect(a, "500 INVITE");
	dialog_ack(at_a, NULL);
}

const flow_case trouble_flows[] = {
	{"caller_vanishes", "The caller's 200 is never ACKed: both legs end after 64*T1 (13.3.1.4).", caller_vanishes, {0}, false},
	{"callee_vanishes", "The callee never answers the BYE.", callee_vanishes, {0}, false},
	{"callee_is_dead", "The callee's phone is switched off, its binding is still there.", callee_is_dead, {0}, false},
	{"callee_hangs_up_before_ack", "The callee hangs up before the caller has ACKed.", callee_hangs_up_before_ack, {0}, true},
	{"peer_has_lost_the_call", "481 inside a call: the other leg ends too.", peer_has_lost_the_call, {0}, true},
	{"no_media", "No media in either direction: the server ends the call.", no_media, {.media_timeout_s = 20}, false},
	{"no_media_on_hold", "Silence on hold is no silence.", no_media_on_hold, {.media_timeout_s = 20}, false},
	{"held_phone_vanishes", "A phone that loses its power on hold.", held_phone_vanishes, {.media_timeout_s = 20}, false},
	{"operator_hangs_up", "ahoyd hangup ID", operator_hangs_up, {0}, true},
	{"server_stops", "ahoyd ends: calls get BYE, new ones 503.", server_stops, {0}, false},
	{"server_stops_while_it_rings", "ahoyd ends while a call rings.", server_stops_while_it_rings, {0}, true},
	{"out_of_ports", "No media port is left for the second leg.", out_of_ports, {.pairs = 1}, true},
	{"store_fails", "A store that cannot say who calls.", store_fails, {0}, true},
	{"store_is_slow", "A slow store is like a slow network.", store_is_slow, {0}, false},
	{"cancel_while_the_store_thinks", "A CANCEL before the digest is judged.", cancel_while_the_store_thinks, {0}, false},
	{"callee_socket_is_closed", "The callee's phone program is not running: its machine says so.", callee_socket_is_closed, {0}, false},
	{"hangup_before_the_200", "The callee hangs up before the caller hears of its answer.", hangup_before_the_200, {0}, false},
	{"record_cannot_be_written", "A record that cannot be written stops no call.", record_cannot_be_written, {0}, false},
	{"ack_without_answer", "The callee's offer is never answered: both legs end.", ack_without_answer, {0}, true},
	{"too_many_calls", "A bound is reached: 503 with Retry-After.", too_many_calls, {.max_calls = 1}, true},
	{"operator_looks", "What the operator sees of a call, from its beginning to its end.", operator_looks, {0}, false},
	{"reconfigured", "New settings hold for what comes then.", reconfigured, {.ring_timeout_s = 60, .show = "Expires"}, false},
	{"answer_is_unusable", "The callee's 200 has no description.", answer_is_unusable, {0}, true},
	{0},
};
