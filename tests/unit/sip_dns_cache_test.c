/* sip/dns_cache: answers are kept as long as they say, within bounds (RFC 1035 3.2.1, RFC 2308). */
#include "sip/dns_cache.h"

#include <stdio.h>

#include "test.h"

static ahoy_dns_cache cache;

static int empty(void **state)
{
	(void)state;
	memset(&cache, 0, sizeof cache);
	return 0;
}

static bool known(uint32_t at_s, ahoy_dns_type type, const char *name)
{
	return ahoy_dns_cache_get(&cache, AHOY_SECONDS(at_s), type, ahoy_slice_of(name)) != NULL;
}

static void put(uint32_t at_s, const char *name, int err, uint32_t ttl_s)
{
	const ahoy_dns_answer answer = {.type = AHOY_DNS_SRV, .err = err, .ttl_s = ttl_s, .count = !err};

	ahoy_dns_cache_put(&cache, AHOY_SECONDS(at_s), ahoy_slice_of(name), &answer);
}

static void an_answer_is_kept_for_its_ttl_within_bounds(void **state)
{
	static const struct {
		const char *name;
		int err;
		uint32_t ttl_s, kept_s;
	} rows[] = {
		{"a", 0, 60, 60},
		{"zero", 0, 0, 0},
		{"week", 0, 604800, AHOY_DNS_MAX_TTL_S},
		{"largest", 0, UINT32_MAX, AHOY_DNS_MAX_TTL_S},
		{"gone", AHOY_ENOTFOUND, 0, AHOY_DNS_NEGATIVE_S},
		{"silent", AHOY_ETIMEOUT, 60, 0},
		{"failing", AHOY_ENETWORK, 60, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		put(100, rows[i].name, rows[i].err, rows[i].ttl_s);
		assert_row(known(100, AHOY_DNS_SRV, rows[i].name) == (rows[i].kept_s > 0), rows[i].name);
		if (rows[i].kept_s)
			assert_row(known(99 + rows[i].kept_s, AHOY_DNS_SRV, rows[i].name), rows[i].name);
		assert_row(!known(100 + rows[i].kept_s, AHOY_DNS_SRV, rows[i].name), rows[i].name);
	}
}

static void a_name_is_one_in_any_case_and_for_its_type_alone(void **state)
{
	(void)state;
	put(1, "Example.COM", 0, 60);
	assert_true(known(2, AHOY_DNS_SRV, "example.com"));
	assert_false(known(2, AHOY_DNS_NAPTR, "example.com"));
	assert_false(known(2, AHOY_DNS_SRV, "example.co"));
}

static void a_newer_answer_takes_the_place_of_the_older(void **state)
{
	(void)state;
	put(1, "a", 0, 60);
	put(2, "a", AHOY_ENOTFOUND, 0);
	assert_err(ahoy_dns_cache_get(&cache, AHOY_SECONDS(3), AHOY_DNS_SRV, AHOY_S("a"))->err, AHOY_ENOTFOUND);
	put(3, "a", AHOY_ETIMEOUT, 0);
	assert_false(known(3, AHOY_DNS_SRV, "a"));
}

static void a_full_cache_forgets_what_is_over_first(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i < AHOY_DNS_MAX_CACHED; i++) {
		snprintf(name, sizeof name, "n%u", i);
		put(1, name, 0, 100 + i);
	}
	put(2, "one more", 0, 1000);
	assert_false(known(3, AHOY_DNS_SRV, "n0"));
	assert_true(known(3, AHOY_DNS_SRV, "n1"));
	assert_true(known(3, AHOY_DNS_SRV, "one more"));
}

static void a_name_over_the_bound_is_not_kept(void **state)
{
	char name[AHOY_MAX_HOST + 2];

	(void)state;
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	put(1, name, 0, 60);
	assert_false(known(1, AHOY_DNS_SRV, name));
	put(1, name + 1, 0, 60);
	assert_true(known(1, AHOY_DNS_SRV, name + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_answer_is_kept_for_its_ttl_within_bounds, empty),
		cmocka_unit_test_setup(a_name_is_one_in_any_case_and_for_its_type_alone, empty),
		cmocka_unit_test_setup(a_newer_answer_takes_the_place_of_the_older, empty),
		cmocka_unit_test_setup(a_full_cache_forgets_what_is_over_first, empty),
		cmocka_unit_test_setup(a_name_over_the_bound_is_not_kept, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
