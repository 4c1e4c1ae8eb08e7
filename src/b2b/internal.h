/* internal: what the files of src/b2b share: a call couples leg A (the caller, we are its callee) with one leg B for
 * each contact of the callee (we are their caller). The user agent's calls carry the b2b call's id as their `user`.
 * Calls are marked over and freed at the start of a later input, when all asks that point into them are fetched.
 * Thread kind: owned. */
#ifndef AHOY_B2B_INTERNAL_H
#define AHOY_B2B_INTERNAL_H

#include "b2b/switch.h"
#include "base/map.h"
#include "base/slots.h"
#include "base/timers.h"
#include "endpoint/call_sdp.h"
#include "endpoint/echo.h"
#include "endpoint/transcoder.h"
#include "registrar/auth.h"
#include "registrar/rate.h"
#include "registrar/registrar.h"
#include "sdp/rewrite.h"
#include "sip/write.h"

typedef struct {
	ahoy_call_id ua;	     /* 0: over, or never begun */
	unsigned side;		     /* of the relay: 0 for A, 1 .. for B */
	ahoy_slice call_id, contact; /* heap, for record and trace */
	ahoy_addr source;
	/* What this leg was told last, so that o= changes its version only with the text (RFC 3264 8). */
	uint64_t sess_id, sess_version;
	ahoy_slice told;	 /* heap */
	ahoy_slice said;	 /* heap: its own last description, as applied or about to be */
	bool settled;		 /* `said` is in force: not an offer that is under way, or was refused */
	bool held;		 /* it does not want to receive */
	unsigned target;	 /* of the call's targets: whose phone it is */
	uint32_t breadth;	 /* of its INVITE */
	struct b2b_coder *coder; /* heap; the leg refused A's codecs and was offered ours. transcode.c */
} b2b_leg;

/* A number that the call was sent on to (redirect.c); of a call's targets the first is the one that was called. */
typedef struct {
	ahoy_slice user; /* heap */
	unsigned from;	 /* who sent it on: index of a target */
	int cause;	 /* with what status */
	unsigned reason; /* index of an RFC 5806 reason */
} b2b_target;

/* How a leg of a call comes to be. */
typedef struct {
	unsigned target;  /* of the call's: 0: the number that was called */
	uint32_t breadth; /* its share (RFC 5393) */
	bool alone;	  /* no other fork is there */
	ahoy_slice body;  /* in the place of A's offer; empty: that */
} b2b_fork;

typedef enum {
	B2B_ROUTING,
	B2B_RINGING,
	B2B_SAVING,
	B2B_ANSWERED,
	B2B_OVER
} b2b_state;
enum {
	B2B_TIMER_RING,
	B2B_TIMER_MEDIA,
	B2B_TIMER_SOUND, /* of a service */
	B2B_TIMER_LIMIT, /* likewise */
	B2B_TIMER_CODER	 /* of a call that is transcoded */
};
/* What an OPTIONS of our own in a call carries as its user. */
#define B2B_PROBE UINT64_MAX

struct b2b_service;
struct b2b_coder;

typedef struct b2b_call {
	ahoy_id id;
	char record_id[AHOY_TOKEN];
	b2b_state state;
	ahoy_slice from, to; /* heap: user parts */
	ahoy_slice codec;    /* heap */
	uint64_t started_utc_ms, answered_utc_ms, ended_utc_ms;
	ahoy_ended_by ended_by;
	int code;
	ahoy_slice reason; /* heap */
	b2b_leg a, b[AHOY_MAX_FORKS];
	unsigned forks;
	int winner;	     /* index in b, -1 while none */
	ahoy_slice invite;   /* heap: as it came, for targets that come later; empty once nobody rings */
	b2b_target *targets; /* heap, 1 + AHOY_MAX_REDIRECTS; NULL: it was not sent on */
	unsigned target_count;
	uint32_t breadth; /* that the caller allows (RFC 5393); counts where its INVITE says so */
	bool said_breadth;
	ahoy_relay_call relay;
	ahoy_relay_quality quality_a, quality_b; /* taken at the end */
	bool offerless;				 /* the INVITE had no offer: B's 200 makes it, A's ACK answers */
	bool awaits_a_ack;			 /* ... and that ACK is still to come (initial or re-INVITE from A) */
	bool a_answered;			 /* the 200 went to A */
	int best_status;			 /* of the forks that refused */
	ahoy_slice best_reason, best_headers;	 /* heap */
	int told_status;			 /* last provisional status that A got */
	/* Before the answer (early.c): the fork whose description A was told last; what it was told reliably, heap: nothing that
	 * stands in A's other answers counts then (RFC 3262 5), so that a change of it has to be told otherwise. */
	b2b_leg *early;
	ahoy_slice early_told;
	bool renew_a; /* ... with the ACK to the 200 */
	/* a re-INVITE or UPDATE that crosses: from which leg, and to which */
	b2b_leg *changing, *changed;
	ahoy_timer ring, media;
	struct b2b_service *service; /* heap; NULL: a call to another phone */
	struct b2b_coder *coder;     /* of the leg that is heard; NULL: packets pass as they are */
	struct b2b_call *next_dead;
} b2b_call;

/* The other end of a call to a number that the server answers itself. */
typedef struct b2b_service {
	b2b_call *call;
	ahoy_call_sdp sdp;
	ahoy_echo echo;
	ahoy_timer sound, limit; /* the sound's next deadline; the end of the longest call */
	uint32_t limit_s;
	bool offered; /* our 2xx made the offer: the ACK answers */
	struct b2b_service *next;
} b2b_service;

/* What stands between two legs that share no codec: our description for each, and the sound. */
typedef struct b2b_coder {
	b2b_call *call;
	b2b_leg *leg;				       /* B's */
	ahoy_call_sdp sdp[2];			       /* towards A and towards B */
	bool offered[2];			       /* our 2xx made the offer: the ACK answers */
	bool running;				       /* counted, and both sides have sound */
	const ahoy_codec *codecs[AHOY_SDP_MAX_CODECS]; /* for B: those that A has not */
	size_t codec_count;
	ahoy_transcoder sound;
	ahoy_timer due;
} b2b_coder;

enum {
	B2B_SERVICE_ECHO,
	B2B_SERVICES
};
typedef struct {
	ahoy_slice number; /* heap; empty: off */
	uint32_t limit_s;  /* 0: none */
} b2b_service_row;

/* What services send in this turn. */
typedef struct {
	ahoy_relay_out out;
	size_t len; /* bytes behind it */
} b2b_packet;
typedef struct {
	char *bytes;
	size_t len, cap, at; /* at: up to here they were popped */
} b2b_packets;
/* A turn of AHOY_MAX_SERVICE_CALLS late by 200 ms sends about a thousand packets of 200 bytes. */
#define B2B_MAX_PACKETS ((size_t)1 << 20)

/* Something that waits for an answer of the world; its id is the ask's. */
typedef enum {
	B2B_WAIT_AUTH,
	B2B_WAIT_CALLEE,
	B2B_WAIT_SAVE,
	B2B_WAIT_RECORD
} b2b_wait_kind;

typedef struct b2b_wait {
	ahoy_id id;
	b2b_wait_kind kind;
	/* AUTH: the request; its bytes are copied only when the turn ends without the answer */
	ahoy_slice bytes; /* heap; empty: it is the message of this turn */
	ahoy_flow flow;
	ahoy_slice call_id; /* heap: to recognise a copy that comes meanwhile */
	ahoy_map_node by_call_id;
	uint32_t cseq;
	ahoy_method method; /* CALLEE of a single request */
	char user[AHOY_MAX_USER];
	size_t user_len;
	bool cancelled;
	/* CALLEE, RECORD */
	ahoy_id call;
	ahoy_tx_id tx;	/* CALLEE of a MESSAGE or OPTIONS; SAVE: the REGISTER */
	ahoy_id change; /* SAVE */
	/* SAVE, heap: the REGISTER's Path, where its phone wants to hear of it (RFC 3327 5.3) */
	ahoy_slice path;
	bool outbound; /* SAVE: as ahoy_registrar_change's */
} b2b_wait;

/* One MESSAGE on its way to all contacts of a user. */
typedef struct {
	ahoy_id id;
	ahoy_tx_id tx;
	unsigned pending;
	int best_status;
} b2b_message;

typedef struct {
	ahoy_ask_kind kind;
	ahoy_id id;   /* of the wait; 0: nobody waits */
	ahoy_id call; /* RECORD */
	size_t count; /* OPEN_PORTS */
} b2b_ask;

/* The Call-IDs of calls that are over, for trace. */
#define B2B_RECENT 256
#define B2B_RECENT_CODEC 32 /* longer names are cut */
typedef struct {
	char record_id[AHOY_TOKEN];
	unsigned count;
	ahoy_slice call_ids[AHOY_CALL_LEGS]; /* in text */
	char codec[B2B_RECENT_CODEC];
	ahoy_relay_quality quality_a, quality_b;
	/* kept for the next call in this place: small blocks that outlive a busy time would each hold a page */
	char *text;
	size_t cap;
} b2b_recent;

/* What our messages announce (RFC 3261 20.5, 20.37): of a service number, of a phone behind us, of the server. */
#define B2B_ALLOW_SERVICE "INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, OPTIONS, INFO"
#define B2B_ALLOW_PHONE B2B_ALLOW_SERVICE ", MESSAGE"
#define B2B_ALLOW B2B_ALLOW_PHONE ", REGISTER"
static inline ahoy_slice ahoy_b2b_supported(const ahoy_switch_config *config)
{
	return config->session_expires_s ? AHOY_S("timer, 100rel") : AHOY_S("100rel");
}

struct ahoy_switch {
	const ahoy_env *env;
	ahoy_switch_config config;
	ahoy_slice realm, domain; /* heap */
	ahoy_ua *ua;
	ahoy_auth *auth;
	ahoy_rate *rate;
	ahoy_registrar *registrar;
	ahoy_relay *relay;
	ahoy_trace *trace;
	ahoy_time now;
	ahoy_slots calls, waits, messages;
	ahoy_map waiting; /* AUTH waits by Call-ID */
	uint8_t hash_key[16];
	ahoy_timers timers;
	uint32_t live_calls;
	b2b_call *dead;
	b2b_ask *asks;
	size_t ask_count, ask_popped, ask_cap;
	ahoy_cdr cdr;				  /* the view of the ask being fetched */
	ahoy_binding bindings[AHOY_MAX_CONTACTS]; /* likewise */
	/* the request of this turn, while a wait stands for it */
	ahoy_id turn_wait;
	const ahoy_msg *turn_msg;
	ahoy_msg parked; /* a copy that is judged later */
	ahoy_sdp sdp;
	char *text; /* B2B_TEXT bytes for SDP */
	b2b_recent recent[B2B_RECENT];
	unsigned recent_next;
	b2b_service_row services[B2B_SERVICES];
	b2b_service *service_calls; /* those that are not over */
	unsigned service_count;
	unsigned coder_count;			       /* legs that are, or are to be, transcoded */
	uint64_t transcoded;			       /* calls, since the start */
	const ahoy_codec *codecs[AHOY_SDP_MAX_CODECS]; /* of services */
	size_t codec_count;
	b2b_packets packets;
	bool stopping, ports_asked;
	ahoy_time ports_refused_until;
	uint32_t spare_pairs; /* that stood free all the time between the last two trims, less those closed since */
	uint64_t challenges, auth_failures;
};
#define B2B_TEXT 16384

/* switch.c */
bool ahoy_b2b_ask_add(ahoy_switch *sw, ahoy_ask_kind kind, ahoy_id id, ahoy_id call);
b2b_wait *ahoy_b2b_wait_add(ahoy_switch *sw, b2b_wait_kind kind);
void ahoy_b2b_wait_end(ahoy_switch *sw, b2b_wait *wait);
uint64_t ahoy_b2b_utc_ms(const ahoy_switch *sw);
/* Handles all that the user agent has to tell. */
void ahoy_b2b_drain(ahoy_switch *sw);
/* Keeps the pool filled. */
void ahoy_b2b_want_ports(ahoy_switch *sw);

/* admit.c: who may do what (digest), and where a request belongs */
void ahoy_b2b_recv_request(ahoy_switch *sw, const ahoy_ua_event *event);
void ahoy_b2b_answer_auth(ahoy_switch *sw, b2b_wait *wait, const ahoy_user_record *record, bool failed);
/* Keeps the request of an unanswered wait beyond its turn. */
void ahoy_b2b_park(ahoy_switch *sw);
/* Does this URI name a user of ours? False: another domain's. */
bool ahoy_b2b_is_ours(const ahoy_switch *sw, const ahoy_uri *uri);

/* sips.c */
bool ahoy_b2b_is_secured(const ahoy_flow *flow); /* by TLS or secure WebSocket */
/* A sips: Request-URI that came in the clear: 403. */
bool ahoy_b2b_sips_refused(const ahoy_msg *req, const ahoy_flow *flow);
#define B2B_SIPS_REFUSED AHOY_S("SIPS Came Without TLS")
/* The callee's bindings that this request may go to: of a sips: Request-URI those that came by TLS. *insecure: there are
 * others, and 480 with this reason and warning (RFC 5630 4) is the answer. */
size_t ahoy_b2b_reachable(ahoy_switch *sw, const ahoy_msg *req, ahoy_slice callee, ahoy_binding bindings[AHOY_MAX_CONTACTS],
			  bool *insecure);
#define B2B_SIPS_UNREACHED AHOY_S("Not Reached By TLS")
#define B2B_SIPS_WARNING AHOY_S("Warning: 380 ahoy \"SIPS Not Allowed\"\r\n")

/* register.c */
void ahoy_b2b_register(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, ahoy_slice user);
void ahoy_b2b_answer_registered(ahoy_switch *sw, b2b_wait *wait, bool failed);
void ahoy_b2b_keep_alive(ahoy_switch *sw);

/* redirect.c: callees that send the call on */
/* 0: other phones ring now. Else the status that this fork ends with. */
AHOY_MUST_USE int ahoy_b2b_redirect(ahoy_switch *sw, b2b_call *call, const b2b_leg *leg, const ahoy_ua_event *event);
/* How often the call was sent on until it came there. */
unsigned ahoy_b2b_redirect_depth(const b2b_call *call, unsigned target);
/* History-Info and Diversion for a phone of this target. */
void ahoy_b2b_write_diverted(ahoy_switch *sw, ahoy_buf *b, const b2b_call *call, unsigned target, const ahoy_flow *flow);
void ahoy_b2b_redirect_free(ahoy_switch *sw, b2b_call *call);

/* route.c: from an authenticated INVITE to its forks */
/* One more leg; sw->sdp is what the caller describes. */
AHOY_MUST_USE int ahoy_b2b_fork_to(ahoy_switch *sw, b2b_call *call, const ahoy_msg *invite, const ahoy_binding *binding,
				   const b2b_fork *how);
/* `cancelled`: its CANCEL came before its digest was judged. */
void ahoy_b2b_invite(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, ahoy_slice user, bool cancelled);
void ahoy_b2b_answer_callee(ahoy_switch *sw, b2b_wait *wait, const ahoy_user_record *record, bool failed);

/* service.c: numbers that the server answers itself */
/* AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_b2b_set_services(ahoy_switch *sw, const ahoy_switch_config *config);
bool ahoy_b2b_is_service(const ahoy_switch *sw, ahoy_slice number);
/* No user has the number that was called, and it is a service's: answers, or refuses. */
void ahoy_b2b_service_begin(ahoy_switch *sw, b2b_call *call);
/* The 200 went out. */
void ahoy_b2b_service_answered(ahoy_switch *sw, b2b_call *call);
/* What concerns the other leg of other calls. False: to be handled as there. */
bool ahoy_b2b_service_event(ahoy_switch *sw, b2b_call *call, const ahoy_ua_event *event);

/* service_media.c */
void ahoy_b2b_service_recv(ahoy_switch *sw, ahoy_time now, ahoy_id call, bool is_rtcp, ahoy_slice bytes);
/* Its sound's deadline may be another one now. */
void ahoy_b2b_service_wake(ahoy_switch *sw, b2b_call *call);
void ahoy_b2b_service_due(ahoy_switch *sw, b2b_call *call);
/* Before the relay's call is closed: timers, the RTCP BYE. */
void ahoy_b2b_service_end(ahoy_switch *sw, b2b_call *call);
void ahoy_b2b_service_free(ahoy_switch *sw, b2b_call *call);
/* Gives their memory back. True: there was some. */
bool ahoy_b2b_trim_packets(ahoy_switch *sw);

/* message.c */
void ahoy_b2b_message_in(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, ahoy_slice user);
/* OPTIONS and MESSAGE to a number that the server answers itself. */
void ahoy_b2b_message_to_service(ahoy_switch *sw, ahoy_tx_id tx, ahoy_method method);
void ahoy_b2b_message_answered(ahoy_switch *sw, const ahoy_ua_event *event);

/* call.c */
b2b_call *ahoy_b2b_call_new(ahoy_switch *sw, ahoy_slice from, ahoy_slice to);
b2b_call *ahoy_b2b_call_of(ahoy_switch *sw, ahoy_id id);
void ahoy_b2b_call_free(ahoy_switch *sw, b2b_call *call);
void ahoy_b2b_leg_free(ahoy_switch *sw, b2b_leg *leg);
/* Ends it: hangs up what still stands (not the leg that is gone already), closes the relay, writes the record.
 * `code` is what A got where it was not answered. */
void ahoy_b2b_call_end(ahoy_switch *sw, b2b_call *call, ahoy_ended_by by, int code, ahoy_slice reason);
/* A's 200 may wait for a PRACK (RFC 3262 3): true where it does, and the call that ends now was then not answered. */
bool ahoy_b2b_is_held_back(ahoy_switch *sw, b2b_call *call);
/* Refuses A and ends it. */
void ahoy_b2b_call_refuse(ahoy_switch *sw, b2b_call *call, ahoy_ended_by by, int status, ahoy_slice reason, ahoy_slice headers);
b2b_leg *ahoy_b2b_leg_of(b2b_call *call, ahoy_call_id ua);
/* Where the leg's requests go now. False: it is over. */
bool ahoy_b2b_flow_of(ahoy_switch *sw, const b2b_leg *leg, ahoy_flow *flow);
static inline b2b_leg *b2b_peer_of(b2b_call *call, const b2b_leg *leg)
{
	return leg == &call->a ? (call->winner < 0 ? NULL : &call->b[call->winner]) : &call->a;
}
static inline bool b2b_is_held(const b2b_call *call)
{
	return call->a.held || (call->winner >= 0 && call->b[call->winner].held);
}
void ahoy_b2b_timer_due(ahoy_switch *sw, ahoy_timer *timer);
int ahoy_b2b_set(ahoy_switch *sw, ahoy_slice *slot, ahoy_slice value);
const ahoy_cdr *ahoy_b2b_cdr_of(ahoy_switch *sw, const b2b_call *call);

/* media.c: descriptions and the relay */
/* Parses `body` as what `leg` says. AHOY_ESYNTAX and others: 400 or 488. */
AHOY_MUST_USE int ahoy_b2b_read_sdp(ahoy_switch *sw, ahoy_slice body);
/* Takes the ports of this leg for each stream of sw->sdp and tells the relay where the leg is. AHOY_EFULL: out of ports. */
AHOY_MUST_USE int ahoy_b2b_apply_sdp(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_flow *flow);
/* Writes sw->sdp (said by the peer) for `leg` with our ports at its side; *out lives until the next use of sw->text. */
AHOY_MUST_USE int ahoy_b2b_write_sdp(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_flow *flow, ahoy_slice *out);
/* The body's main codec into the record. */
void ahoy_b2b_note_codec(ahoy_switch *sw, b2b_call *call);

/* early.c: what crosses before the answer (RFC 3262, RFC 3311) */
void ahoy_b2b_leg_progress(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_leg_pracked(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_early_change(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
/* This fork is no more, or another one won: nothing of the early time is left open with it. */
void ahoy_b2b_early_lost(ahoy_switch *sw, b2b_call *call, const b2b_leg *leg);
/* The description that the 200 to A bears: none where A was told before. */
ahoy_slice ahoy_b2b_early_answer(b2b_call *call);

/* bridge.c: what one leg tells is carried to the other */
/* The description that leg B just sent, applied and rewritten for A; a 200 without one stands by what its 183 said. Empty in
 * *out where there is none. */
AHOY_MUST_USE int ahoy_b2b_carry_answer(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event, ahoy_slice *out);
void ahoy_b2b_leg_answered(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_leg_refused(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
/* The call's 200 (a.told) waits for its record, and goes out with ahoy_b2b_answer_recorded. AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_b2b_save_answer(ahoy_switch *sw, b2b_call *call);
void ahoy_b2b_answer_recorded(ahoy_switch *sw, b2b_wait *wait, bool failed);
void ahoy_b2b_leg_acked(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_leg_cancelled(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_leg_ended(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
/* Hangs one leg up; nothing more is heard of it. */
void ahoy_b2b_hang_up_leg(ahoy_switch *sw, b2b_leg *leg, ahoy_slice headers);
/* Gives up on forks that did not win. */
void ahoy_b2b_drop_losers(ahoy_switch *sw, b2b_call *call, ahoy_slice headers);
/* All forks are through and none won. */
void ahoy_b2b_conclude_forks(ahoy_switch *sw, b2b_call *call);

/* route.c: how else to reach this phone should its stream be gone (sip/nat.h). */
bool ahoy_b2b_other_way(const ahoy_switch *sw, ahoy_slice user, const ahoy_binding *binding, ahoy_flow *also);
/* Of a phone that has several flows (RFC 5626) leaves the best alone; how many bindings are left. */
size_t ahoy_b2b_one_flow_each(ahoy_binding *bindings, size_t count);

/* change.c: re-INVITE and requests inside the call */
/* The change that `call->changing` asked for is through. */
void ahoy_b2b_answer_change(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, int status, ahoy_slice body);
/* The session timer wants a sign of life from this leg. */
void ahoy_b2b_leg_refresh(ahoy_switch *sw, b2b_call *call, b2b_leg *leg);
void ahoy_b2b_leg_reinvite(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_leg_reinvited(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_leg_in_dialog(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_leg_in_dialog_answer(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);

/* transcode.c */
/* The callee's leg refused what A offered (488, 606): it is called again with codecs of ours, where that can help. True: it
 * was. */
bool ahoy_b2b_transcode(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, int status);
/* Such a leg's answer, early or in the 2xx; *out is what A is told. */
int ahoy_b2b_coder_answer(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event, ahoy_slice *out);
/* What the phones ask for in a transcoded call; true where it is done. */
bool ahoy_b2b_coder_event(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_ua_event *event);
void ahoy_b2b_coder_recv(ahoy_switch *sw, ahoy_time now, b2b_call *call, unsigned side, bool is_rtcp, ahoy_slice bytes);
void ahoy_b2b_coder_due(ahoy_switch *sw, b2b_call *call);
/* The call is over: the last reports leave. */
void ahoy_b2b_coder_end(ahoy_switch *sw, b2b_call *call);
void ahoy_b2b_coder_free(ahoy_switch *sw, b2b_leg *leg);
/* route.c: calls this leg, which has its side and nothing else; on an error it is as if it had never been. */
int ahoy_b2b_call_leg(ahoy_switch *sw, b2b_call *call, b2b_leg *leg, const ahoy_msg *invite, const ahoy_binding *binding,
		      const b2b_fork *how);
/* service_media.c: a packet of ours. */
void ahoy_b2b_put_packet(ahoy_switch *sw, const ahoy_relay_out *out, const void *bytes, size_t len);

/* privacy.c */
/* Whether the caller hides who he is (RFC 3323, RFC 3325). False: he demands what we do not know (500). */
bool ahoy_b2b_privacy(const ahoy_msg *msg, bool *anonymous);
/* The From of a request to the callee, and P-Asserted-Identity among its headers. False where both hide the caller. */
bool ahoy_b2b_write_caller(ahoy_switch *sw, ahoy_buf *from, ahoy_buf *headers, const ahoy_msg *msg, ahoy_slice user,
			   const ahoy_flow *flow);

/* end_to_end.c */
/* A name-addr of `user` (escaped here; empty: the server itself) at the address by which this flow's peer reaches us. */
void ahoy_b2b_write_party(ahoy_switch *sw, ahoy_buf *b, ahoy_slice user, const ahoy_flow *flow);
/* The headers that cross (docs/behaviour.md): Subject, Alert-Info, Call-Info, User-to-User, Priority, X-*. */
void ahoy_b2b_write_end_to_end(ahoy_buf *b, const ahoy_msg *msg);
/* Why a leg was cancelled or hung up (RFC 3326), for the other legs. */
void ahoy_b2b_write_reason(ahoy_buf *b, const ahoy_msg *msg);
/* The same, for the record; empty where it said nothing. */
ahoy_slice ahoy_b2b_reason_of(const ahoy_msg *msg);
/* Of a refusal: Retry-After, Warning, Reason, and the Contact of a redirection. */
void ahoy_b2b_write_refusal(ahoy_buf *b, const ahoy_msg *msg);

#endif
