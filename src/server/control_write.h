/* control_write: what the control socket says, one JSON object each, with the fields of docs/control.md.
 * Thread kind: owned by the loop's thread. */
#ifndef AHOY_SERVER_CONTROL_WRITE_H
#define AHOY_SERVER_CONTROL_WRITE_H

#include "server/server.h"

/* None writes a line end. */
void ahoy_control_registration(ahoy_buf *b, const ahoy_registration_info *info, uint64_t now_utc_ms);
void ahoy_control_call(ahoy_buf *b, const ahoy_live_call_info *info);
/* {"media":{"codec","caller":{"packets","lost","loss_percent","jitter_ms","mos"},"callee":{…}}} */
void ahoy_control_media(ahoy_buf *b, const ahoy_call_media *media);
void ahoy_control_status(ahoy_buf *b, const ahoy_server *server, uint64_t users);

/* The messages of one call, gathered from the ring, and room for what is written of them. They live until the switch's
 * next input. */
typedef struct {
	ahoy_trace_message *messages;
	size_t count;
	char *space;
	ahoy_buf b; /* what was written last */
} ahoy_control_trace;

/* AHOY_ENOTFOUND: none is left in the ring; AHOY_ENOMEM. */
AHOY_MUST_USE int ahoy_control_trace_open(ahoy_control_trace *t, const ahoy_trace *trace, const ahoy_slice *call_ids, size_t count);
/* {"call_id","started","ladder"} */
void ahoy_control_trace_ladder(ahoy_control_trace *t, ahoy_slice call_id, int64_t utc_offset_us);
/* {"time","direction","transport","local","peer","size","message"} of message `at`; with its bytes also "time_us" and
 * "bytes", as hexadecimal digits. */
void ahoy_control_trace_message(ahoy_control_trace *t, size_t at, int64_t utc_offset_us, bool bytes);
void ahoy_control_trace_close(ahoy_control_trace *t);

#endif
