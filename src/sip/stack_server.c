/* The server side of the stack: which transaction a request belongs to (RFC 3261 17.2.3, 8.2.2.2, 9.2), and answers. */
#include "crypto/siphash.h"
#include "sip/nat.h"
#include "sip/tx.h"
#include "sip/write.h"

/* 8.1.1.7: the cookie is compared without regard to case here, because the seed's server writes a small k. */
static const ahoy_slice cookie = {"z9hG4bK", 7};

/* ACK and CANCEL look for the INVITE. */
static ahoy_method matched_method(const ahoy_msg *req)
{
	return req->method == AHOY_ACK || req->method == AHOY_CANCEL ? AHOY_INVITE : req->method;
}

static uint64_t hash_of(const ahoy_stack *stack, const ahoy_msg *req)
{
	uint64_t hash = ahoy_siphash(stack->hash_key, req->call_id);

	hash = (hash << 13 | hash >> 51) ^ ahoy_siphash(stack->hash_key, req->from.tag);
	return hash ^ ((uint64_t)req->cseq << 8 | (uint64_t)matched_method(req)) * 0x9e3779b97f4a7c15u;
}

/* Same Call-ID, From tag, CSeq and method: the request itself, or a copy of it that came another way. */
static bool same_request(const ahoy_tx *tx, const ahoy_msg *req)
{
	return tx->cseq == req->cseq && tx->method == matched_method(req) && ahoy_slice_eq(tx->call_id, req->call_id) &&
	       ahoy_slice_eq(tx->from_tag, req->from.tag);
}

/* 17.2.3. A branch without the cookie is not unique, so an RFC 2543 peer is matched by the rest alone. */
static bool same_branch(const ahoy_tx *tx, const ahoy_msg *req)
{
	if (!ahoy_slice_istarts(req->via.branch, cookie))
		return ahoy_slice_ieq(tx->sent_by, req->via.host);
	return ahoy_slice_eq(tx->branch, req->via.branch) && ahoy_slice_ieq(tx->sent_by, req->via.host);
}

static ahoy_tx *find(const ahoy_stack *stack, const ahoy_msg *req, ahoy_tx **copy)
{
	ahoy_map_node *node = ahoy_map_first(&stack->servers, hash_of(stack, req));

	if (copy)
		*copy = NULL;
	for (; node; node = ahoy_map_next(node)) {
		ahoy_tx *tx = node->owner;

		if (!same_request(tx, req))
			continue;
		if (same_branch(tx, req))
			return tx;
		if (copy)
			*copy = tx;
	}
	return NULL;
}

bool ahoy_stack_knows(const ahoy_stack *stack, const ahoy_msg *req)
{
	ahoy_tx *copy;

	return find(stack, req, &copy) || copy;
}

static void reply_status(ahoy_stack *stack, const ahoy_msg *req, int status)
{
	ahoy_response response = {.status = status};

	(void)ahoy_stack_reply(stack, stack->now, req, &stack->in_flow, &response, 0);
}

/* 8.2.7: the same request always gets the same tag. */
static ahoy_slice stateless_tag(const ahoy_stack *stack, const ahoy_msg *req, ahoy_buf *b)
{
	ahoy_buf_char(b, 's');
	ahoy_buf_hex_u64(b, ahoy_siphash(stack->hash_key, req->via.branch) ^ hash_of(stack, req), 16);
	return ahoy_buf_slice(b);
}

static void recv_ack(ahoy_stack *stack, const ahoy_msg *req)
{
	char text[32];
	ahoy_buf tag = ahoy_buf_over(text, sizeof text);
	ahoy_tx *copy, *tx = find(stack, req, &copy);

	/* The ACK to a 2xx has a branch of its own (17.1.1.3) and is recognised by our To tag. */
	if (!tx && copy && ahoy_slice_eq(copy->our_tag.len ? copy->our_tag : req->to.tag, req->to.tag))
		tx = copy;
	if (tx && tx->kind == AHOY_TX_IST)
		ahoy_ist_recv_ack(stack, tx);
	else if (!ahoy_slice_eq(stateless_tag(stack, req, &tag), req->to.tag)) /* it ends an answer that we kept no state of */
		stack->counters.dropped[AHOY_DROP_STRAY_ACK]++;
}

/* A CANCEL that was answered already: it stands beside its INVITE in the table and is told apart by its method. */
static ahoy_tx *find_cancel(const ahoy_stack *stack, const ahoy_msg *req)
{
	ahoy_map_node *node = ahoy_map_first(&stack->servers, hash_of(stack, req));

	for (; node; node = ahoy_map_next(node)) {
		ahoy_tx *tx = node->owner;

		if (tx->method == AHOY_CANCEL && tx->cseq == req->cseq && ahoy_slice_eq(tx->call_id, req->call_id) && same_branch(tx, req))
			return tx;
	}
	return NULL;
}

/* 9.2: answered 200 with the tag of the INVITE's answers; it has no other effect after a final answer. It has a
 * transaction of its own, because it may be repeated when the INVITE's is gone. */
static void recv_cancel(ahoy_stack *stack, const ahoy_msg *req)
{
	ahoy_tx *tx = find(stack, req, NULL), *again = find_cancel(stack, req);
	ahoy_response response = {.status = 200};
	ahoy_tx_id cancel;

	if (again) {
		ahoy_nist_recv_again(stack, again);
		return;
	}
	if (!tx || tx->kind != AHOY_TX_IST) {
		ahoy_stack_raise_msg(stack, AHOY_STACK_REQUEST, NULL);
		return;
	}
	if (!ahoy_stack_serve(stack, stack->now, req, &stack->in_flow, tx->our_tag, 0, &cancel))
		(void)ahoy_stack_respond(stack, stack->now, cancel, &response);
	if (tx->state == AHOY_TX_PROCEEDING)
		ahoy_stack_raise_msg(stack, AHOY_STACK_CANCEL, tx);
}

void ahoy_stack_recv_request(ahoy_stack *stack, const ahoy_msg *req)
{
	ahoy_tx *tx, *copy;

	if (req->method == AHOY_ACK) {
		recv_ack(stack, req);
		return;
	}
	if (req->method == AHOY_CANCEL) {
		recv_cancel(stack, req);
		return;
	}
	tx = find(stack, req, &copy);
	if (tx && tx->kind == AHOY_TX_IST)
		ahoy_ist_recv_again(stack, tx);
	else if (tx)
		ahoy_nist_recv_again(stack, tx);
	else if (copy && !copy->had_to_tag && !req->to.tag.len)
		reply_status(stack, req, 482); /* 8.2.2.2: a copy that came by another way */
	else
		ahoy_stack_raise_msg(stack, AHOY_STACK_REQUEST, NULL);
}

/* ---- answers with state ---- */

static ahoy_response_route route_of(const ahoy_msg *req, const ahoy_flow *flow, ahoy_buf *received)
{
	ahoy_response_route route;

	ahoy_nat_response_route(&req->via, flow, &route);
	if (route.write_received)
		ahoy_addr_put_ip(received, &flow->peer, false);
	return route;
}

/* The pieces of a transaction's head, all in one kept text: the lines of every answer behind the status line, the
 * Record-Route lines of those that make a dialog, and the strings that later requests are compared with. */
static int keep_head(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *req, ahoy_buf *b, size_t lines_at)
{
	size_t lines_end = b->len, routes_end;
	const ahoy_header_field *field;
	ahoy_slice timestamp = ahoy_msg_value(req, AHOY_H_TIMESTAMP);
	const char *at;

	for (uint16_t i = 0; (field = ahoy_msg_find(req, AHOY_H_RECORD_ROUTE, &i)); i++)
		ahoy_write_header(b, AHOY_H_RECORD_ROUTE, field->value);
	routes_end = b->len;
	ahoy_buf_put(b, req->call_id);
	ahoy_buf_put(b, req->from.tag);
	ahoy_buf_put(b, req->via.branch);
	ahoy_buf_put(b, req->via.host);
	ahoy_buf_put(b, timestamp);
	if (b->full)
		return AHOY_ETOOBIG;
	tx->head = ahoy_text_keep(stack, ahoy_slice_from(ahoy_buf_slice(b), lines_at));
	if (!tx->head)
		return AHOY_ENOMEM;
	tx->before_tag = ahoy_slice_make(tx->head->bytes, lines_end - lines_at);
	tx->record_route = ahoy_slice_make(tx->head->bytes + (lines_end - lines_at), routes_end - lines_end);
	at = tx->head->bytes + (routes_end - lines_at);
	tx->call_id = ahoy_slice_make(at, req->call_id.len);
	tx->from_tag = ahoy_slice_make(at += req->call_id.len, req->from.tag.len);
	tx->branch = ahoy_slice_make(at += req->from.tag.len, req->via.branch.len);
	tx->sent_by = ahoy_slice_make(at += req->via.branch.len, req->via.host.len);
	tx->timestamp = ahoy_slice_make(at + req->via.host.len, timestamp.len);
	return 0;
}

/* A 100 has no To tag (8.2.6.2), the other answers have: the lines are cut where it stands. */
static void cut_at_tag(ahoy_tx *tx, ahoy_slice to_tag)
{
	ahoy_slice lines = tx->before_tag;
	char text[AHOY_TOKEN * 8];
	ahoy_buf mark = ahoy_buf_over(text, sizeof text);
	size_t tag_at;

	ahoy_buf_str(&mark, ";tag=");
	ahoy_buf_put(&mark, to_tag);
	tag_at = ahoy_slice_search(lines, ahoy_buf_slice(&mark));
	AHOY_ASSERT(!mark.full && tag_at < lines.len);
	tx->before_tag = ahoy_slice_first(lines, tag_at);
	tx->our_tag = ahoy_slice_first(ahoy_slice_from(lines, tag_at + 5), to_tag.len);
	tx->after_tag = ahoy_slice_from(lines, tag_at + mark.len);
}

/* Writes the answer's lines behind the status line, and says where its pieces are. A 400's head has all that each
 * answer has, and no more. */
static int render_head(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *req, const ahoy_response_route *route, ahoy_slice received,
		       ahoy_slice to_tag)
{
	ahoy_buf b = ahoy_buf_over(stack->text, AHOY_MAX_MESSAGE);
	int err;

	ahoy_write_response_head(&b, req, 400, (ahoy_slice){0}, to_tag, received, route->rport);
	if (b.full)
		return AHOY_ETOOBIG;
	err = keep_head(stack, tx, req, &b, ahoy_slice_find(ahoy_buf_slice(&b), '\n') + 1);
	if (!err && !req->to.tag.len)
		cut_at_tag(tx, to_tag);
	return err;
}

static void refuse_full(ahoy_stack *stack, const ahoy_msg *req, const ahoy_flow *flow)
{
	ahoy_response response = {.status = 503, .headers = AHOY_S("Retry-After: 10\r\n")};

	(void)ahoy_stack_reply(stack, stack->now, req, flow, &response, 0);
}

int ahoy_stack_serve(ahoy_stack *stack, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow, ahoy_slice to_tag, uint64_t user,
		     ahoy_tx_id *out)
{
	char ip[AHOY_ADDR_TEXT], minted[AHOY_TOKEN];
	ahoy_buf received = ahoy_buf_over(ip, sizeof ip);
	ahoy_response_route route = route_of(req, flow, &received);
	ahoy_tx *tx;
	int err;

	*out = 0;
	if (now > stack->now)
		stack->now = now;
	if (!to_tag.len) {
		ahoy_stack_mint(stack, minted);
		to_tag = ahoy_slice_of(minted);
	}
	tx = ahoy_tx_new(stack, req->method == AHOY_INVITE ? AHOY_TX_IST : AHOY_TX_NIST, flow, user, &err);
	if (!tx) {
		refuse_full(stack, req, flow);
		return err;
	}
	tx->flow.peer = route.to;
	tx->back_port = route.back_port;
	tx->method = req->method;
	tx->cseq = req->cseq;
	tx->had_to_tag = req->to.tag.len > 0;
	err = render_head(stack, tx, req, &route, ahoy_buf_slice(&received), to_tag);
	if (!err)
		err = ahoy_map_add(&stack->servers, &tx->node, hash_of(stack, req), tx);
	if (err) {
		ahoy_tx_end(stack, tx);
		refuse_full(stack, req, flow);
		return err;
	}
	if (tx->kind == AHOY_TX_IST)
		ahoy_ist_start(stack, tx);
	else
		ahoy_nist_start(stack, tx);
	*out = tx->id;
	return 0;
}

static void write_head(ahoy_buf *b, const ahoy_tx *tx, int status, ahoy_slice reason)
{
	ahoy_write_status_line(b, status, reason);
	ahoy_buf_put(b, tx->before_tag);
	if (tx->our_tag.len) {
		if (status > 100) {
			ahoy_buf_str(b, ";tag=");
			ahoy_buf_put(b, tx->our_tag);
		}
		ahoy_buf_put(b, tx->after_tag);
	}
	if (status > 100 && status < 300)
		ahoy_buf_put(b, tx->record_route);
	if (status == 100 && tx->timestamp.len)
		ahoy_write_header(b, AHOY_H_TIMESTAMP, tx->timestamp);
}

/* Makes this the answer that is sent now and again. */
static int keep_answer(ahoy_stack *stack, ahoy_tx *tx, const ahoy_response *response)
{
	ahoy_buf b = ahoy_buf_over(stack->text, AHOY_MAX_MESSAGE);
	ahoy_text *text;

	write_head(&b, tx, response->status, response->reason);
	ahoy_buf_put(&b, response->headers);
	ahoy_write_end(&b, response->type, response->body);
	if (b.full) {
		stack->counters.dropped[AHOY_DROP_TOO_LARGE]++;
		return AHOY_ETOOBIG;
	}
	text = ahoy_text_keep(stack, ahoy_buf_slice(&b));
	if (!text)
		return AHOY_ENOMEM;
	ahoy_text_drop(stack, tx->sent);
	tx->sent = text;
	tx->last_status = response->status;
	return 0;
}

void ahoy_tx_send_trying(ahoy_stack *stack, ahoy_tx *tx)
{
	const ahoy_response trying = {.status = 100};

	if (!keep_answer(stack, tx, &trying))
		ahoy_tx_resend(stack, tx);
	ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_PROVISIONAL_EVERY);
}

int ahoy_stack_respond(ahoy_stack *stack, ahoy_time now, ahoy_tx_id id, const ahoy_response *response)
{
	ahoy_tx *tx = ahoy_slots_get(&stack->txs, id);
	int err;

	if (now > stack->now)
		stack->now = now;
	if (!tx || (tx->kind != AHOY_TX_IST && tx->kind != AHOY_TX_NIST) || tx->state == AHOY_TX_TERMINATED)
		return AHOY_ESTALE;
	if (tx->state != AHOY_TX_CALLING && tx->state != AHOY_TX_PROCEEDING)
		return AHOY_ESTATE;
	err = keep_answer(stack, tx, response);
	if (err) {
		/* A refusal has nothing behind it: an INVITE that can't even be refused would stand open for ever. A
		 * 2xx may still become one. */
		if (response->status >= 300)
			ahoy_tx_end(stack, tx);
		return err;
	}
	if (tx->kind == AHOY_TX_IST)
		ahoy_ist_respond(stack, tx, response->status);
	else
		ahoy_nist_respond(stack, tx, response->status);
	return 0;
}

int ahoy_stack_set_user(ahoy_stack *stack, ahoy_tx_id id, uint64_t user)
{
	ahoy_tx *tx = ahoy_slots_get(&stack->txs, id);

	if (!tx)
		return AHOY_ESTALE;
	tx->user = user;
	return 0;
}

/* ---- answers without state ---- */

int ahoy_stack_reply(ahoy_stack *stack, ahoy_time now, const ahoy_msg *req, const ahoy_flow *flow, const ahoy_response *response,
		     size_t limit)
{
	char ip[AHOY_ADDR_TEXT], tag[32];
	ahoy_buf received = ahoy_buf_over(ip, sizeof ip), tag_buf = ahoy_buf_over(tag, sizeof tag);
	ahoy_response_route route = route_of(req, flow, &received);
	ahoy_buf b = ahoy_buf_over(stack->text, AHOY_MAX_MESSAGE);
	ahoy_flow to = *flow;
	ahoy_text *text;

	if (now > stack->now)
		stack->now = now;
	ahoy_write_response_head(&b, req, response->status, response->reason, stateless_tag(stack, req, &tag_buf),
				 ahoy_buf_slice(&received), route.rport);
	ahoy_buf_put(&b, response->headers);
	ahoy_write_end(&b, response->type, response->body);
	if (b.full || (limit && b.len > limit))
		return AHOY_ETOOBIG;
	text = ahoy_text_keep(stack, ahoy_buf_slice(&b));
	if (!text)
		return AHOY_ENOMEM;
	ahoy_text_drop(stack, text); /* freed when it has been sent, at the next input */
	to.peer = route.to;
	ahoy_stack_send(stack, &to, ahoy_text_slice(text));
	return 0;
}
