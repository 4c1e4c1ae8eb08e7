/* stats: what a receiver knows of one RTP source (RFC 3550 A.1, A.3, A.8): extended highest sequence number, loss,
 * interarrival jitter. Survives wrap, reordering, a restarted sequence and a new SSRC: totals go on over all of them.
 * Embedded by value. Thread kind: pure. Cost: no division per packet but one, no allocation. */
#ifndef AHOY_RTP_STATS_H
#define AHOY_RTP_STATS_H

#include "base/env.h"

typedef struct {
	bool started;
	uint32_t ssrc;
	uint32_t clock_rate_hz; /* 0: jitter is not computed */
	/* The current run of sequence numbers (RFC 3550 A.1). */
	uint16_t max_seq;
	uint32_t cycles;   /* wraps of 16 bits, in units of 65536 */
	uint32_t base_seq; /* first of the run */
	uint32_t bad_seq;  /* the next one after a jump; above 65535: none */
	uint32_t run_received;
	/* For the report blocks: at the last report. */
	uint32_t expected_prior, received_prior;
	/* Jitter (A.8), scaled by 16, in timestamp units. */
	bool has_transit;
	uint32_t transit, last_timestamp, jitter_q4;
	uint32_t max_jitter_q4;
	/* Totals of earlier runs and all of them. */
	uint64_t packets, bytes; /* accepted; bytes are those given to recv */
	uint64_t lost_before;	 /* lost in finished runs */
	uint64_t restarts;
	ahoy_time first_recv, last_recv;
} ahoy_rtp_stats;

typedef enum {
	AHOY_RTP_IN_ORDER,  /* new highest sequence number */
	AHOY_RTP_REORDERED, /* late or duplicate; counted as received */
	AHOY_RTP_RESTARTED, /* the source began anew: new SSRC, or two consecutive numbers after a jump */
	AHOY_RTP_JUMPED	    /* far off: not counted, until a second one follows it */
} ahoy_rtp_arrival;

void ahoy_rtp_stats_init(ahoy_rtp_stats *s, uint32_t clock_rate_hz);
ahoy_rtp_arrival ahoy_rtp_stats_recv(ahoy_rtp_stats *s, ahoy_time now, uint32_t ssrc, uint16_t seq, uint32_t timestamp,
				     size_t bytes);

uint32_t ahoy_rtp_stats_highest(const ahoy_rtp_stats *s);  /* extended, for the report block */
uint64_t ahoy_rtp_stats_expected(const ahoy_rtp_stats *s); /* packets that should have come, all runs */
/* Lost in all runs; never negative (duplicates may outweigh losses). */
uint64_t ahoy_rtp_stats_lost(const ahoy_rtp_stats *s);
/* Lost as in the report block: the current run, signed 24 bits, clamped. */
int32_t ahoy_rtp_stats_cumulative(const ahoy_rtp_stats *s);
/* Fraction lost (1/256) since the last call of this function (A.3). Changes the state: once per report. */
uint8_t ahoy_rtp_stats_fraction(ahoy_rtp_stats *s);
/* The source goes on with another clock (RFC 7160 4); the jitter so far is kept. */
void ahoy_rtp_stats_set_clock(ahoy_rtp_stats *s, uint32_t clock_rate_hz);
uint32_t ahoy_rtp_stats_jitter(const ahoy_rtp_stats *s); /* in timestamp units, for the report block */
double ahoy_rtp_stats_jitter_ms(const ahoy_rtp_stats *s);

#endif
