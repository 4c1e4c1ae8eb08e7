/* registrar/nonce: minting, reading and counting nonces. */
#include "registrar/nonce.h"

#include "oom.h"
#include "test.h"

#include <stdlib.h>

#define T0 AHOY_SECONDS(1000)

static ahoy_slice text_of(const char nonce[AHOY_NONCE_TEXT])
{
	return ahoy_slice_make(nonce, AHOY_NONCE_TEXT);
}

static int by_text(const void *a, const void *b)
{
	return memcmp(a, b, AHOY_NONCE_TEXT);
}

static void no_two_nonces_are_equal(void **state)
{
	enum {
		COUNT = 2000
	};
	static char minted[COUNT][AHOY_NONCE_TEXT];
	ahoy_nonces nonces;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_nonces_init(&nonces, &te.env, T0, 3, 7, 0, 16));
	for (size_t i = 0; i < COUNT; i++)
		ahoy_nonces_mint(&nonces, T0, minted[i]);
	qsort(minted, COUNT, sizeof minted[0], by_text);
	for (size_t i = 1; i < COUNT; i++)
		assert_memory_not_equal(minted[i - 1], minted[i], AHOY_NONCE_TEXT);
	ahoy_nonces_fini(&nonces);
	test_env_fini(&te);
}

static void a_nonce_is_a_token_that_begins_with_its_worker(void **state)
{
	static const struct {
		uint8_t worker;
		char digit;
	} table[] = {{0, '0'}, {9, '9'}, {10, 'a'}, {35, 'z'}};
	char nonce[AHOY_NONCE_TEXT];
	ahoy_nonces nonces;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		assert_ok(ahoy_nonces_init(&nonces, &te.env, T0, table[i].worker, 7, 0, 16));
		ahoy_nonces_mint(&nonces, T0, nonce);
		assert_int_equal(nonce[0], table[i].digit);
		assert_int_equal(ahoy_nonces_worker(text_of(nonce)), table[i].worker);
		for (size_t at = 0; at < sizeof nonce; at++)
			assert_true(ahoy_is_digit(nonce[at]) || (nonce[at] >= 'a' && nonce[at] <= 'z'));
		ahoy_nonces_fini(&nonces);
	}
	assert_int_equal(ahoy_nonces_worker(AHOY_S("02fbfa80e68e9c1bc189975eaeadc6cb")), -1);
	assert_int_equal(ahoy_nonces_worker(AHOY_S("Zlllllllllllllllllllllllllllllll1")), -1);
	assert_int_equal(ahoy_nonces_worker(AHOY_S("")), -1);
	test_env_fini(&te);
}

static void a_changed_or_cut_nonce_is_not_ours(void **state)
{
	char nonce[AHOY_NONCE_TEXT];
	ahoy_nonces nonces;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_nonces_init(&nonces, &te.env, T0, 3, 7, 0, 16));
	ahoy_nonces_mint(&nonces, T0, nonce);
	assert_true(ahoy_nonces_read(&nonces, T0, text_of(nonce)) != 0);
	for (size_t i = 0; i < sizeof nonce; i++) {
		ahoy_slice cut = test_exact(ahoy_slice_first(text_of(nonce), i));
		char kept = nonce[i];

		assert_true(ahoy_nonces_read(&nonces, T0, cut) == 0);
		test_free_exact(cut);
		nonce[i] = kept == '1' ? '2' : '1';
		assert_true(ahoy_nonces_read(&nonces, T0, text_of(nonce)) == 0);
		nonce[i] = (char)0xff;
		assert_true(ahoy_nonces_read(&nonces, T0, text_of(nonce)) == 0);
		nonce[i] = kept;
	}
	ahoy_nonces_fini(&nonces);
	test_env_fini(&te);
}

static void a_nonce_ages_but_not_before_it_was_minted(void **state)
{
	char nonce[AHOY_NONCE_TEXT];
	ahoy_nonces nonces;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_nonces_init(&nonces, &te.env, T0, 3, 7, 60, 16));
	ahoy_nonces_mint(&nonces, T0 + AHOY_SECONDS(10), nonce);
	assert_true(ahoy_nonces_read(&nonces, T0 + AHOY_SECONDS(70), text_of(nonce)) != 0);
	assert_true(ahoy_nonces_read(&nonces, T0 + AHOY_SECONDS(71), text_of(nonce)) == 0);
	assert_true(ahoy_nonces_read(&nonces, T0 + AHOY_SECONDS(9), text_of(nonce)) == 0);
	ahoy_nonces_fini(&nonces);
	test_env_fini(&te);
}

/* The random source of a simulation gives the same key at each start: the start number must make the difference. */
static void a_nonce_from_before_a_restart_is_not_ours(void **state)
{
	char nonce[AHOY_NONCE_TEXT];
	ahoy_nonces before, after;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_nonces_init(&before, &te.env, T0, 3, 7, 0, 16));
	te.random_state = 1;
	assert_ok(ahoy_nonces_init(&after, &te.env, T0, 3, 8, 0, 16));
	assert_memory_equal(before.key, after.key, sizeof before.key);
	ahoy_nonces_mint(&before, T0, nonce);
	assert_true(ahoy_nonces_read(&after, T0, text_of(nonce)) == 0);
	ahoy_nonces_fini(&before);
	ahoy_nonces_fini(&after);
	test_env_fini(&te);
}

static uint64_t mint(ahoy_nonces *nonces)
{
	char nonce[AHOY_NONCE_TEXT];

	ahoy_nonces_mint(nonces, T0, nonce);
	return ahoy_nonces_read(nonces, T0, text_of(nonce));
}

static void rfc7616_3_4_nc_must_rise(void **state)
{
	ahoy_nonces nonces;
	uint64_t id, other;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_nonces_init(&nonces, &te.env, T0, 3, 7, 0, 16));
	id = mint(&nonces);
	other = mint(&nonces);
	assert_true(ahoy_nonces_usable(&nonces, id, 1));
	ahoy_nonces_use(&nonces, id, 5);
	assert_false(ahoy_nonces_usable(&nonces, id, 5));
	assert_false(ahoy_nonces_usable(&nonces, id, 4));
	assert_true(ahoy_nonces_usable(&nonces, id, 6));
	assert_true(ahoy_nonces_usable(&nonces, other, 1));
	ahoy_nonces_use(&nonces, id, AHOY_NONCE_ONCE);
	assert_false(ahoy_nonces_usable(&nonces, id, AHOY_NONCE_ONCE));
	assert_false(ahoy_nonces_usable(&nonces, 0, 1));
	ahoy_nonces_fini(&nonces);
	test_env_fini(&te);
}

static void a_forgotten_count_never_lets_a_replay_through(void **state)
{
	enum {
		KEPT = 8,
		MINTED = 40
	};
	uint64_t ids[MINTED];
	ahoy_nonces nonces;
	test_env te;

	(void)state;
	test_env_init(&te, 1);
	assert_ok(ahoy_nonces_init(&nonces, &te.env, T0, 3, 7, 0, KEPT));
	for (size_t i = 0; i < MINTED; i++)
		ids[i] = mint(&nonces);
	for (size_t i = 1; i < MINTED; i++)
		ahoy_nonces_use(&nonces, ids[i], 1);
	for (size_t i = 1; i < MINTED; i++) {
		assert_false(ahoy_nonces_usable(&nonces, ids[i], 1));
		assert_int_equal(ahoy_nonces_usable(&nonces, ids[i], 2), i >= MINTED - KEPT);
	}
	/* Never used, but as old as what was forgotten: the table can't tell any more. */
	assert_false(ahoy_nonces_usable(&nonces, ids[0], 1));
	assert_true(ahoy_nonces_usable(&nonces, mint(&nonces), 1));
	ahoy_nonces_fini(&nonces);
	test_env_fini(&te);
}

static void init_survives_each_failing_allocation(void **state)
{
	ahoy_nonces nonces;
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		int err = ahoy_nonces_init(&nonces, &te.env, T0, 3, 7, 0, 16);

		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		if (!err)
			ahoy_nonces_fini(&nonces);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_two_nonces_are_equal),
		cmocka_unit_test(a_nonce_is_a_token_that_begins_with_its_worker),
		cmocka_unit_test(a_changed_or_cut_nonce_is_not_ours),
		cmocka_unit_test(a_nonce_ages_but_not_before_it_was_minted),
		cmocka_unit_test(a_nonce_from_before_a_restart_is_not_ours),
		cmocka_unit_test(rfc7616_3_4_nc_must_rise),
		cmocka_unit_test(a_forgotten_count_never_lets_a_replay_through),
		cmocka_unit_test(init_survives_each_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
