/* base/slots: generational ids; a stale one is an error and never another object. */
#include "base/slots.h"

#include "oom.h"
#include "test.h"

typedef struct {
	uint64_t value;
	char more[20];
} thing;

static void an_object_is_found_by_its_id_and_not_after_its_end(void **state)
{
	test_env te;
	ahoy_slots slots;
	ahoy_id first, second;
	thing *a, *b;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), 10);
	a = ahoy_slots_add(&slots, &first, NULL);
	assert_non_null(a);
	assert_int_not_equal(first, 0);
	assert_ptr_equal(ahoy_slots_get(&slots, first), a);
	a->value = 5;
	ahoy_slots_remove(&slots, first);
	assert_null(ahoy_slots_get(&slots, first));
	assert_int_equal(slots.count, 0);
	/* The slot is used again: the old id still names nothing, and nothing is left of the old object. */
	b = ahoy_slots_add(&slots, &second, NULL);
	assert_ptr_equal(b, a);
	assert_int_not_equal(second, first);
	assert_int_equal(b->value, 0);
	assert_null(ahoy_slots_get(&slots, first));
	ahoy_slots_remove(&slots, first);
	assert_ptr_equal(ahoy_slots_get(&slots, second), b);
	assert_int_equal(slots.count, 1);
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

static void ids_that_were_never_given_out_name_nothing(void **state)
{
	static const ahoy_id strangers[] = {
		0, 1, 2, UINT32_MAX, UINT64_MAX, (ahoy_id)1 << 32, (ahoy_id)1 << 32 | 2, (ahoy_id)1 << 32 | UINT32_MAX};
	test_env te;
	ahoy_slots slots;
	ahoy_id id;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), 10);
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++)
		assert_null(ahoy_slots_get(&slots, strangers[i]));
	assert_non_null(ahoy_slots_add(&slots, &id, NULL));
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++)
		if (strangers[i] != id) {
			assert_null(ahoy_slots_get(&slots, strangers[i]));
			ahoy_slots_remove(&slots, strangers[i]);
		}
	assert_int_equal(slots.count, 1);
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

static void a_full_table_says_so_and_takes_again_after_a_removal(void **state)
{
	test_env te;
	ahoy_slots slots;
	ahoy_id ids[3], id;
	bool full = true;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), 3);
	for (int i = 0; i < 3; i++) {
		assert_non_null(ahoy_slots_add(&slots, &ids[i], &full));
		assert_false(full);
	}
	assert_null(ahoy_slots_add(&slots, &id, &full));
	assert_true(full);
	ahoy_slots_remove(&slots, ids[1]);
	assert_non_null(ahoy_slots_add(&slots, &id, &full));
	assert_false(full);
	assert_null(ahoy_slots_add(&slots, &id, NULL));
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

/* Growth over many chunks: objects never move, are aligned, and do not overlap. */
static void objects_never_move_while_the_table_grows(void **state)
{
	enum {
		COUNT = 1000
	};
	static thing *things[COUNT];
	static ahoy_id ids[COUNT];
	test_env te;
	ahoy_slots slots;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		things[i] = ahoy_slots_add(&slots, &ids[i], NULL);
		assert_non_null(things[i]);
		assert_int_equal((uintptr_t)things[i] % 16, 0);
		things[i]->value = i;
		memset(things[i]->more, (int)(i & 0xff), sizeof things[i]->more);
	}
	for (unsigned i = 0; i < COUNT; i++) {
		assert_ptr_equal(ahoy_slots_get(&slots, ids[i]), things[i]);
		assert_int_equal(things[i]->value, i);
		assert_int_equal((uint8_t)things[i]->more[19], i & 0xff);
	}
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

static void walking_meets_each_object_once_also_when_it_is_removed_then(void **state)
{
	enum {
		COUNT = 200
	};
	test_env te;
	ahoy_slots slots;
	ahoy_id id;
	uint64_t cursor = 0;
	unsigned seen = 0;
	thing *t;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), COUNT);
	assert_null(ahoy_slots_next(&slots, &cursor, NULL));
	for (unsigned i = 0; i < COUNT; i++) {
		t = ahoy_slots_add(&slots, &id, NULL);
		t->value = i;
	}
	cursor = 0;
	while ((t = ahoy_slots_next(&slots, &cursor, &id))) {
		assert_int_equal(t->value, seen);
		assert_ptr_equal(ahoy_slots_get(&slots, id), t);
		if (seen++ % 2)
			ahoy_slots_remove(&slots, id);
	}
	assert_int_equal(seen, COUNT);
	assert_int_equal(slots.count, COUNT / 2);
	for (cursor = 0, seen = 0; (t = ahoy_slots_next(&slots, &cursor, NULL)); seen++)
		assert_int_equal(t->value % 2, 0);
	assert_int_equal(seen, COUNT / 2);
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

static void without_memory_nothing_is_added_and_nothing_is_lost(void **state)
{
	enum {
		COUNT = 300
	};
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_slots slots;
		ahoy_id id;
		bool full;
		unsigned added = 0;

		ahoy_slots_init(&slots, &te.env, sizeof(thing), COUNT);
		for (unsigned i = 0; i < COUNT; i++) {
			if (ahoy_slots_add(&slots, &id, &full))
				added++;
			else
				assert_false(full);
		}
		assert_int_equal(slots.count, added);
		assert_int_equal(added, COUNT - te.failures);
		ahoy_slots_fini(&slots);
	}
}

static void a_generation_that_wraps_never_becomes_0(void **state)
{
	test_env te;
	ahoy_slots slots;
	ahoy_id id;
	uint32_t *generation;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), 1);
	assert_non_null(ahoy_slots_add(&slots, &id, NULL));
	/* The head of the first slot begins with its generation; four thousand million removals would take too long. */
	generation = (uint32_t *)(void *)slots.chunks[0];
	assert_int_equal(*generation, id >> 32);
	*generation = UINT32_MAX;
	ahoy_slots_remove(&slots, (ahoy_id)UINT32_MAX << 32 | 1);
	assert_non_null(ahoy_slots_add(&slots, &id, NULL));
	assert_int_equal(id >> 32, 1);
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

enum {
	MANY = 1000
};

static void a_trim_gives_empty_chunks_back_and_old_ids_stay_stale(void **state)
{
	static ahoy_id old[MANY], ids[MANY];
	static thing *kept[MANY];
	test_env te;
	ahoy_slots slots;
	size_t full;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), MANY);
	assert_false(ahoy_slots_trim(&slots));
	for (size_t i = 0; i < MANY; i++)
		assert_non_null(ahoy_slots_add(&slots, &old[i], NULL));
	full = te.live_blocks;
	assert_false(ahoy_slots_trim(&slots)); /* all are in use */
	/* One object in every 200th slot stays where it is: three chunks of four go. */
	for (size_t i = 0; i < MANY; i++) {
		kept[i] = ahoy_slots_get(&slots, old[i]);
		kept[i]->value = i;
		if (i % 200)
			ahoy_slots_remove(&slots, old[i]);
	}
	assert_true(ahoy_slots_trim(&slots));
	assert_true(te.live_blocks < full / 2);
	for (size_t i = 0; i < MANY; i++) {
		if (i % 200) {
			assert_null(ahoy_slots_get(&slots, old[i]));
			continue;
		}
		assert_ptr_equal(ahoy_slots_get(&slots, old[i]), kept[i]);
		assert_int_equal(kept[i]->value, i);
	}
	/* The gaps are filled again, with ids that were never given out. */
	for (size_t i = slots.count; i < MANY; i++) {
		thing *t = ahoy_slots_add(&slots, &ids[i], NULL);

		assert_non_null(t);
		assert_int_equal(t->value, 0);
		for (size_t j = 0; j < MANY; j++)
			assert_true(ids[i] != old[j]);
	}
	assert_int_equal(te.live_blocks, full);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(ahoy_slots_get(&slots, old[i]) != NULL, i % 200 == 0);
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

static void walking_passes_over_what_a_trim_gave_back(void **state)
{
	test_env te;
	ahoy_slots slots;
	ahoy_id ids[300], id;
	uint64_t cursor = 0;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), 300);
	for (size_t i = 0; i < 300; i++)
		assert_non_null(ahoy_slots_add(&slots, &ids[i], NULL));
	for (size_t i = 0; i < 299; i++)
		ahoy_slots_remove(&slots, ids[i]);
	assert_true(ahoy_slots_trim(&slots));
	assert_non_null(ahoy_slots_next(&slots, &cursor, &id));
	assert_int_equal(id, ids[299]);
	assert_null(ahoy_slots_next(&slots, &cursor, &id));
	/* A table that is quite empty owns the list of its chunks alone. */
	ahoy_slots_remove(&slots, ids[299]);
	assert_true(ahoy_slots_trim(&slots));
	assert_int_equal(te.live_blocks, 1);
	assert_non_null(ahoy_slots_add(&slots, &id, NULL));
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

static void without_memory_a_gap_is_not_filled_and_nothing_is_lost(void **state)
{
	test_env te;
	ahoy_slots slots;
	ahoy_id ids[192], id;
	bool full;

	(void)state;
	test_env_init(&te, 1);
	ahoy_slots_init(&slots, &te.env, sizeof(thing), 1000);
	for (size_t i = 0; i < 192; i++)
		assert_non_null(ahoy_slots_add(&slots, &ids[i], NULL));
	for (size_t i = 0; i < 128; i++)
		ahoy_slots_remove(&slots, ids[i]);
	assert_true(ahoy_slots_trim(&slots));
	te.fail_onwards = true;
	test_env_fail_at(&te, 1);
	assert_null(ahoy_slots_add(&slots, &id, &full));
	assert_false(full);
	test_env_fail_at(&te, 0);
	assert_non_null(ahoy_slots_add(&slots, &id, &full));
	assert_int_equal((uint32_t)id, 1);
	assert_non_null(ahoy_slots_get(&slots, ids[191]));
	ahoy_slots_fini(&slots);
	test_env_fini(&te);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_is_found_by_its_id_and_not_after_its_end),
		cmocka_unit_test(ids_that_were_never_given_out_name_nothing),
		cmocka_unit_test(a_full_table_says_so_and_takes_again_after_a_removal),
		cmocka_unit_test(objects_never_move_while_the_table_grows),
		cmocka_unit_test(walking_meets_each_object_once_also_when_it_is_removed_then),
		cmocka_unit_test(without_memory_nothing_is_added_and_nothing_is_lost),
		cmocka_unit_test(a_generation_that_wraps_never_becomes_0),
		cmocka_unit_test(a_trim_gives_empty_chunks_back_and_old_ids_stay_stale),
		cmocka_unit_test(walking_passes_over_what_a_trim_gave_back),
		cmocka_unit_test(without_memory_a_gap_is_not_filled_and_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
