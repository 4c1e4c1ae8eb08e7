/* The INVITE client transaction (RFC 3261 17.1.1, RFC 6026 7.2, 8.4).
 *
 *            INVITE sent
 *                 |  A: resend, doubled (UDP)      B: 64*T1 -> FAILED
 *             CALLING ------------------------------------------+
 *                 | 1xx                                         |
 *            PROCEEDING   (CANCEL goes out here; 64*T1 later    |
 *              |     |     without a final answer -> FAILED;    |
 *              |     |     likewise, without a word, when the    |
 *              |     |     TU has abandoned it)                  |
 *          2xx |     | 300-699: ACK                             |
 *              |     |                                          |
 *         ACCEPTED  COMPLETED                                   |
 *          M |         | D: 32 s on UDP, at once otherwise      |
 *            +---------+--> TERMINATED <------------------------+
 *
 * In ACCEPTED each 2xx with a new To tag goes up (a fork answered too); a repeated one gets the stored ACK again. */
#include "sip/tx.h"

static void enter(ahoy_stack *stack, ahoy_tx *tx, ahoy_tx_state state)
{
	bool reliable = ahoy_transport_is_reliable(tx->flow.transport);

	tx->state = state;
	switch (state) {
	case AHOY_TX_CALLING:
		tx->resend_after = AHOY_T1; /* timer A, 17.1.1.2 */
		if (!reliable)
			ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_T1);
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + 64 * AHOY_T1); /* timer B */
		break;
	case AHOY_TX_PROCEEDING:
		/* How long it may ring is the TU's business (13.2.2.1). */
		ahoy_timer_stop(&stack->timers, &tx->resend);
		if (!tx->silent)
			ahoy_timer_stop(&stack->timers, &tx->timeout);
		break;
	case AHOY_TX_ACCEPTED:
		ahoy_timer_stop(&stack->timers, &tx->resend);
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + 64 * AHOY_T1); /* timer M, RFC 6026 8.4 */
		break;
	case AHOY_TX_COMPLETED:
		ahoy_timer_stop(&stack->timers, &tx->resend);
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + (reliable ? 0 : 64 * AHOY_T1)); /* timer D */
		break;
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_TERMINATED:
		ahoy_tx_end(stack, tx);
		break;
	}
}

void ahoy_ict_start(ahoy_stack *stack, ahoy_tx *tx)
{
	ahoy_tx_resend(stack, tx);
	enter(stack, tx, AHOY_TX_CALLING);
}

static void recv_provisional(ahoy_stack *stack, ahoy_tx *tx)
{
	switch (tx->state) {
	case AHOY_TX_CALLING:
		enter(stack, tx, AHOY_TX_PROCEEDING);
		if (tx->cancel_wanted)
			ahoy_tx_send_cancel(stack, tx);
		ahoy_stack_raise_msg(stack, AHOY_STACK_RESPONSE, tx);
		break;
	case AHOY_TX_PROCEEDING:
		ahoy_stack_raise_msg(stack, AHOY_STACK_RESPONSE, tx);
		break;
	case AHOY_TX_COMPLETED: /* late: a final answer counts */
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_TERMINATED:
		break;
	}
}

static void recv_2xx(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *msg)
{
	switch (tx->state) {
	case AHOY_TX_CALLING:
	case AHOY_TX_PROCEEDING:
		enter(stack, tx, AHOY_TX_ACCEPTED);
		ahoy_stack_raise_msg(stack, AHOY_STACK_RESPONSE, tx);
		break;
	case AHOY_TX_ACCEPTED: /* RFC 6026 7.2; 13.2.2.4: the ACK is sent for every 2xx that arrives */
		if (tx->ack && ahoy_slice_eq(ahoy_slice_of(tx->ack_tag), msg->to.tag)) {
			stack->counters.retransmitted++;
			ahoy_stack_send(stack, &tx->ack_flow, ahoy_text_slice(tx->ack));
		} else {
			ahoy_stack_raise_msg(stack, AHOY_STACK_RESPONSE, tx);
		}
		break;
	case AHOY_TX_COMPLETED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_TERMINATED:
		break;
	}
}

static void recv_refusal(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *msg)
{
	switch (tx->state) {
	case AHOY_TX_CALLING:
	case AHOY_TX_PROCEEDING:
		ahoy_tx_send_ack(stack, tx, msg);
		enter(stack, tx, AHOY_TX_COMPLETED);
		ahoy_stack_raise_msg(stack, AHOY_STACK_RESPONSE, tx);
		break;
	case AHOY_TX_COMPLETED: /* 17.1.1.2: a repeated final response is ACKed again */
		if (tx->ack) {
			stack->counters.retransmitted++;
			ahoy_stack_send(stack, &tx->flow, ahoy_text_slice(tx->ack));
		}
		break;
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_TERMINATED:
		break;
	}
}

void ahoy_ict_recv(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *msg)
{
	if (msg->status < 200)
		recv_provisional(stack, tx);
	else if (msg->status < 300)
		recv_2xx(stack, tx, msg);
	else
		recv_refusal(stack, tx, msg);
}

void ahoy_ict_cancelled(ahoy_stack *stack, ahoy_tx *tx)
{
	switch (tx->state) {
	case AHOY_TX_CALLING: /* 9.1: not before a provisional response */
		tx->cancel_wanted = true;
		break;
	case AHOY_TX_PROCEEDING:
		tx->cancel_wanted = true;
		ahoy_tx_send_cancel(stack, tx);
		break;
	case AHOY_TX_COMPLETED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_TERMINATED:
		break;
	}
}

void ahoy_ict_abandoned(ahoy_stack *stack, ahoy_tx *tx)
{
	switch (tx->state) {
	case AHOY_TX_CALLING: /* timer B runs */
		tx->silent = true;
		break;
	case AHOY_TX_PROCEEDING:
		tx->silent = true;
		if (!ahoy_timer_is_armed(&tx->timeout))
			ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + 64 * AHOY_T1);
		break;
	case AHOY_TX_COMPLETED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_TERMINATED:
		break;
	}
}

void ahoy_ict_expire(ahoy_stack *stack, ahoy_tx *tx, int timer)
{
	if (timer == AHOY_TX_RESEND) {
		stack->counters.retransmitted++;
		ahoy_tx_resend(stack, tx);
		ahoy_tx_back_off(stack, tx, 64 * AHOY_T1);
		return;
	}
	switch (tx->state) {
	case AHOY_TX_CALLING:	 /* timer B */
	case AHOY_TX_PROCEEDING: /* armed by CANCEL (9.1), or abandoned */
		ahoy_tx_raise(stack, tx, AHOY_ETIMEOUT);
		enter(stack, tx, AHOY_TX_TERMINATED);
		break;
	case AHOY_TX_COMPLETED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_TERMINATED:
		enter(stack, tx, AHOY_TX_TERMINATED);
		break;
	}
}

void ahoy_ict_failed(ahoy_stack *stack, ahoy_tx *tx)
{
	switch (tx->state) {
	case AHOY_TX_CALLING: /* 17.1.4. An ICMP error later than the first answer is not the INVITE's */
		ahoy_tx_raise(stack, tx, AHOY_ENETWORK);
		enter(stack, tx, AHOY_TX_TERMINATED);
		break;
	case AHOY_TX_PROCEEDING:
	case AHOY_TX_COMPLETED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_TERMINATED:
		break;
	}
}
