/* pace: how many samples are due, for a device whose only clock is the phone's. Embedded. Thread kind: pure. */
#ifndef AHOY_DEVICE_PACE_H
#define AHOY_DEVICE_PACE_H

#include "base/env.h"

/* Who slept longer than this goes on from here: what was missed is not made up for. */
#define AHOY_PACE_MOST AHOY_MS(200)

typedef struct {
	ahoy_time start; /* 0: not begun */
	uint64_t done;	 /* samples since then */
} ahoy_pace;

/* Samples due since the last call; the first one only starts the clock. No sample is lost to rounding. */
static inline size_t ahoy_pace_due(ahoy_pace *pace, ahoy_time now, uint32_t rate_hz)
{
	uint64_t all, due;

	if (!pace->start)
		*pace = (ahoy_pace){.start = now};
	if (now < pace->start)
		return 0;
	all = (now - pace->start) * rate_hz / 1000000;
	due = all > pace->done ? all - pace->done : 0;
	if (due > AHOY_PACE_MOST * rate_hz / 1000000) {
		*pace = (ahoy_pace){.start = now};
		return 0;
	}
	pace->done = all;
	return (size_t)due;
}

#endif
