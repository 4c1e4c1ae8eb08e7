#include "endpoint/info_key.h"

#include "rtp/telephone_event.h"

#define MAX_DURATION_MS 60000u

/* One key, as a character or as its event's number ("10" is *), which some gateways write. */
static bool parse_key(ahoy_slice text, char *key)
{
	uint32_t event;

	if (text.len == 1 && ahoy_telephone_event_of(text.ptr[0]) >= 0)
		*key = ahoy_telephone_event_digit((unsigned)ahoy_telephone_event_of(text.ptr[0]));
	else if (text.len == 2 && !ahoy_slice_u32(text, 16, &event))
		*key = ahoy_telephone_event_digit(event);
	else
		return false;
	return *key != '\0';
}

static ahoy_info_result parse_relay(ahoy_slice body, char *key, uint32_t *duration_ms)
{
	ahoy_info_result result = AHOY_INFO_BAD;
	ahoy_slice line, name, value;

	while (body.len) {
		ahoy_slice_cut(body, '\n', &line, &body);
		if (!ahoy_slice_cut(line, '=', &name, &value))
			continue;
		name = ahoy_slice_trim(name);
		value = ahoy_slice_trim(value);
		if (ahoy_slice_ieq(name, AHOY_S("Signal"))) {
			if (!parse_key(value, key))
				return AHOY_INFO_BAD;
			result = AHOY_INFO_KEY;
		} else if (ahoy_slice_ieq(name, AHOY_S("Duration")) && ahoy_slice_u32(value, MAX_DURATION_MS, duration_ms)) {
			*duration_ms = 0;
		}
	}
	return result;
}

ahoy_info_result ahoy_info_key(const ahoy_msg *info, char *key, uint32_t *duration_ms)
{
	*duration_ms = 0;
	if (ahoy_msg_is_type(info, AHOY_S("application/dtmf-relay")))
		return parse_relay(info->body, key, duration_ms);
	if (ahoy_msg_is_type(info, AHOY_S("application/dtmf")))
		return parse_key(ahoy_slice_trim(info->body), key) ? AHOY_INFO_KEY : AHOY_INFO_BAD;
	return AHOY_INFO_OTHER;
}
