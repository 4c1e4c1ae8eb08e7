/* base/env: what a core object is given: memory, random bytes, a log; and the assert. */
#include "base/env.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "oom.h"
#include "test.h"

static void new_memory_is_zeroed_and_null_when_there_is_none(void **state)
{
	static const uint8_t zeros[100];
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		void *ptr = ahoy_new(&te.env, sizeof zeros);

		if (TEST_OOM_HIT(&te))
			assert_null(ptr);
		else
			assert_memory_equal(ptr, zeros, sizeof zeros);
		ahoy_free(&te.env, ptr);
	}
}

static void a_resize_that_fails_leaves_the_old_block(void **state)
{
	test_env te;
	char *ptr, *larger;

	(void)state;
	test_env_init(&te, 1);
	ptr = ahoy_new(&te.env, 4);
	memcpy(ptr, "abc", 4);
	test_env_fail_at(&te, 1);
	assert_null(ahoy_resize(&te.env, ptr, 8));
	assert_string_equal(ptr, "abc");
	larger = ahoy_resize(&te.env, ptr, 8);
	assert_non_null(larger);
	assert_string_equal(larger, "abc");
	assert_int_equal(te.live_blocks, 1);
	assert_int_equal(te.live_bytes, 8);
	assert_null(ahoy_resize(&te.env, larger, 0));
	ahoy_free(&te.env, NULL);
	assert_int_equal(te.live_bytes, 0);
	test_env_fini(&te);
}

static void a_copied_slice_is_its_own_and_an_empty_one_costs_nothing(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		char text[] = "115";
		ahoy_slice copy = AHOY_S("untouched"), empty;
		int err = ahoy_slice_dup(&te.env, ahoy_slice_of(text), &copy);

		text[0] = 'x';
		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		assert_slice(copy, err ? "" : "115");
		assert_ok(ahoy_slice_dup(&te.env, (ahoy_slice){NULL, 0}, &empty));
		assert_int_equal(te.live_blocks, err ? 0 : 1);
		ahoy_free(&te.env, (void *)(uintptr_t)copy.ptr);
	}
}

static void random_bytes_come_from_the_source_that_was_given(void **state)
{
	test_env a, b, c;
	uint8_t from_a[32], from_b[32], from_c[32];

	(void)state;
	test_env_init(&a, 7);
	test_env_init(&b, 7);
	test_env_init(&c, 8);
	ahoy_random(&a.env, from_a, sizeof from_a);
	ahoy_random(&b.env, from_b, sizeof from_b);
	ahoy_random(&c.env, from_c, sizeof from_c);
	assert_memory_equal(from_a, from_b, sizeof from_a);
	assert_memory_not_equal(from_a, from_c, sizeof from_a);
	assert_int_equal(ahoy_random_u32(&a.env), ahoy_random_u32(&b.env));
}

static void records_above_the_level_are_not_written(void **state)
{
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	te.env.log_level = AHOY_LOG_WARN;
	ahoy_log(&te.env, AHOY_LOG_ERROR, "sip", AHOY_S("call-1"), "port %d is taken", 5060);
	ahoy_log(&te.env, AHOY_LOG_WARN, "os", (ahoy_slice){NULL, 0}, "slow");
	ahoy_log(&te.env, AHOY_LOG_INFO, "sip", AHOY_S("call-1"), "unheard");
	assert_string_equal(te.log, "ERROR sip call-1: port 5060 is taken\nWARN os : slow\n");
	assert_true(test_env_logged(&te, "slow"));
	assert_false(test_env_logged(&te, "unheard"));
	te.env.log = NULL;
	ahoy_log(&te.env, AHOY_LOG_ERROR, "sip", AHOY_S("call-1"), "nobody listens");
	test_env_fini(&te);
}

static void a_record_longer_than_512_bytes_is_cut(void **state)
{
	test_env te;
	char text[601];

	(void)state;
	memset(text, 'x', 600);
	text[600] = '\0';
	test_env_init(&te, 1);
	ahoy_log(&te.env, AHOY_LOG_INFO, "a", AHOY_S("i"), "%s", text);
	assert_int_equal(strlen(te.log), strlen("INFO a i: \n") + 511);
	ahoy_log(&te.env, AHOY_LOG_INFO, "a", AHOY_S("i"), "%.511s", text);
	assert_int_equal(strlen(te.log), 2 * (strlen("INFO a i: \n") + 511));
	test_env_fini(&te);
}

static void times_are_microseconds_and_never_narrow(void **state)
{
	(void)state;
	assert_int_equal(AHOY_MS(500), 500000);
	assert_int_equal(AHOY_SECONDS(32), 32000000);
	assert_true(AHOY_SECONDS(4294967295u) == UINT64_C(4294967295000000));
}

static void a_broken_invariant_ends_the_process_and_says_where(void **state)
{
	int ends[2], status;
	char said[256];
	ssize_t len;
	pid_t child;

	(void)state;
	AHOY_ASSERT(1 + 1 == 2);
	assert_int_equal(pipe(ends), 0);
	fflush(stdout);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(ends[1], STDERR_FILENO);
		AHOY_ASSERT(1 + 1 == 3);
		_exit(0);
	}
	close(ends[1]);
	len = read(ends[0], said, sizeof said - 1);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_true(len > 0);
	said[len] = '\0';
	assert_non_null(strstr(said, "broken invariant: 1 + 1 == 3 at"));
	assert_non_null(strstr(said, "base_env_test.c:"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_memory_is_zeroed_and_null_when_there_is_none),
		cmocka_unit_test(a_resize_that_fails_leaves_the_old_block),
		cmocka_unit_test(a_copied_slice_is_its_own_and_an_empty_one_costs_nothing),
		cmocka_unit_test(random_bytes_come_from_the_source_that_was_given),
		cmocka_unit_test(records_above_the_level_are_not_written),
		cmocka_unit_test(a_record_longer_than_512_bytes_is_cut),
		cmocka_unit_test(times_are_microseconds_and_never_narrow),
		cmocka_unit_test(a_broken_invariant_ends_the_process_and_says_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
