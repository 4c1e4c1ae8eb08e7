/* The non-INVITE client transaction (RFC 3261 17.1.2).
 *
 *             request sent
 *                 |  E: resend, doubled up to T2 (UDP)     F: 64*T1 -> FAILED
 *              CALLING (the RFC's Trying) ---------------------+
 *              |     | 1xx                                     |
 *              |  PROCEEDING  E: every T2                      |
 *              |     | 200-699                                 |
 *              +-> COMPLETED   K: T4 on UDP, at once otherwise |
 *                    +--> TERMINATED <-------------------------+ */
#include "sip/tx.h"

static void enter(ahoy_stack *stack, ahoy_tx *tx, ahoy_tx_state state)
{
	bool reliable = ahoy_transport_is_reliable(tx->flow.transport);

	tx->state = state;
	switch (state) {
	case AHOY_TX_CALLING:
		tx->resend_after = AHOY_T1; /* timer E */
		if (!reliable)
			ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_T1);
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + 64 * AHOY_T1); /* timer F */
		break;
	case AHOY_TX_PROCEEDING:
		tx->resend_after = AHOY_T2;
		if (!reliable)
			ahoy_timer_arm(&stack->timers, &tx->resend, stack->now + AHOY_T2);
		break;
	case AHOY_TX_COMPLETED:
		ahoy_timer_stop(&stack->timers, &tx->resend);
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + (reliable ? 0 : AHOY_T4)); /* timer K */
		break;
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_TERMINATED:
		ahoy_tx_end(stack, tx);
		break;
	}
}

void ahoy_nict_start(ahoy_stack *stack, ahoy_tx *tx)
{
	ahoy_tx_resend(stack, tx);
	enter(stack, tx, AHOY_TX_CALLING);
}

void ahoy_nict_recv(ahoy_stack *stack, ahoy_tx *tx, const ahoy_msg *msg)
{
	switch (tx->state) {
	case AHOY_TX_CALLING:
	case AHOY_TX_PROCEEDING:
		if (msg->status < 200 && tx->state == AHOY_TX_CALLING)
			enter(stack, tx, AHOY_TX_PROCEEDING);
		else if (msg->status >= 200)
			enter(stack, tx, AHOY_TX_COMPLETED);
		if (!tx->silent)
			ahoy_stack_raise_msg(stack, AHOY_STACK_RESPONSE, tx);
		break;
	case AHOY_TX_COMPLETED: /* 17.1.2.2: repeated answers are absorbed */
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_TERMINATED:
		break;
	}
}

void ahoy_nict_expire(ahoy_stack *stack, ahoy_tx *tx, int timer)
{
	if (timer == AHOY_TX_RESEND) {
		stack->counters.retransmitted++;
		ahoy_tx_resend(stack, tx);
		ahoy_tx_back_off(stack, tx, AHOY_T2);
		return;
	}
	if (tx->state != AHOY_TX_COMPLETED)
		ahoy_tx_raise(stack, tx, AHOY_ETIMEOUT);
	enter(stack, tx, AHOY_TX_TERMINATED);
}

void ahoy_nict_failed(ahoy_stack *stack, ahoy_tx *tx)
{
	if (tx->state != AHOY_TX_CALLING)
		return;
	ahoy_tx_raise(stack, tx, AHOY_ENETWORK);
	enter(stack, tx, AHOY_TX_TERMINATED);
}
