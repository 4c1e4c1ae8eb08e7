/* Challenges and credentials as header values (RFC 3261 20.7, 20.44; RFC 7616 3.3, 3.4). */
#include "base/limits.h"
#include "sip/digest.h"
#include "sip/lex.h"

/* The parameters that somebody looks at, one bit each: a repeated one is refused, whichever of the two would count. */
enum {
	P_REALM,
	P_NONCE,
	P_OPAQUE,
	P_DOMAIN,
	P_ALGORITHM,
	P_QOP,
	P_STALE,
	P_USERNAME,
	P_URI,
	P_RESPONSE,
	P_CNONCE,
	P_NC,
	P_COUNT
};

static const ahoy_slice param_names[P_COUNT] = {
	{"realm", 5},
	{"nonce", 5},
	{"opaque", 6},
	{"domain", 6},
	{"algorithm", 9},
	{"qop", 3},
	{"stale", 5},
	{"username", 8},
	{"uri", 3},
	{"response", 8},
	{"cnonce", 6},
	{"nc", 2},
};

typedef struct {
	ahoy_slice value[P_COUNT]; /* without quotes */
	unsigned seen;		   /* bit 1 << P_… */
} params;

#define BIT(p) (1u << (p))

static int keep(params *out, ahoy_slice name, ahoy_slice value)
{
	for (int p = 0; p < P_COUNT; p++) {
		if (!ahoy_slice_ieq(name, param_names[p]))
			continue;
		if (out->seen & BIT(p))
			return AHOY_EDUPLICATE;
		out->seen |= BIT(p);
		out->value[p] = value;
		return 0;
	}
	return 0;
}

/* name = value, the value a quoted string or all up to the next comma or blank: some phones leave out quotes that the
 * grammar wants. */
static int parse_one(ahoy_slice text, size_t *at, params *out)
{
	size_t from = *at, end = ahoy_lex_run(text, from, AHOY_CH_TOKEN);
	ahoy_slice name = ahoy_lex_span(text, from, end), value;

	from = ahoy_lex_lws(text, end);
	if (name.len == 0 || !ahoy_lex_at(text, from, '='))
		return AHOY_ESYNTAX;
	from = ahoy_lex_lws(text, from + 1);
	if (ahoy_lex_at(text, from, '"')) {
		end = ahoy_lex_quoted(text, from);
		if (end == 0)
			return AHOY_ESYNTAX;
		value = ahoy_lex_span(text, from + 1, end - 1);
	} else {
		for (end = from; end < text.len && text.ptr[end] != ',' && text.ptr[end] != '"' &&
				 !ahoy_lex_is(text.ptr[end], AHOY_CH_LWS);)
			end++;
		value = ahoy_lex_span(text, from, end);
	}
	*at = ahoy_lex_lws(text, end);
	return keep(out, name, value);
}

static int parse_params(ahoy_slice value, params *out)
{
	size_t at = ahoy_lex_lws(value, 0), end = ahoy_lex_run(value, at, AHOY_CH_TOKEN), count = 0;
	int err;

	if (end == at)
		return AHOY_ESYNTAX;
	if (!ahoy_slice_ieq(ahoy_lex_span(value, at, end), AHOY_S("Digest")))
		return AHOY_EUNSUPPORTED;
	*out = (params){0};
	at = ahoy_lex_lws(value, end);
	if (at == end)
		return AHOY_ESYNTAX;
	for (;;) {
		if (++count > AHOY_MAX_PARAMS)
			return AHOY_ERANGE;
		err = parse_one(value, &at, out);
		if (err)
			return err;
		if (at == value.len)
			return 0;
		if (value.ptr[at] != ',')
			return AHOY_ESYNTAX;
		at = ahoy_lex_lws(value, at + 1);
	}
}

static void take_algorithm(const params *p, ahoy_digest_algorithm *algorithm, bool *has)
{
	*has = p->seen & BIT(P_ALGORITHM);
	*algorithm = *has ? ahoy_digest_algorithm_of(p->value[P_ALGORITHM]) : AHOY_DIGEST_MD5;
}

/* The known ones of a list of qop values; *unknown where there is a list, but none that we know. */
static unsigned take_qop(const params *p, bool *unknown)
{
	ahoy_slice rest = p->value[P_QOP], one;
	unsigned qop = 0;

	while (rest.len) {
		ahoy_slice_cut(rest, ',', &one, &rest);
		one = ahoy_slice_trim(one);
		if (ahoy_slice_ieq(one, AHOY_S("auth")))
			qop |= AHOY_DIGEST_QOP_AUTH;
		else if (ahoy_slice_ieq(one, AHOY_S("auth-int")))
			qop |= AHOY_DIGEST_QOP_AUTH_INT;
	}
	*unknown = (p->seen & BIT(P_QOP)) && !qop;
	return qop;
}

int ahoy_digest_parse_challenge(ahoy_slice value, ahoy_digest_challenge *out)
{
	params p;
	int err = parse_params(value, &p);

	if (err)
		return err;
	if ((p.seen & (BIT(P_REALM) | BIT(P_NONCE))) != (BIT(P_REALM) | BIT(P_NONCE)))
		return AHOY_ESYNTAX;
	*out = (ahoy_digest_challenge){.realm = p.value[P_REALM],
				       .nonce = p.value[P_NONCE],
				       .opaque = p.value[P_OPAQUE],
				       .domain = p.value[P_DOMAIN]};
	take_algorithm(&p, &out->algorithm, &out->has_algorithm);
	out->qop = take_qop(&p, &out->qop_unknown);
	out->stale = ahoy_slice_ieq(p.value[P_STALE], AHOY_S("true"));
	return 0;
}

static int parse_nc(ahoy_slice text, uint32_t *out)
{
	uint32_t value = 0;

	if (text.len == 0 || text.len > 8)
		return AHOY_ESYNTAX;
	for (size_t i = 0; i < text.len; i++) {
		int digit = ahoy_lex_hex(text.ptr[i]);

		if (digit < 0)
			return AHOY_ESYNTAX;
		value = value << 4 | (uint32_t)digit;
	}
	*out = value;
	return 0;
}

int ahoy_digest_parse_credentials(ahoy_slice value, ahoy_digest_credentials *out)
{
	static const unsigned mandatory = BIT(P_USERNAME) | BIT(P_REALM) | BIT(P_NONCE) | BIT(P_URI) | BIT(P_RESPONSE);
	params p;
	int err = parse_params(value, &p);

	if (err)
		return err;
	if ((p.seen & mandatory) != mandatory)
		return AHOY_ESYNTAX;
	*out = (ahoy_digest_credentials){.username = p.value[P_USERNAME],
					 .realm = p.value[P_REALM],
					 .nonce = p.value[P_NONCE],
					 .uri = p.value[P_URI],
					 .response = p.value[P_RESPONSE],
					 .cnonce = p.value[P_CNONCE],
					 .opaque = p.value[P_OPAQUE],
					 .nc_text = p.value[P_NC]};
	take_algorithm(&p, &out->algorithm, &out->has_algorithm);
	out->qop = take_qop(&p, &out->qop_unknown);
	/* Credentials choose one. */
	if (out->qop == (AHOY_DIGEST_QOP_AUTH | AHOY_DIGEST_QOP_AUTH_INT))
		return AHOY_ESYNTAX;
	return p.seen & BIT(P_NC) ? parse_nc(out->nc_text, &out->nc) : 0;
}

void ahoy_digest_unescape(ahoy_buf *b, ahoy_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len)
			i++;
		ahoy_buf_char(b, text.ptr[i]);
	}
}

/* One parameter; a comma where it is not the first. The text keeps the escapes that it came with; what would end the
 * string or the line all the same is escaped, or becomes a blank. */
static void put_quoted(ahoy_buf *b, const char *lead, ahoy_slice text)
{
	ahoy_buf_str(b, lead);
	ahoy_buf_str(b, "=\"");
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '\\') {
			c = i + 1 < text.len ? text.ptr[++i] : '\\';
			ahoy_buf_char(b, '\\');
		} else if (c == '"') {
			ahoy_buf_char(b, '\\');
		}
		ahoy_buf_char(b, c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
	}
	ahoy_buf_char(b, '"');
}

static void put_token(ahoy_buf *b, const char *lead, ahoy_slice text)
{
	ahoy_buf_str(b, lead);
	ahoy_buf_char(b, '=');
	ahoy_buf_put(b, text);
}

static ahoy_slice qop_text(unsigned qop)
{
	switch (qop) {
	case AHOY_DIGEST_QOP_AUTH:
		return AHOY_S("auth");
	case AHOY_DIGEST_QOP_AUTH_INT:
		return AHOY_S("auth-int");
	default:
		return AHOY_S("auth,auth-int");
	}
}

void ahoy_digest_write_challenge(ahoy_buf *b, const ahoy_digest_challenge *challenge)
{
	put_quoted(b, "Digest realm", challenge->realm);
	if (challenge->domain.len)
		put_quoted(b, ", domain", challenge->domain);
	put_quoted(b, ", nonce", challenge->nonce);
	if (challenge->opaque.len)
		put_quoted(b, ", opaque", challenge->opaque);
	if (challenge->stale)
		put_token(b, ", stale", AHOY_S("true"));
	if (challenge->has_algorithm && challenge->algorithm != AHOY_DIGEST_UNKNOWN)
		put_token(b, ", algorithm", ahoy_digest_algorithm_name(challenge->algorithm));
	if (challenge->qop)
		put_quoted(b, ", qop", qop_text(challenge->qop));
}

void ahoy_digest_write_credentials(ahoy_buf *b, const ahoy_digest_credentials *c)
{
	put_quoted(b, "Digest username", c->username);
	put_quoted(b, ", realm", c->realm);
	put_quoted(b, ", nonce", c->nonce);
	put_quoted(b, ", uri", c->uri);
	put_quoted(b, ", response", c->response);
	if (c->has_algorithm && c->algorithm != AHOY_DIGEST_UNKNOWN)
		put_token(b, ", algorithm", ahoy_digest_algorithm_name(c->algorithm));
	if (c->cnonce.len)
		put_quoted(b, ", cnonce", c->cnonce);
	if (c->opaque.len)
		put_quoted(b, ", opaque", c->opaque);
	if (c->qop) {
		put_token(b, ", qop", qop_text(c->qop));
		ahoy_buf_str(b, ", nc=");
		ahoy_buf_hex_u64(b, c->nc, 8);
	}
}
