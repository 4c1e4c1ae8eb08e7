/* store/sqlite: the backend on disk. Files live in a directory of the test's own below TMPDIR. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_contract.h"

static char directory[256];
static char path[300];

static const char *file_in(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static void remove_database(const char *name)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char file[320];

	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(file, sizeof file, "%s/%s%s", directory, name, tails[i]);
		unlink(file);
	}
}

static ahoy_store *open_as(const char *name, ahoy_store_mode mode, const char *realm)
{
	char why[AHOY_STORE_WHY] = "";
	ahoy_store *store;
	int err = ahoy_store_open(file_in(name), mode, realm, &store, why);

	if (err)
		fail_msg("%s", why);
	return store;
}

static ahoy_store *contract_open(void)
{
	remove_database("contract.db");
	return open_as("contract.db", AHOY_STORE_CREATE, NULL);
}

static void assert_refused(const char *name, ahoy_store_mode mode, const char *realm, int expected, const char *sentence)
{
	char why[AHOY_STORE_WHY] = "";
	ahoy_store *store = NULL;

	assert_err(ahoy_store_open(file_in(name), mode, realm, &store, why), expected);
	assert_null(store);
	assert_row(strstr(why, sentence) != NULL, why);
	assert_row(strchr(why, '\n') == NULL, why);
}

static void the_file_is_for_its_owner_alone(void **state)
{
	mode_t mask = umask(0);
	struct stat st;

	(void)state;
	ahoy_store_close(open_as("mode.db", AHOY_STORE_CREATE, NULL));
	umask(mask);
	assert_int_equal(stat(file_in("mode.db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void the_realm_stays_the_one_of_the_first_start(void **state)
{
	ahoy_store *store = open_as("realm.db", AHOY_STORE_CREATE, "ltsip.cn");

	(void)state;
	ahoy_store_close(store);
	store = open_as("realm.db", AHOY_STORE_CREATE, NULL);
	assert_string_equal(ahoy_store_realm(store), "ltsip.cn");
	ahoy_store_close(store);
	assert_refused("realm.db", AHOY_STORE_CREATE, "other", AHOY_ECONFLICT, "--realm ltsip.cn");
	ahoy_store_close(open_as("realm.db", AHOY_STORE_MUST_EXIST, "ltsip.cn"));
}

static void each_way_of_being_no_database_has_its_sentence(void **state)
{
	sqlite3 *db;
	FILE *file;

	(void)state;
	assert_refused("none.db", AHOY_STORE_MUST_EXIST, NULL, AHOY_ENOTFOUND, "there is no database");
	assert_int_equal(access(file_in("none.db"), F_OK), -1);
	assert_refused("no/such/directory.db", AHOY_STORE_CREATE, NULL, AHOY_EIO, "cannot be made");
	file = fopen(file_in("text.db"), "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("this is a letter, not a database\n", file);
	fclose(file);
	assert_refused("text.db", AHOY_STORE_CREATE, NULL, AHOY_EIO, "is no ahoyd database");
	assert_int_equal(sqlite3_open(file_in("foreign.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE mail (x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_refused("foreign.db", AHOY_STORE_CREATE, NULL, AHOY_EIO, "another program");
	ahoy_store_close(open_as("newer.db", AHOY_STORE_CREATE, NULL));
	assert_int_equal(sqlite3_open(file_in("newer.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_refused("newer.db", AHOY_STORE_CREATE, NULL, AHOY_EVERSION, "newer");
}

/* What the first version of ahoyd left: the same tables without what was added since. */
static void a_database_of_an_older_version_is_upgraded_in_place(void **state)
{
	static const ahoy_binding binding = {
		.contact = {"sip:x@h", 7}, .expires_utc_ms = 5000, .path = {"<sip:p;lr>", 10}, .flow.transport = AHOY_UDP};
	ahoy_store *store = open_as("older.db", AHOY_STORE_CREATE, NULL);
	sqlite3 *db;

	(void)state;
	assert_ok(ahoy_store_bindings_replace(store, AHOY_S("111"), &binding, 1));
	ahoy_store_close(store);
	assert_int_equal(sqlite3_open(file_in("older.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "ALTER TABLE binding DROP COLUMN path; ALTER TABLE binding DROP COLUMN reg_id;"
				      "PRAGMA user_version = 1",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	for (int i = 0; i < 2; i++) {
		store = open_as("older.db", AHOY_STORE_CREATE, NULL);
		assert_bindings(store,
				i ? "111: sip:x@h  0 0 5000 0/0 none:0 none:0  <sip:p;lr>;\n"
				  : "111: sip:x@h  0 0 5000 0/0 none:0 none:0  ;\n");
		assert_ok(ahoy_store_bindings_replace(store, AHOY_S("111"), &binding, 1));
		ahoy_store_close(store);
	}
}

/* A child writes `batches` transactions and says so by a byte each; it is killed in the middle. What it said must be
 * there. */
static size_t write_until_killed(const char *name, size_t until)
{
	int pipe_fds[2];
	size_t said = 0;
	char byte;
	pid_t child;

	assert_int_equal(pipe(pipe_fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		ahoy_store *store = open_as(name, AHOY_STORE_CREATE, NULL);

		for (unsigned n = 0; n < 100000; n++) {
			char user[16];
			ahoy_binding b = binding_of("sip:x", n);

			snprintf(user, sizeof user, "%06u", n);
			if (ahoy_store_begin(store) || ahoy_store_bindings_replace(store, ahoy_slice_of(user), &b, 1) ||
			    ahoy_store_commit(store) || write(pipe_fds[1], "", 1) != 1)
				break;
		}
		_exit(1);
	}
	close(pipe_fds[1]);
	while (said < until && read(pipe_fds[0], &byte, 1) == 1)
		said++;
	kill(child, SIGKILL);
	while (read(pipe_fds[0], &byte, 1) == 1)
		said++;
	close(pipe_fds[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return said;
}

static bool count_bindings(void *ctx, ahoy_slice user, const ahoy_binding *bindings, size_t count)
{
	(void)user;
	(void)bindings;
	*(size_t *)ctx += count;
	return true;
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
	(void)state;
	for (size_t round = 0; round < 5; round++) {
		size_t said, found = 0;
		ahoy_store *store;

		remove_database("kill.db");
		said = write_until_killed("kill.db", 20 + 37 * round);
		store = open_as("kill.db", AHOY_STORE_MUST_EXIST, NULL);
		assert_ok(ahoy_store_bindings_load(store, count_bindings, &found));
		/* One more may have been written and not yet said. */
		assert_true(said >= 20 && (found == said || found == said + 1));
		ahoy_store_close(store);
	}
}

static void another_connection_sees_a_change_at_once(void **state)
{
	ahoy_store *one = open_as("two.db", AHOY_STORE_CREATE, NULL), *two = open_as("two.db", AHOY_STORE_MUST_EXIST, NULL);
	ahoy_user_record a = record_of('a'), b = record_of('b'), got;

	(void)state;
	assert_ok(ahoy_store_user_put(one, AHOY_S("111"), &a));
	assert_ok(ahoy_store_user_get(two, AHOY_S("111"), &got));
	assert_string_equal(got.ha1_md5, a.ha1_md5);
	assert_ok(ahoy_store_user_put(one, AHOY_S("111"), &b));
	assert_ok(ahoy_store_user_get(two, AHOY_S("111"), &got));
	assert_string_equal(got.ha1_md5, b.ha1_md5);
	ahoy_store_close(one);
	ahoy_store_close(two);
}

static void a_writer_that_waits_too_long_is_told_so_and_may_try_again(void **state)
{
	ahoy_store *one = open_as("busy.db", AHOY_STORE_CREATE, NULL), *two = open_as("busy.db", AHOY_STORE_MUST_EXIST, NULL);
	ahoy_user_record a = record_of('a'), got;

	(void)state;
	ahoy_store_set_patience(two, 10);
	assert_ok(ahoy_store_begin(one));
	assert_ok(ahoy_store_user_put(one, AHOY_S("111"), &a));
	assert_err(ahoy_store_begin(two), AHOY_ETIMEOUT);
	assert_non_null(strstr(ahoy_store_why(two), "another program"));
	/* Readers do not wait, and see what was before. */
	assert_ok(ahoy_store_user_get(two, AHOY_S("111"), &got));
	assert_false(got.found);
	assert_ok(ahoy_store_commit(one));
	assert_ok(ahoy_store_begin(two));
	assert_ok(ahoy_store_user_put(two, AHOY_S("112"), &a));
	ahoy_store_rollback(two);
	assert_users(two, "111 ");
	ahoy_store_close(one);
	ahoy_store_close(two);
}

/* While somebody imports, the server must be able to write until the very end. */
static void an_import_locks_nobody_out_while_it_gathers(void **state)
{
	ahoy_store *one = open_as("import.db", AHOY_STORE_CREATE, NULL), *two = open_as("import.db", AHOY_STORE_MUST_EXIST, NULL);
	ahoy_user_record a = record_of('a');

	(void)state;
	ahoy_store_set_patience(two, 10);
	assert_ok(ahoy_store_import_begin(one));
	assert_ok(ahoy_store_import_add(one, AHOY_S("111"), &a));
	assert_ok(ahoy_store_user_put(two, AHOY_S("112"), &a));
	assert_ok(ahoy_store_import_end(one, true));
	assert_users(two, "111 112 ");
	/* And once more on the same connection. */
	assert_ok(ahoy_store_import_begin(one));
	assert_ok(ahoy_store_import_add(one, AHOY_S("113"), &a));
	assert_ok(ahoy_store_import_end(one, true));
	assert_users(two, "111 112 113 ");
	ahoy_store_close(one);
	ahoy_store_close(two);
}

static void one_server_at_a_time_claims_a_database(void **state)
{
	ahoy_store *one = open_as("claim.db", AHOY_STORE_CREATE, NULL), *two = open_as("claim.db", AHOY_STORE_MUST_EXIST, NULL);
	ahoy_user_record a = record_of('a');

	(void)state;
	assert_ok(ahoy_store_claim(one));
	assert_ok(ahoy_store_claim(one));
	assert_err(ahoy_store_claim(two), AHOY_ECONFLICT);
	assert_non_null(strstr(ahoy_store_why(two), "another ahoyd runs with the database"));
	/* `ahoyd user add` beside a server needs no claim. */
	assert_ok(ahoy_store_user_put(two, AHOY_S("111"), &a));
	ahoy_store_close(one);
	assert_ok(ahoy_store_claim(two));
	ahoy_store_close(two);
}

static int set_up(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(directory, sizeof directory, "%s/ahoy_store_test.XXXXXX", base ? base : "/tmp");
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"contract.db", "mode.db", "realm.db", "text.db", "foreign.db",
					    "newer.db", "older.db", "kill.db", "two.db", "busy.db", "import.db", "claim.db"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		remove_database(names[i]);
	return rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTRACT_TESTS,
		cmocka_unit_test(the_file_is_for_its_owner_alone),
		cmocka_unit_test(a_database_of_an_older_version_is_upgraded_in_place),
		cmocka_unit_test(the_realm_stays_the_one_of_the_first_start),
		cmocka_unit_test(each_way_of_being_no_database_has_its_sentence),
		cmocka_unit_test(what_was_acknowledged_survives_kill_9),
		cmocka_unit_test(another_connection_sees_a_change_at_once),
		cmocka_unit_test(a_writer_that_waits_too_long_is_told_so_and_may_try_again),
		cmocka_unit_test(one_server_at_a_time_claims_a_database),
		cmocka_unit_test(an_import_locks_nobody_out_while_it_gathers),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
