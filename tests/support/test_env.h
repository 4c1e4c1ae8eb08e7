/* test_env: an ahoy_env for tests. Its allocator is libc's, counts live blocks, and can fail the N-th
 * allocation; its random bytes come from a seed, the same on every run; its log is kept for assertions.
 * A test: init, use &te.env, fini (which fails the test where a block is still alive).
 * Lifetime: the test_env must not move between init and fini. Thread kind: owned. */
#ifndef AHOY_TEST_ENV_H
#define AHOY_TEST_ENV_H

#include "base/env.h"

#define TEST_ENV_LOG_BYTES 65536

typedef struct {
	ahoy_env env;
	size_t live_blocks; /* allocated and not yet freed */
	size_t live_bytes;
	size_t allocations; /* since init or test_env_fail_at: calls that asked for new or more memory */
	size_t fail_at;	    /* the number of the allocation that fails, from 1; 0 for none */
	bool fail_onwards;  /* all after it fail too */
	size_t failures;    /* allocations refused so far */
	uint64_t random_state;
	size_t log_records[AHOY_LOG_DEBUG + 1]; /* by level */
	char log[TEST_ENV_LOG_BYTES];		/* "LEVEL area id: text\n" each; NUL-terminated; the newest are lost when full */
	size_t log_len;
} test_env;

void test_env_init(test_env *te, uint64_t seed);
/* Fails the running test where blocks are still alive. */
void test_env_fini(test_env *te);

/* The n-th allocation from now on fails (1 is the next one); 0 switches failing off. Resets `allocations` and `failures`. */
void test_env_fail_at(test_env *te, size_t n);

/* Whether a log record holds the text. */
bool test_env_logged(const test_env *te, const char *text);
void test_env_log_clear(test_env *te);

#endif
