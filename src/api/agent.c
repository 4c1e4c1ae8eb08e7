/* The agent's life, its inputs and its one deadline; what came out of the user agent is handed round here. */
#include "api/internal.h"
#include "sip/via.h"

enum {
	DEFAULT_CALLS = 32,
	MAX_CALLS = 4096,
	MAX_ACCOUNTS = 64,
	MAX_REGISTRATIONS = 64,
	MAX_REQUESTS = 256,
	ASKED_AT_ONCE = 16,
	SIP_PORT = 5060
};

/* ---- life ---- */

static int add_codec(ahoy_agent *agent, const ahoy_codec *codec)
{
	if (agent->codec_count == AHOY_SDP_MAX_CODECS)
		return AHOY_EFULL;
	agent->codecs[agent->codec_count++] = codec;
	return 0;
}

static int choose_codecs(ahoy_agent *agent, ahoy_slice names)
{
	const ahoy_codec *codec;
	ahoy_slice name;
	int err = 0;

	if (!names.len)
		agent->codec_count = ahoy_codec_defaults(agent->codecs);
	while (names.len && !err) {
		ahoy_slice_cut(names, ',', &name, &names);
		codec = ahoy_codec_named(ahoy_slice_trim(name));
		err = codec ? add_codec(agent, codec) : AHOY_ECODEC;
	}
	return err;
}

static bool usable(const ahoy_addr *local)
{
	return (local->family == 4 || local->family == 6) && local->port && !ahoy_addr_is_any(local) &&
	       !ahoy_addr_is_multicast_or_broadcast(local);
}

static int choose_srtp(ahoy_agent *agent, const ahoy_agent_config *config)
{
	switch (config->size < sizeof *config ? AHOY_AGENT_SRTP_OPTIONAL : config->srtp) {
	case AHOY_AGENT_SRTP_OPTIONAL:
		agent->srtp = AHOY_SRTP_OPTIONAL;
		return 0;
	case AHOY_AGENT_SRTP_OFF:
		agent->srtp = AHOY_SRTP_OFF;
		return 0;
	case AHOY_AGENT_SRTP_REQUIRED:
		agent->srtp = AHOY_SRTP_REQUIRED;
		return 0;
	}
	return AHOY_EINVAL;
}

static int set_up(ahoy_agent *agent, const ahoy_agent_config *config)
{
	uint32_t max_calls = config->max_calls ? config->max_calls : DEFAULT_CALLS;
	ahoy_buf product = ahoy_buf_over(agent->product, sizeof agent->product);
	ahoy_ua_config ua = {.allow = AHOY_S(API_ALLOW),
			     .supported = AHOY_S(API_SUPPORTED),
			     .session_expires_s = API_SESSION_S,
			     .max_calls = 2 * max_calls};
	int err;

	if (config->product.len)
		ahoy_buf_put(&product, config->product);
	else
		ahoy_buf_fmt(&product, "libahoy/%s", ahoy_version());
	if (product.full)
		return AHOY_EINVAL;
	ua.product = ahoy_buf_slice(&product);
	agent->local = config->local;
	ahoy_slots_init(&agent->accounts, &agent->env, sizeof(api_account), MAX_ACCOUNTS);
	ahoy_slots_init(&agent->registrations, &agent->env, sizeof(api_registration), MAX_REGISTRATIONS);
	ahoy_slots_init(&agent->calls, &agent->env, sizeof(api_call *), max_calls);
	ahoy_slots_init(&agent->requests, &agent->env, sizeof(api_request), MAX_REQUESTS);
	err = choose_codecs(agent, config->codecs);
	if (!err)
		err = choose_srtp(agent, config);
	return err ? err : ahoy_ua_new(&agent->env, &ua, &agent->ua);
}

int ahoy_agent_new(const ahoy_env *env, const ahoy_agent_config *config, ahoy_agent **out)
{
	ahoy_agent *agent;
	int err;

	*out = NULL;
	/* A program that was built before `srtp` was there has the default. */
	if (config->size < offsetof(ahoy_agent_config, srtp) || config->max_calls > MAX_CALLS || !usable(&config->local))
		return AHOY_EINVAL;
	agent = ahoy_new(env, sizeof *agent);
	if (!agent)
		return AHOY_ENOMEM;
	agent->env = *env;
	ahoy_api_queue_init(agent);
	err = set_up(agent, config);
	if (err)
		ahoy_agent_del(agent);
	else
		*out = agent;
	return err;
}

void ahoy_agent_del(ahoy_agent *agent)
{
	api_account *account;
	api_call *call;
	uint64_t cursor = 0;
	ahoy_env env;

	if (!agent)
		return;
	ahoy_api_queue_fini(agent);
	while ((call = ahoy_api_next_call(agent, &cursor)))
		ahoy_api_call_del(agent, call);
	cursor = 0;
	while ((account = ahoy_slots_next(&agent->accounts, &cursor, NULL)))
		ahoy_api_account_fini(agent, account);
	/* A slots table that was never set up is empty, but has no env to free with. */
	if (agent->calls.env) {
		ahoy_slots_fini(&agent->accounts);
		ahoy_slots_fini(&agent->registrations);
		ahoy_slots_fini(&agent->calls);
		ahoy_slots_fini(&agent->requests);
	}
	if (agent->ua)
		ahoy_ua_del(agent->ua);
	env = agent->env;
	ahoy_free(&env, agent);
}

/* ---- what came out of the user agent ---- */

static void hand_round(ahoy_agent *agent, const ahoy_ua_event *event)
{
	switch (event->kind) {
	case AHOY_UA_REQUEST:
		ahoy_api_serve(agent, event);
		break;
	case AHOY_UA_RESPONSE:
		ahoy_api_request_event(agent, event);
		break;
	case AHOY_UA_REGISTERED:
	case AHOY_UA_UNREGISTERED:
	case AHOY_UA_REGISTER_FAILED:
		ahoy_api_registration_event(agent, event);
		break;
	case AHOY_UA_PROGRESS:
	case AHOY_UA_ANSWERED:
	case AHOY_UA_REFUSED:
	case AHOY_UA_ACKED:
	case AHOY_UA_PRACKED:
	case AHOY_UA_CANCELLED:
	case AHOY_UA_REINVITE:
	case AHOY_UA_REINVITED:
	case AHOY_UA_REFRESH:
	case AHOY_UA_IN_DIALOG:
	case AHOY_UA_IN_DIALOG_ANSWER:
	case AHOY_UA_ENDED:
		ahoy_api_call_event(agent, event);
		break;
	case AHOY_UA_RESOLVE:
		break;
	}
}

static void resolved(ahoy_agent *agent, uint64_t id, const ahoy_addr *addrs, size_t count)
{
	ahoy_flow flows[AHOY_MAX_TARGETS];
	size_t found = 0;

	for (size_t i = 0; i < count && found < AHOY_MAX_TARGETS; i++)
		/* The one socket has one kind of IP. */
		if (addrs[i].family == agent->local.family && addrs[i].port)
			flows[found++] = (ahoy_flow){.transport = AHOY_UDP, .local = agent->local, .peer = addrs[i]};
	ahoy_ua_resolved(agent->ua, agent->now, id, flows, found);
}

/* An address is answered at once; a name is asked for, and its question remembers nothing but the id and the port. */
static void answer_or_ask(ahoy_agent *agent, const ahoy_ua_event *event)
{
	const ahoy_uri *uri = &event->target;
	uint16_t port = uri->port ? uri->port : SIP_PORT;
	ahoy_slice transport;
	ahoy_addr literal;

	/* What asks for TLS or TCP cannot be reached yet, and must not be sent in the clear. */
	if (uri->kind != AHOY_URI_SIP ||
	    (ahoy_params_get(uri->params, AHOY_S("transport"), &transport) && ahoy_transport_of(transport) != AHOY_UDP)) {
		resolved(agent, event->resolve, NULL, 0);
	} else if (!ahoy_uri_addr(uri, &literal)) {
		literal.port = port;
		resolved(agent, event->resolve, &literal, 1);
	} else if (ahoy_api_ask(agent, event->resolve, uri->host, port)) {
		resolved(agent, event->resolve, NULL, 0);
	}
}

void ahoy_api_settle(ahoy_agent *agent)
{
	ahoy_ua_event event, asked[ASKED_AT_ONCE];
	size_t count;
	ahoy_out out;

	do {
		count = 0;
		while (ahoy_ua_pop_event(agent->ua, &event)) {
			if (event.kind != AHOY_UA_RESOLVE)
				hand_round(agent, &event);
			else if (count < ASKED_AT_ONCE)
				asked[count++] = event;
		}
		while (ahoy_ua_pop_out(agent->ua, &out))
			if (out.kind == AHOY_OUT_SEND)
				ahoy_api_send(agent, &out.flow.local, &out.flow.peer, out.bytes);
		/* An answer is an input of its own, and goes round again. */
		for (size_t i = 0; i < count; i++)
			answer_or_ask(agent, &asked[i]);
	} while (count);
}

/* ---- in ---- */

void ahoy_api_begin(ahoy_agent *agent, ahoy_time now)
{
	if (now > agent->now)
		agent->now = now;
	ahoy_ua_turn(agent->ua, agent->now);
}

void ahoy_agent_recv(ahoy_agent *agent, ahoy_time now, const ahoy_addr *local, const ahoy_addr *peer, ahoy_slice bytes)
{
	if (now > agent->now)
		agent->now = now;
	if (ahoy_addr_eq(local, &agent->local)) {
		ahoy_flow flow = {.transport = AHOY_UDP, .local = *local, .peer = *peer};

		ahoy_ua_recv(agent->ua, agent->now, &flow, bytes);
		ahoy_api_settle(agent);
	} else {
		ahoy_api_sound_recv(agent, local, peer, bytes);
	}
}

void ahoy_agent_send_failed(ahoy_agent *agent, ahoy_time now, const ahoy_addr *peer)
{
	ahoy_flow flow = {.transport = AHOY_UDP, .local = agent->local, .peer = *peer};

	if (now > agent->now)
		agent->now = now;
	ahoy_ua_send_failed(agent->ua, agent->now, &flow);
	ahoy_api_settle(agent);
}

void ahoy_agent_expire(ahoy_agent *agent, ahoy_time now)
{
	api_call *call;
	uint64_t cursor = 0;

	if (now > agent->now)
		agent->now = now;
	ahoy_ua_expire(agent->ua, agent->now);
	ahoy_api_settle(agent);
	while ((call = ahoy_api_next_call(agent, &cursor))) {
		ahoy_api_send_keys(agent, call);
		ahoy_api_sound_turn(agent, call);
	}
	ahoy_api_settle(agent);
}

void ahoy_agent_resolved(ahoy_agent *agent, ahoy_time now, uint64_t question, const ahoy_addr *addrs, size_t count)
{
	if (now > agent->now)
		agent->now = now;
	resolved(agent, question, addrs, count);
	ahoy_api_settle(agent);
}

ahoy_time ahoy_agent_next(const ahoy_agent *agent)
{
	ahoy_time next = ahoy_ua_next(agent->ua);
	const api_call *call;
	uint64_t cursor = 0;

	while ((call = ahoy_api_next_call(agent, &cursor))) {
		ahoy_time at, keys = ahoy_keys_deadline(&call->keys);

		if (!call->audio || call->state == AHOY_AGENT_CALL_ENDED)
			continue;
		at = ahoy_audio_deadline(call->audio);
		at = keys < at ? keys : at;
		if (at < next)
			next = at;
	}
	return next;
}
