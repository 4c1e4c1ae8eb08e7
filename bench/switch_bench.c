/* What the server's core costs without sockets, threads and database: nanoseconds, allocations and bytes of a REGISTER, of a
 * whole call, of a relayed packet. The generator's phones speak to the pulled switch directly; only the switch's own turns are
 * timed. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "b2b/switch.h"
#include "load_calls.h"
#include "load_registers.h"

#define USERS 1000u
#define WINDOW 64u
#define QUEUE 4096u
#define MEASURE_US 300000u
#define SERVER_PORT 5060
#define PHONE_PORT 6000 /* + side */

typedef struct {
	unsigned side;
	size_t len;
	char bytes[LOAD_MESSAGE];
} datagram;

typedef struct {
	datagram *list;
	size_t head, tail;
} queue;

static struct {
	ahoy_switch *sw;
	load_wire wire;
	load_phones phones[LOAD_SIDES];
	load_registers *registers[LOAD_SIDES];
	load_calls *calls;
	queue to_server, to_phones;
	uint64_t in_switch_ns, allocations;
	int64_t live_bytes;
	uint16_t next_rtp_port;
} world;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- the switch's world ---- */

static void *counted_resize(void *ctx, void *ptr, size_t size)
{
	void *grown;

	(void)ctx;
	world.live_bytes -= (int64_t)malloc_usable_size(ptr);
	if (size == 0) {
		free(ptr);
		return NULL;
	}
	world.allocations++;
	grown = realloc(ptr, size);
	world.live_bytes += (int64_t)malloc_usable_size(grown);
	return grown;
}

/* Pooled, as in the program (os/random.c): a system call for each tag is not what is measured here. */
static void pooled_random(void *ctx, void *out, size_t len)
{
	static uint8_t pool[4096];
	static size_t used = sizeof pool;

	(void)ctx;
	if (len > sizeof pool - used) {
		if (len > sizeof pool || getrandom(pool, sizeof pool, 0) != (ssize_t)sizeof pool)
			abort();
		used = 0;
	}
	memcpy(out, pool + used, len);
	used += len;
}

static void log_to_stderr(void *ctx, ahoy_log_level level, const char *area, ahoy_slice id, ahoy_slice text)
{
	(void)ctx;
	(void)level;
	fprintf(stderr, "%s %.*s %.*s\n", area, AHOY_P(id), AHOY_P(text));
}

static const ahoy_env env = {.resize = counted_resize, .random = pooled_random, .log = log_to_stderr, .log_level = AHOY_LOG_WARN};

static void user_record(ahoy_slice name, ahoy_user_record *record)
{
	static ahoy_user_record known[LOAD_SIDES][USERS];
	char hex[AHOY_DIGEST_HEX];
	ahoy_user_record *r;
	size_t at = 1;
	uint64_t number;

	*record = (ahoy_user_record){.found = false};
	if (name.len < 2 || !load_number(name, &at, &number) || number >= USERS)
		return;
	r = &known[name.ptr[0] == 'b'][number];
	if (!r->found) {
		memcpy(r->ha1_md5, hex, ahoy_digest_ha1(AHOY_DIGEST_MD5, name, AHOY_S("ahoy"), AHOY_S("pw"), hex));
		memcpy(r->ha1_sha256, hex, ahoy_digest_ha1(AHOY_DIGEST_SHA256, name, AHOY_S("ahoy"), AHOY_S("pw"), hex));
		r->found = true;
	}
	*record = *r;
}

static void answer_asks(ahoy_time now)
{
	ahoy_user_record record;
	ahoy_ask ask;

	while (ahoy_switch_pop_ask(world.sw, &ask)) {
		switch (ask.kind) {
		case AHOY_ASK_USER:
			user_record(ask.user, &record);
			ahoy_switch_answer_user(world.sw, now, ask.id, &record, false);
			break;
		case AHOY_ASK_SAVE:
		case AHOY_ASK_RECORD:
			ahoy_switch_answer_saved(world.sw, now, ask.id, false);
			break;
		case AHOY_ASK_OPEN_PORTS:
			for (size_t i = 0; i < ask.count; i++) {
				uint32_t pair;

				world.next_rtp_port = (uint16_t)(world.next_rtp_port + 2);
				if (ahoy_switch_add_pair(world.sw, world.next_rtp_port, &pair))
					break;
			}
			break;
		}
	}
}

static void put(queue *q, unsigned side, ahoy_slice bytes)
{
	datagram *d = &q->list[q->head++ % QUEUE];

	if (q->head - q->tail > QUEUE || bytes.len > sizeof d->bytes)
		abort();
	d->side = side;
	d->len = bytes.len;
	memcpy(d->bytes, bytes.ptr, bytes.len);
}

static datagram *take(queue *q)
{
	return q->head == q->tail ? NULL : &q->list[q->tail++ % QUEUE];
}

static void drain(ahoy_time now)
{
	ahoy_out out;

	answer_asks(now);
	while (ahoy_switch_pop_out(world.sw, &out))
		if (out.kind == AHOY_OUT_SEND)
			put(&world.to_phones, out.flow.peer.port - PHONE_PORT, out.bytes);
}

static ahoy_addr loopback(unsigned port)
{
	return (ahoy_addr){.family = 4, .port = (uint16_t)port, .ip = {127, 0, 0, 1}};
}

static void serve(const datagram *d)
{
	ahoy_flow flow = {.transport = AHOY_UDP, .local = loopback(SERVER_PORT), .peer = loopback(PHONE_PORT + d->side)};
	uint64_t start = now_ns();
	ahoy_time now = start / 1000;

	if (ahoy_switch_next(world.sw) <= now) {
		ahoy_switch_expire(world.sw, now);
		drain(now);
	}
	ahoy_switch_recv(world.sw, now, &flow, ahoy_slice_make(d->bytes, d->len));
	drain(now);
	world.in_switch_ns += now_ns() - start;
}

/* ---- the phones' world ---- */

static void wire_send(void *ctx, unsigned side, ahoy_slice bytes)
{
	(void)ctx;
	put(&world.to_server, side, bytes);
}

static void turn(void)
{
	ahoy_time now = load_now();
	datagram *d;

	for (unsigned side = 0; side < LOAD_SIDES; side++)
		load_registers_fill(world.registers[side], now);
	if (world.calls)
		load_calls_fill(world.calls, now);
	while ((d = take(&world.to_server)))
		serve(d);
	now = load_now();
	while ((d = take(&world.to_phones))) {
		ahoy_slice bytes = ahoy_slice_make(d->bytes, d->len);

		if (!load_registers_recv(world.registers[d->side], now, bytes) && world.calls)
			load_calls_recv(world.calls, now, d->side, bytes);
	}
}

/* ---- measurements ---- */

static void report(const char *name, const load_stats *stats, uint64_t allocations)
{
	if (stats->failed || !stats->done) {
		fprintf(stderr, "switch_bench: %s: %llu failed, %llu done\n", name, (unsigned long long)stats->failed,
			(unsigned long long)stats->done);
		exit(1);
	}
	printf("%-32s %9.1f ns\n", name, (double)world.in_switch_ns / (double)stats->done);
	printf("%s allocations%*s %9.1f\n", name, (int)(20 - strlen(name)), "", (double)allocations / (double)stats->done);
}

static void measure(const char *name, load_stats *stats)
{
	ahoy_time start = load_now();
	uint64_t allocations;

	while (load_now() - start < MEASURE_US / 10)
		turn(); /* warm */
	*stats = (load_stats){0};
	world.in_switch_ns = 0;
	allocations = world.allocations;
	start = load_now();
	while (load_now() - start < MEASURE_US)
		turn();
	report(name, stats, world.allocations - allocations);
}

static void registers_to_end(unsigned side, unsigned expires_s)
{
	load_registers_aim(world.registers[side], LOAD_REFRESH, expires_s, USERS);
	while (!load_registers_idle(world.registers[side]))
		turn();
}

static void measure_registers(void)
{
	int64_t before = world.live_bytes;

	registers_to_end(LOAD_CALLERS, 3600);
	registers_to_end(LOAD_CALLEES, 3600);
	/* Transactions of the REGISTERs live for 32 s more (timer J), and cannot be told apart here. */
	printf("%-32s %9.0f bytes\n", "binding and its transactions", (double)(world.live_bytes - before) / (2.0 * USERS));
	load_registers_aim(world.registers[LOAD_CALLERS], LOAD_REFRESH, 3600, UINT64_MAX);
	measure("REGISTER refresh", load_registers_stats(world.registers[LOAD_CALLERS]));
	load_registers_aim(world.registers[LOAD_CALLERS], LOAD_CHALLENGED, 3600, UINT64_MAX);
	measure("REGISTER challenged", load_registers_stats(world.registers[LOAD_CALLERS]));
	load_registers_aim(world.registers[LOAD_CALLERS], LOAD_REFRESH, 3600, 0);
	while (!load_registers_idle(world.registers[LOAD_CALLERS]))
		turn();
}

static void measure_calls(const char *name, bool challenged)
{
	load_calls_options options = {.window = WINDOW, .challenged = challenged, .ringing = true};

	world.calls = load_calls_new(&world.wire, &world.phones[LOAD_CALLERS], &world.phones[LOAD_CALLEES], &options);
	load_calls_aim(world.calls, UINT64_MAX, false);
	measure(name, load_calls_stats(world.calls));
	load_calls_aim(world.calls, 0, false);
	while (!load_calls_idle(world.calls))
		turn();
	load_calls_del(world.calls);
	world.calls = NULL;
}

/* The handle of the pair with this port: pairs are numbered in the order in which answer_asks gave them. */
static ahoy_relay_port port_handle(uint16_t port)
{
	return AHOY_RELAY_RTP_PORT((uint32_t)(port - 10002) / 2);
}

static void measure_media(void)
{
	ahoy_addr source[LOAD_SIDES] = {loopback(world.wire.rtp_port[LOAD_CALLERS]), loopback(world.wire.rtp_port[LOAD_CALLEES])};
	uint8_t packet[172] = {0x80, 8};
	ahoy_slice bytes = ahoy_slice_make(packet, sizeof packet);
	uint64_t count = 0, sent = 0, start, taken;
	ahoy_relay_out out;
	uint16_t seq = 0;

	start = now_ns();
	do {
		seq++;
		packet[2] = (uint8_t)(seq >> 8);
		packet[3] = (uint8_t)seq;
		for (size_t i = 0; i < USERS / 2; i++)
			for (unsigned side = 0; side < LOAD_SIDES; side++) {
				ahoy_relay_port port = port_handle(load_calls_media_port(world.calls, side, i));

				packet[11] = (uint8_t)side;
				sent += ahoy_switch_media(world.sw, start / 1000, port, &source[side], bytes, &out) ==
					AHOY_RELAY_SEND;
				count++;
			}
		taken = now_ns() - start;
	} while (taken < 1000u * MEASURE_US);
	if (sent != count) {
		fprintf(stderr, "switch_bench: %llu of %llu packets relayed\n", (unsigned long long)sent, (unsigned long long)count);
		exit(1);
	}
	printf("%-32s %9.1f ns\n", "relayed packet", (double)taken / (double)count);
}

static void measure_live_calls(void)
{
	load_calls_options options = {.window = WINDOW, .ringing = true};
	int64_t before = world.live_bytes;

	world.calls = load_calls_new(&world.wire, &world.phones[LOAD_CALLERS], &world.phones[LOAD_CALLEES], &options);
	load_calls_aim(world.calls, USERS / 2, true);
	while (!load_calls_idle(world.calls))
		turn();
	printf("%-32s %9.0f bytes\n", "live call and its transactions", (double)(world.live_bytes - before) / (USERS / 2.0));
	measure_media();
	while (load_calls_hang_up(world.calls, load_now()) || !load_calls_idle(world.calls))
		turn();
	load_calls_del(world.calls);
	world.calls = NULL;
}

static void make_world(void)
{
	ahoy_switch_config config = {
		.realm = AHOY_S("ahoy"),
		.digest = {AHOY_DIGEST_SHA256, AHOY_DIGEST_MD5},
		.digest_count = 2,
		.media_timeout_s = 60,
		.ring_timeout_s = 120,
		.register_min_s = 60,
		.register_max_s = 3600,
		.no_rate_limits = true,
		.utc_offset_us = 1700000000000000,
		.start_number = 1,
		.trace_bytes = 4u << 20,
		.listeners = {loopback(SERVER_PORT)},
		.listener_count = 1,
	};

	config.self.network_count = 1;
	config.self.networks[0].addr = loopback(0);
	config.self.networks[0].prefix_bits = 8;
	world.next_rtp_port = 10000;
	world.wire = (load_wire){
		.send = wire_send,
		.server = AHOY_S("127.0.0.1:5060"),
		.here = {AHOY_S("127.0.0.1:6000"), AHOY_S("127.0.0.1:6001")},
		.ip = AHOY_S("127.0.0.1"),
		.rtp_port = {7000, 7002},
	};
	world.to_server.list = calloc(QUEUE, sizeof(datagram));
	world.to_phones.list = calloc(QUEUE, sizeof(datagram));
	if (!world.to_server.list || !world.to_phones.list || ahoy_switch_new(&env, &config, &world.sw))
		exit(1);
	for (unsigned side = 0; side < LOAD_SIDES; side++) {
		if (load_phones_init(&world.phones[side], side ? "b" : "a", USERS, "pw", AHOY_DIGEST_MD5))
			exit(1);
		world.registers[side] = load_registers_new(&world.wire, &world.phones[side], side, WINDOW);
		if (!world.registers[side])
			exit(1);
	}
}

int main(void)
{
	make_world();
	measure_registers();
	measure_calls("call", false);
	measure_calls("call challenged", true);
	measure_live_calls();
	ahoy_switch_del(world.sw);
	for (unsigned side = 0; side < LOAD_SIDES; side++) {
		load_registers_del(world.registers[side]);
		load_phones_fini(&world.phones[side]);
	}
	free(world.to_server.list);
	free(world.to_phones.list);
	if (world.live_bytes != 0) {
		fprintf(stderr, "switch_bench: %lld bytes were not given back\n", (long long)world.live_bytes);
		return 1;
	}
	return 0;
}
