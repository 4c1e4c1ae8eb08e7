/* ui_store: what the interactive phone keeps between runs, below $XDG_STATE_HOME/ahoy (~/.local/state/ahoy): calls.log, one JSON
 * object a call, and dial_history, one line a number. Both are their owner's alone (0600) and bounded. Where nothing can be
 * kept the phone works all the same: errors are told once, by open.
 * Embedded. Thread kind: owned. Cost: blocking file output of a line. */
#ifndef AHOY_PHONE_UI_STORE_H
#define AHOY_PHONE_UI_STORE_H

#include "base/err.h"
#include "phone/ui_model.h"

#define AHOY_UI_CALLS_LOG (256 * 1024) /* bytes; then the older half goes */

typedef struct {
	char folder[1024]; /* empty: nothing is kept */
} ahoy_ui_store;

/* One call that was. */
typedef struct {
	uint64_t began_utc_ms;
	bool is_caller, answered;
	const char *account, *peer; /* safe to show */
	uint64_t duration_s;	    /* from the answer */
	int code;		    /* of a refusal; 0 */
	const char *reason, *codec; /* safe to show; "" */
	uint64_t packets, lost;
	double mos; /* where packets is not 0 */
} ahoy_ui_record;

/* Makes the folder. AHOY_EIO, AHOY_ETOOBIG: `why` has a line, and nothing is kept. */
int ahoy_ui_store_open(ahoy_ui_store *store, ahoy_buf *why) AHOY_MUST_USE;
/* What is there goes into the model: the history, and the last calls as lines. */
void ahoy_ui_store_load(const ahoy_ui_store *store, ahoy_ui_model *model);
/* AHOY_EIO, AHOY_ENOMEM. */
int ahoy_ui_store_add_call(const ahoy_ui_store *store, const ahoy_ui_record *record) AHOY_MUST_USE;
int ahoy_ui_store_save_history(const ahoy_ui_store *store, const ahoy_ui_history *history) AHOY_MUST_USE;
/* The line of a call that was. */
void ahoy_ui_put_record(ahoy_buf *b, const ahoy_ui_record *record);

#endif
