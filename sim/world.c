#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/report.h"

void sim_put(sim_world *world, const sim_event *event)
{
	sim_queue_put(&world->queue, event);
}

uint64_t sim_utc_ms(const sim_world *world)
{
	return (world->now + SIM_UTC_OFFSET) / 1000;
}

bool sim_is_patient(const sim_world *world)
{
	return world->options.loss <= 150;
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
