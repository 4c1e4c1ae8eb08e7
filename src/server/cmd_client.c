/* The commands that ask a running server for lists and numbers, and the one that ends a call. trace: cmd_trace.c. */
#include <stdio.h>
#include <string.h>

#include "server/client.h"
#include "server/commands.h"
#include "server/table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* Records that a person sees without asking for more. */
#define SHOWN_RECORDS 50

static const ahoy_option only_client_options[] = {AHOY_CLIENT_OPTIONS};
static const ahoy_option cdr_options_table[] = {{"limit", 0, "N", "At most so many. Default: 50, with --json all."},
						AHOY_CLIENT_OPTIONS};

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

static int list(const ahoy_client_options *o, const char *command, const char *id, const char *limit, listing *l)
{
	ahoy_question question = {.command = command, .id = id, .limit = limit};
	int status = ahoy_client_ask(o, &question, add_row, l);

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
					       only_client_options, COUNT(only_client_options), false, 0, 0, NULL};
	ahoy_client_options o;
	const char *none;
	int status = ahoy_client_parse(&line, argc, argv, &o, &none);

	return status < 0 ? ahoy_client_ask(&o, &(ahoy_question){.command = "status"}, print_list, NULL) : status;
}

int ahoy_command_registrations(int argc, char **argv)
{
	static const ahoy_command_line line = {"ahoyd registrations", "", "Who is registered with the running server, and where.",
					       only_client_options, COUNT(only_client_options), false, 0, 0, NULL};
	static const ahoy_column columns[] = {{"USER", "user", 12},
					      {"CONTACT", "contact", 40},
					      {"SOURCE", "source", 22},
					      {"EXPIRES", "expires_s", 7},
					      {"Q", "q", 4},
					      {"USER AGENT", "user_agent", 0}};
	listing l = {columns, COUNT(columns), "nobody is registered", 0};
	ahoy_client_options o;
	const char *none;
	int status = ahoy_client_parse(&line, argc, argv, &o, &none);

	return status < 0 ? list(&o, "registrations", NULL, NULL, &l) : status;
}

int ahoy_command_calls(int argc, char **argv)
{
	static const ahoy_command_line line = {"ahoyd calls", "", "The calls of the running server.", only_client_options,
					       COUNT(only_client_options), false, 0, 0, NULL};
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
	ahoy_client_options o;
	const char *none;
	int status = ahoy_client_parse(&line, argc, argv, &o, &none);

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
	ahoy_client_options o;
	const char *id, *limit;
	char shown[24];
	int status = ahoy_client_parse(&line, argc, argv, &o, &id);

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
		only_client_options,
		COUNT(only_client_options),
		false,
		1,
		1,
		NULL};
	ahoy_client_options o;
	const char *id;
	int status = ahoy_client_parse(&line, argc, argv, &o, &id);

	return status < 0 ? ahoy_client_ask(&o, &(ahoy_question){.command = "hangup", .id = id}, print_nothing, NULL) : status;
}
