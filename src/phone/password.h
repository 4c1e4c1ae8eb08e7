/* password: where the phone's password comes from: --password-file, $AHOY_PASSWORD, or the terminal with its echo
 * off; never an argument, which every process on the machine could read. Owns the bytes until ahoy_phone_password_wipe.
 * Thread kind: owned. */
#ifndef AHOY_PHONE_PASSWORD_H
#define AHOY_PHONE_PASSWORD_H

#include "base/buf.h"
#include "base/err.h"
#include "phone/options.h"

#define AHOY_PHONE_PASSWORD 256

typedef struct {
	size_t len; /* 0: there is none; a server that asks for one is answered by exit code 13 */
	char text[AHOY_PHONE_PASSWORD];
} ahoy_phone_password;

/* file may be NULL ("-" is stdin). Asks on the terminal only where stdin is one, so that a script never hangs. The
 * environment's copy is wiped. AHOY_EIO (the file), AHOY_ETOOBIG; one line for people is in `why` then. */
int ahoy_phone_password_get(const char *file, const char *account, ahoy_phone_password *out, ahoy_buf *why) AHOY_MUST_USE;
/* Those of all accounts of the interactive phone, in their order; of one account as above. Of several, the file has a line
 * "USER PASSWORD" for each, up to an empty one (USER may be user@host[:port] where that is needed), $AHOY_PASSWORD is every one's, or
 * each is asked for. Errors as above. */
int ahoy_phone_passwords_get(const ahoy_phone_options *options, ahoy_phone_password out[AHOY_PHONE_ACCOUNTS],
			     ahoy_buf *why) AHOY_MUST_USE;
void ahoy_phone_password_wipe(ahoy_phone_password *password);

#endif
