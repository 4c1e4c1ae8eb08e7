#include "sim/network.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/nat.h"
#include "sim/phone.h"
#include "sim/server.h"
#include "sim/tape.h"
#include "sim/world.h"

sim_datagram *sim_datagram_new(const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes)
{
	sim_datagram *datagram = malloc(sizeof *datagram + bytes.len);

	if (!datagram) {
		perror("ahoy-sim");
		exit(1);
	}
	datagram->from = *from;
	datagram->to = *to;
	datagram->len = bytes.len;
	if (bytes.len)
		memcpy(datagram->bytes, bytes.ptr, bytes.len);
	return datagram;
}

void sim_datagram_del(sim_datagram *datagram)
{
	free(datagram);
}

/* ---- addresses ---- */

static uint32_t bucket_of(const ahoy_addr *ip)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof ip->ip; i++)
		hash = (hash ^ ip->ip[i]) * 16777619u;
	return hash % SIM_HOST_BUCKETS;
}

sim_host *sim_network_find(const sim_network *network, const ahoy_addr *ip)
{
	for (uint32_t at = bucket_of(ip); network->buckets[at]; at = (at + 1) % SIM_HOST_BUCKETS) {
		sim_host *host = &network->hosts[network->buckets[at] - 1];

		if (ahoy_addr_ip_eq(&host->ip, ip))
			return host;
	}
	return NULL;
}

void sim_network_own(sim_network *network, const ahoy_addr *ip, bool inside, sim_owner_kind kind, void *owner,
		     const sim_link *link)
{
	sim_host *host = sim_network_find(network, ip);
	uint32_t at = bucket_of(ip);

	if (!host) {
		if (network->count == network->cap) {
			network->cap = network->cap ? network->cap * 2 : 64;
			network->hosts = realloc(network->hosts, network->cap * sizeof *network->hosts);
		}
		/* Half-empty buckets at the least, so that a search ends. */
		if (!network->hosts || network->count >= SIM_HOST_BUCKETS / 2) {
			fprintf(stderr, "ahoy-sim: too many addresses\n");
			exit(1);
		}
		host = &network->hosts[network->count++];
		while (network->buckets[at])
			at = (at + 1) % SIM_HOST_BUCKETS;
		network->buckets[at] = (uint32_t)network->count;
	}
	*host = (sim_host){.ip = *ip, .inside = inside, .kind = kind, .owner = owner, .link = link};
}

void sim_network_leave(sim_network *network, const ahoy_addr *ip)
{
	sim_host *host = sim_network_find(network, ip);

	if (host) {
		host->kind = SIM_NOBODY;
		host->owner = NULL;
	}
}

void sim_network_fini(sim_network *network)
{
	free(network->hosts);
	network->hosts = NULL;
}

/* ---- the way ---- */

static void mix(sim_network *network, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < len; i++)
		network->hash = (network->hash ^ p[i]) * 1099511628211u;
}

static void mix_datagram(sim_world *world, const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes)
{
	mix(&world->network, &world->now, sizeof world->now);
	mix(&world->network, from->ip, sizeof from->ip);
	mix(&world->network, &from->port, sizeof from->port);
	mix(&world->network, to->ip, sizeof to->ip);
	mix(&world->network, &to->port, sizeof to->port);
	mix(&world->network, bytes.ptr, bytes.len);
}

/* Nobody listens: as on a real host, the sender may hear of it by ICMP. */
static void refuse(sim_world *world, const sim_datagram *datagram)
{
	sim_host *host = sim_network_find(&world->network, &datagram->from);

	world->network.unreachable++;
	if (sim_is_media(&datagram->to) || !host || host->kind != SIM_PHONE || !sim_chance(&world->chance, 500))
		return;
	sim_phone_refused(host->owner, &datagram->to);
}

static void arrive(sim_world *world, const sim_event *event)
{
	sim_datagram *datagram = event->datagram;
	sim_host *host = sim_network_find(&world->network, &datagram->to);
	ahoy_slice bytes = ahoy_slice_make(datagram->bytes, datagram->len);

	world->network.delivered++;
	switch (host ? host->kind : SIM_NOBODY) {
	case SIM_SERVER:
		if (!sim_server_recv(&world->server, datagram))
			refuse(world, datagram);
		break;
	case SIM_PHONE:
		sim_phone_recv(host->owner, &datagram->to, &datagram->from, bytes);
		break;
	case SIM_NAT: {
		ahoy_addr inside;
		sim_phone *phone = sim_nat_in(host->owner, world->now, &datagram->to, &datagram->from, &inside);

		if (phone)
			sim_phone_recv(phone, &inside, &datagram->from, bytes);
		else
			world->network.unreachable++;
		break;
	}
	case SIM_NOBODY:
		refuse(world, datagram);
		break;
	}
	sim_datagram_del(datagram);
}

static void carry(sim_world *world, const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes, const sim_link *link,
		  ahoy_time extra)
{
	ahoy_time delay = link->delay + sim_between(&world->chance, 0, link->jitter) + extra;

	if (sim_chance(&world->chance, link->reorder)) {
		delay += sim_between(&world->chance, AHOY_MS(1), AHOY_MS(200));
		world->network.reordered++;
	}
	sim_put(world,
		&(sim_event){.at = world->now + delay, .run = arrive, .datagram = sim_datagram_new(from, to, bytes)});
}

void sim_network_send(sim_world *world, const ahoy_addr *from, const ahoy_addr *to, ahoy_slice bytes,
		      const sim_link *link, sim_nat *nat)
{
	sim_network *network = &world->network;
	const sim_host *host = sim_network_find(network, to);
	bool media = sim_is_media(link ? to : from);
	ahoy_addr source = *from;
	bool lost;

	network->sent++;
	mix_datagram(world, from, to, bytes);
	if (nat)
		sim_nat_out(nat, world->now, from, to, &source);
	if (!host)
		sim_fail(world, 0, "a datagram is sent to an address that never was in the world");
	/* Media may be tried at the private address of an SDP until the phone's own packets tell a better one (DESIGN
	 * 6); signalling never. */
	if (host && host->inside && !media)
		sim_fail(world, 0, "signalling is sent to an address behind a NAT");
	if (!host || host->inside) {
		network->unreachable++;
		return;
	}
	if (!link)
		link = host->link;
	lost = sim_chance(&world->chance, link->loss);
	if (!media)
		sim_tape_put(world, from, to, bytes, lost);
	if (lost) {
		network->lost++;
		return;
	}
	carry(world, &source, to, bytes, link, 0);
	if (sim_chance(&world->chance, link->duplicate)) {
		network->duplicated++;
		carry(world, &source, to, bytes, link, sim_between(&world->chance, 0, AHOY_MS(100)));
	}
}
