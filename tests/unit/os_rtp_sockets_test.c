/* os/rtp_sockets, on the loopback. */
#include "os/rtp_sockets.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/socket.h"
#include "test.h"

/* A range below the ephemeral ports that no default of a well-known program lies in. */
#define LOW 29001
#define HIGH 29020

typedef struct {
	ahoy_loop *loop;
	ahoy_alarm *guard;
	ahoy_rtp_sockets *set;
	size_t count, until;
	uint32_t port;
	ahoy_addr source;
	char bytes[64];
	bool accept, timed_out;
} fixture;

static void on_guard(void *ctx)
{
	fixture *f = ctx;

	f->timed_out = true;
	ahoy_loop_stop(f->loop);
}

static bool on_packet(void *ctx, ahoy_time now, uint32_t port, const ahoy_addr *source, ahoy_slice bytes)
{
	fixture *f = ctx;

	assert_true(now > 0);
	f->port = port;
	f->source = *source;
	assert_ok(ahoy_slice_cstr(ahoy_slice_first(bytes, 60), f->bytes, sizeof f->bytes));
	if (++f->count == f->until)
		ahoy_loop_stop(f->loop);
	return f->accept;
}

static void open_set(fixture *f, uint16_t low, uint16_t high, const char *local)
{
	ahoy_rtp_options options = {.low = low, .high = high, .packet = on_packet, .ctx = f, .start = 3};

	if (local)
		assert_ok(ahoy_addr_parse(ahoy_slice_of(local), &options.local));
	assert_ok(ahoy_rtp_sockets_new(f->loop, &options, &f->set));
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);

	assert_non_null(f);
	f->accept = true;
	assert_ok(ahoy_loop_new(&f->loop));
	assert_ok(ahoy_alarm_new(f->loop, on_guard, f, &f->guard));
	ahoy_alarm_set(f->guard, ahoy_clock_now() + AHOY_SECONDS(10));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;

	ahoy_rtp_sockets_del(f->set);
	ahoy_alarm_del(f->guard);
	ahoy_loop_del(f->loop);
	free(f);
	return 0;
}

static void run_until(fixture *f, size_t count)
{
	f->until = count;
	ahoy_loop_run(f->loop);
	assert_false(f->timed_out);
}

static ahoy_addr local_port(const char *ip, unsigned port)
{
	ahoy_addr addr;

	assert_ok(ahoy_addr_parse_ip(ahoy_slice_of(ip), &addr));
	addr.port = (uint16_t)port;
	return addr;
}

static void rfc3550_11_rtp_ports_are_even_and_rtcp_is_the_next(void **state)
{
	fixture *f = *state;
	uint32_t pair;
	uint16_t port, seen[16];
	size_t count = 0;

	open_set(f, LOW, HIGH, "127.0.0.1");
	while (ahoy_rtp_sockets_open(f->set, &pair, &port) == 0) {
		assert_int_equal(pair, count);
		assert_int_equal(port % 2, 0);
		assert_true(port >= LOW && port + 1 <= HIGH);
		for (size_t i = 0; i < count; i++)
			assert_int_not_equal(seen[i], port);
		seen[count++] = port;
		assert_true(count <= 9);
	}
	/* 29002 .. 29019: nine pairs, of which other programs may hold some. */
	assert_true(count >= 1);
	assert_err(ahoy_rtp_sockets_open(f->set, &pair, &port), AHOY_EFULL);
	assert_int_equal(ahoy_rtp_sockets_count(f->set), count);
}

static void a_closed_pair_is_opened_again_and_others_ports_are_passed_over(void **state)
{
	fixture *f = *state;
	uint32_t pair, again;
	uint16_t port, other;
	ahoy_socket_options options = {.shared = false};
	ahoy_addr rtcp;
	int fd;

	open_set(f, LOW, HIGH, "127.0.0.1");
	assert_ok(ahoy_rtp_sockets_open(f->set, &pair, &port));
	assert_ok(ahoy_rtp_sockets_open(f->set, &again, &other));
	ahoy_rtp_sockets_close(f->set, pair);
	ahoy_rtp_sockets_close(f->set, pair);
	ahoy_rtp_sockets_close(f->set, 99);
	assert_int_equal(ahoy_rtp_sockets_count(f->set), 1);
	/* Somebody takes the RTCP port of what was ours: the pair is no pair any more. */
	rtcp = local_port("127.0.0.1", port + 1u);
	fd = ahoy_socket_open(&rtcp, &options);
	assert_true(fd >= 0);
	for (size_t i = 0; i < 9; i++) {
		uint16_t got;

		if (ahoy_rtp_sockets_open(f->set, &again, &got))
			break;
		assert_int_not_equal(got, port);
		if (i == 0)
			assert_int_equal(again, pair);
	}
	close(fd);
}

static void a_packet_goes_from_port_to_port(void **state)
{
	fixture *f = *state;
	uint32_t a, b;
	uint16_t port_a, port_b;
	ahoy_addr to;

	open_set(f, LOW, HIGH, NULL);
	assert_ok(ahoy_rtp_sockets_open(f->set, &a, &port_a));
	assert_ok(ahoy_rtp_sockets_open(f->set, &b, &port_b));
	to = local_port("127.0.0.5", port_b + 1u);
	ahoy_rtp_sockets_send(f->set, 2 * a, &to, AHOY_S("hello"));
	run_until(f, 1);
	assert_int_equal(f->port, 2 * b + 1);
	assert_int_equal(f->source.family, 4);
	assert_int_equal(f->source.port, port_a);
	assert_string_equal(f->bytes, "hello");
	/* It was accepted: what that port sends now leaves from the address that the peer knows. */
	to = f->source;
	ahoy_rtp_sockets_send(f->set, f->port, &to, AHOY_S("back"));
	run_until(f, 2);
	assert_int_equal(f->port, 2 * a);
	assert_true(ahoy_addr_eq(&f->source, &(ahoy_addr){.family = 4, .ip = {127, 0, 0, 5}, .port = (uint16_t)(port_b + 1)}));
	/* A port that does not exist, an address that is none. */
	ahoy_rtp_sockets_send(f->set, 4711, &to, AHOY_S("x"));
	ahoy_rtp_sockets_send(f->set, 0, &(ahoy_addr){.family = 0}, AHOY_S("x"));
}

static void a_packet_that_is_not_accepted_changes_nothing(void **state)
{
	fixture *f = *state;
	uint32_t a, b;
	uint16_t port_a, port_b;
	ahoy_addr to, from = local_port("192.0.2.1", 0);

	open_set(f, LOW, HIGH, NULL);
	assert_ok(ahoy_rtp_sockets_open(f->set, &a, &port_a));
	assert_ok(ahoy_rtp_sockets_open(f->set, &b, &port_b));
	to = local_port("127.0.0.5", port_b);
	f->accept = false;
	ahoy_rtp_sockets_send(f->set, 2 * a, &to, AHOY_S("x"));
	run_until(f, 1);
	to = f->source;
	ahoy_rtp_sockets_send(f->set, 2 * b, &to, AHOY_S("y"));
	run_until(f, 2);
	assert_true(ahoy_addr_ip_eq(&f->source, &(ahoy_addr){.family = 4, .ip = {127, 0, 0, 1}}));
	/* An address that is gone from the machine is forgotten, and the packet leaves all the same. */
	ahoy_rtp_sockets_send_from(f->set, 2 * b, &from);
	ahoy_rtp_sockets_send(f->set, 2 * b, &to, AHOY_S("z"));
	run_until(f, 3);
	assert_string_equal(f->bytes, "z");
}

static void running_out_of_descriptors_is_told_apart_from_a_full_range(void **state)
{
	fixture *f = *state;
	struct rlimit before, low;
	uint32_t pair;
	uint16_t port;
	int err = 0;

	open_set(f, 20000, 30000, "127.0.0.1");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = 40;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	for (size_t i = 0; i < 60 && !err; i++)
		err = ahoy_rtp_sockets_open(f->set, &pair, &port);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_err(err, AHOY_ENOMEM);
	assert_ok(ahoy_rtp_sockets_open(f->set, &pair, &port));
}

static void a_foreign_address_and_an_empty_range_are_errors(void **state)
{
	fixture *f = *state;
	uint32_t pair;
	uint16_t port;

	open_set(f, LOW, HIGH, "192.0.2.1");
	assert_err(ahoy_rtp_sockets_open(f->set, &pair, &port), AHOY_ENETWORK);
	ahoy_rtp_sockets_del(f->set);
	open_set(f, 29001, 29002, NULL);
	assert_err(ahoy_rtp_sockets_open(f->set, &pair, &port), AHOY_EFULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(rfc3550_11_rtp_ports_are_even_and_rtcp_is_the_next),
		TEST(a_closed_pair_is_opened_again_and_others_ports_are_passed_over),
		TEST(a_packet_goes_from_port_to_port),
		TEST(a_packet_that_is_not_accepted_changes_nothing),
		TEST(running_out_of_descriptors_is_told_apart_from_a_full_range),
		TEST(a_foreign_address_and_an_empty_range_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
