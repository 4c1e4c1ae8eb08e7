#include <stdio.h>

#include "load_calls_state.h"

/* The seed's own offer and answer, with our addresses. */
void load_write_descriptions(load_calls *c)
{
	int len = (int)c->wire->ip.len;
	const char *ip = c->wire->ip.ptr;

	c->offer_len = (size_t)snprintf(c->offer, sizeof c->offer,
					"v=0\r\no=Zoiper_user 0 0 IN IP4 %.*s\r\ns=Zoiper_session\r\nc=IN IP4 %.*s\r\nt=0 0\r\n"
					"m=audio %u RTP/AVP 3 0 110 98 8 101\r\na=rtpmap:3 GSM/8000\r\na=rtpmap:0 PCMU/8000\r\n"
					"a=rtpmap:110 speex/8000\r\na=rtpmap:98 iLBC/8000\r\na=fmtp:98 mode=20\r\na=rtpmap:8 PCMA/8000\r\n"
					"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n",
					len, ip, len, ip, c->wire->rtp_port[LOAD_CALLERS]);
	c->answer_len = (size_t)snprintf(c->answer, sizeof c->answer,
					 "v=0\r\no=DBL 1 1 IN IP4 %.*s\r\ns=DBL\r\nc=IN IP4 %.*s\r\nt=0 0\r\n"
					 "m=audio %u RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
					 "a=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n",
					 len, ip, len, ip, c->wire->rtp_port[LOAD_CALLEES]);
}

uint16_t load_media_port_of(ahoy_slice message)
{
	static const char key[] = "\r\nm=audio ";
	const char *m = memmem(message.ptr, message.len, key, sizeof key - 1);
	size_t at = m ? (size_t)(m - message.ptr) + sizeof key - 1 : message.len;
	uint64_t port;

	return load_number(message, &at, &port) && port < 65536 ? (uint16_t)port : 0;
}

static void write_addr(ahoy_buf *b, const char *before, const load_phone *phone, ahoy_slice host, const char *after)
{
	ahoy_buf_str(b, before);
	ahoy_buf_str(b, "<sip:");
	ahoy_buf_put(b, load_phone_name(phone));
	ahoy_buf_char(b, '@');
	ahoy_buf_put(b, host);
	ahoy_buf_char(b, '>');
	ahoy_buf_str(b, after);
}

void load_write_call_id(const load_calls *c, const load_call *slot, ahoy_buf *b)
{
	ahoy_buf_char(b, 'k');
	ahoy_buf_u64(b, load_call_index(c, slot));
	ahoy_buf_char(b, '.');
	ahoy_buf_u64(b, slot->call);
	ahoy_buf_char(b, '.');
	ahoy_buf_str(b, c->callers->run);
	ahoy_buf_str(b, "ZTVhNTlhZWFiZmYwYjM0NDYzM");
}

/* Request line to CSeq. to: the To header with its tag, or empty for the callee's own address. */
static void write_head(const load_calls *c, const load_call *slot, ahoy_buf *b, const char *method, ahoy_slice uri, uint32_t cseq,
		       uint64_t serial, ahoy_slice to)
{
	size_t i = load_call_index(c, slot);

	ahoy_buf_str(b, method);
	ahoy_buf_char(b, ' ');
	ahoy_buf_put(b, uri);
	ahoy_buf_str(b, " SIP/2.0\r\nVia: SIP/2.0/UDP ");
	ahoy_buf_put(b, c->wire->here[LOAD_CALLERS]);
	ahoy_buf_str(b, ";branch=z9hG4bK-d8754z-");
	ahoy_buf_str(b, c->callers->run);
	ahoy_buf_hex_u64(b, serial, 16);
	ahoy_buf_str(b, ";rport\r\nMax-Forwards: 70\r\n");
	write_addr(b, "Contact: ", &c->callers->list[i], c->wire->here[LOAD_CALLERS], "\r\n");
	if (to.len) {
		ahoy_buf_str(b, "To: ");
		ahoy_buf_put(b, to);
		ahoy_buf_str(b, "\r\n");
	} else {
		write_addr(b, "To: ", &c->callees->list[i], c->wire->server, "\r\n");
	}
	write_addr(b, "From: ", &c->callers->list[i], c->wire->server, ";tag=f829db0a\r\n");
	ahoy_buf_str(b, "Call-ID: ");
	load_write_call_id(c, slot, b);
	ahoy_buf_str(b, "\r\nCSeq: ");
	ahoy_buf_u64(b, cseq);
	ahoy_buf_char(b, ' ');
	ahoy_buf_str(b, method);
	ahoy_buf_str(b, "\r\n");
}

static void callee_uri(const load_calls *c, const load_call *slot, ahoy_buf *uri)
{
	ahoy_buf_str(uri, "sip:");
	ahoy_buf_put(uri, load_phone_name(&c->callees->list[load_call_index(c, slot)]));
	ahoy_buf_char(uri, '@');
	ahoy_buf_put(uri, c->wire->server);
}

void load_send_text(load_calls *c, unsigned side, const ahoy_buf *b)
{
	if (!b->full)
		c->wire->send(c->wire->ctx, side, ahoy_buf_slice(b));
}

void load_send_invite(load_calls *c, ahoy_time now, load_call *slot)
{
	char text[LOAD_MESSAGE], uri_text[96];
	ahoy_buf b = ahoy_buf_over(text, sizeof text), uri = ahoy_buf_over(uri_text, sizeof uri_text);

	callee_uri(c, slot, &uri);
	write_head(c, slot, &b, "INVITE", ahoy_buf_slice(&uri), slot->cseq, slot->serial, (ahoy_slice){0});
	ahoy_buf_str(&b, "Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE\r\n"
			 "Supported: replaces, norefersub, extended-refer, timer\r\nUser-Agent: ahoy load 1.0\r\n");
	if (slot->with_nonce)
		load_phone_authorize(&b, c->callers, &c->callers->list[load_call_index(c, slot)], AHOY_S("INVITE"), ahoy_buf_slice(&uri),
				     slot->nc, slot->serial);
	ahoy_buf_str(&b, "Allow-Events: presence, kpml\r\n");
	load_write_body(&b, (ahoy_slice){c->offer, c->offer_len});
	slot->sent = now;
	load_send_text(c, LOAD_CALLERS, &b);
}

void load_send_ack(load_calls *c, const load_call *slot, ahoy_slice response, bool answered)
{
	char text[LOAD_MESSAGE], uri_text[96];
	ahoy_buf b = ahoy_buf_over(text, sizeof text), uri = ahoy_buf_over(uri_text, sizeof uri_text);
	ahoy_slice to = load_header(response, "To");

	callee_uri(c, slot, &uri);
	write_head(c, slot, &b, "ACK", answered ? (ahoy_slice){slot->target, slot->target_len} : ahoy_buf_slice(&uri), slot->cseq,
		   answered ? slot->serial | 1ull << 62 : slot->serial, to);
	load_write_body(&b, (ahoy_slice){0});
	load_send_text(c, LOAD_CALLERS, &b);
}

void load_send_bye(load_calls *c, ahoy_time now, load_call *slot)
{
	char text[LOAD_MESSAGE];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	write_head(c, slot, &b, "BYE", (ahoy_slice){slot->target, slot->target_len}, slot->cseq + 1, slot->serial | 1ull << 61,
		   (ahoy_slice){slot->to, slot->to_len});
	ahoy_buf_str(&b, "User-Agent: ahoy load 1.0\r\n");
	load_write_body(&b, (ahoy_slice){0});
	slot->sent = now;
	load_send_text(c, LOAD_CALLERS, &b);
}
