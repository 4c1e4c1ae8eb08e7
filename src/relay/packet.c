#include "relay/relay_state.h"
#include "rtp/rtcp.h"
#include "rtp/rtp.h"

/* After a rebinding the sequence goes on: forward, by less than RFC 3550's MAX_DROPOUT (a minute of audio). */
#define MAX_REBIND_STEP 3000

/* What the relay reads of a packet. */
typedef struct {
	bool is_rtcp, is_udptl;
	uint16_t seq;
	uint32_t timestamp, ssrc;
} peeked;

static bool peek_rtp(const uint8_t *p, size_t len, peeked *out)
{
	if (len < AHOY_RTP_HEADER || p[0] >> 6 != 2 || len < AHOY_RTP_HEADER + 4u * (p[0] & 15) ||
	    ahoy_rtp_is_rtcp(p, len))
		return false;
	out->seq = (uint16_t)(p[2] << 8 | p[3]);
	out->timestamp = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
	out->ssrc = (uint32_t)p[8] << 24 | (uint32_t)p[9] << 16 | (uint32_t)p[10] << 8 | p[11];
	return true;
}

static bool is_allowed(const ahoy_relay *relay, const ahoy_relay_pair *p, const ahoy_relay_end *end,
		       const ahoy_addr *src)
{
	if (end->sdp.family && ahoy_addr_ip_eq(src, &end->sdp))
		return true;
	switch (relay->latch) {
	case AHOY_LATCH_ANY:
		return true;
	case AHOY_LATCH_SIGNALLING:
		/* Where it is the SDP's own IP the first test has said so: what is left is the leg behind a NAT. */
		return p->signalling.family && ahoy_addr_ip_eq(src, &p->signalling);
	case AHOY_LATCH_NONE:
		return false;
	}
	return false;
}

static bool continues(const ahoy_relay_end *end, const peeked *packet)
{
	uint16_t step = (uint16_t)(packet->seq - end->seq);

	return !packet->is_udptl && end->has_ssrc && packet->ssrc == end->ssrc && (packet->is_rtcp || (step > 0 && step < MAX_REBIND_STEP));
}

/* Anything else is not even decrypted. */
static bool may_be_from(const ahoy_relay *relay, ahoy_time now, const ahoy_relay_pair *p, const ahoy_relay_end *end, const ahoy_addr *src)
{
	return (end->source.family && ahoy_addr_eq(src, &end->source) && (end->locked || now < end->grace_until)) ||
	       is_allowed(relay, p, end, src);
}

/* Whether a packet from `src` is the peer's; learns from it. The cases are docs/behaviour.md's, in its order. */
static bool accept(const ahoy_relay *relay, ahoy_time now, const ahoy_relay_pair *p, ahoy_relay_end *end,
		   const ahoy_addr *src, const peeked *packet)
{
	bool known = end->source.family && ahoy_addr_eq(src, &end->source);

	if (known && (end->locked || now < end->grace_until))
		return true;
	if (!is_allowed(relay, p, end, src))
		return false;
	if (relay->latch == AHOY_LATCH_NONE)
		return true;
	if ((end->locked && !continues(end, packet)) || ahoy_relay_is_own(relay, src))
		return false;
	end->source = end->to = *src;
	end->locked = true;
	return true;
}

/* The port on the other side, where the packet goes. */
static ahoy_relay_verdict route(const ahoy_relay *relay, const ahoy_relay_pair *p, bool is_rtcp, ahoy_relay_out *out)
{
	const ahoy_relay_call_state *call = ahoy_slots_get(&relay->calls, p->call);
	const ahoy_relay_pair *other;
	uint32_t pair;

	/* RTCP goes on while a stream is on hold (RFC 3264 5.1). */
	if (!is_rtcp && !p->sends)
		return AHOY_RELAY_HELD;
	if (p->side != 0 && p->side != call->selected)
		return AHOY_RELAY_NOT_SELECTED;
	out->local = call->local;
	out->side = p->side;
	if (call->is_between)
		return p->stream == 0 ? AHOY_RELAY_LOCAL : AHOY_RELAY_NO_PEER;
	if (call->selected == 0) {
		return call->is_local ? AHOY_RELAY_LOCAL : AHOY_RELAY_NO_PEER;
	}
	pair = call->pairs[p->side == 0 ? call->selected : 0][p->stream];
	if (pair == AHOY_RELAY_NO_PAIR)
		return AHOY_RELAY_NO_PEER;
	other = ahoy_relay_pair_at(relay, pair);
	if (!is_rtcp && other->has_remote && !other->receives)
		return AHOY_RELAY_HELD;
	if (other->ends[is_rtcp].to.family == 0)
		return AHOY_RELAY_NO_PEER;
	out->port = is_rtcp ? AHOY_RELAY_RTCP_PORT(pair) : AHOY_RELAY_RTP_PORT(pair);
	out->to = other->ends[is_rtcp].to;
	return AHOY_RELAY_SEND;
}

/* T.38 9.1: a sequence number and a length at the least. */
#define UDPTL_LEAST 3u

static bool peek(const ahoy_relay_pair *p, const void *bytes, size_t len, peeked *out)
{
	if (p->udptl) {
		out->is_udptl = true;
		return !out->is_rtcp && len >= UDPTL_LEAST;
	}
	return out->is_rtcp ? ahoy_rtcp_peek(bytes, len, &out->ssrc) == 0 : peek_rtp(bytes, len, out);
}

static void count(ahoy_relay_pair *p, ahoy_relay_end *end, ahoy_time now, size_t len, const peeked *packet)
{
	p->last_recv = now;
	if (packet->is_udptl) {
		p->udptl_packets++;
		p->udptl_bytes += len;
		return;
	}
	if (packet->is_rtcp ||
	    ahoy_rtp_stats_recv(&p->stats, now, packet->ssrc, packet->seq, packet->timestamp, len) != AHOY_RTP_REORDERED)
		end->seq = packet->seq;
	end->ssrc = packet->ssrc;
	end->has_ssrc = true;
}

static ahoy_relay_verdict judge(ahoy_relay *relay, ahoy_time now, ahoy_relay_port port, const ahoy_addr *src,
				const void *bytes, size_t len, ahoy_relay_out *out)
{
	peeked packet = {.is_rtcp = port & 1};
	ahoy_relay_verdict verdict;
	ahoy_relay_pair *p;
	ahoy_relay_end *end;

	if (port / 2 >= relay->pair_count || !ahoy_relay_pair_at(relay, port / 2)->call)
		return AHOY_RELAY_NO_CALL;
	p = ahoy_relay_pair_at(relay, port / 2);
	end = &p->ends[packet.is_rtcp];
	if (!peek(p, bytes, len, &packet))
		return AHOY_RELAY_MALFORMED;
	if (!p->has_remote || !may_be_from(relay, now, p, end, src)) {
		p->rejected++;
		return AHOY_RELAY_SOURCE;
	}
	/* What is encrypted shows whose it is before anything is learned from where it came. */
	out->bytes = ahoy_slice_make(bytes, len);
	verdict = ahoy_relay_open_packet(relay, p, packet.is_rtcp, out);
	if (verdict != AHOY_RELAY_SEND)
		return verdict;
	if (!accept(relay, now, p, end, src, &packet)) {
		p->rejected++;
		return AHOY_RELAY_SOURCE;
	}
	count(p, end, now, out->bytes.len, &packet);
	verdict = route(relay, p, packet.is_rtcp, out);
	if (verdict == AHOY_RELAY_SEND)
		verdict = ahoy_relay_seal_packet(relay, ahoy_relay_pair_at(relay, out->port / 2), packet.is_rtcp, out);
	return verdict;
}

ahoy_relay_verdict ahoy_relay_recv(ahoy_relay *relay, ahoy_time now, ahoy_relay_port port, const ahoy_addr *src,
				   const void *bytes, size_t len, ahoy_relay_out *out)
{
	ahoy_relay_verdict verdict = judge(relay, now, port, src, bytes, len, out);

	relay->counted[verdict]++;
	return verdict;
}

uint64_t ahoy_relay_counted(const ahoy_relay *relay, ahoy_relay_verdict verdict)
{
	return verdict < AHOY_RELAY_VERDICTS ? relay->counted[verdict] : 0;
}

const char *ahoy_relay_verdict_name(ahoy_relay_verdict verdict)
{
	static const char *const names[] = {"sent", "local", "no_call", "malformed",
					    "source", "not_selected", "no_peer", "held",
					    "srtp_auth", "srtp_replay", "srtp_key"};

	return verdict < AHOY_RELAY_VERDICTS ? names[verdict] : "unknown";
}
