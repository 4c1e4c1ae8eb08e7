#include "media/delay.h"

#include <stdlib.h>

#define EVERY 10    /* packets between two looks at the whole window */
#define ENOUGH 50   /* packets before the window is believed over start_ms */
#define MARGIN_MS 1 /* above the slowest packet that is waited for */

static uint32_t units(const ahoy_delay *d, uint32_t ms)
{
	return (uint32_t)((uint64_t)d->rate_hz * ms / 1000);
}

void ahoy_delay_init(ahoy_delay *d, uint32_t rate_hz, uint32_t start_ms, uint32_t least_ms, uint32_t most_ms)
{
	memset(d, 0, sizeof *d);
	d->rate_hz = rate_hz;
	d->start = units(d, start_ms);
	d->least = units(d, least_ms);
	d->most = units(d, most_ms);
	d->late_cost_ms = AHOY_DELAY_LATE_COST_MS;
}

static uint32_t scaled(uint32_t value, uint32_t from_hz, uint32_t to_hz)
{
	return (uint32_t)((uint64_t)value * to_hz / from_hz);
}

void ahoy_delay_reset(ahoy_delay *d, uint32_t rate_hz)
{
	uint32_t from_hz = d->rate_hz, start = d->count ? d->target - d->fastest : d->start;

	d->rate_hz = rate_hz;
	d->start = scaled(start, from_hz, rate_hz);
	d->least = scaled(d->least, from_hz, rate_hz);
	d->most = scaled(d->most, from_hz, rate_hz);
	d->count = d->at = d->since = 0;
}

static int by_value(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* Of all percentiles the one that costs least. `sorted` is above the fastest packet, in units. */
static int32_t cheapest(const ahoy_delay *d, const int32_t *sorted, unsigned count)
{
	double best = 0, unit_ms = 1000.0 / d->rate_hz;
	unsigned chosen = count - 1;

	for (unsigned i = count; i-- > 0;) {
		double late = 100.0 * (count - 1 - i) / count, cost = sorted[i] * unit_ms + d->late_cost_ms * late;

		if (i == count - 1 || cost < best) {
			best = cost;
			chosen = i;
		}
		if (d->late_cost_ms * late > best)
			break; /* Fewer cost more than this already. */
	}
	return sorted[chosen];
}

static void look(ahoy_delay *d)
{
	int32_t sorted[AHOY_DELAY_WINDOW], above;
	uint32_t newest = d->window[(d->at + d->count - 1) % AHOY_DELAY_WINDOW];

	d->since = 0;
	/* Differences to one of them are exact over the wrap of 32 bits. */
	for (unsigned i = 0; i < d->count; i++)
		sorted[i] = (int32_t)(d->window[i] - newest);
	qsort(sorted, d->count, sizeof sorted[0], by_value);
	d->fastest = newest + (uint32_t)sorted[0];
	for (unsigned i = d->count; i-- > 0;)
		sorted[i] -= sorted[0];
	above = cheapest(d, sorted, d->count) + (int32_t)units(d, MARGIN_MS);
	if (d->count < ENOUGH && above < (int32_t)d->start)
		above = (int32_t)d->start;
	above = above < (int32_t)d->least ? (int32_t)d->least : above;
	above = above > (int32_t)d->most ? (int32_t)d->most : above;
	d->target = d->fastest + (uint32_t)above;
}

void ahoy_delay_put(ahoy_delay *d, uint32_t transit)
{
	if (d->count < AHOY_DELAY_WINDOW) {
		d->window[d->count++] = transit;
	} else {
		d->window[d->at] = transit;
		d->at = (d->at + 1) % AHOY_DELAY_WINDOW;
	}
	if (++d->since >= EVERY || d->count <= 2 || (int32_t)(transit - d->target) > 0 ||
	    (int32_t)(transit - d->fastest) < 0)
		look(d);
}

uint32_t ahoy_delay_target(const ahoy_delay *d)
{
	return d->target;
}

uint32_t ahoy_delay_target_ms(const ahoy_delay *d)
{
	return d->count ? scaled(d->target - d->fastest, d->rate_hz, 1000) : scaled(d->start, d->rate_hz, 1000);
}

uint32_t ahoy_delay_latest(const ahoy_delay *d)
{
	return d->fastest + d->most;
}
