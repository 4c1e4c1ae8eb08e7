/* digest: HTTP Digest as SIP uses it (RFC 3261 22, RFC 7616, RFC 8760): challenges, credentials, the response's value.
 * Owns no state: nonces and their counts belong to registrar/auth, retries to ua. Values are slices without quotes;
 * escapes inside quoted strings are kept as they came (username and realm are compared and hashed unescaped: see
 * functions). Thread kind: pure. */
#ifndef AHOY_SIP_DIGEST_H
#define AHOY_SIP_DIGEST_H

#include "base/buf.h"
#include "base/err.h"
#include "base/slice.h"

typedef enum {
	AHOY_DIGEST_MD5,
	AHOY_DIGEST_MD5_SESS,
	AHOY_DIGEST_SHA256,
	AHOY_DIGEST_SHA256_SESS,
	AHOY_DIGEST_SHA512_256,
	AHOY_DIGEST_SHA512_256_SESS,
	AHOY_DIGEST_ALGORITHMS,
	AHOY_DIGEST_UNKNOWN = AHOY_DIGEST_ALGORITHMS
} ahoy_digest_algorithm;

#define AHOY_DIGEST_QOP_AUTH 1u
#define AHOY_DIGEST_QOP_AUTH_INT 2u
#define AHOY_DIGEST_HEX 64 /* the longest response value: SHA-256 in hexadecimal */

typedef struct {
	ahoy_slice realm, nonce, opaque, domain;
	ahoy_digest_algorithm algorithm; /* MD5 where none was named */
	bool has_algorithm;
	unsigned qop; /* set of AHOY_DIGEST_QOP_*; 0 where none was offered (RFC 2069) or none is known: then
			 qop_unknown */
	bool qop_unknown;
	bool stale;
} ahoy_digest_challenge;

typedef struct {
	ahoy_slice username, realm, nonce, uri, response, cnonce, opaque;
	ahoy_digest_algorithm algorithm;
	bool has_algorithm;
	unsigned qop; /* one of AHOY_DIGEST_QOP_*, or 0 */
	bool qop_unknown;
	uint32_t nc;	    /* 0 where none was given; hexadecimal on the wire, quoted or not */
	ahoy_slice nc_text; /* nc as it came, because the response is over these digits; empty: eight lower-case digits
			       of nc */
} ahoy_digest_credentials;

/* The value of a WWW- or Proxy-Authenticate field. AHOY_EUNSUPPORTED for a scheme other than Digest; AHOY_ESYNTAX;
 * AHOY_EDUPLICATE for a repeated parameter. */
int ahoy_digest_parse_challenge(ahoy_slice value, ahoy_digest_challenge *out);
int ahoy_digest_parse_credentials(ahoy_slice value, ahoy_digest_credentials *out);
void ahoy_digest_write_challenge(ahoy_buf *b, const ahoy_digest_challenge *challenge);
void ahoy_digest_write_credentials(ahoy_buf *b, const ahoy_digest_credentials *credentials);

/* "MD5", "SHA-256", "SHA-512-256", with or without "-sess", any case. */
ahoy_digest_algorithm ahoy_digest_algorithm_of(ahoy_slice name);
ahoy_slice ahoy_digest_algorithm_name(ahoy_digest_algorithm algorithm);
/* The algorithm without its -sess. */
ahoy_digest_algorithm ahoy_digest_base(ahoy_digest_algorithm algorithm);

/* A username or realm as it came, without the backslashes of its escapes. */
void ahoy_digest_unescape(ahoy_buf *b, ahoy_slice text);

/* H(username:realm:password) in lower-case hexadecimal: what a store keeps. Writes AHOY_DIGEST_HEX bytes at the most
 * and returns how many (32 or 64). For SHA-512-256 64. username and realm unescaped. */
size_t ahoy_digest_ha1(ahoy_digest_algorithm algorithm, ahoy_slice username, ahoy_slice realm, ahoy_slice password,
		       char hex[AHOY_DIGEST_HEX]);

/* The response value that these credentials (nonce, nc, cnonce, qop, uri, algorithm) must carry for this method and,
 * with auth-int, this body. `ha1` is the hexadecimal of ahoy_digest_ha1 under the base algorithm; the -sess step is
 * done here. Returns its length. */
size_t ahoy_digest_response(const ahoy_digest_credentials *credentials, ahoy_slice ha1, ahoy_slice method,
			    ahoy_slice body, char hex[AHOY_DIGEST_HEX]);
/* Computes and compares in constant time, hexadecimal digits in any case. */
bool ahoy_digest_verify(const ahoy_digest_credentials *credentials, ahoy_slice ha1, ahoy_slice method, ahoy_slice body);

#endif
