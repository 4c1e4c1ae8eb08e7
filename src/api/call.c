/* A call's life and the embedder's commands; what the other side does is in call_event.c, its sound in call_sound.c. */
#include "api/internal.h"

static const ahoy_slice none = {NULL, 0};

enum {
	URI_BYTES = 1024,
	DTMF_MS = 160 /* long enough for any detector, short enough for a person's patience */
};

/* ---- life ---- */

api_call *ahoy_api_call(const ahoy_agent *agent, ahoy_agent_id id)
{
	api_call **slot = ahoy_slots_get(&agent->calls, id);

	return slot ? *slot : NULL;
}

api_call *ahoy_api_next_call(const ahoy_agent *agent, uint64_t *cursor)
{
	api_call **slot = ahoy_slots_next(&agent->calls, cursor, NULL);

	return slot ? *slot : NULL;
}

api_call *ahoy_api_live_call(const ahoy_agent *agent, ahoy_agent_id id)
{
	api_call *call = ahoy_api_call(agent, id);

	return call && call->state != AHOY_AGENT_CALL_ENDED ? call : NULL;
}

int ahoy_api_call_new(ahoy_agent *agent, bool is_caller, api_call **out)
{
	api_call *call = ahoy_new(&agent->env, sizeof *call), **slot;
	ahoy_agent_id id;
	bool full = false;

	*out = NULL;
	slot = call ? ahoy_slots_add(&agent->calls, &id, &full) : NULL;
	if (!slot) {
		ahoy_free(&agent->env, call);
		return full ? AHOY_EFULL : AHOY_ENOMEM;
	}
	*slot = call;
	call->id = id;
	call->is_caller = is_caller;
	ahoy_keys_init(&call->keys, (ahoy_key_way)agent->dtmf_way); /* in the same order */
	call->state = is_caller ? AHOY_AGENT_CALL_CALLING : AHOY_AGENT_CALL_RINGING;
	*out = call;
	return 0;
}

void ahoy_api_call_del(ahoy_agent *agent, api_call *call)
{
	if (!call)
		return;
	ahoy_slots_remove(&agent->calls, call->id);
	ahoy_audio_del(call->audio);
	ahoy_call_srtp_fini(&call->srtp);
	ahoy_call_sdp_fini(&call->sdp);
	ahoy_free(&agent->env, (void *)call->offer.ptr);
	ahoy_free(&agent->env, call);
}

static void send_sealed(ahoy_agent *agent, api_call *call, const ahoy_addr *from, const ahoy_addr *to, size_t len)
{
	ahoy_slice packet = ahoy_call_srtp_seal(&call->srtp, true, ahoy_slice_make(agent->packet, len), agent->sealed);

	if (packet.len)
		ahoy_api_send(agent, from, to, packet);
}

void ahoy_api_call_end(ahoy_agent *agent, api_call *call, ahoy_agent_end by, int status, int err, ahoy_slice reason)
{
	if (call->state == AHOY_AGENT_CALL_ENDED)
		return;
	if (call->audio) {
		const ahoy_addr *to = ahoy_media_source_target(&call->rtcp);
		ahoy_addr from = call->media;
		size_t len;

		from.port++;
		ahoy_api_sound_turn(agent, call);
		len = ahoy_audio_bye(call->audio, agent->now, agent->packet, sizeof agent->packet);
		if (to->family && to->port)
			send_sealed(agent, call, &from, to, len);
	}
	call->state = AHOY_AGENT_CALL_ENDED;
	call->last.event.event = (ahoy_agent_event){
		.kind = AHOY_AGENT_ENDED,
		.call = call->id,
		.user = call->user,
		.by = by,
		.status = status,
		.err = err,
		.media = call->media,
	};
	ahoy_api_tell_last(agent, &call->last, API_CALL, call->id, reason);
}

void ahoy_api_call_abort(ahoy_agent *agent, api_call *call, int err)
{
	(void)ahoy_call_hangup(agent->ua, agent->now, call->ua_id, none);
	ahoy_api_call_end(agent, call, AHOY_AGENT_BY_FAILURE, 0, err, ahoy_slice_of(ahoy_err_text(err)));
}

ahoy_agent_event ahoy_api_call_about(const api_call *call, ahoy_agent_event_kind kind)
{
	return (ahoy_agent_event){.kind = kind, .call = call->id, .user = call->user};
}

void ahoy_api_call_describe(const ahoy_agent *agent, api_call *call, const ahoy_addr *media, uint64_t sess_id)
{
	ahoy_call_sdp_init(&call->sdp, media, agent->codecs, agent->codec_count, sess_id);
	ahoy_call_sdp_set_srtp(&call->sdp, &agent->env, agent->srtp, false);
	call->sdp.no_events = call->keys.wanted == AHOY_KEYS_BY_INFO || call->keys.wanted == AHOY_KEYS_IN_BAND;
}

/* An even port with one above it, at an address that means one machine (RFC 3550 11). */
int ahoy_api_call_set_media(const ahoy_agent *agent, api_call *call, const ahoy_addr *media)
{
	ahoy_addr address = media ? *media : (ahoy_addr){0};
	uint64_t sess_id;

	if (address.family != agent->local.family || !address.port || address.port % 2 || ahoy_addr_is_any(&address))
		return AHOY_EINVAL;
	call->media = address;
	ahoy_random(&agent->env, &sess_id, sizeof sess_id);
	ahoy_api_call_describe(agent, call, &address, sess_id);
	return 0;
}

/* ---- as the caller ---- */

static int invite(ahoy_agent *agent, const api_account *account, ahoy_slice uri, api_call *call)
{
	char to_text[URI_BYTES + 2];
	ahoy_buf to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_invite spec = {
		.uri = uri,
		.from = account->from,
		.contact_user = account->user,
		.route = account->proxy,
		.max_forwards = 70,
		.type = AHOY_S("application/sdp"),
		.credentials = ahoy_api_credentials(account),
		.user = call->id,
	};
	int err = ahoy_call_sdp_offer(&call->sdp, &spec.body);

	if (err)
		return err;
	ahoy_buf_char(&to, '<');
	ahoy_buf_put(&to, uri);
	ahoy_buf_char(&to, '>');
	spec.to = ahoy_buf_slice(&to);
	call->offered = true;
	ahoy_api_begin(agent, agent->now);
	return ahoy_ua_invite(agent->ua, agent->now, &spec, &call->ua_id);
}

int ahoy_agent_call(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account_id, ahoy_slice target, const ahoy_addr *media,
		    ahoy_agent_id *out)
{
	const api_account *account = ahoy_api_account(agent, account_id);
	char uri_text[URI_BYTES];
	ahoy_buf uri = ahoy_buf_over(uri_text, sizeof uri_text);
	api_call *call;
	int err;

	if (!account)
		return AHOY_ESTALE;
	if (now > agent->now)
		agent->now = now;
	err = ahoy_api_target(account, target, &uri);
	if (!err)
		err = ahoy_api_call_new(agent, true, &call);
	if (err)
		return err;
	err = ahoy_api_call_set_media(agent, call, media);
	if (!err)
		err = invite(agent, account, ahoy_buf_slice(&uri), call);
	if (err)
		ahoy_api_call_del(agent, call);
	else
		*out = call->id;
	ahoy_api_settle(agent);
	return err;
}

/* ---- as the callee ---- */

/* A call that came in and waits for us. */
static int unanswered(const ahoy_agent *agent, ahoy_agent_id id, api_call **out)
{
	api_call *call = ahoy_api_live_call(agent, id);

	*out = call;
	if (!call)
		return AHOY_ESTALE;
	return call->is_caller || call->state != AHOY_AGENT_CALL_RINGING || call->hangup_wanted ? AHOY_ESTATE : 0;
}

int ahoy_agent_ring(ahoy_agent *agent, ahoy_time now, ahoy_agent_id id)
{
	api_call *call;
	int err = unanswered(agent, id, &call);

	if (err)
		return err;
	ahoy_api_begin(agent, now);
	err = ahoy_call_progress(agent->ua, agent->now, call->ua_id, 180, none, none, none);
	ahoy_api_settle(agent);
	return err;
}

/* Writes our answer to the INVITE's offer, once: what was said in a 183 stays. */
static int describe(ahoy_agent *agent, api_call *call, const ahoy_addr *media)
{
	ahoy_slice text;
	int warning, err;

	if (call->described)
		return media && !ahoy_addr_eq(media, &call->media) ? AHOY_EINVAL : 0;
	err = ahoy_api_call_set_media(agent, call, media);
	if (!err && call->offer.len)
		err = ahoy_call_sdp_answer(&call->sdp, call->offer, &text, &warning);
	else if (!err)
		err = ahoy_call_sdp_offer(&call->sdp, &text);
	if (err)
		return err;
	call->described = true;
	call->offered = !call->offer.len;
	return 0;
}

int ahoy_agent_early_media(ahoy_agent *agent, ahoy_time now, ahoy_agent_id id, const ahoy_addr *media)
{
	api_call *call;
	int err = unanswered(agent, id, &call);

	if (!err && !call->offer.len)
		err = AHOY_EUNSUPPORTED;
	if (!err)
		err = describe(agent, call, media);
	if (err)
		return err;
	ahoy_api_begin(agent, now);
	err = ahoy_call_progress_reliably(agent->ua, agent->now, call->ua_id, 183, none, AHOY_S("application/sdp"),
					  ahoy_slice_make(call->sdp.text, call->sdp.text_len));
	if (!err)
		err = ahoy_api_sound_set(agent, call);
	if (!err)
		err = ahoy_api_sound_tell(agent, call);
	ahoy_api_settle(agent);
	return err;
}

int ahoy_agent_answer(ahoy_agent *agent, ahoy_time now, ahoy_agent_id id, const ahoy_addr *media)
{
	api_call *call;
	int err = unanswered(agent, id, &call);

	if (!err)
		err = describe(agent, call, media);
	if (err)
		return err;
	ahoy_api_begin(agent, now);
	/* First what may fail: a caller that was told 200 has a call. */
	if (!call->offered)
		err = ahoy_api_sound_set(agent, call);
	if (!err)
		err = ahoy_call_answer(agent->ua, agent->now, call->ua_id, none, AHOY_S("application/sdp"),
				       ahoy_slice_make(call->sdp.text, call->sdp.text_len));
	if (!err)
		call->state = AHOY_AGENT_CALL_UP;
	ahoy_api_settle(agent);
	return err;
}

int ahoy_agent_reject(ahoy_agent *agent, ahoy_time now, ahoy_agent_id id, int status)
{
	api_call *call;
	int err = unanswered(agent, id, &call);

	if (err)
		return err;
	if (status < 300 || status > 699)
		return AHOY_ERANGE;
	ahoy_api_begin(agent, now);
	(void)ahoy_call_refuse(agent->ua, agent->now, call->ua_id, status, none, none);
	ahoy_api_call_end(agent, call, AHOY_AGENT_BY_US, status, 0, none);
	ahoy_api_settle(agent);
	return 0;
}

/* ---- both ---- */

int ahoy_agent_hangup(ahoy_agent *agent, ahoy_time now, ahoy_agent_id id)
{
	api_call *call = ahoy_api_live_call(agent, id);

	if (!call)
		return AHOY_ESTALE;
	ahoy_api_begin(agent, now);
	(void)ahoy_call_hangup(agent->ua, agent->now, call->ua_id, none);
	call->hangup_wanted = true;
	/* Unanswered at the far end: CANCEL is on its way, and the INVITE's final answer ends the call (9.1). */
	if (!call->is_caller || call->state == AHOY_AGENT_CALL_UP)
		ahoy_api_call_end(agent, call, AHOY_AGENT_BY_US, call->state == AHOY_AGENT_CALL_UP ? 0 : 480, 0, none);
	ahoy_api_settle(agent);
	return 0;
}

int ahoy_agent_hold(ahoy_agent *agent, ahoy_time now, ahoy_agent_id id, bool hold)
{
	api_call *call = ahoy_api_live_call(agent, id);
	ahoy_sdp_dir before;
	ahoy_slice offer;
	int err;

	if (!call)
		return AHOY_ESTALE;
	if (call->state != AHOY_AGENT_CALL_UP || !call->audio || call->changing || (!call->is_caller && !call->acked))
		return AHOY_ESTATE;
	before = call->sdp.dir;
	call->sdp.dir = hold ? AHOY_SDP_SENDONLY : AHOY_SDP_SENDRECV;
	ahoy_api_begin(agent, now);
	err = ahoy_call_sdp_offer(&call->sdp, &offer);
	if (!err)
		err = ahoy_call_reinvite(agent->ua, agent->now, call->ua_id, none, AHOY_S("application/sdp"), offer);
	call->changing = !err;
	call->hold = hold;
	if (err)
		call->sdp.dir = before;
	ahoy_api_settle(agent);
	return err;
}

int ahoy_agent_set_dtmf_way(ahoy_agent *agent, ahoy_agent_dtmf_way way)
{
	if (way < AHOY_AGENT_DTMF_AUTO || way > AHOY_AGENT_DTMF_INBAND)
		return AHOY_EINVAL;
	agent->dtmf_way = way;
	return 0;
}

int ahoy_agent_send_dtmf(ahoy_agent *agent, ahoy_agent_id id, ahoy_slice digits, uint32_t duration_ms)
{
	api_call *call = ahoy_api_live_call(agent, id);

	if (!call)
		return AHOY_ESTALE;
	if (!call->audio)
		return AHOY_ESTATE;
	duration_ms = duration_ms ? duration_ms : DTMF_MS;
	if (ahoy_keys_way(&call->keys, call->sdp.agreed.event_send >= 0) == AHOY_KEYS_BY_INFO)
		return ahoy_keys_put(&call->keys, agent->now, digits, duration_ms);
	return ahoy_audio_send_dtmf(call->audio, digits, duration_ms);
}

int ahoy_agent_set_user(ahoy_agent *agent, ahoy_agent_id id, void *user)
{
	api_call *call = ahoy_api_live_call(agent, id);

	if (!call)
		return AHOY_ESTALE;
	call->user = user;
	return 0;
}

ahoy_agent_call_state ahoy_agent_state(const ahoy_agent *agent, ahoy_agent_id id)
{
	const api_call *call = ahoy_api_call(agent, id);

	return call ? call->state : AHOY_AGENT_CALL_GONE;
}
