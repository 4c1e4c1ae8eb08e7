#include <stdio.h>

#include "os/clock.h"
#include "os/route.h"
#include "phone/phone.h"

/* What this phone can speak now: a NAPTR record that names another one is left out (RFC 3263 4.1). */
#define TRANSPORTS (AHOY_LOCATE_BY(AHOY_UDP) | AHOY_LOCATE_BY(AHOY_TCP) | AHOY_LOCATE_BY(AHOY_TLS))

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
	if (!err && ahoy_tcp_listen(ahoy_driver_tcp(phone->driver), AHOY_TCP, &at, NULL, unused))
		return 0;
	return err;
}

/* How that peer is reached; false where it is not. */
static bool flow_to(ahoy_phone *phone, const ahoy_addr *peer, ahoy_transport transport, uint16_t name, ahoy_flow *flow)
{
	ahoy_udp *udp = ahoy_driver_udp(phone->driver);
	const ahoy_addr *bound;
	uint16_t port;

	*flow = (ahoy_flow){.transport = transport, .name = transport == AHOY_TLS ? name : 0, .peer = *peer};
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

/* In their order; those to which there is no way are left out. */
static size_t flows_to(ahoy_phone *phone, const ahoy_phone_lookup *lookup, ahoy_flow flows[AHOY_MAX_TARGETS])
{
	size_t found = 0;

	for (size_t i = 0; i < lookup->locate.hop_count; i++)
		found += flow_to(phone, &lookup->locate.hops[i].addr, lookup->locate.hops[i].transport, lookup->name, &flows[found]);
	return found;
}

static bool has_family(const ahoy_locate *located, uint8_t family)
{
	for (size_t i = 0; i < located->hop_count; i++)
		if (located->hops[i].addr.family == family)
			return true;
	return false;
}

static int open_sockets(ahoy_phone *phone, const ahoy_locate *located, char why[AHOY_SOCKET_WHY])
{
	uint8_t wanted = phone->options->local.family;
	int err = AHOY_ENOTFOUND;

	snprintf(why, AHOY_SOCKET_WHY, "the destination has no address of the kind of --local");
	for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
		int one;

		if ((wanted && wanted != family) || !has_family(located, family))
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

static void first_found(ahoy_phone *phone, const ahoy_phone_lookup *lookup)
{
	ahoy_flow flows[AHOY_MAX_TARGETS];
	char why[AHOY_SOCKET_WHY];
	int err = open_sockets(phone, &lookup->locate, why);
	ahoy_time now = ahoy_clock_now();

	if (err == AHOY_ENOTFOUND) {
		ahoy_phone_fail(phone, err, why);
		return;
	}
	if (err) {
		say_why_not(phone, err, why);
		return;
	}
	if (!flows_to(phone, lookup, flows)) {
		ahoy_phone_fail(phone, AHOY_ENETWORK, "there is no route to the destination: check the network");
		return;
	}
	phone->first = flows[0];
	phone->begun = true;
	ahoy_ua_turn(phone->ua, now);
	phone->command.begin(phone->command.ctx, now);
	ahoy_driver_drain(phone->driver);
}

static void located(ahoy_phone *phone, ahoy_phone_lookup *lookup)
{
	ahoy_flow flows[AHOY_MAX_TARGETS];
	const ahoy_locate *l = &lookup->locate;
	size_t count;

	lookup->used = false;
	if (!lookup->resolve) {
		if (l->err)
			first_not_found(phone, l->err);
		else
			first_found(phone, lookup);
		return;
	}
	count = l->err ? 0 : flows_to(phone, lookup, flows);
	ahoy_ua_resolved(phone->ua, ahoy_clock_now(), lookup->resolve, flows, count);
	/* Called from within drain, that one goes round again. */
	if (!phone->draining)
		ahoy_driver_drain(phone->driver);
}

static void ask_on(ahoy_phone_lookup *lookup);

static void on_answer(void *ctx, const ahoy_dns_answer *answer)
{
	const ahoy_phone_question *asked = ctx;
	ahoy_phone_lookup *lookup = asked->lookup;

	lookup->waiting--;
	ahoy_locate_answer(&lookup->locate, asked->question, answer);
	if (!lookup->asking)
		ask_on(lookup);
}

/* Puts what is to be asked now; at the end of all of it says what was found. A look-up is over when its last question is,
 * because an answer that is still to come holds on to it. */
static void ask_on(ahoy_phone_lookup *lookup)
{
	ahoy_phone *phone = lookup->phone;
	unsigned question;
	ahoy_dns_type type;
	ahoy_slice name;

	lookup->asking = true;
	while (ahoy_locate_next_question(&lookup->locate, &question, &type, &name)) {
		lookup->asked[question] = (ahoy_phone_question){lookup, question};
		lookup->waiting++;
		ahoy_dns_ask(phone->dns, type, name, on_answer, &lookup->asked[question]);
	}
	lookup->asking = false;
	if (lookup->locate.done && !lookup->waiting)
		located(phone, lookup);
}

static unsigned families(const ahoy_phone *phone)
{
	switch (phone->options->local.family) {
	case 4:
		return AHOY_TARGET_IP4;
	case 6:
		return AHOY_TARGET_IP6;
	default:
		return AHOY_TARGET_IP4 | AHOY_TARGET_IP6;
	}
}

static void look_up(ahoy_phone *phone, uint64_t resolve, const ahoy_uri *uri)
{
	ahoy_phone_lookup *lookup = NULL;
	int err = AHOY_EFULL;

	for (size_t i = 0; i < AHOY_PHONE_LOOKUPS && !lookup; i++)
		if (!phone->lookups[i].used)
			lookup = &phone->lookups[i];
	if (lookup) {
		lookup->phone = phone;
		lookup->resolve = resolve;
		lookup->waiting = 0;
		/* RFC 5922 7.3: the peer proves the name that was asked for, not one that a look-up led to. */
		err = ahoy_tcp_name(ahoy_driver_tcp(phone->driver), uri->host, &lookup->name);
		if (!err)
			err = ahoy_locate_start(&lookup->locate, &phone->env, uri, TRANSPORTS, families(phone));
		lookup->used = !err;
	}
	if (!err)
		ask_on(lookup);
	else if (resolve)
		ahoy_ua_resolved(phone->ua, ahoy_clock_now(), resolve, NULL, 0);
	else
		first_not_found(phone, err);
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
	look_up(phone, event->resolve, &event->target);
}
