/* telephone_event: DTMF in RTP (RFC 4733): the 4-byte payload, a sender that cuts one key into packets, and a
 * receiver that reports each key once however its packets are lost, doubled or reordered.
 * The sender is asked once a packet interval by whoever paces the stream (media/session.h). Embedded. Thread kind: pure. */
#ifndef AHOY_RTP_TELEPHONE_EVENT_H
#define AHOY_RTP_TELEPHONE_EVENT_H

#include "base/env.h"
#include "base/err.h"
#include "base/slice.h"

typedef struct {
	uint8_t event; /* 0 .. 15 are 0-9 * # A-D; 16 is flash */
	bool end;
	uint8_t volume;	   /* 0 .. 63, -dBm0 */
	uint16_t duration; /* in timestamp units */
} ahoy_telephone_event;

/* AHOY_ETRUNCATED. Bytes behind the first four are further events of RFC 4733 2.5.1.5, which nobody sends: ignored. */
int ahoy_telephone_event_decode(const void *bytes, size_t len, ahoy_telephone_event *out) AHOY_MUST_USE;
void ahoy_telephone_event_encode(const ahoy_telephone_event *event, uint8_t out[4]);
/* '0'-'9' '*' '#' 'A'-'D' (either case) 'F' for flash to 0 .. 16, or -1; and back, '\0' for what is no key. */
int ahoy_telephone_event_of(char digit);
char ahoy_telephone_event_digit(unsigned event);

/* One key being sent. Idle when all zero. */
typedef struct {
	bool active;
	uint8_t event, volume, end_left;
	bool first;
	uint32_t timestamp;	       /* of the key's first packet: all of its packets carry it */
	uint32_t elapsed, total, step; /* timestamp units: sent so far, wanted, per packet */
} ahoy_event_sender;

/* Starts a key of duration_ms (40 .. 8000) with packets every interval_ms (10 .. 100; 50 in RFC 4733 2.5.1.2), at
 * `timestamp`. AHOY_ESTATE while one is being sent, AHOY_EINVAL for what is no key or outside these ranges. */
int ahoy_event_sender_start(ahoy_event_sender *s, char digit, unsigned duration_ms, unsigned interval_ms,
			    uint32_t clock_rate_hz, uint32_t timestamp) AHOY_MUST_USE;
/* The next packet of the key: payload, whether it has the marker (first only). The last one is sent three times in all, with the
 * E bit; the caller sends those three at the same pace. False: nothing left. Long keys are cut into segments at 0xffff (2.5.1.3). */
bool ahoy_event_sender_next(ahoy_event_sender *s, ahoy_telephone_event *out, bool *marker, uint32_t *timestamp);

/* What is coming in. Idle when all zero. */
typedef struct {
	bool active; /* a key is down */
	bool seen;   /* there was one: `timestamp` is valid */
	uint8_t event;
	uint32_t timestamp; /* of the key, or of its present segment */
	uint32_t earlier;   /* duration of its earlier segments */
	uint32_t duration;
	ahoy_time last_recv;
} ahoy_event_receiver;

typedef struct {
	char digit; /* '\0': an event that is no key */
	uint8_t event;
	bool end;	   /* false: pressed; true: released, duration is final */
	uint32_t duration; /* timestamp units */
} ahoy_event_seen;

/* Takes one packet. Gives 0 to 3 (a lost end, a new key, its end) entries in out; returns their count.
 * A packet too short, or older than the present key, gives 0. Zero the receiver when the SSRC changes. */
unsigned ahoy_event_receiver_recv(ahoy_event_receiver *r, ahoy_time now, uint32_t timestamp, ahoy_slice payload,
				  ahoy_event_seen out[3]);
/* A key whose end was lost altogether is released 150 ms after its last packet. */
bool ahoy_event_receiver_expire(ahoy_event_receiver *r, ahoy_time now, ahoy_event_seen *out);
ahoy_time ahoy_event_receiver_deadline(const ahoy_event_receiver *r);

#endif
