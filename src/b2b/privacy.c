/* Who the callee is told that calls: the authenticated user's number, asserted by us, or nobody where the caller wants privacy (RFC 3323,
 * RFC 3325). What a phone claims of itself never counts: P-Asserted-Identity comes from the digest's user alone. The relay
 * keeps addresses apart, so that "header" and "session" privacy is what everybody has. */
#include "b2b/internal.h"

#define ANONYMOUS "\"Anonymous\" <sip:anonymous@anonymous.invalid>"

/* RFC 3323 4.2, RFC 3325 9.3, RFC 7044 10.1. */
typedef enum {
	PRIVACY_KNOWN,
	PRIVACY_HIDES, /* the caller's name and number */
	PRIVACY_CRITICAL,
	PRIVACY_UNKNOWN
} privacy_value;

static privacy_value value_of(ahoy_slice value)
{
	static const char *const known[] = {"none", "header", "session", "history"};

	if (ahoy_slice_ieq(value, AHOY_S("id")) || ahoy_slice_ieq(value, AHOY_S("user")))
		return PRIVACY_HIDES;
	if (ahoy_slice_ieq(value, AHOY_S("critical")))
		return PRIVACY_CRITICAL;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (ahoy_slice_ieq(value, ahoy_slice_of(known[i])))
			return PRIVACY_KNOWN;
	return PRIVACY_UNKNOWN;
}

bool ahoy_b2b_privacy(const ahoy_msg *msg, bool *anonymous)
{
	ahoy_slice rest = ahoy_msg_value(msg, AHOY_H_PRIVACY), value, inner;
	bool critical = false, unknown = false;

	/* RFC 3323 4.1.1.3: a phone that hides itself. */
	*anonymous = ahoy_uri_is_anonymous(&msg->from.uri);
	while (rest.len) {
		ahoy_slice_cut(rest, ';', &value, &rest);
		/* Some phones write a list as lists are written elsewhere. */
		while (value.len) {
			ahoy_slice_cut(value, ',', &inner, &value);
			inner = ahoy_slice_trim(inner);
			if (!inner.len)
				continue;
			*anonymous = *anonymous || value_of(inner) == PRIVACY_HIDES;
			critical = critical || value_of(inner) == PRIVACY_CRITICAL;
			unknown = unknown || value_of(inner) == PRIVACY_UNKNOWN;
		}
	}
	return !(critical && unknown);
}

bool ahoy_b2b_write_caller(ahoy_switch *sw, ahoy_buf *from, ahoy_buf *headers, const ahoy_msg *msg, ahoy_slice user, const ahoy_flow *flow)
{
	ahoy_slice display = msg->from.display;
	bool anonymous;
	char text[512];
	ahoy_buf asserted = ahoy_buf_over(text, sizeof text);

	(void)ahoy_b2b_privacy(msg, &anonymous);
	if (anonymous) {
		ahoy_buf_str(from, ANONYMOUS);
		return false;
	}
	if (msg->method == AHOY_INVITE && display.len && display.len < 128) {
		ahoy_buf_put(from, display);
		ahoy_buf_char(from, ' ');
	}
	ahoy_b2b_write_party(sw, from, user, flow);
	/* RFC 3325 5: the name is the phone's own word, which nobody asserts. */
	ahoy_b2b_write_party(sw, &asserted, user, flow);
	if (!asserted.full)
		ahoy_write_header(headers, AHOY_H_P_ASSERTED_IDENTITY, ahoy_buf_slice(&asserted));
	return true;
}
