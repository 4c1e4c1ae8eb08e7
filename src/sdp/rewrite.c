#include "sdp/rewrite.h"

#include "sdp/crypto.h"
#include "sdp/text.h"

/* How the value of an attribute that crosses is understood, and so how it is rebuilt. */
typedef enum {
	RTPMAP,
	FMTP,
	NUMBER,
	TOKEN,
	TEXT,
	CRYPTO,
	RTCP_FB
} kind;

/* The whole list of what crosses, with the direction. */
static const struct {
	const char *name;
	kind kind;
} crossing[] = {
	{"rtpmap", RTPMAP},
	{"fmtp", FMTP},
	{"ptime", NUMBER},
	{"maxptime", NUMBER},
	{"crypto", CRYPTO},
	{"rtcp-fb", RTCP_FB},
	{"rtcp-xr", TEXT},
	{"label", TOKEN},
	{"content", TEXT},
	{"lang", TOKEN},
	{"framerate", NUMBER},
	{"silenceSupp", TEXT},
};

/* ITU-T T.38 annex D.2.3: with a value, or as a flag. */
static const char *const fax_attrs[] = {
	"T38FaxVersion", "T38MaxBitRate", "T38FaxFillBitRemoval", "T38FaxTranscodingMMR", "T38FaxTranscodingJBIG",
	"T38FaxMaxBuffer", "T38FaxMaxDatagram", "T38FaxRateManagement", "T38FaxUdpECDepth", "T38FaxUdpFECMaxSpan",
	"T38FaxMaxIFP", "T38FaxUdpEC", "T38ModemType", "T38VendorInfo"};

static bool lists_payload(const ahoy_sdp *sdp, const ahoy_sdp_media *m, unsigned payload)
{
	uint32_t number;

	for (size_t i = 0; i < m->formats.count; i++)
		if (!ahoy_slice_u32(sdp->formats[m->formats.first + i], 127, &number) && number == payload)
			return true;
	return false;
}

static bool ends_with_f(ahoy_slice proto)
{
	return proto.len && ahoy_lower(proto.ptr[proto.len - 1]) == 'f';
}

static void put_attr(ahoy_buf *b, ahoy_slice name, ahoy_slice value)
{
	ahoy_buf_str(b, "a=");
	ahoy_buf_put(b, name);
	ahoy_buf_char(b, ':');
	ahoy_buf_put(b, value);
	ahoy_buf_str(b, "\r\n");
}

static void put_rtpmap(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m, const ahoy_sdp_attr *attr)
{
	ahoy_sdp_codec codec;

	if (!ahoy_sdp_parse_rtpmap(attr->value, &codec) && lists_payload(sdp, m, codec.payload))
		ahoy_sdp_put_rtpmap(b, &codec);
}

static void put_fmtp(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m, const ahoy_sdp_attr *attr)
{
	ahoy_slice rest;
	unsigned payload;

	if (ahoy_sdp_cut_payload(attr->value, &payload, &rest) || !rest.len || !ahoy_sdp_is_text(rest) ||
	    !lists_payload(sdp, m, payload))
		return;
	ahoy_buf_fmt(b, "a=fmtp:%u ", payload);
	ahoy_buf_put(b, rest);
	ahoy_buf_str(b, "\r\n");
}

static void put_number(ahoy_buf *b, const ahoy_sdp_attr *attr)
{
	ahoy_slice whole, fraction;
	uint32_t value;
	bool fits = true;

	ahoy_slice_cut(attr->value, '.', &whole, &fraction);
	for (size_t i = 0; i < fraction.len; i++)
		fits = fits && i < 6 && ahoy_is_digit(fraction.ptr[i]);
	if (!fits || ahoy_slice_u32(whole, 65535, &value) || value == 0)
		return;
	ahoy_buf_str(b, "a=");
	ahoy_buf_put(b, attr->name);
	ahoy_buf_fmt(b, ":%u", value);
	if (fraction.len) {
		ahoy_buf_char(b, '.');
		ahoy_buf_put(b, fraction);
	}
	ahoy_buf_str(b, "\r\n");
}

/* RFC 4568 9.1: tag, suite, keys and session parameters, none of which holds a blank. */
static void put_crypto(ahoy_buf *b, const ahoy_sdp_attr *attr)
{
	ahoy_slice rest = attr->value, tag = ahoy_sdp_next_token(&rest), part;
	uint32_t number;
	size_t parts = 0;

	if (ahoy_slice_u32(tag, 999999999, &number) || !ahoy_sdp_is_text(attr->value))
		return;
	for (ahoy_slice look = rest; ahoy_sdp_next_token(&look).len;)
		parts++;
	if (parts < 2)
		return;
	ahoy_buf_fmt(b, "a=crypto:%u", number);
	while ((part = ahoy_sdp_next_token(&rest)).len) {
		ahoy_buf_char(b, ' ');
		ahoy_buf_put(b, part);
	}
	ahoy_buf_str(b, "\r\n");
}

/* RFC 4585 4.2: a payload number or "*", then what feedback. */
static void put_rtcp_fb(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m, const ahoy_sdp_attr *attr)
{
	ahoy_slice rest = attr->value, head = ahoy_sdp_next_token(&rest);
	uint32_t payload;
	bool all = ahoy_slice_eq(head, AHOY_S("*"));

	rest = ahoy_sdp_trim(rest);
	if (!rest.len || !ahoy_sdp_is_text(rest) ||
	    (!all && (ahoy_slice_u32(head, 127, &payload) || !lists_payload(sdp, m, payload))))
		return;
	/* Feedback over transport-wide numbers needs a header extension that does not cross. */
	if (ahoy_slice_eq(rest, AHOY_S("transport-cc")))
		return;
	ahoy_buf_str(b, "a=rtcp-fb:");
	ahoy_buf_put(b, head);
	ahoy_buf_char(b, ' ');
	ahoy_buf_put(b, rest);
	ahoy_buf_str(b, "\r\n");
}

static void put_known(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m, const ahoy_sdp_attr *attr, kind k)
{
	switch (k) {
	case RTPMAP:
		put_rtpmap(b, sdp, m, attr);
		break;
	case FMTP:
		put_fmtp(b, sdp, m, attr);
		break;
	case NUMBER:
		put_number(b, attr);
		break;
	case TOKEN:
		if (ahoy_sdp_is_token(attr->value))
			put_attr(b, attr->name, attr->value);
		break;
	case TEXT:
		if (attr->value.len && ahoy_sdp_is_text(attr->value))
			put_attr(b, attr->name, attr->value);
		break;
	case CRYPTO:
		/* Beside RTP/AVP too: phones whose encryption is optional offer keys so, and without them would fall back in silence. */
		put_crypto(b, attr);
		break;
	case RTCP_FB:
		if (ends_with_f(m->proto))
			put_rtcp_fb(b, sdp, m, attr);
		break;
	}
}

static bool is_direction(const ahoy_sdp_attr *attr)
{
	for (int d = AHOY_SDP_INACTIVE; d <= AHOY_SDP_SENDRECV; d++)
		if (ahoy_slice_eq(attr->name, ahoy_slice_of(ahoy_sdp_dir_name((ahoy_sdp_dir)d))))
			return !attr->value.ptr;
	return false;
}

/* Some phones write "T38maxBitRate": case is forgiven, and kept. */
static void put_fax_attr(ahoy_buf *b, const ahoy_sdp_attr *attr)
{
	if (attr->value.ptr && !ahoy_sdp_is_text(attr->value))
		return;
	for (size_t i = 0; i < sizeof fax_attrs / sizeof fax_attrs[0]; i++) {
		if (!ahoy_slice_ieq(attr->name, ahoy_slice_of(fax_attrs[i])))
			continue;
		if (attr->value.len)
			put_attr(b, attr->name, attr->value);
		else
			ahoy_buf_fmt(b, "a=%.*s\r\n", AHOY_P(attr->name));
	}
}

/* Attributes keep their order; the direction stands where the peer had it, else at the end where it is not the default. */
static void put_attrs(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m)
{
	ahoy_sdp_dir dir = ahoy_sdp_media_dir(m);
	bool put_dir = false;
	/* RFC 3611 5.1: one of the session is for each line that has none of its own. */
	const ahoy_sdp_attr *xr = ahoy_sdp_find_attr(sdp, sdp->attrs, AHOY_S("rtcp-xr"));

	if (xr && xr->value.ptr && !ahoy_sdp_find_attr(sdp, m->attrs, AHOY_S("rtcp-xr")))
		put_known(b, sdp, m, xr, TEXT);
	for (size_t i = m->attrs.first; i < (size_t)m->attrs.first + m->attrs.count; i++) {
		const ahoy_sdp_attr *attr = &sdp->attr[i];

		if (is_direction(attr)) {
			if (!put_dir)
				ahoy_buf_fmt(b, "a=%s\r\n", ahoy_sdp_dir_name(dir));
			put_dir = true;
			continue;
		}
		if (ahoy_sdp_is_fax(m))
			put_fax_attr(b, attr);
		for (size_t c = 0; !ahoy_sdp_is_fax(m) && attr->value.ptr && c < sizeof crossing / sizeof crossing[0]; c++)
			if (ahoy_slice_eq(attr->name, ahoy_slice_of(crossing[c].name)))
				put_known(b, sdp, m, attr, crossing[c].kind);
	}
	if (!put_dir && dir != AHOY_SDP_SENDRECV)
		ahoy_buf_fmt(b, "a=%s\r\n", ahoy_sdp_dir_name(dir));
}

static void put_live_media(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m, const ahoy_sdp_ports *ports)
{
	uint32_t payload;

	ahoy_buf_str(b, "m=");
	ahoy_buf_put(b, m->type);
	ahoy_buf_fmt(b, " %u ", ports->rtp_port);
	ahoy_buf_put(b, m->proto);
	if (ahoy_sdp_is_fax(m))
		ahoy_buf_str(b, " t38");
	for (size_t i = 0; i < m->formats.count; i++)
		if (m->is_rtp && !ahoy_slice_u32(sdp->formats[m->formats.first + i], 127, &payload))
			ahoy_buf_fmt(b, " %u", payload);
	ahoy_buf_str(b, "\r\n");
	ahoy_sdp_put_bandwidths(b, sdp, m->bandwidths);
	if (m->is_rtp && ports->rtcp_port && ports->rtcp_port != ports->rtp_port + 1)
		ahoy_buf_fmt(b, "a=rtcp:%u\r\n", ports->rtcp_port);
	put_attrs(b, sdp, m);
}

int ahoy_sdp_rewrite(const ahoy_sdp *peer, const ahoy_sdp_owner *owner, ahoy_buf *out)
{
	if (!owner->ip.family || ahoy_addr_is_any(&owner->ip))
		return AHOY_EINVAL;
	ahoy_sdp_put_head(out, owner->username, owner->session_name, owner->sess_id, owner->sess_version, &owner->ip,
			  peer);
	for (size_t i = 0; i < peer->media_count; i++) {
		const ahoy_sdp_media *m = &peer->media[i];

		if (ahoy_sdp_is_anchored(m) && i < owner->port_count && owner->ports[i].rtp_port)
			put_live_media(out, peer, m, &owner->ports[i]);
		else
			ahoy_sdp_put_dead_media(out, peer, m);
	}
	return out->full ? AHOY_EFULL : 0;
}

bool ahoy_sdp_is_fax(const ahoy_sdp_media *m)
{
	return ahoy_slice_ieq(m->type, AHOY_S("image")) && ahoy_slice_ieq(m->proto, AHOY_S("udptl"));
}

bool ahoy_sdp_is_anchored(const ahoy_sdp_media *m)
{
	bool heard_or_seen = ahoy_slice_ieq(m->type, AHOY_S("audio")) || ahoy_slice_ieq(m->type, AHOY_S("video"));

	return m->port && ((m->is_rtp && heard_or_seen) || ahoy_sdp_is_fax(m));
}

void ahoy_sdp_stream_at(const ahoy_sdp *peer, size_t index, ahoy_sdp_stream *out)
{
	const ahoy_sdp_media *m;
	ahoy_sdp_codec codec;

	*out = (ahoy_sdp_stream){.dir = AHOY_SDP_INACTIVE};
	if (index >= peer->media_count)
		return;
	m = &peer->media[index];
	if (!ahoy_sdp_is_anchored(m))
		return;
	out->live = true;
	out->fax = ahoy_sdp_is_fax(m);
	out->rtp = ahoy_sdp_rtp_addr(m);
	out->rtcp = ahoy_sdp_rtcp_addr(m);
	out->dir = ahoy_sdp_media_dir(m);
	out->held = !((unsigned)out->dir & AHOY_SDP_RECVONLY);
	if (out->fax)
		out->codec = AHOY_S("t38");
	for (size_t f = 0; !ahoy_sdp_codec_at(peer, m, f, &codec); f++)
		if (codec.name.len && !ahoy_sdp_is_telephone_event(&codec) &&
		    !ahoy_slice_ieq(codec.name, AHOY_S("CN"))) {
			out->codec = codec.name;
			out->clock_rate_hz = codec.clock_rate_hz;
			return;
		}
}

int ahoy_sdp_main_stream(const ahoy_sdp *peer)
{
	int first = -1;

	for (size_t i = 0; i < peer->media_count; i++) {
		if (!ahoy_sdp_is_anchored(&peer->media[i]))
			continue;
		if (ahoy_slice_ieq(peer->media[i].type, AHOY_S("audio")))
			return (int)i;
		if (first < 0)
			first = (int)i;
	}
	return first;
}

bool ahoy_sdp_is_held(const ahoy_sdp *peer)
{
	bool live = false;

	for (size_t i = 0; i < peer->media_count; i++) {
		if (!ahoy_sdp_is_anchored(&peer->media[i]))
			continue;
		live = true;
		if ((unsigned)ahoy_sdp_media_dir(&peer->media[i]) & AHOY_SDP_RECVONLY)
			return false;
	}
	return live;
}
