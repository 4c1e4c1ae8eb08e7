#include "sip/nat.h"

#include "sip/target.h"

#define SIP_PORT 5060u

static bool sent_by_is(const ahoy_via *via, const ahoy_addr *source)
{
	ahoy_addr addr;

	return !ahoy_addr_parse_ip(via->host, &addr) && ahoy_addr_ip_eq(&addr, source);
}

void ahoy_nat_response_route(const ahoy_via *via, const ahoy_flow *from, ahoy_response_route *out)
{
	const ahoy_addr *source = &from->peer;
	bool honest = sent_by_is(via, source);
	uint16_t sent_by_port = via->port ? via->port : SIP_PORT;

	*out = (ahoy_response_route){.to = *source};
	/* RFC 3581 4: received is written with rport even where it says nothing new. */
	out->write_received = via->has_rport || !honest;
	if (via->has_rport)
		out->rport = source->port;
	else if (from->transport == AHOY_UDP && honest)
		out->to.port = sent_by_port;
	if (from->transport != AHOY_UDP && honest)
		out->back_port = sent_by_port;
}

bool ahoy_nat_contact_differs(const ahoy_uri *contact, const ahoy_addr *source)
{
	ahoy_target target;

	/* maddr and the transport's own port count as they would for a request to it. */
	if (ahoy_target_of_uri(contact, &target) || !target.addr.family)
		return true;
	return !ahoy_addr_eq(&target.addr, source);
}

bool ahoy_nat_reconnect(const ahoy_uri *contact, const ahoy_flow *gone, ahoy_flow *out)
{
	ahoy_target target;

	if (!ahoy_transport_is_reliable(gone->transport) || ahoy_target_of_uri(contact, &target) ||
	    target.transport != gone->transport || !ahoy_addr_ip_eq(&target.addr, &gone->peer))
		return false;
	*out = *gone;
	out->id = 0;
	out->peer.port = target.port;
	return true;
}
