/* keys: which way DTMF keys of a call go, and that none is heard twice. Ways: telephone-events (RFC 4733), INFO
 * (application/dtmf-relay, info_key.h), tones in the sound. The first and the last are media/session's; INFO needs a queue, since a
 * key must not overtake the one before it: the next leaves when that was answered. Leaves sending to the owner.
 * Order: init; learn from each message of the peer; put, then next at each deadline and answered for each. Embedded.
 * Thread kind: pure. */
#ifndef AHOY_ENDPOINT_KEYS_H
#define AHOY_ENDPOINT_KEYS_H

#include "base/buf.h"
#include "base/env.h"
#include "base/err.h"
#include "base/limits.h"
#include "sip/msg.h"

typedef enum {
	AHOY_KEYS_AUTO, /* events where they are agreed on, else INFO where the peer's Allow has it, else tones */
	AHOY_KEYS_BY_RTP,
	AHOY_KEYS_BY_INFO,
	AHOY_KEYS_IN_BAND
} ahoy_key_way;

#define AHOY_KEYS_HEARD 8 /* keys that came one way and may come again another; more within a second are not compared */

typedef struct {
	ahoy_key_way wanted;
	bool peer_takes_info; /* its Allow says so */
	bool refused;	      /* it refused one all the same */
	bool waiting;	      /* the first of the queue was sent and is not answered */
	ahoy_time at;	      /* not before: the next of the queue */
	size_t count;
	struct {
		char digit;
		uint32_t duration_ms;
	} queue[AHOY_MAX_DTMF_QUEUE];
	size_t heard_count;
	struct {
		char digit;
		bool by_info;
		ahoy_time at;
	} heard[AHOY_KEYS_HEARD];
} ahoy_keys;

void ahoy_keys_init(ahoy_keys *keys, ahoy_key_way wanted);
/* A message of the peer with an Allow says whether it takes INFO; one without changes nothing. */
void ahoy_keys_learn(ahoy_keys *keys, const ahoy_msg *msg);
/* What the next key goes by, never AUTO. has_events: they are agreed on. */
ahoy_key_way ahoy_keys_way(const ahoy_keys *keys, bool has_events);

/* For INFO: all or nothing; ',' is a pause of one second, duration_ms 40 .. 8000. AHOY_EINVAL (no key), AHOY_EFULL. */
int ahoy_keys_put(ahoy_keys *keys, ahoy_time now, ahoy_slice digits, uint32_t duration_ms) AHOY_MUST_USE;
/* The key whose INFO is due, with its body in `body` (64 bytes do); '\0': none. */
char ahoy_keys_next(ahoy_keys *keys, ahoy_time now, ahoy_buf *body);
/* The final answer to that INFO, 200 .. 699. Returns whether the key was taken; a refused one is still the queue's first. */
bool ahoy_keys_answered(ahoy_keys *keys, ahoy_time now, int status);
/* Takes the queue's first, to be sent another way; false: it is empty. */
bool ahoy_keys_take_back(ahoy_keys *keys, char *digit, uint32_t *duration_ms);
ahoy_time ahoy_keys_deadline(const ahoy_keys *keys); /* AHOY_NEVER: nothing is due */
bool ahoy_keys_done(const ahoy_keys *keys);

/* A key was heard: false where it came within the last second by the other way, as from gateways that send both. */
bool ahoy_keys_heard(ahoy_keys *keys, ahoy_time now, char digit, bool by_info);

#endif
