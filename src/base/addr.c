#include "base/addr.h"

#include "base/err.h"

static int parse_ip4(ahoy_slice text, uint8_t out[4])
{
	ahoy_slice part;

	for (int i = 0; i < 4; i++) {
		uint32_t octet;
		bool more = ahoy_slice_cut(text, '.', &part, &text);

		if (more != (i < 3) || part.len > 3 || (part.len > 1 && part.ptr[0] == '0') || ahoy_slice_u32(part, 255, &octet))
			return AHOY_ESYNTAX;
		out[i] = (uint8_t)octet;
	}
	return 0;
}

static int hex_value(char c)
{
	if (ahoy_is_digit(c))
		return c - '0';
	c = ahoy_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 4291 2.2: eight groups, one run of zeros as "::", the last two groups perhaps as IPv4. */
static int parse_ip6(ahoy_slice text, uint8_t out[16])
{
	uint16_t groups[8] = {0};
	int count = 0, gap = -1;
	size_t i = 0;

	if (text.len >= 2 && text.ptr[0] == ':' && text.ptr[1] == ':') {
		gap = 0;
		i = 2;
	}
	while (i < text.len) {
		size_t start = i;
		unsigned value = 0;

		if (count == 8)
			return AHOY_ESYNTAX;
		for (; i < text.len && hex_value(text.ptr[i]) >= 0; i++) {
			if (i - start == 4)
				return AHOY_ESYNTAX;
			value = value * 16 + (unsigned)hex_value(text.ptr[i]);
		}
		if (i < text.len && text.ptr[i] == '.') {
			uint8_t quad[4];

			if (count > 6 || parse_ip4(ahoy_slice_from(text, start), quad))
				return AHOY_ESYNTAX;
			groups[count++] = (uint16_t)(quad[0] << 8 | quad[1]);
			groups[count++] = (uint16_t)(quad[2] << 8 | quad[3]);
			break;
		}
		if (i == start)
			return AHOY_ESYNTAX;
		groups[count++] = (uint16_t)value;
		if (i == text.len)
			break;
		if (text.ptr[i++] != ':')
			return AHOY_ESYNTAX;
		if (i < text.len && text.ptr[i] == ':') {
			if (gap >= 0)
				return AHOY_ESYNTAX;
			gap = count;
			i++;
		} else if (i == text.len) {
			return AHOY_ESYNTAX;
		}
	}
	if (gap < 0 ? count != 8 : count > 7)
		return AHOY_ESYNTAX;
	memset(out, 0, 16);
	for (int g = 0; g < count; g++) {
		int at = gap >= 0 && g >= gap ? 8 - count + g : g;

		out[2 * at] = (uint8_t)(groups[g] >> 8);
		out[2 * at + 1] = (uint8_t)groups[g];
	}
	return 0;
}

int ahoy_addr_parse_ip(ahoy_slice text, ahoy_addr *out)
{
	ahoy_addr addr = {0};
	ahoy_slice zone;

	if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
		text = (ahoy_slice){text.ptr + 1, text.len - 2};
	else if (!parse_ip4(text, addr.ip)) {
		addr.family = 4;
		*out = addr;
		return 0;
	}
	if (ahoy_slice_cut(text, '%', &text, &zone) && ahoy_slice_u32(zone, UINT32_MAX, &addr.scope))
		return AHOY_ESYNTAX;
	if (parse_ip6(text, addr.ip))
		return AHOY_ESYNTAX;
	addr.family = 6;
	*out = addr;
	return 0;
}

int ahoy_addr_parse(ahoy_slice text, ahoy_addr *out)
{
	ahoy_slice host = text, port = {0};
	uint32_t number = 0;
	int err;

	if (text.len && text.ptr[0] == '[') {
		size_t end = ahoy_slice_find(text, ']');

		if (end == text.len)
			return AHOY_ESYNTAX;
		host = ahoy_slice_first(text, end + 1);
		port = ahoy_slice_from(text, end + 1);
	} else if (ahoy_slice_find(text, ':') == text.len || ahoy_slice_search(text, AHOY_S(".")) < text.len) {
		/* Only IPv4 can carry ":port" without brackets. */
		size_t colon = ahoy_slice_find(text, ':');

		if (colon > ahoy_slice_find(text, '.')) {
			host = ahoy_slice_first(text, colon);
			port = ahoy_slice_from(text, colon);
		}
	}
	if (port.len) {
		if (port.ptr[0] != ':')
			return AHOY_ESYNTAX;
		err = ahoy_slice_u32(ahoy_slice_from(port, 1), 65535, &number);
		if (err)
			return err;
	}
	err = ahoy_addr_parse_ip(host, out);
	if (err)
		return err;
	out->port = (uint16_t)number;
	return 0;
}

static void put_ip6(ahoy_buf *b, const uint8_t ip[16])
{
	uint16_t g[8];
	int best = -1, best_len = 1;

	for (int i = 0; i < 8; i++)
		g[i] = (uint16_t)(ip[2 * i] << 8 | ip[2 * i + 1]);
	/* RFC 5952 4.2: the longest run of two or more zero groups, the first of equals. */
	for (int i = 0; i < 8; i++) {
		int len = 0;

		while (i + len < 8 && g[i + len] == 0)
			len++;
		if (len > best_len) {
			best = i;
			best_len = len;
		}
		if (len)
			i += len - 1;
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			ahoy_buf_str(b, "::");
			i += best_len - 1;
			continue;
		}
		if (i && i != best + best_len)
			ahoy_buf_char(b, ':');
		else if (i && best < 0)
			ahoy_buf_char(b, ':');
		ahoy_buf_fmt(b, "%x", g[i]);
	}
}

void ahoy_addr_put_ip(ahoy_buf *b, const ahoy_addr *addr, bool brackets)
{
	if (addr->family == 4) {
		ahoy_buf_fmt(b, "%u.%u.%u.%u", addr->ip[0], addr->ip[1], addr->ip[2], addr->ip[3]);
	} else if (addr->family == 6) {
		if (brackets)
			ahoy_buf_char(b, '[');
		put_ip6(b, addr->ip);
		if (addr->scope) {
			ahoy_buf_char(b, '%');
			ahoy_buf_u64(b, addr->scope);
		}
		if (brackets)
			ahoy_buf_char(b, ']');
	} else {
		ahoy_buf_str(b, "none");
	}
}

void ahoy_addr_put(ahoy_buf *b, const ahoy_addr *addr)
{
	ahoy_addr_put_ip(b, addr, true);
	ahoy_buf_char(b, ':');
	ahoy_buf_u64(b, addr->port);
}

bool ahoy_addr_ip_eq(const ahoy_addr *a, const ahoy_addr *b)
{
	return a->family == b->family && a->scope == b->scope && memcmp(a->ip, b->ip, 16) == 0;
}

bool ahoy_addr_eq(const ahoy_addr *a, const ahoy_addr *b)
{
	return a->port == b->port && ahoy_addr_ip_eq(a, b);
}

bool ahoy_addr_is_any(const ahoy_addr *addr)
{
	static const uint8_t zero[16];

	return memcmp(addr->ip, zero, 16) == 0;
}

bool ahoy_addr_is_loopback(const ahoy_addr *addr)
{
	static const uint8_t one[16] = {[15] = 1};

	return addr->family == 4 ? addr->ip[0] == 127 : memcmp(addr->ip, one, 16) == 0;
}

bool ahoy_addr_is_private(const ahoy_addr *addr)
{
	const uint8_t *ip = addr->ip;

	if (ahoy_addr_is_loopback(addr))
		return true;
	if (addr->family == 4)
		return ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) || (ip[0] == 192 && ip[1] == 168) ||
		       (ip[0] == 100 && (ip[1] & 0xc0) == 64) || (ip[0] == 169 && ip[1] == 254);
	return (ip[0] & 0xfe) == 0xfc || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
}

bool ahoy_addr_is_multicast_or_broadcast(const ahoy_addr *addr)
{
	static const uint8_t ones[4] = {255, 255, 255, 255};

	if (addr->family == 4)
		return (addr->ip[0] & 0xf0) == 0xe0 || memcmp(addr->ip, ones, 4) == 0;
	return addr->ip[0] == 0xff;
}

void ahoy_addr_unmap(ahoy_addr *addr)
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

	if (addr->family != 6 || memcmp(addr->ip, prefix, 12) != 0)
		return;
	memcpy(addr->ip, addr->ip + 12, 4);
	memset(addr->ip + 4, 0, 12);
	addr->family = 4;
	addr->scope = 0;
}
