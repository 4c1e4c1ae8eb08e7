/* Real UDP sockets on loopback, under the loop and driver that ahoyd itself runs on. The documentation addresses of the
 * scripts become 127.77.0.x, ports above 10000; golden.c turns them back. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/driver.h"
#include "os/sockaddr.h"
#include "world.h"

typedef struct {
	flow *flow;
	ahoy_loop *loop;
	ahoy_driver *driver;
	ahoy_alarm *alarm;
	ahoy_watch *watches[MAX_PHONES];
	unsigned watch_count;
	bool timed_out;
} sockets;

static ahoy_time now(void *ctx)
{
	(void)ctx;
	return ahoy_clock_now();
}

static void place(void *ctx, ahoy_addr *addr)
{
	(void)ctx;
	addr->ip[0] = 127;
	addr->ip[1] = 77;
	addr->ip[2] = 0;
	addr->port = (uint16_t)(addr->port + 10000);
}

/* ---- the server's side: the machine that the driver runs ---- */

static void machine_recv(void *ctx, ahoy_time at, const ahoy_flow *by, ahoy_slice bytes)
{
	server_recv(((sockets *)ctx)->flow, at, by, bytes);
}

static void machine_send_failed(void *ctx, ahoy_time at, const ahoy_flow *to)
{
	flow *f = ((sockets *)ctx)->flow;

	ahoy_switch_send_failed(f->sw, at, to);
	server_settle(f, at);
}

static void machine_flow_closed(void *ctx, ahoy_time at, const ahoy_flow *gone)
{
	flow *f = ((sockets *)ctx)->flow;

	ahoy_switch_flow_closed(f->sw, at, gone);
	server_settle(f, at);
}

static void machine_broken(void *ctx, ahoy_time at, const ahoy_flow *by, ahoy_slice head, int err)
{
	flow *f = ((sockets *)ctx)->flow;

	ahoy_switch_recv_broken(f->sw, at, by, head, err);
	server_settle(f, at);
}

static void machine_expire(void *ctx, ahoy_time at)
{
	server_expire(((sockets *)ctx)->flow, at);
}

static ahoy_time machine_drain(void *ctx, ahoy_time at)
{
	flow *f = ((sockets *)ctx)->flow;

	server_settle(f, at);
	return server_next(f);
}

static void from_server(void *ctx, const ahoy_out *out)
{
	ahoy_driver_out(((sockets *)ctx)->driver, out);
}

/* ---- the phones' side ---- */

static void phone_readable(void *ctx, bool readable, bool writable)
{
	phone *p = ctx;
	sockets *net = p->flow->carrier.ctx;
	char bytes[AHOY_MAX_MESSAGE];
	ssize_t len;

	(void)writable;
	while (readable && (len = recv(p->fd, bytes, sizeof bytes, MSG_DONTWAIT)) >= 0) {
		ahoy_loop_stop(net->loop);
		if (!p->gone)
			phone_recv(p, ahoy_slice_make(bytes, (size_t)len));
	}
}

static void open_phone(void *ctx, phone *p)
{
	sockets *net = ctx;
	struct sockaddr_storage at;
	socklen_t len = ahoy_sockaddr_from(&p->at, &at);

	p->fd = socket(at.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(p->fd >= 0);
	if (bind(p->fd, (struct sockaddr *)&at, len))
		flow_fail(net->flow, "%s cannot bind %s: %s", p->label, p->claims, strerror(errno));
	assert_ok(ahoy_watch_new(net->loop, p->fd, phone_readable, p, &net->watches[net->watch_count++]));
	ahoy_watch_for(net->watches[net->watch_count - 1], true, false);
}

static void from_phone(void *ctx, phone *p, ahoy_slice bytes)
{
	sockets *net = ctx;
	struct sockaddr_storage to;
	socklen_t len = ahoy_sockaddr_from(&net->flow->server_at, &to);

	assert_int_equal(sendto(p->fd, bytes.ptr, bytes.len, 0, (struct sockaddr *)&to, len), bytes.len);
}

/* ---- time ---- */

static void on_alarm(void *ctx)
{
	sockets *net = ctx;

	net->timed_out = true;
	ahoy_loop_stop(net->loop);
}

static bool step(void *ctx, ahoy_time until)
{
	sockets *net = ctx;

	net->timed_out = false;
	/* What the script has just asked of the server (a hang-up) leaves with the drain. */
	ahoy_driver_drain(net->driver);
	ahoy_alarm_set(net->alarm, until);
	ahoy_loop_run(net->loop);
	return !net->timed_out;
}

static void close_sockets(void *ctx)
{
	sockets *net = ctx;

	for (unsigned i = 0; i < net->watch_count; i++)
		ahoy_watch_del(net->watches[i]);
	for (unsigned i = 0; i < net->flow->phone_count; i++)
		if (net->flow->phones[i]->fd >= 0)
			close(net->flow->phones[i]->fd);
	ahoy_alarm_del(net->alarm);
	ahoy_driver_del(net->driver);
	ahoy_loop_del(net->loop);
}

void carrier_sockets(flow *f)
{
	sockets *net = flow_keep(f, sizeof *net);
	ahoy_machine machine = {.ctx = net,
				.recv = machine_recv,
				.send_failed = machine_send_failed,
				.flow_closed = machine_flow_closed,
				.broken = machine_broken,
				.expire = machine_expire,
				.drain = machine_drain};
	char why[AHOY_SOCKET_WHY];

	net->flow = f;
	f->carrier = (carrier){
		.ctx = net,
		.now = now,
		.place = place,
		.open = open_phone,
		.from_phone = from_phone,
		.from_server = from_server,
		.step = step,
		.close = close_sockets,
		.patience = AHOY_SECONDS(5),
	};
	assert_ok(ahoy_loop_new(&net->loop));
	assert_ok(ahoy_driver_new(net->loop, &machine, &net->driver));
	assert_ok(ahoy_alarm_new(net->loop, on_alarm, net, &net->alarm));
	{
		ahoy_addr at = f->server_at;

		place(net, &at);
		if (ahoy_udp_listen(ahoy_driver_udp(net->driver), &at, AHOY_UDP_ALONE, NULL, why))
			fail_msg("%s", why);
	}
}
