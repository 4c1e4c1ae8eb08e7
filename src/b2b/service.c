/* Numbers that the server answers itself: a call with one leg, and an endpoint in here instead of the other. Such a number
 * is looked at last, when no user has it: a user of that name, registered or not, is who is meant (docs/behaviour.md). */
#include "b2b/internal.h"

/* Another service is one more of these, and its own sound in service_media.c. */
static const b2b_service_row *find(const ahoy_switch *sw, ahoy_slice number)
{
	for (size_t i = 0; number.len && i < B2B_SERVICES; i++)
		if (ahoy_slice_eq(sw->services[i].number, number))
			return &sw->services[i];
	return NULL;
}

bool ahoy_b2b_is_service(const ahoy_switch *sw, ahoy_slice number)
{
	return find(sw, number) != NULL;
}

int ahoy_b2b_set_services(ahoy_switch *sw, const ahoy_switch_config *config)
{
	b2b_service_row *echo = &sw->services[B2B_SERVICE_ECHO];

	echo->limit_s = config->echo_limit_s;
	return ahoy_b2b_set(sw, &echo->number, config->echo_number);
}

/* ---- descriptions ---- */

/* One audio stream is ours, whatever was offered: it has the first pair of side A. AHOY_EFULL: no pair is free. */
static int take_ports(ahoy_switch *sw, b2b_call *call, uint16_t *rtp_port)
{
	uint32_t pair;
	int err;

	for (unsigned stream = 1; stream < AHOY_RELAY_MAX_STREAMS; stream++)
		ahoy_relay_give_pair(sw->relay, call->relay, call->a.side, stream);
	err = ahoy_relay_take_pair(sw->relay, call->relay, call->a.side, 0, 0, &pair);
	if (!err)
		*rtp_port = ahoy_relay_pair_port(sw->relay, pair);
	return err;
}

/* What was agreed on comes into force. */
static int agree(ahoy_switch *sw, b2b_call *call, const ahoy_flow *flow)
{
	b2b_service *service = call->service;
	const ahoy_sdp_agreed *agreed = &service->sdp.agreed;
	const ahoy_codec *codec = sw->codecs[agreed->codecs[0].codec_index];
	ahoy_relay_remote remote = {
		.rtp = agreed->remote_rtp,
		.rtcp = agreed->remote_rtcp,
		.signalling = flow->peer,
		.trusted = true,
		.receives = (agreed->dir & AHOY_SDP_SENDONLY) != 0,
		.sends = (agreed->dir & AHOY_SDP_RECVONLY) != 0,
		.clock_rate_hz = codec->clock_rate_hz,
	};
	ahoy_audio_config config;
	int err = ahoy_relay_set_remote(sw->relay, sw->now, call->relay, call->a.side, 0, &remote);

	ahoy_call_sdp_audio(&service->sdp, &config);
	if (!err)
		err = ahoy_echo_configure(&service->echo, &config, sw->now);
	if (err)
		return err;
	call->a.held = agreed->held;
	(void)ahoy_b2b_set(sw, &call->codec, ahoy_slice_of(codec->name));
	return 0;
}

static int answer_offer(ahoy_switch *sw, b2b_call *call, ahoy_slice offer, const ahoy_flow *flow, ahoy_slice *out, int *warning)
{
	int err = ahoy_call_sdp_answer(&call->service->sdp, offer, out, warning);

	return err ? err : agree(sw, call, flow);
}

static int make_offer(b2b_call *call, ahoy_slice *out)
{
	int err = ahoy_call_sdp_offer(&call->service->sdp, out);

	call->service->offered = !err;
	return err;
}

/* The status that answers an offer which failed so, and its lines: 488 says why (20.43). */
static int refusal_of(int err, int warning, ahoy_slice *reason, ahoy_slice *headers)
{
	int status = ahoy_err_sip_status(err);

	*reason = status == 400 ? AHOY_S("SDP cannot be read") : (ahoy_slice){0};
	*headers = (ahoy_slice){0};
	if (status == 503)
		*headers = AHOY_S("Retry-After: 5\r\n");
	else if (warning == 304)
		*headers = AHOY_S("Warning: 304 ahoy \"no audio over RTP was offered\"\r\n");
	else if (warning)
		*headers = AHOY_S("Warning: 305 ahoy \"none of the offered codecs is known\"\r\n");
	return status;
}

/* ---- the call's beginning ---- */

static unsigned calls_of(const ahoy_switch *sw, ahoy_slice user)
{
	unsigned count = 0;

	for (const b2b_service *s = sw->service_calls; s; s = s->next)
		count += ahoy_slice_eq(s->call->from, user);
	return count;
}

static b2b_service *make_service(ahoy_switch *sw, b2b_call *call, const b2b_service_row *row)
{
	b2b_service *service = ahoy_new(sw->env, sizeof *service);

	if (!service)
		return NULL;
	service->call = call;
	service->limit_s = row->limit_s;
	ahoy_echo_init(&service->echo, sw->env);
	ahoy_timer_init(&service->sound, call, B2B_TIMER_SOUND);
	ahoy_timer_init(&service->limit, call, B2B_TIMER_LIMIT);
	service->next = sw->service_calls;
	sw->service_calls = service;
	sw->service_count++;
	call->service = service;
	return service;
}

/* Our side of the first offer/answer; its text is what the 200 will carry. */
static int open_service(ahoy_switch *sw, b2b_call *call, int *warning)
{
	b2b_service *service = call->service;
	ahoy_slice body = {0};
	ahoy_flow flow;
	ahoy_addr addr;
	uint64_t sess_id;
	uint16_t port;
	int err = ahoy_b2b_flow_of(sw, &call->a, &flow) ? take_ports(sw, call, &port) : AHOY_ESTALE;

	if (err)
		return err;
	ahoy_self_address(&sw->config.self, &flow, &addr);
	addr.port = port;
	ahoy_random(sw->env, &sess_id, sizeof sess_id);
	ahoy_call_sdp_init(&service->sdp, &addr, sw->codecs, sw->codec_count, sess_id);
	err = ahoy_relay_set_local(sw->relay, call->relay, call->id);
	if (!err)
		err = call->offerless ? make_offer(call, &body) : answer_offer(sw, call, call->a.said, &flow, &body, warning);
	return err ? err : ahoy_b2b_set(sw, &call->a.told, body);
}

void ahoy_b2b_service_begin(ahoy_switch *sw, b2b_call *call)
{
	const b2b_service_row *row = find(sw, call->to);
	ahoy_slice reason, headers;
	int err, warning = 0;

	if (calls_of(sw, call->from) >= AHOY_MAX_USER_SERVICE_CALLS) {
		ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_SERVER, 486, AHOY_S("Too many calls to this number"), (ahoy_slice){0});
		return;
	}
	if (sw->service_count >= (sw->config.max_service_calls ? sw->config.max_service_calls : AHOY_MAX_SERVICE_CALLS)) {
		ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_SERVER, 503, (ahoy_slice){0}, AHOY_S("Retry-After: 30\r\n"));
		return;
	}
	err = make_service(sw, call, row) ? open_service(sw, call, &warning) : AHOY_ENOMEM;
	if (!err)
		err = ahoy_b2b_save_answer(sw, call);
	if (err) {
		int status = refusal_of(err, warning, &reason, &headers);

		ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_SERVER, status, reason, headers);
	}
}

void ahoy_b2b_service_answered(ahoy_switch *sw, b2b_call *call)
{
	ahoy_b2b_service_wake(sw, call);
	if (call->service->limit_s)
		ahoy_timer_arm(&sw->timers, &call->service->limit, sw->now + AHOY_SECONDS(call->service->limit_s));
}

/* ---- what the caller does ---- */

/* The caller that acknowledges can hear us. */
static void acked(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event)
{
	b2b_service *service = call->service;
	int err = 0;

	if (service->offered) {
		service->offered = false;
		err = ahoy_msg_is_type(event->msg, AHOY_S("application/sdp")) ? ahoy_call_sdp_accept(&service->sdp, event->msg->body)
									      : AHOY_EMISSING;
		/* A re-INVITE's ACK that cannot be used leaves what was agreed before; at the beginning there is nothing. */
		err = err ? (service->sdp.has_agreed ? 0 : err) : agree(sw, call, event->flow);
	}
	if (err) {
		ahoy_b2b_call_end(sw, call, AHOY_ENDED_BY_SERVER, 200, AHOY_S("the ACK has no usable answer"));
		return;
	}
	ahoy_echo_start(&service->echo);
	ahoy_b2b_service_wake(sw, call);
}

/* Hold, another codec, another address (14.2). */
static void reinvited(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event)
{
	ahoy_slice body = {0}, reason, headers;
	int warning = 0, err;

	if (call->state != B2B_ANSWERED) {
		(void)ahoy_call_answer_reinvite(sw->ua, sw->now, call->a.ua, 491, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	err = event->msg->body.len ? answer_offer(sw, call, event->msg->body, event->flow, &body, &warning) : make_offer(call, &body);
	if (err) {
		int status = refusal_of(err, warning, &reason, &headers);

		(void)ahoy_call_answer_reinvite(sw->ua, sw->now, call->a.ua, status, headers, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	(void)ahoy_call_answer_reinvite(sw->ua, sw->now, call->a.ua, 200, (ahoy_slice){0}, AHOY_S("application/sdp"), body);
	ahoy_b2b_service_wake(sw, call);
	/* After a hold the last packet may be old: a changed call gets a whole time-out again. */
	if (sw->config.media_timeout_s)
		ahoy_timer_arm(&sw->timers, &call->media, sw->now + AHOY_SECONDS(sw->config.media_timeout_s));
}

/* The session timer wants a sign of life (RFC 4028 7.4). */
static void refresh(ahoy_switch *sw, b2b_call *call)
{
	ahoy_slice body;

	if (call->state == B2B_ANSWERED && !ahoy_call_sdp_offer(&call->service->sdp, &body))
		(void)ahoy_call_reinvite(sw->ua, sw->now, call->a.ua, (ahoy_slice){0}, AHOY_S("application/sdp"), body);
}

static void refreshed(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event)
{
	if (event->status < 300 && event->msg && !ahoy_call_sdp_accept(&call->service->sdp, event->msg->body) &&
	    agree(sw, call, event->flow))
		ahoy_log(sw->env, AHOY_LOG_WARN, "b2b", ahoy_slice_of(call->record_id), "the answer to a refresh cannot be used");
	ahoy_b2b_service_wake(sw, call);
}

static void asked(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event)
{
	/* An INFO without a body asks whether we are there (RFC 6086 8.3.1 leaves it its 200). */
	bool is_info = event->msg->method == AHOY_INFO, is_empty = event->msg->body.len == 0;
	int status = !is_info ? 405 : is_empty ? 200
					       : 415;
	ahoy_slice headers = status == 405 ? AHOY_S("Allow: " B2B_ALLOW_SERVICE "\r\n") : (ahoy_slice){0};

	(void)ahoy_call_respond(sw->ua, sw->now, call->a.ua, event->tx, status, headers, (ahoy_slice){0}, (ahoy_slice){0});
}

bool ahoy_b2b_service_event(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event)
{
	switch (event->kind) {
	case AHOY_UA_ACKED:
		acked(sw, call, event);
		return true;
	case AHOY_UA_REINVITE:
		reinvited(sw, call, event);
		return true;
	case AHOY_UA_REFRESH:
		refresh(sw, call);
		return true;
	case AHOY_UA_REINVITED:
		refreshed(sw, call, event);
		return true;
	case AHOY_UA_IN_DIALOG:
		asked(sw, call, event);
		return true;
	default:
		return false;
	}
}
