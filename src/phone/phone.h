/* phone: what all commands share: one user agent on its sockets, the way to the first destination, one deadline,
 * signals, the trace, and the outcome that becomes the exit code. A command is a struct of functions that is told
 * what happens and gives commands to the user agent.
 * In the command's functions everything of ua.h may be called; what changes outside of them (a packet came) is told by
 * ahoy_phone_woken. Lifetime: that of ahoy_phone_run. Thread kind: owned. */
#ifndef AHOY_PHONE_PHONE_H
#define AHOY_PHONE_PHONE_H

#include "os/dns.h"
#include "os/driver.h"
#include "os/world.h"
#include "phone/events.h"
#include "phone/exit_code.h"
#include "phone/options.h"
#include "phone/password.h"
#include "phone/sound_device.h"
#include "phone/tones.h"
#include "sip/locate.h"
#include "sip/trace.h"
#include "ua/ua.h"

typedef struct ahoy_phone ahoy_phone;

typedef struct {
	void *ctx;
	/* The destination is resolved and the sockets are open. */
	void (*begin)(void *ctx, ahoy_time now);
	/* One event of the user agent, but for RESOLVE. */
	void (*event)(void *ctx, ahoy_time now, const ahoy_ua_event *event);
	/* When due is wanted; AHOY_NEVER. */
	ahoy_time (*deadline)(const void *ctx);
	void (*due)(void *ctx, ahoy_time now);
	/* The first SIGINT or SIGTERM, after begin: ends in ahoy_phone_finish soon. A second one ends everything at
	 * once. */
	void (*interrupt)(void *ctx, ahoy_time now);
	/* The phone is about to go: the last moment to free what stands on it. May be NULL. */
	void (*end)(void *ctx);
	/* Sees each datagram first; true: it was this command's, and the user agent does not get it. May be NULL. */
	bool (*recv)(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
	/* Nothing can be delivered there (ICMP). May be NULL. */
	void (*send_failed)(void *ctx, ahoy_time now, const ahoy_flow *flow);
	/* Takes what is told; NULL: it is printed (events.h). */
	void (*tell)(void *ctx, const ahoy_phone_event *event);
} ahoy_phone_command;

/* What every message announces (RFC 3261 20.5); requests.c and call_session_dialog.c keep it true. */
#define AHOY_PHONE_ALLOW "INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, OPTIONS, INFO, MESSAGE"
#define AHOY_PHONE_SUPPORTED "timer, 100rel"
/* RFC 4028 4: half an hour is what it recommends. */
#define AHOY_PHONE_SESSION_S 1800

/* Look-ups under way at the same time; a further one finds nothing. */
#define AHOY_PHONE_LOOKUPS 8

/* As whom the phone speaks; both outlive the phone. */
typedef struct {
	const ahoy_account *account;
	const ahoy_phone_password *password;
} ahoy_phone_identity;

typedef struct ahoy_phone_lookup ahoy_phone_lookup;
typedef struct {
	ahoy_phone_lookup *lookup;
	unsigned question;
} ahoy_phone_question;

struct ahoy_phone_lookup {
	ahoy_phone *phone;
	bool used;
	uint64_t resolve; /* 0: the first destination */
	uint16_t name;	  /* whom a peer has to prove to be, in TLS */
	unsigned waiting; /* questions under way */
	bool asking;	  /* more are being put: answers may come meanwhile */
	ahoy_locate locate;
	ahoy_phone_question asked[AHOY_LOCATE_MAX_QUESTIONS];
};

#define AHOY_PHONE_REFUSED 640

struct ahoy_phone {
	const ahoy_phone_options *options;
	ahoy_phone_identity self; /* the command line's account; of several the first */
	ahoy_phone_command command;
	ahoy_log_sink log;
	ahoy_env env;
	ahoy_loop *loop;
	ahoy_driver *driver;
	ahoy_tls *tls;
	char refused[AHOY_PHONE_REFUSED]; /* why the last TLS connection was not made, and what to do; empty: none */
	ahoy_dns *dns;
	ahoy_ua *ua;
	ahoy_alarm *alarm;
	ahoy_signal *signals[2];
	ahoy_trace *trace;   /* NULL without --trace */
	ahoy_impair *impair; /* of what we send; NULL without --impair */
	ahoy_flow first;     /* by which the first destination is reached; its local address is ours */
	ahoy_phone_lookup lookups[AHOY_PHONE_LOOKUPS];
	bool begun, draining, finishing, stopped;
	ahoy_time finish_at; /* while finishing */
	ahoy_outcome outcome;
	unsigned interrupts;
	ahoy_sound_device *device; /* microphone and speaker; NULL: none were chosen */
	ahoy_phone_tones *tones;   /* NULL: no speaker, or --tones off */
	void *talking;		   /* the session that has them (call_session_device.c), or NULL */
	char bye_call[256];	   /* Call-ID of a BYE of ours that was not answered yet; empty: none */
};

/* Makes a phone, runs the command to its end, ends the phone; returns the exit code. *phone is set before the command's
 * first function is called, and NULL afterwards. */
int ahoy_phone_run(const ahoy_phone_options *options, const ahoy_phone_password *password, const ahoy_phone_command *command,
		   ahoy_phone **phone);

/* Sends these bytes past the user agent, within one of the command's functions. */
void ahoy_phone_send(ahoy_phone *phone, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes);
/* It is over: leaves as soon as a BYE on its way was answered, after four seconds at the latest. A second call
 * changes nothing. */
void ahoy_phone_finish(ahoy_phone *phone, const ahoy_outcome *outcome);
/* finish, without waiting any more. */
void ahoy_phone_finish_now(ahoy_phone *phone, const ahoy_outcome *outcome);
/* An error event, then finish. */
void ahoy_phone_fail(ahoy_phone *phone, int err, const char *why);
/* Something happened outside of the command's functions: due is called soon. */
void ahoy_phone_woken(ahoy_phone *phone);

void ahoy_phone_event_tell(const ahoy_phone *phone, const ahoy_phone_event *event);
/* An event of kind "error"; code 0 for none. */
void ahoy_phone_error(const ahoy_phone *phone, ahoy_slice call, int code, ahoy_slice reason);

/* Empty where there is no password: a challenge is final then. */
ahoy_credentials ahoy_phone_credentials(const ahoy_phone *phone, const ahoy_phone_identity *identity);
/* The proxy's URI, or empty. */
ahoy_slice ahoy_phone_route(const ahoy_phone *phone);
/* The sentence for what our own stack answered, 408 or 503: there was no answer. Where TLS failed that is said. */
ahoy_slice ahoy_phone_silence_reason(const ahoy_phone *phone, int status);
/* The sentence for a refusal that is about credentials. */
ahoy_slice ahoy_phone_auth_reason(const ahoy_phone *phone, const ahoy_phone_identity *identity, ahoy_slice otherwise);

/* ---- between phone.c and its own files ---- */
/* phone_target.c: looks up the first destination, opens the sockets, begins; or fails. */
void ahoy_phone_look_up_first(ahoy_phone *phone);
/* phone_target.c: answers a RESOLVE event, at once or later. */
void ahoy_phone_look_up(ahoy_phone *phone, const ahoy_ua_event *event);
/* phone_io.c: a message crossed the sockets. */
void ahoy_phone_saw(ahoy_phone *phone, ahoy_time now, bool sent, const ahoy_flow *flow, ahoy_slice bytes);
/* phone_io.c: the last messages, of one call or (an empty Call-ID) of all, as a ladder; nothing where none were recorded. */
void ahoy_phone_ladder(const ahoy_phone *phone, ahoy_slice call_id, ahoy_buf *b);
/* phone_tls.c: whom TLS trusts, as the options say; a word where that is everybody. AHOY_EIO: it was said. */
AHOY_MUST_USE int ahoy_phone_open_tls(ahoy_phone *phone);
/* phone_tls.c: why a TLS connection was not made. */
void ahoy_phone_peer_refused(void *phone, const ahoy_flow *flow, const char *why);
/* phone_io.c: draws the ladder on stderr, with --trace. */
void ahoy_phone_draw(const ahoy_phone *phone);

#endif
