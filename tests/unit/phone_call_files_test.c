/* phone/call_files: which file a call is recorded to. */
#include "phone/call_files.h"

#include "test.h"

static void the_second_call_has_a_file_of_its_own(void **state)
{
	static const struct {
		const char *path;
		unsigned call;
		const char *file;
	} rows[] = {
		{"a.wav", 1, "a.wav"},
		{"a.wav", 2, "a-2.wav"},
		{"/tmp/x.y/a.wav", 12, "/tmp/x.y/a-12.wav"},
		{"/tmp/x.y/heard", 3, "/tmp/x.y/heard-3"},
		{"a.b.wav", 2, "a.b-2.wav"},
		{".hidden", 2, ".hidden-2"},
		{"d/.hidden", 2, "d/.hidden-2"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_phone_options options = {.record = rows[i].path};
		ahoy_call_files files = {0};

		assert_ok(ahoy_call_files_number(&files, &options, rows[i].call));
		assert_string_equal(files.record, rows[i].file);
	}
}

static void without_a_recording_there_is_no_name(void **state)
{
	ahoy_phone_options options = {0};
	ahoy_call_files files = {0};

	(void)state;
	assert_ok(ahoy_call_files_number(&files, &options, 7));
	assert_null(files.record);
}

static void a_bad_file_is_found_before_any_call(void **state)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_phone_options options = {.play = "/nonexistent/a.wav", .record = "/nonexistent/b.wav"};
	ahoy_call_files files;

	(void)state;
	assert_err(ahoy_call_files_open(&options, &files, &why), AHOY_EIO);
	assert_non_null(strstr(ahoy_buf_cstr(&why), "/nonexistent/a.wav"));
	options.play = NULL;
	why = ahoy_buf_over(text, sizeof text);
	assert_err(ahoy_call_files_open(&options, &files, &why), AHOY_EIO);
	assert_non_null(strstr(ahoy_buf_cstr(&why), "/nonexistent/b.wav"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_call_has_a_file_of_its_own),
		cmocka_unit_test(without_a_recording_there_is_no_name),
		cmocka_unit_test(a_bad_file_is_found_before_any_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
