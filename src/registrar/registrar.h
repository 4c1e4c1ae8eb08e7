/* registrar: REGISTER in, new set of bindings and response out (RFC 3261 10.3). The caller has checked the digest and that To names `user`.
 * Owns all bindings of the worker in memory, their expiry and the schedule of keep-alives. Leaves to the caller:
 * saving, sending, authentication. Saving is asynchronous, hence two phases: prepare computes the user's whole new
 * set, nothing of which is visible yet; the caller has the store write it; commit makes it visible and writes the
 * 200's lines, or drops it. A second REGISTER that comes meanwhile builds on the prepared set. Ids are generational:
 * a stale one has no effect. Views lent out live until the next call that is not const. Thread kind: owned. Memory:
 * one allocation for each binding and one for each user, about 330 bytes for a softphone. */
#ifndef AHOY_REGISTRAR_REGISTRAR_H
#define AHOY_REGISTRAR_REGISTRAR_H

#include "base/env.h"
#include "base/slots.h"
#include "registrar/binding.h"
#include "sip/msg.h"
#include "sip/self.h"

typedef struct ahoy_registrar ahoy_registrar;

#define AHOY_REGISTRAR_LISTENERS 16

typedef struct {
	uint32_t min_expires_s; /* 0: none. Shorter and under an hour: 423 */
	uint32_t max_expires_s; /* 0: none. Longer is cut to it */
	uint32_t max_bindings;	/* 0: AHOY_MAX_BINDINGS. Full: 503 */
	int64_t utc_offset_us;	/* wall clock = now + this */
	/* A Contact at one of these is refused, because requests to it would come back: an any-address stands for each address of
	 * `self`, for loopback, and for the address at which the REGISTER arrived. */
	ahoy_addr listeners[AHOY_REGISTRAR_LISTENERS];
	uint8_t listener_count;
	ahoy_self self;
} ahoy_registrar_config;

AHOY_MUST_USE int ahoy_registrar_new(const ahoy_env *env, ahoy_time now, const ahoy_registrar_config *config, ahoy_registrar **out);
void ahoy_registrar_del(ahoy_registrar *reg);
/* Everything but max_bindings; bindings keep the time that they were given. */
void ahoy_registrar_reconfigure(ahoy_registrar *reg, const ahoy_registrar_config *config);

/* Before the first request: one stored binding. An expired one is ignored (0). AHOY_ESYNTAX, AHOY_ERANGE (too long),
 * AHOY_EFULL, AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_registrar_load(ahoy_registrar *reg, ahoy_time now, ahoy_slice user, const ahoy_binding *binding);

/* ---- REGISTER ---- */
typedef struct {
	int status;	    /* 200, or the refusal: 400, 403, 423, 500, 503 */
	const char *reason; /* static, for the status line; NULL: the standard phrase */
	bool outbound;	    /* with 200: RFC 5626 6 was followed, and the answer has Require: outbound */
	bool changed;	    /* with 200: have the set saved, then commit(id). False: answer now with write_contacts */
	ahoy_id id;
} ahoy_registrar_change;

/* Never fails in another way than by a status. With 423 and 503, and with 200 without `changed`,
 * ahoy_registrar_write_answer has the response's lines. */
void ahoy_registrar_prepare(ahoy_registrar *reg, ahoy_time now, ahoy_slice user, const ahoy_msg *req, const ahoy_flow *flow,
			    ahoy_registrar_change *change);

/* What the store is to write for this change: the user and the whole set (*count 0: none left). False: stale id. */
bool ahoy_registrar_pending(const ahoy_registrar *reg, ahoy_id id, ahoy_slice *user, ahoy_binding set[AHOY_MAX_CONTACTS], size_t *count);

/* `saved`: the set becomes visible (unless a later one already is), else it is dropped: answer 500. AHOY_ESTALE. On
 * 0 and `saved` write the 200 with ahoy_registrar_write_answer. `user_out` (may be NULL) gets the user; it lives
 * until the next call. */
int ahoy_registrar_commit(ahoy_registrar *reg, ahoy_time now, ahoy_id id, bool saved, ahoy_slice *user_out);

/* Header lines of the answer. 200: Date, and a Contact line for each visible binding with the seconds that remain (10.3 step 8); 423:
 * Min-Expires; 503: Retry-After; else nothing. AHOY_REGISTRAR_LINES bytes are always enough. */
void ahoy_registrar_write_answer(const ahoy_registrar *reg, ahoy_time now, ahoy_slice user, int status, ahoy_buf *b);
#define AHOY_REGISTRAR_LINES (128 + AHOY_MAX_CONTACTS * (AHOY_MAX_CONTACT + AHOY_MAX_INSTANCE + 100))

/* ---- look-up ---- */
/* The live bindings of the user, highest q first, then the most recently registered; several
 * flows of one phone are as many. Returns how many (0: not registered). */
size_t ahoy_registrar_lookup(const ahoy_registrar *reg, ahoy_time now, ahoy_slice user, ahoy_binding out[AHOY_MAX_CONTACTS]);
/* An authenticated request of this user came by `flow` with this Contact: if that is a binding of his, requests to
 * it take the new flow from now on (a NAT gave out another port). Not saved: the next REGISTER does that. True where
 * a binding was found. */
bool ahoy_registrar_seen(ahoy_registrar *reg, ahoy_time now, ahoy_slice user, const ahoy_uri *contact, const ahoy_flow *flow);
/* The user was removed: his visible bindings go at once, and sets that still wait will not be shown. The caller has
 * them removed from the store. */
void ahoy_registrar_drop_user(ahoy_registrar *reg, ahoy_slice user);

/* ---- time ---- */
/* When to call next_keepalive; AHOY_NEVER. */
ahoy_time ahoy_registrar_next(const ahoy_registrar *reg);
/* Drives: call it until false. Expired bindings vanish (at most AHOY_REGISTRAR_SWEEP in a call; then next() is in
 * the past again); each binding whose Contact differs from its source is lent out every AHOY_KEEPALIVE_S, for an
 * OPTIONS. */
bool ahoy_registrar_next_keepalive(ahoy_registrar *reg, ahoy_time now, ahoy_slice *user, ahoy_binding *binding);

/* For quiet moments: gives memory back (base/slots.h). True: there was some. */
bool ahoy_registrar_trim(ahoy_registrar *reg);

/* ---- the operator ---- */
typedef struct {
	uint64_t bindings, users; /* visible; exact after next_keepalive has returned false at `now` */
	uint64_t pending;	  /* prepared, not committed */
	uint64_t expired, refused;
} ahoy_registrar_counters;
void ahoy_registrar_count(const ahoy_registrar *reg, ahoy_registrar_counters *out);
/* Zero to begin; false at the end. What changes between two calls may be missed or come twice, the rest comes once. */
typedef struct {
	uint64_t slot, sub;
} ahoy_registrar_cursor;
bool ahoy_registrar_list(const ahoy_registrar *reg, ahoy_time now, ahoy_registrar_cursor *cursor, ahoy_slice *user, ahoy_binding *binding);

#endif
