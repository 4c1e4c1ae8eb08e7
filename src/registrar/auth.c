#include "registrar/auth.h"

#include "crypto/hash.h"
#include "registrar/nonce.h"
#include "sip/write.h"

#define LINE_BYTES 512 /* more than a challenge with the longest realm, all of it escaped, needs */

struct ahoy_auth {
	const ahoy_env *env;
	ahoy_nonces nonces;
	ahoy_digest_algorithm algorithms[2];
	uint8_t algorithm_count;
	bool auth_int;
	/* What an unknown user's response is compared with, so that it costs the same work. */
	char nobody_ha1[AHOY_DIGEST_HEX];
	char realm_text[AHOY_MAX_REALM];
	char realm_escaped_text[2 * AHOY_MAX_REALM];
	ahoy_slice realm, realm_escaped; /* point into the two above */
};

static bool config_is_valid(const ahoy_auth_config *config)
{
	if (config->realm.len == 0 || config->realm.len > AHOY_MAX_REALM || config->worker > 35)
		return false;
	for (size_t i = 0; i < config->realm.len; i++)
		if ((uint8_t)config->realm.ptr[i] < 0x20 || config->realm.ptr[i] == 0x7f)
			return false;
	if (config->algorithm_count < 1 || config->algorithm_count > 2)
		return false;
	for (size_t i = 0; i < config->algorithm_count; i++)
		if (config->algorithms[i] != AHOY_DIGEST_MD5 && config->algorithms[i] != AHOY_DIGEST_SHA256)
			return false;
	return config->algorithm_count == 1 || config->algorithms[0] != config->algorithms[1];
}

/* The realm as it is hashed, and as it stands in a quoted-string (RFC 3261 25.1). */
static void set_realm(ahoy_auth *auth, ahoy_slice realm)
{
	ahoy_buf plain = ahoy_buf_over(auth->realm_text, sizeof auth->realm_text);
	ahoy_buf escaped = ahoy_buf_over(auth->realm_escaped_text, sizeof auth->realm_escaped_text);

	ahoy_buf_put(&plain, realm);
	for (size_t i = 0; i < realm.len; i++) {
		if (realm.ptr[i] == '"' || realm.ptr[i] == '\\')
			ahoy_buf_char(&escaped, '\\');
		ahoy_buf_char(&escaped, realm.ptr[i]);
	}
	auth->realm = ahoy_buf_slice(&plain);
	auth->realm_escaped = ahoy_buf_slice(&escaped);
}

int ahoy_auth_new(const ahoy_env *env, ahoy_time now, const ahoy_auth_config *config, ahoy_auth **out)
{
	uint8_t random[AHOY_DIGEST_HEX / 2];
	ahoy_buf hex;
	ahoy_auth *auth;
	int err;

	if (!config_is_valid(config))
		return AHOY_EINVAL;
	auth = ahoy_new(env, sizeof *auth);
	if (!auth)
		return AHOY_ENOMEM;
	auth->env = env;
	err = ahoy_nonces_init(&auth->nonces, env, now, config->worker, config->start_number, config->nonce_life_s, config->max_nonces);
	if (err) {
		ahoy_free(env, auth);
		return err;
	}
	memcpy(auth->algorithms, config->algorithms, sizeof auth->algorithms);
	auth->algorithm_count = config->algorithm_count;
	auth->auth_int = config->auth_int;
	ahoy_random(env, random, sizeof random);
	hex = ahoy_buf_over(auth->nobody_ha1, sizeof auth->nobody_ha1);
	ahoy_buf_hex(&hex, random, sizeof random);
	set_realm(auth, config->realm);
	*out = auth;
	return 0;
}

void ahoy_auth_del(ahoy_auth *auth)
{
	if (!auth)
		return;
	ahoy_nonces_fini(&auth->nonces);
	ahoy_free(auth->env, auth);
}

/* A quoted-string's content without its backslashes. */
static void unescape_quoted(ahoy_buf *b, ahoy_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && i + 1 < text.len)
			i++;
		ahoy_buf_char(b, text.ptr[i]);
	}
}

static bool is_our_realm(const ahoy_auth *auth, ahoy_slice realm)
{
	char text[AHOY_MAX_REALM];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	unescape_quoted(&b, realm);
	return !b.full && ahoy_slice_eq(ahoy_buf_slice(&b), auth->realm);
}

/* 0 where we do not offer it; -sess forms were not offered, so they are not taken (RFC 7616 3.3). */
static int strength_of(const ahoy_auth *auth, ahoy_digest_algorithm algorithm)
{
	for (size_t i = 0; i < auth->algorithm_count; i++)
		if (auth->algorithms[i] == algorithm)
			return algorithm == AHOY_DIGEST_SHA256 ? 2 : 1;
	return 0;
}

int ahoy_auth_extract(const ahoy_auth *auth, const ahoy_msg *req, ahoy_auth_claim *claim)
{
	ahoy_digest_credentials credentials;
	const ahoy_header_field *field;
	bool broken = false;
	int best = 0;
	ahoy_buf user;

	for (uint16_t at = 0; (field = ahoy_msg_find(req, AHOY_H_AUTHORIZATION, &at)) != NULL; at++) {
		int err = ahoy_digest_parse_credentials(field->value, &credentials);
		int strength;

		/* Other schemes are for others; a Digest that cannot be read may have been meant for us. */
		if (err) {
			broken |= err != AHOY_EUNSUPPORTED;
			continue;
		}
		strength = strength_of(auth, credentials.algorithm);
		if (strength <= best || !is_our_realm(auth, credentials.realm))
			continue;
		best = strength;
		claim->credentials = credentials;
	}
	if (!best)
		return broken ? AHOY_ESYNTAX : AHOY_ENOTFOUND;
	user = ahoy_buf_over(claim->user_text, sizeof claim->user_text);
	unescape_quoted(&user, claim->credentials.username);
	claim->user_len = user.len;
	/* No user has such a name, so there is none to look up: as for an unknown one, a challenge. */
	return user.full || user.len == 0 ? AHOY_ENOTFOUND : 0;
}

bool ahoy_auth_uri_names(const ahoy_uri *uri, ahoy_slice user)
{
	char text[AHOY_MAX_USER];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_uri_unescape(&b, uri->user);
	return uri->user.len > 0 && !b.full && ahoy_slice_eq(ahoy_buf_slice(&b), user);
}

static bool is_request_uri(const ahoy_msg *req, ahoy_slice text)
{
	ahoy_uri uri;

	return ahoy_slice_eq(text, req->uri.text) || (!ahoy_uri_parse(text, &uri) && ahoy_uri_eq(&uri, &req->uri));
}

/* Is the response what this user's password gives? The same work whether there is such a user or not. */
static bool response_is_right(const ahoy_auth *auth, const ahoy_auth_claim *claim, const ahoy_msg *req, const ahoy_user_record *record)
{
	bool sha256 = claim->credentials.algorithm == AHOY_DIGEST_SHA256;
	size_t len = sha256 ? 64 : 32;
	const char *stored = !record || !record->found ? "" : sha256 ? record->ha1_sha256
								     : record->ha1_md5;
	bool known = strnlen(stored, len) == len;
	ahoy_slice ha1 = ahoy_slice_make(known ? stored : auth->nobody_ha1, len);
	bool right = ahoy_digest_verify(&claim->credentials, ha1, req->method_name, req->body);

	return known && right;
}

/* What a right response is refused for all the same (docs/behaviour.md); NULL where nothing is. */
static const char *why_forbidden(const ahoy_msg *req, const ahoy_auth_claim *claim)
{
	ahoy_slice user = ahoy_auth_claim_user(claim);

	if (!is_request_uri(req, claim->credentials.uri))
		return "Digest URI Is Not The Request-URI";
	/* RFC 3323 4.1.1.3: a caller may hide behind such a From; the digest says who he is. */
	if (!ahoy_auth_uri_names(&req->from.uri, user) && (req->method == AHOY_REGISTER || !ahoy_uri_is_anonymous(&req->from.uri)))
		return "From Is Not The Authenticated User";
	if (req->method == AHOY_REGISTER && !ahoy_auth_uri_names(&req->to.uri, user))
		return "To Is Not The Authenticated User";
	return NULL;
}

static void judge(ahoy_auth_verdict *out, ahoy_auth_outcome outcome, int status, const char *reason)
{
	out->outcome = outcome;
	out->status = status;
	out->reason = reason;
}

void ahoy_auth_check(ahoy_auth *auth, ahoy_time now, const ahoy_msg *req, const ahoy_user_record *record, ahoy_auth_verdict *out)
{
	ahoy_auth_claim claim;
	const ahoy_digest_credentials *credentials = &claim.credentials;
	int err = ahoy_auth_extract(auth, req, &claim);
	const char *reason;
	uint64_t nonce;
	uint32_t nc;

	judge(out, AHOY_AUTH_CHALLENGE, 401, NULL);
	out->algorithm = AHOY_DIGEST_UNKNOWN;
	if (err == AHOY_ESYNTAX)
		judge(out, AHOY_AUTH_REFUSED, 400, "Malformed Authorization");
	if (err)
		return;
	out->algorithm = credentials->algorithm;
	/* A qop that we did not offer cannot be an answer to our challenge (RFC 7616 3.4). */
	if (credentials->qop_unknown || (credentials->qop == AHOY_DIGEST_QOP_AUTH_INT && !auth->auth_int))
		return;
	if (credentials->qop && (credentials->nc == 0 || credentials->cnonce.len == 0)) {
		judge(out, AHOY_AUTH_REFUSED, 400, "Authorization With qop Needs nc And cnonce");
		return;
	}
	nc = credentials->qop ? credentials->nc : AHOY_NONCE_ONCE;
	nonce = ahoy_nonces_read(&auth->nonces, now, credentials->nonce);
	if (!response_is_right(auth, &claim, req, record))
		return;
	if (!ahoy_nonces_usable(&auth->nonces, nonce, nc)) {
		judge(out, AHOY_AUTH_STALE, 401, NULL);
		return;
	}
	/* Before the nonce is used up: who sniffed the credentials and sends them elsewhere does not spoil them for their owner. */
	reason = why_forbidden(req, &claim);
	if (reason) {
		judge(out, AHOY_AUTH_REFUSED, 403, reason);
		return;
	}
	ahoy_nonces_use(&auth->nonces, nonce, nc);
	judge(out, AHOY_AUTH_OK, 0, NULL);
}

static void write_line(ahoy_auth *auth, ahoy_time now, bool stale, ahoy_digest_algorithm algorithm, ahoy_buf *b)
{
	char nonce[AHOY_NONCE_TEXT], text[LINE_BYTES];
	ahoy_buf value = ahoy_buf_over(text, sizeof text);
	ahoy_digest_challenge challenge = {.realm = auth->realm_escaped,
					   .algorithm = algorithm,
					   .has_algorithm = true,
					   .qop = AHOY_DIGEST_QOP_AUTH,
					   .stale = stale};

	if (auth->auth_int)
		challenge.qop |= AHOY_DIGEST_QOP_AUTH_INT;
	ahoy_nonces_mint(&auth->nonces, now, nonce);
	challenge.nonce = ahoy_slice_make(nonce, sizeof nonce);
	ahoy_digest_write_challenge(&value, &challenge);
	ahoy_write_header(b, AHOY_H_WWW_AUTHENTICATE, ahoy_buf_slice(&value));
}

void ahoy_auth_write_challenge(ahoy_auth *auth, ahoy_time now, bool stale, size_t room, ahoy_buf *b)
{
	char text[2 * LINE_BYTES + 64];
	ahoy_buf lines = ahoy_buf_over(text, sizeof text);

	for (size_t i = 0; i < auth->algorithm_count; i++)
		write_line(auth, now, stale, auth->algorithms[i], &lines);
	if (lines.len > room && auth->algorithm_count > 1) {
		lines = ahoy_buf_over(text, sizeof text);
		write_line(auth, now, stale, strength_of(auth, AHOY_DIGEST_MD5) ? AHOY_DIGEST_MD5 : auth->algorithms[0], &lines);
	}
	ahoy_buf_put(b, ahoy_buf_slice(&lines));
}

int ahoy_auth_nonce_worker(ahoy_slice nonce)
{
	return ahoy_nonces_worker(nonce);
}
