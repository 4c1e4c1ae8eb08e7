/* What sips: asks for (RFC 3261 26.2.2, RFC 5630): TLS on each hop, the one that it came by and the one that it leaves by. */
#include "b2b/internal.h"

bool ahoy_b2b_is_secured(const ahoy_flow *flow)
{
	return flow->transport == AHOY_TLS || flow->transport == AHOY_WSS;
}

bool ahoy_b2b_sips_refused(const ahoy_msg *req, const ahoy_flow *flow)
{
	return req->uri.kind == AHOY_URI_SIPS && !ahoy_b2b_is_secured(flow);
}

size_t ahoy_b2b_reachable(ahoy_switch *sw, const ahoy_msg *req, ahoy_slice callee, ahoy_binding bindings[AHOY_MAX_CONTACTS],
			  bool *insecure)
{
	size_t count = ahoy_registrar_lookup(sw->registrar, sw->now, callee, bindings), kept = 0;

	*insecure = false;
	if (req->uri.kind != AHOY_URI_SIPS)
		return ahoy_b2b_one_flow_each(bindings, count);
	for (size_t i = 0; i < count; i++)
		if (ahoy_b2b_is_secured(&bindings[i].flow))
			bindings[kept++] = bindings[i];
	*insecure = count && !kept;
	return ahoy_b2b_one_flow_each(bindings, kept);
}
