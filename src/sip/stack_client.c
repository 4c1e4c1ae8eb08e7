/* The client side of the stack: requests, ACK and CANCEL, and which transaction a response belongs to (RFC 3261 17.1.3). */
#include "sip/tx.h"
#include "sip/write.h"

/* Our branch carries the transaction's id, so that a response finds it without a search: cookie, worker, id, salt. */
#define BRANCH_PREFIX "z9hG4bK"
#define BRANCH_LEN (7 + 1 + 16 + 8)

static void write_branch(ahoy_buf *b, const ahoy_stack *stack, ahoy_tx_id id, uint32_t salt)
{
	static const char base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	ahoy_buf_str(b, BRANCH_PREFIX);
	ahoy_buf_char(b, base36[stack->config.worker % 36]);
	ahoy_buf_hex_u64(b, id, 16);
	ahoy_buf_hex_u64(b, salt, 8);
}

static bool parse_hex(ahoy_slice text, uint64_t *out)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = ahoy_lower(text.ptr[i]);

		if (!ahoy_is_digit(c) && (c < 'a' || c > 'f'))
			return false;
		value = value << 4 | (uint64_t)(ahoy_is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	*out = value;
	return true;
}

static ahoy_tx *find(const ahoy_stack *stack, const ahoy_msg *msg)
{
	ahoy_slice branch = msg->via.branch;
	uint64_t id, salt;
	ahoy_tx *tx;

	/* 7.3.1: tokens are compared without case; a peer that changes it in the echo is still ours. */
	if (branch.len != BRANCH_LEN || !ahoy_slice_istarts(branch, AHOY_S(BRANCH_PREFIX)))
		return NULL;
	if (!parse_hex(ahoy_slice_first(ahoy_slice_from(branch, 8), 16), &id) || !parse_hex(ahoy_slice_from(branch, 24), &salt))
		return NULL;
	tx = ahoy_slots_get(&stack->txs, id);
	if (!tx || (tx->kind != AHOY_TX_ICT && tx->kind != AHOY_TX_NICT) || tx->salt != (uint32_t)salt)
		return NULL;
	/* A CANCEL bears the branch of its INVITE (9.1) and is told apart by the CSeq (17.1.3). */
	if (msg->cseq_method == AHOY_CANCEL && tx->kind == AHOY_TX_ICT)
		tx = ahoy_slots_get(&stack->txs, tx->cancel);
	return tx && tx->state != AHOY_TX_TERMINATED && tx->method == msg->cseq_method ? tx : NULL;
}

void ahoy_stack_recv_response(ahoy_stack *stack, const ahoy_msg *msg)
{
	ahoy_tx *tx = find(stack, msg);

	if (!tx)
		stack->counters.dropped[AHOY_DROP_STRAY_RESPONSE]++;
	else if (tx->kind == AHOY_TX_ICT)
		ahoy_ict_recv(stack, tx, msg);
	else
		ahoy_nict_recv(stack, tx, msg);
}

static void write_via(ahoy_buf *b, const ahoy_stack *stack, const ahoy_flow *flow, ahoy_tx_id id, uint32_t salt)
{
	ahoy_addr self;

	ahoy_self_address(&stack->config.self, flow, &self);
	ahoy_buf_str(b, "Via: SIP/2.0/");
	ahoy_buf_put(b, ahoy_transport_name(flow->transport));
	ahoy_buf_char(b, ' ');
	ahoy_addr_put(b, &self);
	ahoy_buf_str(b, ";rport;branch=");
	write_branch(b, stack, id, salt);
	ahoy_buf_str(b, "\r\n");
}

static ahoy_buf render_request(ahoy_stack *stack, const ahoy_request *request, const ahoy_flow *to, ahoy_tx_id id, uint32_t salt)
{
	ahoy_buf b = ahoy_buf_over(stack->text, AHOY_MAX_MESSAGE);

	ahoy_write_request_line(&b, ahoy_method_name(request->method), request->uri);
	write_via(&b, stack, to, id, salt);
	ahoy_buf_put(&b, request->headers);
	ahoy_write_end(&b, request->type, request->body);
	return b;
}

size_t ahoy_stack_request_bytes(ahoy_stack *stack, const ahoy_request *request, const ahoy_flow *to)
{
	ahoy_buf b = render_request(stack, request, to, 0, 0);

	return b.full ? AHOY_MAX_MESSAGE : b.len;
}

static ahoy_text *write_request(ahoy_stack *stack, const ahoy_request *request, const ahoy_flow *to, ahoy_tx_id id, uint32_t salt,
				int *err)
{
	ahoy_buf b = render_request(stack, request, to, id, salt);
	ahoy_text *text;

	*err = AHOY_ETOOBIG;
	if (b.full) {
		stack->counters.dropped[AHOY_DROP_TOO_LARGE]++;
		return NULL;
	}
	*err = AHOY_ENOMEM;
	text = ahoy_text_keep(stack, ahoy_buf_slice(&b));
	return text;
}

int ahoy_stack_request(ahoy_stack *stack, ahoy_time now, const ahoy_request *request, const ahoy_flow *to, ahoy_tx_id *out)
{
	ahoy_tx_kind kind = request->method == AHOY_INVITE ? AHOY_TX_ICT : AHOY_TX_NICT;
	ahoy_tx *tx;
	int err;

	*out = 0;
	if (now > stack->now)
		stack->now = now;
	tx = ahoy_tx_new(stack, kind, to, request->user, &err);
	if (!tx)
		return err;
	tx->method = request->method;
	tx->salt = ahoy_random_u32(stack->env);
	tx->sent = write_request(stack, request, to, tx->id, tx->salt, &err);
	if (!tx->sent) {
		ahoy_tx_end(stack, tx);
		return err;
	}
	*out = tx->id;
	if (kind == AHOY_TX_ICT)
		ahoy_ict_start(stack, tx);
	else
		ahoy_nict_start(stack, tx);
	return 0;
}

int ahoy_stack_ack(ahoy_stack *stack, ahoy_time now, ahoy_tx_id invite, ahoy_slice remote_tag, const ahoy_request *ack, const ahoy_flow *to)
{
	ahoy_tx *tx = ahoy_slots_get(&stack->txs, invite);
	int err;
	/* Its own branch (17.1.1.3), which no response will ever bear: id 0 is no transaction. */
	ahoy_text *text = write_request(stack, ack, to, 0, ahoy_random_u32(stack->env), &err);

	if (now > stack->now)
		stack->now = now;
	if (!text)
		return err;
	ahoy_stack_send(stack, to, ahoy_text_slice(text));
	if (!tx || tx->state != AHOY_TX_ACCEPTED || tx->ack) {
		ahoy_text_drop(stack, text);
		return 0;
	}
	tx->ack_tag = ahoy_new(stack->env, remote_tag.len + 1);
	if (!tx->ack_tag) {
		ahoy_text_drop(stack, text);
		return 0;
	}
	if (remote_tag.len) /* RFC 2543 peers have none */
		memcpy(tx->ack_tag, remote_tag.ptr, remote_tag.len);
	tx->ack = text;
	tx->ack_flow = *to;
	return 0;
}

/* The lines that CANCEL and the ACK to a refusal copy from the INVITE (9.1, 17.1.1.3), `to` standing for To's value. */
static void write_like_invite(ahoy_buf *b, ahoy_stack *stack, const ahoy_tx *tx, const ahoy_msg *invite, ahoy_method method, ahoy_slice to)
{
	ahoy_value_cursor cursor = {0};
	ahoy_slice value;

	ahoy_write_request_line(b, ahoy_method_name(method), invite->uri.text);
	write_via(b, stack, &tx->flow, tx->id, tx->salt);
	ahoy_write_number(b, AHOY_H_MAX_FORWARDS, invite->max_forwards < 0 ? 70 : (uint64_t)invite->max_forwards);
	while (ahoy_msg_next_value(invite, AHOY_H_ROUTE, &cursor, &value))
		ahoy_write_header(b, AHOY_H_ROUTE, value);
	ahoy_write_header(b, AHOY_H_FROM, invite->from.text);
	ahoy_write_header(b, AHOY_H_TO, to);
	ahoy_write_header(b, AHOY_H_CALL_ID, invite->call_id);
	ahoy_write_fmt(b, AHOY_H_CSEQ, "%u %.*s", invite->cseq, AHOY_P(ahoy_method_name(method)));
}

static bool parse_invite(ahoy_stack *stack, const ahoy_tx *tx)
{
	return tx->sent && !ahoy_msg_parse(ahoy_text_slice(tx->sent), &stack->scratch, NULL);
}

void ahoy_tx_send_ack(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *response)
{
	ahoy_buf b = ahoy_buf_over(stack->text, AHOY_MAX_MESSAGE);

	if (!parse_invite(stack, tx))
		return;
	write_like_invite(&b, stack, tx, &stack->scratch, AHOY_ACK, response->to.text);
	ahoy_write_end(&b, (ahoy_slice){0}, (ahoy_slice){0});
	if (b.full)
		return;
	ahoy_text_drop(stack, tx->ack);
	tx->ack = ahoy_text_keep(stack, ahoy_buf_slice(&b));
	if (tx->ack)
		ahoy_stack_send(stack, &tx->flow, ahoy_text_slice(tx->ack));
}

void ahoy_tx_send_cancel(ahoy_stack *stack, ahoy_tx *tx)
{
	ahoy_buf b = ahoy_buf_over(stack->text, AHOY_MAX_MESSAGE);
	ahoy_tx *cancel;
	int err;

	if (tx->cancel_sent || !parse_invite(stack, tx))
		return;
	write_like_invite(&b, stack, tx, &stack->scratch, AHOY_CANCEL, stack->scratch.to.text);
	if (tx->cancel_headers)
		ahoy_buf_put(&b, ahoy_text_slice(tx->cancel_headers));
	ahoy_write_end(&b, (ahoy_slice){0}, (ahoy_slice){0});
	tx->cancel_sent = true;
	/* 9.1: the INVITE is given up where no final answer comes within 64*T1 after the CANCEL. */
	ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + 64 * AHOY_T1);
	cancel = b.full ? NULL : ahoy_tx_new(stack, AHOY_TX_NICT, &tx->flow, 0, &err);
	if (!cancel)
		return;
	cancel->method = AHOY_CANCEL;
	cancel->silent = true;
	cancel->salt = tx->salt;
	cancel->cancel = tx->id;
	cancel->sent = ahoy_text_keep(stack, ahoy_buf_slice(&b));
	if (!cancel->sent) {
		ahoy_tx_end(stack, cancel);
		return;
	}
	tx->cancel = cancel->id;
	ahoy_nict_start(stack, cancel);
}

int ahoy_stack_cancel(ahoy_stack *stack, ahoy_time now, ahoy_tx_id invite, ahoy_slice headers)
{
	ahoy_tx *tx = ahoy_slots_get(&stack->txs, invite);

	if (now > stack->now)
		stack->now = now;
	if (!tx || tx->kind != AHOY_TX_ICT || tx->state == AHOY_TX_TERMINATED)
		return AHOY_ESTALE;
	if (tx->cancel_wanted || (tx->state != AHOY_TX_CALLING && tx->state != AHOY_TX_PROCEEDING))
		return 0; /* asked for already, or too late: it has no effect after a final answer (9.1) */
	if (headers.len)
		tx->cancel_headers = ahoy_text_keep(stack, headers);
	ahoy_ict_cancelled(stack, tx);
	return 0;
}

void ahoy_stack_abandon(ahoy_stack *stack, ahoy_time now, ahoy_tx_id invite)
{
	ahoy_tx *tx = ahoy_slots_get(&stack->txs, invite);

	if (now > stack->now)
		stack->now = now;
	if (tx && tx->kind == AHOY_TX_ICT)
		ahoy_ict_abandoned(stack, tx);
}
