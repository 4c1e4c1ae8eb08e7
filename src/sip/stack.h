/* stack: the transaction layer over all flows (RFC 3261 17, 18; RFC 6026; RFC 3581), pulled: bytes and time go in,
 * datagrams and events come out. Owns transactions, their timers and retransmissions, and which address an answer
 * goes to. Dialogs, calls, digest are above it. Order of calls: one input (recv, expire, send_failed), then
 * pop_event until false (answering with commands), then pop_out until false. Events and outs point into the stack
 * and into the received bytes: they live until the next input. Transactions die at the start of the next input,
 * never inside a command. In another order events of the former input are lost (asserted). Thread kind: owned. */
#ifndef AHOY_SIP_STACK_H
#define AHOY_SIP_STACK_H

#include "base/env.h"
#include "base/err.h"
#include "sip/flow.h"
#include "sip/msg.h"
#include "sip/self.h"

typedef struct ahoy_stack ahoy_stack;
/* Slot and generation; 0 is none. A stale id is AHOY_ESTALE. */
typedef uint64_t ahoy_tx_id;

typedef struct {
	ahoy_self self;
	uint8_t worker;		   /* 0 .. 35, encoded in every branch and tag */
	uint32_t max_transactions; /* 0: AHOY_MAX_TRANSACTIONS. Full: 503 with Retry-After, sent without state */
} ahoy_stack_config;

typedef enum {
	/* A request that matches no transaction, not an ACK; a CANCEL that matches none. Nobody has answered it:
	 * serve (state) or reply (none). */
	AHOY_STACK_REQUEST,
	/* The INVITE server transaction `tx` was cancelled; the CANCEL itself has its 200 already (9.2). */
	AHOY_STACK_CANCEL,
	/* An ACK to a 2xx: `tx` is the INVITE transaction that sent it (it stops resending), or 0 where that is gone. */
	AHOY_STACK_ACK,
	/* A response to our request `tx`. 2xx to INVITE come as often as they arrive with a new To tag; repeated
	 * ones are answered by the stack with the stored ACK. */
	AHOY_STACK_RESPONSE,
	/* Our request got no final answer (AHOY_ETIMEOUT) or could not be sent (AHOY_ENETWORK). */
	AHOY_STACK_FAILED,
	/* No ACK came for our 2xx within 64*T1 (13.3.1.4): the session should be ended with BYE. */
	AHOY_STACK_UNACKED
} ahoy_stack_event_kind;

typedef struct {
	ahoy_stack_event_kind kind;
	ahoy_tx_id tx;
	uint64_t user;	       /* what serve or request was given */
	const ahoy_msg *msg;   /* NULL in FAILED and UNACKED */
	const ahoy_flow *flow; /* by which msg came */
	int err;	       /* FAILED */
} ahoy_stack_event;

/* What the stack counts; `dropped` by reason. */
#define AHOY_STACK_DROPS(X)                 \
	X(KEEPALIVE, "keepalive")           \
	X(UNPARSABLE, "unparsable")         \
	X(STRAY_RESPONSE, "stray_response") \
	X(STRAY_ACK, "stray_ack")           \
	X(NO_MEMORY, "no_memory")           \
	X(TABLE_FULL, "table_full")         \
	X(TOO_LARGE, "too_large")           \
	X(UNFRAMED, "unframed")
enum {
#define AHOY_DROP_ENUM(id, name) AHOY_DROP_##id,
	AHOY_STACK_DROPS(AHOY_DROP_ENUM)
#undef AHOY_DROP_ENUM
	AHOY_STACK_DROP_COUNT
};
typedef struct {
	uint64_t received, sent, retransmitted;
	uint64_t dropped[AHOY_STACK_DROP_COUNT];
	uint32_t transactions, timers;
} ahoy_stack_counters;

AHOY_MUST_USE int ahoy_stack_new(const ahoy_env *env, const ahoy_stack_config *config, ahoy_stack **out);
void ahoy_stack_del(ahoy_stack *stack);

/* ---- in ---- */
void ahoy_stack_recv(ahoy_stack *stack, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
void ahoy_stack_expire(ahoy_stack *stack, ahoy_time now);
/* The network says that nothing can be delivered to flow->peer (ICMP, connection refused): client transactions towards it fail. */
void ahoy_stack_send_failed(ahoy_stack *stack, ahoy_time now, const ahoy_flow *flow);
/* The stream is gone (18.4): client transactions on it fail; answers of server transactions will go by a new connection
 * to the peer's sent-by, where it is reachable (18.2.2), or nowhere. */
void ahoy_stack_flow_closed(ahoy_stack *stack, ahoy_time now, const ahoy_flow *flow);
/* What a stream broke off with (sip/stream.h), which is about to be closed: `head` gets its 400 or 513 where it can be
 * answered, and is no request. err: why; AHOY_ETIMEOUT where the rest did not come. */
void ahoy_stack_recv_broken(ahoy_stack *stack, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err);
/* For an owner that wants to issue commands outside recv and expire (a user's key): reaps as the inputs do. */
void ahoy_stack_turn(ahoy_stack *stack, ahoy_time now);

/* For quiet moments, inside a turn of its own: gives memory back (base/slots.h). True: there was some. */
bool ahoy_stack_trim(ahoy_stack *stack);

/* ---- out ---- */
ahoy_time ahoy_stack_next(const ahoy_stack *stack); /* when to call expire; AHOY_NEVER */
bool ahoy_stack_pop_event(ahoy_stack *stack, ahoy_stack_event *event);
bool ahoy_stack_pop_out(ahoy_stack *stack, ahoy_out *out);

/* The owner knows who is at the other end of this flow: its driver keeps the connection (AHOY_OUT_KEEP). Nothing for a
 * datagram flow. */
void ahoy_stack_keep(ahoy_stack *stack, const ahoy_flow *flow);

/* ---- commands: server side ---- */
typedef struct {
	int status;
	ahoy_slice reason;  /* empty: the standard phrase */
	ahoy_slice headers; /* whole lines, each with its CRLF: Contact, Allow, ... (write them with sip/write.h) */
	ahoy_slice type, body;
} ahoy_response;

/* Opens a server transaction for the request of a REQUEST event (or for a parsed copy of one that was parked). INVITE: 100 Trying is sent
 * by the stack after 200 ms without another answer (17.2.1). `to_tag` is ours for the To of its answers, where the
 * request's has none; empty: minted. AHOY_EFULL, AHOY_ENOMEM: a 503 is answered by the stack already. */
AHOY_MUST_USE int ahoy_stack_serve(ahoy_stack *stack, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow,
				   ahoy_slice to_tag, uint64_t user, ahoy_tx_id *tx);
/* AHOY_ESTALE; AHOY_ESTATE after a final response; AHOY_ETOOBIG, AHOY_ENOMEM: nothing was sent, and after a status of 300 or more
 * the transaction is over (a repeated request is a new one). */
int ahoy_stack_respond(ahoy_stack *stack, ahoy_time now, ahoy_tx_id tx, const ahoy_response *response);
/* One answer without state and never again (8.2.7; the To tag is a hash, the same for a repeated request). `limit`
 * in bytes, 0 for none: a larger answer is not sent and AHOY_ETOOBIG returned. */
int ahoy_stack_reply(ahoy_stack *stack, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow,
		     const ahoy_response *response, size_t limit);
/* Is there a server transaction (merged or retransmitted) for this request? For owners that park requests. */
bool ahoy_stack_knows(const ahoy_stack *stack, const ahoy_msg *req);
/* What `user` a server transaction carries; a later value may be set (a call made after the transaction). */
int ahoy_stack_set_user(ahoy_stack *stack, ahoy_tx_id tx, uint64_t user);

/* ---- commands: client side ---- */
typedef struct {
	ahoy_method method;
	ahoy_slice uri;
	/* whole lines with CRLF: Max-Forwards, From, To, Call-ID, CSeq, Contact, Route, ...; not Via, Content-Type, Content-Length */
	ahoy_slice headers;
	ahoy_slice type, body;
	uint64_t user;
} ahoy_request;

/* How many bytes it would have by this flow. */
size_t ahoy_stack_request_bytes(ahoy_stack *stack, const ahoy_request *request, const ahoy_flow *to);
/* Sends it with a Via of ours and watches over it. Everything is copied. AHOY_EFULL, AHOY_ENOMEM, AHOY_ETOOBIG. */
AHOY_MUST_USE int ahoy_stack_request(ahoy_stack *stack, ahoy_time now, const ahoy_request *request, const ahoy_flow *to, ahoy_tx_id *tx);
/* The ACK to a 2xx (13.2.2.4), own branch, no transaction; kept by the INVITE transaction `invite` for repeated 2xx
 * with that remote tag. */
int ahoy_stack_ack(ahoy_stack *stack, ahoy_time now, ahoy_tx_id invite, ahoy_slice remote_tag, const ahoy_request *ack,
		   const ahoy_flow *to);
/* CANCEL (9.1): at once where a provisional answer came, else as soon as one does. `headers`: lines to add, e.g.
 * Reason. Nothing happens after a final answer. If none comes within 64*T1 after the CANCEL the transaction FAILS
 * with AHOY_ETIMEOUT. */
int ahoy_stack_cancel(ahoy_stack *stack, ahoy_time now, ahoy_tx_id invite, ahoy_slice headers);

/* Nobody waits for the final answer any more (a re-INVITE whose dialog is over, 15.1.2): where none comes within
 * 64*T1 the transaction ends without a word. A 2xx still comes up, because it wants its ACK. */
void ahoy_stack_abandon(ahoy_stack *stack, ahoy_time now, ahoy_tx_id invite);

/* A token for tags, Call-IDs: worker digit, then 80 random bits in lower-case base 32. Writes 17 bytes and a NUL. */
#define AHOY_TOKEN 18
void ahoy_stack_mint(ahoy_stack *stack, char out[AHOY_TOKEN]);

const ahoy_self *ahoy_stack_self(const ahoy_stack *stack);
const ahoy_stack_counters *ahoy_stack_count(const ahoy_stack *stack);
const char *ahoy_stack_drop_name(int reason);

#endif
