#include "load_media.h"

#include <stdlib.h>

#define PACKET 172
/* After so long without a packet those on their way are given up. */
#define STALL_US 500000u

typedef struct {
	uint32_t timestamp;
	uint16_t seq, port;
} stream;

struct load_media {
	load_udp *udp;
	size_t streams, next;
	unsigned rate_hz;
	size_t window;
	uint64_t on_their_way;
	ahoy_time started, last_received;
	uint64_t started_sent;
	load_media_counts counts;
	stream list[];
};

load_media *load_media_new(load_udp *udp, size_t calls)
{
	load_media *m = calloc(1, sizeof *m + 2 * calls * sizeof m->list[0]);

	if (!m)
		return NULL;
	m->udp = udp;
	m->streams = 2 * calls;
	return m;
}

void load_media_del(load_media *m)
{
	free(m);
}

void load_media_port(load_media *m, unsigned side, size_t call, uint16_t port)
{
	m->list[2 * call + side].port = port;
}

void load_media_aim(load_media *m, ahoy_time now, unsigned rate_hz, size_t window)
{
	m->rate_hz = rate_hz;
	m->window = window;
	m->started = m->last_received = now;
	m->started_sent = m->counts.sent;
}

static void send_one(load_media *m)
{
	uint32_t ssrc = (uint32_t)m->next;
	stream *s = &m->list[m->next];
	uint8_t packet[PACKET] = {0x80, 8};

	packet[2] = (uint8_t)(s->seq >> 8);
	packet[3] = (uint8_t)s->seq;
	for (unsigned i = 0; i < 4; i++) {
		packet[4 + i] = (uint8_t)(s->timestamp >> (24 - 8 * i));
		packet[8 + i] = (uint8_t)(ssrc >> (24 - 8 * i));
	}
	memset(packet + 12, 0xd5, PACKET - 12); /* PCMA silence */
	s->seq++;
	s->timestamp += 160;
	load_udp_send_to(m->udp, LOAD_RTP_CALLERS + (ssrc & 1), s->port, ahoy_slice_make(packet, sizeof packet));
	m->next = (m->next + 1) % m->streams;
	m->counts.sent++;
	m->on_their_way++;
}

static uint64_t due(load_media *m, ahoy_time now)
{
	uint64_t per_s = (uint64_t)m->rate_hz * m->streams, should, sent = m->counts.sent - m->started_sent, late_us;

	if (!m->rate_hz)
		return m->on_their_way < m->window ? m->window - m->on_their_way : 0;
	should = (now - m->started) * per_s / 1000000u;
	if (should <= sent)
		return 0;
	late_us = (should - sent) * 1000000u / per_s;
	if (late_us > m->counts.late_us_max)
		m->counts.late_us_max = late_us;
	return should - sent;
}

static void take(load_media *m, unsigned side, ahoy_slice packet)
{
	const uint8_t *p = (const uint8_t *)packet.ptr;

	if (packet.len != PACKET || (p[11] & 1u) == side) {
		m->counts.strays++;
		return;
	}
	m->counts.received++;
	if (m->on_their_way)
		m->on_their_way--;
}

bool load_media_step(load_media *m, ahoy_time now)
{
	ahoy_slice bytes[LOAD_BATCH];
	int ready = load_udp_poll(m->udp, 0); /* without sleeping, as load.c's rounds */
	uint64_t want;

	if (ready < 0)
		return false;
	for (unsigned side = 0; side < LOAD_SIDES; side++) {
		int count = ready >> (LOAD_RTP_CALLERS + side) & 1 ? load_udp_recv(m->udp, LOAD_RTP_CALLERS + side, bytes) : 0;

		for (int i = 0; i < count; i++)
			take(m, side, bytes[i]);
		if (count > 0)
			m->last_received = now;
	}
	if (m->on_their_way && now - m->last_received > STALL_US) {
		m->counts.lost += m->on_their_way;
		m->on_their_way = 0;
		m->last_received = now;
	}
	want = due(m, now);
	for (uint64_t i = 0; i < want && i < 4 * LOAD_BATCH; i++)
		send_one(m);
	load_udp_flush(m->udp);
	return true;
}

const load_media_counts *load_media_count(const load_media *m)
{
	return &m->counts;
}
