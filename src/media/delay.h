/* delay: how late sound must be played so that most packets are there in time: the target of the adaptive jitter buffer, from
 * the transit times (arrival less timestamp) of the last ten seconds. Choosing is weighing: a millisecond of delay costs one,
 * a per cent of late packets AHOY_DELAY_LATE_COST_MS; the percentile follows from that, and is high where it is cheap.
 * Rises at once when packets come late, falls when the late ones have left the window. Leaves the playing to media/jitter.
 * Embedded by value. Thread kind: pure. Cost: a sort of 256 numbers every tenth packet. */
#ifndef AHOY_MEDIA_DELAY_H
#define AHOY_MEDIA_DELAY_H

#include "base/env.h"
#include "base/limits.h"

#define AHOY_DELAY_LATE_COST_MS 20

typedef struct {
	uint32_t rate_hz;
	uint32_t start, least, most; /* bounds of the target, in timestamp units above the fastest packet */
	uint32_t late_cost_ms;
	uint32_t window[AHOY_DELAY_WINDOW]; /* transit times, modulo 2^32 */
	unsigned count, at;		    /* how many, and the oldest one's place once the window is full */
	unsigned since;			    /* packets since the target was computed */
	uint32_t fastest, target;	    /* transit times: of the fastest packet in the window, and to be played at */
} ahoy_delay;

/* least_ms <= start_ms <= most_ms <= 1000. start_ms is the target until some packets have been seen. */
void ahoy_delay_init(ahoy_delay *d, uint32_t rate_hz, uint32_t start_ms, uint32_t least_ms, uint32_t most_ms);
/* Another source or another clock: the window is forgotten, and the target above the fastest packet is what it was. */
void ahoy_delay_reset(ahoy_delay *d, uint32_t rate_hz);
/* One packet's transit time: its arrival in timestamp units less its timestamp, modulo 2^32. */
void ahoy_delay_put(ahoy_delay *d, uint32_t transit);
/* How much later than its timestamp a sample is to be played (modulo 2^32, as transit is); valid after the first put. */
uint32_t ahoy_delay_target(const ahoy_delay *d);
/* The same above the fastest packet of the window: what the buffer adds for the best of packets. */
uint32_t ahoy_delay_target_ms(const ahoy_delay *d);
/* The latest that may be aimed at: fastest packet and most_ms. */
uint32_t ahoy_delay_latest(const ahoy_delay *d);

#endif
