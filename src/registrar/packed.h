/* packed: one binding as the registrar keeps it: addresses and strings stand behind the struct, in one allocation, because a server has
 * millions of them (a softphone's takes about 250 bytes). Shared by reference count between the user's visible set and the sets
 * that wait for the store; never changed but for its flow. Private to src/registrar. Thread kind: owned. */
#ifndef AHOY_REGISTRAR_PACKED_H
#define AHOY_REGISTRAR_PACKED_H

#include "base/env.h"
#include "base/err.h"
#include "base/timers.h"
#include "registrar/binding.h"
#include "sip/uri.h"

typedef struct ahoy_packed {
	struct ahoy_packed *next; /* in its user's visible set */
	void *user;
	ahoy_timer timer;	 /* the next keep-alive or the expiry; armed while it is visible */
	ahoy_time expires_at;	 /* monotonic, so that a jump of the wall clock throws nobody out */
	ahoy_time registered_at; /* 0 for one that was loaded */
	uint32_t cseq, flow_id, reg_id;
	uint16_t local_port, peer_port, q_milli, contact_len, path_len;
	uint16_t refs;
	uint8_t call_id_len, user_agent_len, instance_len;
	uint8_t transport, families; /* families: local << 4 | peer */
	bool behind_nat : 1;	     /* its Contact differs from its source */
	bool visible : 1;
	bool mark : 1; /* for the length of one function */
	char text[];   /* local IP, peer IP, contact, Call-ID, User-Agent, instance, Path */
} ahoy_packed;

/* A copy of *binding with one reference. Control bytes in its strings become blanks, a long User-Agent is cut. Of
 * binding->expires_utc_ms nothing is used. AHOY_ERANGE where a string is longer than its bound, AHOY_ESYNTAX where
 * the contact is no URI, AHOY_ENOMEM. */
int ahoy_packed_new(const ahoy_env *env, const ahoy_binding *binding, ahoy_time registered_at, ahoy_time expires_at, ahoy_packed **out);
/* Gives one reference back; the last frees it. */
void ahoy_packed_unref(const ahoy_env *env, ahoy_packed *packed);

ahoy_slice ahoy_packed_contact(const ahoy_packed *packed);
ahoy_slice ahoy_packed_call_id(const ahoy_packed *packed);
ahoy_slice ahoy_packed_instance(const ahoy_packed *packed);
/* Lends it out; the slices live as long as the packed binding. */
void ahoy_packed_view(const ahoy_packed *packed, int64_t utc_offset_us, ahoy_binding *out);
/* False, and nothing changed, where the addresses are of another family: they would not fit. */
bool ahoy_packed_set_flow(ahoy_packed *packed, const ahoy_flow *flow);
/* RFC 3261 19.1.4. */
bool ahoy_packed_contact_is(const ahoy_packed *packed, const ahoy_uri *uri);

#endif
