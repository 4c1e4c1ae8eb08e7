#include "sip/target.h"

static uint16_t default_port(ahoy_transport transport)
{
	switch (transport) {
	case AHOY_TLS:
		return 5061;
	case AHOY_WS:
		return 80;
	case AHOY_WSS:
		return 443;
	case AHOY_UDP:
	case AHOY_TCP:
	case AHOY_TRANSPORT_OTHER:
		break;
	}
	return 5060;
}

/* RFC 3261 26.2.2: every hop of a sips URI is secured, so its transport parameter names what lies under TLS. */
static int secure(ahoy_transport *transport)
{
	switch (*transport) {
	case AHOY_TCP:
		*transport = AHOY_TLS;
		return 0;
	case AHOY_WS:
		*transport = AHOY_WSS;
		return 0;
	case AHOY_TLS:
	case AHOY_WSS:
		return 0;
	case AHOY_UDP:
	case AHOY_TRANSPORT_OTHER:
		break;
	}
	return AHOY_EUNSUPPORTED;
}

int ahoy_target_of_uri(const ahoy_uri *uri, ahoy_target *out)
{
	ahoy_slice transport, maddr;
	int err = 0;

	if (uri->kind != AHOY_URI_SIP && uri->kind != AHOY_URI_SIPS)
		return AHOY_ESCHEME;
	*out = (ahoy_target){.host = uri->host, .transport = uri->kind == AHOY_URI_SIPS ? AHOY_TLS : AHOY_UDP};
	if (ahoy_params_get(uri->params, AHOY_S("maddr"), &maddr) && maddr.len)
		out->host = maddr;
	if (ahoy_params_get(uri->params, AHOY_S("transport"), &transport)) {
		out->transport = ahoy_transport_of(transport);
		err = uri->kind == AHOY_URI_SIPS ? secure(&out->transport)
						 : (out->transport == AHOY_TRANSPORT_OTHER ? AHOY_EUNSUPPORTED : 0);
	}
	out->port = uri->port ? uri->port : default_port(out->transport);
	if (ahoy_addr_parse_ip(out->host, &out->addr))
		out->addr = (ahoy_addr){0};
	else
		out->addr.port = out->port;
	return err;
}

static bool usable(const ahoy_target_list *list, const ahoy_addr *addr, unsigned families)
{
	unsigned family = addr->family == 4 ? AHOY_TARGET_IP4 : (addr->family == 6 ? AHOY_TARGET_IP6 : 0);

	if (!(families & family) || ahoy_addr_is_any(addr) || ahoy_addr_is_multicast_or_broadcast(addr))
		return false;
	for (uint8_t i = 0; i < list->count; i++)
		if (ahoy_addr_ip_eq(&list->addrs[i], addr))
			return false;
	return true;
}

/* Adds the next usable one of that family (0: of any) at or behind *from; false where there is none. */
static bool add_next(ahoy_target_list *list, const ahoy_addr *resolved, size_t count, size_t *from, uint8_t family,
		     unsigned families)
{
	for (; *from < count; ++*from) {
		const ahoy_addr *addr = &resolved[*from];

		if ((family && addr->family != family) || !usable(list, addr, families))
			continue;
		list->addrs[list->count++] = *addr;
		++*from;
		return true;
	}
	return false;
}

void ahoy_target_list_init(ahoy_target_list *list, const ahoy_target *target, const ahoy_addr *resolved, size_t count,
			   unsigned families)
{
	size_t same = 0, other = 0;
	bool any = true;

	*list = (ahoy_target_list){0};
	if (target->addr.family) {
		resolved = &target->addr;
		count = 1;
	}
	if (add_next(list, resolved, count, &same, 0, families)) {
		uint8_t first = list->addrs[0].family;

		while (any && list->count < AHOY_MAX_TARGET_ADDRS) {
			any = add_next(list, resolved, count, &other, first == 4 ? 6 : 4, families);
			if (list->count < AHOY_MAX_TARGET_ADDRS)
				any = add_next(list, resolved, count, &same, first, families) || any;
		}
	}
	for (uint8_t i = 0; i < list->count; i++)
		list->addrs[i].port = target->port;
}

bool ahoy_target_next(ahoy_target_list *list, ahoy_addr *out)
{
	if (list->next == list->count)
		return false;
	*out = list->addrs[list->next++];
	return true;
}
