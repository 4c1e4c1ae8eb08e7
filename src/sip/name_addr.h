/* name_addr: one value of From, To, Contact, Route, Record-Route, Reply-To, Refer-To, P-Asserted-Identity:
 * display name, URI, header parameters (RFC 3261 20.10, 25.1). Without angle brackets everything behind ';'
 * is a header parameter (20.10). Lifetime: the message's. Thread kind: pure. */
#ifndef AHOY_SIP_NAME_ADDR_H
#define AHOY_SIP_NAME_ADDR_H

#include "sip/uri.h"

typedef struct {
	ahoy_slice text;    /* the whole value, trimmed */
	ahoy_slice display; /* as it came, with quotes where it had them; empty where there is none */
	ahoy_uri uri;
	ahoy_params params;
	ahoy_slice tag; /* the tag parameter's value, or empty */
	bool star;	/* Contact: * */
} ahoy_name_addr;

/* Parses one value and leaves what stands behind the separating comma in *rest (empty at the end). AHOY_ESYNTAX. */
int ahoy_name_addr_parse(ahoy_slice text, ahoy_name_addr *out, ahoy_slice *rest);

#endif
