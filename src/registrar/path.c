#include "registrar/path.h"

static bool is_proxy(const ahoy_name_addr *value)
{
	return !value->star && (value->uri.kind == AHOY_URI_SIP || value->uri.kind == AHOY_URI_SIPS) && value->uri.host.len &&
	       !value->uri.headers.ptr && ahoy_contact_is_one_word(value->uri.text);
}

ahoy_contact_fault ahoy_path_read(const ahoy_msg *req, ahoy_buf *out)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice text, rest;
	ahoy_name_addr value;

	while (ahoy_msg_next_value(req, AHOY_H_PATH, &cursor, &text)) {
		if (ahoy_name_addr_parse(text, &value, &rest) || rest.len || !is_proxy(&value))
			return (ahoy_contact_fault){400, "Malformed Path"};
		ahoy_buf_str(out, out->len ? ", <" : "<");
		ahoy_buf_put(out, value.uri.text);
		ahoy_buf_char(out, '>');
		if (out->full)
			return (ahoy_contact_fault){400, "Path Too Long"};
	}
	if (!out->len && ahoy_msg_has(req, AHOY_H_PATH))
		return (ahoy_contact_fault){400, "Malformed Path"};
	return (ahoy_contact_fault){0, NULL};
}
