/* call_session: one call of the phone, from either side: its description (call_sdp.h), its sound (sound.h), its
 * ports, its dialog in the user agent, and what is told about it. Answers what comes in the dialog: hold, re-INVITE,
 * INFO keys, MESSAGE.
 * Order: new; dial, or take then ring/refuse/answer; event for each event of its call; due at its deadline; until
 * over; del.
 * Lifetime: inside the phone's; not to be deleted in its own functions. Thread kind: owned. */
#ifndef AHOY_PHONE_CALL_SESSION_H
#define AHOY_PHONE_CALL_SESSION_H

#include "os/rtp_sockets.h"
#include "phone/call_files.h"
#include "endpoint/call_sdp.h"
#include "endpoint/call_srtp.h"
#include "endpoint/media_source.h"
#include "phone/expect.h"
#include "phone/phone.h"
#include "phone/sound.h"

/* Packets that came before the answer which explains them (RFC 3264 5.1: who offers must be ready at once); 0.6 s of 20 ms. Later
 * ones, and larger ones than any of 60 ms of G.711, are dropped. */
#define AHOY_PHONE_WAITING 32
#define AHOY_PHONE_WAITING_BYTES 512

/* What a request in the dialog was sent for. */
enum {
	AHOY_PHONE_REQUEST_KEY = 1
};

typedef struct {
	ahoy_addr source;
	uint16_t len;
	uint8_t bytes[AHOY_PHONE_WAITING_BYTES];
} ahoy_waiting_packet;

typedef struct {
	ahoy_phone *phone;
	const ahoy_phone_identity *identity; /* the phone's, or one that outlives the session */
	bool is_caller;
	ahoy_call_id call;
	char call_id[256], from[AHOY_PHONE_URI], to[AHOY_PHONE_URI];
	ahoy_call_sdp sdp;
	ahoy_sound *sound;
	ahoy_expect expect;
	ahoy_rtp_sockets *sockets;
	ahoy_impair *impair; /* of the packets that we send; NULL without --impair */
	ahoy_media_source rtp, rtcp;
	ahoy_call_srtp srtp;
	bool tuned; /* the sound knows what was agreed on */
	unsigned waiting_count;
	ahoy_waiting_packet waiting[AHOY_PHONE_WAITING];
	ahoy_addr signalling; /* the peer's, of its last message */
	bool offered;	      /* our offer waits for its answer */
	bool early;	      /* early media was told about */
	bool rang;
	bool answered, acked; /* acked: we may send a BYE (RFC 3261 15) */
	bool held;	      /* by the far end */
	bool hold_wanted;     /* by us; what is agreed on says sdp.dir */
	bool changing;	      /* our re-INVITE is under way */
	bool muted;
	bool by_hand;	       /* a person hangs up: not the end of file and keys */
	ahoy_call_sdp before;  /* while changing: what stands again where the far end refuses (RFC 3261 14.1) */
	ahoy_time change_at;   /* when a change is tried again; AHOY_NEVER */
	ahoy_time answered_at; /* 0: not yet */
	ahoy_time level_at;    /* when levels are told next; 0: not begun */
	bool told;	       /* the last media event was about these */
	ahoy_addr told_remote;
	uint8_t told_codec;
	ahoy_srtp_suite told_suite;
	ahoy_sdp_dir told_dir;
	bool hangup_wanted;
	ahoy_time hangup_at; /* AHOY_NEVER */
	bool over;
	ahoy_outcome outcome; /* once over */
	ahoy_phone_quality quality;
} ahoy_call_session;

/* Opens the ports towards the peer of this flow. AHOY_ENOMEM, AHOY_EFULL, AHOY_ENETWORK; an error event said why. */
int ahoy_call_session_new(ahoy_phone *phone, const ahoy_flow *flow, const ahoy_call_files *files, bool is_caller,
			  ahoy_call_session **out) AHOY_MUST_USE;
void ahoy_call_session_del(ahoy_call_session *session); /* NULL is allowed */

/* The caller's side: sends the INVITE to this URI. Errors of ahoy_ua_invite. */
int ahoy_call_session_dial(ahoy_call_session *session, ahoy_time now, const char *target) AHOY_MUST_USE;
/* The callee's side: takes the INVITE of a REQUEST event; what can be refused at once (400, 488) has been, and the
 * session is over then. */
void ahoy_call_session_take(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
void ahoy_call_session_ring(ahoy_call_session *session, ahoy_time now);
void ahoy_call_session_answer(ahoy_call_session *session, ahoy_time now);
void ahoy_call_session_refuse(ahoy_call_session *session, ahoy_time now, int status);

void ahoy_call_session_event(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
ahoy_time ahoy_call_session_deadline(const ahoy_call_session *session);
void ahoy_call_session_due(ahoy_call_session *session, ahoy_time now);
/* Ends it from here, whatever its state; over at once or, before the answer, with the far end's 487. */
void ahoy_call_session_hangup(ahoy_call_session *session, ahoy_time now);

/* ---- what a person does to a call (call_session_control.c); without effect once it is over ---- */
/* Puts the far end on hold by a re-INVITE (RFC 3264 8.4), or takes it back; before the answer and while another change is
 * under way it waits for its turn. What is said is silent from now on. A refusal is told, and leaves things as they were. */
void ahoy_call_session_set_hold(ahoy_call_session *session, ahoy_time now, bool hold);
/* The far end is on hold by us: it has agreed. */
bool ahoy_call_session_holding(const ahoy_call_session *session);
void ahoy_call_session_set_mute(ahoy_call_session *session, bool muted);
/* The way that --dtmf-by names; told one by one. AHOY_ESTATE before the answer, AHOY_EINVAL (no key), AHOY_EFULL,
 * AHOY_EUNSUPPORTED (by RTP alone, and the far end takes no events). */
int ahoy_call_session_send_keys(ahoy_call_session *session, ahoy_time now, ahoy_slice keys) AHOY_MUST_USE;
/* Microphone and speaker are this call's, and no other's; without a word of it the first call that has sound gets them. */
void ahoy_call_session_talk(ahoy_call_session *session);
/* SDP name of what is sent; "" before anything was agreed on. */
const char *ahoy_call_session_codec(const ahoy_call_session *session);

/* The far end gives no sign of life: the session is over here, whatever becomes of its messages. */
void ahoy_call_session_abandon(ahoy_call_session *session, ahoy_time now);

/* ---- between call_session.c and its own files ---- */
/* call_session.c: an event of this call, with what all of them have. */
ahoy_phone_event ahoy_call_session_about(const ahoy_call_session *session, ahoy_phone_event_kind kind);
void ahoy_call_session_error(const ahoy_call_session *session, int code, ahoy_slice reason);
/* The session description in a message, or empty. */
ahoy_slice ahoy_call_session_sdp_of(const ahoy_msg *msg);
/* For display alone: what is too long loses its end. */
void ahoy_call_session_copy(ahoy_slice text, char *out, size_t cap);
/* A key was heard, whichever way it came. */
void ahoy_call_session_key(ahoy_call_session *session, char digit, uint32_t duration_ms);
/* Hangs up because of a fault of the call; the outcome's err is this one. */
void ahoy_call_session_abort(ahoy_call_session *session, ahoy_time now, int err);
/* The one 2xx: told, and --hangup-after begins. */
void ahoy_call_session_set_answered(ahoy_call_session *session, ahoy_time now, int code, ahoy_slice reason);
/* code 0: none; ended_by: "caller" or "callee". */
void ahoy_call_session_end(ahoy_call_session *session, ahoy_time now, int code, ahoy_slice reason, const char *ended_by);
const char *ahoy_call_session_ended_by(const ahoy_call_session *session, bool by_us);

/* call_session_caller.c */
void ahoy_call_session_progress(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
void ahoy_call_session_answered(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
void ahoy_call_session_refused(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
/* call_session_callee.c */
void ahoy_call_session_acked(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
/* The status that refuses an offer: 488 with its Warning (RFC 3261 21.4.26, 20.43), or 400 and the like. */
int ahoy_call_session_refusal(int err, int warning, ahoy_buf *headers);
/* call_session_dialog.c: requests in the dialog. */
void ahoy_call_session_reinvite(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
void ahoy_call_session_in_dialog(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
/* call_session_device.c: this call has microphone and speaker where no other has; what became of them is told, and at the end
 * it goes into the quality. */
void ahoy_call_session_take_device(ahoy_call_session *session);
/* A tone of our own (tones.h) for this call, while it has no sound. */
void ahoy_call_session_tone(ahoy_call_session *session, ahoy_time now, const char *name, ahoy_time length);
void ahoy_call_session_tell_device(ahoy_call_session *session, ahoy_time now);
void ahoy_call_session_leave_device(ahoy_call_session *session);
/* call_session_control.c: the answer to our re-INVITE; a change that waits is made where it can be. */
void ahoy_call_session_changed(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
/* The far end's answer to a key by INFO. */
void ahoy_call_session_key_answered(ahoy_call_session *session, ahoy_time now, const ahoy_ua_event *event);
/* The session timer's sign of life to a far end without UPDATE. */
void ahoy_call_session_refresh(ahoy_call_session *session, ahoy_time now);
void ahoy_call_session_settle(ahoy_call_session *session, ahoy_time now);
/* call_session_media.c: what was agreed on goes to the sound and is told. AHOY_ENOMEM, ...: the call cannot go on; an error
 * event said why. */
int ahoy_call_session_agreed(ahoy_call_session *session, ahoy_time now) AHOY_MUST_USE;
/* Packets that --impair held back leave when they are due. */
void ahoy_call_session_pass_impaired(ahoy_call_session *session, ahoy_time now);
/* The answer: file, keys and recording begin. AHOY_EIO, AHOY_EUNSUPPORTED: as above. */
int ahoy_call_session_start(ahoy_call_session *session, ahoy_time now) AHOY_MUST_USE;

#endif
