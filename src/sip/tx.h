/* tx: what the four transaction machines (tx_ict, tx_nict, tx_ist, tx_nist) share, inside the stack only.
 * A transaction is changed by one function per event in its machine's file; every change of state goes through that machine's `enter`,
 * which also arms the timers. It dies by ahoy_tx_end, which takes it out of all tables at once and frees it at the next input.
 * RFC 3261 17, RFC 6026. Thread kind: owned. */
#ifndef AHOY_SIP_TX_H
#define AHOY_SIP_TX_H

#include "base/map.h"
#include "base/slots.h"
#include "base/timers.h"
#include "sip/stack.h"

/* RFC 3261 17.1.1.1 and table 4. */
#define AHOY_T1 AHOY_MS(500)
#define AHOY_T2 AHOY_SECONDS(4)
#define AHOY_T4 AHOY_SECONDS(5)
#define AHOY_TRYING_AFTER AHOY_MS(200)		/* 17.2.1: 100 within 200 ms */
#define AHOY_PROVISIONAL_EVERY AHOY_SECONDS(60) /* 13.3.1.1: repeated so that proxies do not give up */

typedef enum {
	AHOY_TX_ICT,
	AHOY_TX_NICT,
	AHOY_TX_IST,
	AHOY_TX_NIST
} ahoy_tx_kind;

typedef enum {
	AHOY_TX_CALLING, /* ICT; "Trying" of NICT and NIST */
	AHOY_TX_PROCEEDING,
	AHOY_TX_COMPLETED,
	AHOY_TX_CONFIRMED, /* IST */
	AHOY_TX_ACCEPTED,  /* ICT, IST (RFC 6026) */
	AHOY_TX_TERMINATED
} ahoy_tx_state;

/* Timers by what they do; the RFC's letters stand where they are armed. */
enum {
	AHOY_TX_RESEND,
	AHOY_TX_TIMEOUT
};

/* A message kept for sending (again). */
typedef struct ahoy_text {
	struct ahoy_text *next; /* in the stack's list of those to be freed */
	size_t len;
	char bytes[];
} ahoy_text;

typedef struct ahoy_tx {
	ahoy_tx_id id;
	uint64_t user;
	ahoy_tx_kind kind;
	ahoy_tx_state state;
	ahoy_flow flow; /* where it sends */
	ahoy_timer resend, timeout;
	ahoy_time resend_after; /* the present interval, us */
	ahoy_text *sent;	/* the last message to send again; NULL: none yet */
	struct ahoy_tx *next_dead, *next_event;
	bool has_event;
	int event_err; /* FAILED; 0: UNACKED */

	/* client */
	uint32_t salt; /* in the branch beside the id */
	ahoy_method method;
	ahoy_text *ack; /* ICT: the ACK to the accepted 2xx, for repeated ones */
	ahoy_flow ack_flow;
	char *ack_tag;		   /* the To tag that it answers, NUL-terminated */
	ahoy_tx_id cancel;	   /* ICT: the CANCEL's transaction; CANCEL's: the INVITE's */
	ahoy_text *cancel_headers; /* ICT: CANCEL is wanted as soon as a provisional comes */
	bool cancel_wanted, cancel_sent;
	bool silent; /* nobody above is told of it (CANCEL) */

	/* server */
	ahoy_map_node node;			       /* by Call-ID, From tag, CSeq, INVITE or not */
	ahoy_text *head;			       /* owns the slices below */
	ahoy_slice call_id, from_tag, branch, sent_by; /* of the request, for matching */
	uint32_t cseq;
	uint16_t back_port; /* nat.h's: where to connect to when the stream is gone; 0: nowhere */
	bool had_to_tag;    /* the request's To had a tag: it is no copy of one that opens something */
	/* The lines of every answer behind the status line, in pieces: before + our_tag + after + record_route. */
	ahoy_slice before_tag, our_tag, after_tag, record_route, timestamp;
	bool acked;
	int last_status;
} ahoy_tx;

struct ahoy_stack {
	const ahoy_env *env;
	ahoy_stack_config config;
	uint8_t hash_key[16];
	ahoy_slots txs;
	ahoy_map servers;
	ahoy_timers timers;
	ahoy_stack_counters counters;
	ahoy_time now;
	ahoy_tx *dead, *events, **events_tail;
	bool has_msg_event;
	ahoy_stack_event msg_event;
	ahoy_text *trash;
	ahoy_out *outs;
	size_t out_count, out_popped, out_cap;
	ahoy_flow in_flow;
	ahoy_msg in, scratch; /* the message of this turn; one for our own stored ones */
	char *text;	      /* AHOY_MAX_MESSAGE bytes for building */
};

/* stack_out.c */
/* Queues bytes that live until the next input. */
void ahoy_stack_send(ahoy_stack *stack, const ahoy_flow *flow, ahoy_slice bytes);
/* Keeps a copy of what stack->text holds; NULL: out of memory. */
ahoy_text *ahoy_text_keep(ahoy_stack *stack, ahoy_slice bytes);
/* Frees it at the next input, because outs may still point into it. NULL is nothing. */
void ahoy_text_drop(ahoy_stack *stack, ahoy_text *text);
static inline ahoy_slice ahoy_text_slice(const ahoy_text *text)
{
	return (ahoy_slice){text->bytes, text->len};
}
/* Sends tx->sent once more. */
void ahoy_tx_resend(ahoy_stack *stack, ahoy_tx *tx);

/* stack.c */
void ahoy_tx_end(ahoy_stack *stack, ahoy_tx *tx);
/* An event without a message; one at a time for each transaction. */
void ahoy_tx_raise(ahoy_stack *stack, ahoy_tx *tx, int err);
/* The event of this turn's message. */
void ahoy_stack_raise_msg(ahoy_stack *stack, ahoy_stack_event_kind kind, const ahoy_tx *tx);
ahoy_tx *ahoy_tx_new(ahoy_stack *stack, ahoy_tx_kind kind, const ahoy_flow *flow, uint64_t user, int *err);
/* Doubles the interval up to `cap` and arms the resend timer. */
void ahoy_tx_back_off(ahoy_stack *stack, ahoy_tx *tx, ahoy_time cap);

/* stack_client.c */
void ahoy_stack_recv_response(ahoy_stack *stack, const ahoy_msg *msg);
/* Sends the CANCEL that was asked for; called by the ICT when a provisional response allows it. */
void ahoy_tx_send_cancel(ahoy_stack *stack, ahoy_tx *invite);
/* ACK to a final response above 2xx (17.1.1.3). */
void ahoy_tx_send_ack(ahoy_stack *stack, ahoy_tx *invite, const ahoy_msg *response);

/* stack_server.c */
void ahoy_stack_recv_request(ahoy_stack *stack, const ahoy_msg *msg);
/* 100 Trying. */
void ahoy_tx_send_trying(ahoy_stack *stack, ahoy_tx *tx);

/* The machines. `start` after creation; recv_* for what came; expire for a timer; respond for a TU's answer (already in tx->sent). */
void ahoy_ict_start(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_ict_recv(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *msg);
void ahoy_ict_cancelled(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_ict_abandoned(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_ict_expire(ahoy_stack *stack, ahoy_tx *tx, int timer);
void ahoy_ict_failed(ahoy_stack *stack, ahoy_tx *tx);

void ahoy_nict_start(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_nict_recv(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *msg);
void ahoy_nict_expire(ahoy_stack *stack, ahoy_tx *tx, int timer);
void ahoy_nict_failed(ahoy_stack *stack, ahoy_tx *tx);

void ahoy_ist_start(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_ist_recv_again(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_ist_recv_ack(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_ist_respond(ahoy_stack *stack, ahoy_tx *tx, int status);
void ahoy_ist_expire(ahoy_stack *stack, ahoy_tx *tx, int timer);

void ahoy_nist_start(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_nist_recv_again(ahoy_stack *stack, ahoy_tx *tx);
void ahoy_nist_respond(ahoy_stack *stack, ahoy_tx *tx, int status);
void ahoy_nist_expire(ahoy_stack *stack, ahoy_tx *tx, int timer);

#endif
