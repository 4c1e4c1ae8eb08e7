/* The actor's life: its turns, its socket, its registration. */
#include "sim/phone.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/script.h"
#include "sim/world.h"
#include "sip/tx.h"
#include "ua/internal.h"

#define SERVER_NAME "ahoy.test"
#define MAX_TURNS_AT_ONCE 2000

static void wake(sim_world *world, const sim_event *event);

/* ---- what leaves ---- */

static void transmit(sim_phone *phone, const ahoy_addr *to, ahoy_slice bytes)
{
	if (!sim_phone_is_silent(phone, phone->world->now))
		sim_network_send(phone->world, &phone->address, to, bytes, &phone->link, phone->nat);
}

void sim_phone_send_raw(sim_phone *phone, ahoy_slice bytes)
{
	transmit(phone, &phone->server, bytes);
}

/* The ACK of a leg that gives none. */
static bool is_withheld(sim_phone *phone, ahoy_slice bytes)
{
	sim_attempt *attempt;

	if (!ahoy_slice_starts(bytes, AHOY_S("ACK ")))
		return false;
	attempt = sim_attempt_of(phone->world, sim_attempt_number(ahoy_trace_header(bytes, AHOY_S("Call-ID"), 'i')));
	return attempt && (attempt->odd & SIM_ODD_NO_ACK) && attempt->caller == phone->index;
}

/* Phones that never heard of RFC 3581. */
static ahoy_slice without_rport(ahoy_slice bytes, char *out, size_t cap)
{
	size_t at = ahoy_slice_search(bytes, AHOY_S(";rport;"));
	ahoy_buf b = ahoy_buf_over(out, cap);

	if (at == bytes.len || ahoy_slice_starts(bytes, AHOY_S("SIP/2.0 ")))
		return bytes;
	ahoy_buf_put(&b, ahoy_slice_first(bytes, at));
	ahoy_buf_put(&b, ahoy_slice_from(bytes, at + 6));
	return b.full ? bytes : ahoy_buf_slice(&b);
}

static const sim_leg *twin_leg(sim_phone *phone, ahoy_slice bytes)
{
	ahoy_slice call_id = ahoy_trace_header(bytes, AHOY_S("Call-ID"), 'i');
	ahoy_call_info info;

	for (unsigned i = 0; i < SIM_LEGS; i++)
		if (phone->legs[i].twin && !ahoy_call_get(phone->ua, phone->legs[i].id, &info) && ahoy_slice_eq(info.call_id, call_id))
			return &phone->legs[i];
	return NULL;
}

/* The same 2xx with another To tag. */
static void send_twin(sim_phone *phone, const ahoy_addr *to, ahoy_slice bytes)
{
	static char text[8192];
	ahoy_slice header = ahoy_trace_header(bytes, AHOY_S("To"), 't');
	size_t at;

	if (!ahoy_slice_starts(bytes, AHOY_S("SIP/2.0 200 ")) || bytes.len > sizeof text || !header.len ||
	    !ahoy_slice_ends(ahoy_trace_header(bytes, AHOY_S("CSeq"), 0), AHOY_S("INVITE")) || !twin_leg(phone, bytes))
		return;
	memcpy(text, bytes.ptr, bytes.len);
	at = (size_t)(header.ptr + header.len - bytes.ptr) - 1;
	text[at] = text[at] == 'x' ? 'y' : 'x';
	transmit(phone, to, ahoy_slice_make(text, bytes.len));
}

static void send(sim_phone *phone, const ahoy_out *out)
{
	static char text[8192];
	ahoy_slice bytes = out->bytes;

	if (out->kind != AHOY_OUT_SEND || is_withheld(phone, bytes))
		return;
	if (phone->habits.no_rport)
		bytes = without_rport(bytes, text, sizeof text);
	transmit(phone, &out->flow.peer, bytes);
	send_twin(phone, &out->flow.peer, bytes);
}

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
	case AHOY_UA_CANCELLED:
	case AHOY_UA_REINVITE:
	case AHOY_UA_REINVITED:
	case AHOY_UA_IN_DIALOG:
	case AHOY_UA_IN_DIALOG_ANSWER:
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
		send(phone, &out);
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
		.delay = sim_between(&world->chance, 500, AHOY_MS(world->options.delay_ms)),
		.jitter = sim_between(&world->chance, 100, AHOY_MS(world->options.delay_ms) / 4),
	};
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

	phone->habits = (sim_habits){
		.no_rport = !phone->nat && sim_chance(chance, 250),
		.by_name = sim_chance(chance, 300),
		.dead_first = sim_chance(chance, 300),
		.codecs = (uint8_t)sim_between(chance, 0, sim_chance(chance, 200) ? 3 : 1),
		.expires_s = (uint32_t)sim_between(chance, sim_chance(chance, 200) ? 5 : 40, sim_chance(chance, 500) ? 100 : 4000),
	};
	if (phone->nat) /* its REGISTERs do not keep the NAT's mapping */
		phone->habits.expires_s = 3600;
	if (phone->index == SIM_PHONES - 1)
		phone->habits.wrong_password = true;
}

void sim_phone_init(sim_world *world, unsigned index)
{
	sim_phone *phone = &world->phones[index];
	ahoy_ua_config config = {
		.product = AHOY_S("sim-phone"),
		.allow = AHOY_S("INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE"),
		.stack = {.worker = (uint8_t)(index % 36)},
	};

	*phone = (sim_phone){.world = world, .index = index, .next_serial = 1, .next_rtp_port = (uint16_t)(20000 + 1000 * index)};
	sim_memory_init(&phone->memory, "phone", world->options.seed, 100 + index, &world->now, world->options.verbose);
	settle(phone);
	take_habits(phone);
	snprintf(phone->user, sizeof phone->user, "%u", 100 + user_of(index));
	snprintf(phone->password, sizeof phone->password, phone->habits.wrong_password ? "guess" : "secret-%s", phone->user);
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

bool sim_phone_is_idle(const sim_phone *phone)
{
	if (phone->registration || phone->leaving)
		return false;
	for (unsigned i = 0; i < SIM_SINGLES; i++)
		if (phone->singles[i])
			return false;
	return sim_phone_busy(phone) == 0;
}

bool sim_phone_is_bound(const sim_phone *phone, uint64_t utc_ms)
{
	char text[96];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	ahoy_buf_fmt(&b, "sip:%s@", phone->user);
	ahoy_addr_put(&b, &phone->address);
	return sim_store_has_binding(&phone->world->store, ahoy_slice_of(phone->user), ahoy_buf_slice(&b), utc_ms);
}

bool sim_phone_is_sound(const sim_phone *phone)
{
	const sim_world *world = phone->world;

	return phone->registered && phone->moved_in != world->round && phone->silent_in != world->round && !world->notes.killed;
}

uint32_t sim_sound_phones(const sim_world *world, const char *user)
{
	uint32_t phones = 0;

	for (unsigned p = 0; p < SIM_PHONES; p++)
		if (!strcmp(world->phones[p].user, user) && sim_phone_is_sound(&world->phones[p]))
			phones |= 1u << p;
	return phones;
}

bool sim_phone_is_quiet(const sim_phone *phone)
{
	uint64_t cursor = 0;
	const ahoy_tx *tx;

	while ((tx = ahoy_slots_next(&phone->ua->stack->txs, &cursor, NULL)))
		if ((tx->kind == AHOY_TX_ICT || tx->kind == AHOY_TX_NICT) && (tx->state == AHOY_TX_CALLING || tx->state == AHOY_TX_PROCEEDING))
			return false;
	return true;
}

static void expect_none(sim_phone *phone, uint64_t count, const char *what)
{
	char text[96];

	if (!count)
		return;
	snprintf(text, sizeof text, "%llu %s left in phone %u", (unsigned long long)count, what, phone->index);
	sim_fail(phone->world, 0, text);
}

void sim_phone_check_idle(sim_phone *phone)
{
	const ahoy_stack_counters *counters;

	ahoy_ua_expire(phone->ua, phone->world->now);
	sim_phone_end(phone);
	ahoy_ua_expire(phone->ua, phone->world->now);
	sim_phone_end(phone);
	counters = ahoy_stack_count(ahoy_ua_stack(phone->ua));
	expect_none(phone, ahoy_ua_calls(phone->ua), "calls");
	sim_rest_transactions(phone->world, ahoy_ua_stack(phone->ua), "a phone");
	expect_none(phone, counters->timers, "timers");
	expect_none(phone, phone->ua->calls.count, "call objects");
	expect_none(phone, phone->ua->sendings.count, "requests");
	expect_none(phone, phone->ua->registrations.count, "registrations");
	expect_none(phone, phone->ua->timers.count, "user agent timers");
}
