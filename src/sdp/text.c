#include "sdp/text.h"

ahoy_slice ahoy_sdp_trim(ahoy_slice s)
{
	while (s.len && ahoy_sdp_is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len && ahoy_sdp_is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

ahoy_slice ahoy_sdp_next_token(ahoy_slice *rest)
{
	ahoy_slice s = *rest;
	size_t len = 0;

	while (s.len && ahoy_sdp_is_blank(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (len < s.len && !ahoy_sdp_is_blank(s.ptr[len]))
		len++;
	*rest = ahoy_slice_from(s, len);
	return ahoy_slice_first(s, len);
}

bool ahoy_sdp_is_visible(ahoy_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x21 || (unsigned char)s.ptr[i] > 0x7e)
			return false;
	return s.len > 0;
}

bool ahoy_sdp_is_token(ahoy_slice s)
{
	static const char separators[] = "\"(),/:;<=>?@[\\]";

	if (!ahoy_sdp_is_visible(s))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (strchr(separators, s.ptr[i]))
			return false;
	return true;
}

bool ahoy_sdp_is_text(ahoy_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return false;
	return true;
}

int ahoy_sdp_cut_payload(ahoy_slice value, unsigned *payload, ahoy_slice *rest)
{
	uint32_t number;
	int err = ahoy_slice_u32(ahoy_sdp_next_token(&value), 127, &number);

	if (err)
		return err;
	*payload = number;
	*rest = ahoy_sdp_trim(value);
	return 0;
}

int ahoy_sdp_parse_rtpmap(ahoy_slice value, ahoy_sdp_codec *out)
{
	ahoy_slice rest, clock, channels;
	uint32_t rate, count = 1;
	unsigned payload;
	int err = ahoy_sdp_cut_payload(value, &payload, &rest);

	if (err)
		return err;
	*out = (ahoy_sdp_codec){.payload = (uint8_t)payload};
	ahoy_slice_cut(rest, '/', &out->name, &clock);
	if (!ahoy_sdp_is_token(out->name))
		return AHOY_ESYNTAX;
	if (ahoy_slice_cut(clock, '/', &clock, &channels)) {
		err = ahoy_slice_u32(channels, 255, &count);
		if (err)
			return err;
	}
	err = ahoy_slice_u32(clock, 1000000, &rate);
	if (err)
		return err;
	if (rate == 0 || count == 0)
		return AHOY_ERANGE;
	out->clock_rate_hz = rate;
	out->channels = (uint8_t)count;
	return 0;
}

void ahoy_sdp_put_head(ahoy_buf *b, ahoy_slice username, ahoy_slice session_name, uint64_t sess_id,
		       uint64_t sess_version, const ahoy_addr *ip, const ahoy_sdp *bandwidths_of)
{
	const char *family = ip->family == 6 ? "IP6" : "IP4";
	ahoy_addr bare = *ip;

	bare.scope = 0; /* A zone means nothing to another host. */
	ahoy_buf_str(b, "v=0\r\no=");
	ahoy_buf_put(b, ahoy_sdp_is_visible(username) ? username : AHOY_S("-"));
	ahoy_buf_char(b, ' ');
	ahoy_buf_u64(b, sess_id);
	ahoy_buf_char(b, ' ');
	ahoy_buf_u64(b, sess_version);
	ahoy_buf_fmt(b, " IN %s ", family);
	ahoy_addr_put_ip(b, &bare, false);
	ahoy_buf_str(b, "\r\ns=");
	ahoy_buf_put(b, session_name.len && ahoy_sdp_is_text(session_name) ? session_name : AHOY_S("-"));
	ahoy_buf_fmt(b, "\r\nc=IN %s ", family);
	ahoy_addr_put_ip(b, &bare, false);
	ahoy_buf_str(b, "\r\n");
	if (bandwidths_of)
		ahoy_sdp_put_bandwidths(b, bandwidths_of, bandwidths_of->bandwidths);
	ahoy_buf_str(b, "t=0 0\r\n");
}

void ahoy_sdp_put_bandwidths(ahoy_buf *b, const ahoy_sdp *sdp, ahoy_sdp_run run)
{
	for (size_t i = run.first; i < (size_t)run.first + run.count; i++) {
		ahoy_buf_str(b, "b=");
		ahoy_buf_put(b, sdp->bandwidth[i].type);
		ahoy_buf_char(b, ':');
		ahoy_buf_u64(b, sdp->bandwidth[i].value);
		ahoy_buf_str(b, "\r\n");
	}
}

void ahoy_sdp_put_rtpmap(ahoy_buf *b, const ahoy_sdp_codec *codec)
{
	ahoy_buf_fmt(b, "a=rtpmap:%u ", codec->payload);
	ahoy_buf_put(b, codec->name);
	ahoy_buf_fmt(b, "/%u", codec->clock_rate_hz);
	if (codec->channels > 1)
		ahoy_buf_fmt(b, "/%u", codec->channels);
	ahoy_buf_str(b, "\r\n");
}

void ahoy_sdp_put_dead_media(ahoy_buf *b, const ahoy_sdp *sdp, const ahoy_sdp_media *m)
{
	ahoy_buf_str(b, "m=");
	ahoy_buf_put(b, m->type);
	ahoy_buf_str(b, " 0 ");
	ahoy_buf_put(b, m->proto);
	for (size_t i = 0; i < m->formats.count; i++) {
		ahoy_buf_char(b, ' ');
		ahoy_buf_put(b, sdp->formats[m->formats.first + i]);
	}
	if (m->formats.count == 0)
		ahoy_buf_str(b, " 0"); /* The grammar wants one, and some peers send none with port 0. */
	ahoy_buf_str(b, "\r\n");
}
