/* What leaves a phone, and what of it goes wrong on purpose: ACKs that are withheld, a Via that asks for no rport,
 * a 2xx that comes twice. */
#include "sim/phone.h"
#include "sim/world.h"
#include "sip/trace.h"

static void transmit(sim_phone *phone, const ahoy_addr *to, ahoy_slice bytes)
{
	if (!sim_phone_is_silent(phone, phone->world->now))
		sim_network_send(phone->world, &phone->address, to, bytes, &phone->link, phone->nat);
}

void sim_phone_send_raw(sim_phone *phone, ahoy_slice bytes)
{
	transmit(phone, &phone->server, bytes);
}

/* The ACK of a leg that gives none. */
static bool is_withheld(sim_phone *phone, ahoy_slice bytes)
{
	sim_attempt *attempt;

	if (!ahoy_slice_starts(bytes, AHOY_S("ACK ")))
		return false;
	attempt = sim_attempt_of(phone->world, sim_attempt_number(ahoy_trace_header(bytes, AHOY_S("Call-ID"), 'i')));
	return attempt && (attempt->odd & SIM_ODD_NO_ACK) && attempt->caller == phone->index;
}

/* Phones that never heard of RFC 3581. */
static ahoy_slice without_rport(ahoy_slice bytes, char *out, size_t cap)
{
	size_t at = ahoy_slice_search(bytes, AHOY_S(";rport;"));
	ahoy_buf b = ahoy_buf_over(out, cap);

	if (at == bytes.len || ahoy_slice_starts(bytes, AHOY_S("SIP/2.0 ")))
		return bytes;
	ahoy_buf_put(&b, ahoy_slice_first(bytes, at));
	ahoy_buf_put(&b, ahoy_slice_from(bytes, at + 6));
	return b.full ? bytes : ahoy_buf_slice(&b);
}

static const sim_leg *twin_leg(sim_phone *phone, ahoy_slice bytes)
{
	ahoy_slice call_id = ahoy_trace_header(bytes, AHOY_S("Call-ID"), 'i');
	ahoy_call_info info;

	for (unsigned i = 0; i < SIM_LEGS; i++)
		if (phone->legs[i].twin && !ahoy_call_get(phone->ua, phone->legs[i].id, &info) &&
		    ahoy_slice_eq(info.call_id, call_id))
			return &phone->legs[i];
	return NULL;
}

/* The same 2xx with another To tag. */
static void send_twin(sim_phone *phone, const ahoy_addr *to, ahoy_slice bytes)
{
	static char text[8192];
	ahoy_slice header = ahoy_trace_header(bytes, AHOY_S("To"), 't');
	size_t at;

	if (!ahoy_slice_starts(bytes, AHOY_S("SIP/2.0 200 ")) || bytes.len > sizeof text || !header.len ||
	    !ahoy_slice_ends(ahoy_trace_header(bytes, AHOY_S("CSeq"), 0), AHOY_S("INVITE")) || !twin_leg(phone, bytes))
		return;
	memcpy(text, bytes.ptr, bytes.len);
	at = (size_t)(header.ptr + header.len - bytes.ptr) - 1;
	text[at] = text[at] == 'x' ? 'y' : 'x';
	transmit(phone, to, ahoy_slice_make(text, bytes.len));
}

static void keep_register(sim_phone *phone, ahoy_slice bytes)
{
	phone->last_register_len = 0;
	if (bytes.len > sizeof phone->last_register || !ahoy_trace_header(bytes, AHOY_S("Authorization"), 0).len)
		return;
	memcpy(phone->last_register, bytes.ptr, bytes.len);
	phone->last_register_len = bytes.len;
}

void sim_phone_replay(sim_phone *phone, const ahoy_msg *answer)
{
	ahoy_slice bytes = ahoy_slice_make(phone->last_register, phone->last_register_len);
	ahoy_slice call_id = ahoy_trace_header(bytes, AHOY_S("Call-ID"), 'i'), via = ahoy_trace_header(bytes, AHOY_S("Via"), 'v');

	/* What was lost on the way has not been used before: the answer must be to that very request. */
	if (!call_id.len || !via.len || !answer || !ahoy_slice_ends(via, answer->via.branch))
		return;
	phone->last_register[call_id.ptr - bytes.ptr] = SIM_REPLAY;
	/* Our branches end their Via and are hexadecimal. */
	phone->last_register[via.ptr + via.len - bytes.ptr - 1] = SIM_REPLAY;
	transmit(phone, &phone->server, bytes);
	phone->last_register_len = 0;
}

void sim_phone_send(sim_phone *phone, const ahoy_out *out)
{
	static char text[8192];
	ahoy_slice bytes = out->bytes;

	if (out->kind != AHOY_OUT_SEND || is_withheld(phone, bytes))
		return;
	if (phone->habits.no_rport)
		bytes = without_rport(bytes, text, sizeof text);
	if (ahoy_slice_starts(bytes, AHOY_S("REGISTER ")))
		keep_register(phone, bytes);
	transmit(phone, &out->flow.peer, bytes);
	send_twin(phone, &out->flow.peer, bytes);
}
