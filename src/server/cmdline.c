#include "server/cmdline.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

#define MAX_OPTIONS 64
#define NAME_BYTES 40
#define HELP_COLUMN 30
#define HELP_WIDTH 100

/* One long option of getopt and what it stands for. */
typedef struct {
	char name[NAME_BYTES];
	const ahoy_option *option;
	const ahoy_setting *setting;
	const char *fixed; /* the value of --no-NAME and of --NAME without value */
} entry;

typedef struct {
	entry entries[MAX_OPTIONS];
	struct option longs[MAX_OPTIONS + 1];
	char shorts[MAX_OPTIONS];
	size_t count;
} table;

int ahoy_complain(int status, const char *format, ...)
{
	char raw[1024], safe[2048];
	ahoy_buf b = ahoy_buf_over(safe, sizeof safe);
	va_list args;

	va_start(args, format);
	vsnprintf(raw, sizeof raw, format, args);
	va_end(args);
	for (const char *c = raw; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			ahoy_buf_fmt(&b, "\\x%02x", (unsigned char)*c);
		else
			ahoy_buf_char(&b, *c);
	}
	fprintf(stderr, "ahoyd: %s\n", ahoy_buf_cstr(&b));
	return status;
}

static void add_entry(table *t, const char *prefix, const char *name, const ahoy_option *option, const ahoy_setting *setting,
		      const char *fixed, bool has_value)
{
	entry *e = &t->entries[t->count];

	AHOY_ASSERT(t->count < MAX_OPTIONS);
	snprintf(e->name, sizeof e->name, "%s%s", prefix, name);
	e->option = option;
	e->setting = setting;
	e->fixed = fixed;
	t->longs[t->count] = (struct option){e->name, has_value ? required_argument : no_argument, NULL, 256 + (int)t->count};
	t->count++;
}

static void make_table(const ahoy_command_line *line, table *t)
{
	size_t shorts = 0;

	memset(t, 0, sizeof *t);
	/* getopt stays silent and tells a missing value from an unknown option. */
	t->shorts[shorts++] = ':';
	add_entry(t, "", "help", NULL, NULL, NULL, false);
	for (size_t i = 0; i < line->option_count; i++) {
		const ahoy_option *o = &line->options[i];

		add_entry(t, "", o->name, o, NULL, NULL, o->value != NULL);
		if (o->letter) {
			t->shorts[shorts++] = o->letter;
			if (o->value)
				t->shorts[shorts++] = ':';
		}
	}
	for (size_t i = 0; line->settings && i < ahoy_setting_count; i++) {
		const ahoy_setting *s = &ahoy_setting_table[i];

		add_entry(t, "", s->name, NULL, s, s->value ? NULL : "true", s->value != NULL);
		if (!s->value)
			add_entry(t, "no-", s->name, NULL, s, "false", false);
	}
}

static void print_wrapped(const char *text, size_t column, size_t indent)
{
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > indent && column + 1 + word > HELP_WIDTH) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)word, text);
		column += word;
		text += word;
		text += *text == ' ';
	}
	putchar('\n');
}

static void print_option(char letter, const char *prefix, const char *name, const char *value, const char *help)
{
	char left[80];
	int len = letter ? snprintf(left, sizeof left, "  -%c, --%s%s", letter, prefix, name)
			 : snprintf(left, sizeof left, "  --%s%s", prefix, name);

	if (value)
		len += snprintf(left + len, sizeof left - (size_t)len, " %s", value);
	if (len >= HELP_COLUMN)
		printf("%s\n%*s", left, HELP_COLUMN, "");
	else
		printf("%-*s", HELP_COLUMN, left);
	print_wrapped(help, HELP_COLUMN, HELP_COLUMN);
}

static void print_help(const ahoy_command_line *line)
{
	bool options = line->option_count || line->settings;

	printf("%s%s%s%s\n\n", line->command, options ? " [OPTION]..." : "", *line->operands ? " " : "", line->operands);
	print_wrapped(line->summary, 0, 0);
	putchar('\n');
	for (size_t i = 0; i < line->option_count; i++) {
		const ahoy_option *o = &line->options[i];

		print_option(o->letter, "", o->name, o->value, o->help);
	}
	for (size_t i = 0; line->settings && i < ahoy_setting_count; i++) {
		const ahoy_setting *s = &ahoy_setting_table[i];

		print_option(0, s->value ? "" : "no-", s->name, s->value, s->help);
	}
	print_option(0, "", "help", NULL, "Print this.");
	if (line->examples)
		printf("\n%s", line->examples);
}

/* "user add" of "ahoyd user add": a complaint begins with the program's name anyway. */
static const char *short_name(const ahoy_command_line *line)
{
	const char *blank = strchr(line->command, ' ');

	return blank ? blank + 1 : line->command;
}

static int complain_unknown(const ahoy_command_line *line, const table *t, const char *typed)
{
	const char *names[MAX_OPTIONS + 1] = {NULL};
	char name[NAME_BYTES];
	const char *nearest;

	for (size_t i = 0; i < t->count; i++)
		names[i] = t->entries[i].name;
	snprintf(name, sizeof name, "%.*s", (int)strcspn(typed + strspn(typed, "-"), "="), typed + strspn(typed, "-"));
	nearest = ahoy_nearest(name, names);
	if (nearest)
		return ahoy_complain(AHOY_EXIT_USAGE, "%s: unknown option %.60s; did you mean --%s?", short_name(line),
				     typed, nearest);
	return ahoy_complain(AHOY_EXIT_USAGE, "%s: unknown option %.60s; `%s --help` lists the options",
			     short_name(line), typed, line->command);
}

static const entry *find_entry(const ahoy_command_line *line, const table *t, int code)
{
	if (code >= 256)
		return &t->entries[code - 256];
	for (size_t i = 0; i < line->option_count; i++)
		if (line->options[i].letter == code)
			return &t->entries[1 + i]; /* behind "help" */
	return NULL;
}

static int check_operands(const ahoy_command_line *line, int count, char **operands)
{
	if (count < line->min_operands)
		return ahoy_complain(AHOY_EXIT_USAGE, "%s: %s is missing; `%s --help` shows how it is used",
				     short_name(line), line->operands, line->command);
	if (count > line->max_operands)
		return ahoy_complain(AHOY_EXIT_USAGE,
				     "%s: \"%.60s\" is one word too many; `%s --help` shows how it is used",
				     short_name(line), operands[line->max_operands], line->command);
	return -1;
}

int ahoy_command_parse(const ahoy_command_line *line, int argc, char **argv, ahoy_option_fn *fn, void *ctx, int *first)
{
	char why[AHOY_SETTINGS_WHY];
	table t;
	int code;

	make_table(line, &t);
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		const entry *e;
		/* A cluster of short options (-xy) has not been left yet when its first letter is unknown. */
		const char *typed = argv[optind > 1 ? optind - 1 : 1];
		char letter[3] = {'-', (char)optopt, '\0'};

		if (code == '?' || code == ':') {
			if (optopt > 0 && optopt < 256)
				typed = letter;
			if (code == ':')
				return ahoy_complain(AHOY_EXIT_USAGE, "%s: %.60s needs a value; `%s --help` says which",
						     short_name(line), typed, line->command);
			return complain_unknown(line, &t, typed);
		}
		e = find_entry(line, &t, code);
		if (e == &t.entries[0]) {
			print_help(line);
			return AHOY_EXIT_OK;
		}
		if (!fn(ctx, e->option, e->setting, e->fixed ? e->fixed : optarg, why))
			return ahoy_complain(AHOY_EXIT_USAGE, "%s: --%s: %s", short_name(line), e->name, why);
	}
	*first = optind;
	return check_operands(line, argc - optind, argv + optind);
}
