#include "load_registers.h"

#include <stdlib.h>

#define REPEAT_US 500000u
#define GIVE_UP_US 16000000u

typedef struct {
	load_phone *phone; /* NULL: free */
	bool with_nonce;
	uint8_t challenges; /* in this operation: one for a fresh nonce, one more for a stale one; a third means a wrong password */
	uint32_t cseq, nc;
	uint64_t serial;
	ahoy_time started, sent;
} operation;

struct load_registers {
	const load_wire *wire;
	load_phones *phones;
	unsigned side;
	load_register_kind kind;
	unsigned expires_s;
	uint64_t target;
	size_t window, active, next_phone;
	operation *operations;
	size_t *idle; /* numbers of free operations, a stack */
	load_stats stats;
};

load_registers *load_registers_new(const load_wire *wire, load_phones *phones, unsigned side, size_t window)
{
	load_registers *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->wire = wire;
	r->phones = phones;
	r->side = side;
	r->window = window < phones->count ? window : phones->count; /* a phone has one REGISTER on its way at a time (RFC 3261 10.2) */
	r->operations = calloc(r->window + 1, sizeof *r->operations);
	r->idle = calloc(r->window + 1, sizeof *r->idle);
	if (!r->operations || !r->idle) {
		load_registers_del(r);
		return NULL;
	}
	for (size_t i = 0; i < r->window; i++)
		r->idle[i] = i;
	return r;
}

void load_registers_del(load_registers *r)
{
	if (!r)
		return;
	free(r->operations);
	free(r->idle);
	free(r);
}

void load_registers_aim(load_registers *r, load_register_kind kind, unsigned expires_s, uint64_t target)
{
	r->kind = kind;
	r->expires_s = expires_s;
	r->target = target;
	r->next_phone = 0;
}

static void write_addr(ahoy_buf *b, const char *before, const load_phone *phone, ahoy_slice host, const char *after)
{
	ahoy_buf_str(b, before);
	ahoy_buf_str(b, "<sip:");
	ahoy_buf_put(b, load_phone_name(phone));
	ahoy_buf_char(b, '@');
	ahoy_buf_put(b, host);
	ahoy_buf_char(b, '>');
	ahoy_buf_str(b, after);
}

static void send(load_registers *r, ahoy_time now, operation *op)
{
	char text[LOAD_MESSAGE], uri_text[96];
	ahoy_buf b = ahoy_buf_over(text, sizeof text), uri = ahoy_buf_over(uri_text, sizeof uri_text);
	size_t number = (size_t)(op - r->operations);

	ahoy_buf_str(&uri, "sip:");
	ahoy_buf_put(&uri, r->wire->server);
	ahoy_buf_str(&b, "REGISTER ");
	ahoy_buf_put(&b, ahoy_buf_slice(&uri));
	ahoy_buf_str(&b, " SIP/2.0\r\nVia: SIP/2.0/UDP ");
	ahoy_buf_put(&b, r->wire->here[r->side]);
	ahoy_buf_str(&b, ";branch=z9hG4bK-d8754z-");
	ahoy_buf_str(&b, r->phones->run);
	ahoy_buf_hex_u64(&b, op->serial, 16);
	ahoy_buf_str(&b, ";rport\r\nMax-Forwards: 70\r\n");
	write_addr(&b, "Contact: ", op->phone, r->wire->here[r->side], "\r\n");
	write_addr(&b, "To: ", op->phone, r->wire->server, "\r\n");
	write_addr(&b, "From: ", op->phone, r->wire->server, ";tag=407c5e5a\r\n");
	ahoy_buf_str(&b, "Call-ID: r");
	ahoy_buf_u64(&b, (uint64_t)(op->phone - r->phones->list));
	ahoy_buf_char(&b, '.');
	ahoy_buf_str(&b, r->phones->run);
	ahoy_buf_str(&b, "ZDQwNjFiN2VjNjk4YTE0MmFlYTY5\r\nCSeq: ");
	ahoy_buf_u64(&b, op->cseq);
	ahoy_buf_str(&b, " REGISTER\r\nExpires: ");
	ahoy_buf_u64(&b, r->expires_s);
	ahoy_buf_str(&b, "\r\nAllow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, SUBSCRIBE\r\n"
			 "Supported: replaces, norefersub, extended-refer, timer\r\nUser-Agent: ahoy load 1.0\r\n");
	if (op->with_nonce)
		load_phone_authorize(&b, r->phones, op->phone, AHOY_S("REGISTER"), ahoy_buf_slice(&uri), op->nc, op->serial);
	ahoy_buf_str(&b, "Allow-Events: presence, kpml\r\n");
	load_write_body(&b, (ahoy_slice){0});
	op->phone->serial = number + 1;
	op->sent = now;
	r->wire->send(r->wire->ctx, r->side, ahoy_buf_slice(&b));
}

static void send_next(load_registers *r, ahoy_time now, operation *op, bool with_nonce)
{
	op->with_nonce = with_nonce;
	op->cseq = ++op->phone->cseq;
	op->nc = with_nonce ? ++op->phone->nc : 0;
	op->serial = ++r->phones->serials;
	send(r, now, op);
}

static load_phone *next_phone(load_registers *r)
{
	for (size_t tried = 0; tried < r->phones->count; tried++) {
		load_phone *phone = &r->phones->list[r->next_phone];

		r->next_phone = (r->next_phone + 1) % r->phones->count;
		if (!phone->serial)
			return phone;
	}
	return NULL;
}

void load_registers_fill(load_registers *r, ahoy_time now)
{
	while (r->active < r->window && r->target) {
		load_phone *phone = next_phone(r);
		operation *op;

		if (!phone)
			return;
		op = &r->operations[r->idle[r->window - 1 - r->active]];
		r->active++;
		if (r->target != UINT64_MAX)
			r->target--;
		*op = (operation){.phone = phone, .started = now};
		send_next(r, now, op, r->kind == LOAD_REFRESH && phone->nonce_len);
	}
}

static void end(load_registers *r, operation *op)
{
	op->phone->serial = 0;
	op->phone = NULL;
	r->active--;
	r->idle[r->window - 1 - r->active] = (size_t)(op - r->operations);
}

bool load_registers_recv(load_registers *r, ahoy_time now, ahoy_slice bytes)
{
	int status = load_status(bytes);
	ahoy_slice call_id = load_header(bytes, "Call-ID"), cseq = load_header(bytes, "CSeq");
	size_t at = 1, cseq_at = 0;
	uint64_t number, cseq_number;
	operation *op;

	if (status < 200 || call_id.len < 2 || call_id.ptr[0] != 'r' || !load_number(call_id, &at, &number) || number >= r->phones->count ||
	    !load_number(cseq, &cseq_at, &cseq_number))
		return false;
	if (!r->phones->list[number].serial)
		return true;
	op = &r->operations[r->phones->list[number].serial - 1];
	if (op->cseq != cseq_number)
		return true; /* a repeated answer to the request before */
	if (status == 401) {
		r->stats.challenged++;
		if (op->challenges++ < 2 && load_phone_challenged(r->phones, op->phone, bytes)) {
			send_next(r, now, op, true);
			return true;
		}
	}
	if (status == 200) {
		op->phone->registered = r->expires_s != 0;
		if (r->wire->note && r->expires_s)
			r->wire->note(r->wire->ctx, "registered", load_phone_name(op->phone));
		load_stats_done(&r->stats, now - op->started);
	} else {
		r->stats.failed++;
	}
	end(r, op);
	return true;
}

void load_registers_expire(load_registers *r, ahoy_time now)
{
	for (size_t i = 0; i < r->window; i++) {
		operation *op = &r->operations[i];

		if (!op->phone || now - op->sent < REPEAT_US)
			continue;
		if (now - op->started > GIVE_UP_US) {
			r->stats.failed++;
			end(r, op);
			continue;
		}
		r->stats.repeated++;
		send(r, now, op);
	}
}

bool load_registers_idle(const load_registers *r)
{
	return r->active == 0 && r->target == 0;
}

load_stats *load_registers_stats(load_registers *r)
{
	return &r->stats;
}
