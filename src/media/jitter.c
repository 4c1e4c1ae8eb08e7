#include "media/jitter.h"

#define LATE_RUN 3 /* packets; and they must come over LATE_SPAN_MS, or it was one stall that ended */
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

/* A clock as timestamp units, modulo 2^32; in two parts, so that a long up-time times a high rate stays inside 64 bits. */
static uint32_t clock_units(const ahoy_jitter *j, ahoy_time now)
{
	uint64_t rate = j->clock_rate_hz;

	return (uint32_t)(now / 1000000u * rate + now % 1000000u * rate / 1000000u);
}

void ahoy_jitter_init(ahoy_jitter *j, uint32_t clock_rate_hz, uint32_t start_ms, uint32_t least_ms, uint32_t most_ms)
{
	memset(j, 0, sizeof *j);
	j->clock_rate_hz = clock_rate_hz;
	ahoy_delay_init(&j->delay, clock_rate_hz, start_ms, least_ms, most_ms);
	j->window_min = UINT32_MAX;
}

void ahoy_jitter_set_least_ms(ahoy_jitter *j, uint32_t least_ms)
{
	uint32_t least = units(j, least_ms);

	j->delay.least = least < j->delay.most ? least : j->delay.most;
}

static void forget(ahoy_jitter *j)
{
	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++)
		j->slots[i].used = false;
	memset(j->played, 0, sizeof j->played);
	j->started = j->pulled = false;
	j->late_run = j->ahead_run = 0;
	j->surplus = 0;
	j->window_units = 0;
	j->window_min = UINT32_MAX;
}

void ahoy_jitter_reset(ahoy_jitter *j, uint32_t clock_rate_hz)
{
	forget(j);
	j->clock_rate_hz = clock_rate_hz;
	ahoy_delay_reset(&j->delay, clock_rate_hz);
}

static void start(ahoy_jitter *j, uint32_t arrival, uint32_t timestamp)
{
	ahoy_delay_reset(&j->delay, j->clock_rate_hz);
	ahoy_delay_put(&j->delay, arrival - timestamp);
	/* The first time the caller waits; later its clock runs, and the wait is a gap in front of the packet. */
	j->next_timestamp = j->running ? arrival - ahoy_delay_target(&j->delay) : timestamp;
	j->started = j->running = true;
}

static void restart(ahoy_jitter *j, uint32_t arrival, uint32_t timestamp)
{
	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++)
		j->discarded += j->slots[i].used;
	forget(j);
	j->resyncs++;
	start(j, arrival, timestamp);
}

/* A packet whose time has passed. Returns whether the position was moved so that it can be played after all. */
static bool follow_late(ahoy_jitter *j, uint32_t arrival, uint32_t timestamp)
{
	uint32_t lateness = j->next_timestamp - timestamp;

	if (j->late_run++ == 0)
		j->late_since = arrival;
	if (j->late_run < LATE_RUN || distance(j->late_since, arrival) < (int32_t)units(j, LATE_SPAN_MS))
		return false;
	j->late_run = 0;
	if (lateness > j->delay.most) {
		restart(j, arrival, timestamp); /* No network does this: the source began anew. */
		return true;
	}
	/* All that comes is late: the path has become slower. Play-out waits by as much, and half of the delay as margin. */
	j->next_timestamp = timestamp - (ahoy_delay_target(&j->delay) - j->delay.fastest) / 2;
	j->resyncs++;
	return true;
}

/* A packet too far ahead of the position. Returns whether it can be taken. */
static bool follow_ahead(ahoy_jitter *j, uint32_t arrival, uint32_t timestamp)
{
	int32_t step = distance(j->ahead_timestamp, timestamp);
	bool close = step >= 0 && step <= (int32_t)j->delay.most;

	j->ahead_run = j->ahead_run && close ? j->ahead_run + 1 : 1;
	j->ahead_timestamp = timestamp;
	if (j->ahead_run < AHEAD_RUN)
		return false;
	restart(j, arrival, timestamp);
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

int ahoy_jitter_put(ahoy_jitter *j, ahoy_time now, uint16_t seq, uint32_t timestamp, uint8_t payload_type,
		    uint32_t samples, const void *payload, size_t len)
{
	ahoy_jitter_slot head = {
		.used = true, .payload_type = payload_type, .seq = seq, .timestamp = timestamp, .samples = samples};
	uint32_t arrival = clock_units(j, now);
	int32_t ahead;

	if (len == 0 || len > AHOY_JITTER_MAX_PAYLOAD || samples == 0 || samples > j->clock_rate_hz)
		return AHOY_ERANGE;
	head.len = (uint16_t)len;
	if (is_known(j, seq, timestamp)) {
		j->duplicates++;
		return 0;
	}
	ahead = distance(j->next_timestamp, timestamp);
	if (!j->started) {
		start(j, arrival, timestamp);
	} else if (ahead > (int32_t)(2 * j->delay.most)) {
		if (!follow_ahead(j, arrival, timestamp)) {
			j->discarded++;
			return 0;
		}
	} else {
		/* What is far behind is an old source's, or a new one's: no delay of this path. */
		if (ahead > -(int32_t)(2 * j->delay.most))
			ahoy_delay_put(&j->delay, arrival - timestamp);
		/* Before anything was played, one that overtook the first moves the beginning. */
		if (!j->pulled && ahead < 0 && ahead > -(int32_t)j->delay.most)
			j->next_timestamp += (uint32_t)ahead, ahead = 0;
		if (ahead > -(int32_t)samples) {
			j->late_run = j->ahead_run = 0;
		} else if (!follow_late(j, arrival, timestamp)) {
			j->late++;
			return 0;
		}
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

static void drop_passed(ahoy_jitter *j)
{
	for (size_t i = 0; i < AHOY_JITTER_MAX_PACKETS; i++) {
		ahoy_jitter_slot *slot = &j->slots[i];

		if (slot->used && distance(j->next_timestamp, slot->timestamp + slot->samples) <= 0) {
			slot->used = false;
			j->discarded++;
		}
	}
}

/* Where the caller did not get rid of it: when even the least surplus of two seconds was too much, it is skipped. */
static void trim(ahoy_jitter *j, uint32_t samples)
{
	uint32_t surplus = j->surplus > 0 ? (uint32_t)j->surplus : 0;

	j->window_min = surplus < j->window_min ? surplus : j->window_min;
	j->window_units += samples;
	if (j->window_units < units(j, WINDOW_MS))
		return;
	if (j->window_min > units(j, SLACK_MS)) {
		j->next_timestamp += j->window_min;
		drop_passed(j);
	}
	j->window_units = 0;
	j->window_min = UINT32_MAX;
}

/* Nothing is there for this moment. `ahead`: how far the earliest packet is, 0: there is none. Here the position may move
 * without being heard. Returns how much is to be made up, 0: none. */
static uint32_t gap(ahoy_jitter *j, uint32_t tick, uint32_t ahead, uint32_t max_samples)
{
	int32_t missing = distance(tick - j->next_timestamp, ahoy_delay_target(&j->delay));

	if (!ahead) {
		/* A stall, a pause of speech or the end. The position waits for what comes, as long as one would wait. */
		if (distance(tick - j->next_timestamp, ahoy_delay_latest(&j->delay)) > 0)
			j->waited_units += max_samples;
		else
			j->next_timestamp += max_samples;
		return max_samples;
	}
	if (missing > 0) {
		uint32_t wait = (uint32_t)missing < max_samples ? (uint32_t)missing : max_samples;

		j->waited_units += wait;
		return wait;
	}
	missing = -missing < (int32_t)ahead ? -missing : (int32_t)ahead;
	j->next_timestamp += (uint32_t)missing;
	ahead -= (uint32_t)missing;
	if (ahead > max_samples)
		ahead = max_samples;
	j->next_timestamp += ahead;
	return ahead;
}

ahoy_jitter_result ahoy_jitter_get(ahoy_jitter *j, ahoy_time now, uint32_t max_samples, const ahoy_jitter_slot **slot,
				   uint32_t *samples)
{
	uint32_t tick = clock_units(j, now);
	ahoy_jitter_slot *next;
	int32_t ahead;

	if (!j->started)
		return AHOY_JITTER_IDLE;
	j->pulled = true;
	next = earliest(j);
	ahead = next ? distance(j->next_timestamp, next->timestamp) : 0;
	if (!next || ahead > 0) {
		*samples = gap(j, tick, (uint32_t)ahead, max_samples);
		if (*samples)
			return AHOY_JITTER_GAP;
	}
	j->surplus = distance(ahoy_delay_target(&j->delay), tick - next->timestamp);
	next->used = false;
	j->played[next->seq % 64] = true;
	j->played_seq[next->seq % 64] = next->seq;
	j->next_timestamp = next->timestamp + next->samples;
	*slot = next;
	*samples = next->samples;
	trim(j, next->samples);
	return AHOY_JITTER_PACKET;
}

const ahoy_jitter_slot *ahoy_jitter_behind_gap(ahoy_jitter *j, uint16_t last_seq)
{
	const ahoy_jitter_slot *next = earliest(j);

	return next && next->timestamp == j->next_timestamp && (int16_t)(uint16_t)(next->seq - last_seq) > 1 ? next : NULL;
}

int32_t ahoy_jitter_surplus(const ahoy_jitter *j)
{
	return j->surplus;
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

uint32_t ahoy_jitter_target_ms(const ahoy_jitter *j)
{
	return ahoy_delay_target_ms(&j->delay);
}
