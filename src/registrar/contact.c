#include "registrar/contact.h"

/* RFC 3261 20.10 and 20.19: what a value that cannot be read counts as. */
#define MALFORMED_EXPIRES_S 3600u

static const ahoy_contact_fault none = {0, NULL};

/* qvalue (25.1): "0" or "1" with at most three decimals, which are zeros behind a 1. False where it is none. */
static bool read_q(ahoy_slice text, uint16_t *milli)
{
	unsigned value, weight = 100;

	if (text.len == 0 || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1') || (text.len > 1 && text.ptr[1] != '.'))
		return false;
	value = text.ptr[0] == '1' ? 1000 : 0;
	for (size_t i = 2; i < text.len; i++, weight /= 10) {
		if (!ahoy_is_digit(text.ptr[i]))
			return false;
		value += (unsigned)(text.ptr[i] - '0') * weight;
	}
	*milli = (uint16_t)value;
	return value <= 1000;
}

static uint32_t read_expires(ahoy_slice text)
{
	uint32_t value;
	int err = ahoy_slice_u32(text, UINT32_MAX, &value);

	return err == AHOY_ERANGE ? UINT32_MAX : err ? MALFORMED_EXPIRES_S
						     : value;
}

bool ahoy_contact_is_one_word(ahoy_slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((uint8_t)text.ptr[i] <= 0x20 || text.ptr[i] == 0x7f || strchr("<>\"", text.ptr[i]))
			return false;
	return true;
}

ahoy_contact_fault ahoy_contact_read(const ahoy_name_addr *value, uint32_t fallback_s, ahoy_contact *out)
{
	ahoy_slice text;

	*out = (ahoy_contact){.uri = value->uri, .q_milli = 1000, .expires_s = fallback_s};
	if (value->uri.kind != AHOY_URI_SIP && value->uri.kind != AHOY_URI_SIPS)
		return (ahoy_contact_fault){400, "Contact Is Not A SIP URI"};
	if (value->uri.host.len == 0)
		return (ahoy_contact_fault){400, "Contact Without Host"};
	if (value->uri.text.len > AHOY_MAX_CONTACT)
		return (ahoy_contact_fault){400, "Contact Too Long"};
	if (!ahoy_contact_is_one_word(value->uri.text))
		return (ahoy_contact_fault){400, "Malformed Contact"};
	if (ahoy_params_get(value->params, AHOY_S("q"), &text) && !read_q(text, &out->q_milli))
		return (ahoy_contact_fault){400, "Malformed q In Contact"};
	if (ahoy_params_get(value->params, AHOY_S("expires"), &text))
		out->expires_s = read_expires(text);
	if (ahoy_params_get(value->params, AHOY_S("+sip.instance"), &text)) {
		if (text.len > AHOY_MAX_INSTANCE)
			return (ahoy_contact_fault){400, "Instance In Contact Too Long"};
		out->instance = text;
	}
	/* RFC 5626 6: without an instance it says nothing. */
	if (out->instance.len && ahoy_params_get(value->params, AHOY_S("reg-id"), &text) &&
	    (ahoy_slice_u32(text, INT32_MAX, &out->reg_id) || out->reg_id == 0))
		return (ahoy_contact_fault){400, "Malformed reg-id In Contact"};
	return none;
}

/* Is this address a way to the listener? Ports are compared elsewhere. */
static bool reaches(const ahoy_registrar_config *config, const ahoy_addr *listener, const ahoy_addr *addr, const ahoy_flow *flow)
{
	if (!ahoy_addr_is_any(listener))
		return ahoy_addr_ip_eq(listener, addr);
	return ahoy_addr_is_loopback(addr) || ahoy_addr_ip_eq(addr, &flow->local) || ahoy_self_is_mine(&config->self, addr);
}

static bool is_our_own(const ahoy_registrar_config *config, const ahoy_addr *addr, const ahoy_flow *flow)
{
	const ahoy_addr *given = &config->self.public_address;

	for (size_t i = 0; i < config->listener_count; i++) {
		const ahoy_addr *listener = &config->listeners[i];

		if (listener->port != addr->port)
			continue;
		/* The public address stands for every listener: a port is forwarded to it. */
		if (reaches(config, listener, addr, flow) || (given->family && ahoy_addr_ip_eq(given, addr)))
			return true;
	}
	return false;
}

/* The broadcast address of one of the machine's own networks. */
static bool is_subnet_broadcast(const ahoy_self *self, const ahoy_addr *addr)
{
	uint32_t ip = (uint32_t)addr->ip[0] << 24 | (uint32_t)addr->ip[1] << 16 | (uint32_t)addr->ip[2] << 8 | addr->ip[3];

	for (size_t i = 0; addr->family == 4 && i < self->network_count && i < AHOY_SELF_NETWORKS; i++) {
		const uint8_t *own = self->networks[i].addr.ip;
		unsigned bits = self->networks[i].prefix_bits;
		uint32_t network = (uint32_t)own[0] << 24 | (uint32_t)own[1] << 16 | (uint32_t)own[2] << 8 | own[3];

		/* Networks of /31 and /32 have none (RFC 3021). */
		if (self->networks[i].addr.family == 4 && bits > 0 && bits < 31 && ip == (network | UINT32_MAX >> bits))
			return true;
	}
	return false;
}

static bool is_tls(const ahoy_uri *uri)
{
	ahoy_slice transport;

	return uri->kind == AHOY_URI_SIPS ||
	       (ahoy_params_get(uri->params, AHOY_S("transport"), &transport) && ahoy_transport_of(transport) == AHOY_TLS);
}

static ahoy_contact_fault address_allowed(const ahoy_registrar_config *config, const ahoy_uri *uri, ahoy_addr addr, const ahoy_flow *flow)
{
	ahoy_addr_unmap(&addr);
	if (ahoy_addr_is_multicast_or_broadcast(&addr) || is_subnet_broadcast(&config->self, &addr))
		return (ahoy_contact_fault){403, "Contact Is A Multicast Or Broadcast Address"};
	addr.port = uri->port ? uri->port : is_tls(uri) ? 5061
							: 5060;
	if (is_our_own(config, &addr, flow))
		return (ahoy_contact_fault){403, "Contact Is An Address Of This Server"};
	return none;
}

ahoy_contact_fault ahoy_contact_allowed(const ahoy_registrar_config *config, const ahoy_uri *uri, const ahoy_flow *flow)
{
	ahoy_contact_fault fault = none;
	ahoy_slice maddr;
	ahoy_addr addr;

	if (!ahoy_uri_addr(uri, &addr))
		fault = address_allowed(config, uri, addr, flow);
	/* maddr overrides the host (19.1.1). */
	if (!fault.status && ahoy_params_get(uri->params, AHOY_S("maddr"), &maddr) && !ahoy_addr_parse_ip(maddr, &addr))
		fault = address_allowed(config, uri, addr, flow);
	return fault;
}
