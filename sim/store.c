#include "sim/store.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/world.h"

void sim_store_fini(sim_store *store)
{
	sim_store_drop_writes(store);
	for (unsigned i = 0; i < store->user_count; i++)
		free(store->users[i].bindings);
	free(store->records);
}

sim_user *sim_store_add_user(sim_store *store, const char *name, const char *password, ahoy_slice realm)
{
	sim_user *user = &store->users[store->user_count++];
	char ha1[AHOY_DIGEST_HEX];

	snprintf(user->name, sizeof user->name, "%s", name);
	snprintf(user->password, sizeof user->password, "%s", password);
	user->record.found = true;
	(void)ahoy_digest_ha1(AHOY_DIGEST_MD5, ahoy_slice_of(name), realm, ahoy_slice_of(password), ha1);
	memcpy(user->record.ha1_md5, ha1, 32);
	(void)ahoy_digest_ha1(AHOY_DIGEST_SHA256, ahoy_slice_of(name), realm, ahoy_slice_of(password), ha1);
	memcpy(user->record.ha1_sha256, ha1, 64);
	return user;
}

sim_user *sim_store_find(sim_store *store, ahoy_slice name)
{
	for (unsigned i = 0; i < store->user_count; i++)
		if (ahoy_slice_eq(ahoy_slice_of(store->users[i].name), name))
			return &store->users[i];
	return NULL;
}

/* ---- how long it takes ---- */

/* 0: in the same turn. */
ahoy_time sim_store_latency(sim_world *world)
{
	if (sim_chance(&world->chance, world->store.slow))
		return sim_between(&world->chance, AHOY_MS(20), AHOY_MS(400));
	return sim_chance(&world->chance, 400) ? 0 : sim_between(&world->chance, 50, AHOY_MS(5));
}

bool sim_store_fails(sim_world *world)
{
	bool failed = sim_chance(&world->chance, world->store.fail);

	world->store.failures += failed;
	return failed;
}

/* ---- look-ups ---- */

/* What `who` points to for an answer that comes later. */
static void answer_lookup(sim_world *world, const sim_event *event)
{
	static const ahoy_user_record nobody;
	const sim_user *user = event->who;
	bool failed = event->b >> 32;

	sim_server_answer_user(world, (unsigned)event->b, event->a, user ? &user->record : &nobody, failed);
}

void sim_store_lookup(sim_world *world, const ahoy_ask *ask)
{
	ahoy_time delay = sim_store_latency(world);
	sim_event event = {
		.at = world->now + delay,
		.run = answer_lookup,
		.who = sim_store_find(&world->store, ask->user),
		.a = ask->id,
		.b = (uint64_t)sim_store_fails(world) << 32 | world->server.incarnation,
	};

	world->store.lookups++;
	if (delay)
		sim_put(world, &event);
	else
		answer_lookup(world, &event);
}

/* ---- the server's death and return ---- */

void sim_store_restart(sim_world *world, ahoy_switch *sw)
{
	sim_store *store = &world->store;

	for (size_t i = 0; i < store->record_count; i++) {
		sim_record *record = &store->records[i];

		if (record->ended_utc_ms)
			continue;
		record->ended_utc_ms = sim_utc_ms(world);
		record->ended_by = AHOY_ENDED_BY_SERVER;
		record->cut_off = true;
	}
	for (unsigned i = 0; i < store->user_count; i++) {
		const sim_user *user = &store->users[i];

		for (size_t n = 0; n < user->binding_count; n++)
			if (ahoy_switch_load_binding(sw, world->now, ahoy_slice_of(user->name),
						     &user->bindings[n].view))
				sim_fail(world, 0, "a stored binding cannot be loaded");
	}
}

const sim_record *sim_store_record_of(const sim_store *store, unsigned attempt, unsigned *count)
{
	const sim_record *found = NULL;

	*count = 0;
	for (size_t i = 0; i < store->record_count; i++) {
		if (store->records[i].attempt != attempt)
			continue;
		found = &store->records[i];
		++*count;
	}
	return found;
}

size_t sim_store_open_records(const sim_store *store, unsigned incarnation)
{
	size_t count = 0;

	for (size_t i = 0; i < store->record_count; i++)
		count += store->records[i].incarnation == incarnation && !store->records[i].ended_utc_ms &&
			 !store->records[i].spoilt;
	return count;
}

bool sim_store_has_binding(const sim_store *store, ahoy_slice name, ahoy_slice contact, uint64_t utc_ms)
{
	const sim_user *user = sim_store_find((sim_store *)store, name);

	for (size_t i = 0; user && i < user->binding_count; i++)
		if (ahoy_slice_eq(user->bindings[i].view.contact, contact))
			return user->bindings[i].view.expires_utc_ms > utc_ms;
	return false;
}

size_t sim_store_bindings(const sim_store *store, uint64_t now_utc_ms)
{
	size_t count = 0;

	for (unsigned i = 0; i < store->user_count; i++)
		for (size_t n = 0; n < store->users[i].binding_count; n++)
			count += store->users[i].bindings[n].view.expires_utc_ms > now_utc_ms;
	return count;
}
