/* What the server may keep when nothing is going on: pools of a size that its busiest moment called for, a ring of
 * recent calls, and no byte more. */
#include <stdio.h>

#include "b2b/internal.h"
#include "relay/relay_state.h"
#include "registrar/users.h"
#include "sim/server.h"
#include "sim/world.h"
#include "sip/tx.h"
#include "ua/internal.h"

/* As base/slots.c makes them. */
#define SLOTS_CHUNK 64u
/* The tables of chunks are larger than their chunks call for. */
#define REST_SLACK 1024u

static void expect_none(sim_world *world, uint64_t count, const char *what)
{
	char text[96];

	if (!count)
		return;
	snprintf(text, sizeof text, "%llu %s left in the server", (unsigned long long)count, what);
	sim_fail(world, 0, text);
}

/* Whose they are, for the ladder of the fault. */
void sim_rest_transactions(sim_world *world, const ahoy_stack *stack, const char *whose)
{
	uint64_t cursor = 0;
	const ahoy_tx *tx = ahoy_slots_next(&stack->txs, &cursor, NULL);
	char text[160];

	if (!tx)
		return;
	world->looked_at =
		tx->sent ? ahoy_trace_header(ahoy_text_slice(tx->sent), AHOY_S("Call-ID"), 'i') : tx->call_id;
	snprintf(text, sizeof text,
		 "%u transactions left in %s, the first of kind %d in state %d; timers: resend %s, time-out %s",
		 stack->txs.count, whose, tx->kind, tx->state, ahoy_timer_is_armed(&tx->resend) ? "on" : "off",
		 ahoy_timer_is_armed(&tx->timeout) ? "on" : "off");
	sim_fail(world, 0, text);
	world->looked_at = (ahoy_slice){0};
}

static void check_calls(sim_world *world, const ahoy_switch *sw)
{
	uint64_t cursor = 0;
	const b2b_call *call = ahoy_slots_next(&sw->calls, &cursor, NULL);
	char text[160];

	if (!call)
		return;
	snprintf(text, sizeof text, "%u calls left in the server, the first in state %d, legs %s and %s",
		 sw->calls.count, call->state, call->a.ua ? "up" : "down",
		 call->winner >= 0 && call->b[call->winner].ua ? "up" : "down");
	sim_fail(world, sim_attempt_number(call->a.call_id), text);
}

static void check_counts(sim_world *world, const ahoy_switch *sw)
{
	ahoy_registrar_counters registrar;
	ahoy_switch_status status;

	ahoy_switch_get_status(sw, &status);
	ahoy_registrar_count(sw->registrar, &registrar);
	expect_none(world, status.calls, "calls");
	expect_none(world, status.registrations, "registrations");
	check_calls(world, sw);
	sim_rest_transactions(world, sw->ua->stack, "the server");
	expect_none(world, status.transactions, "transactions (counted)");
	expect_none(world, status.timers, "timers");
	expect_none(world, status.ports_used, "media ports");
	expect_none(world, sw->waits.count, "waits");
	expect_none(world, sw->messages.count, "messages");
	expect_none(world, registrar.pending, "sets of bindings that wait for the store");
	expect_none(world, registrar.users, "users with bindings");
	expect_none(world, ahoy_relay_calls(sw->relay), "relayed calls");
	expect_none(world, sw->ua->calls.count, "legs");
	expect_none(world, sw->ua->sendings.count, "requests");
	expect_none(world, sw->ua->registrations.count, "own registrations");
	expect_none(world, sw->ua->timers.count, "user agent timers");
	expect_none(world, sw->ask_count - sw->ask_popped, "asks");
}

static size_t slots_bytes(const ahoy_slots *slots)
{
	size_t chunks = (slots->made + SLOTS_CHUNK - 1) / SLOTS_CHUNK, kept = 0;

	for (size_t i = 0; i < chunks; i++)
		kept += slots->chunks[i] != NULL;
	return kept * SLOTS_CHUNK * slots->stride + chunks * sizeof(char *);
}

static size_t map_bytes(const ahoy_map *map)
{
	return map->bucket_count * sizeof(ahoy_map_node *);
}

static size_t recent_bytes(const ahoy_switch *sw)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < B2B_RECENT; i++)
		bytes += sw->recent[i].cap;
	return bytes;
}

/* What grows with the busiest moment, and is bounded by limits.h. */
static size_t pool_bytes(const ahoy_switch *sw)
{
	const ahoy_ua *ua = sw->ua;
	const ahoy_stack *stack = ua->stack;
	size_t bytes = slots_bytes(&sw->calls) + slots_bytes(&sw->waits) + slots_bytes(&sw->messages);

	bytes += slots_bytes(&ua->calls) + slots_bytes(&ua->sendings) + slots_bytes(&ua->registrations) +
		 slots_bytes(&stack->txs);
	bytes += slots_bytes(&sw->registrar->pending) + slots_bytes(&sw->relay->calls);
	bytes += map_bytes(&sw->waiting) + map_bytes(&stack->servers) + map_bytes(&sw->registrar->users);
	bytes += sw->ask_cap * sizeof *sw->asks + stack->out_cap * sizeof *stack->outs;
	for (size_t i = 0; i < sizeof sw->relay->chunks / sizeof sw->relay->chunks[0]; i++)
		bytes += sw->relay->chunks[i] ? AHOY_RELAY_CHUNK * sizeof(ahoy_relay_pair) : 0;
	return bytes;
}

static void check_memory(sim_world *world)
{
	sim_server *server = &world->server;
	size_t rest = server->memory.bytes - pool_bytes(server->sw) - recent_bytes(server->sw);
	char text[128];

	if (!server->rest_bytes)
		server->rest_bytes = rest;
	if (rest <= server->rest_bytes + REST_SLACK && server->rest_bytes <= rest + REST_SLACK)
		return;
	snprintf(text, sizeof text,
		 "the server's memory at rest is not what it was: %zu bytes beside its pools, then %zu",
		 server->rest_bytes, rest);
	sim_fail(world, 0, text);
}

void sim_server_check_idle(sim_world *world)
{
	ahoy_switch *sw = world->server.sw;

	/* What is over is freed with the next input: an empty one. */
	for (int i = 0; i < 2; i++) {
		ahoy_switch_expire(sw, world->now);
		sim_server_end_turn(&world->server);
	}
	check_counts(world, sw);
	check_memory(world);
}
