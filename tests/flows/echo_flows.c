/* Calls to a number that the server answers itself: the echo test (docs/behaviour.md "The echo test"). */
#include <stdio.h>

#include "flow.h"

#define PORT 10000 /* the server's first */

static phone *caller(flow *f)
{
	return phone_ready(f, "111", "111", "192.0.2.11:5060");
}

/* The call stands, and its beeps are through. */
static dialog *echoing(flow *f, phone *p, const char *codecs)
{
	dialog *d = phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, codecs, NULL)});

	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	flow_pass(f, 600);
	flow_heard(p);
	return d;
}

static void bye(flow *f, phone *p, dialog *d)
{
	dialog_send(d, "BYE", NULL);
	phone_expect(p, "200 BYE");
	flow_heard(p);
	flow_pass(f, 100);
}

static void echo_call(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, "PCMU PCMA telephone-event", NULL)});

	phone_expect(p, "401 INVITE");
	dialog_ack(d, NULL);
	dialog_send(d, "INVITE", &(extra){.body = phone_sdp(p, "PCMU PCMA telephone-event", NULL)});
	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	flow_talk(p, PORT, "PCMU", 900);
	flow_heard(p);
	flow_talk(p, PORT, "PCMU", 1000);
	flow_heard(p);
	flow_key(p, PORT, '5');
	flow_pass(f, 1000);
	flow_heard(p);
	bye(f, p, d);
}

static void echo_hash(flow *f)
{
	phone *p = caller(f);
	dialog *d = echoing(f, p, "PCMA telephone-event");

	flow_key(p, PORT, '#');
	dialog_answer(d, phone_expect(p, "BYE"), 200, NULL, NULL);
	flow_heard(p);
}

static void echo_without_state(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");
	dialog *d = phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, "PCMU", NULL)});

	phone_expect(p, "401 INVITE");
	dialog_ack(d, NULL);
	dialog_send(d, "INVITE", &(extra){.body = phone_sdp(p, "PCMU", NULL), .credentials = WITH_WRONG_PASSWORD});
	phone_expect(p, "401 INVITE");
	dialog_ack(d, NULL);
	flow_note(f, "one must be somebody to call it, and nobody can become it");
	phone_send(p, "REGISTER", "", &(extra){.from = "<sip:*43@192.0.2.1>", .headers = "Expires: 600\n"});
	phone_expect(p, "403 REGISTER");
}

static void echo_cancelled(flow *f)
{
	phone *p = caller(f);
	dialog *d;

	flow_set_store(f, STORE_SLOW);
	d = phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, "PCMU", NULL)});
	flow_pass(f, 400);
	flow_note(f, "whether a user has that number is being looked up");
	phone_expect(p, "100 INVITE");
	dialog_cancel(d);
	phone_expect(p, "200 CANCEL");
	phone_expect(p, "487 INVITE");
	dialog_ack(d, NULL);
	flow_pass(f, 1000);
	flow_note(f, "and now it comes when the record is being written");
	d = phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, "PCMU", NULL)});
	flow_pass(f, 700);
	phone_expect(p, "100 INVITE");
	dialog_cancel(d);
	phone_expect(p, "200 CANCEL");
	phone_expect(p, "487 INVITE");
	dialog_ack(d, NULL);
	flow_heard(p);
}

/* What the jitter buffer held at the change is heard in here. */
static void change(flow *f, phone *p, dialog *d, const char *codecs, const char *direction)
{
	dialog_send(d, "INVITE", &(extra){.body = phone_sdp(p, codecs, direction)});
	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	flow_pass(f, 1000);
	flow_heard(p);
}

static void echo_changed(flow *f)
{
	phone *p = caller(f);
	dialog *d = echoing(f, p, "PCMU PCMA telephone-event");

	flow_note(f, "on hold nothing is sent, but for reports");
	change(f, p, d, "PCMU PCMA telephone-event", "sendonly");
	flow_list(f);
	flow_talk(p, PORT, "PCMU", 1000);
	flow_heard(p);
	flow_note(f, "and goes on");
	change(f, p, d, "PCMU PCMA telephone-event", "sendrecv");
	flow_talk(p, PORT, "PCMU", 1000);
	flow_heard(p);
	flow_note(f, "another codec");
	change(f, p, d, "PCMA telephone-event", NULL);
	flow_talk(p, PORT, "PCMA", 1000);
	flow_heard(p);
	flow_list(f);
	flow_note(f, "one that nobody knows: the call stays as it was");
	dialog_send(d, "INVITE", &(extra){.body = "v=0\no=- 1 9 IN IP4 192.0.2.11\ns=-\nc=IN IP4 192.0.2.11\nt=0 0\n"
						  "m=audio 4000 RTP/AVP 97\na=rtpmap:97 nothing/8000\n"});
	phone_expect(p, "488 INVITE");
	dialog_ack(d, NULL);
	flow_talk(p, PORT, "PCMA", 200);
	flow_heard(p);
	flow_note(f, "no offer: ours, and the ACK answers");
	dialog_send(d, "INVITE", NULL);
	phone_expect(p, "200 INVITE");
	dialog_ack(d, phone_sdp(p, "PCMU telephone-event", NULL));
	flow_pass(f, 1000);
	flow_heard(p);
	flow_talk(p, PORT, "PCMU", 1000);
	flow_heard(p);
	flow_note(f, "no answer in the ACK: what was agreed stays");
	dialog_send(d, "INVITE", NULL);
	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	flow_talk(p, PORT, "PCMU", 200);
	flow_heard(p);
	flow_note(f, "what cannot be read");
	dialog_send(d, "INVITE", &(extra){.body = "v=0\nm=audio none RTP/AVP 0\n"});
	phone_expect(p, "400 INVITE");
	dialog_ack(d, NULL);
	bye(f, p, d);
}

static void echo_offerless(flow *f)
{
	phone *p = caller(f);
	dialog *d = phone_send(p, "INVITE", "*43", NULL);

	phone_expect(p, "200 INVITE");
	dialog_ack(d, phone_sdp(p, "PCMA", NULL));
	flow_talk(p, PORT, "PCMA", 1500);
	flow_heard(p);
	bye(f, p, d);
	flow_note(f, "an ACK without an answer");
	d = phone_send(p, "INVITE", "*43", NULL);
	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	dialog_answer(d, phone_expect(p, "BYE"), 200, NULL, NULL);
	flow_heard(p);
}

static void echo_not_acceptable(flow *f)
{
	static const char *const offers[] = {
		"m=audio 4000 RTP/AVP 97\na=rtpmap:97 nothing/8000\n",
		"m=video 4000 RTP/AVP 96\na=rtpmap:96 VP8/90000\n",
		"m=audio none RTP/AVP 0\n",
	};
	static const char *const answers[] = {"488 INVITE", "488 INVITE", "400 INVITE"};
	phone *p = caller(f);

	for (size_t i = 0; i < ARRAY_LEN(offers); i++) {
		char body[256];
		dialog *d;

		snprintf(body, sizeof body, "v=0\no=- 1 %zu IN IP4 192.0.2.11\ns=-\nc=IN IP4 192.0.2.11\nt=0 0\n%s", i + 1, offers[i]);
		d = phone_send(p, "INVITE", "*43", &(extra){.body = body});
		phone_expect(p, answers[i]);
		dialog_ack(d, NULL);
	}
}

static void echo_with_video(flow *f)
{
	phone *p = caller(f);
	dialog *d = phone_send(p, "INVITE", "*43",
			       &(extra){.body = "v=0\no=- 1 1 IN IP4 192.0.2.11\ns=-\nc=IN IP4 192.0.2.11\nt=0 0\n"
						"m=video 4002 RTP/AVP 96\na=rtpmap:96 VP8/90000\nm=audio 4000 RTP/AVP 0\n"});

	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	flow_list(f);
	flow_talk(p, PORT, "PCMU", 1000);
	flow_heard(p);
	bye(f, p, d);
}

static void echo_full(flow *f)
{
	phone *a = caller(f), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *first = phone_send(a, "INVITE", "*43", &(extra){.body = phone_sdp(a, "PCMU", NULL)}), *second, *third;

	phone_expect(a, "200 INVITE");
	dialog_ack(first, NULL);
	second = phone_send(a, "INVITE", "*43", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	phone_expect(a, "200 INVITE");
	dialog_ack(second, NULL);
	flow_note(f, "a third one of the same user");
	third = phone_send(a, "INVITE", "*43", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	phone_expect(a, "486 INVITE");
	dialog_ack(third, NULL);
	flow_note(f, "and the third at all");
	third = phone_send(b, "INVITE", "*43", &(extra){.body = phone_sdp(b, "PCMU", NULL)});
	phone_expect(b, "503 INVITE");
	dialog_ack(third, NULL);
	dialog_send(first, "BYE", NULL);
	phone_expect(a, "200 BYE");
	third = phone_send(b, "INVITE", "*43", &(extra){.body = phone_sdp(b, "PCMU", NULL)});
	phone_expect(b, "200 INVITE");
	dialog_ack(third, NULL);
	flow_pass(f, 40);
	dialog_send(third, "BYE", NULL);
	phone_expect(b, "200 BYE");
	dialog_send(second, "BYE", NULL);
	phone_expect(a, "200 BYE");
}

static void echo_off(flow *f)
{
	phone *p = caller(f);
	dialog *d = phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, "PCMU", NULL)});

	phone_expect(p, "404 INVITE");
	dialog_ack(d, NULL);
}

static void echo_number_of_a_user(flow *f)
{
	phone *a = caller(f), *b;
	dialog *at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)}), *at_b;
	const sip *invite;

	phone_expect(a, "480 INVITE");
	dialog_ack(at_a, NULL);
	b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	invite = phone_expect(b, "INVITE");
	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 200, NULL, phone_sdp(b, "PCMU", NULL));
	phone_expect(b, "ACK");
	phone_expect(a, "200 INVITE");
	dialog_ack(at_a, NULL);
	flow_pass(f, 100);
	dialog_send(at_a, "BYE", NULL);
	phone_expect(a, "200 BYE");
	dialog_answer(at_b, phone_expect(b, "BYE"), 200, NULL, NULL);
}

static void echo_requests(flow *f)
{
	phone *p = caller(f);
	dialog *d;

	phone_send(p, "OPTIONS", "*43", NULL);
	phone_expect(p, "200 OPTIONS");
	phone_send(p, "MESSAGE", "*43", &(extra){.type = "text/plain", .body = "is anybody there?"});
	phone_expect(p, "405 MESSAGE");
	d = echoing(f, p, "PCMU");
	dialog_send(d, "OPTIONS", NULL);
	phone_expect(p, "200 OPTIONS");
	dialog_send(d, "INFO", NULL);
	phone_expect(p, "200 INFO");
	dialog_send(d, "INFO", &(extra){.type = "application/x-unknown", .body = "what?"});
	phone_expect(p, "415 INFO");
	dialog_send(d, "MESSAGE", &(extra){.type = "text/plain", .body = "is anybody there?"});
	phone_expect(p, "405 MESSAGE");
	bye(f, p, d);
}

static void echo_limit(flow *f)
{
	phone *p = caller(f);
	dialog *d = echoing(f, p, "PCMU");

	flow_talk(p, PORT, "PCMU", 4400);
	dialog_answer(d, phone_expect(p, "BYE"), 200, NULL, NULL);
	flow_heard(p);
}

static void echo_no_media(flow *f)
{
	phone *p = caller(f);
	dialog *d = echoing(f, p, "PCMU");

	flow_talk(p, PORT, "PCMU", 1000);
	dialog_answer(d, phone_expect(p, "BYE"), 200, NULL, NULL);
	flow_heard(p);
	flow_note(f, "silence on hold is no silence: the phone is asked");
	d = echoing(f, p, "PCMU");
	change(f, p, d, "PCMU", "sendonly");
	dialog_answer(d, phone_expect(p, "OPTIONS"), 200, NULL, NULL);
	phone_vanish(p);
	flow_pass(f, 60000);
}

static void echo_ends(flow *f)
{
	phone *p = caller(f);
	dialog *d = echoing(f, p, "PCMU");

	flow_list(f);
	assert_ok(flow_hangup(f));
	dialog_answer(d, phone_expect(p, "BYE"), 200, NULL, NULL);
	flow_heard(p);
	d = echoing(f, p, "PCMU");
	flow_stop(f);
	dialog_answer(d, phone_expect(p, "BYE"), 200, NULL, NULL);
	flow_heard(p);
}

static void echo_unacked(flow *f)
{
	phone *p = caller(f);

	phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, "PCMU", NULL)});
	phone_expect(p, "200 INVITE");
	phone_vanish(p);
	flow_pass(f, 70000);
	flow_heard(p);
}

static void echo_behind_nat(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");
	dialog *d;

	phone_claims(p, "10.0.0.5:5060", true);
	d = phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, "PCMU", NULL)});
	phone_expect(p, "401 INVITE");
	dialog_ack(d, NULL);
	dialog_send(d, "INVITE", &(extra){.body = phone_sdp(p, "PCMU", NULL)});
	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	flow_pass(f, 100);
	flow_heard(p);
	flow_talk(p, PORT, "PCMU", 1500);
	flow_heard(p);
	bye(f, p, d);
}

static void echo_and_the_store(flow *f)
{
	phone *p = caller(f);
	dialog *d;

	flow_set_store(f, STORE_SLOW);
	d = phone_send(p, "INVITE", "*43", &(extra){.body = phone_sdp(p, "PCMU", NULL)});
	phone_expect(p, "100 INVITE");
	phone_expect(p, "200 INVITE");
	dialog_ack(d, NULL);
	flow_pass(f, 600);
	flow_heard(p);
	bye(f, p, d);
}

#define WITH_ECHO .echo = "*43"

const flow_case echo_flows[] = {
	{"echo_call", "111 calls the echo: two beeps, then itself, then its key.", echo_call, {WITH_ECHO, .show = "Contact"}, false},
	{"echo_hash", "# ends the echo, by a BYE of the server's.", echo_hash, {WITH_ECHO}, false},
	{"echo_needs_a_digest", "The echo is for users, and cannot be taken over.", echo_without_state, {WITH_ECHO}, true},
	{"echo_cancelled", "A caller that gives up before the 200.", echo_cancelled, {WITH_ECHO}, false},
	{"echo_changed", "Hold, codecs and late offers in a call to the echo.", echo_changed, {WITH_ECHO}, false},
	{"echo_offerless", "The echo makes the offer.", echo_offerless, {WITH_ECHO}, false},
	{"echo_not_acceptable", "Offers that have nothing to echo.", echo_not_acceptable, {WITH_ECHO}, true},
	{"echo_with_video", "Audio is echoed, video is not; one pair of ports is enough.", echo_with_video, {WITH_ECHO}, false},
	{"echo_full",
	 "How many calls the echo takes: 486 and 503.",
	 echo_full,
	 {WITH_ECHO, .max_service_calls = 2},
	 true},
	{"echo_off", "Without an echo its number is nobody's.", echo_off, {0}, true},
	{"echo_number_of_a_user", "A user with the echo's number is who is meant.", echo_number_of_a_user, {.echo = "112"}, true},
	{"echo_requests", "Other requests to the echo.", echo_requests, {WITH_ECHO, .show = "Allow"}, false},
	{"echo_limit", "The longest call to the echo.", echo_limit, {WITH_ECHO, .echo_limit_s = 5}, false},
	{"echo_no_media", "A caller that falls silent.", echo_no_media, {WITH_ECHO, .media_timeout_s = 20}, false},
	{"echo_ends", "The operator and the end of the server end it.", echo_ends, {WITH_ECHO}, false},
	{"echo_unacked", "The 200 is never ACKed.", echo_unacked, {WITH_ECHO}, false},
	{"echo_behind_nat", "The echo goes where the caller's packets come from.", echo_behind_nat, {WITH_ECHO}, false},
	{"echo_and_a_slow_store", "The store says slowly that nobody has that number.", echo_and_the_store, {WITH_ECHO}, false},
	{0},
};
