#include "sdp/sdp.h"

#include "sdp/text.h"

typedef struct {
	ahoy_sdp *sdp;
	ahoy_sdp_media *m; /* NULL: session section */
	const char *start;
	ahoy_sdp_fault *fault;
	bool has_origin, has_time;
} parser;

static int fail(parser *p, int err, const char *at, const char *rule)
{
	if (p->fault)
		*p->fault = (ahoy_sdp_fault){at ? (size_t)(at - p->start) : 0, rule};
	return err;
}

static bool is_digits(ahoy_slice s, size_t max_len)
{
	for (size_t i = 0; i < s.len; i++)
		if (!ahoy_is_digit(s.ptr[i]))
			return false;
	return s.len > 0 && s.len <= max_len;
}

/* Letters, digits, '.', '-', '_'; a dotted quad that is none ("1.2.3.400") must not pass for a name. */
static bool is_host_name(ahoy_slice s)
{
	bool letter = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = ahoy_lower(s.ptr[i]);

		if (c >= 'a' && c <= 'z')
			letter = true;
		else if (!ahoy_is_digit(c) && c != '.' && c != '-' && c != '_')
			return false;
	}
	return letter && s.len <= AHOY_MAX_HOST;
}

/* "IN IP4 address"; the address alone may be a host name, whose family stays 0. */
static int parse_address(ahoy_slice *rest, ahoy_slice *address, ahoy_addr *addr, bool *ip6)
{
	ahoy_slice net = ahoy_sdp_next_token(rest), type = ahoy_sdp_next_token(rest), ip, ttl;

	*address = ahoy_sdp_next_token(rest);
	*addr = (ahoy_addr){0};
	*ip6 = ahoy_slice_ieq(type, AHOY_S("IP6"));
	if (!ahoy_slice_ieq(net, AHOY_S("IN")) || (!*ip6 && !ahoy_slice_ieq(type, AHOY_S("IP4"))) ||
	    !ahoy_sdp_is_visible(*address))
		return AHOY_ESYNTAX;
	if (ahoy_slice_cut(*address, '/', &ip, &ttl)) {
		ahoy_slice number, more;
		uint32_t value;

		/* RFC 8866 5.7: "/ttl/count" for IPv4, "/count" for IPv6. */
		for (bool again = true; again; ttl = more) {
			again = ahoy_slice_cut(ttl, '/', &number, &more);
			if (ahoy_slice_u32(number, 65535, &value))
				return AHOY_ESYNTAX;
		}
	}
	if (!ahoy_addr_parse_ip(ip, addr))
		return addr->family == (*ip6 ? 6 : 4) ? 0 : AHOY_ESYNTAX;
	return is_host_name(ip) ? 0 : AHOY_ESYNTAX;
}

static int parse_origin(parser *p, ahoy_slice value)
{
	ahoy_slice rest = value;
	ahoy_addr addr;
	size_t tokens = 0, skip;

	while (ahoy_sdp_next_token(&rest).len)
		tokens++;
	if (tokens < 5)
		return fail(p, AHOY_ESYNTAX, value.ptr, "o= has fewer than six fields");
	/* The user name is what stands before the last five fields: phones put display names with blanks there. */
	rest = value;
	for (skip = tokens - 5; skip; skip--)
		ahoy_sdp_next_token(&rest);
	p->sdp->username = ahoy_sdp_trim((ahoy_slice){value.ptr, (size_t)(rest.ptr - value.ptr)});
	if (p->sdp->username.len == 0)
		p->sdp->username = AHOY_S("-");
	p->sdp->sess_id = ahoy_sdp_next_token(&rest);
	p->sdp->sess_version = ahoy_sdp_next_token(&rest);
	if (!is_digits(p->sdp->sess_id, 32) || !is_digits(p->sdp->sess_version, 32))
		return fail(p, AHOY_ESYNTAX, value.ptr, "session id or version of o= is no number");
	if (parse_address(&rest, &p->sdp->origin_address, &addr, &p->sdp->origin_ip6))
		return fail(p, AHOY_ESYNTAX, value.ptr, "address of o= is not valid");
	p->has_origin = true;
	return 0;
}

static int parse_connection(parser *p, ahoy_slice value)
{
	ahoy_sdp_conn *conn = p->m ? &p->m->conn : &p->sdp->conn, parsed;
	ahoy_slice rest = value;
	bool ip6;

	if (parse_address(&rest, &parsed.address, &parsed.addr, &ip6))
		return fail(p, AHOY_ESYNTAX, value.ptr, "c= is not valid");
	if (p->m ? p->m->has_conn : conn->address.len != 0)
		return 0; /* Several lines are layers of one multicast session (RFC 8866 5.7); the first is the base. */
	*conn = parsed;
	if (p->m)
		p->m->has_conn = true;
	return 0;
}

static int parse_time(parser *p, ahoy_slice value)
{
	ahoy_slice rest = value, start = ahoy_sdp_next_token(&rest), stop = ahoy_sdp_next_token(&rest);

	if (!is_digits(start, 20) || !is_digits(stop, 20))
		return fail(p, AHOY_ESYNTAX, value.ptr, "t= has no two numbers");
	if (!p->has_time) {
		p->sdp->t_start = start;
		p->sdp->t_stop = stop;
	}
	p->has_time = true;
	return 0;
}

static int parse_bandwidth(parser *p, ahoy_slice value)
{
	ahoy_sdp_run *run = p->m ? &p->m->bandwidths : &p->sdp->bandwidths;
	ahoy_sdp_bandwidth parsed;
	ahoy_slice number;
	int err;

	if (!ahoy_slice_cut(value, ':', &parsed.type, &number) || !ahoy_sdp_is_token(parsed.type))
		return fail(p, AHOY_ESYNTAX, value.ptr, "b= has no type");
	err = ahoy_slice_u32(number, UINT32_MAX, &parsed.value);
	if (err)
		return fail(p, err, value.ptr, "value of b= is no number of 32 bits");
	if (p->sdp->bandwidth_count < AHOY_SDP_MAX_BANDWIDTHS) {
		p->sdp->bandwidth[p->sdp->bandwidth_count++] = parsed;
		run->count++;
	}
	return 0;
}

static int parse_media_port(parser *p, ahoy_slice text)
{
	ahoy_slice port, count;
	uint32_t number;
	int err;

	p->m->port_count = 1;
	if (ahoy_slice_cut(text, '/', &port, &count)) {
		err = ahoy_slice_u32(count, 65535, &number);
		if (err || number == 0)
			return fail(p, err ? err : AHOY_ERANGE, text.ptr,
				    "port count of m= is no number of 1 to 65535");
		p->m->port_count = (uint16_t)number;
	}
	err = ahoy_slice_u32(port, 65535, &number);
	if (err)
		return fail(p, err, text.ptr, "port of m= is no number of 0 to 65535");
	p->m->port = (uint16_t)number;
	return 0;
}

static bool is_rtp_proto(ahoy_slice proto)
{
	return ahoy_slice_ieq(proto, AHOY_S("RTP/AVP")) || ahoy_slice_ieq(proto, AHOY_S("RTP/AVPF")) ||
	       ahoy_slice_ieq(proto, AHOY_S("RTP/SAVP")) || ahoy_slice_ieq(proto, AHOY_S("RTP/SAVPF"));
}

static int parse_formats(parser *p, ahoy_slice rest)
{
	ahoy_sdp *sdp = p->sdp;
	ahoy_slice format;
	uint32_t payload;
	int err;

	p->m->formats.first = sdp->format_count;
	while ((format = ahoy_sdp_next_token(&rest)).len) {
		if (sdp->format_count == AHOY_SDP_MAX_FORMATS)
			return fail(p, AHOY_ETOOBIG, format.ptr, "too many formats");
		if (p->m->is_rtp && (err = ahoy_slice_u32(format, 127, &payload)) != 0)
			return fail(p, err, format.ptr, "format of m= is no payload number of 0 to 127");
		if (!ahoy_sdp_is_visible(format))
			return fail(p, AHOY_ESYNTAX, format.ptr, "format of m= is no token");
		sdp->formats[sdp->format_count++] = format;
		p->m->formats.count++;
	}
	if (p->m->formats.count == 0 && p->m->port != 0)
		return fail(p, AHOY_ESYNTAX, rest.ptr, "m= has no format");
	return 0;
}

static int parse_media(parser *p, ahoy_slice value)
{
	ahoy_sdp *sdp = p->sdp;
	ahoy_slice rest = value, type = ahoy_sdp_next_token(&rest), port = ahoy_sdp_next_token(&rest);
	int err;

	if (sdp->media_count == AHOY_SDP_MAX_MEDIA)
		return fail(p, AHOY_ETOOBIG, value.ptr, "too many m= lines");
	p->m = &sdp->media[sdp->media_count++];
	*p->m = (ahoy_sdp_media){.type = type, .proto = ahoy_sdp_next_token(&rest), .conn = sdp->conn, .dir = sdp->dir};
	p->m->attrs.first = sdp->attr_count;
	p->m->bandwidths.first = sdp->bandwidth_count;
	if (!ahoy_sdp_is_token(type) || !ahoy_sdp_is_visible(p->m->proto))
		return fail(p, AHOY_ESYNTAX, value.ptr, "m= has no type, port and protocol");
	p->m->is_rtp = is_rtp_proto(p->m->proto);
	err = parse_media_port(p, port);
	return err ? err : parse_formats(p, rest);
}

static int parse_rtcp(parser *p, ahoy_slice value)
{
	ahoy_slice rest = value, port = ahoy_sdp_next_token(&rest), address;
	uint32_t number;
	bool ip6;
	int err = ahoy_slice_u32(port, 65535, &number);

	if (err || number == 0)
		return fail(p, err ? err : AHOY_ERANGE, value.ptr, "port of a=rtcp is no number of 1 to 65535");
	if (ahoy_sdp_trim(rest).len && parse_address(&rest, &address, &p->m->rtcp_addr, &ip6))
		return fail(p, AHOY_ESYNTAX, value.ptr, "address of a=rtcp is not valid");
	p->m->rtcp_port = (uint16_t)number;
	return 0;
}

/* Whole milliseconds; RFC 8866 6.4 allows a fraction, and 0 from old phones means "not given". */
static int parse_ptime(parser *p, ahoy_slice value)
{
	ahoy_slice whole, fraction;
	uint32_t ms;
	bool has_fraction = ahoy_slice_cut(value, '.', &whole, &fraction);
	int err = ahoy_slice_u32(whole, 1000, &ms);

	if (err || (has_fraction && !is_digits(fraction, 9)))
		return fail(p, err ? err : AHOY_ESYNTAX, value.ptr, "a=ptime is no number of 0 to 1000");
	p->m->ptime_ms = (uint16_t)ms;
	return 0;
}

static bool parse_direction(ahoy_slice name, ahoy_sdp_dir *dir)
{
	for (int d = AHOY_SDP_INACTIVE; d <= AHOY_SDP_SENDRECV; d++)
		if (ahoy_slice_eq(name, ahoy_slice_of(ahoy_sdp_dir_name((ahoy_sdp_dir)d)))) {
			*dir = (ahoy_sdp_dir)d;
			return true;
		}
	return false;
}

/* Attributes with a meaning of their own; the numbers in them are checked here, once. */
static int understand(parser *p, const ahoy_sdp_attr *attr)
{
	ahoy_sdp_media *m = p->m;
	ahoy_sdp_dir dir;

	if (!attr->value.ptr && parse_direction(attr->name, &dir)) {
		if (m && !m->has_dir) {
			m->dir = dir;
			m->has_dir = true;
		} else if (!m && !p->sdp->has_dir) {
			p->sdp->dir = dir;
			p->sdp->has_dir = true;
		}
	} else if (m && m->is_rtp && attr->value.ptr) {
		ahoy_sdp_codec codec;
		int err;

		if (ahoy_slice_eq(attr->name, AHOY_S("rtpmap")) &&
		    (err = ahoy_sdp_parse_rtpmap(attr->value, &codec)) != 0)
			return fail(p, err, attr->name.ptr, "a=rtpmap is not payload name/clock[/channels]");
		if (ahoy_slice_eq(attr->name, AHOY_S("rtcp")))
			return parse_rtcp(p, attr->value);
		if (ahoy_slice_eq(attr->name, AHOY_S("ptime")))
			return parse_ptime(p, attr->value);
	}
	return 0;
}

static int parse_attribute(parser *p, ahoy_slice value)
{
	ahoy_sdp *sdp = p->sdp;
	ahoy_sdp_attr attr;

	if (ahoy_slice_cut(value, ':', &attr.name, &attr.value))
		attr.value = ahoy_sdp_trim(attr.value);
	else
		attr.value = (ahoy_slice){NULL, 0};
	attr.name = ahoy_sdp_trim(attr.name);
	if (!ahoy_sdp_is_token(attr.name))
		return 0; /* RFC 8866 5.13: what is not understood is ignored. */
	if (sdp->attr_count == AHOY_SDP_MAX_ATTRS)
		return fail(p, AHOY_ETOOBIG, value.ptr, "too many attributes");
	sdp->attr[sdp->attr_count++] = attr;
	(p->m ? &p->m->attrs : &sdp->attrs)->count++;
	return understand(p, &attr);
}

static int parse_line(parser *p, char type, ahoy_slice value)
{
	switch (type) {
	case 'o':
		return p->m || p->has_origin ? fail(p, AHOY_ESYNTAX, value.ptr, "o= stands twice or behind m=")
					     : parse_origin(p, value);
	case 's':
		if (!p->m && value.len)
			p->sdp->session_name = value;
		return 0;
	case 'c':
		return parse_connection(p, value);
	case 't':
		return p->m ? fail(p, AHOY_ESYNTAX, value.ptr, "t= stands behind m=") : parse_time(p, value);
	case 'b':
		return parse_bandwidth(p, value);
	case 'a':
		return parse_attribute(p, value);
	case 'm':
		return parse_media(p, value);
	case 'v':
		return fail(p, AHOY_ESYNTAX, value.ptr, "v= stands twice");
	default:
		return 0; /* i u e p r z k, and what the future brings, say nothing that we need. */
	}
}

/* Checks over more than one line. */
static int finish(parser *p)
{
	ahoy_sdp *sdp = p->sdp;

	if (!p->has_origin)
		return fail(p, AHOY_ESYNTAX, p->start, "o= is missing");
	for (size_t i = 0; i < sdp->media_count; i++) {
		ahoy_sdp_media *m = &sdp->media[i];

		if (m->conn.address.len == 0 && m->port != 0)
			return fail(p, AHOY_ESYNTAX, m->type.ptr, "m= has no c=, nor has the session");
	}
	return 0;
}

static int parse_lines(parser *p, ahoy_slice text)
{
	bool has_version = false;

	while (text.len) {
		ahoy_slice line;
		int err;

		ahoy_slice_cut(text, '\n', &line, &text);
		while (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		line = ahoy_sdp_trim(line);
		if (line.len == 0)
			continue;
		/* A CR or NUL inside a line would let two readers see different lines. */
		if (ahoy_slice_find(line, '\r') < line.len || ahoy_slice_find(line, '\0') < line.len)
			return fail(p, AHOY_ESYNTAX, line.ptr, "a line contains CR or NUL");
		if (line.len < 2 || line.ptr[1] != '=' || line.ptr[0] < 'a' || line.ptr[0] > 'z')
			return fail(p, AHOY_ESYNTAX, line.ptr, "a line does not begin with a letter and '='");
		if (!has_version) {
			if (line.ptr[0] != 'v' || !ahoy_slice_eq(ahoy_sdp_trim(ahoy_slice_from(line, 2)), AHOY_S("0")))
				return fail(p, AHOY_ESYNTAX, line.ptr, "the first line is not v=0");
			has_version = true;
			continue;
		}
		err = parse_line(p, line.ptr[0], ahoy_sdp_trim(ahoy_slice_from(line, 2)));
		if (err)
			return err;
	}
	return finish(p);
}

int ahoy_sdp_parse(ahoy_slice text, ahoy_sdp *out, ahoy_sdp_fault *fault)
{
	parser p = {.sdp = out, .start = text.ptr, .fault = fault};

	/* The tables behind the counts need no clearing. */
	memset(out, 0, offsetof(ahoy_sdp, media));
	out->format_count = out->attr_count = out->bandwidth_count = 0;
	out->session_name = AHOY_S("-");
	out->t_start = out->t_stop = AHOY_S("0");
	out->dir = AHOY_SDP_SENDRECV;
	return parse_lines(&p, text);
}
