/* A call through the server: its birth, its timers, its one end. */
#include "b2b/internal.h"

int ahoy_b2b_set(ahoy_switch *sw, ahoy_slice *slot, ahoy_slice value)
{
	ahoy_slice copy;
	int err = ahoy_slice_dup(sw->env, value, &copy);

	if (err)
		return err;
	ahoy_free(sw->env, (void *)slot->ptr);
	*slot = copy;
	return 0;
}

static void free_slice(ahoy_switch *sw, ahoy_slice *slot)
{
	ahoy_free(sw->env, (void *)slot->ptr);
	*slot = (ahoy_slice){0};
}

void ahoy_b2b_leg_free(ahoy_switch *sw, b2b_leg *leg)
{
	ahoy_b2b_coder_free(sw, leg);
	free_slice(sw, &leg->call_id);
	free_slice(sw, &leg->contact);
	free_slice(sw, &leg->told);
	free_slice(sw, &leg->said);
}

void ahoy_b2b_call_free(ahoy_switch *sw, b2b_call *call)
{
	ahoy_b2b_service_free(sw, call);
	ahoy_b2b_leg_free(sw, &call->a);
	for (unsigned i = 0; i < call->forks; i++)
		ahoy_b2b_leg_free(sw, &call->b[i]);
	ahoy_b2b_redirect_free(sw, call);
	free_slice(sw, &call->from);
	free_slice(sw, &call->to);
	free_slice(sw, &call->codec);
	free_slice(sw, &call->reason);
	free_slice(sw, &call->best_reason);
	free_slice(sw, &call->best_headers);
	free_slice(sw, &call->early_told);
	ahoy_slots_remove(&sw->calls, call->id);
}

b2b_call *ahoy_b2b_call_of(ahoy_switch *sw, ahoy_id id)
{
	b2b_call *call = ahoy_slots_get(&sw->calls, id);

	return call && call->state != B2B_OVER ? call : NULL;
}

b2b_call *ahoy_b2b_call_new(ahoy_switch *sw, ahoy_slice from, ahoy_slice to)
{
	ahoy_id id;
	b2b_call *call = ahoy_slots_add(&sw->calls, &id, NULL);

	if (!call)
		return NULL;
	call->id = id;
	call->winner = -1;
	call->started_utc_ms = ahoy_b2b_utc_ms(sw);
	ahoy_stack_mint(ahoy_ua_stack(sw->ua), call->record_id);
	ahoy_timer_init(&call->ring, call, B2B_TIMER_RING);
	ahoy_timer_init(&call->media, call, B2B_TIMER_MEDIA);
	if (ahoy_b2b_set(sw, &call->from, from) || ahoy_b2b_set(sw, &call->to, to) || ahoy_relay_open(sw->relay, sw->now, &call->relay)) {
		ahoy_b2b_call_free(sw, call);
		return NULL;
	}
	sw->live_calls++;
	return call;
}

b2b_leg *ahoy_b2b_leg_of(b2b_call *call, ahoy_call_id ua)
{
	if (call->a.ua == ua)
		return &call->a;
	for (unsigned i = 0; i < call->forks; i++)
		if (call->b[i].ua == ua)
			return &call->b[i];
	return NULL;
}

bool ahoy_b2b_flow_of(ahoy_switch *sw, const b2b_leg *leg, ahoy_flow *flow)
{
	ahoy_call_info info;

	if (!leg->ua || ahoy_call_get(sw->ua, leg->ua, &info) || !info.flow)
		return false;
	*flow = *info.flow;
	return true;
}

void ahoy_b2b_hang_up_leg(ahoy_switch *sw, b2b_leg *leg, ahoy_slice headers)
{
	ahoy_call_id ua = leg->ua;

	leg->ua = 0;
	if (ua)
		(void)ahoy_call_hangup(sw->ua, sw->now, ua, headers);
}

void ahoy_b2b_drop_losers(ahoy_switch *sw, b2b_call *call, ahoy_slice headers)
{
	for (unsigned i = 0; i < call->forks; i++) {
		if ((int)i == call->winner || !call->b[i].ua)
			continue;
		ahoy_b2b_hang_up_leg(sw, &call->b[i], headers);
		ahoy_relay_close_side(sw->relay, call->relay, call->b[i].side);
	}
}

/* Room for so many bytes. Without memory the call is not remembered. */
static bool make_room(ahoy_switch *sw, b2b_recent *recent, size_t len)
{
	size_t cap = (len + 255) & ~(size_t)255;
	char *text = recent->text;

	if (len > recent->cap) {
		text = ahoy_resize(sw->env, text, cap);
		if (!text)
			return false;
		recent->text = text;
		recent->cap = cap;
	}
	return true;
}

/* The Call-IDs and what came of the media stay known for `trace`, in a ring. */
static void remember(ahoy_switch *sw, const b2b_call *call)
{
	b2b_recent *recent = &sw->recent[sw->recent_next++ % B2B_RECENT];
	size_t len = call->a.call_id.len;
	ahoy_buf b, codec;

	for (unsigned i = 0; i < call->forks; i++)
		len += call->b[i].call_id.len;
	memcpy(recent->record_id, call->record_id, sizeof recent->record_id);
	recent->count = 0;
	recent->quality_a = call->quality_a;
	recent->quality_b = call->quality_b;
	codec = ahoy_buf_over(recent->codec, sizeof recent->codec);
	ahoy_buf_put(&codec, ahoy_slice_first(call->codec, sizeof recent->codec - 1));
	ahoy_buf_cstr(&codec);
	if (!len || !make_room(sw, recent, len))
		return;
	b = ahoy_buf_over(recent->text, recent->cap);
	for (unsigned i = 0; i <= call->forks; i++) {
		ahoy_slice call_id = i ? call->b[i - 1].call_id : call->a.call_id;

		recent->call_ids[recent->count++] = ahoy_slice_make(b.ptr + b.len, call_id.len);
		ahoy_buf_put(&b, call_id);
	}
}

static void take_quality(ahoy_switch *sw, b2b_call *call)
{
	const b2b_leg *callee = call->winner < 0 ? NULL : &call->b[call->winner];

	if (ahoy_relay_side_quality(sw->relay, call->relay, 0, &call->quality_a))
		call->quality_a = (ahoy_relay_quality){0};
	if (!callee || ahoy_relay_side_quality(sw->relay, call->relay, callee->side, &call->quality_b))
		call->quality_b = (ahoy_relay_quality){0};
}

bool ahoy_b2b_is_held_back(ahoy_switch *sw, b2b_call *call)
{
	ahoy_call_info info;

	if (!call->a_answered || !call->a.ua || ahoy_call_get(sw->ua, call->a.ua, &info) || info.state == AHOY_CALL_ANSWERED)
		return false;
	call->a_answered = false;
	return true;
}

void ahoy_b2b_call_end(ahoy_switch *sw, b2b_call *call, ahoy_ended_by by, int code, ahoy_slice reason)
{
	if (call->state == B2B_OVER)
		return;
	if (ahoy_b2b_is_held_back(sw, call))
		code = 480; /* what A gets as it is hung up */
	call->state = B2B_OVER;
	ahoy_timer_stop(&sw->timers, &call->ring);
	ahoy_timer_stop(&sw->timers, &call->media);
	ahoy_b2b_hang_up_leg(sw, &call->a, (ahoy_slice){0});
	ahoy_b2b_drop_losers(sw, call, (ahoy_slice){0});
	if (call->winner >= 0)
		ahoy_b2b_hang_up_leg(sw, &call->b[call->winner], (ahoy_slice){0});
	if (call->service)
		ahoy_b2b_service_end(sw, call);
	if (call->coder)
		ahoy_b2b_coder_end(sw, call);
	take_quality(sw, call);
	ahoy_relay_close(sw->relay, call->relay);
	call->ended_utc_ms = ahoy_b2b_utc_ms(sw);
	call->ended_by = by;
	/* The code of an answered call is the 200 that the caller got, whoever ended it. */
	call->code = call->a_answered ? 200 : code;
	if (!call->a_answered)
		call->answered_utc_ms = 0;
	(void)ahoy_b2b_set(sw, &call->reason, reason.len ? reason : ahoy_reason_phrase(call->code));
	(void)ahoy_b2b_ask_add(sw, AHOY_ASK_RECORD, 0, call->id);
	remember(sw, call);
	call->next_dead = sw->dead;
	sw->dead = call;
	sw->live_calls--;
}

void ahoy_b2b_call_refuse(ahoy_switch *sw, b2b_call *call, ahoy_ended_by by, int status, ahoy_slice reason, ahoy_slice headers)
{
	ahoy_call_id a = call->a.ua;

	call->a.ua = 0;
	if (a)
		(void)ahoy_call_refuse(sw->ua, sw->now, a, status, reason, headers);
	ahoy_b2b_call_end(sw, call, by, status, reason);
}

/* Nobody answered within --ring-timeout. */
static void ring_over(ahoy_switch *sw, b2b_call *call)
{
	if (call->state == B2B_RINGING)
		ahoy_b2b_call_refuse(sw, call, AHOY_ENDED_BY_SERVER, 480, AHOY_S("No answer"), (ahoy_slice){0});
}

/* Silence says nothing of a call on hold: each phone is asked whether it is still there (an in-dialog OPTIONS, RFC
 * 3261 11.2). Two phones that lost their power during a hold would otherwise hold it for ever. */
static void probe(ahoy_switch *sw, b2b_call *call)
{
	b2b_leg *legs[] = {&call->a, b2b_peer_of(call, &call->a)};

	for (size_t i = 0; i < sizeof legs / sizeof legs[0] && legs[i]; i++)
		(void)ahoy_call_request(sw->ua, sw->now, legs[i]->ua, AHOY_OPTIONS, (ahoy_slice){0}, (ahoy_slice){0},
					(ahoy_slice){0}, B2B_PROBE);
}

/* No media from either side for --media-timeout on an answered call that is not held. */
static void check_media(ahoy_switch *sw, b2b_call *call)
{
	ahoy_time limit = AHOY_SECONDS(sw->config.media_timeout_s), last;
	bool held = b2b_is_held(call);

	if (call->state != B2B_ANSWERED || !limit || ahoy_relay_last_media(sw->relay, call->relay, &last))
		return;
	if (held && sw->now >= last + limit)
		probe(sw, call);
	if (held || sw->now < last + limit) {
		/* A call taken off hold gets a whole time-out again, because its last packet may be old. */
		ahoy_timer_arm(&sw->timers, &call->media, held || last + limit < sw->now ? sw->now + limit : last + limit);
		return;
	}
	ahoy_b2b_call_end(sw, call, AHOY_ENDED_BY_SERVER, 200, AHOY_S("media time-out"));
}

void ahoy_b2b_timer_due(ahoy_switch *sw, ahoy_timer *timer)
{
	switch (timer->kind) {
	case B2B_TIMER_RING:
		ring_over(sw, timer->owner);
		break;
	case B2B_TIMER_MEDIA:
		check_media(sw, timer->owner);
		break;
	case B2B_TIMER_SOUND:
		ahoy_b2b_service_due(sw, timer->owner);
		break;
	case B2B_TIMER_CODER:
		ahoy_b2b_coder_due(sw, timer->owner);
		break;
	case B2B_TIMER_LIMIT:
		ahoy_b2b_call_end(sw, timer->owner, AHOY_ENDED_BY_SERVER, 200, AHOY_S("the longest time for this number is over"));
		break;
	}
}
