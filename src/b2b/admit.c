/* Who may do what: the digest before anything else (docs/behaviour.md), without state for those who have none to show. */
#include "b2b/internal.h"
#include "crypto/siphash.h"
#include "registrar/quirks.h"

/* An answer to somebody unauthenticated is no larger than this, so that the server is no amplifier. */
static size_t answer_limit(const ahoy_msg *req)
{
	size_t limit = req->raw.len + req->raw.len / 2;

	return limit > 600 ? limit : 600;
}

bool ahoy_b2b_is_ours(const ahoy_switch *sw, const ahoy_uri *uri)
{
	ahoy_addr addr;

	if (uri->kind == AHOY_URI_TEL)
		return true;
	if (!ahoy_uri_addr(uri, &addr)) {
		if (ahoy_self_is_mine(&sw->config.self, &addr))
			return true;
		for (unsigned i = 0; i < sw->config.listener_count; i++)
			if (ahoy_addr_ip_eq(&sw->config.listeners[i], &addr))
				return true;
		return false;
	}
	return !sw->domain.len || ahoy_slice_ieq(sw->domain, uri->host);
}

static void challenge(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, bool stale)
{
	char text[1024];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	ahoy_response response = {.status = 401};
	size_t limit = answer_limit(req);

	sw->challenges++;
	ahoy_auth_write_challenge(sw->auth, sw->now, stale, ahoy_quirk_single_challenge(req) ? 0 : SIZE_MAX, &headers);
	response.headers = ahoy_buf_slice(&headers);
	if (!headers.full && ahoy_stack_reply(ahoy_ua_stack(sw->ua), sw->now, req, flow, &response, limit) != AHOY_ETOOBIG)
		return;
	/* Too long with two: one alone. If even that is too much for the limit the request goes unanswered. */
	headers = ahoy_buf_over(text, sizeof text);
	ahoy_auth_write_challenge(sw->auth, sw->now, stale, 0, &headers);
	response.headers = ahoy_buf_slice(&headers);
	(void)ahoy_stack_reply(ahoy_ua_stack(sw->ua), sw->now, req, flow, &response, limit);
}

/* The request with this Call-ID and CSeq that waits for its digest to be judged. */
static b2b_wait *waiting(const ahoy_switch *sw, const ahoy_msg *req)
{
	ahoy_map_node *node = ahoy_map_first(&sw->waiting, ahoy_siphash(sw->hash_key, req->call_id));

	for (; node; node = ahoy_map_next(node)) {
		b2b_wait *wait = node->owner;

		if (wait->cseq == req->cseq && ahoy_slice_eq(wait->call_id, req->call_id))
			return wait;
	}
	return NULL;
}

/* A CANCEL that matches no transaction: its INVITE is the one that still waits, or there is none (9.2). */
static void recv_cancel(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow)
{
	b2b_wait *wait = waiting(sw, req);

	if (!ahoy_rate_take(sw->rate, sw->now, AHOY_RATE_UNAUTHENTICATED, &flow->peer))
		return;
	if (wait)
		wait->cancelled = true;
	(void)ahoy_ua_reply(sw->ua, sw->now, req, flow, wait ? 200 : 481, (ahoy_slice){0}, (ahoy_slice){0});
}

/* OPTIONS to the server itself needs no digest (docs/behaviour.md) and keeps no state (RFC 3261 11.2). */
static void answer_options(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow)
{
	char text[512];
	ahoy_buf headers = ahoy_buf_over(text, sizeof text);
	int status = ahoy_ua_unsupported(sw->ua, req, &headers);

	if (!status) {
		ahoy_buf_str(&headers, "Allow: " B2B_ALLOW "\r\nAccept: application/sdp\r\n"
				       "Accept-Encoding: identity\r\nAccept-Language: en\r\n");
		ahoy_write_header(&headers, AHOY_H_SUPPORTED, ahoy_b2b_supported(&sw->config));
		status = 200;
	}
	(void)ahoy_ua_reply(sw->ua, sw->now, req, flow, status, (ahoy_slice){0}, ahoy_buf_slice(&headers));
}

static void ask_user(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, ahoy_slice user)
{
	b2b_wait *wait = ahoy_b2b_wait_add(sw, B2B_WAIT_AUTH);

	if (!wait || user.len > sizeof wait->user || ahoy_slice_dup(sw->env, req->call_id, &wait->call_id) ||
	    ahoy_map_add(&sw->waiting, &wait->by_call_id, ahoy_siphash(sw->hash_key, req->call_id), wait) ||
	    !ahoy_b2b_ask_add(sw, AHOY_ASK_USER, wait->id, 0)) {
		if (wait)
			ahoy_b2b_wait_end(sw, wait);
		(void)ahoy_ua_reply(sw->ua, sw->now, req, flow, 503, (ahoy_slice){0}, AHOY_S("Retry-After: 5\r\n"));
		return;
	}
	wait->cseq = req->cseq;
	wait->flow = *flow;
	memcpy(wait->user, user.ptr, user.len);
	wait->user_len = user.len;
	sw->turn_wait = wait->id;
	sw->turn_msg = req;
}

void ahoy_b2b_recv_request(ahoy_switch *sw, const ahoy_ua_event *event)
{
	const ahoy_msg *req = event->msg;
	const ahoy_flow *flow = event->flow;
	ahoy_auth_claim claim;
	int err;

	if (req->method == AHOY_CANCEL) {
		recv_cancel(sw, req, flow);
		return;
	}
	/* RFC 5393 4: our own INVITE, which a proxy sent back. Nobody could answer a challenge to it. */
	if (req->method == AHOY_INVITE && ahoy_ua_loop(sw->ua, req)) {
		(void)ahoy_ua_reply(sw->ua, sw->now, req, flow, 482, (ahoy_slice){0}, (ahoy_slice){0});
		return;
	}
	err = ahoy_auth_extract(sw->auth, req, &claim);
	if (err) {
		if (!ahoy_rate_take(sw->rate, sw->now, AHOY_RATE_UNAUTHENTICATED, &flow->peer))
			return;
		if (err == AHOY_ESYNTAX)
			(void)ahoy_ua_reply(sw->ua, sw->now, req, flow, 400, AHOY_S("Malformed Authorization"), (ahoy_slice){0});
		else if (req->method == AHOY_OPTIONS && !req->uri.user.len && ahoy_b2b_is_ours(sw, &req->uri))
			answer_options(sw, req, flow);
		else
			challenge(sw, req, flow, false);
		return;
	}
	if (!ahoy_rate_allows(sw->rate, sw->now, AHOY_RATE_FAILURE, &flow->peer) || waiting(sw, req))
		return;
	ask_user(sw, req, flow, ahoy_auth_claim_user(&claim));
}

void ahoy_b2b_park(ahoy_switch *sw)
{
	b2b_wait *wait = ahoy_slots_get(&sw->waits, sw->turn_wait);

	sw->turn_wait = 0;
	if (!wait)
		return;
	/* Without memory the request is as if lost: its sender repeats it. */
	if (wait->bytes.len == 0 && ahoy_slice_dup(sw->env, sw->turn_msg->raw, &wait->bytes))
		ahoy_b2b_wait_end(sw, wait);
}

static void admitted(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, const b2b_wait *wait)
{
	ahoy_slice user = ahoy_slice_make(wait->user, wait->user_len);

	ahoy_stack_keep(ahoy_ua_stack(sw->ua), flow);
	switch (req->method) {
	case AHOY_INVITE:
		ahoy_b2b_invite(sw, req, flow, user, wait->cancelled);
		break;
	case AHOY_REGISTER:
		ahoy_b2b_register(sw, req, flow, user);
		break;
	default:
		ahoy_b2b_message_in(sw, req, flow, user);
		break;
	}
}

static void judge(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow, const b2b_wait *wait, const ahoy_user_record *record)
{
	ahoy_auth_verdict verdict;

	ahoy_auth_check(sw->auth, sw->now, req, record, &verdict);
	switch (verdict.outcome) {
	case AHOY_AUTH_OK:
		admitted(sw, req, flow, wait);
		break;
	case AHOY_AUTH_CHALLENGE:
		sw->auth_failures++;
		(void)ahoy_rate_take(sw->rate, sw->now, AHOY_RATE_FAILURE, &flow->peer);
		challenge(sw, req, flow, false);
		break;
	case AHOY_AUTH_STALE:
		/* Limited like a first challenge: credentials sniffed once could be sent from a forged source for ever. */
		if (ahoy_rate_take(sw->rate, sw->now, AHOY_RATE_UNAUTHENTICATED, &flow->peer))
			challenge(sw, req, flow, true);
		break;
	case AHOY_AUTH_REFUSED:
		(void)ahoy_ua_reply(sw->ua, sw->now, req, flow, verdict.status, ahoy_slice_of(verdict.reason), (ahoy_slice){0});
		break;
	}
}

/* With state: for a copy of the request the store may be well again, and a request gets one final answer (17.2). */
static void fail_lookup(ahoy_switch *sw, const ahoy_msg *req, const ahoy_flow *flow)
{
	ahoy_tx_id tx;

	if (!ahoy_ua_serve(sw->ua, sw->now, req, flow, 0, &tx))
		(void)ahoy_ua_respond(sw->ua, sw->now, tx, 500, (ahoy_slice){0}, AHOY_S("Retry-After: 5\r\n"),
				      (ahoy_slice){0}, (ahoy_slice){0});
}

void ahoy_b2b_answer_auth(ahoy_switch *sw, b2b_wait *wait, const ahoy_user_record *record, bool failed)
{
	const ahoy_msg *req = sw->turn_msg;
	ahoy_flow flow = wait->flow;

	if (wait->bytes.len) {
		if (ahoy_msg_parse(wait->bytes, &sw->parked, NULL)) {
			ahoy_b2b_wait_end(sw, wait);
			return;
		}
		req = &sw->parked;
	}
	if (ahoy_stack_knows(ahoy_ua_stack(sw->ua), req))
		; /* a copy of it was judged meanwhile */
	else if (failed)
		fail_lookup(sw, req, &flow);
	else
		judge(sw, req, &flow, wait, record);
	ahoy_b2b_wait_end(sw, wait);
}
