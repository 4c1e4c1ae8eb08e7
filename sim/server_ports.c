/* The server's media ports: opened as the switch asks for them, closed when nobody needs them, and the packets that come to them. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/server.h"
#include "sim/world.h"

/* In turn through the range, each start from another place, so that packets meant for calls that are over seldom meet
 * new ones. */
static uint16_t closed_port(sim_server *server)
{
	while (server->pair_of_port[server->next_port])
		server->next_port = (server->next_port + 1) % server->pairs_max;
	return (uint16_t)(SIM_RTP_FIRST + 2 * server->next_port);
}

void sim_server_open_ports(sim_server *server, size_t count)
{
	while (count-- > 0 && server->pairs_open < server->pairs_max) {
		uint16_t port = closed_port(server);
		uint32_t pair;

		if (ahoy_switch_add_pair(server->sw, port, &pair))
			break;
		if (pair >= server->pairs_max || server->port_of_pair[pair]) {
			sim_fail(server->world, 0, "a pair of ports gets a number that is not the lowest free one");
			break;
		}
		server->port_of_pair[pair] = port;
		server->pair_of_port[server->next_port] = pair + 1;
		server->next_port = (server->next_port + 1) % server->pairs_max;
		server->pairs_open++;
	}
	if (server->pairs_open == server->pairs_max)
		ahoy_switch_no_ports(server->sw, server->world->now);
}

void sim_server_trim(sim_world *world, const sim_event *event)
{
	sim_server *server = &world->server;
	uint32_t pair;

	if (!server->sw || event->a != server->incarnation)
		return;
	server->trims++;
	(void)ahoy_switch_trim(server->sw, world->now);
	while (ahoy_switch_close_pair(server->sw, AHOY_WARM_PAIRS, &pair)) {
		if (pair >= server->pairs_max || !server->port_of_pair[pair]) {
			sim_fail(world, 0, "a pair of ports that is not open is to be closed");
			break;
		}
		server->pair_of_port[(server->port_of_pair[pair] - SIM_RTP_FIRST) / 2] = 0;
		server->port_of_pair[pair] = 0;
		server->pairs_open--;
	}
	sim_server_end_turn(server);
	sim_put(world, &(sim_event){.at = world->now + sim_between(&world->chance, AHOY_SECONDS(1), AHOY_SECONDS(10)),
				    .run = sim_server_trim,
				    .a = server->incarnation});
}

void sim_server_send_media(sim_server *server, const ahoy_relay_out *out, ahoy_slice bytes)
{
	ahoy_addr from = *sim_server_local(server, &out->to);

	from.port = (uint16_t)(server->port_of_pair[out->port / 2] + out->port % 2);
	sim_network_send(server->world, &from, &out->to, bytes, NULL, NULL);
}

bool sim_server_recv_media(sim_server *server, const sim_datagram *datagram)
{
	sim_world *world = server->world;
	uint32_t number = (uint32_t)datagram->to.port - SIM_RTP_FIRST, pair, port;
	ahoy_relay_out out;

	if (number / 2 >= server->pairs_max || !server->pair_of_port[number / 2])
		return false;
	pair = server->pair_of_port[number / 2] - 1;
	port = number % 2 ? AHOY_RELAY_RTCP_PORT(pair) : AHOY_RELAY_RTP_PORT(pair);
	if (ahoy_switch_media(server->sw, world->now, port, &datagram->from,
			      ahoy_slice_make(datagram->bytes, datagram->len), &out) != AHOY_RELAY_SEND)
		return true;
	sim_server_send_media(server, &out, out.bytes);
	return true;
}

void sim_server_close_ports(sim_server *server)
{
	free(server->port_of_pair);
	free(server->pair_of_port);
	server->port_of_pair = calloc(server->pairs_max, sizeof *server->port_of_pair);
	server->pair_of_port = calloc(server->pairs_max, sizeof *server->pair_of_port);
	if (!server->port_of_pair || !server->pair_of_port) {
		perror("ahoy-sim");
		exit(1);
	}
	server->pairs_open = 0;
	server->next_port = (unsigned)sim_between(&server->world->chance, 0, server->pairs_max - 1);
}
