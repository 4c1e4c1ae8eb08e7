#include "stun/stun.h"

#define HEADER 20
#define COOKIE 0x2112a442u
#define FINGERPRINT_XOR 0x5354554eu

enum {
	BINDING_REQUEST = 0x0001,
	BINDING_SUCCESS = 0x0101,
	BINDING_ERROR = 0x0111
};
enum {
	MAPPED_ADDRESS = 0x0001,
	USERNAME = 0x0006,
	MESSAGE_INTEGRITY = 0x0008,
	ERROR_CODE = 0x0009,
	UNKNOWN_ATTRIBUTES = 0x000a,
	REALM = 0x0014,
	NONCE = 0x0015,
	MESSAGE_INTEGRITY_SHA256 = 0x001c,
	PASSWORD_ALGORITHM = 0x001d,
	USERHASH = 0x001e,
	XOR_MAPPED_ADDRESS = 0x0020,
	FINGERPRINT = 0x8028
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, (uint16_t)(value >> 16));
	put16(p + 2, (uint16_t)value);
}

/* The CRC-32 of ITU-T V.42 (RFC 8489 14.7), bit by bit: messages of some dozen bytes need no table. */
static uint32_t crc32(const uint8_t *p, size_t len)
{
	uint32_t crc = 0xffffffffu;

	while (len--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

bool ahoy_stun_is(ahoy_slice datagram)
{
	const uint8_t *p = (const uint8_t *)datagram.ptr;

	return datagram.len >= HEADER && p[0] <= 3 && get32(p + 4) == COOKIE;
}

/* Attributes that a server without credentials knows and need not look at. */
static bool is_known(uint16_t type)
{
	switch (type) {
	case MAPPED_ADDRESS:
	case USERNAME:
	case MESSAGE_INTEGRITY:
	case ERROR_CODE:
	case UNKNOWN_ATTRIBUTES:
	case REALM:
	case NONCE:
	case MESSAGE_INTEGRITY_SHA256:
	case PASSWORD_ALGORITHM:
	case USERHASH:
	case XOR_MAPPED_ADDRESS:
		return true;
	default:
		return type >= 0x8000;
	}
}

static int decode_attributes(const uint8_t *p, size_t len, ahoy_stun_request *out)
{
	for (size_t at = HEADER; at < len;) {
		uint16_t type, value_len;

		if (len - at < 4)
			return AHOY_ESYNTAX;
		type = get16(p + at);
		value_len = get16(p + at + 2);
		/* Values are padded to four bytes; the padding does not count. */
		if (((size_t)value_len + 3) / 4 * 4 > len - at - 4)
			return AHOY_ESYNTAX;
		if (type == FINGERPRINT) {
			/* 14.7: the last attribute, over all before it. */
			if (value_len != 4 || at + 8 != len || get32(p + at + 4) != (crc32(p, at) ^ FINGERPRINT_XOR))
				return AHOY_ESYNTAX;
			out->has_fingerprint = true;
		} else if (!is_known(type) && out->unknown_count < AHOY_STUN_MAX_UNKNOWN) {
			out->unknown[out->unknown_count++] = type;
		}
		at += 4 + ((size_t)value_len + 3) / 4 * 4;
	}
	return 0;
}

int ahoy_stun_decode_request(ahoy_slice datagram, ahoy_stun_request *out)
{
	const uint8_t *p = (const uint8_t *)datagram.ptr;

	if (!ahoy_stun_is(datagram) || get16(p + 2) % 4 || (size_t)get16(p + 2) + HEADER != datagram.len)
		return AHOY_ESYNTAX;
	if (get16(p) != BINDING_REQUEST)
		return AHOY_EUNSUPPORTED;
	*out = (ahoy_stun_request){0};
	memcpy(out->transaction, p + 8, sizeof out->transaction);
	return decode_attributes(p, datagram.len, out);
}

static void put_header(uint8_t *p, uint16_t type, const ahoy_stun_request *request)
{
	put16(p, type);
	put32(p + 4, COOKIE);
	memcpy(p + 8, request->transaction, sizeof request->transaction);
}

/* Adds the fingerprint where the request had one, and sets the length, which covers it. */
static size_t finish(uint8_t *p, size_t len, const ahoy_stun_request *request)
{
	size_t whole = request->has_fingerprint ? len + 8 : len;

	put16(p + 2, (uint16_t)(whole - HEADER));
	if (request->has_fingerprint) {
		put16(p + len, FINGERPRINT);
		put16(p + len + 2, 4);
		put32(p + len + 4, crc32(p, len) ^ FINGERPRINT_XOR);
	}
	return whole;
}

static int hand_out(const uint8_t *message, size_t message_len, void *out, size_t cap, size_t *len)
{
	if (message_len > cap)
		return AHOY_ERANGE;
	memcpy(out, message, message_len);
	*len = message_len;
	return 0;
}

int ahoy_stun_encode_success(const ahoy_stun_request *request, const ahoy_addr *source, void *out, size_t cap,
			     size_t *len)
{
	uint8_t p[AHOY_STUN_MAX_RESPONSE] = {0};
	size_t ip_len = source->family == 4 ? 4 : 16;

	put_header(p, BINDING_SUCCESS, request);
	put16(p + HEADER, XOR_MAPPED_ADDRESS);
	put16(p + HEADER + 2, (uint16_t)(4 + ip_len));
	p[HEADER + 5] = source->family == 4 ? 1 : 2;
	/* 14.2: the port is crossed with the cookie's high half, the address with the cookie and the transaction id
	 * behind it. */
	put16(p + HEADER + 6, (uint16_t)(source->port ^ COOKIE >> 16));
	for (size_t i = 0; i < ip_len; i++)
		p[HEADER + 8 + i] = source->ip[i] ^ p[4 + i];
	return hand_out(p, finish(p, HEADER + 8 + ip_len, request), out, cap, len);
}

int ahoy_stun_encode_unknown(const ahoy_stun_request *request, void *out, size_t cap, size_t *len)
{
	static const char reason[] = "Unknown Attribute";
	uint8_t p[AHOY_STUN_MAX_RESPONSE] = {0};
	size_t at = HEADER + 8 + (sizeof reason - 1 + 3) / 4 * 4;

	put_header(p, BINDING_ERROR, request);
	put16(p + HEADER, ERROR_CODE);
	put16(p + HEADER + 2, 4 + sizeof reason - 1);
	p[HEADER + 6] = 4;
	p[HEADER + 7] = 20;
	memcpy(p + HEADER + 8, reason, sizeof reason - 1);
	put16(p + at, UNKNOWN_ATTRIBUTES);
	put16(p + at + 2, (uint16_t)(2 * request->unknown_count));
	for (uint8_t i = 0; i < request->unknown_count; i++)
		put16(p + at + 4 + 2 * i, request->unknown[i]);
	at += 4 + (2u * request->unknown_count + 3) / 4 * 4;
	return hand_out(p, finish(p, at, request), out, cap, len);
}
