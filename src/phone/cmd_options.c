#include "phone/commands.h"
#include "phone/single.h"

static void answered(const ahoy_ua_event *event, ahoy_phone_event *out)
{
	out->kind = AHOY_PHONE_ANSWERED;
	out->allow = ahoy_msg_value(event->msg, AHOY_H_ALLOW);
	out->product = ahoy_msg_value(event->msg, AHOY_H_SERVER);
	if (!out->product.len)
		out->product = ahoy_msg_value(event->msg, AHOY_H_USER_AGENT);
}

int ahoy_cmd_options(const ahoy_phone_options *options, const ahoy_phone_password *password)
{
	char to_text[AHOY_PHONE_URI + 2];
	ahoy_buf to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_single single = {
		.method = AHOY_OPTIONS,
		.uri = ahoy_slice_of(options->target),
		/* Nobody in particular asks (RFC 3261 8.1.1.3). */
		.from = AHOY_S("\"Anonymous\" <sip:anonymous@anonymous.invalid>"),
		.headers = AHOY_S("Accept: application/sdp\r\n"), /* 11.1 */
		.answered = answered,
	};

	ahoy_buf_fmt(&to, "<%s>", options->target);
	single.to = ahoy_buf_slice(&to);
	return ahoy_single_run(options, password, &single);
}
