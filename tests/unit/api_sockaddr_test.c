/* api/sockaddr: hosts as people write them, routes, and a datagram across. */
#include "api/sockaddr.h"

#include <errno.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/slice.h"
#include "test.h"

static void hosts_as_people_write_them(void **state)
{
	static const struct {
		const char *host;
		uint16_t port;
		const char *addr; /* NULL: AHOY_ENOTFOUND */
	} rows[] = {
		{"127.0.0.1", 0, "127.0.0.1:5060"},
		{"127.0.0.1:5070", 0, "127.0.0.1:5070"},
		{"127.0.0.1:5070", 6000, "127.0.0.1:6000"},
		{"::1", 0, "[::1]:5060"},
		{"[::1]:5070", 0, "[::1]:5070"},
		{"sip:115@127.0.0.1:5071;transport=udp", 0, "127.0.0.1:5071"},
		{"", 0, NULL},
		{"sip:", 0, NULL},
		{"no such host", 0, NULL},
		{"127.0.0.1:99999", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[AHOY_ADDR_TEXT];
		ahoy_buf b = ahoy_buf_over(text, sizeof text);
		ahoy_addr found[4];
		size_t count;
		int err = ahoy_api_look_up(rows[i].host, rows[i].port, found, ARRAY_LEN(found), &count);

		assert_err_row(err, rows[i].addr ? 0 : AHOY_ENOTFOUND, rows[i].host);
		if (err)
			continue;
		ahoy_addr_put(&b, &found[0]);
		assert_slice_row(ahoy_buf_slice(&b), rows[i].addr, rows[i].host);
	}
}

static void a_datagram_goes_across_and_a_refusal_comes_back(void **state)
{
	ahoy_addr here = {.family = 4, .ip = {127, 0, 0, 1}}, a_addr, b_addr, from, local;
	char bytes[16];
	int a, b;

	(void)state;
	a = ahoy_api_bind(&here);
	b = ahoy_api_bind(&here);
	assert_true(a >= 0 && b >= 0);
	assert_ok(ahoy_api_bound(a, &a_addr));
	assert_ok(ahoy_api_bound(b, &b_addr));
	ahoy_api_want_errors(a);
	assert_int_equal(ahoy_api_recv(b, bytes, sizeof bytes, &from), -1);
	assert_int_equal(errno, EAGAIN);
	assert_ok(ahoy_api_send_to(a, AHOY_S("hello"), &b_addr));
	assert_int_equal(ahoy_api_recv(b, bytes, sizeof bytes, &from), 5);
	assert_true(ahoy_addr_eq(&from, &a_addr));
	assert_false(ahoy_api_recv_error(a, &from));
	close(b);
	assert_ok(ahoy_api_send_to(a, AHOY_S("hello"), &b_addr));
	/* On the loopback the ICMP message is there when sendto returns. */
	assert_true(ahoy_api_recv_error(a, &from));
	assert_true(ahoy_addr_eq(&from, &b_addr));
	assert_int_equal(ahoy_api_bind(&(ahoy_addr){.family = 4, .ip = {192, 0, 2, 1}, .port = 9}), -1);
	assert_ok(ahoy_api_route_local(&a_addr, &local));
	assert_true(ahoy_addr_ip_eq(&local, &a_addr));
	assert_int_equal(local.port, 0);
	close(a);
	assert_err(ahoy_api_bound(-1, &local), AHOY_EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_as_people_write_them),
		cmocka_unit_test(a_datagram_goes_across_and_a_refusal_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
