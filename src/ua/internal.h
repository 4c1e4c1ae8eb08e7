/* internal: what the files of src/ua share. A `sending` is one request of ours until its final answer, through resolving, digest retries
 * and fail-over; calls and registrations own none of that. Server transactions carry the call's id as their user,
 * client transactions the sending's. Objects are marked dead and freed at the start of the next input. Thread kind:
 * owned. */
#ifndef AHOY_UA_INTERNAL_H
#define AHOY_UA_INTERNAL_H

#include "base/slots.h"
#include "base/timers.h"
#include "sip/blacklist.h"
#include "sip/dialog.h"
#include "sip/digest.h"
#include "sip/rack.h"
#include "sip/session_expires.h"
#include "sip/write.h"
#include "ua/auth.h"
#include "ua/ua.h"

/* One challenge that is being answered; texts are heap copies. */
typedef struct {
	bool known;
	ahoy_slice realm, nonce, opaque;
	ahoy_digest_algorithm algorithm;
	bool has_algorithm;
	unsigned qop;
	uint32_t nc;
} ua_challenge;

/* Credentials and the challenges of a server (401) and of a proxy (407) that they answer (auth.h). */
struct ua_auth {
	ahoy_slice username, password; /* heap copies; the password is wiped */
	ua_challenge origin, proxy;
};

typedef enum {
	UA_SEND_INVITE,
	UA_SEND_REINVITE,
	UA_SEND_IN_DIALOG,
	UA_SEND_UPDATE, /* a refresh of our own, which the owner does not hear of */
	UA_SEND_OFFER,	/* an UPDATE with an offer */
	UA_SEND_PRACK,
	UA_SEND_BYE,
	UA_SEND_REGISTER,
	UA_SEND_SINGLE
} ua_purpose;

typedef struct ua_sending {
	ahoy_id id;
	ua_purpose purpose;
	ahoy_call_id call;
	ahoy_registration_id registration;
	uint64_t user;
	ahoy_method method;
	ahoy_slice uri, head, rest, type, body; /* heap; head: lines before CSeq, rest: behind */
	ahoy_slice contact_user;		/* heap; empty: no Contact */
	ahoy_slice contact_params;		/* heap; e.g. ";expires=60", behind the <> */
	uint32_t cseq;
	bool has_flow;
	ahoy_flow flow;
	ahoy_flow *more; /* further targets, heap */
	unsigned more_count, more_next;
	bool has_also;
	bool large;	/* it was found too large for a datagram, for the present target */
	ahoy_flow also; /* to the same peer, where nothing can be delivered by `flow` */
	ahoy_tx_id tx;
	unsigned challenges;
	unsigned raises;   /* 422s that were answered with a longer interval */
	ua_auth *own_auth; /* of a single request, or of a BYE that outlives its call; NULL: the call's or registration's */
	struct ua_sending *next_dead;
	bool dead;
} ua_sending;

/* A call's session timer (RFC 4028). session_timer.c */
typedef struct {
	ahoy_session_expires asked;  /* by the peer's INVITE or UPDATE that we have not answered; interval 0: nothing */
	bool peer_supports;	     /* knows timers */
	bool no_update;		     /* it said that it knows UPDATE, and refused one */
	bool we_refresh, refreshing; /* refreshing: our UPDATE waits for its answer */
	uint32_t interval_s;	     /* agreed on; 0: no timer runs */
	uint32_t min_se_s;	     /* the largest Min-SE that was met */
	ahoy_time expires_at;
	ahoy_timer timer;
} ua_session;

/* How far offer and answer have come before the call is answered (RFC 3262 5, RFC 3311 5, RFC 6337 2). */
typedef enum {
	UA_NO_OFFER,
	UA_OFFER_SENT,
	UA_OFFER_RECEIVED,
	UA_SETTLED
} ua_offer;

/* Of one early dialog, beside the dialog itself. early.c, prack.c */
typedef struct {
	ua_offer offer;
	ahoy_slice description; /* heap: the peer's last one; caller alone */
	ahoy_slice offered;	/* heap: that of its UPDATE, which waits for our answer */
	uint32_t rseq;		/* caller: of the last reliable answer; 0: none */
	uint32_t prack_cseq;	/* caller: of the INVITE for the RAck of the PRACK that the owner owes; 0: none */
} ua_early;

/* An early dialog of our INVITE that another one speaks in front of. early.c */
typedef struct {
	ahoy_dialog dialog;
	ua_early early;
} ua_aside;

/* An answer to the INVITE, kept; status 0: none. */
typedef struct {
	int status;
	ahoy_slice headers, type, body; /* heap */
} ua_held;

/* Reliable provisional answers of ours (RFC 3262 3). prack.c */
typedef struct {
	bool supported, required;  /* by the caller */
	uint32_t rseq;		   /* of the last one; 0: none */
	uint32_t cseq;		   /* of the INVITE */
	bool unacked;		   /* its PRACK has not come */
	ua_held sent, next, final; /* next, final: wait for that PRACK */
	ahoy_timer timer;
	ahoy_time resend_after, give_up_at;
} ua_reliable;

typedef struct ua_call {
	ahoy_call_id id;
	uint64_t user;
	bool is_caller;
	ahoy_call_state state;
	ahoy_dialog dialog;
	ahoy_slice contact_user; /* heap */
	bool sips;		 /* the dialog was asked for by a sips: URI */
	ua_auth *auth;
	ahoy_id invite;		/* sending of our INVITE or re-INVITE under way; 0 */
	ahoy_tx_id invite_tx;	/* its transaction (for CANCEL and ACK), or the peer's INVITE that we have not answered finally */
	ahoy_tx_id acked_tx;	/* the peer's INVITE that we answered 2xx and whose ACK is to come */
	uint32_t invite_cseq;	/* of our last INVITE, for its ACK */
	bool hangup_wanted;	/* before the answer: the INVITE's end is reported as REFUSED 487 */
	bool confirmed;		/* callee: the ACK to our first 2xx came */
	bool leaving;		/* hung up before the ACK to our 2xx: over for the owner; BYE goes out with the ACK (15) */
	ahoy_slice bye_headers; /* heap: of that BYE */
	bool ack_due;		/* our offerless (re-)INVITE was answered: ahoy_call_ack is awaited */
	ahoy_tx_id reinvite_tx; /* the peer's re-INVITE, or UPDATE with an offer, that waits for ahoy_call_answer_reinvite */
	bool is_update;		/* ... it is an UPDATE: no ACK will come */
	ahoy_tx_id refresh_tx;	/* the peer's UPDATE without an offer, while it is being answered */
	ua_early early;
	ua_aside *aside; /* heap, AHOY_MAX_EARLY_DIALOGS; NULL: one early dialog at the most. The last that spoke stands last */
	unsigned aside_count;
	ua_reliable reliable;
	bool not_reliable;	     /* our INVITE does not announce 100rel */
	bool offered;		     /* our INVITE had an offer */
	bool peer_rel, peer_updates; /* the peer knows 100rel, UPDATE, as its last message that tells */
	unsigned pracks;	     /* of ours, without an answer yet */
	ahoy_id update;		     /* sending of our UPDATE with an offer */
	bool glare_update;	     /* what waits for `glare` is an UPDATE */
	ua_session session;
	/* a re-INVITE of ours that met glare (14.1) and waits for its timer */
	ahoy_timer glare;
	ahoy_slice glare_headers, glare_type, glare_body; /* heap */
	struct ua_call *next_dead;
} ua_call;

typedef struct ua_registration {
	ahoy_registration_id id;
	ahoy_slice registrar, aor, contact_user, route; /* heap */
	char call_id[AHOY_TOKEN], tag[AHOY_TOKEN];
	uint32_t cseq, expires_s;
	bool once, leaving, leave_sent, dead;
	bool by_name; /* no flow was given: its target is resolved */
	bool has_flow;
	ahoy_flow flow;
	unsigned failures;
	bool raised; /* by a 423; no second one is obeyed before a success */
	ua_auth *auth;
	ahoy_timer timer;
	ahoy_id sending;
	struct ua_registration *next_dead;
} ua_registration;

#define UA_EVENTS 8 /* the most that one stack event causes is three */

struct ahoy_ua {
	const ahoy_env *env;
	ahoy_ua_config config;
	ahoy_stack *stack;
	ahoy_time now;
	ahoy_slots calls, sendings, registrations;
	ahoy_timers timers;
	ahoy_ua_event events[UA_EVENTS];
	unsigned event_count, event_popped;
	ua_call *dead_calls;
	ua_sending *dead_sendings;
	ua_registration *dead_registrations;
	uint32_t live_calls;
	bool expiring;
	ahoy_blacklist blacklist; /* of resolved targets */
	char *text;		  /* UA_TEXT bytes for building header lines */
};
#define UA_TEXT 16384

/* ua.c */
ahoy_ua_event *ahoy_ua_raise(ahoy_ua *ua, ahoy_ua_event_kind kind);
/* With what a response or request brings; msg may be NULL. */
ahoy_ua_event *ahoy_ua_raise_call(ahoy_ua *ua, ahoy_ua_event_kind kind, const ua_call *call, const ahoy_stack_event *from);
/* The first that is not 0, or 0. */
int ahoy_ua_dup(ahoy_ua *ua, ahoy_slice value, ahoy_slice *out);
void ahoy_ua_free(ahoy_ua *ua, ahoy_slice *slot);
static inline ahoy_buf ua_text(ahoy_ua *ua)
{
	return ahoy_buf_over(ua->text, UA_TEXT);
}
/* "<sip:user@ip:port>" as this flow's peer reaches us; sips: where the other side asked so. */
void ahoy_ua_put_contact(ahoy_ua *ua, ahoy_buf *b, ahoy_slice user, const ahoy_flow *flow, bool sips);
/* sips: is asked for, so that our Contact has to be one, too (RFC 3261 8.1.1.8, 12.1.1). */
bool ahoy_ua_is_sips(ahoy_slice uri);

/* sending.c */
typedef struct {
	ua_purpose purpose;
	ahoy_call_id call;
	ahoy_registration_id registration;
	uint64_t user;
	ahoy_method method;
	ahoy_slice uri, head, rest, type, body, contact_user, contact_params;
	uint32_t cseq;
	const ahoy_flow *flow; /* NULL: RESOLVE `route` or `uri` */
	const ahoy_flow *also; /* NULL: none */
	ahoy_slice route;
	ua_auth *own_auth; /* taken over where 0 is returned */
} ua_send_spec;
/* Copies everything and sends it, or asks for its target first. On failure nothing is left behind. */
AHOY_MUST_USE int ahoy_ua_send(ahoy_ua *ua, const ua_send_spec *spec, ahoy_id *id);
/* The credentials that this request is answered with; NULL: none. */
ua_auth *ahoy_ua_sending_auth(ahoy_ua *ua, const ua_sending *sending);
/* Drops it: a later answer finds nobody. */
void ahoy_ua_sending_end(ahoy_ua *ua, ua_sending *sending);
void ahoy_ua_sending_free(ahoy_ua *ua, ua_sending *sending);
void ahoy_ua_recv_response(ahoy_ua *ua, const ahoy_stack_event *event);
void ahoy_ua_recv_failed(ahoy_ua *ua, const ahoy_stack_event *event);
/* A final outcome for the owner: event->msg may be NULL (then status was made by us). */
typedef struct {
	int status;
	bool auth_failed;
	const ahoy_stack_event *event;
} ua_outcome;

/* call.c */
ua_call *ahoy_ua_call_of(ahoy_ua *ua, ahoy_call_id id);
/* Those that only wait to send their BYE too. */
ua_call *ahoy_ua_call_live(ahoy_ua *ua, ahoy_call_id id);
ua_call *ahoy_ua_call_new(ahoy_ua *ua, uint64_t user, int *err);
void ahoy_ua_call_end(ahoy_ua *ua, ua_call *call);
void ahoy_ua_call_free(ahoy_ua *ua, ua_call *call);
/* Our tag names the call: worker, id, random. */
void ahoy_ua_call_tag(ahoy_ua *ua, const ua_call *call, char out[AHOY_TOKEN + 24]);
/* The call that this tag of ours names, if it lives and has this Call-ID. */
ua_call *ahoy_ua_call_by_tag(ahoy_ua *ua, ahoy_slice tag, ahoy_slice call_id);
ua_call *ahoy_ua_call_by_request(ahoy_ua *ua, const ahoy_msg *req);
/* Sends a request in the dialog, next CSeq. headers: more lines. */
AHOY_MUST_USE int ahoy_ua_call_send(ahoy_ua *ua, ua_call *call, ua_purpose purpose, ahoy_method method, ahoy_slice headers, ahoy_slice type,
				    ahoy_slice body, uint64_t user, ahoy_id *id);
/* Where the next request in the dialog goes. */
ahoy_flow ahoy_ua_call_flow(const ahoy_ua *ua, const ua_call *call);
int ahoy_ua_call_respond(ahoy_ua *ua, ua_call *call, ahoy_tx_id tx, int status, ahoy_slice reason, ahoy_slice headers,
			 ahoy_slice type, ahoy_slice body);
void ahoy_ua_send_bye(ahoy_ua *ua, ua_call *call, ahoy_slice headers);

/* invite_uac.c */
void ahoy_ua_invite_progress(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event);
void ahoy_ua_invite_answered(ahoy_ua *ua, ua_call *call, ua_sending *sending, const ahoy_stack_event *event);
void ahoy_ua_invite_refused(ahoy_ua *ua, ua_call *call, const ua_outcome *outcome);
/* ACK, then BYE, to a 2xx that no call wants (a second fork, one that crossed our CANCEL): from the message alone. `call`: whose INVITE it
 * answers; NULL where that is gone. */
void ahoy_ua_ack_and_bye(ahoy_ua *ua, const ua_call *call, const ahoy_stack_event *event);
int ahoy_ua_send_ack(ahoy_ua *ua, ua_call *call, ahoy_slice type, ahoy_slice body);

/* prack.c */
/* Of a caller's INVITE. */
void ahoy_ua_prack_hear(ahoy_ua *ua, ua_call *call, const ahoy_msg *invite);
/* A provisional answer of ours that is to be reliable. */
AHOY_MUST_USE int ahoy_ua_prack_send(ahoy_ua *ua, ua_call *call, int status, ahoy_slice headers, ahoy_slice type, ahoy_slice body);
/* A 2xx that has to wait for a PRACK is kept, and goes out by itself. True where it was, or *err is set. */
bool ahoy_ua_prack_holds(ahoy_ua *ua, ua_call *call, ahoy_slice headers, ahoy_slice type, ahoy_slice body, int *err);
void ahoy_ua_prack_recv(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event);
/* Is it the PRACK that a reliable answer of ours waits for? */
bool ahoy_ua_prack_matches(const ua_call *call, const ahoy_msg *prack);
void ahoy_ua_prack_due(ahoy_ua *ua, ua_call *call);
void ahoy_ua_prack_stop(ahoy_ua *ua, ua_call *call);
/* A provisional answer of the peer: false where it is a reliable one that came again or out of order (4), else what it changes,
 * its PRACK included. *reliable: it is one. */
bool ahoy_ua_prack_heard(ahoy_ua *ua, ua_call *call, const ahoy_msg *msg, bool *reliable);

/* early.c */
/* The early dialog of this answer to our INVITE becomes the call's. AHOY_ENOMEM: the one before is forgotten for it. */
AHOY_MUST_USE int ahoy_ua_early_select(ahoy_ua *ua, ua_call *call, ahoy_slice remote_tag);
/* Likewise of a request of the peer. False: there is none. */
bool ahoy_ua_early_find(ua_call *call, ahoy_slice remote_tag);
/* Keeps what the peer describes itself as, and what it would be by an UPDATE that is answered with this status. */
void ahoy_ua_early_describe(ahoy_ua *ua, ua_call *call, const ahoy_msg *msg);
void ahoy_ua_early_offered(ahoy_ua *ua, ua_call *call, const ahoy_msg *msg);
void ahoy_ua_early_agreed(ahoy_ua *ua, ua_call *call, int status);
/* The call is answered, or over: the others are no more. */
void ahoy_ua_early_end(ahoy_ua *ua, ua_call *call);
/* What any INVITE, UPDATE or answer of the peer says that it knows. */
void ahoy_ua_early_note(ua_call *call, const ahoy_msg *msg);
void ahoy_ua_write_supported(const ahoy_ua *ua, const ua_call *call, ahoy_buf *b);

/* update.c */
void ahoy_ua_update_recv(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event);
void ahoy_ua_update_done(ahoy_ua *ua, ua_call *call, ua_sending *sending, const ua_outcome *outcome);
/* The peer's UPDATE or PRACK with an offer, for which there is the transaction already. */
void ahoy_ua_offer_recv(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event, ahoy_tx_id tx);

/* invite_uas.c */
/* The 200, now. */
AHOY_MUST_USE int ahoy_ua_answer_now(ahoy_ua *ua, ua_call *call, ahoy_slice headers, ahoy_slice type, ahoy_slice body);
void ahoy_ua_invite_cancelled(ahoy_ua *ua, const ahoy_stack_event *event);
void ahoy_ua_invite_acked(ahoy_ua *ua, const ahoy_stack_event *event);
void ahoy_ua_invite_unacked(ahoy_ua *ua, const ahoy_stack_event *event);

/* reinvite.c */
/* 14.1, for a change that met the peer's own. */
void ahoy_ua_wait_for_glare(ahoy_ua *ua, ua_call *call, ua_sending *sending);
/* 12.2.1.2: a 408 or 481 says that the peer has lost the dialog: it ends. */
void ahoy_ua_dialog_gone(ahoy_ua *ua, ua_call *call, int status);
void ahoy_ua_reinvite_recv(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event);
void ahoy_ua_reinvite_done(ahoy_ua *ua, ua_call *call, ua_sending *sending, const ua_outcome *outcome);
void ahoy_ua_glare_over(ahoy_ua *ua, ua_call *call);
enum {
	UA_TIMER_GLARE,
	UA_TIMER_SESSION,
	UA_TIMER_PRACK,
	UA_TIMER_REGISTRATION
};

/* session_timer.c; all of it does nothing where the configuration has no interval */
/* 400 or 422 (with its Min-SE line) where the Session-Expires of an INVITE or UPDATE cannot be taken; 0. */
int ahoy_ua_session_too_small(const ahoy_ua *ua, const ahoy_msg *req, ahoy_buf *headers);
/* The peer's INVITE or UPDATE; the lines of our 2xx to it, with which the timer runs. */
void ahoy_ua_session_hear(ahoy_ua *ua, ua_call *call, const ahoy_msg *req);
void ahoy_ua_session_grant(ahoy_ua *ua, ua_call *call, ahoy_buf *b);
/* The lines of our INVITE or UPDATE; the peer's 2xx to it. */
void ahoy_ua_session_ask(ahoy_ua *ua, ua_call *call, ahoy_buf *b);
void ahoy_ua_session_learn(ahoy_ua *ua, ua_call *call, const ahoy_msg *response);
/* A 422: true where the request can be sent again with a longer interval. */
bool ahoy_ua_session_raise(ahoy_ua *ua, ua_call *call, const ahoy_msg *response);
void ahoy_ua_session_due(ahoy_ua *ua, ua_call *call);
/* The outcome of a refresh by UPDATE. */
void ahoy_ua_session_refreshed(ahoy_ua *ua, ua_call *call, const ua_outcome *outcome);

/* in_dialog.c */
void ahoy_ua_recv_in_dialog(ahoy_ua *ua, const ahoy_stack_event *event);
void ahoy_ua_in_dialog_done(ahoy_ua *ua, ua_call *call, const ua_sending *sending, const ua_outcome *outcome);

/* register.c */
void ahoy_ua_register_done(ahoy_ua *ua, ua_registration *registration, const ua_outcome *outcome);
/* The stream by which it was made is gone. */
void ahoy_ua_registrations_lost(ahoy_ua *ua, const ahoy_flow *flow);
void ahoy_ua_registration_due(ahoy_ua *ua, ua_registration *registration);
void ahoy_ua_registration_free(ahoy_ua *ua, ua_registration *registration);

#endif
