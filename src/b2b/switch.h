/* switch: the whole server as one pulled machine: registrar, digest, routing, back-to-back user agents, media relay, call records, trace.
 * The driver (src/server on sockets, sim/ on a virtual network, fuzz/) feeds datagrams, packets, time and answers,
 * and drains outs and asks. Owns all server state of one worker. Leaves to the driver: sockets, clocks, the store.
 * Order: one input, then pop_ask until false (answers may be given at once: they are commands of the same turn),
 * then pop_out and pop_media until false. Asks and outs point into the switch and live until the next input; received bytes must
 * live until pop_ask returned false. Thread kind: owned. */
#ifndef AHOY_B2B_SWITCH_H
#define AHOY_B2B_SWITCH_H

#include "b2b/cdr.h"
#include "registrar/binding.h"
#include "relay/relay.h"
#include "sip/digest.h"
#include "sip/trace.h"
#include "ua/ua.h"

typedef struct ahoy_switch ahoy_switch;

typedef struct {
	ahoy_self self;
	uint8_t worker;
	ahoy_slice realm;			  /* copied */
	ahoy_slice domain;			  /* copied; empty: any host name is ours */
	ahoy_digest_algorithm digest[2];	  /* offered in this order */
	uint8_t digest_count;			  /* 1 or 2 */
	uint32_t media_timeout_s, ring_timeout_s; /* 0: none */
	uint32_t session_expires_s;		  /* session timers (RFC 4028), 90 .. 86400; 0: none */
	uint32_t register_min_s, register_max_s;
	bool no_rate_limits;
	bool pass_redirects;		      /* a callee's 3xx goes to the caller, and is not followed */
	ahoy_latch latch;		      /* which source addresses media may be learned from */
	int64_t utc_offset_us;		      /* wall clock = now + this */
	uint64_t start_number;		      /* differs at each start (e.g. wall clock in ms): a nonce from before it is stale */
	ahoy_slice echo_number;		      /* copied; empty: no echo */
	uint32_t echo_limit_s;		      /* its longest call; 0: no end */
	size_t trace_bytes;		      /* ring of recent messages; 0: none */
	uint32_t max_calls, max_transactions; /* 0: the bounds of limits.h */
	uint32_t max_service_calls;	      /* likewise */
	/* Calls between phones that share no codec, whose sound is decoded and coded again: at most so many; 0: none. */
	uint32_t max_transcoded;
	/* The listeners' addresses (family, ip (may be 0.0.0.0), port): a Contact there is refused. */
	ahoy_addr listeners[16];
	uint8_t listener_count;
} ahoy_switch_config;

AHOY_MUST_USE int ahoy_switch_new(const ahoy_env *env, const ahoy_switch_config *config, ahoy_switch **out);
void ahoy_switch_del(ahoy_switch *sw);
/* What may change while it runs: time-outs, redirects, register limits, the echo's number and limit, utc offset. */
void ahoy_switch_reconfigure(ahoy_switch *sw, const ahoy_switch_config *config);

/* Before the first input: one stored binding. Expired ones are ignored. */
AHOY_MUST_USE int ahoy_switch_load_binding(ahoy_switch *sw, ahoy_time now, ahoy_slice user, const ahoy_binding *binding);

/* ---- in ---- */
void ahoy_switch_recv(ahoy_switch *sw, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
void ahoy_switch_send_failed(ahoy_switch *sw, ahoy_time now, const ahoy_flow *flow);
/* A stream is gone, or broke off with this head: see sip/stack.h. */
void ahoy_switch_flow_closed(ahoy_switch *sw, ahoy_time now, const ahoy_flow *flow);
void ahoy_switch_recv_broken(ahoy_switch *sw, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err);
void ahoy_switch_expire(ahoy_switch *sw, ahoy_time now);

/* A packet at a media port. SEND: send `bytes` unchanged as *out says. LOCAL: it was taken in here. Others: it went nowhere.
 * No allocation; no turn is opened or closed by it. */
ahoy_relay_verdict ahoy_switch_media(ahoy_switch *sw, ahoy_time now, ahoy_relay_port port, const ahoy_addr *source, ahoy_slice bytes,
				     ahoy_relay_out *out);

/* ---- asks: what needs the world ---- */
typedef enum {
	AHOY_ASK_USER, /* look `user` up; ahoy_switch_answer_user(id) is due, now or in a later turn */
	/* make this the whole set of bindings of `user` (count 0: none left); ahoy_switch_answer_saved(id) is due once
	 * it survives a kill */
	AHOY_ASK_SAVE,
	AHOY_ASK_RECORD,    /* write or overwrite this call record (by its id); where id is not 0 ahoy_switch_answer_saved(id) is due */
	AHOY_ASK_OPEN_PORTS /* the pool runs low: open up to `count` even/odd port pairs and give each by ahoy_switch_add_pair */
} ahoy_ask_kind;

typedef struct {
	ahoy_ask_kind kind;
	uint64_t id;
	ahoy_slice user;
	const ahoy_binding *bindings;
	size_t count;
	const ahoy_cdr *cdr;
} ahoy_ask;

bool ahoy_switch_pop_ask(ahoy_switch *sw, ahoy_ask *ask);
/* record->found false: no such user. `failed`: the store could not say (500 is answered). A stale id is ignored. */
void ahoy_switch_answer_user(ahoy_switch *sw, ahoy_time now, uint64_t id, const ahoy_user_record *record, bool failed);
void ahoy_switch_answer_saved(ahoy_switch *sw, ahoy_time now, uint64_t id, bool failed);
/* One opened pair, RTP at the even rtp_port, RTCP at the next. *pair is dense from 0; the ports' handles are AHOY_RELAY_RTP_PORT(pair) and
 * AHOY_RELAY_RTCP_PORT(pair). At least AHOY_WARM_PAIRS should be given before the first input. AHOY_EFULL. */
AHOY_MUST_USE int ahoy_switch_add_pair(ahoy_switch *sw, uint16_t rtp_port, uint32_t *pair);
/* No more can be opened (range or descriptors used up): not asked again for a second. */
void ahoy_switch_no_ports(ahoy_switch *sw, ahoy_time now);
/* How often a call or a change was refused because no pair was free. */
uint64_t ahoy_switch_ports_refused(const ahoy_switch *sw);

/* Now and then (every few seconds): gives back memory that a busier time needed, and looks how many port pairs nobody needed since the last
 * time. An input. True: memory went back to the allocator. */
bool ahoy_switch_trim(ahoy_switch *sw, ahoy_time now);
/* Then, until false: a pair that nobody needed, which the driver closes; add_pair gives its number again, the lowest
 * first. `keep` free ones stay, AHOY_WARM_PAIRS at the least. */
bool ahoy_switch_close_pair(ahoy_switch *sw, uint32_t keep, uint32_t *pair);

/* ---- out ---- */
ahoy_time ahoy_switch_next(const ahoy_switch *sw);
bool ahoy_switch_pop_out(ahoy_switch *sw, ahoy_out *out);
/* A packet that the server's own endpoints send (the echo): from the media port out->port to out->to. */
bool ahoy_switch_pop_media(ahoy_switch *sw, ahoy_relay_out *out, ahoy_slice *bytes);

/* ---- the operator ---- */
typedef struct {
	uint64_t slot, sub; /* zero to begin */
} ahoy_switch_cursor;

typedef struct {
	ahoy_slice user;
	ahoy_binding binding;
} ahoy_registration_info;
bool ahoy_switch_next_registration(const ahoy_switch *sw, ahoy_time now, ahoy_switch_cursor *cursor, ahoy_registration_info *out);

typedef enum {
	AHOY_LIVE_CALLING,
	AHOY_LIVE_RINGING,
	AHOY_LIVE_ANSWERED,
	AHOY_LIVE_HELD
} ahoy_live_state;
typedef struct {
	ahoy_slice id, from, to, codec;
	ahoy_live_state state;
	uint64_t started_utc_ms, answered_utc_ms; /* 0: not yet */
} ahoy_live_call_info;
bool ahoy_switch_next_call(const ahoy_switch *sw, ahoy_switch_cursor *cursor, ahoy_live_call_info *out);

typedef struct {
	uint64_t registrations, users_bound, calls, transactions, timers, ports_used;
	const ahoy_stack_counters *stack;
	uint64_t media[AHOY_RELAY_VERDICTS]; /* packets by verdict */
	uint64_t challenges, auth_failures, rate_limited;
	uint64_t transcoding, transcoded; /* calls now, and since the start */
} ahoy_switch_status;
void ahoy_switch_get_status(const ahoy_switch *sw, ahoy_switch_status *out);

/* By the record's id or either leg's Call-ID. AHOY_ENOTFOUND. */
int ahoy_switch_hangup(ahoy_switch *sw, ahoy_time now, ahoy_slice id);
/* Ends all calls with BYE and refuses new ones (503). The driver goes on until calls and transactions are through or its patience is. */
void ahoy_switch_stop(ahoy_switch *sw, ahoy_time now);

/* The ring of recent messages; NULL where trace_bytes was 0. */
const ahoy_trace *ahoy_switch_trace(const ahoy_switch *sw);
/* The Call-IDs of all legs of a live or recent call, by record id, a leg's Call-ID, or "last". Slices live until the
 * next input. AHOY_ENOTFOUND. */
#define AHOY_CALL_LEGS (1 + AHOY_MAX_FORKS)
int ahoy_switch_call_ids(const ahoy_switch *sw, ahoy_slice id, ahoy_slice call_ids[AHOY_CALL_LEGS], size_t *count);
/* What its media has been, as it came here from either leg: of a live call up to now. The codec lives until the next input. */
typedef struct {
	ahoy_slice codec; /* empty: none was agreed on */
	ahoy_relay_quality caller, callee;
} ahoy_call_media;
int ahoy_switch_call_media(const ahoy_switch *sw, ahoy_slice id, ahoy_call_media *out);

#endif
