#include <stdio.h>

#include "os/clock.h"
#include "os/route.h"
#include "phone/phone.h"

enum {
	SIP_PORT = 5060
};

/* "udp 127.0.0.1:5060 is taken by another program; …": what to do about it is said in this program's words. */
static void say_why_not(ahoy_phone *phone, int err, const char *why)
{
	char text[AHOY_SOCKET_WHY + 64];
	ahoy_slice what, rest;

	ahoy_slice_cut(ahoy_slice_of(why), ';', &what, &rest);
	snprintf(text, sizeof text, "%.*s; choose another with --local ADDR:PORT", AHOY_P(what));
	ahoy_phone_fail(phone, err == AHOY_ENETWORK || err == AHOY_EUNSUPPORTED ? AHOY_EIO : err, text);
}

/* A socket of this kind of IP, on --local where that was given. */
static int open_socket(ahoy_phone *phone, uint8_t family, char why[AHOY_SOCKET_WHY])
{
	ahoy_udp *udp = ahoy_driver_udp(phone->driver);
	ahoy_addr at = phone->options->local;
	char unused[AHOY_SOCKET_WHY];
	int err;

	if (!at.family)
		at.family = family;
	err = ahoy_udp_listen(udp, &at, AHOY_UDP_ALONE, &at, why);
	/* TCP on the same port, at which our Contact and Via can then be connected to (RFC 3261 18.1.1). Where another
	 * program has it peers reach us by the connections that we open. */
	if (!err && ahoy_tcp_listen(ahoy_driver_tcp(phone->driver), &at, NULL, unused))
		return 0;
	return err;
}

/* How that peer is reached; false where it is not. */
static bool flow_to(ahoy_phone *phone, const ahoy_addr *peer, ahoy_transport transport, ahoy_flow *flow)
{
	ahoy_udp *udp = ahoy_driver_udp(phone->driver);
	const ahoy_addr *bound;
	uint16_t port;

	*flow = (ahoy_flow){.transport = transport, .peer = *peer};
	if (ahoy_udp_listener_for(udp, peer, &flow->id))
		return false;
	bound = ahoy_udp_bound(udp, flow->id);
	port = bound->port;
	if (!ahoy_addr_is_any(bound))
		flow->local = *bound;
	else if (ahoy_route_local(peer, &flow->local))
		return false;
	flow->local.port = port;
	if (transport != AHOY_UDP)
		flow->id = 0; /* the connection that we open */
	return true;
}

/* IPv4 first: where a name has both, a server that listens on one of them listens on that, and sound is described for
 * one only. */
static size_t flows_to(ahoy_phone *phone, const ahoy_addr *addresses, size_t count, const ahoy_phone_lookup *lookup,
		       ahoy_flow flows[AHOY_DNS_MAX_ADDRESSES])
{
	size_t found = 0;

	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
		for (size_t i = 0; i < count && found < AHOY_DNS_MAX_ADDRESSES; i++) {
			ahoy_addr peer = addresses[i];

			peer.port = lookup->port;
			if (peer.family == family && flow_to(phone, &peer, lookup->transport, &flows[found]))
				found++;
		}
	}
	return found;
}

static bool has_family(const ahoy_addr *addresses, size_t count, uint8_t family)
{
	for (size_t i = 0; i < count; i++)
		if (addresses[i].family == family)
			return true;
	return false;
}

static int open_sockets(ahoy_phone *phone, const ahoy_addr *addresses, size_t count, char why[AHOY_SOCKET_WHY])
{
	uint8_t wanted = phone->options->local.family;
	int err = AHOY_ENOTFOUND;

	snprintf(why, AHOY_SOCKET_WHY, "the destination has no address of the kind of --local");
	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
		int one;

		if ((wanted && wanted != family) || !has_family(addresses, count, family))
			continue;
		one = open_socket(phone, family, why);
		/* One kind of IP that the machine lacks is no loss while the other is there. */
		if (one && one != AHOY_EUNSUPPORTED)
			return one;
		if (err)
			err = one;
	}
	return err;
}

static ahoy_slice first_uri(const ahoy_phone *phone)
{
	const ahoy_phone_options *o = phone->options;

	if (o->proxy[0])
		return ahoy_slice_of(o->proxy);
	return ahoy_slice_of(o->target[0] ? o->target : o->account.registrar);
}

static void first_not_found(ahoy_phone *phone, int err)
{
	const char *why = "the name cannot be looked up: check the network";
	char text[AHOY_PHONE_URI + 128];
	ahoy_uri uri;

	if (ahoy_uri_parse(first_uri(phone), &uri))
		uri.host = first_uri(phone);
	if (err == AHOY_ENOTFOUND)
		why = "this name has no address: check it";
	else if (err == AHOY_ETIMEOUT)
		why = "no name server answers: check the network";
	snprintf(text, sizeof text, "%.*s: %s", AHOY_P(uri.host), why);
	ahoy_phone_fail(phone, AHOY_ENOTFOUND, text);
}

static void first_found(ahoy_phone *phone, const ahoy_addr *addresses, size_t count, const ahoy_phone_lookup *lookup)
{
	ahoy_flow flows[AHOY_DNS_MAX_ADDRESSES];
	char why[AHOY_SOCKET_WHY];
	int err = open_sockets(phone, addresses, count, why);
	ahoy_time now = ahoy_clock_now();

	if (err == AHOY_ENOTFOUND) {
		ahoy_phone_fail(phone, err, why);
		return;
	}
	if (err) {
		say_why_not(phone, err, why);
		return;
	}
	if (!flows_to(phone, addresses, count, lookup, flows)) {
		ahoy_phone_fail(phone, AHOY_ENETWORK, "there is no route to the destination: check the network");
		return;
	}
	phone->first = flows[0];
	phone->begun = true;
	ahoy_ua_turn(phone->ua, now);
	phone->command.begin(phone->command.ctx, now);
	ahoy_driver_drain(phone->driver);
}

static void on_looked_up(void *ctx, int err, const ahoy_addr *addresses, size_t count)
{
	ahoy_phone_lookup *lookup = ctx;
	ahoy_phone *phone = lookup->phone;
	ahoy_flow flows[AHOY_DNS_MAX_ADDRESSES];

	lookup->used = false;
	if (!lookup->resolve) {
		if (err || !count)
			first_not_found(phone, err ? err : AHOY_ENOTFOUND);
		else
			first_found(phone, addresses, count, lookup);
		return;
	}
	count = err ? 0 : flows_to(phone, addresses, count, lookup, flows);
	ahoy_ua_resolved(phone->ua, ahoy_clock_now(), lookup->resolve, flows, count);
	/* Called from within drain, that one goes round again. */
	if (!phone->draining)
		ahoy_driver_drain(phone->driver);
}

static ahoy_transport transport_of(const ahoy_uri *uri)
{
	ahoy_slice transport;

	return ahoy_params_get(uri->params, AHOY_S("transport"), &transport) ? ahoy_transport_of(transport) : AHOY_UDP;
}

static void look_up(ahoy_phone *phone, uint64_t resolve, const ahoy_uri *uri)
{
	ahoy_phone_lookup *lookup = NULL;
	ahoy_addr literal;

	for (size_t i = 0; i < AHOY_PHONE_LOOKUPS && !lookup; i++)
		if (!phone->lookups[i].used)
			lookup = &phone->lookups[i];
	if (!lookup) {
		ahoy_ua_resolved(phone->ua, ahoy_clock_now(), resolve, NULL, 0);
		return;
	}
	*lookup = (ahoy_phone_lookup){.phone = phone, .used = true, .resolve = resolve};
	lookup->port = uri->port ? uri->port : SIP_PORT;
	lookup->transport = transport_of(uri);
	if (ahoy_uri_addr(uri, &literal) == 0)
		on_looked_up(lookup, 0, &literal, 1);
	else
		ahoy_dns_lookup(phone->dns, uri->host, phone->options->local.family, on_looked_up, lookup);
}

void ahoy_phone_look_up_first(ahoy_phone *phone)
{
	ahoy_uri uri;

	if (ahoy_uri_parse(first_uri(phone), &uri))
		ahoy_phone_fail(phone, AHOY_ESYNTAX, "the destination is no URI");
	else
		look_up(phone, 0, &uri);
}

void ahoy_phone_look_up(ahoy_phone *phone, const ahoy_ua_event *event)
{
	/* What asks for TLS or WebSocket cannot be reached yet; a sips: target must not be sent in the clear. */
	ahoy_transport transport = transport_of(&event->target);

	if (event->target.kind == AHOY_URI_SIP && (transport == AHOY_UDP || transport == AHOY_TCP))
		look_up(phone, event->resolve, &event->target);
	else
		ahoy_ua_resolved(phone->ua, ahoy_clock_now(), event->resolve, NULL, 0);
}
