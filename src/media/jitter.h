/* jitter: the jitter buffer: packets in by arrival, out by RTP timestamp as the play-out clock pulls them. Bounded;
 * late and discarded ones are counted. Knows bytes, not codecs, and no clock: whoever pulls (media/session.h) keeps the pace,
 * beginning delay_ms after the first packet. Embedded (64 KB). Thread kind: pure.
 * Delay: a run of late packets that lasts moves the play-out point back (up to max_delay_ms); a queue that stays longer than
 * needed for two seconds moves it forward; a source whose timestamps begin anew is followed. */
#ifndef AHOY_MEDIA_JITTER_H
#define AHOY_MEDIA_JITTER_H

#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"

typedef struct {
	bool used;
	uint8_t payload_type;
	uint16_t seq, len;
	uint32_t timestamp, samples; /* RTP timestamp units */
	uint8_t bytes[AHOY_JITTER_MAX_PAYLOAD];
} ahoy_jitter_slot;

typedef struct {
	uint32_t clock_rate_hz;
	uint32_t delay_units, max_delay_units; /* of the timestamp */
	bool started;			       /* next_timestamp is valid */
	bool running;			       /* started once: later starts wait delay_units inside the running clock */
	uint32_t next_timestamp;	       /* of the next sample to be played */
	unsigned late_run, ahead_run;
	uint32_t late_since;		   /* next_timestamp when the run of late ones began */
	uint32_t ahead_timestamp;	   /* of the last packet that was too far ahead */
	uint32_t window_units, window_min; /* the shortest queue of the present two seconds */
	uint64_t late, discarded, duplicates, resyncs;
	bool played[64]; /* by sequence number modulo 64 */
	uint16_t played_seq[64];
	ahoy_jitter_slot slots[AHOY_JITTER_MAX_PACKETS];
} ahoy_jitter;

/* delay_ms <= max_delay_ms <= 1000. */
void ahoy_jitter_init(ahoy_jitter *j, uint32_t clock_rate_hz, uint32_t delay_ms, uint32_t max_delay_ms);
/* Forgets packets and position (new SSRC, other clock rate); the counters go on. */
void ahoy_jitter_reset(ahoy_jitter *j, uint32_t clock_rate_hz);

/* One packet; `samples` is its length in timestamp units, above 0. Late ones, duplicates and those that find no place are
 * counted, and 0. AHOY_ERANGE: no payload, no samples, or a payload larger than AHOY_JITTER_MAX_PAYLOAD. */
int ahoy_jitter_put(ahoy_jitter *j, uint16_t seq, uint32_t timestamp, uint8_t payload_type, uint32_t samples,
		    const void *payload, size_t len) AHOY_MUST_USE;

typedef enum {
	AHOY_JITTER_PACKET, /* *slot is what comes next; valid until the next put */
	AHOY_JITTER_GAP,    /* nothing for this moment: *samples (1 .. max_samples) are to be made up */
	AHOY_JITTER_IDLE    /* not one packet yet */
} ahoy_jitter_result;

/* What comes next: one packet, or a gap of at most max_samples timestamp units. The position moves behind it. */
ahoy_jitter_result ahoy_jitter_get(ahoy_jitter *j, uint32_t max_samples, const ahoy_jitter_slot **slot,
				   uint32_t *samples);

unsigned ahoy_jitter_depth(const ahoy_jitter *j); /* packets that wait */
/* From the position to the end of the newest packet: the delay that the buffer adds at this moment. */
uint32_t ahoy_jitter_delay_ms(const ahoy_jitter *j);

#endif
