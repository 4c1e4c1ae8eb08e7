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

static size_t put_report(ahoy_audio *audio, ahoy_time now, bool bye, void *out, size_t cap)
{
	ahoy_rtcp_report report = {.type = AHOY_RTCP_RR, .ssrc = audio->ssrc};
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
	audio->packets_at_report = audio->counters.packets_sent;
	if (ahoy_rtcp_encode(&report, ahoy_slice_make(audio->cname, audio->cname_len), bye, out, cap, &len))
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
		c->remote_jitter_ms = block->jitter * 1000.0 / ahoy_audio_sent_codec(audio)->clock_rate_hz;
		rtt_us = ahoy_rtcp_rtt_us(block, now);
		if (rtt_us)
			c->rtt_ms = (double)rtt_us / 1000.0;
	}
}
