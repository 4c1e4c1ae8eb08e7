/* Who the agent is and whom it asks for. Only what this version can do passes: sip: over UDP. */
#include "api/internal.h"
#include "crypto/hash.h"
#include "sip/uri.h"
#include "sip/via.h"

/* A URI that we can send to. */
static int parse_uri(ahoy_slice text, ahoy_uri *uri)
{
	ahoy_slice transport;
	int err = ahoy_uri_parse(text, uri);

	if (err)
		return err;
	if (uri->kind != AHOY_URI_SIP)
		return AHOY_EUNSUPPORTED;
	if (ahoy_params_get(uri->params, AHOY_S("transport"), &transport) && ahoy_transport_of(transport) != AHOY_UDP)
		return AHOY_EUNSUPPORTED;
	/* Headers in a Request-URI are forbidden (RFC 3261 19.1.1), and a password there would be shown to everybody. */
	return uri->headers.len || uri->password.len ? AHOY_ESYNTAX : 0;
}

static void put_host(ahoy_buf *b, const ahoy_uri *uri)
{
	ahoy_buf_put(b, uri->host);
	if (uri->port)
		ahoy_buf_fmt(b, ":%u", uri->port);
}

static ahoy_slice since(const ahoy_buf *b, size_t start)
{
	return ahoy_slice_make(b->ptr + start, b->len - start);
}

/* A display name as a quoted-string (RFC 3261 25.1). */
static int put_display(ahoy_buf *b, ahoy_slice display)
{
	if (!display.len)
		return 0;
	ahoy_buf_char(b, '"');
	for (size_t i = 0; i < display.len; i++) {
		unsigned char c = (unsigned char)display.ptr[i];

		if (c < ' ' || c == 0x7f)
			return AHOY_ESYNTAX;
		if (c == '"' || c == '\\')
			ahoy_buf_char(b, '\\');
		ahoy_buf_char(b, (char)c);
	}
	ahoy_buf_str(b, "\" ");
	return 0;
}

static int fill(api_account *a, const ahoy_agent_account *spec, const ahoy_uri *aor, const ahoy_uri *proxy)
{
	ahoy_buf b = ahoy_buf_over(a->text, a->cap);
	size_t start;

	ahoy_buf_str(&b, "sip:");
	ahoy_buf_put(&b, aor->user);
	a->user = since(&b, 4);
	ahoy_buf_char(&b, '@');
	put_host(&b, aor);
	a->aor = since(&b, 0);

	start = b.len;
	ahoy_buf_str(&b, "sip:");
	put_host(&b, aor);
	a->registrar = since(&b, start);

	start = b.len;
	if (put_display(&b, spec->display))
		return AHOY_ESYNTAX;
	ahoy_buf_char(&b, '<');
	ahoy_buf_put(&b, a->aor);
	ahoy_buf_char(&b, '>');
	a->from = since(&b, start);

	start = b.len;
	if (spec->username.len)
		ahoy_buf_put(&b, spec->username);
	else
		ahoy_uri_unescape(&b, aor->user);
	a->username = since(&b, start);

	start = b.len;
	ahoy_buf_put(&b, spec->password);
	a->password = since(&b, start);

	start = b.len;
	if (proxy) {
		ahoy_buf_str(&b, "sip:");
		put_host(&b, proxy);
	}
	a->proxy = since(&b, start);
	AHOY_ASSERT(!b.full);
	return 0;
}

int ahoy_agent_account_add(ahoy_agent *agent, const ahoy_agent_account *spec, ahoy_agent_id *out)
{
	ahoy_uri aor, proxy;
	api_account account = {0}, *kept;
	bool full;
	int err;

	if (spec->size < sizeof *spec)
		return AHOY_EINVAL;
	err = parse_uri(spec->aor, &aor);
	if (!err && !aor.user.len)
		err = AHOY_ESYNTAX;
	if (!err && spec->proxy.len)
		err = parse_uri(spec->proxy, &proxy);
	if (err)
		return err;
	account.cap = 4 * spec->aor.len + 2 * spec->display.len + spec->username.len + spec->password.len + spec->proxy.len + 64;
	account.text = ahoy_new(&agent->env, account.cap);
	if (!account.text)
		return AHOY_ENOMEM;
	err = fill(&account, spec, &aor, spec->proxy.len ? &proxy : NULL);
	kept = err ? NULL : ahoy_slots_add(&agent->accounts, out, &full);
	if (kept) {
		*kept = account;
		return 0;
	}
	ahoy_api_account_fini(agent, &account);
	if (err)
		return err;
	return full ? AHOY_EFULL : AHOY_ENOMEM;
}

void ahoy_api_account_fini(ahoy_agent *agent, api_account *account)
{
	ahoy_secret_wipe(account->text, account->cap);
	ahoy_free(&agent->env, account->text);
}

const api_account *ahoy_api_account(const ahoy_agent *agent, ahoy_agent_id id)
{
	return ahoy_slots_get(&agent->accounts, id);
}

ahoy_credentials ahoy_api_credentials(const api_account *account)
{
	if (!account->password.len)
		return (ahoy_credentials){.username = {NULL, 0}};
	return (ahoy_credentials){account->username, account->password};
}

int ahoy_api_target(const api_account *account, ahoy_slice target, ahoy_buf *out)
{
	ahoy_uri uri;
	int err;

	if (!target.len)
		return AHOY_ESYNTAX;
	/* "112", "bob", "+4930123": what may stand before the @ and nothing else. */
	if (ahoy_slice_find(target, '@') == target.len && ahoy_slice_find(target, ':') == target.len) {
		ahoy_buf_str(out, "sip:");
		ahoy_uri_escape_user(out, target);
		ahoy_buf_put(out, ahoy_slice_from(account->aor, 4 + account->user.len));
		return out->full ? AHOY_ETOOBIG : 0;
	}
	err = parse_uri(target, &uri);
	if (err)
		return err;
	ahoy_buf_put(out, uri.text);
	return out->full ? AHOY_ETOOBIG : 0;
}
