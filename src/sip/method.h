/* method: the SIP methods that ahoy knows (RFC 3261 and extensions), as an enumeration and as text.
 * Method names are case-sensitive (RFC 3261 7.1). Thread kind: pure. */
#ifndef AHOY_SIP_METHOD_H
#define AHOY_SIP_METHOD_H

#include "base/slice.h"

typedef enum {
	AHOY_METHOD_OTHER, /* a token that we do not know: 501, or 405 with Allow */
	AHOY_INVITE,
	AHOY_ACK,
	AHOY_BYE,
	AHOY_CANCEL,
	AHOY_REGISTER,
	AHOY_OPTIONS,
	AHOY_INFO,
	AHOY_MESSAGE,
	AHOY_SUBSCRIBE,
	AHOY_NOTIFY,
	AHOY_PUBLISH,
	AHOY_REFER,
	AHOY_PRACK,
	AHOY_UPDATE,
	AHOY_METHODS
} ahoy_method;

ahoy_method ahoy_method_of(ahoy_slice name);
/* The name; the empty slice for AHOY_METHOD_OTHER. Static. */
ahoy_slice ahoy_method_name(ahoy_method method);

#endif
