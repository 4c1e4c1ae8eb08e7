#include "registrar/packed.h"

#include "base/limits.h"
#include "sip/nat.h"

/* An IPv6 address is kept with its zone. */
static size_t ip_bytes(unsigned family)
{
	return family == 4 ? 4 : family == 6 ? 16 + sizeof(uint32_t)
					     : 0;
}

static size_t addrs_bytes(const ahoy_packed *packed)
{
	return ip_bytes(packed->families >> 4) + ip_bytes(packed->families & 15u);
}

static void put_ip(char *at, const ahoy_addr *addr)
{
	if (addr->family == 6)
		memcpy(at + 16, &addr->scope, sizeof addr->scope);
	memcpy(at, addr->ip, addr->family == 6 ? 16 : ip_bytes(addr->family));
}

static void get_ip(const char *at, unsigned family, uint16_t port, ahoy_addr *out)
{
	*out = (ahoy_addr){.family = (uint8_t)family, .port = port};
	if (family == 6)
		memcpy(&out->scope, at + 16, sizeof out->scope);
	memcpy(out->ip, at, family == 6 ? 16 : ip_bytes(family));
}

static uint8_t families_of(const ahoy_flow *flow)
{
	return (uint8_t)(flow->local.family << 4 | flow->peer.family);
}

static void put_flow(ahoy_packed *packed, const ahoy_flow *flow)
{
	packed->transport = (uint8_t)flow->transport;
	packed->flow_id = flow->id;
	packed->local_port = flow->local.port;
	packed->peer_port = flow->peer.port;
	put_ip(packed->text, &flow->local);
	put_ip(packed->text + ip_bytes(flow->local.family), &flow->peer);
}

static char *put_text(char *at, ahoy_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		*at++ = (uint8_t)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f ? ' ' : s.ptr[i];
	return at;
}

static bool family_is_known(uint8_t family)
{
	return family == 0 || family == 4 || family == 6;
}

/* Probes keep a NAT's UDP mapping open; those of a stream the kernel's keep-alive keeps (os/tcp_conn.c), and
 * those of a phone behind a proxy that proxy. */
static bool needs_probes(const ahoy_uri *contact, bool by_proxy, const ahoy_flow *flow)
{
	return !by_proxy && !ahoy_transport_is_reliable(flow->transport) && ahoy_nat_contact_differs(contact, &flow->peer);
}

int ahoy_packed_new(const ahoy_env *env, const ahoy_binding *binding, ahoy_time registered_at, ahoy_time expires_at, ahoy_packed **out)
{
	ahoy_slice agent = ahoy_slice_first(binding->user_agent, AHOY_MAX_USER_AGENT);
	ahoy_packed *packed;
	ahoy_uri uri;
	size_t addrs;
	char *at;

	if (binding->contact.len > AHOY_MAX_CONTACT || binding->call_id.len > AHOY_MAX_CALL_ID ||
	    binding->instance.len > AHOY_MAX_INSTANCE || binding->path.len > AHOY_MAX_PATH ||
	    !family_is_known(binding->flow.local.family) ||
	    !family_is_known(binding->flow.peer.family) || (unsigned)binding->flow.transport > AHOY_TRANSPORT_OTHER)
		return AHOY_ERANGE;
	if (ahoy_uri_parse(binding->contact, &uri))
		return AHOY_ESYNTAX;
	addrs = ip_bytes(binding->flow.local.family) + ip_bytes(binding->flow.peer.family);
	packed = ahoy_new(env, offsetof(ahoy_packed, text) + addrs + binding->contact.len + binding->call_id.len +
				       agent.len + binding->instance.len + binding->path.len);
	if (!packed)
		return AHOY_ENOMEM;
	packed->refs = 1;
	packed->expires_at = expires_at;
	packed->registered_at = registered_at;
	packed->cseq = binding->cseq;
	packed->reg_id = binding->instance.len ? binding->reg_id : 0;
	packed->q_milli = binding->q_milli;
	packed->contact_len = (uint16_t)binding->contact.len;
	packed->call_id_len = (uint8_t)binding->call_id.len;
	packed->user_agent_len = (uint8_t)agent.len;
	packed->instance_len = (uint8_t)binding->instance.len;
	packed->path_len = (uint16_t)binding->path.len;
	packed->families = families_of(&binding->flow);
	packed->behind_nat = needs_probes(&uri, binding->path.len > 0, &binding->flow);
	put_flow(packed, &binding->flow);
	at = put_text(packed->text + addrs, binding->contact);
	at = put_text(at, binding->call_id);
	at = put_text(at, agent);
	at = put_text(at, binding->instance);
	put_text(at, binding->path);
	ahoy_timer_init(&packed->timer, packed, 0);
	*out = packed;
	return 0;
}

void ahoy_packed_unref(const ahoy_env *env, ahoy_packed *packed)
{
	if (--packed->refs == 0)
		ahoy_free(env, packed);
}

ahoy_slice ahoy_packed_contact(const ahoy_packed *packed)
{
	return ahoy_slice_make(packed->text + addrs_bytes(packed), packed->contact_len);
}

ahoy_slice ahoy_packed_call_id(const ahoy_packed *packed)
{
	ahoy_slice before = ahoy_packed_contact(packed);

	return ahoy_slice_make(before.ptr + before.len, packed->call_id_len);
}

static ahoy_slice user_agent_of(const ahoy_packed *packed)
{
	ahoy_slice before = ahoy_packed_call_id(packed);

	return ahoy_slice_make(before.ptr + before.len, packed->user_agent_len);
}

ahoy_slice ahoy_packed_instance(const ahoy_packed *packed)
{
	ahoy_slice before = user_agent_of(packed);

	return ahoy_slice_make(before.ptr + before.len, packed->instance_len);
}

static ahoy_slice path_of(const ahoy_packed *packed)
{
	ahoy_slice before = ahoy_packed_instance(packed);

	return ahoy_slice_make(before.ptr + before.len, packed->path_len);
}

void ahoy_packed_view(const ahoy_packed *packed, int64_t utc_offset_us, ahoy_binding *out)
{
	unsigned local = packed->families >> 4, peer = packed->families & 15u;
	int64_t utc_us = (int64_t)packed->expires_at + utc_offset_us;

	*out = (ahoy_binding){.contact = ahoy_packed_contact(packed),
			      .call_id = ahoy_packed_call_id(packed),
			      .cseq = packed->cseq,
			      .q_milli = packed->q_milli,
			      .expires_utc_ms = utc_us > 0 ? (uint64_t)utc_us / 1000 : 0,
			      .flow = {.transport = (ahoy_transport)packed->transport, .id = packed->flow_id},
			      .user_agent = user_agent_of(packed),
			      .instance = ahoy_packed_instance(packed),
			      .reg_id = packed->reg_id,
			      .path = path_of(packed)};
	get_ip(packed->text, local, packed->local_port, &out->flow.local);
	get_ip(packed->text + ip_bytes(local), peer, packed->peer_port, &out->flow.peer);
}

bool ahoy_packed_set_flow(ahoy_packed *packed, const ahoy_flow *flow)
{
	ahoy_uri uri;

	if (families_of(flow) != packed->families)
		return false;
	put_flow(packed, flow);
	packed->behind_nat = ahoy_uri_parse(ahoy_packed_contact(packed), &uri) || needs_probes(&uri, packed->path_len > 0, flow);
	return true;
}

bool ahoy_packed_contact_is(const ahoy_packed *packed, const ahoy_uri *uri)
{
	ahoy_uri mine;

	return !ahoy_uri_parse(ahoy_packed_contact(packed), &mine) && ahoy_uri_eq(&mine, uri);
}
