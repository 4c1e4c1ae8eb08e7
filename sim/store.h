/* store: the server's virtual database: users, bindings, call records. Look-ups answer at once, later, or fail; writes
 * are done one after the other, each after a while, as a database's thread does them. What is written survives the
 * server; what is only asked for may or may not. Thread kind: owned. */
#ifndef AHOY_SIM_STORE_H
#define AHOY_SIM_STORE_H

#include "b2b/switch.h"
#include "sim/queue.h"

#define SIM_USERS 24

typedef struct {
	ahoy_binding view; /* its slices point into the texts */
	char contact[AHOY_MAX_CONTACT + 1], call_id[AHOY_MAX_CALL_ID + 1], agent[AHOY_MAX_USER_AGENT + 1],
		instance[AHOY_MAX_INSTANCE + 1], path[AHOY_MAX_PATH + 1];
} sim_binding;

typedef struct {
	char name[24], password[24];
	ahoy_user_record record;
	sim_binding *bindings; /* as written */
	size_t binding_count;
} sim_user;

typedef struct {
	char id[24], caller_call_id[48], callee_call_id[48], from[24], to[24], reason[64], codec[16];
	uint64_t started_utc_ms, answered_utc_ms, ended_utc_ms;
	ahoy_ended_by ended_by;
	int code;
	bool cut_off;
	uint64_t packets[2];
	unsigned attempt, incarnation, versions;
	bool spoilt; /* a later version of it could not be written */
} sim_record;

typedef struct sim_write sim_write;

typedef struct {
	sim_user users[SIM_USERS];
	unsigned user_count;
	sim_record *records;
	size_t record_count, record_cap;
	sim_write *first, *last; /* asked for, not yet written */
	size_t write_count;
	ahoy_time busy_until;
	unsigned fail; /* per thousand */
	unsigned slow; /* per thousand: those that take long */
	uint64_t lookups, writes, failures;
} sim_store;

void sim_store_fini(sim_store *store);
sim_user *sim_store_add_user(sim_store *store, const char *name, const char *password, ahoy_slice realm);
sim_user *sim_store_find(sim_store *store, ahoy_slice name);
/* The server asks; answers come by sim_server_answer_…, in this very call or later. */
void sim_store_lookup(sim_world *world, const ahoy_ask *ask);
void sim_store_write(sim_world *world, const ahoy_ask *ask);
/* store_write.c */
void sim_store_drop_writes(sim_store *store);
/* How long the next answer takes, 0: it comes in the same turn; and whether it is that the store failed. */
ahoy_time sim_store_latency(sim_world *world);
bool sim_store_fails(sim_world *world);
/* The server was killed: some of what it asked for last was written, the rest was not. */
void sim_store_killed(sim_world *world);
/* Loads the bindings into the new switch, and closes the records that the killed one left open. */
void sim_store_restart(sim_world *world, ahoy_switch *sw);
/* The written record of this attempt, and how many there are. */
const sim_record *sim_store_record_of(const sim_store *store, unsigned attempt, unsigned *count);
/* Those that this start of the server left open, but for those that the store itself failed to complete. */
size_t sim_store_open_records(const sim_store *store, unsigned incarnation);
/* Is a binding at this Contact written, that lasts beyond this time (0: any)? */
bool sim_store_has_binding(const sim_store *store, ahoy_slice user, ahoy_slice contact, uint64_t utc_ms);
/* Of all users, as written and not expired. */
size_t sim_store_bindings(const sim_store *store, uint64_t now_utc_ms);

#endif
