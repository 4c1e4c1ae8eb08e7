/* server: `ahoyd user`, and the files and passwords behind it. */
#include "server_program.h"

#include "server/account.h"
#include "os/csv.h"
#include "store/store.h"

static ahoy_user_record stored(const char *name)
{
	char path[300], why[AHOY_STORE_WHY];
	ahoy_user_record record;
	ahoy_store *store;

	snprintf(path, sizeof path, "%s/ahoy.db", program_directory);
	assert_ok(ahoy_store_open(path, AHOY_STORE_MUST_EXIST, NULL, &store, why));
	assert_ok(ahoy_store_user_get(store, ahoy_slice_of(name), &record));
	ahoy_store_close(store);
	return record;
}

static void a_password_is_kept_as_two_digests_of_the_realm(void **state)
{
	ahoy_user_record record;

	(void)state;
	assert_int_equal(program_run("user add 115 --password-stdin --realm ltsip.cn", "123456\r\nmore\n")->status, 0);
	record = stored("115");
	assert_true(record.found);
	/* MD5 and SHA-256 of "115:ltsip.cn:123456", by other programs. */
	assert_string_equal(record.ha1_md5, "45f38dba5247b7fd4b7b3fe290f96ad2");
	assert_string_equal(record.ha1_sha256, "6577acf1c1dca56414b12ce91d5c37683371fe270403a36a11272fd2eb8c4761");
}

static void users_are_added_listed_changed_and_removed(void **state)
{
	ahoy_user_record before, after;
	program_result *r;

	(void)state;
	r = program_run("user add 112", NULL);
	assert_int_equal(r->status, 0);
	assert_int_equal(strncmp(r->out, "password of 112: ", 17), 0);
	assert_int_equal(strlen(r->out), 17 + 12 + 1);
	before = stored("112");
	r = program_run("user add 112 --password-stdin", "x\n");
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "ahoyd user passwd 112"));
	assert_int_equal(program_run("user passwd 112 --password-stdin", "x\n")->status, 0);
	after = stored("112");
	assert_string_not_equal(before.ha1_md5, after.ha1_md5);
	r = program_run("user passwd 113 --password-stdin", "x\n");
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "ahoyd user add 113"));
	assert_int_equal(program_run("user add 111 --password-stdin", "x\n")->status, 0);
	assert_string_equal(program_run("user list", NULL)->out, "111\n112\n");
	assert_string_equal(program_run("user list --json", NULL)->out, "{\"name\":\"111\"}\n{\"name\":\"112\"}\n");
	assert_int_equal(program_run("user remove 111", NULL)->status, 0);
	assert_int_equal(program_run("user remove 111", NULL)->status, 1);
	assert_string_equal(program_run("user list", NULL)->out, "112\n");
	r = program_run("user list --realm other", NULL);
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "--realm ahoy"));
}

static void a_failed_command_leaves_no_database_behind(void **state)
{
	static const struct {
		const char *args, *input;
	} table[] = {
		{"user add 111 --password-stdin", ""},
		{"user add 111 --password-stdin", "a\tb\n"},
		{"user passwd 111 --password-stdin", "x\n"},
		{"user remove 111", ""},
		{"user list", ""},
		{"user import none.csv", ""},
		{"user import .", ""},
		{"user import -", "a,b\nc\n"},
		{"user add 111 --password-stdin --db none/x.db", "x\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		program_result *r = program_run(table[i].args, table[i].input);

		assert_row(r->status == 1, table[i].args);
		assert_row(strchr(r->err, '\n') == r->err + strlen(r->err) - 1, r->err);
		assert_row(!file_exists("ahoy.db") && !file_exists("ahoy.db-wal"), table[i].args);
	}
}

static void an_import_takes_all_lines_or_none(void **state)
{
	static const struct {
		const char *csv;
		const char *says; /* NULL: it is good */
	} table[] = {
		{"name,password\r\n111,a\r\n112,\"b,\"\"c\"\r\n", NULL},
		{"Name,PASSWORD\n\n113,d", NULL},
		{"\xef\xbb\xbf"
		 "111,new\n\n\n",
		 NULL},
		{"114,x\n115\n", "list.csv:2: a line is name,password"},
		{"114,x\n115,y,z\n", "list.csv:2: a line is name,password"},
		{"114,x\n\n11@5,y\n", "list.csv:3: the name has an @"},
		{"114,x\n115,\n", "list.csv:2: the password is empty"},
		{"114,x\n,y\n", "list.csv:2: the name is empty"},
		{"114,x\n\"115,y\n", "list.csv:2: a quote is not closed"},
		{"114,x\n11\"5,y\n", "list.csv:2: a quote stands inside a field"},
		{"114,x\n\"115\"z,y\n", "list.csv:2: something stands behind a closing quote"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		program_result *r;

		write_file("list.csv", table[i].csv);
		r = program_run("user import list.csv", NULL);
		assert_row(r->status == (table[i].says ? 1 : 0), table[i].csv);
		if (table[i].says) {
			assert_row(strstr(r->err, table[i].says) != NULL, r->err);
			assert_row(strstr(r->err, "nothing was imported") != NULL, r->err);
		}
	}
	assert_string_equal(program_run("user list", NULL)->out, "111\n112\n113\n");
	assert_int_equal(program_run("user import -", "200,x\n")->status, 0);
	assert_true(stored("200").found);
}

static void a_name_of_the_wire_is_shown_escaped(void **state)
{
	char path[300], why[AHOY_STORE_WHY];
	ahoy_user_record record = {.found = true};
	ahoy_store *store;

	(void)state;
	/* Not by way of `user add`, which refuses it. */
	snprintf(path, sizeof path, "%s/ahoy.db", program_directory);
	assert_ok(ahoy_store_open(path, AHOY_STORE_CREATE, NULL, &store, why));
	assert_ok(ahoy_store_user_put(store, AHOY_S("a\x1b[2J\xff"), &record));
	ahoy_store_close(store);
	assert_string_equal(program_run("user list", NULL)->out, "a\\x1b[2J\\xff\n");
	assert_string_equal(program_run("user list --json", NULL)->out, "{\"name\":\"a\\u001b[2J\xef\xbf\xbd\"}\n");
}

static void names_and_passwords_have_their_bounds(void **state)
{
	static const struct {
		const char *text;
		bool name, password;
	} table[] = {
		{"111", true, true},
		{"", false, false},
		{"a b", true, true},
		{" a", false, true},
		{"a@b", false, true},
		{"a:b", false, true},
		{"a\"b", false, true},
		{"a\\b", false, true},
		{"a\nb", false, false},
		{"\xc3\xb6", true, true},
		{"\xff", false, true},
		{"a\x7f", false, false},
	};
	char why[AHOY_ACCOUNT_WHY], big[130];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		assert_row((ahoy_account_check_name(ahoy_slice_of(table[i].text), why) == 0) == table[i].name, table[i].text);
		assert_row((ahoy_account_check_password(ahoy_slice_of(table[i].text), why) == 0) == table[i].password,
			   table[i].text);
	}
	memset(big, 'x', sizeof big);
	assert_ok(ahoy_account_check_name((ahoy_slice){big, 128}, why));
	assert_err(ahoy_account_check_name((ahoy_slice){big, 129}, why), AHOY_EINVAL);
	assert_ok(ahoy_account_check_password((ahoy_slice){big, 128}, why));
	assert_err(ahoy_account_check_password((ahoy_slice){big, 129}, why), AHOY_EINVAL);
}

static void made_up_passwords_differ_and_can_be_read_aloud(void **state)
{
	ahoy_password one, two;

	(void)state;
	for (int i = 0; i < 200; i++) {
		ahoy_password_generate(&one);
		ahoy_password_generate(&two);
		assert_int_equal(one.len, 12);
		assert_int_equal(strspn(one.text, "abcdefghjkmnpqrstuvwxyz23456789"), 12);
		assert_string_not_equal(one.text, two.text);
	}
}

/* RFC 4180 2 */
static void rfc4180_2_every_beginning_of_a_file_is_read_without_harm(void **state)
{
	static const char text[] = "\xef\xbb\xbfname,password\r\n\"a\"\"b\",\"c,\r\nd\"\r\n,\ne,f,g,h\nlast,one";
	static ahoy_csv csv;

	(void)state;
	for (size_t len = 0; len < sizeof text; len++) {
		char *copy = malloc(len + 1);
		FILE *file;
		size_t records = 0;
		int err;

		memcpy(copy, text, len);
		file = fmemopen(copy, len + 1, "r"); /* one byte more: glibc refuses a size of 0 */
		assert_non_null(file);
		ahoy_csv_init(&csv, file);
		while ((err = ahoy_csv_next(&csv)) == 0)
			assert_true(++records < 10);
		assert_true(err == AHOY_ENOTFOUND || err == AHOY_ESYNTAX);
		fclose(file);
		free(copy);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, program_set_up, program_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_password_is_kept_as_two_digests_of_the_realm),
		TEST(users_are_added_listed_changed_and_removed),
		TEST(a_failed_command_leaves_no_database_behind),
		TEST(an_import_takes_all_lines_or_none),
		TEST(a_name_of_the_wire_is_shown_escaped),
		cmocka_unit_test(names_and_passwords_have_their_bounds),
		cmocka_unit_test(made_up_passwords_differ_and_can_be_read_aloud),
		cmocka_unit_test(rfc4180_2_every_beginning_of_a_file_is_read_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
