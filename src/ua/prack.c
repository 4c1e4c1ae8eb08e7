/* Reliable provisional answers (RFC 3262), both roles.
 *
 *   callee:  101..199 with RSeq --resent after T1, doubled--> PRACK: 200, then the next one or the 2xx that waited
 *                               --64*T1 without a PRACK-----> 504 to the INVITE, CANCELLED
 *   caller:  101..199 with Require: 100rel and the next RSeq -> PRACK, at once or with the owner's answer to its offer
 *
 * One is under way at a time (3). What offer and answer may stand in which of them is RFC 3262 5 and RFC 6337 2. */
#include "ua/internal.h"

/* RFC 3261 17.1.1.1. */
#define T1 AHOY_MS(500)
/* 3: the first RSeq lies below 2^31, so that no call's numbers come round. */
#define FIRST_RSEQ_MOST 0x7fffffffu

static void free_held(ahoy_ua *ua, ua_held *held)
{
	ahoy_ua_free(ua, &held->headers);
	ahoy_ua_free(ua, &held->type);
	ahoy_ua_free(ua, &held->body);
	held->status = 0;
}

static int hold(ahoy_ua *ua, ua_held *held, int status, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	ua_held fresh = {.status = status};

	if (ahoy_ua_dup(ua, headers, &fresh.headers) || ahoy_ua_dup(ua, type, &fresh.type) || ahoy_ua_dup(ua, body, &fresh.body)) {
		free_held(ua, &fresh);
		return AHOY_ENOMEM;
	}
	free_held(ua, held);
	*held = fresh;
	return 0;
}

static bool we_support(const ahoy_ua *ua)
{
	ahoy_slice rest = ua->config.supported, one;

	while (rest.len) {
		ahoy_slice_cut(rest, ',', &one, &rest);
		if (ahoy_slice_ieq(ahoy_slice_trim(one), AHOY_S("100rel")))
			return true;
	}
	return false;
}

/* ---- the callee's side ---- */

void ahoy_ua_prack_hear(ahoy_ua *ua, ua_call *call, const ahoy_msg *invite)
{
	bool us = we_support(ua);

	call->early.offer = invite->body.len ? UA_OFFER_RECEIVED : UA_NO_OFFER;
	call->reliable.required = us && ahoy_msg_lists(invite, AHOY_H_REQUIRE, AHOY_S("100rel"));
	call->reliable.supported = us && (call->reliable.required || ahoy_msg_lists(invite, AHOY_H_SUPPORTED, AHOY_S("100rel")));
	call->reliable.cseq = invite->cseq;
}

/* The same bytes each time: nothing that an answer is written from changes meanwhile. */
static int transmit(ahoy_ua *ua, ua_call *call)
{
	const ua_held *sent = &call->reliable.sent;

	return ahoy_ua_call_respond(ua, call, call->invite_tx, sent->status, (ahoy_slice){0}, sent->headers, sent->type, sent->body);
}

static int start(ahoy_ua *ua, ua_call *call, int status, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	ua_reliable *r = &call->reliable;
	char text[4096];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	uint32_t rseq = r->rseq ? r->rseq + 1 : 1 + ahoy_random_u32(ua->env) % FIRST_RSEQ_MOST;
	int err;

	ahoy_write_header(&b, AHOY_H_REQUIRE, AHOY_S("100rel"));
	ahoy_write_number(&b, AHOY_H_RSEQ, rseq);
	ahoy_buf_put(&b, headers);
	err = b.full ? AHOY_ETOOBIG : hold(ua, &r->sent, status, ahoy_buf_slice(&b), type, body);
	if (!err)
		err = transmit(ua, call);
	if (err)
		return err;
	r->rseq = rseq;
	r->unacked = true;
	r->resend_after = T1;
	r->give_up_at = ua->now + 64 * T1;
	ahoy_timer_arm(&ua->timers, &r->timer, ua->now + T1);
	if (body.len)
		call->early.offer = call->early.offer == UA_NO_OFFER ? UA_OFFER_SENT : UA_SETTLED;
	return 0;
}

int ahoy_ua_prack_send(ahoy_ua *ua, ua_call *call, int status, ahoy_slice headers, ahoy_slice type, ahoy_slice body)
{
	if (!call->reliable.unacked)
		return start(ua, call, status, headers, type, body);
	/* Of those that wait the last one counts, but for one with a description. */
	if (call->reliable.next.body.len && !body.len)
		return 0;
	return hold(ua, &call->reliable.next, status, headers, type, body);
}

bool ahoy_ua_prack_holds(ahoy_ua *ua, ua_call *call, ahoy_slice headers, ahoy_slice type, ahoy_slice body, int *err)
{
	ua_reliable *r = &call->reliable;

	*err = 0;
	if (r->final.status) {
		*err = AHOY_ESTATE;
		return true;
	}
	if (!r->unacked || !r->sent.body.len)
		return false;
	*err = hold(ua, &r->final, 200, headers, type, body);
	return true;
}

void ahoy_ua_prack_stop(ahoy_ua *ua, ua_call *call)
{
	free_held(ua, &call->reliable.sent);
	free_held(ua, &call->reliable.next);
	free_held(ua, &call->reliable.final);
}

static void give_up(ahoy_ua *ua, ua_call *call, int status, int err)
{
	ahoy_ua_event *event = ahoy_ua_raise_call(ua, AHOY_UA_CANCELLED, call, NULL);

	event->status = status;
	event->err = err;
	(void)ahoy_ua_call_respond(ua, call, call->invite_tx, status, status == 504 ? AHOY_S("No PRACK came") : (ahoy_slice){0},
				   (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
	ahoy_ua_call_end(ua, call);
}

void ahoy_ua_prack_due(ahoy_ua *ua, ua_call *call)
{
	ua_reliable *r = &call->reliable;

	if (!r->unacked || !call->invite_tx)
		return;
	if (ua->now < r->give_up_at) {
		(void)transmit(ua, call);
		r->resend_after *= 2;
		ahoy_timer_arm(&ua->timers, &r->timer,
			       ua->now + r->resend_after < r->give_up_at ? ua->now + r->resend_after : r->give_up_at);
		return;
	}
	give_up(ua, call, 504, AHOY_ETIMEOUT);
}

/* Does it acknowledge what waits to be? */
static int judge(const ua_call *call, const ahoy_msg *prack)
{
	const ua_reliable *r = &call->reliable;
	ahoy_rack rack;

	if (ahoy_rack_parse(ahoy_msg_value(prack, AHOY_H_RACK), &rack))
		return 400;
	return r->unacked && rack.rseq == r->rseq && rack.cseq == r->cseq && rack.method == AHOY_INVITE ? 200 : 481;
}

bool ahoy_ua_prack_matches(const ua_call *call, const ahoy_msg *prack)
{
	return judge(call, prack) == 200;
}

/* What waited for the PRACK. */
static void go_on(ahoy_ua *ua, ua_call *call)
{
	ua_reliable *r = &call->reliable;
	ua_held waited = r->final.status ? r->final : r->next;
	int err = 0;

	if (!waited.status || call->state == AHOY_CALL_ANSWERED)
		return;
	if (r->final.status)
		r->final = (ua_held){0};
	else
		r->next = (ua_held){0};
	if (waited.status < 200)
		(void)start(ua, call, waited.status, waited.headers, waited.type, waited.body);
	else
		err = ahoy_ua_answer_now(ua, call, waited.headers, waited.type, waited.body);
	free_held(ua, &waited);
	if (err) /* the owner believes the call to be answered */
		give_up(ua, call, 500, err);
}

void ahoy_ua_prack_recv(ahoy_ua *ua, ua_call *call, const ahoy_stack_event *event)
{
	int status = judge(call, event->msg);
	bool answers;
	ahoy_tx_id tx;

	if (ahoy_stack_serve(ua->stack, ua->now, event->msg, event->flow, call->dialog.local_tag, call->id, &tx))
		return;
	if (status != 200) {
		(void)ahoy_ua_call_respond(ua, call, tx, status, status == 400 ? AHOY_S("RAck cannot be read") : (ahoy_slice){0},
					   (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	call->reliable.unacked = false;
	ahoy_timer_stop(&ua->timers, &call->reliable.timer);
	free_held(ua, &call->reliable.sent);
	answers = call->early.offer == UA_OFFER_SENT;
	if (event->msg->body.len && !answers) {
		ahoy_ua_offer_recv(ua, call, event, tx);
	} else {
		if (answers && event->msg->body.len)
			call->early.offer = UA_SETTLED;
		(void)ahoy_ua_call_respond(ua, call, tx, 200, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0}, (ahoy_slice){0});
		if (call->state != AHOY_CALL_ANSWERED)
			ahoy_ua_raise_call(ua, AHOY_UA_PRACKED, call, event);
	}
	go_on(ua, call);
}

/* ---- the caller's side ---- */

static int send_prack(ahoy_ua *ua, ua_call *call, uint32_t cseq, ahoy_slice type, ahoy_slice body)
{
	char text[64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_id id;
	int err;

	ahoy_write_fmt(&b, AHOY_H_RACK, "%u %u INVITE", call->early.rseq, cseq);
	err = ahoy_ua_call_send(ua, call, UA_SEND_PRACK, AHOY_PRACK, ahoy_buf_slice(&b), type, body, 0, &id);
	call->pracks += !err;
	return err;
}

bool ahoy_ua_prack_heard(ahoy_ua *ua, ua_call *call, const ahoy_msg *msg, bool *reliable)
{
	ua_early *early = &call->early;
	uint32_t rseq;

	*reliable = ahoy_msg_lists(msg, AHOY_H_REQUIRE, AHOY_S("100rel")) && !call->not_reliable && we_support(ua) && msg->to.tag.len &&
		    !ahoy_rseq_parse(ahoy_msg_value(msg, AHOY_H_RSEQ), &rseq);
	if (!*reliable)
		return true;
	if (early->rseq && rseq != early->rseq + 1)
		return false;
	early->rseq = rseq;
	if (msg->body.len && early->offer == UA_NO_OFFER) {
		early->offer = UA_OFFER_RECEIVED;
		early->prack_cseq = msg->cseq;
		return true;
	}
	if (msg->body.len && early->offer == UA_OFFER_SENT)
		early->offer = UA_SETTLED;
	/* Where it can't be sent now, the peer's answer comes again in vain and its 504 ends the call. */
	(void)send_prack(ua, call, msg->cseq, (ahoy_slice){0}, (ahoy_slice){0});
	return true;
}

int ahoy_call_prack(ahoy_ua *ua, ahoy_time now, ahoy_call_id id, ahoy_slice type, ahoy_slice body)
{
	ua_call *call = ahoy_ua_call_of(ua, id);
	uint32_t cseq;

	if (now > ua->now)
		ua->now = now;
	if (!call)
		return AHOY_ESTALE;
	cseq = call->early.prack_cseq;
	if (!cseq)
		return AHOY_ESTATE;
	call->early.prack_cseq = 0;
	if (body.len)
		call->early.offer = UA_SETTLED;
	return send_prack(ua, call, cseq, type, body);
}
