/* The non-INVITE server transaction (RFC 3261 17.2.2).
 *
 *              request
 *                 |
 *              CALLING (the RFC's Trying)
 *              |     | 1xx
 *              |  PROCEEDING       a repeated request gets the last answer again
 *              |     | 200-699
 *              +-> COMPLETED   J: 64*T1 on UDP, at once otherwise
 *                    +--> TERMINATED
 *
 * No 100 Trying is made of our own accord (RFC 4320 4.1). A TU that never answers is cut after 64*T1, without an answer (4.2). */
#include "sip/tx.h"

static void enter(ahoy_stack *stack, ahoy_tx *tx, ahoy_tx_state state)
{
	bool reliable = ahoy_transport_is_reliable(tx->flow.transport);

	tx->state = state;
	switch (state) {
	case AHOY_TX_CALLING:
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + 64 * AHOY_T1);
		break;
	case AHOY_TX_PROCEEDING:
		break;
	case AHOY_TX_COMPLETED:
		ahoy_timer_arm(&stack->timers, &tx->timeout, stack->now + (reliable ? 0 : 64 * AHOY_T1)); /* timer J */
		break;
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_TERMINATED:
		ahoy_tx_end(stack, tx);
		break;
	}
}

void ahoy_nist_start(ahoy_stack *stack, ahoy_tx *tx)
{
	enter(stack, tx, AHOY_TX_CALLING);
}

void ahoy_nist_recv_again(ahoy_stack *stack, ahoy_tx *tx)
{
	switch (tx->state) {
	case AHOY_TX_PROCEEDING:
	case AHOY_TX_COMPLETED:
		ahoy_tx_resend(stack, tx);
		break;
	case AHOY_TX_CALLING: /* absorbed: there is no answer yet */
	case AHOY_TX_ACCEPTED:
	case AHOY_TX_CONFIRMED:
	case AHOY_TX_TERMINATED:
		break;
	}
}

void ahoy_nist_respond(ahoy_stack *stack, ahoy_tx *tx, int status)
{
	ahoy_tx_resend(stack, tx);
	enter(stack, tx, status >= 200 ? AHOY_TX_COMPLETED : AHOY_TX_PROCEEDING);
}

void ahoy_nist_expire(ahoy_stack *stack, ahoy_tx *tx, int timer)
{
	(void)timer;
	enter(stack, tx, AHOY_TX_TERMINATED);
}
