/* cmdline: one command's options and operands, from a table: parsing by getopt_long, --help from the same table, and
 * one line on standard error that names what is wrong and what to do.
 * Thread kind: owned (getopt has static state). */
#ifndef AHOY_SERVER_CMDLINE_H
#define AHOY_SERVER_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "server/settings.h"

#define AHOY_EXIT_OK 0
#define AHOY_EXIT_FAILED 1
#define AHOY_EXIT_USAGE 2

typedef struct {
	const char *name;  /* without dashes */
	char letter;	   /* short form, or 0 */
	const char *value; /* how its value is shown; NULL: it has none */
	const char *help;
} ahoy_option;

typedef struct {
	const char *command;  /* "ahoyd user add" */
	const char *operands; /* "NAME"; "" for none */
	const char *summary;  /* what it does, and how it ends: whole sentences */
	const ahoy_option *options;
	size_t option_count;
	bool settings; /* takes all settings as options too */
	int min_operands, max_operands;
	const char *examples; /* lines, or NULL */
} ahoy_command_line;

/* Called for each option in order; value is NULL for one that has none. The setting is NULL for the command's own
 * options. False refuses it, with `why`. */
typedef bool ahoy_option_fn(void *ctx, const ahoy_option *option, const ahoy_setting *setting, const char *value,
			    char why[AHOY_SETTINGS_WHY]);

/* argv[0] is the command's name. -1: go on, the operands are argv[*first] .. argv[argc - 1]; else what to exit with
 * (help was printed, or a line on standard error). */
int ahoy_command_parse(const ahoy_command_line *line, int argc, char **argv, ahoy_option_fn *fn, void *ctx, int *first);

/* "ahoyd: TEXT" as one line on standard error; control bytes are escaped. Returns `status`. */
int ahoy_complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
