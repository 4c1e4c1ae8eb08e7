/* ahoy/message.h, writing and addresses. */
#include "ahoy/message.h"

#include "sip/name_addr.h"
#include "sip/uri.h"
#include "sip/write.h"

void ahoy_message_put_request(ahoy_buf *b, ahoy_slice method, ahoy_slice uri)
{
	ahoy_write_request_line(b, method, uri);
}

void ahoy_message_put_status(ahoy_buf *b, int status, ahoy_slice reason)
{
	ahoy_write_status_line(b, status, reason);
}

void ahoy_message_put_header(ahoy_buf *b, ahoy_slice name, ahoy_slice value)
{
	ahoy_write_named(b, name, value);
}

void ahoy_message_put_end(ahoy_buf *b, ahoy_slice type, ahoy_slice body)
{
	ahoy_write_end(b, type, body);
}

static void take_uri(const ahoy_uri *uri, ahoy_address *out)
{
	out->uri = uri->text;
	out->scheme = uri->scheme;
	out->user = uri->user;
	out->host = uri->host;
	out->port = uri->port;
	out->uri_params = uri->params.text;
}

int ahoy_address_parse(ahoy_slice value, ahoy_address *out)
{
	ahoy_name_addr parsed;
	ahoy_slice rest;
	int err = ahoy_name_addr_parse(value, &parsed, &rest);

	memset(out, 0, sizeof *out);
	if (!err && rest.len)
		err = AHOY_ESYNTAX;
	if (err)
		return err;
	out->display = parsed.display;
	out->params = parsed.params.text;
	take_uri(&parsed.uri, out);
	return 0;
}

int ahoy_address_parse_uri(ahoy_slice text, ahoy_address *out)
{
	ahoy_uri uri;
	int err = ahoy_uri_parse(text, &uri);

	memset(out, 0, sizeof *out);
	if (!err)
		take_uri(&uri, out);
	return err;
}

bool ahoy_address_param(ahoy_slice params, ahoy_slice name, ahoy_slice *value)
{
	ahoy_params list;

	/* Whatever text was given: only what is a list is looked at. */
	return !ahoy_params_parse(params, &list) && ahoy_params_get(list, name, value);
}

bool ahoy_address_same_uri(ahoy_slice a, ahoy_slice b)
{
	ahoy_uri left, right;

	return !ahoy_uri_parse(a, &left) && !ahoy_uri_parse(b, &right) && ahoy_uri_eq(&left, &right);
}
