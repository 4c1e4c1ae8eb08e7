/* via: one Via value (RFC 3261 20.42, RFC 3581 rport). Lifetime: the message's. Thread kind: pure. */
#ifndef AHOY_SIP_VIA_H
#define AHOY_SIP_VIA_H

#include "base/slice.h"
#include "sip/param.h"

typedef enum {
	AHOY_UDP,
	AHOY_TCP,
	AHOY_TLS,
	AHOY_WS,
	AHOY_WSS,
	AHOY_TRANSPORT_OTHER
} ahoy_transport;

typedef struct {
	ahoy_slice text; /* the whole value */
	ahoy_transport transport;
	ahoy_slice transport_name; /* as it came */
	ahoy_slice host;	   /* sent-by; IPv6 with brackets */
	uint16_t port;		   /* 0 where none was given */
	ahoy_slice branch;	   /* empty where there is none (RFC 2543) */
	bool has_rport;
	ahoy_params params;
} ahoy_via;

/* One value; what stands behind the comma goes to *rest. AHOY_ESYNTAX, AHOY_ERANGE (port), AHOY_EVERSION (not 2.0). */
int ahoy_via_parse(ahoy_slice text, ahoy_via *out, ahoy_slice *rest);
/* "udp", "tcp", … in any case; AHOY_TRANSPORT_OTHER. */
ahoy_transport ahoy_transport_of(ahoy_slice name);
/* What is said by it is read by nobody on the way: TLS, WSS. */
static inline bool ahoy_transport_is_secure(ahoy_transport transport)
{
	return transport == AHOY_TLS || transport == AHOY_WSS;
}
/* "UDP", "TCP", "TLS", "WS", "WSS". Static. */
ahoy_slice ahoy_transport_name(ahoy_transport transport);

#endif
