#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crypto/hash.h"
#include "os/json.h"
#include "server/account.h"
#include "server/cmdline.h"
#include "server/commands.h"
#include "server/user_import.h"
#include "store/store.h"

typedef struct {
	const char *db, *realm;
	bool password_stdin, json;
} user_options;

#define DB_OPTION                                                  \
	{                                                          \
		"db", 0, "FILE", "The database. Default: ahoy.db." \
	}
#define REALM_OPTION                                                                     \
	{                                                                                \
		"realm", 0, "NAME", "The digest realm of a new database. Default: ahoy." \
	}
#define STDIN_OPTION                                                                                  \
	{                                                                                             \
		"password-stdin", 0, NULL, "Take the password from the first line of standard input." \
	}

static const ahoy_option change_options[] = {STDIN_OPTION, DB_OPTION, REALM_OPTION};
static const ahoy_option list_options[] = {{"json", 0, NULL, "One JSON object a line."}, DB_OPTION, REALM_OPTION};
static const ahoy_option other_options[] = {DB_OPTION, REALM_OPTION};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool take_option(void *ctx, const ahoy_option *option, const ahoy_setting *setting, const char *value,
			char why[AHOY_SETTINGS_WHY])
{
	user_options *o = ctx;
	static ahoy_settings checked; /* the same checks as for the server's options */

	(void)setting;
	if (strcmp(option->name, "db") == 0)
		o->db = value;
	else if (strcmp(option->name, "realm") == 0)
		o->realm = value;
	else if (strcmp(option->name, "password-stdin") == 0)
		o->password_stdin = true;
	else
		o->json = true;
	return !value || ahoy_setting_set(ahoy_setting_find(option->name), &checked, value, why) == 0;
}

/* NULL: said why. */
static ahoy_store *open_store(const user_options *o, ahoy_store_mode mode)
{
	char why[AHOY_STORE_WHY];
	ahoy_store *store;

	if (ahoy_store_open(o->db, mode, o->realm, &store, why)) {
		ahoy_complain(AHOY_EXIT_FAILED, "%s", why);
		return NULL;
	}
	return store;
}

static int check_name(const char *name)
{
	char why[AHOY_ACCOUNT_WHY];

	if (ahoy_account_check_name(ahoy_slice_of(name), why) == 0)
		return -1;
	return ahoy_complain(AHOY_EXIT_USAGE, "the name \"%.130s\" %s", name, why);
}

/* From where the user asked for it; one that was made up is printed when it is stored. */
static int get_password(const char *name, const user_options *o, ahoy_password *password, bool *generated)
{
	char why[AHOY_ACCOUNT_WHY];
	int err = 0;

	*generated = false;
	if (o->password_stdin) {
		err = ahoy_password_from_stdin(password, why);
	} else if (ahoy_password_terminal()) {
		err = ahoy_password_ask(ahoy_slice_of(name), password, generated, why);
	} else {
		ahoy_password_generate(password);
		*generated = true;
	}
	return err ? ahoy_complain(AHOY_EXIT_FAILED, "%s", why) : 0;
}

/* Whether the user is as `add` and `passwd` need it: there or not there. */
static int check_user(ahoy_store *store, const char *name, bool add)
{
	ahoy_user_record record;

	if (ahoy_store_user_get(store, ahoy_slice_of(name), &record))
		return ahoy_complain(AHOY_EXIT_FAILED, "%s", ahoy_store_why(store));
	if (record.found && add)
		return ahoy_complain(AHOY_EXIT_FAILED, "%s exists already; `ahoyd user passwd %s` gives a new password",
				     name, name);
	if (!record.found && !add)
		return ahoy_complain(AHOY_EXIT_FAILED, "there is no user %s; `ahoyd user add %s` makes one", name, name);
	return 0;
}

static int put_user(ahoy_store *store, const char *name, const ahoy_password *password, bool add)
{
	ahoy_slice user = ahoy_slice_of(name);
	ahoy_user_record record;
	int err;

	ahoy_account_record(user, ahoy_store_realm(store), (ahoy_slice){password->text, password->len}, &record);
	err = add ? ahoy_store_user_add(store, user, &record) : ahoy_store_user_put(store, user, &record);
	ahoy_secret_wipe(&record, sizeof record);
	if (err == AHOY_ECONFLICT)
		return ahoy_complain(AHOY_EXIT_FAILED, "somebody else has just made the user %s", name);
	return err ? ahoy_complain(AHOY_EXIT_FAILED, "%s", ahoy_store_why(store)) : 0;
}

static int change_user(const char *name, const user_options *o, bool add)
{
	/* A database is made only when there is something to put into it. */
	bool fresh = add && access(o->db, F_OK) != 0;
	ahoy_store *store = fresh ? NULL : open_store(o, AHOY_STORE_MUST_EXIST);
	ahoy_password password = {.len = 0};
	bool generated = false;
	int status = fresh || store ? 0 : AHOY_EXIT_FAILED;

	if (!status && store)
		status = check_user(store, name, add);
	if (!status)
		status = get_password(name, o, &password, &generated);
	if (!status && fresh) {
		store = open_store(o, AHOY_STORE_CREATE);
		status = store ? 0 : AHOY_EXIT_FAILED;
	}
	if (!status)
		status = put_user(store, name, &password, add);
	if (!status && generated)
		printf("password of %s: %s\n", name, password.text);
	ahoy_password_wipe(&password);
	ahoy_store_close(store);
	return status;
}

static int parse(const ahoy_command_line *line, int argc, char **argv, user_options *o, const char **operand)
{
	int first, status;

	*o = (user_options){.db = "ahoy.db"};
	status = ahoy_command_parse(line, argc, argv, take_option, o, &first);
	*operand = status < 0 && first < argc ? argv[first] : NULL;
	return status;
}

static int parse_and_change(const ahoy_command_line *line, int argc, char **argv, bool add)
{
	user_options o;
	const char *name;
	int status = parse(line, argc, argv, &o, &name);

	if (status < 0)
		status = check_name(name);
	return status < 0 ? change_user(name, &o, add) : status;
}

static int user_add(int argc, char **argv)
{
	static const ahoy_command_line line = {
		"ahoyd user add",
		"NAME",
		"Adds a user. The password is asked for on a terminal; without one it is made up and printed. Makes "
		"the database where there is none. A "
		"running server knows the user at once.",
		change_options,
		COUNT(change_options),
		false,
		1,
		1,
		NULL};

	return parse_and_change(&line, argc, argv, true);
}

static int user_passwd(int argc, char **argv)
{
	static const ahoy_command_line line = {
		"ahoyd user passwd",
		"NAME",
		"Gives a user a new password: asked for on a terminal; without one made up and printed. It counts "
		"from the next request on; what is registered "
		"stays so until it expires.",
		change_options,
		COUNT(change_options),
		false,
		1,
		1,
		NULL};

	return parse_and_change(&line, argc, argv, false);
}

static int user_remove(int argc, char **argv)
{
	static const ahoy_command_line line = {"ahoyd user remove", "NAME",
					       "Removes a user and what is stored of the user's registrations.",
					       other_options, COUNT(other_options), false, 1, 1, NULL};
	ahoy_store *store;
	user_options o;
	const char *name;
	int err, status = parse(&line, argc, argv, &o, &name);

	if (status >= 0)
		return status;
	store = open_store(&o, AHOY_STORE_MUST_EXIST);
	if (!store)
		return AHOY_EXIT_FAILED;
	err = ahoy_store_user_remove(store, ahoy_slice_of(name));
	status = AHOY_EXIT_OK;
	if (err == AHOY_ENOTFOUND)
		status = ahoy_complain(AHOY_EXIT_FAILED, "there is no user %.130s; `ahoyd user list` shows all", name);
	else if (err)
		status = ahoy_complain(AHOY_EXIT_FAILED, "%s", ahoy_store_why(store));
	ahoy_store_close(store);
	return status;
}

static bool print_name(void *ctx, ahoy_slice name)
{
	const user_options *o = ctx;
	char text[6 * AHOY_MAX_USER + 64];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);

	if (o->json) {
		ahoy_json j = ahoy_json_open(&b);

		ahoy_json_string(&j, "name", name);
		ahoy_json_close(&j);
	} else {
		ahoy_buf_escaped(&b, name);
	}
	return puts(ahoy_buf_cstr(&b)) >= 0;
}

static int user_list(int argc, char **argv)
{
	static const ahoy_command_line line = {"ahoyd user list", "", "Prints the users' names, one a line, in order.",
					       list_options, COUNT(list_options), false, 0, 0, NULL};
	ahoy_store *store;
	user_options o;
	const char *none;
	int err, status = parse(&line, argc, argv, &o, &none);

	if (status >= 0)
		return status;
	store = open_store(&o, AHOY_STORE_MUST_EXIST);
	if (!store)
		return AHOY_EXIT_FAILED;
	err = ahoy_store_user_list(store, print_name, &o);
	status = err ? ahoy_complain(AHOY_EXIT_FAILED, "%s", ahoy_store_why(store)) : AHOY_EXIT_OK;
	ahoy_store_close(store);
	return status;
}

static int user_import(int argc, char **argv)
{
	static const ahoy_command_line line = {
		"ahoyd user import",
		"FILE.csv",
		"Adds all users of a CSV file of lines name,password (RFC 4180; a first line \"name,password\" is a "
		"heading), or none of them where a line is "
		"wrong. Existing users get the new password. - reads standard input.",
		other_options,
		COUNT(other_options),
		false,
		1,
		1,
		NULL};
	ahoy_store *store;
	user_options o;
	const char *file;
	bool fresh;
	int status = parse(&line, argc, argv, &o, &file);

	if (status >= 0)
		return status;
	/* A file that cannot be read must not leave an empty database behind. */
	if (!ahoy_user_import_readable(file))
		return AHOY_EXIT_FAILED;
	fresh = access(o.db, F_OK) != 0;
	store = open_store(&o, AHOY_STORE_CREATE);
	if (!store)
		return AHOY_EXIT_FAILED;
	status = ahoy_user_import(store, file, o.db);
	ahoy_store_close(store);
	/* SQLite's two companions are gone with the last connection. */
	if (status && fresh)
		unlink(o.db);
	return status;
}

int ahoy_command_user(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} commands[] = {{"add", user_add},
			{"passwd", user_passwd},
			{"remove", user_remove},
			{"list", user_list},
			{"import", user_import}};
	const char *names[COUNT(commands) + 1] = {NULL};
	const char *nearest;

	for (size_t i = 0; i < COUNT(commands); i++)
		names[i] = commands[i].name;
	if (argc < 2)
		return ahoy_complain(
			AHOY_EXIT_USAGE,
			"ahoyd user: add, passwd, remove, list or import is missing; as in `ahoyd user add 111`");
	if (strcmp(argv[1], "--help") == 0) {
		puts("ahoyd user add NAME | passwd NAME | remove NAME | list | import FILE.csv\n\n"
		     "Passwords are kept as digests only, for one realm. `ahoyd user add --help` says more of each.");
		return AHOY_EXIT_OK;
	}
	for (size_t i = 0; i < COUNT(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	nearest = ahoy_nearest(argv[1], names);
	if (nearest)
		return ahoy_complain(AHOY_EXIT_USAGE,
				     "ahoyd user: there is no \"%.60s\"; did you mean `ahoyd user %s`?", argv[1],
				     nearest);
	return ahoy_complain(AHOY_EXIT_USAGE,
			     "ahoyd user: there is no \"%.60s\"; it is add, passwd, remove, list or import", argv[1]);
}
