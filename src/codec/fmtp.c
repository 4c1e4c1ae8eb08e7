#include "codec/fmtp.h"

bool ahoy_fmtp_find(ahoy_slice fmtp, ahoy_slice name, ahoy_slice *value)
{
	ahoy_slice one, rest = fmtp, key;
	bool more = true;

	while (more) {
		more = ahoy_slice_cut(rest, ';', &one, &rest);
		ahoy_slice_cut(one, '=', &key, value);
		if (!ahoy_slice_ieq(ahoy_slice_trim(key), name))
			continue;
		*value = ahoy_slice_trim(*value);
		if (value->len >= 2 && value->ptr[0] == '"' && value->ptr[value->len - 1] == '"')
			*value = ahoy_slice_make(value->ptr + 1, value->len - 2);
		return true;
	}
	return false;
}

uint32_t ahoy_fmtp_number(ahoy_slice fmtp, ahoy_slice name, uint32_t max, uint32_t otherwise)
{
	ahoy_slice value;
	uint32_t number;

	if (!ahoy_fmtp_find(fmtp, name, &value) || ahoy_slice_u32(value, max, &number))
		return otherwise;
	return number;
}
