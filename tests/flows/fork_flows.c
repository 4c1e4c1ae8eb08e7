/* Calls to a user with several phones: all ring, one wins (RFC 3261 16.7; RFC 3326). */
#include "flow.h"

typedef struct {
	phone *a, *b[2];
	dialog *at_a, *at_b[2];
	const sip *invite[2];
} fork_call;

/* 111 calls 112, both phones of whom ring. */
static fork_call both_ring(flow *f)
{
	fork_call c = {.a = phone_ready(f, "111", "111", "192.0.2.11:5060")};

	c.b[1] = phone_ready(f, "112b", "112", "192.0.2.13:5060");
	flow_pass(f, 1000);
	c.b[0] = phone_ready(f, "112a", "112", "192.0.2.12:5060");
	c.at_a = phone_send(c.a, "INVITE", "112", &(extra){.body = phone_sdp(c.a, "PCMU PCMA", NULL)});
	for (int i = 0; i < 2; i++) {
		c.invite[i] = phone_expect(c.b[i], "INVITE");
		c.at_b[i] = phone_take(c.b[i], c.invite[i]);
		dialog_answer(c.at_b[i], c.invite[i], 180, NULL, NULL);
	}
	phone_expect(c.a, "180 INVITE");
	return c;
}

static void cancelled(fork_call *c, int i)
{
	const sip *cancel = phone_expect(c->b[i], "CANCEL");

	dialog_answer(c->at_b[i], cancel, 200, NULL, NULL);
	dialog_answer(c->at_b[i], c->invite[i], 487, NULL, NULL);
	phone_expect(c->b[i], "ACK");
}

static void accept_by(fork_call *c, int i)
{
	dialog_answer(c->at_b[i], c->invite[i], 200, NULL, phone_sdp(c->b[i], "PCMU", NULL));
	phone_expect(c->b[i], "ACK");
	phone_expect(c->a, "200 INVITE");
	dialog_ack(c->at_a, NULL);
}

static void hang_up(fork_call *c, int i)
{
	dialog_send(c->at_a, "BYE", NULL);
	phone_expect(c->a, "200 BYE");
	dialog_answer(c->at_b[i], phone_expect(c->b[i], "BYE"), 200, NULL, NULL);
}

static void fork_one_wins(flow *f)
{
	fork_call c = both_ring(f);

	flow_pass(f, 1000);
	accept_by(&c, 1);
	cancelled(&c, 0);
	flow_pass(f, 1000);
	hang_up(&c, 1);
}

static void fork_both_answer(flow *f)
{
	fork_call c = both_ring(f);
	const sip *cancel;

	flow_note(f, "both answer at the same moment");
	dialog_answer(c.at_b[0], c.invite[0], 200, NULL, phone_sdp(c.b[0], "PCMU", NULL));
	dialog_answer(c.at_b[1], c.invite[1], 200, NULL, phone_sdp(c.b[1], "PCMU", NULL));
	phone_expect(c.b[0], "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	cancel = phone_expect(c.b[1], "CANCEL");
	dialog_answer(c.at_b[1], cancel, 200, NULL, NULL);
	phone_expect(c.b[1], "ACK");
	dialog_answer(c.at_b[1], phone_expect(c.b[1], "BYE"), 200, NULL, NULL);
	flow_pass(f, 1000);
	hang_up(&c, 0);
}

static void fork_all_busy(flow *f)
{
	fork_call c = both_ring(f);

	dialog_answer(c.at_b[0], c.invite[0], 486, NULL, NULL);
	phone_expect(c.b[0], "ACK");
	flow_note(f, "one is busy, the other still rings");
	flow_pass(f, 1000);
	dialog_answer(c.at_b[1], c.invite[1], 480, NULL, NULL);
	phone_expect(c.b[1], "ACK");
	phone_expect(c.a, "486 INVITE");
	dialog_ack(c.at_a, NULL);
}

static void fork_declined(flow *f)
{
	fork_call c = both_ring(f);

	dialog_answer(c.at_b[0], c.invite[0], 603, NULL, NULL);
	phone_expect(c.b[0], "ACK");
	phone_expect(c.a, "603 INVITE");
	dialog_ack(c.at_a, NULL);
	cancelled(&c, 1);
}

static void fork_one_is_dead(flow *f)
{
	fork_call c = {.a = phone_ready(f, "111", "111", "192.0.2.11:5060")};
	call live = {.a = c.a};

	c.b[1] = phone_ready(f, "112b", "112", "192.0.2.13:5060");
	live.b = phone_ready(f, "112a", "112", "192.0.2.12:5060");
	phone_vanish(c.b[1]);
	live.at_a = phone_send(c.a, "INVITE", "112", &(extra){.body = phone_sdp(c.a, "PCMU", NULL)});
	c.invite[0] = phone_expect(live.b, "INVITE");
	live.at_b = phone_take(live.b, c.invite[0]);
	dialog_answer(live.at_b, c.invite[0], 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	flow_pass(f, 2000);
	dialog_answer(live.at_b, c.invite[0], 200, NULL, phone_sdp(live.b, "PCMU", NULL));
	phone_expect(live.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(live.at_a, NULL);
	flow_note(f, "the dead one has answered nothing, so it cannot be cancelled: its INVITE ends after 64*T1");
	flow_pass(f, 40000);
	flow_bye(&live);
}

static void message_to_two(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060");
	phone *b1 = phone_ready(f, "112b", "112", "192.0.2.13:5060"), *b2 = phone_ready(f, "112a", "112", "192.0.2.12:5060");
	const sip *at_1, *at_2;

	phone_send(a, "MESSAGE", "112", &(extra){.type = "text/plain", .body = "Dinner is ready"});
	at_1 = phone_expect(b1, "MESSAGE");
	at_2 = phone_expect(b2, "MESSAGE");
	dialog_answer(phone_take(b1, at_1), at_1, 415, NULL, NULL);
	flow_pass(f, 100);
	flow_note(f, "the best answer counts");
	dialog_answer(phone_take(b2, at_2), at_2, 200, NULL, NULL);
	phone_expect(a, "200 MESSAGE");
}

const flow_case fork_flows[] = {
	{"fork_one_wins", "Both phones of 112 ring; one answers, the other is cancelled and told why.", fork_one_wins, {0}, true},
	{"fork_both_answer", "Two answers at once: the later one is ACKed and sent BYE.", fork_both_answer, {0}, false},
	{"fork_all_busy", "All refuse: the first of the lowest class is the caller's answer.", fork_all_busy, {0}, true},
	{"fork_declined", "A 6xx stops the others.", fork_declined, {0}, true},
	{"fork_one_is_dead", "One of two phones is not there any more.", fork_one_is_dead, {0}, false},
	{"message_to_two", "A MESSAGE reaches every contact, and the best answer comes back.", message_to_two, {0}, true},
	{0},
};
