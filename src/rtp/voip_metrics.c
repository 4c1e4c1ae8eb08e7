#include "rtp/voip_metrics.h"

#include "rtp/wire.h"

#define BLOCK_TYPE 7 /* RFC 3611 4.7 */

int ahoy_voip_metrics_decode(const void *bytes, size_t len, ahoy_voip_metrics *out)
{
	const uint8_t *p = bytes;

	if (len < AHOY_VOIP_METRICS_BLOCK)
		return AHOY_ETRUNCATED;
	if (p[0] != BLOCK_TYPE || ahoy_wire_get16(p + 2) != AHOY_VOIP_METRICS_BLOCK / 4 - 1)
		return AHOY_ESYNTAX;
	*out = (ahoy_voip_metrics){
		.ssrc = ahoy_wire_get32(p + 4),
		.loss_rate = p[8],
		.discard_rate = p[9],
		.burst_density = p[10],
		.gap_density = p[11],
		.burst_duration_ms = ahoy_wire_get16(p + 12),
		.gap_duration_ms = ahoy_wire_get16(p + 14),
		.round_trip_ms = ahoy_wire_get16(p + 16),
		.end_system_ms = ahoy_wire_get16(p + 18),
		.signal_dbm = p[20],
		.noise_dbm = p[21],
		.rerl_db = p[22],
		.gmin = p[23],
		.r_factor = p[24],
		.external_r = p[25],
		.mos_lq = p[26],
		.mos_cq = p[27],
		.rx_config = p[28],
		.jb_nominal_ms = ahoy_wire_get16(p + 30),
		.jb_maximum_ms = ahoy_wire_get16(p + 32),
		.jb_abs_max_ms = ahoy_wire_get16(p + 34),
	};
	return 0;
}

void ahoy_voip_metrics_encode(const ahoy_voip_metrics *m, uint8_t out[AHOY_VOIP_METRICS_BLOCK])
{
	out[0] = BLOCK_TYPE;
	out[1] = 0;
	ahoy_wire_put16(out + 2, AHOY_VOIP_METRICS_BLOCK / 4 - 1);
	ahoy_wire_put32(out + 4, m->ssrc);
	out[8] = m->loss_rate;
	out[9] = m->discard_rate;
	out[10] = m->burst_density;
	out[11] = m->gap_density;
	ahoy_wire_put16(out + 12, m->burst_duration_ms);
	ahoy_wire_put16(out + 14, m->gap_duration_ms);
	ahoy_wire_put16(out + 16, m->round_trip_ms);
	ahoy_wire_put16(out + 18, m->end_system_ms);
	out[20] = m->signal_dbm;
	out[21] = m->noise_dbm;
	out[22] = m->rerl_db;
	out[23] = m->gmin;
	out[24] = m->r_factor;
	out[25] = m->external_r;
	out[26] = m->mos_lq;
	out[27] = m->mos_cq;
	out[28] = m->rx_config;
	out[29] = 0;
	ahoy_wire_put16(out + 30, m->jb_nominal_ms);
	ahoy_wire_put16(out + 32, m->jb_maximum_ms);
	ahoy_wire_put16(out + 34, m->jb_abs_max_ms);
}

/* The open stretch that ends with the last missing packet is known now: a burst, or one lost packet inside of a gap. */
static void close_burst(ahoy_burst_gap *b)
{
	if (b->burst_missing > 1) {
		b->bursts++;
		b->in_bursts += b->burst_packets;
		b->missing_in_bursts += b->burst_missing;
	} else {
		b->in_gaps += b->burst_packets;
		b->missing_in_gaps += b->burst_missing;
	}
	b->burst_packets = b->burst_missing = 0;
}

/* RFC 3611 4.7.2: a burst begins and ends with a missing packet and holds no GMIN received ones in a row; all else is gap. */
void ahoy_burst_gap_add(ahoy_burst_gap *b, ahoy_packet_fate fate)
{
	bool missing = fate != AHOY_PACKET_HEARD;

	b->packets++;
	b->lost += fate == AHOY_PACKET_LOST;
	b->discarded += fate == AHOY_PACKET_DISCARDED;
	b->runs += missing && !b->last_missing;
	b->last_missing = missing;
	if (!missing) {
		b->good_run++;
		if (b->good_run == AHOY_VOIP_METRICS_GMIN && b->burst_packets)
			close_burst(b);
		return;
	}
	if (b->burst_packets)
		b->burst_packets += b->good_run;
	else
		b->in_gaps += b->good_run;
	b->burst_packets++;
	b->burst_missing++;
	b->good_run = 0;
}

static uint8_t rate(uint64_t part, uint64_t whole)
{
	uint64_t value = whole ? 256 * part / whole : 0;

	return (uint8_t)(value > 255 ? 255 : value);
}

static uint16_t mean_ms(uint64_t packets, double packet_ms, uint64_t count)
{
	double value = count ? (double)packets * packet_ms / (double)count : 0;

	return (uint16_t)(value > 65535 ? 65535 : value);
}

void ahoy_burst_gap_report(const ahoy_burst_gap *b, double packet_ms, ahoy_voip_metrics *out)
{
	ahoy_burst_gap now = *b;

	/* What is open counts as it stands. */
	if (now.burst_packets)
		close_burst(&now);
	now.in_gaps += now.good_run;
	out->loss_rate = rate(now.lost, now.packets);
	out->discard_rate = rate(now.discarded, now.packets);
	out->burst_density = rate(now.missing_in_bursts, now.in_bursts);
	out->gap_density = rate(now.missing_in_gaps, now.in_gaps);
	out->burst_duration_ms = mean_ms(now.in_bursts, packet_ms, now.bursts);
	/* A gap stands before, between and behind the bursts. */
	out->gap_duration_ms = mean_ms(now.in_gaps, packet_ms, now.bursts + 1);
	out->gmin = AHOY_VOIP_METRICS_GMIN;
}

double ahoy_burst_gap_ratio(const ahoy_burst_gap *b)
{
	uint64_t missing = b->lost + b->discarded;
	double ratio;

	if (b->runs == 0 || missing == b->packets)
		return 1;
	/* Random loss of rate p has runs of 1 / (1 - p). */
	ratio = (double)missing / (double)b->runs * (1 - (double)missing / (double)b->packets);
	return ratio < 1 ? 1 : ratio;
}
