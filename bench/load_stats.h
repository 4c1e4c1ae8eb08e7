/* load_stats: how long operations took, as a histogram with 3 % wide steps. Thread kind: owned. */
#ifndef BENCH_LOAD_STATS_H
#define BENCH_LOAD_STATS_H

#include "base/env.h"

#define LOAD_STEPS_PER_OCTAVE 32u
#define LOAD_STEPS (32u * LOAD_STEPS_PER_OCTAVE)

typedef struct {
	uint64_t done, failed, challenged, repeated;
	uint64_t taken[LOAD_STEPS];
} load_stats;

void load_stats_done(load_stats *stats, ahoy_time taken_us);
/* The time below which this share (0 .. 1) of the operations stayed, microseconds; 0 where there were none. */
double load_stats_quantile(const load_stats *stats, double share);

#endif
