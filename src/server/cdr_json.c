#include "server/cdr_json.h"

#include "os/json.h"

static void put_text_or_null(ahoy_json *j, const char *key, ahoy_slice text)
{
	if (text.len)
		ahoy_json_string(j, key, text);
	else
		ahoy_json_null(j, key);
}

static void put_leg(ahoy_json *j, const char *key, const ahoy_cdr_leg *leg)
{
	ahoy_json inner = ahoy_json_object(j, key);
	char text[AHOY_ADDR_TEXT];
	ahoy_buf source = ahoy_buf_over(text, sizeof text);

	if (leg->source.family)
		ahoy_addr_put(&source, &leg->source);
	put_text_or_null(&inner, "contact", leg->contact);
	put_text_or_null(&inner, "source", ahoy_buf_slice(&source));
	put_text_or_null(&inner, "call_id", leg->call_id);
	ahoy_json_u64(&inner, "packets", leg->packets);
	ahoy_json_u64(&inner, "lost", leg->lost);
	ahoy_json_ms(&inner, "jitter_ms", leg->jitter_us);
	ahoy_json_close(&inner);
}

void ahoy_cdr_json(ahoy_buf *b, const ahoy_cdr *cdr)
{
	ahoy_json j = ahoy_json_open(b);

	ahoy_json_string(&j, "id", cdr->id);
	ahoy_json_string(&j, "from", cdr->from);
	ahoy_json_string(&j, "to", cdr->to);
	ahoy_json_time(&j, "started", cdr->started_utc_ms);
	ahoy_json_time(&j, "answered", cdr->answered_utc_ms);
	ahoy_json_time(&j, "ended", cdr->ended_utc_ms);
	if (cdr->ended_utc_ms == 0)
		ahoy_json_null(&j, "duration_ms");
	else
		ahoy_json_u64(&j, "duration_ms",
			      cdr->answered_utc_ms && cdr->ended_utc_ms > cdr->answered_utc_ms
				      ? cdr->ended_utc_ms - cdr->answered_utc_ms
				      : 0);
	put_text_or_null(&j, "ended_by", ahoy_ended_by_name(cdr->ended_by));
	if (cdr->code)
		ahoy_json_u64(&j, "code", (uint64_t)cdr->code);
	else
		ahoy_json_null(&j, "code");
	ahoy_json_string(&j, "reason", cdr->reason);
	ahoy_json_bool(&j, "cut_off", cdr->cut_off);
	put_text_or_null(&j, "codec", cdr->codec);
	put_leg(&j, "caller", &cdr->caller);
	put_leg(&j, "callee", &cdr->callee);
	ahoy_json_close(&j);
}
