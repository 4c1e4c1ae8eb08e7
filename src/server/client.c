#include "server/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "os/json.h"
#include "os/line_server.h"

/* A server that says nothing for so long is not well. */
#define SERVER_PATIENCE_S 10

static bool take_option(void *ctx, const ahoy_option *option, const ahoy_setting *setting, const char *value,
			char why[AHOY_SETTINGS_WHY])
{
	ahoy_client_options *o = ctx;
	uint64_t limit;

	(void)setting;
	if (strcmp(option->name, "json") == 0) {
		o->json = true;
	} else if (strcmp(option->name, "pcap") == 0) {
		o->pcap = value;
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

int ahoy_client_parse(const ahoy_command_line *line, int argc, char **argv, ahoy_client_options *o, const char **operand)
{
	int first, status;

	memset(o, 0, sizeof *o);
	ahoy_settings_default(&o->settings);
	status = ahoy_command_parse(line, argc, argv, take_option, o, &first);
	*operand = status < 0 && first < argc ? argv[first] : NULL;
	return status;
}

/* A stream to the server, or NULL: said why. */
static FILE *connect_server(const ahoy_client_options *o)
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

static bool send_request(FILE *stream, const ahoy_question *question)
{
	char text[AHOY_LINE_MAX_REQUEST];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_json j = ahoy_json_open(&b);

	ahoy_json_string(&j, "command", ahoy_slice_of(question->command));
	if (question->id)
		ahoy_json_string(&j, "id", ahoy_slice_of(question->id));
	if (question->limit)
		ahoy_json_number(&j, "limit", ahoy_slice_of(question->limit));
	if (question->messages)
		ahoy_json_bool(&j, "messages", true);
	if (question->bytes)
		ahoy_json_bool(&j, "bytes", true);
	ahoy_json_close(&j);
	ahoy_buf_char(&b, '\n');
	return !b.full && fwrite(b.ptr, 1, b.len, stream) == b.len && fflush(stream) == 0;
}

static int read_answer(FILE *stream, bool json, ahoy_object_fn *fn, void *ctx)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	int status = -1;

	while (status < 0 && (len = getline(&line, &cap, stream)) > 0) {
		json_t *object = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, NULL);
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

int ahoy_client_ask(const ahoy_client_options *o, const ahoy_question *question, ahoy_object_fn *fn, void *ctx)
{
	FILE *stream = connect_server(o);
	int status;

	if (!stream)
		return AHOY_EXIT_FAILED;
	if (send_request(stream, question))
		status = read_answer(stream, o->json, fn, ctx);
	else
		status = ahoy_complain(AHOY_EXIT_FAILED, "the server cannot be asked: the question is too long, or it is gone");
	fclose(stream);
	return status;
}
