/* What is refused, and how (RFC 3261 8.2, in the order of docs/behaviour.md): each flow is one request and its answer. */
#include "flow.h"

static phone *caller(flow *f)
{
	return phone_ready(f, "111", "111", "192.0.2.11:5060");
}

static void refuse_invite(flow *f, const extra *x, const char *got)
{
	phone *p = caller(f);
	dialog *d = phone_send(p, "INVITE", "112", x);

	phone_expect(p, got);
	dialog_ack(d, NULL);
}

static void refuse_request(flow *f, const char *method, const extra *x, const char *got)
{
	phone *p = caller(f);

	phone_send(p, method, "112", x);
	phone_expect(p, got);
}

static void max_forwards_0(flow *f)
{
	refuse_invite(f, &(extra){.max_forwards = "0"}, "483 INVITE");
}

static void max_forwards_falls(flow *f)
{
	phone *a = caller(f), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(a, "INVITE", "112", &(extra){.max_forwards = "17", .body = phone_sdp(a, "PCMU", NULL)});
	const sip *invite = phone_expect(b, "INVITE");

	dialog_answer(phone_take(b, invite), invite, 486, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "486 INVITE");
	dialog_ack(d, NULL);
}

static void require_unknown(flow *f)
{
	refuse_invite(f, &(extra){.headers = "Require: 100rel, gruu\n"}, "420 INVITE");
}

static void require_timer(flow *f)
{
	refuse_invite(f, &(extra){.headers = "Require: timer\n"}, "420 INVITE");
}

static void content_type(flow *f)
{
	refuse_invite(f, &(extra){.type = "application/pidf+xml", .body = "<a/>"}, "415 INVITE");
}

static void content_encoding(flow *f)
{
	refuse_invite(f, &(extra){.headers = "Content-Encoding: gzip\n", .body = "v=0"}, "415 INVITE");
}

static void sdp_unreadable(flow *f)
{
	refuse_invite(f, &(extra){.body = "v=0\r\nm=audio 99999 RTP/AVP 0\r\n"}, "400 INVITE");
}

static void sdp_without_rtp(flow *f)
{
	refuse_invite(
		f,
		&(extra){
			.body = "v=0\r\no=- 1 1 IN IP4 192.0.2.11\r\ns=-\r\nc=IN IP4 192.0.2.11\r\nt=0 0\r\nm=message 4000 TCP/MSRP *\r\n"},
		"488 INVITE");
}

static void scheme_unknown(flow *f)
{
	refuse_invite(f, &(extra){.uri = "mailto:112@example.org"}, "416 INVITE");
}

static void other_domain(flow *f)
{
	refuse_invite(f, &(extra){.uri = "sip:112@203.0.113.9"}, "404 INVITE");
}

static void no_contact(flow *f)
{
	refuse_invite(f, &(extra){.contact = ""}, "400 INVITE");
}

static void subscribe(flow *f)
{
	refuse_request(f, "SUBSCRIBE", &(extra){.headers = "Event: presence\n"}, "489 SUBSCRIBE");
}

static void publish(flow *f)
{
	refuse_request(f, "PUBLISH", &(extra){.headers = "Event: presence\n"}, "405 PUBLISH");
}

static void refer(flow *f)
{
	refuse_request(f, "REFER", &(extra){.headers = "Refer-To: <sip:113@192.0.2.1>\n"}, "405 REFER");
}

static void refer_in_call(flow *f)
{
	call c = flow_standing_call(f);

	dialog_send(c.at_a, "REFER", &(extra){.headers = "Refer-To: <sip:113@192.0.2.1>\n"});
	phone_expect(c.a, "405 REFER");
	flow_note(f, "its repetition gets the same answer, and the call stays up");
	dialog_repeat(c.at_a);
	phone_expect(c.a, "405 REFER");
	flow_bye(&c);
}

static void method_unknown(flow *f)
{
	refuse_request(f, "DANCE", NULL, "501 DANCE");
}

static void bye_without_dialog(flow *f)
{
	phone *p = caller(f);

	phone_send_raw(
		p,
		"BYE sip:112@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.11:5060;rport;branch=z9hG4bK-x1\nMax-Forwards: 70\n"
		"From: <sip:111@192.0.2.1>;tag=1\nTo: <sip:112@192.0.2.1>;tag=2\nCall-ID: gone\nCSeq: 2 BYE\nContent-Length: 0\n\n");
	phone_expect(p, "481 BYE");
	phone_send_raw(
		p, "INVITE sip:112@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.11:5060;rport;branch=z9hG4bK-x2\nMax-Forwards: 70\n"
		   "From: <sip:111@192.0.2.1>;tag=1\nTo: <sip:112@192.0.2.1>;tag=2\nCall-ID: gone\nCSeq: 3 INVITE\n"
		   "Contact: <sip:111@192.0.2.11>\nContent-Length: 0\n\n");
	phone_expect(p, "481 INVITE");
	phone_send_raw(
		p,
		"CANCEL sip:112@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.11:5060;rport;branch=z9hG4bK-x3\nMax-Forwards: 70\n"
		"From: <sip:111@192.0.2.1>;tag=1\nTo: <sip:112@192.0.2.1>\nCall-ID: gone\nCSeq: 4 CANCEL\nContent-Length: 0\n\n");
	phone_expect(p, "481 CANCEL");
}

static void unreadable(flow *f)
{
	phone *p = caller(f);

	phone_send_raw(
		p, "OPTIONS sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.11:5060;rport;branch=z9hG4bK-y1\nMax-Forwards: 300\n"
		   "From: <sip:111@192.0.2.1>;tag=1\nTo: <sip:192.0.2.1>\nCall-ID: y\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n");
	phone_expect(p, "400 OPTIONS");
	phone_send_raw(p,
		       "OPTIONS sip:192.0.2.1 SIP/7.0\nVia: SIP/2.0/UDP 192.0.2.11:5060;rport;branch=z9hG4bK-y2\nMax-Forwards: 70\n"
		       "From: <sip:111@192.0.2.1>;tag=1\nTo: <sip:192.0.2.1>\nCall-ID: y\nCSeq: 2 OPTIONS\nContent-Length: 0\n\n");
	phone_expect(p, "505 OPTIONS");
	flow_note(f, "nobody could say where the answer to this should go");
	phone_send_raw(p, "OPTIONS sip:192.0.2.1 SIP/2.0\nVia: is missing\n\n");
	flow_silence(f, 100);
}

static void options_to_server(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");

	phone_send(p, "OPTIONS", "", NULL);
	phone_expect(p, "200 OPTIONS");
}

static void options_to_user(flow *f)
{
	phone *a = caller(f);

	(void)phone_ready(f, "112", "112", "192.0.2.12:5060");
	phone_send(a, "OPTIONS", "112", NULL);
	phone_expect(a, "200 OPTIONS");
	phone_send(a, "OPTIONS", "113", NULL);
	phone_expect(a, "480 OPTIONS");
}

static void message_to_nobody(flow *f)
{
	phone *a = caller(f);

	phone_send(a, "MESSAGE", "113", &(extra){.type = "text/plain", .body = "Hello"});
	phone_expect(a, "480 MESSAGE");
	phone_send(a, "MESSAGE", "999", &(extra){.type = "text/plain", .body = "Hello"});
	phone_expect(a, "404 MESSAGE");
}

static void merged(flow *f)
{
	phone *a = caller(f), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)});
	const sip *invite = phone_expect(b, "INVITE");

	dialog_answer(phone_take(b, invite), invite, 180, NULL, NULL);
	phone_expect(a, "180 INVITE");
	flow_note(f, "the same INVITE by another way, as behind a forking proxy: no second call");
	dialog_repeat_merged(d);
	phone_expect(a, "482 INVITE");
	dialog_answer(phone_take(b, invite), invite, 486, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "486 INVITE");
	dialog_ack(d, NULL);
}

static void tolerated(flow *f)
{
	phone *a = caller(f), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *d =
		phone_send(a, "INVITE", "112",
			   &(extra){.headers = "Supported: timer, 100rel, replaces, X-cisco-serviceuri\nSession-Expires: 1800\n",
				    .body = phone_sdp(a, "PCMU", NULL)});
	const sip *invite = phone_expect(b, "INVITE");

	dialog_answer(phone_take(b, invite), invite, 486, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "486 INVITE");
	dialog_ack(d, NULL);
}

static void message_refused(flow *f)
{
	phone *p = caller(f);
	dialog *bye;

	phone_send(p, "MESSAGE", "112", &(extra){.max_forwards = "0", .type = "text/plain", .body = "Hello"});
	phone_expect(p, "483 MESSAGE");
	phone_send(p, "MESSAGE", "112", &(extra){.uri = "sip:112@203.0.113.9", .type = "text/plain", .body = "Hello"});
	phone_expect(p, "404 MESSAGE");
	bye = phone_send(p, "INFO", "112", NULL);
	phone_expect(p, "481 INFO");
	(void)bye;
}

static void own_domain(flow *f)
{
	static const char *const uris[] = {"sip:113@example.org", "sip:113@EXAMPLE.org", "tel:113", "sip:113@192.0.2.1"};
	phone *p = caller(f);

	flow_note(f, "480: 113 is not registered; 404: not our number");
	for (size_t i = 0; i < ARRAY_LEN(uris); i++) {
		phone_send(p, "OPTIONS", "113", &(extra){.uri = uris[i]});
		phone_expect(p, "480 OPTIONS");
	}
	phone_send(p, "OPTIONS", "113", &(extra){.uri = "sip:113@example.net"});
	phone_expect(p, "404 OPTIONS");
	phone_send(p, "REGISTER", "113", &(extra){.uri = "sip:example.net"});
	phone_expect(p, "403 REGISTER");
	phone_send(p, "REGISTER", "111", &(extra){.uri = "sip:example.net"});
	phone_expect(p, "404 REGISTER");
}

#define SIXTY "a-call-id-may-be-as-long-as-its-phone-likes-it-to-be--------"
#define LONG SIXTY SIXTY SIXTY SIXTY

static void challenge_is_small(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");

	flow_note(f, "no answer to a stranger is larger than 600 bytes, or one and a half of the request: MD5 alone fits");
	phone_send_raw(p, "MESSAGE sip:112@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.11;branch=z9hG4bK-1\n"
			  "From: <sip:111@192.0.2.1>;tag=1\n"
			  "To: <sip:112@192.0.2.1>\nCall-ID: " LONG "\nCSeq: 1 MESSAGE\n"
			  "Content-Length: 0\n\n");
	phone_expect(p, "401 MESSAGE");
}

static void malformed_credentials(flow *f)
{
	phone *p = phone_new(f, "111", "111", "192.0.2.11:5060");

	phone_send(p, "MESSAGE", "112", &(extra){.headers = "Authorization: Digest username=\"111\", realm=\"ahoy\", nonce=, nc=xyz\n"});
	phone_expect(p, "400 MESSAGE");
}

const flow_case request_flows[] = {
	{"max_forwards_0", "483: it may not go further.", max_forwards_0, {.show = "Max-Forwards"}, true},
	{"max_forwards_falls", "Max-Forwards crosses, less one (RFC 7332).", max_forwards_falls, {.show = "Max-Forwards"}, true},
	{"require_unknown", "420 names the extensions that ahoyd does not have.", require_unknown, {.show = "Require"}, true},
	{"require_timer", "420: session timers are survived, not yet spoken.", require_timer, {.show = "Require"}, true},
	{"content_type", "415 names what is accepted.", content_type, {0}, true},
	{"content_encoding",
	 "415: no encoding is understood.",
	 content_encoding,
	 {.show = "Content-Encoding Accept-Encoding"},
	 true},
	{"sdp_unreadable", "400: a description that cannot be read.", sdp_unreadable, {0}, true},
	{"sdp_without_rtp", "488 says why.", sdp_without_rtp, {0}, false},
	{"scheme_unknown", "416: not a telephone address.", scheme_unknown, {0}, true},
	{"other_domain", "404: other people's numbers are not forwarded.", other_domain, {0}, false},
	{"no_contact", "400: where would a BYE go?", no_contact, {0}, true},
	{"subscribe", "489: there are no events yet.", subscribe, {0}, true},
	{"publish", "405 says what is allowed.", publish, {0}, true},
	{"refer", "405: no transfer yet.", refer, {0}, true},
	{"refer_in_call", "405 to a REFER inside a call.", refer_in_call, {0}, true},
	{"method_unknown", "501: nobody knows this method.", method_unknown, {0}, true},
	{"bye_without_dialog", "481, never a challenge, to what names a dialog that is not there.", bye_without_dialog, {0}, false},
	{"unreadable", "A request that can be answered gets a reason; the rest is dropped.", unreadable, {0}, false},
	{"options_to_server",
	 "OPTIONS to the server itself needs no password.",
	 options_to_server,
	 {.show = "Allow Accept Supported"},
	 true},
	{"options_to_user", "OPTIONS to a user is answered for it.", options_to_user, {.show = "Allow"}, false},
	{"message_to_nobody", "A MESSAGE to nobody.", message_to_nobody, {0}, true},
	{"message_refused", "Refused MESSAGEs, and an INFO without its call.", message_refused, {0}, false},
	{"own_domain", "--domain example.org", own_domain, {.domain = "example.org"}, false},
	{"challenge_is_small", "The server is no amplifier.", challenge_is_small, {0}, false},
	{"malformed_credentials", "400: credentials that cannot be read.", malformed_credentials, {0}, true},
	{"merged", "482: a copy that came by another way (8.2.2.2).", merged, {0}, true},
	{"tolerated",
	 "Unknown Supported tags and a Session-Expires do no harm.",
	 tolerated,
	 {.show = "Supported Session-Expires"},
	 true},
	{0},
};
