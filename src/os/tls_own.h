/* tls_own: the certificate that a server makes for itself where it was given none: RSA of 2048 bits, which every phone
 * knows, signed by itself, for ten years, for the names and addresses that it is told. Nobody trusts it who was not
 * told to. Thread kind: none. Cost: a quarter of a second. */
#ifndef AHOY_OS_TLS_OWN_H
#define AHOY_OS_TLS_OWN_H

#include "os/tls.h"

#define AHOY_TLS_OWN_NAMES 24

/* Writes two PEM files that are not there yet; the key is readable for the owner alone. names: domains, or IP addresses
 * in text; more than AHOY_TLS_OWN_NAMES are left out. AHOY_EIO (`why`), AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_tls_own_make(const char *certificate, const char *key, const ahoy_slice *names, size_t count,
				    char why[AHOY_TLS_WHY]);
/* Is the certificate in that file signed by its own key? */
bool ahoy_tls_own_is(const char *certificate);
/* SHA-256 of the certificate, as AA:BB:…, to be compared by eye; "" where it cannot be read. */
#define AHOY_TLS_PRINT 96
void ahoy_tls_own_print(const char *certificate, char out[AHOY_TLS_PRINT]);

#endif
