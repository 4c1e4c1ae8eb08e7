/* contact: one Contact value of a REGISTER (RFC 3261 20.10): its parameters, and whether requests may be sent there at all.
 * Private to src/registrar. Slices live as long as the message. Thread kind: pure. */
#ifndef AHOY_REGISTRAR_CONTACT_H
#define AHOY_REGISTRAR_CONTACT_H

#include "registrar/registrar.h"
#include "sip/name_addr.h"

typedef struct {
	ahoy_uri uri;
	uint16_t q_milli;    /* 0 .. 1000 */
	uint32_t expires_s;  /* as asked; `fallback_s` where the value names none */
	ahoy_slice instance; /* with its quotes, or empty */
	uint32_t reg_id;     /* RFC 5626 9; 0: none, or no instance stands beside it */
} ahoy_contact;

/* What a refusal says; status 0: none. `reason` is static. */
typedef struct {
	int status;
	const char *reason;
} ahoy_contact_fault;

/* A Contact is later written as a Request-URI, a Path as a Route: nothing may stand in it that could end that. */
bool ahoy_contact_is_one_word(ahoy_slice text);
ahoy_contact_fault ahoy_contact_read(const ahoy_name_addr *value, uint32_t fallback_s, ahoy_contact *out);
/* Is this Contact a place where requests may go? Not so this server's own listeners (they would come back), multicast and broadcast (they
 * would go to many). `flow`: by which the REGISTER came. */
ahoy_contact_fault ahoy_contact_allowed(const ahoy_registrar_config *config, const ahoy_uri *uri, const ahoy_flow *flow);

#endif
