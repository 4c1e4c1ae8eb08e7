/* internal: what the files of src/api share. An agent (ahoy/agent.h) is a user agent (ua/ua.h) and, for each call,
 * its offer and answer and its sound (endpoint/, media/). After each input or command settle() takes everything that
 * came out of the user agent, so that the embedder's order of calls does not matter: events and datagrams are copied
 * into queues of the agent. Every registration, call and request owns the event that ends it, so that an end is never
 * lost for want of memory; the object is freed when that event has been taken. Thread kind: owned. */
#ifndef AHOY_API_INTERNAL_H
#define AHOY_API_INTERNAL_H

#include "ahoy/agent.h"
#include "ahoy/audio.h"
#include "base/limits.h"
#include "base/slots.h"
#include "endpoint/call_sdp.h"
#include "endpoint/call_srtp.h"
#include "endpoint/keys.h"
#include "endpoint/media_source.h"
#include "ua/ua.h"

#define API_ALLOW "INVITE, ACK, CANCEL, BYE, UPDATE, PRACK, OPTIONS, INFO, MESSAGE"
#define API_SUPPORTED "timer, 100rel"
#define API_SESSION_S 1800 /* RFC 4028 4: half an hour is what it recommends */
#define API_REASON 96	   /* of the event that ends an object; a longer phrase is cut */
#define API_HEARD 8192	   /* samples of a call that wait for take_pcm; the header says it */

typedef enum {
	API_NOTHING,
	API_REGISTRATION,
	API_CALL,
	API_REQUEST
} api_owner;

/* An event in the queue. Its slices point to the bytes behind it, or into its owner. */
typedef struct api_event {
	struct api_event *next;
	ahoy_agent_event event;
	api_owner owner; /* API_NOTHING: a block of its own; else it ends the object `id` */
	ahoy_agent_id id;
} api_event;

/* The event that ends an object, and the object's room for its phrase. */
typedef struct {
	api_event event;
	char reason[API_REASON];
} api_last;

typedef struct api_out {
	struct api_out *next;
	ahoy_addr local, peer;
	size_t len;
	char bytes[];
} api_out;

typedef struct api_question {
	struct api_question *next;
	ahoy_agent_question question;
	char host[];
} api_question;

typedef struct {
	char *text; /* one heap block that all slices point into; wiped, because the password is there */
	size_t cap;
	ahoy_slice aor;	 /* sip:user@host[:port] */
	ahoy_slice from; /* name-addr */
	ahoy_slice registrar, user, username, password, proxy;
} api_account;

typedef struct {
	api_last last; /* first: the event is the object's begin */
	ahoy_registration_id ua_id;
	bool over; /* its last event is queued */
} api_registration;

typedef struct {
	api_last last;
} api_request;

typedef struct {
	api_last last;
	ahoy_agent_id id;
	ahoy_call_id ua_id;
	void *user;
	ahoy_agent_call_state state;
	bool is_caller, hangup_wanted;
	bool offered;	     /* an offer of ours waits for its answer (in an ACK, 2xx or 18x) */
	bool described;	     /* callee: our answer to the INVITE's offer is written, and names `media` */
	bool acked;	     /* callee: the ACK to our 200 came */
	bool held;	     /* by the far end */
	bool changing, hold; /* a re-INVITE of ours is under way, and what it asks for */
	bool refreshing;     /* it only keeps the call alive (RFC 4028) */
	bool told;	     /* MEDIA was told, for the codec and rate below */
	const ahoy_codec *told_codec;
	ahoy_srtp_suite told_suite;
	int progress;	  /* the last provisional status that was told */
	ahoy_slice offer; /* heap: the INVITE's, until it is answered */
	ahoy_addr media;  /* family 0: not given yet */
	ahoy_addr signalling;
	ahoy_call_sdp sdp;
	ahoy_media_source rtp, rtcp;
	ahoy_call_srtp srtp;
	ahoy_audio *audio; /* NULL: nothing agreed on yet */
	ahoy_keys keys;	   /* to be sent by INFO, and what was heard */
	size_t heard_at, heard_count;
	int16_t heard[API_HEARD];
} api_call;

struct ahoy_agent {
	ahoy_env env;
	ahoy_time now;
	ahoy_addr local;
	char product[64];
	const ahoy_codec *codecs[AHOY_SDP_MAX_CODECS];
	size_t codec_count;
	ahoy_agent_dtmf_way dtmf_way;
	ahoy_ua *ua;
	ahoy_slots accounts, registrations, requests;
	ahoy_slots calls; /* of api_call *: a call is too large for slots that are made 64 at a time */

	api_event *events, **events_end, *event_taken;
	size_t event_count;
	api_out *outs, **outs_end, *out_taken;
	size_t out_count;
	api_question *questions, **questions_end, *question_taken;
	size_t question_count;

	ahoy_agent_out out; /* what pop_out returned */
	uint64_t media_cursor;
	ahoy_srtp_policy srtp;
	uint8_t packet[AHOY_AUDIO_MAX_PACKET], sealed[AHOY_CALL_SRTP_MAX];
};

/* agent.c */
/* Opens a turn for a command. */
void ahoy_api_begin(ahoy_agent *agent, ahoy_time now);
/* Takes everything that came out of the user agent. */
void ahoy_api_settle(ahoy_agent *agent);

/* queue.c */
void ahoy_api_queue_init(ahoy_agent *agent);
void ahoy_api_queue_fini(ahoy_agent *agent);
/* A copy of the event, with its slices. AHOY_ENOMEM, AHOY_EFULL. */
int ahoy_api_tell(ahoy_agent *agent, const ahoy_agent_event *event);
/* The event that ends an object: fill in last->event.event, then queue it. Never fails. `reason` is copied. */
void ahoy_api_tell_last(ahoy_agent *agent, api_last *last, api_owner owner, ahoy_agent_id id, ahoy_slice reason);
/* Copies a datagram; without memory it is lost as on the wire. */
void ahoy_api_send(ahoy_agent *agent, const ahoy_addr *local, const ahoy_addr *peer, ahoy_slice bytes);
/* AHOY_ENOMEM, AHOY_EFULL. */
int ahoy_api_ask(ahoy_agent *agent, uint64_t id, ahoy_slice host, uint16_t port);

/* account.c */
const api_account *ahoy_api_account(const ahoy_agent *agent, ahoy_agent_id id);
void ahoy_api_account_fini(ahoy_agent *agent, api_account *account);
ahoy_credentials ahoy_api_credentials(const api_account *account);
/* Writes the URI that `target` means for this account. AHOY_ESYNTAX, AHOY_EUNSUPPORTED, AHOY_ETOOBIG. */
int ahoy_api_target(const api_account *account, ahoy_slice target, ahoy_buf *uri);

/* register.c */
void ahoy_api_registration_event(ahoy_agent *agent, const ahoy_ua_event *event);

/* request.c */
void ahoy_api_request_event(ahoy_agent *agent, const ahoy_ua_event *event);
/* A request of somebody else outside of our calls. */
void ahoy_api_serve(ahoy_agent *agent, const ahoy_ua_event *event);
/* Tells a MESSAGE; returns the status that answers it, with lines in *headers. */
int ahoy_api_take_message(ahoy_agent *agent, const ahoy_msg *msg, const api_call *call, ahoy_slice *headers);

/* call.c */
api_call *ahoy_api_call(const ahoy_agent *agent, ahoy_agent_id id); /* ended ones too */
/* As ahoy_slots_next. */
api_call *ahoy_api_next_call(const ahoy_agent *agent, uint64_t *cursor);
api_call *ahoy_api_live_call(const ahoy_agent *agent, ahoy_agent_id id); /* NULL where it has ended */
/* AHOY_EFULL, AHOY_ENOMEM. */
int ahoy_api_call_new(ahoy_agent *agent, bool is_caller, api_call **out);
/* Frees it: one that nobody was told of, or whose end has been taken. NULL is nothing. */
void ahoy_api_call_del(ahoy_agent *agent, api_call *call);
/* The one place where calls end: RTCP BYE, ENDED. */
void ahoy_api_call_end(ahoy_agent *agent, api_call *call, ahoy_agent_end by, int status, int err, ahoy_slice reason);
/* Hangs up and ends it, because of a failure of ours. */
void ahoy_api_call_abort(ahoy_agent *agent, api_call *call, int err);
/* Our side of offer and answer begins anew, at this address. */
void ahoy_api_call_describe(const ahoy_agent *agent, api_call *call, const ahoy_addr *media, uint64_t sess_id);
int ahoy_api_call_set_media(const ahoy_agent *agent, api_call *call, const ahoy_addr *media);
ahoy_agent_event ahoy_api_call_about(const api_call *call, ahoy_agent_event_kind kind);

/* call_event.c */
void ahoy_api_call_event(ahoy_agent *agent, const ahoy_ua_event *event);
/* An INVITE outside of our calls. */
void ahoy_api_incoming(ahoy_agent *agent, const ahoy_ua_event *event);

/* call_sound.c */
/* What was agreed on takes effect. AHOY_ENOMEM, AHOY_EUNSUPPORTED. */
int ahoy_api_sound_set(ahoy_agent *agent, api_call *call);
/* MEDIA, where there is news. */
int ahoy_api_sound_tell(ahoy_agent *agent, api_call *call);
/* Fetches what was heard and which keys came. */
void ahoy_api_sound_turn(ahoy_agent *agent, api_call *call);
/* The key by INFO that is due. In a turn of the user agent; settle follows. */
void ahoy_api_send_keys(ahoy_agent *agent, api_call *call);
/* The final answer to it. */
void ahoy_api_key_answered(ahoy_agent *agent, api_call *call, int status);
/* True: the datagram was for a call's address. */
bool ahoy_api_sound_recv(ahoy_agent *agent, const ahoy_addr *local, const ahoy_addr *peer, ahoy_slice bytes);
/* The next packet of any call, in agent->out. */
bool ahoy_api_sound_out(ahoy_agent *agent);

#endif
