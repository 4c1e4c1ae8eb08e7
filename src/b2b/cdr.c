#include "b2b/cdr.h"

#include "b2b/internal.h"

ahoy_slice ahoy_ended_by_name(ahoy_ended_by who)
{
	switch (who) {
	case AHOY_ENDED_BY_CALLER:
		return AHOY_S("caller");
	case AHOY_ENDED_BY_CALLEE:
		return AHOY_S("callee");
	case AHOY_ENDED_BY_SERVER:
		return AHOY_S("server");
	case AHOY_ENDED_BY_OPERATOR:
		return AHOY_S("operator");
	case AHOY_ENDED_BY_NOBODY:
		break;
	}
	return (ahoy_slice){0};
}

static ahoy_cdr_leg view_of(const b2b_leg *leg, const ahoy_relay_quality *quality)
{
	return (ahoy_cdr_leg){
		.contact = leg->contact,
		.source = leg->source,
		.call_id = leg->call_id,
		.packets = quality->packets,
		.lost = quality->lost,
		.jitter_us = (uint32_t)(quality->jitter_ms * 1000.0),
	};
}

const ahoy_cdr *ahoy_b2b_cdr_of(ahoy_switch *sw, const b2b_call *call)
{
	/* An unanswered call is recorded with the first of its forks. */
	const b2b_leg *callee = &call->b[call->winner < 0 ? 0 : call->winner];

	sw->cdr = (ahoy_cdr){
		.id = ahoy_slice_of(call->record_id),
		.from = call->from,
		.to = call->to,
		.started_utc_ms = call->started_utc_ms,
		.answered_utc_ms = call->answered_utc_ms,
		.ended_utc_ms = call->ended_utc_ms,
		.ended_by = call->ended_by,
		.code = call->code,
		.reason = call->reason,
		.codec = call->codec,
		.caller = view_of(&call->a, &call->quality_a),
		.callee = view_of(callee, &call->quality_b),
	};
	return &sw->cdr;
}
