#include "oom.h"

#include "test.h"

/* What test_oom_end returns when the last run met no failure. */
#define FINISHED SIZE_MAX

bool test_oom_begin(test_env *te, uint64_t seed, size_t run)
{
	if (run == FINISHED)
		return false;
	test_env_init(te, seed);
	test_env_fail_at(te, run);
	return true;
}

size_t test_oom_end(test_env *te, size_t run)
{
	if (te->live_blocks)
		fail_msg("with allocation %zu failing, %zu blocks (%zu bytes) were never freed", run, te->live_blocks, te->live_bytes);
	/* Run 0 is the one without failure. Later ones end the loop when their number is above what the code allocates. */
	if (run > 0 && te->failures == 0)
		return FINISHED;
	if (run >= TEST_OOM_MAX_RUNS)
		fail_msg("more than %d runs: the block allocates without end", TEST_OOM_MAX_RUNS);
	return run + 1;
}
