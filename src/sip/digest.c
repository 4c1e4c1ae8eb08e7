/* The computations of digest.h (RFC 7616 3.4); digest_text.c has the header values. */
#include "sip/digest.h"

#include "base/env.h"
#include "crypto/hash.h"

static const struct {
	ahoy_slice name;
	ahoy_hash hash;
	bool sess;
} algorithms[AHOY_DIGEST_ALGORITHMS] = {
	[AHOY_DIGEST_MD5] = {{"MD5", 3}, AHOY_HASH_MD5, false},
	[AHOY_DIGEST_MD5_SESS] = {{"MD5-sess", 8}, AHOY_HASH_MD5, true},
	[AHOY_DIGEST_SHA256] = {{"SHA-256", 7}, AHOY_HASH_SHA256, false},
	[AHOY_DIGEST_SHA256_SESS] = {{"SHA-256-sess", 12}, AHOY_HASH_SHA256, true},
	[AHOY_DIGEST_SHA512_256] = {{"SHA-512-256", 11}, AHOY_HASH_SHA512_256, false},
	[AHOY_DIGEST_SHA512_256_SESS] = {{"SHA-512-256-sess", 16}, AHOY_HASH_SHA512_256, true},
};

static const ahoy_slice colon = {":", 1};

ahoy_digest_algorithm ahoy_digest_algorithm_of(ahoy_slice name)
{
	for (int a = 0; a < AHOY_DIGEST_ALGORITHMS; a++)
		if (ahoy_slice_ieq(name, algorithms[a].name))
			return (ahoy_digest_algorithm)a;
	return AHOY_DIGEST_UNKNOWN;
}

ahoy_slice ahoy_digest_algorithm_name(ahoy_digest_algorithm algorithm)
{
	return (unsigned)algorithm < AHOY_DIGEST_ALGORITHMS ? algorithms[algorithm].name : (ahoy_slice){"", 0};
}

ahoy_digest_algorithm ahoy_digest_base(ahoy_digest_algorithm algorithm)
{
	switch (algorithm) {
	case AHOY_DIGEST_MD5:
	case AHOY_DIGEST_MD5_SESS:
		return AHOY_DIGEST_MD5;
	case AHOY_DIGEST_SHA256:
	case AHOY_DIGEST_SHA256_SESS:
		return AHOY_DIGEST_SHA256;
	case AHOY_DIGEST_SHA512_256:
	case AHOY_DIGEST_SHA512_256_SESS:
		return AHOY_DIGEST_SHA512_256;
	case AHOY_DIGEST_UNKNOWN:
		break;
	}
	return AHOY_DIGEST_UNKNOWN;
}

/* The hash of the parts in hexadecimal, as a slice of hex. */
static ahoy_slice hash_hex(ahoy_digest_algorithm algorithm, const ahoy_slice *parts, size_t count,
			   char hex[AHOY_DIGEST_HEX])
{
	uint8_t bytes[AHOY_HASH_MAX];
	ahoy_buf b = ahoy_buf_over(hex, AHOY_DIGEST_HEX);

	ahoy_buf_hex(&b, bytes, ahoy_hash_of(algorithms[algorithm].hash, parts, count, bytes));
	return ahoy_buf_slice(&b);
}

size_t ahoy_digest_ha1(ahoy_digest_algorithm algorithm, ahoy_slice username, ahoy_slice realm, ahoy_slice password,
		       char hex[AHOY_DIGEST_HEX])
{
	ahoy_slice parts[] = {username, colon, realm, colon, password};

	AHOY_ASSERT((unsigned)algorithm < AHOY_DIGEST_ALGORITHMS);
	return hash_hex(algorithm, parts, 5, hex).len;
}

/* H(A2): with auth-int the body is covered too (3.4.3). */
static ahoy_slice ha2(const ahoy_digest_credentials *c, ahoy_slice method, ahoy_slice body, char hex[AHOY_DIGEST_HEX])
{
	char body_hex[AHOY_DIGEST_HEX];
	ahoy_slice parts[] = {method, colon, c->uri, colon, {0}};

	if (c->qop != AHOY_DIGEST_QOP_AUTH_INT)
		return hash_hex(c->algorithm, parts, 3, hex);
	parts[4] = hash_hex(c->algorithm, &body, 1, body_hex);
	return hash_hex(c->algorithm, parts, 5, hex);
}

size_t ahoy_digest_response(const ahoy_digest_credentials *c, ahoy_slice ha1, ahoy_slice method, ahoy_slice body,
			    char hex[AHOY_DIGEST_HEX])
{
	char a1_hex[AHOY_DIGEST_HEX], a2_hex[AHOY_DIGEST_HEX], nc_digits[8];
	ahoy_buf nc = ahoy_buf_over(nc_digits, sizeof nc_digits);
	ahoy_slice a2, response;

	AHOY_ASSERT((unsigned)c->algorithm < AHOY_DIGEST_ALGORITHMS);
	ahoy_buf_hex_u64(&nc, c->nc, 8);
	if (algorithms[c->algorithm].sess) {
		ahoy_slice parts[] = {ha1, colon, c->nonce, colon, c->cnonce};

		ha1 = hash_hex(c->algorithm, parts, 5, a1_hex);
	}
	a2 = ha2(c, method, body, a2_hex);
	if (c->qop) {
		ahoy_slice parts[] = {ha1,
				      colon,
				      c->nonce,
				      colon,
				      c->nc_text.len ? c->nc_text : ahoy_buf_slice(&nc),
				      colon,
				      c->cnonce,
				      colon,
				      c->qop == AHOY_DIGEST_QOP_AUTH_INT ? AHOY_S("auth-int") : AHOY_S("auth"),
				      colon,
				      a2};

		response = hash_hex(c->algorithm, parts, 11, hex);
	} else {
		ahoy_slice parts[] = {ha1, colon, c->nonce, colon, a2};

		response = hash_hex(c->algorithm, parts, 5, hex);
	}
	ahoy_secret_wipe(a1_hex, sizeof a1_hex);
	return response.len;
}

bool ahoy_digest_verify(const ahoy_digest_credentials *c, ahoy_slice ha1, ahoy_slice method, ahoy_slice body)
{
	char expected[AHOY_DIGEST_HEX], given[AHOY_DIGEST_HEX];
	size_t len;
	bool same;

	if (c->algorithm == AHOY_DIGEST_UNKNOWN || c->qop_unknown || c->response.len > sizeof given)
		return false;
	for (size_t i = 0; i < c->response.len; i++)
		given[i] = ahoy_lower(c->response.ptr[i]);
	len = ahoy_digest_response(c, ha1, method, body, expected);
	same = ahoy_secret_eq((ahoy_slice){expected, len}, (ahoy_slice){given, c->response.len});
	ahoy_secret_wipe(expected, sizeof expected);
	return same;
}
