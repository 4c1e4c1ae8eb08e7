/* What crosses from leg to leg, what is rebuilt and what never leaves (docs/behaviour.md). */
#include "flow.h"

static void end_ringing(phone *a, dialog *at_a, phone *b, const sip *invite)
{
	dialog_answer(phone_take(b, invite), invite, 486, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "486 INVITE");
	dialog_ack(at_a, NULL);
}

static void headers_that_cross(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(
		a, "INVITE", "112",
		&(extra){.headers = "Subject: dinner\nAlert-Info: <http://example.org/ring>\nCall-Info: <http://example.org/me>\n"
				    "User-to-User: 00c0ffee\nX-Room: kitchen\nOrganization: Home\n",
			 .body = phone_sdp(a, "PCMU", NULL)});

	end_ringing(a, d, b, phone_expect(b, "INVITE"));
}

static void headers_that_do_not_cross(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(
		a, "INVITE", "112",
		&(extra){
			.headers =
				"P-Asserted-Identity: <sip:boss@192.0.2.1>\nRemote-Party-ID: <sip:boss@192.0.2.1>\n"
				"P-Preferred-Identity: <sip:boss@192.0.2.1>\nDiversion: <sip:boss@192.0.2.1>\n"
				"Proxy-Authorization: Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"d\", response=\"e\"\n",
			.body = phone_sdp(a, "PCMU", NULL)});

	end_ringing(a, d, b, phone_expect(b, "INVITE"));
}

static void identity(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_new(f, "112", "112", "192.0.2.12:5060");
	dialog *r, *d;

	r = phone_send(b, "REGISTER", "", &(extra){.contact = "<sip:112@192.0.2.12:5060;line=2>"});
	phone_expect(b, "401 REGISTER");
	dialog_send(r, "REGISTER", &(extra){.contact = "<sip:112@192.0.2.12:5060;line=2>"});
	phone_expect(b, "200 REGISTER");
	flow_note(
		f,
		"the display name goes along; the number is the one that 111 proved to be, at an address that can be called back");
	d = phone_send(a, "INVITE", "112",
		       &(extra){.from = "\"Alice\" <sip:111@pbx.example.org>", .body = phone_sdp(a, "PCMU", NULL)});
	end_ringing(a, d, b, phone_expect(b, "INVITE"));
}

static void folded_name(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(
		a, "INVITE", "112",
		&(extra){.from = "\"Alice\r\n\tfrom  upstairs\" <sip:111@192.0.2.1>", .body = phone_sdp(a, "PCMU", NULL)});

	end_ringing(a, d, b, phone_expect(b, "INVITE"));
}

static void both_behind_nat(flow *f)
{
	phone *a = phone_new(f, "111", "111", "198.51.100.7:40001"), *b = phone_new(f, "112", "112", "203.0.113.8:50002");
	call c = {.a = a, .b = b};
	const sip *invite;

	phone_claims(a, "10.0.0.5:5060", false);
	phone_claims(b, "192.168.1.9:5060", true);
	phone_register(a);
	phone_register(b);
	flow_note(f, "the Request-URI is the Contact as registered; the datagram goes where the phone's came from");
	c.at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	invite = phone_expect(b, "INVITE");
	c.at_b = phone_take(b, invite);
	dialog_answer(c.at_b, invite, 200, NULL, phone_sdp(b, "PCMU", NULL));
	phone_expect(b, "ACK");
	phone_expect(a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_pass(f, 100);
	flow_bye(&c);
	dialog_send(phone_registration(a), "REGISTER", &(extra){.headers = "Expires: 0\n"});
	phone_expect(a, "200 REGISTER");
	dialog_send(phone_registration(b), "REGISTER", &(extra){.headers = "Expires: 0\n"});
	phone_expect(b, "200 REGISTER");
}

static void public_address(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});

	end_ringing(a, d, b, phone_expect(b, "INVITE"));
}

static void record_route(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	call c = {.a = a, .b = b};
	const sip *invite;

	c.at_a = phone_send(a, "INVITE", "112",
			    &(extra){.headers = "Record-Route: <sip:192.0.2.50;lr>, <sip:192.0.2.51;lr>\n",
				     .body = phone_sdp(a, "PCMU", NULL)});
	invite = phone_expect(b, "INVITE");
	c.at_b = phone_take(b, invite);
	dialog_answer(c.at_b, invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	dialog_answer(c.at_b, invite, 200, "Record-Route: <sip:192.0.2.60;lr>\n", phone_sdp(b, "PCMU", NULL));
	phone_expect(b, "ACK");
	phone_expect(a, "200 INVITE");
	dialog_ack(c.at_a, NULL);
	flow_pass(f, 100);
	flow_bye(&c);
}

static void video_and_fax(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a, *at_b;
	const sip *invite;

	at_a = phone_send(
		a, "INVITE", "112",
		&(extra){
			.body = "v=0\r\no=- 1 1 IN IP4 192.0.2.11\r\ns=-\r\nc=IN IP4 192.0.2.11\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
				"m=video 4002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\nm=image 4004 udptl t38\r\n"});
	invite = phone_expect(b, "INVITE");
	at_b = phone_take(b, invite);
	dialog_answer(at_b, invite, 200, NULL,
		      "v=0\r\no=- 1 1 IN IP4 192.0.2.12\r\ns=-\r\nc=IN IP4 192.0.2.12\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
		      "m=video 0 RTP/AVP 97\r\nm=image 0 udptl t38\r\n");
	phone_expect(b, "ACK");
	phone_expect(a, "200 INVITE");
	dialog_ack(at_a, NULL);
	dialog_send(at_a, "BYE", NULL);
	phone_expect(a, "200 BYE");
	dialog_answer(at_b, phone_expect(b, "BYE"), 200, NULL, NULL);
}

/* The called fax asks for T.38 as soon as it hears the other one (ITU-T T.38 annex D), and for sound at the end. */
static void fax_by_reinvite(flow *f)
{
	call c = flow_standing_call(f);
	const sip *invite;

	dialog_send(c.at_b, "INVITE",
		    &(extra){.body = "v=0\r\no=112 7 2 IN IP4 192.0.2.12\r\ns=-\r\nc=IN IP4 192.0.2.12\r\nt=0 0\r\n"
				     "m=image 4002 udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n"});
	invite = phone_expect(c.a, "INVITE");
	assert_true(strstr(invite->bytes, "\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n") != NULL);
	dialog_answer(c.at_a, invite, 200, NULL,
		      "v=0\r\no=111 7 2 IN IP4 192.0.2.11\r\ns=-\r\nc=IN IP4 192.0.2.11\r\nt=0 0\r\n"
		      "m=image 4002 udptl t38\r\na=T38FaxVersion:0\r\n");
	phone_expect(c.a, "ACK");
	phone_expect(c.b, "200 INVITE");
	dialog_ack(c.at_b, NULL);
	flow_pass(f, 1000);
	flow_note(f, "and back to sound");
	dialog_send(c.at_b, "INVITE", &(extra){.body = phone_sdp(c.b, "PCMU", NULL)});
	invite = phone_expect(c.a, "INVITE");
	dialog_answer(c.at_a, invite, 200, NULL, phone_sdp(c.a, "PCMU", NULL));
	phone_expect(c.a, "ACK");
	phone_expect(c.b, "200 INVITE");
	dialog_ack(c.at_b, NULL);
	flow_bye(&c);
}

/* 111's fax is called by a phone that knows no T.38: it goes on with sound. */
static void fax_refused(flow *f)
{
	call c = flow_standing_call(f);

	dialog_send(c.at_b, "INVITE",
		    &(extra){.body = "v=0\r\no=112 7 2 IN IP4 192.0.2.12\r\ns=-\r\nc=IN IP4 192.0.2.12\r\nt=0 0\r\n"
				     "m=image 4002 udptl t38\r\n"});
	dialog_answer(c.at_a, phone_expect(c.a, "INVITE"), 488, NULL, NULL);
	phone_expect(c.a, "ACK");
	phone_expect(c.b, "488 INVITE");
	dialog_ack(c.at_b, NULL);
	flow_rtp(c.a, 10000);
	flow_bye(&c);
}

const flow_case content_flows[] = {
	{"headers_that_cross",
	 "Subject, Alert-Info, Call-Info, User-to-User and X-* cross, nothing else.",
	 headers_that_cross,
	 {.show = "Subject Alert-Info Call-Info User-to-User X-Room Organization"},
	 true},
	{"headers_that_do_not_cross",
	 "A phone's claims of identity and its credentials never cross.",
	 headers_that_do_not_cross,
	 {.show = "P-Asserted-Identity Remote-Party-ID P-Preferred-Identity Diversion Proxy-Authorization"},
	 false},
	{"identity", "Who calls whom, as the callee sees it.", identity, {.show = "From To Via Contact"}, false},
	{"folded_name", "A folded display name crosses as one line.", folded_name, {.show = "From"}, true},
	{"both_behind_nat", "Two phones behind two NATs.", both_behind_nat, {.show = "Contact"}, false},
	{"public_address",
	 "With --public-address ahoyd calls itself so.",
	 public_address,
	 {.show = "Via Contact", .public_address = "198.51.100.1"},
	 false},
	{"record_route", "Proxies in between stay in between.", record_route, {.show = "Record-Route Route"}, false},
	{"video_and_fax", "Video and fax are anchored too, and refused in their places.", video_and_fax, {0}, false},
	{"fax_by_reinvite", "A fax goes from sound to T.38 and back.", fax_by_reinvite, {0}, false},
	{"fax_refused", "A refused T.38 leaves the sound as it was.", fax_refused, {0}, false},
	{0},
};
