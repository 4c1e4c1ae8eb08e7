#include "phone/option_value.h"

#include "device/registry.h"
#include "rtp/telephone_event.h"

static int refuse(ahoy_buf *why, const char *sentence)
{
	ahoy_buf_str(why, sentence);
	return AHOY_EINVAL;
}

int ahoy_option_country(const char *text, ahoy_buf *why)
{
	bool letters = strlen(text) == 2;

	for (const char *c = text; *c; c++)
		letters = letters && ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'));
	if (letters || strcmp(text, "off") == 0)
		return 0;
	return refuse(why, "give the two letters of a country, such as de or us, or off");
}

int ahoy_option_present(const char *text, ahoy_buf *why)
{
	return *text ? 0 : refuse(why, "it is empty");
}

int ahoy_option_number(const char *text, uint32_t min, uint32_t max, uint32_t *out, ahoy_buf *why)
{
	uint32_t value;

	if (ahoy_slice_u32(ahoy_slice_of(text), max, &value) || value < min) {
		ahoy_buf_fmt(why, "give a number of %u to %u", min, max);
		return AHOY_EINVAL;
	}
	*out = value;
	return 0;
}

/* "2", "0.25": a number of at most `most` and up to three decimals. */
static int parse_thousandths(const char *text, uint32_t most, uint32_t *out)
{
	ahoy_slice whole, part;
	uint32_t units, thousandths = 0;
	bool has_part = ahoy_slice_cut(ahoy_slice_of(text), '.', &whole, &part);
	static const uint32_t scale[] = {0, 100, 10, 1};

	if (ahoy_slice_u32(whole, most, &units) || (has_part && (part.len > 3 || ahoy_slice_u32(part, 999, &thousandths))))
		return AHOY_EINVAL;
	*out = units * 1000 + thousandths * scale[has_part ? part.len : 0];
	return 0;
}

int ahoy_option_seconds(const char *text, ahoy_time *out, ahoy_buf *why)
{
	uint32_t thousandths;

	if (parse_thousandths(text, 86400, &thousandths))
		return refuse(why, "give seconds of 0 to 86400, such as 2 or 0.5");
	*out = AHOY_MS((ahoy_time)thousandths);
	return 0;
}

int ahoy_option_tone(const char *text, double tones_hz[AHOY_TONE_EAR_TONES], size_t *count, ahoy_buf *why)
{
	uint32_t thousandths;

	if (parse_thousandths(text, (uint32_t)AHOY_TONE_EAR_MOST_HZ, &thousandths) ||
	    thousandths < AHOY_TONE_EAR_LEAST_HZ * 1000 || thousandths > AHOY_TONE_EAR_MOST_HZ * 1000)
		return refuse(why, "give a frequency of 100 to 20000 Hz, such as 440");
	if (*count == AHOY_TONE_EAR_TONES)
		return refuse(why, "these are too many tones: four at the most");
	tones_hz[(*count)++] = thousandths / 1000.0;
	return 0;
}

int ahoy_option_mos(const char *text, double *out, ahoy_buf *why)
{
	uint32_t thousandths;

	if (parse_thousandths(text, 5, &thousandths) || thousandths < 1000 || thousandths > 4500)
		return refuse(why, "give a MOS of 1 to 4.5, such as 4");
	*out = thousandths / 1000.0;
	return 0;
}

int ahoy_option_status(const char *text, int *out, ahoy_buf *why)
{
	uint32_t value;

	if (ahoy_slice_u32(ahoy_slice_of(text), 699, &value) || value < 400)
		return refuse(why, "give a SIP status of 400 to 699, such as 486");
	*out = (int)value;
	return 0;
}

int ahoy_option_ports(const char *text, uint16_t *low, uint16_t *high, ahoy_buf *why)
{
	ahoy_slice lo, hi;
	uint32_t first, last;

	if (!ahoy_slice_cut(ahoy_slice_of(text), '-', &lo, &hi) || ahoy_slice_u32(lo, 65535, &first) ||
	    ahoy_slice_u32(hi, 65535, &last))
		return refuse(why, "give two ports as LO-HI, such as 20002-29998");
	first = first < 2 ? 2 : first + first % 2; /* RTP is even (RFC 3550 11), and 0 is no port */
	if (last < first + 1)
		return refuse(why, "the range must hold an even port and the odd one behind it");
	*low = (uint16_t)first;
	*high = (uint16_t)((last - 1) / 2 * 2);
	return 0;
}

int ahoy_option_local(const char *text, ahoy_addr *out, ahoy_buf *why)
{
	ahoy_slice s = ahoy_slice_of(text);
	uint32_t port;

	memset(out, 0, sizeof *out);
	if (s.len && s.ptr[0] == ':' && !ahoy_slice_u32(ahoy_slice_from(s, 1), 65535, &port)) {
		out->port = (uint16_t)port;
		return 0;
	}
	if (ahoy_addr_parse(s, out) || ahoy_addr_is_multicast_or_broadcast(out))
		return refuse(why, "give an address of this machine, such as 192.0.2.1:5062 or [::1]:5062");
	return 0;
}

int ahoy_option_dns_server(const char *text, ahoy_addr *out, ahoy_buf *why)
{
	enum {
		DNS_PORT = 53
	};

	memset(out, 0, sizeof *out);
	if (ahoy_addr_parse(ahoy_slice_of(text), out) || ahoy_addr_is_any(out) || ahoy_addr_is_multicast_or_broadcast(out))
		return refuse(why, "give the address of a name server, such as 192.0.2.53 or [2001:db8::53]:5353");
	if (!out->port)
		out->port = DNS_PORT;
	return 0;
}

static int unknown_codec(ahoy_slice name, ahoy_buf *why)
{
	ahoy_buf_escaped(why, name);
	ahoy_buf_str(why, " is no codec of this version; there is");
	for (size_t i = 0; ahoy_codec_at(i); i++) {
		const ahoy_codec *codec = ahoy_codec_at(i);

		ahoy_buf_fmt(why, "%s %s", i ? "," : "", codec->name);
		/* Another one of the name stands before it: only the rate tells them apart. */
		if (ahoy_codec_find(ahoy_slice_of(codec->name), 0) != codec)
			ahoy_buf_fmt(why, "/%u", codec->clock_rate_hz);
	}
	return AHOY_EINVAL;
}

int ahoy_option_codecs(const char *text, const ahoy_codec *out[AHOY_SDP_MAX_CODECS], size_t *count, ahoy_buf *why)
{
	ahoy_slice rest = ahoy_slice_of(text), name;
	bool more = true;

	*count = 0;
	while (more) {
		const ahoy_codec *codec;

		more = ahoy_slice_cut(rest, ',', &name, &rest);
		name = ahoy_slice_trim(name);
		codec = ahoy_codec_named(name);
		if (!codec)
			return unknown_codec(name, why);
		for (size_t i = 0; i < *count; i++)
			if (out[i] == codec)
				return refuse(why, "a codec stands there twice");
		if (*count == AHOY_SDP_MAX_CODECS)
			return refuse(why, "these are too many");
		out[(*count)++] = codec;
	}
	return 0;
}

int ahoy_option_expected_keys(const char *text, ahoy_buf *why)
{
	size_t len = strlen(text);

	if (len > AHOY_EXPECT_KEYS)
		return refuse(why, "these are too many keys: 64 at the most");
	if (strchr(text, ','))
		return refuse(why, "pauses are not heard: give the keys alone");
	return ahoy_option_keys(text, why);
}

int ahoy_option_keys(const char *text, ahoy_buf *why)
{
	if (!*text)
		return refuse(why, "give keys such as 123#");
	for (const char *p = text; *p; p++) {
		int event = ahoy_telephone_event_of(*p);

		if (*p != ',' && (event < 0 || event > 15))
			return refuse(why, "keys are 0-9 * # A-D, and a comma is a pause of one second");
	}
	return 0;
}

int ahoy_option_key_way(const char *text, ahoy_key_way *out, ahoy_buf *why)
{
	static const char *const names[] = {"auto", "rtp", "info", "inband"};

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (ahoy_key_way)i;
			return 0;
		}
	}
	return refuse(why, "say auto, rtp, info or inband");
}

int ahoy_option_sound(const char *text, ahoy_buf *why)
{
	char name[AHOY_DRIVER_NAME];
	const char *device;

	if (!ahoy_driver_split(text, name, &device))
		return 0;
	ahoy_buf_str(why, "write DRIVER or DRIVER:DEVICE, such as pulse or alsa:plughw:0,0; `ahoy devices` lists them");
	return AHOY_EINVAL;
}

int ahoy_option_srtp(const char *value, ahoy_srtp_policy *out, ahoy_buf *why)
{
	if (ahoy_srtp_policy_of(ahoy_slice_of(value), out))
		return 0;
	ahoy_buf_str(why, "give off, optional or required");
	return AHOY_EINVAL;
}
