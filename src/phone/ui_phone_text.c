#include "phone/ui_phone.h"

void ahoy_ui_phone_send_text(ahoy_ui_phone *p, ahoy_time now, const char *target, const char *text)
{
	const ahoy_phone_identity *identity = &p->accounts[p->model.account].identity;
	char uri[AHOY_PHONE_URI], from_text[AHOY_PHONE_URI + 2], to_text[AHOY_PHONE_URI + 2], why_text[AHOY_PHONE_URI + 256];
	ahoy_buf from = ahoy_buf_over(from_text, sizeof from_text), to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_buf why = ahoy_buf_over(why_text, sizeof why_text);
	ahoy_ua_request_spec spec = {
		.method = AHOY_MESSAGE,
		.uri = {uri, 0},
		.route = ahoy_phone_route(p->phone),
		.max_forwards = 70,
		.type = AHOY_S("text/plain;charset=UTF-8"),
		.body = ahoy_slice_of(text),
		.credentials = ahoy_phone_credentials(p->phone, identity),
		.user = p->model.account,
	};
	int err;

	ahoy_buf_fmt(&why, "%s ", target);
	if (ahoy_target_parse(target, identity->account, uri, &why)) {
		ahoy_ui_phone_say(p, ahoy_buf_slice(&why), NULL);
		return;
	}
	ahoy_buf_fmt(&from, "<%s>", identity->account->aor);
	ahoy_buf_fmt(&to, "<%s>", uri);
	spec.uri = ahoy_slice_of(uri);
	spec.from = ahoy_buf_slice(&from);
	spec.to = ahoy_buf_slice(&to);
	err = ahoy_ua_request(p->phone->ua, now, &spec);
	if (err)
		ahoy_ui_phone_say(p, ahoy_slice_of(ahoy_err_text(err)), NULL);
}

void ahoy_ui_phone_text_answered(ahoy_ui_phone *p, const ahoy_ua_event *event)
{
	ahoy_phone_event told = {
		.kind = event->msg && event->status < 300 ? AHOY_PHONE_MESSAGE : AHOY_PHONE_ERROR,
		.direction = "out",
		.code = event->msg ? event->status : 0,
		.reason = event->reason,
	};

	if (event->msg) {
		told.call = event->msg->call_id;
		told.from = event->msg->from.uri.text;
		told.to = event->msg->to.uri.text;
	} else {
		told.reason = ahoy_phone_silence_reason(p->phone, event->status);
	}
	if (event->auth_failed && event->user < p->model.account_count)
		told.reason = ahoy_phone_auth_reason(p->phone, &p->accounts[event->user].identity, event->reason);
	ahoy_ui_phone_tell(p, &told);
}
