/* What crosses from leg to leg beside the body (docs/behaviour.md): a stated list, each header rebuilt; identity and credentials never. */
#include "b2b/internal.h"

/* Lines that cross at the most, so that one leg's message can't outgrow the other's. */
#define MAX_CROSSING 24

void ahoy_b2b_write_party(ahoy_switch *sw, ahoy_buf *b, ahoy_slice user, const ahoy_flow *flow)
{
	ahoy_addr self;

	ahoy_self_address(&sw->config.self, flow, &self);
	ahoy_buf_str(b, "<sip:");
	if (user.len) {
		ahoy_uri_escape_user(b, user);
		ahoy_buf_char(b, '@');
	}
	ahoy_addr_put(b, &self);
	ahoy_buf_char(b, '>');
}

/* RFC 3323 5.3: of a caller who hides himself nothing crosses that may say who he is. */
static bool crosses(const ahoy_header_field *field, bool anonymous)
{
	switch (field->id) {
	case AHOY_H_ALERT_INFO:
	case AHOY_H_PRIORITY:
		return field->value.len > 0;
	case AHOY_H_SUBJECT:
	case AHOY_H_CALL_INFO:
	case AHOY_H_USER_TO_USER:
		return field->value.len > 0 && !anonymous;
	case AHOY_H_OTHER:
		return ahoy_slice_istarts(field->name, AHOY_S("X-")) && !anonymous;
	default:
		return false;
	}
}

void ahoy_b2b_write_end_to_end(ahoy_buf *b, const ahoy_msg *msg)
{
	unsigned count = 0;
	bool anonymous;

	(void)ahoy_b2b_privacy(msg, &anonymous);
	for (uint16_t i = 0; i < msg->header_count && count < MAX_CROSSING; i++) {
		const ahoy_header_field *field = &msg->headers[i];

		if (!crosses(field, anonymous))
			continue;
		if (field->id == AHOY_H_OTHER)
			ahoy_write_named(b, field->name, field->value);
		else
			ahoy_write_header(b, field->id, field->value);
		count++;
	}
}

/* A longer one is no reason but a letter. */
#define MAX_REASON 255u

ahoy_slice ahoy_b2b_reason_of(const ahoy_msg *msg)
{
	ahoy_slice value = ahoy_msg_value(msg, AHOY_H_REASON);

	return value.len <= MAX_REASON ? value : (ahoy_slice){0};
}

void ahoy_b2b_write_reason(ahoy_buf *b, const ahoy_msg *msg)
{
	ahoy_slice value = ahoy_b2b_reason_of(msg);

	if (value.len)
		ahoy_write_header(b, AHOY_H_REASON, value);
}

static void write_redirection(ahoy_buf *b, const ahoy_msg *msg)
{
	ahoy_value_cursor cursor = {0};
	ahoy_name_addr contact;
	ahoy_slice value, rest;

	for (unsigned i = 0; i < AHOY_MAX_CONTACTS && ahoy_msg_next_value(msg, AHOY_H_CONTACT, &cursor, &value); i++)
		if (!ahoy_name_addr_parse(value, &contact, &rest) && !contact.star)
			ahoy_write_fmt(b, AHOY_H_CONTACT, "<%.*s>", AHOY_P(contact.uri.text));
}

void ahoy_b2b_write_refusal(ahoy_buf *b, const ahoy_msg *msg)
{
	ahoy_slice value;
	uint32_t seconds;

	if (!ahoy_msg_seconds(msg, AHOY_H_RETRY_AFTER, &seconds))
		ahoy_write_number(b, AHOY_H_RETRY_AFTER, seconds);
	value = ahoy_msg_value(msg, AHOY_H_WARNING);
	if (value.len && value.len < 256)
		ahoy_write_header(b, AHOY_H_WARNING, value);
	ahoy_b2b_write_reason(b, msg);
	if (msg->status < 400)
		write_redirection(b, msg);
}
