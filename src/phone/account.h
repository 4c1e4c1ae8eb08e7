/* account: who the phone is and whom it asks for, as typed on the command line. ACCOUNT is a SIP URI with a user,
 * TARGET a SIP URI or a bare number or name that stands for sip:it@account-host. Owns copies of what was typed.
 * Only what this phone can do passes: sip: over UDP, TCP and TLS, and sips:. Thread kind: pure. */
#ifndef AHOY_PHONE_ACCOUNT_H
#define AHOY_PHONE_ACCOUNT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"

/* A URI as typed: user, host, port and a few parameters. Longer ones are a usage error. */
#define AHOY_PHONE_URI 512

typedef struct {
	char aor[AHOY_PHONE_URI];	  /* sip:user@host[:port], or sips: */
	char registrar[AHOY_PHONE_URI];	  /* sip:host[:port], with ;transport=tcp or tls where that was typed; or sips: */
	char user[AHOY_MAX_USER * 3 + 1]; /* escaped, as it stands in a URI */
	char username[AHOY_MAX_USER + 1]; /* unescaped: what digest asks for */
} ahoy_account;

/* A person's "115@host" is taken as sip:115@host. On an error one clause that says what is wrong goes to `why`.
 * AHOY_ESYNTAX, AHOY_EUNSUPPORTED (a transport other than UDP, TCP and TLS), AHOY_ETOOBIG. */
int ahoy_account_parse(const char *text, ahoy_account *out, ahoy_buf *why) AHOY_MUST_USE;

/* Writes the URI to ask for. account may be NULL: a bare word is a host then. Errors as above. */
int ahoy_target_parse(const char *text, const ahoy_account *account, char out[AHOY_PHONE_URI], ahoy_buf *why) AHOY_MUST_USE;

/* --proxy: a host, host:port, or a SIP URI; writes it as a SIP URI without user. Errors as above. */
int ahoy_proxy_parse(const char *text, char out[AHOY_PHONE_URI], ahoy_buf *why) AHOY_MUST_USE;

#endif
