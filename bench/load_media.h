/* load_media: RTP of 160 bytes in both directions of many calls through a relay, counted at the other end. Closed loop: so
 * many packets are on their way at any time. Paced: each stream sends at its rate, spread evenly. Thread kind: owned. */
#ifndef BENCH_LOAD_MEDIA_H
#define BENCH_LOAD_MEDIA_H

#include "load_udp.h"

typedef struct load_media load_media;

typedef struct {
	uint64_t sent, received, lost;
	uint64_t strays;      /* what came to the wrong side, or is no packet of ours */
	uint64_t late_us_max; /* paced: by how much the generator itself was late at the worst */
} load_media_counts;

/* Stream 2i is sent by caller i, 2i + 1 by callee i, to the ports given with load_media_port. NULL without memory. */
load_media *load_media_new(load_udp *udp, size_t calls);
void load_media_del(load_media *m);
void load_media_port(load_media *m, unsigned side, size_t call, uint16_t port);
/* rate_hz: packets a second and stream; 0: closed loop with this window. */
void load_media_aim(load_media *m, ahoy_time now, unsigned rate_hz, size_t window);
/* Sends what is due and takes what came. False: the server is gone. */
bool load_media_step(load_media *m, ahoy_time now);
const load_media_counts *load_media_count(const load_media *m);

#endif
