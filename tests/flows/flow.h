/* flow: a whole ahoyd (switch, users, store) and scripted phones on one network, and the ladder of what crossed between them,
 * compared with golden/NAME.txt (AHOY_UPDATE_GOLDEN=1 writes it). The scripts do not know what carries their datagrams: a
 * virtual network without loss on virtual time, or UDP sockets on loopback (world.h). Expectations are strict: the next
 * message that a phone gets must be the expected one, and at the end everything must have died away. A failed expectation
 * prints the ladder so far. Order in a script: phone_ready for the phones that are registered before it begins, then the
 * exchange. Nothing is freed by scripts. */
#ifndef FLOW_H
#define FLOW_H

#include "test.h"
#include "test_env.h"

#include "base/limits.h"
#include "sip/msg.h"

typedef struct flow flow;
typedef struct phone phone;
typedef struct dialog dialog;

typedef enum {
	STORE_AT_ONCE,
	STORE_SLOW,
	STORE_FAILS
} flow_store;

typedef struct {
	/* Headers drawn below each message that has them, "From To Contact", beside those that are always drawn. */
	const char *show;
	uint32_t ring_timeout_s, media_timeout_s, session_expires_s; /* 0: none */
	unsigned pairs;						     /* media port pairs; 0: plenty */
	bool with_registrations;				     /* draw those of phone_ready too */
	const char *public_address, *domain;
	unsigned max_calls, max_service_calls; /* 0: the server's own bounds */
	const char *echo;		       /* the echo's number; NULL: none */
	uint32_t echo_limit_s;
	uint32_t max_transcoded;
} flow_options;

typedef struct {
	const char *name; /* of the golden file too */
	const char *says; /* the first line of the golden file: what it shows */
	void (*script)(flow *f);
	flow_options options;
	bool sockets; /* runs on loopback sockets too: no long waiting, no literal addresses */
} flow_case;

/* The tables of scripts, each ended by a row without a name. */
extern const flow_case register_flows[], call_flows[], fork_flows[], change_flows[], request_flows[], trouble_flows[],
	content_flows[], echo_flows[], session_flows[], early_flows[], privacy_flows[], breadth_flows[], redirect_flows[],
	transcode_flows[];

typedef enum {
	CARRIER_VIRTUAL,
	CARRIER_SOCKETS
} flow_carrier;
/* The body of a cmocka test. */
void flow_run(const flow_case *which, flow_carrier on);
/* All rows as cmocka tests on this carrier; returns how many failed. */
int flow_run_all(const char *group, flow_carrier on);

/* A message that a phone got; lives as long as the flow. */
typedef struct sip {
	ahoy_msg msg;
	char *bytes;
} sip;

/* ---- the world ---- */
void flow_pass(flow *f, unsigned ms);	   /* lets time go by; messages that come meanwhile wait in the phones' inboxes */
void flow_silence(flow *f, unsigned ms);   /* the same, and nobody gets anything */
void flow_note(flow *f, const char *text); /* a line of its own in the ladder */
void flow_set_store(flow *f, flow_store how);
const char *flow_host(const flow *f); /* the server's address and port as text */
int flow_hangup(flow *f);	      /* the operator hangs up the only call */
void flow_stop(flow *f);	      /* ahoyd is told to end */
void flow_list(flow *f);	      /* draws what `ahoyd registrations`, `calls` and `trace last` would be made of */
/* Another --register-min and --ring-timeout while it runs. */
void flow_reconfigure(flow *f, uint32_t register_min_s, uint32_t ring_timeout_s);
/* One RTP packet from a phone to the server's port; the phone that gets it, or NULL. Virtual network alone. */
phone *flow_rtp(phone *from, unsigned port);

/* For so long the phone sends packets of 20 ms to the server's port, PCMU or PCMA, all of one value. Virtual network alone, like
 * the next two. */
void flow_talk(phone *from, unsigned port, const char *codec, unsigned ms);
/* A key by RFC 4733, payload 101, 100 ms long. */
void flow_key(phone *from, unsigned port, char key);
/* Draws what came to the phone's media ports from the server itself since the last time: how many packets, and whether more
 * than a few of them were silence, what the phone said, or something else; keys. */
void flow_heard(phone *p);

/* ---- phones ---- */
/* `label` is its name in the ladder; `at` the address that its packets come from; user names 111 .. 119 exist, their passwords
 * are "secret-" and the name. */
phone *phone_new(flow *f, const char *label, const char *user, const char *at);
/* New, and registered, without being drawn. */
phone *phone_ready(flow *f, const char *label, const char *user, const char *at);
/* What it writes into Via, Contact and SDP instead of `at`; rport: whether it asks for RFC 3581. */
void phone_claims(phone *p, const char *address, bool rport);
/* REGISTER, 401, REGISTER, 200; later REGISTER, 200. */
void phone_register(phone *p);
/* For REGISTERs that the script writes itself. */
dialog *phone_registration(phone *p);
/* From now on nothing reaches it and it sends nothing: its battery is empty. */
void phone_vanish(phone *p);
/* Its program has ended: what is sent to it comes back as an ICMP error. Virtual network alone. */
void phone_close(phone *p);
/* The next message, which must be this: "INVITE", "200 INVITE" (status and CSeq method). */
const sip *phone_expect(phone *p, const char *what);
/* Raw bytes, LF made CRLF. */
void phone_send_raw(phone *p, const char *text);
/* An offer or answer of this phone at its port 4000: codecs "PCMU PCMA GSM speex telephone-event", direction or NULL. Its
 * version rises where the text changes. */
const char *phone_sdp(phone *p, const char *codecs, const char *direction);

typedef enum {
	WITH_CREDENTIALS,
	WITHOUT_CREDENTIALS,
	WITH_WRONG_PASSWORD,
	WITH_OLD_NONCE
} phone_credentials;

typedef struct {
	const char *uri;     /* NULL: sip:TO@server */
	const char *from;    /* NULL: <sip:USER@server>, without tag */
	const char *headers; /* more lines, LF ended */
	const char *type;    /* NULL: application/sdp where there is a body */
	const char *body;
	const char *contact;	       /* NULL: its own; "": none */
	const char *max_forwards;      /* NULL: 70 */
	phone_credentials credentials; /* answers the last challenge, where there was one */
} extra;

/* ---- dialogs (and single requests, which are dialogs of one request) ---- */
/* A request outside of any dialog to a user name of the server. */
dialog *phone_send(phone *p, const char *method, const char *to, const extra *x);
/* The next request with the same Call-ID: in the dialog, or once more with credentials. */
void dialog_send(dialog *d, const char *method, const extra *x);
/* ACK to the last final answer: own branch and body after a 2xx, else the INVITE's branch. */
void dialog_ack(dialog *d, const char *body);
void dialog_cancel(dialog *d);
void dialog_cancel_because(dialog *d, const char *headers);
/* The last request again, byte for byte; with another branch: a copy that came by another way. */
void dialog_repeat(dialog *d);
void dialog_repeat_merged(dialog *d);
/* The callee's side of an INVITE, or the server's of another request. */
dialog *phone_take(phone *p, const sip *request);
void dialog_answer(dialog *d, const sip *request, int status, const char *headers, const char *body);

/* ---- what most scripts begin with ---- */
/* 111 calls 112 with PCMU and PCMA, it rings, answers, ACKs: both ends of the call that stands. */
typedef struct {
	phone *a, *b;
	dialog *at_a, *at_b;
} call;
call flow_call(flow *f);
/* The same, not drawn. Its legs are A and B. */
call flow_standing_call(flow *f);
/* The callee hangs up, and all is quiet. */
void flow_bye(call *c);

#endif
