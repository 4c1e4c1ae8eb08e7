/* Two phones that share no codec. The callee's leg is called as always; where it refuses what A offered (488, 606) it is called once more,
 * with those of our codecs that A does not have. So nothing is transcoded where the phones agree by themselves. Each leg is
 * then a session of its own: its re-INVITEs are answered here, and a hold is silence for the other. */
#include "b2b/internal.h"

enum {
	SIDE_A,
	SIDE_B
};

static b2b_leg *leg_at(b2b_coder *coder, unsigned side)
{
	return side == SIDE_A ? &coder->call->a : coder->leg;
}

/* ---- descriptions ---- */

/* Our description's address towards this leg; its one stream has the leg's first pair. */
static int address_of(ahoy_switch *sw, b2b_call *call, const b2b_leg *leg, const ahoy_flow *flow, ahoy_addr *out)
{
	uint32_t pair;
	int err = ahoy_relay_take_pair(sw->relay, call->relay, leg->side, 0, 0, &pair);

	ahoy_self_address(&sw->config.self, flow, out);
	if (!err)
		out->port = ahoy_relay_pair_port(sw->relay, pair);
	return err;
}

static uint64_t new_session(ahoy_switch *sw)
{
	uint64_t sess_id;

	ahoy_random(sw->env, &sess_id, sizeof sess_id);
	return sess_id;
}

/* Those of our codecs that A's offer has not: what A has, the callee has just refused. */
static bool offered_by(const ahoy_sdp *sdp, const ahoy_codec *codec)
{
	ahoy_sdp_codec theirs;

	for (size_t i = 0; i < sdp->media_count; i++)
		for (size_t f = 0; !ahoy_sdp_codec_at(sdp, &sdp->media[i], f, &theirs); f++)
			if (ahoy_slice_ieq(theirs.name, ahoy_slice_of(codec->name)) && theirs.clock_rate_hz == codec->clock_rate_hz)
				return true;
	return false;
}

static void choose_codecs(ahoy_switch *sw, b2b_coder *coder)
{
	for (size_t i = 0; i < sw->codec_count; i++)
		if (!offered_by(&sw->sdp, sw->codecs[i]))
			coder->codecs[coder->codec_count++] = sw->codecs[i];
}

/* What was agreed on with this side comes into force. */
static int agree(ahoy_switch *sw, b2b_coder *coder, unsigned side, const ahoy_flow *flow)
{
	const ahoy_call_sdp *sdp = &coder->sdp[side];
	b2b_leg *leg = leg_at(coder, side);
	const ahoy_codec *codec = sdp->codecs[sdp->agreed.codecs[0].codec_index];
	ahoy_relay_remote remote = {
		.rtp = sdp->agreed.remote_rtp,
		.rtcp = sdp->agreed.remote_rtcp,
		.signalling = flow->peer,
		.trusted = true,
		.receives = (sdp->agreed.dir & AHOY_SDP_SENDONLY) != 0,
		.sends = (sdp->agreed.dir & AHOY_SDP_RECVONLY) != 0,
		.clock_rate_hz = codec->clock_rate_hz,
	};
	ahoy_audio_config config;
	int err = ahoy_relay_set_remote(sw->relay, sw->now, coder->call->relay, leg->side, 0, &remote);

	ahoy_call_sdp_audio(sdp, &config);
	if (!err)
		err = ahoy_transcoder_configure(&coder->sound, side, &config, sw->now);
	if (!err)
		leg->held = sdp->agreed.held;
	return err;
}

/* The record has both, A's first. */
static void note_codecs(ahoy_switch *sw, b2b_coder *coder)
{
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	for (unsigned side = SIDE_A; side <= SIDE_B; side++) {
		const ahoy_call_sdp *sdp = &coder->sdp[side];

		ahoy_buf_str(&b, side == SIDE_B ? "+" : "");
		ahoy_buf_str(&b, sdp->codecs[sdp->agreed.codecs[0].codec_index]->name);
	}
	(void)ahoy_b2b_set(sw, &coder->call->codec, ahoy_buf_slice(&b));
}

/* ---- the second call of the leg ---- */

static b2b_coder *make_coder(ahoy_switch *sw, b2b_call *call, b2b_leg *leg)
{
	b2b_coder *coder = ahoy_new(sw->env, sizeof *coder);

	if (!coder)
		return NULL;
	coder->call = call;
	coder->leg = leg;
	ahoy_transcoder_init(&coder->sound, sw->env);
	ahoy_timer_init(&coder->due, call, B2B_TIMER_CODER);
	leg->coder = coder;
	sw->coder_count++;
	return coder;
}

void ahoy_b2b_coder_free(ahoy_switch *sw, b2b_leg *leg)
{
	b2b_coder *coder = leg->coder;

	if (!coder)
		return;
	ahoy_timer_stop(&sw->timers, &coder->due);
	ahoy_transcoder_fini(&coder->sound);
	if (coder->call->coder == coder)
		coder->call->coder = NULL;
	ahoy_free(sw->env, coder);
	leg->coder = NULL;
	sw->coder_count--;
}

/* Our answer to A's offer, made in advance: what we cannot decode cannot be transcoded. */
static int answer_a(ahoy_switch *sw, b2b_coder *coder)
{
	b2b_call *call = coder->call;
	ahoy_flow flow;
	ahoy_addr addr;
	ahoy_slice body;
	int warning, err = ahoy_b2b_flow_of(sw, &call->a, &flow) ? address_of(sw, call, &call->a, &flow, &addr) : AHOY_ESTALE;

	if (err)
		return err;
	ahoy_call_sdp_init(&coder->sdp[SIDE_A], &addr, sw->codecs, sw->codec_count, new_session(sw));
	return ahoy_call_sdp_answer(&coder->sdp[SIDE_A], call->a.said, &body, &warning);
}

static int offer_b(ahoy_switch *sw, b2b_coder *coder, const ahoy_flow *flow, ahoy_slice *body)
{
	ahoy_addr addr;
	int err = address_of(sw, coder->call, coder->leg, flow, &addr);

	if (err)
		return err;
	ahoy_call_sdp_init(&coder->sdp[SIDE_B], &addr, coder->codecs, coder->codec_count, new_session(sw));
	return ahoy_call_sdp_offer(&coder->sdp[SIDE_B], body);
}

/* The contact of this leg, where it is registered still. */
static bool find_binding(ahoy_switch *sw, const b2b_call *call, const b2b_leg *leg, ahoy_binding *out)
{
	ahoy_binding bindings[AHOY_MAX_CONTACTS];
	ahoy_slice user = call->targets ? call->targets[leg->target].user : call->to;
	size_t count = ahoy_registrar_lookup(sw->registrar, sw->now, user, bindings);

	for (size_t i = 0; i < count; i++)
		if (ahoy_slice_eq(bindings[i].contact, leg->contact)) {
			*out = bindings[i];
			return true;
		}
	return false;
}

static int call_again(ahoy_switch *sw, b2b_coder *coder)
{
	b2b_call *call = coder->call;
	ahoy_binding binding;
	b2b_fork how = {.target = coder->leg->target, .breadth = coder->leg->breadth, .alone = call->forks == 1};
	int err = find_binding(sw, call, coder->leg, &binding) ? answer_a(sw, coder) : AHOY_ENOTFOUND;

	if (!err)
		err = ahoy_b2b_read_sdp(sw, call->a.said);
	if (err)
		return err;
	choose_codecs(sw, coder);
	err = coder->codec_count ? offer_b(sw, coder, &binding.flow, &how.body) : AHOY_ECODEC;
	if (!err)
		err = ahoy_msg_parse(call->invite, &sw->parked, NULL);
	if (!err && sw->parked.max_forwards < 0)
		sw->parked.max_forwards = 70;
	return err ? err : ahoy_b2b_call_leg(sw, call, coder->leg, &sw->parked, &binding, &how);
}

bool ahoy_b2b_transcode(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, int status)
{
	b2b_coder *coder;

	if ((status != 488 && status != 606) || leg->coder || call->offerless || !call->invite.len || !call->a.said.len)
		return false;
	if (sw->coder_count >= sw->config.max_transcoded) {
		if (sw->config.max_transcoded)
			ahoy_log(sw->env, AHOY_LOG_WARN, "b2b", ahoy_slice_of(call->record_id),
				 "no common codec, and %u calls are transcoded already; raise --max-transcoded",
				 sw->config.max_transcoded);
		return false;
	}
	coder = make_coder(sw, call, leg);
	if (!coder)
		return false;
	if (!call_again(sw, coder))
		return true;
	ahoy_b2b_coder_free(sw, leg);
	return false;
}

/* ---- the answer ---- */

static void wake(ahoy_switch *sw, b2b_coder *coder)
{
	ahoy_time at = ahoy_transcoder_deadline(&coder->sound);

	if (at == AHOY_NEVER)
		ahoy_timer_stop(&sw->timers, &coder->due);
	else
		ahoy_timer_arm(&sw->timers, &coder->due, at);
}

static int begin(ahoy_switch *sw, b2b_coder *coder, const ahoy_flow *to_b)
{
	b2b_call *call = coder->call;
	ahoy_flow to_a;
	int err = ahoy_b2b_flow_of(sw, &call->a, &to_a) ? 0 : AHOY_ESTALE;

	/* One stream of sound is ours, whatever else was offered. */
	for (unsigned stream = 1; stream < AHOY_RELAY_MAX_STREAMS; stream++)
		ahoy_relay_give_pair(sw->relay, call->relay, call->a.side, stream);
	if (!err)
		err = agree(sw, coder, SIDE_B, to_b);
	if (!err && !coder->running)
		err = agree(sw, coder, SIDE_A, &to_a);
	if (!err)
		err = ahoy_relay_set_between(sw->relay, call->relay, call->id);
	return err;
}

int ahoy_b2b_coder_answer(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event, ahoy_slice *out)
{
	b2b_coder *coder = leg->coder;
	ahoy_slice told = ahoy_slice_make(coder->sdp[SIDE_A].text, coder->sdp[SIDE_A].text_len);
	int err = 0;

	/* Of several that ring only the one that answers is heard: the sound of another could not be taken back. */
	if (event->status < 200 && call->forks > 1)
		return 0;
	if (!coder->running || !ahoy_slice_eq(leg->said, event->description)) {
		err = ahoy_call_sdp_accept(&coder->sdp[SIDE_B], event->description);
		if (!err)
			err = ahoy_b2b_set(sw, &leg->said, event->description);
		if (!err)
			err = ahoy_b2b_set(sw, &call->a.told, told);
		if (!err)
			err = begin(sw, coder, event->flow);
	}
	if (err)
		return err;
	sw->transcoded += !coder->running;
	coder->running = true;
	call->coder = coder;
	note_codecs(sw, coder);
	wake(sw, coder);
	*out = call->a.told;
	return 0;
}

/* ---- what the phones ask for ---- */

static int answer_offer(ahoy_switch *sw, b2b_coder *coder, unsigned side, const ahoy_ua_event *event, ahoy_slice *body, int *warning)
{
	int err;

	coder->offered[side] = event->msg->body.len == 0;
	if (coder->offered[side])
		return ahoy_call_sdp_offer(&coder->sdp[side], body);
	err = ahoy_call_sdp_answer(&coder->sdp[side], event->msg->body, body, warning);
	return err ? err : agree(sw, coder, side, event->flow);
}

static void reinvited(ahoy_switch *sw, b2b_coder *coder, unsigned side, const ahoy_ua_event *event)
{
	b2b_call *call = coder->call;
	ahoy_slice body = {0}, type = AHOY_S("application/sdp"), nothing = {0}, headers = {0};
	int warning = 0, status = 491, err;

	if (call->state == B2B_ANSWERED) {
		err = answer_offer(sw, coder, side, event, &body, &warning);
		status = err ? ahoy_err_sip_status(err) : 200;
		if (warning)
			headers = AHOY_S("Warning: 305 ahoy \"none of the offered codecs is known\"\r\n");
	}
	if (status != 200)
		body = type = nothing;
	(void)ahoy_call_answer_reinvite(sw->ua, sw->now, leg_at(coder, side)->ua, status, headers, type, body);
	note_codecs(sw, coder);
	wake(sw, coder);
	/* After a hold the last packet may be old: a changed call gets a whole time-out again. */
	if (sw->config.media_timeout_s && call->state == B2B_ANSWERED)
		ahoy_timer_arm(&sw->timers, &call->media, sw->now + AHOY_SECONDS(sw->config.media_timeout_s));
}

/* The answer to an offer of ours: to a refresh, or in the ACK. One that cannot be used leaves what was agreed before. */
static void accept(ahoy_switch *sw, b2b_coder *coder, unsigned side, const ahoy_ua_event *event)
{
	if (!event->msg || !event->msg->body.len || ahoy_call_sdp_accept(&coder->sdp[side], event->msg->body) ||
	    agree(sw, coder, side, event->flow))
		ahoy_log(sw->env, AHOY_LOG_WARN, "b2b", ahoy_slice_of(coder->call->record_id),
			 "the answer to an offer of ours cannot be used");
	note_codecs(sw, coder);
	wake(sw, coder);
}

static void refresh(ahoy_switch *sw, b2b_coder *coder, unsigned side)
{
	ahoy_slice body;

	if (coder->call->state == B2B_ANSWERED && !ahoy_call_sdp_offer(&coder->sdp[side], &body))
		(void)ahoy_call_reinvite(sw->ua, sw->now, leg_at(coder, side)->ua, (ahoy_slice){0}, AHOY_S("application/sdp"), body);
}

bool ahoy_b2b_coder_event(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event)
{
	b2b_coder *coder = call->coder;
	unsigned side = leg == &call->a ? SIDE_A : SIDE_B;

	if (side == SIDE_B && leg != coder->leg)
		return false;
	switch (event->kind) {
	case AHOY_UA_REINVITE:
		reinvited(sw, coder, side, event);
		return true;
	case AHOY_UA_REINVITED:
		if (event->status < 300)
			accept(sw, coder, side, event);
		return true;
	case AHOY_UA_REFRESH:
		refresh(sw, coder, side);
		return true;
	case AHOY_UA_ACKED:
		if (!coder->offered[side])
			return false;
		coder->offered[side] = false;
		accept(sw, coder, side, event);
		return true;
	default:
		return false;
	}
}

/* ---- the sound ---- */

static void send_packet(ahoy_switch *sw, b2b_coder *coder, unsigned side, bool is_rtcp, const void *bytes, size_t len)
{
	ahoy_relay_out out;

	if (ahoy_relay_target(sw->relay, coder->call->relay, leg_at(coder, side)->side, 0, is_rtcp, &out))
		ahoy_b2b_put_packet(sw, &out, bytes, len);
}

void ahoy_b2b_coder_recv(ahoy_switch *sw, ahoy_time now, b2b_call *call, unsigned side, bool is_rtcp, ahoy_slice bytes)
{
	ahoy_transcoder_recv(&call->coder->sound, side ? SIDE_B : SIDE_A, now, is_rtcp, bytes.ptr, bytes.len);
	wake(sw, call->coder);
}

void ahoy_b2b_coder_due(ahoy_switch *sw, b2b_call *call)
{
	uint8_t packet[AHOY_AUDIO_MAX_PACKET];
	b2b_coder *coder = call->coder;
	bool is_rtcp;
	size_t len;

	if (!coder)
		return;
	for (unsigned side = SIDE_A; side <= SIDE_B; side++)
		while ((len = ahoy_transcoder_pop(&coder->sound, side, sw->now, &is_rtcp, packet, sizeof packet)) > 0)
			send_packet(sw, coder, side, is_rtcp, packet, len);
	wake(sw, coder);
}

void ahoy_b2b_coder_end(ahoy_switch *sw, b2b_call *call)
{
	uint8_t packet[AHOY_AUDIO_MAX_PACKET];
	b2b_coder *coder = call->coder;

	ahoy_timer_stop(&sw->timers, &coder->due);
	for (unsigned side = SIDE_A; side <= SIDE_B; side++) {
		size_t len = ahoy_transcoder_bye(&coder->sound, side, sw->now, packet, sizeof packet);

		if (len)
			send_packet(sw, coder, side, true, packet, len);
	}
}
