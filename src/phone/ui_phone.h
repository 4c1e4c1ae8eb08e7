/* ui_phone: the interactive phone between model, user agent and face: accounts that are registered, calls that live at once
 * (one speaks, the others are on hold), what a person asked for is done, what happens goes into the model and to the face.
 * Order: that of a phone's command (cmd_phone.c). Thread kind: owned. */
#ifndef AHOY_PHONE_UI_PHONE_H
#define AHOY_PHONE_UI_PHONE_H

#include "phone/call_session.h"
#include "phone/registration.h"
#include "phone/ui_model.h"
#include "phone/ui_store.h"

typedef struct {
	ahoy_phone_identity identity;
	ahoy_registration registration;
	bool has_flow;
	ahoy_flow flow; /* by which the registrar answered: our address towards it */
} ahoy_ui_phone_account;

/* Beside the model's call of the same place. */
typedef struct {
	ahoy_call_session *session; /* NULL: free */
	ahoy_call_files files;
	uint64_t began_utc_ms;
	bool told_holding;
	int end_code;
	char end_reason[128]; /* safe to show */
} ahoy_ui_phone_call;

typedef struct {
	ahoy_phone *phone;
	const ahoy_phone_options *options;
	ahoy_ui_phone_account accounts[AHOY_UI_ACCOUNTS];
	ahoy_ui_phone_call calls[AHOY_UI_CALLS];
	ahoy_ui_model model;
	ahoy_ui_store store;
	unsigned made; /* calls so far, for the names of recordings */
	bool changed;  /* the face has something to show */
	bool leaving, left;
	bool was_registered; /* when the leaving began: then it is a fault if nobody answers */
	ahoy_time leave_at;
	/* The face: a line on what happened, and, for programs, the event behind it. event may be NULL. */
	void *ctx;
	void (*say)(void *ctx, ahoy_slice line, const ahoy_phone_event *event);
} ahoy_ui_phone;

/* ---- the phone's command ---- */
void ahoy_ui_phone_begin(ahoy_ui_phone *p, ahoy_time now);
void ahoy_ui_phone_event(ahoy_ui_phone *p, ahoy_time now, const ahoy_ua_event *event);
ahoy_time ahoy_ui_phone_deadline(const ahoy_ui_phone *p);
void ahoy_ui_phone_due(ahoy_ui_phone *p, ahoy_time now);
/* Hangs up, unregisters; ends in ahoy_phone_finish within seconds. */
void ahoy_ui_phone_leave(ahoy_ui_phone *p, ahoy_time now);
void ahoy_ui_phone_fini(ahoy_ui_phone *p);
void ahoy_ui_phone_tell(ahoy_ui_phone *p, const ahoy_phone_event *event);

/* Does what the model's key or line asked for, but for REDRAW. Inside a turn of the user agent. */
void ahoy_ui_phone_do(ahoy_ui_phone *p, ahoy_time now, const ahoy_ui_action *action);
/* Figures, levels and the ladder of the selected call as they are now. */
void ahoy_ui_phone_measure(ahoy_ui_phone *p);
void ahoy_ui_phone_draw_ladder(ahoy_ui_phone *p);

/* ---- between its files ---- */
/* ui_phone_told.c: one line into the log, the notice and to the face. text is safe to show. */
void ahoy_ui_phone_say(ahoy_ui_phone *p, ahoy_slice text, const ahoy_phone_event *event);
/* HH:MM:SS here and now. */
void ahoy_ui_phone_stamp(char out[9]);
/* ui_phone_calls.c */
void ahoy_ui_phone_dial(ahoy_ui_phone *p, ahoy_time now, const char *target);
void ahoy_ui_phone_answer(ahoy_ui_phone *p, ahoy_time now, unsigned place);
void ahoy_ui_phone_resume(ahoy_ui_phone *p, ahoy_time now, unsigned place);
void ahoy_ui_phone_take(ahoy_ui_phone *p, ahoy_time now, const ahoy_ua_event *event);
/* The calls' states into the model; those that are over leave. */
void ahoy_ui_phone_settle_calls(ahoy_ui_phone *p, ahoy_time now);
/* ui_phone_text.c */
void ahoy_ui_phone_send_text(ahoy_ui_phone *p, ahoy_time now, const char *target, const char *text);
void ahoy_ui_phone_text_answered(ahoy_ui_phone *p, const ahoy_ua_event *event);

#endif
