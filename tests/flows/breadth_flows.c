/* Forks and loops that would multiply a call: Max-Breadth and loop detection (RFC 5393). */
#include <stdio.h>

#include "flow.h"

/* 111 calls 112, who has two phones, with so much breadth. */
static void breadth(flow *f, const char *header)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b[2];
	dialog *at_a;

	b[1] = phone_ready(f, "112b", "112", "192.0.2.13:5060");
	flow_pass(f, 1000);
	b[0] = phone_ready(f, "112a", "112", "192.0.2.12:5060");
	at_a = phone_send(a, "INVITE", "112", &(extra){.headers = header, .body = phone_sdp(a, "PCMU", NULL)});
	if (strcmp(header, "Max-Breadth: 1\n") == 0) {
		phone_expect(a, "440 INVITE");
		dialog_ack(at_a, NULL);
		return;
	}
	for (int i = 0; i < 2; i++) {
		const sip *invite = phone_expect(b[i], "INVITE");

		dialog_answer(phone_take(b[i], invite), invite, 486, NULL, NULL);
		phone_expect(b[i], "ACK");
	}
	phone_expect(a, "486 INVITE");
	dialog_ack(at_a, NULL);
}

static void breadth_is_shared(flow *f)
{
	breadth(f, "Max-Breadth: 5\n");
}

static void breadth_exceeded(flow *f)
{
	breadth(f, "Max-Breadth: 1\n");
}

/* What 112 registered by is a proxy that sends the call back where it came from. */
static void loop(flow *f)
{
	phone *a = phone_ready(f, "111", "111", "192.0.2.11:5060"), *b = phone_ready(f, "112", "112", "192.0.2.12:5060");
	dialog *at_a = phone_send(a, "INVITE", "112", &(extra){.body = phone_sdp(a, "PCMU", NULL)}), *at_b;
	const sip *invite = phone_expect(b, "INVITE");
	char text[4096];
	ahoy_buf looped = ahoy_buf_over(text, sizeof text);

	at_b = phone_take(b, invite);
	/* phone_send_raw writes the CRs. */
	ahoy_buf_fmt(&looped, "INVITE sip:112@%s SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.12:5060;branch=z9hG4bK-proxy\n", flow_host(f));
	for (const char *at = strstr(invite->bytes, "\r\n") + 2; *at; at++)
		if (*at != '\r')
			ahoy_buf_char(&looped, *at);
	phone_send_raw(b, ahoy_buf_cstr(&looped));
	phone_expect(b, "482 INVITE");
	dialog_answer(at_b, invite, 482, NULL, NULL);
	phone_expect(b, "ACK");
	phone_expect(a, "482 INVITE");
	dialog_ack(at_a, NULL);
}

const flow_case breadth_flows[] = {
	{"breadth_is_shared", "RFC 5393 5.3.3: each fork gets its share.", breadth_is_shared, {.show = "Max-Breadth"}, true},
	{"breadth_exceeded", "RFC 5393 5.3.3: more phones than breadth.", breadth_exceeded, {.show = "Max-Breadth"}, true},
	{"loop", "RFC 5393 4: our own INVITE comes back.", loop, {0}, false},
	{0},
};
