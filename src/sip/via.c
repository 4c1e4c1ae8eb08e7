#include "sip/via.h"

#include "base/err.h"
#include "sip/lex.h"
#include "sip/param_scan.h"

static const ahoy_slice transport_names[] = {{"UDP", 3}, {"TCP", 3}, {"TLS", 3}, {"WS", 2}, {"WSS", 3}, {"", 0}};

ahoy_transport ahoy_transport_of(ahoy_slice name)
{
	for (int t = AHOY_UDP; t < AHOY_TRANSPORT_OTHER; t++)
		if (ahoy_slice_ieq(name, transport_names[t]))
			return (ahoy_transport)t;
	return AHOY_TRANSPORT_OTHER;
}

ahoy_slice ahoy_transport_name(ahoy_transport transport)
{
	return transport_names[(unsigned)transport < AHOY_TRANSPORT_OTHER ? transport : AHOY_TRANSPORT_OTHER];
}

/* A token and the blanks behind it; false where there is none. */
static bool token(ahoy_slice text, size_t *at, ahoy_slice *out)
{
	size_t end = ahoy_lex_run(text, *at, AHOY_CH_TOKEN);

	*out = ahoy_lex_span(text, *at, end);
	*at = ahoy_lex_lws(text, end);
	return out->len > 0;
}

static bool slash(ahoy_slice text, size_t *at)
{
	if (!ahoy_lex_at(text, *at, '/'))
		return false;
	*at = ahoy_lex_lws(text, *at + 1);
	return true;
}

/* sent-protocol, with blanks round the slashes. *version_ok is false where it is not SIP/2.0. */
static int parse_protocol(ahoy_slice text, size_t *at, ahoy_via *out, bool *version_ok)
{
	ahoy_slice protocol, version;
	size_t end;

	if (!token(text, at, &protocol) || !slash(text, at) || !token(text, at, &version) || !slash(text, at))
		return AHOY_ESYNTAX;
	end = ahoy_lex_run(text, *at, AHOY_CH_TOKEN);
	out->transport_name = ahoy_lex_span(text, *at, end);
	*at = ahoy_lex_lws(text, end);
	if (out->transport_name.len == 0 || *at == end)
		return AHOY_ESYNTAX;
	out->transport = ahoy_transport_of(out->transport_name);
	*version_ok = AHOY_LEX_WORD(protocol, "sip") && ahoy_slice_eq(version, AHOY_S("2.0"));
	return 0;
}

static int parse_sent_by(ahoy_slice text, size_t *at, ahoy_via *out)
{
	size_t end = ahoy_lex_host(text, *at), from;
	uint32_t port = 0;
	int err = 0;

	if (end == 0)
		return AHOY_ESYNTAX;
	out->host = ahoy_lex_span(text, *at, end);
	end = ahoy_lex_lws(text, end);
	if (ahoy_lex_at(text, end, ':')) {
		from = ahoy_lex_lws(text, end + 1);
		for (end = from; end < text.len && ahoy_is_digit(text.ptr[end]);)
			end++;
		err = ahoy_slice_u32(ahoy_lex_span(text, from, end), 65535, &port);
		if (!err && port == 0)
			err = AHOY_ERANGE;
		end = ahoy_lex_lws(text, end);
	}
	out->port = (uint16_t)port;
	*at = end;
	return err;
}

static int parse_params(ahoy_slice text, size_t *at, ahoy_via *out)
{
	size_t from = *at, count = 0;
	ahoy_slice name, value;

	while (ahoy_lex_at(text, *at, ';')) {
		if (ahoy_param_scan(text, at, &name, &value))
			return AHOY_ESYNTAX;
		if (++count > AHOY_MAX_PARAMS)
			return AHOY_ERANGE;
		if (AHOY_LEX_WORD(name, "branch")) {
			/* Two different branches would name two transactions. */
			if (out->branch.len && !ahoy_slice_eq(out->branch, value))
				return AHOY_ESYNTAX;
			out->branch = value;
		} else if (AHOY_LEX_WORD(name, "rport")) {
			out->has_rport = true;
		}
	}
	out->params.text = ahoy_lex_trim(ahoy_lex_span(text, from, *at));
	return 0;
}

int ahoy_via_parse(ahoy_slice text, ahoy_via *out, ahoy_slice *rest)
{
	size_t from = ahoy_lex_lws(text, 0), at = from;
	bool version_ok;
	int err;

	*out = (ahoy_via){.text = text};
	*rest = ahoy_slice_from(text, text.len);
	err = parse_protocol(text, &at, out, &version_ok);
	if (!err)
		err = parse_sent_by(text, &at, out);
	if (!err)
		err = parse_params(text, &at, out);
	if (err)
		return err;
	out->text = ahoy_lex_trim(ahoy_lex_span(text, from, at));
	if (at < text.len) {
		if (text.ptr[at] != ',')
			return AHOY_ESYNTAX;
		*rest = ahoy_lex_trim(ahoy_slice_from(text, at + 1));
	}
	return version_ok ? 0 : AHOY_EVERSION;
}
