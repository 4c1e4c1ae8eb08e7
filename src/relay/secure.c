/* SRTP in the relay: each side of a call has its own keys, or none. A packet is decrypted and encrypted in one place of memory. */
#include "relay/relay_state.h"

void ahoy_relay_drop_keys(ahoy_relay_pair *pair)
{
	ahoy_srtp_del(pair->srtp_recv);
	ahoy_srtp_del(pair->srtp_send);
	pair->srtp_recv = pair->srtp_send = NULL;
	pair->secure = false;
}

/* *fresh stays NULL where the one that is there serves, or none is wanted. */
static int make(const ahoy_env *env, const ahoy_srtp *now, const ahoy_srtp_key *key, bool protects, ahoy_srtp **fresh)
{
	*fresh = NULL;
	return !key || (now && ahoy_srtp_key_eq(ahoy_srtp_key_of(now), key)) ? 0 : ahoy_srtp_new(env, key, protects, fresh);
}

static void take(ahoy_srtp **now, ahoy_srtp *fresh, bool wanted)
{
	if (!fresh && wanted)
		return;
	ahoy_srtp_del(*now);
	*now = fresh;
}

int ahoy_relay_set_keys(ahoy_relay *relay, ahoy_relay_call call, unsigned side, unsigned stream, const ahoy_srtp_key *recv,
			const ahoy_srtp_key *send)
{
	ahoy_relay_call_state *state = ahoy_slots_get(&relay->calls, call);
	ahoy_srtp *in, *out;
	ahoy_relay_pair *p;
	int err;

	if (!state)
		return AHOY_ESTALE;
	if (side >= AHOY_RELAY_SIDES || stream >= AHOY_RELAY_MAX_STREAMS)
		return AHOY_EINVAL;
	if (state->pairs[side][stream] == AHOY_RELAY_NO_PAIR)
		return AHOY_ESTATE;
	p = ahoy_relay_pair_at(relay, state->pairs[side][stream]);
	err = make(relay->env, p->srtp_recv, recv, false, &in);
	if (err)
		return err;
	err = make(relay->env, p->srtp_send, send, true, &out);
	if (err) {
		ahoy_srtp_del(in);
		return err;
	}
	take(&p->srtp_recv, in, recv != NULL);
	take(&p->srtp_send, out, send != NULL);
	p->secure = recv || send;
	return 0;
}

/* The packet into our memory, where it is not there already. */
static bool fetch(ahoy_relay *relay, ahoy_slice packet)
{
	if (packet.len > AHOY_RELAY_MAX_SECURE)
		return false;
	if (packet.ptr != (const char *)relay->secure_bytes)
		memcpy(relay->secure_bytes, packet.ptr, packet.len);
	return true;
}

static ahoy_relay_verdict verdict_of(ahoy_relay_pair *pair, int err)
{
	switch (err) {
	case 0:
		return AHOY_RELAY_SEND;
	case AHOY_EAUTH:
		pair->srtp_auth_failed++;
		return AHOY_RELAY_SRTP_AUTH;
	case AHOY_ECONFLICT:
		pair->srtp_replayed++;
		return AHOY_RELAY_SRTP_REPLAY;
	case AHOY_ETRUNCATED:
		return AHOY_RELAY_MALFORMED;
	default:
		return AHOY_RELAY_SRTP_KEY;
	}
}

ahoy_relay_verdict ahoy_relay_open_packet(ahoy_relay *relay, ahoy_relay_pair *pair, bool is_rtcp, ahoy_relay_out *out)
{
	size_t len = out->bytes.len;
	int err;

	if (!pair->secure)
		return AHOY_RELAY_SEND;
	if (!pair->srtp_recv) /* our offer has no answer yet */
		return verdict_of(pair, AHOY_EAUTH);
	if (!fetch(relay, out->bytes))
		return AHOY_RELAY_MALFORMED;
	err = is_rtcp ? ahoy_srtp_unprotect_rtcp(pair->srtp_recv, relay->secure_bytes, &len)
		      : ahoy_srtp_unprotect(pair->srtp_recv, relay->secure_bytes, &len);
	out->bytes = ahoy_slice_make(relay->secure_bytes, len);
	return verdict_of(pair, err);
}

ahoy_relay_verdict ahoy_relay_seal_packet(ahoy_relay *relay, ahoy_relay_pair *pair, bool is_rtcp, ahoy_relay_out *out)
{
	size_t len = out->bytes.len, cap = sizeof relay->secure_bytes;
	int err;

	if (!pair->secure)
		return AHOY_RELAY_SEND;
	if (!pair->srtp_send)
		return AHOY_RELAY_NO_PEER;
	if (!fetch(relay, out->bytes))
		return AHOY_RELAY_MALFORMED;
	err = is_rtcp ? ahoy_srtp_protect_rtcp(pair->srtp_send, relay->secure_bytes, &len, cap)
		      : ahoy_srtp_protect(pair->srtp_send, relay->secure_bytes, &len, cap);
	out->bytes = ahoy_slice_make(relay->secure_bytes, len);
	/* That the other side repeats itself is not this peer's fault. */
	return err == AHOY_ECONFLICT ? AHOY_RELAY_SRTP_REPLAY : verdict_of(pair, err);
}

ahoy_slice ahoy_relay_seal(ahoy_relay *relay, const ahoy_relay_out *out, ahoy_slice packet)
{
	ahoy_relay_out sealed = {.port = out->port, .bytes = packet};

	if (ahoy_relay_seal_packet(relay, ahoy_relay_pair_at(relay, out->port / 2), out->port & 1, &sealed) != AHOY_RELAY_SEND)
		return (ahoy_slice){0};
	return sealed.bytes;
}
