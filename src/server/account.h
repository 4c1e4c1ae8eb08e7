/* account: what a user's name and password may be, and what is kept of them. Passwords live in ahoy_password only and
 * are wiped. Thread kind: owned. */
#ifndef AHOY_SERVER_ACCOUNT_H
#define AHOY_SERVER_ACCOUNT_H

#include "base/err.h"
#include "registrar/binding.h"

#define AHOY_PASSWORD_BYTES 128
#define AHOY_ACCOUNT_WHY 256

typedef struct {
	char text[AHOY_PASSWORD_BYTES + 1]; /* NUL-terminated too */
	size_t len;
} ahoy_password;

/* A user part alone: 1 .. AHOY_MAX_USER bytes of UTF-8 without control characters, '@', ':' (RFC 7616 3.4: it ends the
 * name in the hash), '"' or '\'. AHOY_EINVAL, with a sentence that begins with a verb: "is empty; …". */
AHOY_MUST_USE int ahoy_account_check_name(ahoy_slice name, char why[AHOY_ACCOUNT_WHY]);
/* 1 .. AHOY_PASSWORD_BYTES bytes without control characters. */
AHOY_MUST_USE int ahoy_account_check_password(ahoy_slice password, char why[AHOY_ACCOUNT_WHY]);
void ahoy_account_record(ahoy_slice name, const char *realm, ahoy_slice password, ahoy_user_record *out);

/* Twelve letters and digits that are hard to mistake for one another, about 59 bits. */
void ahoy_password_generate(ahoy_password *out);
/* The first line of standard input. AHOY_EINVAL with a sentence. */
AHOY_MUST_USE int ahoy_password_from_stdin(ahoy_password *out, char why[AHOY_ACCOUNT_WHY]);
/* Is there somebody to ask? */
bool ahoy_password_terminal(void);
/* Asks twice on the terminal, without echo. An empty answer generates one (*generated). AHOY_EINVAL with a sentence. */
AHOY_MUST_USE int ahoy_password_ask(ahoy_slice name, ahoy_password *out, bool *generated, char why[AHOY_ACCOUNT_WHY]);
void ahoy_password_wipe(ahoy_password *password);

#endif
