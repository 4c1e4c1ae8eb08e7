/* The store's writes: one after the other, each after a while; some fail, some are lost with the server that asked for them. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/store.h"
#include "sim/world.h"

/* One write on its way. */
struct sim_write {
	sim_write *next;
	ahoy_ask_kind kind;
	uint64_t id;
	unsigned incarnation;
	bool fails;
	sim_user *user;
	sim_binding *bindings;
	size_t count;
	sim_record record;
};

static void *checked(void *memory)
{
	if (memory)
		return memory;
	perror("ahoy-sim");
	exit(1);
}

static void del_write(sim_write *write)
{
	free(write->bindings);
	free(write);
}

static void copy_text(char *out, size_t cap, ahoy_slice text, ahoy_slice *view)
{
	if (ahoy_slice_cstr(text, out, cap)) {
		fprintf(stderr, "ahoy-sim: a text of a binding or record is longer than its bound\n");
		exit(1);
	}
	if (view)
		*view = ahoy_slice_of(out);
}

static void copy_binding(const ahoy_binding *from, sim_binding *to)
{
	to->view = *from;
	copy_text(to->contact, sizeof to->contact, from->contact, &to->view.contact);
	copy_text(to->call_id, sizeof to->call_id, from->call_id, &to->view.call_id);
	copy_text(to->agent, sizeof to->agent, from->user_agent, &to->view.user_agent);
	copy_text(to->instance, sizeof to->instance, from->instance, &to->view.instance);
	copy_text(to->path, sizeof to->path, from->path, &to->view.path);
}

static void copy_record(const ahoy_cdr *from, sim_record *to)
{
	copy_text(to->id, sizeof to->id, from->id, NULL);
	copy_text(to->caller_call_id, sizeof to->caller_call_id,
		  ahoy_slice_first(from->caller.call_id, sizeof to->caller_call_id - 1), NULL);
	copy_text(to->callee_call_id, sizeof to->callee_call_id,
		  ahoy_slice_first(from->callee.call_id, sizeof to->callee_call_id - 1), NULL);
	copy_text(to->from, sizeof to->from, ahoy_slice_first(from->from, sizeof to->from - 1), NULL);
	copy_text(to->to, sizeof to->to, ahoy_slice_first(from->to, sizeof to->to - 1), NULL);
	copy_text(to->reason, sizeof to->reason, ahoy_slice_first(from->reason, sizeof to->reason - 1), NULL);
	copy_text(to->codec, sizeof to->codec, ahoy_slice_first(from->codec, sizeof to->codec - 1), NULL);
	to->started_utc_ms = from->started_utc_ms;
	to->answered_utc_ms = from->answered_utc_ms;
	to->ended_utc_ms = from->ended_utc_ms;
	to->ended_by = from->ended_by;
	to->code = from->code;
	to->packets[0] = from->caller.packets;
	to->packets[1] = from->callee.packets;
	to->attempt = sim_attempt_number(from->caller.call_id);
}

static sim_write *copy_write(sim_world *world, const ahoy_ask *ask)
{
	sim_write *write = checked(calloc(1, sizeof *write));

	write->kind = ask->kind;
	write->id = ask->id;
	write->incarnation = world->server.incarnation;
	write->fails = sim_store_fails(world);
	if (ask->kind == AHOY_ASK_RECORD) {
		copy_record(ask->cdr, &write->record);
		write->record.incarnation = world->server.incarnation;
		return write;
	}
	write->user = sim_store_find(&world->store, ask->user);
	if (!write->user)
		sim_fail(world, 0, "bindings of a user that does not exist are to be saved");
	write->count = ask->count;
	write->bindings = checked(calloc(ask->count + 1, sizeof *write->bindings));
	for (size_t i = 0; i < ask->count; i++)
		copy_binding(&ask->bindings[i], &write->bindings[i]);
	return write;
}

/* A set is moved, so its slices are set again. */
static void renew_views(sim_binding *bindings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bindings[i].view.contact = ahoy_slice_of(bindings[i].contact);
		bindings[i].view.call_id = ahoy_slice_of(bindings[i].call_id);
		bindings[i].view.user_agent = ahoy_slice_of(bindings[i].agent);
		bindings[i].view.instance = ahoy_slice_of(bindings[i].instance);
		bindings[i].view.path = ahoy_slice_of(bindings[i].path);
	}
}

static sim_record *find_record(sim_store *store, const char *id)
{
	/* The younger ones are asked for more often. */
	for (size_t i = store->record_count; i > 0 && i + 4096 > store->record_count; i--)
		if (!strcmp(store->records[i - 1].id, id))
			return &store->records[i - 1];
	return NULL;
}

static void apply_record(sim_world *world, const sim_record *fresh)
{
	sim_store *store = &world->store;
	sim_record *record = find_record(store, fresh->id);
	unsigned versions = record ? record->versions : 0;

	if (record && (record->ended_utc_ms || record->cut_off))
		sim_fail(world, fresh->attempt, "a call record that was complete is written again");
	if (!record) {
		if (store->record_count == store->record_cap) {
			store->record_cap = store->record_cap ? store->record_cap * 2 : 256;
			store->records = checked(realloc(store->records, store->record_cap * sizeof *store->records));
		}
		record = &store->records[store->record_count++];
	}
	*record = *fresh;
	record->versions = versions + 1;
}

static void apply(sim_world *world, sim_write *write)
{
	if (write->fails) {
		sim_attempt *attempt =
			write->kind == AHOY_ASK_RECORD ? sim_attempt_of(world, write->record.attempt) : NULL;

		sim_record *record = attempt ? find_record(&world->store, write->record.id) : NULL;

		if (attempt)
			attempt->odd |= SIM_ODD_STORE;
		if (record)
			record->spoilt = true;
		return;
	}
	world->store.writes++;
	if (write->kind == AHOY_ASK_RECORD) {
		apply_record(world, &write->record);
		return;
	}
	if (!write->user)
		return;
	free(write->user->bindings);
	write->user->bindings = write->bindings;
	write->user->binding_count = write->count;
	write->bindings = NULL;
	renew_views(write->user->bindings, write->count);
}

static void answer_write(sim_world *world, const sim_event *event)
{
	sim_server_answer_saved(world, (unsigned)event->b, event->a, event->b >> 32);
}

static void write_first(sim_world *world, bool at_once)
{
	sim_store *store = &world->store;
	sim_write *write = store->first;
	sim_event event = {
		.at = world->now + (at_once ? 0 : sim_between(&world->chance, 10, 3000)),
		.run = answer_write,
		.a = write->id,
		.b = (uint64_t)write->fails << 32 | write->incarnation,
	};

	apply(world, write);
	store->first = write->next;
	if (!store->first)
		store->last = NULL;
	store->write_count--;
	/* The answer comes a moment after the bytes are on the disk: a server that dies in between has not told
	 * anybody. */
	if (write->id && at_once)
		answer_write(world, &event);
	else if (write->id)
		sim_put(world, &event);
	del_write(write);
}

static void write_due(sim_world *world, const sim_event *event)
{
	if (world->store.first == event->who && world->store.first && world->server.incarnation == event->a)
		write_first(world, false);
}

void sim_store_write(sim_world *world, const ahoy_ask *ask)
{
	sim_store *store = &world->store;
	sim_write *write = copy_write(world, ask);
	ahoy_time delay = sim_store_latency(world), from = store->busy_until > world->now ? store->busy_until : world->now;
	bool at_once = !store->first && !delay;

	if (store->last)
		store->last->next = write;
	else
		store->first = write;
	store->last = write;
	store->write_count++;
	if (at_once) {
		write_first(world, true);
		return;
	}
	store->busy_until = from + delay;
	sim_put(world,
		&(sim_event){.at = store->busy_until, .run = write_due, .who = write, .a = world->server.incarnation});
}

void sim_store_killed(sim_world *world)
{
	sim_store *store = &world->store;
	size_t written = sim_between(&world->chance, 0, store->write_count);

	while (store->first) {
		sim_write *write = store->first;

		if (written > 0) {
			written--;
			apply(world, write);
		}
		store->first = write->next;
		del_write(write);
	}
	store->last = NULL;
	store->write_count = 0;
	store->busy_until = 0;
}

void sim_store_drop_writes(sim_store *store)
{
	while (store->first) {
		sim_write *write = store->first;

		store->first = write->next;
		del_write(write);
	}
	store->last = NULL;
}
