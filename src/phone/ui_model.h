/* ui_model: what the interactive phone shows (accounts, calls, texts, the line being typed) and what its keys and words
 * mean. Both faces, the screen (ui_view.h) and the lines (ui_plain.h), stand on it. The controller (ui_phone.h) writes states
 * in, takes actions out and does them. Strings are safe to show when they come in here (ahoy_ui_safe).
 * Embedded. Thread kind: pure. Cost: a key is O(1) but for the line being typed. */
#ifndef AHOY_PHONE_UI_MODEL_H
#define AHOY_PHONE_UI_MODEL_H

#include "base/env.h"
#include "phone/options.h"
#include "phone/ui_line.h"

#define AHOY_UI_ACCOUNTS AHOY_PHONE_ACCOUNTS
#define AHOY_UI_CALLS 8		   /* a further incoming one hears busy */
#define AHOY_UI_LOG 200		   /* lines; then the oldest goes */
#define AHOY_UI_LOG_TEXT 1024	   /* bytes of a line; of a longer text the beginning is shown */
#define AHOY_UI_LADDER (64 * 1024) /* bytes of the selected call's ladder */
#define AHOY_UI_KEYS 24

typedef enum {
	AHOY_UI_REGISTERING,
	AHOY_UI_REGISTERED,
	AHOY_UI_RETRYING, /* `reason` says why; tried again by itself */
	AHOY_UI_REFUSED,  /* for good */
	AHOY_UI_UNREGISTERING,
	AHOY_UI_DIRECT /* --expires 0: nobody is asked */
} ahoy_ui_registration;

typedef struct {
	char aor[AHOY_PHONE_URI]; /* without "sip:" */
	ahoy_ui_registration state;
	ahoy_time expires_at;
	char reason[128];
} ahoy_ui_account;

typedef enum {
	AHOY_UI_FREE, /* no call here */
	AHOY_UI_CALLING,
	AHOY_UI_RINGING,  /* at the far end */
	AHOY_UI_INCOMING, /* rings here */
	AHOY_UI_UP,
	AHOY_UI_ENDING
} ahoy_ui_call_state;

typedef struct {
	ahoy_ui_call_state state;
	unsigned number; /* as shown, 1 .. AHOY_UI_CALLS */
	bool is_caller;
	unsigned account;
	char peer[AHOY_PHONE_URI]; /* without "sip:" */
	ahoy_time began_at, answered_at;
	bool held;    /* by the far end */
	bool holding; /* by us; or soon, where it was just asked for */
	bool muted;
	char codec[24];
	char keys[AHOY_UI_KEYS]; /* the last ones that were sent */
	bool has_quality;
	uint64_t packets, lost;
	double jitter_ms, mos, rtt_ms, heard_dbov, said_dbov;
} ahoy_ui_call;

typedef enum {
	AHOY_UI_MODE_KEYS,
	AHOY_UI_MODE_DIAL,
	AHOY_UI_MODE_MESSAGE_TO,
	AHOY_UI_MODE_MESSAGE_TEXT
} ahoy_ui_mode;

typedef enum {
	AHOY_UI_PANE_LADDER,
	AHOY_UI_PANE_LOG,
	AHOY_UI_PANE_HISTORY, /* calls that were */
	AHOY_UI_PANE_HELP
} ahoy_ui_pane;

typedef enum {
	AHOY_UI_DO_NOTHING,
	AHOY_UI_DO_DIAL, /* text */
	AHOY_UI_DO_ANSWER,
	AHOY_UI_DO_HANGUP, /* of an incoming one: refuse as busy */
	AHOY_UI_DO_HOLD,
	AHOY_UI_DO_RESUME,  /* and hold the others */
	AHOY_UI_DO_MUTE,    /* or unmute */
	AHOY_UI_DO_KEYS,    /* text */
	AHOY_UI_DO_MESSAGE, /* text to target */
	AHOY_UI_DO_REDRAW,
	AHOY_UI_DO_QUIT
} ahoy_ui_action_kind;

typedef struct {
	ahoy_ui_action_kind kind;
	unsigned call;		   /* its place in the table, where the action is about one */
	const char *text, *target; /* live until the next key */
} ahoy_ui_action;

typedef struct {
	char stamp[9]; /* HH:MM:SS */
	char text[AHOY_UI_LOG_TEXT];
} ahoy_ui_log_line;

typedef struct {
	ahoy_ui_log_line lines[AHOY_UI_LOG];
	size_t first, count;
} ahoy_ui_log;

typedef struct {
	ahoy_ui_account accounts[AHOY_UI_ACCOUNTS];
	size_t account_count;
	unsigned account; /* that calls are made from */
	ahoy_ui_call calls[AHOY_UI_CALLS];
	unsigned selected; /* a place in calls; of a free one: none is selected */
	ahoy_ui_mode mode;
	ahoy_ui_pane pane;
	ahoy_ui_line line;
	ahoy_ui_history history;
	char target[AHOY_UI_TEXT], text[AHOY_UI_TEXT]; /* of the last action */
	ahoy_ui_log log, past;			       /* what happened; calls that were */
	char notice[AHOY_UI_LOG_TEXT];		       /* one line on what happened last; empty: none */
	char ladder[AHOY_UI_LADDER];
} ahoy_ui_model;

void ahoy_ui_init(ahoy_ui_model *model);

/* ---- states in ---- */
/* A URI or text of a peer as it can be shown: control bytes escaped, "sip:" left out, cut where it is too long. */
void ahoy_ui_safe(ahoy_slice text, char *out, size_t cap);
/* A free place, with the lowest free number; NULL where all are taken. The first call is selected. */
ahoy_ui_call *ahoy_ui_call_add(ahoy_ui_model *model, unsigned *place);
/* Its place is free again; another call is selected where it was. */
void ahoy_ui_call_remove(ahoy_ui_model *model, unsigned place);
/* text is made safe here. */
void ahoy_ui_log_add(ahoy_ui_log *log, const char *stamp, ahoy_slice text);
void ahoy_ui_notice(ahoy_ui_model *model, ahoy_slice text);

/* ---- asked by the faces ---- */
const ahoy_ui_call *ahoy_ui_selected(const ahoy_ui_model *model); /* NULL: none */
/* The selected one if it rings here, else the first that does; NULL. */
const ahoy_ui_call *ahoy_ui_incoming(const ahoy_ui_model *model, unsigned *place);
size_t ahoy_ui_calls(const ahoy_ui_model *model);
const ahoy_ui_log_line *ahoy_ui_log_at(const ahoy_ui_log *log, size_t index); /* 0: the oldest */
/* One line each: state of an account, of a call, what was measured of it. */
void ahoy_ui_put_account(ahoy_buf *b, const ahoy_ui_account *account, ahoy_time now);
void ahoy_ui_put_call(ahoy_buf *b, const ahoy_ui_call *call, ahoy_time now);
void ahoy_ui_put_quality(ahoy_buf *b, const ahoy_ui_call *call);
/* A line of the help, which is both faces' (ui_keys.c); false behind the last one. */
bool ahoy_ui_put_help(ahoy_buf *b, size_t line);

/* ---- what a person does (ui_keys.c) ---- */
/* A key of the screen. */
ahoy_ui_action ahoy_ui_key(ahoy_ui_model *model, uint32_t key);
/* A line of the plain face: a letter or word, then what it takes ("d 112", "hangup 2"), or keys to be sent. What is only
 * shown (list, log, ladder, help) the face does itself: *show is its letter then, else '\0'. */
ahoy_ui_action ahoy_ui_command(ahoy_ui_model *model, ahoy_slice line, char *show);

#endif
