#include "sip/hep.h"

/* The chunk types that a capture server reads (vendor 0), and what stands in them. */
enum {
	CHUNK_IP_FAMILY = 0x01,
	CHUNK_IP_PROTOCOL = 0x02,
	CHUNK_SOURCE_IP4 = 0x03,
	CHUNK_DESTINATION_IP4 = 0x04,
	CHUNK_SOURCE_IP6 = 0x05,
	CHUNK_DESTINATION_IP6 = 0x06,
	CHUNK_SOURCE_PORT = 0x07,
	CHUNK_DESTINATION_PORT = 0x08,
	CHUNK_TIME_S = 0x09,
	CHUNK_TIME_US = 0x0a,
	CHUNK_PAYLOAD_TYPE = 0x0b,
	CHUNK_NODE = 0x0c,
	CHUNK_PAYLOAD = 0x0f,
	CHUNK_CORRELATION = 0x11,
	CHUNK_NODE_NAME = 0x13
};
#define FAMILY_IP4 2u
#define FAMILY_IP6 10u
#define PROTOCOL_TCP 6u
#define PROTOCOL_UDP 17u
#define PAYLOAD_SIP 1u
#define CHUNK_HEAD 6u
#define MAX_PACKET 65000u /* what a datagram holds, and a bit */

static void put_u16(ahoy_buf *b, unsigned value)
{
	const char bytes[] = {(char)(value >> 8), (char)value};

	ahoy_buf_put(b, ahoy_slice_make(bytes, sizeof bytes));
}

static void put_chunk(ahoy_buf *b, unsigned type, ahoy_slice value)
{
	put_u16(b, 0);
	put_u16(b, type);
	put_u16(b, (unsigned)(CHUNK_HEAD + value.len));
	ahoy_buf_put(b, value);
}

static void put_number(ahoy_buf *b, unsigned type, uint32_t value, size_t bytes)
{
	const char all[] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};

	put_chunk(b, type, ahoy_slice_make(all + sizeof all - bytes, bytes));
}

static void put_address(ahoy_buf *b, const ahoy_addr *addr, bool source)
{
	bool is_ip6 = addr->family == 6;
	unsigned type = is_ip6 ? (source ? CHUNK_SOURCE_IP6 : CHUNK_DESTINATION_IP6)
			       : (source ? CHUNK_SOURCE_IP4 : CHUNK_DESTINATION_IP4);

	put_chunk(b, type, ahoy_slice_make((const char *)addr->ip, is_ip6 ? 16 : 4));
	put_number(b, source ? CHUNK_SOURCE_PORT : CHUNK_DESTINATION_PORT, addr->port, 2);
}

void ahoy_hep_write(ahoy_buf *b, const ahoy_hep *hep)
{
	const ahoy_addr *local = &hep->flow->local, *peer = &hep->flow->peer;
	bool is_datagram = hep->flow->transport == AHOY_UDP;
	size_t start = b->len, room;

	ahoy_buf_str(b, "HEP3");
	put_u16(b, 0);
	put_number(b, CHUNK_IP_FAMILY, peer->family == 6 ? FAMILY_IP6 : FAMILY_IP4, 1);
	put_number(b, CHUNK_IP_PROTOCOL, is_datagram ? PROTOCOL_UDP : PROTOCOL_TCP, 1);
	put_address(b, hep->sent ? local : peer, true);
	put_address(b, hep->sent ? peer : local, false);
	put_number(b, CHUNK_TIME_S, (uint32_t)(hep->at_utc_us / 1000000), 4);
	put_number(b, CHUNK_TIME_US, (uint32_t)(hep->at_utc_us % 1000000), 4);
	put_number(b, CHUNK_PAYLOAD_TYPE, PAYLOAD_SIP, 1);
	put_number(b, CHUNK_NODE, hep->node, 4);
	if (hep->node_name.len)
		put_chunk(b, CHUNK_NODE_NAME, ahoy_slice_first(hep->node_name, 64));
	if (hep->correlation.len)
		put_chunk(b, CHUNK_CORRELATION, ahoy_slice_first(hep->correlation, 1024));
	room = MAX_PACKET - (b->len - start) - CHUNK_HEAD;
	put_chunk(b, CHUNK_PAYLOAD, ahoy_slice_first(hep->message, room));
	if (b->full)
		return;
	b->ptr[start + 4] = (char)((b->len - start) >> 8);
	b->ptr[start + 5] = (char)(b->len - start);
}
