/* The switch's life, its turns, its asks, and the way of each event to the file that handles it. */
#include "b2b/internal.h"

#define MAX_ASKS 65536u

/* A peer that names one of the relay's own ports would make packets circle: the relay knows by which addresses it is reached. */
static int tell_own_ips(ahoy_switch *sw, const ahoy_switch_config *config)
{
	static const ahoy_addr loopback[] = {{.family = 4, .ip = {127, 0, 0, 1}}, {.family = 6, .ip = {[15] = 1}}};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof loopback / sizeof loopback[0]; i++)
		err = ahoy_relay_add_own_ip(sw->relay, &loopback[i]);
	for (size_t i = 0; !err && i < config->self.network_count; i++)
		err = ahoy_relay_add_own_ip(sw->relay, &config->self.networks[i].addr);
	for (size_t i = 0; !err && i < config->listener_count; i++)
		if (!ahoy_addr_is_any(&config->listeners[i]))
			err = ahoy_relay_add_own_ip(sw->relay, &config->listeners[i]);
	if (!err && config->self.public_address.family)
		err = ahoy_relay_add_own_ip(sw->relay, &config->self.public_address);
	/* More than the relay remembers: loops are then ended by the phones' own silence. */
	return err == AHOY_EFULL ? 0 : err;
}

static void list_codecs(ahoy_switch *sw)
{
	const ahoy_codec *codec;

	while (sw->codec_count < AHOY_SDP_MAX_CODECS && (codec = ahoy_codec_at(sw->codec_count)))
		sw->codecs[sw->codec_count++] = codec;
}

static int make_parts(ahoy_switch *sw, const ahoy_switch_config *config)
{
	ahoy_ua_config ua = {
		.stack = {.self = config->self, .worker = config->worker, .max_transactions = config->max_transactions},
		.product = AHOY_S("ahoyd"),
		.allow = AHOY_S(B2B_ALLOW),
		.supported = ahoy_b2b_supported(config),
		.session_expires_s = config->session_expires_s,
		.answer_to_source = true,
	};
	ahoy_auth_config auth = {
		.realm = sw->realm,
		.worker = config->worker,
		.start_number = config->start_number,
		.algorithm_count = config->digest_count,
	};
	ahoy_registrar_config registrar = {
		.min_expires_s = config->register_min_s,
		.max_expires_s = config->register_max_s,
		.utc_offset_us = config->utc_offset_us,
		.listener_count = config->listener_count,
		.self = config->self,
	};
	int err;

	memcpy(auth.algorithms, config->digest, sizeof auth.algorithms);
	memcpy(registrar.listeners, config->listeners, sizeof registrar.listeners);
	err = ahoy_ua_new(sw->env, &ua, &sw->ua);
	if (!err)
		err = ahoy_auth_new(sw->env, 0, &auth, &sw->auth);
	if (!err)
		err = ahoy_rate_new(sw->env, config->no_rate_limits, 0, &sw->rate);
	if (!err)
		err = ahoy_registrar_new(sw->env, 0, &registrar, &sw->registrar);
	if (!err)
		err = ahoy_relay_new(sw->env, 32768, config->latch, &sw->relay);
	if (!err)
		err = tell_own_ips(sw, config);
	if (!err && config->trace_bytes)
		err = ahoy_trace_new(sw->env, config->trace_bytes, &sw->trace);
	return err;
}

int ahoy_switch_new(const ahoy_env *env, const ahoy_switch_config *config, ahoy_switch **out)
{
	ahoy_switch *sw = ahoy_new(env, sizeof *sw);
	int err;

	*out = NULL;
	if (!sw)
		return AHOY_ENOMEM;
	sw->env = env;
	sw->config = *config;
	ahoy_slots_init(&sw->calls, env, sizeof(b2b_call), config->max_calls ? config->max_calls : AHOY_MAX_CALLS / 2);
	ahoy_slots_init(&sw->waits, env, sizeof(b2b_wait), AHOY_MAX_PARKED);
	ahoy_map_init(&sw->waiting, env);
	ahoy_random(env, sw->hash_key, sizeof sw->hash_key);
	ahoy_slots_init(&sw->messages, env, sizeof(b2b_message), AHOY_MAX_PARKED);
	ahoy_timers_init(&sw->timers, 0);
	err = ahoy_b2b_set(sw, &sw->realm, config->realm);
	if (!err)
		err = ahoy_b2b_set(sw, &sw->domain, config->domain);
	list_codecs(sw);
	if (!err)
		err = ahoy_b2b_set_services(sw, config);
	sw->text = ahoy_resize(env, NULL, B2B_TEXT);
	if (!err)
		err = sw->text ? make_parts(sw, config) : AHOY_ENOMEM;
	if (err) {
		ahoy_switch_del(sw);
		return err;
	}
	*out = sw;
	return 0;
}

static void free_wait(ahoy_switch *sw, b2b_wait *wait)
{
	ahoy_free(sw->env, (void *)wait->bytes.ptr);
	ahoy_free(sw->env, (void *)wait->call_id.ptr);
	ahoy_free(sw->env, (void *)wait->path.ptr);
	ahoy_map_remove(&sw->waiting, &wait->by_call_id);
	ahoy_slots_remove(&sw->waits, wait->id);
}

void ahoy_switch_del(ahoy_switch *sw)
{
	uint64_t cursor;
	void *object;

	if (!sw)
		return;
	for (cursor = 0; (object = ahoy_slots_next(&sw->calls, &cursor, NULL));)
		ahoy_b2b_call_free(sw, object);
	for (cursor = 0; (object = ahoy_slots_next(&sw->waits, &cursor, NULL));)
		free_wait(sw, object);
	for (unsigned i = 0; i < B2B_RECENT; i++)
		ahoy_free(sw->env, sw->recent[i].text);
	ahoy_slots_fini(&sw->calls);
	ahoy_slots_fini(&sw->waits);
	ahoy_map_fini(&sw->waiting);
	ahoy_slots_fini(&sw->messages);
	ahoy_ua_del(sw->ua);
	ahoy_auth_del(sw->auth);
	ahoy_rate_del(sw->rate);
	ahoy_registrar_del(sw->registrar);
	ahoy_relay_del(sw->relay);
	ahoy_trace_del(sw->trace);
	ahoy_free(sw->env, (void *)sw->realm.ptr);
	ahoy_free(sw->env, (void *)sw->domain.ptr);
	for (size_t i = 0; i < B2B_SERVICES; i++)
		ahoy_free(sw->env, (void *)sw->services[i].number.ptr);
	ahoy_free(sw->env, sw->packets.bytes);
	ahoy_free(sw->env, sw->asks);
	ahoy_free(sw->env, sw->text);
	ahoy_free(sw->env, sw);
}

void ahoy_switch_reconfigure(ahoy_switch *sw, const ahoy_switch_config *config)
{
	ahoy_registrar_config registrar = {
		.min_expires_s = config->register_min_s,
		.max_expires_s = config->register_max_s,
		.utc_offset_us = config->utc_offset_us,
		.listener_count = sw->config.listener_count,
		.self = sw->config.self,
	};

	memcpy(registrar.listeners, sw->config.listeners, sizeof registrar.listeners);
	sw->config.media_timeout_s = config->media_timeout_s;
	sw->config.ring_timeout_s = config->ring_timeout_s;
	sw->config.pass_redirects = config->pass_redirects;
	sw->config.register_min_s = config->register_min_s;
	sw->config.register_max_s = config->register_max_s;
	sw->config.utc_offset_us = config->utc_offset_us;
	sw->config.no_rate_limits = config->no_rate_limits;
	sw->config.max_transcoded = config->max_transcoded;
	/* Without memory the number stays as it was. */
	(void)!ahoy_b2b_set_services(sw, config);
	ahoy_rate_set_unlimited(sw->rate, config->no_rate_limits);
	ahoy_registrar_reconfigure(sw->registrar, &registrar);
}

int ahoy_switch_load_binding(ahoy_switch *sw, ahoy_time now, ahoy_slice user, const ahoy_binding *binding)
{
	return ahoy_registrar_load(sw->registrar, now, user, binding);
}

uint64_t ahoy_b2b_utc_ms(const ahoy_switch *sw)
{
	int64_t utc_us = (int64_t)sw->now + sw->config.utc_offset_us;

	return utc_us > 0 ? (uint64_t)utc_us / 1000 : 0;
}

/* ---- turns ---- */

static void begin(ahoy_switch *sw, ahoy_time now)
{
	if (now > sw->now)
		sw->now = now;
	ahoy_b2b_park(sw);
	if (sw->ask_popped < sw->ask_count)
		return; /* asks not yet fetched point into calls that are over */
	sw->ask_count = sw->ask_popped = 0;
	while (sw->dead) {
		b2b_call *call = sw->dead;

		sw->dead = call->next_dead;
		ahoy_b2b_call_free(sw, call);
	}
}

static void handle_call(ahoy_switch *sw, const ahoy_ua_event *event)
{
	b2b_call *call = ahoy_b2b_call_of(sw, event->user);
	b2b_leg *leg;

	/* IN_DIALOG_ANSWER carries the request's own user; its call is found through the user agent. */
	if (event->kind == AHOY_UA_IN_DIALOG_ANSWER) {
		ahoy_call_info info;

		call = ahoy_call_get(sw->ua, event->call, &info) ? NULL : ahoy_b2b_call_of(sw, info.user);
	}
	leg = call ? ahoy_b2b_leg_of(call, event->call) : NULL;
	if (!leg)
		return; /* a fork that was given up; the user agent brings it to its end */
	if (call->service && ahoy_b2b_service_event(sw, call, event))
		return;
	if (call->coder && ahoy_b2b_coder_event(sw, call, leg, event))
		return;
	switch (event->kind) {
	case AHOY_UA_PROGRESS:
		ahoy_b2b_leg_progress(sw, call, leg, event);
		break;
	case AHOY_UA_ANSWERED:
		ahoy_b2b_leg_answered(sw, call, leg, event);
		break;
	case AHOY_UA_REFUSED:
		ahoy_b2b_leg_refused(sw, call, leg, event);
		break;
	case AHOY_UA_ACKED:
		ahoy_b2b_leg_acked(sw, call, leg, event);
		break;
	case AHOY_UA_PRACKED:
		ahoy_b2b_leg_pracked(sw, call, leg, event);
		break;
	case AHOY_UA_CANCELLED:
		ahoy_b2b_leg_cancelled(sw, call, leg, event);
		break;
	case AHOY_UA_REINVITE:
		ahoy_b2b_leg_reinvite(sw, call, leg, event);
		break;
	case AHOY_UA_REINVITED:
		ahoy_b2b_leg_reinvited(sw, call, leg, event);
		break;
	case AHOY_UA_REFRESH:
		ahoy_b2b_leg_refresh(sw, call, leg);
		break;
	case AHOY_UA_IN_DIALOG:
		ahoy_b2b_leg_in_dialog(sw, call, leg, event);
		break;
	case AHOY_UA_IN_DIALOG_ANSWER:
		ahoy_b2b_leg_in_dialog_answer(sw, call, leg, event);
		break;
	case AHOY_UA_ENDED:
		ahoy_b2b_leg_ended(sw, call, leg, event);
		break;
	case AHOY_UA_REQUEST:
	case AHOY_UA_RESPONSE:
	case AHOY_UA_REGISTERED:
	case AHOY_UA_UNREGISTERED:
	case AHOY_UA_REGISTER_FAILED:
	case AHOY_UA_RESOLVE:
		break;
	}
}

void ahoy_b2b_drain(ahoy_switch *sw)
{
	ahoy_ua_event event;

	while (ahoy_ua_pop_event(sw->ua, &event)) {
		if (event.kind == AHOY_UA_REQUEST)
			ahoy_b2b_recv_request(sw, &event);
		else if (event.kind == AHOY_UA_RESPONSE)
			ahoy_b2b_message_answered(sw, &event);
		else
			handle_call(sw, &event);
	}
	ahoy_b2b_want_ports(sw);
}

void ahoy_switch_recv(ahoy_switch *sw, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	begin(sw, now);
	if (sw->trace && bytes.len > AHOY_TRACE_KEEPALIVE)
		ahoy_trace_put(sw->trace, now, false, flow, bytes);
	ahoy_ua_recv(sw->ua, now, flow, bytes);
	ahoy_b2b_drain(sw);
}

void ahoy_switch_send_failed(ahoy_switch *sw, ahoy_time now, const ahoy_flow *flow)
{
	begin(sw, now);
	ahoy_ua_send_failed(sw->ua, now, flow);
	ahoy_b2b_drain(sw);
}

void ahoy_switch_flow_closed(ahoy_switch *sw, ahoy_time now, const ahoy_flow *flow)
{
	begin(sw, now);
	ahoy_ua_flow_closed(sw->ua, now, flow);
	ahoy_b2b_drain(sw);
}

void ahoy_switch_recv_broken(ahoy_switch *sw, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err)
{
	begin(sw, now);
	if (sw->trace && head.len > AHOY_TRACE_KEEPALIVE)
		ahoy_trace_put(sw->trace, now, false, flow, head);
	ahoy_ua_recv_broken(sw->ua, now, flow, head, err);
	ahoy_b2b_drain(sw);
}

void ahoy_switch_expire(ahoy_switch *sw, ahoy_time now)
{
	ahoy_timer *timer;

	begin(sw, now);
	ahoy_ua_expire(sw->ua, now);
	ahoy_b2b_drain(sw);
	while ((timer = ahoy_timers_pop(&sw->timers, now)))
		ahoy_b2b_timer_due(sw, timer);
	ahoy_b2b_keep_alive(sw);
	ahoy_b2b_drain(sw);
}

static void recv_local(ahoy_switch *sw, ahoy_time now, const ahoy_relay_out *out, bool is_rtcp, ahoy_slice bytes)
{
	b2b_call *call = ahoy_b2b_call_of(sw, out->local);

	if (call && call->coder)
		ahoy_b2b_coder_recv(sw, now, call, out->side, is_rtcp, bytes);
	else
		ahoy_b2b_service_recv(sw, now, out->local, is_rtcp, bytes);
}

ahoy_relay_verdict ahoy_switch_media(ahoy_switch *sw, ahoy_time now, ahoy_relay_port port, const ahoy_addr *source,
				     ahoy_slice bytes, ahoy_relay_out *out)
{
	ahoy_relay_verdict verdict = ahoy_relay_recv(sw->relay, now, port, source, bytes.ptr, bytes.len, out);

	if (verdict == AHOY_RELAY_LOCAL)
		recv_local(sw, now, out, port & 1, out->bytes);
	return verdict;
}

static ahoy_time earlier(ahoy_time a, ahoy_time b)
{
	return a < b ? a : b;
}

ahoy_time ahoy_switch_next(const ahoy_switch *sw)
{
	return earlier(earlier(ahoy_ua_next(sw->ua), ahoy_timers_next(&sw->timers)), ahoy_registrar_next(sw->registrar));
}

bool ahoy_switch_pop_out(ahoy_switch *sw, ahoy_out *out)
{
	if (!ahoy_ua_pop_out(sw->ua, out))
		return false;
	if (sw->trace && out->kind == AHOY_OUT_SEND)
		ahoy_trace_put(sw->trace, sw->now, true, &out->flow, out->bytes);
	return true;
}

/* ---- asks and answers ---- */

bool ahoy_b2b_ask_add(ahoy_switch *sw, ahoy_ask_kind kind, ahoy_id id, ahoy_id call)
{
	if (sw->ask_count == sw->ask_cap) {
		size_t cap = sw->ask_cap ? sw->ask_cap * 2 : 16;
		b2b_ask *asks = cap > MAX_ASKS ? NULL : ahoy_resize(sw->env, sw->asks, cap * sizeof *asks);

		if (!asks)
			return false;
		sw->asks = asks;
		sw->ask_cap = cap;
	}
	sw->asks[sw->ask_count++] = (b2b_ask){.kind = kind, .id = id, .call = call};
	return true;
}

b2b_wait *ahoy_b2b_wait_add(ahoy_switch *sw, b2b_wait_kind kind)
{
	ahoy_id id;
	b2b_wait *wait = ahoy_slots_add(&sw->waits, &id, NULL);

	if (wait) {
		wait->id = id;
		wait->kind = kind;
	}
	return wait;
}

void ahoy_b2b_wait_end(ahoy_switch *sw, b2b_wait *wait)
{
	if (sw->turn_wait == wait->id)
		sw->turn_wait = 0;
	free_wait(sw, wait);
}

void ahoy_b2b_want_ports(ahoy_switch *sw)
{
	if (sw->ports_asked || ahoy_relay_pairs_free(sw->relay, 0) >= AHOY_WARM_PAIRS || sw->now < sw->ports_refused_until)
		return;
	if (!ahoy_b2b_ask_add(sw, AHOY_ASK_OPEN_PORTS, 0, 0))
		return;
	sw->asks[sw->ask_count - 1].count = AHOY_WARM_PAIRS;
	sw->ports_asked = true;
}

int ahoy_switch_add_pair(ahoy_switch *sw, uint16_t rtp_port, uint32_t *pair)
{
	sw->ports_asked = false;
	return ahoy_relay_add_pair(sw->relay, 0, rtp_port, pair);
}

void ahoy_switch_no_ports(ahoy_switch *sw, ahoy_time now)
{
	sw->ports_asked = false;
	sw->ports_refused_until = now + AHOY_SECONDS(1);
}

bool ahoy_switch_trim(ahoy_switch *sw, ahoy_time now)
{
	bool trimmed;

	begin(sw, now);
	ahoy_ua_turn(sw->ua, sw->now);
	trimmed = ahoy_ua_trim(sw->ua);
	trimmed |= ahoy_registrar_trim(sw->registrar);
	trimmed |= ahoy_relay_trim(sw->relay);
	trimmed |= ahoy_slots_trim(&sw->calls);
	trimmed |= ahoy_slots_trim(&sw->waits);
	trimmed |= ahoy_slots_trim(&sw->messages);
	trimmed |= ahoy_b2b_trim_packets(sw);
	ahoy_map_trim(&sw->waiting);
	sw->spare_pairs = ahoy_relay_spare_pairs(sw->relay, 0);
	return trimmed;
}

bool ahoy_switch_close_pair(ahoy_switch *sw, uint32_t keep, uint32_t *pair)
{
	if (sw->spare_pairs <= keep || sw->spare_pairs <= AHOY_WARM_PAIRS)
		return false;
	sw->spare_pairs--;
	return ahoy_relay_remove_pair(sw->relay, 0, pair);
}

static bool fill(ahoy_switch *sw, const b2b_ask *from, ahoy_ask *ask)
{
	b2b_wait *wait = ahoy_slots_get(&sw->waits, from->id);
	b2b_call *call = ahoy_slots_get(&sw->calls, from->call);

	*ask = (ahoy_ask){.kind = from->kind, .id = from->id, .count = from->count};
	switch (from->kind) {
	case AHOY_ASK_USER:
		if (!wait)
			return false;
		ask->user = ahoy_slice_make(wait->user, wait->user_len);
		return true;
	case AHOY_ASK_SAVE:
		ask->bindings = sw->bindings;
		return wait && ahoy_registrar_pending(sw->registrar, wait->change, &ask->user, sw->bindings, &ask->count);
	case AHOY_ASK_RECORD:
		if (!call)
			return false;
		ask->cdr = ahoy_b2b_cdr_of(sw, call);
		return true;
	case AHOY_ASK_OPEN_PORTS:
		return true;
	}
	return false;
}

bool ahoy_switch_pop_ask(ahoy_switch *sw, ahoy_ask *ask)
{
	while (sw->ask_popped < sw->ask_count)
		if (fill(sw, &sw->asks[sw->ask_popped++], ask))
			return true;
	/* The driver goes on to other things now, and the datagram is gone with them. */
	ahoy_b2b_park(sw);
	return false;
}

void ahoy_switch_answer_user(ahoy_switch *sw, ahoy_time now, uint64_t id, const ahoy_user_record *record, bool failed)
{
	b2b_wait *wait = ahoy_slots_get(&sw->waits, id);

	if (now > sw->now)
		sw->now = now;
	if (!wait)
		return;
	ahoy_ua_turn(sw->ua, now);
	if (wait->kind == B2B_WAIT_AUTH)
		ahoy_b2b_answer_auth(sw, wait, record, failed);
	else if (wait->kind == B2B_WAIT_CALLEE)
		ahoy_b2b_answer_callee(sw, wait, record, failed);
	ahoy_b2b_drain(sw);
}

void ahoy_switch_answer_saved(ahoy_switch *sw, ahoy_time now, uint64_t id, bool failed)
{
	b2b_wait *wait = ahoy_slots_get(&sw->waits, id);

	if (now > sw->now)
		sw->now = now;
	if (!wait)
		return;
	ahoy_ua_turn(sw->ua, now);
	if (wait->kind == B2B_WAIT_SAVE)
		ahoy_b2b_answer_registered(sw, wait, failed);
	else if (wait->kind == B2B_WAIT_RECORD)
		ahoy_b2b_answer_recorded(sw, wait, failed);
	ahoy_b2b_drain(sw);
}
