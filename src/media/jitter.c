#include "media/jitter.h"

#define LATE_RUN 3 /* packets; and they must span LATE_SPAN_MS of play-out, or it was one stall that ended */
#define LATE_SPAN_MS 60
#define AHEAD_RUN 2    /* packets in a row, far ahead and close to each other, before they are believed */
#define WINDOW_MS 2000 /* the queue must be too long for this time before it is cut */
#define SLACK_MS 40    /* and by more than this, so that a steady call is never touched */

static uint32_t units(const ahoy_jitter *j, uint32_t ms)
{
	return (uint32_t)((uint64_t)j->clock_rate_hz * ms / 1000);
}

static int32_t distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

void ahoy_jitter_init(ahoy_jitter *j, uint32_t clock_rate_hz, uint32_t delay_ms, uint32_t max_delay_ms)
{
	memset(j, 0, sizeof *j);
	j->clock_rate_hz = clock_rate_hz;
	j->delay_units = units(j, delay_ms);
	j->max_delay_units = units(j, max_delay_ms);
	j->window_min = UINT32_MAX;
}

static void forget(ahoy_jitter *j)
{
	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++)
		j->slots[i].used = false;
	memset(j->played, 0, sizeof j->played);
	j->started = false;
	j->late_run = j->ahead_run = 0;
	j->window_units = 0;
	j->window_min = UINT32_MAX;
}

void ahoy_jitter_reset(ahoy_jitter *j, uint32_t clock_rate_hz)
{
	forget(j);
	j->delay_units = (uint32_t)((uint64_t)j->delay_units * clock_rate_hz / j->clock_rate_hz);
	j->max_delay_units = (uint32_t)((uint64_t)j->max_delay_units * clock_rate_hz / j->clock_rate_hz);
	j->clock_rate_hz = clock_rate_hz;
}

static void start(ahoy_jitter *j, uint32_t timestamp)
{
	j->next_timestamp = j->running ? timestamp - j->delay_units : timestamp;
	j->started = j->running = true;
}

static void restart(ahoy_jitter *j, uint32_t timestamp)
{
	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++)
		j->discarded += j->slots[i].used;
	forget(j);
	j->resyncs++;
	start(j, timestamp);
}

/* A packet whose time has passed. Returns whether the position was moved so that it can be played after all. */
static bool follow_late(ahoy_jitter *j, uint32_t timestamp)
{
	uint32_t lateness = j->next_timestamp - timestamp;

	if (j->late_run++ == 0)
		j->late_since = j->next_timestamp;
	if (j->late_run < LATE_RUN || distance(j->late_since, j->next_timestamp) < (int32_t)units(j, LATE_SPAN_MS))
		return false;
	j->late_run = 0;
	if (lateness > j->max_delay_units) {
		restart(j, timestamp); /* No network does this: the source began anew. */
		return true;
	}
	/* All that comes is late: the path has become slower. Play-out waits by as much, and half of the delay as margin. */
	j->next_timestamp = timestamp - j->delay_units / 2;
	j->resyncs++;
	return true;
}

/* A packet too far ahead of the position. Returns whether it can be taken. */
static bool follow_ahead(ahoy_jitter *j, uint32_t timestamp)
{
	int32_t step = distance(j->ahead_timestamp, timestamp);
	bool close = step >= 0 && step <= (int32_t)j->max_delay_units;

	j->ahead_run = j->ahead_run && close ? j->ahead_run + 1 : 1;
	j->ahead_timestamp = timestamp;
	if (j->ahead_run < AHEAD_RUN)
		return false;
	restart(j, timestamp);
	return true;
}

static bool is_known(ahoy_jitter *j, uint16_t seq, uint32_t timestamp)
{
	if (j->played[seq % 64] && j->played_seq[seq % 64] == seq)
		return true;
	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++)
		if (j->slots[i].used && j->slots[i].seq == seq && j->slots[i].timestamp == timestamp)
			return true;
	return false;
}

static void store(ahoy_jitter *j, const ahoy_jitter_slot *head, const void *payload)
{
	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++) {
		ahoy_jitter_slot *slot = &j->slots[i];

		if (slot->used)
			continue;
		*slot = *head;
		memcpy(slot->bytes, payload, head->len);
		return;
	}
	j->discarded++;
}

int ahoy_jitter_put(ahoy_jitter *j, uint16_t seq, uint32_t timestamp, uint8_t payload_type, uint32_t samples,
		    const void *payload, size_t len)
{
	ahoy_jitter_slot head = {
		.used = true, .payload_type = payload_type, .seq = seq, .timestamp = timestamp, .samples = samples};
	int32_t ahead;

	if (len == 0 || len > AHOY_JITTER_MAX_PAYLOAD || samples == 0 || samples > j->clock_rate_hz)
		return AHOY_ERANGE;
	head.len = (uint16_t)len;
	if (!j->started)
		start(j, timestamp);
	if (is_known(j, seq, timestamp)) {
		j->duplicates++;
		return 0;
	}
	ahead = distance(j->next_timestamp, timestamp);
	if (ahead <= -(int32_t)samples) {
		if (!follow_late(j, timestamp)) {
			j->late++;
			return 0;
		}
	} else if (ahead > (int32_t)(j->delay_units + j->max_delay_units)) {
		if (!follow_ahead(j, timestamp)) {
			j->discarded++;
			return 0;
		}
	} else {
		j->late_run = j->ahead_run = 0;
	}
	store(j, &head, payload);
	return 0;
}

static ahoy_jitter_slot *earliest(ahoy_jitter *j)
{
	ahoy_jitter_slot *found = NULL;

	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++) {
		ahoy_jitter_slot *slot = &j->slots[i];

		if (slot->used && (!found || distance(found->timestamp, slot->timestamp) < 0))
			found = slot;
	}
	return found;
}

static uint32_t queued_units(const ahoy_jitter *j)
{
	int32_t most = 0;

	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++) {
		const ahoy_jitter_slot *slot = &j->slots[i];
		int32_t end = slot->used ? distance(j->next_timestamp, slot->timestamp + slot->samples) : 0;

		most = end > most ? end : most;
	}
	return (uint32_t)most;
}

/* Clocks drift, and a path becomes faster again: where even the shortest queue of two seconds was longer than wanted, the
 * difference is skipped. */
static void trim(ahoy_jitter *j, uint32_t samples)
{
	uint32_t queued = queued_units(j);

	j->window_min = queued < j->window_min ? queued : j->window_min;
	j->window_units += samples;
	if (j->window_units < units(j, WINDOW_MS))
		return;
	if (j->window_min > j->delay_units + units(j, SLACK_MS)) {
		j->next_timestamp += j->window_min - j->delay_units;
		for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++) {
			ahoy_jitter_slot *slot = &j->slots[i];

			if (slot->used && distance(j->next_timestamp, slot->timestamp + slot->samples) <= 0) {
				slot->used = false;
				j->discarded++;
			}
		}
	}
	j->window_units = 0;
	j->window_min = UINT32_MAX;
}

ahoy_jitter_result ahoy_jitter_get(ahoy_jitter *j, uint32_t max_samples, const ahoy_jitter_slot **slot,
				   uint32_t *samples)
{
	ahoy_jitter_slot *next;
	int32_t ahead;

	if (!j->started)
		return AHOY_JITTER_IDLE;
	next = earliest(j);
	ahead = next ? distance(j->next_timestamp, next->timestamp) : 0;
	if (!next || ahead > 0) {
		*samples = next && (uint32_t)ahead < max_samples ? (uint32_t)ahead : max_samples;
		j->next_timestamp += *samples;
		return AHOY_JITTER_GAP;
	}
	next->used = false;
	j->played[next->seq % 64] = true;
	j->played_seq[next->seq % 64] = next->seq;
	j->next_timestamp = next->timestamp + next->samples;
	*slot = next;
	*samples = next->samples;
	trim(j, next->samples);
	return AHOY_JITTER_PACKET;
}

unsigned ahoy_jitter_depth(const ahoy_jitter *j)
{
	unsigned depth = 0;

	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++)
		depth += j->slots[i].used;
	return depth;
}

uint32_t ahoy_jitter_delay_ms(const ahoy_jitter *j)
{
	return (uint32_t)((uint64_t)queued_units(j) * 1000 / j->clock_rate_hz);
}
