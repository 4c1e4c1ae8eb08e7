/* client: how a command asks a running server over its control socket (docs/control.md): the options that all of these
 * commands share, the question, the answer object by object. Thread kind: owned. */
#ifndef AHOY_SERVER_CLIENT_H
#define AHOY_SERVER_CLIENT_H

#include <jansson.h>

#include "server/cmdline.h"

typedef struct {
	ahoy_settings settings;
	bool json;
	const char *limit; /* --limit, where the command has it; NULL: not given */
	const char *pcap;  /* --pcap, likewise */
} ahoy_client_options;

/* The end of each such command's table of options. */
#define AHOY_CLIENT_OPTIONS                                                                                              \
	{"json", 0, NULL, "One JSON object a line, times in UTC."},                                                      \
		{"control", 0, "PATH", "The server's control socket. Default: the database's path with .sock for .db."}, \
	{                                                                                                                \
		"db", 0, "FILE", "The server's database, to find its socket. Default: ahoy.db."                          \
	}

/* -1: go on, with the first operand or NULL; else what to exit with. */
int ahoy_client_parse(const ahoy_command_line *line, int argc, char **argv, ahoy_client_options *o, const char **operand);

typedef struct {
	const char *command;
	const char *id, *limit; /* NULL: none */
	bool messages, bytes;	/* of a trace */
} ahoy_question;

/* What to do with one object of the answer. */
typedef void ahoy_object_fn(void *ctx, json_t *object);

/* Asks and hands over each object of the answer; with --json each is printed as it came instead. Returns what to exit with;
 * what went wrong was said. */
int ahoy_client_ask(const ahoy_client_options *o, const ahoy_question *question, ahoy_object_fn *fn, void *ctx);

#endif
