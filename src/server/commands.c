#include "server/commands.h"

#include <stdio.h>
#include <string.h>

#include "server/cmdline.h"

typedef struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} command;

static const command commands[] = {
	{"run", ahoy_command_run, "the server, in the foreground"},
	{"user", ahoy_command_user, "add, change, remove, list and import users"},
	{"check", ahoy_command_check, "look a configuration file over without starting anything"},
	{"status", ahoy_command_status, "what a running server is doing, in numbers"},
	{"registrations", ahoy_command_registrations, "who is registered, and where"},
	{"calls", ahoy_command_calls, "the calls that are up"},
	{"cdr", ahoy_command_cdr, "the records of calls, newest first"},
	{"hangup", ahoy_command_hangup, "end a call"},
	{"trace", ahoy_command_trace, "draw the messages of a recent call"},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static int help(void)
{
	printf("ahoyd COMMAND [OPTION]...\n\nA SIP server: phones register with it and call each other through it.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-15s %s\n", commands[i].name, commands[i].help);
	printf("\n  ahoyd COMMAND --help   what a command takes\n  ahoyd --version\n\nTo begin with: ahoyd run\n");
	return AHOY_EXIT_OK;
}

static int unknown(const char *typed)
{
	const char *names[COMMANDS + 1] = {NULL};
	const char *nearest;

	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	nearest = ahoy_nearest(typed, names);
	if (nearest)
		return ahoy_complain(AHOY_EXIT_USAGE, "there is no command \"%.60s\"; did you mean `ahoyd %s`?", typed, nearest);
	return ahoy_complain(AHOY_EXIT_USAGE, "there is no command \"%.60s\"; `ahoyd --help` lists them", typed);
}

int ahoy_server_main(int argc, char **argv)
{
	if (argc < 2)
		return ahoy_complain(AHOY_EXIT_USAGE,
				     "a command is missing; `ahoyd run` starts the server, `ahoyd --help` lists all");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return help();
	if (strcmp(argv[1], "--version") == 0) {
		printf("ahoyd %s\n", AHOY_VERSION);
		return AHOY_EXIT_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}
