/* The callees: they answer from the request alone, and repeat their 200 until the ACK comes. */
#include "load_calls_state.h"

/* Caller i calls callee i, and callee i's Contact is callee<i>: the number at the end of the request URI's user names the call. */
static load_call *called_slot(load_calls *c, ahoy_slice request)
{
	ahoy_slice uri = ahoy_slice_first(request, ahoy_slice_find(request, '@'));
	size_t at = uri.len;
	uint64_t number;

	while (at > 0 && ahoy_is_digit(uri.ptr[at - 1]))
		at--;
	return load_number(uri, &at, &number) && number < c->callers->count ? &c->slots[number] : NULL;
}

static void answer_invite(load_calls *c, ahoy_time now, load_call *slot, ahoy_slice request)
{
	char text[LOAD_MESSAGE], contact_text[160];
	ahoy_buf b = ahoy_buf_over(text, sizeof text), contact = ahoy_buf_over(contact_text, sizeof contact_text);

	slot->media_port[LOAD_CALLEES] = load_media_port_of(request);
	ahoy_buf_str(&contact, "Contact: <sip:callee");
	ahoy_buf_u64(&contact, load_call_index(c, slot));
	ahoy_buf_char(&contact, '@');
	ahoy_buf_put(&contact, c->wire->here[LOAD_CALLEES]);
	ahoy_buf_str(&contact, ">\r\n");
	if (c->options.ringing) {
		load_write_response(&b, request, "SIP/2.0 180 Ringing", ahoy_buf_slice(&contact), (ahoy_slice){0});
		load_send_text(c, LOAD_CALLEES, &b);
	}
	b = ahoy_buf_over(slot->answer, sizeof slot->answer);
	load_write_response(&b, request, "SIP/2.0 200 OK", ahoy_buf_slice(&contact), (ahoy_slice){c->answer, c->answer_len});
	slot->answer_len = b.full ? 0 : (uint16_t)b.len;
	slot->answered_at = now;
	load_send_text(c, LOAD_CALLEES, &b);
}

void load_callee_recv(load_calls *c, ahoy_time now, unsigned side, ahoy_slice bytes)
{
	char text[LOAD_MESSAGE];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	load_call *slot = called_slot(c, bytes);

	if (ahoy_slice_starts(bytes, AHOY_S("INVITE ")) && slot) {
		answer_invite(c, now, slot, bytes);
		return;
	}
	if (slot && side == LOAD_CALLEES)
		slot->answer_len = 0; /* ACK or BYE */
	if (ahoy_slice_starts(bytes, AHOY_S("ACK ")))
		return;
	load_write_response(&b, bytes, "SIP/2.0 200 OK", (ahoy_slice){0}, (ahoy_slice){0});
	load_send_text(c, side, &b);
}

void load_callee_expire(load_calls *c, ahoy_time now, load_call *slot)
{
	if (!slot->answer_len || now - slot->answered_at < LOAD_REPEAT_US || now - slot->started > LOAD_GIVE_UP_US)
		return;
	slot->answered_at = now;
	c->stats.repeated++;
	c->wire->send(c->wire->ctx, LOAD_CALLEES, (ahoy_slice){slot->answer, slot->answer_len});
}
