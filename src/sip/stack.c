/* The stack's life, its turns and its events; what a message means is decided in stack_server.c and stack_client.c. */
#include "sip/tx.h"
#include "stun/stun.h"

int ahoy_stack_new(const ahoy_env *env, const ahoy_stack_config *config, ahoy_stack **out)
{
	ahoy_stack *stack = ahoy_new(env, sizeof *stack);

	*out = NULL;
	if (!stack)
		return AHOY_ENOMEM;
	stack->env = env;
	stack->text = ahoy_resize(env, NULL, AHOY_MAX_MESSAGE);
	if (!stack->text) {
		ahoy_free(env, stack);
		return AHOY_ENOMEM;
	}
	stack->config = *config;
	if (!stack->config.max_transactions)
		stack->config.max_transactions = AHOY_MAX_TRANSACTIONS;
	ahoy_random(env, stack->hash_key, sizeof stack->hash_key);
	ahoy_slots_init(&stack->txs, env, sizeof(ahoy_tx), stack->config.max_transactions);
	ahoy_map_init(&stack->servers, env);
	ahoy_timers_init(&stack->timers, 0);
	stack->events_tail = &stack->events;
	*out = stack;
	return 0;
}

static void free_tx(ahoy_stack *stack, ahoy_tx *tx)
{
	ahoy_free(stack->env, tx->sent);
	ahoy_free(stack->env, tx->ack);
	ahoy_free(stack->env, tx->ack_tag);
	ahoy_free(stack->env, tx->cancel_headers);
	ahoy_free(stack->env, tx->head);
	ahoy_slots_remove(&stack->txs, tx->id);
}

static void empty_trash(ahoy_stack *stack)
{
	while (stack->trash) {
		ahoy_text *text = stack->trash;

		stack->trash = text->next;
		ahoy_free(stack->env, text);
	}
}

static void reap(ahoy_stack *stack)
{
	while (stack->dead) {
		ahoy_tx *tx = stack->dead;

		stack->dead = tx->next_dead;
		free_tx(stack, tx);
	}
	empty_trash(stack);
}

void ahoy_stack_del(ahoy_stack *stack)
{
	uint64_t cursor = 0;
	ahoy_tx *tx;

	if (!stack)
		return;
	while ((tx = ahoy_slots_next(&stack->txs, &cursor, NULL)))
		free_tx(stack, tx);
	empty_trash(stack);
	ahoy_slots_fini(&stack->txs);
	ahoy_map_fini(&stack->servers);
	ahoy_free(stack->env, stack->outs);
	ahoy_free(stack->env, stack->text);
	ahoy_free(stack->env, stack);
}

void ahoy_stack_turn(ahoy_stack *stack, ahoy_time now)
{
	if (now > stack->now)
		stack->now = now;
	/* Outs and events of the former turn that are still to be fetched keep what they point to. */
	if (stack->out_popped < stack->out_count || stack->events)
		return;
	stack->out_count = stack->out_popped = 0;
	stack->has_msg_event = false;
	reap(stack);
}

bool ahoy_stack_trim(ahoy_stack *stack)
{
	ahoy_map_trim(&stack->servers);
	return ahoy_slots_trim(&stack->txs);
}

static void fire(ahoy_stack *stack, ahoy_timer *timer)
{
	ahoy_tx *tx = timer->owner;

	switch (tx->kind) {
	case AHOY_TX_ICT:
		ahoy_ict_expire(stack, tx, timer->kind);
		break;
	case AHOY_TX_NICT:
		ahoy_nict_expire(stack, tx, timer->kind);
		break;
	case AHOY_TX_IST:
		ahoy_ist_expire(stack, tx, timer->kind);
		break;
	case AHOY_TX_NIST:
		ahoy_nist_expire(stack, tx, timer->kind);
		break;
	}
}

void ahoy_stack_expire(ahoy_stack *stack, ahoy_time now)
{
	ahoy_timer *timer;

	ahoy_stack_turn(stack, now);
	while ((timer = ahoy_timers_pop(&stack->timers, stack->now)))
		fire(stack, timer);
}

ahoy_time ahoy_stack_next(const ahoy_stack *stack)
{
	return ahoy_timers_next(&stack->timers);
}

void ahoy_stack_send_failed(ahoy_stack *stack, ahoy_time now, const ahoy_flow *flow)
{
	uint64_t cursor = 0;
	ahoy_tx *tx;

	ahoy_stack_turn(stack, now);
	while ((tx = ahoy_slots_next(&stack->txs, &cursor, NULL))) {
		if (tx->state == AHOY_TX_TERMINATED || !ahoy_flow_eq(&tx->flow, flow))
			continue;
		if (tx->kind == AHOY_TX_ICT)
			ahoy_ict_failed(stack, tx);
		else if (tx->kind == AHOY_TX_NICT)
			ahoy_nict_failed(stack, tx);
	}
}

void ahoy_stack_flow_closed(ahoy_stack *stack, ahoy_time now, const ahoy_flow *flow)
{
	uint64_t cursor = 0;
	ahoy_tx *tx;

	ahoy_stack_send_failed(stack, now, flow);
	while ((tx = ahoy_slots_next(&stack->txs, &cursor, NULL))) {
		if ((tx->kind != AHOY_TX_IST && tx->kind != AHOY_TX_NIST) || !ahoy_flow_eq(&tx->flow, flow) || !tx->back_port)
			continue;
		tx->flow.id = 0;
		tx->flow.peer.port = tx->back_port;
	}
}

ahoy_tx *ahoy_tx_new(ahoy_stack *stack, ahoy_tx_kind kind, const ahoy_flow *flow, uint64_t user, int *err)
{
	ahoy_id id;
	bool full;
	ahoy_tx *tx = ahoy_slots_add(&stack->txs, &id, &full);

	if (!tx) {
		stack->counters.dropped[full ? AHOY_DROP_TABLE_FULL : AHOY_DROP_NO_MEMORY]++;
		*err = full ? AHOY_EFULL : AHOY_ENOMEM;
		return NULL;
	}
	tx->id = id;
	tx->kind = kind;
	tx->flow = *flow;
	tx->user = user;
	ahoy_timer_init(&tx->resend, tx, AHOY_TX_RESEND);
	ahoy_timer_init(&tx->timeout, tx, AHOY_TX_TIMEOUT);
	stack->counters.transactions++;
	return tx;
}

void ahoy_tx_end(ahoy_stack *stack, ahoy_tx *tx)
{
	tx->state = AHOY_TX_TERMINATED;
	ahoy_timer_stop(&stack->timers, &tx->resend);
	ahoy_timer_stop(&stack->timers, &tx->timeout);
	ahoy_map_remove(&stack->servers, &tx->node);
	tx->next_dead = stack->dead;
	stack->dead = tx;
	stack->counters.transactions--;
}

void ahoy_tx_back_off(ahoy_stack *stack, ahoy_tx *tx, ahoy_time cap)
{
	tx->resend_after *= 2;
	if (tx->resend_after > cap)
		tx->resend_after = cap;
	ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + tx->resend_after);
}

void ahoy_tx_raise(ahoy_stack *stack, ahoy_tx *tx, int err)
{
	if (tx->has_event || tx->silent)
		return;
	tx->has_event = true;
	tx->event_err = err;
	tx->next_event = NULL;
	*stack->events_tail = tx;
	stack->events_tail = &tx->next_event;
}

void ahoy_stack_raise_msg(ahoy_stack *stack, ahoy_stack_event_kind kind, const ahoy_tx *tx)
{
	stack->has_msg_event = true;
	stack->msg_event = (ahoy_stack_event){
		.kind = kind,
		.tx = tx ? tx->id : 0,
		.user = tx ? tx->user : 0,
		.msg = &stack->in,
		.flow = &stack->in_flow,
	};
}

bool ahoy_stack_pop_event(ahoy_stack *stack, ahoy_stack_event *event)
{
	ahoy_tx *tx = stack->events;

	if (stack->has_msg_event) {
		stack->has_msg_event = false;
		*event = stack->msg_event;
		return true;
	}
	if (!tx)
		return false;
	stack->events = tx->next_event;
	if (!stack->events)
		stack->events_tail = &stack->events;
	tx->has_event = false;
	*event = (ahoy_stack_event){
		.kind = tx->event_err ? AHOY_STACK_FAILED : AHOY_STACK_UNACKED,
		.tx = tx->id,
		.user = tx->user,
		.err = tx->event_err,
	};
	return true;
}

/* CRLF keep-alives (RFC 5626 3.5.1), NULs and empty datagrams are quiet (docs/behaviour.md). */
static bool is_keepalive(ahoy_slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.ptr[i] != '\r' && bytes.ptr[i] != '\n' && bytes.ptr[i] != '\0' && bytes.ptr[i] != ' ')
			return false;
	return true;
}

/* RFC 8489 6.3: a phone asks by which address it is seen (docs/behaviour.md). What is no binding request is dropped. */
static void recv_stun(ahoy_stack *stack, ahoy_slice bytes)
{
	uint8_t answer[AHOY_STUN_MAX_RESPONSE];
	ahoy_stun_request request;
	ahoy_text *text;
	size_t len = 0;
	int err;

	stack->counters.dropped[AHOY_DROP_KEEPALIVE]++;
	if (ahoy_stun_decode_request(bytes, &request))
		return;
	err = request.unknown_count
		      ? ahoy_stun_encode_unknown(&request, answer, sizeof answer, &len)
		      : ahoy_stun_encode_success(&request, &stack->in_flow.peer, answer, sizeof answer, &len);
	text = err ? NULL : ahoy_text_keep(stack, ahoy_slice_make(answer, len));
	if (!text)
		return;
	ahoy_text_drop(stack, text);
	ahoy_stack_send(stack, &stack->in_flow, ahoy_text_slice(text));
}

/* 8.1.3.3 and 18.1.1: a request that can be answered gets its 400, everything else is dropped and counted. */
static void recv_faulty(ahoy_stack *stack, int err, const ahoy_parse_error *where)
{
	ahoy_response response = {.status = ahoy_err_sip_status(err)};

	stack->counters.dropped[AHOY_DROP_UNPARSABLE]++;
	if (!stack->in.answerable || !stack->in.is_request || stack->in.method == AHOY_ACK)
		return;
	if (response.status == 400 && where->rule)
		response.reason = ahoy_slice_of(where->rule);
	(void)ahoy_stack_reply(stack, stack->now, &stack->in, &stack->in_flow, &response, 0);
}

void ahoy_stack_recv(ahoy_stack *stack, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	ahoy_parse_error where = {0};
	int err;

	ahoy_stack_turn(stack, now);
	stack->counters.received++;
	if (is_keepalive(bytes)) {
		stack->counters.dropped[AHOY_DROP_KEEPALIVE]++;
		return;
	}
	stack->in_flow = *flow;
	if (flow->transport == AHOY_UDP && ahoy_stun_is(bytes)) {
		recv_stun(stack, bytes);
		return;
	}
	err = ahoy_msg_parse(bytes, &stack->in, &where);
	if (err)
		recv_faulty(stack, err, &where);
	else if (stack->in.is_request)
		ahoy_stack_recv_request(stack, &stack->in);
	else
		ahoy_stack_recv_response(stack, &stack->in);
}

void ahoy_stack_recv_broken(ahoy_stack *stack, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err)
{
	ahoy_response response = {.status = err == AHOY_ETOOBIG ? 513 : 400};
	ahoy_parse_error where = {0};
	bool faulty;

	ahoy_stack_turn(stack, now);
	stack->counters.received++;
	stack->counters.dropped[AHOY_DROP_UNFRAMED]++;
	stack->in_flow = *flow;
	faulty = ahoy_msg_parse(head, &stack->in, &where) != 0;
	if (!stack->in.answerable || !stack->in.is_request || stack->in.method == AHOY_ACK)
		return;
	if (err == AHOY_ETIMEOUT)
		response.reason = AHOY_S("Message Did Not Come Whole");
	else if (response.status == 400)
		response.reason = faulty && where.rule ? ahoy_slice_of(where.rule) : AHOY_S("Content-Length Is Missing");
	(void)ahoy_stack_reply(stack, stack->now, &stack->in, &stack->in_flow, &response, 0);
}

void ahoy_stack_mint(ahoy_stack *stack, char out[AHOY_TOKEN])
{
	static const char base32[] = "abcdefghijklmnopqrstuvwxyz234567";
	static const char base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	uint8_t bytes[16];

	ahoy_random(stack->env, bytes, sizeof bytes);
	out[0] = base36[stack->config.worker % 36];
	for (int i = 0; i < 16; i++)
		out[i + 1] = base32[bytes[i] & 31];
	out[AHOY_TOKEN - 1] = '\0';
}

const ahoy_self *ahoy_stack_self(const ahoy_stack *stack)
{
	return &stack->config.self;
}

const ahoy_stack_counters *ahoy_stack_count(const ahoy_stack *stack)
{
	ahoy_stack_counters *counters = (ahoy_stack_counters *)&stack->counters;

	counters->timers = stack->timers.count;
	return counters;
}

const char *ahoy_stack_drop_name(int reason)
{
	static const char *const names[] = {
#define X(id, name) name,
		AHOY_STACK_DROPS(X)
#undef X
	};

	return reason >= 0 && reason < AHOY_STACK_DROP_COUNT ? names[reason] : "unknown";
}
