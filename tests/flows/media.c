/* Packets: from a phone through the server, and between a phone and an endpoint inside of the server. */
#include <stdio.h>

#include "rtp/rtcp.h"
#include "rtp/rtp.h"
#include "rtp/telephone_event.h"
#include "world.h"

#define FIRST_PORT 10000u
#define PHONE_PORT 4000u
#define EVENT 101
#define VOICE 0x35 /* a code of PCMU and of PCMA that both decode and encode to itself */
#define SAMPLES 160

phone *flow_rtp(phone *from, unsigned port)
{
	static const char packet[] = "\x80\x00\x00\x01\x00\x00\x00\xa0\x12\x34\x56\x78sound";
	flow *f = from->flow;
	ahoy_addr source = from->at;
	ahoy_relay_out out;
	ahoy_switch_status status;
	unsigned pair = (port - 10000) / 2;

	source.port = 4000;
	if (ahoy_switch_media(f->sw, f->carrier.now(f->carrier.ctx), AHOY_RELAY_RTP_PORT(pair), &source,
			      ahoy_slice_make(packet, sizeof packet - 1), &out) != AHOY_RELAY_SEND) {
		draw_line(f, from->label, "ahoyd", "RTP to port %u, dropped", port);
		return NULL;
	}
	ahoy_switch_get_status(f->sw, &status);
	for (unsigned i = 0; i < f->phone_count; i++)
		if (ahoy_addr_ip_eq(&f->phones[i]->at, &out.to)) {
			draw_line(f, from->label, f->phones[i]->label, "RTP through ports %u and %u to %u", port,
				  10000 + 2 * (out.port / 2), out.to.port);
			return f->phones[i];
		}
	return NULL;
}

static void send_rtp(phone *from, unsigned port, ahoy_rtp *packet)
{
	flow *f = from->flow;
	ahoy_addr source = from->at;
	uint8_t bytes[AHOY_RTP_HEADER + SAMPLES];
	ahoy_relay_out out;
	size_t len;

	source.port = PHONE_PORT;
	packet->ssrc = 0x12345678;
	packet->seq = ++from->rtp_seq;
	assert_ok(ahoy_rtp_encode(packet, bytes, sizeof bytes, &len));
	assert_int_not_equal(ahoy_switch_media(f->sw, f->carrier.now(f->carrier.ctx), AHOY_RELAY_RTP_PORT((port - FIRST_PORT) / 2),
					       &source, ahoy_slice_make(bytes, len), &out),
			     AHOY_RELAY_SEND);
}

void flow_talk(phone *from, unsigned port, const char *codec, unsigned ms)
{
	uint8_t voice[SAMPLES] = {0};
	ahoy_rtp packet = {.payload_type = strcmp(codec, "PCMA") == 0 ? 8 : 0, .payload = ahoy_slice_make(voice, sizeof voice)};

	memset(voice, VOICE, sizeof voice);
	draw_line(from->flow, from->label, "ahoyd", "talks for %u ms, %s to port %u", ms, codec, port);
	for (unsigned at = 0; at < ms; at += 20) {
		packet.timestamp = from->rtp_timestamp += SAMPLES;
		send_rtp(from, port, &packet);
		flow_pass(from->flow, 20);
	}
}

void flow_key(phone *from, unsigned port, char key)
{
	uint8_t bytes[4];
	ahoy_telephone_event event = {.event = (uint8_t)ahoy_telephone_event_of(key), .volume = 10};
	ahoy_rtp packet = {.payload_type = EVENT, .marker = true, .payload = ahoy_slice_make(bytes, sizeof bytes)};

	draw_line(from->flow, from->label, "ahoyd", "presses %c", key);
	packet.timestamp = from->rtp_timestamp += SAMPLES;
	for (unsigned i = 1; i <= 7; i++) {
		event.duration = (uint16_t)(i < 5 ? i * SAMPLES : 5 * SAMPLES);
		event.end = i >= 5;
		ahoy_telephone_event_encode(&event, bytes);
		send_rtp(from, port, &packet);
		packet.marker = false;
		flow_pass(from->flow, i < 5 ? 20 : 0);
	}
	from->rtp_timestamp += 5 * SAMPLES;
}

/* ---- what the server says itself ---- */

static void hear_key(hearing *h, const ahoy_rtp *packet)
{
	ahoy_telephone_event event;
	size_t len = strlen(h->keys);

	assert_ok(ahoy_telephone_event_decode(packet->payload.ptr, packet->payload.len, &event));
	if (!event.end || packet->timestamp == h->key_timestamp || len + 1 >= sizeof h->keys)
		return;
	h->key_timestamp = packet->timestamp;
	h->keys[len] = ahoy_telephone_event_digit(event.event);
}

static void hear(hearing *h, ahoy_slice bytes)
{
	unsigned silent = 0, own = 0;
	ahoy_rtp packet;

	assert_ok(ahoy_rtp_decode(bytes.ptr, bytes.len, &packet));
	if (packet.payload_type == EVENT) {
		hear_key(h, &packet);
		return;
	}
	for (size_t i = 0; i < packet.payload.len; i++) {
		uint8_t code = (uint8_t)packet.payload.ptr[i];

		silent += packet.payload_type == 8 ? (code | 0x80) == 0xd5 : (code | 0x80) == 0xff;
		own += code == VOICE;
	}
	h->packets++;
	h->payload = packet.payload_type;
	h->silent += silent == packet.payload.len;
	h->own += own == packet.payload.len;
	h->other += silent + own < packet.payload.len;
}

void media_sent(flow *f, const ahoy_relay_out *out, ahoy_slice bytes)
{
	ahoy_rtcp rtcp;
	hearing *h = NULL;

	for (unsigned i = 0; i < f->phone_count; i++)
		if (ahoy_addr_ip_eq(&f->phones[i]->at, &out->to))
			h = &f->phones[i]->hears;
	if (!h && ahoy_addr_is_private(&out->to))
		return; /* behind a NAT that has seen nothing yet */
	if (!h)
		flow_fail(f, "a packet goes to an address where nobody is");
	if (out->port % 2) {
		assert_ok(ahoy_rtcp_decode(bytes.ptr, bytes.len, &rtcp));
		h->reports++;
		h->bye = h->bye || rtcp.has_bye;
		assert_int_equal(out->to.port, h->to ? h->to + 1 : out->to.port);
		return;
	}
	h->from = FIRST_PORT + 2 * (out->port / 2);
	h->to = out->to.port;
	hear(h, bytes);
}

/* More than what a jitter buffer is full of, which is not what a ladder is about. */
static bool is_part(const hearing *h, unsigned packets)
{
	return packets * 8 >= h->packets;
}

void flow_heard(phone *p)
{
	hearing *h = &p->hears;
	char text[160];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (h->packets)
		ahoy_buf_fmt(&b, "%u packets of %s from port %u to %u:%s%s%s", h->packets, h->payload == 8 ? "PCMA" : "PCMU",
			     h->from, h->to, is_part(h, h->silent) ? " silence" : "", is_part(h, h->other) ? " tones" : "",
			     is_part(h, h->own) ? " itself" : "");
	else
		ahoy_buf_str(&b, "nothing");
	if (h->keys[0])
		ahoy_buf_fmt(&b, ", keys %s", h->keys);
	if (h->bye)
		ahoy_buf_str(&b, ", an RTCP BYE");
	draw_line(p->flow, p->label, "", "hears %s", ahoy_buf_cstr(&b));
	*h = (hearing){.to = h->to};
}
