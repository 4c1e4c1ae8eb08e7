/* ua: a user agent's calls, registrations and single requests (RFC 3261 8, 10.2, 11-15) over one stack, pulled.
 * Owns dialogs, the INVITE and re-INVITE state of each call, digest retries with given credentials, registration
 * refresh. SDP passes through as opaque bodies: making and reading it is the owner's (phone: media; server: relay).
 * Used by the phone and, twice per call, by b2b. Order: one input, then pop_event until false (commands allowed
 * meanwhile), then pop_out until false. Ids are generational: a stale one is AHOY_ESTALE. Event slices and messages
 * live until the next input. Thread kind: owned. */
#ifndef AHOY_UA_UA_H
#define AHOY_UA_UA_H

#include "base/env.h"
#include "base/err.h"
#include "sip/stack.h"

typedef struct ahoy_ua ahoy_ua;
typedef uint64_t ahoy_call_id; /* 0 is none */
typedef uint64_t ahoy_registration_id;

typedef struct {
	ahoy_stack_config stack;
	ahoy_slice product;   /* User-Agent and Server value; static */
	ahoy_slice allow;     /* Allow value; static */
	ahoy_slice supported; /* Supported value; static, may be empty */
	uint32_t max_calls;   /* 0: AHOY_MAX_CALLS */
	/* Session timers (RFC 4028): the interval to ask for, 90 .. 86400; 0: none are asked for or granted. Where it is
	 * not 0, `supported` has "timer", `allow` has UPDATE, and the owner does what REFRESH asks. */
	uint32_t session_expires_s;
	/* Server: in-dialog requests go to the source of the peer's last request or 2xx where its Contact differs
	 * (docs/behaviour.md). Phone: RFC 3261 12.2.1.1, names resolved. */
	bool answer_to_source;
	/* The driver opens streams: requests of more than 1,300 bytes to a resolved target go by TCP, and by UDP where
	 * that fails (RFC 3261 18.1.1). */
	bool streams;
} ahoy_ua_config;

typedef enum {
	/* Out of any dialog, unanswered: the owner calls ahoy_ua_accept (INVITE), ahoy_ua_serve + ahoy_ua_respond,
	 * or ahoy_ua_reply. To-tagged strays, 482, 405 for in-dialog methods etc. never come here. */
	AHOY_UA_REQUEST,
	AHOY_UA_RESPONSE, /* to ahoy_ua_request: `user`, status; msg NULL where the stack made it (408, 503) */
	AHOY_UA_PROGRESS, /* call: 101 .. 199; msg has the body, if any */
	AHOY_UA_ANSWERED, /* call: 2xx to our INVITE. With an offer in our INVITE the ACK has gone; without, ahoy_call_ack is due */
	/* call: final status of our INVITE; msg NULL where we made it (408 timeout, 487 after hang-up unanswered,
	 * 503 network). The call is over */
	AHOY_UA_REFUSED,
	AHOY_UA_ACKED, /* call: the ACK to our 2xx (initial or re-INVITE); body is an answer where our 2xx made the offer */
	/* call: the PRACK to a reliable provisional answer of ours (RFC 3262), which has its 200; its body, if any, is the answer to
	 * the offer that ours made. An offer in a PRACK is told as REINVITE */
	AHOY_UA_PRACKED,
	/* call: the caller gave up (msg; 487 was sent), or, with status 504, no PRACK came for a reliable answer of ours (RFC 3262 3).
	 * The call is over */
	AHOY_UA_CANCELLED,
	/* call: re-INVITE from the peer, or UPDATE or PRACK with an offer, these before the answer too; ahoy_call_answer_reinvite is due */
	AHOY_UA_REINVITE,
	/* call: final status to our re-INVITE or ahoy_call_update; 2xx: ACK has gone unless ours was offerless (then ahoy_call_ack). A
	 * failed one leaves the call up, except 408/481 which end it (ENDED follows) */
	AHOY_UA_REINVITED,
	AHOY_UA_IN_DIALOG,	  /* call: INFO, MESSAGE, NOTIFY, OPTIONS with body... in the dialog, `tx` to answer by ahoy_call_respond */
	AHOY_UA_IN_DIALOG_ANSWER, /* call: final answer to ahoy_call_request with `user` */
	/* call: the session timer wants a re-INVITE with the description as it stands (the peer knows no UPDATE): ahoy_call_reinvite.
	 * Where none succeeds the call ends in time (ENDED, AHOY_ETIMEOUT) */
	AHOY_UA_REFRESH,
	/* call: BYE by the peer (msg), or err: AHOY_ETIMEOUT (no ACK, 408 or no answer in dialog, no refresh), AHOY_ESTALE
	 * (481). The call is over */
	AHOY_UA_ENDED,
	AHOY_UA_REGISTERED,   /* registration: 200; `seconds` granted */
	AHOY_UA_UNREGISTERED, /* registration removed as asked; it is over */
	/* registration: status (502 without msg: a 200 that granted no time); retried with back-off while it lives,
	 * unless `final` */
	AHOY_UA_REGISTER_FAILED,
	AHOY_UA_RESOLVE /* where is `target`? ahoy_ua_resolved(resolve id, addresses) is due */
} ahoy_ua_event_kind;

typedef struct {
	ahoy_ua_event_kind kind;
	ahoy_call_id call;
	ahoy_registration_id registration;
	ahoy_tx_id tx;
	uint64_t user; /* RESPONSE, IN_DIALOG_ANSWER: the request's; call events: what ahoy_call_set_user set */
	int status;
	ahoy_slice reason;     /* phrase of the status */
	const ahoy_msg *msg;   /* may be NULL */
	const ahoy_flow *flow; /* by which msg came; may be NULL */
	int err;
	uint32_t seconds;
	bool final;
	/* REFUSED, RESPONSE, REGISTER_FAILED: a challenge came back although credentials were sent, or none could be
	 * answered (exit code 13) */
	bool auth_failed;
	/* PROGRESS, ANSWERED: what the peer describes in this dialog, by this message or an earlier one of it; may be empty. Lives as
	 * long as the event. */
	ahoy_slice description;
	bool reliable;	  /* PROGRESS: it was sent reliably (RFC 3262), and its PRACK has gone, unless an answer to its offer is due: */
	bool prack_due;	  /* ... ahoy_call_prack */
	uint64_t resolve; /* RESOLVE */
	ahoy_uri target;  /* RESOLVE: host, port, transport wanted */
} ahoy_ua_event;

/* Who asks, for digest: either the password, or HA1 values. Copied. */
typedef struct {
	ahoy_slice username, password;
} ahoy_credentials;

typedef struct {
	ahoy_slice uri;		 /* Request-URI */
	ahoy_slice from, to;	 /* name-addr values without tag: "Bob" <sip:bob@host> */
	ahoy_slice contact_user; /* user part of our Contact */
	ahoy_slice call_id;	 /* empty: minted */
	const ahoy_flow *flow;	 /* where to send; NULL: route or uri is resolved (RESOLVE) */
	const ahoy_flow *also;	 /* where to, if nothing can be delivered by `flow` (a stream that is gone); NULL: nowhere */
	/* a URI of an outbound proxy to resolve instead of `uri`, or empty; no Route header is written for it */
	ahoy_slice route;
	int max_forwards;	      /* 0 .. 255; 70 normally */
	ahoy_slice headers;	      /* more lines with CRLF */
	ahoy_slice type, body;	      /* an offer, or empty for an offerless INVITE */
	ahoy_credentials credentials; /* empty: 401/407 are final */
	/* Does not announce 100rel, although `supported` has it: no offer can then come before the 2xx. */
	bool not_reliable;
	uint64_t user;
} ahoy_invite;

AHOY_MUST_USE int ahoy_ua_new(const ahoy_env *env, const ahoy_ua_config *config, ahoy_ua **out);
void ahoy_ua_del(ahoy_ua *ua);
ahoy_stack *ahoy_ua_stack(ahoy_ua *ua);

/* ---- in: as the stack's ---- */
void ahoy_ua_recv(ahoy_ua *ua, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
void ahoy_ua_expire(ahoy_ua *ua, ahoy_time now);
void ahoy_ua_send_failed(ahoy_ua *ua, ahoy_time now, const ahoy_flow *flow);
/* A stream is gone: what was sent by it fails, or goes by `also`; registrations by it are made anew at once, and after
 * failures with RFC 5626 4.5's delays. */
void ahoy_ua_flow_closed(ahoy_ua *ua, ahoy_time now, const ahoy_flow *flow);
void ahoy_ua_recv_broken(ahoy_ua *ua, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err);
/* Opens a turn for commands given outside recv and expire. */
void ahoy_ua_turn(ahoy_ua *ua, ahoy_time now);
/* For quiet moments, inside such a turn: gives memory back (base/slots.h). True: there was some. */
bool ahoy_ua_trim(ahoy_ua *ua);
/* The answer to RESOLVE: flows to try in order (transport, id, local and peer filled in); count 0: not found. At
 * most AHOY_MAX_TARGETS are kept. */
void ahoy_ua_resolved(ahoy_ua *ua, ahoy_time now, uint64_t resolve, const ahoy_flow *flows, size_t count);

/* ---- out ---- */
ahoy_time ahoy_ua_next(const ahoy_ua *ua);
bool ahoy_ua_pop_event(ahoy_ua *ua, ahoy_ua_event *event);
bool ahoy_ua_pop_out(ahoy_ua *ua, ahoy_out *out);

/* ---- calls, caller's side ---- */
AHOY_MUST_USE int ahoy_ua_invite(ahoy_ua *ua, ahoy_time now, const ahoy_invite *invite, ahoy_call_id *call);
/* The ACK with the answer to an offer in a 2xx. */
int ahoy_call_ack(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, ahoy_slice type, ahoy_slice body);
/* The PRACK with the answer to an offer in a reliable provisional answer (RFC 3262 5). AHOY_ESTATE where none is due. */
int ahoy_call_prack(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, ahoy_slice type, ahoy_slice body);

/* ---- calls, callee's side ---- */
/* Takes the INVITE of a REQUEST event (or a parsed copy): opens its transaction and a call. AHOY_EFULL, AHOY_ENOMEM
 * (503 was answered), AHOY_ESYNTAX (no usable Contact; 400 was answered). */
AHOY_MUST_USE int ahoy_ua_accept(ahoy_ua *ua, ahoy_time now, const ahoy_msg *invite, const ahoy_flow *flow,
				 uint64_t user, ahoy_call_id *call);
/* 101 .. 199, with early media where body is not empty. Reliable (RFC 3262: sent again until its PRACK comes, one at a time, the
 * next one waits) where the caller requires 100rel. */
int ahoy_call_progress(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, int status, ahoy_slice headers, ahoy_slice type, ahoy_slice body);
/* The same, reliable also where the caller only supports 100rel, so that what it says is sure to arrive. */
int ahoy_call_progress_reliably(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, int status, ahoy_slice headers, ahoy_slice type,
				ahoy_slice body);
/* 200. Where a reliable answer with a description waits for its PRACK, the 200 goes out behind that (RFC 3262 3). */
int ahoy_call_answer(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, ahoy_slice headers, ahoy_slice type, ahoy_slice body);
/* 300 .. 699; the call is over. */
int ahoy_call_refuse(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, int status, ahoy_slice reason, ahoy_slice headers);

/* ---- calls, both sides ---- */
/* Ends it whatever its state: CANCEL (REFUSED follows), 480, or BYE. An answered 2xx that crosses the CANCEL is
 * ACKed and sent BYE by itself. headers: e.g. Reason. An answered call is over for the owner and no event follows;
 * the callee's BYE waits for the ACK to its 2xx, at most 64*T1 (15). */
int ahoy_call_hangup(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, ahoy_slice headers);
/* AHOY_ESTATE while one is under way or before the answer; glare (491) is retried by itself after 14.1's time. */
int ahoy_call_reinvite(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, ahoy_slice headers, ahoy_slice type, ahoy_slice body);
/* The same by UPDATE (RFC 3311), in an early dialog too, where its first offer was answered reliably. REINVITED follows.
 * AHOY_ESTATE also where the peer has not said that it knows UPDATE. */
int ahoy_call_update(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, ahoy_slice headers, ahoy_slice type, ahoy_slice body);
int ahoy_call_answer_reinvite(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, int status, ahoy_slice headers,
			      ahoy_slice type, ahoy_slice body);
int ahoy_call_request(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, ahoy_method method, ahoy_slice headers,
		      ahoy_slice type, ahoy_slice body, uint64_t user);
int ahoy_call_respond(ahoy_ua *ua, ahoy_time now, ahoy_call_id call, ahoy_tx_id tx, int status, ahoy_slice headers,
		      ahoy_slice type, ahoy_slice body);
int ahoy_call_set_user(ahoy_ua *ua, ahoy_call_id call, uint64_t user);

typedef enum {
	AHOY_CALL_CALLING,
	AHOY_CALL_RINGING,
	AHOY_CALL_ANSWERED,
	AHOY_CALL_OVER
} ahoy_call_state;
typedef struct {
	ahoy_call_state state;
	bool is_caller; /* we sent the INVITE */
	/* Offer and answer were exchanged, for good where the call is not answered yet (RFC 3262 5). */
	bool settled;
	bool knows_100rel, wants_100rel; /* the peer supports it; requires it of us */
	bool knows_update;
	uint64_t user;
	ahoy_slice call_id, local_tag, remote_tag, local_uri, remote_uri, remote_target; /* live as long as the call */
	const ahoy_flow *flow;								 /* where our next in-dialog request goes */
} ahoy_call_info;
int ahoy_call_get(const ahoy_ua *ua, ahoy_call_id call, ahoy_call_info *out);
/* The call whose INVITE of ours this request is, come back by some proxy (RFC 5393 4); 0: none. */
ahoy_call_id ahoy_ua_loop(ahoy_ua *ua, const ahoy_msg *req);
uint32_t ahoy_ua_calls(const ahoy_ua *ua); /* how many there are */

/* ---- single requests out of a dialog (OPTIONS, MESSAGE, ...) ---- */
typedef struct {
	ahoy_method method;
	ahoy_slice uri, from, to, contact_user; /* contact_user empty: no Contact */
	ahoy_slice call_id;
	const ahoy_flow *flow, *also; /* as in ahoy_invite */
	ahoy_slice route;
	int max_forwards;
	ahoy_slice headers, type, body;
	ahoy_credentials credentials;
	uint64_t user;
} ahoy_ua_request_spec;
int ahoy_ua_request(ahoy_ua *ua, ahoy_time now, const ahoy_ua_request_spec *spec);
/* Serving those of others: state, answer; or one answer without state. */
AHOY_MUST_USE int ahoy_ua_serve(ahoy_ua *ua, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow, uint64_t user, ahoy_tx_id *tx);
int ahoy_ua_respond(ahoy_ua *ua, ahoy_time now, ahoy_tx_id tx, int status, ahoy_slice reason, ahoy_slice headers,
		    ahoy_slice type, ahoy_slice body);
int ahoy_ua_reply(ahoy_ua *ua, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow, int status, ahoy_slice reason,
		  ahoy_slice headers);
/* What RFC 3261 8.2 asks of any user agent before it looks at the content: unknown method (501/405 with Allow),
 * scheme (416), Require (420 with Unsupported), body type and encoding (415 with Accept). The status of the refusal,
 * with its lines in `headers`; 0 where there is nothing to refuse. */
int ahoy_ua_unsupported(const ahoy_ua *ua, const ahoy_msg *req, ahoy_buf *headers);
/* The same, answered without state. True where it was. */
bool ahoy_ua_refuse_unsupported(ahoy_ua *ua, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow);

/* ---- registrations (RFC 3261 10.2) ---- */
typedef struct {
	ahoy_slice registrar; /* Request-URI, sip:host */
	ahoy_slice aor;	      /* To and From: sip:user@host */
	ahoy_slice contact_user;
	const ahoy_flow *flow; /* NULL: RESOLVE */
	ahoy_slice route;
	uint32_t expires_s; /* asked for */
	bool once;	    /* no refresh: the registration is over with REGISTERED */
	ahoy_credentials credentials;
} ahoy_register;
AHOY_MUST_USE int ahoy_ua_register(ahoy_ua *ua, ahoy_time now, const ahoy_register *spec, ahoy_registration_id *out);
int ahoy_ua_unregister(ahoy_ua *ua, ahoy_time now, ahoy_registration_id id);

#endif
