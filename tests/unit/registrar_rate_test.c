/* registrar/rate: token buckets for each source. */
#include "registrar/rate.h"

#include "base/limits.h"
#include "registrar_support.h"

#define T0 AHOY_SECONDS(1000)

typedef struct {
	test_env te;
	ahoy_rate *rate;
} fixture;

static void fixture_init(fixture *f, bool unlimited, uint32_t max)
{
	test_env_init(&f->te, 1);
	assert_ok(ahoy_rate_new(&f->te.env, unlimited, max, &f->rate));
}

static void fixture_fini(fixture *f)
{
	ahoy_rate_del(f->rate);
	test_env_fini(&f->te);
}

/* How many tokens the source gets out of at most `tries`. */
static unsigned take_many(fixture *f, ahoy_time now, ahoy_rate_kind kind, const char *source, unsigned tries)
{
	ahoy_addr addr = addr_of(source);
	unsigned got = 0;

	for (unsigned i = 0; i < tries; i++)
		got += ahoy_rate_take(f->rate, now, kind, &addr);
	return got;
}

static void a_burst_is_let_through_and_then_the_rate(void **state)
{
	static const struct {
		ahoy_rate_kind kind;
		unsigned burst, per_s;
	} table[] = {
		{AHOY_RATE_UNAUTHENTICATED, AHOY_RATE_OPEN_BURST, AHOY_RATE_OPEN_PER_S},
		{AHOY_RATE_FAILURE, AHOY_RATE_FAILURE_BURST, AHOY_RATE_FAILURE_PER_S},
	};
	fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		fixture_init(&f, false, 0);
		assert_int_equal(take_many(&f, T0, table[i].kind, "192.0.2.1:5060", table[i].burst + 50), table[i].burst);
		assert_int_equal(ahoy_rate_count(f.rate)->limited[table[i].kind], 50);
		assert_int_equal(take_many(&f, T0 + AHOY_SECONDS(1), table[i].kind, "192.0.2.1:5060", table[i].burst), table[i].per_s);
		assert_int_equal(
			take_many(&f, T0 + AHOY_SECONDS(100000), table[i].kind, "192.0.2.1:5060", table[i].burst + 1),
			table[i].burst);
		fixture_fini(&f);
	}
}

static void the_kinds_have_buckets_of_their_own(void **state)
{
	ahoy_addr addr = addr_of("192.0.2.1:5060");
	fixture f;

	(void)state;
	fixture_init(&f, false, 0);
	take_many(&f, T0, AHOY_RATE_FAILURE, "192.0.2.1:5060", AHOY_RATE_FAILURE_BURST);
	assert_false(ahoy_rate_allows(f.rate, T0, AHOY_RATE_FAILURE, &addr));
	assert_true(ahoy_rate_allows(f.rate, T0, AHOY_RATE_UNAUTHENTICATED, &addr));
	fixture_fini(&f);
}

static void allows_takes_no_token(void **state)
{
	ahoy_addr addr = addr_of("192.0.2.1:5060");
	fixture f;

	(void)state;
	fixture_init(&f, false, 0);
	for (int i = 0; i < 5 * AHOY_RATE_FAILURE_BURST; i++)
		assert_true(ahoy_rate_allows(f.rate, T0, AHOY_RATE_FAILURE, &addr));
	assert_int_equal(ahoy_rate_count(f.rate)->sources, 0);
	assert_int_equal(take_many(&f, T0, AHOY_RATE_FAILURE, "192.0.2.1:5060", 1), 1);
	fixture_fini(&f);
}

static void a_source_is_an_ipv4_address_or_an_ipv6_network_whatever_the_port(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} table[] = {
		{"192.0.2.1:5060", "192.0.2.1:40000", true},
		{"192.0.2.1:5060", "192.0.2.2:5060", false},
		{"[2001:db8:1:2::1]:5060", "[2001:db8:1:2:ffff::9]:1", true},
		{"[2001:db8:1:2::1]:5060", "[2001:db8:1:3::1]:5060", false},
		{"[::ffff:192.0.2.1]:5060", "192.0.2.1:5060", true},
		{"[::ffff:192.0.2.1]:5060", "[::ffff:192.0.2.2]:5060", false},
		{"127.0.0.1:5060", "127.0.0.2:5060", false},
	};
	fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		ahoy_addr b = addr_of(table[i].b);

		fixture_init(&f, false, 0);
		take_many(&f, T0, AHOY_RATE_FAILURE, table[i].a, AHOY_RATE_FAILURE_BURST);
		assert_row(ahoy_rate_allows(f.rate, T0, AHOY_RATE_FAILURE, &b) != table[i].same, table[i].b);
		fixture_fini(&f);
	}
}

static void loopback_is_limited_unless_nothing_is(void **state)
{
	fixture f;

	(void)state;
	fixture_init(&f, false, 0);
	assert_int_equal(take_many(&f, T0, AHOY_RATE_FAILURE, "127.0.0.1:5060", 1000), AHOY_RATE_FAILURE_BURST);
	ahoy_rate_set_unlimited(f.rate, true);
	assert_int_equal(take_many(&f, T0, AHOY_RATE_FAILURE, "127.0.0.1:5060", 1000), 1000);
	ahoy_rate_set_unlimited(f.rate, false);
	assert_int_equal(take_many(&f, T0, AHOY_RATE_FAILURE, "127.0.0.1:5060", 1000), 0);
	fixture_fini(&f);
}

static void a_full_table_forgets_who_was_silent_longest(void **state)
{
	enum {
		MAX = 8
	};
	char source[32];
	ahoy_addr first = addr_of("10.0.0.0:1"), second = addr_of("10.0.0.1:1");
	fixture f;

	(void)state;
	fixture_init(&f, false, MAX);
	for (int i = 0; i < MAX; i++) {
		snprintf(source, sizeof source, "10.0.0.%d:1", i);
		take_many(&f, T0, AHOY_RATE_FAILURE, source, AHOY_RATE_FAILURE_BURST);
	}
	/* The first speaks again, so the second is the oldest now. */
	take_many(&f, T0, AHOY_RATE_FAILURE, "10.0.0.0:1", 1);
	take_many(&f, T0, AHOY_RATE_FAILURE, "10.9.9.9:1", 1);
	assert_false(ahoy_rate_allows(f.rate, T0, AHOY_RATE_FAILURE, &first));
	assert_true(ahoy_rate_allows(f.rate, T0, AHOY_RATE_FAILURE, &second));
	assert_int_equal(ahoy_rate_count(f.rate)->sources, MAX);
	assert_int_equal(ahoy_rate_count(f.rate)->forgotten, 1);
	fixture_fini(&f);
}

/* Ten times as many sources as places, in an order that takes entries out of the middle of the chains and of the list. */
static void a_flood_of_sources_leaves_the_table_sound(void **state)
{
	enum {
		MAX = 64
	};
	uint32_t x = 12345;
	fixture f;

	(void)state;
	fixture_init(&f, false, MAX);
	for (int i = 0; i < 20000; i++) {
		ahoy_addr addr = {.family = 4, .port = 1};

		x = x * 1664525u + 1013904223u;
		addr.ip[0] = 10;
		addr.ip[3] = (uint8_t)(x >> 24);
		addr.ip[2] = (uint8_t)(x >> 22 & 1);
		ahoy_rate_take(f.rate, T0 + (ahoy_time)i, AHOY_RATE_UNAUTHENTICATED, &addr);
	}
	assert_int_equal(ahoy_rate_count(f.rate)->sources, MAX);
	fixture_fini(&f);
}

static void new_survives_each_failing_allocation(void **state)
{
	test_env te;

	(void)state;
	TEST_EACH_OOM (&te, 1) {
		ahoy_rate *rate = NULL;
		int err = ahoy_rate_new(&te.env, false, 16, &rate);

		assert_err(err, TEST_OOM_HIT(&te) ? AHOY_ENOMEM : 0);
		ahoy_rate_del(rate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_is_let_through_and_then_the_rate),
		cmocka_unit_test(the_kinds_have_buckets_of_their_own),
		cmocka_unit_test(allows_takes_no_token),
		cmocka_unit_test(a_source_is_an_ipv4_address_or_an_ipv6_network_whatever_the_port),
		cmocka_unit_test(loopback_is_limited_unless_nothing_is),
		cmocka_unit_test(a_full_table_forgets_who_was_silent_longest),
		cmocka_unit_test(a_flood_of_sources_leaves_the_table_sound),
		cmocka_unit_test(new_survives_each_failing_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
