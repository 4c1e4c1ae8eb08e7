/* api/world: the ready env: memory by realloc's contract, random bytes, a clock that does not go back. */
#include "ahoy/sockets.h"

#include "test.h"

static void memory_follows_reallocs_contract(void **state)
{
	ahoy_env env = ahoy_sockets_env();
	char *p = env.resize(env.ctx, NULL, 4);

	(void)state;
	assert_non_null(p);
	memcpy(p, "abc", 4);
	p = env.resize(env.ctx, p, 4000);
	assert_string_equal(p, "abc");
	assert_null(env.resize(env.ctx, p, 0));
}

static void random_bytes_differ_and_the_clock_does_not_go_back(void **state)
{
	static unsigned char a[1000], b[1000];
	ahoy_env env = ahoy_sockets_env();
	ahoy_time before = ahoy_sockets_now();

	(void)state;
	env.random(env.ctx, a, sizeof a);
	env.random(env.ctx, b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	env.log(env.ctx, AHOY_LOG_WARN, "test", ahoy_slice_of("id"), ahoy_slice_of("a line on stderr"));
	assert_true(before > 0 && ahoy_sockets_now() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_follows_reallocs_contract),
		cmocka_unit_test(random_bytes_differ_and_the_clock_does_not_go_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
