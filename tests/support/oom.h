/* oom: every test out of memory too. TEST_EACH_OOM(te, seed) runs its block once without failure, then with the
 * 1st, 2nd, 3rd, … allocation failing, until a run meets no failure any more; each run must free what it allocated.
 *
 *	TEST_EACH_OOM(&te, 1) {
 *		int err = thing_new(&te.env, &thing);
 *		if (TEST_OOM_HIT(&te))
 *			assert_err(err, AHOY_ENOMEM);
 *		thing_del(thing);
 *	}
 *
 * Do not leave the block by break, return or goto. */
#ifndef AHOY_TEST_OOM_H
#define AHOY_TEST_OOM_H

#include "test_env.h"

#define TEST_OOM_MAX_RUNS 10000

/* Whether this run has refused an allocation so far. */
#define TEST_OOM_HIT(te) ((te)->failures > 0)

#define TEST_EACH_OOM(te, seed) \
	for (size_t oom_run_ = 0; test_oom_begin((te), (seed), oom_run_); oom_run_ = test_oom_end((te), oom_run_))

/* Used by the macro. */
bool test_oom_begin(test_env *te, uint64_t seed, size_t run);
size_t test_oom_end(test_env *te, size_t run);

#endif
