#include "endpoint/call_srtp.h"

void ahoy_call_srtp_fini(ahoy_call_srtp *s)
{
	ahoy_srtp_del(s->out);
	ahoy_srtp_del(s->in);
	s->out = s->in = NULL;
}

/* *fresh stays NULL where the one that is there serves, or none is wanted. */
static int make(const ahoy_env *env, const ahoy_srtp *now, const ahoy_srtp_key *key, bool protects, ahoy_srtp **fresh)
{
	*fresh = NULL;
	if (!key->suite || (now && ahoy_srtp_key_eq(ahoy_srtp_key_of(now), key)))
		return 0;
	return ahoy_srtp_new(env, key, protects, fresh);
}

static void take(ahoy_srtp **now, ahoy_srtp *fresh, bool wanted)
{
	if (!fresh && wanted)
		return;
	ahoy_srtp_del(*now);
	*now = fresh;
}

int ahoy_call_srtp_set(ahoy_call_srtp *s, const ahoy_env *env, const ahoy_sdp_agreed *agreed)
{
	ahoy_srtp *out, *in;
	int err = make(env, s->out, &agreed->send, true, &out);

	if (err)
		return err;
	err = make(env, s->in, &agreed->recv, false, &in);
	if (err) {
		ahoy_srtp_del(out);
		return err;
	}
	take(&s->out, out, agreed->send.suite != AHOY_SRTP_NONE);
	take(&s->in, in, agreed->recv.suite != AHOY_SRTP_NONE);
	return 0;
}

ahoy_slice ahoy_call_srtp_seal(ahoy_call_srtp *s, bool is_rtcp, ahoy_slice packet, uint8_t *memory)
{
	size_t len = packet.len;

	if (!s->out)
		return packet;
	if (len <= AHOY_CALL_SRTP_MAX - AHOY_SRTP_MAX_TRAILER) {
		memcpy(memory, packet.ptr, len);
		if (!(is_rtcp ? ahoy_srtp_protect_rtcp(s->out, memory, &len, AHOY_CALL_SRTP_MAX)
			      : ahoy_srtp_protect(s->out, memory, &len, AHOY_CALL_SRTP_MAX)))
			return ahoy_slice_make(memory, len);
	}
	s->not_sent++;
	return (ahoy_slice){0};
}

ahoy_slice ahoy_call_srtp_open(ahoy_call_srtp *s, bool is_rtcp, ahoy_slice packet, uint8_t *memory)
{
	size_t len = packet.len;
	int err = AHOY_ETOOBIG;

	if (!s->in)
		return packet;
	if (len && len <= AHOY_CALL_SRTP_MAX) {
		memcpy(memory, packet.ptr, len);
		err = is_rtcp ? ahoy_srtp_unprotect_rtcp(s->in, memory, &len) : ahoy_srtp_unprotect(s->in, memory, &len);
		if (!err)
			return ahoy_slice_make(memory, len);
	}
	if (err == AHOY_EAUTH)
		s->auth_failed++;
	else if (err == AHOY_ECONFLICT)
		s->replayed++;
	else
		s->not_received++;
	return (ahoy_slice){0};
}
