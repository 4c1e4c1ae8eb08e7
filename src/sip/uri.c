#include "sip/uri.h"

#include "base/err.h"
#include "sip/lex.h"

/* `text` begins at the first ';'. URI parameters know neither blanks nor quotes. Returns the index behind them, or an
 * error. */
static int parse_params(ahoy_slice text, size_t *at, ahoy_uri *out)
{
	size_t i = *at, count = 0;

	while (ahoy_lex_at(text, i, ';')) {
		size_t name = i + 1;

		i = ahoy_lex_run(text, name, AHOY_CH_URI);
		if (i == name)
			return AHOY_ESYNTAX;
		if (ahoy_lex_at(text, i, '='))
			i = ahoy_lex_run(text, i + 1, AHOY_CH_URI);
		if (++count > AHOY_MAX_PARAMS)
			return AHOY_ERANGE;
	}
	out->params.text = ahoy_lex_span(text, *at, i);
	*at = i;
	return 0;
}

/* hname = [hvalue], joined by '&'; bounded because comparing walks them for each other. */
static int parse_headers(ahoy_slice text, ahoy_uri *out)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '&' && ++count > AHOY_MAX_PARAMS)
			return AHOY_ERANGE;
		if (!ahoy_lex_is(text.ptr[i], AHOY_CH_URI) && text.ptr[i] != '?' && text.ptr[i] != '=')
			return AHOY_ESYNTAX;
	}
	if (text.len == 0)
		return AHOY_ESYNTAX;
	out->headers = text;
	return 0;
}

static int parse_userinfo(ahoy_slice text, ahoy_uri *out)
{
	size_t end = ahoy_lex_run(text, 0, AHOY_CH_USER);

	if (end == 0)
		return AHOY_ESYNTAX;
	out->has_user = true;
	out->user = ahoy_slice_first(text, end);
	if (ahoy_lex_at(text, end, ':')) {
		size_t from = end + 1;

		end = ahoy_lex_run(text, from, AHOY_CH_USER);
		out->password = ahoy_lex_span(text, from, end);
	}
	return end == text.len ? 0 : AHOY_ESYNTAX;
}

static int parse_sip(ahoy_slice text, size_t at, ahoy_uri *out)
{
	size_t user = ahoy_slice_find(ahoy_slice_from(text, at), '@'), end;
	uint32_t port;
	int err;

	if (at + user < text.len) {
		err = parse_userinfo(ahoy_lex_span(text, at, at + user), out);
		if (err)
			return err;
		at += user + 1;
	}
	end = ahoy_lex_host(text, at);
	if (end == 0)
		return AHOY_ESYNTAX;
	out->host = ahoy_lex_span(text, at, end);
	at = end;
	if (ahoy_lex_at(text, at, ':')) {
		for (end = ++at; end < text.len && ahoy_is_digit(text.ptr[end]);)
			end++;
		err = ahoy_slice_u32(ahoy_lex_span(text, at, end), 65535, &port);
		if (err || port == 0)
			return err ? err : AHOY_ERANGE;
		out->port = (uint16_t)port;
		at = end;
	}
	err = parse_params(text, &at, out);
	if (err)
		return err;
	if (ahoy_lex_at(text, at, '?'))
		return parse_headers(ahoy_slice_from(text, at + 1), out);
	return at == text.len ? 0 : AHOY_ESYNTAX;
}

static int parse_tel(ahoy_slice text, size_t at, ahoy_uri *out)
{
	size_t end = ahoy_lex_run(text, at, AHOY_CH_TEL);
	int err;

	if (end == at)
		return AHOY_ESYNTAX;
	out->user = ahoy_lex_span(text, at, end);
	out->has_user = true;
	err = parse_params(text, &end, out);
	return err ? err : (end == text.len ? 0 : AHOY_ESYNTAX);
}

static ahoy_uri_kind kind_of(ahoy_slice scheme)
{
	if (AHOY_LEX_WORD(scheme, "sip"))
		return AHOY_URI_SIP;
	if (AHOY_LEX_WORD(scheme, "sips"))
		return AHOY_URI_SIPS;
	return AHOY_LEX_WORD(scheme, "tel") ? AHOY_URI_TEL : AHOY_URI_OTHER;
}

static bool is_scheme(ahoy_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = ahoy_lower(s.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && (i == 0 || !(ahoy_is_digit(c) || c == '+' || c == '-' || c == '.')))
			return false;
	}
	return s.len > 0;
}

int ahoy_uri_parse(ahoy_slice text, ahoy_uri *out)
{
	size_t colon = ahoy_slice_find(text, ':');

	*out = (ahoy_uri){.text = text, .scheme = ahoy_slice_first(text, colon)};
	if (colon == text.len || !is_scheme(out->scheme))
		return AHOY_ESYNTAX;
	out->kind = kind_of(out->scheme);
	switch (out->kind) {
	case AHOY_URI_SIP:
	case AHOY_URI_SIPS:
		return parse_sip(text, colon + 1, out);
	case AHOY_URI_TEL:
		return parse_tel(text, colon + 1, out);
	case AHOY_URI_NONE:
	case AHOY_URI_OTHER:
		break;
	}
	return ahoy_lex_run(text, colon + 1, AHOY_CH_OPAQUE) == text.len && colon + 1 < text.len ? 0 : AHOY_ESYNTAX;
}

void ahoy_uri_write(ahoy_buf *b, const ahoy_uri *uri)
{
	static const char *const schemes[] = {"", "sip", "sips", "tel", ""};

	if (uri->kind == AHOY_URI_OTHER || uri->kind == AHOY_URI_NONE) {
		ahoy_buf_put(b, uri->text);
		return;
	}
	ahoy_buf_str(b, schemes[uri->kind]);
	ahoy_buf_char(b, ':');
	ahoy_buf_put(b, uri->user);
	if (uri->kind != AHOY_URI_TEL) {
		if (uri->has_user)
			ahoy_buf_char(b, '@');
		ahoy_buf_put(b, uri->host);
		if (uri->port) {
			ahoy_buf_char(b, ':');
			ahoy_buf_u64(b, uri->port);
		}
	}
	ahoy_buf_put(b, uri->params.text);
	if (uri->headers.len) {
		ahoy_buf_char(b, '?');
		ahoy_buf_put(b, uri->headers);
	}
}

void ahoy_uri_unescape(ahoy_buf *b, ahoy_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = i + 2 < text.len && text.ptr[i] == '%' ? ahoy_lex_hex(text.ptr[i + 1]) : -1;
		int low = high >= 0 ? ahoy_lex_hex(text.ptr[i + 2]) : -1;

		if (low >= 0) {
			ahoy_buf_char(b, (char)(high * 16 + low));
			i += 2;
		} else {
			ahoy_buf_char(b, text.ptr[i]);
		}
	}
}

void ahoy_uri_escape_user(ahoy_buf *b, ahoy_slice text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = (uint8_t)text.ptr[i];

		/* '%' and '#' are taken in a user part, but must not be written there unescaped. */
		if (ahoy_lex_is(text.ptr[i], AHOY_CH_USER) && c != '%' && c != '#') {
			ahoy_buf_char(b, text.ptr[i]);
		} else {
			char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};

			ahoy_buf_put(b, (ahoy_slice){escaped, 3});
		}
	}
}

int ahoy_uri_addr(const ahoy_uri *uri, ahoy_addr *out)
{
	ahoy_addr addr;

	if ((uri->kind != AHOY_URI_SIP && uri->kind != AHOY_URI_SIPS) || ahoy_addr_parse_ip(uri->host, &addr))
		return AHOY_ENOTFOUND;
	addr.port = uri->port;
	*out = addr;
	return 0;
}
