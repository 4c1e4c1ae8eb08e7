/* Two phones that share no codec: the server calls the callee once more with codecs of its own, and its sound goes through
 * them (docs/behaviour.md "Transcoding"). */
#include "flow.h"

#define PORT_A 10000 /* the server's towards 111 */

/* 111 has one codec, 112 another; the call stands. The codec of 112 is what `takes` says, to the second INVITE. */
static call transcoded(flow *f, const char *has, const char *takes)
{
	call c = {.a = phone_ready(f, "111", "111", "192.0.2.11:5060"), .b = phone_ready(f, "112", "112", "192.0.2.12:5060")};
	const sip *invite;

	c.at_a = phone_send(c.a, "INVITE", "112", &(extra){.headers = "Subject: hello\n", .body = phone_sdp(c.a, has, NULL)});
	invite = phone_expect(c.b, "INVITE");
	dialog_answer(phone_take(c.b, invite), invite, 488, NULL, NULL);
	phone_expect(c.b, "ACK");
	invite = phone_expect(c.b, "INVITE");
	c.at_b = phone_take(c.b, invite);
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(c.a, "180 INVITE");
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(c.b, takes, NULL));
	phone_expect(c.b, "ACK");
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	return c;
}

static void sound_passes(flow *f)
{
	call c = transcoded(f, "PCMU telephone-event", "PCMA telephone-event");

	flow_talk(c.a, PORT_A, "PCMU", 1000);
	flow_heard(c.b);
	flow_heard(c.a);
	flow_note(f, "a key is a key on both sides");
	flow_key(c.a, PORT_A, '7');
	flow_pass(f, 600);
	flow_heard(c.b);
	flow_heard(c.a);
	flow_bye(&c);
}

static void hold(flow *f)
{
	call c = transcoded(f, "PCMU", "PCMA");

	flow_pass(f, 200);
	flow_heard(c.a);
	flow_note(f, "each leg is a session of its own: 112 is told nothing, and hears silence");
	dialog_send(c.at_a, "INVITE", &(extra){.body = phone_sdp(c.a, "PCMU", "inactive")});
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_heard(c.a);
	flow_pass(f, 1000);
	flow_heard(c.a);
	dialog_send(c.at_a, "INVITE", &(extra){.body = phone_sdp(c.a, "PCMU", NULL)});
	phone_expect(c.a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_talk(c.a, PORT_A, "PCMU", 1000);
	flow_heard(c.b);
	flow_heard(c.a);
	flow_bye(&c);
}

static void offerless_change(flow *f)
{
	call c = transcoded(f, "PCMU", "PCMA");

	flow_note(f, "112 asks for an offer: it gets the one that it knows, and none of 111's codecs");
	dialog_send(c.at_b, "INVITE", NULL);
	phone_expect(c.b, "200 INVITE");
	dialog_ack(c.at_b, phone_sdp(c.b, "PCMA", NULL));
	flow_silence(f, 100);
	dialog_send(c.at_b, "INVITE", &(extra){.body = "v=0\r\no=- 1 1 IN IP4 192.0.2.12\r\ns=-\r\nc=IN IP4 192.0.2.12\r\nt=0 0\r\n"
						       "m=audio 4000 RTP/AVP 18\r\n"});
	phone_expect(c.b, "488 INVITE");
	dialog_ack(c.at_b, NULL);
	flow_bye(&c);
}

static void refused_again(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});

	for (int i = 0; i < 2; i++) {
		const sip *invite = phone_expect(b, "INVITE");

		dialog_answer(phone_take(b, invite), invite, 488, NULL, NULL);
		phone_expect(b, "ACK");
	}
	phone_expect(a, "488 INVITE");
	dialog_ack(d, NULL);
}

static void cancelled(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)}), *at_b;
	const sip *invite = phone_expect(b, "INVITE");

	dialog_answer(phone_take(b, invite), invite, 488, NULL, NULL);
	phone_expect(b, "ACK");
	invite = phone_expect(b, "INVITE");
	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	dialog_cancel(d);
	phone_expect(a, "200 CANCEL");
	dialog_answer(at_b, phone_expect(b, "CANCEL"), 200, NULL, NULL);
	dialog_answer(at_b, invite, 487, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "487 INVITE");
	dialog_ack(d, NULL);
}

static void codec_unknown(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(a, "INVITE", "112",
			       &(extra){.body = "v=0\r\no=- 1 1 IN IP4 192.0.2.11\r\ns=-\r\nc=IN IP4 192.0.2.11\r\nt=0 0\r\n"
						"m=audio 4000 RTP/AVP 18\r\n"});
	const sip *invite = phone_expect(b, "INVITE");

	flow_note(f, "what the server cannot decode either it cannot help with");
	dialog_answer(phone_take(b, invite), invite, 488, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "488 INVITE");
	dialog_ack(d, NULL);
}

static void full(flow *f)
{
	call c = transcoded(f, "PCMU", "PCMA");
	phone *a = phone_ready(f, "113", "113", "192.0.2.13:5060"), *b = phone_ready(f, "114", "114", "192.0.2.14:5060");
	dialog *d = phone_send(a, "INVITE", "114", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	const sip *invite = phone_expect(b, "INVITE");

	dialog_answer(phone_take(b, invite), invite, 488, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "488 INVITE");
	dialog_ack(d, NULL);
	flow_bye(&c);
}

#define ON                          \
	{                           \
		.max_transcoded = 1 \
	}

const flow_case transcode_flows[] = {
	{"transcoded",
	 "PCMU calls PCMA: the second INVITE has what the first had not.",
	 sound_passes,
	 {.max_transcoded = 1, .show = "Subject"},
	 false},
	{"transcoded_hold", "RFC 3264 8.4: a hold is answered by the server.", hold, ON, false},
	{"transcoded_offerless", "A change without an offer, and one that cannot be.", offerless_change, ON, false},
	{"transcoded_in_vain", "The callee refuses ours too.", refused_again, ON, false},
	{"transcoded_cancelled", "The caller gives up while it rings again.", cancelled, ON, false},
	{"transcoded_unknown", "A codec that the server has not.", codec_unknown, ON, false},
	{"transcoded_full", "No more than --max-transcoded.", full, ON, false},
	{0},
};
