/* os/world: the env of real programs. */
#include "os/world.h"

#include <unistd.h>

#include "base/err.h"
#include "test.h"

static size_t logged(bool json, ahoy_slice id, const char *text, char *out, size_t cap)
{
	int fds[2];
	ahoy_log_sink sink;
	ahoy_env env;
	ssize_t len;

	assert_int_equal(pipe(fds), 0);
	sink = (ahoy_log_sink){fds[1], json};
	ahoy_world_env(&sink, AHOY_LOG_INFO, &env);
	ahoy_log(&env, AHOY_LOG_DEBUG, "test", id, "not shown at this level");
	ahoy_log(&env, AHOY_LOG_WARN, "test", id, "%s", text);
	close(fds[1]);
	len = read(fds[0], out, cap - 1);
	close(fds[0]);
	assert_true(len > 0);
	out[len] = '\0';
	return (size_t)len;
}

static void a_text_record_is_one_line(void **state)
{
	char line[4096];

	(void)state;
	logged(false, AHOY_S("id\n1"), "two\nlines \x1b[2J", line, sizeof line);
	assert_string_equal(line + 24, " warn  test [id\\x0a1] two\\x0alines \\x1b[2J\n");
	logged(false, AHOY_S(""), "no id", line, sizeof line);
	assert_string_equal(line + 24, " warn  test no id\n");
}

static void a_json_record_is_one_object(void **state)
{
	char line[4096];

	(void)state;
	logged(true, AHOY_S("7"), "say \"ahoy\"\n", line, sizeof line);
	assert_memory_equal(line, "{\"time\":\"", 9);
	assert_string_equal(
		line + 33,
		"\",\"level\":\"warn\",\"area\":\"test\",\"id\":\"7\",\"text\":\"say \\\"ahoy\\\"\\u000a\"}\n");
}

static void the_longest_record_is_whole(void **state)
{
	char text[600], line[8192];
	size_t len;

	(void)state;
	memset(text, 1, sizeof text - 1);
	text[sizeof text - 1] = '\0';
	len = logged(true, ahoy_slice_of(text), text, line, sizeof line);
	assert_string_equal(line + len - 3, "\"}\n");
}

static void memory_is_libcs_and_random_bytes_differ(void **state)
{
	ahoy_log_sink sink = {2, false};
	ahoy_env env;
	char *block;
	uint8_t a[3000] = {0}, b[3000] = {0};
	ahoy_log_level level;

	(void)state;
	ahoy_world_env(&sink, AHOY_LOG_ERROR, &env);
	block = ahoy_new(&env, 10);
	assert_non_null(block);
	block = ahoy_resize(&env, block, 100000);
	assert_non_null(block);
	ahoy_free(&env, block);
	for (size_t len = 8; len < sizeof a; len += 700) {
		ahoy_random(&env, a, len);
		ahoy_random(&env, b, len);
		assert_memory_not_equal(a, b, len);
	}
	assert_ok(ahoy_log_level_of(AHOY_S("debug"), &level));
	assert_int_equal(level, AHOY_LOG_DEBUG);
	assert_err(ahoy_log_level_of(AHOY_S("loud"), &level), AHOY_ESYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_record_is_one_line),
		cmocka_unit_test(a_json_record_is_one_object),
		cmocka_unit_test(the_longest_record_is_whole),
		cmocka_unit_test(memory_is_libcs_and_random_bytes_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
