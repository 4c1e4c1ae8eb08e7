/* The header lines that a registrar's answers carry (RFC 3261 10.3 step 8). */
#include "registrar/date.h"
#include "registrar/users.h"
#include "sip/write.h"

/* When to come again while the store or a table is behind: a phone that waits less would only add to it. */
#define RETRY_AFTER_S 5

static void put_q(ahoy_buf *b, unsigned milli)
{
	unsigned decimals = milli % 1000, width = 3;

	for (; decimals && decimals % 10 == 0; width--)
		decimals /= 10;
	ahoy_buf_fmt(b, ";q=%u", milli / 1000);
	if (decimals)
		ahoy_buf_fmt(b, ".%0*u", (int)width, decimals);
}

/* "expires" is what remains, rounded up so that a new binding shows what was granted. q stands where one was given. */
static void put_contact(ahoy_buf *b, const ahoy_binding *binding, uint64_t utc_ms)
{
	char text[AHOY_MAX_CONTACT + AHOY_MAX_INSTANCE + 84];
	ahoy_buf value = ahoy_buf_over(text, sizeof text);
	uint64_t remain_s = binding->expires_utc_ms > utc_ms ? (binding->expires_utc_ms - utc_ms + 999) / 1000 : 1;

	ahoy_buf_char(&value, '<');
	ahoy_buf_put(&value, binding->contact);
	ahoy_buf_str(&value, ">;expires=");
	ahoy_buf_u64(&value, remain_s);
	if (binding->q_milli != 1000)
		put_q(&value, binding->q_milli);
	if (binding->instance.len) {
		ahoy_buf_str(&value, ";+sip.instance=");
		ahoy_buf_put(&value, binding->instance);
		if (binding->reg_id)
			ahoy_buf_fmt(&value, ";reg-id=%u", binding->reg_id);
	}
	ahoy_write_header(b, AHOY_H_CONTACT, ahoy_buf_slice(&value));
}

static uint64_t utc_ms_of(const ahoy_registrar *reg, ahoy_time now)
{
	int64_t utc_us = (int64_t)now + reg->config.utc_offset_us;

	return utc_us > 0 ? (uint64_t)utc_us / 1000 : 0;
}

static void put_bindings(const ahoy_registrar *reg, ahoy_time now, ahoy_slice user, ahoy_buf *b)
{
	uint64_t utc_ms = utc_ms_of(reg, now);
	ahoy_binding bindings[AHOY_MAX_CONTACTS];
	size_t count = ahoy_registrar_lookup(reg, now, user, bindings);
	char text[AHOY_DATE_TEXT];

	ahoy_date_write(utc_ms, text);
	ahoy_write_header(b, AHOY_H_DATE, ahoy_slice_make(text, sizeof text));
	for (size_t i = 0; i < count; i++)
		put_contact(b, &bindings[i], utc_ms);
}

void ahoy_registrar_write_answer(const ahoy_registrar *reg, ahoy_time now, ahoy_slice user, int status, ahoy_buf *b)
{
	if (status == 200)
		put_bindings(reg, now, user, b);
	else if (status == 423)
		ahoy_write_number(b, AHOY_H_MIN_EXPIRES, reg->config.min_expires_s);
	else if (status == 503)
		ahoy_write_number(b, AHOY_H_RETRY_AFTER, RETRY_AFTER_S);
}
