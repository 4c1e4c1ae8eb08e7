/* voip_metrics: the VoIP Metrics report block of RTCP XR (RFC 3611 4.7): its 32 bytes read and written, and the machine that
 * tells bursts from gaps (4.7.2): told of each packet whether it was heard, lost or discarded, it keeps densities and lengths.
 * What the block's quality fields say is media/session_rtcp.c's. Embedded by value. Thread kind: pure. Cost: a few additions a packet. */
#ifndef AHOY_RTP_VOIP_METRICS_H
#define AHOY_RTP_VOIP_METRICS_H

#include "base/err.h"
#include "base/slice.h"

#define AHOY_VOIP_METRICS_BLOCK 36    /* bytes with the block's own header */
#define AHOY_VOIP_METRICS_UNKNOWN 127 /* of a level, R or MOS that cannot be said */
#define AHOY_VOIP_METRICS_GMIN 16     /* packets received in a row that end a burst (4.7.2 recommends 16) */

typedef struct {
	uint32_t ssrc;				     /* of the source that is reported on */
	uint8_t loss_rate, discard_rate;	     /* 1/256 */
	uint8_t burst_density, gap_density;	     /* 1/256 of packets lost or discarded within */
	uint16_t burst_duration_ms, gap_duration_ms; /* mean */
	uint16_t round_trip_ms, end_system_ms;
	uint8_t signal_dbm, noise_dbm; /* signed, as sent; 127: unknown */
	uint8_t rerl_db, gmin;
	uint8_t r_factor, external_r; /* 0 .. 100 */
	uint8_t mos_lq, mos_cq;	      /* times ten, 10 .. 50 */
	uint8_t rx_config;	      /* concealment (2 bits), adaptive or not (2), rate of change (4) */
	uint16_t jb_nominal_ms, jb_maximum_ms, jb_abs_max_ms;
} ahoy_voip_metrics;

enum { /* of rx_config (4.7.6) */
	AHOY_VOIP_PLC_STANDARD = 3 << 6,

	AHOY_VOIP_JB_ADAPTIVE = 3 << 4
};

/* One block, with its header. AHOY_ETRUNCATED, AHOY_ESYNTAX (another type, another length). */
int ahoy_voip_metrics_decode(const void *bytes, size_t len, ahoy_voip_metrics *out) AHOY_MUST_USE;
void ahoy_voip_metrics_encode(const ahoy_voip_metrics *m, uint8_t out[AHOY_VOIP_METRICS_BLOCK]);

/* Packets in the order of their numbers, each once. All zero at the start. */
typedef struct {
	uint32_t good_run;		       /* heard since the last one that was not */
	uint32_t burst_packets, burst_missing; /* of the stretch of missing ones that is open, up to its last one; 0: none is */
	uint64_t bursts;		       /* finished */
	uint64_t in_bursts, in_gaps;	       /* packets of all bursts and gaps */
	uint64_t missing_in_bursts, missing_in_gaps;
	uint64_t lost, discarded, packets;
	bool last_missing;
	uint64_t runs; /* of missing ones: the mean length makes BurstR (G.107 7.5) */
} ahoy_burst_gap;

typedef enum {
	AHOY_PACKET_HEARD,
	AHOY_PACKET_LOST,
	AHOY_PACKET_DISCARDED
} ahoy_packet_fate;

void ahoy_burst_gap_add(ahoy_burst_gap *b, ahoy_packet_fate fate);
/* Rates, densities and durations (with packets of packet_ms) as of now; the other fields are not touched. */
void ahoy_burst_gap_report(const ahoy_burst_gap *b, double packet_ms, ahoy_voip_metrics *out);
/* Mean length of a run of missing packets over that of random loss of the same rate: 1 is random, above 1 in bursts. */
double ahoy_burst_gap_ratio(const ahoy_burst_gap *b);

#endif
