#include "sim/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/world.h"

/* A machine whose deadline does not move when its time comes would spin for ever. */
#define MAX_TURNS_AT_ONCE 2000
/* Few enough that a busy time reaches the bound. */
#define SIM_TRANSCODED 3

static void wake(sim_world *world, const sim_event *event);

const ahoy_addr *sim_server_local(const sim_server *server, const ahoy_addr *peer)
{
	return &server->addresses[peer->family == 6];
}

/* ---- what the switch wants ---- */

static void serve_ask(sim_server *server, const ahoy_ask *ask)
{
	switch (ask->kind) {
	case AHOY_ASK_USER:
		sim_store_lookup(server->world, ask);
		break;
	case AHOY_ASK_SAVE:
	case AHOY_ASK_RECORD:
		sim_store_write(server->world, ask);
		break;
	case AHOY_ASK_OPEN_PORTS:
		sim_server_open_ports(server, ask->count);
		break;
	}
}

static void send(sim_server *server, const ahoy_out *out)
{
	sim_world *world = server->world;

	if (out->kind != AHOY_OUT_SEND || out->flow.transport != AHOY_UDP) {
		sim_fail(world, 0, "the server wants something else than a datagram");
		return;
	}
	sim_tape_server(world, true, &out->flow, out->bytes);
	sim_observe_sent(world, &out->flow, out->bytes);
	sim_network_send(world, sim_server_local(server, &out->flow.peer), &out->flow.peer, out->bytes, NULL, NULL);
}

static void schedule(sim_server *server)
{
	ahoy_time next = ahoy_switch_next(server->sw), now = server->world->now;

	if (next == AHOY_NEVER || (server->wake_at > now && server->wake_at <= next))
		return;
	/* A loop is a little late now and then. */
	server->wake_at = (next > now ? next : now) + sim_between(&server->world->chance, 0, 700);
	sim_put(server->world,
		&(sim_event){.at = server->wake_at, .run = wake, .a = ++server->wake_number, .b = server->incarnation});
}

static void drain(sim_server *server)
{
	ahoy_ask ask;
	ahoy_out out;
	ahoy_relay_out packet;
	ahoy_slice bytes;

	while (ahoy_switch_pop_ask(server->sw, &ask))
		serve_ask(server, &ask);
	while (ahoy_switch_pop_out(server->sw, &out))
		send(server, &out);
	while (ahoy_switch_pop_media(server->sw, &packet, &bytes))
		sim_server_send_media(server, &packet, bytes);
	schedule(server);
}

/* Asks that are answered at once are answered inside of this; the outermost drains. */
void sim_server_end_turn(sim_server *server)
{
	if (server->in_turn)
		return;
	server->in_turn = true;
	drain(server);
	server->in_turn = false;
}

static void wake(sim_world *world, const sim_event *event)
{
	sim_server *server = &world->server;

	if (!server->sw || event->b != server->incarnation || event->a != server->wake_number)
		return;
	server->wake_at = 0;
	if (ahoy_switch_next(server->sw) <= world->now) {
		ahoy_switch_expire(server->sw, world->now);
		server->turns_at_once = ahoy_switch_next(server->sw) <= world->now ? server->turns_at_once + 1 : 0;
		if (server->turns_at_once > MAX_TURNS_AT_ONCE)
			sim_fail(world, 0, "the server spins: its deadline does not move");
	}
	sim_server_end_turn(server);
}

/* ---- what comes ---- */

bool sim_server_recv(sim_server *server, const sim_datagram *datagram)
{
	ahoy_slice bytes = ahoy_slice_make(datagram->bytes, datagram->len);
	ahoy_flow flow = {
		.transport = AHOY_UDP, .id = datagram->to.family == 6, .local = datagram->to, .peer = datagram->from};

	if (!server->sw)
		return false;
	if (sim_is_media(&datagram->to))
		return sim_server_recv_media(server, datagram);
	if (datagram->to.port != SIM_SIP_PORT)
		return false;
	sim_tape_server(server->world, false, &flow, bytes);
	sim_observe_received(server->world, &flow, bytes);
	ahoy_switch_recv(server->sw, server->world->now, &flow, bytes);
	sim_server_end_turn(server);
	return true;
}

void sim_server_answer_user(sim_world *world, unsigned incarnation, uint64_t id, const ahoy_user_record *record,
			    bool failed)
{
	sim_server *server = &world->server;

	if (!server->sw || incarnation != server->incarnation)
		return;
	ahoy_switch_answer_user(server->sw, world->now, id, record, failed);
	sim_server_end_turn(server);
}

void sim_server_answer_saved(sim_world *world, unsigned incarnation, uint64_t id, bool failed)
{
	sim_server *server = &world->server;

	if (!server->sw || incarnation != server->incarnation)
		return;
	ahoy_switch_answer_saved(server->sw, world->now, id, failed);
	sim_server_end_turn(server);
}

/* ---- its life ---- */

void sim_server_start(sim_world *world)
{
	sim_server *server = &world->server;
	ahoy_switch_config config = {
		.realm = AHOY_S(SIM_REALM),
		.digest = {AHOY_DIGEST_SHA256, AHOY_DIGEST_MD5},
		.digest_count = 2,
		.session_expires_s = 1800,
		.media_timeout_s = 20,
		.ring_timeout_s = 30,
		.register_min_s = 30,
		.register_max_s = 300,
		.echo_number = AHOY_S(SIM_ECHO),
		.echo_limit_s = SIM_ECHO_LIMIT_S,
		.max_transcoded = SIM_TRANSCODED,
		.latch = AHOY_LATCH_SIGNALLING,
		.utc_offset_us = (int64_t)SIM_UTC_OFFSET,
		.trace_bytes = 1u << 20,
		.listener_count = 2,
	};

	server->world = world;
	server->incarnation++;
	config.start_number = sim_utc_ms(world);
	memcpy(config.listeners, server->addresses, sizeof server->addresses);
	sim_server_close_ports(server);
	server->wake_at = 0;
	server->rest_bytes = 0;
	if (ahoy_switch_new(&server->memory.env, &config, &server->sw)) {
		fprintf(stderr, "ahoy-sim: the server does not start\n");
		exit(1);
	}
	sim_store_restart(world, server->sw);
	sim_server_open_ports(server, AHOY_WARM_PAIRS);
	sim_put(world, &(sim_event){.at = world->now + AHOY_SECONDS(3), .run = sim_server_trim, .a = server->incarnation});
	sim_server_end_turn(server);
}

void sim_server_del(sim_world *world)
{
	sim_server *server = &world->server;

	ahoy_switch_del(server->sw);
	server->sw = NULL;
	free(server->port_of_pair);
	free(server->pair_of_port);
	server->port_of_pair = NULL;
	server->pair_of_port = NULL;
	if (server->memory.blocks) {
		fprintf(stderr, "ahoy-sim: %zu blocks, %zu bytes\n", server->memory.blocks, server->memory.bytes);
		sim_fail(world, 0, "memory is left when the server is deleted");
	}
}

/* What was acknowledged is written: a phone that got its 200 just now, and has asked for nothing since, is in the
 * store. */
static void check_acknowledged(sim_world *world)
{
	for (unsigned p = 0; p < SIM_PHONES; p++) {
		const sim_phone *phone = &world->phones[p];

		if (phone->registered && phone->moved_in != world->round &&
		    phone->registered_at + AHOY_SECONDS(20) > world->now && !sim_phone_is_bound(phone, 0))
			sim_fail(world, 0, "an acknowledged registration is not in the store");
	}
}

void sim_server_kill(sim_world *world)
{
	world->server.kills++;
	sim_store_killed(world);
	check_acknowledged(world);
	sim_server_del(world);
}

void sim_server_stop(sim_world *world)
{
	world->server.stops++;
	world->server.stopping = true;
	ahoy_switch_stop(world->server.sw, world->now);
	sim_server_end_turn(&world->server);
}

void sim_server_exit(sim_world *world)
{
	ahoy_switch_status status;

	world->server.stopping = false;
	ahoy_switch_get_status(world->server.sw, &status);
	if (status.calls)
		sim_fail(world, 0, "calls are left after the server was stopped");
	sim_store_killed(world);
	if (sim_store_open_records(&world->store, world->server.incarnation))
		sim_fail(world, 0, "records are left open after the server was stopped");
	sim_server_del(world);
}
