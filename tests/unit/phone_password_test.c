/* phone/password: file, environment, and that the environment's copy is gone afterwards. (The terminal is tried in
 * interop.) */
#include "phone/password.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

static char path[] = "/tmp/ahoy-password-XXXXXX";
static char text[512];

static void write_file(const char *bytes)
{
	FILE *file = fopen(path, "w");

	fputs(bytes, file);
	fclose(file);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void the_first_line_of_the_file_is_the_password(void **state)
{
	static const struct {
		const char *file, *password;
	} rows[] = {
		{"secret\n", "secret"},
		{"secret", "secret"},
		{"secret\r\n", "secret"},
		{" two words \nmore\n", " two words "},
		{"p\xc3\xa4\n", "p\xc3\xa4"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_buf why = ahoy_buf_over(text, sizeof text);
		ahoy_phone_password p;

		write_file(rows[i].file);
		assert_ok(ahoy_phone_password_get(path, "sip:1@h", &p, &why));
		assert_slice(ahoy_slice_make(p.text, p.len), rows[i].password);
		ahoy_phone_password_wipe(&p);
		assert_int_equal(p.len, 0);
		assert_int_equal(p.text[0], 0);
	}
}

static void a_file_without_a_password_is_refused_with_a_line(void **state)
{
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_phone_password p;
	FILE *file;

	(void)state;
	assert_err(ahoy_phone_password_get("/nonexistent/file", "sip:1@h", &p, &why), AHOY_EIO);
	assert_non_null(strstr(ahoy_buf_cstr(&why), "/nonexistent/file: cannot be read: No such file"));
	write_file("\nsecret\n");
	why = ahoy_buf_over(text, sizeof text);
	assert_err(ahoy_phone_password_get(path, "sip:1@h", &p, &why), AHOY_EIO);
	assert_non_null(strstr(ahoy_buf_cstr(&why), "first line is empty"));
	file = fopen(path, "w");
	for (int i = 0; i < AHOY_PHONE_PASSWORD + 1; i++)
		fputc('x', file);
	fclose(file);
	assert_err(ahoy_phone_password_get(path, "sip:1@h", &p, &why), AHOY_ETOOBIG);
	assert_int_equal(p.len, 0);
}

static void the_environment_gives_it_and_forgets_it(void **state)
{
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_phone_password p;
	char *value;

	(void)state;
	setenv("AHOY_PASSWORD", "from env", 1);
	value = getenv("AHOY_PASSWORD");
	assert_ok(ahoy_phone_password_get(NULL, "sip:1@h", &p, &why));
	assert_slice(ahoy_slice_make(p.text, p.len), "from env");
	assert_null(getenv("AHOY_PASSWORD"));
	assert_int_equal(value[0], 0);
}

static void the_file_goes_before_the_environment(void **state)
{
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_phone_password p;

	(void)state;
	setenv("AHOY_PASSWORD", "from env", 1);
	write_file("from file\n");
	assert_ok(ahoy_phone_password_get(path, "sip:1@h", &p, &why));
	assert_slice(ahoy_slice_make(p.text, p.len), "from file");
	unsetenv("AHOY_PASSWORD");
}

static int of_two(const char *file, ahoy_phone_password out[AHOY_PHONE_ACCOUNTS], ahoy_buf *why)
{
	static ahoy_phone_options o;
	char fault_text[128];
	ahoy_buf fault = ahoy_buf_over(fault_text, sizeof fault_text);

	o = (ahoy_phone_options){.command = AHOY_COMMAND_PHONE, .other_count = 1, .password_file = file};
	assert_ok(ahoy_account_parse("sip:111@h", &o.account, &fault));
	assert_ok(ahoy_account_parse("sip:112@i:5070", &o.others[0], &fault));
	return ahoy_phone_passwords_get(&o, out, why);
}

static void of_several_accounts_each_has_its_line(void **state)
{
	static const struct {
		const char *file, *first, *second; /* NULL: refused */
	} rows[] = {
		{"111 one\n112 two\n", "one", "two"},
		{"112 two words\r\n111 one", "one", "two words"},
		{"113 x\n112@h x\n112@i:5070 two\n111 one\n111 late\n", "one", "two"},
		{"111 one\n", NULL, NULL},
		{"111 one\n\n112 two\n", NULL, NULL},
		{"secret\n", NULL, NULL},
	};
	static ahoy_phone_password p[AHOY_PHONE_ACCOUNTS];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_buf why = ahoy_buf_over(text, sizeof text);

		write_file(rows[i].file);
		assert_err_row(of_two(path, p, &why), rows[i].first ? 0 : AHOY_EIO, rows[i].file);
		assert_slice_row(ahoy_slice_make(p[0].text, p[0].len), rows[i].first ? rows[i].first : "", rows[i].file);
		assert_slice_row(ahoy_slice_make(p[1].text, p[1].len), rows[i].second ? rows[i].second : "", rows[i].file);
		assert_row(rows[i].first || strstr(ahoy_buf_cstr(&why), " PASSWORD\""), rows[i].file);
	}
}

static void of_several_accounts_the_environment_is_every_ones(void **state)
{
	static ahoy_phone_password p[AHOY_PHONE_ACCOUNTS];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);

	(void)state;
	setenv("AHOY_PASSWORD", "shared", 1);
	assert_ok(of_two(NULL, p, &why));
	assert_slice(ahoy_slice_make(p[0].text, p[0].len), "shared");
	assert_slice(ahoy_slice_make(p[1].text, p[1].len), "shared");
	assert_null(getenv("AHOY_PASSWORD"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_of_the_file_is_the_password),
		cmocka_unit_test(a_file_without_a_password_is_refused_with_a_line),
		cmocka_unit_test(the_environment_gives_it_and_forgets_it),
		cmocka_unit_test(the_file_goes_before_the_environment),
		cmocka_unit_test(of_several_accounts_each_has_its_line),
		cmocka_unit_test(of_several_accounts_the_environment_is_every_ones),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
