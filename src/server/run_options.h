/* run_options: where the settings of one start come from: defaults, then the configuration file, then the command line.
 * Kept, because SIGHUP reads the file again under the same command line. Lifetime: argv's. Thread kind: owned. */
#ifndef AHOY_SERVER_RUN_OPTIONS_H
#define AHOY_SERVER_RUN_OPTIONS_H

#include "server/cmdline.h"

#define AHOY_RUN_MAX_OPTIONS 64

typedef struct {
	const char *config; /* NULL: no file */
	struct {
		const ahoy_setting *setting;
		const char *value;
	} given[AHOY_RUN_MAX_OPTIONS];
	size_t count;
} ahoy_run_options;

/* As ahoy_command_parse: -1, or what to exit with. */
int ahoy_run_options_parse(const ahoy_command_line *line, int argc, char **argv, ahoy_run_options *out);
/* AHOY_EINVAL with a sentence. */
AHOY_MUST_USE int ahoy_run_options_read(const ahoy_run_options *options, ahoy_settings *out, char why[AHOY_SETTINGS_WHY]);

#endif
