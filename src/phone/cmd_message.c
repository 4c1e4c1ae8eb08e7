#include "phone/commands.h"
#include "phone/single.h"

static void answered(const ahoy_ua_event *event, ahoy_phone_event *out)
{
	(void)event;
	out->kind = AHOY_PHONE_MESSAGE;
}

int ahoy_cmd_message(const ahoy_phone_options *options, const ahoy_phone_password *password)
{
	char from_text[AHOY_PHONE_URI + 2], to_text[AHOY_PHONE_URI + 2];
	ahoy_buf from = ahoy_buf_over(from_text, sizeof from_text), to = ahoy_buf_over(to_text, sizeof to_text);
	ahoy_single single = {
		.method = AHOY_MESSAGE,
		.uri = ahoy_slice_of(options->target),
		.type = AHOY_S("text/plain;charset=UTF-8"),
		.body = ahoy_slice_of(options->text),
		.answered = answered,
	};

	ahoy_buf_fmt(&from, "<%s>", options->account.aor);
	ahoy_buf_fmt(&to, "<%s>", options->target);
	single.from = ahoy_buf_slice(&from);
	single.to = ahoy_buf_slice(&to);
	return ahoy_single_run(options, password, &single);
}
