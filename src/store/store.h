/* store: users, bindings and call records behind one synchronous interface; backends memory.c and sqlite.c.
 * Owns what it keeps; copies what it is given. Leaves to the caller: threads (server/store_thread.c gives it one),
 * escaping of what is shown. Slices handed to a callback live until the callback returns.
 * Every failure leaves a sentence for people in ahoy_store_why. An acknowledged write (commit returned 0, or a write
 * outside begin/commit returned 0) survives the death of the process. Thread kind: owned, by one thread at a time.
 * Order: open, then anything; begin .. commit or rollback do not nest; an import stands outside them. */
#ifndef AHOY_STORE_STORE_H
#define AHOY_STORE_STORE_H

#include "b2b/cdr.h"
#include "base/err.h"
#include "base/limits.h"
#include "registrar/binding.h"

typedef struct ahoy_store ahoy_store;

#define AHOY_STORE_WHY 512
#define AHOY_STORE_REALM 128
#define AHOY_STORE_DEFAULT_REALM "ahoy"

typedef enum {
	AHOY_STORE_MUST_EXIST, /* AHOY_ENOTFOUND where there is no database */
	AHOY_STORE_CREATE      /* made where there is none, mode 0600 */
} ahoy_store_mode;

/* Opens the SQLite database at `path`. realm: NULL takes the one that is stored, and AHOY_STORE_DEFAULT_REALM for a new
 * database. AHOY_ECONFLICT: it was made for another realm; AHOY_EVERSION: by a newer ahoy; AHOY_EIO: unreadable or no
 * database; AHOY_ENOTFOUND; AHOY_ENOMEM. `why` then holds one sentence with the way out. */
AHOY_MUST_USE int ahoy_store_open(const char *path, ahoy_store_mode mode, const char *realm, ahoy_store **out,
				  char why[AHOY_STORE_WHY]);
/* A store that lives as long as the object, for tests and simulations. AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_store_open_memory(const char *realm, ahoy_store **out);
/* NULL is allowed. */
void ahoy_store_close(ahoy_store *store);

/* For a server: claims the database for as long as it is open here. AHOY_ECONFLICT: another server has it;
 * ahoy_store_why says so. */
AHOY_MUST_USE int ahoy_store_claim(ahoy_store *store);

const char *ahoy_store_realm(const ahoy_store *store);
/* The last failure in one sentence; "" where there was none. */
const char *ahoy_store_why(const ahoy_store *store);
/* How long a call waits for another process's write before AHOY_ETIMEOUT; 5,000 ms at first. */
void ahoy_store_set_patience(ahoy_store *store, unsigned patience_ms);

/* Batches: what stands between is written at once or not at all. AHOY_ETIMEOUT from begin: another process writes;
 * nothing is begun. */
AHOY_MUST_USE int ahoy_store_begin(ahoy_store *store);
AHOY_MUST_USE int ahoy_store_commit(ahoy_store *store); /* a failed commit has rolled back */
void ahoy_store_rollback(ahoy_store *store);

/* A user that does not exist is no error: out->found is false. Sees other processes' changes at once. */
AHOY_MUST_USE int ahoy_store_user_get(ahoy_store *store, ahoy_slice name, ahoy_user_record *out);
/* Creates or overwrites. record->found is ignored. */
AHOY_MUST_USE int ahoy_store_user_put(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record);
/* AHOY_ECONFLICT where the user exists. */
AHOY_MUST_USE int ahoy_store_user_add(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record);
/* With its bindings. AHOY_ENOTFOUND. */
AHOY_MUST_USE int ahoy_store_user_remove(ahoy_store *store, ahoy_slice name);
AHOY_MUST_USE int ahoy_store_user_count(ahoy_store *store, uint64_t *out);
/* In the order of the names' bytes; ends early where fn returns false. fn must not use the store. */
typedef bool ahoy_store_user_fn(void *ctx, ahoy_slice name);
AHOY_MUST_USE int ahoy_store_user_list(ahoy_store *store, ahoy_store_user_fn *fn, void *ctx);

/* Many users, all or nothing: begin, add each, end with keep = true (create or overwrite all) or false (forget them).
 * Of a name that comes twice the last one counts. Other processes are locked out during the end alone. */
AHOY_MUST_USE int ahoy_store_import_begin(ahoy_store *store);
AHOY_MUST_USE int ahoy_store_import_add(ahoy_store *store, ahoy_slice name, const ahoy_user_record *record);
AHOY_MUST_USE int ahoy_store_import_end(ahoy_store *store, bool keep);

/* The whole set of a user; count 0 removes it. AHOY_ERANGE above AHOY_MAX_CONTACTS. */
AHOY_MUST_USE int ahoy_store_bindings_replace(ahoy_store *store, ahoy_slice user, const ahoy_binding *bindings, size_t count);
/* All users' sets, a call of fn per user. */
typedef bool ahoy_store_bindings_fn(void *ctx, ahoy_slice user, const ahoy_binding *bindings, size_t count);
AHOY_MUST_USE int ahoy_store_bindings_load(ahoy_store *store, ahoy_store_bindings_fn *fn, void *ctx);
AHOY_MUST_USE int ahoy_store_bindings_remove_expired(ahoy_store *store, uint64_t now_utc_ms);

/* Inserts the record of an attempt that begins, with all fields it has. AHOY_ECONFLICT for an id that is there. */
AHOY_MUST_USE int ahoy_store_cdr_open(ahoy_store *store, const ahoy_cdr *cdr);
/* Overwrites the record of that id as a whole; inserts it where it is missing. */
AHOY_MUST_USE int ahoy_store_cdr_update(ahoy_store *store, const ahoy_cdr *cdr);
/* Newest first, at most `limit`. *cursor begins at 0 and is left where the next page begins. fn must not use the
 * store. */
typedef bool ahoy_store_cdr_fn(void *ctx, const ahoy_cdr *cdr);
AHOY_MUST_USE int ahoy_store_cdr_list(ahoy_store *store, uint64_t *cursor, size_t limit, ahoy_store_cdr_fn *fn, void *ctx);
/* The newest record with this id or this Call-ID on either leg. AHOY_ENOTFOUND. */
AHOY_MUST_USE int ahoy_store_cdr_find(ahoy_store *store, ahoy_slice id, ahoy_store_cdr_fn *fn, void *ctx);
/* At start: marks what a dead server left open as cut off, ended by the server at the last time that the store knows
 * of. */
AHOY_MUST_USE int ahoy_store_cdr_cut_off(ahoy_store *store, uint64_t *count);
/* Now and then while calls are open: the time until which a record may claim that its call lived. */
AHOY_MUST_USE int ahoy_store_alive(ahoy_store *store, uint64_t now_utc_ms);
/* In a quiet moment: gives its cache back; the next look-ups read it again. Not inside begin .. commit. */
void ahoy_store_shrink(ahoy_store *store);

#endif
