/* Registrations: the user agent refreshes them, here they get their ids and their events. */
#include "api/internal.h"

enum {
	DEFAULT_S = 300,
	MAX_S = 86400
};

int ahoy_agent_register(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account_id, uint32_t expires_s, ahoy_agent_id *out)
{
	const api_account *account = ahoy_api_account(agent, account_id);
	api_registration *registration;
	ahoy_agent_id id;
	ahoy_register spec;
	bool full;
	int err;

	if (!account)
		return AHOY_ESTALE;
	if (expires_s > MAX_S)
		return AHOY_ERANGE;
	registration = ahoy_slots_add(&agent->registrations, &id, &full);
	if (!registration)
		return full ? AHOY_EFULL : AHOY_ENOMEM;
	spec = (ahoy_register){
		.registrar = account->registrar,
		.aor = account->aor,
		.contact_user = account->user,
		.route = account->proxy,
		.expires_s = expires_s ? expires_s : DEFAULT_S,
		.credentials = ahoy_api_credentials(account),
	};
	ahoy_api_begin(agent, now);
	err = ahoy_ua_register(agent->ua, agent->now, &spec, &registration->ua_id);
	if (err)
		ahoy_slots_remove(&agent->registrations, id);
	else
		*out = id;
	ahoy_api_settle(agent);
	return err;
}

int ahoy_agent_unregister(ahoy_agent *agent, ahoy_time now, ahoy_agent_id id)
{
	api_registration *registration = ahoy_slots_get(&agent->registrations, id);
	int err;

	if (!registration || registration->over)
		return AHOY_ESTALE;
	ahoy_api_begin(agent, now);
	err = ahoy_ua_unregister(agent->ua, agent->now, registration->ua_id);
	ahoy_api_settle(agent);
	return err;
}

static api_registration *find(ahoy_agent *agent, ahoy_registration_id ua_id, ahoy_agent_id *id)
{
	api_registration *registration;
	uint64_t cursor = 0;

	while ((registration = ahoy_slots_next(&agent->registrations, &cursor, id)))
		if (registration->ua_id == ua_id && !registration->over)
			return registration;
	return NULL;
}

void ahoy_api_registration_event(ahoy_agent *agent, const ahoy_ua_event *from)
{
	ahoy_agent_id id;
	api_registration *registration = find(agent, from->registration, &id);
	ahoy_agent_event event = {
		.kind = AHOY_AGENT_REGISTERED,
		.registration = id,
		.status = from->msg ? from->status : 0,
		.reason = from->reason,
		.err = from->err,
		.seconds = from->seconds,
		.final = from->final,
		.auth_failed = from->auth_failed,
	};

	if (!registration)
		return;
	if (from->kind == AHOY_UA_UNREGISTERED) {
		event.kind = AHOY_AGENT_UNREGISTERED;
		event.final = true;
	} else if (from->kind == AHOY_UA_REGISTER_FAILED) {
		event.kind = AHOY_AGENT_REGISTER_FAILED;
		/* No such answer came: our own stack gave up. */
		if (!from->msg)
			event.err = from->status == 408 ? AHOY_ETIMEOUT : AHOY_ENETWORK;
	}
	if (!event.final) {
		if (ahoy_api_tell(agent, &event))
			ahoy_log(&agent->env, AHOY_LOG_WARN, "api", (ahoy_slice){0}, "an event of a registration is lost");
		return;
	}
	registration->over = true;
	registration->last.event.event = event;
	ahoy_api_tell_last(agent, &registration->last, API_REGISTRATION, id, from->reason);
}
