/* jitter: the jitter buffer: packets in by arrival, out by RTP timestamp as the play-out clock pulls them. Bounded; late and
 * discarded ones are counted. Knows bytes, not codecs: whoever pulls (media/session.h) decodes, conceals and stretches.
 * Embedded (64 KB). Thread kind: pure. How late to play is media/delay.h's to say. The position follows it where that is
 * not heard: in gaps (pauses of speech, lost packets), and by waiting instead of skipping when all packets are late, so that a
 * stall of the network costs delay and not words. What is then too much delay the caller plays faster (ahoy_jitter_surplus);
 * where it does not, packets are skipped after two seconds. A source whose timestamps begin anew is followed. */
#ifndef AHOY_MEDIA_JITTER_H
#define AHOY_MEDIA_JITTER_H

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"
#include "media/delay.h"

/* The delays of a call. At the start: three packets of 20 ms, what a Wi-Fi or mobile path needs and nobody hears yet. At the
 * least: what the scheduling of two hosts takes. At the most: G.114 has 400 ms one way as the end of conversation. */
#define AHOY_JITTER_START_MS 60
#define AHOY_JITTER_LEAST_MS 3
#define AHOY_JITTER_MOST_MS 400

typedef struct {
	bool used;
	uint8_t payload_type;
	uint16_t seq, len;
	uint32_t timestamp, samples; /* RTP timestamp units */
	uint8_t bytes[AHOY_JITTER_MAX_PAYLOAD];
} ahoy_jitter_slot;

typedef struct {
	uint32_t clock_rate_hz;
	ahoy_delay delay;
	bool started;		 /* next_timestamp is valid */
	bool running;		 /* started once: later starts wait inside the running clock */
	bool pulled;		 /* since it started */
	uint32_t next_timestamp; /* of the next sample to be played */
	unsigned late_run, ahead_run;
	uint32_t late_since;		   /* arrival of the first late one of the run */
	uint32_t ahead_timestamp;	   /* of the last packet that was too far ahead */
	int32_t surplus;		   /* at the last get, in units */
	uint32_t window_units, window_min; /* the least surplus of the present two seconds */
	/* Packets: too late to be played; thrown away without need of the network (no room, skipped, a source that began anew);
	 * and units that playing waited, with nothing there. */
	uint64_t late, discarded, duplicates, resyncs, waited_units;
	bool played[64]; /* by sequence number modulo 64 */
	uint16_t played_seq[64];
	ahoy_jitter_slot slots[AHOY_JITTER_MAX_PACKETS];
} ahoy_jitter;

/* Delay at the start, at the least and at the most; start_ms is also what the caller waits before its first get.
 * least_ms <= start_ms <= most_ms <= 1000. */
void ahoy_jitter_init(ahoy_jitter *j, uint32_t clock_rate_hz, uint32_t start_ms, uint32_t least_ms, uint32_t most_ms);
/* Another least delay from now on; at most the most one. */
void ahoy_jitter_set_least_ms(ahoy_jitter *j, uint32_t least_ms);
/* Forgets packets and position (new SSRC, other clock rate); the counters go on. */
void ahoy_jitter_reset(ahoy_jitter *j, uint32_t clock_rate_hz);

/* One packet that arrived at `now`; `samples` is its length in timestamp units, above 0. Late ones, duplicates and those that
 * find no place are counted, and 0. AHOY_ERANGE: no payload, no samples, or a payload above AHOY_JITTER_MAX_PAYLOAD. */
int ahoy_jitter_put(ahoy_jitter *j, ahoy_time now, uint16_t seq, uint32_t timestamp, uint8_t payload_type,
		    uint32_t samples, const void *payload, size_t len) AHOY_MUST_USE;

typedef enum {
	AHOY_JITTER_PACKET, /* *slot is what comes next; valid until the next put */
	AHOY_JITTER_GAP,    /* nothing for this moment: *samples (1 .. max_samples) are to be made up */
	AHOY_JITTER_IDLE    /* not one packet yet */
} ahoy_jitter_result;

/* What comes next: one packet, or a gap of at most max_samples timestamp units. `now` is the play-out clock's tick, on the same
 * clock as put's, and never before the last put's by more than the caller's own delays. */
ahoy_jitter_result ahoy_jitter_get(ahoy_jitter *j, ahoy_time now, uint32_t max_samples, const ahoy_jitter_slot **slot,
				   uint32_t *samples);

/* After a GAP that a loss made and that ends here: the packet behind it, which waits already. `last_seq` is that of the packet got
 * last. NULL: the gap goes on, or nothing is lost (a wait, a pause of speech). Valid until the next put or get. */
const ahoy_jitter_slot *ahoy_jitter_behind_gap(ahoy_jitter *j, uint16_t last_seq);

/* After a PACKET: timestamp units by which it was played later than is aimed at, or (negative) earlier. What the caller makes
 * shorter than it was (fewer PCM samples than the packet had) lowers it, what it makes longer raises it. */
int32_t ahoy_jitter_surplus(const ahoy_jitter *j);

unsigned ahoy_jitter_depth(const ahoy_jitter *j); /* packets that wait */
/* From the position to the end of the newest packet: the delay that the buffer adds at this moment. */
uint32_t ahoy_jitter_delay_ms(const ahoy_jitter *j);
/* What it aims at. */
uint32_t ahoy_jitter_target_ms(const ahoy_jitter *j);

#endif
