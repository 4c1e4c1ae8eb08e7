/* The control socket's requests, as docs/control.md describes them: one JSON object in, JSON objects out, the last of
 * them {"end":true} or {"error":…}. */
#include <jansson.h>
#include <stdlib.h>

#include "os/clock.h"
#include "os/json.h"
#include "os/line_server.h"
#include "server/control_write.h"
#include "server/server.h"

/* A writer of a long list stops at this many waiting bytes and goes on when they have left. */
#define CHUNK_BYTES 32768
/* One object at the most: a registration of AHOY_MAX_CONTACT bytes, each escaped, and its company. */
#define OBJECT_BYTES 16384

typedef enum {
	WANT_NOTHING,
	WANT_STATUS,
	WANT_REGISTRATIONS,
	WANT_CALLS,
	WANT_CDR,
	WANT_HANGUP,
	WANT_TRACE
} wanted;

/* A request under way. It outlives its peer while the store is asked for it. */
typedef struct {
	ahoy_control *control;
	ahoy_line_peer *peer; /* NULL: gone */
	wanted what;
	ahoy_switch_cursor cursor;
	uint64_t cdr_cursor, left; /* records: where to go on, how many are wanted still */
	char id[512];
	bool messages; /* a trace as messages, not as a ladder */
	bool bytes;    /* and each with its bytes */
	bool waiting;  /* for the store */
} request;

struct ahoy_control {
	ahoy_server *server;
	ahoy_line_server *lines;
};

/* Out of memory closes the peer, which is all that can be done about it. */
static void write_line(request *r, const ahoy_buf *b)
{
	if (r->peer && !b->full && ahoy_line_write(r->peer, ahoy_buf_slice(b)) == 0)
		ahoy_line_write(r->peer, AHOY_S("\n"));
}

static void finish(request *r)
{
	if (r->peer) {
		ahoy_line_set_user(r->peer, NULL);
		ahoy_line_finish_request(r->peer);
	}
	free(r);
}

static void end(request *r)
{
	ahoy_buf b;
	char text[32];

	b = ahoy_buf_over(text, sizeof text);
	ahoy_buf_str(&b, "{\"end\":true}");
	write_line(r, &b);
	finish(r);
}

static void fail(request *r, const char *sentence, const char *id)
{
	char space[4096], shown[2100];
	ahoy_buf b = ahoy_buf_over(space, sizeof space), text = ahoy_buf_over(shown, sizeof shown);
	ahoy_json j = ahoy_json_open(&b);

	ahoy_buf_str(&text, sentence);
	if (id) {
		ahoy_buf_char(&text, ' ');
		ahoy_buf_escaped(&text, ahoy_slice_of(id));
	}
	ahoy_json_string(&j, "error", ahoy_buf_slice(&text));
	ahoy_json_close(&j);
	write_line(r, &b);
	finish(r);
}

static bool has_room(const request *r)
{
	return ahoy_line_waiting(r->peer) < CHUNK_BYTES;
}

static void go_on_registrations(request *r)
{
	ahoy_server *s = r->control->server;
	ahoy_registration_info info;
	ahoy_time now = ahoy_clock_now();
	char space[OBJECT_BYTES];

	while (has_room(r)) {
		ahoy_buf b = ahoy_buf_over(space, sizeof space);

		if (!ahoy_switch_next_registration(s->sw, now, &r->cursor, &info)) {
			end(r);
			return;
		}
		ahoy_control_registration(&b, &info, ahoy_clock_utc_ms());
		write_line(r, &b);
	}
}

static void go_on_calls(request *r)
{
	ahoy_live_call_info info;
	char space[OBJECT_BYTES];

	while (has_room(r)) {
		ahoy_buf b = ahoy_buf_over(space, sizeof space);

		if (!ahoy_switch_next_call(r->control->server->sw, &r->cursor, &info)) {
			end(r);
			return;
		}
		ahoy_control_call(&b, &info);
		write_line(r, &b);
	}
}

static void on_page(void *ctx, int err, ahoy_slice lines, size_t count, uint64_t cursor);

static void go_on_cdr(request *r)
{
	ahoy_server *s = r->control->server;
	int err = AHOY_ESTATE;

	if (r->left == 0) {
		end(r);
		return;
	}
	if (s->store_thread)
		err = ahoy_store_thread_page(s->store_thread, r->cdr_cursor,
					     r->left < AHOY_STORE_PAGE ? (size_t)r->left : AHOY_STORE_PAGE,
					     ahoy_slice_of(r->id), on_page, r);
	if (err)
		fail(r, ahoy_err_text(err), NULL);
	else
		r->waiting = true;
}

static void on_page(void *ctx, int err, ahoy_slice lines, size_t count, uint64_t cursor)
{
	request *r = ctx;

	r->waiting = false;
	if (!r->peer) {
		finish(r);
		return;
	}
	if (err) {
		fail(r, "the database cannot be read; the server's log says why", NULL);
		return;
	}
	if (r->id[0] && count == 0) {
		fail(r, "there is no record of", r->id);
		return;
	}
	if (ahoy_line_write(r->peer, lines)) {
		finish(r);
		return;
	}
	r->cdr_cursor = cursor;
	r->left = count < AHOY_STORE_PAGE || r->id[0] ? 0 : r->left - (count < r->left ? count : r->left);
	/* The next page is asked for when this one has left. */
	if (r->left == 0)
		end(r);
}

static void hang_up(request *r)
{
	ahoy_server *s = r->control->server;

	if (ahoy_switch_hangup(s->sw, ahoy_clock_now(), ahoy_slice_of(r->id))) {
		fail(r, "there is no live call", r->id);
		return;
	}
	ahoy_driver_drain(s->driver);
	end(r);
}

static void write_media(request *r, const ahoy_slice *call_ids)
{
	ahoy_call_media media;
	char space[OBJECT_BYTES];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);

	if (ahoy_switch_call_media(r->control->server->sw, call_ids[0], &media) || !media.codec.len)
		return;
	ahoy_control_media(&b, &media);
	write_line(r, &b);
}

static void draw_trace(request *r)
{
	ahoy_server *s = r->control->server;
	ahoy_slice ids[AHOY_CALL_LEGS];
	ahoy_control_trace trace;
	size_t count;
	int err;

	if (!ahoy_switch_trace(s->sw) || ahoy_switch_call_ids(s->sw, ahoy_slice_of(r->id), ids, &count)) {
		fail(r, "there is no recent call", strcmp(r->id, "last") == 0 ? NULL : r->id);
		return;
	}
	err = ahoy_control_trace_open(&trace, ahoy_switch_trace(s->sw), ids, count);
	if (err) {
		fail(r, err == AHOY_ENOTFOUND ? "no message is left in memory of the call" : ahoy_err_text(err), r->id);
		return;
	}
	if (r->messages) {
		for (size_t i = 0; i < trace.count; i++) {
			ahoy_control_trace_message(&trace, i, s->config.utc_offset_us, r->bytes);
			write_line(r, &trace.b);
		}
	} else {
		ahoy_control_trace_ladder(&trace, ids[0], s->config.utc_offset_us);
		write_line(r, &trace.b);
	}
	ahoy_control_trace_close(&trace);
	write_media(r, ids);
	end(r);
}

static void on_users(void *ctx, int err, uint64_t users)
{
	request *r = ctx;
	ahoy_server *s = r->control->server;
	char space[OBJECT_BYTES];
	ahoy_buf b = ahoy_buf_over(space, sizeof space);

	r->waiting = false;
	if (!r->peer) {
		finish(r);
		return;
	}
	if (err) {
		fail(r, "the database cannot be read; the server's log says why", NULL);
		return;
	}
	ahoy_control_status(&b, s, users);
	write_line(r, &b);
	end(r);
}

static void ask_status(request *r)
{
	ahoy_server *s = r->control->server;

	if (!s->store_thread || ahoy_store_thread_users(s->store_thread, on_users, r))
		fail(r, "the server is too busy with its database", NULL);
	else
		r->waiting = true;
}

static void go_on(request *r)
{
	if (r->waiting)
		return;
	switch (r->what) {
	case WANT_STATUS:
		ask_status(r);
		break;
	case WANT_REGISTRATIONS:
		go_on_registrations(r);
		break;
	case WANT_CALLS:
		go_on_calls(r);
		break;
	case WANT_CDR:
		go_on_cdr(r);
		break;
	case WANT_HANGUP:
		hang_up(r);
		break;
	case WANT_TRACE:
		draw_trace(r);
		break;
	case WANT_NOTHING:
		fail(r, "the command is none of status, registrations, calls, cdr, hangup, trace", NULL);
		break;
	}
}

static wanted wanted_of(const char *command)
{
	static const char *const names[] = {"", "status", "registrations", "calls", "cdr", "hangup", "trace"};

	for (size_t i = 1; command && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(command, names[i]) == 0)
			return (wanted)i;
	return WANT_NOTHING;
}

/* False: it is no request. */
static bool read_request(request *r, ahoy_slice line)
{
	json_t *json = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *command = NULL, *id = "";
	json_int_t limit = -1;
	int messages = 0, bytes = 0;
	bool good;

	good = json &&
	       json_unpack(json, "{s:s, s?s, s?I, s?b, s?b}", "command", &command, "id", &id, "limit", &limit, "messages",
			   &messages, "bytes", &bytes) == 0 &&
	       strlen(id) < sizeof r->id;
	if (good) {
		r->what = wanted_of(command);
		memcpy(r->id, id, strlen(id) + 1);
		r->left = limit < 0 ? UINT64_MAX : (uint64_t)limit;
		r->messages = messages;
		r->bytes = bytes;
	}
	json_decref(json);
	return good;
}

static void on_line(void *ctx, ahoy_line_peer *peer, ahoy_slice line)
{
	ahoy_control *control = ctx;
	request *r = calloc(1, sizeof *r);

	if (!r) {
		ahoy_line_finish_request(peer);
		return;
	}
	r->control = control;
	r->peer = peer;
	ahoy_line_set_user(peer, r);
	if (read_request(r, line))
		go_on(r);
	else
		fail(r, "the request is no JSON object with a command", NULL);
}

static void on_drained(void *ctx, ahoy_line_peer *peer)
{
	request *r = ahoy_line_user(peer);

	(void)ctx;
	if (r)
		go_on(r);
}

static void on_gone(void *ctx, ahoy_line_peer *peer)
{
	request *r = ahoy_line_user(peer);

	(void)ctx;
	if (!r)
		return;
	r->peer = NULL;
	if (!r->waiting)
		free(r);
}

int ahoy_control_new(ahoy_server *server, const char *path, ahoy_control **out, char why[AHOY_CONTROL_WHY])
{
	ahoy_control *control = calloc(1, sizeof *control);
	ahoy_line_handler handler = {control, on_line, on_drained, on_gone};
	int err;

	_Static_assert(AHOY_CONTROL_WHY >= AHOY_LINE_WHY, "a sentence fits");
	*out = NULL;
	if (!control)
		return AHOY_ENOMEM;
	control->server = server;
	err = ahoy_line_server_new(server->loop, path, &handler, &control->lines, why);
	if (err) {
		free(control);
		return err;
	}
	*out = control;
	return 0;
}

void ahoy_control_del(ahoy_control *control)
{
	if (!control)
		return;
	ahoy_line_server_del(control->lines);
	free(control);
}
