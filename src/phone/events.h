/* events: what the phone tells the one who started it: a line for people, or with --json one object a line. Fields
 * are only ever added. Strings from the wire are made safe to show. Leaves to the commands what is worth telling.
 * docs/phone.md has the table.
 * Thread kind: owned. Cost: JSON allocates (jansson). */
#ifndef AHOY_PHONE_EVENTS_H
#define AHOY_PHONE_EVENTS_H

#include "base/buf.h"
#include "base/err.h"
#include "phone/expect.h"
#include "phone/sound_device.h"

#define AHOY_PHONE_EVENTS(X)            \
	X(REGISTERED, "registered")     \
	X(UNREGISTERED, "unregistered") \
	X(CALLING, "calling")           \
	X(RINGING, "ringing")           \
	X(EARLY_MEDIA, "early_media")   \
	X(ANSWERED, "answered")         \
	X(MEDIA, "media")               \
	X(DTMF, "dtmf")                 \
	X(HELD, "held")                 \
	X(RESUMED, "resumed")           \
	X(MESSAGE, "message")           \
	X(QUALITY, "quality")           \
	X(EXPECT, "expect")             \
	X(DEVICE, "device")             \
	X(LEVEL, "level")               \
	X(SENT, "sent")                 \
	X(RESPONSE, "response")         \
	X(ENDED, "ended")               \
	X(ERROR, "error")

typedef enum {
#define AHOY_PHONE_EVENT_ENUM(id, name) AHOY_PHONE_##id,
	AHOY_PHONE_EVENTS(AHOY_PHONE_EVENT_ENUM)
#undef AHOY_PHONE_EVENT_ENUM
} ahoy_phone_event_kind;

/* What was measured of a call's sound; MESSAGE to ERROR leave it out. */
typedef struct {
	uint64_t packets, lost;	  /* received; missing */
	double jitter_ms, r, mos; /* left out where no packet came */
	uint64_t packets_sent;
	bool has_remote; /* the far end's report on what we sent came */
	int32_t remote_lost;
	double remote_jitter_ms, rtt_ms, remote_r, remote_mos; /* remote_r, remote_mos: 0: not known */
	double burst_percent, gap_percent;		       /* RFC 3611 4.7.2, of what came */
	uint32_t burst_ms, gap_ms;
	double level_dbov, above_60_s; /* mean level of what came; seconds of it above -60 dBov */
	bool is_encrypted;
	uint64_t auth_failed, replayed; /* SRTP packets that were dropped; left out where nothing is encrypted */
	bool has_device;		/* microphone or speaker were open */
	uint64_t device_underruns, device_overruns;
} ahoy_phone_quality;

/* All slices may be empty: the field is left out then. Lifetime: the call of ahoy_phone_tell. */
typedef struct {
	ahoy_phone_event_kind kind;
	ahoy_slice call;       /* Call-ID */
	int code;	       /* SIP status, 0: none */
	ahoy_slice reason;     /* its phrase, or why */
	char digit;	       /* '\0': none */
	uint32_t duration_ms;  /* of a key; 0: none */
	const char *direction; /* "in" or "out"; of media: "sendrecv", ...; NULL: none */
	ahoy_slice account;    /* whose call or registration */
	ahoy_slice from, to;   /* URIs */
	ahoy_slice text;       /* of a message */
	ahoy_slice codec;
	const char *srtp;	   /* the suite, or "none"; NULL: no word about it */
	ahoy_slice remote;	   /* where the sound goes, ADDR:PORT */
	ahoy_slice allow, product; /* of an answer to OPTIONS */
	const char *ended_by;	   /* "caller" or "callee"; NULL: none */
	bool has_expires;
	uint32_t expires_s;
	ahoy_slice method; /* of a request of ahoy send */
	uint32_t number;   /* which of --count; 0: none */
	bool has_elapsed;
	double elapsed_ms;		       /* from the request's first copy to its answer */
	ahoy_slice message;		       /* a whole message */
	const ahoy_phone_quality *quality;     /* NULL: none */
	const ahoy_expect_result *expectation; /* NULL: none */
	const ahoy_sound_device_news *device;  /* NULL: none */
	const ahoy_sound_meter *levels;	       /* of microphone and speaker; NULL: none */
} ahoy_phone_event;

const char *ahoy_phone_event_name(ahoy_phone_event_kind kind);
/* The line for people, without its end. */
void ahoy_phone_event_human(ahoy_buf *b, const ahoy_phone_event *event);
/* The object, without a line end; utc_ms since 1970. AHOY_ENOMEM, AHOY_EFULL. */
int ahoy_phone_event_json(ahoy_buf *b, const ahoy_phone_event *event, uint64_t utc_ms) AHOY_MUST_USE;

/* Where events go: stdout; an error for people to stderr (with JSON to both, since a script's log wants it too).
 * Flushed line by line. */
void ahoy_phone_tell(bool json, const ahoy_phone_event *event);

#endif
