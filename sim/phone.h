/* phone: an actor: the real user agent (src/ua) with credentials, SDP made by src/sdp and packets by src/rtp, at an
 * address of the virtual network. What it does and when is the script's business (script.h). Thread kind: owned. */
#ifndef AHOY_SIM_PHONE_H
#define AHOY_SIM_PHONE_H

#include "rtp/rtcp.h"
#include "sdp/offer_answer.h"
#include "sim/memory.h"
#include "sim/network.h"
#include "ua/ua.h"

#define SIM_LEGS 6
#define SIM_SINGLES 16
#define SIM_SDP 1024
#define SIM_REGISTER 2048
/* What a replayed request's Call-ID begins with: no token of ours does. */
#define SIM_REPLAY 'Z'

typedef enum {
	SIM_LEG_FREE,
	SIM_LEG_CALLING,
	SIM_LEG_RUNG,
	SIM_LEG_UP
} sim_leg_state;

typedef struct {
	sim_leg_state state;
	uint64_t serial; /* never used twice */
	ahoy_call_id id;
	unsigned attempt;
	bool is_caller;
	bool acked;	      /* callee: the ACK came */
	bool no_ack;	      /* caller: its ACKs are thrown away */
	bool twin;	      /* callee: each of its 2xx comes a second time with another tag, as from a forking proxy */
	bool owes_ack;	      /* caller: the 2xx made the offer */
	bool settled;	      /* offer and answer were exchanged reliably before the answer (RFC 3262 5) */
	bool reinviting;      /* ours is under way */
	ahoy_time changed_at; /* when it was sent */
	ahoy_time up_at;
	bool answers_change;   /* the peer's re-INVITE waits for us */
	bool change_offerless; /* ours */
	ahoy_sdp_dir want;     /* what we offer next */
	/* descriptions */
	uint64_t sess_id, sess_version;
	char told[SIM_SDP]; /* our last own */
	size_t told_len;
	char heard[SIM_SDP]; /* the offer that waits for our answer */
	size_t heard_len;
	bool has_agreed;
	ahoy_sdp_agreed agreed;
	/* media */
	uint16_t rtp_port;
	uint32_t ssrc, timestamp;
	uint16_t seq;
	unsigned spell; /* packets left of the present spell */
	uint32_t sent, sent_since_change;
	ahoy_time learned_at; /* when the relay knows where its packets come from; 0: it has not sent enough since the
				 last change */
	ahoy_time steady_at;  /* from then on media is expected to flow */
	ahoy_time greeted_at; /* the echo was first heard; 0: not yet */
	unsigned requests;    /* in the dialog, unanswered */
} sim_leg;

typedef struct {
	bool no_rport;	 /* its Via asks for none */
	bool by_name;	 /* it looks the server up by name each time */
	bool dead_first; /* ... and the first address is one where nobody is */
	bool wrong_password;
	bool updates;	    /* knows UPDATE */
	bool reliable;	    /* knows 100rel */
	uint32_t session_s; /* its session timer; 0: it knows none */
	uint8_t codecs;	    /* 0: PCMU, PCMA; 1: PCMA, PCMU; 2: PCMU alone; 3: PCMA alone */
	uint32_t expires_s; /* asked for */
} sim_habits;

typedef struct sim_phone {
	sim_world *world;
	unsigned index;
	char user[24], password[24];
	sim_habits habits;
	sim_memory memory;
	ahoy_ua *ua;
	ahoy_addr address; /* its own, port 5060 */
	ahoy_addr server;
	sim_nat *nat; /* NULL: none */
	sim_link link;
	ahoy_registration_id registration; /* 0: none */
	unsigned leaving;		   /* registrations that are being given up */
	bool registered, wants_registration;
	ahoy_time registered_at; /* the last 200 */
	ahoy_time silent_until;
	unsigned silent_in; /* the last round in which it was silent */
	sim_leg legs[SIM_LEGS];
	uint64_t next_serial;
	uint16_t next_rtp_port;
	char last_register[SIM_REGISTER]; /* as it was sent; for a replay */
	size_t last_register_len;
	uint64_t singles[SIM_SINGLES]; /* ids of unanswered requests; 0: free */
	ahoy_time wake_at;
	uint64_t wake_number;
	bool in_turn;
	unsigned turns_at_once;
	unsigned moves, moved_in; /* how often, and the last round in which it did */
} sim_phone;

void sim_phone_init(sim_world *world, unsigned index);
void sim_phone_fini(sim_phone *phone);
void sim_phone_recv(sim_phone *phone, const ahoy_addr *to, const ahoy_addr *from, ahoy_slice bytes);
void sim_phone_refused(sim_phone *phone, const ahoy_addr *peer);
/* Round commands: between the two the user agent may be told what to do. */
void sim_phone_begin(sim_phone *phone);
void sim_phone_end(sim_phone *phone);
/* A datagram that is not the user agent's: garbage, keep-alives. */
void sim_phone_send_raw(sim_phone *phone, ahoy_slice bytes);

void sim_phone_register(sim_phone *phone);
void sim_phone_unregister(sim_phone *phone);
/* Nothing more is under way, as far as the phone knows. */
bool sim_phone_is_idle(const sim_phone *phone);
/* None of its requests still waits for an answer. */
bool sim_phone_is_quiet(const sim_phone *phone);
/* Leaves its address for another, or has its NAT forget everything. */
void sim_phone_move(sim_phone *phone);
void sim_phone_check_idle(sim_phone *phone);
/* Its Contact is in the store, and lasts beyond this time. */
bool sim_phone_is_bound(const sim_phone *phone, uint64_t utc_ms);
/* Registered, and nothing happened in this round for which it should not be. */
bool sim_phone_is_sound(const sim_phone *phone);
/* A bit for each such phone of this user. */
uint32_t sim_sound_phones(const sim_world *world, const char *user);
static inline bool sim_phone_is_silent(const sim_phone *phone, ahoy_time now)
{
	return now < phone->silent_until;
}

/* phone_echo.c: media of calls to the echo */
#define SIM_ECHO_SAMPLES 160
/* Must the server send back what it gets now, but for loss on the way? Asked where the leg is steady. */
bool sim_echo_is_due(const sim_phone *phone, const sim_leg *leg);
void sim_echo_speak(sim_phone *phone, sim_leg *leg, bool due, uint8_t voice[SIM_ECHO_SAMPLES]);
/* That goes on while nothing is said, as a microphone's does. */
uint32_t sim_echo_timestamp(const sim_phone *phone, const sim_leg *leg);
void sim_echo_heard(sim_world *world, sim_leg *leg, ahoy_slice bytes);
void sim_echo_reported(sim_world *world, const sim_leg *leg, const ahoy_rtcp *rtcp);

/* phone_send.c */
void sim_phone_send(sim_phone *phone, const ahoy_out *out);
/* Somebody who saw the REGISTER that `answer` answers, where it was the last, sends it again as a request of his own: the same
 * credentials, another Call-ID and branch. */
void sim_phone_replay(sim_phone *phone, const ahoy_msg *answer);

/* phone_call.c */
typedef struct {
	const char *target; /* user, or a whole URI */
	bool offerless, no_ack;
	ahoy_slice headers;
} sim_call_plan;
/* The leg; NULL where it could not be begun. */
sim_leg *sim_phone_call(sim_phone *phone, unsigned attempt, const sim_call_plan *plan);
sim_leg *sim_phone_leg(sim_phone *phone, uint64_t serial);
sim_leg *sim_phone_leg_by_id(sim_phone *phone, ahoy_call_id id);
sim_leg *sim_phone_free_leg(sim_phone *phone);
unsigned sim_phone_busy(const sim_phone *phone); /* legs */
void sim_leg_answer(sim_phone *phone, sim_leg *leg, bool without_sdp);
void sim_leg_refuse(sim_phone *phone, sim_leg *leg, int status, ahoy_slice headers);
void sim_leg_hang_up(sim_phone *phone, sim_leg *leg);
void sim_phone_put_uri(const sim_phone *phone, ahoy_buf *b, const char *target);
/* Our description in an answer: an answer to what was heard, or, where that was nothing, an offer. */
int sim_leg_describe(sim_phone *phone, sim_leg *leg, ahoy_slice *body);
/* The ACK with our answer to an offer in a 2xx. */
void sim_leg_ack_with_answer(sim_phone *phone, sim_leg *leg, ahoy_slice offer);
/* The descriptions changed: for a while no packet is expected to arrive. */
void sim_leg_unsettle(sim_phone *phone, sim_leg *leg);

/* phone_early.c: before the answer (RFC 3262, RFC 3311) */
/* The phone rings, reliably where both know that; with a description where it is to. */
void sim_leg_ring(sim_phone *phone, sim_leg *leg, int status, bool early_media);
void sim_leg_progress(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event);
void sim_leg_pracked(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event);
/* An UPDATE that changes the session before it has begun. */
void sim_leg_update(sim_phone *phone, sim_leg *leg, ahoy_sdp_dir want);

/* phone_change.c */
/* want: the direction that is offered from now on. */
void sim_leg_change(sim_phone *phone, sim_leg *leg, ahoy_sdp_dir want, bool offerless);
/* Gives the ACK that is owed. */
void sim_leg_ack(sim_phone *phone, sim_leg *leg);
void sim_leg_answer_change(sim_phone *phone, sim_leg *leg, int status);
void sim_leg_changed(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event);
void sim_leg_change_comes(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event);

/* phone_request.c */
void sim_leg_asked(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event);
void sim_leg_told(sim_phone *phone, sim_leg *leg, const ahoy_ua_event *event);
void sim_phone_message_comes(sim_phone *phone, const ahoy_ua_event *event);
void sim_leg_request(sim_phone *phone, sim_leg *leg, ahoy_method method);
void sim_phone_message(sim_phone *phone, const char *target);
void sim_phone_options(sim_phone *phone);
void sim_phone_call_event(sim_phone *phone, const ahoy_ua_event *event);
void sim_phone_request_event(sim_phone *phone, const ahoy_ua_event *event);
void sim_phone_response_event(sim_phone *phone, const ahoy_ua_event *event);

/* phone_media.c */
ahoy_slice sim_leg_offer(sim_phone *phone, sim_leg *leg);
/* AHOY_ECODEC and others: 488. */
int sim_leg_answer_sdp(sim_phone *phone, sim_leg *leg, ahoy_slice offer, ahoy_slice *answer);
/* The peer's answer to our last offer. */
int sim_leg_accept_sdp(sim_phone *phone, sim_leg *leg, ahoy_slice answer);
void sim_leg_send_media(sim_phone *phone, sim_leg *leg);
void sim_leg_send_report(sim_phone *phone, sim_leg *leg);
void sim_phone_recv_media(sim_phone *phone, uint16_t port, ahoy_slice bytes);

#endif
