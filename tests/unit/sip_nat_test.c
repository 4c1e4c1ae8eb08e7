/* sip/nat: where answers go, and which Contacts are wrong. */
#include "sip/nat.h"

#include "test.h"

static ahoy_addr addr(const char *text)
{
	ahoy_addr out;

	assert_err_row(ahoy_addr_parse(ahoy_slice_of(text), &out), 0, text);
	return out;
}

static void answers_go_where_the_request_came_from_or_where_it_says(void **state)
{
	static const struct {
		const char *via, *source, *to;
		bool received;
		uint16_t rport;
	} rows[] = {
		/* RFC 3581 4: rport, with received even where it says nothing new. */
		{"SIP/2.0/UDP 11.0.0.3:5060;rport;branch=z9hG4bK1", "11.0.0.3:5060", "11.0.0.3:5060", true, 5060},
		{"SIP/2.0/UDP 10.1.1.1:4540;rport;branch=z9hG4bK1", "192.0.2.1:9988", "192.0.2.1:9988", true, 9988},
		{"SIP/2.0/UDP phone.local;rport", "192.0.2.1:9988", "192.0.2.1:9988", true, 9988},
		{"SIP/2.0/UDP [2001:db8::1]:5070;rport=1", "[2001:db8::1]:5071", "[2001:db8::1]:5071", true, 5071},
		/* RFC 3261 18.2.2: the seed's phone, whose sent-by is right. */
		{"SIP/2.0/UDP 127.0.0.1:5068;branch=z9hG4bK1", "127.0.0.1:40000", "127.0.0.1:5068", false, 0},
		{"SIP/2.0/UDP 192.0.2.1", "192.0.2.1:40000", "192.0.2.1:5060", false, 0},
		{"SIP/2.0/UDP [2001:DB8:0::1]:5070", "[2001:db8::1]:40000", "[2001:db8::1]:5070", false, 0},
		/* Behind NAT. */
		{"SIP/2.0/UDP 0.0.0.0:12345;branch=z9hG4bk-j", "11.0.0.88:6000", "11.0.0.88:6000", true, 0},
		{"SIP/2.0/UDP 10.0.0.5:5060", "192.0.2.1:61000", "192.0.2.1:61000", true, 0},
		{"SIP/2.0/UDP phone.local:5070", "192.0.2.1:61000", "192.0.2.1:61000", true, 0},
		{"SIP/2.0/UDP 10.0.0.5:5060", "[2001:db8::1]:61000", "[2001:db8::1]:61000", true, 0},
		/* The connection that it came by. */
		{"SIP/2.0/TCP 192.0.2.1:5060", "192.0.2.1:49152", "192.0.2.1:49152", false, 0},
		{"SIP/2.0/WS df7jal23ls0d.invalid", "192.0.2.1:49152", "192.0.2.1:49152", true, 0},
		/* What the peer itself put there, or asks for by maddr, is not looked at. */
		{"SIP/2.0/UDP 192.0.2.1:5060;received=203.0.113.9;maddr=203.0.113.9", "192.0.2.1:40000",
		 "192.0.2.1:5060", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_addr source = addr(rows[i].source), to = addr(rows[i].to);
		ahoy_response_route route;
		ahoy_slice rest;
		ahoy_via via;

		assert_err_row(ahoy_via_parse(ahoy_slice_of(rows[i].via), &via, &rest), 0, rows[i].via);
		ahoy_nat_response_route(&via, &source, &route);
		assert_row(ahoy_addr_eq(&route.to, &to), rows[i].via);
		assert_row(route.write_received == rows[i].received, rows[i].via);
		assert_row(route.rport == rows[i].rport, rows[i].via);
	}
}

static void a_contact_differs_unless_it_is_the_source(void **state)
{
	static const struct {
		const char *contact, *source;
		bool differs;
	} rows[] = {
		{"sip:111@127.0.0.1:5068;transport=UDP", "127.0.0.1:5068", false},
		{"sip:111@127.0.0.1", "127.0.0.1:5060", false},
		{"sips:111@127.0.0.1", "127.0.0.1:5061", false},
		{"sip:111@127.0.0.1;transport=tls", "127.0.0.1:5061", false},
		{"sip:111@[2001:db8:0:0::1]:5068", "[2001:db8::1]:5068", false},
		{"sip:111@127.0.0.1:5068", "127.0.0.1:5069", true},
		{"sip:111@127.0.0.1", "127.0.0.1:5061", true},
		{"sip:111@10.0.0.5:5068", "192.0.2.1:5068", true},
		{"sip:111@0.0.0.0:5068", "192.0.2.1:5068", true},
		{"sip:111@phone.local:5068", "192.0.2.1:5068", true},
		{"sip:111@192.0.2.1:5068;maddr=203.0.113.9", "192.0.2.1:5068", true},
		{"tel:111", "192.0.2.1:5060", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_addr source = addr(rows[i].source);
		ahoy_uri contact;

		assert_err_row(ahoy_uri_parse(ahoy_slice_of(rows[i].contact), &contact), 0, rows[i].contact);
		assert_row(ahoy_nat_contact_differs(&contact, &source) == rows[i].differs, rows[i].contact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_go_where_the_request_came_from_or_where_it_says),
		cmocka_unit_test(a_contact_differs_unless_it_is_the_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
