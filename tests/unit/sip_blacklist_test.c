/* sip/blacklist: servers that failed are tried last, for a while (RFC 3263 4.3, RFC 3261 21.5.4). */
#include "sip/blacklist.h"

#include "test.h"

static ahoy_flow to(uint8_t last, ahoy_transport transport)
{
	return (ahoy_flow){.transport = transport, .peer = {.family = 4, .port = 5060, .ip = {192, 0, 2, last}}};
}

static void a_server_is_on_it_for_a_while_by_one_transport(void **state)
{
	static const struct {
		uint32_t retry_after_s, seconds;
	} rows[] = {{0, AHOY_BLACKLIST_S}, {5, 5}, {300, 300}, {UINT32_MAX, AHOY_BLACKLIST_MAX_S}};
	ahoy_flow udp = to(1, AHOY_UDP), tcp = to(1, AHOY_TCP), other = to(2, AHOY_UDP);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ahoy_blacklist list = {0};

		ahoy_blacklist_add(&list, AHOY_SECONDS(10), &udp, rows[i].retry_after_s);
		assert_true(ahoy_blacklist_has(&list, AHOY_SECONDS(9 + rows[i].seconds), &udp));
		assert_false(ahoy_blacklist_has(&list, AHOY_SECONDS(10 + rows[i].seconds), &udp));
		assert_false(ahoy_blacklist_has(&list, AHOY_SECONDS(10), &tcp));
		assert_false(ahoy_blacklist_has(&list, AHOY_SECONDS(10), &other));
		ahoy_blacklist_remove(&list, &udp);
		assert_false(ahoy_blacklist_has(&list, AHOY_SECONDS(10), &udp));
	}
}

static void those_on_it_go_last_and_the_order_stays(void **state)
{
	ahoy_flow flows[5], bad[2] = {to(0, AHOY_UDP), to(3, AHOY_UDP)};
	static const uint8_t expected[] = {1, 2, 4, 0, 3};
	ahoy_blacklist list = {0};

	(void)state;
	for (uint8_t i = 0; i < 5; i++)
		flows[i] = to(i, AHOY_UDP);
	ahoy_blacklist_add(&list, 1, &bad[0], 0);
	ahoy_blacklist_add(&list, 1, &bad[1], 0);
	ahoy_blacklist_order(&list, 2, flows, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(flows[i].peer.ip[3], expected[i]);
}

static void a_full_one_forgets_what_is_over_first(void **state)
{
	ahoy_blacklist list = {0};
	ahoy_flow flow;

	(void)state;
	for (uint8_t i = 0; i <= AHOY_MAX_BLACKLISTED; i++) {
		flow = to(i, AHOY_UDP);
		ahoy_blacklist_add(&list, AHOY_SECONDS(i + 1), &flow, 0);
	}
	flow = to(0, AHOY_UDP);
	assert_false(ahoy_blacklist_has(&list, AHOY_SECONDS(2), &flow));
	flow = to(AHOY_MAX_BLACKLISTED, AHOY_UDP);
	assert_true(ahoy_blacklist_has(&list, AHOY_SECONDS(2), &flow));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_is_on_it_for_a_while_by_one_transport),
		cmocka_unit_test(those_on_it_go_last_and_the_order_stays),
		cmocka_unit_test(a_full_one_forgets_what_is_over_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
