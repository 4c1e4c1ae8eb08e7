#include "rtp/stats.h"

/* RFC 3550 A.1: a jump ahead of less than this is loss, a step back of less than that is reordering. */
#define MAX_DROPOUT 3000
#define MAX_MISORDER 100
#define NO_BAD_SEQ 0x10000u

void ahoy_rtp_stats_init(ahoy_rtp_stats *s, uint32_t clock_rate_hz)
{
	*s = (ahoy_rtp_stats){.clock_rate_hz = clock_rate_hz, .bad_seq = NO_BAD_SEQ};
}

static uint64_t run_expected(const ahoy_rtp_stats *s)
{
	return s->started ? (uint64_t)s->cycles + s->max_seq - s->base_seq + 1 : 0;
}

static uint64_t run_lost(const ahoy_rtp_stats *s)
{
	uint64_t expected = run_expected(s);

	return expected > s->run_received ? expected - s->run_received : 0;
}

static void begin_run(ahoy_rtp_stats *s, uint32_t ssrc, uint16_t seq)
{
	s->lost_before += run_lost(s);
	s->started = true;
	s->ssrc = ssrc;
	s->max_seq = seq;
	s->base_seq = seq;
	s->cycles = 0;
	s->bad_seq = NO_BAD_SEQ;
	s->run_received = 0;
	s->expected_prior = s->received_prior = 0;
	s->has_transit = false;
}

static ahoy_rtp_arrival place(ahoy_rtp_stats *s, uint32_t ssrc, uint16_t seq)
{
	uint16_t step = (uint16_t)(seq - s->max_seq);

	if (!s->started) {
		begin_run(s, ssrc, seq);
		return AHOY_RTP_IN_ORDER;
	}
	if (ssrc != s->ssrc) {
		begin_run(s, ssrc, seq);
		s->restarts++;
		return AHOY_RTP_RESTARTED;
	}
	if (step == 0)
		return AHOY_RTP_REORDERED; /* A duplicate of the highest; RFC 3550 counts it as received. */
	if (step < MAX_DROPOUT) {
		if (seq < s->max_seq)
			s->cycles += 0x10000u;
		s->max_seq = seq;
		s->bad_seq = NO_BAD_SEQ;
		return AHOY_RTP_IN_ORDER;
	}
	if (step >= 0x10000u - MAX_MISORDER)
		return AHOY_RTP_REORDERED;
	if (seq == s->bad_seq) {
		begin_run(s, ssrc, seq);
		s->restarts++;
		return AHOY_RTP_RESTARTED;
	}
	s->bad_seq = (seq + 1u) & 0xffffu;
	return AHOY_RTP_JUMPED;
}

/* RFC 3550 A.8: J += (|D| - J) / 16, kept times 16. Packets of one timestamp (a DTMF key, a video frame) do not
 * say when they were sampled, so only the first of them counts. */
static void measure_jitter(ahoy_rtp_stats *s, ahoy_time now, uint32_t timestamp)
{
	uint64_t arrival, rate = s->clock_rate_hz;
	uint32_t transit, step;
	int32_t d;

	if (rate == 0 || (s->has_transit && timestamp == s->last_timestamp))
		return;
	/* In two parts, so that a long up-time times a clock rate of 90 kHz stays inside 64 bits. */
	arrival = now / 1000000u * rate + now % 1000000u * rate / 1000000u;
	transit = (uint32_t)arrival - timestamp;
	d = (int32_t)(transit - s->transit);
	step = d < 0 ? 0u - (uint32_t)d : (uint32_t)d;
	/* A step of more than ten seconds is a timestamp that began anew, not a network. */
	if (s->has_transit && step < 10 * rate) {
		s->jitter_q4 = (uint32_t)(s->jitter_q4 + step - ((s->jitter_q4 + 8) >> 4));
		if (s->jitter_q4 > s->max_jitter_q4)
			s->max_jitter_q4 = s->jitter_q4;
	}
	s->transit = transit;
	s->last_timestamp = timestamp;
	s->has_transit = true;
}

ahoy_rtp_arrival ahoy_rtp_stats_recv(ahoy_rtp_stats *s, ahoy_time now, uint32_t ssrc, uint16_t seq, uint32_t timestamp,
				     size_t bytes)
{
	ahoy_rtp_arrival arrival = place(s, ssrc, seq);

	if (arrival == AHOY_RTP_JUMPED)
		return arrival;
	if (s->packets == 0)
		s->first_recv = now;
	s->last_recv = now;
	s->run_received++;
	s->packets++;
	s->bytes += bytes;
	if (arrival != AHOY_RTP_REORDERED)
		measure_jitter(s, now, timestamp);
	return arrival;
}

void ahoy_rtp_stats_set_clock(ahoy_rtp_stats *s, uint32_t clock_rate_hz)
{
	if (s->clock_rate_hz) {
		s->jitter_q4 = (uint32_t)((uint64_t)s->jitter_q4 * clock_rate_hz / s->clock_rate_hz);
		s->max_jitter_q4 = (uint32_t)((uint64_t)s->max_jitter_q4 * clock_rate_hz / s->clock_rate_hz);
	}
	s->clock_rate_hz = clock_rate_hz;
	s->has_transit = false;
}

uint32_t ahoy_rtp_stats_highest(const ahoy_rtp_stats *s)
{
	return s->cycles + s->max_seq;
}

uint64_t ahoy_rtp_stats_lost(const ahoy_rtp_stats *s)
{
	return s->lost_before + run_lost(s);
}

uint64_t ahoy_rtp_stats_expected(const ahoy_rtp_stats *s)
{
	return s->packets + ahoy_rtp_stats_lost(s);
}

int32_t ahoy_rtp_stats_cumulative(const ahoy_rtp_stats *s)
{
	int64_t lost = (int64_t)run_expected(s) - (int64_t)s->run_received;

	return lost > 0x7fffff ? 0x7fffff : lost < -0x800000 ? -0x800000
							     : (int32_t)lost;
}

uint8_t ahoy_rtp_stats_fraction(ahoy_rtp_stats *s)
{
	uint32_t expected = (uint32_t)run_expected(s) - s->expected_prior,
		 received = s->run_received - s->received_prior;

	s->expected_prior += expected;
	s->received_prior += received;
	if (expected == 0 || received >= expected)
		return 0;
	return (uint8_t)(((uint64_t)(expected - received) << 8) / expected > 255
				 ? 255
				 : ((uint64_t)(expected - received) << 8) / expected);
}

uint32_t ahoy_rtp_stats_jitter(const ahoy_rtp_stats *s)
{
	return s->jitter_q4 >> 4;
}

double ahoy_rtp_stats_jitter_ms(const ahoy_rtp_stats *s)
{
	return s->clock_rate_hz ? s->jitter_q4 / 16.0 * 1000.0 / s->clock_rate_hz : 0.0;
}
