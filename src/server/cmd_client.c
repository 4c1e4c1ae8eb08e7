/* The commands that ask a running server over its control socket (docs/control.md). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/json.h"
#include "os/line_server.h"
#include "server/cmdline.h"
#include "server/commands.h"
#include "server/table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* A server that says nothing for so long is not well. */
#define SERVER_PATIENCE_S 10
/* Records that a person sees without asking for more. */
#define SHOWN_RECORDS 50

typedef struct {
	ahoy_settings settings;
	bool json;
	const char *limit;
} client_options;

#define CLIENT_OPTIONS                                                                                                   \
	{"json", 0, NULL, "One JSON object a line, times in UTC."},                                                      \
		{"control", 0, "PATH", "The server's control socket. Default: the database's path with .sock for .db."}, \
	{                                                                                                                \
		"db", 0, "FILE", "The server's database, to find its socket. Default: ahoy.db."                          \
	}

static const ahoy_option client_options_table[] = {CLIENT_OPTIONS};
static const ahoy_option cdr_options_table[] = {{"limit", 0, "N", "At most so many. Default: 50, with --json all."},
						CLIENT_OPTIONS};

static bool take_option(void *ctx, const ahoy_option *option, const ahoy_setting *setting, const char *value,
			char why[AHOY_SETTINGS_WHY])
{
	client_options *o = ctx;
	uint64_t limit;

	(void)setting;
	if (strcmp(option->name, "json") == 0) {
		o->json = true;
	} else if (strcmp(option->name, "limit") == 0) {
		o->limit = value;
		if (ahoy_slice_u64(ahoy_slice_of(value), INT64_MAX, &limit)) {
			snprintf(why, AHOY_SETTINGS_WHY, "\"%.40s\" is no whole number", value);
			return false;
		}
	} else {
		return ahoy_setting_set(ahoy_setting_find(option->name), &o->settings, value, why) == 0;
	}
	return true;
}

static int parse(const ahoy_command_line *line, int argc, char **argv, client_options *o, const char **operand)
{
	int first, status;

	memset(o, 0, sizeof *o);
	ahoy_settings_default(&o->settings);
	status = ahoy_command_parse(line, argc, argv, take_option, o, &first);
	*operand = status < 0 && first < argc ? argv[first] : NULL;
	return status;
}

/* A stream to the server, or NULL: said why. */
static FILE *connect_server(const client_options *o)
{
	struct timeval patience = {.tv_sec = SERVER_PATIENCE_S};
	char path[AHOY_SETTINGS_PATH];
	FILE *stream;
	int fd;

	if (ahoy_settings_control(&o->settings, path)) {
		ahoy_complain(AHOY_EXIT_FAILED, "the control socket's path is too long");
		return NULL;
	}
	fd = ahoy_line_connect(path);
	if (fd < 0) {
		if (errno == ENOENT || errno == ECONNREFUSED)
			ahoy_complain(
				AHOY_EXIT_FAILED,
				"no ahoyd answers at %s; start one with `ahoyd run`, or name its socket with --control",
				path);
		else
			ahoy_complain(AHOY_EXIT_FAILED, "%s: %s; only the server's own user may ask it", path, strerror(errno));
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	stream = fdopen(fd, "r+");
	if (!stream)
		close(fd);
	return stream;
}

static bool send_request(FILE *stream, const char *command, const char *id, const char *limit, bool messages)
{
	char text[AHOY_LINE_MAX_REQUEST];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_json j = ahoy_json_open(&b);

	ahoy_json_string(&j, "command", ahoy_slice_of(command));
	if (id)
		ahoy_json_string(&j, "id", ahoy_slice_of(id));
	if (limit)
		ahoy_json_number(&j, "limit", ahoy_slice_of(limit));
	if (messages)
		ahoy_json_bool(&j, "messages", true);
	ahoy_json_close(&j);
	ahoy_buf_char(&b, '\n');
	return !b.full && fwrite(b.ptr, 1, b.len, stream) == b.len && fflush(stream) == 0;
}

/* What to do with one object of the answer. */
typedef void object_fn(void *ctx, json_t *object);

static int read_answer(FILE *stream, bool json, object_fn *fn, void *ctx)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int status = -1;

	while (status < 0 && (len = getline(&line, &cap, stream)) > 0) {
		json_t *object = json_loadb(line, (size_t)len, 0, NULL);
		const char *error = json_string_value(json_object_get(object, "error"));

		if (!object)
			break;
		if (error)
			status = ahoy_complain(AHOY_EXIT_FAILED, "%s", error);
		else if (json_is_true(json_object_get(object, "end")))
			status = AHOY_EXIT_OK;
		else if (json)
			fwrite(line, 1, (size_t)len, stdout);
		else
			fn(ctx, object);
		json_decref(object);
	}
	free(line);
	return status < 0 ? ahoy_complain(AHOY_EXIT_FAILED, "the server broke off its answer") : status;
}

/* `id` and `limit` may be NULL. */
static int ask(const client_options *o, const char *command, const char *id, const char *limit, object_fn *fn, void *ctx)
{
	FILE *stream = connect_server(o);
	int status;

	if (!stream)
		return AHOY_EXIT_FAILED;
	if (send_request(stream, command, id, limit, o->json))
		status = read_answer(stream, o->json, fn, ctx);
	else
		status = ahoy_complain(AHOY_EXIT_FAILED, "the server cannot be asked: the question is too long, or it is gone");
	fclose(stream);
	return status;
}

typedef struct {
	const ahoy_column *columns;
	size_t count;
	const char *nothing;
	size_t rows;
} listing;

static void add_row(void *ctx, json_t *object)
{
	listing *l = ctx;

	if (l->rows++ == 0)
		ahoy_table_head(l->columns, l->count);
	ahoy_table_row(l->columns, l->count, object);
}

static int list(const client_options *o, const char *command, const char *id, const char *limit, listing *l)
{
	int status = ask(o, command, id, limit, add_row, l);

	if (status == AHOY_EXIT_OK && !o->json && l->rows == 0)
		puts(l->nothing);
	return status;
}

static void print_list(void *ctx, json_t *object)
{
	(void)ctx;
	ahoy_table_list(object);
}

int ahoy_command_status(int argc, char **argv)
{
	static const ahoy_command_line line = {"ahoyd status", "", "What the running server is doing, in numbers.",
					       client_options_table, COUNT(client_options_table), false, 0, 0, NULL};
	client_options o;
	const char *none;
	int status = parse(&line, argc, argv, &o, &none);

	return status < 0 ? ask(&o, "status", NULL, NULL, print_list, NULL) : status;
}

int ahoy_command_registrations(int argc, char **argv)
{
	static const ahoy_command_line line = {"ahoyd registrations", "", "Who is registered with the running server, and where.",
					       client_options_table, COUNT(client_options_table), false, 0, 0, NULL};
	static const ahoy_column columns[] = {{"USER", "user", 12},
					      {"CONTACT", "contact", 40},
					      {"SOURCE", "source", 22},
					      {"EXPIRES", "expires_s", 7},
					      {"Q", "q", 4},
					      {"USER AGENT", "user_agent", 0}};
	listing l = {columns, COUNT(columns), "nobody is registered", 0};
	client_options o;
	const char *none;
	int status = parse(&line, argc, argv, &o, &none);

	return status < 0 ? list(&o, "registrations", NULL, NULL, &l) : status;
}

int ahoy_command_calls(int argc, char **argv)
{
	static const ahoy_command_line line = {"ahoyd calls", "", "The calls of the running server.", client_options_table,
					       COUNT(client_options_table), false, 0, 0, NULL};
	static const ahoy_column columns[] = {
		{"ID", "id", 24},
		{"FROM", "from", 12},
		{"TO", "to", 12},
		{"STATE", "state", 9},
		{"STARTED", "started", 24},
		{"ANSWERED", "answered", 24},
		{"CODEC", "codec", 0},
	};
	listing l = {columns, COUNT(columns), "there are no calls", 0};
	client_options o;
	const char *none;
	int status = parse(&line, argc, argv, &o, &none);

	return status < 0 ? list(&o, "calls", NULL, NULL, &l) : status;
}

int ahoy_command_cdr(int argc, char **argv)
{
	static const ahoy_command_line line = {
		"ahoyd cdr", "[ID]", "The records of calls, newest first; or the one of this id, or of this Call-ID of either leg.",
		cdr_options_table, COUNT(cdr_options_table), false, 0, 1, NULL};
	static const ahoy_column columns[] = {{"ID", "id", 24},
					      {"STARTED", "started", 24},
					      {"FROM", "from", 12},
					      {"TO", "to", 12},
					      {"CODE", "code", 4},
					      {"MS", "duration_ms", 9},
					      {"ENDED BY", "ended_by", 8},
					      {"CODEC", "codec", 8},
					      {"LOST<", "caller.lost", 6},
					      {"LOST>", "callee.lost", 6},
					      {"REASON", "reason", 0}};
	listing l = {columns, COUNT(columns), "there are no records", 0};
	client_options o;
	const char *id, *limit;
	char shown[24];
	int status = parse(&line, argc, argv, &o, &id);

	if (status >= 0)
		return status;
	snprintf(shown, sizeof shown, "%d", SHOWN_RECORDS);
	limit = o.limit ? o.limit : o.json ? NULL
					   : shown;
	status = list(&o, "cdr", id, limit, &l);
	if (status == AHOY_EXIT_OK && !o.json && !o.limit && !id && l.rows == SHOWN_RECORDS)
		printf("There may be more: --limit N\n");
	return status;
}

static void print_nothing(void *ctx, json_t *object)
{
	(void)ctx;
	(void)object;
}

int ahoy_command_hangup(int argc, char **argv)
{
	static const ahoy_command_line line = {
		"ahoyd hangup",
		"ID",
		"Ends a call on both legs. ID is the one that `ahoyd calls` shows, or a Call-ID of either leg.",
		client_options_table,
		COUNT(client_options_table),
		false,
		1,
		1,
		NULL};
	client_options o;
	const char *id;
	int status = parse(&line, argc, argv, &o, &id);

	return status < 0 ? ask(&o, "hangup", id, NULL, print_nothing, NULL) : status;
}

static void print_ladder(void *ctx, json_t *object)
{
	const char *started = json_string_value(json_object_get(object, "started"));
	const char *call_id = json_string_value(json_object_get(object, "call_id"));
	const char *ladder = json_string_value(json_object_get(object, "ladder"));

	(void)ctx;
	if (started && call_id && ladder)
		printf("Call-ID %s, from %s on\n\n%s", call_id, started, ladder);
}

int ahoy_command_trace(int argc, char **argv)
{
	static const ahoy_command_line line = {
		"ahoyd trace",
		"ID|last",
		"Draws the messages of a recent call as a ladder, from the server's memory of the last few thousand "
		"messages. ID is the one that `ahoyd calls` "
		"and `ahoyd cdr` show, or a Call-ID of either leg. With --json: the messages themselves.",
		client_options_table,
		COUNT(client_options_table),
		false,
		1,
		1,
		NULL};
	client_options o;
	const char *id;
	int status = parse(&line, argc, argv, &o, &id);

	return status < 0 ? ask(&o, "trace", id, NULL, print_ladder, NULL) : status;
}
