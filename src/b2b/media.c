/* Descriptions and the relay: what a leg says of itself becomes the relay's knowledge, and, rewritten, what the other leg is told. */
#include "b2b/internal.h"

int ahoy_b2b_read_sdp(ahoy_switch *sw, ahoy_slice body)
{
	return ahoy_sdp_parse(body, &sw->sdp, NULL);
}

static size_t anchored_lines(const ahoy_sdp *sdp)
{
	return sdp->media_count < AHOY_RELAY_MAX_STREAMS ? sdp->media_count : AHOY_RELAY_MAX_STREAMS;
}

int ahoy_b2b_apply_sdp(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_flow *flow)
{
	int err;

	for (size_t i = 0; i < anchored_lines(&sw->sdp); i++) {
		ahoy_sdp_stream stream;
		ahoy_relay_remote remote = {.signalling = flow->peer, .trusted = true};
		uint32_t pair;

		ahoy_sdp_stream_at(&sw->sdp, i, &stream);
		if (!stream.live) { /* RFC 3264 6, 8.2: refused, or removed: nothing more goes there */
			ahoy_relay_give_pair(sw->relay, call->relay, leg->side, (unsigned)i);
			continue;
		}
		err = ahoy_relay_take_pair(sw->relay, call->relay, leg->side, (unsigned)i, 0, &pair);
		if (err)
			return err;
		remote.rtp = stream.rtp;
		remote.rtcp = stream.rtcp;
		remote.receives = (stream.dir & AHOY_SDP_RECVONLY) != 0;
		remote.sends = (stream.dir & AHOY_SDP_SENDONLY) != 0;
		remote.clock_rate_hz = stream.clock_rate_hz;
		remote.udptl = stream.fax;
		err = ahoy_relay_set_remote(sw->relay, sw->now, call->relay, leg->side, (unsigned)i, &remote);
		if (err)
			return err;
	}
	leg->held = ahoy_sdp_is_held(&sw->sdp);
	return 0;
}

static int write_with_version(ahoy_switch *sw, b2b_leg *leg, ahoy_sdp_owner *owner, uint64_t version, ahoy_slice *out)
{
	ahoy_buf b = ahoy_buf_over(sw->text, B2B_TEXT);
	int err;

	owner->sess_id = leg->sess_id;
	owner->sess_version = version;
	err = ahoy_sdp_rewrite(&sw->sdp, owner, &b);
	if (!err && b.full)
		err = AHOY_EFULL;
	*out = ahoy_buf_slice(&b);
	return err;
}

int ahoy_b2b_write_sdp(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_flow *flow, ahoy_slice *out)
{
	ahoy_sdp_ports ports[AHOY_RELAY_MAX_STREAMS] = {{0}};
	ahoy_sdp_owner owner = {.session_name = AHOY_S("ahoy"), .username = AHOY_S("ahoy"), .ports = ports};
	ahoy_addr self;
	int err;

	owner.port_count = anchored_lines(&sw->sdp);
	for (size_t i = 0; i < owner.port_count; i++) {
		uint32_t pair;

		if (!ahoy_sdp_is_anchored(&sw->sdp.media[i]))
			continue;
		err = ahoy_relay_take_pair(sw->relay, call->relay, leg->side, (unsigned)i, 0, &pair);
		if (err)
			return err;
		ports[i].rtp_port = ahoy_relay_pair_port(sw->relay, pair);
		ports[i].rtcp_port = (uint16_t)(ports[i].rtp_port + 1);
	}
	ahoy_self_address(&sw->config.self, flow, &self);
	owner.ip = self;
	if (!leg->sess_id) {
		leg->sess_id = (uint64_t)ahoy_random_u32(sw->env) + 1;
		leg->sess_version = 1;
	}
	/* RFC 3264 8: the version rises by one when, and only when, the text is another than last time. */
	err = write_with_version(sw, leg, &owner, leg->sess_version, out);
	if (err || !leg->told.len || ahoy_slice_eq(*out, leg->told)) {
		if (!err && !leg->told.len)
			err = ahoy_b2b_set(sw, &leg->told, *out);
		return err;
	}
	err = write_with_version(sw, leg, &owner, ++leg->sess_version, out);
	return err ? err : ahoy_b2b_set(sw, &leg->told, *out);
}

void ahoy_b2b_note_codec(ahoy_switch *sw, b2b_call *call)
{
	ahoy_sdp_stream stream;
	int main_stream = ahoy_sdp_main_stream(&sw->sdp);

	if (main_stream < 0)
		return;
	ahoy_sdp_stream_at(&sw->sdp, (size_t)main_stream, &stream);
	if (stream.codec.len)
		(void)ahoy_b2b_set(sw, &call->codec, stream.codec);
}
