/* auth: answering digest challenges (RFC 3261 22.2, 22.3; RFC 7616; RFC 8760) for one request or a row of them: the user agent's own, and
 * those that somebody else writes (ahoy send). Owns a copy of the credentials (wiped at the end) and the last challenge of
 * a server and of a proxy. How often a challenge may be answered is the caller's to bound.
 * Lifetime: new to del, inside the user agent's. Thread kind: owned. Cost: two hashes a header line. */
#ifndef AHOY_UA_AUTH_H
#define AHOY_UA_AUTH_H

#include "ua/ua.h"

typedef struct ua_auth ua_auth;

/* *out is NULL where there is no user name. AHOY_ENOMEM. */
int ahoy_ua_auth_new(ahoy_ua *ua, const ahoy_credentials *credentials, ua_auth **out);
void ahoy_ua_auth_del(ahoy_ua *ua, ua_auth *auth); /* NULL is allowed */
/* Takes the strongest challenge of a 401 or 407 that we can answer. False: there is none. *stale: it says so. */
bool ahoy_ua_auth_learn(ahoy_ua *ua, ua_auth *auth, const ahoy_msg *response, bool *stale);
/* Authorization and Proxy-Authorization lines for the challenges known so far. */
void ahoy_ua_auth_write(ahoy_ua *ua, ua_auth *auth, ahoy_buf *b, ahoy_slice method, ahoy_slice uri, ahoy_slice body);

#endif
