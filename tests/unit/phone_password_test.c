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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_of_the_file_is_the_password),
		cmocka_unit_test(a_file_without_a_password_is_refused_with_a_line),
		cmocka_unit_test(the_environment_gives_it_and_forgets_it),
		cmocka_unit_test(the_file_goes_before_the_environment),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
