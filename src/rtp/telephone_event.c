#include "rtp/telephone_event.h"

#include "rtp/wire.h"

#define END_PACKETS 3		   /* RFC 4733 2.5.1.4: the final packet and two retransmissions */
#define MAX_DURATION 0xffffu	   /* of one segment, 2.5.1.3 */
#define DEFAULT_VOLUME 10	   /* -10 dBm0: within what RFC 4733 2.3.4 wants accepted (0 to -36) */
#define RELEASE_AFTER AHOY_MS(150) /* three update intervals (2.5.2.2) */
#define FORGET_AFTER AHOY_SECONDS(5)

static const char keys[] = "0123456789*#ABCDF";

int ahoy_telephone_event_decode(const void *bytes, size_t len, ahoy_telephone_event *out)
{
	const uint8_t *p = bytes;

	if (len < 4)
		return AHOY_ETRUNCATED;
	*out = (ahoy_telephone_event){.event = p[0], .end = p[1] >> 7, .volume = p[1] & 63, .duration = ahoy_wire_get16(p + 2)};
	return 0;
}

void ahoy_telephone_event_encode(const ahoy_telephone_event *event, uint8_t out[4])
{
	out[0] = event->event;
	out[1] = (uint8_t)((event->end ? 0x80 : 0) | (event->volume & 63));
	ahoy_wire_put16(out + 2, event->duration);
}

int ahoy_telephone_event_of(char digit)
{
	char upper = digit >= 'a' && digit <= 'z' ? (char)(digit - ('a' - 'A')) : digit;
	const char *at = digit ? strchr(keys, upper) : NULL;

	return at ? (int)(at - keys) : -1;
}

char ahoy_telephone_event_digit(unsigned event)
{
	return event < sizeof keys - 1 ? keys[event] : '\0';
}

int ahoy_event_sender_start(ahoy_event_sender *s, char digit, unsigned duration_ms, unsigned interval_ms,
			    uint32_t clock_rate_hz, uint32_t timestamp)
{
	int event = ahoy_telephone_event_of(digit);

	if (s->active)
		return AHOY_ESTATE;
	if (event < 0 || duration_ms < 40 || duration_ms > 8000 || interval_ms < 10 || interval_ms > 100 ||
	    clock_rate_hz < 1000 || clock_rate_hz > 96000)
		return AHOY_EINVAL;
	*s = (ahoy_event_sender){.active = true,
				 .event = (uint8_t)event,
				 .volume = DEFAULT_VOLUME,
				 .end_left = END_PACKETS,
				 .first = true,
				 .timestamp = timestamp,
				 .total = clock_rate_hz / 100 * duration_ms / 10,
				 .step = clock_rate_hz / 100 * interval_ms / 10};
	return 0;
}

bool ahoy_event_sender_next(ahoy_event_sender *s, ahoy_telephone_event *out, bool *marker, uint32_t *timestamp)
{
	if (!s->active)
		return false;
	if (s->elapsed == MAX_DURATION && s->total > MAX_DURATION) {
		/* 2.5.1.3: the next segment has its own timestamp, and no marker. */
		s->timestamp += MAX_DURATION;
		s->total -= MAX_DURATION;
		s->elapsed = 0;
	}
	s->elapsed += s->step;
	if (s->elapsed > MAX_DURATION && s->total > MAX_DURATION)
		s->elapsed = MAX_DURATION;
	if (s->elapsed > s->total)
		s->elapsed = s->total;
	*out = (ahoy_telephone_event){s->event, s->elapsed == s->total, s->volume, (uint16_t)s->elapsed};
	*marker = s->first;
	*timestamp = s->timestamp;
	s->first = false;
	if (out->end && --s->end_left == 0)
		s->active = false;
	return true;
}

static ahoy_event_seen seen_now(const ahoy_event_receiver *r, bool end)
{
	return (ahoy_event_seen){ahoy_telephone_event_digit(r->event), r->event, end, r->earlier + r->duration};
}

/* A packet of another timestamp than the present one's: a next segment, a new key, or an old packet. */
static unsigned begin(ahoy_event_receiver *r, ahoy_time now, uint32_t timestamp, const ahoy_telephone_event *event,
		      ahoy_event_seen out[3], bool *old)
{
	unsigned count = 0;

	*old = r->seen && (int32_t)(timestamp - r->timestamp) < 0 && now - r->last_recv < FORGET_AFTER;
	if (*old)
		return 0;
	if (r->active && event->event == r->event && timestamp - r->timestamp == MAX_DURATION) {
		r->earlier += MAX_DURATION;
		r->timestamp = timestamp;
		r->duration = 0;
		return 0;
	}
	if (r->active)
		out[count++] = seen_now(r, true);
	*r = (ahoy_event_receiver){.active = true, .seen = true, .event = event->event, .timestamp = timestamp};
	r->duration = event->duration;
	out[count++] = seen_now(r, false);
	return count;
}

unsigned ahoy_event_receiver_recv(ahoy_event_receiver *r, ahoy_time now, uint32_t timestamp, ahoy_slice payload,
				  ahoy_event_seen out[3])
{
	ahoy_telephone_event event;
	unsigned count = 0;
	bool old = false;

	if (ahoy_telephone_event_decode(payload.ptr, payload.len, &event))
		return 0;
	if (!r->seen || timestamp != r->timestamp)
		count = begin(r, now, timestamp, &event, out, &old);
	if (old || event.event != r->event || !r->active)
		return count;
	r->last_recv = now;
	if (event.duration > r->duration)
		r->duration = event.duration; /* Reordered updates never shorten a key. */
	if (event.end) {
		r->active = false;
		out[count++] = seen_now(r, true);
	}
	return count;
}

bool ahoy_event_receiver_expire(ahoy_event_receiver *r, ahoy_time now, ahoy_event_seen *out)
{
	if (!r->active || now - r->last_recv < RELEASE_AFTER)
		return false;
	r->active = false;
	*out = seen_now(r, true);
	return true;
}

ahoy_time ahoy_event_receiver_deadline(const ahoy_event_receiver *r)
{
	return r->active ? r->last_recv + RELEASE_AFTER : AHOY_NEVER;
}
