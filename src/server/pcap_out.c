#include "server/pcap_out.h"

#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROTOCOL_TCP 6u
#define PROTOCOL_UDP 17u
#define IP4_HEAD 20u
#define IP6_HEAD 40u
#define UDP_HEAD 8u
#define TCP_HEAD 20u
#define TCP_ACK 0x10u
#define TCP_PUSH 0x08u
/* A segment holds no more, so that the packet's length fits its field. */
#define MAX_SEGMENT 60000u
#define MAX_PACKET 65535u
/* Directions whose sequence numbers are kept; of more the oldest is forgotten, and its numbers begin anew. */
#define MAX_STREAMS 64u

/* One direction of a connection. */
typedef struct {
	ahoy_addr from, to;
	uint32_t next; /* sequence number */
} stream;

struct ahoy_pcap_out {
	pcap_t *handle;
	pcap_dumper_t *dumper;
	stream streams[MAX_STREAMS];
	size_t stream_count, stream_oldest;
	uint16_t ip_id;
	uint8_t packet[MAX_PACKET];
};

int ahoy_pcap_out_open(const char *path, ahoy_pcap_out **out, char why[AHOY_PCAP_WHY])
{
	ahoy_pcap_out *pcap = calloc(1, sizeof *pcap);

	*out = NULL;
	why[0] = '\0';
	if (!pcap) {
		snprintf(why, AHOY_PCAP_WHY, "out of memory");
		return AHOY_ENOMEM;
	}
	pcap->handle = pcap_open_dead(DLT_RAW, MAX_PACKET);
	if (pcap->handle)
		pcap->dumper = pcap_dump_open(pcap->handle, path);
	if (!pcap->dumper) {
		snprintf(why, AHOY_PCAP_WHY, "%s", pcap->handle ? pcap_geterr(pcap->handle) : "out of memory");
		ahoy_pcap_out_close(pcap);
		return AHOY_ENETWORK;
	}
	*out = pcap;
	return 0;
}

bool ahoy_pcap_out_close(ahoy_pcap_out *pcap)
{
	bool whole = true;

	if (!pcap)
		return true;
	if (pcap->dumper) {
		whole = pcap_dump_flush(pcap->dumper) == 0;
		pcap_dump_close(pcap->dumper);
	}
	if (pcap->handle)
		pcap_close(pcap->handle);
	free(pcap);
	return whole;
}

static void set_u16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void set_u32(uint8_t *at, uint32_t value)
{
	set_u16(at, value >> 16);
	set_u16(at + 2, value);
}

/* RFC 1071: the sum so far and more bytes. */
static uint32_t sum_of(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (len % 2)
		sum += (uint32_t)bytes[len - 1] << 8;
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffffu) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t address_len(const ahoy_addr *addr)
{
	return addr->family == 6 ? 16 : 4;
}

/* The head of an IP packet with so many bytes behind it. Returns its own length. */
static size_t put_ip(ahoy_pcap_out *pcap, const ahoy_addr *from, const ahoy_addr *to, unsigned protocol, size_t len)
{
	uint8_t *p = pcap->packet;

	if (from->family == 6) {
		memset(p, 0, IP6_HEAD);
		p[0] = 0x60;
		set_u16(p + 4, (uint32_t)len);
		p[6] = (uint8_t)protocol;
		p[7] = 64;
		memcpy(p + 8, from->ip, 16);
		memcpy(p + 24, to->ip, 16);
		return IP6_HEAD;
	}
	memset(p, 0, IP4_HEAD);
	p[0] = 0x45;
	set_u16(p + 2, (uint32_t)(IP4_HEAD + len));
	set_u16(p + 4, pcap->ip_id++);
	p[6] = 0x40; /* not to be fragmented */
	p[8] = 64;
	p[9] = (uint8_t)protocol;
	memcpy(p + 12, from->ip, 4);
	memcpy(p + 16, to->ip, 4);
	set_u16(p + 10, folded(sum_of(0, p, IP4_HEAD)));
	return IP4_HEAD;
}

/* With the pseudo header of RFC 768, RFC 9293 and RFC 8200. */
static uint16_t checksum(const ahoy_addr *from, const ahoy_addr *to, unsigned protocol, const uint8_t *bytes, size_t len)
{
	uint32_t sum = protocol + (uint32_t)len;

	sum = sum_of(sum, from->ip, address_len(from));
	sum = sum_of(sum, to->ip, address_len(to));
	return folded(sum_of(sum, bytes, len));
}

static void dump(ahoy_pcap_out *pcap, uint64_t at_utc_us, size_t len)
{
	struct pcap_pkthdr head = {.caplen = (bpf_u_int32)len, .len = (bpf_u_int32)len};

	head.ts.tv_sec = (time_t)(at_utc_us / 1000000);
	head.ts.tv_usec = (suseconds_t)(at_utc_us % 1000000);
	pcap_dump((u_char *)pcap->dumper, &head, pcap->packet);
}

static void put_datagram(ahoy_pcap_out *pcap, const ahoy_pcap_message *m)
{
	size_t len = UDP_HEAD + m->bytes.len;
	size_t at = put_ip(pcap, &m->from, &m->to, PROTOCOL_UDP, len);
	uint8_t *udp = pcap->packet + at;
	uint16_t sum;

	set_u16(udp, m->from.port);
	set_u16(udp + 2, m->to.port);
	set_u16(udp + 4, (uint32_t)len);
	set_u16(udp + 6, 0);
	memcpy(udp + UDP_HEAD, m->bytes.ptr, m->bytes.len);
	sum = checksum(&m->from, &m->to, PROTOCOL_UDP, udp, len);
	set_u16(udp + 6, sum ? sum : 0xffff); /* RFC 768: 0 would say that there is none */
	dump(pcap, m->at_utc_us, at + len);
}

static stream *stream_of(ahoy_pcap_out *pcap, const ahoy_addr *from, const ahoy_addr *to)
{
	stream *s;

	for (size_t i = 0; i < pcap->stream_count; i++)
		if (ahoy_addr_eq(&pcap->streams[i].from, from) && ahoy_addr_eq(&pcap->streams[i].to, to))
			return &pcap->streams[i];
	if (pcap->stream_count < MAX_STREAMS)
		s = &pcap->streams[pcap->stream_count++];
	else
		s = &pcap->streams[pcap->stream_oldest++ % MAX_STREAMS];
	*s = (stream){*from, *to, 1};
	return s;
}

static void put_segment(ahoy_pcap_out *pcap, const ahoy_pcap_message *m, ahoy_slice piece)
{
	size_t len = TCP_HEAD + piece.len;
	size_t at = put_ip(pcap, &m->from, &m->to, PROTOCOL_TCP, len);
	uint8_t *tcp = pcap->packet + at;
	uint32_t acknowledged = stream_of(pcap, &m->to, &m->from)->next;
	stream *s = stream_of(pcap, &m->from, &m->to);

	memset(tcp, 0, TCP_HEAD);
	set_u16(tcp, m->from.port);
	set_u16(tcp + 2, m->to.port);
	set_u32(tcp + 4, s->next);
	set_u32(tcp + 8, acknowledged);
	tcp[12] = TCP_HEAD / 4 << 4;
	tcp[13] = TCP_ACK | TCP_PUSH;
	set_u16(tcp + 14, 0xffff);
	memcpy(tcp + TCP_HEAD, piece.ptr, piece.len);
	set_u16(tcp + 16, checksum(&m->from, &m->to, PROTOCOL_TCP, tcp, len));
	s->next += (uint32_t)piece.len;
	dump(pcap, m->at_utc_us, at + len);
}

int ahoy_pcap_out_put(ahoy_pcap_out *pcap, const ahoy_pcap_message *m)
{
	ahoy_slice rest = m->bytes;

	if (m->from.family != m->to.family || (m->from.family != 4 && m->from.family != 6))
		return AHOY_EINVAL;
	if (!m->is_stream) {
		if (m->bytes.len > MAX_SEGMENT)
			return AHOY_ETOOBIG;
		put_datagram(pcap, m);
		return 0;
	}
	while (rest.len) {
		ahoy_slice piece = ahoy_slice_first(rest, MAX_SEGMENT);

		put_segment(pcap, m, piece);
		rest = ahoy_slice_make(rest.ptr + piece.len, rest.len - piece.len);
	}
	return 0;
}
