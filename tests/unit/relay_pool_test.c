#include "relay/relay.h"

#include "oom.h"
#include "test.h"

#include "relay_world.h"

static relay_world w;

static void rfc3550_11_pairs_are_even_and_odd(void **state)
{
	uint32_t pair;

	(void)state;
	relay_world_init(&w, 2, AHOY_LATCH_SIGNALLING);
	assert_int_equal(ahoy_relay_pair_port(w.relay, 1), 10002);
	assert_int_equal(ahoy_relay_pair_port(w.relay, 2), 0);
	assert_err(ahoy_relay_add_pair(w.relay, 0, 20000, &pair), AHOY_EFULL);
	relay_world_fini(&w);
	relay_world_init(&w, 1, AHOY_LATCH_SIGNALLING);
	relay_world_fini(&w);
	test_env_init(&w.te, 1);
	assert_ok(ahoy_relay_new(&w.te.env, 4, AHOY_LATCH_SIGNALLING, &w.relay));
	assert_err(ahoy_relay_add_pair(w.relay, 0, 10001, &pair), AHOY_EINVAL);
	assert_err(ahoy_relay_add_pair(w.relay, 0, 0, &pair), AHOY_EINVAL);
	assert_err(ahoy_relay_add_pair(w.relay, AHOY_RELAY_MAX_GROUPS, 10000, &pair), AHOY_EINVAL);
	assert_ok(ahoy_relay_add_pair(w.relay, 0, 65534, &pair));
	relay_world_fini(&w);
}

static void a_freed_pair_rests_the_longest(void **state)
{
	ahoy_relay_call call;
	uint32_t pair, seen = 0;

	(void)state;
	relay_world_init(&w, 5, AHOY_LATCH_SIGNALLING);
	for (uint32_t n = 0; n < 50; n++) {
		assert_ok(ahoy_relay_open(w.relay, 0, &call));
		assert_ok(ahoy_relay_take_pair(w.relay, call, 0, 0, 0, &pair));
		assert_int_equal(pair, n % 5);
		assert_ok(ahoy_relay_take_pair(w.relay, call, 0, 0, 0, &seen)); /* the same again */
		assert_int_equal(seen, pair);
		assert_int_equal(ahoy_relay_pairs_used(w.relay), 1);
		ahoy_relay_close(w.relay, call);
		assert_int_equal(ahoy_relay_pairs_used(w.relay), 0);
		assert_int_equal(ahoy_relay_pairs_free(w.relay, 0), 5);
	}
	relay_world_fini(&w);
}

static void an_empty_pool_says_so_and_recovers(void **state)
{
	ahoy_relay_call call;
	uint32_t pair;

	(void)state;
	relay_world_init(&w, 3, AHOY_LATCH_SIGNALLING);
	assert_ok(ahoy_relay_open(w.relay, 0, &call));
	for (unsigned side = 0; side < 3; side++)
		assert_ok(ahoy_relay_take_pair(w.relay, call, side, 0, 0, &pair));
	assert_int_equal(ahoy_relay_pairs_refused(w.relay), 0);
	assert_err(ahoy_relay_take_pair(w.relay, call, 3, 0, 0, &pair), AHOY_EFULL);
	assert_err(ahoy_relay_take_pair(w.relay, call, 3, 0, 1, &pair), AHOY_EFULL);
	assert_int_equal(ahoy_relay_pairs_refused(w.relay), 2);
	ahoy_relay_close_side(w.relay, call, 1);
	assert_ok(ahoy_relay_take_pair(w.relay, call, 3, 0, 0, &pair));
	assert_int_equal(pair, 1);
	ahoy_relay_give_pair(w.relay, call, 0, 0);
	ahoy_relay_give_pair(w.relay, call, 0, 0); /* nothing to give */
	assert_int_equal(ahoy_relay_pairs_free(w.relay, 0), 1);
	relay_world_fini(&w);
}

static void groups_have_pools_of_their_own(void **state)
{
	ahoy_relay_call call;
	uint32_t pair;

	(void)state;
	test_env_init(&w.te, 1);
	assert_ok(ahoy_relay_new(&w.te.env, 2, AHOY_LATCH_SIGNALLING, &w.relay));
	assert_ok(ahoy_relay_add_pair(w.relay, 0, 10000, &pair));
	assert_ok(ahoy_relay_add_pair(w.relay, 3, 10000, &pair));
	assert_ok(ahoy_relay_open(w.relay, 0, &call));
	assert_ok(ahoy_relay_take_pair(w.relay, call, 0, 0, 3, &pair));
	assert_int_equal(pair, 1);
	assert_err(ahoy_relay_take_pair(w.relay, call, 1, 0, 3, &pair), AHOY_EFULL);
	assert_int_equal(ahoy_relay_pairs_free(w.relay, 0), 1);
	assert_int_equal(ahoy_relay_pairs_free(w.relay, 99), 0);
	relay_world_fini(&w);
}

static void calls_are_bounded_by_the_pairs(void **state)
{
	ahoy_relay_call calls[4], one_more;

	(void)state;
	relay_world_init(&w, 4, AHOY_LATCH_SIGNALLING);
	for (size_t i = 0; i < 4; i++)
		assert_ok(ahoy_relay_open(w.relay, 0, &calls[i]));
	assert_err(ahoy_relay_open(w.relay, 0, &one_more), AHOY_EFULL);
	assert_int_equal(ahoy_relay_calls(w.relay), 4);
	for (size_t i = 0; i < 4; i++)
		ahoy_relay_close(w.relay, calls[i]);
	assert_int_equal(ahoy_relay_calls(w.relay), 0);
	assert_err(ahoy_relay_new(&w.te.env, 0, AHOY_LATCH_SIGNALLING, &w.relay), AHOY_EINVAL);
	assert_err(ahoy_relay_new(&w.te.env, 32769, AHOY_LATCH_SIGNALLING, &w.relay), AHOY_EINVAL);
	relay_world_fini(&w);
}

static void a_removed_pair_is_nobodys_and_its_number_is_given_again(void **state)
{
	ahoy_relay_call call;
	uint32_t pair;

	(void)state;
	relay_world_init(&w, 4, AHOY_LATCH_SIGNALLING);
	assert_ok(ahoy_relay_open(w.relay, 0, &call));
	assert_ok(ahoy_relay_take_pair(w.relay, call, 0, 0, 0, &pair));
	assert_int_equal(pair, 0);
	/* Those that are free go, the one free the longest first; a used one does not. */
	for (uint32_t n = 1; n < 4; n++) {
		assert_true(ahoy_relay_remove_pair(w.relay, 0, &pair));
		assert_int_equal(pair, n);
		assert_int_equal(ahoy_relay_pair_port(w.relay, n), 0);
	}
	assert_false(ahoy_relay_remove_pair(w.relay, 0, &pair));
	assert_false(ahoy_relay_remove_pair(w.relay, AHOY_RELAY_MAX_GROUPS, &pair));
	assert_int_equal(ahoy_relay_pairs_used(w.relay), 1);
	assert_err(ahoy_relay_take_pair(w.relay, call, 1, 0, 0, &pair), AHOY_EFULL);
	assert_ok(ahoy_relay_add_pair(w.relay, 0, 30000, &pair));
	assert_int_equal(pair, 1);
	assert_int_equal(ahoy_relay_pair_port(w.relay, 1), 30000);
	assert_ok(ahoy_relay_take_pair(w.relay, call, 1, 0, 0, &pair));
	assert_int_equal(pair, 1);
	assert_ok(ahoy_relay_add_pair(w.relay, 0, 30002, &pair));
	assert_ok(ahoy_relay_add_pair(w.relay, 0, 30004, &pair));
	assert_int_equal(pair, 3);
	relay_world_fini(&w);
}

static void spare_pairs_are_those_that_nobody_needed_at_the_busiest(void **state)
{
	ahoy_relay_call call;
	uint32_t pair;

	(void)state;
	relay_world_init(&w, 5, AHOY_LATCH_SIGNALLING);
	(void)ahoy_relay_spare_pairs(w.relay, 0);
	assert_int_equal(ahoy_relay_spare_pairs(w.relay, 0), 5);
	assert_ok(ahoy_relay_open(w.relay, 0, &call));
	for (unsigned side = 0; side < 3; side++)
		assert_ok(ahoy_relay_take_pair(w.relay, call, side, 0, 0, &pair));
	ahoy_relay_close(w.relay, call);
	assert_int_equal(ahoy_relay_spare_pairs(w.relay, 0), 2);
	assert_int_equal(ahoy_relay_spare_pairs(w.relay, 0), 5);
	assert_int_equal(ahoy_relay_spare_pairs(w.relay, AHOY_RELAY_MAX_GROUPS), 0);
	relay_world_fini(&w);
}

static void without_memory_nothing_is_left(void **state)
{
	static test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_relay *relay = NULL;
		ahoy_relay_call call;
		int err = ahoy_relay_new(&te.env, 4, AHOY_LATCH_ANY, &relay);

		if (err == 0) {
			uint32_t pair;

			err = ahoy_relay_add_pair(relay, 0, 10000, &pair);
			if (!err)
				err = ahoy_relay_open(relay, 0, &call);
			ahoy_relay_del(relay);
		}
		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
	}
	ahoy_relay_del(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3550_11_pairs_are_even_and_odd),
		cmocka_unit_test(a_freed_pair_rests_the_longest),
		cmocka_unit_test(an_empty_pool_says_so_and_recovers),
		cmocka_unit_test(groups_have_pools_of_their_own),
		cmocka_unit_test(calls_are_bounded_by_the_pairs),
		cmocka_unit_test(a_removed_pair_is_nobodys_and_its_number_is_given_again),
		cmocka_unit_test(spare_pairs_are_those_that_nobody_needed_at_the_busiest),
		cmocka_unit_test(without_memory_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
