/* os/route and os/sockaddr */
#include "os/route.h"

#include "os/sockaddr.h"
#include "test.h"

static void the_loopback_is_reached_from_the_loopback(void **state)
{
	ahoy_addr peer, local;

	(void)state;
	assert_ok(ahoy_addr_parse(AHOY_S("127.0.0.1:5060"), &peer));
	assert_ok(ahoy_route_local(&peer, &local));
	assert_true(ahoy_addr_is_loopback(&local));
	assert_int_equal(local.port, 0);
	peer.port = 0;
	assert_ok(ahoy_route_local(&peer, &local));
	assert_err(ahoy_route_local(&(ahoy_addr){.family = 0}, &local), AHOY_EINVAL);
}

static void the_loopback_is_among_the_interfaces_with_its_prefix(void **state)
{
	ahoy_interface all[64];
	size_t count = ahoy_route_interfaces(all, ARRAY_LEN(all));
	bool found = false;
	ahoy_addr loopback;

	(void)state;
	assert_ok(ahoy_addr_parse(AHOY_S("127.0.0.1"), &loopback));
	for (size_t i = 0; i < count; i++) {
		if (!ahoy_addr_ip_eq(&all[i].addr, &loopback))
			continue;
		found = true;
		assert_int_equal(all[i].prefix_bits, 8);
	}
	assert_true(found);
	assert_true(ahoy_route_interfaces(all, 1) <= 1);
}

static void addresses_cross_the_socket_api_unchanged(void **state)
{
	static const char *const table[] = {"127.0.0.1:5060", "[::1]:65535", "[fe80::1%3]:1", "255.255.255.255:0"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct sockaddr_storage sa;
		ahoy_addr addr, back;

		assert_ok(ahoy_addr_parse(ahoy_slice_of(table[i]), &addr));
		assert_true(ahoy_sockaddr_from(&addr, &sa) > 0);
		ahoy_sockaddr_to((struct sockaddr *)&sa, &back);
		assert_row(ahoy_addr_eq(&addr, &back) && addr.scope == back.scope, table[i]);
		assert_true(ahoy_sockaddr_mapped(&addr, &sa) > 0);
		assert_int_equal(sa.ss_family, AF_INET6);
		ahoy_sockaddr_to((struct sockaddr *)&sa, &back);
		assert_row(ahoy_addr_eq(&addr, &back), table[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_loopback_is_reached_from_the_loopback),
		cmocka_unit_test(the_loopback_is_among_the_interfaces_with_its_prefix),
		cmocka_unit_test(addresses_cross_the_socket_api_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
