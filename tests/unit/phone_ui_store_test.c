/* phone/ui_store: what is kept is there at the next start, is its owner's alone, and stays bounded. */
#include "phone/ui_store.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static char folder[64], path[160];
static ahoy_ui_store store;
static ahoy_ui_model *model;

static const char *file(const char *name)
{
	snprintf(path, sizeof path, "%s/state/ahoy/%s", folder, name);
	return path;
}

static int begin(void **state)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);

	(void)state;
	strcpy(folder, "/tmp/ahoy-store-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/state", folder);
	setenv("XDG_STATE_HOME", path, 1);
	model = malloc(sizeof *model);
	ahoy_ui_init(model);
	return ahoy_ui_store_open(&store, &why);
}

static int finish(void **state)
{
	(void)state;
	free(model);
	unlink(file("calls.log"));
	unlink(file("dial_history"));
	rmdir(file(""));
	snprintf(path, sizeof path, "%s/state", folder);
	rmdir(path);
	return rmdir(folder);
}

static const ahoy_ui_record talked = {
	.began_utc_ms = 1767225600000,
	.is_caller = true,
	.answered = true,
	.account = "111@h",
	.peer = "112@h",
	.duration_s = 12,
	.reason = "hung up",
	.codec = "PCMU",
	.packets = 600,
	.lost = 3,
	.mos = 4.25,
};

static void a_call_is_one_json_object_and_a_line_at_the_next_start(void **state)
{
	const ahoy_ui_record missed = {.account = "111@h", .peer = "evil\\x1b@h", .code = 487, .reason = "the caller gave up", .codec = ""};
	char line[1024];
	FILE *in;
	json_t *o;

	(void)state;
	assert_ok(ahoy_ui_store_add_call(&store, &talked));
	assert_ok(ahoy_ui_store_add_call(&store, &missed));
	in = fopen(file("calls.log"), "r");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof line, in));
	fclose(in);
	o = json_loads(line, 0, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "time")), "2026-01-01T00:00:00.000Z");
	assert_string_equal(json_string_value(json_object_get(o, "direction")), "out");
	assert_int_equal(json_integer_value(json_object_get(o, "duration_s")), 12);
	assert_int_equal(json_integer_value(json_object_get(o, "lost")), 3);
	json_decref(o);
	ahoy_ui_store_load(&store, model);
	assert_int_equal(model->past.count, 2);
	assert_string_equal(ahoy_ui_log_at(&model->past, 0)->text,
			    "to 112@h, 12 s, hung up, PCMU, 3 of 603 packets lost, MOS 4.2");
	assert_string_equal(ahoy_ui_log_at(&model->past, 0)->stamp, "01-01");
	assert_string_equal(ahoy_ui_log_at(&model->past, 1)->text, "from evil\\x1b@h, missed, 487 the caller gave up");
}

static void what_is_kept_is_its_owners_alone(void **state)
{
	struct stat s;

	(void)state;
	ahoy_ui_history_add(&model->history, AHOY_S("112"));
	assert_ok(ahoy_ui_store_add_call(&store, &talked));
	assert_ok(ahoy_ui_store_save_history(&store, &model->history));
	assert_int_equal(stat(file("calls.log"), &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
	assert_int_equal(stat(file("dial_history"), &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
	assert_int_equal(stat(file(""), &s), 0);
	assert_int_equal(s.st_mode & 0777, 0700);
}

static void the_history_comes_back_in_its_order(void **state)
{
	ahoy_ui_model *again = malloc(sizeof *again);

	(void)state;
	ahoy_ui_history_add(&model->history, AHOY_S("112"));
	ahoy_ui_history_add(&model->history, AHOY_S("sip:bob@example.com"));
	assert_ok(ahoy_ui_store_save_history(&store, &model->history));
	ahoy_ui_init(again);
	ahoy_ui_store_load(&store, again);
	assert_int_equal(again->history.count, 2);
	assert_string_equal(again->history.lines[0], "112");
	assert_string_equal(again->history.lines[1], "sip:bob@example.com");
	free(again);
}

static void the_calls_log_is_bounded_and_keeps_the_newest(void **state)
{
	ahoy_ui_record record = talked;
	struct stat s;
	int shortened = 0;
	off_t before = 0;

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		record.duration_s = i;
		assert_ok(ahoy_ui_store_add_call(&store, &record));
		assert_int_equal(stat(file("calls.log"), &s), 0);
		assert_true(s.st_size <= AHOY_UI_CALLS_LOG);
		shortened += s.st_size < before;
		before = s.st_size;
	}
	assert_true(shortened > 0);
	ahoy_ui_store_load(&store, model);
	assert_non_null(strstr(ahoy_ui_log_at(&model->past, model->past.count - 1)->text, "3999 s"));
	assert_int_equal(access(file("calls.log.new"), F_OK), -1);
}

static void lines_that_are_none_of_ours_are_passed_over(void **state)
{
	FILE *out = fopen(file("calls.log"), "w");

	(void)state;
	fputs("{\n[]\nnonsense\n{\"time\":1}\n\n"
	      "{\"time\":\"\",\"direction\":\"in\",\"peer\":\"\\u001b[2J\",\"answered\":true,\"duration_s\":1}\n",
	      out);
	fclose(out);
	out = fopen(file("dial_history"), "w");
	fputs("\x1b[2J\n112\n\n", out);
	fclose(out);
	ahoy_ui_store_load(&store, model);
	assert_int_equal(model->past.count, 0);
	assert_int_equal(model->history.count, 1);
}

static void without_a_folder_nothing_is_kept_and_nothing_fails(void **state)
{
	char text[256];
	ahoy_buf why = ahoy_buf_over(text, sizeof text);
	ahoy_ui_store nowhere;

	(void)state;
	setenv("XDG_STATE_HOME", "/proc/nowhere", 1);
	assert_err(ahoy_ui_store_open(&nowhere, &why), AHOY_EIO);
	assert_non_null(strstr(ahoy_buf_cstr(&why), "XDG_STATE_HOME"));
	assert_ok(ahoy_ui_store_add_call(&nowhere, &talked));
	assert_ok(ahoy_ui_store_save_history(&nowhere, &model->history));
	ahoy_ui_store_load(&nowhere, model);
	assert_int_equal(model->past.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_one_json_object_and_a_line_at_the_next_start),
		TEST(what_is_kept_is_its_owners_alone),
		TEST(the_history_comes_back_in_its_order),
		TEST(the_calls_log_is_bounded_and_keeps_the_newest),
		TEST(lines_that_are_none_of_ours_are_passed_over),
		TEST(without_a_folder_nothing_is_kept_and_nothing_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
