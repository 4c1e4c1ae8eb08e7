/* tests/support itself: the assertions go red when they should, leaks are seen, out-of-memory runs end.
 * Each red case runs in a process of its own: this program with the case's name as argument. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "oom.h"
#include "test.h"

static const char *self;

static void red_slice(void **state)
{
	(void)state;
	assert_slice(AHOY_S("abc"), "abd");
}

static void red_slice_length(void **state)
{
	(void)state;
	assert_slice(AHOY_S("abc\0"), "abc");
}

static void red_err(void **state)
{
	(void)state;
	assert_err(0, AHOY_EINVAL);
}

static void red_ok(void **state)
{
	(void)state;
	assert_ok(AHOY_EINVAL);
}

static void red_row(void **state)
{
	(void)state;
	assert_row(1 == 2, "some row");
}

static void red_leak(void **state)
{
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_non_null(ahoy_new(&te.env, 1));
	test_env_fini(&te);
}

static void red_oom_leak(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		/* The careless way: the first block is forgotten when there is no second one. */
		void *first = ahoy_new(&te.env, 1), *second = ahoy_new(&te.env, 1);

		if (first && second) {
			ahoy_free(&te.env, first);
			ahoy_free(&te.env, second);
		}
	}
}

static void red_missing_file(void **state)
{
	(void)state;
	test_read_file("tests/no-such-file");
}

static const struct CMUnitTest reds[] = {
	cmocka_unit_test(red_slice),
	cmocka_unit_test(red_slice_length),
	cmocka_unit_test(red_err),
	cmocka_unit_test(red_ok),
	cmocka_unit_test(red_row),
	cmocka_unit_test(red_leak),
	cmocka_unit_test(red_oom_leak),
	cmocka_unit_test(red_missing_file),
};

static void each_red_case_fails_its_process(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reds); i++) {
		int status;
		pid_t child;

		fflush(stdout);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			/* What it leaks on purpose and says is not for this log. */
			setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
			if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
				_exit(0);
			execl(self, self, reds[i].name, (char *)NULL);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_row(WIFEXITED(status) && WEXITSTATUS(status) == 1, reds[i].name);
	}
}

static void the_same_assertions_pass_on_what_is_right(void **state)
{
	(void)state;
	assert_slice(AHOY_S("abc"), "abc");
	assert_slice(ahoy_slice_make(NULL, 0), "");
	assert_err(AHOY_EINVAL, AHOY_EINVAL);
	assert_ok(0);
	assert_row(1 == 1, "some row");
}

static void out_of_memory_runs_fail_each_allocation_once_and_then_end(void **state)
{
	test_env te;
	unsigned runs = 0, hits = 0;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		void *a = ahoy_new(&te.env, 8);
		void *b = a ? ahoy_resize(&te.env, a, 16) : NULL;

		runs++;
		hits += TEST_OOM_HIT(&te);
		assert_int_equal(te.failures, runs == 2 || runs == 3);
		ahoy_free(&te.env, b ? b : a);
	}
	assert_int_equal(runs, 4); /* none fails, the first, the second, and the third that is never asked for */
	assert_int_equal(hits, 2);
}

static void a_file_is_read_whole(void **state)
{
	ahoy_slice text = test_read_file("LICENSE");

	(void)state;
	assert_true(ahoy_slice_starts(text, AHOY_S("MIT License")));
	test_free_exact(text);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_red_case_fails_its_process),
		cmocka_unit_test(the_same_assertions_pass_on_what_is_right),
		cmocka_unit_test(out_of_memory_runs_fail_each_allocation_once_and_then_end),
		cmocka_unit_test(a_file_is_read_whole),
	};

	self = argv[0];
	for (size_t i = 0; argc == 2 && i < ARRAY_LEN(reds); i++)
		if (strcmp(argv[1], reds[i].name) == 0) {
			const struct CMUnitTest one[] = {reds[i]};

			return cmocka_run_group_tests(one, NULL, NULL);
		}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
