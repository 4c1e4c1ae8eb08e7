#include "phone/registration.h"

static ahoy_slice aor_of(const ahoy_registration *r)
{
	return ahoy_slice_of(r->identity->account->aor);
}

void ahoy_registration_begin(ahoy_registration *r, ahoy_phone *phone, const ahoy_phone_identity *identity, ahoy_time now,
			     bool once)
{
	const ahoy_account *account = identity->account;
	ahoy_register spec = {
		.registrar = ahoy_slice_of(account->registrar),
		.aor = ahoy_slice_of(account->aor),
		.contact_user = ahoy_slice_of(account->user),
		.route = ahoy_phone_route(phone),
		.expires_s = phone->options->expires_s,
		.once = once,
		.credentials = ahoy_phone_credentials(phone, identity),
	};
	int err;

	*r = (ahoy_registration){
		.phone = phone,
		.identity = identity,
		.patient = r->patient,
		.state = AHOY_REGISTRATION_ASKED,
		.once = once,
	};
	err = ahoy_ua_register(phone->ua, now, &spec, &r->id);
	if (!err)
		return;
	ahoy_phone_error(phone, (ahoy_slice){NULL, 0}, 0, ahoy_slice_of(ahoy_err_text(err)));
	r->state = AHOY_REGISTRATION_OVER;
	r->outcome.err = err;
}

static void on_unregistered(ahoy_registration *r)
{
	ahoy_phone_event_tell(r->phone, &(ahoy_phone_event){.kind = AHOY_PHONE_UNREGISTERED,
							    .code = 200,
							    .reason = AHOY_S("OK"),
							    .account = aor_of(r),
							    .from = aor_of(r)});
	r->state = AHOY_REGISTRATION_OVER;
}

static void on_registered(ahoy_registration *r, const ahoy_ua_event *event)
{
	/* --expires 0 asks for the removal of the binding. */
	if (event->seconds == 0 && r->phone->options->expires_s == 0) {
		on_unregistered(r);
		return;
	}
	ahoy_phone_event_tell(r->phone, &(ahoy_phone_event){.kind = AHOY_PHONE_REGISTERED,
							    .code = event->status,
							    .reason = event->reason,
							    .account = aor_of(r),
							    .from = aor_of(r),
							    .has_expires = true,
							    .expires_s = event->seconds});
	r->state = r->once ? AHOY_REGISTRATION_OVER : AHOY_REGISTRATION_UP;
}

static void on_failed(ahoy_registration *r, const ahoy_ua_event *event)
{
	ahoy_slice reason = event->reason;

	if (event->auth_failed || event->status == 403)
		reason = ahoy_phone_auth_reason(r->phone, r->identity, reason);
	else if (!event->msg && event->status == 408)
		reason = AHOY_S("the registrar does not answer: check address and network");
	else if (!event->msg && event->status == 503)
		reason = r->phone->refused[0] ? ahoy_slice_of(r->phone->refused)
					      : AHOY_S("the registrar cannot be reached: check address and network");
	else if (!event->msg && event->status == 502)
		reason = AHOY_S("the registrar answers 200 but keeps no binding (it granted 0 seconds)");
	ahoy_phone_event_tell(r->phone, &(ahoy_phone_event){.kind = AHOY_PHONE_ERROR,
							    .account = aor_of(r),
							    .code = event->msg ? event->status : 0,
							    .reason = reason});
	/* A tool that cannot even begin says so; one that was up rides out an outage, and the user agent tries again. */
	if ((r->state == AHOY_REGISTRATION_UP || r->patient) && !event->final)
		return;
	r->outcome = (ahoy_outcome){
		.status = event->status,
		.from_peer = event->msg != NULL,
		.auth_failed = event->auth_failed,
		.is_register = true,
	};
	r->state = AHOY_REGISTRATION_OVER;
}

bool ahoy_registration_event(ahoy_registration *r, const ahoy_ua_event *event)
{
	if (r->state == AHOY_REGISTRATION_NONE || event->registration != r->id || !r->id)
		return false;
	if (r->state == AHOY_REGISTRATION_OVER)
		return true;
	switch (event->kind) {
	case AHOY_UA_REGISTERED:
		on_registered(r, event);
		return true;
	case AHOY_UA_UNREGISTERED:
		on_unregistered(r);
		return true;
	case AHOY_UA_REGISTER_FAILED:
		on_failed(r, event);
		return true;
	default:
		return false;
	}
}

void ahoy_registration_end(ahoy_registration *r, ahoy_time now)
{
	if (r->state == AHOY_REGISTRATION_NONE || r->state == AHOY_REGISTRATION_OVER) {
		r->state = AHOY_REGISTRATION_OVER;
		return;
	}
	if (r->state == AHOY_REGISTRATION_LEAVING)
		return;
	r->state = AHOY_REGISTRATION_LEAVING;
	if (ahoy_ua_unregister(r->phone->ua, now, r->id))
		r->state = AHOY_REGISTRATION_OVER;
}
