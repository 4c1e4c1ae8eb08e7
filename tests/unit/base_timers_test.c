/* base/timers: the timing wheel, checked against a plain list over seeded random histories. */
#include "base/timers.h"

#include <stdio.h>

#include "test.h"
#include "test_env.h"

static void nothing_fires_before_its_time_and_all_does_at_it(void **state)
{
	static const struct {
		ahoy_time start, delay;
	} rows[] = {
		{0, 1},
		{0, 999},
		{0, 1000},
		{0, 1001},
		{0, AHOY_MS(63)},
		{0, AHOY_MS(64)},
		{0, AHOY_MS(65)},
		{0, AHOY_MS(4095)},
		{0, AHOY_MS(4096)},
		{AHOY_MS(63), AHOY_MS(1)},
		{AHOY_MS(4095), AHOY_MS(1)},
		{AHOY_MS(4095), AHOY_MS(2)},
		{123456789, AHOY_MS(500)},
		{123456789, AHOY_SECONDS(32)},
		{123456789, AHOY_SECONDS(3600)},
		{123456789, AHOY_SECONDS(86400) * 365},
		/* Across the wheel's whole turn, which a machine meets after two years. */
		{AHOY_MS(UINT64_C(1) << 36) - AHOY_MS(1), AHOY_MS(1)},
		{AHOY_MS(UINT64_C(1) << 36) - AHOY_MS(1), AHOY_SECONDS(32)},
		{AHOY_MS(UINT64_C(1) << 36) - AHOY_SECONDS(10), AHOY_SECONDS(32)},
		{AHOY_MS(UINT64_C(1) << 36), AHOY_SECONDS(32)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static ahoy_timers timers;
		ahoy_time at = rows[i].start + rows[i].delay, due = (at + 999) / 1000 * 1000, next;
		char row[64];
		ahoy_timer timer;
		unsigned turns = 0;

		snprintf(row, sizeof row, "row %zu", i);
		ahoy_timers_init(&timers, rows[i].start);
		ahoy_timer_init(&timer, &timer, 3);
		assert_row(ahoy_timers_next(&timers) == AHOY_NEVER, row);
		ahoy_timer_arm(&timers, &timer, at);
		assert_row(ahoy_timer_is_armed(&timer) && timers.count == 1, row);
		/* As a driver does it: sleep until next, pop. */
		while ((next = ahoy_timers_next(&timers)) < due) {
			assert_row(!ahoy_timers_pop(&timers, next), row);
			assert_row(++turns < 10, row);
		}
		assert_row(next == due, row);
		assert_row(!ahoy_timers_pop(&timers, due - 1), row);
		assert_row(ahoy_timers_pop(&timers, due) == &timer, row);
		assert_row(!ahoy_timer_is_armed(&timer) && timers.count == 0, row);
		assert_row(timer.owner == &timer && timer.kind == 3, row);
		assert_row(!ahoy_timers_pop(&timers, due + AHOY_SECONDS(1)), row);
		assert_row(ahoy_timers_next(&timers) == AHOY_NEVER, row);
	}
}

static void what_is_past_fires_at_once_in_the_order_of_arming(void **state)
{
	static ahoy_timers timers;
	ahoy_timer a, b, c;

	(void)state;
	ahoy_timers_init(&timers, AHOY_SECONDS(100));
	ahoy_timer_init(&a, NULL, 0);
	ahoy_timer_init(&b, NULL, 0);
	ahoy_timer_init(&c, NULL, 0);
	ahoy_timer_arm(&timers, &b, AHOY_SECONDS(100));
	ahoy_timer_arm(&timers, &a, 0);
	ahoy_timer_arm(&timers, &c, AHOY_SECONDS(99));
	assert_true(ahoy_timers_next(&timers) <= AHOY_SECONDS(100));
	assert_ptr_equal(ahoy_timers_pop(&timers, AHOY_SECONDS(100)), &b);
	assert_ptr_equal(ahoy_timers_pop(&timers, AHOY_SECONDS(100)), &a);
	assert_ptr_equal(ahoy_timers_pop(&timers, AHOY_SECONDS(100)), &c);
	assert_null(ahoy_timers_pop(&timers, AHOY_SECONDS(100)));
}

static void a_deadline_that_never_comes_never_fires(void **state)
{
	static ahoy_timers timers;
	ahoy_timer never, soon;

	(void)state;
	ahoy_timers_init(&timers, AHOY_SECONDS(5));
	ahoy_timer_init(&never, NULL, 0);
	ahoy_timer_init(&soon, NULL, 0);
	ahoy_timer_arm(&timers, &never, AHOY_NEVER);
	ahoy_timer_arm(&timers, &soon, AHOY_SECONDS(6));
	assert_ptr_equal(ahoy_timers_pop(&timers, AHOY_SECONDS(6)), &soon);
	/* Thirty years of sleeping until next. */
	for (ahoy_time now = AHOY_SECONDS(6); now < AHOY_SECONDS(86400) * 365 * 30;) {
		ahoy_time next = ahoy_timers_next(&timers);

		assert_true(next > now);
		now = next;
		assert_null(ahoy_timers_pop(&timers, now));
	}
	assert_true(ahoy_timer_is_armed(&never));
	ahoy_timer_stop(&timers, &never);
	assert_int_equal(timers.count, 0);
	assert_true(ahoy_timers_next(&timers) == AHOY_NEVER);
}

static void stopping_twice_or_before_arming_is_harmless(void **state)
{
	static ahoy_timers timers;
	ahoy_timer timer;

	(void)state;
	ahoy_timers_init(&timers, 0);
	ahoy_timer_init(&timer, NULL, 0);
	ahoy_timer_stop(&timers, &timer);
	ahoy_timer_arm(&timers, &timer, AHOY_MS(5));
	ahoy_timer_stop(&timers, &timer);
	ahoy_timer_stop(&timers, &timer);
	assert_int_equal(timers.count, 0);
	assert_true(ahoy_timers_next(&timers) == AHOY_NEVER);
	assert_null(ahoy_timers_pop(&timers, AHOY_SECONDS(1)));
}

/* Some delays a SIP server arms, in milliseconds, and the wheel's edges. */
static const uint32_t delays_ms[] = {
	0, 1, 5, 20, 63, 64, 65, 500, 1000, 2000, 4000, 4095, 4096, 5000, 25000, 32000, 60000, 180000, 262143, 262144, 3600000};

typedef struct {
	ahoy_timer timer;
	uint64_t due_ms; /* 0: not armed; no history begins at 0 */
	uint64_t armed;	 /* number of the arming */
} model;

enum {
	MODELS = 60
};

static model *expected_first(model *models, uint64_t now_ms)
{
	model *first = NULL;

	for (int i = 0; i < MODELS; i++) {
		model *m = &models[i];

		if (m->due_ms && m->due_ms <= now_ms &&
		    (!first || m->due_ms < first->due_ms || (m->due_ms == first->due_ms && m->armed < first->armed)))
			first = m;
	}
	return first;
}

/* Takes what is due at now, and checks each against the model. */
static void pop_all(ahoy_timers *timers, model *models, ahoy_time now)
{
	ahoy_timer *timer;

	while ((timer = ahoy_timers_pop(timers, now))) {
		model *m = timer->owner;

		assert_ptr_equal(m, expected_first(models, now / 1000));
		m->due_ms = 0;
	}
	assert_null(expected_first(models, now / 1000));
}

static void history(uint64_t seed, ahoy_time now)
{
	static ahoy_timers timers;
	static model models[MODELS];
	test_env te;
	uint64_t armings = 0;

	test_env_init(&te, seed);
	ahoy_timers_init(&timers, now);
	for (int i = 0; i < MODELS; i++) {
		models[i] = (model){.due_ms = 0};
		ahoy_timer_init(&models[i].timer, &models[i], 0);
	}
	for (int step = 0; step < 3000; step++) {
		uint32_t dice = ahoy_random_u32(&te.env);
		model *m = &models[dice % MODELS];
		ahoy_time next;
		uint32_t count = 0;

		if (dice >> 30 == 0) {
			ahoy_timer_stop(&timers, &m->timer);
			m->due_ms = 0;
		} else if (dice >> 30 < 3) {
			uint32_t delay_ms = delays_ms[(dice >> 8) % ARRAY_LEN(delays_ms)];
			ahoy_time at = now + AHOY_MS(delay_ms) + ahoy_random_u32(&te.env) % 3;

			ahoy_timer_arm(&timers, &m->timer, at);
			/* What is past by less than the wheel's millisecond counts as now. */
			m->due_ms = (at + 999) / 1000 > now / 1000 ? (at + 999) / 1000 : now / 1000;
			m->armed = ++armings;
		} else {
			/* Half of the time a driver wakes up when it was asked to, else it is late. */
			next = ahoy_timers_next(&timers);
			if (next != AHOY_NEVER && dice & 0x10000)
				now = next > now ? next : now;
			else
				now += ahoy_random_u32(&te.env) % AHOY_MS(3000);
			pop_all(&timers, models, now);
		}
		for (int i = 0; i < MODELS; i++) {
			count += models[i].due_ms != 0;
			if (models[i].due_ms)
				assert_true(ahoy_timers_next(&timers) <= models[i].due_ms * 1000);
		}
		assert_int_equal(timers.count, count);
	}
	test_env_fini(&te);
}

static void every_history_fires_as_a_plain_list_would(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++) {
		history(seed, AHOY_SECONDS(1));
		history(seed, seed * 1234567891);
		history(seed, AHOY_MS(UINT64_C(1) << 36) - AHOY_SECONDS(500) * seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_fires_before_its_time_and_all_does_at_it),
		cmocka_unit_test(what_is_past_fires_at_once_in_the_order_of_arming),
		cmocka_unit_test(a_deadline_that_never_comes_never_fires),
		cmocka_unit_test(stopping_twice_or_before_arming_is_harmless),
		cmocka_unit_test(every_history_fires_as_a_plain_list_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
