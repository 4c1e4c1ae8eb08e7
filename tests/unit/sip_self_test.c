/* sip/self: by which address this machine calls itself towards a peer (docs/behaviour.md). */
#include "sip/self.h"

#include "test.h"

static ahoy_addr addr_of(const char *text)
{
	ahoy_addr addr = {0};

	if (*text)
		assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &addr));
	return addr;
}

/* A machine at 10.0.0.1/8 and 2001:db8::1/64. */
static ahoy_self self_with(const char *public_address)
{
	ahoy_self self = {.public_address = addr_of(public_address), .network_count = 3};

	self.networks[0].addr = addr_of("10.0.0.1");
	self.networks[0].prefix_bits = 8;
	self.networks[1].addr = addr_of("2001:db8::1");
	self.networks[1].prefix_bits = 64;
	self.networks[2].addr = addr_of("172.16.5.1");
	self.networks[2].prefix_bits = 20;
	return self;
}

static const struct {
	const char *row, *public_address, *local, *peer, *expected;
} addresses[] = {
	{"without a public address the packets' own is told", "", "10.0.0.1:5060", "198.51.100.7:5060",
	 "10.0.0.1:5060"},
	{"a peer outside gets the public one, with the local port", "203.0.113.1", "10.0.0.1:5070", "198.51.100.7:5060",
	 "203.0.113.1:5070"},
	{"a peer in the machine's network gets the local one", "203.0.113.1", "10.0.0.1:5060", "10.200.3.4:5060",
	 "10.0.0.1:5060"},
	{"a prefix that ends inside a byte: inside", "203.0.113.1", "172.16.5.1:5060", "172.16.15.255:5060",
	 "172.16.5.1:5060"},
	{"a prefix that ends inside a byte: outside", "203.0.113.1", "172.16.5.1:5060", "172.16.16.0:5060",
	 "203.0.113.1:5060"},
	{"loopback is never outside", "203.0.113.1", "127.0.0.1:5060", "127.0.0.1:6000", "127.0.0.1:5060"},
	{"an IPv6 peer does not get an IPv4 address", "203.0.113.1", "[2001:db8::1]:5060", "[2001:db8:9::1]:5060",
	 "[2001:db8::1]:5060"},
	{"IPv6 outside", "2001:db8:ff::1", "[2001:db8::1]:5060", "[2001:db8:9::1]:5060", "[2001:db8:ff::1]:5060"},
	{"IPv6 inside", "2001:db8:ff::1", "[2001:db8::1]:5060", "[2001:db8::77]:5060", "[2001:db8::1]:5060"},
};

static void the_address_told_is_one_that_this_peer_can_reach(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		ahoy_self self = self_with(addresses[i].public_address);
		ahoy_flow flow = {.local = addr_of(addresses[i].local), .peer = addr_of(addresses[i].peer)};
		ahoy_addr got, expected = addr_of(addresses[i].expected);

		ahoy_self_address(&self, &flow, &got);
		assert_row(ahoy_addr_eq(&got, &expected), addresses[i].row);
	}
}

static void a_network_of_0_bits_is_everybody_and_one_of_32_a_single_machine(void **state)
{
	ahoy_self self = {.public_address = addr_of("203.0.113.1"), .network_count = 1};
	ahoy_flow flow = {.local = addr_of("10.0.0.1:5060"), .peer = addr_of("198.51.100.7:5060")};
	ahoy_addr got;

	(void)state;
	self.networks[0].addr = addr_of("10.0.0.1");
	self.networks[0].prefix_bits = 0;
	ahoy_self_address(&self, &flow, &got);
	assert_true(ahoy_addr_eq(&got, &flow.local));
	self.networks[0].prefix_bits = 32;
	ahoy_self_address(&self, &flow, &got);
	assert_true(ahoy_addr_ip_eq(&got, &self.public_address));
	flow.peer = addr_of("10.0.0.1:6000");
	ahoy_self_address(&self, &flow, &got);
	assert_true(ahoy_addr_eq(&got, &flow.local));
}

static const struct {
	const char *addr;
	bool mine;
} mine[] = {
	{"10.0.0.1:1", true},
	{"10.0.0.2", false},
	{"203.0.113.1:9", true},
	{"203.0.113.2", false},
	{"127.0.0.1", true},
	{"127.9.9.9", true},
	{"[::1]", true},
	{"2001:db8::1", true},
	{"2001:db8::2", false},
	{"172.16.5.1", true},
};

static void an_address_is_mine_where_an_interface_or_the_public_address_has_it(void **state)
{
	ahoy_self self = self_with("203.0.113.1");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mine); i++) {
		ahoy_addr addr = addr_of(mine[i].addr);

		assert_row(ahoy_self_is_mine(&self, &addr) == mine[i].mine, mine[i].addr);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_address_told_is_one_that_this_peer_can_reach),
		cmocka_unit_test(a_network_of_0_bits_is_everybody_and_one_of_32_a_single_machine),
		cmocka_unit_test(an_address_is_mine_where_an_interface_or_the_public_address_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
