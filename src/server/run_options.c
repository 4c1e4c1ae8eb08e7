#include "server/run_options.h"

#include <stdio.h>
#include <string.h>

static bool take(void *ctx, const ahoy_option *option, const ahoy_setting *setting, const char *value, char why[AHOY_SETTINGS_WHY])
{
	ahoy_run_options *o = ctx;
	static ahoy_settings checked;

	if (option) {
		o->config = value;
		return true;
	}
	if (o->count == AHOY_RUN_MAX_OPTIONS) {
		snprintf(why, AHOY_SETTINGS_WHY, "there are more than %d options; leave some out", AHOY_RUN_MAX_OPTIONS);
		return false;
	}
	if (o->count == 0)
		ahoy_settings_default(&checked);
	o->given[o->count].setting = setting;
	o->given[o->count++].value = value;
	return ahoy_setting_set(setting, &checked, value, why) == 0;
}

int ahoy_run_options_parse(const ahoy_command_line *line, int argc, char **argv, ahoy_run_options *out)
{
	int first;

	memset(out, 0, sizeof *out);
	return ahoy_command_parse(line, argc, argv, take, out, &first);
}

static bool given_before(const ahoy_run_options *o, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (o->given[i].setting == o->given[at].setting)
			return true;
	return false;
}

int ahoy_run_options_read(const ahoy_run_options *o, ahoy_settings *out, char why[AHOY_SETTINGS_WHY])
{
	ahoy_settings_default(out);
	if (o->config && ahoy_settings_read_file(o->config, out, why))
		return AHOY_EINVAL;
	for (size_t i = 0; i < o->count; i++) {
		const ahoy_setting *setting = o->given[i].setting;
		char reason[AHOY_SETTINGS_WHY];

		/* A list on the command line replaces the file's. */
		if (!given_before(o, i))
			ahoy_setting_clear(setting, out);
		if (ahoy_setting_set(setting, out, o->given[i].value, reason)) {
			snprintf(why, AHOY_SETTINGS_WHY, "--%s: %.400s", setting->name, reason);
			return AHOY_EINVAL;
		}
	}
	return ahoy_settings_check(out, why);
}
