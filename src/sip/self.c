#include "sip/self.h"

static bool in_network(const ahoy_addr *addr, const ahoy_addr *network, unsigned prefix_bits)
{
	unsigned whole = prefix_bits / 8, rest = prefix_bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	if (addr->family != network->family || prefix_bits > 128 || memcmp(addr->ip, network->ip, whole) != 0)
		return false;
	return rest == 0 || ((addr->ip[whole] ^ network->ip[whole]) & mask) == 0;
}

void ahoy_self_address(const ahoy_self *self, const ahoy_flow *flow, ahoy_addr *out)
{
	*out = flow->local;
	if (self->public_address.family == 0 || self->public_address.family != flow->peer.family || ahoy_addr_is_loopback(&flow->peer))
		return;
	for (unsigned i = 0; i < self->network_count; i++)
		if (in_network(&flow->peer, &self->networks[i].addr, self->networks[i].prefix_bits))
			return;
	memcpy(out->ip, self->public_address.ip, sizeof out->ip);
	out->scope = 0;
}

bool ahoy_self_is_mine(const ahoy_self *self, const ahoy_addr *addr)
{
	if (self->public_address.family && ahoy_addr_ip_eq(&self->public_address, addr))
		return true;
	if (ahoy_addr_is_loopback(addr))
		return true;
	for (unsigned i = 0; i < self->network_count; i++)
		if (ahoy_addr_ip_eq(&self->networks[i].addr, addr))
			return true;
	return false;
}
