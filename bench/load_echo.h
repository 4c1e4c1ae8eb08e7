/* load_echo: datagrams of given sizes to a bare echo, which answers with as many bytes as the first two of the request say.
 * Thread kind: owned. */
#ifndef BENCH_LOAD_ECHO_H
#define BENCH_LOAD_ECHO_H

#include "load_stats.h"
#include "load_wire.h"

#define LOAD_ECHO_MAX 64
#define LOAD_ECHO_BYTES 4096u

typedef struct {
	const load_wire *wire;
	size_t count, window; /* exchanges in an operation; answers on their way at the most */
	uint16_t request[LOAD_ECHO_MAX], answer[LOAD_ECHO_MAX];
	size_t next, on_their_way;
	ahoy_time last_received;
	load_stats stats; /* done: whole operations sent */
} load_echo;

/* "700:500,600:0". False where that is none. */
bool load_echo_init(load_echo *echo, const load_wire *wire, const char *sizes, size_t window);
void load_echo_fill(load_echo *echo, ahoy_time now);
void load_echo_recv(load_echo *echo, ahoy_time now);

#endif
