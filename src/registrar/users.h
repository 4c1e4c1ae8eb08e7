/* users: the table of users that have bindings: visible ones, and sets that wait for the store. Private to src/registrar.
 * Owns users, their visible bindings, the timers and the pending sets. A user lives as long as he has either. Thread kind: owned. */
#ifndef AHOY_REGISTRAR_USERS_H
#define AHOY_REGISTRAR_USERS_H

#include "base/limits.h"
#include "base/map.h"
#include "base/slots.h"
#include "registrar/packed.h"
#include "registrar/registrar.h"

/* A whole set that waits for the store. It holds a reference to each of its bindings. */
typedef struct ahoy_pending_set {
	struct ahoy_pending_set *older; /* of the same user */
	struct ahoy_user_bindings *user;
	ahoy_id id;
	bool superseded; /* a younger one is visible already: saved or not, this one is not shown */
	uint8_t count;
	ahoy_packed *set[AHOY_MAX_CONTACTS];
} ahoy_pending_set;

typedef struct ahoy_user_bindings {
	ahoy_map_node node;
	ahoy_packed *visible;
	ahoy_pending_set *newest; /* the sets of those that wait build on each other */
	uint8_t pending_count;
	uint8_t name_len;
	char name[];
} ahoy_user_bindings;

struct ahoy_registrar {
	const ahoy_env *env;
	ahoy_registrar_config config;
	uint8_t key[16]; /* of the users' hash */
	uint64_t jitter; /* state of the generator that spreads keep-alives; nobody needs to be unable to guess it */
	ahoy_map users;
	ahoy_slots pending;
	ahoy_timers timers;
	ahoy_registrar_counters counters;
	char last_user[AHOY_MAX_USER]; /* what commit and next_keepalive lend out */
};

static inline ahoy_slice ahoy_user_name(const ahoy_user_bindings *user)
{
	return ahoy_slice_make(user->name, user->name_len);
}

ahoy_user_bindings *ahoy_users_find(const ahoy_registrar *reg, ahoy_slice name);
/* Finds or makes him. AHOY_ERANGE for a name above AHOY_MAX_USER or an empty one, AHOY_ENOMEM. A user without
 * binding or pending set must be given to ahoy_users_release. */
int ahoy_users_get(ahoy_registrar *reg, ahoy_slice name, ahoy_user_bindings **out);
/* Frees him where he has nothing any more. */
void ahoy_users_release(ahoy_registrar *reg, ahoy_user_bindings *user);

/* Into the visible set, with a reference of its own; `fresh`: registered just now, so the NAT is open. */
void ahoy_users_show(ahoy_registrar *reg, ahoy_time now, ahoy_user_bindings *user, ahoy_packed *packed, bool fresh);
/* Out of the visible set; its reference is given back. */
void ahoy_users_hide(ahoy_registrar *reg, ahoy_user_bindings *user, ahoy_packed *packed);
/* Arms the timer of a visible binding: keep-alive at `keepalive_at` where it is behind NAT, expiry where that comes first. */
void ahoy_users_arm(ahoy_registrar *reg, ahoy_packed *packed, ahoy_time keepalive_at);

/* A pending set on top of those that the user has; it takes over the references. NULL: out of room (`*full`) or memory. */
ahoy_pending_set *ahoy_users_add_pending(ahoy_registrar *reg, ahoy_user_bindings *user, ahoy_packed *const *set, size_t count, bool *full);
void ahoy_users_remove_pending(ahoy_registrar *reg, ahoy_pending_set *pending);

#endif
