#include "rtp/rtp.h"

#include "rtp/wire.h"

int ahoy_rtp_decode(const void *bytes, size_t len, ahoy_rtp *out)
{
	const uint8_t *p = bytes;
	size_t at = AHOY_RTP_HEADER;

	*out = (ahoy_rtp){0};
	if (len < AHOY_RTP_HEADER)
		return AHOY_ETRUNCATED;
	if (p[0] >> 6 != 2)
		return AHOY_EVERSION;
	out->csrc_count = p[0] & 15;
	out->marker = p[1] >> 7;
	out->payload_type = p[1] & 127;
	out->seq = ahoy_wire_get16(p + 2);
	out->timestamp = ahoy_wire_get32(p + 4);
	out->ssrc = ahoy_wire_get32(p + 8);
	if (len - at < 4u * out->csrc_count)
		return AHOY_ETRUNCATED;
	for (unsigned i = 0; i < out->csrc_count; i++, at += 4)
		out->csrc[i] = ahoy_wire_get32(p + at);
	if (p[0] & 0x10) {
		size_t words;

		if (len - at < 4)
			return AHOY_ETRUNCATED;
		out->has_extension = true;
		out->extension_profile = ahoy_wire_get16(p + at);
		words = ahoy_wire_get16(p + at + 2);
		at += 4;
		if (len - at < 4 * words)
			return AHOY_ETRUNCATED;
		out->extension = ahoy_slice_make(p + at, 4 * words);
		at += 4 * words;
	}
	if (p[0] & 0x20) {
		/* RFC 3550 5.1: the last byte counts the padding, itself included. */
		if (len == at || p[len - 1] == 0 || p[len - 1] > len - at)
			return AHOY_ERANGE;
		out->padding = p[len - 1];
	}
	out->payload = ahoy_slice_make(p + at, len - at - out->padding);
	return 0;
}

int ahoy_rtp_encode(const ahoy_rtp *packet, void *out, size_t cap, size_t *len)
{
	uint8_t *p = out;
	size_t at = AHOY_RTP_HEADER, need;

	if (packet->payload_type > 127 || packet->csrc_count > 15 || packet->extension.len % 4 ||
	    packet->extension.len / 4 > 65535 || (!packet->has_extension && packet->extension.len))
		return AHOY_EINVAL;
	need = at + 4u * packet->csrc_count + (packet->has_extension ? 4 + packet->extension.len : 0) +
	       packet->payload.len + packet->padding;
	if (need > cap || packet->payload.len > need)
		return AHOY_EFULL;
	p[0] = (uint8_t)(0x80 | (packet->padding ? 0x20 : 0) | (packet->has_extension ? 0x10 : 0) | packet->csrc_count);
	p[1] = (uint8_t)((packet->marker ? 0x80 : 0) | packet->payload_type);
	ahoy_wire_put16(p + 2, packet->seq);
	ahoy_wire_put32(p + 4, packet->timestamp);
	ahoy_wire_put32(p + 8, packet->ssrc);
	for (unsigned i = 0; i < packet->csrc_count; i++, at += 4)
		ahoy_wire_put32(p + at, packet->csrc[i]);
	if (packet->has_extension) {
		ahoy_wire_put16(p + at, packet->extension_profile);
		ahoy_wire_put16(p + at + 2, (uint32_t)(packet->extension.len / 4));
		at += 4;
		if (packet->extension.len)
			memcpy(p + at, packet->extension.ptr, packet->extension.len);
		at += packet->extension.len;
	}
	if (packet->payload.len)
		memcpy(p + at, packet->payload.ptr, packet->payload.len);
	at += packet->payload.len;
	if (packet->padding) {
		memset(p + at, 0, packet->padding);
		at += packet->padding;
		p[at - 1] = packet->padding;
	}
	*len = at;
	return 0;
}

bool ahoy_rtp_is_rtcp(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	return len >= 4 && p[0] >> 6 == 2 && p[1] >= 192 && p[1] <= 223;
}
