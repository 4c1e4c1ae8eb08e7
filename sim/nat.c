#include "sim/nat.h"

static bool is_stale(const sim_nat *nat, ahoy_time now, const sim_mapping *mapping)
{
	return now - mapping->used > nat->timeout;
}

static bool knows_peer(const sim_mapping *mapping, const ahoy_addr *peer)
{
	for (unsigned i = 0; i < mapping->peer_count && i < SIM_NAT_PEERS; i++)
		if (ahoy_addr_eq(&mapping->peers[i], peer))
			return true;
	return false;
}

static bool port_is_taken(const sim_nat *nat, uint16_t port)
{
	for (size_t i = 0; i < SIM_NAT_MAPPINGS; i++)
		if (nat->mappings[i].port == port)
			return true;
	return false;
}

/* A free one, or the one that was silent longest. */
static sim_mapping *fresh(sim_nat *nat)
{
	sim_mapping *oldest = &nat->mappings[0];
	uint16_t port;

	for (size_t i = 0; i < SIM_NAT_MAPPINGS; i++) {
		sim_mapping *mapping = &nat->mappings[i];

		if (!mapping->port || mapping->used < oldest->used)
			oldest = mapping;
		if (!mapping->port)
			break;
	}
	do
		port = (uint16_t)sim_between(nat->chance, 20000, 60000);
	while (port_is_taken(nat, port));
	*oldest = (sim_mapping){.port = port};
	return oldest;
}

void sim_nat_out(sim_nat *nat, ahoy_time now, const ahoy_addr *inside, const ahoy_addr *to, ahoy_addr *source)
{
	sim_mapping *found = NULL;

	for (size_t i = 0; i < SIM_NAT_MAPPINGS && !found; i++) {
		sim_mapping *mapping = &nat->mappings[i];

		if (!mapping->port || !ahoy_addr_eq(&mapping->inside, inside))
			continue;
		if (is_stale(nat, now, mapping))
			mapping->port = 0;
		else if (!nat->symmetric || knows_peer(mapping, to))
			found = mapping;
	}
	if (!found) {
		found = fresh(nat);
		found->inside = *inside;
	}
	found->used = now;
	if (!knows_peer(found, to))
		found->peers[found->peer_count++ % SIM_NAT_PEERS] = *to;
	*source = nat->outside;
	source->port = found->port;
}

sim_phone *sim_nat_in(sim_nat *nat, ahoy_time now, const ahoy_addr *port, const ahoy_addr *from, ahoy_addr *inside)
{
	for (size_t i = 0; i < SIM_NAT_MAPPINGS; i++) {
		sim_mapping *mapping = &nat->mappings[i];

		if (mapping->port != port->port || is_stale(nat, now, mapping) || !knows_peer(mapping, from))
			continue;
		*inside = mapping->inside;
		return nat->phone_at(nat->world, &mapping->inside);
	}
	return NULL;
}

void sim_nat_forget(sim_nat *nat)
{
	memset(nat->mappings, 0, sizeof nat->mappings);
}
