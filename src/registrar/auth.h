/* auth: the digest authority of one worker (RFC 3261 22, RFC 7616, RFC 8760): mints challenges, judges credentials.
 * Owns the key of its nonces and the counts (nc) of those in use; a challenge costs no memory. Leaves to the caller: the user record
 * (it comes later, hence extract, then check), 401 itself, rate limits (rate.h), exact retransmissions (the transaction layer).
 * Times are monotonic microseconds. Thread kind: owned. Cost: a check is one HMAC and one digest, the nonce table is allocated once.
 * Order: extract -> (caller fetches the record of claim.user) -> check -> on CHALLENGE or STALE write_challenge into a 401. */
#ifndef AHOY_REGISTRAR_AUTH_H
#define AHOY_REGISTRAR_AUTH_H

#include "base/env.h"
#include "registrar/binding.h"
#include "sip/digest.h"
#include "sip/msg.h"

typedef struct ahoy_auth ahoy_auth;

typedef struct {
	ahoy_slice realm;		     /* copied; at most AHOY_MAX_REALM bytes, not empty, no control bytes */
	uint8_t worker;			     /* 0 .. 35: the first character of each nonce */
	uint64_t start_number;		     /* differs at each start, so that a nonce from before it is stale */
	ahoy_digest_algorithm algorithms[2]; /* AHOY_DIGEST_SHA256, AHOY_DIGEST_MD5, in the order of the offer */
	uint8_t algorithm_count;	     /* 1 or 2 */
	bool auth_int;			     /* offer qop="auth,auth-int" instead of "auth" */
	uint32_t nonce_life_s;		     /* 0: AHOY_NONCE_LIFE_S */
	uint32_t max_nonces;		     /* counts kept; 0: AHOY_MAX_NONCES. The oldest is forgotten: stale */
} ahoy_auth_config;

/* AHOY_EINVAL for a realm or an algorithm that is none of the above; AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_auth_new(const ahoy_env *env, ahoy_time now, const ahoy_auth_config *config, ahoy_auth **out);
void ahoy_auth_del(ahoy_auth *auth);

/* Who the request claims to be. `user` is unescaped and points into this struct; `credentials` point into the message. */
typedef struct {
	ahoy_digest_credentials credentials;
	char user_text[AHOY_MAX_USER];
	size_t user_len;
} ahoy_auth_claim;

static inline ahoy_slice ahoy_auth_claim_user(const ahoy_auth_claim *claim)
{
	return (ahoy_slice){claim->user_text, claim->user_len};
}

/* The Authorization for our realm with the strongest algorithm that we offer (SHA-256 before MD5; among equals the first).
 * 0; AHOY_ENOTFOUND: none that we can use, challenge; AHOY_ESYNTAX: only a broken one (400 "Malformed Authorization"). */
int ahoy_auth_extract(const ahoy_auth *auth, const ahoy_msg *req, ahoy_auth_claim *claim);

typedef enum {
	AHOY_AUTH_OK,
	AHOY_AUTH_CHALLENGE, /* 401; the response was wrong, or the user unknown: a failure in the sense of rate.h */
	AHOY_AUTH_STALE,     /* 401 with stale=true: right password, but the nonce is old, foreign, forgotten, or its nc did not rise */
	AHOY_AUTH_REFUSED    /* `status` (400, 403) with `reason` */
} ahoy_auth_outcome;

typedef struct {
	ahoy_auth_outcome outcome;
	int status;	    /* REFUSED: 400 or 403; CHALLENGE and STALE: 401; OK: 0 */
	const char *reason; /* static, for the status line; NULL: the standard phrase */
	ahoy_digest_algorithm algorithm;
} ahoy_auth_verdict;

/* Judges the credentials that extract finds in this request against the record of the user that it named. NULL or record->found
 * false: no such user, which costs the same work and gets the same answer as a wrong password. OK counts the nonce's use,
 * so call it once for each request. A user is the user part of a URI alone, unescaped, case-sensitive:
 * From, and To of a REGISTER, must name the authenticated one, and the digest's uri be the request's (19.1.4): else 403. */
void ahoy_auth_check(ahoy_auth *auth, ahoy_time now, const ahoy_msg *req, const ahoy_user_record *record, ahoy_auth_verdict *out);

/* Whole WWW-Authenticate lines, one for each algorithm, each with its own nonce. If they are longer than `room` bytes together MD5 stands
 * alone (the first of the offer where MD5 is not offered); one line is always written. 400 bytes of buffer a line are enough. */
void ahoy_auth_write_challenge(ahoy_auth *auth, ahoy_time now, bool stale, size_t room, ahoy_buf *b);

/* The worker that minted this nonce, 0 .. 35, or -1 where it is none of ours by its form. */
int ahoy_auth_nonce_worker(ahoy_slice nonce);

/* Does this URI's user part, unescaped, name the user? Case-sensitive; host and port do not count. */
bool ahoy_auth_uri_names(const ahoy_uri *uri, ahoy_slice user);

#endif
