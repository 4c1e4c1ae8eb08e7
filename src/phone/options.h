/* options: the phone's command line, parsed and checked before anything happens: every value's range, every URI, every
 * file name's presence. Owns nothing: the strings are argv's. Leaves passwords to password.h and files to wav.h.
 * Thread kind: owned, by the thread that calls (getopt has static state). */
#ifndef AHOY_PHONE_OPTIONS_H
#define AHOY_PHONE_OPTIONS_H

#include "base/addr.h"
#include "codec/codec.h"
#include "endpoint/keys.h"
#include "phone/account.h"
#include "phone/craft.h"
#include "phone/expect.h"
#include "sdp/crypto.h"
#include "phone/impair.h"

typedef enum {
	AHOY_COMMAND_NONE,
	AHOY_COMMAND_REGISTER,
	AHOY_COMMAND_CALL,
	AHOY_COMMAND_ANSWER,
	AHOY_COMMAND_OPTIONS,
	AHOY_COMMAND_MESSAGE,
	AHOY_COMMAND_DEVICES,
	AHOY_COMMAND_PHONE,
	AHOY_COMMAND_SEND
} ahoy_command;

/* Accounts of one phone; more are a usage error. */
#define AHOY_PHONE_ACCOUNTS 8

/* Of ahoy send. NULL: not given. */
typedef struct {
	const char *method; /* NULL with a template */
	const char *headers[AHOY_CRAFT_HEADERS];
	size_t header_count;
	const char *body, *type, *from, *to, *call_id, *template_file;
	uint32_t cseq, count;
	ahoy_time interval, timeout;
	bool raw, as_is, show;
} ahoy_send_options;

typedef struct {
	ahoy_command command;
	bool help, version; /* asked for; nothing else is set or checked then */
	ahoy_account account;
	ahoy_account others[AHOY_PHONE_ACCOUNTS - 1]; /* of the interactive phone */
	size_t other_count;
	char target[AHOY_PHONE_URI]; /* the URI to ask for; empty where the command has none */
	const char *text;	     /* of a message */

	const char *password_file, *auth_user; /* NULL: not given */
	char proxy[AHOY_PHONE_URI];	       /* a SIP URI, or empty */
	ahoy_addr local;		       /* family 0: any; port 0: any */
	ahoy_addr dns_server;		       /* family 0: those of the system */
	uint16_t rtp_port_low, rtp_port_high;  /* both even, low <= high: the RTP ports that may be used */
	const char *tls_ca;		       /* NULL: the system's authorities */
	bool tls_insecure;		       /* any certificate will do */
	bool json, trace;
	bool plain; /* lines instead of a screen */
	ahoy_srtp_policy srtp;
	const ahoy_codec *codecs[AHOY_SDP_MAX_CODECS]; /* in order of preference */
	size_t codec_count;

	uint32_t expires_s;
	bool once;
	const char *play, *record, *hold_music;	  /* NULL: not given */
	const char *sound, *microphone, *speaker; /* DRIVER[:DEVICE]; NULL: none */
	bool no_dsp, levels;
	const char *tones; /* a country, or "off"; NULL: by the locale */
	bool anonymous;	   /* calls hide who calls (RFC 3323) */
	bool vad;	   /* pauses of speech become comfort noise (RFC 3389) */
	const char *dtmf;  /* keys and pauses, checked; NULL: not given */
	ahoy_key_way dtmf_by;
	bool has_hangup_after;
	ahoy_time hangup_after, wait, ring; /* microseconds */
	ahoy_expectations expect;
	ahoy_send_options send;
	const char *accounts_file;	     /* --accounts; then account has a registrar and no name. NULL: not given */
	bool has_impair_rtp, has_impair_sip; /* --impair */
	ahoy_impairment impair_rtp, impair_sip;
	bool echo;
	uint32_t calls; /* 0: until interrupted */
	int reject;	/* 0, or 400 .. 699 */
} ahoy_phone_options;

/* Returns 0, or AHOY_EINVAL with one line (what, where, what to do; no line end) in `why`. argv's order may be
 * changed (options are gathered before operands). */
int ahoy_phone_options_parse(int argc, char **argv, ahoy_phone_options *out, ahoy_buf *why) AHOY_MUST_USE;

/* "register", ...; "" for none. Static. */
const char *ahoy_command_name(ahoy_command command);
/* Whether it speaks for an account, and so may be asked for its password. */
bool ahoy_command_has_account(ahoy_command command);
/* What --help prints: of one command, or of all for AHOY_COMMAND_NONE. Static. */
const char *ahoy_phone_usage(ahoy_command command);

#endif
