#include "relay/relay_state.h"

#define GRACE AHOY_SECONDS(2) /* longer than a packet sent before the offer/answer can still be on its way */
#define DEFAULT_CLOCK_HZ 8000

static ahoy_relay_call_state *find(const ahoy_relay *relay, ahoy_relay_call call)
{
	return ahoy_slots_get(&relay->calls, call);
}

int ahoy_relay_open(ahoy_relay *relay, ahoy_time now, ahoy_relay_call *call)
{
	bool full;
	ahoy_relay_call_state *state = ahoy_slots_add(&relay->calls, call, &full);

	if (!state)
		return full ? AHOY_EFULL : AHOY_ENOMEM;
	state->opened = now;
	for (size_t side = 0; side < AHOY_RELAY_SIDES; side++)
		for (size_t stream = 0; stream < AHOY_RELAY_MAX_STREAMS; stream++)
			state->pairs[side][stream] = AHOY_RELAY_NO_PAIR;
	return 0;
}

static void give(ahoy_relay *relay, ahoy_relay_call_state *state, unsigned side, unsigned stream)
{
	uint32_t *pair = &state->pairs[side][stream];

	if (*pair != AHOY_RELAY_NO_PAIR)
		ahoy_relay_pool_give(relay, *pair);
	*pair = AHOY_RELAY_NO_PAIR;
}

void ahoy_relay_close_side(ahoy_relay *relay, ahoy_relay_call call, unsigned side)
{
	ahoy_relay_call_state *state = find(relay, call);

	if (!state || side >= AHOY_RELAY_SIDES)
		return;
	for (unsigned stream = 0; stream < AHOY_RELAY_MAX_STREAMS; stream++)
		give(relay, state, side, stream);
	if (side && state->selected == side)
		state->selected = 0;
}

void ahoy_relay_close(ahoy_relay *relay, ahoy_relay_call call)
{
	if (!find(relay, call))
		return;
	for (unsigned side = 0; side < AHOY_RELAY_SIDES; side++)
		ahoy_relay_close_side(relay, call, side);
	ahoy_slots_remove(&relay->calls, call);
}

int ahoy_relay_take_pair(ahoy_relay *relay, ahoy_relay_call call, unsigned side, unsigned stream, unsigned group,
			 uint32_t *pair)
{
	ahoy_relay_call_state *state = find(relay, call);
	int err;

	if (!state)
		return AHOY_ESTALE;
	if (side >= AHOY_RELAY_SIDES || stream >= AHOY_RELAY_MAX_STREAMS || group >= AHOY_RELAY_MAX_GROUPS)
		return AHOY_EINVAL;
	if (state->pairs[side][stream] == AHOY_RELAY_NO_PAIR) {
		ahoy_relay_pair *p;

		err = ahoy_relay_pool_take(relay, group, &state->pairs[side][stream]);
		if (err)
			return err;
		p = ahoy_relay_pair_at(relay, state->pairs[side][stream]);
		p->call = call;
		p->side = (uint8_t)side;
		p->stream = (uint8_t)stream;
		ahoy_rtp_stats_init(&p->stats, DEFAULT_CLOCK_HZ);
	}
	*pair = state->pairs[side][stream];
	return 0;
}

void ahoy_relay_give_pair(ahoy_relay *relay, ahoy_relay_call call, unsigned side, unsigned stream)
{
	ahoy_relay_call_state *state = find(relay, call);

	if (state && side < AHOY_RELAY_SIDES && stream < AHOY_RELAY_MAX_STREAMS)
		give(relay, state, side, stream);
}

int ahoy_relay_select(ahoy_relay *relay, ahoy_relay_call call, unsigned side)
{
	ahoy_relay_call_state *state = find(relay, call);

	if (!state)
		return AHOY_ESTALE;
	if (side >= AHOY_RELAY_SIDES)
		return AHOY_EINVAL;
	state->selected = (uint8_t)side;
	return 0;
}

int ahoy_relay_set_local(ahoy_relay *relay, ahoy_relay_call call, uint64_t local)
{
	ahoy_relay_call_state *state = find(relay, call);

	if (!state)
		return AHOY_ESTALE;
	state->is_local = true;
	state->local = local;
	return 0;
}

int ahoy_relay_set_between(ahoy_relay *relay, ahoy_relay_call call, uint64_t local)
{
	ahoy_relay_call_state *state = find(relay, call);

	if (!state)
		return AHOY_ESTALE;
	state->is_between = true;
	state->local = local;
	return 0;
}

bool ahoy_relay_target(const ahoy_relay *relay, ahoy_relay_call call, unsigned side, unsigned stream, bool is_rtcp,
		       ahoy_relay_out *out)
{
	const ahoy_relay_call_state *state = find(relay, call);
	const ahoy_relay_pair *p;
	uint32_t pair;

	if (!state || side >= AHOY_RELAY_SIDES || stream >= AHOY_RELAY_MAX_STREAMS ||
	    state->pairs[side][stream] == AHOY_RELAY_NO_PAIR)
		return false;
	pair = state->pairs[side][stream];
	p = ahoy_relay_pair_at(relay, pair);
	*out = (ahoy_relay_out){
		.port = is_rtcp ? AHOY_RELAY_RTCP_PORT(pair) : AHOY_RELAY_RTP_PORT(pair),
		.to = p->ends[is_rtcp].to,
	};
	/* RTCP goes on while a stream is on hold (RFC 3264 5.1). */
	return out->to.family && (is_rtcp || p->receives);
}

/* The SDP's address, or none where packets must not go. */
static ahoy_addr usable(const ahoy_relay *relay, const ahoy_addr *addr)
{
	if (addr->family == 0 || addr->port == 0 || ahoy_addr_is_any(addr) ||
	    ahoy_addr_is_multicast_or_broadcast(addr) || ahoy_relay_is_own(relay, addr))
		return (ahoy_addr){0};
	return *addr;
}

static void set_end(const ahoy_relay *relay, ahoy_time now, const ahoy_relay_pair *p, ahoy_relay_end *end,
		    const ahoy_addr *wanted)
{
	ahoy_addr sdp = usable(relay, wanted);
	bool changed = !ahoy_addr_eq(&sdp, &end->sdp);
	bool behind_nat = p->signalling.family && ahoy_addr_is_private(&sdp) && !ahoy_addr_is_private(&p->signalling);

	end->sdp = sdp;
	end->locked = false;
	end->grace_until = end->source.family ? now + GRACE : now;
	if (sdp.family == 0) {
		end->to = end->source;
		return;
	}
	/* Behind a NAT the SDP's new address says no more than the old one did: the learned one serves until another is. */
	if (changed && !(behind_nat && end->source.family))
		end->to = (ahoy_addr){0};
	if (end->to.family == 0 && p->trusted)
		end->to = sdp;
}

int ahoy_relay_set_remote(ahoy_relay *relay, ahoy_time now, ahoy_relay_call call, unsigned side, unsigned stream,
			  const ahoy_relay_remote *remote)
{
	ahoy_relay_call_state *state = find(relay, call);
	ahoy_relay_pair *p;
	uint32_t clock_rate_hz = remote->clock_rate_hz ? remote->clock_rate_hz : DEFAULT_CLOCK_HZ;

	if (!state)
		return AHOY_ESTALE;
	if (side >= AHOY_RELAY_SIDES || stream >= AHOY_RELAY_MAX_STREAMS)
		return AHOY_EINVAL;
	if (state->pairs[side][stream] == AHOY_RELAY_NO_PAIR)
		return AHOY_ESTATE;
	p = ahoy_relay_pair_at(relay, state->pairs[side][stream]);
	p->has_remote = true;
	p->trusted = remote->trusted;
	p->receives = remote->receives;
	p->sends = remote->sends;
	p->udptl = remote->udptl;
	p->signalling = remote->signalling;
	p->signalling.port = 0;
	if (p->stats.clock_rate_hz != clock_rate_hz) {
		p->stats.clock_rate_hz = clock_rate_hz;
		p->stats.has_transit = false;
	}
	set_end(relay, now, p, &p->ends[0], &remote->rtp);
	set_end(relay, now, p, &p->ends[1], &remote->rtcp);
	return 0;
}

int ahoy_relay_side_quality(const ahoy_relay *relay, ahoy_relay_call call, unsigned side, ahoy_relay_quality *out)
{
	const ahoy_relay_call_state *state = find(relay, call);
	uint64_t most = 0;

	*out = (ahoy_relay_quality){0};
	if (!state)
		return AHOY_ESTALE;
	if (side >= AHOY_RELAY_SIDES)
		return AHOY_EINVAL;
	for (size_t stream = 0; stream < AHOY_RELAY_MAX_STREAMS; stream++) {
		const ahoy_relay_pair *p;

		if (state->pairs[side][stream] == AHOY_RELAY_NO_PAIR)
			continue;
		p = ahoy_relay_pair_at(relay, state->pairs[side][stream]);
		out->packets += p->stats.packets + p->udptl_packets;
		out->bytes += p->stats.bytes + p->udptl_bytes;
		out->lost += ahoy_rtp_stats_lost(&p->stats);
		out->rejected += p->rejected;
		out->srtp_auth_failed += p->srtp_auth_failed;
		out->srtp_replayed += p->srtp_replayed;
		if (!out->srtp && p->srtp_recv)
			out->srtp = ahoy_srtp_key_of(p->srtp_recv)->suite;
		if (p->stats.packets > most) {
			most = p->stats.packets;
			out->jitter_ms = ahoy_rtp_stats_jitter_ms(&p->stats);
		}
		if (p->last_recv > out->last_recv)
			out->last_recv = p->last_recv;
		if (out->source.family == 0)
			out->source = p->ends[0].source.family ? p->ends[0].source : p->ends[0].sdp;
	}
	return 0;
}

int ahoy_relay_last_media(const ahoy_relay *relay, ahoy_relay_call call, ahoy_time *out)
{
	const ahoy_relay_call_state *state = find(relay, call);

	if (!state)
		return AHOY_ESTALE;
	*out = state->opened;
	for (unsigned side = 0; side < AHOY_RELAY_SIDES; side++)
		for (unsigned stream = 0; (side == 0 || side == state->selected) && stream < AHOY_RELAY_MAX_STREAMS;
		     stream++) {
			uint32_t pair = state->pairs[side][stream];

			if (pair != AHOY_RELAY_NO_PAIR && ahoy_relay_pair_at(relay, pair)->last_recv > *out)
				*out = ahoy_relay_pair_at(relay, pair)->last_recv;
		}
	return 0;
}
