/* sip/target: where a request goes (RFC 3263, A and AAAA level). */
#include "sip/target.h"

#include "test.h"

static void rfc3263_4_1_and_4_2_transport_port_and_host(void **state)
{
	static const struct {
		const char *uri;
		int err;
		const char *host;
		bool is_address;
		uint16_t port;
		ahoy_transport transport;
	} rows[] = {
		{"sip:111@127.0.0.1:5068;transport=UDP", 0, "127.0.0.1", true, 5068, AHOY_UDP},
		{"sip:example.com", 0, "example.com", false, 5060, AHOY_UDP},
		{"sip:example.com;transport=tcp", 0, "example.com", false, 5060, AHOY_TCP},
		{"sip:example.com;transport=TLS", 0, "example.com", false, 5061, AHOY_TLS},
		{"sip:example.com;transport=ws", 0, "example.com", false, 80, AHOY_WS},
		{"sip:[::1];transport=wss", 0, "[::1]", true, 443, AHOY_WSS},
		{"sips:example.com", 0, "example.com", false, 5061, AHOY_TLS},
		{"sips:example.com:7000;transport=tcp", 0, "example.com", false, 7000, AHOY_TLS},
		{"sips:example.com;transport=ws", 0, "example.com", false, 443, AHOY_WSS},
		{"sips:example.com;transport=tls", 0, "example.com", false, 5061, AHOY_TLS},
		{"sips:example.com;transport=wss", 0, "example.com", false, 443, AHOY_WSS},
		{"sip:example.com:5070;maddr=192.0.2.1", 0, "192.0.2.1", true, 5070, AHOY_UDP},
		{"sip:example.com;maddr", 0, "example.com", false, 5060, AHOY_UDP},
		{"sips:example.com;transport=udp", AHOY_EUNSUPPORTED, NULL, false, 0, AHOY_UDP},
		{"sips:example.com;transport=sctp", AHOY_EUNSUPPORTED, NULL, false, 0, AHOY_UDP},
		{"sip:example.com;transport=sctp", AHOY_EUNSUPPORTED, NULL, false, 0, AHOY_UDP},
		{"sip:example.com;transport", AHOY_EUNSUPPORTED, NULL, false, 0, AHOY_UDP},
		{"tel:123", AHOY_ESCHEME, NULL, false, 0, AHOY_UDP},
		{"http://example.com", AHOY_ESCHEME, NULL, false, 0, AHOY_UDP},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_target target;
		ahoy_uri uri;

		assert_err_row(ahoy_uri_parse(ahoy_slice_of(rows[i].uri), &uri), 0, rows[i].uri);
		assert_err_row(ahoy_target_of_uri(&uri, &target), rows[i].err, rows[i].uri);
		if (rows[i].err)
			continue;
		assert_slice_row(target.host, rows[i].host, rows[i].uri);
		assert_row((target.addr.family != 0) == rows[i].is_address, rows[i].uri);
		assert_row(!rows[i].is_address || target.addr.port == rows[i].port, rows[i].uri);
		assert_row(target.port == rows[i].port, rows[i].uri);
		assert_row(target.transport == rows[i].transport, rows[i].uri);
	}
}

/* The list for these comma-separated resolved addresses, as text. */
static const char *ordered(const char *resolved, unsigned families)
{
	static char text[2048];
	ahoy_buf b = ahoy_buf_over(text, sizeof text);
	ahoy_slice rest = ahoy_slice_of(resolved), one;
	ahoy_target target = {.port = 5070};
	ahoy_target_list list;
	ahoy_addr addrs[64], addr;
	size_t count = 0;

	while (rest.len) {
		ahoy_slice_cut(rest, ',', &one, &rest);
		assert_ok(ahoy_addr_parse_ip(one, &addrs[count++]));
	}
	ahoy_target_list_init(&list, &target, addrs, count, families);
	while (ahoy_target_next(&list, &addr)) {
		assert_int_equal(addr.port, 5070);
		if (b.len)
			ahoy_buf_char(&b, ',');
		ahoy_addr_put_ip(&b, &addr, false);
	}
	assert_false(ahoy_target_next(&list, &addr));
	return ahoy_buf_cstr(&b);
}

static void addresses_are_tried_in_order_with_families_in_turn(void **state)
{
	unsigned both = AHOY_TARGET_IP4 | AHOY_TARGET_IP6;

	(void)state;
	assert_string_equal(ordered("", both), "");
	assert_string_equal(ordered("192.0.2.1,192.0.2.2", both), "192.0.2.1,192.0.2.2");
	assert_string_equal(ordered("2001:db8::1,2001:db8::2,192.0.2.1,192.0.2.2", both),
			    "2001:db8::1,192.0.2.1,2001:db8::2,192.0.2.2");
	assert_string_equal(ordered("192.0.2.1,2001:db8::1,2001:db8::2,2001:db8::3", both),
			    "192.0.2.1,2001:db8::1,2001:db8::2,2001:db8::3");
	assert_string_equal(ordered("192.0.2.1,192.0.2.2,192.0.2.3,2001:db8::1", both),
			    "192.0.2.1,2001:db8::1,192.0.2.2,192.0.2.3");
	assert_string_equal(ordered("2001:db8::1,192.0.2.1", AHOY_TARGET_IP4), "192.0.2.1");
	assert_string_equal(ordered("2001:db8::1,192.0.2.1", AHOY_TARGET_IP6), "2001:db8::1");
	assert_string_equal(ordered("2001:db8::1,192.0.2.1", 0), "");
}

static void addresses_of_no_use_and_repeated_ones_are_left_out(void **state)
{
	(void)state;
	assert_string_equal(ordered("0.0.0.0,192.0.2.1,224.0.0.1,255.255.255.255,192.0.2.1,::,ff02::1,2001:db8::1", 3),
			    "192.0.2.1,2001:db8::1");
}

static void no_more_addresses_than_the_bound_are_tried(void **state)
{
	ahoy_addr addrs[AHOY_MAX_TARGET_ADDRS + 5], addr;
	ahoy_target target = {.port = 1};
	ahoy_target_list list;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addrs); i++)
		addrs[i] = (ahoy_addr){.family = i % 3 ? 4 : 6, .ip = {0x20, 1, 2, (uint8_t)(i + 1)}};
	ahoy_target_list_init(&list, &target, addrs, ARRAY_LEN(addrs), 3);
	while (ahoy_target_next(&list, &addr))
		count++;
	assert_int_equal(count, AHOY_MAX_TARGET_ADDRS);
}

static void an_address_needs_no_resolver(void **state)
{
	ahoy_target target;
	ahoy_target_list list;
	ahoy_addr addr;
	ahoy_uri uri;

	(void)state;
	assert_ok(ahoy_uri_parse(AHOY_S("sip:a@192.0.2.7:5080"), &uri));
	assert_ok(ahoy_target_of_uri(&uri, &target));
	ahoy_target_list_init(&list, &target, NULL, 0, AHOY_TARGET_IP4);
	assert_true(ahoy_target_next(&list, &addr));
	assert_int_equal(addr.port, 5080);
	assert_false(ahoy_target_next(&list, &addr));
	ahoy_target_list_init(&list, &target, NULL, 0, AHOY_TARGET_IP6);
	assert_false(ahoy_target_next(&list, &addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3263_4_1_and_4_2_transport_port_and_host),
		cmocka_unit_test(addresses_are_tried_in_order_with_families_in_turn),
		cmocka_unit_test(addresses_of_no_use_and_repeated_ones_are_left_out),
		cmocka_unit_test(no_more_addresses_than_the_bound_are_tried),
		cmocka_unit_test(an_address_needs_no_resolver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
