/* device/ring: whole, in order, across the wrap, and between two threads. */
#include "device/ring.h"

#include <pthread.h>
#include <sched.h>

#include "test.h"

static void a_ring_holds_at_least_what_was_asked_for_and_refuses_nonsense(void **state)
{
	static const int16_t pcm[4096];
	const struct {
		size_t asked, holds;
	} rows[] = {{1, 1}, {2, 2}, {3, 4}, {1000, 1024}, {1024, 1024}};
	ahoy_pcm_ring ring;

	(void)state;
	assert_err(ahoy_pcm_ring_init(&ring, 0), AHOY_ERANGE);
	assert_err(ahoy_pcm_ring_init(&ring, SIZE_MAX), AHOY_ERANGE);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_ok(ahoy_pcm_ring_init(&ring, rows[i].asked));
		assert_int_equal(ahoy_pcm_ring_put(&ring, pcm, 4096), rows[i].holds);
		assert_int_equal(ahoy_pcm_ring_fill(&ring), rows[i].holds);
		ahoy_pcm_ring_fini(&ring);
	}
}

static void samples_come_out_in_order_for_every_place_of_the_wrap(void **state)
{
	ahoy_pcm_ring ring;
	int16_t next_in = 0, next_out = 0;

	(void)state;
	assert_ok(ahoy_pcm_ring_init(&ring, 8));
	for (size_t step = 0; step < 1000; step++) {
		size_t want = step % 9, got;
		int16_t in[9], out[9];

		for (size_t i = 0; i < want; i++)
			in[i] = (int16_t)(next_in + (int16_t)i);
		next_in = (int16_t)(next_in + (int16_t)ahoy_pcm_ring_put(&ring, in, want));
		assert_true(ahoy_pcm_ring_fill(&ring) <= 8);
		got = ahoy_pcm_ring_take(&ring, out, (step * 5) % 9);
		for (size_t i = 0; i < got; i++)
			assert_int_equal(out[i], (int16_t)(next_out + (int16_t)i));
		next_out = (int16_t)(next_out + (int16_t)got);
	}
	ahoy_pcm_ring_fini(&ring);
}

static void what_does_not_fit_is_not_taken_and_what_is_not_there_not_given(void **state)
{
	const int16_t in[6] = {1, 2, 3, 4, 5, 6};
	int16_t out[6] = {0};
	ahoy_pcm_ring ring;

	(void)state;
	assert_ok(ahoy_pcm_ring_init(&ring, 4));
	assert_int_equal(ahoy_pcm_ring_put(&ring, in, 6), 4);
	assert_int_equal(ahoy_pcm_ring_put(&ring, in, 1), 0);
	assert_int_equal(ahoy_pcm_ring_take(&ring, NULL, 2), 2);
	assert_int_equal(ahoy_pcm_ring_take(&ring, out, 6), 2);
	assert_int_equal(out[0], 3);
	assert_int_equal(out[1], 4);
	assert_int_equal(ahoy_pcm_ring_take(&ring, out, 6), 0);
	ahoy_pcm_ring_fini(&ring);
}

#define MANY 2000000u

static void *put_many(void *ctx)
{
	ahoy_pcm_ring *ring = ctx;
	uint32_t next = 0;

	while (next < MANY) {
		int16_t pcm[97];
		size_t count = 1 + next % 97, done;

		for (size_t i = 0; i < count; i++)
			pcm[i] = (int16_t)(next + i);
		done = ahoy_pcm_ring_put(ring, pcm, count);
		next += (uint32_t)done;
		if (!done)
			sched_yield();
	}
	return NULL;
}

static void two_threads_lose_and_double_nothing(void **state)
{
	uint32_t next = 0;
	ahoy_pcm_ring ring;
	pthread_t thread;

	(void)state;
	assert_ok(ahoy_pcm_ring_init(&ring, 256));
	assert_int_equal(pthread_create(&thread, NULL, put_many, &ring), 0);
	while (next < MANY) {
		int16_t pcm[61];
		size_t got = ahoy_pcm_ring_take(&ring, pcm, 1 + next % 61);

		for (size_t i = 0; i < got; i++)
			if (pcm[i] != (int16_t)(next + i))
				fail_msg("sample %u is %d", (unsigned)(next + i), pcm[i]);
		next += (uint32_t)got;
		if (!got)
			sched_yield();
	}
	pthread_join(thread, NULL);
	ahoy_pcm_ring_fini(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_holds_at_least_what_was_asked_for_and_refuses_nonsense),
		cmocka_unit_test(samples_come_out_in_order_for_every_place_of_the_wrap),
		cmocka_unit_test(what_does_not_fit_is_not_taken_and_what_is_not_there_not_given),
		cmocka_unit_test(two_threads_lose_and_double_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
