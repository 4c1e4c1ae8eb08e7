/* os/tcp on the loopback: blocking client sockets on one side, the loop on the other, in one thread. */
#include "os/tcp.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/clock.h"
#include "os/sockaddr.h"
#include "test.h"

#define OPTIONS "OPTIONS sip:h SIP/2.0\r\nX: y\r\nContent-Length: 3\r\n\r\nabc"
#define BROKEN "OPTIONS sip:h SIP/2.0\r\nX: y\r\n\r\n"

typedef struct {
	ahoy_loop *loop;
	ahoy_alarm *guard, *turn;
	ahoy_tcp *tcp;
	ahoy_tail *tail;
	ahoy_addr at;
	size_t messages, broken, closed, failed; /* how often each was told */
	ahoy_flow flow;				 /* of the last message */
	ahoy_flow gone, undelivered;
	size_t last_len;
	int err;
	const char *answer; /* sent for each message */
	bool closes;	    /* and the connection closed behind it */
	bool timed_out;
	size_t *counted, until;
} fixture;

static void on_guard(void *ctx)
{
	fixture *f = ctx;

	f->timed_out = true;
	ahoy_loop_stop(f->loop);
}

static void on_turn(void *ctx)
{
	fixture *f = ctx;

	ahoy_loop_stop(f->loop);
}

static void check(fixture *f)
{
	if (f->counted && *f->counted >= f->until)
		ahoy_loop_stop(f->loop);
}

static void on_message(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice bytes)
{
	fixture *f = ctx;

	assert_true(now > 0);
	f->messages++;
	f->flow = *flow;
	f->last_len = bytes.len;
	if (f->answer)
		ahoy_tcp_send(f->tcp, flow, ahoy_slice_of(f->answer));
	if (f->closes)
		ahoy_tcp_close(f->tcp, flow);
	check(f);
}

static void on_broken(void *ctx, ahoy_time now, const ahoy_flow *flow, ahoy_slice head, int err)
{
	fixture *f = ctx;

	(void)now;
	f->broken++;
	f->err = err;
	f->last_len = head.len;
	ahoy_tcp_send(f->tcp, flow, AHOY_S("400"));
	check(f);
}

static void on_closed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	fixture *f = ctx;

	(void)now;
	f->closed++;
	f->gone = *flow;
	check(f);
}

static void on_failed(void *ctx, ahoy_time now, const ahoy_flow *flow)
{
	fixture *f = ctx;

	(void)now;
	f->failed++;
	f->undelivered = *flow;
	check(f);
}

static void on_tail(void *ctx)
{
	fixture *f = ctx;

	ahoy_tcp_flush(f->tcp);
}

static ahoy_addr addr_of(const char *text)
{
	ahoy_addr addr;

	assert_ok(ahoy_addr_parse(ahoy_slice_of(text), &addr));
	return addr;
}

static void listen_at(fixture *f, const char *text)
{
	ahoy_addr at = addr_of(text);
	char why[AHOY_SOCKET_WHY] = "";

	if (ahoy_tcp_listen(f->tcp, AHOY_TCP, &at, &f->at, why))
		fail_msg("%s", why);
	assert_int_not_equal(f->at.port, 0);
}

static int set_up(void **state)
{
	fixture *f = calloc(1, sizeof *f);
	ahoy_tcp_handler handler = {f, on_message, on_broken, on_closed, on_failed, NULL};
	ahoy_tcp_options options;

	assert_non_null(f);
	ahoy_tcp_options_default(&options);
	assert_ok(ahoy_loop_new(&f->loop));
	assert_ok(ahoy_alarm_new(f->loop, on_guard, f, &f->guard));
	assert_ok(ahoy_alarm_new(f->loop, on_turn, f, &f->turn));
	ahoy_alarm_set(f->guard, ahoy_clock_now() + AHOY_SECONDS(60));
	assert_ok(ahoy_tcp_new(f->loop, &handler, &options, &f->tcp));
	assert_ok(ahoy_tail_new(f->loop, on_tail, f, &f->tail));
	listen_at(f, "127.0.0.1:0");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	fixture *f = *state;

	ahoy_tcp_del(f->tcp);
	ahoy_tail_del(f->tail);
	ahoy_alarm_del(f->guard);
	ahoy_alarm_del(f->turn);
	ahoy_loop_del(f->loop);
	free(f);
	return 0;
}

/* Runs the loop until something was told `until` times in all. */
static void run_until(fixture *f, size_t *counted, size_t until)
{
	f->counted = counted;
	f->until = until;
	if (*counted < until)
		ahoy_loop_run(f->loop);
	f->counted = NULL;
	assert_false(f->timed_out);
}

/* A short while, in which what is there is handled. */
static void run_a_while(fixture *f)
{
	ahoy_alarm_set(f->turn, ahoy_clock_now() + AHOY_MS(5));
	ahoy_loop_run(f->loop);
	assert_false(f->timed_out);
}

static int dial(const fixture *f)
{
	struct sockaddr_storage name;
	socklen_t len = ahoy_sockaddr_from(&f->at, &name);
	int fd = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	assert_true(fd >= 0);
	assert_return_code(connect(fd, (struct sockaddr *)&name, len), 0);
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one);
	return fd;
}

static void say(int fd, ahoy_slice bytes)
{
	assert_int_equal(send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), bytes.len);
}

static void reset(int fd)
{
	struct linger at_once = {1, 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	close(fd);
}

/* What comes next on the client's socket, while the loop runs; "" at its end, "reset" for a reset. */
static const char *hear(fixture *f, int fd)
{
	static char text[4096];
	ssize_t len = -1;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		run_a_while(f);
		if (poll(&p, 1, 0) != 1)
			continue;
		len = recv(fd, text, sizeof text - 1, 0);
		if (len < 0)
			return "reset";
		text[len] = '\0';
		return text;
	}
}

static void messages_come_with_a_flow_that_answers_go_by(void **state)
{
	fixture *f = *state;
	int fd = dial(f);
	ahoy_flow first;

	f->answer = "200";
	say(fd, AHOY_S(OPTIONS OPTIONS));
	run_until(f, &f->messages, 2);
	assert_int_equal(f->last_len, sizeof OPTIONS - 1);
	assert_int_equal(f->flow.transport, AHOY_TCP);
	assert_int_not_equal(f->flow.id, 0);
	assert_true(ahoy_addr_eq(&f->flow.local, &f->at));
	assert_true(ahoy_addr_is_loopback(&f->flow.peer));
	assert_string_equal(hear(f, fd), "200200");
	first = f->flow;
	close(fd);
	fd = dial(f);
	say(fd, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 3);
	assert_int_not_equal(f->flow.id, first.id);
	close(fd);
}

static void ipv6_is_the_same(void **state)
{
	fixture *f = *state;
	int fd;

	listen_at(f, "[::1]:0");
	fd = dial(f);
	say(fd, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 1);
	assert_int_equal(f->flow.peer.family, 6);
	close(fd);
}

static void rfc3261_18_3_a_message_may_come_in_pieces_of_any_size(void **state)
{
	fixture *f = *state;
	int fd = dial(f);
	size_t len = sizeof OPTIONS - 1;

	for (size_t cut = 1; cut < len; cut++) {
		say(fd, ahoy_slice_make(OPTIONS, cut));
		run_a_while(f);
		assert_int_equal(f->messages, cut - 1);
		say(fd, ahoy_slice_make(&OPTIONS[cut], len - cut));
		run_until(f, &f->messages, cut);
		assert_int_equal(f->last_len, len);
	}
	close(fd);
}

static void rfc5626_4_4_1_a_ping_is_answered_with_a_crlf(void **state)
{
	fixture *f = *state;
	int fd = dial(f);

	say(fd, AHOY_S("\r\n\r\n"));
	assert_string_equal(hear(f, fd), "\r\n");
	assert_int_equal(f->messages, 0);
	close(fd);
}

static void what_cannot_be_framed_is_answered_and_closed_and_nothing_behind_it_is_read(void **state)
{
	fixture *f = *state;
	int fd = dial(f), other = dial(f);

	say(fd, AHOY_S(BROKEN OPTIONS));
	run_until(f, &f->broken, 1);
	assert_err(f->err, AHOY_EMISSING);
	assert_int_equal(f->last_len, sizeof BROKEN - 1);
	assert_string_equal(hear(f, fd), "400");
	say(fd, AHOY_S(OPTIONS));
	assert_string_equal(hear(f, fd), "");
	assert_int_equal(f->messages, 0);
	assert_int_equal(ahoy_tcp_dropped(f->tcp, AHOY_TCP_DROP_UNFRAMED), 1);
	close(fd);
	/* Others are unaffected. */
	say(other, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 1);
	close(other);
}

/* Times that a test can wait for. */
static void with_short_times(fixture *f)
{
	ahoy_tcp_options options;

	ahoy_tcp_options_default(&options);
	options.silent = options.message_within = AHOY_MS(200);
	options.idle = AHOY_MS(400);
	options.half_closed = AHOY_MS(200);
	ahoy_tcp_set_options(f->tcp, &options);
}

static void half_a_message_is_given_up_after_a_time_and_answered(void **state)
{
	fixture *f = *state;
	int fd;

	with_short_times(f);
	fd = dial(f);
	say(fd, AHOY_S("OPTIONS sip:h SIP/2.0\r\nX: y\r\nVia: and th"));
	run_until(f, &f->broken, 1);
	assert_err(f->err, AHOY_ETIMEOUT);
	assert_int_equal(f->last_len, sizeof "OPTIONS sip:h SIP/2.0\r\nX: y\r\n\r\n" - 1);
	assert_string_equal(hear(f, fd), "400");
	assert_string_equal(hear(f, fd), "");
	assert_int_equal(ahoy_tcp_dropped(f->tcp, AHOY_TCP_DROP_SLOW), 1);
	close(fd);
}

static void a_drip_of_single_bytes_buys_no_time(void **state)
{
	fixture *f = *state;
	int fd;

	with_short_times(f);
	fd = dial(f);
	for (int i = 0; !f->broken; i++) {
		if (send(fd, "x", 1, MSG_NOSIGNAL) != 1)
			break;
		run_a_while(f);
		assert_true(i < 5000);
	}
	assert_err(f->err, AHOY_ETIMEOUT);
	close(fd);
}

static void a_peer_that_says_nothing_is_closed(void **state)
{
	fixture *f = *state;
	int fd;

	with_short_times(f);
	fd = dial(f);
	say(fd, AHOY_S("\r\n\r\n"));
	assert_string_equal(hear(f, fd), "\r\n");
	assert_string_equal(hear(f, fd), "");
	assert_int_equal(ahoy_tcp_dropped(f->tcp, AHOY_TCP_DROP_SILENT), 1);
	assert_int_equal(f->closed, 0); /* the machine never heard of it */
	close(fd);
}

static void an_idle_peer_is_closed_unless_it_is_vouched_for(void **state)
{
	fixture *f = *state;
	int idle, kept;

	with_short_times(f);
	kept = dial(f);
	say(kept, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 1);
	ahoy_tcp_keep(f->tcp, &f->flow);
	idle = dial(f);
	say(idle, AHOY_S(OPTIONS));
	run_until(f, &f->closed, 1);
	assert_true(ahoy_flow_eq(&f->gone, &f->flow));
	assert_string_equal(hear(f, idle), "");
	assert_int_equal(ahoy_tcp_dropped(f->tcp, AHOY_TCP_DROP_IDLE), 1);
	say(kept, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 3);
	close(idle);
	close(kept);
}

static void an_answer_may_follow_a_fin_and_a_request_may_not(void **state)
{
	fixture *f = *state;
	int fd;

	with_short_times(f);
	fd = dial(f);
	say(fd, AHOY_S(OPTIONS));
	shutdown(fd, SHUT_WR);
	run_until(f, &f->messages, 1);
	run_a_while(f);
	assert_int_equal(f->failed, 1); /* requests that the peer has not answered yet */
	ahoy_tcp_send(f->tcp, &f->flow, AHOY_S("BYE"));
	ahoy_tcp_send(f->tcp, &f->flow, AHOY_S("SIP/2.0 200 late"));
	assert_string_equal(hear(f, fd), "SIP/2.0 200 late");
	assert_int_equal(f->failed, 2);
	run_until(f, &f->closed, 1);
	assert_string_equal(hear(f, fd), "");
	close(fd);
}

static void half_a_message_before_a_fin_is_answered(void **state)
{
	fixture *f = *state;
	int fd = dial(f);

	say(fd, AHOY_S(OPTIONS "OPTIONS sip:h SIP/2.0\r\nX"));
	shutdown(fd, SHUT_WR);
	run_until(f, &f->broken, 1);
	assert_int_equal(f->messages, 1);
	assert_string_equal(hear(f, fd), "400");
	assert_string_equal(hear(f, fd), "");
	close(fd);
}

static void rfc3261_18_4_a_reset_is_told_and_the_flow_is_dead_from_then_on(void **state)
{
	fixture *f = *state;
	int fd = dial(f);
	ahoy_flow flow;

	say(fd, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 1);
	flow = f->flow;
	reset(fd);
	run_until(f, &f->closed, 1);
	assert_true(ahoy_flow_eq(&f->gone, &flow));
	ahoy_tcp_send(f->tcp, &flow, AHOY_S("x"));
	assert_int_equal(f->failed, 0); /* never from within a send */
	run_until(f, &f->failed, 1);
	assert_true(ahoy_flow_eq(&f->undelivered, &flow));
}

static void a_flow_of_another_peer_is_not_taken_for_this_one(void **state)
{
	fixture *f = *state;
	int fd = dial(f);
	ahoy_flow flow;

	say(fd, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 1);
	flow = f->flow;
	flow.peer.port++;
	ahoy_tcp_send(f->tcp, &flow, AHOY_S("x"));
	run_until(f, &f->failed, 1);
	close(fd);
}

static void what_a_command_closes_sends_its_answers_first(void **state)
{
	fixture *f = *state;
	int fd = dial(f);

	f->answer = "bye";
	f->closes = true;
	say(fd, AHOY_S(OPTIONS OPTIONS));
	run_until(f, &f->messages, 1);
	assert_string_equal(hear(f, fd), "bye");
	assert_string_equal(hear(f, fd), "");
	assert_int_equal(f->messages, 1);
	close(fd);
}

/* ---- connections of ours ---- */

static int listener_of_a_peer(ahoy_addr *at)
{
	struct sockaddr_storage name;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*at = addr_of("127.0.0.1:0");
	len = ahoy_sockaddr_from(at, &name);
	assert_return_code(bind(fd, (struct sockaddr *)&name, len), 0);
	assert_return_code(listen(fd, 4), 0);
	len = sizeof name;
	assert_return_code(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	ahoy_sockaddr_to((struct sockaddr *)&name, at);
	return fd;
}

static void one_connection_to_a_peer_is_opened_and_used_again(void **state)
{
	fixture *f = *state;
	ahoy_flow flow = {.transport = AHOY_TCP};
	int listener = listener_of_a_peer(&flow.peer), fd;

	flow.local = f->at;
	ahoy_tcp_send(f->tcp, &flow, AHOY_S("one "));
	ahoy_tcp_send(f->tcp, &flow, AHOY_S("two "));
	fd = accept(listener, NULL, NULL);
	assert_string_equal(hear(f, fd), "one two ");
	ahoy_tcp_send(f->tcp, &flow, AHOY_S("three"));
	assert_string_equal(hear(f, fd), "three");
	assert_int_equal(ahoy_tcp_connections(f->tcp), 1);
	/* Its flow shows the port that we can be connected to. */
	say(fd, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 1);
	assert_true(ahoy_addr_eq(&f->flow.local, &f->at));
	assert_true(ahoy_addr_eq(&f->flow.peer, &flow.peer));
	/* Where the peer closes it both names of the flow are told, and the next send opens another. */
	close(fd);
	run_until(f, &f->failed, 1);
	assert_int_equal(f->closed, 1);
	assert_true(ahoy_flow_eq(&f->undelivered, &flow));
	ahoy_tcp_send(f->tcp, &flow, AHOY_S("four"));
	fd = accept(listener, NULL, NULL);
	assert_string_equal(hear(f, fd), "four");
	close(fd);
	close(listener);
}

static void a_connection_that_is_refused_fails(void **state)
{
	fixture *f = *state;
	ahoy_flow flow = {.transport = AHOY_TCP};

	close(listener_of_a_peer(&flow.peer));
	ahoy_tcp_send(f->tcp, &flow, AHOY_S("x"));
	run_until(f, &f->failed, 1);
	assert_true(ahoy_flow_eq(&f->undelivered, &flow));
	assert_int_equal(ahoy_tcp_dropped(f->tcp, AHOY_TCP_DROP_UNREACHED), 1);
	assert_int_equal(ahoy_tcp_connections(f->tcp), 0);
}

static void rfc5626_4_4_1_pings_are_sent_and_a_peer_that_once_answered_must_answer(void **state)
{
	fixture *f = *state;
	ahoy_flow flow = {.transport = AHOY_TCP};
	int listener = listener_of_a_peer(&flow.peer), fd;
	ahoy_tcp_options options;

	ahoy_tcp_options_default(&options);
	options.ping_every = AHOY_MS(50);
	options.pong_within = AHOY_MS(200);
	ahoy_tcp_set_options(f->tcp, &options);
	ahoy_tcp_connect(f->tcp, &flow);
	fd = accept(listener, NULL, NULL);
	/* One that never answers is asked again and again, and lives. */
	assert_string_equal(hear(f, fd), "\r\n\r\n");
	assert_string_equal(hear(f, fd), "\r\n\r\n");
	say(fd, AHOY_S("\r\n"));
	assert_string_equal(hear(f, fd), "\r\n\r\n");
	/* Now a while without its answer, and it is gone. */
	run_until(f, &f->closed, 1);
	assert_string_equal(hear(f, fd), "");
	close(fd);
	close(listener);
}

/* ---- limits ---- */

static void connections_of_one_source_are_limited(void **state)
{
	fixture *f = *state;
	ahoy_tcp_options options;
	int fds[4];

	ahoy_tcp_options_default(&options);
	options.max_per_source = 3;
	ahoy_tcp_set_options(f->tcp, &options);
	for (size_t i = 0; i < 4; i++)
		fds[i] = dial(f);
	for (size_t i = 0; i < 3; i++)
		say(fds[i], AHOY_S(OPTIONS));
	run_until(f, &f->messages, 3);
	assert_string_equal(hear(f, fds[3]), "");
	assert_int_equal(ahoy_tcp_dropped(f->tcp, AHOY_TCP_DROP_SOURCE), 1);
	assert_int_equal(ahoy_tcp_connections(f->tcp), 3);
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

static void connections_in_all_are_limited_and_a_freed_place_is_used_again(void **state)
{
	fixture *f = *state;
	ahoy_tcp_options options;
	int a, b, c;

	ahoy_tcp_options_default(&options);
	options.max_connections = 2;
	ahoy_tcp_set_options(f->tcp, &options);
	a = dial(f);
	b = dial(f);
	c = dial(f);
	assert_string_equal(hear(f, c), "");
	assert_int_equal(ahoy_tcp_dropped(f->tcp, AHOY_TCP_DROP_FULL), 1);
	say(a, AHOY_S(OPTIONS));
	say(b, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 2);
	close(c);
	reset(a);
	run_until(f, &f->closed, 1);
	c = dial(f);
	say(c, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 3);
	close(b);
	close(c);
}

static void a_peer_that_reads_nothing_is_no_longer_read_and_closed_at_the_bound(void **state)
{
	static char big[32768];
	fixture *f = *state;
	int fd = dial(f), small = 4096;
	ahoy_flow flow;
	size_t sent = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	memset(big, 'x', sizeof big);
	say(fd, AHOY_S(OPTIONS));
	run_until(f, &f->messages, 1);
	flow = f->flow;
	while (!f->closed && sent < ((size_t)64 << 20)) {
		ahoy_tcp_send(f->tcp, &flow, ahoy_slice_make(big, sizeof big));
		sent += sizeof big;
		ahoy_tcp_flush(f->tcp);
	}
	assert_int_equal(f->closed, 1);
	assert_int_equal(ahoy_tcp_dropped(f->tcp, AHOY_TCP_DROP_UNREAD), 1);
	close(fd);
}

static void an_address_taken_by_another_is_an_error_that_says_what_to_do(void **state)
{
	fixture *f = *state;
	char why[AHOY_SOCKET_WHY];

	assert_err(ahoy_tcp_listen(f->tcp, AHOY_TCP, &f->at, NULL, why), AHOY_ENETWORK);
	assert_non_null(strstr(why, "is taken by another program"));
	assert_non_null(strstr(why, "tcp 127.0.0.1"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(messages_come_with_a_flow_that_answers_go_by),
		TEST(ipv6_is_the_same),
		TEST(rfc3261_18_3_a_message_may_come_in_pieces_of_any_size),
		TEST(rfc5626_4_4_1_a_ping_is_answered_with_a_crlf),
		TEST(what_cannot_be_framed_is_answered_and_closed_and_nothing_behind_it_is_read),
		TEST(half_a_message_is_given_up_after_a_time_and_answered),
		TEST(a_drip_of_single_bytes_buys_no_time),
		TEST(a_peer_that_says_nothing_is_closed),
		TEST(an_idle_peer_is_closed_unless_it_is_vouched_for),
		TEST(an_answer_may_follow_a_fin_and_a_request_may_not),
		TEST(half_a_message_before_a_fin_is_answered),
		TEST(rfc3261_18_4_a_reset_is_told_and_the_flow_is_dead_from_then_on),
		TEST(a_flow_of_another_peer_is_not_taken_for_this_one),
		TEST(what_a_command_closes_sends_its_answers_first),
		TEST(one_connection_to_a_peer_is_opened_and_used_again),
		TEST(a_connection_that_is_refused_fails),
		TEST(rfc5626_4_4_1_pings_are_sent_and_a_peer_that_once_answered_must_answer),
		TEST(connections_of_one_source_are_limited),
		TEST(connections_in_all_are_limited_and_a_freed_place_is_used_again),
		TEST(a_peer_that_reads_nothing_is_no_longer_read_and_closed_at_the_bound),
		TEST(an_address_taken_by_another_is_an_error_that_says_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
