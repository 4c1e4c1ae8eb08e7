#include "phone/account.h"

#include "sip/target.h"

static int refuse(ahoy_buf *why, int err, const char *sentence)
{
	ahoy_buf_str(why, sentence);
	return err;
}

/* The scheme where one was typed. A colon alone is none: "115@host:5060" has one too. */
static bool has_scheme(ahoy_slice text)
{
	static const char *const schemes[] = {"sip:", "sips:", "tel:"};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (ahoy_slice_istarts(text, ahoy_slice_of(schemes[i])))
			return true;
	return false;
}

static ahoy_transport transport_of(const ahoy_uri *uri)
{
	ahoy_target target;

	return ahoy_target_of_uri(uri, &target) ? AHOY_TRANSPORT_OTHER : target.transport;
}

/* Parses `text`, with "sip:" put before it where it has no scheme; `mem` keeps what *uri points into. */
static int parse_uri(ahoy_slice text, char mem[AHOY_PHONE_URI], ahoy_uri *uri, ahoy_buf *why)
{
	ahoy_buf b = ahoy_buf_over(mem, AHOY_PHONE_URI);
	ahoy_transport transport;

	if (!has_scheme(text))
		ahoy_buf_str(&b, "sip:");
	ahoy_buf_put(&b, text);
	if (b.full)
		return refuse(why, AHOY_ETOOBIG, "is too long");
	if (ahoy_uri_parse(ahoy_buf_slice(&b), uri))
		return refuse(why, AHOY_ESYNTAX, "is no SIP URI such as sip:115@192.0.2.1");
	if (uri->kind != AHOY_URI_SIP && uri->kind != AHOY_URI_SIPS)
		return refuse(why, AHOY_EUNSUPPORTED, "has no host to send to: write sip:NUMBER@HOST");
	transport = transport_of(uri);
	if (transport == AHOY_TRANSPORT_OTHER && uri->kind == AHOY_URI_SIPS)
		return refuse(why, AHOY_EUNSUPPORTED, "is to be secured, but by a transport that TLS does not go over: leave it out");
	if (transport != AHOY_UDP && transport != AHOY_TCP && transport != AHOY_TLS)
		return refuse(why, AHOY_EUNSUPPORTED,
			      "asks for a transport other than udp, tcp and tls, which this version does not have");
	return 0;
}

/* host[:port], as in the URI. */
static void put_host(ahoy_buf *b, const ahoy_uri *uri)
{
	ahoy_buf_put(b, uri->host);
	if (uri->port)
		ahoy_buf_fmt(b, ":%u", uri->port);
}

/* Where requests are sent: with the transport, where it is not UDP. */
static void put_next_hop(ahoy_buf *b, const ahoy_uri *uri)
{
	put_host(b, uri);
	if (transport_of(uri) == AHOY_TCP)
		ahoy_buf_str(b, ";transport=tcp");
	else if (transport_of(uri) == AHOY_TLS && uri->kind == AHOY_URI_SIP)
		ahoy_buf_str(b, ";transport=tls");
}

static void put_scheme(ahoy_buf *b, const ahoy_uri *uri)
{
	ahoy_buf_str(b, uri->kind == AHOY_URI_SIPS ? "sips:" : "sip:");
}

int ahoy_account_parse(const char *text, ahoy_account *out, ahoy_buf *why)
{
	char mem[AHOY_PHONE_URI];
	ahoy_uri uri;
	ahoy_buf aor = ahoy_buf_over(out->aor, sizeof out->aor - 1);
	ahoy_buf registrar = ahoy_buf_over(out->registrar, sizeof out->registrar - 1);
	ahoy_buf username = ahoy_buf_over(out->username, sizeof out->username - 1);
	int err;

	memset(out, 0, sizeof *out);
	err = parse_uri(ahoy_slice_trim(ahoy_slice_of(text)), mem, &uri, why);
	if (err)
		return err;
	if (!uri.user.len)
		return refuse(why, AHOY_ESYNTAX, "has no user part: write sip:USER@HOST");
	if (uri.password.len && !has_scheme(ahoy_slice_of(text)))
		return refuse(why, AHOY_ESYNTAX, "is no SIP URI such as sip:115@192.0.2.1");
	if (uri.password.len)
		return refuse(why, AHOY_ESYNTAX,
			      "holds a password, which others can see: use --password-file or $AHOY_PASSWORD");
	ahoy_uri_unescape(&username, uri.user);
	if (username.full || ahoy_slice_cstr(uri.user, out->user, sizeof out->user))
		return refuse(why, AHOY_ETOOBIG, "has a user part that is too long");
	put_scheme(&aor, &uri);
	ahoy_buf_put(&aor, uri.user);
	ahoy_buf_char(&aor, '@');
	put_host(&aor, &uri);
	put_scheme(&registrar, &uri);
	put_next_hop(&registrar, &uri);
	if (aor.full || registrar.full)
		return refuse(why, AHOY_ETOOBIG, "is too long");
	return 0;
}

/* "112", "bob", "+4930123": what may stand before the @ and nothing else. */
static bool is_bare(ahoy_slice text)
{
	return text.len && !has_scheme(text) && ahoy_slice_find(text, '@') == text.len;
}

static int complete(ahoy_slice user, const ahoy_account *account, ahoy_buf *out, ahoy_buf *why)
{
	ahoy_slice at = ahoy_slice_of(account->aor), registrar = ahoy_slice_of(account->registrar);

	ahoy_buf_put(out, ahoy_slice_first(registrar, ahoy_slice_find(registrar, ':') + 1));
	ahoy_uri_escape_user(out, user);
	ahoy_buf_put(out, ahoy_slice_from(at, ahoy_slice_find(at, '@')));
	/* By the same scheme and transport as the account's. */
	ahoy_buf_put(out, ahoy_slice_from(registrar, ahoy_slice_find(registrar, ';')));
	return out->full ? refuse(why, AHOY_ETOOBIG, "is too long") : 0;
}

int ahoy_target_parse(const char *text, const ahoy_account *account, char out[AHOY_PHONE_URI], ahoy_buf *why)
{
	ahoy_slice typed = ahoy_slice_trim(ahoy_slice_of(text));
	char bare[AHOY_PHONE_URI], mem[AHOY_PHONE_URI];
	ahoy_buf b = ahoy_buf_over(bare, sizeof bare);
	ahoy_uri uri;
	int err;

	if (account && is_bare(typed)) {
		err = complete(typed, account, &b, why);
		if (err)
			return err;
		typed = ahoy_buf_slice(&b);
	}
	err = parse_uri(typed, mem, &uri, why);
	if (err)
		return err;
	/* Headers in a Request-URI are forbidden (RFC 3261 19.1.1), and a password there would be shown to everybody. */
	if (uri.headers.len || uri.password.len)
		return refuse(why, AHOY_ESYNTAX, "holds a password or headers, which are not taken here");
	return ahoy_slice_cstr(uri.text, out, AHOY_PHONE_URI) ? refuse(why, AHOY_ETOOBIG, "is too long") : 0;
}

int ahoy_proxy_parse(const char *text, char out[AHOY_PHONE_URI], ahoy_buf *why)
{
	ahoy_slice typed = ahoy_slice_trim(ahoy_slice_of(text));
	char bracketed[AHOY_PHONE_URI], mem[AHOY_PHONE_URI];
	ahoy_buf ip = ahoy_buf_over(bracketed, sizeof bracketed);
	ahoy_buf b = ahoy_buf_over(out, AHOY_PHONE_URI - 1);
	ahoy_addr addr;
	ahoy_uri uri;
	int err;

	/* "::1" as people write it; a URI wants brackets. */
	if (!ahoy_addr_parse_ip(typed, &addr) && addr.family == 6) {
		ahoy_addr_put_ip(&ip, &addr, true);
		typed = ahoy_buf_slice(&ip);
	}
	err = parse_uri(typed, mem, &uri, why);
	if (err)
		return err;
	memset(out, 0, AHOY_PHONE_URI);
	put_scheme(&b, &uri);
	put_next_hop(&b, &uri);
	return b.full ? refuse(why, AHOY_ETOOBIG, "is too long") : 0;
}
