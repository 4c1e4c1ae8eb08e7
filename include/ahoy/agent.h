/* ahoy/agent.h: a SIP user agent (RFC 3261) for programs that have their own loop: accounts, registrations, calls
 * with sound, messages. It is pulled: datagrams, time and commands go in; datagrams, events and one deadline come
 * out. It opens no socket, reads no clock, starts no thread, and calls nobody back but the allocator, the random
 * source and the log of `env`.
 *
 *	ahoy_agent_recv     a datagram came                 ahoy_agent_pop_out      a datagram to be sent
 *	ahoy_agent_expire   the deadline is there           ahoy_agent_pop_event    what happened
 *	ahoy_agent_resolved an address that was asked for   ahoy_agent_pop_question a host name to be looked up
 *	commands            register, call, answer, …       ahoy_agent_next         when to call expire
 *
 * Any order is right. After an input or command take what came out of it: questions, events, outs, each until there
 * is no more; then wait until ahoy_agent_next or a datagram. `now` never goes back. ahoy/sockets.h does all that for
 * a program without a loop. In this version the transport is UDP. Thread kind: owned: one thread at a time; two
 * agents know nothing of each other. */
#ifndef AHOY_AGENT_H
#define AHOY_AGENT_H

#include "ahoy/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ahoy_agent ahoy_agent;
/* Names an account, a registration, a call or a request; never used again, so that one that is gone is AHOY_ESTALE.
 * 0: none. */
typedef uint64_t ahoy_agent_id;

/* Structs that you fill in are set up by their _init, which zeroes them: a newer library then knows what an older
 * program did not say. Slices in them are copied. */
/* Encrypted sound: SRTP with keys in the session description (RFC 4568). */
typedef enum {
	AHOY_AGENT_SRTP_OPTIONAL, /* where the far end offers it; a call that is encrypted stays so */
	AHOY_AGENT_SRTP_OFF,
	AHOY_AGENT_SRTP_REQUIRED /* offered and demanded; a call without it fails (488) */
} ahoy_agent_srtp;

typedef struct {
	size_t size;
	ahoy_addr local;    /* where your SIP socket is, as peers see it: never 0.0.0.0 or ::, never port 0 */
	ahoy_slice product; /* User-Agent and Server; empty: "libahoy/VERSION" */
	ahoy_slice codecs;  /* SDP names in order of preference, "opus,PCMU"; empty: those of the program ahoy, in its order */
	uint32_t max_calls; /* at one time, 1 .. 4096; 0: 32. Further callers get 486 */
	ahoy_agent_srtp srtp;
} ahoy_agent_config;

static inline void ahoy_agent_config_init(ahoy_agent_config *config)
{
	memset(config, 0, sizeof *config);
	config->size = sizeof *config;
}

typedef struct {
	size_t size;
	ahoy_slice aor;	     /* who you are: sip:user@host[:port] */
	ahoy_slice display;  /* shown to the other side; may be empty */
	ahoy_slice username; /* for digest (RFC 8760: SHA-256 before MD5); empty: the user of aor */
	ahoy_slice password; /* empty: none, and a challenge is final */
	ahoy_slice proxy;    /* sip:host[:port] that all requests are sent to; empty: where their URI says */
} ahoy_agent_account;

static inline void ahoy_agent_account_init(ahoy_agent_account *account)
{
	memset(account, 0, sizeof *account);
	account->size = sizeof *account;
}

/* AHOY_ENOMEM; AHOY_EINVAL (no usable local address, size, max_calls); AHOY_ECODEC (a codec that this library has
 * not). `env` is copied, its ctx outlives the agent. */
AHOY_API AHOY_MUST_USE int ahoy_agent_new(const ahoy_env *env, const ahoy_agent_config *config, ahoy_agent **out);
/* Drops everything at once, without a word to anybody: hang up and unregister first where you can. NULL is nothing. */
AHOY_API void ahoy_agent_del(ahoy_agent *agent);

/* ---- in ---- */

/* A datagram that came to the address `local` from `peer`: SIP at config.local; RTP at a call's address, RTCP one
 * port above. Anything may come; what belongs to nothing is dropped. The bytes are not kept. */
AHOY_API void ahoy_agent_recv(ahoy_agent *agent, ahoy_time now, const ahoy_addr *local, const ahoy_addr *peer, ahoy_slice bytes);
/* The network said that nothing reaches `peer` (ICMP, ECONNREFUSED): what waits for it fails at once, not after 32 s.
 * */
AHOY_API void ahoy_agent_send_failed(ahoy_agent *agent, ahoy_time now, const ahoy_addr *peer);
/* Timers. To be called at ahoy_agent_next; earlier or later does no harm, but late sound is bad sound. */
AHOY_API void ahoy_agent_expire(ahoy_agent *agent, ahoy_time now);
/* The addresses of a question with the question's port, to be tried in their order, at most 8 are. count 0: there are
 * none. An unknown or late id is ignored. */
AHOY_API void ahoy_agent_resolved(ahoy_agent *agent, ahoy_time now, uint64_t question, const ahoy_addr *addrs, size_t count);

/* ---- out ---- */

/* When expire is due; AHOY_NEVER. During a call never later than one packet time (20 ms). */
AHOY_API ahoy_time ahoy_agent_next(const ahoy_agent *agent);

typedef struct {
	ahoy_addr local, peer; /* send from the socket that is at `local`, to `peer` */
	ahoy_slice bytes;
} ahoy_agent_out;
/* The next datagram; lives until the next call of any function of this agent. NULL: no more. */
AHOY_API const ahoy_agent_out *ahoy_agent_pop_out(ahoy_agent *agent);

typedef struct {
	uint64_t id;	  /* for ahoy_agent_resolved */
	const char *host; /* a name (literal addresses are not asked for); NUL-terminated */
	uint16_t port;	  /* 5060 where the URI has none */
} ahoy_agent_question;
/* The next host name that has to be looked up (A and AAAA); lives until the next pop_question. NULL: no more. */
AHOY_API const ahoy_agent_question *ahoy_agent_pop_question(ahoy_agent *agent);

typedef enum {
	/* Registrations (`registration`). */
	AHOY_AGENT_REGISTERED = 1,  /* and at each refresh; `seconds` granted */
	AHOY_AGENT_UNREGISTERED,    /* as asked; the id is over */
	AHOY_AGENT_REGISTER_FAILED, /* `status`; tried again by itself unless `final`, then the id is over */
	/* Calls (`call`). */
	AHOY_AGENT_INCOMING, /* from, to: ring, answer or reject it. Until then the caller hears nothing */
	AHOY_AGENT_RINGING,  /* `status` 180 .. 199 came */
	AHOY_AGENT_MEDIA,    /* sound is up or changed: codec, sample_rate_hz, srtp. Before ANSWERED: early media */
	AHOY_AGENT_ANSWERED, /* the call is up (as the callee: our answer was acknowledged) */
	AHOY_AGENT_HELD,     /* by the far end: it does not listen */
	AHOY_AGENT_RESUMED,  /* by the far end */
	AHOY_AGENT_CHANGED,  /* our hold or resume was answered: `status`; 2xx: it is in force */
	AHOY_AGENT_DTMF,     /* `digit` came, for duration_ms */
	AHOY_AGENT_ENDED,    /* once for each call, the last of its events: see below */
	/* Requests outside of calls. */
	AHOY_AGENT_MESSAGE, /* `text` came (RFC 3428), from, to; `call` where it came inside of one. It has been answered 200 */
	AHOY_AGENT_ANSWER   /* final `status` to ahoy_agent_message or ahoy_agent_options (`request`) */
} ahoy_agent_event_kind;

typedef enum {
	AHOY_AGENT_BY_US = 1, /* we hung up, rejected, or gave up calling */
	AHOY_AGENT_BY_PEER,   /* BYE, CANCEL, or a refusal (`status` 300 .. 699) */
	AHOY_AGENT_BY_FAILURE /* nobody answers, no route, no common codec, out of memory: `err` */
} ahoy_agent_end;

/* Fields that a kind does not name are zero. `status` 0: no SIP answer is behind it. Slices live as long as the
 * event. */
typedef struct {
	ahoy_agent_event_kind kind;
	ahoy_agent_id registration, call, request;
	void *user; /* of the call, see ahoy_agent_set_user */
	int status;
	ahoy_slice reason; /* phrase of the status, or a sentence; may be empty */
	int err;	   /* 0 or AHOY_E… */
	bool final;
	bool auth_failed; /* the password is wrong or missing */
	uint32_t seconds;
	ahoy_agent_end by;	 /* ENDED */
	ahoy_slice from, to;	 /* URIs of the other side and of what it asked for, as they came: hostile text */
	ahoy_slice codec;	 /* SDP name */
	uint32_t sample_rate_hz; /* of the PCM in ahoy/audio.h */
	char digit;		 /* 0-9 * # A-D */
	uint32_t duration_ms;
	ahoy_slice text; /* MESSAGE: text/plain; hostile text */
	ahoy_addr media; /* ENDED: the address that was given for the call's RTP: close its sockets; family 0: none was */
	ahoy_slice srtp; /* MEDIA: the suite that the sound is encrypted with, "AES_CM_128_HMAC_SHA1_80", …, or "none" */
} ahoy_agent_event;
/* The next event; lives until the next pop_event. NULL: no more. A call's id and statistics are good until the
 * pop_event after its ENDED. */
AHOY_API const ahoy_agent_event *ahoy_agent_pop_event(ahoy_agent *agent);

/* ---- accounts and registrations (RFC 3261 10) ---- */

/* AHOY_ESYNTAX (aor or proxy is no sip: URI, aor has no user), AHOY_EUNSUPPORTED (sips:, a transport other than udp),
 * AHOY_EFULL (above 64), AHOY_ENOMEM. Nothing is sent. */
AHOY_API AHOY_MUST_USE int ahoy_agent_account_add(ahoy_agent *agent, const ahoy_agent_account *account, ahoy_agent_id *out);
/* Binds the account to this agent's address and refreshes that until unregister. expires_s: 1 .. 86400; 0: 300.
 * AHOY_ESTALE, AHOY_ERANGE, AHOY_ENOMEM, AHOY_EFULL. */
AHOY_API AHOY_MUST_USE int ahoy_agent_register(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account, uint32_t expires_s,
					       ahoy_agent_id *registration);
/* UNREGISTERED or a final REGISTER_FAILED follows. AHOY_ESTALE. */
AHOY_API int ahoy_agent_unregister(ahoy_agent *agent, ahoy_time now, ahoy_agent_id registration);

/* ---- calls (RFC 3261 13 to 15; RFC 3264) ---- */

/* Calls `target`: a sip: URI, or a user part alone ("112", "bob"), at the account's host then. `media`: where you
 * take the call's RTP (its RTCP one port above), as the peer sees it; the port is even. Events follow: RINGING,
 * MEDIA, ANSWERED, ENDED. AHOY_ESTALE (account), AHOY_ESYNTAX, AHOY_EUNSUPPORTED (target), AHOY_EINVAL (media),
 * AHOY_EFULL, AHOY_ENOMEM. */
AHOY_API AHOY_MUST_USE int ahoy_agent_call(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account, ahoy_slice target,
					   const ahoy_addr *media, ahoy_agent_id *call);
/* Says 180. AHOY_ESTALE, AHOY_ESTATE (not an unanswered incoming call). */
AHOY_API int ahoy_agent_ring(ahoy_agent *agent, ahoy_time now, ahoy_agent_id call);
/* Says 183 with our description: sound flows before the answer. MEDIA follows, where the caller made an offer. To a caller that
 * knows 100rel (RFC 3262) it is sent until acknowledged; where that never comes the call ends (BY_FAILURE, AHOY_ETIMEOUT).
 * `media` as above. AHOY_ESTALE, AHOY_ESTATE, AHOY_EINVAL, AHOY_ENOMEM, AHOY_EUNSUPPORTED (the INVITE has no offer).
 * */
AHOY_API int ahoy_agent_early_media(ahoy_agent *agent, ahoy_time now, ahoy_agent_id call, const ahoy_addr *media);
/* Says 200. `media` as above; NULL after ahoy_agent_early_media, whose address stays. Errors as above. */
AHOY_API AHOY_MUST_USE int ahoy_agent_answer(ahoy_agent *agent, ahoy_time now, ahoy_agent_id call, const ahoy_addr *media);
/* Refuses an incoming call; status 300 .. 699, e.g. 486 busy, 603 decline. ENDED follows. AHOY_ESTALE, AHOY_ESTATE,
 * AHOY_ERANGE. */
AHOY_API int ahoy_agent_reject(ahoy_agent *agent, ahoy_time now, ahoy_agent_id call, int status);
/* Ends a call in any state: CANCEL, 480 or BYE, by what the RFC allows at the moment. ENDED follows, for a call that
 * we called and nobody has answered yet when the CANCEL is. AHOY_ESTALE. */
AHOY_API int ahoy_agent_hangup(ahoy_agent *agent, ahoy_time now, ahoy_agent_id call);
/* Puts the far end on hold (RFC 3264 8.4: a re-INVITE with sendonly), or takes it back. CHANGED follows. AHOY_ESTALE,
 * AHOY_ESTATE (not answered, or another change is under way), AHOY_ENOMEM. */
AHOY_API int ahoy_agent_hold(ahoy_agent *agent, ahoy_time now, ahoy_agent_id call, bool hold);
typedef enum {
	AHOY_AGENT_DTMF_AUTO,  /* the first of these that the peer takes, by its telephone-event and its Allow */
	AHOY_AGENT_DTMF_RTP,   /* telephone-events (RFC 4733) */
	AHOY_AGENT_DTMF_INFO,  /* SIP INFO (RFC 6086) with application/dtmf-relay */
	AHOY_AGENT_DTMF_INBAND /* tones in the sound (ITU-T Q.23); low-rate codecs may garble them */
} ahoy_agent_dtmf_way;
/* How calls that begin from now on send keys; AUTO until set. With INFO and INBAND no telephone-event is offered. Keys are
 * heard whichever way they come. AHOY_EINVAL. */
AHOY_API int ahoy_agent_set_dtmf_way(ahoy_agent *agent, ahoy_agent_dtmf_way way);
/* Sends keys 0-9 * # A-D, all or none; ',' is a pause of 1 s. duration_ms of each: 40 .. 8000; 0: 160. By INFO each leaves after
 * the answer to the one before it. AHOY_ESTALE, AHOY_ESTATE (no sound yet), AHOY_EINVAL, AHOY_EFULL (above 64 waiting),
 * AHOY_EUNSUPPORTED (way RTP, and the peer takes no telephone-events). */
AHOY_API AHOY_MUST_USE int ahoy_agent_send_dtmf(ahoy_agent *agent, ahoy_agent_id call, ahoy_slice digits, uint32_t duration_ms);
/* A pointer of yours that comes with each event of the call. AHOY_ESTALE. */
AHOY_API int ahoy_agent_set_user(ahoy_agent *agent, ahoy_agent_id call, void *user);

typedef enum {
	AHOY_AGENT_CALL_GONE, /* the id is stale, or 0 */
	AHOY_AGENT_CALL_CALLING,
	AHOY_AGENT_CALL_RINGING, /* incoming, unanswered; or outgoing, and it rings there */
	AHOY_AGENT_CALL_UP,
	AHOY_AGENT_CALL_ENDED /* and its ENDED not taken yet */
} ahoy_agent_call_state;
AHOY_API ahoy_agent_call_state ahoy_agent_state(const ahoy_agent *agent, ahoy_agent_id call);

/* ---- requests outside of calls ---- */

/* MESSAGE (RFC 3428) with text/plain, UTF-8, at most 1300 bytes (RFC 3428 8: what one datagram surely carries).
 * ANSWER follows. AHOY_ESTALE, AHOY_ESYNTAX, AHOY_EUNSUPPORTED, AHOY_ETOOBIG, AHOY_EFULL, AHOY_ENOMEM. */
AHOY_API AHOY_MUST_USE int ahoy_agent_message(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account, ahoy_slice target, ahoy_slice text,
					      ahoy_agent_id *request);
/* OPTIONS (RFC 3261 11): is somebody there? ANSWER follows. Errors as above. */
AHOY_API AHOY_MUST_USE int ahoy_agent_options(ahoy_agent *agent, ahoy_time now, ahoy_agent_id account, ahoy_slice target,
					      ahoy_agent_id *request);

#ifdef __cplusplus
}
#endif

#endif
