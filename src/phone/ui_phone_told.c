#include <time.h>

#include "phone/ui_phone.h"

void ahoy_ui_phone_stamp(char out[9])
{
	time_t now = time(NULL);
	struct tm local;

	out[0] = '\0';
	if (localtime_r(&now, &local))
		strftime(out, 9, "%H:%M:%S", &local);
}

void ahoy_ui_phone_say(ahoy_ui_phone *p, ahoy_slice text, const ahoy_phone_event *event)
{
	char stamp[9];

	ahoy_ui_phone_stamp(stamp);
	ahoy_ui_log_add(&p->model.log, stamp, text);
	ahoy_ui_notice(&p->model, text);
	p->changed = true;
	if (p->say)
		p->say(p->ctx, text, event);
}

static bool place_of(const ahoy_ui_phone *p, ahoy_slice call, unsigned *place)
{
	for (*place = 0; *place < AHOY_UI_CALLS; ++*place)
		if (p->calls[*place].session && ahoy_slice_eq(ahoy_slice_of(p->calls[*place].session->call_id), call))
			return true;
	return false;
}

/* Of a registration that only goes on nobody wants to hear each minute. */
static bool is_refresh(const ahoy_ui_phone *p, const ahoy_phone_event *event)
{
	char aor[AHOY_PHONE_URI];

	ahoy_ui_safe(event->from, aor, sizeof aor);
	for (size_t i = 0; event->kind == AHOY_PHONE_REGISTERED && i < p->model.account_count; i++)
		if (strcmp(p->model.accounts[i].aor, aor) == 0 && p->model.accounts[i].state == AHOY_UI_REGISTERED)
			return true;
	return false;
}

void ahoy_ui_phone_tell(ahoy_ui_phone *p, const ahoy_phone_event *event)
{
	/* A text may be longer than what is kept of it. */
	char text[4096];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	unsigned place;

	if (place_of(p, event->call, &place)) {
		ahoy_buf_fmt(&b, "call %u: ", p->model.calls[place].number);
		if (event->kind == AHOY_PHONE_ENDED) {
			p->calls[place].end_code = event->code;
			ahoy_ui_safe(event->reason, p->calls[place].end_reason, sizeof p->calls[place].end_reason);
		}
	}
	ahoy_phone_event_human(&b, event);
	if (is_refresh(p, event)) {
		if (p->say)
			p->say(p->ctx, (ahoy_slice){0}, event);
		return;
	}
	ahoy_ui_phone_say(p, ahoy_buf_slice(&b), event);
}
