/* os/udp and os/driver, on the loopback. */
#include "os/udp.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/clock.h"
#include "os/driver.h"
#include "os/sockaddr.h"
#include "os/socket.h"
#include "test.h"

#define MAX_SEEN 256

typedef struct {
	ahoy_flow flow;
	size_t len;
	uint8_t first;
} seen;

typedef struct {
	ahoy_loop *loop;
	ahoy_alarm *guard;
	ahoy_udp *udp;
	ahoy_tail *tail;
	seen datagrams[MAX_SEEN];
	size_t count, until;
	ahoy_flow refused;
	size_t refused_count, refused_until;
	bool timed_out;
} fixture;

static void on_guard(void *ctx)
{
	fixture *f = ctx;

	f->timed_out = true;
	ahoy_loop_stop(f->loop);
}

static void on_datagram(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	fixture *f = ctx;

	assert_true(now > 0);
	if (f->count < MAX_SEEN)
		f->datagrams[f->count] = (seen){*flow, bytes.len, bytes.len ? (uint8_t)bytes.ptr[0] : 0};
	if (++f->count == f->until)
		ahoy_loop_stop(f->loop);
}

static void on_refused(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	fixture *f = ctx;

	(void)now;
	f->refused = *flow;
	if (++f->refused_count == f->refused_until)
		ahoy_loop_stop(f->loop);
}

static void on_tail(void *ctx)
{
	fixture *f = ctx;

	ahoy_udp_flush(f->udp);
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);
	ahoy_udp_handler handler = {f, on_datagram, on_refused};

	assert_non_null(f);
	assert_ok(ahoy_loop_new(&f->loop));
	assert_ok(ahoy_alarm_new(f->loop, on_guard, f, &f->guard));
	ahoy_alarm_set(f->guard, ahoy_clock_now() + AHOY_SECONDS(10));
	assert_ok(ahoy_udp_new(f->loop, &handler, &f->udp));
	assert_ok(ahoy_tail_new(f->loop, on_tail, f, &f->tail));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;

	ahoy_udp_del(f->udp);
	ahoy_tail_del(f->tail);
	ahoy_alarm_del(f->guard);
	ahoy_loop_del(f->loop);
	free(f);
	return 0;
}

static void run_until(fixture *f, size_t datagrams, size_t refused)
{
	f->until = datagrams;
	f->refused_until = refused;
	ahoy_loop_run(f->loop);
	assert_false(f->timed_out);
}

static ahoy_addr addr_of(const char *text)
{
	ahoy_addr addr;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &addr));
	return addr;
}

static ahoy_addr listen_at(fixture *f, const char *text)
{
	ahoy_addr at = addr_of(text), bound;
	char why[AHOY_SOCKET_WHY] = "";

	if (ahoy_udp_listen(f->udp, &at, AHOY_UDP_ALONE, &bound, why))
		fail_msg("%s", why);
	assert_int_not_equal(bound.port, 0);
	return bound;
}

/* A flow from listener `id` to the address. */
static ahoy_flow flow_to(uint32_t id, const ahoy_addr *peer)
{
	return (ahoy_flow){.transport = AHOY_UDP, .id = id, .peer = *peer};
}

static void send_text(fixture *f, const ahoy_flow *flow, const char *text)
{
	ahoy_udp_send(f->udp, flow, ahoy_slice_of(text));
}

static void a_datagram_comes_with_its_peer_and_the_local_address_it_came_to(void **state)
{
	fixture *f = *state;
	ahoy_addr any = listen_at(f, "0.0.0.0:0"), other = listen_at(f, "127.0.0.1:0"), to = addr_of("127.0.0.7:0"), back;
	ahoy_flow flow;

	to.port = any.port;
	flow = flow_to(1, &to);
	send_text(f, &flow, "x");
	run_until(f, 1, 0);
	assert_int_equal(f->datagrams[0].flow.id, 0);
	assert_true(ahoy_addr_eq(&f->datagrams[0].flow.local, &to));
	assert_true(ahoy_addr_eq(&f->datagrams[0].flow.peer, &other));
	/* The answer by the same flow leaves from the address that was asked. */
	flow = f->datagrams[0].flow;
	send_text(f, &flow, "y");
	run_until(f, 2, 0);
	back = f->datagrams[1].flow.peer;
	assert_int_equal(f->datagrams[1].flow.id, 1);
	assert_true(ahoy_addr_eq(&back, &to));
}

static void ipv6_is_the_same(void **state)
{
	fixture *f = *state;
	ahoy_addr at = addr_of("[::1]:0"), bound;
	char why[AHOY_SOCKET_WHY];
	ahoy_flow flow;
	int err = ahoy_udp_listen(f->udp, &at, AHOY_UDP_ALONE, &bound, why);

	if (err == AHOY_EUNSUPPORTED || (err == AHOY_ENETWORK && strstr(why, "no address")))
		return; /* a machine without IPv6 */
	assert_ok(err);
	flow = flow_to(0, &bound);
	flow.local = bound;
	send_text(f, &flow, "x");
	run_until(f, 1, 0);
	assert_true(ahoy_addr_eq(&f->datagrams[0].flow.local, &bound));
	assert_true(ahoy_addr_eq(&f->datagrams[0].flow.peer, &bound));
}

static void many_datagrams_arrive_in_order_and_the_largest_whole(void **state)
{
	fixture *f = *state;
	ahoy_addr a = listen_at(f, "127.0.0.1:0");
	ahoy_flow flow = flow_to(0, &a);
	static char big[65507]; /* what IPv4 can carry */

	for (int i = 0; i < 40; i++) {
		char text[3] = {(char)(i + 1), 0, 0};

		send_text(f, &flow, text);
	}
	run_until(f, 40, 0);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(f->datagrams[i].first, i + 1);
	ahoy_udp_send(f->udp, &flow, (ahoy_slice){big, sizeof big});
	ahoy_udp_send(f->udp, &flow, (ahoy_slice){big, 0});
	run_until(f, 42, 0);
	assert_int_equal(f->datagrams[40].len, sizeof big);
	assert_int_equal(f->datagrams[41].len, 0);
	assert_int_equal(ahoy_udp_unsent(f->udp), 0);
	/* One that no datagram can carry is counted, not cut. */
	ahoy_udp_send(f->udp, &flow, (ahoy_slice){big, AHOY_MAX_MESSAGE + 1});
	assert_int_equal(ahoy_udp_unsent(f->udp), 1);
}

static void a_peer_whose_port_is_closed_is_reported_and_the_others_are_served(void **state)
{
	fixture *f = *state;
	ahoy_addr a = listen_at(f, "127.0.0.1:0"), closed = addr_of("127.0.0.1:0");
	ahoy_flow good = flow_to(0, &a), bad;
	ahoy_socket_options options = {.shared = false};
	int fd = ahoy_socket_open(&closed, &options);

	assert_true(fd >= 0);
	ahoy_socket_bound(fd, &closed);
	close(fd);
	bad = flow_to(0, &closed);
	send_text(f, &bad, "x");
	run_until(f, 0, 1);
	assert_true(ahoy_addr_eq(&f->refused.peer, &closed));
	assert_int_equal(f->refused.id, 0);
	/* The refusal is still pending in the socket when the next one is sent: that one must go out all the same. */
	for (int i = 0; i < 10; i++) {
		send_text(f, &bad, "x");
		ahoy_udp_flush(f->udp);
		send_text(f, &good, "y");
		ahoy_udp_flush(f->udp);
	}
	run_until(f, 10, 0);
	assert_int_equal(f->count, 10);
}

static void a_stored_flow_of_other_listeners_is_served_by_one_that_fits(void **state)
{
	fixture *f = *state;
	ahoy_addr a = listen_at(f, "127.0.0.1:0"), gone = addr_of("192.0.2.1:5060"), six = addr_of("[2001:db8::1]:5060");
	ahoy_flow flow = flow_to(7, &a), none = flow_to(0, &six);

	flow.local = gone;
	send_text(f, &flow, "x");
	flow.id = 0;
	flow.local = gone; /* no address of this machine any more */
	send_text(f, &flow, "y");
	run_until(f, 2, 0);
	assert_int_equal(f->datagrams[1].first, 'y');
	send_text(f, &none, "z");
	assert_int_equal(ahoy_udp_unsent(f->udp), 1);
}

static void an_address_taken_by_another_is_an_error_that_says_what_to_do(void **state)
{
	fixture *f = *state;
	ahoy_addr a = listen_at(f, "127.0.0.1:0"), foreign = addr_of("192.0.2.1:5060"), bound;
	ahoy_socket_options shared = {.shared = true};
	char why[AHOY_SOCKET_WHY];
	int fd;

	assert_err(ahoy_udp_listen(f->udp, &a, AHOY_UDP_ALONE, &bound, why), AHOY_ENETWORK);
	assert_non_null(strstr(why, "taken by another program"));
	assert_non_null(strstr(why, "--listen"));
	assert_err(ahoy_udp_listen(f->udp, &foreign, AHOY_UDP_ALONE, &bound, why), AHOY_ENETWORK);
	assert_non_null(strstr(why, "no address of this machine"));
	/* A socket with SO_REUSEPORT that is not ours: only the probe sees it. */
	foreign = addr_of("127.0.0.1:0");
	fd = ahoy_socket_open(&foreign, &shared);
	assert_true(fd >= 0);
	ahoy_socket_bound(fd, &foreign);
	assert_err(ahoy_udp_listen(f->udp, &foreign, AHOY_UDP_SHARED_PROBE, &bound, why), AHOY_ENETWORK);
	assert_ok(ahoy_udp_listen(f->udp, &foreign, AHOY_UDP_SHARED, &bound, why));
	assert_int_equal(ahoy_udp_count(f->udp), 2);
	close(fd);
}

static void each_listener_up_to_the_bound_has_its_number(void **state)
{
	fixture *f = *state;
	ahoy_addr at = addr_of("127.0.0.1:0"), bound;
	char why[AHOY_SOCKET_WHY];
	uint32_t id;

	assert_err(ahoy_udp_listener_for(f->udp, &at, &id), AHOY_ENETWORK);
	for (size_t i = 0; i < AHOY_UDP_MAX_LISTENERS; i++) {
		assert_ok(ahoy_udp_listen(f->udp, &at, AHOY_UDP_ALONE, &bound, why));
		assert_true(ahoy_addr_eq(ahoy_udp_bound(f->udp, (uint32_t)i), &bound));
	}
	assert_err(ahoy_udp_listen(f->udp, &at, AHOY_UDP_ALONE, &bound, why), AHOY_EFULL);
	assert_ok(ahoy_udp_listener_for(f->udp, &at, &id));
	assert_int_equal(id, 0);
}

/* ---- the driver: a machine that answers each datagram, sends when its time comes, and learns that a transport is not
 * there ---- */

typedef struct {
	ahoy_loop *loop;
	ahoy_driver *driver;
	ahoy_flow to;
	ahoy_time next;
	int sends; /* wanted at the next drain */
	int received, failed, expired;
	bool stream;
} machine;

static void machine_recv(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	machine *m = ctx;

	(void)now;
	(void)flow;
	assert_slice(bytes, "tick");
	if (++m->received == 3)
		m->stream = true;
}

static void machine_failed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	machine *m = ctx;

	(void)now;
	assert_int_equal(flow->transport, AHOY_TLS);
	m->failed++;
	ahoy_loop_stop(m->loop);
}

static void machine_expire(void *ctx, ahoy_time now)
{
	machine *m = ctx;

	assert_true(now >= m->next);
	m->expired++;
	m->sends++;
	m->next = m->expired < 3 ? now + AHOY_MS(2) : AHOY_NEVER;
}

static ahoy_time machine_drain(void *ctx, ahoy_time now)
{
	machine *m = ctx;
	ahoy_out out = {.kind = AHOY_OUT_SEND, .flow = m->to, .bytes = AHOY_S("tick")};

	(void)now;
	for (; m->sends; m->sends--)
		ahoy_driver_out(m->driver, &out);
	if (m->stream) {
		out.kind = AHOY_OUT_CONNECT;
		out.flow.transport = AHOY_TLS;
		ahoy_driver_out(m->driver, &out);
		m->stream = false;
	}
	return m->next;
}

static void a_driver_runs_a_machine_by_its_deadlines(void **state)
{
	fixture *f = *state;
	machine m = {.loop = f->loop};
	ahoy_machine calls = {
		.ctx = &m, .recv = machine_recv, .send_failed = machine_failed, .expire = machine_expire, .drain = machine_drain};
	ahoy_addr at = addr_of("127.0.0.1:0"), bound;
	char why[AHOY_SOCKET_WHY];

	assert_ok(ahoy_driver_new(f->loop, &calls, &m.driver));
	assert_ok(ahoy_udp_listen(ahoy_driver_udp(m.driver), &at, AHOY_UDP_ALONE, &bound, why));
	m.to = flow_to(0, &bound);
	m.next = ahoy_clock_now() + AHOY_MS(2);
	ahoy_driver_drain(m.driver);
	ahoy_loop_run(f->loop);
	assert_false(f->timed_out);
	assert_int_equal(m.expired, 3);
	assert_int_equal(m.received, 3);
	assert_int_equal(m.failed, 1);
	ahoy_driver_del(m.driver);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_datagram_comes_with_its_peer_and_the_local_address_it_came_to),
		TEST(ipv6_is_the_same),
		TEST(many_datagrams_arrive_in_order_and_the_largest_whole),
		TEST(a_peer_whose_port_is_closed_is_reported_and_the_others_are_served),
		TEST(a_stored_flow_of_other_listeners_is_served_by_one_that_fits),
		TEST(an_address_taken_by_another_is_an_error_that_says_what_to_do),
		TEST(each_listener_up_to_the_bound_has_its_number),
		TEST(a_driver_runs_a_machine_by_its_deadlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
