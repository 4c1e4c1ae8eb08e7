#include <stdlib.h>

#include "load_calls_state.h"

load_calls *load_calls_new(const load_wire *wire, load_phones *callers, load_phones *callees, const load_calls_options *options)
{
	load_calls *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->wire = wire;
	c->callers = callers;
	c->callees = callees;
	c->options = *options;
	if (c->options.window > callers->count)
		c->options.window = callers->count;
	c->slots = calloc(callers->count + 1, sizeof *c->slots);
	if (!c->slots) {
		free(c);
		return NULL;
	}
	load_write_descriptions(c);
	return c;
}

void load_calls_del(load_calls *c)
{
	if (!c)
		return;
	free(c->slots);
	free(c);
}

void load_calls_aim(load_calls *c, uint64_t target, bool held)
{
	c->target = target;
	c->held = held;
	c->hanging_up = false;
	c->next = 0;
}

static void send_next_invite(load_calls *c, ahoy_time now, load_call *slot, bool with_nonce)
{
	slot->with_nonce = with_nonce;
	slot->cseq++;
	slot->nc = with_nonce ? ++c->callers->list[load_call_index(c, slot)].nc : 0;
	slot->serial = ++c->callers->serials;
	load_send_invite(c, now, slot);
}

static void begin(load_calls *c, ahoy_time now, load_call *slot)
{
	slot->answer_len = 0;
	memset(slot->media_port, 0, sizeof slot->media_port);
	slot->challenges = 0;
	slot->cseq = 0;
	slot->state = LOAD_CALLING;
	slot->call = ++c->callers->serials;
	slot->started = now;
	c->busy++;
	send_next_invite(c, now, slot, !c->options.challenged && c->callers->list[load_call_index(c, slot)].nonce_len);
}

static void fail(load_calls *c, load_call *slot)
{
	slot->state = LOAD_IDLE;
	c->busy--;
	c->stats.failed++;
}

static void note(const load_calls *c, const load_call *slot, const char *what)
{
	char text[96];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (!c->wire->note)
		return;
	load_write_call_id(c, slot, &b);
	c->wire->note(c->wire->ctx, what, ahoy_buf_slice(&b));
}

static void hang_up(load_calls *c, ahoy_time now, load_call *slot)
{
	slot->state = LOAD_ENDING;
	note(c, slot, "bye");
	load_send_bye(c, now, slot);
}

void load_calls_fill(load_calls *c, ahoy_time now)
{
	size_t tried = 0;

	while (c->target && c->busy < c->options.window && tried < c->callers->count) {
		load_call *slot = &c->slots[c->next];

		c->next = (c->next + 1) % c->callers->count;
		tried++;
		if (slot->state != LOAD_IDLE)
			continue;
		tried = 0;
		if (c->target != UINT64_MAX)
			c->target--;
		begin(c, now, slot);
	}
}

static bool keep(char *dst, size_t cap, uint8_t *len, ahoy_slice value)
{
	if (value.len == 0 || value.len > cap || value.len > UINT8_MAX)
		return false;
	memcpy(dst, value.ptr, value.len);
	*len = (uint8_t)value.len;
	return true;
}

static void answered(load_calls *c, ahoy_time now, load_call *slot, ahoy_slice response)
{
	ahoy_slice contact = load_header(response, "Contact"), uri, rest;

	if (!ahoy_slice_cut(contact, '<', &rest, &uri) || !ahoy_slice_cut(uri, '>', &contact, &rest) ||
	    !keep(slot->target, sizeof slot->target, &slot->target_len, contact) ||
	    !keep(slot->to, sizeof slot->to, &slot->to_len, load_header(response, "To"))) {
		fail(c, slot);
		return;
	}
	slot->media_port[LOAD_CALLERS] = load_media_port_of(response);
	load_send_ack(c, slot, response, true);
	for (unsigned side = 0; c->options.packets && c->wire->media && side < LOAD_SIDES; side++)
		c->wire->media(c->wire->ctx, side, slot->media_port[side], c->options.packets);
	note(c, slot, "answered");
	if (c->held || (c->options.leave && slot->call % c->options.leave == 0)) {
		slot->state = LOAD_LIVE;
		c->live++;
		c->busy--;
		load_stats_done(&c->stats, now - slot->started);
	} else {
		hang_up(c, now, slot);
	}
}

static void recv_invite_answer(load_calls *c, ahoy_time now, load_call *slot, int status, ahoy_slice bytes)
{
	if (status == 200 && slot->state != LOAD_CALLING) {
		load_send_ack(c, slot, bytes, true); /* our ACK was lost */
		return;
	}
	if (slot->state != LOAD_CALLING)
		return;
	if (status == 200) {
		answered(c, now, slot, bytes);
		return;
	}
	load_send_ack(c, slot, bytes, false);
	if (status == 401) {
		c->stats.challenged++;
		if (slot->challenges++ < 2 && load_phone_challenged(c->callers, &c->callers->list[load_call_index(c, slot)], bytes)) {
			send_next_invite(c, now, slot, true);
			return;
		}
	}
	fail(c, slot);
}

static void recv_bye_answer(load_calls *c, ahoy_time now, load_call *slot, int status)
{
	if (slot->state != LOAD_ENDING)
		return;
	if (status != 200) {
		fail(c, slot);
		return;
	}
	note(c, slot, "ended");
	slot->state = LOAD_IDLE;
	c->busy--;
	if (!c->hanging_up)
		load_stats_done(&c->stats, now - slot->started);
}

static void recv_response(load_calls *c, ahoy_time now, int status, ahoy_slice bytes)
{
	ahoy_slice call_id = load_header(bytes, "Call-ID"), cseq = load_header(bytes, "CSeq");
	size_t at = 1, cseq_at = 0;
	uint64_t number, call, cseq_number;
	load_call *slot;

	if (status < 200 || call_id.len < 4 || call_id.ptr[0] != 'k' || !load_number(call_id, &at, &number) ||
	    number >= c->callers->count || at >= call_id.len)
		return;
	at++;
	slot = &c->slots[number];
	if (!load_number(call_id, &at, &call) || call != slot->call || slot->state == LOAD_IDLE ||
	    !load_number(cseq, &cseq_at, &cseq_number))
		return;
	if (cseq_number == slot->cseq)
		recv_invite_answer(c, now, slot, status, bytes);
	else if (cseq_number == slot->cseq + 1)
		recv_bye_answer(c, now, slot, status);
}

void load_calls_recv(load_calls *c, ahoy_time now, unsigned side, ahoy_slice bytes)
{
	int status = load_status(bytes);

	if (status)
		recv_response(c, now, status, bytes);
	else
		load_callee_recv(c, now, side, bytes);
}

void load_calls_expire(load_calls *c, ahoy_time now)
{
	for (size_t i = 0; c->busy && i < c->callers->count; i++) {
		load_call *slot = &c->slots[i];

		load_callee_expire(c, now, slot);
		if ((slot->state != LOAD_CALLING && slot->state != LOAD_ENDING) || now - slot->sent < LOAD_REPEAT_US)
			continue;
		if (now - slot->started > LOAD_GIVE_UP_US) {
			fail(c, slot);
			continue;
		}
		c->stats.repeated++;
		if (slot->state == LOAD_CALLING)
			load_send_invite(c, now, slot);
		else
			load_send_bye(c, now, slot);
	}
}

bool load_calls_hang_up(load_calls *c, ahoy_time now)
{
	c->hanging_up = true;
	for (size_t i = 0; c->live && c->busy < c->options.window && i < c->callers->count; i++) {
		if (c->slots[i].state != LOAD_LIVE)
			continue;
		c->live--;
		c->busy++;
		c->slots[i].started = now;
		hang_up(c, now, &c->slots[i]);
	}
	return c->live > 0;
}

size_t load_calls_live(const load_calls *c)
{
	return c->live;
}

bool load_calls_idle(const load_calls *c)
{
	return c->busy == 0 && c->target == 0;
}

load_stats *load_calls_stats(load_calls *c)
{
	return &c->stats;
}

uint16_t load_calls_media_port(const load_calls *c, unsigned side, size_t i)
{
	return c->slots[i].state == LOAD_LIVE ? c->slots[i].media_port[side] : 0;
}
