#include "rtp/rtcp.h"

#include "rtp/wire.h"

static int32_t signed24(uint32_t value)
{
	return value & 0x800000 ? (int32_t)value - 0x1000000 : (int32_t)value;
}

static void get_block(const uint8_t *p, ahoy_rtcp_block *out)
{
	out->ssrc = ahoy_wire_get32(p);
	out->fraction_lost = p[4];
	out->cumulative_lost = signed24(ahoy_wire_get32(p + 4) & 0xffffff);
	out->highest_seq = ahoy_wire_get32(p + 8);
	out->jitter = ahoy_wire_get32(p + 12);
	out->lsr = ahoy_wire_get32(p + 16);
	out->dlsr = ahoy_wire_get32(p + 20);
}

/* RFC 3550 6.4.1 and 6.4.2. Bytes behind the blocks are a profile's extension, which we know none of. */
static int get_report(const uint8_t *p, size_t len, ahoy_rtcp *out)
{
	ahoy_rtcp_report *r = &out->report;
	size_t at = p[1] == AHOY_RTCP_SR ? 28 : 8;

	if (len < at + 24u * (p[0] & 31))
		return AHOY_ETRUNCATED;
	if (out->has_report)
		return 0; /* A further one only carries blocks beyond 31. */
	out->has_report = true;
	r->type = p[1];
	r->ssrc = ahoy_wire_get32(p + 4);
	if (p[1] == AHOY_RTCP_SR) {
		r->ntp = (uint64_t)ahoy_wire_get32(p + 8) << 32 | ahoy_wire_get32(p + 12);
		r->timestamp = ahoy_wire_get32(p + 16);
		r->packets = ahoy_wire_get32(p + 20);
		r->octets = ahoy_wire_get32(p + 24);
	}
	r->block_count = p[0] & 31;
	for (unsigned i = 0; i < r->block_count; i++)
		get_block(p + at + 24 * i, &r->blocks[i]);
	return 0;
}

/* RFC 3550 6.5: chunks of an SSRC and items, each chunk ended by a zero and padded to 32 bits. */
static int get_sdes(const uint8_t *p, size_t len, ahoy_rtcp *out)
{
	size_t at = 4;

	for (unsigned chunk = p[0] & 31; chunk; chunk--) {
		uint32_t ssrc;

		if (len - at < 4)
			return AHOY_ETRUNCATED;
		ssrc = ahoy_wire_get32(p + at);
		at += 4;
		while (at < len && p[at] != 0) {
			if (len - at < 2 || len - at - 2 < p[at + 1])
				return AHOY_ETRUNCATED;
			if (p[at] == 1 && out->cname.len == 0) {
				out->cname = ahoy_slice_make(p + at + 2, p[at + 1]);
				out->cname_ssrc = ssrc;
			}
			at += 2u + p[at + 1];
		}
		if (at == len)
			return AHOY_ETRUNCATED;
		at = (at + 4) & ~(size_t)3;
	}
	return 0;
}

static int get_bye(const uint8_t *p, size_t len, ahoy_rtcp *out)
{
	size_t at = 4 + 4u * (p[0] & 31);

	if (len < at)
		return AHOY_ETRUNCATED;
	out->has_bye = true;
	out->bye_ssrc = p[0] & 31 ? ahoy_wire_get32(p + 4) : 0;
	if (at < len) {
		if (len - at - 1 < p[at])
			return AHOY_ETRUNCATED;
		out->bye_reason = ahoy_slice_make(p + at + 1, p[at]);
	}
	return 0;
}

/* RFC 3611 2 and 3: the sender's SSRC, then blocks with a length each. */
static int get_xr(const uint8_t *p, size_t len, ahoy_rtcp *out)
{
	size_t at = 8, size;

	if (len < at)
		return AHOY_ETRUNCATED;
	for (; at < len; at += size) {
		if (len - at < 4)
			return AHOY_ETRUNCATED;
		size = 4 * ((size_t)ahoy_wire_get16(p + at + 2) + 1);
		if (size > len - at)
			return AHOY_ETRUNCATED;
		/* 3: a block of an unknown type, or of another length than its type has, is passed over. */
		if (!out->has_voip_metrics)
			out->has_voip_metrics = ahoy_voip_metrics_decode(p + at, size, &out->voip_metrics) == 0;
	}
	return 0;
}

int ahoy_rtcp_decode(const void *bytes, size_t len, ahoy_rtcp *out)
{
	const uint8_t *p = bytes;
	size_t size, padding;
	int err = 0;

	/* The blocks behind block_count need no clearing. */
	memset(out, 0, offsetof(ahoy_rtcp, report) + offsetof(ahoy_rtcp_report, blocks));
	out->cname = out->bye_reason = (ahoy_slice){NULL, 0};
	out->cname_ssrc = out->bye_ssrc = 0;
	out->has_bye = out->has_voip_metrics = false;
	out->packet_count = 0;
	if (len < 8)
		return AHOY_ETRUNCATED;
	for (; len && !err; p += size, len -= size) {
		if (len < 4)
			return AHOY_ETRUNCATED;
		if (p[0] >> 6 != 2)
			return AHOY_EVERSION;
		size = 4 * ((size_t)ahoy_wire_get16(p + 2) + 1);
		if (size > len)
			return AHOY_ETRUNCATED;
		if (out->packet_count++ == 0 && p[1] != AHOY_RTCP_SR && p[1] != AHOY_RTCP_RR)
			return AHOY_ESYNTAX;
		padding = 0;
		if (p[0] & 0x20) {
			/* RFC 3550 A.2: only the last packet may be padded. */
			padding = p[size - 1];
			if (size != len || padding == 0 || padding % 4 || padding > size - 4)
				return AHOY_ESYNTAX;
		}
		if (p[1] == AHOY_RTCP_SR || p[1] == AHOY_RTCP_RR)
			err = get_report(p, size - padding, out);
		else if (p[1] == AHOY_RTCP_SDES)
			err = get_sdes(p, size - padding, out);
		else if (p[1] == AHOY_RTCP_BYE)
			err = get_bye(p, size - padding, out);
		else if (p[1] == AHOY_RTCP_XR)
			err = get_xr(p, size - padding, out);
	}
	return err;
}

int ahoy_rtcp_peek(const void *bytes, size_t len, uint32_t *ssrc)
{
	const uint8_t *p = bytes;

	if (len < 8)
		return AHOY_ETRUNCATED;
	if (p[0] >> 6 != 2)
		return AHOY_EVERSION;
	if (p[1] < 192 || p[1] > 223)
		return AHOY_ESYNTAX;
	if (4 * ((size_t)ahoy_wire_get16(p + 2) + 1) > len)
		return AHOY_ETRUNCATED;
	*ssrc = ahoy_wire_get32(p + 4);
	return 0;
}

static void put_block(uint8_t *p, const ahoy_rtcp_block *block)
{
	ahoy_wire_put32(p, block->ssrc);
	ahoy_wire_put32(p + 4, (uint32_t)block->cumulative_lost & 0xffffff);
	p[4] = block->fraction_lost;
	ahoy_wire_put32(p + 8, block->highest_seq);
	ahoy_wire_put32(p + 12, block->jitter);
	ahoy_wire_put32(p + 16, block->lsr);
	ahoy_wire_put32(p + 20, block->dlsr);
}

static void put_header(uint8_t *p, unsigned count, unsigned type, size_t size)
{
	p[0] = (uint8_t)(0x80 | count);
	p[1] = (uint8_t)type;
	ahoy_wire_put16(p + 2, (uint32_t)(size / 4 - 1));
}

static uint8_t *put_report(uint8_t *p, const ahoy_rtcp_report *report, size_t head, size_t size)
{
	put_header(p, report->block_count, report->type, size);
	ahoy_wire_put32(p + 4, report->ssrc);
	if (report->type == AHOY_RTCP_SR) {
		ahoy_wire_put32(p + 8, (uint32_t)(report->ntp >> 32));
		ahoy_wire_put32(p + 12, (uint32_t)report->ntp);
		ahoy_wire_put32(p + 16, report->timestamp);
		ahoy_wire_put32(p + 20, report->packets);
		ahoy_wire_put32(p + 24, report->octets);
	}
	for (unsigned i = 0; i < report->block_count; i++)
		put_block(p + head + 24 * i, &report->blocks[i]);
	return p + size;
}

static uint8_t *put_cname(uint8_t *p, uint32_t ssrc, ahoy_slice cname, size_t size)
{
	memset(p, 0, size);
	put_header(p, 1, AHOY_RTCP_SDES, size);
	ahoy_wire_put32(p + 4, ssrc);
	p[8] = 1;
	p[9] = (uint8_t)cname.len;
	memcpy(p + 10, cname.ptr, cname.len);
	return p + size;
}

int ahoy_rtcp_encode(const ahoy_rtcp_parts *parts, void *out, size_t cap, size_t *len)
{
	const ahoy_rtcp_report *report = parts->report;
	size_t head = report->type == AHOY_RTCP_SR ? 28 : 8, size = head + 24u * report->block_count;
	size_t xr = parts->voip_metrics ? 8 + AHOY_VOIP_METRICS_BLOCK : 0;
	/* Header, SSRC, item, and one to four zeros to the next word. */
	size_t sdes = (8 + 2 + parts->cname.len + 4) & ~(size_t)3;
	uint8_t *p = out;

	if ((report->type != AHOY_RTCP_SR && report->type != AHOY_RTCP_RR) || report->block_count > 31 || !parts->cname.len ||
	    parts->cname.len > 255)
		return AHOY_EINVAL;
	if (size + sdes + xr + (parts->bye ? 8 : 0) > cap)
		return AHOY_EFULL;
	p = put_report(p, report, head, size);
	p = put_cname(p, report->ssrc, parts->cname, sdes);
	if (xr) {
		put_header(p, 0, AHOY_RTCP_XR, xr);
		ahoy_wire_put32(p + 4, report->ssrc);
		ahoy_voip_metrics_encode(parts->voip_metrics, p + 8);
		p += xr;
	}
	if (parts->bye) {
		put_header(p, 1, AHOY_RTCP_BYE, 8);
		ahoy_wire_put32(p + 4, report->ssrc);
		p += 8;
	}
	*len = (size_t)(p - (uint8_t *)out);
	return 0;
}

uint64_t ahoy_rtcp_ntp(ahoy_time now)
{
	return now / 1000000u << 32 | (now % 1000000u << 32) / 1000000u;
}

uint32_t ahoy_rtcp_ntp_middle(uint64_t ntp)
{
	return (uint32_t)(ntp >> 16);
}

uint64_t ahoy_rtcp_rtt_us(const ahoy_rtcp_block *block, ahoy_time now)
{
	uint32_t rtt = ahoy_rtcp_ntp_middle(ahoy_rtcp_ntp(now)) - block->lsr - block->dlsr;

	/* LSR 0: the peer has no report of ours yet. Above half the range the difference is negative: clocks that lie. */
	if (block->lsr == 0 || rtt > 0x7fffffff)
		return 0;
	return (uint64_t)rtt * 1000000u >> 16;
}
