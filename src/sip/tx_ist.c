/* The INVITE server transaction (RFC 3261 17.2.1, RFC 6026 7.1, 8.5).
 *
 *                INVITE
 *                  |  100 after 200 ms without another answer; 1xx repeated each minute (13.3.1.1)
 *             PROCEEDING
 *        2xx   |      |  300-699
 *              |      |
 *         ACCEPTED   COMPLETED   G: resend, doubled up to T2 (UDP)
 *   resend 2xx |      |  ACK          H: 64*T1
 *   until ACK  |   CONFIRMED  I: T4 on UDP, at once otherwise
 *     L: 64*T1 |      |
 *              +------+--> TERMINATED      (L without an ACK: UNACKED goes up)
 *
 * The 2xx is resent here on every transport (13.3.1.4), so that the TU sends it once. */
#include "sip/tx.h"

static void enter(ahoy_stack *stack, ahoy_tx *tx, ahoy_tx_state state)
{
	bool reliable = ahoy_transport_is_reliable(tx->flow.transport);

	tx->state = state;
	switch (state) {
	case AHOY_TX_PROCEEDING:
		ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_TRYING_AFTER);
		break;
	case AHOY_TX_ACCEPTED:
		tx->resend_after = AHOY_T1;
		ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_T1);
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + 64 * AHOY_T1); /* timer L */
		break;
	case AHOY_TX_COMPLETED:
		tx->resend_after = AHOY_T1; /* timer G */
		ahoy_timer_stop(&stack->timers, &tx->resend);
		if (!reliable)
			ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_T1);
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + 64 * AHOY_T1); /* timer H */
		break;
	case AHOY_TX_CONFIRMED:
		ahoy_timer_stop(&stack->timers, &tx->resend);
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + (reliable ? 0 : AHOY_T4)); /* timer I */
		break;
	case AHOY_TX_CALLING:
	case AHOY_TX_TERMINATED:
		ahoy_tx_end(stack, tx);
		break;
	}
}

void ahoy_ist_start(ahoy_stack *stack, ahoy_tx *tx)
{
	enter(stack, tx, AHOY_TX_PROCEEDING);
}

void ahoy_ist_recv_again(ahoy_stack *stack, ahoy_tx *tx)
{
	switch (tx->state) {
	case AHOY_TX_PROCEEDING:
		if (tx->sent)
			ahoy_tx_resend(stack, tx);
		else
			ahoy_tx_send_trying(stack, tx);
		break;
	case AHOY_TX_COMPLETED:
		ahoy_tx_resend(stack, tx);
		break;
	case AHOY_TX_ACCEPTED: /* RFC 6026 7.1: absorbed, the 2xx is on its own timer */
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_CALLING:
	case AHOY_TX_TERMINATED:
		break;
	}
}

void ahoy_ist_recv_ack(ahoy_stack *stack, ahoy_tx *tx)
{
	switch (tx->state) {
	case AHOY_TX_COMPLETED:
		enter(stack, tx, AHOY_TX_CONFIRMED);
		break;
	case AHOY_TX_ACCEPTED: /* the first one is the TU's, the others answer our repeated 2xx */
		if (tx->acked)
			break;
		tx->acked = true;
		ahoy_timer_stop(&stack->timers, &tx->resend);
		ahoy_stack_raise_msg(stack, AHOY_STACK_ACK, tx);
		break;
	case AHOY_TX_PROCEEDING: /* an ACK to nothing */
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_CALLING:
	case AHOY_TX_TERMINATED:
		break;
	}
}

void ahoy_ist_respond(ahoy_stack *stack, ahoy_tx *tx, int status)
{
	ahoy_tx_resend(stack, tx);
	if (status >= 300)
		enter(stack, tx, AHOY_TX_COMPLETED);
	else if (status >= 200)
		enter(stack, tx, AHOY_TX_ACCEPTED);
	else
		ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_PROVISIONAL_EVERY);
}

static void expire_resend(ahoy_stack *stack, ahoy_tx *tx)
{
	switch (tx->state) {
	case AHOY_TX_PROCEEDING:
		if (!tx->sent) {
			ahoy_tx_send_trying(stack, tx);
			break;
		}
		if (tx->last_status > 100)
			ahoy_tx_resend(stack, tx);
		ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_PROVISIONAL_EVERY);
		break;
	case AHOY_TX_COMPLETED:
	case AHOY_TX_ACCEPTED:
		stack->counters.retransmitted++;
		ahoy_tx_resend(stack, tx);
		ahoy_tx_back_off(stack, tx, AHOY_T2);
		break;
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_CALLING:
	case AHOY_TX_TERMINATED:
		break;
	}
}

void ahoy_ist_expire(ahoy_stack *stack, ahoy_tx *tx, int timer)
{
	if (timer == AHOY_TX_RESEND) {
		expire_resend(stack, tx);
		return;
	}
	if (tx->state == AHOY_TX_ACCEPTED && !tx->acked)
		ahoy_tx_raise(stack, tx, 0);
	enter(stack, tx, AHOY_TX_TERMINATED);
}
