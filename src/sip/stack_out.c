/* What leaves the stack: kept messages and the queue of outs. */
#include "sip/tx.h"

/* Outs that one turn may queue; a turn that wants more (mass expiry) loses datagrams as a full socket would. */
#define MAX_OUTS 65536u

ahoy_text *ahoy_text_keep(ahoy_stack *stack, ahoy_slice bytes)
{
	ahoy_text *text = ahoy_resize(stack->env, NULL, sizeof *text + bytes.len);

	if (!text) {
		stack->counters.dropped[AHOY_DROP_NO_MEMORY]++;
		return NULL;
	}
	text->next = NULL;
	text->len = bytes.len;
	memcpy(text->bytes, bytes.ptr, bytes.len);
	return text;
}

void ahoy_text_drop(ahoy_stack *stack, ahoy_text *text)
{
	if (!text)
		return;
	text->next = stack->trash;
	stack->trash = text;
}

static bool push(ahoy_stack *stack, ahoy_out_kind kind, const ahoy_flow *flow, ahoy_slice bytes)
{
	if (stack->out_count == stack->out_cap) {
		size_t cap = stack->out_cap ? stack->out_cap * 2 : 16;
		ahoy_out *outs = cap > MAX_OUTS ? NULL : ahoy_resize(stack->env, stack->outs, cap * sizeof *outs);

		if (!outs) {
			stack->counters.dropped[AHOY_DROP_NO_MEMORY]++;
			return false;
		}
		stack->outs = outs;
		stack->out_cap = cap;
	}
	stack->outs[stack->out_count++] = (ahoy_out){.kind = kind, .flow = *flow, .bytes = bytes};
	return true;
}

void ahoy_stack_send(ahoy_stack *stack, const ahoy_flow *flow, ahoy_slice bytes)
{
	if (push(stack, AHOY_OUT_SEND, flow, bytes))
		stack->counters.sent++;
}

void ahoy_stack_keep(ahoy_stack *stack, const ahoy_flow *flow)
{
	if (ahoy_transport_is_reliable(flow->transport))
		(void)push(stack, AHOY_OUT_KEEP, flow, (ahoy_slice){0});
}

bool ahoy_stack_pop_out(ahoy_stack *stack, ahoy_out *out)
{
	if (stack->out_popped == stack->out_count)
		return false;
	*out = stack->outs[stack->out_popped++];
	return true;
}

void ahoy_tx_resend(ahoy_stack *stack, ahoy_tx *tx)
{
	if (tx->sent)
		ahoy_stack_send(stack, &tx->flow, ahoy_text_slice(tx->sent));
}
