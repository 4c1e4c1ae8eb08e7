#include <confuse.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/settings.h"

#define MAX_SETTINGS 40

/* libconfuse has no place for a pointer of ours in its callbacks. Files are read at the start and on SIGHUP, by one
 * thread. */
static struct {
	ahoy_settings *settings;
	char *why;
	bool failed;
} reading;

static void keep_error(cfg_t *cfg, const char *text)
{
	if (!reading.failed)
		snprintf(reading.why, AHOY_SETTINGS_WHY, "%.200s:%d: %.300s",
			 cfg->filename ? cfg->filename : "configuration", cfg->line, text);
	reading.failed = true;
}

static const char *nearest_key(const char *typed)
{
	const char *names[MAX_SETTINGS + 1] = {NULL};

	for (size_t i = 0; i < ahoy_setting_count && i < MAX_SETTINGS; i++)
		names[i] = ahoy_setting_table[i].name;
	return ahoy_nearest(typed, names);
}

__attribute__((format(printf, 2, 0))) static void on_error(cfg_t *cfg, const char *format, va_list args)
{
	char text[AHOY_SETTINGS_WHY / 2], unknown[64], full[AHOY_SETTINGS_WHY];
	const char *nearest;

	vsnprintf(text, sizeof text, format, args);
	if (sscanf(text, "no such option '%63[^']'", unknown) != 1) {
		keep_error(cfg, text);
		return;
	}
	nearest = nearest_key(unknown);
	if (nearest)
		snprintf(full, sizeof full, "there is no setting \"%s\"; did you mean \"%s\"?", unknown, nearest);
	else
		snprintf(full, sizeof full, "there is no setting \"%s\"; `ahoyd run --help` lists them all", unknown);
	keep_error(cfg, full);
}

/* Called as soon as a value is read, when the line number is still its own; for a list with all values that it has so
 * far. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const ahoy_setting *setting = ahoy_setting_find(cfg_opt_name(opt));
	char why[AHOY_SETTINGS_WHY] = "it has no value", full[2 * AHOY_SETTINGS_WHY];
	bool good = setting && cfg_opt_size(opt) > 0;

	if (setting)
		ahoy_setting_clear(setting, reading.settings);
	for (unsigned i = 0; good && i < cfg_opt_size(opt); i++) {
		const char *value = cfg_opt_getnstr(opt, i);

		good = value && ahoy_setting_set(setting, reading.settings, value, why) == 0;
	}
	if (good)
		return 0;
	snprintf(full, sizeof full, "%s: %s", cfg_opt_name(opt), why);
	keep_error(cfg, full);
	return -1;
}

static int check_file(const char *path, char why[AHOY_SETTINGS_WHY])
{
	struct stat st;

	if (stat(path, &st) != 0)
		snprintf(why, AHOY_SETTINGS_WHY, "%s: %s; name a configuration file that can be read", path, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		snprintf(why, AHOY_SETTINGS_WHY, "%s is a directory; name a configuration file", path);
	else
		return 0;
	return AHOY_EINVAL;
}

int ahoy_settings_read_file(const char *path, ahoy_settings *settings, char why[AHOY_SETTINGS_WHY])
{
	cfg_opt_t options[MAX_SETTINGS + 1];
	ahoy_settings read = *settings;
	cfg_t *cfg;
	int result;

	if (check_file(path, why))
		return AHOY_EINVAL;
	AHOY_ASSERT(ahoy_setting_count < MAX_SETTINGS);
	for (size_t i = 0; i < ahoy_setting_count; i++) {
		/* Numbers too are read as text, so that file and command line accept and refuse the same. */
		if (ahoy_setting_table[i].list)
			options[i] = (cfg_opt_t)CFG_STR_LIST(ahoy_setting_table[i].name, 0, CFGF_NODEFAULT);
		else
			options[i] = (cfg_opt_t)CFG_STR(ahoy_setting_table[i].name, 0, CFGF_NODEFAULT);
	}
	options[ahoy_setting_count] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(options, CFGF_NONE);
	if (!cfg) {
		snprintf(why, AHOY_SETTINGS_WHY, "%s: out of memory", path);
		return AHOY_EINVAL;
	}
	reading.settings = &read;
	reading.why = why;
	reading.failed = false;
	cfg_set_error_function(cfg, on_error);
	for (size_t i = 0; i < ahoy_setting_count; i++)
		cfg_set_validate_func(cfg, ahoy_setting_table[i].name, on_value);
	result = cfg_parse(cfg, path);
	cfg_free(cfg);
	if (result == CFG_FILE_ERROR)
		snprintf(why, AHOY_SETTINGS_WHY, "%s: %s; name a configuration file that can be read", path, strerror(errno));
	else if (result != CFG_SUCCESS && !reading.failed)
		snprintf(why, AHOY_SETTINGS_WHY, "%s: it is no configuration file", path);
	if (result != CFG_SUCCESS || reading.failed)
		return AHOY_EINVAL;
	*settings = read;
	return 0;
}
