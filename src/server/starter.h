/* starter: what a person reads when ahoyd starts: the users that were made for an empty database, with their passwords,
 * or the users that are there, and what to type into a phone. Thread kind: owned. */
#ifndef AHOY_SERVER_STARTER_H
#define AHOY_SERVER_STARTER_H

#include "server/account.h"
#include "server/settings.h"
#include "store/store.h"

#define AHOY_STARTER_USERS 3

typedef struct {
	bool made; /* the users below were made just now */
	struct {
		const char *name;
		ahoy_password password;
	} users[AHOY_STARTER_USERS];
} ahoy_starter;

/* Makes the users 111, 112 and 115 where the database has none. A store's error; its sentence is the store's. */
AHOY_MUST_USE int ahoy_starter_make(ahoy_store *store, ahoy_starter *out);
/* On standard output, once; the passwords are wiped. `bound`: the listeners. */
AHOY_MUST_USE int ahoy_starter_print(ahoy_starter *starter, ahoy_store *store, const ahoy_settings *settings,
				     const ahoy_addr *bound, size_t count);

#endif
