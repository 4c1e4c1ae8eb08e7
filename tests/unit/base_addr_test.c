/* base/addr: addresses as text and back. */
#include "base/addr.h"

#include "base/err.h"
#include "test.h"

static const struct {
	const char *text;
	int err;
	const char *ip, *full; /* as written again, without and with port */
} rows[] = {
	{"1.2.3.4", 0, "1.2.3.4", "1.2.3.4:0"},
	{"0.0.0.0", 0, "0.0.0.0", "0.0.0.0:0"},
	{"255.255.255.255", 0, "255.255.255.255", "255.255.255.255:0"},
	{"11.0.0.88:5068", 0, "11.0.0.88", "11.0.0.88:5068"},
	{"1.2.3.4:0", 0, "1.2.3.4", "1.2.3.4:0"},
	{"1.2.3.4:65535", 0, "1.2.3.4", "1.2.3.4:65535"},
	{"1.2.3.4:65536", AHOY_ERANGE, NULL, NULL},
	{"1.2.3.4:99999999999999999999999", AHOY_ERANGE, NULL, NULL},
	{"1.2.3.4:", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.4:x", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.4:-1", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.4.5", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.", AHOY_ESYNTAX, NULL, NULL},
	{".2.3.4", AHOY_ESYNTAX, NULL, NULL},
	{"1..3.4", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.256", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.1000", AHOY_ESYNTAX, NULL, NULL},
	/* Octal to some programs, decimal to others. */
	{"010.0.0.1", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.04", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.00", AHOY_ESYNTAX, NULL, NULL},
	{"0x7f.0.0.1", AHOY_ESYNTAX, NULL, NULL},
	{"2130706433", AHOY_ESYNTAX, NULL, NULL},
	{" 1.2.3.4", AHOY_ESYNTAX, NULL, NULL},
	{"1.2.3.4 ", AHOY_ESYNTAX, NULL, NULL},
	{"", AHOY_ESYNTAX, NULL, NULL},
	{"localhost", AHOY_ESYNTAX, NULL, NULL},
	{"localhost:5060", AHOY_ESYNTAX, NULL, NULL},
	{"example.com:5060", AHOY_ESYNTAX, NULL, NULL},
	{":5060", AHOY_ESYNTAX, NULL, NULL},
	{"::", 0, "[::]", "[::]:0"},
	{"::1", 0, "[::1]", "[::1]:0"},
	{"[::1]", 0, "[::1]", "[::1]:0"},
	{"[::1]:5060", 0, "[::1]", "[::1]:5060"},
	{"[::1]:65536", AHOY_ERANGE, NULL, NULL},
	{"[::1]:", AHOY_ESYNTAX, NULL, NULL},
	{"[::1]5060", AHOY_ESYNTAX, NULL, NULL},
	{"[::1", AHOY_ESYNTAX, NULL, NULL},
	{"::1]", AHOY_ESYNTAX, NULL, NULL},
	{"[]", AHOY_ESYNTAX, NULL, NULL},
	{"[", AHOY_ESYNTAX, NULL, NULL},
	{"[1.2.3.4]:5060", AHOY_ESYNTAX, NULL, NULL},
	{"1::", 0, "[1::]", "[1::]:0"},
	{"1:2:3:4:5:6:7:8", 0, "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]:0"},
	{"1:2:3:4:5:6:7::", 0, "[1:2:3:4:5:6:7:0]", "[1:2:3:4:5:6:7:0]:0"},
	{"::2:3:4:5:6:7:8", 0, "[0:2:3:4:5:6:7:8]", "[0:2:3:4:5:6:7:8]:0"},
	{"1:2:3:4:5:6:7", AHOY_ESYNTAX, NULL, NULL},
	{"1:2:3:4:5:6:7:8:9", AHOY_ESYNTAX, NULL, NULL},
	{"1:2:3:4:5:6:7:8::", AHOY_ESYNTAX, NULL, NULL},
	{"::1:2:3:4:5:6:7:8", AHOY_ESYNTAX, NULL, NULL},
	{"1::2::3", AHOY_ESYNTAX, NULL, NULL},
	{":::", AHOY_ESYNTAX, NULL, NULL},
	{":1", AHOY_ESYNTAX, NULL, NULL},
	{"1:", AHOY_ESYNTAX, NULL, NULL},
	{"12345::", AHOY_ESYNTAX, NULL, NULL},
	{"::g", AHOY_ESYNTAX, NULL, NULL},
	{"::ffff:1.2.3.4", 0, "[::ffff:102:304]", "[::ffff:102:304]:0"},
	{"64:ff9b::192.0.2.33", 0, "[64:ff9b::c000:221]", "[64:ff9b::c000:221]:0"},
	{"1:2:3:4:5:6:1.2.3.4", 0, "[1:2:3:4:5:6:102:304]", "[1:2:3:4:5:6:102:304]:0"},
	{"1:2:3:4:5:6:7:1.2.3.4", AHOY_ESYNTAX, NULL, NULL},
	{"::1.2.3.4:5", AHOY_ESYNTAX, NULL, NULL},
	{"::01.2.3.4", AHOY_ESYNTAX, NULL, NULL},
	{"fe80::1%3", 0, "[fe80::1%3]", "[fe80::1%3]:0"},
	{"[fe80::1%3]:5060", 0, "[fe80::1%3]", "[fe80::1%3]:5060"},
	{"fe80::1%", AHOY_ESYNTAX, NULL, NULL},
	{"fe80::1%eth0", AHOY_ESYNTAX, NULL, NULL},
	{"fe80::1%4294967296", AHOY_ESYNTAX, NULL, NULL},
	/* RFC 5952 4.1 to 4.3: no leading zeros, the longest run of zeros, the first of equals, never one group; lower case. */
	{"2001:0db8::0001", 0, "[2001:db8::1]", "[2001:db8::1]:0"},
	{"2001:db8:0:0:1:0:0:1", 0, "[2001:db8::1:0:0:1]", "[2001:db8::1:0:0:1]:0"},
	{"2001:0:0:1:0:0:0:1", 0, "[2001:0:0:1::1]", "[2001:0:0:1::1]:0"},
	{"2001:db8:0:1:1:1:1:1", 0, "[2001:db8:0:1:1:1:1:1]", "[2001:db8:0:1:1:1:1:1]:0"},
	{"2001:DB8::ABCD", 0, "[2001:db8::abcd]", "[2001:db8::abcd]:0"},
};

static void addresses_are_read_strictly_and_written_as_rfc5952(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_slice exact = test_exact(ahoy_slice_of(rows[i].text));
		ahoy_addr addr, again;
		char memory[AHOY_ADDR_TEXT];
		ahoy_buf b = ahoy_buf_over(memory, sizeof memory);

		assert_err_row(ahoy_addr_parse(exact, &addr), rows[i].err, rows[i].text);
		test_free_exact(exact);
		if (rows[i].err)
			continue;
		ahoy_addr_put_ip(&b, &addr, true);
		assert_slice_row(ahoy_buf_slice(&b), rows[i].ip, rows[i].text);
		b = ahoy_buf_over(memory, sizeof memory);
		ahoy_addr_put(&b, &addr);
		assert_slice_row(ahoy_buf_slice(&b), rows[i].full, rows[i].text);
		assert_ok(ahoy_addr_parse(ahoy_buf_slice(&b), &again));
		assert_row(ahoy_addr_eq(&addr, &again), rows[i].text);
	}
}

static void an_address_cut_anywhere_is_read_or_refused_but_never_overread(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t len = 0; len < strlen(rows[i].text); len++) {
			ahoy_slice exact = test_exact((ahoy_slice){rows[i].text, len});
			ahoy_addr addr = {.family = 99};
			int err = ahoy_addr_parse(exact, &addr);

			assert_row(err == 0 || err == AHOY_ESYNTAX || err == AHOY_ERANGE, rows[i].text);
			assert_row(err ? addr.family == 99 : addr.family == 4 || addr.family == 6, rows[i].text);
			test_free_exact(exact);
		}
}

static void an_address_alone_takes_no_port(void **state)
{
	ahoy_addr addr;

	(void)state;
	assert_ok(ahoy_addr_parse_ip(AHOY_S("[::1]"), &addr));
	assert_ok(ahoy_addr_parse_ip(AHOY_S("::1"), &addr));
	assert_ok(ahoy_addr_parse_ip(AHOY_S("1.2.3.4"), &addr));
	assert_int_equal(addr.port, 0);
	assert_err(ahoy_addr_parse_ip(AHOY_S("1.2.3.4:5060"), &addr), AHOY_ESYNTAX);
	assert_err(ahoy_addr_parse_ip(AHOY_S("[::1]:5060"), &addr), AHOY_ESYNTAX);
	assert_err(ahoy_addr_parse_ip((ahoy_slice){NULL, 0}, &addr), AHOY_ESYNTAX);
}

static void kinds_of_addresses_are_told_apart(void **state)
{
	enum {
		ANY = 1,
		LOOP = 2,
		PRIVATE = 4,
		GROUP = 8
	};
	static const struct {
		const char *text;
		unsigned kinds;
	} kinds[] = {
		{"0.0.0.0", ANY},
		{"::", ANY},
		{"127.0.0.1", LOOP | PRIVATE},
		{"127.255.255.255", LOOP | PRIVATE},
		{"::1", LOOP | PRIVATE},
		{"10.0.0.1", PRIVATE},
		{"11.0.0.88", 0},
		{"172.15.255.255", 0},
		{"172.16.0.0", PRIVATE},
		{"172.31.255.255", PRIVATE},
		{"172.32.0.0", 0},
		{"192.168.0.1", PRIVATE},
		{"192.169.0.1", 0},
		{"100.63.255.255", 0},
		{"100.64.0.0", PRIVATE}, /* RFC 6598: behind a carrier's NAT */
		{"100.127.255.255", PRIVATE},
		{"100.128.0.0", 0},
		{"169.254.1.1", PRIVATE},
		{"fe80::1", PRIVATE},
		{"febf::1", PRIVATE},
		{"fec0::1", 0},
		{"fc00::1", PRIVATE},
		{"fdff::1", PRIVATE},
		{"fe00::1", 0},
		{"2001:db8::1", 0},
		{"223.255.255.255", 0},
		{"224.0.1.75", GROUP}, /* sip.mcast.net */
		{"239.255.255.255", GROUP},
		{"240.0.0.1", 0},
		{"255.255.255.255", GROUP},
		{"ff02::1", GROUP},
		{"feff::1", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		ahoy_addr addr;
		unsigned got;

		assert_ok(ahoy_addr_parse_ip(ahoy_slice_of(kinds[i].text), &addr));
		got = (ahoy_addr_is_any(&addr) ? ANY : 0u) | (ahoy_addr_is_loopback(&addr) ? LOOP : 0u) |
		      (ahoy_addr_is_private(&addr) ? PRIVATE : 0u) | (ahoy_addr_is_multicast_or_broadcast(&addr) ? GROUP : 0u);
		assert_row(got == kinds[i].kinds, kinds[i].text);
	}
}

static void equality_looks_at_what_its_name_says(void **state)
{
	static const struct {
		const char *a, *b;
		bool ip_eq, eq;
	} pairs[] = {
		{"1.2.3.4:5", "1.2.3.4:5", true, true},
		{"1.2.3.4:5", "1.2.3.4:6", true, false},
		{"1.2.3.4:5", "1.2.3.5:5", false, false},
		{"[::1]:5", "[0:0::1]:5", true, true},
		{"[fe80::1%1]:5", "[fe80::1%2]:5", false, false},
		{"1.2.3.4:5", "[102:304::]:5", false, false}, /* the same bytes in another family */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		ahoy_addr a, b;

		assert_ok(ahoy_addr_parse(ahoy_slice_of(pairs[i].a), &a));
		assert_ok(ahoy_addr_parse(ahoy_slice_of(pairs[i].b), &b));
		assert_row(ahoy_addr_ip_eq(&a, &b) == pairs[i].ip_eq, pairs[i].a);
		assert_row(ahoy_addr_eq(&a, &b) == pairs[i].eq, pairs[i].a);
	}
}

static void a_mapped_address_becomes_the_ipv4_one_and_others_stay(void **state)
{
	static const struct {
		const char *text, *unmapped;
	} pairs[] = {
		{"[::ffff:1.2.3.4]:5060", "1.2.3.4:5060"},
		{"[::1]:5060", "[::1]:5060"},
		{"[::fffe:1.2.3.4]:5060", "[::fffe:102:304]:5060"},
		{"1.2.3.4:5060", "1.2.3.4:5060"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		ahoy_addr addr, expected;

		assert_ok(ahoy_addr_parse(ahoy_slice_of(pairs[i].text), &addr));
		assert_ok(ahoy_addr_parse(ahoy_slice_of(pairs[i].unmapped), &expected));
		ahoy_addr_unmap(&addr);
		assert_row(ahoy_addr_eq(&addr, &expected), pairs[i].text);
		assert_memory_equal(addr.ip, expected.ip, 16);
	}
}

static void the_longest_address_fits_its_text(void **state)
{
	ahoy_addr addr = {.family = 6, .port = 65535, .scope = UINT32_MAX};
	char memory[AHOY_ADDR_TEXT];
	ahoy_buf b = ahoy_buf_over(memory, sizeof memory);

	(void)state;
	memset(addr.ip, 0xff, 16);
	ahoy_addr_put(&b, &addr);
	assert_false(b.full);
	assert_string_equal(ahoy_buf_cstr(&b), "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_strictly_and_written_as_rfc5952),
		cmocka_unit_test(an_address_cut_anywhere_is_read_or_refused_but_never_overread),
		cmocka_unit_test(an_address_alone_takes_no_port),
		cmocka_unit_test(kinds_of_addresses_are_told_apart),
		cmocka_unit_test(equality_looks_at_what_its_name_says),
		cmocka_unit_test(a_mapped_address_becomes_the_ipv4_one_and_others_stay),
		cmocka_unit_test(the_longest_address_fits_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
