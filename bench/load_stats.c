#include "load_stats.h"

static unsigned step_of(ahoy_time taken_us)
{
	unsigned octave, shift;

	if (taken_us < LOAD_STEPS_PER_OCTAVE)
		return (unsigned)taken_us;
	octave = 63u - (unsigned)__builtin_clzll(taken_us);
	shift = octave - 5u;
	if (shift + 2u > LOAD_STEPS / LOAD_STEPS_PER_OCTAVE)
		return LOAD_STEPS - 1u;
	return (shift + 1u) * LOAD_STEPS_PER_OCTAVE + (unsigned)((taken_us >> shift) - LOAD_STEPS_PER_OCTAVE);
}

static double middle_of(unsigned step)
{
	unsigned shift;

	if (step < LOAD_STEPS_PER_OCTAVE)
		return step;
	shift = step / LOAD_STEPS_PER_OCTAVE - 1u;
	return ((double)(step % LOAD_STEPS_PER_OCTAVE + LOAD_STEPS_PER_OCTAVE) + 0.5) * (double)(1ull << shift);
}

void load_stats_done(load_stats *stats, ahoy_time taken_us)
{
	stats->done++;
	stats->taken[step_of(taken_us)]++;
}

double load_stats_quantile(const load_stats *stats, double share)
{
	double seen = 0;

	for (unsigned i = 0; i < LOAD_STEPS; i++) {
		seen += (double)stats->taken[i];
		if (stats->taken[i] && seen >= share * (double)stats->done)
			return middle_of(i);
	}
	return 0;
}
