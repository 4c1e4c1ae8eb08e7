#include "sip/nat.h"

#include "sip/target.h"

#define SIP_PORT 5060u

static bool sent_by_is(const ahoy_via *via, const ahoy_addr *source)
{
	ahoy_addr addr;

	return !ahoy_addr_parse_ip(via->host, &addr) && ahoy_addr_ip_eq(&addr, source);
}

void ahoy_nat_response_route(const ahoy_via *via, const ahoy_addr *source, ahoy_response_route *out)
{
	bool honest = sent_by_is(via, source);

	*out = (ahoy_response_route){.to = *source};
	/* RFC 3581 4: received is written with rport even where it says nothing new. */
	out->write_received = via->has_rport || !honest;
	if (via->has_rport)
		out->rport = source->port;
	else if (via->transport == AHOY_UDP && honest)
		out->to.port = via->port ? via->port : SIP_PORT;
}

bool ahoy_nat_contact_differs(const ahoy_uri *contact, const ahoy_addr *source)
{
	ahoy_target target;

	/* maddr and the transport's own port count as they would for a request to it. */
	if (ahoy_target_of_uri(contact, &target) || !target.addr.family)
		return true;
	return !ahoy_addr_eq(&target.addr, source);
}
