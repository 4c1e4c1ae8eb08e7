/* tls_name: is this certificate that domain's? (RFC 5922 7.) Of the subjectAltName the sip: URIs count; where it has none
 * the DNS names; the subject's common name only where there is no subjectAltName at all. No wildcards (7.2). An IP
 * address, which RFC 5922 leaves open, has to stand in the subjectAltName as one. Lifetime: none. Thread kind: pure. */
#ifndef AHOY_OS_TLS_NAME_H
#define AHOY_OS_TLS_NAME_H

#include <openssl/x509.h>

#include "base/buf.h"

/* `name`: a domain, with or without its last dot, in any case, or an IP address (IPv6 with or without brackets). */
bool ahoy_tls_name_matches(X509 *certificate, ahoy_slice name);
/* For people: the names that the certificate is for, as "example.com, 192.0.2.1"; cut off where the buffer ends. */
void ahoy_tls_name_list(X509 *certificate, ahoy_buf *out);

#endif
