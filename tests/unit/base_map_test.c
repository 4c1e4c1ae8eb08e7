/* base/map: the intrusive hash table, checked against a plain list. */
#include "base/map.h"

#include "base/err.h"
#include "oom.h"
#include "test.h"

typedef struct {
	ahoy_map_node node;
	int key;
} thing;

static void a_node_is_found_by_its_hash_until_it_is_removed(void **state)
{
	test_env te;
	ahoy_map map;
	thing a = {.key = 1}, b = {.key = 2};

	(void)state;
	test_env_init(&te, 1);
	ahoy_map_init(&map, &te.env);
	assert_null(ahoy_map_first(&map, 7));
	ahoy_map_remove(&map, &a.node);
	assert_ok(ahoy_map_add(&map, &a.node, 7, &a));
	assert_ok(ahoy_map_add(&map, &b.node, 7 + 64, &b)); /* the same bucket of the first 64 */
	assert_int_equal(map.count, 2);
	assert_ptr_equal(ahoy_map_first(&map, 7)->owner, &a);
	assert_null(ahoy_map_next(ahoy_map_first(&map, 7)));
	assert_ptr_equal(ahoy_map_first(&map, 7 + 64)->owner, &b);
	ahoy_map_remove(&map, &a.node);
	ahoy_map_remove(&map, &a.node);
	assert_null(ahoy_map_first(&map, 7));
	assert_null(a.node.owner);
	assert_int_equal(map.count, 1);
	assert_ok(ahoy_map_add(&map, &a.node, 7, &a));
	assert_ptr_equal(ahoy_map_first(&map, 7)->owner, &a);
	ahoy_map_fini(&map);
	test_env_fini(&te);
}

enum {
	THINGS = 1000,
	HASHES = 50
};

/* All things with this hash, newest first. */
static void check_order(const ahoy_map *map, const thing *things, uint64_t hash)
{
	ahoy_map_node *node = ahoy_map_first(map, hash);

	for (int i = THINGS - 1; i >= 0; i--) {
		if (!things[i].node.owner || (uint64_t)things[i].key % HASHES != hash)
			continue;
		assert_non_null(node);
		assert_ptr_equal(node->owner, &things[i]);
		node = ahoy_map_next(node);
	}
	assert_null(node);
}

static void equal_hashes_stay_newest_first_through_growth_and_removal(void **state)
{
	static thing things[THINGS];
	test_env te;
	ahoy_map map;

	(void)state;
	test_env_init(&te, 1);
	ahoy_map_init(&map, &te.env);
	for (int i = 0; i < THINGS; i++) {
		things[i] = (thing){.key = i * 7};
		assert_ok(ahoy_map_add(&map, &things[i].node, (uint64_t)things[i].key % HASHES, &things[i]));
	}
	assert_true(map.bucket_count >= THINGS);
	for (uint64_t hash = 0; hash < HASHES; hash++)
		check_order(&map, things, hash);
	for (int i = 0; i < THINGS; i += 3)
		ahoy_map_remove(&map, &things[i].node);
	for (uint64_t hash = 0; hash < HASHES; hash++)
		check_order(&map, things, hash);
	assert_int_equal(map.count, THINGS - (THINGS + 2) / 3);
	ahoy_map_fini(&map);
	test_env_fini(&te);
}

static void without_memory_only_the_very_first_add_fails(void **state)
{
	static thing things[200];
	test_env te;
	ahoy_map map;

	(void)state;
	memset(things, 0, sizeof things);
	test_env_init(&te, 1);
	ahoy_map_init(&map, &te.env);
	test_env_fail_at(&te, 1);
	te.fail_onwards = true;
	assert_err(ahoy_map_add(&map, &things[0].node, 0, &things[0]), AHOY_ENOMEM);
	assert_int_equal(map.count, 0);
	assert_null(things[0].node.owner);
	test_env_fail_at(&te, 2);
	for (int i = 0; i < 200; i++)
		assert_ok(ahoy_map_add(&map, &things[i].node, (uint64_t)i, &things[i]));
	assert_true(te.failures > 0);
	assert_int_equal(map.bucket_count, 64);
	for (int i = 0; i < 200; i++)
		assert_ptr_equal(ahoy_map_first(&map, (uint64_t)i)->owner, &things[i]);
	ahoy_map_fini(&map);
	test_env_fini(&te);
}

static void an_empty_map_owns_no_memory_and_can_be_used_again_after_fini(void **state)
{
	test_env te;
	ahoy_map map;
	thing a = {.key = 1};

	(void)state;
	test_env_init(&te, 1);
	ahoy_map_init(&map, &te.env);
	assert_int_equal(te.allocations, 0);
	ahoy_map_fini(&map);
	assert_ok(ahoy_map_add(&map, &a.node, 1, &a));
	ahoy_map_fini(&map);
	assert_int_equal(te.live_blocks, 0);
	assert_null(ahoy_map_first(&map, 1));
	test_env_fini(&te);
}

static void a_trim_keeps_every_node_and_their_order(void **state)
{
	static thing things[THINGS];
	test_env te;
	ahoy_map map;
	size_t grown;

	(void)state;
	test_env_init(&te, 1);
	ahoy_map_init(&map, &te.env);
	ahoy_map_trim(&map);
	for (int i = 0; i < THINGS; i++) {
		things[i].key = i;
		assert_ok(ahoy_map_add(&map, &things[i].node, (uint64_t)i % HASHES, &things[i]));
	}
	grown = map.bucket_count;
	ahoy_map_trim(&map);
	assert_int_equal(map.bucket_count, grown);
	for (int i = 0; i < THINGS - 60; i++)
		ahoy_map_remove(&map, &things[i].node);
	test_env_fail_at(&te, 1);
	ahoy_map_trim(&map);
	assert_int_equal(map.bucket_count, grown); /* no memory for the smaller one: it stays as it is */
	test_env_fail_at(&te, 0);
	ahoy_map_trim(&map);
	assert_true(map.bucket_count < grown);
	assert_int_equal(map.count, 60);
	for (uint64_t hash = 0; hash < HASHES; hash++)
		check_order(&map, things, hash);
	ahoy_map_fini(&map);
	test_env_fini(&te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_node_is_found_by_its_hash_until_it_is_removed),
		cmocka_unit_test(equal_hashes_stay_newest_first_through_growth_and_removal),
		cmocka_unit_test(without_memory_only_the_very_first_add_fails),
		cmocka_unit_test(an_empty_map_owns_no_memory_and_can_be_used_again_after_fini),
		cmocka_unit_test(a_trim_keeps_every_node_and_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
