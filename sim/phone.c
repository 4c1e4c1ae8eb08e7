/* The actor's life: its turns, its socket, its registration. */
#include "sim/phone.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/script.h"
#include "sim/world.h"

#define SERVER_NAME "ahoy.test"
#define MAX_TURNS_AT_ONCE 2000

static void wake(sim_world *world, const sim_event *event);

/* ---- events ---- */

static ahoy_flow flow_to(const sim_phone *phone, const ahoy_addr *peer)
{
	return (ahoy_flow){.transport = AHOY_UDP, .local = phone->address, .peer = *peer};
}

static void resolve(sim_phone *phone, const ahoy_ua_event *event)
{
	ahoy_addr dead = phone->server;
	ahoy_flow flows[2];
	size_t count = 0;

	/* A neighbour of the server's address, where nobody listens. */
	dead.ip[dead.family == 6 ? 15 : 3]++;
	if (ahoy_slice_eq(event->target.host, AHOY_S(SERVER_NAME))) {
		if (phone->habits.dead_first)
			flows[count++] = flow_to(phone, &dead);
		flows[count++] = flow_to(phone, &phone->server);
	}
	ahoy_ua_resolved(phone->ua, phone->world->now, event->resolve, flows, count);
}

static void registration_event(sim_phone *phone, const ahoy_ua_event *event)
{
	bool current = event->registration == phone->registration;

	switch (event->kind) {
	case AHOY_UA_REGISTERED:
		phone->registered |= current;
		if (current)
			phone->registered_at = phone->world->now;
		if (!phone->world->options.calm && sim_chance(&phone->world->chance, 50))
			sim_phone_replay(phone, event->msg);
		break;
	case AHOY_UA_UNREGISTERED:
		phone->leaving--;
		break;
	default:
		if (!event->final)
			break;
		if (!current) {
			phone->leaving--;
			break;
		}
		phone->registration = 0;
		phone->registered = false;
		sim_script_unregistered(phone);
		break;
	}
}

static void handle(sim_phone *phone, const ahoy_ua_event *event)
{
	switch (event->kind) {
	case AHOY_UA_REQUEST:
		sim_phone_request_event(phone, event);
		break;
	case AHOY_UA_RESPONSE:
		sim_phone_response_event(phone, event);
		break;
	case AHOY_UA_REGISTERED:
	case AHOY_UA_UNREGISTERED:
	case AHOY_UA_REGISTER_FAILED:
		registration_event(phone, event);
		break;
	case AHOY_UA_RESOLVE:
		resolve(phone, event);
		break;
	case AHOY_UA_PROGRESS:
	case AHOY_UA_ANSWERED:
	case AHOY_UA_REFUSED:
	case AHOY_UA_ACKED:
	case AHOY_UA_PRACKED:
	case AHOY_UA_CANCELLED:
	case AHOY_UA_REINVITE:
	case AHOY_UA_REINVITED:
	case AHOY_UA_IN_DIALOG:
	case AHOY_UA_IN_DIALOG_ANSWER:
	case AHOY_UA_REFRESH:
	case AHOY_UA_ENDED:
		sim_phone_call_event(phone, event);
		break;
	}
}

static void schedule(sim_phone *phone)
{
	ahoy_time next = ahoy_ua_next(phone->ua), now = phone->world->now;

	if (next == AHOY_NEVER || (phone->wake_at > now && phone->wake_at <= next))
		return;
	phone->wake_at = (next > now ? next : now) + sim_between(&phone->world->chance, 0, 3000);
	sim_put(phone->world, &(sim_event){.at = phone->wake_at, .run = wake, .who = phone, .a = ++phone->wake_number});
}

static void drain(sim_phone *phone)
{
	ahoy_ua_event event;
	ahoy_out out;

	while (ahoy_ua_pop_event(phone->ua, &event))
		handle(phone, &event);
	while (ahoy_ua_pop_out(phone->ua, &out))
		sim_phone_send(phone, &out);
	schedule(phone);
}

void sim_phone_begin(sim_phone *phone)
{
	if (!phone->in_turn)
		ahoy_ua_turn(phone->ua, phone->world->now);
}

/* A command given while events are handled is drained by the turn that it belongs to. */
void sim_phone_end(sim_phone *phone)
{
	if (phone->in_turn)
		return;
	phone->in_turn = true;
	drain(phone);
	phone->in_turn = false;
}

static void wake(sim_world *world, const sim_event *event)
{
	sim_phone *phone = event->who;

	if (event->a != phone->wake_number)
		return;
	phone->wake_at = 0;
	if (ahoy_ua_next(phone->ua) <= world->now) {
		ahoy_ua_expire(phone->ua, world->now);
		sim_phone_end(phone);
		phone->turns_at_once = ahoy_ua_next(phone->ua) <= world->now ? phone->turns_at_once + 1 : 0;
		if (phone->turns_at_once > MAX_TURNS_AT_ONCE)
			sim_fail(world, 0, "a phone spins: its deadline does not move");
	} else {
		sim_phone_end(phone);
	}
}

/* ---- what comes ---- */

void sim_phone_recv(sim_phone *phone, const ahoy_addr *to, const ahoy_addr *from, ahoy_slice bytes)
{
	ahoy_flow flow = {.transport = AHOY_UDP, .local = *to, .peer = *from};

	if (sim_phone_is_silent(phone, phone->world->now))
		return;
	if (to->port != SIM_SIP_PORT) {
		sim_phone_recv_media(phone, to->port, bytes);
		return;
	}
	ahoy_ua_recv(phone->ua, phone->world->now, &flow, bytes);
	sim_phone_end(phone);
}

void sim_phone_refused(sim_phone *phone, const ahoy_addr *peer)
{
	ahoy_flow flow = flow_to(phone, peer);

	if (sim_phone_is_silent(phone, phone->world->now))
		return;
	ahoy_ua_send_failed(phone->ua, phone->world->now, &flow);
	sim_phone_end(phone);
}

/* ---- registration ---- */

void sim_phone_register(sim_phone *phone)
{
	char aor[64];
	ahoy_flow flow = flow_to(phone, &phone->server);
	ahoy_register spec = {
		.registrar = AHOY_S("sip:" SERVER_NAME),
		.aor = ahoy_slice_make(aor, (size_t)snprintf(aor, sizeof aor, "sip:%s@" SERVER_NAME, phone->user)),
		.contact_user = ahoy_slice_of(phone->user),
		.flow = phone->habits.by_name ? NULL : &flow,
		.expires_s = phone->habits.expires_s,
		.credentials = {ahoy_slice_of(phone->user), ahoy_slice_of(phone->password)},
	};

	phone->wants_registration = true;
	if (phone->registration)
		return;
	sim_phone_begin(phone);
	if (ahoy_ua_register(phone->ua, phone->world->now, &spec, &phone->registration))
		sim_fail(phone->world, 0, "a phone cannot register");
	sim_phone_end(phone);
}

static void leave(sim_phone *phone)
{
	ahoy_registration_id registration = phone->registration;

	phone->registration = 0;
	phone->registered = false;
	if (!registration)
		return;
	phone->leaving++;
	sim_phone_begin(phone);
	if (ahoy_ua_unregister(phone->ua, phone->world->now, registration))
		phone->leaving--;
	sim_phone_end(phone);
}

void sim_phone_unregister(sim_phone *phone)
{
	phone->wants_registration = false;
	leave(phone);
}

void sim_phone_move(sim_phone *phone)
{
	sim_network *network = &phone->world->network;

	phone->moves++;
	if (phone->nat) {
		sim_nat_forget(phone->nat);
		return;
	}
	leave(phone);
	sim_network_leave(network, &phone->address);
	phone->address.ip[phone->address.family == 6 ? 14 : 2] = (uint8_t)(1 + phone->moves % 200);
	sim_network_own(network, &phone->address, false, SIM_PHONE, phone, &phone->link);
	if (phone->wants_registration)
		sim_phone_register(phone);
}

/* ---- birth and end ---- */

static void set_address(sim_phone *phone, const char *text)
{
	if (ahoy_addr_parse(ahoy_slice_of(text), &phone->address))
		abort();
	phone->address.port = SIM_SIP_PORT;
}

/* Who lives where: some behind NATs (two behind the same), some with IPv6. */
static void settle(sim_phone *phone)
{
	static const struct {
		unsigned phone, nat;
	} behind[] = {{1, 0}, {2, 0}, {5, 1}, {9, 2}, {17, 3}, {20, 4}};
	sim_world *world = phone->world;
	char text[64];

	for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++)
		if (behind[i].phone == phone->index)
			phone->nat = &world->nats[behind[i].nat];
	if (phone->nat)
		snprintf(text, sizeof text, "10.%u.0.%u", (unsigned)(phone->nat - world->nats) + 1, phone->index + 10);
	else if (phone->index == 3 || phone->index == 8 || phone->index == 18)
		snprintf(text, sizeof text, "2001:db8:1::%x:1", phone->index + 16);
	else
		snprintf(text, sizeof text, "203.0.0.%u", phone->index + 10);
	set_address(phone, text);
	phone->server = world->server.addresses[phone->address.family == 6];
	phone->link = (sim_link){
		.loss = world->options.loss,
		.duplicate = world->options.duplicate,
		.reorder = world->options.reorder,
	};
	/* Each draw is a statement of its own: the order of initialisers is the compiler's choice. */
	phone->link.delay = sim_between(&world->chance, 500, AHOY_MS(world->options.delay_ms));
	phone->link.jitter = sim_between(&world->chance, 100, AHOY_MS(world->options.delay_ms) / 4);
	sim_network_own(&world->network, &phone->address, phone->nat != NULL, SIM_PHONE, phone, &phone->link);
}

/* Who shares a number: 16 and 17; 18, 19 and 24; 20, 21 and 22. The last one tries to be 120, who never registers. */
static unsigned user_of(unsigned index)
{
	static const uint8_t shared[SIM_PHONES - 16] = {16, 16, 17, 17, 18, 18, 18, 19, 17, 20};

	return index < 16 ? index : shared[index - 16];
}

static void take_habits(sim_phone *phone)
{
	sim_random *chance = &phone->world->chance;
	sim_habits *habits = &phone->habits;
	uint64_t codecs = sim_chance(chance, 500) ? 3 : 1;
	uint64_t least = sim_chance(chance, 200) ? 5 : 40;
	uint64_t most = sim_chance(chance, 500) ? 100 : 4000;

	habits->no_rport = !phone->nat && sim_chance(chance, 250);
	habits->by_name = sim_chance(chance, 300);
	habits->dead_first = sim_chance(chance, 300);
	habits->codecs = (uint8_t)sim_between(chance, 0, codecs);
	habits->expires_s = (uint32_t)sim_between(chance, least, most);
	/* One in three knows no session timers, one has timers and no UPDATE. The shortest interval, so that calls see refreshes. */
	habits->session_s = phone->index % 3 ? 90 + 30 * (phone->index % 2) : 0;
	habits->updates = phone->index % 3 == 1;
	/* Half of them know 100rel; of those most know UPDATE. */
	habits->reliable = phone->index % 4 < 2;
	habits->updates |= habits->reliable && phone->index % 8 != 0;
	if (phone->nat) /* its REGISTERs do not keep the NAT's mapping */
		habits->expires_s = 3600;
	if (phone->index == SIM_PHONES - 1)
		habits->wrong_password = true;
}

static ahoy_slice allow_of(const sim_habits *habits)
{
	if (habits->reliable)
		return habits->updates ? AHOY_S("INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, OPTIONS, INFO, MESSAGE")
				       : AHOY_S("INVITE, ACK, CANCEL, BYE, PRACK, OPTIONS, INFO, MESSAGE");
	return habits->updates ? AHOY_S("INVITE, ACK, CANCEL, BYE, UPDATE, OPTIONS, INFO, MESSAGE")
			       : AHOY_S("INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE");
}

void sim_phone_init(sim_world *world, unsigned index)
{
	sim_phone *phone = &world->phones[index];
	ahoy_ua_config config = {
		.product = AHOY_S("sim-phone"),
		.stack = {.worker = (uint8_t)(index % 36)},
	};

	*phone = (sim_phone){
		.world = world, .index = index, .next_serial = 1, .next_rtp_port = (uint16_t)(20000 + 1000 * index)};
	sim_memory_init(&phone->memory, "phone", world->options.seed, 100 + index, &world->now, world->options.verbose);
	settle(phone);
	take_habits(phone);
	config.allow = allow_of(&phone->habits);
	if (phone->habits.reliable)
		config.supported = phone->habits.session_s ? AHOY_S("timer, 100rel") : AHOY_S("100rel");
	else
		config.supported = phone->habits.session_s ? AHOY_S("timer") : AHOY_S("");
	config.session_expires_s = phone->habits.session_s;
	snprintf(phone->user, sizeof phone->user, "%u", 100 + user_of(index));
	snprintf(phone->password, sizeof phone->password, phone->habits.wrong_password ? "guess" : "secret-%s",
		 phone->user);
	if (ahoy_ua_new(&phone->memory.env, &config, &phone->ua)) {
		fprintf(stderr, "ahoy-sim: a phone does not start\n");
		exit(1);
	}
}

void sim_phone_fini(sim_phone *phone)
{
	ahoy_ua_del(phone->ua);
	if (phone->memory.blocks)
		sim_fail(phone->world, 0, "memory is left when a phone is deleted");
}
