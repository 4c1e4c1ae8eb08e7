/* device/registry: drivers by name; what cannot be loaded is one line that says what to do. */
#include "device/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "test.h"

#define DRIVERS AHOY_BUILD_DIR "/tests/drivers"

static void a_specification_is_split_at_its_first_colon(void **state)
{
	const struct {
		const char *spec;
		int err;
		const char *name, *device;
	} rows[] = {
		{"pulse", 0, "pulse", NULL},
		{"pulse:", 0, "pulse", NULL},
		{"pulse:alsa_output.pci", 0, "pulse", "alsa_output.pci"},
		{"alsa:plughw:0,0", 0, "alsa", "plughw:0,0"},
		{"tone:440,-20", 0, "tone", "440,-20"},
		{"my-2", 0, "my-2", NULL},
		{"", AHOY_EINVAL, NULL, NULL},
		{":x", AHOY_EINVAL, NULL, NULL},
		{"../evil", AHOY_EINVAL, NULL, NULL},
		{"Pulse", AHOY_EINVAL, NULL, NULL},
		{"-x", AHOY_EINVAL, NULL, NULL},
		{"a b", AHOY_EINVAL, NULL, NULL},
		{"abcdefghijklmnopqrstuvwx", AHOY_EINVAL, NULL, NULL},
		{"abcdefghijklmnopqrstuvw", 0, "abcdefghijklmnopqrstuvw", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[AHOY_DRIVER_NAME];
		const char *device;

		assert_err_row(ahoy_driver_split(rows[i].spec, name, &device), rows[i].err, rows[i].spec);
		if (rows[i].err)
			continue;
		assert_string_equal(name, rows[i].name);
		if (rows[i].device)
			assert_string_equal(device, rows[i].device);
		else
			assert_null(device);
	}
}

static void find_fails(const char *name, int err, const char *line)
{
	char text[4096];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	const ahoy_device_driver *driver = NULL;

	assert_err_row(ahoy_driver_find(name, &driver, &why), err, name);
	assert_null(driver);
	assert_row(strstr(ahoy_buf_cstr(&why), line) != NULL, ahoy_buf_cstr(&why));
	assert_null(strchr(ahoy_buf_cstr(&why), '\n'));
}

static void what_cannot_be_loaded_says_why_and_what_to_do(void **state)
{
	char folder[] = "/tmp/ahoy-drivers-XXXXXX", path[128];
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/ahoy-garbage.so", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("no shared object at all", file);
	fclose(file);
	setenv("AHOY_DRIVER_PATH", folder, 1);
	find_fails("garbage", AHOY_EIO, "install what is missing");
	find_fails("good", AHOY_ENOTFOUND, "ahoy devices");
	find_fails("../garbage", AHOY_ENOTFOUND, "there is no sound driver");
	setenv("AHOY_DRIVER_PATH", DRIVERS, 1);
	find_fails("old", AHOY_EVERSION, "build it anew");
	find_fails("empty", AHOY_EIO, "is no sound driver");
	unsetenv("AHOY_DRIVER_PATH");
	unlink(path);
	rmdir(folder);
}

static void count_device(void *ctx, const ahoy_device_info *info)
{
	assert_string_equal(info->name, "one");
	++*(unsigned *)ctx;
}

static void a_driver_is_found_in_any_folder_of_the_path(void **state)
{
	char text[4096], line[100];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	const ahoy_device_driver *driver;
	unsigned count = 0;

	(void)state;
	setenv("AHOY_DRIVER_PATH", "/nonexistent::" DRIVERS, 1);
	assert_ok(ahoy_driver_find("good", &driver, &why));
	assert_ok(driver->list(count_device, &count, line, sizeof line));
	assert_int_equal(count, 1);
	unsetenv("AHOY_DRIVER_PATH");
}

static void the_built_in_ones_are_there_whatever_the_path(void **state)
{
	char text[4096], names[AHOY_DRIVER_MAX][AHOY_DRIVER_NAME];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	const ahoy_device_driver *driver;

	(void)state;
	setenv("AHOY_DRIVER_PATH", "/nonexistent", 1);
	assert_ok(ahoy_driver_find("null", &driver, &why));
	assert_ok(ahoy_driver_find("tone", &driver, &why));
	assert_int_equal(ahoy_driver_names(names), 2);
	unsetenv("AHOY_DRIVER_PATH");
}

static void names_are_listed_without_loading_each_once_in_order(void **state)
{
	static const char *const expected[] = {"null", "tone", "empty", "good", "hand", "old"};
	char names[AHOY_DRIVER_MAX][AHOY_DRIVER_NAME];

	(void)state;
	setenv("AHOY_DRIVER_PATH", DRIVERS ":" DRIVERS, 1);
	assert_int_equal(ahoy_driver_names(names), ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_string_equal(names[i], expected[i]);
	unsetenv("AHOY_DRIVER_PATH");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_specification_is_split_at_its_first_colon),
		cmocka_unit_test(what_cannot_be_loaded_says_why_and_what_to_do),
		cmocka_unit_test(a_driver_is_found_in_any_folder_of_the_path),
		cmocka_unit_test(the_built_in_ones_are_there_whatever_the_path),
		cmocka_unit_test(names_are_listed_without_loading_each_once_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
