/* phone/impair: what a bad network does, counted in virtual time. */
#include "phone/impair.h"

#include "test.h"
#include "test_env.h"

#define PACKETS 20000u

typedef struct {
	unsigned arrived, out_of_order, twice;
	uint32_t highest;
	uint64_t delay_sum, delay_max, delay_min, hash;
} tally;

static ahoy_time sent_at[PACKETS];
static uint8_t copies[PACKETS];

static void take(tally *t, ahoy_impair *impair, ahoy_time now)
{
	ahoy_flow flow;
	ahoy_slice bytes;

	while (ahoy_impair_pop(impair, now, &flow, &bytes)) {
		uint32_t number;
		uint64_t delay;

		assert_int_equal(bytes.len, sizeof number);
		assert_int_equal(flow.id, 7);
		memcpy(&number, bytes.ptr, sizeof number);
		delay = now - sent_at[number];
		t->arrived++;
		t->twice += copies[number]++ > 0;
		t->out_of_order += number < t->highest;
		if (number > t->highest)
			t->highest = number;
		t->delay_sum += delay;
		t->delay_max = delay > t->delay_max ? delay : t->delay_max;
		t->delay_min = delay < t->delay_min ? delay : t->delay_min;
		t->hash = (t->hash ^ number) * 1099511628211u ^ now;
	}
}

/* PACKETS of 20 ms, each event at its own moment. */
static tally run(const ahoy_impairment *how, ahoy_impair_counters *counters)
{
	tally t = {.delay_min = UINT64_MAX};
	ahoy_time now = AHOY_SECONDS(100);
	ahoy_impair *impair;
	ahoy_flow flow = {.id = 7};
	test_env te;

	memset(copies, 0, sizeof copies);
	test_env_init(&te, 1);
	assert_ok(ahoy_impair_new(&te.env, how, &impair));
	for (uint32_t i = 0; i < PACKETS; i++, now += AHOY_MS(20)) {
		while (ahoy_impair_next(impair) <= now)
			take(&t, impair, ahoy_impair_next(impair));
		sent_at[i] = now;
		ahoy_impair_put(impair, now, &flow, ahoy_slice_make(&i, sizeof i));
	}
	while (ahoy_impair_next(impair) != AHOY_NEVER)
		take(&t, impair, ahoy_impair_next(impair));
	*counters = *ahoy_impair_count(impair);
	ahoy_impair_del(impair);
	test_env_fini(&te);
	return t;
}

static void nothing_asked_for_changes_nothing(void **state)
{
	ahoy_impair_counters counters;
	tally t = run(&(ahoy_impairment){.seed = 1}, &counters);

	(void)state;
	assert_int_equal(t.arrived, PACKETS);
	assert_int_equal(t.out_of_order, 0);
	assert_int_equal(t.delay_max, 0);
	assert_int_equal(counters.lost + counters.duplicated + counters.reordered + counters.overflowed, 0);
}

static void each_share_is_met_within_what_chance_allows(void **state)
{
	/* Four standard deviations of a binomial of 20,000: 5 % is 123, 1 % is 56, 2 % is 79. */
	const ahoy_impairment how = {.loss = 5000, .duplicate = 1000, .reorder = 2000, .seed = 7};
	ahoy_impair_counters counters;
	tally t = run(&how, &counters);

	(void)state;
	assert_in_range(counters.lost, 1000 - 123, 1000 + 123);
	assert_in_range(counters.duplicated, 190 - 56, 190 + 56); /* of those that are not lost */
	assert_in_range(counters.reordered, 380 - 79, 380 + 79);
	assert_int_equal(counters.seen, PACKETS);
	assert_int_equal(t.arrived, PACKETS - counters.lost + counters.duplicated);
	assert_int_equal(t.twice, counters.duplicated);
	assert_true(t.out_of_order > 300);
	assert_int_equal(counters.overflowed, 0);
}

static void delay_and_jitter_have_their_range(void **state)
{
	const ahoy_impairment how = {.delay = AHOY_MS(20), .jitter = AHOY_MS(10), .seed = 3};
	ahoy_impair_counters counters;
	tally t = run(&how, &counters);

	(void)state;
	assert_int_equal(t.arrived, PACKETS);
	assert_int_equal(t.out_of_order, 0); /* less jitter than the packets are apart */
	assert_in_range(t.delay_min, AHOY_MS(20), AHOY_MS(20) + 100);
	assert_in_range(t.delay_max, AHOY_MS(30) - 100, AHOY_MS(30));
	assert_in_range(t.delay_sum / PACKETS, AHOY_MS(25) - 100, AHOY_MS(25) + 100);
}

static void the_same_seed_is_the_same_network_and_another_is_another(void **state)
{
	ahoy_impairment how = {.loss = 5000, .duplicate = 1000, .reorder = 2000, .delay = AHOY_MS(5), .jitter = AHOY_MS(50), .seed = 7};
	ahoy_impair_counters counters;
	tally first = run(&how, &counters), second = run(&how, &counters), other;

	(void)state;
	assert_true(first.hash == second.hash);
	how.seed = 8;
	other = run(&how, &counters);
	assert_true(first.hash != other.hash);
}

static void all_is_lost_at_a_hundred_percent_and_a_full_queue_loses_the_rest(void **state)
{
	ahoy_impair_counters counters;
	tally t = run(&(ahoy_impairment){.loss = 100000}, &counters);
	ahoy_impair *impair;
	ahoy_flow flow = {0};
	ahoy_slice bytes;
	unsigned popped = 0;
	test_env te;

	(void)state;
	assert_int_equal(t.arrived, 0);
	test_env_init(&te, 1);
	assert_ok(ahoy_impair_new(&te.env, &(ahoy_impairment){.delay = AHOY_SECONDS(2)}, &impair));
	for (unsigned i = 0; i <= AHOY_IMPAIR_WAITING; i++)
		ahoy_impair_put(impair, 1000, &flow, AHOY_S("x"));
	assert_int_equal(ahoy_impair_count(impair)->overflowed, 1);
	assert_false(ahoy_impair_pop(impair, 1000 + AHOY_SECONDS(2) - 1, &flow, &bytes));
	assert_int_equal(ahoy_impair_next(impair), 1000 + AHOY_SECONDS(2));
	for (; popped < 10; popped++) /* what still waits is freed with it */
		assert_true(ahoy_impair_pop(impair, AHOY_NEVER, &flow, &bytes));
	ahoy_impair_del(impair);
	test_env_fini(&te);
}

static void the_option_is_read_whole_or_refused(void **state)
{
	static const char *const bad[] = {"", "loss", "loss=", "loss=101%", "loss=100.001%", "loss=-1", "loss=5%%",
					  "frob=1", "delay=2001", "delay=5s", "seed=x", "loss=1,loss=2", "loss=1,", "dup=0.0001"};
	char mem[400];
	ahoy_impairment how;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ahoy_buf why = ahoy_buf_over(mem, sizeof mem);

		assert_err_row(ahoy_impair_parse(ahoy_slice_of(bad[i]), &how, &why), AHOY_EINVAL, bad[i]);
		assert_non_null(strstr(ahoy_buf_cstr(&why), "loss=5%"));
	}
	ahoy_buf why = ahoy_buf_over(mem, sizeof mem);
	assert_ok(ahoy_impair_parse(AHOY_S("loss=5%,dup=0.25,reorder=100%,delay=20ms,jitter=2000,seed=18446744073709551615"), &how, &why));
	assert_int_equal(how.loss, 5000);
	assert_int_equal(how.duplicate, 250);
	assert_int_equal(how.reorder, 100000);
	assert_int_equal(how.delay, AHOY_MS(20));
	assert_int_equal(how.jitter, AHOY_SECONDS(2));
	assert_true(how.seed == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_asked_for_changes_nothing),
		cmocka_unit_test(each_share_is_met_within_what_chance_allows),
		cmocka_unit_test(delay_and_jitter_have_their_range),
		cmocka_unit_test(the_same_seed_is_the_same_network_and_another_is_another),
		cmocka_unit_test(all_is_lost_at_a_hundred_percent_and_a_full_queue_loses_the_rest),
		cmocka_unit_test(the_option_is_read_whole_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
