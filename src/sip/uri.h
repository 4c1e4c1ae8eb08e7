/* uri: sip:, sips: and tel: URIs (RFC 3261 19.1, RFC 3966) as slices into the text they were parsed from.
 * Other schemes parse with kind AHOY_URI_OTHER (a request to one is 416). Lifetime: the text's. Thread kind: pure. */
#ifndef AHOY_SIP_URI_H
#define AHOY_SIP_URI_H

#include "base/addr.h"
#include "base/buf.h"
#include "base/slice.h"
#include "sip/param.h"

typedef enum {
	AHOY_URI_NONE,
	AHOY_URI_SIP,
	AHOY_URI_SIPS,
	AHOY_URI_TEL,
	AHOY_URI_OTHER
} ahoy_uri_kind;

typedef struct {
	ahoy_uri_kind kind;
	ahoy_slice text; /* the whole URI as it came */
	ahoy_slice scheme;
	ahoy_slice user;     /* escaped, as it came; the number of a tel: URI; empty where there is none */
	ahoy_slice password; /* never compared or forwarded */
	bool has_user;
	ahoy_slice host; /* IPv6 with its brackets */
	uint16_t port;	 /* 0 where none was given */
	ahoy_params params;
	ahoy_slice headers; /* what stands behind '?', without it */
} ahoy_uri;

/* The whole text is one URI, without angle brackets. AHOY_ESYNTAX, AHOY_ERANGE (port). */
int ahoy_uri_parse(ahoy_slice text, ahoy_uri *out);
/* The text without "?headers", which no request and no dialog may take over (RFC 3261 19.1.1, table 1). */
static inline ahoy_slice ahoy_uri_target(const ahoy_uri *uri)
{
	return uri->headers.ptr ? ahoy_slice_first(uri->text, (size_t)(uri->headers.ptr - uri->text.ptr) - 1) : uri->text;
}
/* Writes it from its parts: the text that parses to the same. */
void ahoy_uri_write(ahoy_buf *b, const ahoy_uri *uri);
/* RFC 3261 19.1.4, the sip, sips and (RFC 3966 4) tel rules; escapes are decoded before comparing. */
bool ahoy_uri_eq(const ahoy_uri *a, const ahoy_uri *b);
/* %HH decoded; bytes that are no valid escape stand as they are. */
void ahoy_uri_unescape(ahoy_buf *b, ahoy_slice text);
/* Escapes what may not stand in a user part. */
void ahoy_uri_escape_user(ahoy_buf *b, ahoy_slice text);
/* Who does not say who he is: sip:anonymous@anonymous.invalid (RFC 3323 4.1.1.3), whatever its user part is. */
static inline bool ahoy_uri_is_anonymous(const ahoy_uri *uri)
{
	return ahoy_slice_ieq(uri->host, AHOY_S("anonymous.invalid"));
}
/* The host as an address where it is one (port: the URI's, else 0). AHOY_ENOTFOUND where it is a name. */
int ahoy_uri_addr(const ahoy_uri *uri, ahoy_addr *out);

#endif
