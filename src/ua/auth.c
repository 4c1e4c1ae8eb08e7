/* Answering challenges (RFC 3261 22.2, 22.3; RFC 7616; RFC 8760). */
#include "crypto/hash.h"
#include "ua/internal.h"

int ahoy_ua_auth_new(ahoy_ua *ua, const ahoy_credentials *credentials, ua_auth **out)
{
	ua_auth *auth;

	*out = NULL;
	if (!credentials->username.len)
		return 0;
	auth = ahoy_new(ua->env, sizeof *auth);
	if (!auth)
		return AHOY_ENOMEM;
	if (ahoy_ua_dup(ua, credentials->username, &auth->username) || ahoy_ua_dup(ua, credentials->password, &auth->password)) {
		ahoy_ua_auth_del(ua, auth);
		return AHOY_ENOMEM;
	}
	*out = auth;
	return 0;
}

static void forget(ahoy_ua *ua, ua_challenge *challenge)
{
	ahoy_ua_free(ua, &challenge->realm);
	ahoy_ua_free(ua, &challenge->nonce);
	ahoy_ua_free(ua, &challenge->opaque);
	*challenge = (ua_challenge){0};
}

void ahoy_ua_auth_del(ahoy_ua *ua, ua_auth *auth)
{
	if (!auth)
		return;
	if (auth->password.len)
		ahoy_secret_wipe((void *)auth->password.ptr, auth->password.len);
	ahoy_ua_free(ua, &auth->username);
	ahoy_ua_free(ua, &auth->password);
	forget(ua, &auth->origin);
	forget(ua, &auth->proxy);
	ahoy_free(ua->env, auth);
}

/* A higher one is preferred whatever the order on the wire: a peer in between could have put MD5 first. */
static int strength(ahoy_digest_algorithm algorithm)
{
	switch (ahoy_digest_base(algorithm)) {
	case AHOY_DIGEST_SHA512_256:
		return 3;
	case AHOY_DIGEST_SHA256:
		return 2;
	case AHOY_DIGEST_MD5:
		return 1;
	default:
		return 0;
	}
}

static bool keep(ahoy_ua *ua, ua_challenge *slot, const ahoy_digest_challenge *challenge)
{
	forget(ua, slot);
	if (ahoy_ua_dup(ua, challenge->realm, &slot->realm) || ahoy_ua_dup(ua, challenge->nonce, &slot->nonce) ||
	    ahoy_ua_dup(ua, challenge->opaque, &slot->opaque)) {
		forget(ua, slot);
		return false;
	}
	slot->algorithm = challenge->algorithm;
	slot->has_algorithm = challenge->has_algorithm;
	slot->qop = challenge->qop;
	slot->known = true;
	return true;
}

bool ahoy_ua_auth_learn(ahoy_ua *ua, ua_auth *auth, const ahoy_msg *response, bool *stale)
{
	ahoy_header id = response->status == 407 ? AHOY_H_PROXY_AUTHENTICATE : AHOY_H_WWW_AUTHENTICATE;
	const ahoy_header_field *field;
	ahoy_digest_challenge best = {0};
	int best_strength = 0;

	for (uint16_t at = 0; (field = ahoy_msg_find(response, id, &at)); at++) {
		ahoy_digest_challenge challenge;

		if (ahoy_digest_parse_challenge(field->value, &challenge) || challenge.qop_unknown)
			continue;
		if (strength(challenge.algorithm) <= best_strength)
			continue;
		best = challenge;
		best_strength = strength(challenge.algorithm);
	}
	if (!best_strength)
		return false;
	*stale = best.stale;
	return keep(ua, response->status == 407 ? &auth->proxy : &auth->origin, &best);
}

/* As it stands in a quoted-string, for the name that was given as plain text (DOMAIN\user). */
static void put_escaped(ahoy_buf *b, ahoy_slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			ahoy_buf_char(b, '\\');
		ahoy_buf_char(b, text.ptr[i]);
	}
}

static void write_one(ahoy_ua *ua, const ua_auth *auth, ua_challenge *challenge, ahoy_header id, ahoy_buf *b,
		      ahoy_slice method, ahoy_slice uri, ahoy_slice body)
{
	char ha1[AHOY_DIGEST_HEX], response[AHOY_DIGEST_HEX], text[2048], cnonce[AHOY_TOKEN], name_text[512], realm_text[512];
	ahoy_buf value = ahoy_buf_over(text, sizeof text), name = ahoy_buf_over(name_text, sizeof name_text);
	ahoy_buf realm = ahoy_buf_over(realm_text, sizeof realm_text);
	ahoy_digest_credentials credentials = {
		.realm = challenge->realm,
		.nonce = challenge->nonce,
		.opaque = challenge->opaque,
		.uri = uri,
		.algorithm = challenge->algorithm,
		.has_algorithm = challenge->has_algorithm,
	};
	size_t ha1_len;

	put_escaped(&name, auth->username);
	ahoy_digest_unescape(&realm, challenge->realm);
	credentials.username = ahoy_buf_slice(&name);
	if (challenge->qop) {
		credentials.qop = challenge->qop & AHOY_DIGEST_QOP_AUTH ? AHOY_DIGEST_QOP_AUTH : AHOY_DIGEST_QOP_AUTH_INT;
		credentials.nc = ++challenge->nc;
	}
	if (challenge->qop || challenge->algorithm != ahoy_digest_base(challenge->algorithm)) {
		ahoy_stack_mint(ua->stack, cnonce);
		credentials.cnonce = ahoy_slice_of(cnonce);
	}
	ha1_len = ahoy_digest_ha1(ahoy_digest_base(challenge->algorithm), auth->username, ahoy_buf_slice(&realm), auth->password, ha1);
	credentials.response = ahoy_slice_make(
		response, ahoy_digest_response(&credentials, ahoy_slice_make(ha1, ha1_len), method, body, response));
	ahoy_digest_write_credentials(&value, &credentials);
	ahoy_secret_wipe(ha1, sizeof ha1);
	/* A name or realm that long is none; without credentials the request is challenged again and fails for that. */
	if (!value.full && !name.full && !realm.full)
		ahoy_write_header(b, id, ahoy_buf_slice(&value));
}

void ahoy_ua_auth_write(ahoy_ua *ua, ua_auth *auth, ahoy_buf *b, ahoy_slice method, ahoy_slice uri, ahoy_slice body)
{
	if (auth->origin.known)
		write_one(ua, auth, &auth->origin, AHOY_H_AUTHORIZATION, b, method, uri, body);
	if (auth->proxy.known)
		write_one(ua, auth, &auth->proxy, AHOY_H_PROXY_AUTHORIZATION, b, method, uri, body);
}
