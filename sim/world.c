#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/report.h"
#include "sim/script.h"

/* Longer than anything that phones begin may take: a call, its time-outs one after the other. */
#define CALLS_END_WITHIN AHOY_SECONDS(400)
/* The longest binding. */
#define BINDINGS_END_WITHIN AHOY_SECONDS(340)
/* As long as the server may go on asking a phone that is away (RFC 3261 17.1.1.2: 64*T1). */
#define ASKING AHOY_SECONDS(33)
/* After the last action nothing may be left (issue A: 40 s). */
#define DRAIN AHOY_SECONDS(40)

void sim_put(sim_world *world, const sim_event *event)
{
	sim_queue_put(&world->queue, event);
}

uint64_t sim_utc_ms(const sim_world *world)
{
	return (world->now + SIM_UTC_OFFSET) / 1000;
}

ahoy_time sim_longest_way(const sim_world *world)
{
	return AHOY_MS(world->options.delay_ms) * 5 / 4 + AHOY_MS(200);
}

void sim_name_of(const sim_world *world, const ahoy_addr *addr, char *out, size_t cap)
{
	const sim_host *host = sim_network_find(&world->network, addr);
	const sim_phone *phone = host ? host->owner : NULL;

	switch (host ? host->kind : SIM_NOBODY) {
	case SIM_SERVER:
		snprintf(out, cap, "server:%u", addr->port);
		return;
	case SIM_PHONE:
		snprintf(out, cap, "phone %u (%s):%u", phone->index, phone->user, addr->port);
		return;
	case SIM_NAT:
		snprintf(out, cap, "nat %u:%u", (unsigned)((const sim_nat *)host->owner - world->nats), addr->port);
		return;
	case SIM_NOBODY: {
		ahoy_buf b = ahoy_buf_over(out, cap);

		ahoy_addr_put(&b, addr);
		(void)ahoy_buf_cstr(&b);
		return;
	}
	}
}

void sim_fail(sim_world *world, unsigned attempt, const char *what)
{
	if (world->faults++ < SIM_MAX_FAULTS)
		sim_report_fault(world, attempt, what);
}

/* ---- time goes on ---- */

static void run_until(sim_world *world, ahoy_time until)
{
	sim_event event;

	while (world->faults < SIM_MAX_FAULTS && sim_queue_next(&world->queue) <= until && sim_queue_pop(&world->queue, &event)) {
		world->now = event.at;
		world->events++;
		event.run(world, &event);
	}
	if (world->now < until)
		world->now = until;
}

static bool goes_on(const sim_world *world)
{
	return world->faults < SIM_MAX_FAULTS;
}

/* ---- the server's death ---- */

static void restart(sim_world *world, const sim_event *event)
{
	(void)event;
	sim_server_start(world);
}

static void mark_attempts(sim_world *world)
{
	world->notes.killed = true;
	for (unsigned number = world->checked_attempts + 1; number <= world->attempt_count; number++)
		sim_attempt_of(world, number)->odd |= SIM_ODD_KILL;
}

static void restart_later(sim_world *world)
{
	sim_put(world, &(sim_event){.at = world->now + sim_between(&world->chance, AHOY_MS(20), AHOY_SECONDS(4)), .run = restart});
}

static void exit_server(sim_world *world, const sim_event *event)
{
	(void)event;
	mark_attempts(world);
	sim_server_exit(world);
	restart_later(world);
}

/* Most die as by kill -9, some are stopped in good order: calls are to be over within 5 s (DESIGN 5). */
static void end_server(sim_world *world, const sim_event *event)
{
	if (event->a != world->round || world->leaving || !world->server.sw || world->server.stopping)
		return;
	mark_attempts(world);
	if (sim_chance(&world->chance, 300)) {
		sim_server_stop(world);
		sim_put(world, &(sim_event){.at = world->now + AHOY_SECONDS(5), .run = exit_server});
		return;
	}
	sim_server_kill(world);
	restart_later(world);
}

static void operate(sim_world *world, const sim_event *event)
{
	if (!world->calling || event->a != world->round)
		return;
	sim_server_operate(world);
	sim_put(world, &(sim_event){.at = world->now + sim_between(&world->chance, AHOY_MS(100), AHOY_SECONDS(10)), .run = operate, .a = world->round});
}

/* ---- a round ---- */

static bool calls_are_over(const sim_world *world)
{
	for (unsigned p = 0; p < SIM_PHONES; p++) {
		const sim_phone *phone = &world->phones[p];

		if (sim_phone_busy(phone) || sim_phone_is_silent(phone, world->now - ASKING))
			return false;
		for (unsigned i = 0; i < SIM_SINGLES; i++)
			if (phone->singles[i])
				return false;
	}
	return world->server.sw != NULL && !world->server.stopping;
}

static bool phones_left(const sim_world *world)
{
	for (unsigned p = 0; p < SIM_PHONES; p++)
		if (!sim_phone_is_idle(&world->phones[p]) || !sim_phone_is_quiet(&world->phones[p]))
			return false;
	return sim_store_bindings(&world->store, sim_utc_ms(world)) == 0;
}

static void wait_for(sim_world *world, bool (*is_so)(const sim_world *), ahoy_time within, const char *else_what)
{
	ahoy_time until = world->now + within;

	while (goes_on(world) && !is_so(world) && world->now < until)
		run_until(world, world->now + AHOY_MS(500));
	if (goes_on(world) && !is_so(world))
		sim_fail(world, 0, else_what);
}

static bool all_begun(const sim_world *world)
{
	return world->attempt_count >= world->round_end;
}

static void begin_round(sim_world *world)
{
	unsigned left = world->options.calls - world->attempt_count;

	world->round++;
	world->round_end = world->attempt_count + (left < world->options.round_calls ? left : world->options.round_calls);
	world->calling = true;
	world->leaving = false;
	world->notes.killed = false;
	for (unsigned p = 0; p < SIM_PHONES; p++)
		sim_script_begin(&world->phones[p]);
	sim_put(world, &(sim_event){.at = world->now + AHOY_SECONDS(1), .run = operate, .a = world->round});
	if (sim_chance(&world->chance, world->options.kills))
		sim_put(world, &(sim_event){.at = world->now + sim_between(&world->chance, AHOY_SECONDS(2), AHOY_SECONDS(90)), .run = end_server, .a = world->round});
}

static void end_round(sim_world *world)
{
	sim_server_check_idle(world);
	for (unsigned p = 0; p < SIM_PHONES; p++)
		sim_phone_check_idle(&world->phones[p]);
	sim_check_attempts(world, world->checked_attempts + 1, world->attempt_count);
	if (world->options.trace > world->checked_attempts && world->options.trace <= world->attempt_count)
		sim_report_attempt(world, world->options.trace);
	world->checked_attempts = world->attempt_count;
}

/* A phone that is registered refreshes in time. */
static void check_registered(sim_world *world)
{
	world->sound = 0;
	for (unsigned p = 0; p < SIM_PHONES; p++)
		world->sound |= sim_phone_is_sound(&world->phones[p]) ? 1u << p : 0;
	for (unsigned p = 0; goes_on(world) && p < SIM_PHONES; p++)
		if (sim_phone_is_sound(&world->phones[p]) && !sim_phone_is_bound(&world->phones[p], sim_utc_ms(world)))
			sim_fail(world, 0, "a registered phone lost its binding");
}

static void run_round(sim_world *world)
{
	begin_round(world);
	wait_for(world, all_begun, AHOY_SECONDS(7200), "the phones do not come to call");
	world->calling = false;
	wait_for(world, calls_are_over, CALLS_END_WITHIN, "a phone's call or request never ends");
	check_registered(world);
	world->leaving = true;
	for (unsigned p = 0; goes_on(world) && p < SIM_PHONES; p++)
		sim_phone_unregister(&world->phones[p]);
	wait_for(world, phones_left, BINDINGS_END_WITHIN, "phones do not get rid of their bindings");
	run_until(world, world->now + DRAIN);
	if (goes_on(world))
		end_round(world);
}

int sim_world_run(sim_world *world)
{
	while (goes_on(world) && world->attempt_count < world->options.calls) {
		run_round(world);
		if (!world->options.quiet)
			sim_report_progress(world);
	}
	if (goes_on(world))
		sim_check_totals(world);
	return world->faults ? 1 : 0;
}

/* ---- birth and end ---- */

static sim_phone *phone_at(void *ctx, const ahoy_addr *inside)
{
	const sim_world *world = ctx;
	const sim_host *host = sim_network_find(&world->network, inside);

	return host && host->kind == SIM_PHONE ? host->owner : NULL;
}

static void build_server(sim_world *world)
{
	static const char *const texts[] = {"198.51.100.1", "2001:db8::1"};

	sim_memory_init(&world->server.memory, "server", world->options.seed, 1, &world->now, world->options.verbose);
	world->server.pairs_max = world->options.ports;
	for (int i = 0; i < 2; i++) {
		ahoy_addr *address = &world->server.addresses[i], dead;

		if (ahoy_addr_parse_ip(ahoy_slice_of(texts[i]), address))
			abort();
		address->port = SIM_SIP_PORT;
		sim_network_own(&world->network, address, false, SIM_SERVER, &world->server, NULL);
		dead = *address;
		dead.ip[i ? 15 : 3]++;
		sim_network_own(&world->network, &dead, false, SIM_NOBODY, NULL, NULL);
	}
}

static void build_nats(sim_world *world)
{
	for (unsigned i = 0; i < SIM_NATS; i++) {
		sim_nat *nat = &world->nats[i];

		*nat = (sim_nat){
			.symmetric = i % 2 == 1,
			.timeout = AHOY_SECONDS(sim_between(&world->chance, 30, 90)),
			.link = {.loss = world->options.loss,
				 .duplicate = world->options.duplicate,
				 .reorder = world->options.reorder,
				 .delay = AHOY_MS(world->options.delay_ms) / 2,
				 .jitter = AHOY_MS(world->options.delay_ms) / 4},
			.chance = &world->chance,
			.phone_at = phone_at,
			.world = world,
			.outside = {.family = 4, .ip = {192, 0, 2, (uint8_t)(10 + i)}},
		};
		sim_network_own(&world->network, &nat->outside, false, SIM_NAT, nat, &nat->link);
	}
}

static void build_users(sim_world *world)
{
	for (unsigned i = 0; i <= 20; i++) {
		char name[16], password[24];

		snprintf(name, sizeof name, "%u", 100 + i);
		snprintf(password, sizeof password, "secret-%s", name);
		(void)sim_store_add_user(&world->store, name, password, AHOY_S(SIM_REALM));
	}
	world->store.fail = world->options.calm ? 0 : 4;
	world->store.slow = 60;
}

void sim_world_init(sim_world *world, const sim_options *options)
{
	*world = (sim_world){.options = *options, .now = AHOY_SECONDS(1000)};
	world->network.hash = 14695981039346656037u;
	sim_random_init(&world->chance, options->seed, 2);
	world->attempts = calloc(options->calls + 1, sizeof *world->attempts);
	if (!world->attempts) {
		perror("ahoy-sim");
		exit(1);
	}
	sim_tape_init(world, options->verbose);
	build_server(world);
	build_nats(world);
	build_users(world);
	for (unsigned i = 0; i < SIM_PHONES; i++)
		sim_phone_init(world, i);
	sim_server_start(world);
}

void sim_world_stop(sim_world *world)
{
	if (world->server.sw)
		sim_server_del(world);
	for (unsigned p = 0; p < SIM_PHONES; p++)
		sim_phone_fini(&world->phones[p]);
}

void sim_world_fini(sim_world *world)
{
	sim_queue_fini(&world->queue);
	sim_store_fini(&world->store);
	sim_observer_fini(&world->observer);
	sim_tape_fini(&world->tape);
	sim_notes_fini(&world->notes);
	sim_network_fini(&world->network);
	free(world->attempts);
}
