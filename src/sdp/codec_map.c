#include "sdp/sdp.h"
#include "sdp/text.h"

/* RFC 3551 6, tables 4 and 5. Audio without a clock rate of its own in the table is not listed. */
static const struct {
	uint8_t payload, channels;
	uint32_t clock_rate_hz;
	const char *name;
} static_codecs[] = {
	{0, 1, 8000, "PCMU"},
	{3, 1, 8000, "GSM"},
	{4, 1, 8000, "G723"},
	{5, 1, 8000, "DVI4"},
	{6, 1, 16000, "DVI4"},
	{7, 1, 8000, "LPC"},
	{8, 1, 8000, "PCMA"},
	{9, 1, 8000, "G722"},
	{10, 2, 44100, "L16"},
	{11, 1, 44100, "L16"},
	{12, 1, 8000, "QCELP"},
	{13, 1, 8000, "CN"},
	{14, 1, 90000, "MPA"},
	{15, 1, 8000, "G728"},
	{16, 1, 11025, "DVI4"},
	{17, 1, 22050, "DVI4"},
	{18, 1, 8000, "G729"},
	{25, 1, 90000, "CelB"},
	{26, 1, 90000, "JPEG"},
	{28, 1, 90000, "nv"},
	{31, 1, 90000, "H261"},
	{32, 1, 90000, "MPV"},
	{33, 1, 90000, "MP2T"},
	{34, 1, 90000, "H263"},
};

int ahoy_sdp_static_codec(unsigned payload, ahoy_sdp_codec *out)
{
	for (size_t i = 0; i < sizeof static_codecs / sizeof static_codecs[0]; i++)
		if (static_codecs[i].payload == payload) {
			*out = (ahoy_sdp_codec){.name = ahoy_slice_of(static_codecs[i].name),
						.clock_rate_hz = static_codecs[i].clock_rate_hz,
						.payload = static_codecs[i].payload,
						.channels = static_codecs[i].channels};
			return 0;
		}
	return AHOY_ENOTFOUND;
}

static void map_payload(const ahoy_sdp *sdp, const ahoy_sdp_media *m, unsigned payload, ahoy_sdp_codec *out)
{
	bool mapped = false;
	ahoy_slice fmtp = {0};

	for (size_t i = m->attrs.first; i < (size_t)m->attrs.first + m->attrs.count; i++) {
		const ahoy_sdp_attr *attr = &sdp->attr[i];
		ahoy_sdp_codec codec;
		ahoy_slice rest;
		unsigned number;

		if (!mapped && ahoy_slice_eq(attr->name, AHOY_S("rtpmap")) &&
		    !ahoy_sdp_parse_rtpmap(attr->value, &codec) && codec.payload == payload) {
			*out = codec;
			mapped = true;
		} else if (!fmtp.len && ahoy_slice_eq(attr->name, AHOY_S("fmtp")) &&
			   !ahoy_sdp_cut_payload(attr->value, &number, &rest) && number == payload) {
			fmtp = rest;
		}
	}
	if (!mapped && ahoy_sdp_static_codec(payload, out))
		*out = (ahoy_sdp_codec){.payload = (uint8_t)payload, .channels = 1};
	out->fmtp = fmtp;
}

int ahoy_sdp_codec_at(const ahoy_sdp *sdp, const ahoy_sdp_media *m, size_t i, ahoy_sdp_codec *out)
{
	uint32_t payload;

	if (!m->is_rtp || i >= m->formats.count || ahoy_slice_u32(sdp->formats[m->formats.first + i], 127, &payload))
		return AHOY_ENOTFOUND;
	map_payload(sdp, m, payload, out);
	return 0;
}

int ahoy_sdp_codec_of(const ahoy_sdp *sdp, const ahoy_sdp_media *m, unsigned payload, ahoy_sdp_codec *out)
{
	uint32_t number;

	for (size_t i = 0; m->is_rtp && i < m->formats.count; i++)
		if (!ahoy_slice_u32(sdp->formats[m->formats.first + i], 127, &number) && number == payload)
			return ahoy_sdp_codec_at(sdp, m, i, out);
	return AHOY_ENOTFOUND;
}

bool ahoy_sdp_codec_eq(const ahoy_sdp_codec *a, const ahoy_sdp_codec *b)
{
	/* Names are compared without case (RFC 8866 6.6, RFC 4855 3). */
	return a->name.len && ahoy_slice_ieq(a->name, b->name) && a->clock_rate_hz == b->clock_rate_hz &&
	       a->channels == b->channels;
}

bool ahoy_sdp_is_telephone_event(const ahoy_sdp_codec *codec)
{
	return ahoy_slice_ieq(codec->name, AHOY_S("telephone-event"));
}

const ahoy_sdp_attr *ahoy_sdp_find_attr(const ahoy_sdp *sdp, ahoy_sdp_run run, ahoy_slice name)
{
	for (size_t i = run.first; i < (size_t)run.first + run.count; i++)
		if (ahoy_slice_eq(sdp->attr[i].name, name))
			return &sdp->attr[i];
	return NULL;
}

ahoy_addr ahoy_sdp_rtp_addr(const ahoy_sdp_media *m)
{
	ahoy_addr addr = m->conn.addr;

	/* 0.0.0.0 is the old way to say "nowhere" (RFC 3264 8.4), and media is never sent to a group. */
	if (m->port == 0 || addr.family == 0 || ahoy_addr_is_any(&addr) || ahoy_addr_is_multicast_or_broadcast(&addr))
		return (ahoy_addr){0};
	addr.port = m->port;
	return addr;
}

ahoy_addr ahoy_sdp_rtcp_addr(const ahoy_sdp_media *m)
{
	ahoy_addr rtp = ahoy_sdp_rtp_addr(m), addr = rtp;

	if (rtp.family == 0 || (m->rtcp_port == 0 && rtp.port == 65535))
		return (ahoy_addr){0};
	addr.port = m->rtcp_port ? m->rtcp_port : (uint16_t)(rtp.port + 1);
	if (m->rtcp_addr.family) {
		if (ahoy_addr_is_any(&m->rtcp_addr) || ahoy_addr_is_multicast_or_broadcast(&m->rtcp_addr))
			return (ahoy_addr){0};
		memcpy(addr.ip, m->rtcp_addr.ip, sizeof addr.ip);
		addr.family = m->rtcp_addr.family;
		addr.scope = m->rtcp_addr.scope;
	}
	return addr;
}

ahoy_sdp_dir ahoy_sdp_dir_reverse(ahoy_sdp_dir dir)
{
	return (ahoy_sdp_dir)(((unsigned)dir & 1u) << 1 | ((unsigned)dir & 2u) >> 1);
}

const char *ahoy_sdp_dir_name(ahoy_sdp_dir dir)
{
	static const char *const names[] = {"inactive", "recvonly", "sendonly", "sendrecv"};

	return names[(unsigned)dir & 3u];
}

ahoy_sdp_dir ahoy_sdp_media_dir(const ahoy_sdp_media *m)
{
	if (m->conn.addr.family && ahoy_addr_is_any(&m->conn.addr))
		return (ahoy_sdp_dir)((unsigned)m->dir & 2u);
	return m->dir;
}
