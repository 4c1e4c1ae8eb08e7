#include "media/session.h"
#include "media/session_state.h"

#define INTERVAL_MS 5000 /* RFC 3550 6.2: the minimum, which two parties never exceed */

void ahoy_audio_plan_rtcp(ahoy_audio *audio, ahoy_time now, bool first)
{
	/* 6.2 and 6.3.1: half for the first one, spread over half to one and a half so that streams do not beat together. */
	uint32_t interval_ms = first ? INTERVAL_MS / 2 : INTERVAL_MS;

	audio->rtcp_at = now + AHOY_MS(interval_ms / 2 + ahoy_random_u32(audio->env) % (interval_ms + 1));
}

static void fill_block(ahoy_audio *audio, ahoy_time now, ahoy_rtcp_block *block)
{
	*block = (ahoy_rtcp_block){
		.ssrc = audio->stats.ssrc,
		.fraction_lost = ahoy_rtp_stats_fraction(&audio->stats),
		.cumulative_lost = ahoy_rtp_stats_cumulative(&audio->stats),
		.highest_seq = ahoy_rtp_stats_highest(&audio->stats),
		.jitter = ahoy_rtp_stats_jitter(&audio->stats),
		.lsr = audio->lsr,
	};
	if (audio->lsr_at)
		block->dlsr = (uint32_t)(((now - audio->lsr_at) << 16) / AHOY_SECONDS(1));
}

static uint8_t tenths(double mos)
{
	return (uint8_t)(mos * 10 + 0.5);
}

/* RFC 3611 4.7: how we hear the peer. What we do not measure is said to be unknown. */
static void fill_metrics(const ahoy_audio *audio, ahoy_voip_metrics *out)
{
	ahoy_emodel_path path = ahoy_audio_path(audio), listening = path;
	ahoy_burst_gap fates = ahoy_fates_now(&audio->fates);
	double r = ahoy_emodel_r(&path), delay_ms = ahoy_jitter_delay_ms(&audio->jitter);

	listening.delay_ms = 0;
	*out = (ahoy_voip_metrics){
		.ssrc = audio->stats.ssrc,
		.round_trip_ms = (uint16_t)(audio->counters.rtt_ms > UINT16_MAX ? UINT16_MAX : audio->counters.rtt_ms),
		/* 4.7.3: from the packet to the ear, and from the mouth to the packet. */
		.end_system_ms = (uint16_t)(delay_ms + audio->ptime_ms),
		.signal_dbm = AHOY_VOIP_METRICS_UNKNOWN,
		.noise_dbm = AHOY_VOIP_METRICS_UNKNOWN,
		.rerl_db = AHOY_VOIP_METRICS_UNKNOWN,
		.r_factor = (uint8_t)(r + 0.5),
		.external_r = AHOY_VOIP_METRICS_UNKNOWN,
		.mos_lq = tenths(ahoy_emodel_mos(ahoy_emodel_r(&listening))),
		.mos_cq = tenths(ahoy_emodel_mos(r)),
		.rx_config = AHOY_VOIP_PLC_STANDARD | AHOY_VOIP_JB_ADAPTIVE,
		.jb_nominal_ms = (uint16_t)ahoy_jitter_target_ms(&audio->jitter),
		.jb_maximum_ms = AHOY_JITTER_MOST_MS,
		.jb_abs_max_ms = AHOY_JITTER_MOST_MS,
	};
	ahoy_burst_gap_report(&fates, ahoy_audio_came_ms(audio), out);
}

static size_t put_report(ahoy_audio *audio, ahoy_time now, bool bye, void *out, size_t cap)
{
	ahoy_rtcp_report report = {.type = AHOY_RTCP_RR, .ssrc = audio->ssrc};
	ahoy_rtcp_parts parts = {.report = &report, .cname = {audio->cname, audio->cname_len}, .bye = bye};
	ahoy_voip_metrics metrics;
	size_t len;

	/* 6.4: a sender report when something was sent since the last one. */
	if (audio->counters.packets_sent > audio->packets_at_report) {
		const ahoy_codec *codec = ahoy_audio_sent_codec(audio);
		/* The timestamp that belongs to `now`, not to the next slot. */
		int64_t ahead_us = (int64_t)audio->send_at - (int64_t)now;

		report.type = AHOY_RTCP_SR;
		report.ntp = ahoy_rtcp_ntp(now);
		report.timestamp = audio->timestamp - (uint32_t)(ahead_us * (int64_t)codec->clock_rate_hz / 1000000);
		report.packets = (uint32_t)audio->counters.packets_sent;
		report.octets = (uint32_t)audio->counters.bytes_sent;
	}
	if (audio->stats.started) {
		report.block_count = 1;
		fill_block(audio, now, &report.blocks[0]);
	}
	if (audio->stats.started && audio->voip_metrics) {
		fill_metrics(audio, &metrics);
		parts.voip_metrics = &metrics;
	}
	audio->packets_at_report = audio->counters.packets_sent;
	if (ahoy_rtcp_encode(&parts, out, cap, &len))
		return 0;
	return len;
}

size_t ahoy_audio_pop_rtcp(ahoy_audio *audio, ahoy_time now, void *out, size_t cap)
{
	if (now < audio->rtcp_at)
		return 0;
	ahoy_audio_plan_rtcp(audio, now, false);
	return put_report(audio, now, false, out, cap);
}

size_t ahoy_audio_bye(ahoy_audio *audio, ahoy_time now, void *out, size_t cap)
{
	return put_report(audio, now, true, out, cap);
}

/* How the peer hears us. RFC 3611 4.7.5: R of 0 .. 100, MOS of 10 .. 50 tenths; whatever else is unknown. */
static void take_metrics(ahoy_audio_stats *c, const ahoy_voip_metrics *m)
{
	uint8_t mos = m->mos_cq >= 10 && m->mos_cq <= 50 ? m->mos_cq : m->mos_lq;

	c->has_remote_metrics = true;
	c->remote_burst_percent = m->burst_density * 100.0 / 256;
	c->remote_gap_percent = m->gap_density * 100.0 / 256;
	c->remote_r = m->r_factor <= 100 ? m->r_factor : 0;
	c->remote_mos = mos >= 10 && mos <= 50 ? mos / 10.0 : c->remote_r > 0 ? ahoy_emodel_mos(c->remote_r)
									      : 0;
}

/* A number that we have not sent tells nothing: then the report counts as one on all. */
static uint64_t sent_until(const ahoy_audio *audio, uint32_t highest_seq)
{
	uint64_t sent = audio->counters.packets_sent;
	uint16_t since = (uint16_t)(audio->seq - 1 - highest_seq);

	return since < sent ? sent - since : sent;
}

void ahoy_audio_recv_rtcp(ahoy_audio *audio, ahoy_time now, const void *bytes, size_t len)
{
	ahoy_audio_stats *c = &audio->counters;
	ahoy_rtcp rtcp;

	if (ahoy_rtcp_decode(bytes, len, &rtcp)) {
		c->malformed++;
		return;
	}
	if (rtcp.has_bye)
		c->bye = true;
	if (rtcp.has_voip_metrics && rtcp.voip_metrics.ssrc == audio->ssrc)
		take_metrics(c, &rtcp.voip_metrics);
	if (!rtcp.has_report)
		return;
	if (rtcp.report.type == AHOY_RTCP_SR) {
		audio->lsr = ahoy_rtcp_ntp_middle(rtcp.report.ntp);
		audio->lsr_at = now;
	}
	for (unsigned i = 0; i < rtcp.report.block_count; i++) {
		const ahoy_rtcp_block *block = &rtcp.report.blocks[i];
		uint64_t rtt_us;

		if (block->ssrc != audio->ssrc)
			continue;
		c->has_remote = true;
		c->remote_fraction_lost = block->fraction_lost;
		c->remote_lost = block->cumulative_lost;
		audio->remote_expected = sent_until(audio, block->highest_seq);
		c->remote_jitter_ms = block->jitter * 1000.0 / ahoy_audio_sent_codec(audio)->clock_rate_hz;
		rtt_us = ahoy_rtcp_rtt_us(block, now);
		if (rtt_us)
			c->rtt_ms = (double)rtt_us / 1000.0;
	}
}
