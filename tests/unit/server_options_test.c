/* server: the command line of each command, and what it says when it is used wrongly. */
#include "server_program.h"

#include "server/settings.h"

/* One line on standard error that names what is wrong and holds a way out; nothing else is printed, nothing is made. */
static void what_is_wrong_is_one_line_and_exit_2(void **state)
{
	static const struct {
		const char *args, *says, *way_out;
	} table[] = {
		{"", "a command is missing", "ahoyd --help"},
		{"rum", "no command \"rum\"", "did you mean `ahoyd run`?"},
		{"frobnicate", "no command \"frobnicate\"", "ahoyd --help"},
		{"run --lisen x", "unknown option --lisen", "did you mean --listen?"},
		{"run --frobnicate", "unknown option --frobnicate", "ahoyd run --help"},
		{"run -x", "unknown option -x", "ahoyd run --help"},
		{"run --listen", "--listen needs a value", "ahoyd run --help"},
		{"run -c", "-c needs a value", "ahoyd run --help"},
		{"run word", "\"word\" is one word too many", "ahoyd run --help"},
		{"run --listen sctp:127.0.0.1:5061", "--listen: \"sctp:127.0.0.1:5061\": it is no listener", "tcp:"},
		{"run --tls-key a.key", "tls-certificate and tls-key belong together", "both or none"},
		{"run --listen tcp:127.0.0.1", "no address with a port", "tcp:ADDRESS:PORT"},
		{"run --listen tcp:127.0.0.1:5060 --listen tcp:127.0.0.1:5060", "twice", "twice"},
		{"run --listen 127.0.0.1:5060", "is no listener", "udp:"},
		{"run --listen udp:127.0.0.1", "no address with a port", "udp:0.0.0.0:5060"},
		{"run --listen udp:[::1]", "no address with a port", "[::1]:5060"},
		{"run --listen udp:localhost:5060", "no address with a port", "udp:"},
		{"run --listen udp:127.0.0.1:65536", "no address with a port", "udp:"},
		{"run --listen udp:224.0.0.1:5060", "multicast", "name one of this machine"},
		{"run --listen udp:127.0.0.1:5060 --listen udp:127.0.0.1:5060", "twice", "twice"},
		{"run --workers 2", "one worker", "leave the option out"},
		{"run --workers 0", "no whole number of 1 to 64", "1 to 64"},
		{"run --rtp-ports 10000", "--rtp-ports", "10000-20000"},
		{"run --rtp-ports 20000-10000", "a call needs four ports", "10000-20000"},
		{"run --rtp-ports 10001-10004", "a call needs four ports", "10000-20000"},
		{"run --rtp-ports 1-70000", "--rtp-ports", "10000-20000"},
		{"run --public-address 0.0.0.0", "--public-address", "203.0.113.7"},
		{"run --public-address example.com", "--public-address", "203.0.113.7"},
		{"run --public-address 10.0.0.1:5060", "--public-address", "without a port"},
		{"run --digest SHA-512-256", "SHA-256 and MD5", "SHA-256,MD5"},
		{"run --digest MD5,MD5", "twice", "twice"},
		{"run --media-timeout -1", "no whole number of 0 to 86400", "0 to 86400"},
		{"run --media-timeout 1s", "no whole number", "0 to 86400"},
		{"run --session-expires 89", "RFC 4028 allows no interval under 90 seconds", "0 turns session timers off"},
		{"run --session-expires 86401", "no whole number", "0 to 86400"},
		{"run --ring-timeout 86401", "no whole number", "0 to 86400"},
		{"run --register-min 0", "no whole number", "1 to 86400"},
		{"run --register-min 100 --register-max 99", "register-min (100) is above register-max (99)", "change one"},
		{"run --log-level loud", "error, warn, info or debug", "debug"},
		{"run --log-format xml", "text or json", "json"},
		{"run --echo-limit 86401", "no whole number", "0 to 86400"},
		{"run --echo-number a@b", "without a domain", "as *43"},
		{"run --media-source everybody", "signalling, any or none", "any"},
		{"run --realm a\"b", "no quotes", "no quotes"},
		{"run --domain a@b", "a host name alone", "example.com"},
		{"run -c none.conf", "none.conf", "configuration file that can be read"},
		{"user", "add, passwd, remove, list or import is missing", "ahoyd user add 111"},
		{"user lisst", "no \"lisst\"", "did you mean `ahoyd user list`?"},
		{"user add", "NAME is missing", "ahoyd user add --help"},
		{"user add a@b", "has an @", "the part before it"},
		{"user add a:b", "colon", "choose one without"},
		{"user list x", "one word too many", "ahoyd user list --help"},
		{"user import", "FILE.csv is missing", "--help"},
		{"hangup", "ID is missing", "ahoyd hangup --help"},
		{"hangup a b", "\"b\" is one word too many", "--help"},
		{"trace", "ID|last is missing", "--help"},
		{"cdr --limit x", "no whole number", "no whole number"},
		{"calls --jason", "unknown option --jason", "did you mean --json?"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		program_result *r = program_run(table[i].args, NULL);

		assert_row(r->status == 2, table[i].args);
		assert_row(strncmp(r->err, "ahoyd: ", 7) == 0, r->err);
		assert_row(strchr(r->err, '\n') == r->err + strlen(r->err) - 1, r->err);
		assert_row(strstr(r->err, table[i].says) != NULL, r->err);
		assert_row(strstr(r->err, table[i].way_out) != NULL, r->err);
		assert_row(r->out[0] == '\0', table[i].args);
		assert_row(!file_exists("ahoy.db"), table[i].args);
	}
}

static void what_was_typed_is_shown_without_its_control_bytes(void **state)
{
	program_result *r = program_run("run --\x1b[2J", NULL);

	(void)state;
	assert_int_equal(r->status, 2);
	assert_null(strchr(r->err, 0x1b));
	assert_non_null(strstr(r->err, "\\x1b[2J"));
}

static void help_of_each_command_goes_to_standard_output(void **state)
{
	static const char *const commands[] = {"", "run", "check", "status", "registrations",
					       "calls", "cdr", "hangup", "trace", "user",
					       "user add", "user passwd", "user remove", "user list", "user import"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		char args[64];
		program_result *r;
		ahoy_slice rest, line;

		snprintf(args, sizeof args, "%s --help", commands[i]);
		r = program_run(args, NULL);
		assert_row(r->status == 0 && r->err[0] == '\0' && strlen(r->out) > 60, args);
		rest = ahoy_slice_of(r->out);
		while (ahoy_slice_cut(rest, '\n', &line, &rest))
			assert_row(line.len <= 100, args);
	}
	assert_non_null(strstr(program_run("--version", NULL)->out, "ahoyd "));
}

static void every_setting_is_in_the_help_of_run(void **state)
{
	program_result *r = program_run("run --help", NULL);

	(void)state;
	for (size_t i = 0; i < ahoy_setting_count; i++) {
		char option[64];

		snprintf(option, sizeof option, "\n  --%s%s ", ahoy_setting_table[i].value ? "" : "no-",
			 ahoy_setting_table[i].name);
		assert_row(strstr(r->out, option) != NULL, option);
	}
}

static void check_says_file_and_line(void **state)
{
	static const struct {
		const char *text;
		int status;
		const char *says;
	} table[] = {
		{"", 0, "no faults"},
		{"# nothing\nlisten = \"udp:127.0.0.1:5070\"\nrate-limits = false\nmedia-timeout = 5\n", 0,
		 "no faults"},
		{"listen = {\"udp:127.0.0.1:5070\", \"udp:[::1]:5070\", \"tcp:127.0.0.1:5070\"}\n"
		 "realm = \"${AHOY_TEST_NO_SUCH:-x.org}\"\n",
		 0,
		 "no faults"},
		{"realm = a\nmedia-timout = 5\n", 2,
		 "bad.conf:2: there is no setting \"media-timout\"; did you mean \"media-timeout\"?"},
		{"\n\nqqqqqq = 5\n", 2, "bad.conf:3: there is no setting \"qqqqqq\""},
		{"realm = a\n\nmedia-timeout = soon\n", 2,
		 "bad.conf:3: media-timeout: \"soon\": it is no whole number"},
		{"listen = {\"udp:127.0.0.1:5070\",\n\"udp:127.0.0.1\"}\n", 2, "bad.conf:2: listen:"},
		{"echo-number = \"*43\"\necho-limit = 0\n", 0, "no faults"},
		{"echo-number = \"\"\n", 0, "no faults"},
		{"echo-limit = 5\necho-number = \"sip:43@x\"\n", 2, "bad.conf:2: echo-number: \"sip:43@x\""},
		{"realm = {\n", 2, "bad.conf:1:"},
		{"realm = \"open\n", 2, "bad.conf:"},
		{"rate-limits = perhaps\n", 2, "true or false"},
		{"follow-redirects = perhaps\n", 2, "true or false"},
		{"workers = 4\n", 2, "one worker"},
		{"register-min = 100\nregister-max = 50\n", 2, "register-min (100)"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		program_result *r;

		write_file("bad.conf", table[i].text);
		r = program_run("check -c bad.conf", NULL);
		assert_row(r->status == table[i].status, table[i].text);
		assert_row(strstr(r->status ? r->err : r->out, table[i].says) != NULL, r->err);
	}
	assert_int_equal(program_run("check -c .", NULL)->status, 2);
	assert_int_equal(program_run("check --config=/dev/null", NULL)->status, 0);
	/* The command line wins over the file, also where the file is wrong for itself. */
	write_file("bad.conf", "register-min = 100\nlisten = \"udp:127.0.0.1:1\"\n");
	assert_int_equal(program_run("check -c bad.conf --register-max 100 --listen udp:127.0.0.1:1", NULL)->status, 0);
}

static void the_nearest_name_is_a_slip_of_the_finger_away(void **state)
{
	static const char *const names[] = {"listen", "realm", "media-timeout", "db", NULL};
	static const struct {
		const char *typed, *meant;
	} table[] = {{"listne", "listen"},
		     {"lisen", "listen"},
		     {"mediatimeout", "media-timeout"},
		     {"media-tiemout", "media-timeout"},
		     {"x", NULL},
		     {"", NULL},
		     {"dd", NULL},
		     {"reallm", "realm"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const char *nearest = ahoy_nearest(table[i].typed, names);

		assert_row(nearest == table[i].meant ||
				   (nearest && table[i].meant && strcmp(nearest, table[i].meant) == 0),
			   table[i].typed);
	}
}

static void the_control_socket_stands_beside_the_database(void **state)
{
	static const struct {
		const char *db, *control, *path;
	} table[] = {{"ahoy.db", "", "ahoy.sock"},
		     {"/var/x.db", "", "/var/x.sock"},
		     {"x", "", "x.sock"},
		     {"x.db", "/run/c", "/run/c"}};
	static ahoy_settings settings;
	static char path[AHOY_SETTINGS_PATH];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_settings_default(&settings);
		strcpy(settings.db, table[i].db);
		strcpy(settings.control, table[i].control);
		assert_ok(ahoy_settings_control(&settings, path));
		assert_string_equal(path, table[i].path);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, program_set_up, program_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_wrong_is_one_line_and_exit_2),
		TEST(what_was_typed_is_shown_without_its_control_bytes),
		TEST(help_of_each_command_goes_to_standard_output),
		TEST(every_setting_is_in_the_help_of_run),
		TEST(check_says_file_and_line),
		cmocka_unit_test(the_nearest_name_is_a_slip_of_the_finger_away),
		cmocka_unit_test(the_control_socket_stands_beside_the_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
