/* What the operator sees and does: listings, figures, hanging up, the way down. */
#include "b2b/internal.h"

bool ahoy_switch_next_registration(const ahoy_switch *sw, ahoy_time now, ahoy_switch_cursor *cursor, ahoy_registration_info *out)
{
	ahoy_registrar_cursor inner = {.slot = cursor->slot, .sub = cursor->sub};
	bool more = ahoy_registrar_list(sw->registrar, now, &inner, &out->user, &out->binding);

	cursor->slot = inner.slot;
	cursor->sub = inner.sub;
	return more;
}

static ahoy_live_state live_state(const b2b_call *call)
{
	switch (call->state) {
	case B2B_ANSWERED:
		return b2b_is_held(call) ? AHOY_LIVE_HELD : AHOY_LIVE_ANSWERED;
	case B2B_RINGING:
	case B2B_SAVING:
		return call->told_status ? AHOY_LIVE_RINGING : AHOY_LIVE_CALLING;
	case B2B_ROUTING:
	case B2B_OVER:
		break;
	}
	return AHOY_LIVE_CALLING;
}

bool ahoy_switch_next_call(const ahoy_switch *sw, ahoy_switch_cursor *cursor, ahoy_live_call_info *out)
{
	const b2b_call *call;

	while ((call = ahoy_slots_next(&sw->calls, &cursor->slot, NULL))) {
		if (call->state == B2B_OVER)
			continue;
		*out = (ahoy_live_call_info){
			.id = ahoy_slice_of(call->record_id),
			.from = call->from,
			.to = call->to,
			.codec = call->codec,
			.state = live_state(call),
			.started_utc_ms = call->started_utc_ms,
			.answered_utc_ms = call->a_answered ? call->answered_utc_ms : 0,
		};
		return true;
	}
	return false;
}

void ahoy_switch_get_status(const ahoy_switch *sw, ahoy_switch_status *out)
{
	ahoy_registrar_counters registrar;
	const ahoy_rate_counters *rate = ahoy_rate_count(sw->rate);

	ahoy_registrar_count(sw->registrar, &registrar);
	*out = (ahoy_switch_status){
		.registrations = registrar.bindings,
		.users_bound = registrar.users,
		.calls = sw->live_calls,
		.stack = ahoy_stack_count(ahoy_ua_stack(sw->ua)),
		.ports_used = 2 * (uint64_t)ahoy_relay_pairs_used(sw->relay),
		.challenges = sw->challenges,
		.transcoding = sw->coder_count,
		.transcoded = sw->transcoded,
		.auth_failures = sw->auth_failures,
	};
	for (int i = 0; i < AHOY_RATES; i++)
		out->rate_limited += rate->limited[i];
	out->transactions = out->stack->transactions;
	out->timers = out->stack->timers + sw->timers.count;
	for (int i = 0; i < AHOY_RELAY_VERDICTS; i++)
		out->media[i] = ahoy_relay_counted(sw->relay, (ahoy_relay_verdict)i);
}

uint64_t ahoy_switch_ports_refused(const ahoy_switch *sw)
{
	return ahoy_relay_pairs_refused(sw->relay);
}

static bool names_call(const b2b_call *call, ahoy_slice id)
{
	if (ahoy_slice_eq(ahoy_slice_of(call->record_id), id) || ahoy_slice_eq(call->a.call_id, id))
		return true;
	for (unsigned i = 0; i < call->forks; i++)
		if (ahoy_slice_eq(call->b[i].call_id, id))
			return true;
	return false;
}

static b2b_call *find_call(const ahoy_switch *sw, ahoy_slice id)
{
	uint64_t cursor = 0;
	b2b_call *call;

	while ((call = ahoy_slots_next(&sw->calls, &cursor, NULL)))
		if (call->state != B2B_OVER && names_call(call, id))
			return call;
	return NULL;
}

static void end_by_operator(ahoy_switch *sw, b2b_call *call, ahoy_ended_by by, ahoy_slice reason)
{
	if (call->a_answered)
		ahoy_b2b_call_end(sw, call, by, 200, reason);
	else
		ahoy_b2b_call_refuse(sw, call, by, by == AHOY_ENDED_BY_OPERATOR ? 480 : 503, reason, (ahoy_slice){0});
}

int ahoy_switch_hangup(ahoy_switch *sw, ahoy_time now, ahoy_slice id)
{
	b2b_call *call = find_call(sw, id);

	if (now > sw->now)
		sw->now = now;
	if (!call)
		return AHOY_ENOTFOUND;
	ahoy_ua_turn(sw->ua, now);
	end_by_operator(sw, call, AHOY_ENDED_BY_OPERATOR, AHOY_S("hung up by the operator"));
	ahoy_b2b_drain(sw);
	return 0;
}

void ahoy_switch_stop(ahoy_switch *sw, ahoy_time now)
{
	uint64_t cursor = 0;
	b2b_call *call;

	if (now > sw->now)
		sw->now = now;
	sw->stopping = true;
	ahoy_ua_turn(sw->ua, now);
	while ((call = ahoy_slots_next(&sw->calls, &cursor, NULL)))
		if (call->state != B2B_OVER)
			end_by_operator(sw, call, AHOY_ENDED_BY_SERVER, AHOY_S("the server stops"));
	ahoy_b2b_drain(sw);
}

const ahoy_trace *ahoy_switch_trace(const ahoy_switch *sw)
{
	return sw->trace;
}

static void call_ids_of_live(const b2b_call *call, ahoy_slice call_ids[AHOY_CALL_LEGS], size_t *count)
{
	*count = 0;
	call_ids[(*count)++] = call->a.call_id;
	for (unsigned i = 0; i < call->forks; i++)
		call_ids[(*count)++] = call->b[i].call_id;
}

static bool recent_is(const b2b_recent *recent, ahoy_slice id)
{
	if (recent->count && ahoy_slice_eq(ahoy_slice_of(recent->record_id), id))
		return true;
	for (unsigned i = 0; i < recent->count; i++)
		if (ahoy_slice_eq(recent->call_ids[i], id))
			return true;
	return false;
}

static const b2b_call *last_live(const ahoy_switch *sw)
{
	const b2b_call *call, *last = NULL;
	uint64_t cursor = 0;

	while ((call = ahoy_slots_next(&sw->calls, &cursor, NULL)))
		if (call->state != B2B_OVER && (!last || call->started_utc_ms >= last->started_utc_ms))
			last = call;
	return last;
}

/* One of the two, or AHOY_ENOTFOUND. "last" is the live call that began last, else the one that ended last. */
static int find_recent(const ahoy_switch *sw, ahoy_slice id, const b2b_call **live, const b2b_recent **recent)
{
	bool is_last = ahoy_slice_eq(id, AHOY_S("last"));

	*recent = NULL;
	*live = is_last ? last_live(sw) : find_call(sw, id);
	if (*live)
		return 0;
	if (is_last && sw->recent_next)
		*recent = &sw->recent[(sw->recent_next - 1) % B2B_RECENT];
	for (unsigned i = 0; !is_last && !*recent && i < B2B_RECENT; i++)
		if (recent_is(&sw->recent[i], id))
			*recent = &sw->recent[i];
	return *recent ? 0 : AHOY_ENOTFOUND;
}

int ahoy_switch_call_ids(const ahoy_switch *sw, ahoy_slice id, ahoy_slice call_ids[AHOY_CALL_LEGS], size_t *count)
{
	const b2b_call *live;
	const b2b_recent *recent;
	int err = find_recent(sw, id, &live, &recent);

	if (err)
		return err;
	if (live) {
		call_ids_of_live(live, call_ids, count);
		return 0;
	}
	*count = recent->count;
	memcpy(call_ids, recent->call_ids, recent->count * sizeof *call_ids);
	return 0;
}

int ahoy_switch_call_media(const ahoy_switch *sw, ahoy_slice id, ahoy_call_media *out)
{
	const b2b_call *live;
	const b2b_recent *recent;
	int err = find_recent(sw, id, &live, &recent);

	*out = (ahoy_call_media){0};
	if (err)
		return err;
	if (recent) {
		*out = (ahoy_call_media){ahoy_slice_of(recent->codec), recent->quality_a, recent->quality_b};
		return 0;
	}
	out->codec = live->codec;
	if (ahoy_relay_side_quality(sw->relay, live->relay, 0, &out->caller))
		out->caller = (ahoy_relay_quality){0};
	if (live->winner < 0 || ahoy_relay_side_quality(sw->relay, live->relay, live->b[live->winner].side, &out->callee))
		out->callee = (ahoy_relay_quality){0};
	return 0;
}
