/* sip/nat: where an answer goes, and whether a phone is wrong about its own address (RFC 3261 18.2, RFC 3581, docs/behaviour.md). */
#include "sip/nat.h"

#include "test.h"

static const struct {
	const char *row, *via, *source, *to;
	bool received;
	uint16_t rport, back;
} routes[] = {
	{"RFC 3581 4: rport asked for", "SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z", "198.51.100.7:40001",
	 "198.51.100.7:40001", true, 40001, 0},
	{"RFC 3581 4: rport, and sent-by is right", "SIP/2.0/UDP 192.0.2.9:5060;rport;branch=z", "192.0.2.9:5060",
	 "192.0.2.9:5060", true, 5060, 0},
	{"18.2.2: sent-by is the source, with a port of its own", "SIP/2.0/UDP 192.0.2.9:7000;branch=z",
	 "192.0.2.9:40000", "192.0.2.9:7000", false, 0, 0},
	{"18.2.2: no port in sent-by is 5060", "SIP/2.0/UDP 192.0.2.9;branch=z", "192.0.2.9:40000", "192.0.2.9:5060",
	 false, 0, 0},
	{"18.2.1: sent-by is another address: NAT", "SIP/2.0/UDP 10.0.0.5:5060;branch=z", "198.51.100.7:40001",
	 "198.51.100.7:40001", true, 0, 0},
	{"18.2.1: sent-by is a name", "SIP/2.0/UDP phone.example:5060;branch=z", "192.0.2.9:5062", "192.0.2.9:5062",
	 true, 0, 0},
	{"sent-by 0.0.0.0, as in the seed", "SIP/2.0/UDP 0.0.0.0:12345;branch=z", "11.0.0.88:5068", "11.0.0.88:5068",
	 true, 0, 0},
	{"IPv6", "SIP/2.0/UDP [2001:db8::9]:7000;branch=z", "[2001:db8::9]:40000", "[2001:db8::9]:7000", false, 0, 0},
	{"IPv6 written otherwise", "SIP/2.0/UDP [2001:DB8:0::9];branch=z", "[2001:db8::9]:40000", "[2001:db8::9]:5060",
	 false, 0, 0},
	{"the peer's own received says nothing", "SIP/2.0/UDP 192.0.2.9;branch=z;received=203.0.113.1",
	 "192.0.2.9:40000", "192.0.2.9:5060", false, 0, 0},
	{"streams answer where they came from", "SIP/2.0/TCP 192.0.2.9:5060;branch=z", "192.0.2.9:40000",
	 "192.0.2.9:40000", false, 0, 5060},
	{"18.2.2: with rport", "SIP/2.0/TCP 192.0.2.9:7000;rport;branch=z", "192.0.2.9:40000", "192.0.2.9:40000", true,
	 40000, 7000},
	{"18.2.2: nobody can connect through a NAT", "SIP/2.0/TCP 10.0.0.5:5060;branch=z", "192.0.2.9:40000",
	 "192.0.2.9:40000", true, 0, 0},
};

static void rfc3261_18_2_2_and_rfc3581_4_where_an_answer_goes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		ahoy_response_route route;
		ahoy_addr source, to;
		ahoy_slice rest;
		ahoy_flow from;
		ahoy_via via;

		assert_ok(ahoy_via_parse(ahoy_slice_of(routes[i].via), &via, &rest));
		assert_ok(ahoy_addr_parse(ahoy_slice_of(routes[i].source), &source));
		assert_ok(ahoy_addr_parse(ahoy_slice_of(routes[i].to), &to));
		from = (ahoy_flow){.transport = via.transport, .peer = source};
		ahoy_nat_response_route(&via, &from, &route);
		assert_row(route.back_port == routes[i].back, routes[i].row);
		assert_row(ahoy_addr_eq(&route.to, &to), routes[i].row);
		assert_row(route.write_received == routes[i].received, routes[i].row);
		assert_row(route.rport == routes[i].rport, routes[i].row);
	}
}

static void a_request_that_came_by_a_stream_is_answered_there_whatever_its_via_says(void **state)
{
	ahoy_response_route route;
	ahoy_flow from = {.transport = AHOY_TCP, .id = 7};
	ahoy_slice rest;
	ahoy_via via;

	(void)state;
	assert_ok(ahoy_via_parse(AHOY_S("SIP/2.0/UDP 192.0.2.9:7000;branch=z"), &via, &rest));
	assert_ok(ahoy_addr_parse(AHOY_S("192.0.2.9:40000"), &from.peer));
	ahoy_nat_response_route(&via, &from, &route);
	assert_true(ahoy_addr_eq(&route.to, &from.peer));
}

static const struct {
	const char *contact;
	ahoy_transport transport;
	const char *to; /* NULL: there is no way */
} ways_back[] = {
	{"sip:111@192.0.2.9:5062;transport=tcp", AHOY_TCP, "192.0.2.9:5062"},
	{"sip:111@192.0.2.9;transport=TCP", AHOY_TCP, "192.0.2.9:5060"},
	{"sip:111@10.0.0.5:5062;transport=tcp", AHOY_TCP, NULL},
	{"sip:111@phone.example;transport=tcp", AHOY_TCP, NULL},
	{"sip:111@192.0.2.9:5062", AHOY_TCP, NULL},
	{"sips:111@192.0.2.9:5062", AHOY_TCP, NULL},
	{"sip:111@192.0.2.9:5062;transport=tcp", AHOY_UDP, NULL},
};

static void rfc3261_18_1_1_a_peer_is_connected_to_at_its_contact_unless_it_is_behind_nat(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ways_back); i++) {
		ahoy_flow gone = {.transport = ways_back[i].transport, .id = 7}, back;
		ahoy_addr to;
		ahoy_uri uri;
		bool found;

		assert_ok(ahoy_addr_parse(AHOY_S("192.0.2.9:40000"), &gone.peer));
		assert_ok(ahoy_addr_parse(AHOY_S("192.0.2.1:5060"), &gone.local));
		assert_ok(ahoy_uri_parse(ahoy_slice_of(ways_back[i].contact), &uri));
		found = ahoy_nat_reconnect(&uri, &gone, &back);
		assert_row(found == (ways_back[i].to != NULL), ways_back[i].contact);
		if (!found)
			continue;
		assert_ok(ahoy_addr_parse(ahoy_slice_of(ways_back[i].to), &to));
		assert_row(back.id == 0 && ahoy_addr_eq(&back.peer, &to) && ahoy_addr_eq(&back.local, &gone.local), ways_back[i].contact);
	}
}

static const struct {
	const char *contact, *source;
	bool differs;
} contacts[] = {
	{"sip:111@192.0.2.9:5062", "192.0.2.9:5062", false},
	{"sip:111@192.0.2.9", "192.0.2.9:5060", false},
	{"sip:111@192.0.2.9", "192.0.2.9:5062", true},
	{"sip:111@10.0.0.5:5060", "198.51.100.7:5060", true},
	{"sip:111@phone.example", "192.0.2.9:5060", true},
	{"sip:111@10.0.0.5;maddr=192.0.2.9", "192.0.2.9:5060", false},
	{"sip:111@[2001:db8::9]:5060", "[2001:db8::9]:5060", false},
	{"tel:111", "192.0.2.9:5060", true},
	{"sip:111@0.0.0.0:12345", "192.0.2.9:12345", true},
};

static void a_contact_differs_where_a_request_to_it_would_go_elsewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(contacts); i++) {
		ahoy_addr source;
		ahoy_uri uri;

		assert_ok(ahoy_uri_parse(ahoy_slice_of(contacts[i].contact), &uri));
		assert_ok(ahoy_addr_parse(ahoy_slice_of(contacts[i].source), &source));
		assert_row(ahoy_nat_contact_differs(&uri, &source) == contacts[i].differs, contacts[i].contact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc3261_18_2_2_and_rfc3581_4_where_an_answer_goes),
		cmocka_unit_test(a_request_that_came_by_a_stream_is_answered_there_whatever_its_via_says),
		cmocka_unit_test(rfc3261_18_1_1_a_peer_is_connected_to_at_its_contact_unless_it_is_behind_nat),
		cmocka_unit_test(a_contact_differs_where_a_request_to_it_would_go_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
