/* locate: the servers that a request to a URI may go to, in the order in which they are tried (RFC 3263 4.1, 4.2; RFC
 * 2782). Asks questions to name servers, is answered, and has a list of hops in the end; trying them is the owner's.
 * Order of calls: start; then until `done`: next_question, and answer for each, in any order, as late as it comes.
 * Lifetime: the caller's, no allocation; names are copied. Thread kind: owned. */
#ifndef AHOY_SIP_LOCATE_H
#define AHOY_SIP_LOCATE_H

#include "base/env.h"
#include "sip/dns_answer.h"
#include "sip/target.h"

typedef struct {
	ahoy_transport transport;
	ahoy_addr addr; /* with the port */
} ahoy_hop;

typedef struct {
	ahoy_dns_type type;
	ahoy_transport transport; /* SRV: what its servers speak */
	bool asked, answered;
	int err;
	size_t count;
	char name[AHOY_MAX_HOST + 1];
	ahoy_addr addrs[AHOY_DNS_MAX_ADDRESSES];
} ahoy_locate_question;

typedef struct {
	ahoy_transport transport;
	uint16_t port;
	unsigned question; /* which asks for its addresses */
} ahoy_locate_server;

typedef struct {
	const ahoy_env *env;
	bool done;
	int err; /* once it is done: 0 and at least one hop; AHOY_ENOTFOUND, AHOY_ETIMEOUT, AHOY_ENETWORK */
	ahoy_hop hops[AHOY_MAX_TARGETS];
	size_t hop_count;
	/* ---- its own ---- */
	unsigned transports, families;
	bool secure;	    /* sips */
	bool refused;	    /* an SRV record said that there is no such service */
	ahoy_target target; /* by the URI alone; host points into `host` */
	char host[AHOY_MAX_HOST + 1];
	ahoy_dns_answer srv_of[AHOY_LOCATE_MAX_SERVICES]; /* of the SRV questions, in their order */
	unsigned srv_count, srv_first;
	unsigned stage_first; /* the stage's first question */
	ahoy_dns_type stage;
	ahoy_locate_question questions[AHOY_LOCATE_MAX_QUESTIONS];
	unsigned question_count;
	ahoy_locate_server servers[AHOY_MAX_TARGETS];
	size_t server_count;
} ahoy_locate;

/* A set of transports: AHOY_LOCATE_BY(AHOY_UDP) | … */
#define AHOY_LOCATE_BY(transport) (1u << (transport))

/* transports: those that can be used now; families: AHOY_TARGET_IP4 | AHOY_TARGET_IP6. The URI may go behind this call.
 * AHOY_ESCHEME, AHOY_EUNSUPPORTED (it wants a transport that cannot be used), AHOY_ETOOBIG: nothing was started. */
AHOY_MUST_USE int ahoy_locate_start(ahoy_locate *l, const ahoy_env *env, const ahoy_uri *uri, unsigned transports, unsigned families);
/* The next question that was not put to anybody yet; false: none for now. */
bool ahoy_locate_next_question(ahoy_locate *l, unsigned *question, ahoy_dns_type *type, ahoy_slice *name);
void ahoy_locate_answer(ahoy_locate *l, unsigned question, const ahoy_dns_answer *answer);

/* RFC 2782: by priority, and within one by chance, as the weights say. */
void ahoy_srv_order(const ahoy_env *env, ahoy_srv *srvs, size_t count);

#endif
