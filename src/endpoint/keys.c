#include "endpoint/keys.h"

#include "rtp/telephone_event.h"

#define PAUSE AHOY_SECONDS(1)
#define GAP AHOY_MS(100)
#define SAME_KEY AHOY_SECONDS(1) /* between its two ways: a press, its round trip, and a play-out buffer */

void ahoy_keys_init(ahoy_keys *keys, ahoy_key_way wanted)
{
	*keys = (ahoy_keys){.wanted = wanted};
}

void ahoy_keys_learn(ahoy_keys *keys, const ahoy_msg *msg)
{
	if (msg && ahoy_msg_has(msg, AHOY_H_ALLOW))
		keys->peer_takes_info = ahoy_msg_lists(msg, AHOY_H_ALLOW, AHOY_S("INFO"));
}

ahoy_key_way ahoy_keys_way(const ahoy_keys *keys, bool has_events)
{
	if (keys->wanted != AHOY_KEYS_AUTO)
		return keys->wanted;
	if (has_events)
		return AHOY_KEYS_BY_RTP;
	return keys->peer_takes_info && !keys->refused ? AHOY_KEYS_BY_INFO : AHOY_KEYS_IN_BAND;
}

int ahoy_keys_put(ahoy_keys *keys, ahoy_time now, ahoy_slice digits, uint32_t duration_ms)
{
	if (duration_ms < 40 || duration_ms > 8000)
		return AHOY_EINVAL;
	for (size_t i = 0; i < digits.len; i++)
		if (digits.ptr[i] != ',' && ahoy_telephone_event_of(digits.ptr[i]) < 0)
			return AHOY_EINVAL;
	if (digits.len > AHOY_MAX_DTMF_QUEUE - keys->count)
		return AHOY_EFULL;
	if (keys->count == 0 && keys->at < now)
		keys->at = now;
	for (size_t i = 0; i < digits.len; i++) {
		keys->queue[keys->count].digit = digits.ptr[i];
		keys->queue[keys->count++].duration_ms = duration_ms;
	}
	return 0;
}

bool ahoy_keys_take_back(ahoy_keys *keys, char *digit, uint32_t *duration_ms)
{
	if (keys->count == 0)
		return false;
	*digit = keys->queue[0].digit;
	*duration_ms = keys->queue[0].duration_ms;
	keys->count--;
	keys->waiting = false;
	memmove(keys->queue, keys->queue + 1, keys->count * sizeof keys->queue[0]);
	return true;
}

char ahoy_keys_next(ahoy_keys *keys, ahoy_time now, ahoy_buf *body)
{
	char digit;
	uint32_t duration_ms;

	while (keys->count && !keys->waiting && now >= keys->at) {
		digit = keys->queue[0].digit;
		duration_ms = keys->queue[0].duration_ms;
		if (digit == ',') {
			(void)ahoy_keys_take_back(keys, &digit, &duration_ms);
			keys->at = now + PAUSE;
			continue;
		}
		ahoy_buf_fmt(body, "Signal=%c\r\nDuration=%u\r\n", digit, duration_ms);
		keys->waiting = true;
		keys->at = now + AHOY_MS(duration_ms) + GAP;
		return digit;
	}
	return '\0';
}

bool ahoy_keys_answered(ahoy_keys *keys, ahoy_time now, int status)
{
	char digit;
	uint32_t duration_ms;

	if (!keys->waiting)
		return true;
	keys->waiting = false;
	if (status >= 300) {
		keys->refused = true;
		keys->at = now;
		return false;
	}
	(void)ahoy_keys_take_back(keys, &digit, &duration_ms);
	return true;
}

ahoy_time ahoy_keys_deadline(const ahoy_keys *keys)
{
	return keys->count && !keys->waiting ? keys->at : AHOY_NEVER;
}

bool ahoy_keys_done(const ahoy_keys *keys)
{
	return keys->count == 0;
}

static void forget_heard(ahoy_keys *keys, size_t index)
{
	keys->heard_count--;
	memmove(keys->heard + index, keys->heard + index + 1, (keys->heard_count - index) * sizeof keys->heard[0]);
}

bool ahoy_keys_heard(ahoy_keys *keys, ahoy_time now, char digit, bool by_info)
{
	while (keys->heard_count && now - keys->heard[0].at > SAME_KEY)
		forget_heard(keys, 0);
	for (size_t i = 0; i < keys->heard_count; i++) {
		if (keys->heard[i].digit == digit && keys->heard[i].by_info != by_info) {
			forget_heard(keys, i);
			return false;
		}
	}
	if (keys->heard_count == AHOY_KEYS_HEARD)
		forget_heard(keys, 0);
	keys->heard[keys->heard_count].digit = digit;
	keys->heard[keys->heard_count].by_info = by_info;
	keys->heard[keys->heard_count++].at = now;
	return true;
}
