/* load: the generator of the benchmarks: one thread, closed loops over src/sip's own digest. See load_options.c for what it
 * is told; what it prints is for the scripts in bench/: one JSON object a line. Exit: 0; 1 where operations failed;
 * 2 usage; 3 where the server went away. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "load_calls.h"
#include "load_cpu.h"
#include "load_echo.h"
#include "load_media.h"
#include "load_options.h"
#include "load_registers.h"

#define EXPIRE_EVERY_US 50000u

typedef struct {
	load_options options;
	load_udp *udp;
	const load_wire *wire;
	load_phones phones[LOAD_SIDES];
	load_registers *registers[LOAD_SIDES];
	load_calls *calls;
	load_echo echo;
	bool echoing, ending;
	bool spinning; /* does not sleep: else the two sides fall asleep in turns, and what is measured is how a processor wakes up */
	ahoy_time next_expire;
	uint64_t failed;
} generator;

static void gone(void)
{
	fputs("load: the server's port is closed\n", stderr);
	exit(3); /* which writes what the journal still holds */
}

static void hand_over(generator *g, ahoy_time now, unsigned socket, ahoy_slice bytes)
{
	if (g->echoing)
		load_echo_recv(&g->echo, now);
	else if (socket < LOAD_RTP_CALLERS && !load_registers_recv(g->registers[socket], now, bytes) && g->calls)
		load_calls_recv(g->calls, now, socket, bytes);
}

static void fill(generator *g, ahoy_time now)
{
	if (g->echoing)
		load_echo_fill(&g->echo, now);
	for (unsigned side = 0; side < LOAD_SIDES; side++)
		if (g->registers[side])
			load_registers_fill(g->registers[side], now);
	if (g->calls && g->ending)
		load_calls_hang_up(g->calls, now);
	else if (g->calls)
		load_calls_fill(g->calls, now);
}

/* One turn of the loop: what came is answered, what the window allows is begun. */
static void step(generator *g)
{
	ahoy_slice bytes[LOAD_BATCH];
	ahoy_time now = load_now();
	int ready;

	fill(g, now);
	load_udp_flush(g->udp);
	ready = load_udp_poll(g->udp, g->spinning ? 0 : 10);
	now = load_now();
	for (unsigned socket = 0; ready > 0 && socket < LOAD_SOCKETS; socket++) {
		int count = ready >> socket & 1 ? load_udp_recv(g->udp, socket, bytes) : 0;

		for (int i = 0; i < count; i++)
			hand_over(g, now, socket, bytes[i]);
		if (count < 0)
			gone();
	}
	if (ready < 0)
		gone();
	if (now >= g->next_expire && !g->echoing) {
		g->next_expire = now + EXPIRE_EVERY_US;
		for (unsigned side = 0; side < LOAD_SIDES; side++)
			load_registers_expire(g->registers[side], now);
		if (g->calls)
			load_calls_expire(g->calls, now);
		/* A keep-alive (RFC 5626 4.4.1), so that the server's end is noticed while nothing else is said. */
		if (g->options.journal)
			g->wire->send(g->wire->ctx, LOAD_CALLERS, AHOY_S("\r\n\r\n"));
	}
}

static void print_round(generator *g, const char *event, const load_stats *stats, ahoy_time taken_us, double server_s, double own_s)
{
	printf("{\"event\":\"%s\",\"done\":%llu,\"failed\":%llu,\"challenged\":%llu,\"repeated\":%llu,\"seconds\":%.6f,", event,
	       (unsigned long long)stats->done, (unsigned long long)stats->failed, (unsigned long long)stats->challenged,
	       (unsigned long long)stats->repeated, (double)taken_us / 1e6);
	printf("\"server_cpu_s\":%.6f,\"load_cpu_s\":%.6f,\"p50_us\":%.0f,\"p99_us\":%.0f}\n", server_s, own_s,
	       load_stats_quantile(stats, 0.5), load_stats_quantile(stats, 0.99));
	fflush(stdout);
	g->failed += stats->failed;
}

static double server_cpu_s(const generator *g)
{
	return g->options.pid ? load_cpu_s(g->options.pid) : 0;
}

/* Runs for so long, or until `idle` says that all is done (NULL: by time alone), and tells what happened. */
static void run(generator *g, const char *event, load_stats *stats, bool (*idle)(const generator *g))
{
	ahoy_time start = load_now(), limit = idle ? AHOY_NEVER : start + AHOY_MS(g->options.seconds_ms);
	double server = server_cpu_s(g), own = load_cpu_s(0);

	*stats = (load_stats){0};
	while (idle ? !idle(g) : load_now() < limit)
		step(g);
	print_round(g, event, stats, load_now() - start, server_cpu_s(g) - server, load_cpu_s(0) - own);
}

static bool registers_idle(const generator *g)
{
	return load_registers_idle(g->registers[LOAD_CALLERS]) && load_registers_idle(g->registers[LOAD_CALLEES]);
}

static bool calls_idle(const generator *g)
{
	return load_calls_idle(g->calls) && !(g->ending && load_calls_live(g->calls));
}

/* All phones of this side, once: with `expires_s` 0 they unregister. */
static void register_all(generator *g, unsigned side, unsigned expires_s)
{
	load_registers *r = g->registers[side];

	load_registers_aim(r, LOAD_REFRESH, expires_s, g->phones[side].count);
	run(g, expires_s ? "registered" : "unregistered", load_registers_stats(r), registers_idle);
}

static void rounds(generator *g, load_stats *stats)
{
	g->spinning = true;
	for (unsigned i = 0; i < g->options.rounds; i++)
		run(g, "round", stats, NULL);
	g->spinning = false;
}

static void log_sizes(generator *g)
{
	if (g->options.log_sizes)
		load_udp_log_sizes(g->udp, stdout);
}

static void mode_register(generator *g)
{
	load_registers *r = g->registers[LOAD_CALLERS];
	load_stats *stats = load_registers_stats(r);

	register_all(g, LOAD_CALLERS, g->options.expires_s);
	log_sizes(g);
	load_registers_aim(r, g->options.challenged ? LOAD_CHALLENGED : LOAD_REFRESH, g->options.expires_s,
			   g->options.count ? g->options.count : UINT64_MAX);
	if (g->options.count) {
		run(g, "round", stats, registers_idle);
	} else {
		rounds(g, stats);
		*stats = (load_stats){0};
		load_registers_aim(r, LOAD_REFRESH, g->options.expires_s, 0);
		run(g, "drained", stats, registers_idle);
	}
}

static bool make_calls(generator *g)
{
	load_calls_options options = {
		.window = g->options.window,
		.challenged = g->options.challenged,
		.ringing = g->options.ringing,
		.packets = g->options.packets,
		.leave = g->options.leave,
	};

	for (unsigned side = 0; side < LOAD_SIDES; side++)
		register_all(g, side, g->options.expires_s);
	g->calls = load_calls_new(g->wire, &g->phones[LOAD_CALLERS], &g->phones[LOAD_CALLEES], &options);
	return g->calls != NULL;
}

static void mode_calls(generator *g)
{
	load_stats *stats;

	if (!make_calls(g))
		return;
	log_sizes(g);
	stats = load_calls_stats(g->calls);
	load_calls_aim(g->calls, g->options.count ? g->options.count : UINT64_MAX, false);
	if (g->options.count) {
		run(g, "round", stats, calls_idle);
	} else {
		rounds(g, stats);
		*stats = (load_stats){0};
		load_calls_aim(g->calls, 0, false);
		run(g, "drained", stats, calls_idle);
	}
	g->ending = load_calls_live(g->calls) > 0; /* those that were left */
	if (g->ending)
		run(g, "ended", stats, calls_idle);
}

/* One round; the drain sends nothing, so that what is still on its way arrives. */
static void media_round(generator *g, load_media *m, bool drain)
{
	ahoy_time start = load_now(), limit = start + AHOY_MS(drain ? 300 : g->options.seconds_ms);
	load_media_counts before = *load_media_count(m), after;
	double server = server_cpu_s(g), own = load_cpu_s(0);

	load_media_aim(m, start, drain ? 0 : g->options.rate_hz, drain ? 0 : g->options.window);
	while (load_now() < limit)
		if (!load_media_step(m, load_now()))
			gone();
	after = *load_media_count(m);
	server = server_cpu_s(g) - server;
	own = load_cpu_s(0) - own;
	printf("{\"event\":\"%s\",\"sent\":%llu,\"done\":%llu,\"strays\":%llu,\"late_us_max\":%llu,", drain ? "drained" : "round",
	       (unsigned long long)(after.sent - before.sent), (unsigned long long)(after.received - before.received),
	       (unsigned long long)(after.strays - before.strays), (unsigned long long)after.late_us_max);
	if (drain)
		printf("\"lost\":%llu,", (unsigned long long)(after.sent - after.received));
	printf("\"seconds\":%.6f,\"server_cpu_s\":%.6f,\"load_cpu_s\":%.6f}\n", (double)(load_now() - start) / 1e6, server, own);
	fflush(stdout);
}

static void media(generator *g, bool through_server)
{
	load_media *m = load_media_new(g->udp, g->options.users);

	if (!m)
		exit(1);
	for (size_t i = 0; i < g->options.users; i++)
		for (unsigned side = 0; side < LOAD_SIDES; side++) {
			uint16_t bare = (uint16_t)(g->options.base_port + 4 * i + 2 * side);

			load_media_port(m, side, i, through_server ? load_calls_media_port(g->calls, side, i) : bare);
		}
	for (unsigned i = 0; i < g->options.rounds; i++)
		media_round(g, m, false);
	media_round(g, m, true);
	load_media_del(m);
}

/* The calls stay alive while nothing is to be done: re-transmissions, OPTIONS. */
static void wait_for_line(generator *g)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	while (poll(&in, 1, 0) == 0)
		step(g);
}

static void mode_hold(generator *g)
{
	load_stats *stats;

	if (!make_calls(g))
		return;
	stats = load_calls_stats(g->calls);
	load_calls_aim(g->calls, g->options.users, true);
	run(g, "live", stats, calls_idle);
	if (g->options.mode == LOAD_MODE_MEDIA)
		media(g, true);
	else
		wait_for_line(g);
	g->ending = true;
	run(g, "ended", stats, calls_idle);
}

static void mode_echo(generator *g)
{
	if (!g->options.sizes || !load_echo_init(&g->echo, g->wire, g->options.sizes, g->options.window)) {
		fputs("load: --sizes is missing or none\n", stderr);
		exit(2);
	}
	g->echoing = true;
	rounds(g, &g->echo.stats);
}

static void signalling(generator *g)
{
	const char *prefixes[LOAD_SIDES] = {g->options.callers, g->options.callees};

	for (unsigned side = 0; side < LOAD_SIDES; side++) {
		if (load_phones_init(&g->phones[side], prefixes[side], g->options.users, g->options.password, g->options.algorithm))
			exit(1);
		g->registers[side] = load_registers_new(g->wire, &g->phones[side], side, g->options.window);
		if (!g->registers[side])
			exit(1);
	}
	if (g->options.mode == LOAD_MODE_REGISTER)
		mode_register(g);
	else if (g->options.mode == LOAD_MODE_CALLS)
		mode_calls(g);
	else
		mode_hold(g);
	load_udp_log_sizes(g->udp, NULL);
	for (unsigned side = 0; side < LOAD_SIDES && !g->options.keep; side++)
		if (g->options.mode != LOAD_MODE_REGISTER || side == LOAD_CALLERS)
			register_all(g, side, 0);
}

static bool open_journal(generator *g)
{
	FILE *journal = g->options.journal ? fopen(g->options.journal, "w") : NULL;

	if (journal)
		load_udp_journal(g->udp, journal);
	else if (g->options.journal)
		perror(g->options.journal);
	return journal || !g->options.journal;
}

int main(int argc, char **argv)
{
	static generator g;

	if (!load_options_parse(argc, argv, &g.options))
		return 2;
	if (load_udp_new(&g.options.server, &g.options.local, &g.udp))
		return 1;
	g.wire = load_udp_wire(g.udp);
	if (!open_journal(&g))
		return 1;
	if (g.options.mode == LOAD_MODE_ECHO)
		mode_echo(&g);
	else if (g.options.mode == LOAD_MODE_RELAY)
		media(&g, false);
	else
		signalling(&g);
	load_calls_del(g.calls);
	for (unsigned side = 0; side < LOAD_SIDES; side++) {
		load_registers_del(g.registers[side]);
		load_phones_fini(&g.phones[side]);
	}
	load_udp_del(g.udp);
	return g.failed ? 1 : 0;
}
